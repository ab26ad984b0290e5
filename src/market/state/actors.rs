//! Clouds, labs, models, routers, silicon vendors and self-hosting as plain data.

use crate::base::ids::{CloudId, LabId};
use crate::base::time::SimTime;
use crate::economics::capacity::Constraint;
use crate::market::state::outside::Rest;
use crate::scenario::records::AnswerPolicy;
use crate::scenario::records::PricePolicy;

/// Cloud. Parameters are drawn once a replication; state changes during a run.
#[derive(Clone, Debug)]
pub struct Cloud {
    /// Capacity sold to others for serving and training, H100e; state.
    pub capacity: f64,
    /// Capacity sold to others at the start, H100e; parameter.
    pub capacity_at_start: f64,
    /// Share of the cloud's total capacity that is sold to others; parameter.
    pub external_share: f64,
    /// Capacity on order, H100e; state.
    pub pipeline: f64,
    /// Share of capacity that works, below one during an outage; state.
    pub working: f64,
    /// Capacity added a month at the start, as a share of capacity; parameter.
    pub additions: f64,
    /// Power that can be added at the start, GW a quarter; parameter.
    pub power_per_quarter: f64,
    /// Growth of the power that can be added, a year; parameter.
    pub power_growth: f64,
    /// Capital budget at the start, USD a year; parameter.
    pub capex: f64,
    /// Growth of the capital budget, a year; parameter.
    pub capex_growth: f64,
    /// Factor on the capacity that it aims for and on its capital budget; parameter.
    pub order_factor: f64,
    /// Cost of the fleet relative to an all-NVIDIA fleet; parameter.
    pub cost_ratio: f64,
    /// Cost of new capacity at the start, USD per H100e-hour; parameter.
    pub owned_cost: f64,
    /// Mean cost of the fleet, USD per H100e-hour; state.
    pub unit_cost: f64,
    /// Gross margin on hosted open weights; state.
    pub hosting_margin: f64,
    /// Gross margin on hosted open weights at the start; parameter.
    pub hosting_margin_at_start: f64,
    /// Share of capacity on the cloud's own silicon; state.
    pub own_silicon_share: f64,
    /// Cost of an H100e of the cloud's own silicon relative to NVIDIA's; parameter.
    pub own_silicon_ratio: f64,
    /// Growth of own silicon's share of new capacity, a year; parameter.
    pub own_silicon_growth: f64,
    /// Outages that customers feel, a year; parameter.
    pub outage_rate: f64,
    /// Spending on credibility as a neutral platform, USD a year; state.
    pub neutrality_spend: f64,
    /// Revenue that the model leaves out.
    pub revenue_rest: Rest,
    /// Mean of the monthly payments for capacity over the time in which payments spread, USD; state.
    pub spent: f64,
    /// Capital expenditure that the model leaves out.
    pub capex_rest: Rest,
    /// Spending at the start on credibility as a neutral platform, USD a year; parameter.
    pub neutrality_at_start: f64,
    /// Answer to rivals' deals and exclusive rights, if any; parameter.
    pub answer: Option<Answer>,
    /// Share of capacity with optical interconnect; state.
    pub optical: f64,
    /// Size of the last order, H100e; state.
    pub last_order: f64,
    /// AI revenue of the last month, USD; state.
    pub revenue: f64,
    /// AI revenue of each month so far, USD; state.
    pub revenue_by_month: Vec<f64>,
    /// Sales of hosted open weights in the last month, USD; state.
    pub open_hosting: f64,
    /// Credibility as a neutral platform, 0 to 1; state.
    pub credibility: f64,
    /// Credibility at the start, to which credibility recovers; parameter.
    pub credibility_at_start: f64,
    /// Utilisation at the start; parameter, raised at the opening where modelled demand alone fills more.
    pub utilisation_at_start: f64,
    /// Demand from outside the model at the start, H100e; set at the opening.
    pub background: f64,
    /// Contract rent, USD per H100e-hour; state.
    pub rent_contract: f64,
    /// Spot rent, USD per H100e-hour; state.
    pub rent_spot: f64,
    /// Demand divided by working capacity at the last clearing; state.
    pub pressure: f64,
    /// Demand at the last clearing, H100e; state.
    pub demand: f64,
    /// Demand when the cloud last planned an order, H100e; state.
    pub demand_at_order: f64,
    /// Growth of demand a month, smoothed, from which the cloud forecasts; state.
    pub demand_growth: f64,
    /// Shares of demand served at the last clearing: first-party models, all other demand; state.
    pub served: [f64; 2],
    /// Constraint that limited the last order; state.
    pub binding: Constraint,
    /// Sums over the windows of the present month; state.
    pub watch: Watch,
}

impl Cloud {
    /// Returns the AI revenue of the last twelve months, USD; less if the run is younger.
    #[must_use]
    pub fn revenue_of_year(&self) -> f64 {
        self.revenue_by_month.iter().rev().take(12).sum()
    }
}

/// Sums over the windows of a month, from which monthly means follow. See [`Watch::mean`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Watch {
    /// Number of windows.
    pub windows: f64,
    /// Sum of the utilisation of working capacity.
    pub utilisation: f64,
    /// Sum of the compute demanded, H100e.
    pub demanded: f64,
    /// Sum of the compute demanded and not served, H100e.
    pub unserved: f64,
    /// Sum of the capacity, H100e.
    pub capacity: f64,
    /// Sum of the capacity that worked, H100e.
    pub working: f64,
    /// Sum of the capacity that worked and was not used, H100e.
    pub idle: f64,
    /// Sum of the served compute of customers outside the model, H100e.
    pub background: f64,
    /// Sum of the served share of labs' training.
    pub training: f64,
    /// Sums of other demand that is not first-party, H100e: demanded and served.
    pub others: [f64; 2],
}

impl Watch {
    /// Returns the share of labs' training at the cloud that it could not deliver.
    #[must_use]
    pub fn training_missed(&self) -> f64 {
        (1.0 - self.mean(self.training, 1.0)).max(0.0)
    }

    /// Returns the served share of demand that is neither first-party nor training; 1 without any.
    #[must_use]
    pub fn served_share(&self) -> f64 {
        let [demanded, served] = self.others;
        if demanded > 0.0 {
            served / demanded
        } else {
            1.0
        }
    }

    /// Returns the mean over windows of one of the sums; `empty` in a month without a window.
    #[must_use]
    pub fn mean(&self, sum: f64, empty: f64) -> f64 {
        if self.windows > 0.0 {
            sum / self.windows
        } else {
            empty
        }
    }
}

/// Answer of a cloud to rivals' deals and exclusive rights; parameters.
#[derive(Clone, Copy, Debug)]
pub struct Answer {
    /// Policy.
    pub policy: AnswerPolicy,
    /// Money against the rival's, or more spending on neutrality.
    pub size: f64,
    /// Time until it answers a deal, months.
    pub delay: f64,
}

/// Lab. Parameters are drawn once a replication; state changes during a run.
#[derive(Clone, Debug)]
pub struct Lab {
    /// Policy for list prices; parameter.
    pub pricing: PricePolicy,
    /// Shares of the clouds that serve the lab's own sales and other compute, by cloud; state.
    pub hosts: Vec<f64>,
    /// Shares of the hosting clouds at the start, or at the lab's entry, by cloud; parameter.
    pub hosts_at_start: Vec<f64>,
    /// Factor on the progress of the lab's tiers; parameter.
    pub progress: f64,
    /// Outages that customers feel, a year; parameter.
    pub outage_rate: f64,
    /// Leaks and break-ins that become known, a year; parameter.
    pub security_rate: f64,
    /// Failures of models that make headlines, a year; parameter.
    pub failure_rate: f64,
    /// Factor on the list prices of its models, over those of its policy; parameter.
    pub price_factor: f64,
    /// Moves between labs that the lab expects a price to cause, over those of a fresh choice by everybody; parameter.
    pub price_response: f64,
    /// Consumer and other revenue at the start, USD a year; parameter.
    pub other_revenue: f64,
    /// Growth of consumer and other revenue at the start, a month; parameter.
    pub other_growth: f64,
    /// Half-life of the growth of consumer and other revenue, months; parameter.
    pub other_half_life: f64,
    /// Share of consumer and other revenue that is spent on serving it; parameter.
    pub other_compute_share: f64,
    /// Staff and other costs as a share of revenue; parameter.
    pub overhead: f64,
    /// Accelerators for training at the start, H100e; parameter.
    pub training: f64,
    /// Growth of training, a year; parameter.
    pub training_growth: f64,
    /// Mean time between releases, days; parameter.
    pub release_interval: f64,
    /// Share of the release interval that is certain; the rest is exponential. Parameter.
    pub release_regularity: f64,
    /// Time of the last release; state.
    pub last_release: SimTime,
    /// Number of releases so far; state.
    pub releases: u16,
}

/// Model of a lab.
#[derive(Clone, Debug)]
pub struct Model {
    /// Blended list price, USD per Mtok; state.
    pub list_price: f64,
    /// Blended list price at the start, USD per Mtok; parameter.
    pub list_price_at_start: f64,
    /// Work done per token, over that of the start; prices and tokens are those of tokens that do the work of the start; state.
    pub work_per_token: f64,
    /// Capability, logit units; state.
    pub capability: f64,
    /// Capability that a task class adds, by task, logit units.
    pub edge: Vec<f64>,
}

/// Router. Parameters are drawn once a replication; state changes during a run.
#[derive(Clone, Debug)]
pub struct Router {
    /// Cloud that runs the router, if any; parameter.
    pub cloud: Option<CloudId>,
    /// Take rate: the fee as a share of routed spend; state.
    pub take_rate: f64,
    /// Fee at which shares at the start were observed, as a share of spend.
    pub observed_take_rate: f64,
    /// Steering towards first-party models, logit units; state.
    pub steering: f64,
    /// Steering towards a lab per unit of look-through stake held in it, logit units; parameter.
    pub equity_steering: f64,
    /// True if the operator's own models are free of the fee; parameter.
    pub is_own_exempt: bool,
    /// Bias towards each lab that follows from steering and equity, by lab, logit units; state.
    pub bias: Vec<f64>,
    /// Cost of running the router as a share of routed spend; parameter.
    pub operating_cost: f64,
    /// Strongest steering that the operator would choose, logit units; parameter.
    pub steering_max: f64,
    /// Routed spend of the last month, USD; state.
    pub routed: f64,
}

/// Silicon vendor. Parameters are drawn once a replication; state changes during a run.
#[derive(Clone, Debug)]
pub struct Vendor {
    /// Share of each cloud's accelerator spending at the start, by cloud; parameter.
    pub share: Vec<f64>,
    /// Cloud that designs the silicon for itself, if any; parameter.
    pub owner: Option<CloudId>,
    /// Share of accelerator spending that a vendor without an owner wins a year; parameter.
    pub growth: f64,
    /// Price of an H100e relative to NVIDIA's; parameter.
    pub price_ratio: f64,
    /// Decline of the price with each doubling of output, as a share; parameter.
    pub learning: f64,
    /// Gross margin at the normal price; parameter.
    pub gross_margin: f64,
    /// Elasticity of the price to orders over output, in a shortage; parameter.
    pub premium_response: f64,
    /// Highest price in a shortage over the normal one; parameter.
    pub premium_max: f64,
    /// Preference in a shortage for clouds without silicon of their own; parameter.
    pub favour: f64,
    /// Price over the normal one, 1 without a shortage; state.
    pub premium: f64,
    /// Cumulative output at the start, H100e; set at the opening.
    pub output_at_start: f64,
    /// Cumulative output until now, H100e; state.
    pub output: f64,
}

/// Integrator of models plus operations; state.
#[derive(Clone, Debug)]
pub struct Integrator {
    /// Fee as a share of the spend that it manages.
    pub fee: f64,
    /// Cloud to which it is attached, by index, if any.
    pub cloud: Option<usize>,
}

/// Self-hosting: open weights that enterprises run themselves. Parameters, drawn once a replication.
#[derive(Clone, Copy, Debug)]
pub struct SelfHost {
    /// Lab whose open weights are run.
    pub lab: LabId,
    /// Cloud that rents out the accelerators.
    pub cloud: CloudId,
    /// Utilisation that enterprises reach.
    pub utilisation: f64,
    /// Cost of engineering relative to the cost of accelerators.
    pub engineering: f64,
    /// Engineering that does not depend on volume, USD a year for each workload.
    pub fixed: f64,
    /// Share of the accelerators that enterprises own; the rest is rented.
    pub owned: f64,
    /// Cost of an owned accelerator hour, USD per H100e-hour.
    pub owned_cost: f64,
}

/// Shock: its drawn strength and duration, and whether it is in force.
#[derive(Clone, Copy, Debug)]
pub struct Shock {
    /// Strength, with the meaning that the kind of shock gives it; parameter.
    pub size: f64,
    /// Duration, days; parameter.
    pub days: f64,
    /// True if the shock is in force; state.
    pub is_on: bool,
}
