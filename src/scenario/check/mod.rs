//! Checks of a scenario that need more than one field: sizes, offers, sums, dates, contracts, correlations, vintages.

mod contracts;
mod correlation;
mod dates;
mod designations;
mod levels;
mod offers;
mod policies;
mod ranges;
mod shares;
mod vintage;

pub use correlation::correlation_factors;

use std::collections::BTreeSet;

use crate::base::ids::CloudId;
use crate::economics::choice::MAX_NESTS;
use crate::scenario::fault::Fault;
use crate::scenario::records::{Runtime, Scenario};
use crate::scenario::reference::Ref;
use crate::scenario::tree::Node;

/// Reports every fault of a scenario, once all of its records have been read.
pub fn check(scenario: &Scenario, tree: &Node, faults: &mut Vec<Fault>) {
    let mut checker = Checker { scenario, faults };
    checker.file_name();
    checker.not_empty(tree);
    checker.not_too_large(tree);
    checker.offers();
    checker.positive();
    checker.bounds();
    checker.shares(tree);
    checker.dates();
    checker.designations();
    checker.contracts();
    checker.schedules();
    checker.limits();
    checker.moves(tree);
    checker.events();
    checker.finance();
    checker.policies();
    checker.vintage(tree);
    correlation_factors(scenario, tree, checker.faults);
}

/// A scenario with the faults found so far.
struct Checker<'a> {
    scenario: &'a Scenario,
    faults: &'a mut Vec<Fault>,
}

impl Checker<'_> {
    fn file_name(&mut self) {
        let name = &self.scenario.name;
        let is_plain = name
            .text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        if !is_plain {
            self.faults.push(
                Fault::new(
                    "the name of a scenario becomes a folder",
                    name.place.clone(),
                )
                .help("use letters, digits, `-` and `_` only"),
            );
        }
    }

    fn not_empty(&mut self, tree: &Node) {
        let s = self.scenario;
        let lists = [
            ("jurisdiction", s.jurisdiction.is_empty()),
            ("segment", s.segment.is_empty()),
            ("task", s.task.is_empty()),
            ("price_class", s.price_class.is_empty()),
            ("tier", s.tier.is_empty()),
            ("cloud", s.cloud.is_empty()),
            ("lab", s.lab.is_empty()),
            ("model", s.model.is_empty()),
            ("channel", s.channel.is_empty()),
        ];
        for (list, is_empty) in lists {
            if is_empty {
                self.faults.push(
                    Fault::new(format!("the market has no `{list}`"), tree.place.clone())
                        .help(format!("add at least one [[{list}]]")),
                );
            }
        }
    }

    /// The ids of some lists must fit into a byte, and sets of clouds, labs and nests into 64 bits.
    fn not_too_large(&mut self, tree: &Node) {
        let s = self.scenario;
        let lists = [
            ("cloud", s.cloud.len(), 63),
            ("lab", s.lab.len(), 63),
            ("segment", s.segment.len(), 255),
            ("jurisdiction", s.jurisdiction.len(), 255),
            ("price_class", s.price_class.len(), 255),
            ("task", s.task.len(), 255),
            ("integrator", s.integrator.len(), 255),
        ];
        for (list, count, most) in lists {
            if count > most {
                self.faults.push(
                    Fault::new(
                        format!("the market has {count} of `{list}`"),
                        tree.place.clone(),
                    )
                    .help(format!("at most {most} are possible")),
                );
            }
        }
        let channels = s.channel.iter();
        let routers = s.router.iter();
        let cloud = |cloud: &Option<Ref<CloudId>>| cloud.as_ref().and_then(Ref::found);
        let sold: BTreeSet<_> = channels
            .map(|channel| (cloud(&channel.cloud), channel.runtime == Runtime::Stateful))
            .chain(routers.map(|router| (cloud(&router.cloud), false)))
            .collect();
        let nests = sold.len() + usize::from(s.self_host.is_some());
        if nests > MAX_NESTS {
            self.faults.push(
                Fault::new(
                    format!("enterprises choose among {nests} nests: clouds by runtime, the labs' own sales, self-hosting"),
                    tree.place.clone(),
                )
                .help(format!("at most {MAX_NESTS} are possible: leave out clouds or stateful channels")),
            );
        }
    }
}
