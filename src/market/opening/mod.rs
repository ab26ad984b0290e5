//! Opening: brings the market to its state at the start. Inverts shares to mean utilities, draws first offers and
//! volumes, pays opening cash and schedules the first events.

pub mod inversion;
pub mod state;

use crate::base::ids::{AccountId, CloudId, Id, LabId, PartyId};
use crate::base::rng::Purpose;
use crate::base::rng::Streams;
use crate::base::time::{SimTime, Span};
use crate::base::units::Usd;
use crate::economics::choice::Nests;
use crate::economics::hazard::monthly_rate;
use crate::kernel::PendingEvents;
use crate::ledger::Flow;
use crate::market::catalog::Catalog;
use crate::market::customers::population;
use crate::market::customers::weights::Weights;
use crate::market::parameters::Parameters;
use crate::market::state::accounts::Accounts;
use crate::market::state::demand::Demand;
use crate::market::state::tally::Tally;
use crate::market::state::view::View;
use crate::market::state::{Activity, State};
use crate::market::state::{Cell, WorkloadState};
use crate::market::world::{Books, Events};
use crate::market::{Context, Event, World};
use crate::scenario::Scenario;
use crate::scenario::quantity::Draws;
use crate::scenario::records::{CashOrigin, EventKind};

impl<'a> World<'a> {
    /// Creates the market at the start of one replication.
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
}

impl World<'_> {
    /// Brings the market to its state at the start.
    pub(in crate::market) fn start(&mut self, draws: &Draws) {
        self.schedule_entries(draws);
        self.refresh_offers(SimTime::START);
        self.place_own_sales(SimTime::START);
        self.update_segment_weights();
        self.update_home_weights();
        self.invert_lab_shares();
        let spend = self.parameters.lab_spend.clone();
        self.start_growth(&spend, draws);
        self.value_entrants();
        self.publish(SimTime::START);
        let prices = self.invert_offer_shares(draws);
        self.update_pull(SimTime::START);
        self.choose_first_offers(&prices);
        self.open_routers(draws);
        self.apply_price_factors();
        self.anchor_prices();
        self.publish(SimTime::START);
        let mut population = std::mem::take(&mut self.state.population);
        for partition in &mut population {
            partition.schedule_all(self.scene());
        }
        self.state.population = population;
        self.collect_activity();
        self.fill_background();
        self.pay_opening_cash(draws);
        self.state.backlog = self.scheduled_backlog();
        self.schedule_first_events();
        self.schedule_tranches(draws);
        self.schedule_regulation();
        self.schedule_incidents();
        self.schedule_breaks(draws);
        let outputs = self.outputs_at_start();
        for (vendor, output) in self.state.vendors.iter_mut().zip(outputs) {
            vendor.output_at_start = output;
            vendor.output = output;
        }
    }

    /// Returns the capacity on each vendor's silicon at the start, H100e, from which experience grows.
    fn outputs_at_start(&self) -> Vec<f64> {
        self.state
            .vendors
            .iter()
            .map(|vendor| {
                let shares = vendor.share.iter().zip(self.state.clouds.iter());
                let built: f64 = shares.map(|(share, cloud)| share * cloud.capacity).sum();
                // A newcomer starts with a hundredth of the largest cloud's fleet, because the experience curve needs a
                // positive start.
                built.max(
                    self.state
                        .clouds
                        .iter()
                        .map(|c| c.capacity)
                        .fold(0.0, f64::max)
                        * 0.01,
                )
            })
            .collect()
    }

    /// Draws if and when each exclusive right is broken, and schedules it.
    fn schedule_breaks(&mut self, draws: &Draws) {
        for (index, right) in self.scenario.exclusivity.iter().enumerate() {
            let yearly = right
                .break_rate
                .as_ref()
                .map_or(0.0, |rate| rate.draw(draws));
            if yearly <= 0.0 {
                continue;
            }
            let mut stream = self.streams.stream(
                Purpose::Contract,
                crate::base::rng::key_of(&right.name.text),
                0,
            );
            let months = stream.exponential() / monthly_rate(yearly);
            let time =
                SimTime::START + Span::from_days(months * crate::base::units::DAYS_PER_MONTH);
            if time < self.catalog.calendar.end() {
                self.state.broken_at[index] = time;
                self.schedule(Context::START, time, Event::RightBroken(index));
            }
        }
    }

    /// Draws the first offer of each running workload from the inverted choice, and scales volumes to the spend of the
    /// scenario.
    fn choose_first_offers(&mut self, prices: &[f64]) {
        let dims = self.parameters.dims;
        let mut chosen: Vec<Vec<Option<usize>>> = Vec::with_capacity(self.state.population.len());
        let mut spend = vec![0.0; dims.segments];
        let mut weights = Weights::default();
        for partition in &self.state.population {
            let mut choices = Vec::with_capacity(partition.workloads.len());
            for (index, workload) in partition.workloads.iter().enumerate() {
                if workload.since > SimTime::START {
                    choices.push(None);
                    continue;
                }
                let mut stream =
                    self.streams
                        .stream(Purpose::Adoption, partition.id_of(index, dims.slots()), 1);
                partition.fresh_weights(index, self.scene(), &mut weights);
                let choice = weights.choose(self.scene(), &mut stream);
                if let Some(choice) = choice {
                    let (owner, task) = dims.owner_and_task(index);
                    let enterprise = &partition.enterprises[owner];
                    let group = dims.group(task, usize::from(enterprise.class));
                    let volume = f64::from(workload.spend) * enterprise.weight
                        / self.parameters.tasks[task].reference_price;
                    spend[usize::from(enterprise.segment)] +=
                        volume * prices[group * dims.offers + choice];
                }
                choices.push(choice);
            }
            chosen.push(choices);
        }
        let share: f64 = self
            .parameters
            .segments
            .iter()
            .map(|segment| segment.spend_share)
            .sum();
        let scale: Vec<f64> = self
            .parameters
            .segments
            .iter()
            .zip(&spend)
            .map(|(segment, spend)| {
                let wanted =
                    self.parameters.demand.enterprise_spend * segment.spend_share / share / 12.0;
                if *spend > 0.0 { wanted / spend } else { 0.0 }
            })
            .collect();
        let mut population = std::mem::take(&mut self.state.population);
        for (partition, choices) in population.iter_mut().zip(chosen) {
            for (index, choice) in choices.into_iter().enumerate() {
                let (owner, task) = dims.owner_and_task(index);
                let enterprise = &partition.enterprises[owner];
                let monthly_mtok = f64::from(partition.workloads[index].spend) * enterprise.weight
                    / self.parameters.tasks[task].reference_price
                    * scale[usize::from(enterprise.segment)];
                let tokens = libm::round(monthly_mtok / crate::base::units::DAYS_PER_MONTH * 1e6);
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "seven digits of tokens are plenty"
                )]
                {
                    partition.workloads[index].tokens = tokens as f32;
                }
                if let Some(choice) = choice {
                    partition.workloads[index].state = WorkloadState::Running;
                    partition.use_offer(index, choice, self.scene());
                    let enterprise = &partition.enterprises[owner];
                    let cell = Cell::new(enterprise, task, choice);
                    if self
                        .catalog
                        .self_host
                        .is_some_and(|own| own.index() == choice)
                    {
                        self.state.self_hosters[usize::from(enterprise.segment)] +=
                            enterprise.millionths();
                    }
                    let volume = partition.workloads[index].volume();
                    self.books.demand.add(cell, volume, SimTime::START, &dims);
                }
            }
        }
        self.state.population = population;
    }

    /// Sets background demand, so that utilisation at the start is that of the scenario.
    fn fill_background(&mut self) {
        let demand = self.demand_by_cloud(SimTime::START);
        let training = self.training_by_cloud(SimTime::START);
        let clouds = self.state.clouds.iter_mut();
        for ((cloud, [first_party, other]), training) in clouds.zip(demand).zip(training) {
            let used = cloud.utilisation_at_start * cloud.capacity;
            let modelled = first_party + other + training;
            cloud.background = (used - modelled).max(0.0);
            cloud.demand = modelled.max(used);
            cloud.demand_at_order = cloud.demand;
            cloud.pressure = cloud.demand / cloud.capacity;
            // If modelled demand alone exceeds the stated utilisation, rents revert around the higher one.
            cloud.utilisation_at_start = cloud.pressure;
        }
    }

    fn pay_opening_cash(&mut self, draws: &Draws) {
        let parties = self.scenario.parties();
        let mut holders: Vec<(&str, PartyId, AccountId)> = parties
            .filter_map(|(party, name)| {
                Some((&*name.text, party, self.books.accounts.holders[party]?))
            })
            .collect();
        // A remainder of the split goes to the holders whose names come first.
        holders.sort_unstable_by_key(|(name, ..)| *name);
        for (index, spec) in self.scenario.lab.iter().enumerate() {
            let lab = self.books.accounts.labs[index];
            if !self.is_trading(LabId::from_index(index)) {
                continue;
            }
            let cash = Usd::from_f64(spec.cash.draw(draws));
            let origins = (holders
                .iter()
                .map(|(_, party, _)| CashOrigin::Holder(*party)))
            .chain([CashOrigin::Customers, CashOrigin::Consumers]);
            let shares = spec.cash_origin.draw(origins, draws);
            #[expect(clippy::cast_possible_truncation, reason = "shares in millionths")]
            let weights: Vec<i64> = shares
                .iter()
                .map(|share| libm::round(share * 1e6) as i64)
                .collect();
            if weights.iter().all(|weight| *weight == 0) {
                continue;
            }
            for (slot, part) in cash.split(&weights).into_iter().enumerate() {
                let from = match holders.get(slot) {
                    Some((.., account)) => *account,
                    None if slot == holders.len() => self.books.accounts.segments[0],
                    None => self.books.accounts.consumers,
                };
                let flow = if slot < holders.len() {
                    Flow::Equity
                } else {
                    Flow::OtherRevenue
                };
                self.books.ledger.transfer(flow, from, lab, part);
            }
        }
        self.books.ledger.close_month();
    }

    fn schedule_first_events(&mut self) {
        let calendar = self.catalog.calendar.clone();
        for month in 0..calendar.months() {
            self.schedule(
                Context::START,
                calendar.month_start(month + 1),
                Event::MonthEnd(month),
            );
        }
        for cloud in 0..self.state.clouds.len() {
            self.schedule_standing_orders(CloudId::from_index(cloud));
        }
        self.schedule(
            Context::START,
            SimTime::START + Span::DAY,
            Event::CapacityOrder,
        );
        for lab in (0..self.state.labs.len()).map(LabId::from_index) {
            if self.is_trading(lab) {
                self.schedule_release(Context::START, lab);
            }
        }
        let week = Span::from_micros(7 * Span::DAY.micros());
        self.schedule(Context::START, SimTime::START + week, Event::RentReview(0));
        self.schedule(
            Context::START,
            calendar.month_start(1),
            Event::RouterReview(0),
        );
        for time in self.catalog.changes.clone() {
            self.schedule(Context::START, time, Event::OffersChange);
        }
        for (index, event) in self.scenario.event.iter().enumerate() {
            if event.kind != EventKind::Fact {
                self.schedule(
                    Context::START,
                    calendar.time_of(event.date.date),
                    Event::Dated(index),
                );
            }
        }
        for (index, shock) in self.scenario.shock.iter().enumerate() {
            self.schedule(
                Context::START,
                calendar.time_of(shock.date.date),
                Event::ShockStart(index),
            );
        }
    }
}
