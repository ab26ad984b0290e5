//! Rows of the regulators table.

use crate::market::World;
use crate::panel::Panel;
use crate::row;

row! {
    /// One regulator in one month.
    RegulatorRow in "regulators" by "regulator" {
        attention ["share"] "attention" "Probability that a new case opens within a year, from what the regulator observes.",
        cases ["count"] "cases" "Cases under way.",
        remedies ["count"] "remedies" "Remedies in force.",
    }
}

impl World<'_> {
    pub(super) fn observe_regulators(&self, panel: &mut Panel, month: usize) {
        for (index, regulator) in self.state.regulation.regulators.iter().enumerate() {
            let row = RegulatorRow {
                attention: regulator.attention,
                cases: f64::from(regulator.cases),
                remedies: f64::from(regulator.remedies),
            };
            panel.set(month, index, &row);
        }
    }
}
