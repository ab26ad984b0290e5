//! World of one replication: the scenario, its drawn parameters, and all state.

use crate::base::ids::{CloudId, Id, LabId, OfferId};
use crate::base::rng::Streams;
use crate::base::time::SimTime;
use crate::kernel::{EventId, PendingEvents};
use crate::ledger::Ledger;
use crate::panel::EventLine;
use crate::scenario::Scenario;

use crate::market::catalog::Catalog;
use crate::market::parameters::Parameters;
use crate::market::scene::Scene;
use crate::market::state::State;
use crate::market::state::accounts::Accounts;
use crate::market::state::demand::Demand;
use crate::market::state::tally::Tally;
use crate::market::state::view::View;
use crate::market::state::{Activity, Route};
use crate::market::{Caused, Context, Event};

/// The whole market of one replication; it owns all state.
#[derive(Debug)]
pub struct World<'a> {
    /// The scenario; shared by all replications.
    pub scenario: &'a Scenario,
    /// Offers, lanes and nests; shared by all replications.
    pub catalog: &'a Catalog,
    /// Numbers of the scenario; parameters, drawn once a replication.
    pub parameters: Parameters,
    /// Random streams of this replication.
    pub streams: Streams,
    /// Actors and their memory; state.
    pub state: State,
    /// Publication: the market as agents see it; state.
    pub view: View,
    /// Money and the volumes behind it; state.
    pub books: Books,
    /// Market events: pending and past; state.
    pub events: Events,
}

/// Money and the volumes behind it.
#[derive(Debug)]
pub struct Books {
    /// Double-entry ledger.
    pub ledger: Ledger,
    /// Accounts in the ledger by actor.
    pub accounts: Accounts,
    /// Volumes and spend of the month so far.
    pub tally: Tally,
    /// Activity of enterprises in the month so far.
    pub activity: Activity,
    /// Demand since the last settlement.
    pub demand: Demand,
}

/// Market events of a replication.
#[derive(Debug)]
pub struct Events {
    /// Pending events.
    pub pending: PendingEvents<Caused>,
    /// Log of events that happened; output.
    pub log: Vec<EventLine>,
    /// True if prices or offers have changed since the last publication.
    pub is_stale: bool,
}

impl<'a> World<'a> {
    /// Returns the scene that enterprises act on.
    #[must_use]
    pub fn scene(&self) -> Scene<'_> {
        Scene {
            catalog: self.catalog,
            parameters: &self.parameters,
            view: &self.view,
            streams: &self.streams,
        }
    }

    /// Schedules an event at `time`; its cause is the event of the context.
    pub fn schedule(&mut self, cx: Context, time: SimTime, event: Event) -> EventId {
        let caused = Caused {
            cause: cx.id,
            event,
        };
        self.events.pending.schedule(time, event.phase(), caused)
    }

    /// Appends a line about the event of the context to the log of market events.
    pub fn note(&mut self, cx: Context, kind: &'static str, subject: &str, value: f64) {
        self.events.log.push(EventLine {
            id: cx.id,
            cause: cx.cause,
            time: cx.time,
            kind,
            subject: subject.to_owned(),
            value,
        });
    }

    /// Marks prices or offers as changed, so that the present window ends with a settlement and a publication.
    pub fn mark_changed(&mut self) {
        self.events.is_stale = true;
    }

    /// Returns the name of a cloud.
    #[must_use]
    pub fn cloud_name(&self, cloud: CloudId) -> &'a str {
        &self.scenario.cloud[cloud.index()].name.text
    }

    /// Returns the name of a lab.
    #[must_use]
    pub fn lab_name(&self, lab: LabId) -> &'a str {
        &self.scenario.lab[lab.index()].name.text
    }

    /// Returns true if an offer is a router over several clouds, which can move tokens that one cloud cannot serve to
    /// another.
    #[must_use]
    pub fn is_spilling(&self, offer: OfferId) -> bool {
        let offer = &self.catalog.offers[offer];
        matches!(offer.route, Route::Routed(_)) && offer.cloud.is_none()
    }
}
