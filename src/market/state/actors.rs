//! Clouds, labs, models, routers, silicon vendors and self-hosting as plain data.

use crate::economics::capacity::Constraint;
use crate::ids::{CloudId, LabId};
use crate::scenario::records::PricePolicy;
use crate::time::SimTime;

/// A cloud.
#[derive(Clone, Debug)]
pub struct Cloud {
    /// Inference capacity for others, H100e.
    pub capacity: f64,
    /// The same at the start.
    pub capacity_at_start: f64,
    /// Share of all capacity that is inference for others.
    pub fraction: f64,
    /// On order, H100e.
    pub pipeline: f64,
    /// Share of capacity that works: below one in an outage.
    pub working: f64,
    /// Capacity added a month at the start, as a share.
    pub additions: f64,
    /// Power that can be added, GW a quarter.
    pub power_per_quarter: f64,
    /// Growth of that, per year.
    pub power_growth: f64,
    /// Capital budget, USD a year.
    pub capex: f64,
    /// Growth of that, per year.
    pub capex_growth: f64,
    /// Cost of its fleet against an all-NVIDIA one.
    pub cost_ratio: f64,
    /// Cost of new capacity at the start, USD per H100e-hour.
    pub owned_cost: f64,
    /// Mean cost of the fleet, USD per H100e-hour.
    pub unit_cost: f64,
    /// Gross margin on open weights.
    pub hosting_margin: f64,
    /// The same at the start.
    pub hosting_margin_at_start: f64,
    /// Share of capacity on silicon of its own.
    pub own_silicon_share: f64,
    /// Cost of that against NVIDIA's.
    pub own_silicon_ratio: f64,
    /// Growth of its share in new capacity, per year.
    pub own_silicon_growth: f64,
    /// Outages a year.
    pub outage_rate: f64,
    /// What it spends to be credible, USD a year.
    pub neutrality_spend: f64,
    /// Revenue from everything that is not modelled, USD a year at the start.
    pub other_revenue: f64,
    /// Growth of that, per year.
    pub other_growth: f64,
    /// The same at the start.
    pub neutrality_at_start: f64,
    /// Share of capacity with optical interconnect.
    pub optical: f64,
    /// The last order, H100e.
    pub last_order: f64,
    /// AI revenue of the last month, USD.
    pub revenue: f64,
    /// Sales of hosted open weights in the last month, USD.
    pub open_hosting: f64,
    /// Credibility as a neutral platform, 0 to 1.
    pub credibility: f64,
    /// The same at the start, to which it recovers.
    pub credibility_at_start: f64,
    /// Utilisation at the start.
    pub utilisation_at_start: f64,
    /// Demand from outside the model at the start, H100e.
    pub background: f64,
    /// Contract rent, USD per H100e-hour.
    pub rent_contract: f64,
    /// Spot rent, USD per H100e-hour.
    pub rent_spot: f64,
    /// Demand over working capacity at the last clearing.
    pub pressure: f64,
    /// Demand at the last clearing, H100e.
    pub demand: f64,
    /// Demand when capacity was last ordered, H100e.
    pub demand_at_order: f64,
    /// Growth of demand a month, smoothed.
    pub demand_growth: f64,
    /// Shares served at the last clearing: first-party, other.
    pub served: [f64; 2],
    /// What kept the last order small.
    pub binding: Constraint,
    /// What the month's windows add up to.
    pub watch: Watch,
}

/// Sums over the windows of a month.
#[derive(Clone, Copy, Debug, Default)]
pub struct Watch {
    /// Windows.
    pub windows: f64,
    /// Utilisation.
    pub utilisation: f64,
    /// Compute demanded, H100e.
    pub demanded: f64,
    /// Compute demanded and not served, H100e.
    pub unserved: f64,
}

/// A lab.
#[derive(Clone, Debug)]
pub struct Lab {
    /// How list prices are set.
    pub pricing: PricePolicy,
    /// Clouds that serve its own sales: shares.
    pub hosts: Vec<f64>,
    /// The same at the start.
    pub hosts_at_start: Vec<f64>,
    /// Factor on progress.
    pub progress: f64,
    /// Outages a year.
    pub outage_rate: f64,
    /// Leaks and break-ins a year.
    pub security_rate: f64,
    /// Failures of models a year.
    pub failure_rate: f64,
    /// Consumer and other revenue at the start, USD a year.
    pub other_revenue: f64,
    /// Growth of that, per month.
    pub other_growth: f64,
    /// Half-life of the growth, months.
    pub other_half_life: f64,
    /// Share of it spent on serving it.
    pub other_compute_share: f64,
    /// Staff and other costs over revenue.
    pub overhead: f64,
    /// Accelerators for training at the start, H100e.
    pub training: f64,
    /// Growth of training, per year.
    pub training_growth: f64,
    /// Days between releases.
    pub release_interval: f64,
    /// Share of that interval that is certain.
    pub release_regularity: f64,
    /// When it last released.
    pub last_release: SimTime,
    /// Releases so far.
    pub releases: u16,
}

/// A model.
#[derive(Clone, Debug)]
pub struct Model {
    /// Blended list price, USD per Mtok.
    pub list_price: f64,
    /// The same at the start.
    pub list_price_at_start: f64,
    /// Capability, logit units.
    pub capability: f64,
    /// Capability by task on top.
    pub edge: Vec<f64>,
}

/// A router.
#[derive(Clone, Debug)]
pub struct Router {
    /// The cloud that runs it.
    pub cloud: Option<CloudId>,
    /// Fee as a share of routed spend.
    pub take_rate: f64,
    /// Steering towards first-party models, logit units.
    pub steering: f64,
    /// Steering per unit of equity, logit units.
    pub equity_steering: f64,
    /// Whether the operator's own models are free of the fee.
    pub is_own_exempt: bool,
    /// Bias by lab that follows from both.
    pub bias: Vec<f64>,
    /// Cost of running it over routed spend.
    pub operating_cost: f64,
    /// The strongest steering that the operator would choose, logit units.
    pub steering_max: f64,
    /// Routed spend of the last month, USD.
    pub routed: f64,
}

/// A silicon vendor.
#[derive(Clone, Debug)]
pub struct Vendor {
    /// Share of accelerator spending by cloud at the start.
    pub share: Vec<f64>,
    /// The cloud that designs it for itself.
    pub owner: Option<CloudId>,
    /// Share won a year.
    pub growth: f64,
    /// Price against NVIDIA's.
    pub price_ratio: f64,
    /// What each doubling of output takes off.
    pub learning: f64,
    /// Gross margin.
    pub gross_margin: f64,
    /// Output until the start, H100e.
    pub output_at_start: f64,
    /// Output until now, H100e.
    pub output: f64,
}

/// Self-hosting.
#[derive(Clone, Copy, Debug)]
pub struct SelfHost {
    /// The lab whose weights are run.
    pub lab: LabId,
    /// The cloud that rents the accelerators.
    pub cloud: CloudId,
    /// Utilisation reached.
    pub utilisation: f64,
    /// Engineering over rent.
    pub engineering: f64,
    /// Engineering that does not depend on volume, USD a year for each workload.
    pub fixed: f64,
    /// Share of accelerators owned.
    pub owned: f64,
    /// Cost of an owned hour, USD.
    pub owned_cost: f64,
}

/// How the growth of demand has strayed from its fading path.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct GrowthSurprise {
    /// The monthly rate above the path in the present month.
    pub rate: f64,
    /// The logarithm of what it has added until the present month began.
    pub level: f64,
    /// When the present month began.
    pub since: SimTime,
}

impl GrowthSurprise {
    /// The factor on demand at `time`, in the present month; one, exactly, where nothing strays.
    #[must_use]
    pub fn factor(&self, time: SimTime) -> f64 {
        if self.rate == 0.0 && self.level == 0.0 {
            return 1.0;
        }
        let months = (time - self.since).months();
        libm::exp(self.level + self.rate * months)
    }
}

/// A shock's drawn numbers and state.
#[derive(Clone, Copy, Debug)]
pub struct Shock {
    /// How strong.
    pub size: f64,
    /// How long, days.
    pub days: f64,
    /// Whether it is in force.
    pub is_on: bool,
}
