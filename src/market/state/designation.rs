//! Investigations that may designate a cloud as a gatekeeper.

use crate::base::ids::{CloudId, Id};
use crate::base::time::{Calendar, SimTime, Span};
use crate::base::units::DAYS_PER_MONTH;
use crate::market::law::Duties;
use crate::scenario::Scenario;
use crate::scenario::quantity::{Draws, Quantity};
use crate::scenario::records::DesignationSpec;

/// Investigation into a cloud. Parameters are drawn once a replication; state changes during a run.
#[derive(Clone, Debug)]
pub struct Designation {
    /// Regulator, by index; parameter.
    pub regulator: usize,
    /// Cloud that is investigated; parameter.
    pub cloud: CloudId,
    /// Opening of the investigation; parameter.
    pub opened: SimTime,
    /// Time from the opening to the decision; parameter.
    pub decision: Span,
    /// Chance that the decision is to designate the cloud; parameter.
    pub probability: f64,
    /// Time from a designation until its duties are in force; parameter.
    pub compliance: Span,
    /// Duties of the cloud once it is designated; parameter.
    pub duties: Duties,
    /// Chance a year, under duties, that a case begins that finds a breach; parameter.
    pub breach: f64,
    /// Time from the start of such a case to the finding; parameter.
    pub non_compliance: Span,
    /// Fine as a share of the AI revenue of twelve months; parameter.
    pub fine: f64,
    /// Where the investigation stands; state.
    pub standing: Standing,
}

/// Where an investigation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It has not been opened.
    Ahead,
    /// It is open.
    Open,
    /// The cloud is designated, and its duties are not yet in force.
    Designated,
    /// The cloud is designated, and its duties are in force.
    Bound,
    /// It ended without a designation.
    Closed,
}

/// Step of an investigation, scheduled as an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DesignationStep {
    /// The investigation is opened.
    Opened,
    /// The regulator decides.
    Decided,
    /// The duties come into force.
    InForce,
    /// The cloud is found in breach of its duties; the ordinal of the finding.
    Breached(u32),
}

impl Designation {
    /// Returns the investigations of a scenario at the start, none of them opened.
    #[must_use]
    pub fn of(scenario: &Scenario, calendar: &Calendar, draws: &Draws) -> Vec<Self> {
        let specs = scenario.designation.iter();
        specs.map(|spec| Self::new(spec, calendar, draws)).collect()
    }

    fn new(spec: &DesignationSpec, calendar: &Calendar, draws: &Draws) -> Self {
        let portability = spec.portability.as_ref();
        let span = |months: f64| Span::from_days(months * DAYS_PER_MONTH);
        Self {
            regulator: spec.regulator.id().index(),
            cloud: spec.cloud.id(),
            opened: calendar.time_of(spec.opened.date),
            decision: span(spec.decision.draw(draws)),
            probability: spec.probability.draw(draws),
            compliance: span(spec.compliance.draw(draws)),
            duties: Duties {
                is_neutral: spec.neutral_routing == Some(true),
                is_free_to_leave: spec.switching_charge_ban == Some(true),
                portability: portability.map_or(0.0, |part: &Quantity<_>| part.draw(draws)),
            },
            breach: spec.breach.draw(draws),
            non_compliance: span(spec.non_compliance.draw(draws)),
            fine: spec.fine.draw(draws),
            standing: Standing::Ahead,
        }
    }

    /// Returns true if the cloud is designated, whether or not its duties are in force yet.
    #[must_use]
    pub fn is_designated(&self) -> bool {
        matches!(self.standing, Standing::Designated | Standing::Bound)
    }

    /// Returns the fine that the cloud expects each year if its router steers, as a share of yearly AI revenue: the
    /// chance of a breach times the fine, times the chance of a designation while that is open. Zero without a duty
    /// not to steer.
    #[must_use]
    pub fn steering_risk(&self) -> f64 {
        let chance = match self.standing {
            Standing::Ahead | Standing::Closed => 0.0,
            Standing::Open => self.probability,
            Standing::Designated | Standing::Bound => 1.0,
        };
        if self.duties.is_neutral {
            chance * self.breach * self.fine
        } else {
            0.0
        }
    }
}
