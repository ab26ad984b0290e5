//! Commitments: take-or-pay purchases by labs, capital commitments of clouds, and the slow move of labs' compute
//! between clouds.

use crate::base::ids::{CloudId, Id, LabId};
use crate::base::time::SimTime;
use crate::base::units::HOURS_PER_MONTH;
use crate::market::World;
use crate::market::state::holdings::Status;
use crate::scenario::records::CommitmentKind;

/// Returns the amount due a year, `at` years into a commitment that lasts `years` and grows at `growth` a year. Over
/// its whole term it adds up to `amount`.
#[must_use]
pub fn due_per_year(amount: f64, years: f64, growth: f64, at: f64) -> f64 {
    if years <= 0.0 || !(0.0..years).contains(&at) {
        return 0.0;
    }
    let rate = libm::log1p(growth);
    if rate.abs() < 1e-9 {
        return amount / years;
    }
    amount * rate * libm::exp(rate * at) / libm::expm1(rate * years)
}

impl World<'_> {
    /// Moves part of a lab's compute one monthly step towards clouds with cheap rents and unused commitments. Compute
    /// leaves a cloud's own silicon more slowly.
    pub(in crate::market) fn move_hosts(&mut self, lab: LabId) {
        let Some(rules) = self.parameters.finance else {
            return;
        };
        if rules.host_sensitivity <= 0.0 || self.catalog.owner[lab].is_some() {
            return;
        }
        let hosts = self.state.labs[lab].hosts.clone();
        let used: f64 = hosts.iter().sum();
        if used <= 0.0 {
            return;
        }
        let mean: f64 = self
            .state
            .clouds
            .iter()
            .zip(&hosts)
            .map(|(cloud, part)| cloud.rent_contract * part)
            .sum::<f64>()
            / used;
        let wanted: Vec<f64> = self
            .state
            .clouds
            .enumerate()
            .zip(&self.state.labs[lab].hosts_at_start)
            .map(|((id, cloud), start)| {
                // The share at the start is scaled, so a cloud without a contract then gains none. Extra training
                // under a commitment is booked separately.
                let pull = -rules.host_sensitivity * (cloud.rent_contract / mean.max(1e-9) - 1.0)
                    + rules.host_sensitivity * self.unused_commitment(lab, id);
                start * libm::exp(pull)
            })
            .collect();
        let total: f64 = wanted.iter().sum();
        if total <= 0.0 {
            return;
        }
        let mut next = hosts.clone();
        let mut freed = 0.0;
        for (index, part) in hosts.iter().enumerate() {
            let goal = wanted[index] / total;
            if goal < *part {
                let own = self.state.clouds[CloudId::from_index(index)].own_silicon_share;
                let months = own * rules.silicon_relocation + (1.0 - own) * rules.relocation;
                let step = (part - goal) * (1.0 - libm::exp2(-1.0 / months.max(0.1)));
                next[index] -= step;
                freed += step;
            }
        }
        let gaps: Vec<f64> = wanted
            .iter()
            .zip(&hosts)
            .map(|(goal, part)| (goal / total - part).max(0.0))
            .collect();
        let gap: f64 = gaps.iter().sum();
        if gap <= 0.0 || freed <= 0.0 {
            return;
        }
        for (part, gap_here) in next.iter_mut().zip(&gaps) {
            *part += freed * gap_here / gap;
        }
        self.state.labs[lab].hosts = next;
        self.mark_changed();
    }

    /// Returns the share of a lab's commitment to a cloud that its compute there did not use last month.
    fn unused_commitment(&self, lab: LabId, cloud: CloudId) -> f64 {
        let due = self.commitment_due(lab, cloud, self.view.time);
        if due <= 0.0 {
            return 0.0;
        }
        let account = self.books.accounts.labs[lab.index()];
        let to = self.books.accounts.clouds[cloud.index()];
        let used = self.paid_for_compute(account, to);
        (1.0 - used / due).clamp(0.0, 1.0)
    }

    /// Returns the take-or-pay amount that a lab owes a cloud around `time`, USD a month; 0 if the lab does not trade.
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

    /// Returns the amount due around `time` under all commitments of a kind between a cloud and a lab (any lab if
    /// `None`), USD a year.
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
        let mut due = 0.0;
        let terms =
            (self.parameters.commitment_amount.iter()).zip(&self.parameters.commitment_growth);
        for (spec, (amount, growth)) in self.scenario.commitment.iter().zip(terms) {
            let is_meant = spec.kind.unwrap_or(CommitmentKind::Purchase) == kind
                && spec.cloud.is(cloud)
                && lab.is_none_or(|lab| spec.lab.is(lab));
            if is_meant {
                let from = calendar.time_of(spec.from.date);
                let years = (calendar.time_of(spec.until.date) - from).days() / 365.25;
                let at = (time - from).days() / 365.25;
                due += due_per_year(*amount, years, *growth, at);
            }
        }
        due
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commitment_is_drawn_down_to_its_amount() {
        for growth in [0.0, 0.5, -0.2] {
            let (years, steps) = (8.0, 8_000);
            let sum: f64 = (0..steps)
                .map(|step| {
                    let at = (f64::from(step) + 0.5) * years / f64::from(steps);
                    due_per_year(100.0, years, growth, at) * years / f64::from(steps)
                })
                .sum();
            assert!((sum - 100.0).abs() < 1e-3, "{growth}: {sum}");
        }
        assert!(due_per_year(100.0, 8.0, 0.5, 8.1).abs() < 1e-15);
    }
}
