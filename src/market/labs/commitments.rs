//! Commitments: take-or-pay purchases by labs, and capital commitments of clouds.

use crate::base::ids::{CloudId, Id, LabId};
use crate::base::time::SimTime;
use crate::base::units::HOURS_PER_MONTH;
use crate::market::World;
use crate::market::state::holdings::Status;
use crate::scenario::records::CommitmentKind;

impl World<'_> {
    /// Returns the share of a lab's commitment to a cloud that its compute there did not use last month.
    pub(in crate::market) fn unused_commitment(&self, lab: LabId, cloud: CloudId) -> f64 {
        let due = self.commitment_due(lab, cloud, self.view.time);
        if due <= 0.0 {
            return 0.0;
        }
        let account = self.books.accounts.labs[lab.index()];
        let to = self.books.accounts.clouds[cloud.index()];
        let used = self.paid_for_compute(account, to);
        (1.0 - used / due).clamp(0.0, 1.0)
    }

    /// Returns the take-or-pay amount that a lab owes a cloud for the month that ends at `time`, USD; 0 if the lab does not trade.
    #[must_use]
    pub fn commitment_due(&self, lab: LabId, cloud: CloudId, time: SimTime) -> f64 {
        if !self.is_trading(lab) {
            return 0.0;
        }
        self.due_under(CommitmentKind::Purchase, cloud, Some(lab), time) / 12.0
    }

    /// Returns the addition to a cloud's capital budget from its own capital commitments around `time`, USD a year.
    #[must_use]
    pub fn committed_capex(&self, cloud: CloudId, time: SimTime) -> f64 {
        self.due_under(CommitmentKind::Capex, cloud, None, time)
    }

    /// Returns the compute that labs have committed to buy from a cloud around `time` beyond what they bought last month,
    /// H100e at the present contract rent.
    #[must_use]
    pub fn contracted_beyond_use(&self, cloud: CloudId, time: SimTime) -> f64 {
        let rent = self.state.clouds[cloud].rent_contract.max(1e-9) * HOURS_PER_MONTH;
        (self.state.labs.ids())
            .map(|lab| {
                let due = self.commitment_due(lab, cloud, time);
                let bought =
                    self.state.bought[lab.index() * self.state.clouds.len() + cloud.index()];
                (due - bought).max(0.0) / rent
            })
            .sum()
    }

    /// Returns the amount due in the month that ends at `time` under all commitments of a kind between a cloud and a lab
    /// (any lab if `None`), USD a year.
    pub(in crate::market) fn due_under(
        &self,
        kind: CommitmentKind,
        cloud: CloudId,
        lab: Option<LabId>,
        time: SimTime,
    ) -> f64 {
        if self.parameters.finance.is_none() {
            return 0.0;
        }
        let calendar = &self.catalog.calendar;
        let mut sum = 0.0;
        let terms = (self.parameters.commitment_amount.iter()).zip(&self.parameters.commitment_due);
        for (spec, (amount, due)) in self.scenario.commitment.iter().zip(terms) {
            let is_meant = spec.kind.unwrap_or(CommitmentKind::Purchase) == kind
                && spec.cloud.is(cloud)
                && lab.is_none_or(|lab| spec.lab.is(lab));
            if is_meant {
                let from = calendar.time_of(spec.from.date);
                let years = (calendar.time_of(spec.until.date) - from).days() / 365.25;
                // The month that ends at `time`, so that the months of a contract add up to its amount.
                let at = (time - from).days() / 365.25;
                let month = due.share_by(years, at) - due.share_by(years, at - 1.0 / 12.0);
                sum += 12.0 * amount * month;
            }
        }
        sum
    }

    /// Returns the extra training with which a lab uses up part of a commitment, USD a month. `due` falls due under it
    /// in the month, and the planned spend at the cloud is `planned`, both USD a month.
    #[must_use]
    pub fn commitment_training(&self, lab: LabId, due: f64, planned: f64) -> f64 {
        let Some(rules) = self.parameters.finance else {
            return 0.0;
        };
        let open = due - planned;
        if open <= 0.0 || self.state.finance.labs[lab.index()].status == Status::Distressed {
            return 0.0;
        }
        open * rules.uptake
    }

    /// Returns the compute that a lab's training takes at `time`, H100e, after cuts in distress.
    #[must_use]
    pub fn training_need(&self, lab: usize, time: SimTime) -> f64 {
        let id = LabId::from_index(lab);
        if !self.is_trading(id) {
            return 0.0;
        }
        let kept = match (
            &self.parameters.finance,
            self.state.finance.labs[lab].status,
        ) {
            (Some(rules), Status::Distressed) => rules.austerity,
            _ => 1.0,
        };
        let numbers = &self.state.labs[id];
        numbers.training * kept * libm::pow(1.0 + numbers.training_growth, time.days() / 365.25)
    }
}
