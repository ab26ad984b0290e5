//! What agents see: offers as weights, mixes, prices, published at the last clearing.

use super::World;
use super::catalog::Route;
use crate::economics::choice::Nests;
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
}

/// The market as published at the last clearing.
#[derive(Clone, Debug)]
pub struct Published {
    /// When.
    pub time: SimTime,
    /// Weights `exp(V / lambda)` by (segment, group, offer), without taste, home and congestion.
    pub weights: Vec<f64>,
    /// Factors on offers at the home cloud by (segment, class, home cloud).
    pub home: Vec<f64>,
    /// Factors for congestion by (task, offer).
    pub congestion: Vec<f64>,
    /// Mixes by (group, offer).
    pub mixes: Vec<Mix>,
    /// Compute in H100e-hours per Mtok by (group, offer, cloud), first-party and other.
    pub hours: Vec<[f64; 2]>,
    /// Price paid by lane, USD per Mtok.
    pub lane_price: Vec<f64>,
    /// Compute by lane, H100e-hours per Mtok.
    pub lane_hours: Vec<f64>,
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
        let value = self.model_values();
        let hours_per_mtok = self.hours_per_mtok(time);
        for (id, lane) in self.catalog.lanes.enumerate() {
            self.published.lane_price[id.index()] = self.lane_price(id);
            self.published.lane_hours[id.index()] = hours_per_mtok[lane.model.index()];
        }
        for task in 0..dims.tasks {
            for class in 0..dims.classes {
                let group = dims.group(task, class);
                for offer in self.catalog.offers.ids() {
                    let slot = group * dims.offers + offer.index();
                    let (utility, mix) = self.offer_mix(offer, task, class, &value, time);
                    let base = libm::exp(utility / lambda);
                    for segment in 0..dims.segments {
                        let factor = self.segment_weight[segment * dims.offers + offer.index()];
                        self.published.weights[dims.row(segment, group) + offer.index()] =
                            base * factor;
                    }
                    self.publish_hours(slot, offer, &mix, &hours_per_mtok);
                    self.published.mixes[slot] = mix;
                }
            }
        }
        for (lab, count) in self.labs.iter().zip(&mut self.published.releases) {
            *count = lab.releases;
        }
    }

    /// Utility of each model by (group, model), without the lab's mean utility: capability and tier less price.
    fn model_values(&self) -> Vec<f64> {
        let dims = self.p.dims;
        let mut values = Vec::with_capacity(dims.groups() * dims.models);
        for (task_index, task) in self.p.tasks.iter().enumerate() {
            for sensitivity in &self.p.sensitivity {
                for (id, model) in self.models.enumerate() {
                    let tier = self.catalog.tier_of[id];
                    let capability = task.capability * (model.capability + model.edge[task_index]);
                    values.push(
                        task.tier[tier] + capability
                            - sensitivity * model.list_price / task.reference_price,
                    );
                }
            }
        }
        values
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
        task: usize,
        class: usize,
        value: &[f64],
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
                let (utility, mix) = self.direct_mix(what.lanes.iter().copied(), group, value);
                // Off sale, it serves those who use it until they have moved, and takes nobody new.
                let is_open = what.is_on_sale(time);
                let worth = if is_open {
                    mean + runtime + utility
                } else {
                    f64::NEG_INFINITY
                };
                (worth, mix)
            }
            Route::Routed(router) => {
                let (utility, mix) = self.routed_mix(router, offer, task, class, value, time);
                (mean + utility, mix)
            }
            Route::SelfHost => {
                let price = self.self_host_price(time);
                let lab = what.lab.expect("self-hosting names a lab");
                let best = self.catalog.models_of[lab]
                    .iter()
                    .map(|m| value[group * self.p.dims.models + m.index()]);
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
        lanes: impl Iterator<Item = LaneId>,
        group: usize,
        value: &[f64],
    ) -> (f64, Mix) {
        let weighted: Vec<(LaneId, f64)> = lanes
            .map(|lane| {
                let model = self.catalog.lanes[lane].model;
                (
                    lane,
                    libm::exp(value[group * self.p.dims.models + model.index()]),
                )
            })
            .collect();
        let total: f64 = weighted.iter().map(|(_, weight)| weight).sum();
        let lanes: Vec<(LaneId, f64)> = weighted
            .into_iter()
            .map(|(lane, weight)| (lane, weight / total))
            .collect();
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
        (libm::log(total), mix)
    }

    /// A router's mix: logit on task value less price and fee, plus steering that the user does not gain from.
    fn routed_mix(
        &self,
        id: RouterId,
        offer: OfferId,
        task: usize,
        class: usize,
        value: &[f64],
        time: SimTime,
    ) -> (f64, Mix) {
        let router = &self.routers[id];
        let group = self.p.dims.group(task, class);
        let sensitivity = self.p.sensitivity[class] / self.p.tasks[task].reference_price;
        let mut mix = Mix::default();
        let (mut steered, mut neutral, mut borne, mut neutral_own) = (0.0, 0.0, 0.0, 0.0);
        for lane_id in &self.catalog.offers[offer].lanes {
            let lane = &self.catalog.lanes[*lane_id];
            if !self.catalog.offers[lane.channel].is_on_sale(time) {
                continue;
            }
            let model = &self.models[lane.model];
            let is_own = self.is_own(router.cloud, lane.lab);
            let fee = if is_own && router.is_own_exempt {
                0.0
            } else {
                router.take_rate
            };
            let bias = router.bias[lane.lab.index()];
            let utility = self.mean.lab[lane.lab.index()]
                + value[group * self.p.dims.models + lane.model.index()]
                - sensitivity * fee * model.list_price;
            let plain = libm::exp(utility);
            let weight = if bias == 0.0 {
                plain
            } else {
                libm::exp(utility + bias)
            };
            steered += weight;
            neutral += plain;
            borne += weight * bias;
            neutral_own += if is_own { plain } else { 0.0 };
            let price = self.lane_price(*lane_id);
            mix.price += weight * price;
            mix.fee += weight * price * fee;
            mix.first_party += if is_own { weight } else { 0.0 };
            mix.lanes.push((*lane_id, weight));
        }
        if steered <= 0.0 {
            return (f64::NEG_INFINITY, Mix::default());
        }
        mix.lanes
            .iter_mut()
            .for_each(|(_, share)| *share /= steered);
        for sum in [&mut mix.price, &mut mix.fee, &mut mix.first_party] {
            *sum /= steered;
        }
        mix.neutral_first_party = neutral_own / neutral;
        let worth = libm::log(steered) - borne / steered;
        mix.steering_loss = if borne == 0.0 {
            0.0
        } else {
            libm::log(neutral) - worth
        };
        (worth, mix)
    }

    fn publish_hours(&mut self, slot: usize, offer: OfferId, mix: &Mix, hours_per_mtok: &[f64]) {
        let clouds = self.p.dims.clouds;
        let hours = &mut self.published.hours[slot * clouds..(slot + 1) * clouds];
        hours.fill([0.0; 2]);
        if self.catalog.offers[offer].route == Route::SelfHost {
            // Rented accelerators are the enterprise's own to fill; they are accounted as rent.
            return;
        }
        for (lane_id, share) in &mix.lanes {
            let lane = &self.catalog.lanes[*lane_id];
            let need = share * hours_per_mtok[lane.model.index()];
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
        self.models[model].list_price * self.p.tiers[self.catalog.tier_of[model]].realised
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
            * self.clouds[own.cloud].rent_contract
            * (1.0 + own.engineering)
    }
}
