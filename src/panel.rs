//! The panel: what is observed of one replication, in plain columns.

use crate::ids::AccountId;
use crate::kernel::EventId;
use crate::ledger::{Flow, Origin};
use crate::time::SimTime;
use crate::units::Usd;

/// A measure: one column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measure {
    /// Column name, with its unit where it has one.
    pub name: String,
    /// Unit.
    pub unit: &'static str,
    /// What it is.
    pub doc: &'static str,
}

/// Declares the measures of a table: name, unit, meaning.
macro_rules! measures {
    ($($(#[doc = $const_doc:literal])+ $table:ident { $($name:literal [$unit:literal] $doc:literal,)* })*) => {
        $(
            $(#[doc = $const_doc])+
            pub const $table: &[(&str, &str, &str)] = &[$(($name, $unit, $doc)),*];
        )*
    };
}

measures! {
    /// Measures of `clouds`.
    CLOUDS {
        "routing_fee_usd" ["usd"] "Fees of the cloud's own router.",
        "resale_usd" ["usd"] "Sales of labs' models that the cloud books, and channel shares that labs pay it.",
        "open_hosting_usd" ["usd"] "Sales of open-weight models that the cloud hosts.",
        "serving_compute_usd" ["usd"] "Compute that labs buy to serve tokens.",
        "training_compute_usd" ["usd"] "Compute that labs buy for training.",
        "first_party_usd" ["usd"] "Sales of the cloud's own models.",
        "selfhost_rental_usd" ["usd"] "Accelerators rented to enterprises that run open weights.",
        "egress_usd" ["usd"] "Charges for data moved out.",
        "forfeited_usd" ["usd"] "Committed spend forfeited by enterprises that leave.",
        "take_or_pay_usd" ["usd"] "Committed compute that labs pay for without using it.",
        "ai_revenue_usd" ["usd"] "AI revenue: the sum of the streams before it.",
        "channel_paid_usd" ["usd"] "What the cloud pays labs for sales that it books.",
        "gross_profit_usd" ["usd"] "AI revenue less what is paid to labs, the owned cost of the compute behind it, credits granted and refunds.",
        "credits_usd" ["usd"] "Sales that the cloud's own credits paid for.",
        "sla_credit_usd" ["usd"] "Refunds for outages.",
        "neutrality_usd" ["usd"] "Spending on being credible as a neutral platform.",
        "capex_usd" ["usd"] "Accelerators and sites paid for, for the capacity modelled here.",
        "capacity_h100e" ["h100e"] "Inference capacity for others at the end of the month.",
        "pipeline_h100e" ["h100e"] "Capacity on order at the end of the month.",
        "utilisation_share" ["share"] "Served compute over working capacity, mean of the month.",
        "unserved_share" ["share"] "Compute demanded and not served, mean of the month.",
        "rent_contract_usd_per_h" ["usd_per_h"] "Contract rent of an H100-equivalent hour at the end of the month.",
        "rent_spot_usd_per_h" ["usd_per_h"] "Spot rent of an H100-equivalent hour at the end of the month.",
        "first_party_share" ["share"] "Share of the tokens of the cloud's router that go to its own models.",
        "neutral_first_party_share" ["share"] "The same under a router without steering.",
        "steering" ["logit"] "Steering of the cloud's router towards its own models.",
        "credibility" ["share"] "Credibility as a neutral platform.",
        "invested_usd" ["usd"] "Equity that the cloud's owner paid into labs during the month.",
        "circular_usd" ["usd"] "Revenue from labs that was paid with the cloud owner's own equity.",
        "circular_cash_usd" ["usd"] "Gross margin of circular revenue less equity paid in: what the circle brought in cash.",
        "customer_funded_share" ["share"] "Share of what labs pay the cloud that came from enterprises and consumers.",
        "lookthrough_revenue_usd" ["usd"] "AI revenue less circular revenue times the looked-through stake in the lab that paid it.",
        "own_silicon_share" ["share"] "Share of capacity on silicon of its own.",
        "optical_share" ["share"] "Share of capacity with optical interconnect.",
        "unit_cost_usd_per_h" ["usd_per_h"] "Mean cost of an H100-equivalent hour of the fleet.",
        "perceived_risk" ["ratio"] "Perceived risk after incidents.",
        "stateful_usd" ["usd"] "Enterprise spend on stateful runtimes at the cloud.",
        "stateless_usd" ["usd"] "Enterprise spend on stateless models at the cloud.",
        "total_revenue_usd" ["usd"] "AI revenue and revenue from everything that is not modelled.",
        "wait" ["ratio"] "Mean wait for an accelerator at the end of the month, in mean times of service.",
        "wait_p95" ["ratio"] "Wait that 95 % of requests do not exceed, in mean times of service.",
        "binding_constraint" ["code"] "What kept the month's order from being larger: demand, chips, power or capex.",
    }
    /// Measures of `labs`.
    LABS {
        "usage_usd" ["usd"] "Enterprise spend on the lab's models, whoever books it.",
        "usage_share" ["share"] "The same as a share of enterprise spend on models.",
        "model_revenue_usd" ["usd"] "What the lab books from enterprise use: its own sales and shares of clouds' sales.",
        "other_revenue_usd" ["usd"] "Consumer and other revenue.",
        "run_rate_usd" ["usd_per_year"] "All revenue of the month, annualised by its days.",
        "compute_paid_usd" ["usd"] "Compute bought to serve and to train.",
        "channel_paid_usd" ["usd"] "Shares paid to clouds.",
        "overhead_usd" ["usd"] "Staff and other costs.",
        "equity_raised_usd" ["usd"] "Equity paid in during the month.",
        "cash_usd" ["usd"] "Cash at the end of the month.",
        "releases" ["count"] "Releases since the start.",
        "valuation_usd" ["usd"] "What investors would pay for it: yearly revenue times its multiple; 0 for labs that no rounds finance.",
        "runway_months" ["months"] "Months that cash lasts at the present burn; 120 where it lasts as long or grows.",
        "debt_usd" ["usd"] "Loans received so far.",
        "take_or_pay_usd" ["usd"] "Committed compute paid for without using it.",
        "is_distressed" ["share"] "1 in distress or after a merger out of it.",
        "is_closed" ["share"] "1 once it has closed.",
        "largest_host_share" ["share"] "Share of its own compute at the cloud where most of it runs.",
        "perceived_risk" ["ratio"] "Perceived risk after incidents.",
        "price_index" ["index"] "Mean list price of its models over the start, logarithms weighted alike; of a lab that has closed, as it closed.",
        "price_paid_usd_per_mtok" ["usd_per_mtok"] "Enterprise spend on its models over tokens served by them.",
        "mtok" ["mtok"] "Tokens that its models served to enterprises.",
        "own_elasticity" ["ratio"] "Elasticity of enterprise tokens on its models to a rise of all its list prices.",
        "stake_pressure" ["share"] "Upward pricing pressure over price from stakes in rivals, at the interest that prices follow.",
        "undercut_proof_usd_per_mtok" ["usd_per_mtok"] "Switching cost by Shy's estimator from prices paid and tokens; negative where prices are not undercut-proof.",
    }
    /// Measures of `models`.
    MODELS {
        "list_price_usd_per_mtok" ["usd_per_mtok"] "List price at the end of the month, three input tokens to one output.",
        "spend_usd" ["usd"] "Enterprise spend on the model.",
        "mtok" ["mtok"] "Tokens that the model served to enterprises.",
    }
    /// Measures of `offers`: channels, routers and self-hosting.
    OFFERS {
        "spend_usd" ["usd"] "Enterprise spend on models through the offer, fees apart.",
        "mtok" ["mtok"] "Tokens served through it.",
    }
    /// Measures of `hosts`: by lab and cloud.
    HOSTS {
        "share" ["share"] "Share of the lab's own serving and training compute at the cloud.",
    }
    /// Measures of `routers`.
    ROUTERS {
        "routed_usd" ["usd"] "Spend on models through the router, fees apart.",
        "routed_mtok" ["mtok"] "Tokens through the router.",
        "fee_usd" ["usd"] "Fees taken.",
        "take_rate" ["share"] "Fee over routed spend in force at the end of the month.",
        "first_party_share" ["share"] "Share of tokens on the operator's own models.",
        "neutral_first_party_share" ["share"] "The same without steering.",
        "steering_cost_usd" ["usd"] "What steering costs users, at list prices, against a neutral router at the same fee.",
        "steering" ["logit"] "Steering towards the operator's own models.",
        "quality_loss" ["logit"] "Audit by a neutral router on the same traffic: quality foregone for each token.",
        "own_gain_usd" ["usd"] "Audit: revenue that steering adds to the operator's own models.",
        "rival_loss_usd" ["usd"] "Audit: revenue that steering takes from others' models.",
        "months_to_leave" ["months"] "What it costs the router's users to go to another cloud, in months of their spend.",
    }
    /// Measures of `segments`.
    SEGMENTS {
        "enterprises" ["count"] "Enterprises with a running workload at the end of the month.",
        "workloads" ["count"] "Running workloads at the end of the month.",
        "spend_usd" ["usd"] "Spend on tokens: models, fees and self-hosting.",
        "mtok" ["mtok"] "Tokens served.",
        "unserved_mtok" ["mtok"] "Tokens demanded and not served.",
        "reviews" ["count"] "Reviews of workloads.",
        "adoptions" ["count"] "Workloads adopted.",
        "upgrades" ["count"] "Workloads that took up a new release of their lab.",
        "moves_model" ["count"] "Moves to another lab's model on the same cloud.",
        "moves_router" ["count"] "Moves into, out of or between routers on the same cloud.",
        "moves_cloud" ["count"] "Moves to another cloud.",
        "moves_self_host" ["count"] "Moves to self-hosting or back.",
        "switching_paid_usd" ["usd"] "Labour, egress and forfeited commitments paid for moves.",
        "bundle_share" ["share"] "Share of spend that buys models with operations from an integrator.",
        "sla_credit_usd" ["usd"] "Refunds received for outages.",
        "labs_per_enterprise" ["count"] "Labs whose models an enterprise uses, mean; a router counts those with a tenth of its tokens.",
        "surplus_usd" ["usd"] "Consumer surplus of the month's demand: the logsum of a fresh choice over price sensitivity, in list-price dollars, up to a constant.",
    }
    /// Measures of `switching`: by segment, home cloud, move and cause, and in the summary by move.
    SWITCHING {
        "cost_usd" ["usd"] "Structural cost of leaving now with all running workloads, mean over enterprises.",
        "cost_spend_weighted_usd" ["usd"] "Structural cost of leaving now with one workload, mean weighted by spend.",
        "months_of_spend" ["months"] "Structural cost of leaving now over monthly spend, weighted by spend.",
    }
    /// Measures of `vendors`.
    VENDORS {
        "revenue_usd" ["usd"] "Accelerators, or optics, sold.",
        "gross_profit_usd" ["usd"] "The same times the gross margin.",
        "output_h100e" ["h100e"] "Capacity delivered on its silicon so far.",
    }
    /// Measures of `integrators`.
    INTEGRATORS {
        "bundle_fee_usd" ["usd"] "Fees for models with operations.",
        "labour_usd" ["usd"] "Labour of migrations.",
        "margin_usd" ["usd"] "What is left after its own cost.",
    }
    /// Measures of `regulators`.
    REGULATORS {
        "attention" ["share"] "Chance of a new case within a year, by what can be observed.",
        "cases" ["count"] "Cases under way.",
        "remedies" ["count"] "Remedies in force.",
    }
    /// Measures of `holders`: clouds, labs, silicon vendors and investors.
    HOLDERS {
        "own_profit_usd" ["usd"] "Own gross profit of the month (labs: cash flow before equity and loans).",
        "lookthrough_profit_usd" ["usd"] "What ends up with it, or its own outside owners, once holdings are followed to their ends.",
        "stakes_value_usd" ["usd"] "Looked-through stakes in labs at their valuations.",
    }
    /// Measures of `market`, before the price indices.
    MARKET {
        "spend_usd" ["usd"] "Enterprise spend on tokens: models, fees and self-hosting.",
        "mtok" ["mtok"] "Tokens served to enterprises.",
        "hhi_cloud" ["points"] "Herfindahl-Hirschman index of clouds by AI revenue, 0 to 10,000.",
        "hhi_lab" ["points"] "The same of labs by enterprise spend on their models.",
        "hhi_router" ["points"] "The same of routers by routed spend.",
        "routed_share" ["share"] "Share of spend on models that goes through a router.",
        "first_party_share" ["share"] "Share of the tokens of clouds' routers that go to their own models.",
        "self_host_share" ["share"] "Share of spend on self-hosting.",
        "stateful_share" ["share"] "Share of spend on stateful runtimes.",
        "open_weight_share" ["share"] "Share of spend on open-weight models, hosted or self-hosted.",
        "unserved_share" ["share"] "Tokens demanded by enterprises and not served.",
        "circular_share" ["share"] "Circular revenue over AI revenue of all clouds.",
        "hhi_delta_lab" ["points"] "What common owners add to the index of labs: modified index less the plain one.",
        "stateful_margin" ["share"] "Gross margin of stateful spend: price less compute at contract rent.",
        "stateless_margin" ["share"] "The same of stateless spend.",
        "stateful_exit_rate" ["per_year"] "Workloads that leave a stateful runtime over those that use one, annualised.",
        "agent_score" ["share"] "The best model's score at computer use.",
        "open_gap" ["share"] "Gap between the best open and the best closed model, mean over tasks.",
        "parity_tasks" ["count"] "Tasks at which open weights have reached parity at the price of a commodity.",
        "bundle_share" ["share"] "Share of spend that buys models with operations from an integrator.",
        "multi_lab_share" ["share"] "Share of enterprises that use three labs or more.",
        "remedies" ["count"] "Remedies in force, all jurisdictions.",
        "price_residual" ["share"] "Largest first-order condition left by an equilibrium of prices so far.",
        "months_to_leave_cloud" ["months"] "Structural cost of leaving for another cloud now over monthly spend, weighted by spend.",
        "loyalty" ["logit"] "What staying with a lab must be worth to explain how few move: revealed, with inattention in it.",
        "loyalty_months" ["months"] "The same in months of spend, at the largest lab's own elasticity.",
        "incumbency_months" ["months"] "What having a customer is worth between two forward-looking firms at that loyalty, in months of spend.",
        "foregone_share" ["share"] "Share of model spend above the cheapest model of the same tier.",
        "model_switch_rate" ["per_year"] "Moves to another lab's model over running workloads, annualised.",
        "cloud_switch_rate" ["per_year"] "Moves to another cloud over running workloads, annualised.",
    }
}

/// What a price index is.
pub const PRICE_INDEX: &str =
    "List price of the tier, weighted by the labs' use for the task at the start; 1 at the start.";

/// A table by month and entity.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Name of the table.
    pub name: &'static str,
    /// Name of the entity column.
    pub entity: &'static str,
    /// Entities, in order.
    pub entities: Vec<String>,
    /// Measures, in order.
    pub measures: Vec<Measure>,
    /// Values by (month, entity, measure).
    pub values: Vec<f64>,
}

impl Table {
    /// A table of zeros.
    #[must_use]
    pub fn new(
        name: &'static str,
        entity: &'static str,
        entities: Vec<String>,
        measures: Vec<Measure>,
        months: usize,
    ) -> Self {
        let size = months * entities.len() * measures.len();
        Self {
            name,
            entity,
            entities,
            measures,
            values: vec![0.0; size],
        }
    }

    /// The row of a month and entity, to fill.
    pub fn row_mut(&mut self, month: usize, entity: usize) -> &mut [f64] {
        let width = self.measures.len();
        let start = (month * self.entities.len() + entity) * width;
        &mut self.values[start..start + width]
    }

    /// The value of a measure by name.
    ///
    /// # Panics
    /// If the table has no such measure or entity.
    #[must_use]
    pub fn value(&self, month: usize, entity: &str, measure: &str) -> f64 {
        let entity = self
            .entities
            .iter()
            .position(|name| name == entity)
            .expect("the entity is in the table");
        let column = self
            .measures
            .iter()
            .position(|m| m.name == measure)
            .expect("the measure is in the table");
        self.values[(month * self.entities.len() + entity) * self.measures.len() + column]
    }
}

/// Turns declared measures into columns.
#[must_use]
pub fn columns(declared: &[(&'static str, &'static str, &'static str)]) -> Vec<Measure> {
    declared
        .iter()
        .map(|(name, unit, doc)| Measure {
            name: (*name).to_owned(),
            unit,
            doc,
        })
        .collect()
}

/// Money that moved in a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FlowLine {
    /// The month.
    pub month: u16,
    /// Who paid.
    pub payer: AccountId,
    /// Who received.
    pub payee: AccountId,
    /// Why.
    pub kind: Flow,
    /// Where the money came from.
    pub origin: Origin,
    /// How much.
    pub usd: Usd,
}

/// A market event as it appears in the events table.
#[derive(Clone, Debug, PartialEq)]
pub struct EventLine {
    /// The event.
    pub id: EventId,
    /// Its cause.
    pub cause: EventId,
    /// When.
    pub time: SimTime,
    /// What.
    pub kind: &'static str,
    /// Whom it concerns.
    pub subject: String,
    /// A number that goes with it.
    pub value: f64,
}

/// What is observed of one replication.
#[derive(Clone, Debug)]
pub struct Panel {
    /// Tables by month and entity: clouds, labs, routers, segments, market, and switching by move.
    pub tables: Vec<Table>,
    /// Switching cost by segment, home cloud, move and cause; entities are joined by `|`.
    pub switching: Table,
    /// Flows, in order.
    pub flows: Vec<FlowLine>,
    /// Market events, in order.
    pub events: Vec<EventLine>,
    /// Names of accounts, by id.
    pub accounts: Vec<String>,
    /// Reviews that took place, and adoptions.
    pub reviewed: u64,
    /// Decisions taken: those of them that came to a choice among offers.
    pub decisions: u64,
    /// Agent and market events handled.
    pub handled: u64,
}

impl Panel {
    /// The table of that name, to fill.
    pub fn table_mut(&mut self, name: &str) -> &mut Table {
        let mut tables = self.tables.iter_mut();
        tables
            .find(|table| table.name == name)
            .expect("the panel has this table")
    }

    /// The table of that name.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn table(&self, name: &str) -> &Table {
        self.tables
            .iter()
            .find(|table| table.name == name)
            .expect("the panel has this table")
    }
}
