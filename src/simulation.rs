//! One replication: the loop, and the one match over market events.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::kernel::Occurrence;
use crate::market::books::identities::BrokenIdentity;
use crate::market::catalog::Catalog;
use crate::market::rows::{self, Observed};
use crate::market::{Caused, Context, Event, World};
use crate::panel::Panel;
use crate::rng::Streams;
use crate::scenario::quantity::{Class, Draws, Setting};
use crate::scenario::{Loaded, Scenario, check};
use crate::time::{SimTime, Span};

/// What a replication takes from another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exchange {
    /// The uncertain numbers of these classes.
    Numbers(Vec<Class>),
    /// Everything random that happens in the market: choices, releases, incidents, shocks.
    Luck,
}

/// How one scenario is run, replication after replication.
#[derive(Debug)]
pub struct Simulation<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// Its catalog.
    pub catalog: Catalog,
    /// Enterprises simulated.
    pub enterprises: usize,
    /// Seed of all random streams.
    pub seed: u64,
    /// Groups of correlated inputs: stream keys and the Cholesky factor by row.
    pub correlations: Vec<(Vec<u64>, Vec<Vec<f64>>)>,
    /// What is observed of each replication.
    pub observed: Observed,
}

impl<'a> Simulation<'a> {
    /// A simulation of a scenario that was loaded.
    #[must_use]
    pub fn of(loaded: &'a Loaded) -> Self {
        let factors = check::correlation_factors(&loaded.scenario, &loaded.tree, &mut Vec::new());
        Self::new(&loaded.scenario, factors)
    }

    /// A simulation of a checked scenario.
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

    /// The same simulation of which less is observed: what is left out is not a number in its panels.
    #[must_use]
    pub fn observing(mut self, observed: Observed) -> Self {
        self.observed = observed;
        self
    }

    /// The length of the lookahead window.
    #[must_use]
    pub fn window(&self) -> Span {
        let parts = i64::try_from(self.scenario.run.windows_per_day.0).expect("at most 24");
        Span::from_micros(Span::DAY.micros() / parts)
    }

    /// Runs one replication.
    ///
    /// # Errors
    /// An accounting identity that does not hold.
    pub fn run(&self, replication: u32) -> Result<Panel, BrokenIdentity> {
        self.run_with(replication, BTreeMap::new())
    }

    /// The draws of one replication.
    #[must_use]
    pub fn draws(&self, replication: u32) -> Draws {
        Draws::new(Streams::new(self.seed, replication), &self.correlations)
    }

    /// Runs a replication in which the draws of some numbers are set or moved, by stream key.
    ///
    /// # Errors
    /// An accounting identity that does not hold.
    pub fn run_with(
        &self,
        replication: u32,
        settings: BTreeMap<u64, Setting>,
    ) -> Result<Panel, BrokenIdentity> {
        let draws = self.draws(replication).with(settings);
        self.run_on(Streams::new(self.seed, replication), &draws)
    }

    /// Runs a market with the luck of a replication and any draws of its numbers.
    ///
    /// # Errors
    /// An accounting identity that does not hold.
    pub fn run_mixed(&self, luck: u32, draws: &Draws) -> Result<Panel, BrokenIdentity> {
        self.run_on(Streams::new(self.seed, luck), draws)
    }

    /// Runs a replication in which the numbers of some classes, or the luck of everything that happens in the market, are
    /// those of another replication.
    ///
    /// # Errors
    /// An accounting identity that does not hold.
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
        // What nobody looks at need not happen.
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
        panel.accounts = world
            .books
            .ledger
            .accounts()
            .map(|account| world.books.ledger.name(account).to_owned())
            .collect();
        panel.events = world.events.log;
        Ok(panel)
    }
}

/// Lets all enterprises act in one window: each partition by itself, on the market as last published.
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

/// The model in one match: whoever reads it has read what can happen to everyone.
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
        Event::RightBroken(index) => world.on_right_broken(cx, index),
        Event::Remedy(index) => world.on_remedy(cx, index),
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
            world.review_finance(cx.periodic(), month);
            world.observe(panel, observed, month, cx.time);
            world.step_growth(month, cx.time);
            world.update_cost_plus_prices(cx.time);
            world.mark_changed();
        }
    }
    Ok(())
}
