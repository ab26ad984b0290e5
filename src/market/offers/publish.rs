//! What agents see: offers as weights, mixes, prices, published at the last clearing.

use crate::economics::hazard::lawful_switching_charge;
use crate::elementary::{quick_exp, quick_log};
use crate::ids::{CloudId, Id, LabId, LaneId, ModelId};
use crate::market::World;
use crate::scenario::records::Runtime;
use crate::time::SimTime;

impl World<'_> {
    /// Publishes prices, mixes and weights as of `time`.
    pub fn publish(&mut self, time: SimTime) {
        self.published.time = time;
        self.publish_rules(time);
        for task in 0..self.p.dims.tasks {
            self.published.log_price_index[task] = self.log_price_index(task);
        }
        let hours_per_mtok = self.hours_per_mtok(time);
        for (id, lane) in self.catalog.lanes.enumerate() {
            self.published.lane_price[id.index()] = self.lane_price(id);
            self.published.lane_hours[id.index()] =
                hours_per_mtok[lane.model.index()] * (1.0 + self.lane_overhead(id));
        }
        self.publish_mixes(time);
        for (lab, count) in self.labs.iter().zip(&mut self.published.releases) {
            *count = lab.releases;
        }
    }

    /// Publishes what binds whom: regimes of routers, rules by jurisdiction, integrators' reach, the terms of state.
    fn publish_rules(&mut self, time: SimTime) {
        let dims = self.p.dims;
        let (regimes, regime_of) = self.regimes();
        if regimes != self.published.regimes || regime_of != self.published.regime_of {
            let count = regimes.len();
            self.published.weights.resize(count * dims.cells(), 0.0);
            self.published.mixes.resize(count, self.catalog, &dims);
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
            let attachment = self.published.nests.log_weight(integrator.attachment);
            self.published.attachment.push(libm::exp(attachment));
        }
        let nests = &self.published.nests;
        self.published.stateless_penalty =
            (self.p.stateful).map_or(1.0, |rules| libm::exp(nests.log_weight(-rules.penalty)));
        self.published.self_host_fixed = self.self_host.map_or(0.0, |own| own.fixed / 12.0);
    }

    /// Utility of each model by (group, model), without the lab's mean utility: capability and tier less price.
    #[must_use]
    pub fn model_values(&self, time: SimTime) -> Vec<f64> {
        let dims = self.p.dims;
        let mut values = Vec::with_capacity(dims.groups() * dims.models);
        let mut worth = Vec::with_capacity(dims.models);
        for (task_index, task) in self.p.tasks.iter().enumerate() {
            // Before its price, a model is worth the same to all classes.
            worth.clear();
            worth.extend(self.models.enumerate().map(|(id, model)| {
                let capability = task.capability * (model.capability + model.edge[task_index]);
                task.tier[self.catalog.tier_of[id]]
                    + capability
                    + self.catch_up(id, task_index, time)
            }));
            for sensitivity in &self.p.sensitivity {
                let models = worth.iter().zip(self.models.iter());
                values.extend(models.map(|(worth, model)| {
                    worth - sensitivity * model.list_price / task.reference_price
                }));
            }
        }
        values
    }

    /// Logarithm of the price index of a task: list prices of the tiers it uses, weighted by its tier utilities, over
    /// the start.
    fn log_price_index(&self, task: usize) -> f64 {
        let (mut now, mut then, mut total) = (0.0, 0.0, 0.0);
        for (id, model) in self.models.enumerate() {
            let weight = quick_exp(
                self.p.tasks[task].tier[self.catalog.tier_of[id]]
                    + self.mean.lab[self.catalog.lab_of[id].index()],
            );
            now += weight * quick_log(model.list_price);
            then += weight * quick_log(model.list_price_at_start);
            total += weight;
        }
        (now - then) / total
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
