//! Formulas for designations and fines.

use super::*;

impl Run<'_> {
    /// Returns the number of a regulator's investigations into clouds that are open at the end of a month, and of those
    /// whose duties are in force.
    pub(super) fn designations_of(&self, regulator: &str, month: usize) -> (f64, f64) {
        let (mut open, mut bound) = (0.0, 0.0);
        for spec in &self.scenario().designation {
            if spec.regulator.text != regulator {
                continue;
            }
            let count = |kind: &str| self.events(&[kind], &spec.name.text, month).len() as f64;
            let was_open = spec.opened.date <= self.scenario().start.date;
            open += f64::from(u8::from(was_open)) + count("designation-opened")
                - count("designated")
                - count("not-designated");
            bound += count("duties-in-force");
        }
        (open, bound)
    }
}

pub(super) fn clouds(run: &Run<'_>, check: &mut Check) {
    let scenario = run.scenario();
    for (month, _, cloud) in run.rows("clouds") {
        let own = || (scenario.designation.iter()).filter(|spec| spec.cloud.text == cloud);
        let mut row = check.row(run, month, cloud);
        let is_designated = own().any(|spec| {
            !run.events(&["designated"], &spec.name.text, month)
                .is_empty()
        });
        row.equal(CloudRow::is_designated, f64::from(u8::from(is_designated)));
        // A fine is a share of the revenue of the twelve months before the finding.
        let before = |spec: &DesignationSpec, month: usize| -> f64 {
            let year = (month.saturating_sub(12)..month)
                .map(|month| run.at(month, cloud, CloudRow::ai_revenue_usd));
            spec.fine.draw(&run.draws) * year.sum::<f64>()
        };
        let fines: f64 = own()
            .map(|spec| {
                let found = run.events(&["fined"], &spec.name.text, month);
                let start = run.simulation.catalog.calendar.month_start(month);
                let now = found.iter().filter(|(time, _)| *time > start).count();
                now as f64 * before(spec, month)
            })
            .sum();
        row.near(CloudRow::fines_usd, fines, 1e-3);
        row.money(CloudRow::fines_usd, run.paid(month, cloud, &[Flow::Fine]));
    }
}
