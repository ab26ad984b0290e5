//! Regulators, their cases, and the remedies in force.

use crate::base::ids::{CloudId, Id};
use crate::base::time::{Calendar, SimTime};
use crate::economics::hazard::Window;
use crate::market::law::Rules;
use crate::market::state::designation::{Designation, Standing};
use crate::scenario::Scenario;
use crate::scenario::quantity::Draws;
use crate::scenario::records::{Cause, Doctrine};

/// Regulator. Parameters are drawn once a replication; state changes during a run.
#[derive(Clone, Debug)]
pub struct Regulator {
    /// Jurisdiction, by index; parameter.
    pub jurisdiction: usize,
    /// Yearly chance of a case if all signals stand as at the start, by cause; parameter.
    pub(in crate::market) chance: [f64; 5],
    /// Durations of a case's stages, months: to a formal opening, to a decision, to compliance; parameter.
    pub(in crate::market) stages: [f64; 3],
    /// True if the regulator applies existing law rather than law made for this market; parameter.
    pub(in crate::market) is_existing: bool,
    /// Chance that a case ends in a remedy; parameter.
    pub(in crate::market) remedy_chance: f64,
    /// Times around decision dates, with their factors on the chance of a case; parameter.
    pub(in crate::market) windows: Vec<Window>,
    /// Chance of a case within a year as of the last review, over all causes; state.
    pub attention: f64,
    /// Chance of a case about steering within a year as of the last review; state.
    pub steering_attention: f64,
    /// Number of cases under way; state.
    pub cases: u32,
    /// True if a case is under way, by cause; state.
    pub(in crate::market) is_busy: [bool; 5],
    /// True if the regulator has opened a case formally; state.
    pub has_acted: bool,
    /// Number of remedies in force; state.
    pub remedies: u32,
}

/// Case of a regulator.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Case {
    /// Regulator, by index.
    pub regulator: usize,
    /// Cause of the case.
    pub cause: Cause,
    /// Number of the case, counted over all regulators; it keys the case's random streams.
    pub number: u32,
}

/// Step of a case, scheduled as an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Formal opening.
    Opened,
    /// Decision.
    Decided,
}

/// Regulators, and the remedies and rules in force.
#[derive(Clone, Debug)]
pub struct Regulation {
    /// Regulators, by index.
    pub regulators: Vec<Regulator>,
    /// True if a remedy is in force, by remedy; state.
    pub in_force: Vec<bool>,
    /// Level of each remedy, by remedy; parameter, one where none is stated.
    pub(in crate::market) levels: Vec<f64>,
    /// Frequency of each remedy relative to the others that a case may end in, by remedy; parameter.
    pub(in crate::market) weights: Vec<f64>,
    /// Investigations that may designate a cloud.
    pub designations: Vec<Designation>,
    /// Rules in force, by jurisdiction; state.
    pub rules: Vec<Rules>,
    /// Signals at the first review, by cause; none before it.
    pub(in crate::market) signals_at_start: Option<[f64; 5]>,
    /// Number of cases taken up so far; state.
    pub(in crate::market) cases: u32,
}

impl Regulation {
    /// Returns the regulators at the start, with no remedy in force.
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
            designations: Designation::of(scenario, calendar, draws),
            rules: vec![
                Rules::none(scenario.segment.len(), scenario.cloud.len());
                scenario.jurisdiction.len()
            ],
            signals_at_start: None,
            cases: 0,
        }
    }

    /// Returns the chance of a case about steering within a year, the highest over regulators.
    #[must_use]
    pub fn steering_hazard(&self) -> f64 {
        self.regulators
            .iter()
            .map(|regulator| regulator.steering_attention)
            .fold(0.0, f64::max)
    }

    /// Returns true if a cloud is designated by any regulator.
    #[must_use]
    pub fn is_designated(&self, cloud: CloudId) -> bool {
        let mut own = self.designations.iter().filter(|case| case.cloud == cloud);
        own.any(Designation::is_designated)
    }

    /// Returns the fine that a cloud expects each year if its router steers, as a share of its yearly AI revenue.
    #[must_use]
    pub fn steering_risk(&self, cloud: CloudId) -> f64 {
        let own = self.designations.iter().filter(|case| case.cloud == cloud);
        own.map(Designation::steering_risk).sum()
    }

    /// Returns true if a regulator investigates or has designated a cloud. The concentration of clouds is then already
    /// its case.
    #[must_use]
    pub(in crate::market) fn is_covered(&self, regulator: usize) -> bool {
        let mut own = self
            .designations
            .iter()
            .filter(|case| case.regulator == regulator);
        own.any(|case| case.standing == Standing::Open || case.is_designated())
    }

    /// Returns true if a firewall is law anywhere. Stakes may then not sway list prices, which are one for all
    /// jurisdictions.
    #[must_use]
    pub fn has_firewall(&self) -> bool {
        self.rules.iter().any(|rules| rules.is_firewalled)
    }
}

/// Causes of cases, in the order of tables by cause.
pub(in crate::market) const CAUSES: [Cause; 5] = [
    Cause::Concentration,
    Cause::Steering,
    Cause::Capital,
    Cause::Incident,
    Cause::Size,
];
