//! Records of demand: size, growth, tastes, choice, the cost of moving, tiers.

use crate::base::ids::{CloudId, LabId, PriceClassId, TaskId};
use crate::base::units::{
    Count, Days, Dollars, Elasticity, GbPerMtok, HoursPerMtok, Logit, Months, PerMonth, PerYear,
    Ratio, Share, UsdPerMtok, UsdPerYear, Weeks,
};
use crate::economics::switching::Move;
use crate::scenario::names::Names;
use crate::scenario::quantity::Quantity;
use crate::scenario::record::{Name, When, Whole, record, words};
use crate::scenario::reference::{By, Ref, Referent};

record! {
    /// The size of demand and how it grows.
    DemandSpec {
        /// Enterprise inference spend at the start, all labs and open weights.
        enterprise_spend: Quantity<UsdPerYear>,
        /// Median potential spend of an enterprise in the lognormal body of sizes.
        size_median: Quantity<UsdPerYear>,
        /// Sigma of the lognormal body.
        size_sigma: Quantity<Ratio>,
        /// Size at which the Pareto tail begins.
        size_tail_start: Quantity<UsdPerYear>,
        /// Pareto exponent of the tail.
        size_tail_alpha: Quantity<Ratio>,
        /// Share of enterprises in the tail.
        size_tail_share: Quantity<Share>,
        /// The largest enterprise.
        size_max: Quantity<UsdPerYear>,
        /// Elasticity of volume to the price index of the task.
        price_elasticity: Quantity<Elasticity>,
        /// Pieces of work into which an enterprise splits a task; each chooses its own offer.
        pieces: Whole<1, 16>,
        /// Growth at the start by new work of customers, which chooses an offer afresh; the growth of a task comes on top.
        new_work: Quantity<PerMonth>,
        /// Half-life of the growth by new work.
        new_work_half_life: Quantity<Months>,
        /// Pieces in which the new work of an enterprise and task arrives; 0 if there is none.
        new_pieces: Whole<0, 16>,
        /// Share of input tokens in a blended million.
        input_share: Quantity<Share>,
        /// Share of tokens that can wait (batch), served last.
        batch_share: Quantity<Share>,
        /// Potential spend above which an enterprise has the engineers to self-host.
        self_host_threshold: Quantity<UsdPerYear>,
        /// The longest that a workload can have run at the start.
        tenure_max: Quantity<Months>,
        /// Part of a lab's share that is bought without a router at least, where routers and self-hosting would take more.
        direct_min: Quantity<Share>,
    }
}

record! {
    /// Stochastic trends: how growth strays from its path. Noises are standard deviations of a month, in logarithms.
    TrendSpec {
        /// Noise of the level of demand on the whole market.
        market_level: Quantity<Ratio>,
        /// Noise of the growth rate of demand on the whole market.
        market_slope: Quantity<Ratio>,
        /// Half-life of deviations of the market's growth from its long-run path.
        market_half_life: Quantity<Months>,
        /// Noise of the level of demand for a lab against the market.
        lab_level: Quantity<Ratio>,
        /// Noise of the growth rate of demand for a lab against the market.
        lab_slope: Quantity<Ratio>,
        /// Half-life of deviations of a lab's growth from the market's.
        lab_half_life: Quantity<Months>,
        /// Noise of the level of the revenue of clouds that the model leaves out.
        cloud_level: Quantity<Ratio>,
        /// Noise of the growth rate of the revenue of clouds that the model leaves out.
        cloud_slope: Quantity<Ratio>,
        /// Noise of the level of capital expenditure that the model leaves out.
        capex_level: Quantity<Ratio>,
        /// Noise of the growth rate of capital expenditure that the model leaves out.
        capex_slope: Quantity<Ratio>,
        /// Half-life of the growth of revenue and capital expenditure that the model leaves out.
        cloud_half_life: Quantity<Months>,
        /// Enterprise spend at which growth ends; if absent, growth only fades.
        ceiling: Option<Quantity<UsdPerYear>>,
    }
}

record! {
    /// Choice: how enterprises compare offers.
    ChoiceSpec {
        /// Nesting parameter of the choice (pyblp's rho: 0 is plain logit; the lambda of McFadden is 1 - rho).
        nesting: Quantity<Share>,
        /// Standard deviation of an enterprise's lasting taste for a lab.
        lab_taste_sd: Quantity<Logit>,
        /// Utility of buying where the enterprise already runs.
        home_cloud: Quantity<Logit>,
        /// Half-life of the pull of labs that win more of the new work than they have of the old.
        flow_half_life: Quantity<Months>,
        /// Mean time between an enterprise's reviews of a workload.
        review_interval: Quantity<Months>,
        /// Chance that a review looks beyond the models on offer at hand.
        attention_model: Quantity<Share>,
        /// Chance that a review looks at other routers.
        attention_router: Quantity<Share>,
        /// Chance that a review looks at other clouds or self-hosting.
        attention_cloud: Quantity<Share>,
        /// Elasticity of these chances to the price of the offer in use over its price at the start, where it has risen.
        price_attention: Quantity<Elasticity>,
        /// Factor on review rates in the month after something noticed (a release, a price rise, throttling).
        notice: Quantity<Ratio>,
        /// Duration of a notice.
        notice_span: Quantity<Days>,
        /// Unserved share at which customers of a cloud take notice.
        throttle_notice: Quantity<Share>,
        /// Utility lost per unit of queueing delay relative to service time.
        latency: Quantity<Logit>,
        /// Utility lost per unit of unserved share.
        throttling: Quantity<Logit>,
        /// Utility of a managed stateful runtime to a stateful task.
        stateful_runtime: Quantity<Logit>,
    }
}

record! {
    /// Switching: the cost of moving a workload.
    SwitchingSpec {
        /// Cost of one unit of labour: integrating one product anew.
        labour: Quantity<Dollars>,
        /// Yearly spend of the workload for which `labour` is stated.
        labour_reference: Quantity<UsdPerYear>,
        /// Elasticity of labour to the spend of the workload.
        labour_elasticity: Quantity<Elasticity>,
        /// Share of the labour that integrators are paid for; the rest is own staff.
        outsourced: Quantity<Share>,
        /// Horizon over which an enterprise weighs a one-off cost.
        horizon: Quantity<Months>,
        /// Discount rate of enterprises.
        discount: Quantity<PerMonth>,
        /// Data held at the origin per million tokens a month.
        data: Quantity<GbPerMtok>,
        /// Cost of moving data out, as a share of the list price; the highest legal charge where charges are capped at cost.
        data_cost: Quantity<Share>,
        /// Time for which data is kept.
        retention: Quantity<Months>,
        /// Value of full agent state, in months of spend.
        state_value: Quantity<Months>,
        /// Months of use after which 63 % of full state has built up.
        state_build: Quantity<Months>,
        /// Value of a fully learned routing policy, in months of spend.
        policy_value: Quantity<Months>,
        /// Months of use after which 63 % of a routing policy is learned.
        policy_build: Quantity<Months>,
        /// Share of committed cloud spend that is AI and would fall short.
        shortfall: Quantity<Share>,
        /// Chance that a first migration goes as planned.
        first_time_success: Quantity<Share>,
        /// Factor on cost and duration of a migration that does not go as planned.
        overrun: Quantity<Ratio>,
        /// Sigma of the logarithm of a migration's duration.
        duration_sigma: Quantity<Ratio>,
        /// Chance that a migration in trouble is given up.
        abandoned: Quantity<Share>,
        /// Terms by kind of move: model, router, cloud, `self_host`.
        moves: Vec<MoveSpec>,
    }
}

impl Referent for Move {
    type Id = Self;
    const KIND: &'static str = "kind of move";
    fn known(_: &Names) -> Vec<(&str, Self)> {
        Self::ALL.map(|kind| (kind.name(), kind)).to_vec()
    }
}

record! {
    /// Terms of one kind of move.
    MoveSpec {
        /// Kind of move: model, router, cloud or `self_host`.
        name: Ref<Move>,
        /// Units of labour.
        labour: Quantity<Ratio>,
        /// Share of integration that is portable.
        portability: Quantity<Share>,
        /// Share of tokens re-validated in any case.
        revalidated: Quantity<Share>,
        /// Median duration.
        duration: Quantity<Weeks>,
        /// Share of spend that runs twice during the move.
        overlap: Quantity<Share>,
        /// Residual inertia, in months of spend.
        inertia: Quantity<Months>,
    }
}

words! {
    /// A price tier.
    Tier {
        /// The best a lab has.
        Flagship = "flagship",
        /// Between flagship and small.
        Mid = "mid",
        /// Cheap and fast.
        Small = "small",
        /// Weights that anyone may run.
        Open = "open-weight",
    }
}

impl Referent for Tier {
    type Id = Self;
    const KIND: &'static str = "tier";
    fn known(_: &Names) -> Vec<(&str, Self)> {
        Self::ALL.iter().map(|tier| (tier.word(), *tier)).collect()
    }
}

record! {
    /// A price tier of models.
    TierSpec {
        /// The tier: flagship, mid, small or open-weight.
        name: Ref<Tier>,
        /// Compute per million tokens at the start.
        compute: Quantity<HoursPerMtok>,
        /// Decline of compute per million tokens.
        compute_decline: Quantity<PerYear>,
        /// Share of list price that is paid on average, after caching, batch and negotiated discounts.
        realised_price: Quantity<Share>,
        /// Growth of capability at constant price, in logit units a year.
        progress: Quantity<Logit>,
        /// Drift of list prices within the tier, applied at releases.
        release_price_step: Quantity<PerYear>,
        /// Chance that a release of the lab brings a new model in this tier; others leave its price alone.
        release_new: Quantity<Share>,
        /// Share of new models whose list price is that of the model before, but for the drift.
        release_no_change: Quantity<Share>,
        /// Standard deviation of the logarithm of the other new models' steps, each model's own.
        release_price_spread: Quantity<Ratio>,
        /// Part of a step that goes with the work done per token: a model at twice the price needs fewer tokens for the
        /// same work, and 1 leaves the price of work as it is.
        release_work: Quantity<Share>,
    }
}

record! {
    /// A jurisdiction.
    JurisdictionSpec {
        /// Name.
        name: Name,
        /// Share of enterprise spend.
        spend_share: Quantity<Share>,
        /// First day on which the law caps charges for moving data at cost.
        egress_capped_from: Option<When>,
        /// First day without charges for moving data, by law.
        egress_free_from: Option<When>,
    }
}

record! {
    /// A segment of enterprises.
    SegmentSpec {
        /// Name.
        name: Name,
        /// Share of enterprise spend at the start.
        spend_share: Quantity<Share>,
        /// Share of potential workloads adopted at the start.
        adopted: Quantity<Share>,
        /// Factor on the size of an enterprise.
        size_factor: Quantity<Ratio>,
        /// Share of potential spend by task class; rescaled to sum to one.
        task_share: By<TaskId, Quantity<Share>>,
        /// Utility per unit of a platform's lacking credibility.
        neutrality: Quantity<Logit>,
        /// Requalification after a move, in units of labour.
        requalification: Quantity<Ratio>,
        /// Utility lost per unit of perceived risk.
        risk: Quantity<Logit>,
        /// Share of enterprises that take open weights only.
        open_only: Quantity<Share>,
        /// Share of cloud spend under commitment.
        committed: Quantity<Share>,
        /// Utility of direct contracts with labs, against buying through clouds.
        direct: Quantity<Logit>,
        /// Shares of the latent price classes; rescaled to sum to one.
        price_class: By<PriceClassId, Quantity<Share>>,
    }
}

record! {
    /// A task class.
    TaskSpec {
        /// Name.
        name: Name,
        /// True if its workloads want a stateful runtime.
        stateful: bool,
        /// Bass coefficient of innovation.
        innovation: Quantity<PerYear>,
        /// Bass coefficient of imitation.
        imitation: Quantity<PerYear>,
        /// Growth of tokens per workload at the start.
        growth: Quantity<PerMonth>,
        /// Half-life of the growth of tokens per workload.
        growth_half_life: Quantity<Months>,
        /// Price in which utility is measured.
        reference_price: Quantity<UsdPerMtok>,
        /// Weight of capability, relative to the average task.
        capability: Quantity<Ratio>,
        /// Weight of delay, relative to the average task.
        delay: Quantity<Ratio>,
        /// Utility of each price tier for the task.
        tier: By<Tier, Quantity<Logit>>,
    }
}

record! {
    /// A latent class of price sensitivity.
    PriceClassSpec {
        /// Name.
        name: Name,
        /// Utility per reference price of the task: the own-price elasticity is about this times one minus the share.
        sensitivity: Quantity<Logit>,
    }
}

record! {
    /// Seats of a cloud's own AI product, such as an assistant in office software. They are sold by the seat, not by the
    /// token, and enterprises do not choose them among the offers for their workloads.
    SeatsSpec {
        /// Name.
        name: Name,
        /// The cloud whose product it is.
        cloud: Ref<CloudId>,
        /// Paid seats at the start.
        seats: Quantity<Count>,
        /// Price of a seat a month, USD.
        price: Quantity<Dollars>,
        /// Growth of the number of seats at the start.
        growth: Quantity<PerYear>,
        /// Half-life of the growth.
        half_life: Quantity<Months>,
        /// Share of revenue that the compute for serving costs at the contract rent of the start. Each seat needs the
        /// same hours throughout, at the cloud's contract rent.
        compute: Quantity<Share>,
        /// Shares of revenue paid to labs for their models; part of these labs' other revenue.
        lab_share: By<LabId, Quantity<Share>>,
    }
}
