//! Rows of the labs table.

use super::lock_in::LabLockIn;
use super::{Parts, Usage, ratio};
use crate::base::ids::{Id, LabId};
use crate::base::time::SimTime;
use crate::ledger::Flow;
use crate::market::World;
use crate::market::state::holdings::Status;
use crate::panel::Panel;
use crate::row;

row! {
    /// One lab in one month.
    LabRow in "labs" by "lab" {
        usage_usd ["usd"] "usage" "Enterprise spend on the lab's models, whoever books it.",
        usage_share ["share"] "usage share" "Enterprise spend on the lab's models over enterprise spend on all models.",
        model_revenue_usd ["usd"] "model revenue" "Revenue that the lab books from enterprise use: its own sales and its shares of clouds' sales.",
        other_revenue_usd ["usd"] "other revenue" "Consumer and other revenue.",
        run_rate_usd ["usd_per_year"] "run rate" "All revenue of the month, annualised by its days.",
        compute_paid_usd ["usd"] "compute paid" "Payments for serving and training compute.",
        channel_paid_usd ["usd"] "channel shares paid" "Channel shares paid to clouds.",
        overhead_usd ["usd"] "overhead" "Staff and other costs.",
        equity_raised_usd ["usd"] "equity raised" "Equity paid in during the month.",
        cash_usd ["usd"] "cash" "Cash at the end of the month.",
        burn_usd ["usd"] "cash burn" "All payments of the month less revenue and credits for missed deliveries; without money from investors and lenders.",
        releases ["count"] "releases" "Releases since the start.",
        valuation_usd ["usd"] "valuation" "Valuation in a funding round: yearly revenue times the investors' multiple; 0 for labs without funding rounds.",
        runway_months ["months"] "runway" "Months until cash runs out at the present burn; at most 120.",
        debt_usd ["usd"] "debt" "Loans received since the start.",
        interest_usd ["usd"] "interest" "Interest on the lab's debt.",
        take_or_pay_usd ["usd"] "take-or-pay" "Payments for committed compute that the lab did not use.",
        is_distressed ["share"] "distress" "1 while the lab is in distress or has merged out of distress, else 0.",
        is_closed ["share"] "closure" "1 once the lab has closed, else 0.",
        largest_host_share ["share"] "largest host share" "Share of the lab's own compute at its largest host.",
        perceived_risk ["ratio"] "perceived risk" "Risk that customers perceive after incidents.",
        price_index ["index"] "price index" "Geometric mean over the lab's models of the price of work, list price over work per token, against the start; fixed once the lab has closed.",
        price_paid_usd_per_mtok ["usd_per_mtok"] "price paid" "Enterprise spend on the lab's models over tokens served by them.",
        mtok ["mtok"] "tokens" "Tokens that the lab's models served to enterprises.",
        own_elasticity ["ratio"] "own-price elasticity" "Elasticity of enterprise tokens on the lab's models to an equal rise of all its list prices.",
        stake_pressure ["share"] "pricing pressure from stakes" "Upward pricing pressure from stakes in rivals, over price, at the profit weights that prices follow.",
        undercut_proof_usd_per_mtok ["usd_per_mtok"] "undercut-proof switching cost" "Switching cost by Shy's estimator from prices paid and tokens; negative where prices are not undercut-proof.",
    }
}

impl World<'_> {
    /// Writes the labs' rows, and returns enterprise spend and lock-in by lab, which the market's row needs.
    pub(super) fn observe_labs(
        &self,
        panel: &mut Panel,
        month: usize,
        time: SimTime,
        parts: Parts,
    ) -> Usage {
        let mut usage = vec![0.0; self.state.labs.len()];
        for (id, lane) in self.catalog.lanes.enumerate() {
            usage[lane.lab.index()] += self.books.tally.of_lane(id.index()).iter().sum::<f64>();
        }
        let lock_in = if parts.has(Parts::LOCK_IN) {
            self.lab_lock_in(&usage, time)
        } else {
            vec![LabLockIn::default(); usage.len()]
        };
        let found = Usage {
            total: usage.iter().sum(),
            usd: usage,
            lock_in,
        };
        for id in self.state.labs.ids() {
            panel.set(month, id.index(), &self.lab_row(id, &found, month));
        }
        found
    }

    fn lab_row(&self, id: LabId, usage: &Usage, month: usize) -> LabRow {
        let lab = &self.state.labs[id];
        let finance = &self.state.finance.labs[id.index()];
        let account = self.books.accounts.labs[id.index()];
        let got = |kinds: &[Flow]| self.received(account, kinds).to_f64();
        let paid = |kinds: &[Flow]| self.paid(account, kinds).to_f64();
        let (model, other) = (
            got(&[Flow::ModelUsage, Flow::ChannelShare]),
            got(&[Flow::OtherRevenue]),
        );
        let inferred = usage.lock_in[id.index()];
        let is = |whether: bool| f64::from(u8::from(whether));
        LabRow {
            usage_usd: usage.usd[id.index()],
            usage_share: ratio(usage.usd[id.index()], usage.total),
            model_revenue_usd: model,
            other_revenue_usd: other,
            run_rate_usd: (model + other) * 365.25 / self.days_of(month),
            compute_paid_usd: paid(&[Flow::ServingCompute, Flow::TrainingCompute]),
            channel_paid_usd: paid(&[Flow::ChannelShare]),
            overhead_usd: paid(&[Flow::Overhead]),
            equity_raised_usd: got(&[Flow::Equity]),
            cash_usd: self.books.ledger.balance(account).to_f64(),
            burn_usd: paid(&Flow::ALL) - model - other - got(&[Flow::DeliveryCredit]),
            releases: f64::from(lab.releases),
            valuation_usd: self.valuation(id.index()),
            runway_months: self.runway(id.index()).min(120.0),
            debt_usd: finance.debt.to_f64(),
            interest_usd: paid(&[Flow::Interest]),
            take_or_pay_usd: paid(&[Flow::TakeOrPay]),
            is_distressed: is(matches!(
                finance.status,
                Status::Distressed | Status::Merged
            )),
            is_closed: is(finance.status == Status::Closed),
            largest_host_share: ratio(
                lab.hosts.iter().copied().fold(0.0, f64::max),
                lab.hosts.iter().sum(),
            ),
            perceived_risk: self.state.risk.lab[id.index()],
            price_index: self.lab_price_index(id),
            price_paid_usd_per_mtok: inferred.price_paid,
            mtok: inferred.mtok,
            own_elasticity: inferred.elasticity,
            stake_pressure: inferred.pressure,
            undercut_proof_usd_per_mtok: inferred.undercut_proof,
        }
    }

    /// Returns a lab's price index: the geometric mean over its models of the price of work against the start.
    fn lab_price_index(&self, lab: LabId) -> f64 {
        let models = &self.catalog.models_of[lab];
        let sum: f64 = models
            .iter()
            .map(|id| {
                let model = &self.state.models[*id];
                libm::log(model.list_price / model.list_price_at_start)
            })
            .sum();
        #[expect(clippy::cast_precision_loss, reason = "few models")]
        let mean = sum / models.len().max(1) as f64;
        libm::exp(mean)
    }
}
