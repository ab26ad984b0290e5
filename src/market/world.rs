//! The world of one replication.

use crate::economics::choice::Nests;
use crate::ids::{CloudId, Id, LabId, OfferId};
use crate::kernel::{EventId, PendingEvents};
use crate::ledger::Ledger;
use crate::panel::EventLine;
use crate::rng::Streams;
use crate::scenario::Scenario;
use crate::scenario::quantity::Draws;
use crate::time::{SimTime, Span};

use crate::market::catalog::Catalog;
use crate::market::customers::population;
use crate::market::customers::scene::Scene;
use crate::market::opening::state::State;
use crate::market::parameters::Parameters;
use crate::market::state::accounts::Accounts;
use crate::market::state::demand::Demand;
use crate::market::state::tally::Tally;
use crate::market::state::view::View;
use crate::market::state::{Activity, Route};
use crate::market::{Caused, Context, Event};

/// The whole market of one replication.
#[derive(Debug)]
pub struct World<'a> {
    /// The scenario; shared by all replications.
    pub scenario: &'a Scenario,
    /// Offers, lanes and nests; shared by all replications.
    pub catalog: &'a Catalog,
    /// Numbers of the scenario, drawn for this replication; parameters.
    pub parameters: Parameters,
    /// Random streams of this replication.
    pub streams: Streams,
    /// Actors and what they remember; state.
    pub state: State,
    /// The market as last published; state.
    pub view: View,
    /// Money, and the volumes behind it; state.
    pub books: Books,
    /// Market events: pending and past; state.
    pub events: Events,
}

/// Money, and the volumes behind it.
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
    /// Events to come.
    pub pending: PendingEvents<Caused>,
    /// Log of events that happened.
    pub log: Vec<EventLine>,
    /// Whether prices or offers changed since the last publication.
    pub is_stale: bool,
}

impl<'a> World<'a> {
    /// The market at the start of one replication.
    #[must_use]
    pub fn new(
        scenario: &'a Scenario,
        catalog: &'a Catalog,
        enterprises: usize,
        window: Span,
        draws: &Draws,
        streams: Streams,
    ) -> Self {
        let parameters = Parameters::draw(scenario, catalog.offers.len(), &catalog.calendar, draws);
        let nesting = parameters.choice.nesting.min(0.99);
        let nests = Nests::new(catalog.nesting.nest_of.clone(), nesting);
        let is_open: Vec<bool> = catalog.is_open.iter().copied().collect();
        let population = population::populate(
            enterprises,
            &parameters,
            &is_open,
            &nests,
            window,
            catalog.calendar.end(),
            &streams,
        );
        let (ledger, accounts) = Accounts::open(scenario);
        let dims = parameters.dims;
        let mut world = Self {
            scenario,
            catalog,
            streams,
            state: State::new(scenario, catalog, &parameters, draws, population),
            view: View::new(catalog, &parameters, nests),
            books: Books {
                ledger,
                accounts,
                tally: Tally::new(&dims, catalog.lanes.len(), scenario.router.len()),
                activity: Activity::new(&dims),
                demand: Demand::new(&dims, catalog.is_routed(), catalog.ways()),
            },
            events: Events {
                pending: PendingEvents::new(),
                log: Vec::new(),
                is_stale: false,
            },
            parameters,
        };
        world.update_bias();
        world.update_cost_plus_prices(SimTime::START);
        world.start(draws);
        world
    }

    /// The scene that agents act on.
    #[must_use]
    pub fn scene(&self) -> Scene<'_> {
        Scene {
            catalog: self.catalog,
            parameters: &self.parameters,
            view: &self.view,
            streams: &self.streams,
        }
    }

    /// Schedules an event at `time`, caused by the event of the context.
    pub fn schedule(&mut self, cx: Context, time: SimTime, event: Event) -> EventId {
        let caused = Caused {
            cause: cx.id,
            event,
        };
        self.events.pending.schedule(time, event.phase(), caused)
    }

    /// Writes a line about the event of the context into the log of market events.
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

    /// Marks prices or offers as changed, so that the window ends with a settlement and a publication.
    pub fn mark_changed(&mut self) {
        self.events.is_stale = true;
    }

    /// The name of a cloud.
    #[must_use]
    pub fn cloud_name(&self, cloud: CloudId) -> &'a str {
        &self.scenario.cloud[cloud.index()].name.text
    }

    /// The name of a lab.
    #[must_use]
    pub fn lab_name(&self, lab: LabId) -> &'a str {
        &self.scenario.lab[lab.index()].name.text
    }

    /// Whether an offer is a router over several clouds, which can place elsewhere what one cannot serve.
    #[must_use]
    pub fn is_spilling(&self, offer: OfferId) -> bool {
        let offer = &self.catalog.offers[offer];
        matches!(offer.route, Route::Routed(_)) && offer.cloud.is_none()
    }
}
