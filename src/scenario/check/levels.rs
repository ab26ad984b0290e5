//! Checks of the levels at which labs start: a run rate, or a share of all spend.

use super::Checker;
use crate::scenario::fault::Fault;
use crate::scenario::records::LabSpec;
use crate::scenario::source::Place;
use crate::scenario::tree::Node;

impl Checker<'_> {
    /// Each lab states its run rate or its share of spend. Shares sum to one if no lab states a run rate, and to less
    /// otherwise.
    pub(super) fn lab_levels(&mut self, tree: &Node) {
        let labs = &self.scenario.lab;
        for lab in labs {
            self.lab_level(lab);
        }
        let shares = labs.iter().filter_map(|lab| lab.spend_share.as_ref());
        if labs.iter().all(|lab| lab.run_rate.is_none()) {
            self.sums_to_one(tree, "lab.*.spend_share", shares);
            return;
        }
        let sum: f64 = shares
            .clone()
            .map(crate::scenario::quantity::Quantity::median)
            .sum();
        if let (true, Some(first)) = (sum >= 1.0, shares.into_iter().next()) {
            let message =
                format!("`lab.*.spend_share` sums to {sum:.3} beside labs with a `run_rate`");
            self.faults.push(
                Fault::new(message, first.place.clone()).help(
                    "the shares are those of labs without a `run_rate`, and sum to less than 1",
                ),
            );
        }
    }

    fn lab_level(&mut self, lab: &LabSpec) {
        let name = &lab.name.text;
        let mut fault = |message: String, place: &Place, help: &str| {
            self.faults
                .push(Fault::new(message, place.clone()).help(help));
        };
        match (&lab.run_rate, &lab.spend_share) {
            (Some(_), Some(share)) => fault(
                format!("`lab.{name}` states a `run_rate` and a `spend_share`"),
                &share.place,
                "state one of them; remove the other with { remove = true }",
            ),
            (None, None) => fault(
                format!("`lab.{name}` states neither a `run_rate` nor a `spend_share`"),
                &lab.name.place,
                "state its run rate with `business_share`, or its share of `demand.enterprise_spend`",
            ),
            (Some(run_rate), None) => {
                if lab.business_share.is_none() {
                    fault(
                        format!("`lab.{name}` states a `run_rate` without a `business_share`"),
                        &run_rate.place,
                        "add the share of the run rate that enterprises pay",
                    );
                }
                if let Some(other) = &lab.other_revenue {
                    fault(
                        format!("`lab.{name}.other_revenue` has no effect beside a `run_rate`"),
                        &other.place,
                        "remove it: `business_share` says which part of the run rate is other revenue",
                    );
                }
            }
            (None, Some(_)) => {
                if let Some(share) = &lab.business_share {
                    fault(
                        format!("`lab.{name}.business_share` has no effect without a `run_rate`"),
                        &share.place,
                        "remove it, or state a `run_rate` instead of `spend_share`",
                    );
                }
            }
        }
        if let (Some(_), Some(growth)) = (&lab.growth, &lab.other_growth) {
            fault(
                format!("`lab.{name}` states `growth` and `other_growth`"),
                &growth.place,
                "state one of them: `growth` is that of all its revenue",
            );
        }
    }
}
