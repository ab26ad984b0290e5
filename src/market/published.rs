//! What agents see: offers as weights, mixes, prices, published at the last clearing.

use super::World;
use super::catalog::Route;
use super::regimes::{RouterRules, Rules};
use crate::economics::choice::Nests;
use crate::economics::hazard::lawful_switching_charge;
use crate::economics::steering::Tilt;
use crate::elementary::{quick_exp, quick_log};
use crate::ids::{CloudId, Id, LabId, LaneId, ModelId, OfferId, RouterId};
use crate::scenario::spec::Runtime;
use crate::time::SimTime;

/// Where the tokens of one offer go, for one (task, class) group.
#[derive(Clone, Debug, Default)]
pub struct Mix {
    /// Lanes and their shares of tokens, summing to one; empty where the offer has no lanes.
    pub lanes: Vec<(LaneId, f64)>,
    /// Price paid per Mtok, without fees.
    pub price: f64,
    /// Fee per Mtok.
    pub fee: f64,
    /// Share of tokens on models of the operator's own, which exist on its cloud only.
    pub first_party: f64,
    /// Utility lost to steering, in logit units, against a neutral router at the same fee.
    pub steering_loss: f64,
    /// Share of own-model tokens under a neutral router.
    pub neutral_first_party: f64,
    /// Part of the price that goes to the operator's own models.
    pub own_price: f64,
    /// The same under a neutral router.
    pub neutral_own_price: f64,
    /// Part of the price that goes to others' models under a neutral router.
    pub neutral_rival_price: f64,
}

/// The market as published at the last clearing.
#[derive(Clone, Debug)]
pub struct Published {
    /// When.
    pub time: SimTime,
    /// Weights `exp(V / lambda)` by (regime, segment, group, offer), without taste, home and congestion.
    pub weights: Vec<f64>,
    /// Factors on offers at the home cloud by (segment, class, home cloud).
    pub home: Vec<f64>,
    /// Factors for congestion by (task, offer).
    pub congestion: Vec<f64>,
    /// Mixes by (regime, group, offer).
    pub mixes: Vec<Mix>,
    /// Compute in H100e-hours per Mtok by (regime, group, offer, cloud), first-party and other.
    pub hours: Vec<[f64; 2]>,
    /// Price paid by lane, USD per Mtok.
    pub lane_price: Vec<f64>,
    /// Compute by lane, H100e-hours per Mtok.
    pub lane_hours: Vec<f64>,
    /// Price index by task: list prices of the tiers it uses, weighted by its tier utilities, over the start.
    pub price_index: Vec<f64>,
    /// Tokens per workload relative to the start, by task.
    pub intensity: Vec<f64>,
    /// Factor on labour in months of spend, by task.
    pub labour_factor: Vec<f64>,
    /// Until when something about a lab is news.
    pub lab_notice: Vec<SimTime>,
    /// Until when something about a cloud is news.
    pub cloud_notice: Vec<SimTime>,
    /// Releases so far, by lab.
    pub releases: Vec<u16>,
    /// Nests of the choice.
    pub nests: Nests,
    /// Whether each offer takes new customers.
    pub on_sale: Vec<bool>,
    /// What binds routers, by regime.
    pub regimes: Vec<RouterRules>,
    /// The regime of each jurisdiction.
    pub regime_of: Vec<usize>,
    /// What remedies demand, by jurisdiction.
    pub rules: Vec<Rules>,
    /// Whether open weights have reached parity at the price of a commodity, by task.
    pub has_parity: Vec<bool>,
    /// Whether agents still wait for human-level capability.
    pub is_gated: bool,
    /// Until when an incident makes a lab's customers look for another.
    pub lab_alarm: Vec<SimTime>,
    /// Until when a share of a cloud's customers leaves it, by cloud.
    pub exodus: Vec<(SimTime, f64)>,
    /// The most that a cloud may charge for moving data away, by (jurisdiction, cloud), USD per GB.
    pub egress_charge: Vec<f64>,
    /// Share of spend that buys models with operations, by (integrator, segment).
    pub reach: Vec<f64>,
    /// Factor on offers at an integrator's attached cloud.
    pub attachment: Vec<f64>,
    /// Factor on stateless offers for workloads that need state.
    pub stateless_penalty: f64,
    /// Engineering of self-hosting that does not depend on volume, USD a month for each workload.
    pub self_host_fixed: f64,
}

/// What models are worth to choosers, and the weights that follow, shared by all offers of a publication.
struct Worth {
    /// Utility by (group, model).
    value: Vec<f64>,
    /// `exp` of it.
    model: Vec<f64>,
    /// `exp` of the mean utility, by lab.
    lab: Vec<f64>,
}

/// Mean utilities that make the first choices match the shares at the start.
#[derive(Clone, Debug, Default)]
pub struct MeanUtility {
    /// By lab: how routers value its models beyond capability and price.
    pub lab: Vec<f64>,
    /// By offer.
    pub offer: Vec<f64>,
}

impl World<'_> {
    /// Publishes prices, mixes and weights as of `time`.
    pub fn publish(&mut self, time: SimTime) {
        let dims = self.p.dims;
        let lambda = self.published.nests.lambda();
        self.published.time = time;
        self.publish_rules(time);
        let value = self.model_values(time);
        // Models' weights once for all offers that sell them.
        let worth: Vec<f64> = value.iter().map(|value| quick_exp(*value)).collect();
        let lab_worth: Vec<f64> = self.mean.lab.iter().map(|mean| libm::exp(*mean)).collect();
        let worth = Worth {
            value,
            model: worth,
            lab: lab_worth,
        };
        for task in 0..dims.tasks {
            self.published.price_index[task] = self.price_index(task);
        }
        let hours_per_mtok = self.hours_per_mtok(time);
        for (id, lane) in self.catalog.lanes.enumerate() {
            self.published.lane_price[id.index()] = self.lane_price(id);
            self.published.lane_hours[id.index()] =
                hours_per_mtok[lane.model.index()] * (1.0 + self.lane_overhead(id));
        }
        for regime in 0..self.published.regimes.len() {
            for task in 0..dims.tasks {
                for class in 0..dims.classes {
                    let group = dims.group(task, class);
                    for offer in self.catalog.offers.ids() {
                        let slot = (regime * dims.groups() + group) * dims.offers + offer.index();
                        let mut lanes = std::mem::take(&mut self.published.mixes[slot].lanes);
                        lanes.clear();
                        let (utility, mix) =
                            self.offer_mix(offer, (task, class), regime, &worth, lanes, time);
                        let base = quick_exp(utility / lambda);
                        for segment in 0..dims.segments {
                            let factor = self.segment_weight[segment * dims.offers + offer.index()];
                            let cell = regime * dims.cells() + dims.row(segment, group);
                            self.published.weights[cell + offer.index()] = base * factor;
                        }
                        self.publish_hours(slot, offer, &mix);
                        self.published.mixes[slot] = mix;
                    }
                }
            }
        }
        for (lab, count) in self.labs.iter().zip(&mut self.published.releases) {
            *count = lab.releases;
        }
    }

    /// Publishes what binds whom: regimes of routers, rules by jurisdiction, integrators' reach, the terms of state.
    fn publish_rules(&mut self, time: SimTime) {
        let dims = self.p.dims;
        let lambda = self.published.nests.lambda();
        let (regimes, regime_of) = self.regimes();
        if regimes != self.published.regimes || regime_of != self.published.regime_of {
            let count = regimes.len();
            self.published.weights.resize(count * dims.cells(), 0.0);
            let slots = count * dims.groups() * dims.offers;
            self.published.mixes.resize(slots, Mix::default());
            self.published.hours.resize(slots * dims.clouds, [0.0; 2]);
            self.published.regimes = regimes;
            self.published.regime_of = regime_of;
            let of = self.published.regime_of.clone();
            self.demand.regroup(&of, count, &dims);
        }
        self.published.rules.clone_from(&self.regulation.rules);
        self.published.egress_charge.clear();
        for place in 0..dims.jurisdictions {
            let law = (
                self.p.egress_capped_from[place].days(),
                self.p.egress_free_from[place].days(),
            );
            for list in &self.p.egress {
                let cost = list * self.p.switching.data_cost;
                let charge = lawful_switching_charge(*list, cost, false, time.days(), law);
                self.published.egress_charge.push(charge);
            }
        }
        let years = time.days() / 365.25;
        #[expect(clippy::cast_precision_loss, reason = "few integrators")]
        let slot = 1.0 / self.p.integrators.len().max(1) as f64;
        self.published.reach.clear();
        self.published.attachment.clear();
        for integrator in &self.p.integrators {
            for reach in &integrator.reach {
                let grown = if *reach > 0.0 {
                    reach + integrator.growth * years
                } else {
                    0.0
                };
                self.published.reach.push(grown.clamp(0.0, slot));
            }
            self.published
                .attachment
                .push(libm::exp(integrator.attachment / lambda));
        }
        self.published.stateless_penalty = self
            .p
            .stateful
            .map_or(1.0, |rules| libm::exp(-rules.penalty / lambda));
        self.published.self_host_fixed = self.self_host.map_or(0.0, |own| own.fixed / 12.0);
    }

    /// Utility of each model by (group, model), without the lab's mean utility: capability and tier less price.
    #[must_use]
    pub fn model_values(&self, time: SimTime) -> Vec<f64> {
        let dims = self.p.dims;
        let mut values = Vec::with_capacity(dims.groups() * dims.models);
        for (task_index, task) in self.p.tasks.iter().enumerate() {
            for sensitivity in &self.p.sensitivity {
                for (id, model) in self.models.enumerate() {
                    let tier = self.catalog.tier_of[id];
                    let capability = task.capability * (model.capability + model.edge[task_index]);
                    values.push(
                        task.tier[tier] + capability + self.catch_up(id, task_index, time)
                            - sensitivity * model.list_price / task.reference_price,
                    );
                }
            }
        }
        values
    }

    /// Price index of a task: list prices of the tiers it uses, weighted by its tier utilities, over the start.
    fn price_index(&self, task: usize) -> f64 {
        let (mut now, mut then, mut total) = (0.0, 0.0, 0.0);
        for (id, model) in self.models.enumerate() {
            let weight = quick_exp(
                self.p.tasks[task].tier[self.catalog.tier_of[id]]
                    + self.mean.lab[self.catalog.lab_of[id].index()],
            );
            now += weight * libm::log(model.list_price);
            then += weight * libm::log(model.list_price_at_start);
            total += weight;
        }
        libm::exp((now - then) / total)
    }

    fn hours_per_mtok(&self, time: SimTime) -> Vec<f64> {
        let years = time.days() / 365.25;
        let of_tier: Vec<f64> = self
            .p
            .tiers
            .iter()
            .map(|tier| tier.compute * libm::pow(1.0 - tier.compute_decline, years))
            .collect();
        self.catalog
            .tier_of
            .iter()
            .map(|tier| of_tier[*tier])
            .collect()
    }

    /// What a choice of the offer is worth, and where its tokens go.
    fn offer_mix(
        &self,
        offer: OfferId,
        (task, class): (usize, usize),
        regime: usize,
        worth: &Worth,
        lanes: Vec<(LaneId, f64)>,
        time: SimTime,
    ) -> (f64, Mix) {
        let what = &self.catalog.offers[offer];
        let stateful = what.runtime == Runtime::Stateful;
        let mean = self.mean.offer[offer.index()];
        if stateful && !self.p.tasks[task].is_stateful {
            return (f64::NEG_INFINITY, Mix::default());
        }
        let runtime = if stateful {
            self.p.choice.stateful_runtime
        } else {
            0.0
        };
        let group = self.p.dims.group(task, class);
        match what.route {
            Route::Direct => {
                let (utility, mix) = self.direct_mix(&what.lanes, group, worth, lanes);
                // Off sale, it serves those who use it until they have moved, and takes nobody new.
                let is_open = self.published.on_sale[offer.index()];
                let worth = if is_open {
                    mean + runtime + utility
                } else {
                    f64::NEG_INFINITY
                };
                (worth, mix)
            }
            Route::Routed(router) => {
                let (utility, mix) =
                    self.routed_mix(router, offer, (task, class), regime, worth, lanes);
                (mean + utility, mix)
            }
            Route::SelfHost => {
                let price = self.self_host_price(time);
                let lab = what.lab.expect("self-hosting names a lab");
                let best = self.catalog.models_of[lab]
                    .iter()
                    .map(|m| worth.value[group * self.p.dims.models + m.index()]);
                let list: f64 = self.catalog.models_of[lab]
                    .first()
                    .map_or(0.0, |m| self.models[*m].list_price);
                let sensitivity = self.p.sensitivity[class] / self.p.tasks[task].reference_price;
                let utility = best.fold(f64::NEG_INFINITY, f64::max) - sensitivity * (price - list);
                (
                    mean + utility,
                    Mix {
                        price,
                        ..Mix::default()
                    },
                )
            }
        }
    }

    fn direct_mix(
        &self,
        of_offer: &[LaneId],
        group: usize,
        worth: &Worth,
        mut lanes: Vec<(LaneId, f64)>,
    ) -> (f64, Mix) {
        lanes.extend(of_offer.iter().map(|lane| {
            let model = self.catalog.lanes[*lane].model;
            (
                *lane,
                worth.model[group * self.p.dims.models + model.index()],
            )
        }));
        let total: f64 = lanes.iter().map(|(_, weight)| weight).sum();
        for (_, share) in &mut lanes {
            *share /= total;
        }
        let price = lanes
            .iter()
            .map(|(lane, share)| share * self.lane_price(*lane))
            .sum();
        let first_party: f64 = lanes
            .iter()
            .filter(|(lane, _)| self.is_first_party(*lane))
            .map(|(_, share)| share)
            .sum();
        let mix = Mix {
            lanes,
            price,
            first_party,
            neutral_first_party: first_party,
            ..Mix::default()
        };
        (quick_log(total), mix)
    }

    /// A router's mix: logit on task value less price and fee, plus steering that the user does not gain from.
    fn routed_mix(
        &self,
        id: RouterId,
        offer: OfferId,
        (task, class): (usize, usize),
        regime: usize,
        worth: &Worth,
        lanes: Vec<(LaneId, f64)>,
    ) -> (f64, Mix) {
        let rules = &self.published.regimes[regime];
        let router = &self.routers[id];
        let group = self.p.dims.group(task, class);
        let sensitivity = self.p.sensitivity[class] / self.p.tasks[task].reference_price;
        let mut mix = Mix {
            lanes,
            ..Mix::default()
        };
        let (mut tilt, mut neutral_own) = (Tilt::default(), 0.0);
        for lane_id in &self.catalog.offers[offer].lanes {
            let lane = &self.catalog.lanes[*lane_id];
            if !self.published.on_sale[lane.channel.index()] {
                continue;
            }
            let model = &self.models[lane.model];
            let is_own = self.is_own(router.cloud, lane.lab);
            let fee = self.fee_under(id, is_own, rules);
            let bias = if rules.is_neutral {
                0.0
            } else if rules.is_firewalled {
                if is_own { router.steering } else { 0.0 }
            } else {
                router.bias[lane.lab.index()]
            };
            let mut plain = worth.lab[lane.lab.index()]
                * worth.model[group * self.p.dims.models + lane.model.index()];
            if fee > 0.0 {
                plain *= quick_exp(-sensitivity * fee * model.list_price);
            }
            let weight = tilt.add(plain, bias);
            let price = self.lane_price(*lane_id);
            if is_own {
                neutral_own += plain;
                mix.own_price += weight * price;
                mix.neutral_own_price += plain * price;
            } else {
                mix.neutral_rival_price += plain * price;
            }
            mix.price += weight * price;
            mix.fee += weight * price * fee;
            mix.first_party += if is_own { weight } else { 0.0 };
            mix.lanes.push((*lane_id, weight));
        }
        if tilt.steered <= 0.0 {
            return (f64::NEG_INFINITY, Mix::default());
        }
        mix.lanes
            .iter_mut()
            .for_each(|(_, share)| *share /= tilt.steered);
        for sum in [
            &mut mix.price,
            &mut mix.fee,
            &mut mix.first_party,
            &mut mix.own_price,
        ] {
            *sum /= tilt.steered;
        }
        mix.neutral_own_price /= tilt.plain;
        mix.neutral_rival_price /= tilt.plain;
        mix.neutral_first_party = neutral_own / tilt.plain;
        mix.steering_loss = tilt.loss();
        (tilt.worth(), mix)
    }

    fn publish_hours(&mut self, slot: usize, offer: OfferId, mix: &Mix) {
        let clouds = self.p.dims.clouds;
        let hours = &mut self.published.hours[slot * clouds..(slot + 1) * clouds];
        hours.fill([0.0; 2]);
        if self.catalog.offers[offer].route == Route::SelfHost {
            // Rented accelerators are the enterprise's own to fill; they are accounted as rent.
            return;
        }
        for (lane_id, share) in &mix.lanes {
            let lane = &self.catalog.lanes[*lane_id];
            let need = share * self.published.lane_hours[lane_id.index()];
            match lane.cloud {
                Some(cloud) => {
                    let kind = usize::from(self.catalog.owner[lane.lab] != Some(cloud));
                    hours[cloud.index()][kind] += need;
                }
                None => {
                    for (host, part) in self.labs[lane.lab].hosts.iter().enumerate() {
                        hours[host][1] += need * part;
                    }
                }
            }
        }
    }

    /// What a lane costs an enterprise per Mtok, after the discounts of its tier.
    #[must_use]
    pub fn lane_price(&self, lane: LaneId) -> f64 {
        let model: ModelId = self.catalog.lanes[lane].model;
        let premium = match self.p.stateful {
            Some(rules) if self.is_stateful(lane) => rules.premium,
            _ => 0.0,
        };
        self.models[model].list_price
            * self.p.tiers[self.catalog.tier_of[model]].realised
            * (1.0 + premium)
    }

    /// Whether a lane belongs to a stateful runtime.
    #[must_use]
    pub fn is_stateful(&self, lane: LaneId) -> bool {
        let channel = self.catalog.lanes[lane].channel;
        self.catalog.offers[channel].runtime == Runtime::Stateful
    }

    /// Compute that a lane's runtime needs on top of its model's.
    fn lane_overhead(&self, lane: LaneId) -> f64 {
        match self.p.stateful {
            Some(rules) if self.is_stateful(lane) => rules.overhead,
            _ => 0.0,
        }
    }

    /// Compute of a model at the start of the published prices, H100e-hours per Mtok.
    #[must_use]
    pub fn model_hours(&self, model: ModelId, time: SimTime) -> f64 {
        let tier = &self.p.tiers[self.catalog.tier_of[model]];
        tier.compute * libm::pow(1.0 - tier.compute_decline, time.days() / 365.25)
    }

    /// Whether a lab belongs to the cloud.
    #[must_use]
    pub fn is_own(&self, cloud: Option<CloudId>, lab: LabId) -> bool {
        cloud.is_some() && self.catalog.owner[lab] == cloud
    }

    /// Whether a lane sells a cloud's own model.
    #[must_use]
    pub fn is_first_party(&self, lane: LaneId) -> bool {
        let lane = &self.catalog.lanes[lane];
        self.is_own(lane.cloud, lane.lab)
    }

    /// What a million tokens cost an enterprise that rents accelerators and runs open weights.
    #[must_use]
    pub fn self_host_price(&self, time: SimTime) -> f64 {
        let Some(own) = &self.self_host else {
            return f64::INFINITY;
        };
        let model = self.catalog.models_of[own.lab]
            .first()
            .expect("a lab that is self-hosted has a model");
        // The tier's compute includes the idle time of a well-used fleet; an enterprise fills its own less.
        let idle = self.p.supply.target_utilisation / own.utilisation;
        self.model_hours(*model, time)
            * idle
            * ((1.0 - own.owned) * self.clouds[own.cloud].rent_contract
                + own.owned * own.owned_cost)
            * (1.0 + own.engineering)
    }
}
