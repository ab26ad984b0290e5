//! Backlog: amounts due under labs' take-or-pay commitments, month by month to their ends.

use crate::base::ids::{CloudId, Id, LabId};
use crate::scenario::Scenario;
use crate::scenario::records::{CommitmentKind, CommitmentSpec};

/// Amounts due under labs' take-or-pay commitments, by lab and cloud; drawn at the start of a replication.
#[derive(Clone, Debug, Default)]
pub struct Backlog {
    /// Pairs of lab and cloud, in the order of the table's entities.
    pub pairs: Vec<(LabId, CloudId)>,
    /// Amount due in month `m` or later, USD, by pair and month; one zero behind the last month.
    from: Vec<Vec<f64>>,
}

/// Returns true if a commitment binds its lab, not its cloud.
#[must_use]
pub fn is_purchase(spec: &CommitmentSpec) -> bool {
    spec.kind.unwrap_or(CommitmentKind::Purchase) == CommitmentKind::Purchase
}

/// Returns the pairs of lab and cloud between which a scenario states a purchase commitment, or compute of a lab that
/// raises funds, lab by lab.
#[must_use]
pub fn backlog_pairs(scenario: &Scenario) -> Vec<(LabId, CloudId)> {
    let mut pairs = Vec::new();
    for (lab, spec) in LabId::first(scenario.lab.len()).zip(&scenario.lab) {
        for cloud in CloudId::first(scenario.cloud.len()) {
            let mut commitments = scenario.commitment.iter();
            let owes = |spec: &CommitmentSpec| {
                is_purchase(spec) && spec.lab.is(lab) && spec.cloud.is(cloud)
            };
            let buys = spec.multiple.median() > 0.0 && spec.hosts.get(cloud).is_some();
            if buys || commitments.any(owes) {
                pairs.push((lab, cloud));
            }
        }
    }
    pairs
}

impl Backlog {
    /// Returns the backlog of pairs from the amounts due in each month, by pair.
    #[must_use]
    pub fn new(pairs: Vec<(LabId, CloudId)>, due: Vec<Vec<f64>>) -> Self {
        let sums = |mut due: Vec<f64>| {
            due.push(0.0);
            for month in (0..due.len() - 1).rev() {
                due[month] += due[month + 1];
            }
            due
        };
        Self {
            pairs,
            from: due.into_iter().map(sums).collect(),
        }
    }

    /// Returns the amount due between a pair in the months from `from` up to, but without, `until`, USD.
    #[must_use]
    pub fn due_between(&self, pair: usize, from: usize, until: usize) -> f64 {
        self.due_from(pair, from) - self.due_from(pair, until)
    }

    /// Returns the amount due between a pair in a month or later, USD.
    #[must_use]
    pub fn due_from(&self, pair: usize, month: usize) -> f64 {
        self.from[pair].get(month).copied().unwrap_or(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backlog_shrinks_by_the_amount_due() {
        let pair = (LabId::from_index(0), CloudId::from_index(1));
        let backlog = Backlog::new(vec![pair], vec![vec![1.0, 2.0, 4.0]]);
        let left = [0, 1, 2, 3, 9].map(|month| backlog.due_from(0, month));
        assert_eq!(left, [7.0, 6.0, 4.0, 0.0, 0.0]);
        assert_eq!(backlog.due_between(0, 1, 3).to_bits(), 6.0_f64.to_bits());
    }
}
