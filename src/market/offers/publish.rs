//! Publication of the view: prices, mixes and weights of offers, and rules, as agents see them until the next one.

use crate::base::elementary::{quick_exp, quick_log};
use crate::base::ids::{CloudId, Id, LabId, LaneId, ModelId};
use crate::base::time::SimTime;
use crate::economics::choice::Nests;
use crate::economics::hazard::lawful_switching_charge;
use crate::market::World;
use crate::market::catalog::Catalog;
use crate::market::law::RouterRules;
use crate::market::parameters::{Parameters, normalised};
use crate::market::state::actors::Model;
use crate::market::state::view::View;
use crate::market::state::{Mixes, Route};
use crate::scenario::records::Runtime;

impl View {
    /// Returns the view before the first publication.
    #[must_use]
    pub fn new(catalog: &Catalog, parameters: &Parameters, nests: Nests) -> Self {
        let dims = parameters.dims;
        let never = SimTime::from_micros(-1);
        let mut mixes = Mixes::default();
        mixes.resize(1, catalog, &dims);
        Self {
            time: SimTime::START,
            weights: vec![0.0; dims.cells()],
            home: vec![1.0; dims.segments * dims.classes * dims.clouds],
            congestion: vec![1.0; dims.tasks * dims.offers],
            mixes,
            lane_price: vec![0.0; catalog.lanes.len()],
            lane_hours: vec![0.0; catalog.lanes.len()],
            log_price_index: vec![0.0; dims.tasks],
            intensity: vec![1.0; dims.tasks],
            lab_growth: vec![1.0; dims.labs],
            pull: vec![1.0; dims.labs],
            labour_factor: vec![1.0; dims.tasks],
            lab_notice: vec![never; dims.labs],
            cloud_notice: vec![never; dims.clouds],
            attention: vec![1.0; dims.offers],
            releases: vec![0; dims.labs],
            nests,
            on_sale: vec![true; dims.offers],
            regimes: vec![RouterRules::default()],
            regime_of: vec![0; dims.jurisdictions],
            rules: Vec::new(),
            has_parity: vec![false; dims.tasks],
            is_gated: parameters
                .stateful
                .is_some_and(|rules| rules.score <= rules.human),
            lab_alarm: vec![never; dims.labs],
            exodus: vec![(never, 0.0); dims.clouds],
            egress_charge: Vec::new(),
            reach: Vec::new(),
            attachment: Vec::new(),
            fee: Vec::new(),
            attached: Vec::new(),
            stateless_penalty: 1.0,
            self_host_fixed: 0.0,
        }
    }
}

impl World<'_> {
    /// Publishes prices, mixes and weights as of `time`.
    pub fn publish(&mut self, time: SimTime) {
        self.view.time = time;
        self.publish_rules(time);
        for task in 0..self.parameters.dims.tasks {
            self.view.log_price_index[task] = self.log_price_index(task);
        }
        let hours_per_mtok = self.hours_per_mtok(time);
        for (id, lane) in self.catalog.lanes.enumerate() {
            self.view.lane_price[id.index()] = self.lane_price(id);
            self.view.lane_hours[id.index()] =
                hours_per_mtok[lane.model.index()] * (1.0 + self.lane_overhead(id));
        }
        self.publish_mixes(time);
        self.publish_attention();
        for (lab, count) in self.state.labs.iter().zip(&mut self.view.releases) {
            *count = lab.releases;
        }
    }

    /// Publishes the factors on attention: the rise of an offer's price since the start, to the power of
    /// `choice.price_attention`. The price of a direct offer is its lab's list price, averaged over models; that of a
    /// routed offer is 1 plus the fee.
    fn publish_attention(&mut self) {
        let elasticity = self.parameters.choice.price_attention;
        if elasticity <= 0.0 {
            return;
        }
        for (id, offer) in self.catalog.offers.enumerate() {
            let rise = match (offer.route, offer.lab) {
                (Route::Routed(router), _) => {
                    let router = &self.state.routers[router];
                    (1.0 + router.take_rate) / (1.0 + router.observed_take_rate)
                }
                (Route::Direct, Some(lab)) => self.price_rise(lab),
                _ => 1.0,
            };
            self.view.attention[id.index()] = libm::pow(rise.max(1.0), elasticity);
        }
    }

    /// Returns the geometric mean of a lab's list prices over those at the start; 1 for a lab without models.
    fn price_rise(&self, lab: LabId) -> f64 {
        let models = &self.catalog.models_of[lab];
        let logs = models.iter().map(|id| {
            let model = &self.state.models[*id];
            quick_log(model.list_price / model.list_price_at_start)
        });
        #[expect(clippy::cast_precision_loss, reason = "few models")]
        let count = models.len().max(1) as f64;
        quick_exp(logs.sum::<f64>() / count)
    }

    /// Publishes rules: regimes of routers, rules by jurisdiction, egress charges, integrators' reach, terms of
    /// stateful runtimes and self-hosting.
    fn publish_rules(&mut self, time: SimTime) {
        let dims = self.parameters.dims;
        let (regimes, regime_of) = self.regimes();
        if regimes != self.view.regimes || regime_of != self.view.regime_of {
            let count = regimes.len();
            self.view.weights.resize(count * dims.cells(), 0.0);
            self.view.mixes.resize(count, self.catalog, &dims);
            self.view.regimes = regimes;
            self.view.regime_of = regime_of;
            let of = self.view.regime_of.clone();
            self.books.demand.regroup(&of, count, &dims);
        }
        self.view.rules.clone_from(&self.state.regulation.rules);
        self.view.egress_charge.clear();
        for place in 0..dims.jurisdictions {
            let law = (
                self.parameters.egress_capped_from[place].days(),
                self.parameters.egress_free_from[place].days(),
            );
            for list in &self.parameters.egress {
                let cost = list * self.parameters.switching.data_cost;
                let charge = lawful_switching_charge(*list, cost, false, time.days(), law);
                self.view.egress_charge.push(charge);
            }
        }
        self.publish_integrators(time);
        let nests = &self.view.nests;
        self.view.stateless_penalty = (self.parameters.stateful)
            .map_or(1.0, |rules| libm::exp(nests.log_weight(-rules.penalty)));
        self.view.self_host_fixed = self.state.self_host.map_or(0.0, |own| own.fixed / 12.0);
    }

    /// Returns the utility of each model by (group, model), without the lab's mean utility: tier and capability, less
    /// sensitivity times the logarithm of the list price over the list price at the start.
    #[must_use]
    pub fn model_values(&self, time: SimTime) -> Vec<f64> {
        let dims = self.parameters.dims;
        let mut values = Vec::with_capacity(dims.groups() * dims.models);
        let mut worth = Vec::with_capacity(dims.models);
        let change = |model: &Model| quick_log(model.list_price / model.list_price_at_start);
        let dearer: Vec<f64> = self.state.models.iter().map(change).collect();
        for (task_index, task) in self.parameters.tasks.iter().enumerate() {
            // Price classes differ in their sensitivity to price only.
            worth.clear();
            worth.extend(self.state.models.enumerate().map(|(id, model)| {
                let capability = task.capability * (model.capability + model.edge[task_index]);
                task.tier[self.catalog.tier_of[id]]
                    + capability
                    + self.catch_up(id, task_index, time)
            }));
            for sensitivity in &self.parameters.sensitivity {
                let models = worth.iter().zip(&dearer);
                values.extend(models.map(|(worth, dearer)| worth - sensitivity * dearer));
            }
        }
        values
    }

    /// Returns the logarithm of the price index of a task, relative to the start: list prices, weighted by the task's
    /// utility of their tiers and the labs' mean utilities.
    fn log_price_index(&self, task: usize) -> f64 {
        let weights = self.index_weights(task);
        let change = |model: &Model| quick_log(model.list_price / model.list_price_at_start);
        let models = self.state.models.iter().map(change);
        weights
            .iter()
            .zip(models)
            .map(|(w, change)| w * change)
            .sum()
    }

    /// Returns the weight of each model in a task's price index. The weights sum to one.
    pub(in crate::market) fn index_weights(&self, task: usize) -> Vec<f64> {
        let weight = |(id, _)| {
            let lab = self.catalog.lab_of[id].index();
            let tier = self.parameters.tasks[task].tier[self.catalog.tier_of[id]];
            quick_exp(tier + self.state.mean.lab[lab])
        };
        normalised(self.state.models.enumerate().map(weight).collect())
    }

    /// Returns the compute of each model at `time`, H100e-hours per Mtok, without overhead of its runtime.
    fn hours_per_mtok(&self, time: SimTime) -> Vec<f64> {
        let years = time.days() / 365.25;
        let of_tier: Vec<f64> = self
            .parameters
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

    /// Returns the price that an enterprise pays for a lane, after the discounts of its tier, USD per Mtok.
    #[must_use]
    pub fn lane_price(&self, lane: LaneId) -> f64 {
        let model: ModelId = self.catalog.lanes[lane].model;
        let premium = match self.parameters.stateful {
            Some(rules) if self.is_stateful(lane) => rules.premium,
            _ => 0.0,
        };
        self.state.models[model].list_price
            * self.parameters.tiers[self.catalog.tier_of[model]].realised
            * (1.0 + premium)
    }

    /// Returns true if a lane belongs to a stateful runtime.
    #[must_use]
    pub fn is_stateful(&self, lane: LaneId) -> bool {
        let channel = self.catalog.lanes[lane].channel;
        self.catalog.offers[channel].runtime == Runtime::Stateful
    }

    /// Returns the compute that a lane's runtime adds, as a share of its model's compute.
    fn lane_overhead(&self, lane: LaneId) -> f64 {
        match self.parameters.stateful {
            Some(rules) if self.is_stateful(lane) => rules.overhead,
            _ => 0.0,
        }
    }

    /// Returns the compute of a model at `time`, H100e-hours per Mtok, without overhead of its runtime.
    #[must_use]
    pub fn model_hours(&self, model: ModelId, time: SimTime) -> f64 {
        let tier = &self.parameters.tiers[self.catalog.tier_of[model]];
        tier.compute * libm::pow(1.0 - tier.compute_decline, time.days() / 365.25)
    }

    /// Returns true if a lab belongs to the cloud.
    #[must_use]
    pub fn is_own(&self, cloud: Option<CloudId>, lab: LabId) -> bool {
        cloud.is_some() && self.catalog.owner[lab] == cloud
    }

    /// Returns true if a lane sells a cloud's own model.
    #[must_use]
    pub fn is_first_party(&self, lane: LaneId) -> bool {
        let lane = &self.catalog.lanes[lane];
        self.is_own(lane.cloud, lane.lab)
    }

    /// Returns the cost of a million tokens to an enterprise that runs open weights itself, on rented and owned
    /// accelerators, USD per Mtok.
    #[must_use]
    pub fn self_host_price(&self, time: SimTime) -> f64 {
        let Some(own) = &self.state.self_host else {
            return f64::INFINITY;
        };
        let model = self.catalog.models_of[own.lab]
            .first()
            .expect("a lab that is self-hosted has a model");
        // The tier's compute includes the idle time of a well-used fleet. An enterprise's fleet is idle more often.
        let idle = self.parameters.supply.target_utilisation / own.utilisation;
        self.model_hours(*model, time)
            * idle
            * ((1.0 - own.owned) * self.state.clouds[own.cloud].rent_contract
                + own.owned * own.owned_cost)
            * (1.0 + own.engineering)
    }
}
