//! The world of one replication.

use crate::economics::choice::Nests;
use crate::ids::{CloudId, Id, IdVec, LabId, ModelId, OfferId, RouterId};
use crate::kernel::{EventId, PendingEvents};
use crate::ledger::Ledger;
use crate::panel::EventLine;
use crate::rng::Streams;
use crate::scenario::Scenario;
use crate::scenario::quantity::Draws;
use crate::time::{SimTime, Span};

use crate::market::catalog::Catalog;
use crate::market::clouds::{capacity, silicon};
use crate::market::customers::population;
use crate::market::customers::scene::Scene;
use crate::market::drawn::Parameters;
use crate::market::labs::releases;
use crate::market::routers;
use crate::market::state::accounts::Accounts;
use crate::market::state::actors::{
    Cloud, GrowthSurprise, Lab, Model, Router, SelfHost, Shock, Vendor,
};
use crate::market::state::anchors::PriceAnchors;
use crate::market::state::cases::Regulation;
use crate::market::state::demand::Demand;
use crate::market::state::entrant::Entrant;
use crate::market::state::holdings::Finance;
use crate::market::state::law::RouterRules;
use crate::market::state::risk::Risk;
use crate::market::state::tally::Tally;
use crate::market::state::view::{MeanUtility, Published};
use crate::market::state::{Activity, Mixes, Partition, Route};
use crate::market::{Caused, Context, Event};

/// The whole market of one replication.
#[derive(Debug)]
pub struct World<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// Who sells what where.
    pub catalog: &'a Catalog,
    /// The replication's numbers.
    pub p: Parameters,
    /// Random streams.
    pub streams: Streams,
    /// Clouds.
    pub clouds: IdVec<CloudId, Cloud>,
    /// Labs.
    pub labs: IdVec<LabId, Lab>,
    /// Models.
    pub models: IdVec<ModelId, Model>,
    /// Routers.
    pub routers: IdVec<RouterId, Router>,
    /// Self-hosting, if there is any.
    pub self_host: Option<SelfHost>,
    /// Silicon vendors.
    pub vendors: Vec<Vendor>,
    /// Holdings and labs' finances.
    pub finance: Finance,
    /// Regulators, cases and remedies.
    pub regulation: Regulation,
    /// Perceived risk and what was down.
    pub risk: Risk,
    /// What reacting prices are anchored to.
    pub anchors: PriceAnchors,
    /// Labs that may enter.
    pub entrants: Vec<Entrant>,
    /// When exclusive rights are broken, by index; never for most.
    pub broken_at: Vec<SimTime>,
    /// Amounts of tranches, drawn.
    pub tranche_amount: Vec<f64>,
    /// Amounts of commitments, drawn.
    pub commitment_amount: Vec<f64>,
    /// Shares of a segment's spend at a cloud that credits pay, by index of the scenario's list.
    pub credit_share: Vec<f64>,
    /// Weights of direct offers in their lab's sales: shares at the start, then last month's spend.
    pub channel_weight: Vec<f64>,
    /// Enterprise spend on each lab's models in the last month, USD.
    pub lab_usage: Vec<f64>,
    /// How growth has strayed from its path.
    pub growth: GrowthSurprise,
    /// Enterprise spend of the last month, USD.
    pub spend_last_month: f64,
    /// Self-hosted workloads by segment, in millionths of enterprises stood for.
    pub self_hosters: Vec<i64>,
    /// Mean utilities.
    pub mean: MeanUtility,
    /// Factors by (segment, [place](nesting)): neutrality and direct preference.
    pub segment_weight: Vec<f64>,
    /// What agents see.
    pub published: Published,
    /// Enterprises.
    pub population: Vec<Partition>,
    /// Demand in progress.
    pub demand: Demand,
    /// The month's tally.
    pub tally: Tally,
    /// Activity of agents this month.
    pub activity: Activity,
    /// The books.
    pub ledger: Ledger,
    /// Accounts by actor.
    pub accounts: Accounts,
    /// Coming market events.
    pub events: PendingEvents<Caused>,
    /// The log of market events.
    pub log: Vec<EventLine>,
    /// The shocks in force, by index.
    pub shocks: Vec<Shock>,
    /// Whether prices or offers changed since the last publication.
    pub is_stale: bool,
}

impl<'a> World<'a> {
    /// The market at the start of one replication.
    #[expect(clippy::too_many_lines, reason = "one line a part, nothing else")]
    #[must_use]
    pub fn new(
        scenario: &'a Scenario,
        catalog: &'a Catalog,
        enterprises: usize,
        window: Span,
        draws: &Draws,
        streams: Streams,
    ) -> Self {
        let p = Parameters::draw(scenario, catalog.offers.len(), &catalog.calendar, draws);
        let dims = p.dims;
        let nests = Nests::new(catalog.nesting.nest_of.clone(), p.choice.nesting.min(0.99));
        let clouds: IdVec<CloudId, Cloud> = scenario
            .cloud
            .iter()
            .map(|spec| capacity::cloud(spec, &p, draws))
            .collect();
        let labs: IdVec<LabId, Lab> = scenario
            .lab
            .iter()
            .map(|spec| releases::lab(spec, dims.clouds, draws))
            .collect();
        let models = scenario
            .model
            .iter()
            .map(|spec| releases::model(spec, &p, draws))
            .collect();
        let (ledger, accounts) = Accounts::open(scenario);
        let is_open: Vec<bool> = catalog.is_open.iter().copied().collect();
        let population = population::populate(
            enterprises,
            &p,
            &is_open,
            &nests,
            window,
            catalog.calendar.end(),
            &streams,
        );
        let mut mixes = Mixes::default();
        mixes.resize(1, catalog, &dims);
        let mut world = Self {
            scenario,
            catalog,
            streams,
            clouds,
            labs,
            models,
            routers: scenario
                .router
                .iter()
                .map(|spec| routers::router(spec, dims.labs, draws))
                .collect(),
            self_host: scenario.self_host.as_ref().map(|spec| SelfHost {
                lab: spec.lab.id(),
                cloud: spec.cloud.id(),
                utilisation: spec.utilisation.draw(draws).max(0.01),
                engineering: spec.engineering.draw(draws),
                fixed: spec.fixed.draw(draws),
                owned: spec.owned.draw(draws),
                owned_cost: spec.owned_cost.draw(draws),
            }),
            vendors: scenario
                .vendor
                .iter()
                .map(|spec| silicon::vendor(spec, dims.clouds, draws))
                .collect(),
            finance: Finance::new(scenario, draws),
            regulation: Regulation::new(scenario, &catalog.calendar, draws),
            risk: Risk::new(dims.labs, dims.clouds),
            anchors: PriceAnchors::default(),
            entrants: Vec::new(),
            broken_at: vec![SimTime::NEVER; scenario.exclusivity.len()],
            tranche_amount: scenario
                .tranche
                .iter()
                .map(|t| t.amount.draw(draws))
                .collect(),
            commitment_amount: scenario
                .commitment
                .iter()
                .map(|c| c.amount.draw(draws))
                .collect(),
            credit_share: scenario
                .credit
                .iter()
                .map(|c| c.share.draw(draws))
                .collect(),
            channel_weight: scenario
                .channel
                .iter()
                .map(|c| c.share.draw(draws))
                .collect(),
            lab_usage: vec![0.0; dims.labs],
            growth: GrowthSurprise::default(),
            spend_last_month: p.demand.enterprise_spend / 12.0,
            self_hosters: vec![0; dims.segments],
            mean: MeanUtility {
                lab: vec![0.0; dims.labs],
                offer: vec![0.0; dims.offers],
            },
            segment_weight: vec![1.0; dims.segments * dims.offers],
            published: Published {
                time: SimTime::START,
                weights: vec![0.0; dims.cells()],
                home: vec![1.0; dims.segments * dims.classes * dims.clouds],
                congestion: vec![1.0; dims.tasks * dims.offers],
                mixes,
                lane_price: vec![0.0; catalog.lanes.len()],
                lane_hours: vec![0.0; catalog.lanes.len()],
                log_price_index: vec![0.0; dims.tasks],
                intensity: vec![1.0; dims.tasks],
                labour_factor: vec![1.0; dims.tasks],
                lab_notice: vec![SimTime::from_micros(-1); dims.labs],
                cloud_notice: vec![SimTime::from_micros(-1); dims.clouds],
                releases: vec![0; dims.labs],
                nests,
                on_sale: vec![true; dims.offers],
                regimes: vec![RouterRules::default()],
                regime_of: vec![0; dims.jurisdictions],
                rules: Vec::new(),
                has_parity: vec![false; dims.tasks],
                is_gated: p.stateful.is_some_and(|rules| rules.score <= rules.human),
                lab_alarm: vec![SimTime::from_micros(-1); dims.labs],
                exodus: vec![(SimTime::from_micros(-1), 0.0); dims.clouds],
                egress_charge: Vec::new(),
                reach: Vec::new(),
                attachment: Vec::new(),
                stateless_penalty: 1.0,
                self_host_fixed: 0.0,
            },
            population,
            demand: Demand::new(&dims, catalog.is_routed(), catalog.ways()),
            tally: Tally::new(&dims, catalog.lanes.len(), scenario.router.len()),
            activity: Activity::new(&dims),
            ledger,
            accounts,
            events: PendingEvents::new(),
            log: Vec::new(),
            shocks: scenario
                .shock
                .iter()
                .map(|spec| Shock {
                    size: spec.size.draw(draws),
                    days: spec.duration.draw(draws) * crate::units::DAYS_PER_MONTH,
                    is_on: false,
                })
                .collect(),
            p,
            is_stale: false,
        };
        world.update_bias();
        world.update_cost_plus_prices(SimTime::START);
        world.start(draws);
        world
    }

    /// The scene that agents act on.
    #[must_use]
    pub fn scene(&self) -> Scene<'_> {
        Scene {
            catalog: self.catalog,
            p: &self.p,
            published: &self.published,
            streams: &self.streams,
        }
    }

    /// Schedules an event at `time`, caused by the event of the context.
    pub fn schedule(&mut self, cx: Context, time: SimTime, event: Event) -> EventId {
        let caused = Caused {
            cause: cx.id,
            event,
        };
        self.events.schedule(time, event.phase(), caused)
    }

    /// Writes a line about the event of the context into the log of market events.
    pub fn note(&mut self, cx: Context, kind: &'static str, subject: &str, value: f64) {
        self.log.push(EventLine {
            id: cx.id,
            cause: cx.cause,
            time: cx.time,
            kind,
            subject: subject.to_owned(),
            value,
        });
    }

    /// Marks prices or offers as changed, so that the window ends with a settlement and a publication.
    pub fn mark_changed(&mut self) {
        self.is_stale = true;
    }

    /// The name of a cloud.
    #[must_use]
    pub fn cloud_name(&self, cloud: CloudId) -> &'a str {
        &self.scenario.cloud[cloud.index()].name.text
    }

    /// The name of a lab.
    #[must_use]
    pub fn lab_name(&self, lab: LabId) -> &'a str {
        &self.scenario.lab[lab.index()].name.text
    }

    /// Whether an offer is a router over several clouds, which can place elsewhere what one cannot serve.
    #[must_use]
    pub fn is_spilling(&self, offer: OfferId) -> bool {
        let offer = &self.catalog.offers[offer];
        matches!(offer.route, Route::Routed(_)) && offer.cloud.is_none()
    }
}
