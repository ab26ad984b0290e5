//! Distress: labs that run out of cash, their loans, rescue mergers, closures, and holders that fail with them.

use nalgebra::DVector;

use crate::base::ids::{AccountId, CloudId, Id, LabId, PartyId};
use crate::base::rng::{Purpose, key_of};
use crate::base::time::Span;
use crate::base::units::{DAYS_PER_MONTH, Usd};
use crate::economics::ownership::{cascade, market_values, merger_presumption};
use crate::ledger::Flow;
use crate::market::state::holdings::Status;
use crate::market::{Context, Event, World};

impl World<'_> {
    /// Reviews a lab's runway: starts a funding round, enters or leaves distress, or ends the lab.
    pub(in crate::market) fn review_cash(&mut self, cx: Context, lab: LabId) {
        let time = cx.time;
        let Some(rules) = self.parameters.finance else {
            return;
        };
        let index = lab.index();
        let runway = self.runway(index);
        let finance = &self.state.finance.labs[index];
        let is_short = runway < rules.runway;
        // Nobody lends more than some months of revenue.
        let line = rules.credit_line * finance.run_rate / 12.0;
        let owes_too_much = finance.debt.to_f64() > line;
        let can_raise = !finance.is_cut_off && finance.run_rate > 0.0;
        if is_short && can_raise && !finance.is_raising && finance.status != Status::Merged {
            self.state.finance.labs[index].is_raising = true;
            let close = time + Span::from_days(rules.closing * DAYS_PER_MONTH);
            self.schedule(cx, close, Event::RoundClose(lab));
        }
        match self.state.finance.labs[index].status {
            Status::Going if runway < rules.distress || owes_too_much => {
                let finance = &mut self.state.finance.labs[index];
                finance.status = Status::Distressed;
                finance.distressed_since = time;
                self.view.lab_notice[index] =
                    time + Span::from_days(self.parameters.choice.notice_span);
                self.note(cx, "distress", self.lab_name(lab), runway);
            }
            Status::Distressed if runway >= rules.runway => {
                self.state.finance.labs[index].status = Status::Going;
                self.note(cx, "recovery", self.lab_name(lab), runway);
            }
            Status::Distressed => {
                let since = self.state.finance.labs[index].distressed_since;
                if (time - since).days() >= rules.patience * DAYS_PER_MONTH {
                    self.end_lab(cx, lab);
                }
            }
            _ => {}
        }
    }

    /// Ends a lab that stayed in distress: a cloud buys it, or it closes and its customers must move.
    fn end_lab(&mut self, cx: Context, lab: LabId) {
        let time = cx.time;
        let Some(rules) = self.parameters.finance else {
            return;
        };
        let name = self.lab_name(lab);
        let mut stream = self.streams.stream(Purpose::Finance, key_of(name), 1);
        let clouds = self.state.clouds.len();
        let is_wanted = stream.is_hit(rules.merger);
        if let (true, Some(buyer)) = (is_wanted, self.buyer_of(lab)) {
            let buyer = buyer.index();
            let finance = &mut self.state.finance.labs[lab.index()];
            finance.status = Status::Merged;
            finance.buyer = Some(CloudId::from_index(buyer));
            self.state
                .finance
                .issue(clouds + lab.index(), 1.0, &[(buyer, 1.0)]);
            self.update_bias();
            #[expect(clippy::cast_precision_loss, reason = "few clouds")]
            let value = buyer as f64;
            self.note(cx, "merger", name, value);
        } else {
            let failures = self.failures(lab.index());
            self.state.finance.labs[lab.index()].status = Status::Closed;
            self.refresh_offers(time);
            #[expect(clippy::cast_precision_loss, reason = "few holders")]
            let value = failures as f64;
            self.note(cx, "exit", name, value);
        }
        self.mark_changed();
    }

    /// Marks the holders that fail once a lab's value is gone, and returns their number. A holder fails if its value
    /// falls below a share of its value before (`failure_threshold`).
    fn failures(&mut self, lab: usize) -> usize {
        let Some(rules) = self.parameters.finance else {
            return 0;
        };
        let clouds = self.state.clouds.len();
        let nodes = self.state.finance.parties();
        let mut assets = DVector::zeros(nodes);
        for node in 0..nodes {
            let account = if node < clouds {
                Some(self.books.accounts.clouds[node])
            } else if node < clouds + self.state.labs.len() {
                Some(self.books.accounts.labs[node - clouds])
            } else {
                self.books.accounts.holders[PartyId::from_index(node)]
            };
            assets[node] = account.map_or(0.0, |account| {
                self.books.ledger.balance(account).to_f64().max(0.0)
            });
        }
        for index in 0..self.state.labs.len() {
            assets[clouds + index] += self.state.finance.labs[index].run_rate;
        }
        let Some((_, before)) = market_values(&self.state.finance.holdings, &assets) else {
            return 0;
        };
        assets[clouds + lab] = 0.0;
        let threshold: Vec<f64> = before
            .iter()
            .map(|value| value * rules.failure_threshold)
            .collect();
        let cost: Vec<f64> = before
            .iter()
            .map(|value| value * rules.failure_cost)
            .collect();
        let Some((waves, _)) = cascade(&self.state.finance.holdings, &assets, &threshold, &cost)
        else {
            return 0;
        };
        let mut count = 0;
        for node in waves.into_iter().flatten().filter(|n| *n != clouds + lab) {
            self.state.finance.failed[node] = true;
            count += 1;
        }
        count
    }

    /// Returns the cloud that buys a lab in distress: of the clouds whose merger with the lab guidelines do not presume
    /// harmful, the one with the largest stake; `None` if there is no such cloud.
    fn buyer_of(&self, lab: LabId) -> Option<CloudId> {
        let clouds = self.state.clouds.len();
        let total: f64 = self.state.lab_usage.iter().sum();
        let mut order: Vec<CloudId> = self.state.clouds.ids().collect();
        order.sort_by(|a, b| {
            self.stake(*b, lab.index())
                .total_cmp(&self.stake(*a, lab.index()))
                .then(a.cmp(b))
        });
        order.into_iter().find(|cloud| {
            // Market shares of sellers: clouds with the labs that they own, then independent labs.
            let mut shares = vec![0.0; clouds + self.state.labs.len()];
            for (other, usage) in self.state.lab_usage.iter().enumerate() {
                let owner =
                    self.catalog.owner[LabId::from_index(other)]
                        .or(self.state.finance.labs[other].buyer);
                shares[owner.map_or(clouds + other, Id::index)] += usage / total.max(1e-9);
            }
            !merger_presumption(&shares, cloud.index(), clouds + lab.index()).1
        })
    }

    /// Pays the amounts that a lab owes. A shortfall of cash is covered by a loan, or by equity from the cloud that
    /// bought the lab.
    pub fn pay_from_lab(&mut self, lab: usize, due: &[(Flow, AccountId, Usd)]) {
        let account = self.books.accounts.labs[lab];
        let total: Usd = due.iter().map(|(_, _, amount)| *amount).sum();
        let missing = total - self.books.ledger.balance(account);
        if missing > Usd::ZERO {
            let finance = &mut self.state.finance.labs[lab];
            if let Some(buyer) = finance.buyer {
                let holder = self.books.accounts.equity_of(buyer);
                self.books
                    .ledger
                    .transfer(Flow::Equity, holder, account, missing);
                self.state.finance.invested[buyer.index()] += missing.to_f64();
            } else {
                finance.debt += missing;
                self.books.ledger.transfer(
                    Flow::Loan,
                    self.books.accounts.lenders,
                    account,
                    missing,
                );
            }
        }
        for (flow, to, amount) in due {
            self.books.ledger.transfer(*flow, account, *to, *amount);
        }
    }
}
