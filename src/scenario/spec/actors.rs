//! Records of actors: clouds, labs, models, routers, silicon, integrators, regulators, investors.

use super::demand::Tier;
use crate::scenario::quantity::Quantity;
use crate::scenario::record::{ByName, Name, When, record, words};
use crate::units::{
    Days, Dollars, Gigawatt, H100e, Logit, Months, PerMonth, PerYear, Ratio, Share, UsdPerGb,
    UsdPerHour, UsdPerMtok, UsdPerYear, Weeks, Years,
};

record! {
    /// A cloud.
    CloudSpec {
        /// Name.
        name: Name,
        /// How charts call it.
        title: Name,
        /// Share of enterprises that call it home, by spend.
        home_share: Quantity<Share>,
        /// Capacity in operation, all uses.
        capacity: Quantity<H100e>,
        /// Share of capacity that serves others.
        external_share: Quantity<Share>,
        /// Share of that which serves inference.
        inference_share: Quantity<Share>,
        /// Utilisation at the start, demand from outside this model included.
        utilisation: Quantity<Share>,
        /// Capacity added a month at the start, as a share of what stands: also what is on order per month of lead time.
        additions: Quantity<PerMonth>,
        /// Power that can be added a quarter.
        power_per_quarter: Quantity<Gigawatt>,
        /// Growth of that power.
        power_growth: Quantity<PerYear>,
        /// Capital budget of 2026 for AI.
        capex: Quantity<UsdPerYear>,
        /// Growth of the budget.
        capex_growth: Quantity<PerYear>,
        /// Cost of an owned H100-equivalent hour.
        owned_cost: Quantity<UsdPerHour>,
        /// Cost of its fleet against an all-NVIDIA one.
        fleet_cost_ratio: Quantity<Ratio>,
        /// Share of its capacity on silicon of its own.
        own_silicon_share: Quantity<Share>,
        /// List price of moving data out.
        egress: Quantity<UsdPerGb>,
        /// Discount for committed spend.
        commit_discount: Quantity<Share>,
        /// Length of a commitment.
        commit_length: Quantity<Years>,
        /// Credibility as a neutral platform at the start.
        credibility: Quantity<Share>,
        /// Gross margin on open weights that it hosts.
        hosting_margin: Quantity<Share>,
    }
}

words! {
    /// How a lab sets list prices.
    PricePolicy {
        /// List prices never move.
        Fixed = "fixed",
        /// List prices step at releases and at dated events.
        Scheduled = "scheduled",
        /// Price covers the cost of compute plus the host's margin.
        CostPlus = "cost-plus",
    }
}

record! {
    /// A lab.
    LabSpec {
        /// Name.
        name: Name,
        /// How charts call it.
        title: Name,
        /// Share of enterprise spend on its models at the start.
        spend_share: Quantity<Share>,
        /// The cloud it belongs to, if any.
        owner: Option<Name>,
        /// How list prices are set.
        pricing: PricePolicy,
        /// Consumer and other revenue at the start.
        other_revenue: Quantity<UsdPerYear>,
        /// Growth of that revenue.
        other_growth: Quantity<PerMonth>,
        /// Half-life of that growth.
        other_half_life: Quantity<Months>,
        /// Share of that revenue spent on serving it.
        other_compute_share: Quantity<Share>,
        /// Cash at the start.
        cash: Quantity<Dollars>,
        /// Where that cash came from: shares by investor, `customers` or `consumers`.
        cash_origin: ByName<Quantity<Share>>,
        /// Staff and other costs, as a share of revenue.
        overhead: Quantity<Share>,
        /// Accelerators rented for training at the start.
        training: Quantity<H100e>,
        /// Growth of training.
        training_growth: Quantity<PerYear>,
        /// Clouds that serve and train its models: shares of compute.
        hosts: ByName<Quantity<Share>>,
        /// Time between releases.
        release_interval: Quantity<Days>,
        /// Share of that interval that is certain; the rest is exponential.
        release_regularity: Quantity<Share>,
    }
}

record! {
    /// A model: one release of a lab in a price tier.
    ModelSpec {
        /// Name.
        name: Name,
        /// Its lab.
        lab: Name,
        /// Its price tier.
        tier: Tier,
        /// List price of input tokens.
        price_in: Quantity<UsdPerMtok>,
        /// List price of output tokens.
        price_out: Quantity<UsdPerMtok>,
        /// Capability against the best of its tier.
        capability: Quantity<Logit>,
        /// Capability by task class on top of that.
        edge: Option<ByName<Quantity<Logit>>>,
        /// When it was released.
        released: When,
    }
}

words! {
    /// Who runs a router.
    RouterKind {
        /// A cloud, over the models that it sells.
        Cloud = "cloud-native",
        /// An independent firm, over all models.
        Independent = "independent",
        /// The enterprise itself, over all models.
        Enterprise = "enterprise-run",
    }
}

record! {
    /// A router.
    RouterSpec {
        /// Name.
        name: Name,
        /// How charts call it.
        title: Name,
        /// Who runs it.
        kind: RouterKind,
        /// The cloud that runs it.
        cloud: Option<Name>,
        /// Share of enterprise spend that goes through it at the start.
        spend_share: Quantity<Share>,
        /// Fee as a share of routed spend.
        take_rate: Quantity<Share>,
        /// Fee under which the shares at the start were observed; where `take_rate` differs, users respond from there.
        observed_take_rate: Quantity<Share>,
        /// Whether the operator's own models are free of the fee.
        own_models_exempt: bool,
        /// Steering towards first-party models.
        steering: Quantity<Logit>,
        /// Steering towards first-party models under which the shares at the start were observed.
        observed_steering: Quantity<Logit>,
        /// Steering towards a lab per unit of equity held in it.
        equity_steering: Quantity<Logit>,
        /// Value that a fully learned policy adds.
        learning: Quantity<Logit>,
        /// Cost of running it, as a share of routed spend.
        operating_cost: Quantity<Share>,
    }
}

record! {
    /// Open weights that enterprises run themselves.
    SelfHostSpec {
        /// Share of enterprise spend at the start.
        spend_share: Quantity<Share>,
        /// The lab whose open weights they run.
        lab: Name,
        /// The cloud that rents them accelerators.
        cloud: Name,
        /// Utilisation that they reach.
        utilisation: Quantity<Share>,
        /// Engineering on top of rent, as a share of it.
        engineering: Quantity<Ratio>,
    }
}

record! {
    /// A silicon vendor.
    VendorSpec {
        /// Name.
        name: Name,
        /// How charts call it.
        title: Name,
        /// Share of accelerator spending of each cloud.
        share: ByName<Quantity<Share>>,
        /// Gross margin.
        gross_margin: Quantity<Share>,
        /// Normal lead time.
        lead_time: Quantity<Weeks>,
    }
}

record! {
    /// An integrator of models plus operations.
    IntegratorSpec {
        /// Name.
        name: Name,
        /// Fee as a share of the spend it manages.
        fee: Quantity<Share>,
        /// The cloud it is attached to, if any.
        cloud: Option<Name>,
        /// Share of the integration labour sold on the market.
        share: Quantity<Share>,
    }
}

record! {
    /// A regulator.
    RegulatorSpec {
        /// Name.
        name: Name,
        /// Its jurisdiction.
        jurisdiction: Name,
        /// Time from a complaint or finding to a formal opening.
        opening: Quantity<Months>,
        /// Time from opening to a decision.
        decision: Quantity<Months>,
    }
}

record! {
    /// An investor that is neither a cloud nor a silicon vendor.
    InvestorSpec {
        /// Name.
        name: Name,
        /// How tables call it.
        title: Name,
    }
}
