//! Every column of every table equals a formula of its own, computed from flows of the ledger, market events, drawn
//! numbers and other tables. If two measures change places, or a measure holds a wrong value, a formula fails.
//!
//! A column without a formula outside the model is `bounded`: by a range, or by its value in a limiting case.
mod commitments;
mod designations;

use std::collections::{BTreeMap, BTreeSet};

use crate::common::scenario;
use nalgebra::{DMatrix, DVector};
use tollway::base::ids::{AccountId, CloudId, Id, LabId, ModelId, OfferId, RouterId};
use tollway::base::rng::Streams;
use tollway::base::time::{SimTime, Span};
use tollway::base::units::{DAYS_PER_MONTH, HOURS_PER_MONTH, Usd};
use tollway::economics::capacity::Constraint;
use tollway::economics::diffusion::fading_growth;
use tollway::economics::ownership::{dilution, look_through};
use tollway::economics::queueing::Pool;
use tollway::economics::revealed::{incumbency, revealed_loyalty};
use tollway::economics::switching::{Cause, Move};
use tollway::ledger::{Flow, Origin};
use tollway::market::World;
use tollway::market::catalog::SELF_HOST;
use tollway::market::rows::{
    CloudRow, HolderRow, HostRow, IntegratorRow, LabRow, MarketRow, ModelRow, OfferRow,
    RegulatorRow, RouterRow, SegmentRow, SwitchingRow, VendorRow, declared,
};
use tollway::market::state::WorkloadState;
use tollway::panel::{Column, FlowLine, Panel};
use tollway::scenario::Scenario;
use tollway::scenario::quantity::Draws;
use tollway::scenario::records::{
    CommitmentKind, DesignationSpec, Instrument, IntegratorPolicy, PricePolicy, Runtime,
};
use tollway::scenario::reference::Ref;
use tollway::simulation::Simulation;

/// Flows of revenue from the sale of models, to any seller.
const SALES: [Flow; 4] = [
    Flow::ModelUsage,
    Flow::Resale,
    Flow::FirstParty,
    Flow::OpenHosting,
];

/// Case of the market: each shows effects that other cases hide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Case {
    /// The baseline with fees, steering and prices by best response.
    Full,
    /// Rents, list prices, hosts and compute stay as drawn; growth follows its path, which has no ceiling; orders arrive
    /// after four weeks; nobody hosts models for itself.
    Still,
    /// No workload moves or is added; a model does more work per token as it gets dearer; inertia and parallel running are the only switching costs; clouds' routers steer
    /// with overwhelming strength; capacity is ample.
    Frozen,
    /// Nobody funds the largest lab; scarce capacity, many incidents and cases, and open weights at parity.
    Stress,
}

impl Case {
    const ALL: [Self; 4] = [Self::Full, Self::Still, Self::Frozen, Self::Stress];

    /// Returns the name of the shipped scenario that is edited.
    fn base(self) -> &'static str {
        match self {
            Self::Stress => "funding-stop",
            Self::Still => "no-ceiling",
            Self::Full | Self::Frozen => "baseline",
        }
    }

    /// Returns the edits of the scenario.
    fn sets(self, baseline: &Scenario) -> Vec<String> {
        let each = |names: Vec<&str>, kind: &str, edits: &[&str]| -> Vec<String> {
            let edit = |name: &str| {
                let edits = edits.iter().map(|edit| format!("{kind}.{name}.{edit}"));
                edits.collect::<Vec<_>>()
            };
            names.into_iter().flat_map(edit).collect()
        };
        let clouds = || {
            baseline
                .cloud
                .iter()
                .map(|x| x.name.text.as_str())
                .collect()
        };
        let labs = || baseline.lab.iter().map(|x| x.name.text.as_str()).collect();
        let regulators = || {
            let names = baseline.regulator.iter();
            names.map(|x| x.name.text.as_str()).collect()
        };
        let tasks = || baseline.task.iter().map(|x| x.name.text.as_str()).collect();
        let tiers = || baseline.tier.iter().map(|x| x.name.text.as_str()).collect();
        let routers = || vec!["aws-router", "azure-router", "google-router"];
        let texts = |texts: &[&str]| texts.iter().map(ToString::to_string).collect::<Vec<_>>();
        let steering = each(routers(), "router", &["take_rate=0.05", "steering=1"]);
        // Tokens of dearer models do no more work, so that list prices are prices of work.
        let plain = each(tiers(), "tier", &["release_work=0"]);
        let no_rounds = texts(&[
            "finance.runway=0",
            "finance.distress=0",
            "tranche.aws-openai-contingent.trigger=firm",
        ]);
        let common = texts(&["run.enterprises=100", "run.replications=1", "months=14"]);
        let own = match self {
            Self::Full => [
                steering,
                plain,
                each(
                    vec!["openai", "anthropic"],
                    "lab",
                    &["pricing=best-response"],
                ),
                texts(&[
                    "integrator.integrators.policy=reviewing",
                    "integrator.cloud-partners.policy=reviewing",
                ]),
                // Enterprises leave clouds often enough that some forfeit commitments.
                texts(&["choice.attention_cloud=0.1"]),
            ]
            .concat(),
            Self::Still => [
                steering,
                no_rounds,
                each(tiers(), "tier", &["compute=0.5", "compute_decline=0"]),
                each(labs(), "lab", &["release_interval=0"]),
                texts(&[
                    "rent.contract_volatility=0",
                    "rent.spot_volatility=0",
                    "rent.tightness=0",
                    "rent.decline=0",
                    "supply.lead_time=4",
                    "supply.lead_time_normal=4",
                    "supply.lead_time_sigma=0",
                    "supply.build_out=0",
                    "vendor.nvidia.premium_response=0",
                    "trust.observation_noise=0",
                    "pricing.adjustment=0",
                    "incident.strength=0",
                    "regulation.strength=0",
                    "credit.aws-startup-credits.share=0",
                    "finance.uptake=0",
                    "finance.host_sensitivity=0",
                    "stateful.premium=0",
                    "photonics.start=0",
                    "self_host.spend_share=0",
                    "demand.self_host_threshold=1e12",
                    "router.enterprise-run.operating_cost=0",
                    // A lab between holder and lab, so that look-through shares differ from direct ones.
                    "equity.asml-in-mistral.holder=xai",
                ]),
                ["market", "lab", "cloud", "capex"]
                    .iter()
                    .flat_map(|kind| {
                        ["level", "slope"].map(|noise| format!("trend.{kind}_{noise}=0"))
                    })
                    .collect(),
            ]
            .concat(),
            Self::Frozen => [
                no_rounds,
                each(clouds(), "cloud", &["capacity=1e8", "utilisation=0.2"]),
                each(tasks(), "task", &["innovation=1e-9", "imitation=0"]),
                each(routers(), "router", &["steering=30"]),
                each(tiers(), "tier", &["release_work=1"]),
                each(
                    vec!["low", "medium", "high"],
                    "price_class",
                    &["sensitivity=2"],
                ),
                texts(&[
                    "choice.attention_model=0",
                    "choice.attention_router=0",
                    "choice.attention_cloud=0",
                    "switching.labour=0",
                    "switching.data=0",
                    "switching.state_value=0",
                    "switching.policy_value=0",
                    "switching.shortfall=0",
                    "supply.background_growth=0",
                    "demand.new_work=0",
                    "incident.strength=0",
                    "designation.dma-aws.probability=0",
                    "designation.dma-azure.probability=0",
                ]),
            ]
            .concat(),
            Self::Stress => [
                steering,
                plain,
                each(clouds(), "cloud", &["utilisation=0.97"]),
                each(
                    regulators(),
                    "regulator",
                    &["remedy_chance=1", "opening=1", "decision=1", "compliance=1"],
                ),
                texts(&[
                    "lab.openai.cash=1e9",
                    "finance.patience=2",
                    "finance.merger=0",
                    "incident.strength=10",
                    "regulation.strength=30",
                    "designation.dma-aws.probability=1",
                    "designation.dma-aws.decision=6",
                    "designation.dma-aws.compliance=1",
                    "designation.dma-aws.breach=0.999",
                    "designation.dma-aws.non_compliance=2",
                    "openness.parity=0.5",
                    "openness.commodity=1",
                    "cloud.aws.power_per_quarter=0.0001",
                    "cloud.google.capex=1e6",
                ]),
            ]
            .concat(),
        };
        [common, own].concat()
    }
}

/// Replication with all inputs of the formulas.
struct Run<'a> {
    case: Case,
    simulation: &'a Simulation<'a>,
    panel: Panel,
    draws: Draws,
    /// Market before its first day.
    start: World<'a>,
}

impl<'a> Run<'a> {
    fn new(case: Case, simulation: &'a Simulation<'a>, replication: u32) -> Self {
        let draws = simulation.draws(replication);
        let start = World::new(
            simulation.scenario,
            &simulation.catalog,
            simulation.enterprises,
            simulation.window(),
            &draws,
            Streams::new(simulation.seed, replication),
        );
        Self {
            case,
            simulation,
            panel: simulation.run(replication).expect("identities hold"),
            draws,
            start,
        }
    }

    fn scenario(&self) -> &'a Scenario {
        self.simulation.scenario
    }

    fn months(&self) -> usize {
        self.simulation.catalog.calendar.months()
    }

    /// Returns the end of a month.
    fn end(&self, month: usize) -> SimTime {
        self.simulation.catalog.calendar.month_start(month + 1)
    }

    fn days(&self, month: usize) -> f64 {
        (self.end(month) - self.simulation.catalog.calendar.month_start(month)).days()
    }

    fn at(&self, month: usize, entity: &str, column: Column) -> f64 {
        self.panel.at(month, entity, column)
    }

    fn entities(&self, table: &str) -> &[String] {
        &self.panel.table(table).entities
    }

    /// Returns all rows of a table: month, index of the entity, and entity.
    fn rows(&self, table: &str) -> Vec<(usize, usize, &str)> {
        let entities = self.entities(table);
        (0..self.months())
            .flat_map(|month| {
                let entities = entities.iter().enumerate();
                entities.map(move |(index, entity)| (month, index, entity.as_str()))
            })
            .collect()
    }

    /// Returns the sum of a column over all entities.
    fn sum(&self, month: usize, column: Column) -> f64 {
        let entities = self.entities(column.table).iter();
        entities.map(|entity| self.at(month, entity, column)).sum()
    }

    fn account(&self, name: &str) -> AccountId {
        let mut names = self.panel.accounts.iter();
        AccountId::from_index(names.position(|other| other == name).expect("an account"))
    }

    fn flows(&self, month: usize) -> std::slice::Iter<'_, FlowLine> {
        let lines = &self.panel.flows;
        let [from, until] = [month, month + 1]
            .map(|month| lines.partition_point(|line| usize::from(line.month) < month));
        lines[from..until].iter()
    }

    /// Returns the money that an account received in flows of some kinds.
    fn got(&self, month: usize, account: &str, kinds: &[Flow]) -> Usd {
        let account = self.account(account);
        let lines = self.flows(month);
        let own = lines.filter(|line| line.payee == account && kinds.contains(&line.kind));
        own.map(|line| line.usd).sum()
    }

    /// Returns the money that an account paid in flows of some kinds.
    fn paid(&self, month: usize, account: &str, kinds: &[Flow]) -> Usd {
        let account = self.account(account);
        let lines = self.flows(month);
        let own = lines.filter(|line| line.payer == account && kinds.contains(&line.kind));
        own.map(|line| line.usd).sum()
    }

    /// Returns times and values of the events of some kinds about a subject, up to the end of a month.
    fn events(&self, kinds: &[&str], subject: &str, month: usize) -> Vec<(SimTime, f64)> {
        let lines = self.panel.events.iter();
        lines
            .filter(|line| kinds.contains(&line.kind) && line.subject == subject)
            .map(|line| (line.time, line.value))
            .filter(|(time, _)| *time <= self.end(month))
            .collect()
    }

    /// Returns the income of a lab in a month, USD: sales, channel shares and consumers' money.
    fn income(&self, month: usize, lab: &str) -> f64 {
        let kinds = [Flow::ModelUsage, Flow::ChannelShare, Flow::OtherRevenue];
        self.got(month, lab, &kinds).to_f64()
    }

    /// Returns true if a lab trades when the books of a month are closed.
    fn trades(&self, lab: &str, month: usize) -> bool {
        let enters = (self.scenario().entry.iter()).any(|entry| entry.lab.text == lab);
        let has_entered = !enters || !self.events(&["entry"], lab, month).is_empty();
        let exits = self.events(&["exit"], lab, month);
        has_entered && exits.iter().all(|(time, _)| *time == self.end(month))
    }

    /// Returns a lab's finances after its books of `month`: yearly revenue, smoothed burn, and the multiple of revenue at
    /// which it is valued. `None` before its first month.
    fn finances(&self, lab: usize, month: usize) -> Option<(f64, f64, f64)> {
        let rules = (self.start.parameters.finance).expect("the baseline has finance");
        let name = &self.scenario().lab[lab].name.text;
        let first = self.scenario().lab[lab].multiple.draw(&self.draws);
        let margin = |(revenue, burn): (f64, f64)| (-12.0 * burn / revenue).clamp(-3.0, 1.0);
        let worth = |growth: f64, margin: f64| {
            // Ten years of cash flow and what follows, each discounted.
            let (mut revenue, mut sum) = (1.0_f64, 0.0);
            for year in 1..=10 {
                let years = f64::from(year);
                revenue *=
                    (12.0 * growth * 0.5_f64.powf((12.0 * years - 6.0) / rules.growth_fade)).exp();
                let way = (years / rules.years_to_margin).min(1.0);
                let flow = revenue * (margin * (1.0 - way) + rules.mature_margin * way);
                sum += flow / (1.0 + rules.cost_of_capital).powi(year);
            }
            let end = revenue * rules.mature_margin * 1.03 / (rules.cost_of_capital - 0.03);
            (sum + end / (1.0 + rules.cost_of_capital).powi(10)).max(0.0)
        };
        let mut found: Option<(f64, f64)> = None;
        let (mut growth, mut at_start) = (0.0, 0.0);
        let trading = (0..=month).filter(|month| self.trades(name, *month));
        for (count, month) in trading.enumerate() {
            let income = self.income(month, name);
            let used = (self.paid(month, name, &Flow::ALL)
                - self.got(month, name, &[Flow::DeliveryCredit]))
            .to_f64()
                - income;
            let revenue = income * 12.0;
            found = Some(match found {
                None => (revenue, used),
                Some((before, burn)) => {
                    let grown: f64 = (revenue / before).ln();
                    let grown = if grown.is_finite() {
                        grown.clamp(-0.15, 0.15)
                    } else {
                        0.0
                    };
                    growth = if count == 1 {
                        grown
                    } else {
                        0.75 * growth + 0.25 * grown
                    };
                    (revenue, 0.5 * burn + 0.5 * used)
                }
            });
            if count == 3 {
                at_start = worth(growth, found.map_or(0.0, margin));
            }
        }
        found.map(|now| {
            let change = if at_start > 0.0 {
                worth(growth, margin(now)) / at_start
            } else {
                1.0
            };
            (now.0, now.1, first.max(0.0) * change)
        })
    }

    fn valuation(&self, lab: usize, month: usize) -> f64 {
        self.finances(lab, month)
            .map_or(0.0, |(revenue, _, multiple)| {
                if revenue > 0.0 {
                    revenue * multiple
                } else {
                    0.0
                }
            })
    }

    /// Returns direct holdings at the end of a month, `[(holder, firm)]`: those at the start, diluted by tranches.
    /// `None` once a round, a merger or a divestiture has changed them.
    fn holdings(&self, month: usize) -> Option<DMatrix<f64>> {
        let scenario = self.scenario();
        let nodes = self.entities("holders");
        let node = |name: &str| {
            nodes
                .iter()
                .position(|other| other == name)
                .expect("a node")
        };
        let mut holdings = DMatrix::zeros(nodes.len(), nodes.len());
        for stake in &scenario.equity {
            let slot = (node(&stake.holder.text), node(&stake.firm.text));
            holdings[slot] += stake.cash_flow.draw(&self.draws);
        }
        let past = (self.panel.events.iter()).filter(|line| line.time <= self.end(month));
        for line in past {
            if ["round", "merger", Instrument::Divestiture.word()].contains(&line.kind) {
                return None;
            }
            if line.kind != "tranche" {
                continue;
            }
            let mut tranches = scenario.tranche.iter();
            let spec = tranches.find(|spec| spec.name.text == line.subject)?;
            let lab = scenario
                .lab
                .iter()
                .position(|lab| lab.name.text == spec.lab.text)?;
            let before = (0..month)
                .rev()
                .find(|month| self.end(*month) <= line.time)?;
            let value = self.valuation(lab, before);
            let (bought, left) = dilution(value.max(line.value), line.value);
            let firm = node(&spec.lab.text);
            for holder in 0..nodes.len() {
                holdings[(holder, firm)] *= left;
            }
            holdings[(node(&spec.holder.text), firm)] += bought;
        }
        Some(holdings)
    }

    /// Returns the shares of silicon vendors in a cloud's orders at a time.
    fn silicon_shares(&self, cloud: usize, time: SimTime) -> Vec<f64> {
        let years = time.days() / 365.25;
        let scenario = self.scenario();
        let name = &scenario.cloud[cloud].name.text;
        let share = |index: usize| {
            let share = scenario.vendor[index].share.get(CloudId::from_index(cloud));
            share.map_or(0.0, |share| share.draw(&self.draws))
        };
        let owner = |index: usize| {
            scenario.vendor[index]
                .owner
                .as_ref()
                .map(|o| o.text.as_str())
        };
        let all = 0..scenario.vendor.len();
        let is_own = |index: usize| owner(index) == Some(name);
        let own_base: f64 = all.clone().filter(|i| is_own(*i)).map(share).sum();
        let other_base: f64 = all.clone().filter(|i| !is_own(*i)).map(share).sum();
        let growth = scenario.cloud[cloud].own_silicon_growth.draw(&self.draws);
        let own = match all.clone().filter(|i| is_own(*i)).count() {
            0 => 0.0,
            _ => (own_base + growth * years).clamp(0.0, 0.95),
        };
        let won = |index: usize| match owner(index) {
            None => (scenario.vendor[index].growth.draw(&self.draws) * years).clamp(0.0, 0.5),
            Some(_) => 0.0,
        };
        let lost: f64 = all.clone().map(won).sum();
        all.map(|index| {
            if is_own(index) {
                own * ratio(share(index), own_base)
            } else {
                (1.0 - own) * (ratio(share(index), other_base) * (1.0 - lost) + won(index))
            }
        })
        .collect()
    }

    /// Returns the share of a cloud's new capacity with optical interconnect at a time.
    fn optical(&self, cloud: usize, time: SimTime) -> f64 {
        let optics = self
            .start
            .parameters
            .photonics
            .as_ref()
            .expect("the baseline");
        let years = (time.months() - optics.start) / 12.0;
        (optics.adoption[cloud] * years).clamp(0.0, 1.0)
    }

    /// Returns perceived risk at the end of a month: jumps at incidents, faded up to the last review or incident.
    fn perceived_risk(&self, provider: &str, month: usize) -> f64 {
        let kinds = [
            "cloud-outage",
            "lab-outage",
            "security-incident",
            "model-failure",
        ];
        let half_life = self.start.parameters.trust.risk_half_life;
        let incidents = self.panel.events.iter();
        let incidents = incidents.filter(|line| kinds.contains(&line.kind));
        let times = incidents.map(|line| line.time).chain(self.router_reviews());
        let past = times.filter(|time| *time <= self.end(month));
        let last = past.max().unwrap_or(SimTime::START);
        let jumps = self.events(&kinds, provider, month).into_iter();
        jumps
            .map(|(time, jump)| jump * 0.5_f64.powf((last - time).months() / half_life))
            .sum()
    }

    /// Returns the times of the monthly reviews of routers.
    fn router_reviews(&self) -> Vec<SimTime> {
        let mut times = vec![self.end(0)];
        while times.len() <= self.months() {
            let last = times[times.len() - 1];
            times.push(last + Span::from_days(DAYS_PER_MONTH));
        }
        times
    }

    /// Returns the credibility of clouds, and their yearly spending on it, at the end of a month without observation
    /// noise.
    fn credibility(&self, month: usize) -> (Vec<f64>, Vec<f64>) {
        let scenario = self.scenario();
        let trust = self.start.parameters.trust;
        let draw = |cloud: usize| scenario.cloud[cloud].credibility.draw(&self.draws);
        let mut now: Vec<f64> = (0..scenario.cloud.len()).map(draw).collect();
        let mut level = now.clone();
        let first: Vec<f64> = (scenario.cloud.iter())
            .map(|spec| spec.neutrality_spend.draw(&self.draws))
            .collect();
        let mut spend = first.clone();
        for _ in (self.router_reviews().iter()).filter(|time| **time <= self.end(month)) {
            let best = now.iter().copied().fold(0.0, f64::max);
            for cloud in 0..now.len() {
                spend[cloud] = first[cloud] * (1.0 + trust.rivalry * (best - now[cloud]));
                let effort = spend[cloud] / trust.earn_spend;
                level[cloud] += trust.earn * effort / (1.0 + effort) * (1.0 - level[cloud]);
            }
            for router in &scenario.router {
                let Some(name) = &router.cloud else { continue };
                let cloud = self
                    .start
                    .state
                    .clouds
                    .ids()
                    .map(Id::index)
                    .find(|cloud| scenario.cloud[*cloud].name.text == name.text);
                let cloud = cloud.expect("checked: the cloud is known");
                let owners = self.simulation.catalog.owner.iter();
                let has_own = owners.flatten().any(|owner| owner.index() == cloud);
                let seen = if has_own {
                    router.steering.draw(&self.draws)
                } else {
                    0.0
                };
                now[cloud] += trust.recovery * (level[cloud] - now[cloud]) - trust.wear * seen;
            }
        }
        (now, spend)
    }

    /// Returns the list price of a model over the work of its tokens, USD per Mtok of the start. Where tokens do as much
    /// more work as they cost, it stays as it is at the start.
    fn price_of_work(&self, month: usize, model: ModelId) -> f64 {
        let lab = self.simulation.catalog.lab_of[model];
        let is_scheduled = self.scenario().lab[lab.index()].pricing == PricePolicy::Scheduled;
        if self.case == Case::Frozen && is_scheduled {
            return self.start.state.models[model].list_price_at_start;
        }
        let name = &self.scenario().model[model.index()].name.text;
        self.at(month, name, ModelRow::list_price_usd_per_mtok)
    }

    /// Returns the price that enterprises pay for a model through a stateless channel, USD per Mtok of the start.
    fn paid_price(&self, month: usize, model: ModelId) -> f64 {
        let tier = self.simulation.catalog.tier_of[model];
        self.price_of_work(month, model) * self.start.parameters.tiers[tier].realised
    }

    /// Returns the enterprises with a running workload before the first day.
    fn customers(&self) -> Vec<Customer> {
        let catalog = &self.simulation.catalog;
        let slots = self.start.parameters.dims.slots();
        let mut customers = Vec::new();
        for partition in &self.start.state.population {
            let workloads = partition.workloads.chunks_exact(slots);
            for (enterprise, workloads) in partition.enterprises.iter().zip(workloads) {
                let running: Vec<OfferId> = (workloads.iter())
                    .filter(|workload| workload.state == WorkloadState::Running)
                    .map(|workload| OfferId::from_index(usize::from(workload.offer)))
                    .collect();
                // A router with overwhelming steering uses its operator's own models. The labs that another router uses
                // are not known.
                let (mut labs, mut is_known) = (BTreeSet::new(), true);
                for offer in running.iter().map(|id| &catalog.offers[*id]) {
                    let owners = catalog.owner.enumerate();
                    let own = owners.filter(|(_, owner)| owner.is_some() && **owner == offer.cloud);
                    let own: Vec<LabId> = own.map(|(lab, _)| lab).collect();
                    is_known &= offer.lab.is_some() || own.len() == 1;
                    labs.extend(offer.lab.or(own.first().copied()));
                }
                let least = labs.len() as f64;
                let most = if is_known {
                    least
                } else {
                    catalog.owner.len() as f64
                };
                if !running.is_empty() {
                    customers.push(Customer {
                        segment: usize::from(enterprise.segment),
                        home: usize::from(enterprise.home),
                        weight: enterprise.weight,
                        workloads: running.len() as f64,
                        labs: [least, most],
                    });
                }
            }
        }
        customers
    }

    /// Returns the part of the cost of a kind of move that does not depend on stakes, in months of spend.
    fn fixed_cost(&self, kind: Move) -> f64 {
        let terms = self.start.parameters.moves[kind as usize];
        terms.parallel_months + terms.inertia_months
    }
}

/// Enterprise with running workloads.
struct Customer {
    segment: usize,
    home: usize,
    /// Number of enterprises that it stands for.
    weight: f64,
    workloads: f64,
    /// Least and greatest number of labs whose models it may use.
    labs: [f64; 2],
}

/// Record of the columns that were checked and of their faults.
#[derive(Default)]
struct Check {
    /// Columns that were compared with a formula or a bound.
    seen: BTreeSet<(&'static str, &'static str)>,
    /// Columns with a value other than zero: a swap of two columns of zeros would go unnoticed.
    alive: BTreeSet<(&'static str, &'static str)>,
    /// Number of faults by column, and the text of the first.
    faults: BTreeMap<(&'static str, &'static str), (u32, String)>,
}

impl Check {
    fn row<'a>(&'a mut self, run: &'a Run<'a>, month: usize, entity: &'a str) -> Line<'a> {
        Line {
            check: self,
            run,
            month,
            entity,
        }
    }

    /// Compares the sum of a column over entities with a formula.
    fn total(&mut self, run: &Run<'_>, month: usize, column: Column, expected: f64, slack: f64) {
        let value = run.sum(month, column);
        let holds = (value - expected).abs() <= slack;
        let place = format!("{:?} month {month}, all", run.case);
        self.note(
            column,
            value,
            holds,
            &format!("{place}: {value}, not {expected}"),
        );
    }

    fn note(&mut self, column: Column, value: f64, holds: bool, text: &str) {
        let key = (column.table, column.measure);
        self.seen.insert(key);
        if value != 0.0 {
            self.alive.insert(key);
        }
        self.hold(key, holds, text);
    }

    fn hold(&mut self, key: (&'static str, &'static str), holds: bool, text: &str) {
        if !holds {
            let fault = self.faults.entry(key).or_insert((0, text.to_owned()));
            fault.0 += 1;
        }
    }
}

/// Row that is checked.
struct Line<'a> {
    check: &'a mut Check,
    run: &'a Run<'a>,
    month: usize,
    entity: &'a str,
}

impl Line<'_> {
    fn value(&self, column: Column) -> f64 {
        self.run.at(self.month, self.entity, column)
    }

    /// Checks that the value equals a formula, within the rounding of floats.
    fn equal(&mut self, column: Column, expected: f64) {
        let size = expected.abs().max(self.value(column).abs());
        self.near(column, expected, 1e-9 * size + 1e-12);
    }

    /// Checks that the value equals an amount of the ledger, to the ten-thousandth of a dollar.
    fn money(&mut self, column: Column, expected: Usd) {
        self.near(column, expected.to_f64(), 5e-5);
    }

    /// Checks that the value equals a formula, within `slack`.
    fn near(&mut self, column: Column, expected: f64, slack: f64) {
        let value = self.value(column);
        let holds = (value - expected).abs() <= slack;
        self.note(column, holds, &format!("{value}, not {expected}"));
    }

    /// Checks that the value lies in a range, for columns without a formula outside the model.
    fn bounded(&mut self, column: Column, low: f64, high: f64) {
        let value = self.value(column);
        let slack = 1e-9 * low.abs().max(high.abs().min(1e18)) + 1e-12;
        let holds = (low - slack..=high + slack).contains(&value);
        self.note(column, holds, &format!("{value}, not in {low}..{high}"));
    }

    fn note(&mut self, column: Column, holds: bool, text: &str) {
        let (case, month, entity) = (self.run.case, self.month, self.entity);
        let text = format!("{case:?} month {month}, {entity}: {text}");
        self.check.note(column, self.value(column), holds, &text);
    }
}

fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

/// Returns the sum of squared shares, in points of 10,000.
fn concentration(amounts: &[f64]) -> f64 {
    let total: f64 = amounts.iter().sum();
    let squares = amounts.iter().map(|amount| ratio(*amount, total).powi(2));
    squares.sum::<f64>() * 1e4
}

fn clouds(run: &Run<'_>, check: &mut Check) {
    commitments::clouds(run, check);
    designations::clouds(run, check);
    let scenario = run.scenario();
    let supply = run.start.parameters.supply;
    let catalog = &run.simulation.catalog;
    for (month, index, cloud) in run.rows("clouds") {
        let spec = &scenario.cloud[index];
        let end = run.end(month);
        let mut row = check.row(run, month, cloud);
        // Money.
        let streams: [(Column, &[Flow]); 10] = [
            (CloudRow::routing_fee_usd, &[Flow::RoutingFee]),
            (CloudRow::resale_usd, &[Flow::Resale, Flow::ChannelShare]),
            (CloudRow::open_hosting_usd, &[Flow::OpenHosting]),
            (CloudRow::serving_compute_usd, &[Flow::ServingCompute]),
            (CloudRow::training_compute_usd, &[Flow::TrainingCompute]),
            (CloudRow::first_party_usd, &[Flow::FirstParty]),
            (CloudRow::selfhost_rental_usd, &[Flow::SelfHostRental]),
            (CloudRow::egress_usd, &[Flow::Egress]),
            (CloudRow::forfeited_usd, &[Flow::Forfeited]),
            (CloudRow::take_or_pay_usd, &[Flow::TakeOrPay]),
        ];
        let mut revenue = Usd::ZERO;
        for (column, kinds) in streams {
            let got = run.got(month, cloud, kinds);
            row.money(column, got);
            revenue += got;
        }
        let revenue = revenue.to_f64();
        row.near(CloudRow::ai_revenue_usd, revenue, 1e-3);
        row.money(
            CloudRow::channel_paid_usd,
            run.paid(month, cloud, &[Flow::ChannelShare]),
        );
        // Credits paid to a lab that books the sale itself are not sales of the cloud.
        let credits = run.paid(month, &format!("credits:{cloud}"), &Flow::ALL)
            - run.paid(month, &format!("credits:{cloud}"), &[Flow::ModelUsage]);
        row.money(CloudRow::credits_usd, credits);
        row.money(
            CloudRow::sla_credit_usd,
            run.paid(month, cloud, &[Flow::SlaCredit]),
        );
        row.money(
            CloudRow::delivery_credit_usd,
            run.paid(month, cloud, &[Flow::DeliveryCredit]),
        );
        row.money(
            CloudRow::neutrality_usd,
            run.paid(month, cloud, &[Flow::Neutrality]),
        );
        row.money(
            CloudRow::capex_usd,
            run.paid(month, cloud, &[Flow::Silicon, Flow::Construction]),
        );
        let kept = revenue
            - row.value(CloudRow::channel_paid_usd)
            - row.value(CloudRow::credits_usd)
            - row.value(CloudRow::sla_credit_usd)
            - row.value(CloudRow::delivery_credit_usd)
            - run.paid(month, cloud, &[Flow::Fine]).to_f64();
        let unit_cost = row.value(CloudRow::unit_cost_usd_per_h);
        let fleet = row.value(CloudRow::capacity_h100e) * 1.1 * HOURS_PER_MONTH;
        row.bounded(CloudRow::gross_profit_usd, kept - unit_cost * fleet, kept);
        // Owned cost that is not of compute sold is of idle capacity.
        row.bounded(CloudRow::idle_usd, 0.0, unit_cost * fleet);
        row.bounded(CloudRow::undelivered_usd, 0.0, f64::INFINITY);
        totals(run, &mut row, index);
        let seats = run.got(month, cloud, &[Flow::Seats]);
        row.money(CloudRow::seats_usd, seats);
        // Hours a seat are fixed: their part of revenue moves with the rent, and revenue with the number of seats.
        let rent =
            row.value(CloudRow::rent_contract_usd_per_h) / scenario.rent.contract.draw(&run.draws);
        let months = end.months() - 0.5;
        let lines = scenario
            .seats
            .iter()
            .filter(|line| line.cloud.text == cloud);
        let (mut sales, mut compute) = (0.0, 0.0);
        for line in lines {
            let [seats, growth, half_life] = [
                line.seats.draw(&run.draws),
                (1.0 + line.growth.draw(&run.draws)).ln() / 12.0,
                line.half_life.draw(&run.draws),
            ];
            let count = seats * fading_growth(growth, half_life, months).exp();
            let usd = count * line.price.draw(&run.draws);
            sales += usd;
            compute += usd * line.compute.draw(&run.draws) * rent;
        }
        row.near(CloudRow::seats_usd, sales, 1e-3);
        let models = run.paid(month, cloud, &[Flow::OtherRevenue]).to_f64();
        row.near(CloudRow::seats_profit_usd, sales - models - compute, 1e-3);
        // Circular revenue: capital that comes back.
        let account = run.account(cloud);
        let holder = run.account(&format!("equity:{cloud}"));
        let invested = run.paid(month, &format!("equity:{cloud}"), &[Flow::Equity]);
        row.near(CloudRow::invested_usd, invested.to_f64(), 1e-3);
        let (mut all, mut customers) = (Usd::ZERO, Usd::ZERO);
        let mut circular = vec![Usd::ZERO; scenario.lab.len()];
        for line in run.flows(month).filter(|line| line.payee == account) {
            let payer = &run.panel.accounts[line.payer.index()];
            let Some(lab) = scenario.lab.iter().position(|lab| lab.name.text == *payer) else {
                continue;
            };
            all += line.usd;
            match line.origin {
                Origin::Customers | Origin::Consumers => customers += line.usd,
                Origin::Equity(owner) if owner == holder => circular[lab] += line.usd,
                _ => {}
            }
        }
        let circle: Usd = circular.iter().copied().sum();
        row.money(CloudRow::circular_usd, circle);
        let margin = ratio(row.value(CloudRow::gross_profit_usd), revenue);
        row.near(
            CloudRow::circular_cash_usd,
            margin * circle.to_f64() - invested.to_f64(),
            1e-3,
        );
        row.equal(
            CloudRow::customer_funded_share,
            ratio(customers.to_f64(), all.to_f64()),
        );
        if let Some(held) = run.holdings(month) {
            let held = look_through(&held).expect("holdings have an end");
            let seen: f64 = (circular.iter().enumerate())
                .map(|(lab, usd)| usd.to_f64() * held[(index, scenario.cloud.len() + lab)])
                .sum();
            row.equal(CloudRow::lookthrough_revenue_usd, revenue - seen);
        } else {
            row.bounded(
                CloudRow::lookthrough_revenue_usd,
                revenue - circle.to_f64(),
                revenue,
            );
        }
        // Capacity.
        let deliveries = run.events(&["delivery"], cloud, month);
        let first = spec.capacity.draw(&run.draws) * spec.external_share.draw(&run.draws);
        let added: f64 = deliveries.iter().map(|(_, size)| size).sum();
        let capacity = first + added;
        row.equal(CloudRow::capacity_h100e, capacity);
        let last = run.months() - 1;
        let later: Vec<(SimTime, f64)> = (run.events(&["delivery"], cloud, last).into_iter())
            .filter(|(time, _)| *time > end)
            .collect();
        let within = end + Span::from_days(28.0);
        if run.case != Case::Still {
            // Lead times at the start are far above six months, so that capacity arriving within three is already on
            // order.
            let soon = end + Span::from_days(91.0);
            let soon: f64 = (later.iter().filter(|(time, _)| *time <= soon))
                .map(|(_, size)| size)
                .sum();
            row.bounded(CloudRow::pipeline_h100e, soon, 20.0 * capacity);
        } else if within <= run.end(last) {
            let ordered = later.iter().filter(|(time, _)| *time <= within);
            let ordered: f64 = ordered.map(|(_, size)| size).sum();
            row.near(CloudRow::pipeline_h100e, ordered, 1e-6 * capacity);
        }
        let at_start = run.start.state.clouds[CloudId::from_index(index)].utilisation_at_start;
        let used = row.value(CloudRow::utilisation_share);
        if month == 0 {
            row.bounded(
                CloudRow::utilisation_share,
                (at_start - 0.15).min(0.8),
                at_start + 0.15,
            );
        }
        row.bounded(CloudRow::utilisation_share, 0.0, 1.0);
        if run.case == Case::Frozen {
            row.equal(CloudRow::unserved_share, 0.0);
        } else {
            row.bounded(CloudRow::unserved_share, 0.0, 0.9);
        }
        let own: f64 = (deliveries.iter())
            .map(|(time, size)| {
                let shares = run.silicon_shares(index, *time).into_iter();
                let vendors = shares.zip(&scenario.vendor);
                let own = vendors.filter(|(_, vendor)| {
                    vendor
                        .owner
                        .as_ref()
                        .is_some_and(|owner| owner.text == cloud)
                });
                own.map(|(share, _)| share).sum::<f64>() * size
            })
            .sum();
        row.equal(
            CloudRow::own_silicon_share,
            (spec.own_silicon_share.draw(&run.draws) * first + own) / capacity,
        );
        let optical: f64 = (deliveries.iter())
            .map(|(time, size)| run.optical(index, *time) * size)
            .sum();
        row.equal(CloudRow::optical_share, optical / capacity);
        // Spending on new capacity raises the fleet's cost at the capital cost of an hour; optics save power.
        let owned_cost = spec.owned_cost.draw(&run.draws);
        let spent: Usd = (0..=month)
            .map(|month| run.paid(month, cloud, &[Flow::Silicon, Flow::Construction]))
            .sum();
        let saving = run
            .start
            .parameters
            .photonics
            .as_ref()
            .expect("the baseline")
            .power_saving;
        let cost = owned_cost * spec.fleet_cost_ratio.draw(&run.draws) * first
            + owned_cost * spent.to_f64() / supply.capex
            - supply.opex * saving * optical;
        row.near(CloudRow::unit_cost_usd_per_h, cost / capacity, 1e-8);
        // Rents and waits.
        let rents = [
            (
                CloudRow::rent_contract_usd_per_h,
                scenario.rent.contract.draw(&run.draws),
            ),
            (
                CloudRow::rent_spot_usd_per_h,
                scenario.rent.spot.draw(&run.draws),
            ),
        ];
        for (column, rent) in rents {
            if run.case == Case::Still {
                row.equal(column, rent);
            } else {
                row.bounded(column, 0.1 * rent, 10.0 * rent);
            }
        }
        let variability = (supply.arrival_variability, supply.service_variability);
        let servers = scenario.supply.servers.draw(&run.draws) as u32;
        let pool = |pressure: f64| Pool::new(servers, pressure, variability);
        row.bounded(
            CloudRow::wait,
            pool(0.5 * used.min(at_start)).mean_wait(),
            pool(0.999).mean_wait(),
        );
        let (mut low, mut high) = (0.0, 0.999);
        for _ in 0..100 {
            let middle = 0.5 * (low + high);
            if pool(middle).mean_wait() < row.value(CloudRow::wait) {
                low = middle;
            } else {
                high = middle;
            }
        }
        let wait = pool(high).wait_quantile(0.95);
        row.near(CloudRow::wait_p95, wait, 1e-6 * wait + 1e-9);
        // The cloud's router, and trust.
        let router = catalog
            .router_cloud
            .enumerate()
            .find(|(_, owner)| owner.is_some_and(|owner| owner.index() == index));
        let router = router.map(|(id, _)| &scenario.router[id.index()]);
        for (column, of_router) in [
            (CloudRow::first_party_share, RouterRow::first_party_share),
            (
                CloudRow::neutral_first_party_share,
                RouterRow::neutral_first_party_share,
            ),
        ] {
            let share = router.map_or(0.0, |spec| run.at(month, &spec.name.text, of_router));
            row.equal(column, share);
        }
        row.equal(
            CloudRow::steering,
            router.map_or(0.0, |spec| spec.steering.draw(&run.draws)),
        );
        if run.case == Case::Still {
            let (credibility, spend) = run.credibility(month);
            row.equal(CloudRow::credibility, credibility[index]);
            row.near(CloudRow::neutrality_usd, spend[index] / 12.0, 1e-4);
        } else {
            row.bounded(CloudRow::credibility, 0.0, 1.0);
        }
        row.equal(CloudRow::perceived_risk, run.perceived_risk(cloud, month));
        // Spend by runtime.
        for (column, runtime) in [
            (CloudRow::stateful_usd, Runtime::Stateful),
            (CloudRow::stateless_usd, Runtime::Stateless),
        ] {
            let offers = catalog.offers.iter().filter(|offer| {
                offer.cloud.is_some_and(|cloud| cloud.index() == index) && offer.runtime == runtime
            });
            let spend = offers.map(|offer| run.at(month, &offer.name, OfferRow::spend_usd));
            row.equal(column, spend.sum());
        }
        let binding = match (run.case, cloud) {
            (Case::Stress, "aws") if month < 6 => Some(Constraint::Power),
            (Case::Stress, "google") if month < 6 => Some(Constraint::Capex),
            (Case::Frozen, _) if month == 0 => Some(Constraint::Demand),
            _ => None,
        };
        if let Some(binding) = binding {
            row.equal(CloudRow::binding_constraint, f64::from(binding as u8));
        } else {
            row.bounded(CloudRow::binding_constraint, 0.0, 3.0);
        }
    }
    let all_served = |month: usize| run.sum(month, CloudRow::unserved_share) == 0.0;
    for month in (0..run.months()).filter(|month| run.case == Case::Still && all_served(*month)) {
        // All compute sold is used for enterprises' tokens, consumers, training and self-hosting.
        let sold: f64 = (run.entities("clouds").iter())
            .map(|cloud| {
                let value = |column| run.at(month, cloud, column);
                let cost = value(CloudRow::ai_revenue_usd)
                    - value(CloudRow::channel_paid_usd)
                    - value(CloudRow::credits_usd)
                    - value(CloudRow::sla_credit_usd)
                    - value(CloudRow::delivery_credit_usd)
                    - value(CloudRow::gross_profit_usd)
                    - value(CloudRow::idle_usd);
                let rented = value(CloudRow::training_compute_usd)
                    + value(CloudRow::selfhost_rental_usd)
                    + value(CloudRow::take_or_pay_usd);
                cost / value(CloudRow::unit_cost_usd_per_h)
                    - rented / value(CloudRow::rent_contract_usd_per_h)
            })
            .sum();
        let needed = enterprise_hours(run, month) + consumer_hours(run, month);
        let profit = run.sum(month, CloudRow::gross_profit_usd);
        // The difference in hours is stated as an error of the profit at one dollar an hour.
        check.total(
            run,
            month,
            CloudRow::gross_profit_usd,
            profit + needed - sold,
            1e-8 * needed,
        );
    }
}

/// Checks rent from outside the model and the totals of a cloud's owner.
fn totals(run: &Run<'_>, row: &mut Line<'_>, index: usize) {
    let (month, cloud) = (row.month, row.entity);
    let (spec, supply) = (&run.scenario().cloud[index], run.start.parameters.supply);
    let years = run.end(month).days() / 365.25;
    let background = run.start.state.clouds[CloudId::from_index(index)].background;
    let rent = background
        * (1.0 + supply.background_growth).powf(years)
        * 24.0
        * run.days(month)
        * row.value(CloudRow::rent_contract_usd_per_h);
    if run.case == Case::Frozen {
        row.equal(CloudRow::outside_ai_usd, rent);
    } else {
        row.bounded(CloudRow::outside_ai_usd, 0.0, rent);
    }
    // What the model leaves out in the first month goes on along its path.
    let half_life = run.scenario().trend.cloud_half_life.draw(&run.draws);
    let middle = |month: usize| (run.end(month).days() - 0.5 * run.days(month)) / DAYS_PER_MONTH;
    let rest = |[yearly, growth]: [f64; 2], parts: [f64; 2], growths: [f64; 2]| -> f64 {
        let whole = yearly * run.days(0) / 365.25;
        let left = whole - parts[0] - parts[1];
        if left <= 0.0 {
            return 0.0;
        }
        let growth = (whole * growth - parts[0] * growths[0] - parts[1] * growths[1]) / left;
        let path = [middle(0), middle(month)].map(|at| fading_growth(growth, half_life, at));
        left * run.days(month) / run.days(0) * (path[1] - path[0]).exp()
    };
    let model = [CloudRow::ai_revenue_usd, CloudRow::outside_ai_usd];
    let growths = [
        run.start.state.growth.market_rate,
        (1.0 + supply.background_growth).ln() / 12.0,
    ];
    let first = model.map(|column| run.at(0, cloud, column));
    let stated = [
        spec.revenue.draw(&run.draws),
        spec.revenue_growth.draw(&run.draws),
    ];
    let revenue = rest(stated, first, growths);
    // Payments for capacity count as an exponential mean that starts with the first month's.
    let paid = |month: usize| {
        let usd = run.paid(month, cloud, &[Flow::Silicon, Flow::Construction]);
        usd.to_f64()
    };
    let weight = 1.0 / supply.payment_spread.max(1.0);
    let spent = (1..=month).fold(paid(0), |spent, month| {
        spent + weight * (paid(month) - spent)
    });
    let growth = spec.capex_run_rate_growth.draw(&run.draws);
    let stated = [spec.capex_run_rate.draw(&run.draws), growth];
    let capex = rest(stated, [paid(0), 0.0], [growth, 0.0]);
    let known = model.map(|column| row.value(column)).iter().sum::<f64>();
    for (column, known, rest) in [
        (CloudRow::total_revenue_usd, known, revenue),
        (CloudRow::total_capex_usd, spent, capex),
    ] {
        if run.case == Case::Still || month == 0 {
            row.near(column, known + rest, 1e-9 * (known + rest) + 1e-3);
        } else {
            // Noise: five standard deviations of a year are below a factor of ten.
            row.bounded(column, known, known + 10.0 * rest);
        }
    }
}

/// Returns the compute of enterprises' tokens if every token uses equal compute, H100e-hours.
fn enterprise_hours(run: &Run<'_>, month: usize) -> f64 {
    let overhead = run
        .start
        .parameters
        .stateful
        .expect("the baseline")
        .overhead;
    let compute = run.start.parameters.tiers[0].compute;
    let offers = run.simulation.catalog.offers.iter();
    let hosted = offers.filter(|offer| offer.name != SELF_HOST);
    hosted
        .map(|offer| {
            let more = match offer.runtime {
                Runtime::Stateful => overhead,
                Runtime::Stateless => 0.0,
            };
            run.at(month, &offer.name, OfferRow::mtok) * compute * (1.0 + more)
        })
        .sum()
}

/// Returns the compute that serves consumers in a month at the rents of the start, H100e-hours.
fn consumer_hours(run: &Run<'_>, month: usize) -> f64 {
    let labs = run.scenario().lab.iter();
    let middle = (run.end(month).days() - run.days(month) / 2.0) / DAYS_PER_MONTH;
    let trading = labs.filter(|spec| run.trades(&spec.name.text, month));
    trading
        .map(|spec| {
            let stated = spec.other_growth.as_ref().or(spec.growth.as_ref());
            let growth = fading_growth(
                stated.map_or(0.0, |growth| growth.draw(&run.draws)),
                spec.other_half_life.draw(&run.draws),
                middle,
            );
            let revenue = match (&spec.run_rate, &spec.business_share) {
                (Some(all), Some(share)) => all.draw(&run.draws) * (1.0 - share.draw(&run.draws)),
                _ => (spec.other_revenue.as_ref()).map_or(0.0, |usd| usd.draw(&run.draws)),
            };
            revenue * spec.other_compute_share.draw(&run.draws)
                / run.start.parameters.rent.contract
                / 365.25
                * growth.exp()
                * run.days(month)
        })
        .sum()
}

fn labs(run: &Run<'_>, check: &mut Check) {
    let scenario = run.scenario();
    let catalog = &run.simulation.catalog;
    let models = |lab: usize| &catalog.models_of[LabId::from_index(lab)];
    let name = |model: &ModelId| scenario.model[model.index()].name.text.as_str();
    let sum = |lab: usize, month: usize, column: Column| -> f64 {
        let models = models(lab).iter();
        models.map(|model| run.at(month, name(model), column)).sum()
    };
    let mut burn = vec![0.0; scenario.lab.len()];
    for (month, index, lab) in run.rows("labs") {
        let mut row = check.row(run, month, lab);
        let usage = sum(index, month, ModelRow::spend_usd);
        row.equal(LabRow::usage_usd, usage);
        row.equal(
            LabRow::usage_share,
            ratio(usage, run.sum(month, ModelRow::spend_usd)),
        );
        let model = run.got(month, lab, &[Flow::ModelUsage, Flow::ChannelShare]);
        let other = run.got(month, lab, &[Flow::OtherRevenue]);
        row.money(LabRow::model_revenue_usd, model);
        row.money(LabRow::other_revenue_usd, other);
        let year = 365.25 / run.days(month);
        row.equal(LabRow::run_rate_usd, (model + other).to_f64() * year);
        row.money(
            LabRow::compute_paid_usd,
            run.paid(month, lab, &[Flow::ServingCompute, Flow::TrainingCompute]),
        );
        row.money(
            LabRow::channel_paid_usd,
            run.paid(month, lab, &[Flow::ChannelShare]),
        );
        row.money(
            LabRow::overhead_usd,
            run.paid(month, lab, &[Flow::Overhead]),
        );
        row.money(
            LabRow::equity_raised_usd,
            run.got(month, lab, &[Flow::Equity]),
        );
        row.money(
            LabRow::interest_usd,
            run.paid(month, lab, &[Flow::Interest]),
        );
        row.money(
            LabRow::take_or_pay_usd,
            run.paid(month, lab, &[Flow::TakeOrPay]),
        );
        // Stocks are sums of flows.
        let account = run.start.books.accounts.labs[index];
        let so_far = |of: &dyn Fn(usize) -> Usd| (0..=month).map(of).sum::<Usd>();
        let cash = run.start.books.ledger.balance(account)
            + so_far(&|month| run.got(month, lab, &Flow::ALL))
            - so_far(&|month| run.paid(month, lab, &Flow::ALL));
        row.money(LabRow::cash_usd, cash);
        // Cash burnt is what is gone and what investors and lenders have put in.
        let before = match month {
            0 => run.start.books.ledger.balance(account).to_f64(),
            _ => run.at(month - 1, lab, LabRow::cash_usd),
        };
        let funds = run.got(month, lab, &[Flow::Equity, Flow::Loan]).to_f64();
        row.near(LabRow::burn_usd, before - cash.to_f64() + funds, 1e-3);
        row.money(
            LabRow::debt_usd,
            so_far(&|month| run.got(month, lab, &[Flow::Loan])),
        );
        row.equal(
            LabRow::releases,
            run.events(&["release"], lab, month).len() as f64,
        );
        row.equal(LabRow::valuation_usd, run.valuation(index, month));
        if run.trades(lab, month) {
            let credits = run.got(month, lab, &[Flow::DeliveryCredit]);
            let used =
                (run.paid(month, lab, &Flow::ALL) - credits).to_f64() - run.income(month, lab);
            burn[index] = match month {
                0 => used,
                _ => 0.5 * burn[index] + 0.5 * used,
            };
        }
        let runway = if burn[index] > 0.0 {
            (cash.to_f64() / burn[index]).clamp(0.0, 120.0)
        } else {
            120.0
        };
        row.equal(LabRow::runway_months, runway);
        // Distress and closure follow from events.
        let happened = |kind: &str| {
            let past = run.events(&[kind], lab, month);
            past.last().map(|(time, _)| *time)
        };
        let [distress, recovery] = [happened("distress"), happened("recovery")];
        let is_closed = happened("exit").is_some();
        let is_distressed = distress > recovery && !is_closed;
        row.equal(LabRow::is_distressed, f64::from(u8::from(is_distressed)));
        row.equal(LabRow::is_closed, f64::from(u8::from(is_closed)));
        let shares = run.entities("clouds").iter();
        let largest = shares
            .map(|cloud| run.at(month, &format!("{lab}|{cloud}"), HostRow::share))
            .fold(0.0, f64::max);
        row.equal(LabRow::largest_host_share, largest);
        row.equal(LabRow::perceived_risk, run.perceived_risk(lab, month));
        // Prices.
        let factors = models(index).iter().map(|model| {
            run.price_of_work(month, *model) / run.start.state.models[*model].list_price_at_start
        });
        let mean = factors
            .product::<f64>()
            .powf(1.0 / models(index).len() as f64);
        row.near(LabRow::price_index, mean, 1e-9 * mean);
        let mtok = sum(index, month, ModelRow::mtok);
        row.equal(LabRow::mtok, mtok);
        row.equal(LabRow::price_paid_usd_per_mtok, ratio(usage, mtok));
        let others = run.entities("labs").iter().filter(|other| *other != lab);
        let has_rivals = others
            .map(|other| run.at(month, other, LabRow::mtok))
            .any(|mtok| mtok > 0.0);
        // Demand rises as the price falls.
        let sells = mtok > 0.0 && has_rivals && !is_closed;
        let most = if sells { -0.01 } else { 0.0 };
        row.bounded(LabRow::own_elasticity, -100.0, most);
        // The pressure is negative if the rival sells below the cost of compute, and above one if it is far dearer.
        row.bounded(LabRow::stake_pressure, -5.0, 5.0);
    }
    for month in 0..run.months() {
        undercut_proof(run, check, month);
    }
}

/// Checks undercut-proof switching costs (Shy 2002): no firm gains by undercutting its rival. The rival is the smallest
/// firm, and for the smallest firm the largest.
fn undercut_proof(run: &Run<'_>, check: &mut Check, month: usize) {
    let value = |lab: &str, column| run.at(month, lab, column);
    let selling: Vec<&str> = (run.entities("labs").iter().map(String::as_str))
        .filter(|lab| value(lab, LabRow::mtok) > 0.0)
        .collect();
    let by_size = |a: &&&str, b: &&&str| value(a, LabRow::mtok).total_cmp(&value(b, LabRow::mtok));
    let smallest = selling.iter().min_by(by_size);
    let largest = selling.iter().max_by(by_size);
    for lab in run.entities("labs") {
        let mut row = check.row(run, month, lab);
        if !selling.contains(&lab.as_str()) {
            row.equal(LabRow::undercut_proof_usd_per_mtok, 0.0);
            continue;
        }
        let is_smallest = smallest.is_some_and(|smallest| *smallest == lab);
        let rival = if is_smallest { largest } else { smallest };
        let rival = rival.expect("a lab sells");
        let (price, tokens) = (LabRow::price_paid_usd_per_mtok, LabRow::mtok);
        let part = value(rival, tokens) / (value(rival, tokens) + value(lab, tokens));
        row.equal(
            LabRow::undercut_proof_usd_per_mtok,
            value(lab, price) - part * value(rival, price),
        );
    }
}

fn models(run: &Run<'_>, check: &mut Check) {
    let scenario = run.scenario();
    let catalog = &run.simulation.catalog;
    let premium = run.start.parameters.stateful.expect("the baseline").premium;
    for (month, index, model) in run.rows("models") {
        let id = ModelId::from_index(index);
        let spec = &scenario.model[index];
        let lab = catalog.lab_of[id];
        let mut row = check.row(run, month, model);
        let mtok = row.value(ModelRow::mtok);
        let paid = mtok * run.paid_price(month, id);
        if run.case == Case::Still {
            let price = if scenario.lab[lab.index()].pricing == PricePolicy::CostPlus {
                let hosts = run.entities("clouds").iter().zip(&scenario.cloud);
                let margin: f64 = hosts
                    .map(|(cloud, spec)| {
                        let entity = format!("{}|{cloud}", scenario.lab[lab.index()].name.text);
                        run.at(month, &entity, HostRow::share)
                            * spec.hosting_margin.draw(&run.draws)
                    })
                    .sum();
                let tier = &run.start.parameters.tiers[catalog.tier_of[id]];
                run.start.parameters.rent.contract * tier.compute / (1.0 - margin) / tier.realised
            } else {
                let input = scenario.demand.input_share.draw(&run.draws);
                spec.price_in.draw(&run.draws) * input
                    + spec.price_out.draw(&run.draws) * (1.0 - input)
            };
            row.equal(ModelRow::list_price_usd_per_mtok, price);
            row.equal(ModelRow::spend_usd, paid);
            row.bounded(
                ModelRow::mtok,
                0.0,
                run.at(month, "market", MarketRow::mtok),
            );
        } else {
            // A release or a review within the month makes its prices differ from those at its end.
            let usual = run.start.state.models[id].list_price_at_start;
            row.bounded(
                ModelRow::list_price_usd_per_mtok,
                0.01 * usual,
                20.0 * usual,
            );
            row.bounded(
                ModelRow::spend_usd,
                0.05 * paid,
                20.0 * (1.0 + premium) * paid,
            );
            row.bounded(
                ModelRow::mtok,
                0.0,
                run.at(month, "market", MarketRow::mtok),
            );
        }
    }
    for month in 0..run.months() {
        let sales: Usd = (run.flows(month))
            .filter(|line| SALES.contains(&line.kind))
            .map(|line| line.usd)
            .sum();
        check.total(run, month, ModelRow::spend_usd, sales.to_f64(), 1.0);
        let all = run.at(month, "market", MarketRow::mtok);
        let own = match catalog.self_host {
            Some(_) => run.at(month, SELF_HOST, OfferRow::mtok),
            None => 0.0,
        };
        check.total(run, month, ModelRow::mtok, all - own, 1e-9 * all);
    }
}

fn offers(run: &Run<'_>, check: &mut Check) {
    let scenario = run.scenario();
    let catalog = &run.simulation.catalog;
    for (month, index, name) in run.rows("offers") {
        let offer = catalog.offers.iter().nth(index).expect("an offer");
        assert_eq!(offer.name, name, "offers are in the order of the catalog");
        let mut row = check.row(run, month, name);
        let mtok = row.value(OfferRow::mtok);
        if let Some(router) = scenario.router.iter().find(|spec| spec.name.text == *name) {
            let router = &router.name.text;
            row.equal(
                OfferRow::spend_usd,
                run.at(month, router, RouterRow::routed_usd),
            );
            row.equal(
                OfferRow::mtok,
                run.at(month, router, RouterRow::routed_mtok),
            );
            continue;
        }
        if name == SELF_HOST {
            let own = scenario.self_host.as_ref().expect("self-hosting");
            let rent: Usd = (run.flows(month))
                .filter(|line| line.kind == Flow::SelfHostRental)
                .map(|line| line.usd)
                .sum();
            let spend = rent.to_f64() * (1.0 + own.engineering.draw(&run.draws));
            row.near(OfferRow::spend_usd, spend, 1e-2);
            continue;
        }
        // A direct offer sells one lab's models, at prices between the lab's least and greatest.
        let lab = offer.lab.expect("a direct offer has a lab");
        let prices = catalog.models_of[lab]
            .iter()
            .map(|model| run.paid_price(month, *model));
        let (low, high) = prices.fold((f64::INFINITY, 0.0_f64), |(low, high), price| {
            (low.min(price), high.max(price))
        });
        let slack = match run.case {
            Case::Still => 1.0,
            _ => 20.0,
        };
        row.bounded(OfferRow::spend_usd, mtok * low / slack, mtok * high * slack);
        row.bounded(
            OfferRow::mtok,
            0.0,
            run.at(month, "market", MarketRow::mtok),
        );
    }
    for month in 0..run.months() {
        let all = run.at(month, "market", MarketRow::mtok);
        check.total(run, month, OfferRow::mtok, all, 1e-9 * all);
        let sales: Usd = (run.flows(month))
            .filter(|line| SALES.contains(&line.kind))
            .map(|line| line.usd)
            .sum();
        let own = match catalog.self_host {
            Some(_) => run.at(month, SELF_HOST, OfferRow::spend_usd),
            None => 0.0,
        };
        check.total(run, month, OfferRow::spend_usd, sales.to_f64() + own, 1.0);
    }
}

fn hosts(run: &Run<'_>, check: &mut Check) {
    commitments::hosts(run, check);
    let scenario = run.scenario();
    for (month, index, entity) in run.rows("hosts") {
        let (lab, cloud) = entity.split_once('|').expect("a lab at a cloud");
        let shares = run.entities("clouds").iter();
        let total: f64 = shares
            .map(|cloud| run.at(month, &format!("{lab}|{cloud}"), HostRow::share))
            .sum();
        let spec = &scenario.lab[index / scenario.cloud.len()];
        let mut row = check.row(run, month, entity);
        let drawn = |cloud: usize| {
            let share = spec.hosts.get(CloudId::from_index(cloud));
            share.map_or(0.0, |share| share.draw(&run.draws))
        };
        let all: f64 = (0..scenario.cloud.len()).map(drawn).sum();
        let enters = scenario.entry.iter().any(|entry| entry.lab.text == lab);
        if run.case == Case::Still && !enters {
            row.equal(
                HostRow::share,
                ratio(drawn(index % scenario.cloud.len()), all),
            );
            let is_short = |cloud: &String| run.at(month, cloud, CloudRow::unserved_share) > 0.0;
            if month > 0 && !run.entities("clouds").iter().any(is_short) {
                // Training is bought from the hosts as they stood at the end of the last month.
                let paid = |cloud: &str| {
                    let to = run.account(cloud);
                    let from = run.account(lab);
                    let lines = run.flows(month).filter(|line| {
                        line.payer == from && line.payee == to && line.kind == Flow::TrainingCompute
                    });
                    lines.map(|line| line.usd).sum::<Usd>().to_f64()
                };
                let clouds = run.entities("clouds").iter();
                let bought: f64 = clouds.map(|cloud| paid(cloud)).sum();
                if bought > 0.0 {
                    row.near(HostRow::share, paid(cloud) / bought, 1e-9);
                }
            }
        } else {
            row.bounded(HostRow::share, 0.0, 1.0);
        }
        if total > 0.0 {
            let share = row.value(HostRow::share);
            row.near(HostRow::share, share / total, 1e-9);
        }
    }
}

fn routers(run: &Run<'_>, check: &mut Check) {
    let scenario = run.scenario();
    let catalog = &run.simulation.catalog;
    let p = &run.start.parameters;
    for (month, index, router) in run.rows("routers") {
        let id = RouterId::from_index(index);
        let spec = &scenario.router[index];
        let mut row = check.row(run, month, router);
        let routed = run.at(month, router, OfferRow::spend_usd);
        let mtok = run.at(month, router, OfferRow::mtok);
        row.equal(RouterRow::routed_usd, routed);
        row.equal(RouterRow::routed_mtok, mtok);
        let take_rate = spec.take_rate.draw(&run.draws);
        row.equal(RouterRow::take_rate, take_rate);
        let account = match &spec.cloud {
            Some(cloud) => Some(&cloud.text),
            None => Some(router.to_owned())
                .filter(|name| run.panel.accounts.contains(name))
                .map(|_| &spec.name.text),
        };
        let fee = account.map_or(Usd::ZERO, |name| run.got(month, name, &[Flow::RoutingFee]));
        row.near(RouterRow::fee_usd, fee.to_f64(), 1e-2);
        row.bounded(RouterRow::fee_usd, 0.0, take_rate * routed);
        let steering = spec.steering.draw(&run.draws);
        row.equal(RouterRow::steering, steering);
        // Own models and steering.
        let own = row.value(RouterRow::first_party_share);
        let neutral = row.value(RouterRow::neutral_first_party_share);
        if steering > 10.0 && mtok > 0.0 {
            row.bounded(RouterRow::first_party_share, 0.99, 1.0);
            row.bounded(RouterRow::neutral_first_party_share, 0.0, 0.9);
        } else if steering > 0.0 {
            row.bounded(RouterRow::first_party_share, neutral, 1.0);
            row.bounded(RouterRow::neutral_first_party_share, 0.0, own);
        } else {
            row.equal(RouterRow::first_party_share, neutral);
            row.bounded(RouterRow::neutral_first_party_share, 0.0, 1.0);
        }
        if spec.cloud.is_none() {
            row.equal(RouterRow::first_party_share, 0.0);
        }
        // Quality lost per token is below the bias. A unit of utility is worth the price paid over the sensitivity of some
        // group.
        row.bounded(RouterRow::quality_loss, 0.0, steering);
        let lost = row.value(RouterRow::quality_loss) * mtok;
        // Overwhelming steering leaves the operator's own models only. Prices may move within the month.
        let operator = spec.cloud.as_ref().map(Ref::id);
        let is_sold = |lab: &LabId| steering <= 10.0 || catalog.owner[*lab] == operator;
        let models = (catalog.lab_of.enumerate()).filter(|(_, lab)| is_sold(lab));
        let months = [month.saturating_sub(1), month];
        let (least, greatest) =
            range(models.flat_map(|(model, _)| months.map(|month| run.paid_price(month, model))));
        let (weakest, strongest) = range(p.sensitivity.iter().copied());
        row.bounded(
            RouterRow::steering_cost_usd,
            lost * least / strongest,
            lost * greatest / weakest,
        );
        if steering == 0.0 || mtok == 0.0 {
            row.equal(RouterRow::own_gain_usd, 0.0);
            row.equal(RouterRow::rival_loss_usd, 0.0);
        }
        // A token moved by steering is worth the price of an own model to the operator, and of a rival's model to
        // rivals.
        let lanes = &catalog.offers[catalog.router_offer[id]].lanes;
        let price = |is_own: bool| {
            let lanes = lanes.iter().map(|lane| &catalog.lanes[*lane]);
            let lanes = lanes.filter(|lane| {
                let owner = catalog.owner[lane.lab];
                (owner.is_some() && owner == catalog.router_cloud[id]) == is_own
            });
            range(lanes.map(|lane| run.paid_price(month, lane.model)))
        };
        let moved = mtok * (own - neutral);
        let slack = match run.case {
            Case::Still => 1.0 + 1e-9,
            _ => 20.0,
        };
        if steering > 0.0 && moved > 0.0 {
            let ((low, high), (least, greatest)) = (price(true), price(false));
            row.bounded(
                RouterRow::own_gain_usd,
                moved * low / slack,
                moved * high * slack,
            );
            row.bounded(
                RouterRow::rival_loss_usd,
                moved * least / slack,
                moved * greatest * slack,
            );
        }
        // Users of a router pay at least the fixed cost of leaving.
        let fixed = run.fixed_cost(Move::Cloud);
        if routed == 0.0 {
            row.bounded(RouterRow::months_to_leave, 0.0, 1e3);
        } else if run.case == Case::Frozen {
            row.equal(RouterRow::months_to_leave, fixed);
        } else {
            row.bounded(RouterRow::months_to_leave, 0.0, 1e3);
        }
        if row.value(RouterRow::months_to_leave) != 0.0 {
            row.bounded(RouterRow::months_to_leave, fixed, 1e3);
        }
    }
}

/// Returns the least and the greatest of some numbers.
fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    })
}

/// Returns the spend of a segment on self-hosting, USD.
fn self_hosting(run: &Run<'_>, month: usize, segment: &str) -> f64 {
    let account = format!("enterprises:{segment}");
    let rent = run.paid(month, &account, &[Flow::SelfHostRental]).to_f64();
    let own = run.scenario().self_host.as_ref().expect("the baseline");
    rent * (1.0 + own.engineering.draw(&run.draws))
}

/// Returns the spend of a segment on models and fees, USD.
fn hosted(run: &Run<'_>, month: usize, segment: &str) -> f64 {
    let account = format!("enterprises:{segment}");
    let mut usd =
        run.paid(month, &account, &SALES) + run.paid(month, &account, &[Flow::RoutingFee]);
    for credit in &run.scenario().credit {
        if credit.segment.text == segment {
            usd += run.paid(month, &format!("credits:{}", credit.cloud.text), &Flow::ALL);
        }
    }
    usd.to_f64()
}

/// Returns the share of a segment's spend on models and fees that buys models with operations, from integrators' fees.
fn bundled(run: &Run<'_>, month: usize, segment: &str) -> f64 {
    let payer = run.account(&format!("enterprises:{segment}"));
    let integrators = run.scenario().integrator.iter();
    let shares = integrators.map(|spec| {
        let payee = run.account(&spec.name.text);
        let fees = run.flows(month).filter(|line| {
            line.payer == payer && line.payee == payee && line.kind == Flow::BundleFee
        });
        let fees = fees.map(|line| line.usd).sum::<Usd>().to_f64();
        fees / run.at(month, &spec.name.text, IntegratorRow::fee) / hosted(run, month, segment)
    });
    shares.sum()
}

fn segments(run: &Run<'_>, check: &mut Check) {
    let slots = run.start.parameters.dims.slots() as f64;
    let labs = run.scenario().lab.len() as f64;
    let market = |month, column| run.at(month, "market", column);
    let customers = run.customers();
    for (month, index, segment) in run.rows("segments") {
        let account = format!("enterprises:{segment}");
        let mut row = check.row(run, month, segment);
        let workloads = row.value(SegmentRow::workloads);
        if run.case == Case::Frozen {
            let of_segment = || {
                customers
                    .iter()
                    .filter(|customer| customer.segment == index)
            };
            let sum = |of: fn(&Customer) -> f64| -> f64 {
                of_segment()
                    .map(|customer| customer.weight * of(customer))
                    .sum()
            };
            let enterprises = sum(|_| 1.0);
            row.equal(SegmentRow::enterprises, enterprises);
            row.equal(SegmentRow::workloads, sum(|customer| customer.workloads));
            let [least, most] = [
                sum(|customer| customer.labs[0]),
                sum(|customer| customer.labs[1]),
            ];
            row.bounded(
                SegmentRow::labs_per_enterprise,
                ratio(least, enterprises),
                ratio(most, enterprises),
            );
        }
        row.bounded(SegmentRow::enterprises, workloads / slots, workloads);
        if month > 0 {
            let before = run.at(month - 1, segment, SegmentRow::workloads);
            let adopted = row.value(SegmentRow::adoptions);
            row.near(SegmentRow::workloads, before + adopted, 1e-9 * workloads);
            row.near(SegmentRow::adoptions, workloads - before, 1e-9 * workloads);
        } else {
            row.bounded(SegmentRow::adoptions, 0.0, workloads);
        }
        let (hosted, own) = (
            hosted(run, month, segment),
            self_hosting(run, month, segment),
        );
        row.near(SegmentRow::spend_usd, hosted + own, 0.1);
        let price = market(month, MarketRow::spend_usd) / market(month, MarketRow::mtok);
        row.bounded(
            SegmentRow::mtok,
            (hosted + own) / price / 10.0,
            (hosted + own) / price * 10.0,
        );
        match run.case {
            Case::Frozen => row.near(
                SegmentRow::unserved_mtok,
                0.0,
                1e-12 * row.value(SegmentRow::mtok),
            ),
            _ => row.bounded(
                SegmentRow::unserved_mtok,
                0.0,
                10.0 * row.value(SegmentRow::mtok),
            ),
        }
        // Moves.
        let moves = [
            SegmentRow::moves_model,
            SegmentRow::moves_router,
            SegmentRow::moves_cloud,
            SegmentRow::moves_self_host,
        ];
        let interval = run.start.parameters.choice.review_interval;
        row.bounded(SegmentRow::reviews, 0.0, 6.0 * workloads / interval);
        if month > 0 && workloads > 0.0 {
            row.bounded(SegmentRow::reviews, 0.05 * workloads / interval, 1e18);
        }
        let reviews = row.value(SegmentRow::reviews);
        for column in moves {
            match (run.case, column.measure) {
                (Case::Frozen, _) | (Case::Still, "moves_self_host") => row.equal(column, 0.0),
                _ => row.bounded(column, 0.0, reviews),
            }
        }
        let has_released =
            (run.entities("labs").iter()).any(|lab| run.at(month, lab, LabRow::releases) > 0.0);
        let most = if has_released { reviews } else { 0.0 };
        row.bounded(SegmentRow::upgrades, 0.0, most);
        // Money for moves. Other labour keeps gateways and self-hosted models running.
        let moved = run.paid(
            month,
            &account,
            &[Flow::Integration, Flow::Egress, Flow::Forfeited],
        );
        let labour = run.paid(month, &account, &[Flow::Labour]);
        match run.case {
            Case::Still => row.money(SegmentRow::switching_paid_usd, moved + labour),
            Case::Frozen => row.money(SegmentRow::switching_paid_usd, moved),
            _ => row.bounded(
                SegmentRow::switching_paid_usd,
                moved.to_f64(),
                (moved + labour).to_f64(),
            ),
        }
        row.near(SegmentRow::bundle_share, bundled(run, month, segment), 1e-9);
        row.money(
            SegmentRow::sla_credit_usd,
            run.got(month, &account, &[Flow::SlaCredit]),
        );
        row.bounded(SegmentRow::labs_per_enterprise, 0.5, labs);
        // A surplus is of the order of the spend; its level is arbitrary.
        let spend = row.value(SegmentRow::spend_usd);
        let (least, most) = (1e-3 * spend, 100.0 * spend);
        if row.value(SegmentRow::surplus_usd) < 0.0 {
            row.bounded(SegmentRow::surplus_usd, -most, -least);
        } else {
            row.bounded(SegmentRow::surplus_usd, least, most);
        }
    }
    for month in 0..run.months() {
        let mut total = |column, expected: f64| {
            check.total(run, month, column, expected, 1e-9 * expected.abs() + 1e-9);
        };
        total(SegmentRow::spend_usd, market(month, MarketRow::spend_usd));
        total(SegmentRow::mtok, market(month, MarketRow::mtok));
        let missing = market(month, MarketRow::unserved_share);
        total(
            SegmentRow::unserved_mtok,
            missing / (1.0 - missing) * market(month, MarketRow::mtok),
        );
        let workloads = run.sum(month, SegmentRow::workloads);
        let moves = [
            (SegmentRow::moves_model, MarketRow::model_switch_rate),
            (SegmentRow::moves_cloud, MarketRow::cloud_switch_rate),
        ];
        for (column, rate) in moves {
            total(column, market(month, rate) * workloads / 12.0);
        }
    }
}

fn switching(run: &Run<'_>, check: &mut Check) {
    let cells = &run.panel.switching;
    let customers = run.customers();
    for (month, index, name) in run.rows("switching") {
        let kind = Move::ALL[index];
        assert_eq!(kind.name(), name, "moves are in their order");
        let mut row = check.row(run, month, name);
        // A mean lies between the least and the greatest of its cells.
        for column in [
            SwitchingRow::cost_usd,
            SwitchingRow::cost_spend_weighted_usd,
            SwitchingRow::months_of_spend,
        ] {
            let of_kind = cells
                .entities
                .chunks(Cause::ALL.len())
                .filter(|cell| cell[0].split('|').nth(2) == Some(name));
            let sums = of_kind.map(|cell| -> f64 {
                let causes = cell.iter();
                causes.map(|entity| cells.at(month, entity, column)).sum()
            });
            let (low, high) = range(sums.filter(|sum| *sum > 0.0));
            row.bounded(column, low, high);
        }
        // The cost in dollars over the cost in months is the monthly spend of an enterprise, for any kind of move.
        let months = row.value(SwitchingRow::months_of_spend);
        let spend = row.value(SwitchingRow::cost_usd) / months;
        let of_first = run.at(month, Move::Model.name(), SwitchingRow::cost_usd)
            / run.at(month, Move::Model.name(), SwitchingRow::months_of_spend);
        row.equal(SwitchingRow::cost_usd, months * of_first);
        row.equal(
            SwitchingRow::months_of_spend,
            row.value(SwitchingRow::cost_usd) / of_first,
        );
        let all =
            run.at(month, "market", MarketRow::spend_usd) / run.sum(month, SegmentRow::enterprises);
        row.bounded(
            SwitchingRow::cost_usd,
            0.6 * all * months,
            // The spend that a move is measured by counts tokens that were not served.
            1.6 * all * months / (1.0 - run.at(month, "market", MarketRow::unserved_share)),
        );
        let fixed = run.fixed_cost(kind);
        if run.case == Case::Frozen {
            row.equal(SwitchingRow::months_of_spend, fixed);
            // The expected values are means of cells, weighted by enterprises and by spend.
            let (mut usd, mut weighted_usd, mut spend) = (0.0, 0.0, 0.0);
            let mut cells_of_kind = cells
                .entities
                .chunks(Cause::ALL.len())
                .filter(|cell| cell[0].split('|').nth(2) == Some(name));
            for segment in 0..run.scenario().segment.len() {
                for home in 0..run.scenario().cloud.len() {
                    let cell = cells_of_kind.next().expect("a cell");
                    let sum = |column| -> f64 {
                        cell.iter()
                            .map(|entity| cells.at(month, entity, column))
                            .sum()
                    };
                    let here = customers
                        .iter()
                        .filter(|customer| (customer.segment, customer.home) == (segment, home));
                    let here: f64 = here.map(|customer| customer.weight).sum();
                    let cost = sum(SwitchingRow::cost_usd);
                    let bought = here * ratio(cost, sum(SwitchingRow::months_of_spend));
                    usd += here * cost;
                    weighted_usd += bought * sum(SwitchingRow::cost_spend_weighted_usd);
                    spend += bought;
                }
            }
            let all: f64 = customers.iter().map(|customer| customer.weight).sum();
            row.equal(SwitchingRow::cost_usd, usd / all);
            row.equal(SwitchingRow::cost_spend_weighted_usd, weighted_usd / spend);
            let first = Move::Model;
            let weighted = run.at(month, first.name(), SwitchingRow::cost_spend_weighted_usd)
                / run.fixed_cost(first);
            row.equal(SwitchingRow::cost_spend_weighted_usd, fixed * weighted);
        }
        // Spend is concentrated: weighted by spend, the mean workload is larger than weighted by number.
        row.bounded(SwitchingRow::months_of_spend, fixed, 1e4);
        row.bounded(
            SwitchingRow::cost_spend_weighted_usd,
            fixed * spend / run.start.parameters.dims.slots() as f64,
            1e18,
        );
    }
    for month in (0..run.months()).filter(|_| run.case == Case::Frozen) {
        for entity in &cells.entities {
            let months = cells.at(month, entity, SwitchingRow::months_of_spend);
            let usd = cells.at(month, entity, SwitchingRow::cost_usd);
            let parts: Vec<&str> = entity.split('|').collect();
            let kind = Move::ALL.into_iter().find(|kind| kind.name() == parts[2]);
            let terms = run.start.parameters.moves[kind.expect("a move") as usize];
            let expected = if parts[3] == Cause::Inertia.name() {
                terms.inertia_months
            } else if parts[3] == Cause::ParallelRunning.name() {
                terms.parallel_months
            } else {
                0.0
            };
            let holds = months == 0.0 && usd == 0.0 || (months - expected).abs() < 1e-9;
            let text = format!("month {month}, {entity}: {months}, not {expected}");
            check.hold(("switching", "cells"), holds, &text);
        }
    }
}

fn market(run: &Run<'_>, check: &mut Check) {
    commitments::market(run, check);
    let scenario = run.scenario();
    let catalog = &run.simulation.catalog;
    let p = &run.start.parameters;
    let by = |month: usize, column: Column| -> Vec<f64> {
        let entities = run.entities(column.table).iter();
        entities
            .map(|entity| run.at(month, entity, column))
            .collect()
    };
    for month in 0..run.months() {
        let mut row = check.row(run, month, "market");
        let end = run.end(month);
        let years = end.days() / 365.25;
        let spend: f64 = (run.entities("segments").iter())
            .map(|segment| hosted(run, month, segment) + self_hosting(run, month, segment))
            .sum();
        row.near(MarketRow::spend_usd, spend, 1.0);
        let spend = row.value(MarketRow::spend_usd);
        row.equal(MarketRow::mtok, run.sum(month, SegmentRow::mtok));
        row.equal(
            MarketRow::hhi_cloud,
            concentration(&by(month, CloudRow::ai_revenue_usd)),
        );
        let usage = by(month, LabRow::usage_usd);
        row.equal(MarketRow::hhi_lab, concentration(&usage));
        let routed = by(month, RouterRow::routed_usd);
        row.equal(MarketRow::hhi_router, concentration(&routed));
        row.equal(
            MarketRow::routed_share,
            ratio(routed.iter().sum(), run.sum(month, OfferRow::spend_usd)),
        );
        let (mut own, mut all) = (0.0, 0.0);
        for spec in scenario.router.iter().filter(|spec| spec.cloud.is_some()) {
            let mtok = run.at(month, &spec.name.text, RouterRow::routed_mtok);
            own += mtok * run.at(month, &spec.name.text, RouterRow::first_party_share);
            all += mtok;
        }
        row.equal(MarketRow::first_party_share, ratio(own, all));
        let self_hosted = run.at(month, SELF_HOST, OfferRow::spend_usd);
        row.equal(MarketRow::self_host_share, self_hosted / spend);
        let of_runtime = |runtime: Runtime, column: Column| -> f64 {
            let offers = catalog
                .offers
                .iter()
                .filter(|offer| offer.runtime == runtime);
            let hosted = offers.filter(|offer| offer.name != SELF_HOST);
            hosted.map(|offer| run.at(month, &offer.name, column)).sum()
        };
        let stateful = of_runtime(Runtime::Stateful, OfferRow::spend_usd);
        row.equal(MarketRow::stateful_share, stateful / spend);
        let open: f64 = (usage.iter().zip(catalog.is_open.iter()))
            .filter(|(_, is_open)| **is_open)
            .map(|(usd, _)| usd)
            .sum();
        row.equal(MarketRow::open_weight_share, (open + self_hosted) / spend);
        let (served, missing) = (
            run.sum(month, SegmentRow::mtok),
            run.sum(month, SegmentRow::unserved_mtok),
        );
        row.near(
            MarketRow::unserved_share,
            missing / (served + missing),
            1e-9,
        );
        row.equal(
            MarketRow::circular_share,
            run.sum(month, CloudRow::circular_usd) / run.sum(month, CloudRow::ai_revenue_usd),
        );
        if let Some(holdings) = run.holdings(month) {
            row.near(
                MarketRow::hhi_delta_lab,
                added(run, &holdings, &usage),
                1e-6,
            );
        } else {
            row.bounded(MarketRow::hhi_delta_lab, 0.0, 1e4);
        }
        // Margins if every token uses equal compute at equal rents.
        for (column, runtime, more) in [
            (
                MarketRow::stateful_margin,
                Runtime::Stateful,
                p.stateful.expect("the baseline").overhead,
            ),
            (MarketRow::stateless_margin, Runtime::Stateless, 0.0),
        ] {
            if run.case == Case::Still {
                let hours = of_runtime(runtime, OfferRow::mtok) * p.tiers[0].compute * (1.0 + more);
                let usd = of_runtime(runtime, OfferRow::spend_usd);
                row.equal(column, 1.0 - hours * p.rent.contract / usd);
            } else {
                row.bounded(column, -20.0, 1.0);
            }
        }
        let workloads = run.sum(month, SegmentRow::workloads);
        let moves = |column| run.sum(month, column) * 12.0 / workloads;
        row.equal(MarketRow::model_switch_rate, moves(SegmentRow::moves_model));
        row.equal(MarketRow::cloud_switch_rate, moves(SegmentRow::moves_cloud));
        match run.case {
            Case::Frozen => row.equal(MarketRow::stateful_exit_rate, 0.0),
            _ => row.bounded(MarketRow::stateful_exit_rate, 0.0, 12.0),
        }
        // Capability.
        let rules = p.stateful.expect("the baseline");
        let pace = (scenario.lab.iter())
            .filter(|spec| {
                let has_closed = !run.events(&["exit"], &spec.name.text, month).is_empty();
                run.trades(&spec.name.text, month) && !has_closed
            })
            .map(|spec| spec.progress.draw(&run.draws))
            .fold(0.0, f64::max);
        let odds = rules.score / (1.0 - rules.score) * (rules.score_progress * pace * years).exp();
        row.equal(MarketRow::agent_score, odds / (1.0 + odds));
        let open = p.openness.as_ref().expect("the baseline");
        let gaps = open.gap.iter().zip(&open.closing);
        let gaps = gaps.map(|(gap, closing)| (gap * (-closing * years).exp()).min(1.0));
        row.equal(
            MarketRow::open_gap,
            gaps.sum::<f64>() / scenario.task.len() as f64,
        );
        let parity: usize = (scenario.task.iter())
            .map(|task| run.events(&["open-parity"], &task.name.text, month).len())
            .sum();
        row.equal(MarketRow::parity_tasks, parity as f64);
        // Customers.
        let (mut bundles, mut sales) = (0.0, 0.0);
        for segment in run.entities("segments") {
            let account = format!("enterprises:{segment}");
            let fees = run.paid(month, &account, &[Flow::RoutingFee]).to_f64();
            let usd = hosted(run, month, segment) - fees;
            bundles += usd * run.at(month, segment, SegmentRow::bundle_share);
            sales += usd;
        }
        row.near(MarketRow::bundle_share, bundles / sales, 1e-9);
        let enterprises = run.sum(month, SegmentRow::enterprises);
        let labs: f64 = (run.entities("segments").iter())
            .map(|segment| {
                run.at(month, segment, SegmentRow::labs_per_enterprise)
                    * run.at(month, segment, SegmentRow::enterprises)
            })
            .sum::<f64>()
            / enterprises;
        if run.case == Case::Frozen {
            let customers = run.customers();
            let [least, most] = [0, 1].map(|side| {
                let several = customers
                    .iter()
                    .filter(|customer| customer.labs[side] >= 3.0);
                several.map(|customer| customer.weight).sum::<f64>() / enterprises
            });
            row.bounded(MarketRow::multi_lab_share, least, most);
        }
        let most = scenario.lab.len() as f64;
        row.bounded(
            MarketRow::multi_lab_share,
            ((labs - 2.0) / (most - 2.0)).max(0.0),
            labs / 3.0,
        );
        row.equal(MarketRow::remedies, run.sum(month, RegulatorRow::remedies));
        let before = match month {
            0 => 0.0,
            _ => run.at(month - 1, "market", MarketRow::price_residual),
        };
        match run.case {
            Case::Still => row.equal(MarketRow::price_residual, 0.0),
            _ => row.bounded(MarketRow::price_residual, before, 1e-6),
        }
        row.equal(
            MarketRow::months_to_leave_cloud,
            run.at(month, Move::Cloud.name(), SwitchingRow::months_of_spend),
        );
        // Lock-in as outsiders infer it.
        let total: f64 = usage.iter().sum();
        let yearly = row.value(MarketRow::model_switch_rate);
        let (mut loyalty, mut months, mut value) = (0.0, 0.0, 0.0);
        if yearly > 0.0 {
            let interval = p.choice.review_interval;
            let sellers: Vec<f64> = (usage.iter().filter(|usd| **usd > 0.0))
                .map(|usd| usd / total)
                .collect();
            loyalty = revealed_loyalty(&sellers, 1.0 - (-yearly).exp(), 12.0 / interval);
            let largest = (0..usage.len()).max_by(|a, b| usage[*a].total_cmp(&usage[*b]));
            let lab = &scenario.lab[largest.expect("a lab sells")].name.text;
            let others = 1.0 - run.at(month, lab, LabRow::usage_share);
            let elasticity = -run.at(month, lab, LabRow::own_elasticity);
            if elasticity > 0.0 {
                months = loyalty * others / elasticity * interval;
                let discount = (1.0 + p.switching.discount).powf(-interval);
                value = incumbency(loyalty, elasticity / others, 0.0, discount).value * interval;
            }
        }
        row.near(MarketRow::loyalty, loyalty, 1e-7);
        row.near(MarketRow::loyalty_months, months, 1e-6 * months);
        row.near(MarketRow::incumbency_months, value, 1e-6 * value);
        row.near(MarketRow::foregone_share, foregone(run, month), 1e-9);
        price_indices(run, check, month);
    }
}

/// Returns the points that common owners add to the HHI of labs: cross terms of shares, weighted by profit weights from
/// looked-through holdings.
fn added(run: &Run<'_>, holdings: &DMatrix<f64>, usage: &[f64]) -> f64 {
    let looked = look_through(holdings).expect("holdings have an end");
    let first = run.scenario().cloud.len();
    let total: f64 = usage.iter().sum();
    let mut points = 0.0;
    for a in 0..usage.len() {
        let small = (1.0 - holdings.column(first + a).sum()).max(0.0);
        let own = looked.column(first + a).norm_squared() + small * small;
        for b in (0..usage.len()).filter(|b| *b != a && own > 0.0) {
            let shared = looked.column(first + a).dot(&looked.column(first + b));
            points += 1e4 * shared / own * usage[a] / total * usage[b] / total;
        }
    }
    points
}

/// Returns the share of spend on models above the price of the cheapest model of the tier.
fn foregone(run: &Run<'_>, month: usize) -> f64 {
    let catalog = &run.simulation.catalog;
    let sold: Vec<(usize, f64, f64)> = (run.entities("models").iter().enumerate())
        .map(|(index, model)| {
            let tier = catalog.tier_of[ModelId::from_index(index)];
            let usd = run.at(month, model, ModelRow::spend_usd);
            (tier, usd, run.at(month, model, ModelRow::mtok))
        })
        .filter(|(_, _, mtok)| *mtok > 0.0)
        .collect();
    let above = sold.iter().map(|(tier, usd, mtok)| {
        let rivals = sold.iter().filter(|(other, _, _)| other == tier);
        let cheapest = rivals
            .map(|(_, usd, mtok)| usd / mtok)
            .fold(f64::INFINITY, f64::min);
        usd - cheapest * mtok
    });
    above.sum::<f64>() / sold.iter().map(|(_, usd, _)| usd).sum::<f64>()
}

/// Checks that the price index of a task and tier lies within the price changes of the tier's models.
fn price_indices(run: &Run<'_>, check: &mut Check, month: usize) {
    let table = run.panel.table("market");
    let catalog = &run.simulation.catalog;
    for task in &run.scenario().task {
        for (index, tier) in run.scenario().tier.iter().enumerate() {
            let name = format!("price_index_{}_{}", task.name.text, tier.name.text);
            let value = table.value(month, "market", &name.replace('-', "_"));
            let of_tier = catalog
                .tier_of
                .enumerate()
                .filter(|(_, tier)| **tier == index);
            let (low, high) = range(of_tier.map(|(model, _)| {
                run.price_of_work(month, model) / run.start.state.models[model].list_price_at_start
            }));
            let slack = 1e-9;
            let holds = (low - slack..=high + slack).contains(&value);
            let text = format!("month {month}, {name}: {value}, not in {low}..{high}");
            check.hold(("market", "price_index"), holds, &text);
        }
    }
}

fn vendors(run: &Run<'_>, check: &mut Check) {
    commitments::vendors(run, check);
    for (month, index, vendor) in run.rows("vendors") {
        let mut row = check.row(run, month, vendor);
        let revenue = run.got(month, vendor, &[Flow::Silicon]);
        row.money(VendorRow::revenue_usd, revenue);
        let margin = run.scenario().vendor[index].gross_margin.draw(&run.draws);
        row.bounded(VendorRow::premium, 1.0, 1.5);
        let premium = row.value(VendorRow::premium);
        row.equal(
            VendorRow::gross_profit_usd,
            revenue.to_f64() * (1.0 - (1.0 - margin) / premium),
        );
        let mut output = run.start.state.vendors[index].output_at_start;
        for (cloud, name) in run.entities("clouds").iter().enumerate() {
            for (time, size) in run.events(&["delivery"], name, month) {
                output += run.silicon_shares(cloud, time)[index] * size;
            }
        }
        row.equal(VendorRow::output_h100e, output);
    }
}

fn integrators(run: &Run<'_>, check: &mut Check) {
    for (month, index, integrator) in run.rows("integrators") {
        let mut row = check.row(run, month, integrator);
        let fees = run.got(month, integrator, &[Flow::BundleFee]);
        let labour = run.got(month, integrator, &[Flow::Integration]);
        row.money(IntegratorRow::bundle_fee_usd, fees);
        row.money(IntegratorRow::labour_usd, labour);
        let spec = &run.scenario().integrator[index];
        let [cost, start] = [&spec.cost, &spec.fee].map(|share| share.draw(&run.draws));
        let fee = row.value(IntegratorRow::fee);
        let [fees, labour] = [fees, labour].map(Usd::to_f64);
        let margin = fees + labour - cost * (fees * start / fee + labour);
        row.near(IntegratorRow::margin_usd, margin, 1e-3);
        let segments = run.scenario().segment.iter();
        let spend: Vec<f64> = segments
            .map(|segment| hosted(run, month, &segment.name.text))
            .collect();
        let all: f64 = spend.iter().sum();
        row.near(IntegratorRow::reach, fees / fee / all, 1e-9);
        let attached = run.events(&["integrator-attached"], integrator, month);
        let first = spec
            .cloud
            .as_ref()
            .map_or(0, |cloud| cloud.id().index() + 1);
        // Customers see a new cloud from the end of the window in which it was chosen.
        let seen = |time: SimTime| run.end(month) - time >= run.simulation.window();
        let last = (attached.iter().rev().find(|(time, _)| seen(*time)))
            .map_or(first as f64, |(_, place)| *place);
        row.equal(IntegratorRow::attached_cloud, last);
        if spec.policy != Some(IntegratorPolicy::Reviewing) {
            row.equal(IntegratorRow::fee, start);
            continue;
        }
        // The fee explains the reach: the log odds of each segment's reach fall in proportion to the fee's rise.
        let numbers = &run.start.parameters.integrators[index];
        // The reach was published at some time of the month.
        let managed = |days: f64| -> f64 {
            let reached = numbers.reach.iter().zip(&spend).map(|(start_reach, usd)| {
                let grown = start_reach + numbers.growth * days / 365.25;
                let odds = grown / (1.0 - grown);
                let odds = odds * (-numbers.fee_sensitivity * (fee - start)).exp();
                usd * odds / (1.0 + odds)
            });
            reached.sum()
        };
        let end = run.end(month).days();
        let [low, high] = [end, end - run.days(month)].map(|days| fees / managed(days));
        row.bounded(IntegratorRow::fee, low, high);
    }
}

fn regulators(run: &Run<'_>, check: &mut Check) {
    let scenario = run.scenario();
    let strength = run
        .start
        .parameters
        .regulation
        .expect("the baseline")
        .strength;
    for (month, _, regulator) in run.rows("regulators") {
        let mut row = check.row(run, month, regulator);
        if strength == 0.0 || month == 0 {
            // The first review is on the day after the first month.
            row.equal(RegulatorRow::attention, 0.0);
        } else {
            row.bounded(RegulatorRow::attention, 0.0, 1.0);
        }
        let count = |kind: &str| run.events(&[kind], regulator, month).len() as f64;
        let (open, bound) = run.designations_of(regulator, month);
        let open = if strength > 0.0 { open } else { 0.0 };
        row.equal(
            RegulatorRow::cases,
            open + count("case-taken-up") - count("case-decided") - count("commitments"),
        );
        let remedies = (scenario.remedy.iter()).filter(|spec| spec.regulator.text == regulator);
        let in_force: usize = remedies
            .map(|spec| {
                run.events(&[spec.instrument.word()], &spec.name.text, month)
                    .len()
            })
            .sum();
        row.equal(RegulatorRow::remedies, in_force as f64 + bound);
    }
}

fn holders(run: &Run<'_>, check: &mut Check) {
    let scenario = run.scenario();
    let (clouds, labs) = (scenario.cloud.len(), scenario.lab.len());
    for month in 0..run.months() {
        let nodes = run.entities("holders");
        let own: Vec<f64> = (nodes.iter().enumerate())
            .map(|(index, name)| {
                if index < clouds {
                    run.at(month, name, CloudRow::gross_profit_usd)
                } else if index < clouds + labs {
                    let funds = [Flow::Equity, Flow::Loan];
                    let earned = run.got(month, name, &Flow::ALL) - run.got(month, name, &funds);
                    (earned - run.paid(month, name, &Flow::ALL)).to_f64()
                } else if index < clouds + labs + scenario.vendor.len() {
                    run.at(month, name, VendorRow::gross_profit_usd)
                } else {
                    0.0
                }
            })
            .collect();
        let size: f64 = own.iter().map(|usd| usd.abs()).sum();
        let values: Vec<f64> = (0..labs).map(|lab| run.valuation(lab, month)).collect();
        // Profit is neither lost nor counted twice on its way to the final owners.
        let sum = own.iter().sum();
        check.total(
            run,
            month,
            HolderRow::lookthrough_profit_usd,
            sum,
            1e-9 * size,
        );
        let holdings = run.holdings(month);
        for (index, name) in nodes.iter().enumerate() {
            let mut row = check.row(run, month, name);
            row.near(HolderRow::own_profit_usd, own[index], 1e-3);
            let Some(holdings) = &holdings else {
                row.bounded(HolderRow::lookthrough_profit_usd, -size, size);
                row.bounded(HolderRow::stakes_value_usd, 0.0, values.iter().sum());
                continue;
            };
            // A firm's value is its own profit and its part of its holdings; final owners have the share that no holder
            // has.
            let count = nodes.len();
            let rest = DMatrix::identity(count, count) - holdings;
            let profits = DVector::from_column_slice(&own);
            let books = rest.lu().solve(&profits).expect("holdings have an end");
            let outside = 1.0 - holdings.column(index).sum();
            let seen = books[index] * outside;
            row.near(HolderRow::lookthrough_profit_usd, seen, 1e-9 * size);
            let looked = look_through(holdings).expect("holdings have an end");
            let stakes = values.iter().enumerate();
            let stakes: f64 = stakes
                .map(|(lab, value)| looked[(index, clouds + lab)] * value)
                .sum();
            row.equal(HolderRow::stakes_value_usd, stakes);
        }
    }
}

/// Name of a table and the function that checks it.
type Table = (&'static str, fn(&Run<'_>, &mut Check));

const TABLES: [Table; 15] = [
    ("clouds", clouds),
    ("labs", labs),
    ("models", models),
    ("offers", offers),
    ("hosts", hosts),
    ("routers", routers),
    ("segments", segments),
    ("switching", switching),
    ("market", market),
    ("vendors", vendors),
    ("integrators", integrators),
    ("regulators", regulators),
    ("holders", holders),
    ("stakes", commitments::stakes),
    ("backlog", commitments::backlog),
];

/// Calls `work` with two replications of each case.
fn for_each_run(mut work: impl FnMut(Run<'_>)) {
    let baseline = scenario("baseline", &[]).scenario;
    for case in Case::ALL {
        let sets = case.sets(&baseline);
        let sets: Vec<&str> = sets.iter().map(String::as_str).collect();
        let loaded = scenario(case.base(), &sets);
        let simulation = Simulation::of(&loaded);
        for replication in 0..2 {
            work(Run::new(case, &simulation, replication));
        }
    }
}

#[test]
fn every_declared_measure_equals_its_own_formula() {
    let mut check = Check::default();
    for_each_run(|run| TABLES.iter().for_each(|(_, table)| table(&run, &mut check)));
    let faults: Vec<String> = (check.faults.iter())
        .map(|((table, measure), (count, first))| format!("{table} {measure} ({count}): {first}"))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    for (table, _, measures) in declared() {
        for measure in measures {
            let key = (table, measure.name);
            assert!(check.seen.contains(&key), "{key:?} is not checked");
            assert!(check.alive.contains(&key), "{key:?} is zero in all cases");
        }
    }
}

/// Columns without a formula outside the model: only `bounded` checks them.
const BOUNDED: [Column; 16] = [
    SegmentRow::labs_per_enterprise,
    SegmentRow::upgrades,
    CloudRow::unserved_share,
    CloudRow::idle_usd,
    CloudRow::undelivered_usd,
    VendorRow::premium,
    LabRow::own_elasticity,
    LabRow::stake_pressure,
    RouterRow::quality_loss,
    RouterRow::rival_loss_usd,
    SegmentRow::reviews,
    SegmentRow::moves_router,
    SegmentRow::moves_self_host,
    SegmentRow::surplus_usd,
    MarketRow::stateful_exit_rate,
    MarketRow::price_residual,
];

/// Changes the rows of a table in one way at a time, and returns the ways that no formula of the table detects.
fn unnoticed<W: Copy>(
    ways: impl IntoIterator<Item = (&'static str, W)>,
    spoil: impl Fn(&mut [f64], W),
) -> Vec<(&'static str, W)> {
    let mut hidden: Vec<(&str, W)> = ways.into_iter().collect();
    for_each_run(|mut run| {
        hidden.retain(|(name, way)| {
            let table = run.panel.table_mut(name);
            let (width, sound) = (table.measures.len(), table.values.clone());
            for row in table.values.chunks_exact_mut(width) {
                spoil(row, *way);
            }
            let mut check = Check::default();
            let found = TABLES.iter().find(|(table, _)| table == name);
            found.expect("a table").1(&run, &mut check);
            run.panel.table_mut(name).values = sound;
            check.faults.is_empty()
        });
    });
    hidden
}

#[test]
fn swapped_measures_are_detected() {
    let pairs = declared().into_iter().flat_map(|(table, _, measures)| {
        let all = 0..measures.len();
        all.flat_map(move |a| (0..a).map(move |b| (table, (a, b))))
    });
    let hidden = unnoticed(pairs, |row, (a, b)| row.swap(a, b));
    assert!(hidden.is_empty(), "swaps that nothing detects: {hidden:?}");
}

#[test]
fn a_measure_one_percent_off_is_detected_unless_it_is_only_bounded() {
    let columns = declared()
        .into_iter()
        .flat_map(|(table, _, measures)| (0..measures.len()).map(move |measure| (table, measure)));
    let hidden = unnoticed(columns, |row, measure| row[measure] *= 1.01);
    for (table, index) in hidden {
        let is_it = |column: &Column| column.table == table && column.index == index;
        assert!(BOUNDED.iter().any(is_it), "{table}, measure {index}");
    }
}
