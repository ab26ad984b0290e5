//! Market events: what can happen to the whole market, and the context in which it is handled.

use crate::ids::{CloudId, LabId};
use crate::kernel::{EventId, Phase};
use crate::time::SimTime;

use crate::market::state::cases::{Case, Stage};
use crate::market::state::risk::{IncidentKind, Provider};

/// A market event: few, and seen by all.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Event {
    /// A reporting month ends.
    MonthEnd(usize),
    /// A lab releases.
    Release(LabId),
    /// Clouds order capacity.
    CapacityOrder,
    /// Capacity is delivered, H100e.
    Delivery(CloudId, f64),
    /// Rents move.
    RentReview(u32),
    /// What is seen of steering moves credibility.
    RouterReview(u32),
    /// A shock begins.
    ShockStart(usize),
    /// A shock ends.
    ShockEnd(usize),
    /// Offers come or go on their date.
    OffersChange,
    /// A dated event takes effect.
    Dated(usize),
    /// Prices are reviewed.
    PriceReview(u32),
    /// Regulators look at the market.
    RegulatorReview(u32),
    /// A case goes a step further.
    CaseStep(Case, Stage),
    /// A remedy becomes law.
    Remedy(usize),
    /// A promised tranche is paid.
    Tranche(usize),
    /// A lab's round closes.
    RoundClose(LabId),
    /// Something goes wrong: the provider, what, and its ordinal.
    Incident(Provider, IncidentKind, u32),
    /// A lab enters.
    Entry(usize),
    /// The other clouds sell a lab that entered.
    EntrySpread(usize),
    /// An exclusive right is broken.
    RightBroken(usize),
}

impl Event {
    /// The phase of the event: policy before trade before accounts where events share a time.
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
            | Self::Tranche(_)
            | Self::RoundClose(_)
            | Self::Incident(..)
            | Self::Entry(_)
            | Self::EntrySpread(_)
            | Self::RightBroken(_) => Phase::Policy,
        }
    }
}

/// The event that a handler handles.
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
    /// The start of the run: events that are scheduled from here have no cause.
    pub const START: Self = Self {
        id: EventId::NONE,
        cause: EventId::NONE,
        time: SimTime::START,
    };

    /// The context of a periodic event: the log names no cause for it.
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
    /// The cause.
    pub cause: EventId,
    /// What happens.
    pub event: Event,
}
