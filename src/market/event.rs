//! Market events: everything that can happen to the whole market, and the context in which an event is handled.

use crate::base::ids::{CloudId, LabId};
use crate::base::time::SimTime;
use crate::kernel::{EventId, Phase};

use crate::market::state::cases::{Case, Stage};
use crate::market::state::designation::DesignationStep;
use crate::market::state::risk::{IncidentKind, Provider};

/// A market event. Market events are few and visible to all actors, unlike events of single workloads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Event {
    /// A reporting month ends; the month, from 0.
    MonthEnd(usize),
    /// A lab releases new versions of its models.
    Release(LabId),
    /// All clouds place their monthly orders of capacity.
    CapacityOrder,
    /// A cloud receives capacity; its size, H100e.
    Delivery(CloudId, f64),
    /// Rents of all clouds move by one week; the ordinal of the week.
    RentReview(u32),
    /// Routers are reviewed, and observed steering wears down credibility; the ordinal of the month.
    RouterReview(u32),
    /// A shock begins; its index in the scenario.
    ShockStart(usize),
    /// A shock ends; its index in the scenario.
    ShockEnd(usize),
    /// The offers on sale change on a date of the catalog.
    OffersChange,
    /// A dated event of the scenario takes effect; its index in the scenario.
    Dated(usize),
    /// Labs, clouds and routers review their prices; the ordinal of the review.
    PriceReview(u32),
    /// All regulators review the market; the ordinal of the review.
    RegulatorReview(u32),
    /// A regulator's case reaches its next stage.
    CaseStep(Case, Stage),
    /// A remedy becomes law; its index in the scenario.
    Remedy(usize),
    /// An investigation into a cloud reaches its next step; its index in the scenario.
    Designation(usize, DesignationStep),
    /// A promised tranche is paid; its index in the scenario.
    Tranche(usize),
    /// A lab's funding round closes.
    RoundClose(LabId),
    /// An incident happens: the provider, the kind of incident, and the ordinal of that kind at that provider.
    Incident(Provider, IncidentKind, u32),
    /// A lab enters; the index of its entry in the scenario.
    Entry(usize),
    /// All other clouds start to sell an entrant's models; the index of its entry in the scenario.
    EntrySpread(usize),
    /// An exclusive right is broken; its index in the scenario.
    RightBroken(usize),
    /// A cloud answers a rival's deal: the cloud, the lab in which it invests, and the amount, USD.
    Answer(CloudId, LabId, f64),
}

impl Event {
    /// Returns the phase of the event. At equal times, policy comes before trade, and trade before accounts.
    #[must_use]
    pub const fn phase(self) -> Phase {
        match self {
            Self::MonthEnd(_) => Phase::Accounts,
            Self::Release(_)
            | Self::CapacityOrder
            | Self::Delivery(..)
            | Self::RentReview(_)
            | Self::RouterReview(_) => Phase::Trade,
            Self::ShockStart(_)
            | Self::ShockEnd(_)
            | Self::OffersChange
            | Self::Dated(_)
            | Self::PriceReview(_)
            | Self::RegulatorReview(_)
            | Self::CaseStep(..)
            | Self::Remedy(_)
            | Self::Designation(..)
            | Self::Tranche(_)
            | Self::RoundClose(_)
            | Self::Incident(..)
            | Self::Entry(_)
            | Self::EntrySpread(_)
            | Self::RightBroken(_)
            | Self::Answer(..) => Phase::Policy,
        }
    }
}

/// Context of a handler: id, cause and time of the event that it handles.
#[derive(Clone, Copy, Debug)]
pub struct Context {
    /// Id of the event.
    pub id: EventId,
    /// Id of the event that caused it; [`EventId::NONE`] for dated and periodic events.
    pub cause: EventId,
    /// Time of the event.
    pub time: SimTime,
}

impl Context {
    /// Context of the start of the run: events scheduled from it have no cause.
    pub const START: Self = Self {
        id: EventId::NONE,
        cause: EventId::NONE,
        time: SimTime::START,
    };

    /// Returns the context without a cause, for periodic events: the log names no cause for them.
    #[must_use]
    pub const fn periodic(self) -> Self {
        Self {
            cause: EventId::NONE,
            ..self
        }
    }
}

/// A market event with the id of the event that caused it.
#[derive(Clone, Copy, Debug)]
pub struct Caused {
    /// Id of the event that caused it; [`EventId::NONE`] if there is none.
    pub cause: EventId,
    /// The event itself.
    pub event: Event,
}
