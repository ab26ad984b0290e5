//! Records of actors: clouds, labs, models, routers, self-hosting, silicon vendors, integrators, entrants, investors.

use super::demand::Tier;
use crate::base::ids::{CloudId, LabId, PartyId, SegmentId, TaskId};
use crate::base::units::{
    Days, Dollars, Elasticity, Gigawatt, H100e, Logit, Months, PerMonth, PerYear, Ratio, Share,
    UsdPerGb, UsdPerHour, UsdPerMtok, UsdPerYear, Years,
};
use crate::scenario::names::Names;
use crate::scenario::quantity::Quantity;
use crate::scenario::record::{Name, When, record, words};
use crate::scenario::reference::{By, Ref, Referent, parties};

record! {
    /// A cloud.
    CloudSpec {
        /// Name.
        name: Name,
        /// Name in charts.
        title: Name,
        /// Share of enterprises that call it home, by spend.
        home_share: Quantity<Share>,
        /// Capacity in operation, all uses.
        capacity: Quantity<H100e>,
        /// Share of capacity that serves others.
        external_share: Quantity<Share>,
        /// Utilisation at the start, demand from outside this model included.
        utilisation: Quantity<Share>,
        /// Capacity added a month at the start, as a share of capacity; also the capacity on order per month of lead time.
        additions: Quantity<PerMonth>,
        /// Power that can be added a quarter.
        power_per_quarter: Quantity<Gigawatt>,
        /// Growth of the power that can be added.
        power_growth: Quantity<PerYear>,
        /// Capital budget of 2026 for AI.
        capex: Quantity<UsdPerYear>,
        /// Growth of the capital budget.
        capex_growth: Quantity<PerYear>,
        /// Factor on the capacity that it aims for and on its capital budget, as its own policy; 1 if absent.
        order_factor: Quantity<Ratio>,
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
        /// Policy for the hosting margin: any but `scheduled`; fixed if absent.
        pricing: Option<PricePolicy>,
        /// Cost of an H100-equivalent of its own silicon against NVIDIA's.
        own_silicon_ratio: Quantity<Ratio>,
        /// Growth of the share of new capacity that runs on its own silicon, a year.
        own_silicon_growth: Quantity<PerYear>,
        /// Outages that customers feel, a year.
        outage_rate: Quantity<PerYear>,
        /// Spending on credibility as a neutral platform at the start.
        neutrality_spend: Quantity<UsdPerYear>,
        /// Answer to rivals' deals with labs or exclusive rights; none if absent.
        answer: Option<AnswerSpec>,
        /// All revenue at the start: AI, and computing, storage and software that the model leaves out.
        revenue: Quantity<UsdPerYear>,
        /// Growth of all revenue at the start.
        revenue_growth: Quantity<PerMonth>,
        /// Capital expenditure of the owner at the start, on everything.
        capex_run_rate: Quantity<UsdPerYear>,
        /// Growth of the capital expenditure of the owner at the start.
        capex_run_rate_growth: Quantity<PerMonth>,
    }
}

record! {
    /// Answer of a cloud to what its rivals agree with labs.
    AnswerSpec {
        /// Policy.
        policy: AnswerPolicy,
        /// Money against the rival's for `match-investment`; more spending on neutrality for `neutrality`, 1 doubles it.
        size: Quantity<Ratio>,
        /// Time until it answers a deal; an answer to an exclusive right comes at once.
        delay: Quantity<Months>,
    }
}

words! {
    /// Policies for answers to rivals' deals and exclusive rights.
    AnswerPolicy {
        /// Once a rival pays a tranche to a lab, the cloud invests in the other lab in which it holds most.
        MatchInvestment = "match-investment",
        /// As long as a rival's exclusive right bars one of its channels, the cloud spends more on neutrality.
        Neutrality = "neutrality",
    }
}

words! {
    /// Price policies: of labs for list prices, of clouds for hosting margins, of routers for take rates.
    PricePolicy {
        /// Prices never move but at dated events.
        Fixed = "fixed",
        /// List prices drift in steps at releases.
        Scheduled = "scheduled",
        /// Price covers the cost of compute plus the host's margin.
        CostPlus = "cost-plus",
        /// Price follows the most capable rival of the tier, less what the gap in capability is worth.
        Frontier = "follow-the-frontier",
        /// Price that no unilateral change improves: Bertrand-Nash for labs, the fee or margin that earns most for others.
        BestResponse = "best-response",
        /// Low first, high once users are held.
        Harvest = "land-then-harvest",
    }
}

record! {
    /// A lab.
    LabSpec {
        /// Name.
        name: Name,
        /// Name in charts.
        title: Name,
        /// Enterprise spend on its models at the start, as a share of `demand.enterprise_spend`; or else `run_rate`.
        spend_share: Option<Quantity<Share>>,
        /// All revenue that it books at the start; with `growth` and `business_share`.
        run_rate: Option<Quantity<UsdPerYear>>,
        /// Growth of its run rate at the start; if absent, the lab starts at the growth of the market.
        growth: Option<Quantity<PerMonth>>,
        /// Share of the run rate that enterprises pay; the rest is consumer and other revenue.
        business_share: Option<Quantity<Share>>,
        /// The cloud it belongs to, if any.
        owner: Option<Ref<CloudId>>,
        /// Policy for list prices.
        pricing: PricePolicy,
        /// Factor on the list prices of its models, throughout: 1 is the policy, 1.1 is always 10 % dearer. Rivals' own
        /// policies do not take it into account.
        price_factor: Quantity<Ratio>,
        /// Response of demand that the lab reckons with when it sets a best price: moves between labs within its horizon,
        /// over those of a fresh choice by everybody.
        price_response: Quantity<Share>,
        /// Consumer and other revenue at the start, where no `run_rate` is stated.
        other_revenue: Option<Quantity<UsdPerYear>>,
        /// Growth of consumer and other revenue; that of the run rate if `growth` is stated.
        other_growth: Option<Quantity<PerMonth>>,
        /// Half-life of the growth of consumer and other revenue.
        other_half_life: Quantity<Months>,
        /// Share of consumer and other revenue spent on serving it.
        other_compute_share: Quantity<Share>,
        /// Cash at the start.
        cash: Quantity<Dollars>,
        /// Origin of the cash at the start: shares by investor, `customers` or `consumers`.
        cash_origin: By<CashOrigin, Quantity<Share>>,
        /// Staff and other costs, as a share of revenue.
        overhead: Quantity<Share>,
        /// Accelerators rented for training at the start.
        training: Quantity<H100e>,
        /// Growth of training.
        training_growth: Quantity<PerYear>,
        /// Clouds that serve and train its models: shares of compute.
        hosts: By<CloudId, Quantity<Share>>,
        /// Time between releases.
        release_interval: Quantity<Days>,
        /// Share of the release interval that is certain; the rest is exponential.
        release_regularity: Quantity<Share>,
        /// Factor on the progress of its tiers: 1 keeps pace, 0 stalls.
        progress: Quantity<Ratio>,
        /// Value at which investors buy in, over yearly revenue; 0 for labs that no rounds finance.
        multiple: Quantity<Ratio>,
        /// Outages of its service that customers feel, a year.
        outage_rate: Quantity<PerYear>,
        /// Leaks and break-ins that become known, a year.
        security_rate: Quantity<PerYear>,
        /// Failures of its models that make headlines, a year.
        failure_rate: Quantity<PerYear>,
    }
}

/// The origin of a lab's cash at the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CashOrigin {
    /// A cloud, silicon vendor or investor that paid it in.
    Holder(PartyId),
    /// Customers.
    Customers,
    /// Consumers.
    Consumers,
}

impl Referent for CashOrigin {
    type Id = Self;
    const KIND: &'static str = "origin of cash";
    fn known(names: &Names) -> Vec<(&str, Self)> {
        let holders = parties(names, &["cloud", "vendor", "investor"]);
        let holders = holders
            .into_iter()
            .map(|(name, id)| (name, Self::Holder(id)));
        holders
            .chain([
                ("customers", Self::Customers),
                ("consumers", Self::Consumers),
            ])
            .collect()
    }
}

record! {
    /// A model: one release of a lab in a price tier.
    ModelSpec {
        /// Name.
        name: Name,
        /// Lab that released it.
        lab: Ref<LabId>,
        /// Price tier.
        tier: Tier,
        /// List price of input tokens.
        price_in: Quantity<UsdPerMtok>,
        /// List price of output tokens.
        price_out: Quantity<UsdPerMtok>,
        /// Capability against the best of its tier.
        capability: Quantity<Logit>,
        /// Capability by task class, added to `capability`.
        edge: Option<By<TaskId, Quantity<Logit>>>,
        /// Release date.
        released: When,
    }
}

words! {
    /// Kinds of routers, by operator.
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
        /// Name in charts.
        title: Name,
        /// Kind of operator.
        kind: RouterKind,
        /// The cloud that runs it.
        cloud: Option<Ref<CloudId>>,
        /// Share of enterprise spend that goes through it at the start.
        spend_share: Quantity<Share>,
        /// Fee as a share of routed spend.
        take_rate: Quantity<Share>,
        /// Fee under which the shares at the start were observed; where `take_rate` differs, users respond from there.
        observed_take_rate: Quantity<Share>,
        /// True if the operator's own models are free of the fee.
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
        /// Policy for the fee: any but `scheduled`; fixed if absent.
        pricing: Option<PricePolicy>,
        /// Policy for steering; fixed if absent.
        steering_policy: Option<SteeringPolicy>,
        /// The strongest steering that the operator would choose.
        steering_max: Quantity<Logit>,
    }
}

words! {
    /// Policies for a router's steering.
    SteeringPolicy {
        /// As the scenario states.
        Fixed = "fixed",
        /// As profit suggests: own margin against commission and equity, less the expected penalty.
        Incentive = "incentive",
    }
}

record! {
    /// Open weights that enterprises run themselves.
    SelfHostSpec {
        /// Share of enterprise spend at the start.
        spend_share: Quantity<Share>,
        /// The lab whose open weights they run.
        lab: Ref<LabId>,
        /// The cloud that rents them accelerators.
        cloud: Ref<CloudId>,
        /// Utilisation that enterprises reach.
        utilisation: Quantity<Share>,
        /// Engineering on top of rent, as a share of rent.
        engineering: Quantity<Ratio>,
        /// Engineering that does not depend on volume, for each workload.
        fixed: Quantity<UsdPerYear>,
        /// Share of the accelerators that enterprises own; the rest is rented.
        owned: Quantity<Share>,
        /// Cost of an owned accelerator hour in the hands of an enterprise.
        owned_cost: Quantity<UsdPerHour>,
    }
}

record! {
    /// A silicon vendor.
    VendorSpec {
        /// Name.
        name: Name,
        /// Name in charts.
        title: Name,
        /// Share of accelerator spending of each cloud.
        share: By<CloudId, Quantity<Share>>,
        /// Gross margin.
        gross_margin: Quantity<Share>,
        /// The cloud that designs it for itself.
        owner: Option<Ref<CloudId>>,
        /// Share of accelerator spending that it wins from NVIDIA's kind a year, where it is not a cloud's own.
        growth: Quantity<PerYear>,
        /// Price of an H100-equivalent against NVIDIA's.
        price_ratio: Quantity<Ratio>,
        /// Decline of the price with each doubling of output.
        learning: Quantity<Share>,
        /// Elasticity of the price to orders over output, in a shortage.
        premium_response: Quantity<Elasticity>,
        /// Highest price in a shortage over the normal one.
        premium_max: Quantity<Ratio>,
        /// Preference in a shortage for clouds without silicon of their own; 0 treats all alike.
        favour: Quantity<Ratio>,
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
        cloud: Option<Ref<CloudId>>,
        /// Share of the integration labour sold on the market.
        share: Quantity<Share>,
        /// Share of spend by segment that buys models with operations at the start.
        reach: By<SegmentId, Quantity<Share>>,
        /// Growth of the reach a year.
        growth: Quantity<PerYear>,
        /// Share of the labour of a move that it saves.
        saving: Quantity<Share>,
        /// Utility that its customers find in the attached cloud.
        attachment: Quantity<Logit>,
        /// Own cost as a share of fees.
        cost: Quantity<Share>,
        /// Policy for its fee and its attached cloud; fixed if absent.
        policy: Option<IntegratorPolicy>,
        /// Fall of the log odds of its reach for each unit by which its fee, a share of spend, rises above the fee at the
        /// start; 0 if absent.
        fee_sensitivity: Option<Quantity<Logit>>,
        /// Part of the way to the best fee that a monthly review goes; 0 if absent.
        adjustment: Option<Quantity<Share>>,
        /// Lead in its customers' spend, as a share of it, from which a rival cloud replaces the attached one; 0 if
        /// absent.
        loyalty: Option<Quantity<Share>>,
    }
}

words! {
    /// Policies of an integrator for its fee and its attached cloud.
    IntegratorPolicy {
        /// As the scenario states.
        Fixed = "fixed",
        /// Reviewed every month: the fee that earns most, and the cloud on which its customers spend most.
        Reviewing = "reviewing",
    }
}

record! {
    /// A lab that may enter.
    EntrySpec {
        /// Name.
        name: Name,
        /// The lab.
        lab: Ref<LabId>,
        /// Chance that it enters at all.
        probability: Quantity<Share>,
        /// Date of entry, in months after the start.
        date: Quantity<Months>,
        /// Capability of its models on entry, against those of the best lab of the tier at that time.
        capability: Quantity<Logit>,
        /// Clouds that court it: their pull beyond neutrality and rent.
        clouds: By<CloudId, Quantity<Logit>>,
        /// Weight of a cloud's credibility in its choice of a home.
        neutrality: Quantity<Logit>,
        /// Time after which the other clouds sell it too.
        multi_home: Quantity<Months>,
    }
}

record! {
    /// An investor that is neither a cloud nor a silicon vendor.
    InvestorSpec {
        /// Name.
        name: Name,
        /// Name in tables.
        title: Name,
    }
}
