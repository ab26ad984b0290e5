//! State of a replication: actors and their memory, opened as the scenario states them.

use crate::base::time::SimTime;
use crate::base::units::DAYS_PER_MONTH;
use crate::market::catalog::Catalog;
use crate::market::clouds::{capacity, silicon};
use crate::market::labs::releases;
use crate::market::parameters::Parameters;
use crate::market::routers;
use crate::market::state::actors::{Integrator, SelfHost, Shock};
use crate::market::state::anchors::PriceAnchors;
use crate::market::state::backlog::Backlog;
use crate::market::state::cases::Regulation;
use crate::market::state::growth::Growth;
use crate::market::state::holdings::Finance;
use crate::market::state::risk::Risk;
use crate::market::state::view::MeanUtility;
use crate::market::state::{Partition, State};
use crate::scenario::Scenario;
use crate::scenario::quantity::Draws;

impl State {
    /// Creates the actors as the scenario states them.
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
            integrators: (parameters.integrators.iter())
                .map(|numbers| Integrator {
                    fee: numbers.fee,
                    cloud: numbers.cloud,
                })
                .collect(),
            segment_spend: vec![0.0; dims.segments],
            cloud_spend: vec![0.0; dims.segments * dims.clouds],
            population,
            finance: Finance::new(scenario, draws),
            backlog: Backlog::default(),
            regulation: Regulation::new(scenario, &catalog.calendar, draws),
            risk: Risk::new(dims.labs, dims.clouds),
            anchors: PriceAnchors::default(),
            entrants: Vec::new(),
            shocks: shocks(scenario, draws),
            broken_at: vec![SimTime::NEVER; scenario.exclusivity.len()],
            runs_at: catalog.offers.iter().map(|offer| offer.cloud).collect(),
            channel_weight: channels.map(|spec| spec.share.draw(draws)).collect(),
            bought: vec![0.0; dims.labs * dims.clouds],
            lab_usage: vec![0.0; dims.labs],
            growth: Growth::default(),
            pull: vec![0.0; dims.labs],
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
