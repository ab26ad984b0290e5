//! Actors of a replication, and what they remember; at the start as the scenario states them.

use crate::ids::{CloudId, IdVec, LabId, ModelId, RouterId};
use crate::market::catalog::Catalog;
use crate::market::clouds::{capacity, silicon};
use crate::market::labs::releases;
use crate::market::parameters::Parameters;
use crate::market::routers;
use crate::market::state::Partition;
use crate::market::state::actors::{
    Cloud, GrowthSurprise, Lab, Model, Router, SelfHost, Shock, Vendor,
};
use crate::market::state::anchors::PriceAnchors;
use crate::market::state::cases::Regulation;
use crate::market::state::entrant::Entrant;
use crate::market::state::holdings::Finance;
use crate::market::state::risk::Risk;
use crate::market::state::view::MeanUtility;
use crate::scenario::Scenario;
use crate::scenario::quantity::Draws;
use crate::time::SimTime;
use crate::units::DAYS_PER_MONTH;

/// Actors of a replication, and what they remember.
#[derive(Debug)]
pub struct State {
    /// Clouds.
    pub clouds: IdVec<CloudId, Cloud>,
    /// Labs.
    pub labs: IdVec<LabId, Lab>,
    /// Models.
    pub models: IdVec<ModelId, Model>,
    /// Routers.
    pub routers: IdVec<RouterId, Router>,
    /// Self-hosting, where the scenario has it.
    pub self_host: Option<SelfHost>,
    /// Silicon vendors.
    pub vendors: Vec<Vendor>,
    /// Enterprises with their workloads, in partitions.
    pub population: Vec<Partition>,
    /// Holdings between firms, and labs' finances.
    pub finance: Finance,
    /// Regulators, cases and remedies.
    pub regulation: Regulation,
    /// Perceived risk, and what incidents took down.
    pub risk: Risk,
    /// Anchors of prices that react.
    pub anchors: PriceAnchors,
    /// Labs that may enter.
    pub entrants: Vec<Entrant>,
    /// Shocks, by index in the scenario.
    pub shocks: Vec<Shock>,
    /// Time at which each exclusive right is broken, by index in the scenario; [`SimTime::NEVER`] for most.
    pub broken_at: Vec<SimTime>,
    /// Weights of direct offers in their lab's sales: shares at the start, then last month's spend.
    pub channel_weight: Vec<f64>,
    /// Enterprise spend on each lab's models in the last month, USD.
    pub lab_usage: Vec<f64>,
    /// Deviation of the growth of demand from its fading path.
    pub growth: GrowthSurprise,
    /// Enterprise spend of the last month, USD.
    pub spend_last_month: f64,
    /// Self-hosted workloads by segment, in millionths of the enterprises that they stand for.
    pub self_hosters: Vec<i64>,
    /// Mean utilities of labs and offers, inverted from observed shares.
    pub mean: MeanUtility,
    /// Factors by (segment, [place](crate::market::catalog::nests)): neutrality and direct preference.
    pub segment_weight: Vec<f64>,
}

impl State {
    /// Actors as the scenario states them.
    #[must_use]
    pub fn new(
        scenario: &Scenario,
        catalog: &Catalog,
        parameters: &Parameters,
        draws: &Draws,
        population: Vec<Partition>,
    ) -> Self {
        let dims = parameters.dims;
        let clouds = scenario.cloud.iter();
        let labs = scenario.lab.iter();
        let models = scenario.model.iter();
        let routers = scenario.router.iter();
        let vendors = scenario.vendor.iter();
        let channels = scenario.channel.iter();
        Self {
            clouds: clouds
                .map(|spec| capacity::cloud(spec, parameters, draws))
                .collect(),
            labs: labs
                .map(|spec| releases::lab(spec, dims.clouds, draws))
                .collect(),
            models: models
                .map(|spec| releases::model(spec, parameters, draws))
                .collect(),
            routers: routers
                .map(|spec| routers::router(spec, dims.labs, draws))
                .collect(),
            self_host: self_host(scenario, draws),
            vendors: vendors
                .map(|spec| silicon::vendor(spec, dims.clouds, draws))
                .collect(),
            population,
            finance: Finance::new(scenario, draws),
            regulation: Regulation::new(scenario, &catalog.calendar, draws),
            risk: Risk::new(dims.labs, dims.clouds),
            anchors: PriceAnchors::default(),
            entrants: Vec::new(),
            shocks: shocks(scenario, draws),
            broken_at: vec![SimTime::NEVER; scenario.exclusivity.len()],
            channel_weight: channels.map(|spec| spec.share.draw(draws)).collect(),
            lab_usage: vec![0.0; dims.labs],
            growth: GrowthSurprise::default(),
            spend_last_month: parameters.demand.enterprise_spend / 12.0,
            self_hosters: vec![0; dims.segments],
            mean: MeanUtility {
                lab: vec![0.0; dims.labs],
                offer: vec![0.0; dims.offers],
            },
            segment_weight: vec![1.0; dims.segments * dims.offers],
        }
    }
}

fn self_host(scenario: &Scenario, draws: &Draws) -> Option<SelfHost> {
    scenario.self_host.as_ref().map(|spec| SelfHost {
        lab: spec.lab.id(),
        cloud: spec.cloud.id(),
        utilisation: spec.utilisation.draw(draws).max(0.01),
        engineering: spec.engineering.draw(draws),
        fixed: spec.fixed.draw(draws),
        owned: spec.owned.draw(draws),
        owned_cost: spec.owned_cost.draw(draws),
    })
}

fn shocks(scenario: &Scenario, draws: &Draws) -> Vec<Shock> {
    let shocks = scenario.shock.iter();
    shocks
        .map(|spec| Shock {
            size: spec.size.draw(draws),
            days: spec.duration.draw(draws) * DAYS_PER_MONTH,
            is_on: false,
        })
        .collect()
}
