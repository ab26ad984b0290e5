//! Simulation of one replication: the loop over lookahead windows, and the one match over market events.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::base::rng::Streams;
use crate::base::time::{SimTime, Span};
use crate::kernel::Occurrence;
use crate::market::books::identities::BrokenIdentity;
use crate::market::catalog::Catalog;
use crate::market::rows::{self, Observed};
use crate::market::{Caused, Context, Event, World};
use crate::panel::Panel;
use crate::scenario::quantity::{Class, Draws, Setting};
use crate::scenario::{Loaded, Scenario, check};

/// Part of a replication that is taken from another replication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exchange {
    /// Draws of the uncertain inputs of these classes.
    Numbers(Vec<Class>),
    /// Random streams of the market, which decide choices, releases, incidents and shocks.
    Luck,
}

/// Simulation of one scenario; runs any of its replications.
#[derive(Debug)]
pub struct Simulation<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// Offers, lanes and nests of the scenario; shared by all replications.
    pub catalog: Catalog,
    /// Number of enterprises simulated.
    pub enterprises: usize,
    /// Seed of all random streams.
    pub seed: u64,
    /// Groups of correlated inputs: stream keys and the Cholesky factor by row.
    pub correlations: Vec<(Vec<u64>, Vec<Vec<f64>>)>,
    /// Parts and months of each replication that are observed.
    pub observed: Observed,
}

impl<'a> Simulation<'a> {
    /// Creates a simulation of a loaded scenario.
    #[must_use]
    pub fn of(loaded: &'a Loaded) -> Self {
        let factors = check::correlation_factors(&loaded.scenario, &loaded.tree, &mut Vec::new());
        Self::new(&loaded.scenario, factors)
    }

    /// Creates a simulation of a checked scenario with groups of correlated inputs.
    #[must_use]
    pub fn new(scenario: &'a Scenario, correlations: Vec<(Vec<u64>, Vec<Vec<f64>>)>) -> Self {
        let catalog = Catalog::new(scenario);
        Self {
            scenario,
            observed: Observed::everything(catalog.calendar.months()),
            catalog,
            enterprises: usize::try_from(scenario.run.enterprises.0).expect("at most ten million"),
            seed: scenario.run.seed.0,
            correlations,
        }
    }

    /// Restricts the simulation to the parts in `observed`. All other values are NaN in its panels.
    #[must_use]
    pub fn observing(mut self, observed: Observed) -> Self {
        self.observed = observed;
        self
    }

    /// Returns the length of the lookahead window.
    #[must_use]
    pub fn window(&self) -> Span {
        let parts = i64::try_from(self.scenario.run.windows_per_day.0).expect("at most 24");
        Span::from_micros(Span::DAY.micros() / parts)
    }

    /// Runs one replication.
    ///
    /// # Errors
    /// Returns the first accounting identity that does not hold.
    pub fn run(&self, replication: u32) -> Result<Panel, BrokenIdentity> {
        self.run_with(replication, BTreeMap::new())
    }

    /// Returns the draws of uncertain inputs of one replication.
    #[must_use]
    pub fn draws(&self, replication: u32) -> Draws {
        Draws::new(Streams::new(self.seed, replication), &self.correlations)
    }

    /// Returns the market of one replication at the start.
    #[must_use]
    pub fn opening(&self, replication: u32) -> World<'_> {
        let streams = Streams::new(self.seed, replication);
        let draws = self.draws(replication);
        let enterprises = self.enterprises;
        let window = self.window();
        World::new(
            self.scenario,
            &self.catalog,
            enterprises,
            window,
            &draws,
            streams,
        )
    }

    /// Runs a replication in which the draws of some inputs are set or moved, by stream key.
    ///
    /// # Errors
    /// Returns the first accounting identity that does not hold.
    pub fn run_with(
        &self,
        replication: u32,
        settings: BTreeMap<u64, Setting>,
    ) -> Result<Panel, BrokenIdentity> {
        let draws = self.draws(replication).with(settings);
        self.run_on(Streams::new(self.seed, replication), &draws)
    }

    /// Runs a market with the random streams of the replication `luck` and any draws of uncertain inputs.
    ///
    /// # Errors
    /// Returns the first accounting identity that does not hold.
    pub fn run_mixed(&self, luck: u32, draws: &Draws) -> Result<Panel, BrokenIdentity> {
        self.run_on(Streams::new(self.seed, luck), draws)
    }

    /// Runs a replication in which the draws of some classes of inputs, or the random streams of the market, are those
    /// of another replication.
    ///
    /// # Errors
    /// Returns the first accounting identity that does not hold.
    pub fn run_exchanged(
        &self,
        replication: u32,
        other: u32,
        exchange: &Exchange,
    ) -> Result<Panel, BrokenIdentity> {
        let streams = [replication, other].map(|number| Streams::new(self.seed, number));
        let [own, others] = streams.map(|streams| Draws::new(streams, &self.correlations));
        match exchange {
            Exchange::Numbers(classes) => self.run_on(streams[0], &own.exchange(others, classes)),
            Exchange::Luck => self.run_on(streams[1], &own),
        }
    }

    fn run_on(&self, streams: Streams, draws: &Draws) -> Result<Panel, BrokenIdentity> {
        let window = self.window();
        let mut world = World::new(
            self.scenario,
            &self.catalog,
            self.enterprises,
            window,
            draws,
            streams,
        );
        let calendar = &self.catalog.calendar;
        let mut panel = rows::panel(self.scenario, calendar.months());
        // The run stops after the last observed month.
        let months = self.observed.months().min(calendar.months());
        self.observed.blank_later(&mut panel, calendar.months());
        let end = calendar.month_start(months);
        let (mut now, mut index) = (SimTime::START, 0);
        while now < end {
            now = now + window;
            step_agents(&mut world, index);
            world.clear(now);
            while world
                .events
                .pending
                .next_time()
                .is_some_and(|time| time <= now)
            {
                let next = world.events.pending.pop().expect("an event is due");
                panel.handled += 1;
                handle(&mut world, &mut panel, &self.observed, next)?;
            }
            if world.events.is_stale {
                world.settle(now);
                world.publish(now);
                world.events.is_stale = false;
            }
            index += 1;
        }
        panel.events = world.events.log;
        Ok(panel)
    }
}

/// Lets all enterprises act in one window. Partitions act independently, on the market as last published.
fn step_agents(world: &mut World<'_>, window: usize) {
    let mut population = std::mem::take(&mut world.state.population);
    let scene = world.scene();
    if population.len() > 1 {
        population
            .par_iter_mut()
            .for_each(|partition| partition.step(window, scene));
    } else {
        for partition in &mut population {
            partition.step(window, scene);
        }
    }
    world.state.population = population;
}

/// Handles one market event. This match is exhaustive: it lists everything that can happen to the whole market.
fn handle(
    world: &mut World<'_>,
    panel: &mut Panel,
    observed: &Observed,
    next: Occurrence<Caused>,
) -> Result<(), BrokenIdentity> {
    let Caused { cause, event } = next.event;
    let cx = Context {
        id: next.id,
        cause,
        time: next.time,
    };
    match event {
        Event::ShockStart(index) => world.on_shock_start(cx, index),
        Event::ShockEnd(index) => world.on_shock_end(cx, index),
        Event::Dated(index) => world.on_dated(cx, index),
        Event::OffersChange => {
            world.refresh_offers(cx.time);
            world.mark_changed();
        }
        Event::Answer(cloud, lab, usd) => world.on_answer(cx, cloud, lab, usd),
        Event::RightBroken(index) => world.on_right_broken(cx, index),
        Event::Remedy(index) => world.on_remedy(cx, index),
        Event::Designation(index, step) => world.on_designation(cx, index, step),
        Event::RegulatorReview(ordinal) => world.on_regulator_review(cx.periodic(), ordinal),
        Event::CaseStep(case, stage) => world.on_case_step(cx, case, stage),
        Event::Incident(provider, kind, ordinal) => {
            world.on_incident(cx, provider, kind, ordinal);
        }
        Event::Entry(index) => world.on_entry(cx, index),
        Event::EntrySpread(index) => world.on_entry_spread(cx, index),
        Event::Tranche(index) => world.on_tranche(cx, index),
        Event::RoundClose(lab) => world.on_round_close(cx, lab),
        Event::PriceReview(ordinal) => world.on_price_review(cx.periodic(), ordinal),
        Event::Release(lab) => world.on_release(cx, lab),
        Event::CapacityOrder => world.on_capacity_order(cx.periodic()),
        Event::Delivery(cloud, size) => world.on_delivery(cx, cloud, size),
        Event::RentReview(ordinal) => world.on_rent_review(cx.periodic(), ordinal),
        Event::RouterReview(ordinal) => world.on_router_review(cx.periodic(), ordinal),
        Event::MonthEnd(month) => {
            world.settle(cx.time);
            world.close_books(month, cx.time)?;
            world.spread_payments(month);
            if month == 0 {
                world.set_rest();
            }
            world.review_finance(cx.periodic(), month);
            world.observe(panel, observed, month, cx.time);
            world.place_own_sales(cx.time);
            world.step_growth(month, cx.time);
            world.step_rest(month);
            world.update_cost_plus_prices(cx.time);
            world.mark_changed();
        }
    }
    Ok(())
}
