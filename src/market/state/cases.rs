//! Regulators, their cases, and the remedies in force.

use crate::economics::hazard::Window;
use crate::ids::Id;
use crate::market::state::law::Rules;
use crate::scenario::Scenario;
use crate::scenario::quantity::Draws;
use crate::scenario::records::{Cause, Doctrine};
use crate::time::{Calendar, SimTime};

/// A regulator.
#[derive(Clone, Debug)]
pub struct Regulator {
    /// Its jurisdiction, by index.
    pub jurisdiction: usize,
    /// Yearly chance of a case by cause, with everything as at the start.
    pub(in crate::market) chance: [f64; 5],
    /// Months of the stages: to a formal opening, to a decision, to compliance.
    pub(in crate::market) stages: [f64; 3],
    pub(in crate::market) is_existing: bool,
    pub(in crate::market) remedy_chance: f64,
    pub(in crate::market) windows: Vec<Window>,
    /// Chance of a case within a year at the last review, all causes.
    pub attention: f64,
    /// The same for steering.
    pub steering_attention: f64,
    /// Cases under way.
    pub cases: u32,
    /// Whether a case is under way, by cause.
    pub(in crate::market) is_busy: [bool; 5],
    /// Whether it has acted: opened a case formally.
    pub has_acted: bool,
    /// Remedies in force.
    pub remedies: u32,
}

/// A case.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Case {
    /// The regulator, by index.
    pub regulator: usize,
    /// What it is about.
    pub cause: Cause,
    /// The regulator's number of the case.
    pub number: u32,
}

/// A step of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It is opened formally.
    Opened,
    /// It is decided.
    Decided,
}

/// All regulators and what is in force.
#[derive(Clone, Debug)]
pub struct Regulation {
    /// Regulators.
    pub regulators: Vec<Regulator>,
    /// Remedies in force, by index.
    pub in_force: Vec<bool>,
    /// Levels of remedies, drawn.
    pub(in crate::market) levels: Vec<f64>,
    pub(in crate::market) weights: Vec<f64>,
    /// Rules by jurisdiction.
    pub rules: Vec<Rules>,
    /// Signals at the first review, by cause.
    pub(in crate::market) signals_at_start: Option<[f64; 5]>,
    pub(in crate::market) cases: u32,
}

impl Regulation {
    /// Regulators at the start.
    #[must_use]
    pub fn new(scenario: &Scenario, calendar: &Calendar, draws: &Draws) -> Self {
        let month = |time: SimTime| time.months();
        let regulators = scenario
            .regulator
            .iter()
            .map(|spec| Regulator {
                jurisdiction: spec.jurisdiction.id().index(),
                chance: CAUSES.map(|cause| {
                    spec.cause
                        .get(cause)
                        .map_or(0.0, |chance| chance.draw(draws))
                }),
                stages: [
                    spec.opening.draw(draws),
                    spec.decision.draw(draws),
                    spec.compliance.draw(draws),
                ],
                is_existing: spec.doctrine == Doctrine::Existing,
                remedy_chance: spec.remedy_chance.draw(draws),
                windows: spec
                    .window
                    .iter()
                    .map(|window| {
                        (
                            month(calendar.time_of(window.from.date)),
                            month(calendar.time_of(window.until.date)),
                            window.factor.draw(draws),
                        )
                    })
                    .collect(),
                attention: 0.0,
                steering_attention: 0.0,
                cases: 0,
                is_busy: [false; 5],
                has_acted: false,
                remedies: 0,
            })
            .collect();
        Self {
            regulators,
            in_force: vec![false; scenario.remedy.len()],
            levels: scenario
                .remedy
                .iter()
                .map(|spec| spec.level.as_ref().map_or(1.0, |level| level.draw(draws)))
                .collect(),
            weights: scenario
                .remedy
                .iter()
                .map(|spec| {
                    spec.weight
                        .as_ref()
                        .map_or(1.0, |weight| weight.draw(draws))
                })
                .collect(),
            rules: vec![Rules::none(scenario.segment.len()); scenario.jurisdiction.len()],
            signals_at_start: None,
            cases: 0,
        }
    }

    /// The strongest yearly chance of a case about steering.
    #[must_use]
    pub fn steering_hazard(&self) -> f64 {
        self.regulators
            .iter()
            .map(|regulator| regulator.steering_attention)
            .fold(0.0, f64::max)
    }

    /// Whether a firewall is law anywhere: list prices are one for all.
    #[must_use]
    pub fn has_firewall(&self) -> bool {
        self.rules.iter().any(|rules| rules.is_firewalled)
    }
}

pub(in crate::market) const CAUSES: [Cause; 5] = [
    Cause::Concentration,
    Cause::Steering,
    Cause::Capital,
    Cause::Incident,
    Cause::Size,
];
