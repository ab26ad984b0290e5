//! Schedule of the amounts due under labs' take-or-pay commitments.

use crate::base::ids::{CloudId, LabId};
use crate::base::time::SimTime;
use crate::market::World;
use crate::market::state::backlog::{Backlog, backlog_pairs, is_purchase};
use crate::scenario::records::CommitmentKind;

impl World<'_> {
    /// Returns the amounts due to each cloud from each lab in each month, to the last day of the last commitment. An
    /// amount of a month is the one that the month's books take.
    pub(in crate::market) fn scheduled_backlog(&self) -> Backlog {
        let pairs = backlog_pairs(self.scenario);
        let due = pairs.iter().map(|(lab, cloud)| self.dues(*lab, *cloud));
        let due = due.collect();
        Backlog::new(pairs, due)
    }

    fn dues(&self, lab: LabId, cloud: CloudId) -> Vec<f64> {
        let calendar = &self.catalog.calendar;
        let bound = (self.scenario.commitment.iter())
            .filter(|spec| is_purchase(spec) && spec.lab.is(lab) && spec.cloud.is(cloud));
        let last = bound
            .map(|spec| calendar.time_of(spec.until.date))
            .max()
            .unwrap_or(SimTime::START);
        let months = (0..).take_while(|month| calendar.month_start(*month) < last);
        months
            .map(|month| calendar.month_start(month + 1))
            .map(|end| self.due_under(CommitmentKind::Purchase, cloud, Some(lab), end) / 12.0)
            .collect()
    }
}
