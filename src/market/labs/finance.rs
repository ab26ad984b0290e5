//! Finance: stakes in labs, their valuation, and renegotiation of their terms with clouds.

use crate::market::parameters::FinanceNumbers;
use crate::market::state::holdings::{LabMoney, Status};

use crate::base::ids::{CloudId, Id, LabId, OfferId};
use crate::base::units::Usd;
use crate::economics::funding::Outlook;
use crate::ledger::{Flow, Origin};
use crate::market::{Context, World};

/// Returns how investors forecast labs' cash flow.
const fn outlook(rules: &FinanceNumbers) -> Outlook {
    Outlook {
        growth_fade: rules.growth_fade,
        mature_margin: rules.mature_margin,
        years_to_margin: rules.years_to_margin,
        cost_of_capital: rules.cost_of_capital,
        forecast: rules.forecast,
        terminal_growth: rules.terminal_growth,
    }
}

impl World<'_> {
    /// Returns the look-through stake of a cloud's owner in a lab, as a share of the lab's cash flows.
    #[must_use]
    pub fn stake(&self, cloud: CloudId, lab: usize) -> f64 {
        self.state.finance.looked[(cloud.index(), self.state.clouds.len() + lab)]
    }

    /// Returns true if a lab trades: it has entered and has not closed.
    #[must_use]
    pub fn is_trading(&self, lab: LabId) -> bool {
        !matches!(
            self.state.finance.labs[lab.index()].status,
            Status::Waiting | Status::Closed
        )
    }

    /// Returns a lab's valuation, USD: yearly revenue times the observed multiple, which rises and falls with the
    /// discounted cash flow that a dollar of revenue promises.
    #[must_use]
    pub fn valuation(&self, lab: usize) -> f64 {
        let Some(rules) = &self.parameters.finance else {
            return 0.0;
        };
        let finance = &self.state.finance.labs[lab];
        if finance.multiple <= 0.0 {
            return 0.0;
        }
        let outlook = outlook(rules);
        let change = if finance.worth_at_start > 0.0 {
            outlook.worth(finance.growth, finance.margin()) / finance.worth_at_start
        } else {
            1.0
        };
        finance.run_rate * finance.multiple * change
    }

    /// Updates a lab's run rate, burn (smoothed over two months) and growth (smoothed) from the month's books. The
    /// multiple belongs to the outlook of the first months.
    fn review_revenue(&mut self, lab: usize, rules: &FinanceNumbers) {
        let account = self.books.accounts.labs[lab];
        let kinds = [Flow::ModelUsage, Flow::ChannelShare, Flow::OtherRevenue];
        let income = self.received(account, &kinds);
        let credits = self.received(account, &[Flow::DeliveryCredit]);
        let burn = (self.paid(account, &Flow::ALL) - income - credits).to_f64();
        let finance = &mut self.state.finance.labs[lab];
        let before = finance.run_rate;
        finance.run_rate = income.to_f64() * 12.0;
        finance.months += 1;
        if finance.months == 1 {
            // The observed valuation is the value at which investors last bought in.
            finance.last_value = finance.run_rate * finance.multiple;
            finance.burn = burn;
            return;
        }
        finance.burn = 0.5 * finance.burn + 0.5 * burn;
        let growth = if before > 0.0 && finance.run_rate > 0.0 {
            libm::log(finance.run_rate / before).clamp(-rules.growth_max, rules.growth_max)
        } else {
            0.0
        };
        let weight = if finance.months == 2 {
            1.0
        } else {
            rules.growth_weight
        };
        finance.growth += weight * (growth - finance.growth);
        if f64::from(finance.months) >= rules.outlook_after && finance.worth_at_start == 0.0 {
            finance.worth_at_start = outlook(rules).worth(finance.growth, finance.margin());
        }
    }

    /// Reviews labs' finances at month end: run rate and burn, cash, the move of compute between clouds, and
    /// renegotiation.
    pub fn review_finance(&mut self, cx: Context, month: usize) {
        self.record_customer_money(cx);
        self.state
            .finance
            .invested_by_month
            .push(self.state.finance.invested.iter().sum());
        let Some(rules) = self.parameters.finance else {
            return;
        };
        let depth = rules.market_depth;
        let left = &mut self.state.finance.market_left;
        *left = (*left + depth / 12.0).min(depth);
        for lab in 0..self.state.labs.len() {
            let lab_id = LabId::from_index(lab);
            if !self.is_trading(lab_id) {
                continue;
            }
            self.pay_interest(lab, &rules);
            self.review_revenue(lab, &rules);
            if self.state.finance.labs[lab].multiple > 0.0 {
                self.review_cash(cx, lab_id);
            }
            self.move_hosts(lab_id);
        }
        let every = rules.renegotiation;
        #[expect(clippy::cast_precision_loss, reason = "months of a run")]
        let is_due = every > 0.0 && ((month + 1) as f64 % libm::round(every).max(1.0)) == 0.0;
        if is_due && rules.ceiling > 0.0 {
            self.renegotiate();
        }
    }

    /// Pays a month's interest on a lab's debt.
    fn pay_interest(&mut self, lab: usize, rules: &FinanceNumbers) {
        let debt = self.state.finance.labs[lab].debt.to_f64();
        let interest = Usd::from_f64(debt * rules.interest / 12.0);
        if interest > Usd::ZERO {
            let due = (Flow::Interest, self.books.accounts.lenders, interest);
            self.pay_from_lab(lab, &[due]);
        }
    }

    /// Returns a lab's runway: the months that its cash lasts at its present burn; infinite if it burns none.
    #[must_use]
    pub fn runway(&self, lab: usize) -> f64 {
        let cash = self
            .books
            .ledger
            .balance(self.books.accounts.labs[lab])
            .to_f64();
        let burn = self.state.finance.labs[lab].burn;
        if burn <= 0.0 {
            f64::INFINITY
        } else {
            (cash / burn).max(0.0)
        }
    }

    /// Renegotiates terms: each cloud raises its take with its stake in the lab and with the share of the lab's sales
    /// that goes through it.
    fn renegotiate(&mut self) {
        let Some(rules) = self.parameters.finance else {
            return;
        };
        for lab in 0..self.state.labs.len() {
            for cloud in self.state.clouds.ids() {
                if self.catalog.owner[LabId::from_index(lab)] == Some(cloud) {
                    continue;
                }
                let more = rules.ceiling * self.stake(cloud, lab)
                    + rules.dependence * self.sold_through(LabId::from_index(lab), cloud);
                self.state.finance.labs[lab].extra_take[cloud.index()] += more;
            }
        }
    }

    /// Returns the share of a lab's direct sales that goes through a cloud.
    fn sold_through(&self, lab: LabId, cloud: CloudId) -> f64 {
        let (mut here, mut all) = (0.0, 0.0);
        for (channel, weight) in self.state.channel_weight.iter().enumerate() {
            let offer = &self.catalog.offers[OfferId::from_index(channel)];
            if offer.lab == Some(lab) {
                all += weight;
                here += if offer.cloud == Some(cloud) {
                    *weight
                } else {
                    0.0
                };
            }
        }
        if all > 0.0 { here / all } else { 0.0 }
    }

    /// Divests clouds' stakes in labs: each cloud keeps the share `keep` of its holdings and sells the rest to outside
    /// funds.
    pub fn divest(&mut self, keep: f64) {
        let clouds = self.state.clouds.len();
        for cloud in 0..clouds {
            for lab in 0..self.state.labs.len() {
                self.state.finance.holdings[(cloud, clouds + lab)] *= keep;
                self.state.finance.control[(cloud, clouds + lab)] *= keep;
            }
        }
        self.state.finance.look();
        self.update_bias();
    }

    /// Logs, once for each cloud, the first month in which customers' money pays for half of labs' purchases there.
    fn record_customer_money(&mut self, cx: Context) {
        for cloud in self.state.clouds.ids() {
            let LabMoney { customers, all, .. } = self.money_from_labs(cloud);
            if !self.state.finance.is_paid_by_customers[cloud.index()]
                && all > 0.0
                && customers >= 0.5 * all
            {
                self.state.finance.is_paid_by_customers[cloud.index()] = true;
                let share = customers / all;
                let name = self.cloud_name(cloud);
                self.note(cx, "customers-pay-half", name, share);
            }
        }
    }

    /// Returns labs' payments to a cloud this month by origin of the money, USD.
    #[must_use]
    pub fn money_from_labs(&self, cloud: CloudId) -> LabMoney {
        let own = Origin::Equity(self.books.accounts.equity_of(cloud));
        let mut by_lab = vec![Usd::ZERO; self.state.labs.len()];
        let (mut all, mut customers) = (Usd::ZERO, Usd::ZERO);
        for (payer, origin, usd) in self
            .books
            .ledger
            .receipts(self.books.accounts.clouds[cloud.index()])
        {
            let Some(lab) = self
                .books
                .accounts
                .labs
                .iter()
                .position(|lab| *lab == payer)
            else {
                continue;
            };
            all += usd;
            match origin {
                Origin::Customers | Origin::Consumers => customers += usd,
                _ if origin == own => by_lab[lab] += usd,
                _ => {}
            }
        }
        let stakes = by_lab.iter().enumerate();
        LabMoney {
            all: all.to_f64(),
            customers: customers.to_f64(),
            circular: by_lab.iter().copied().sum::<Usd>().to_f64(),
            looked_through: stakes
                .map(|(lab, usd)| usd.to_f64() * self.stake(cloud, lab))
                .sum(),
        }
    }
}
