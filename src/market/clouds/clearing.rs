//! Clearing: at the end of each lookahead window demand meets capacity, and congestion is published.

use crate::base::elementary::{add_scaled, quick_exp, quick_exp_all};
use crate::base::ids::{Id, LabId, OfferId};
use crate::base::time::{SimTime, Span};
use crate::economics::choice::MOST_WEIGHT;
use crate::economics::diffusion::fading_growth;
use crate::economics::queueing::{Pool, served_by_priority};
use crate::market::World;
use crate::market::state::{Cell, Route};
use crate::scenario::records::ShockKind;

impl World<'_> {
    /// Collects the activity of all partitions, in order, and applies the changes of demand in it.
    pub fn collect_activity(&mut self) {
        let dims = self.parameters.dims;
        let mut population = std::mem::take(&mut self.state.population);
        for partition in &mut population {
            for change in partition.activity.changes.drain(..) {
                let block = self.books.demand.apply(&change, &dims);
                self.add_compute(block, change.cell, change.volume);
            }
            self.books.activity.absorb(&mut partition.activity);
        }
        self.state.population = population;
    }

    /// Adds the compute that a change of volume in a cell needs; `block` is the (regime, group) that serves the cell.
    fn add_compute(&mut self, block: usize, cell: Cell, volume: i64) {
        let offers = self.parameters.dims.offers;
        let (task, offer) = (cell.task(), cell.offer());
        let id = OfferId::from_index(offer);
        if matches!(self.catalog.offers[id].route, Route::Routed(_)) {
            self.add_routed(block, task, id, volume);
        } else {
            self.books.demand.hours[task * offers + offer] +=
                mtok_of(volume) * self.view.mixes.hours[block * offers + offer];
        }
    }

    /// Adds a change of volume at a router to its tokens by lane.
    fn add_routed(&mut self, block: usize, task: usize, offer: OfferId, volume: i64) {
        let by_task = &mut self.books.demand.routed_mtok[task * self.catalog.ways()..];
        let shares = self.view.mixes.shares_of(block, offer, self.catalog);
        add_scaled(
            &mut by_task[self.catalog.ways_of(offer)],
            shares,
            mtok_of(volume),
        );
    }

    /// Recomputes the compute that all demand needs; called after mixes have changed.
    pub(in crate::market) fn add_up_compute(&mut self) {
        let dims = self.parameters.dims;
        self.books.demand.hours.fill(0.0);
        self.books.demand.routed_mtok.fill(0.0);
        for block in 0..self.view.regimes.len() * dims.groups() {
            let task = block % dims.groups() / dims.classes;
            let row = block * dims.offers..(block + 1) * dims.offers;
            // Demand for direct offers is stored under the first regime. All offers are added in one pass, for speed;
            // the sums of routers' offers are never read.
            if block < dims.groups() {
                let rates = self.books.demand.group_rate[row.clone()].iter();
                let sums = &mut self.books.demand.hours[task * dims.offers..][..dims.offers];
                let hours = rates.zip(&self.view.mixes.hours[row.clone()]);
                for (sum, (rate, hours)) in sums.iter_mut().zip(hours) {
                    *sum += mtok_of(*rate) * hours;
                }
            }
            for offer in &self.catalog.router_offer {
                let rate = self.books.demand.group_rate[row.start + offer.index()];
                if rate != 0 {
                    self.add_routed(block, task, *offer, rate);
                }
            }
        }
    }

    /// Clears the window that ends at `time`: rations capacity among demands and publishes congestion.
    pub fn clear(&mut self, time: SimTime) {
        self.collect_activity();
        self.update_intensity(time);
        let (demand, spilling) = self.demand_and_spilling(time);
        let training = self.training_by_cloud(time);
        let shares = (
            self.parameters.supply.committed_share,
            self.parameters.demand.batch_share,
        );
        let growth = self.parameters.supply.background_growth;
        let grown = libm::pow(1.0 + growth, time.days() / 365.25);
        let (mut stranded, mut slack) = (0.0, 0.0);
        let mut served_by_cloud = Vec::with_capacity(self.state.clouds.len());
        let clouds = self.state.clouds.iter_mut();
        for (((cloud, [first_party, other]), spilling), training) in
            clouds.zip(demand).zip(&spilling).zip(training)
        {
            let background = cloud.background * grown;
            let capacity = (cloud.capacity * cloud.working).max(1e-9);
            let others = other + background;
            let [first, on_demand, batch] = priorities(first_party, others, shares);
            let [first, trained, on_demand, batch] =
                served_by_priority(capacity, [first, training, on_demand, batch]);
            let served_other = blend(first, on_demand, batch, shares);
            cloud.served = [first, served_other];
            cloud.demand = first_party + others + training;
            cloud.pressure = cloud.demand / capacity;
            let lost = first_party * (1.0 - first)
                + others * (1.0 - served_other)
                + training * (1.0 - trained);
            let watch = &mut cloud.watch;
            watch.windows += 1.0;
            watch.utilisation += (cloud.demand - lost) / capacity;
            watch.demanded += cloud.demand;
            watch.unserved += lost;
            watch.capacity += cloud.capacity;
            watch.working += capacity;
            watch.idle += (capacity - cloud.demand + lost).max(0.0);
            watch.background += background * served_other;
            watch.training += trained;
            watch.others[0] += others;
            watch.others[1] += others * served_other;
            stranded += spilling[0] * (1.0 - first) + spilling[1] * (1.0 - served_other);
            slack += (capacity - cloud.demand).max(0.0);
            served_by_cloud.push([
                [first_party, first_party * first],
                [others, others * served_other],
            ]);
        }
        let placed = (stranded * self.parameters.supply.spill).min(slack);
        self.find_rented(slack - placed);
        for (sums, served) in self.books.demand.served_sum.iter_mut().zip(served_by_cloud) {
            for (sum, served) in sums.iter_mut().flatten().zip(served.into_iter().flatten()) {
                *sum += served;
            }
        }
        let factors = std::iter::once(&1.0).chain(&self.view.lab_growth);
        let sums = self
            .books
            .demand
            .intensity_sum
            .chunks_exact_mut(self.view.intensity.len());
        for (sums, factor) in sums.zip(factors) {
            add_scaled(sums, &self.view.intensity, *factor);
        }
        self.books.demand.relief_sum[0] += stranded;
        self.books.demand.relief_sum[1] += placed;
        self.books.demand.windows += 1.0;
        self.publish_congestion(time);
    }

    /// Counts the accelerators that enterprises rent for open weights in this window: those that their cloud has, and
    /// those that the `slack` of other clouds leaves, H100e.
    fn find_rented(&mut self, slack: f64) {
        let (Some(own), Some(offer)) = (self.state.self_host, self.catalog.self_host) else {
            return;
        };
        let dims = self.parameters.dims;
        let by_task = self.books.demand.hours.chunks_exact(dims.offers);
        let hours: f64 = (self.view.intensity.iter().zip(by_task))
            .map(|(intensity, by_offer)| intensity * by_offer[offer.index()])
            .sum();
        let asked = hours / 24.0;
        let here = asked * self.state.clouds[own.cloud].served[0];
        let elsewhere = (asked - here).min(slack.max(0.0));
        self.books.demand.rented_sum[0] += asked;
        // Full service is exactly what was asked for.
        self.books.demand.rented_sum[1] += if asked - here <= slack {
            asked
        } else {
            here + elsewhere
        };
    }

    /// Updates the intensity of each task (tokens per workload relative to the start) from fading growth, the task's
    /// price index and demand shocks.
    fn update_intensity(&mut self, time: SimTime) {
        let months = self.state.growth.months(time);
        let shock: f64 = self
            .scenario
            .shock
            .iter()
            .zip(&self.state.shocks)
            .filter(|(spec, shock)| shock.is_on && spec.kind == ShockKind::Demand)
            .map(|(_, shock)| shock.size)
            .product();
        let surprise = shock * self.state.growth.market_factor(time);
        for (index, task) in self.parameters.tasks.iter().enumerate() {
            let growth = fading_growth(task.growth, task.half_life, months);
            let price = self.parameters.demand.price_elasticity * self.view.log_price_index[index];
            let intensity = quick_exp(growth + price) * surprise;
            self.view.intensity[index] = intensity;
            let labour = self.parameters.switching.labour_elasticity - 1.0;
            self.view.labour_factor[index] = quick_exp(labour * libm::log(intensity));
        }
        for (lab, factor) in self.view.lab_growth.iter_mut().enumerate() {
            *factor = self.state.growth.lab_factor(lab, time);
        }
    }

    /// Returns the compute that labs' training takes of each cloud, H100e.
    pub(in crate::market) fn training_by_cloud(&self, time: SimTime) -> Vec<f64> {
        let mut hours = vec![0.0; self.state.clouds.len()];
        for (index, lab) in self.state.labs.iter().enumerate() {
            let need = self.training_need(index, time);
            for (sum, part) in hours.iter_mut().zip(&lab.hosts) {
                *sum += need * part;
            }
        }
        hours
    }

    /// Returns the compute demanded of each cloud, H100e: `[first-party, other]`, without background demand.
    #[must_use]
    pub fn demand_by_cloud(&self, time: SimTime) -> Vec<[f64; 2]> {
        self.demand_and_spilling(time).0
    }

    /// Returns the compute demanded of each cloud, and the part of it that routers over several clouds could place
    /// elsewhere, each `[first-party, other]`, H100e.
    fn demand_and_spilling(&self, time: SimTime) -> (Vec<[f64; 2]>, Vec<[f64; 2]>) {
        let dims = self.parameters.dims;
        let mut hours = vec![[0.0; 2]; dims.clouds];
        let mut totals = vec![0.0; dims.offers];
        let by_task = self.books.demand.hours.chunks_exact(dims.offers);
        for (intensity, by_offer) in self.view.intensity.iter().zip(by_task) {
            for (total, hours) in totals.iter_mut().zip(by_offer) {
                *total += hours * intensity;
            }
        }
        for (total, (id, offer)) in totals.iter().zip(self.catalog.offers.enumerate()) {
            match (offer.route, offer.lab, self.state.self_host) {
                (Route::Direct, Some(lab), _) => {
                    let need = total * self.view.lab_growth[lab.index()];
                    self.add_need(self.place_of(id), lab, need, &mut hours);
                }
                // Accelerators rented for open weights are served in full, like a cloud's own use.
                (Route::SelfHost, _, Some(own)) => hours[own.cloud.index()][0] += total,
                _ => {}
            }
        }
        let spilling = self.routed_hours(true);
        for (sum, need) in hours.iter_mut().zip(self.routed_hours(false)) {
            sum[0] += need[0];
            sum[1] += need[1];
        }
        for (sum, need) in hours.iter_mut().zip(&spilling) {
            sum[0] += need[0];
            sum[1] += need[1];
        }
        for (index, lab) in self.state.labs.iter().enumerate() {
            let need = self.consumer_hours_a_day(index, time);
            for (sum, part) in hours.iter_mut().zip(&lab.hosts) {
                sum[1] += need * part;
            }
        }
        let by_hour = |hours: Vec<[f64; 2]>| {
            let means = hours.into_iter().map(|hours| hours.map(|sum| sum / 24.0));
            means.collect()
        };
        (by_hour(hours), by_hour(spilling))
    }

    /// Returns the compute of routers by cloud, `[first-party, other]`, H100e-hours a day: of the routers that can
    /// spill over to other clouds if `spills`, and of the remaining routers otherwise.
    fn routed_hours(&self, spills: bool) -> Vec<[f64; 2]> {
        let dims = self.parameters.dims;
        let ways = self.catalog.ways();
        let mut hours = vec![[0.0; 2]; dims.clouds];
        // Compute by lab of lanes without a cloud of their own: it runs at the lab's hosts.
        let mut hosted = vec![0.0; dims.labs];
        let mut tokens = Vec::new();
        for offer in &self.catalog.router_offer {
            if self.is_spilling(*offer) != spills {
                continue;
            }
            let own = self.catalog.ways_of(*offer);
            tokens.clear();
            tokens.resize(own.len(), 0.0);
            for (task, intensity) in self.view.intensity.iter().enumerate() {
                let row = &self.books.demand.routed_mtok[task * ways..][own.clone()];
                add_scaled(&mut tokens, row, *intensity);
            }
            for (lane, mtok) in self.catalog.offers[*offer].lanes.iter().zip(&tokens) {
                let at = &self.catalog.lanes[*lane];
                let need = mtok * self.view.lane_hours[lane.index()];
                match self.place_of(at.channel) {
                    Some(place) => self.add_need(Some(place), at.lab, need, &mut hours),
                    None => hosted[at.lab.index()] += need,
                }
            }
        }
        for (lab, need) in hosted.into_iter().enumerate() {
            self.add_need(None, LabId::from_index(lab), need, &mut hours);
        }
        hours
    }

    /// Returns a queueing model of one pool of a cloud's accelerators, at `pressure` (demand over capacity).
    #[must_use]
    pub fn pool(&self, pressure: f64) -> Pool {
        let supply = &self.parameters.supply;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a small count"
        )]
        let servers = supply.servers.max(1.0) as u32;
        let variability = (supply.arrival_variability, supply.service_variability);
        // At higher pressure the pool rations instead of queueing.
        Pool::new(servers, pressure.min(0.999), variability)
    }

    /// Publishes congestion weights by (task, place), from delay and throttling at the clouds that serve each offer.
    fn publish_congestion(&mut self, time: SimTime) {
        let dims = self.parameters.dims;
        let nests = &self.view.nests;
        let choice = self.parameters.choice;
        let mut delay = vec![0.0; dims.clouds];
        let mut missing = vec![[0.0; 2]; dims.clouds];
        for (index, cloud) in self.state.clouds.iter().enumerate() {
            delay[index] = self.pool(cloud.pressure).mean_wait();
            missing[index] = cloud.served.map(|share| 1.0 - share);
            if missing[index][1] > choice.throttle_notice {
                self.view.cloud_notice[index] = time + Span::from_days(choice.notice_span);
            }
        }
        let delay_of: Vec<f64> = (self.parameters.tasks.iter())
            .map(|task| task.delay * choice.latency)
            .collect();
        let pain = |task: usize, [wait, lack]: [f64; 2]| {
            nests.log_weight(-(delay_of[task] * wait + choice.throttling * lack))
        };
        let blended = |hours: &[[f64; 2]]| {
            let (mut total, mut wait, mut lack) = (0.0, 0.0, 0.0);
            for ((need, delay), missing) in hours.iter().zip(&delay).zip(&missing) {
                total += need[0] + need[1];
                wait += (need[0] + need[1]) * delay;
                lack += need[0] * missing[0] + need[1] * missing[1];
            }
            if total > 0.0 {
                [wait / total, lack / total]
            } else {
                [0.0; 2]
            }
        };
        // Rows of log weights by task: two for each cloud (first-party, other), and one for each offer that is spread
        // over clouds.
        let mut rows = Vec::with_capacity((2 * dims.clouds + dims.offers) * dims.tasks);
        for (delay, missing) in delay.iter().zip(&missing) {
            for lack in missing {
                rows.extend((0..dims.tasks).map(|task| pain(task, [*delay, *lack])));
            }
        }
        let mut row_of = Vec::with_capacity(dims.offers);
        let mut hours = vec![[0.0; 2]; dims.clouds];
        for (id, offer) in self.catalog.offers.enumerate() {
            let place = self.place_of(id);
            row_of.push(match (offer.route, place, offer.lab) {
                // A direct offer at one cloud is either all first-party or all other demand, so it shares that cloud's
                // row.
                (Route::Direct, Some(cloud), Some(lab)) => {
                    2 * cloud.index() + usize::from(self.catalog.owner[lab] != Some(cloud))
                }
                _ => rows.len() / dims.tasks,
            });
            match (offer.route, place, offer.lab) {
                (Route::Direct, None, Some(lab)) => {
                    hours.fill([0.0; 2]);
                    self.add_need(None, lab, 1.0, &mut hours);
                    let hosts = blended(&hours);
                    rows.extend((0..dims.tasks).map(|task| pain(task, hosts)));
                }
                (Route::Routed(router), ..) => rows.extend((0..dims.tasks).map(|task| {
                    let hours = self.view.mixes.hours_of(task, router, &dims);
                    pain(task, blended(hours))
                })),
                (Route::SelfHost, ..) => rows.extend((0..dims.tasks).map(|_| 0.0)),
                (Route::Direct, ..) => {}
            }
        }
        quick_exp_all(&mut rows);
        let by_task = self.view.congestion.chunks_exact_mut(dims.offers);
        for (task, by_place) in by_task.enumerate() {
            for (factor, offer) in by_place.iter_mut().zip(&self.catalog.nesting.order) {
                *factor = rows[row_of[usize::from(*offer)] * dims.tasks + task];
            }
        }
    }

    /// Updates the weights by (segment, place) for neutrality, direct contracts and perceived risk.
    pub fn update_segment_weights(&mut self) {
        let dims = self.parameters.dims;
        for (segment_index, segment) in self.parameters.segments.iter().enumerate() {
            for (id, offer) in self.catalog.offers.enumerate() {
                let mut utility = match offer.cloud {
                    Some(cloud) => {
                        -segment.neutrality * (1.0 - self.state.clouds[cloud].credibility)
                    }
                    None if offer.route == Route::Direct => segment.direct,
                    None => 0.0,
                };
                let lab = offer
                    .lab
                    .map_or(0.0, |lab| self.state.risk.lab[lab.index()]);
                let cloud = offer
                    .cloud
                    .map_or(0.0, |cloud| self.state.risk.cloud[cloud.index()]);
                if lab + cloud > 0.0 && offer.route != Route::SelfHost {
                    utility -= segment.risk * (lab + cloud);
                }
                let place = usize::from(self.catalog.nesting.place_of[id.index()]);
                self.state.segment_weight[segment_index * dims.offers + place] =
                    self.view.nests.weight(utility).min(MOST_WEIGHT);
            }
        }
    }

    /// Updates the weights of the home cloud by (segment, class, cloud) for familiarity and the committed-spend
    /// discount.
    pub fn update_home_weights(&mut self) {
        let dims = self.parameters.dims;
        for (segment_index, segment) in self.parameters.segments.iter().enumerate() {
            for (class, sensitivity) in self.parameters.sensitivity.iter().enumerate() {
                for cloud in 0..dims.clouds {
                    let paid = 1.0 - self.parameters.commit_discount[cloud] * segment.committed;
                    let discount = -sensitivity * libm::log(paid.max(1e-6));
                    let slot = dims.class_at_cloud(segment_index, class, cloud);
                    let utility = self.parameters.choice.home_cloud + discount;
                    self.view.home[slot] = libm::exp(self.view.nests.log_weight(utility));
                }
            }
        }
    }
}

/// Converts tokens to Mtok.
#[expect(
    clippy::cast_precision_loss,
    reason = "fifteen digits of tokens are plenty"
)]
pub(in crate::market) fn mtok_of(tokens: i64) -> f64 {
    tokens as f64 * 1e-6
}

/// Splits demand by priority, highest first: first-party and committed, on demand, batch.
fn priorities(first_party: f64, other: f64, (committed, batch): (f64, f64)) -> [f64; 3] {
    let now = other * (1.0 - batch);
    [
        first_party + now * committed,
        now * (1.0 - committed),
        other * batch,
    ]
}

/// Returns the served share of demand that is not first-party, from the served shares of the three priorities.
fn blend(first: f64, on_demand: f64, wait: f64, (committed, batch): (f64, f64)) -> f64 {
    let share = (1.0 - batch) * (committed * first + (1.0 - committed) * on_demand) + batch * wait;
    // Full service is exactly one, not one less a rounding error.
    if first >= 1.0 && on_demand >= 1.0 && wait >= 1.0 {
        1.0
    } else {
        share
    }
}
