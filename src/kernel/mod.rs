//! The simulation kernel: a pending-event set, and an agenda of buckets for agents. It knows nothing of markets.
//!
//! Two kinds of event are kept in two places. Events that touch everyone go into [`PendingEvents`], one totally ordered
//! set: by time, then [`Phase`], then order of scheduling. Events that touch one agent go into an [`Agenda`], buckets
//! of one lookahead window each. Inside a window agents see the view of the world published at the window's start, so
//! that they need no mutual order and may run in parallel.
//!
//! A simulation of an M/M/1 queue with the kernel alone:
//!
//! ```
//! use tollway::kernel::{PendingEvents, Phase};
//! use tollway::base::rng::{Purpose, Streams};
//! use tollway::base::time::{SimTime, Span};
//!
//! #[derive(Clone, Copy)]
//! enum Event { Arrival, Departure }
//!
//! let (arrivals_per_day, services_per_day) = (0.8, 1.0);
//! let streams = Streams::new(1, 0);
//! let mut arrivals = streams.stream(Purpose::User, 0, 0);
//! let mut services = streams.stream(Purpose::User, 1, 0);
//! let mut events = PendingEvents::new();
//! events.schedule(SimTime::START, Phase::Trade, Event::Arrival);
//! let (mut in_system, mut integral, mut now) = (0_u32, 0.0, SimTime::START);
//! while now < SimTime::from_days(200_000) {
//!     let next = events.pop().expect("an arrival is always pending");
//!     integral += f64::from(in_system) * (next.time - now).days();
//!     now = next.time;
//!     match next.event {
//!         Event::Arrival => {
//!             in_system += 1;
//!             let gap = Span::from_days(arrivals.exponential() / arrivals_per_day);
//!             events.schedule(now + gap, Phase::Trade, Event::Arrival);
//!         }
//!         Event::Departure => in_system -= 1,
//!     }
//!     let starts_service = matches!(next.event, Event::Arrival) && in_system == 1;
//!     if starts_service || (matches!(next.event, Event::Departure) && in_system > 0) {
//!         let service = Span::from_days(services.exponential() / services_per_day);
//!         events.schedule(now + service, Phase::Trade, Event::Departure);
//!     }
//! }
//! let mean_in_system = integral / now.days(); // theory: 0.8 / (1 - 0.8) = 4
//! assert!((mean_in_system - 4.0).abs() < 0.2, "{mean_in_system}");
//! ```

mod agenda;
mod pending;

pub use agenda::Agenda;
pub use pending::{EventId, Occurrence, PendingEvents, Phase};
