//! The records of a scenario file: the whole market as it is written down.
//!
//! Every number is a [`Quantity`] with its unit. References between records are names; [`super::check`]
//! sees that each names something.

use super::quantity::Quantity;
use super::record::{ByName, Name, When, Whole, record, words};
use crate::units::{
    Count, Days, Dollars, Elasticity, GbPerMtok, Gigawatt, H100e, HoursPerMtok, KwPerH100e, Logit,
    Months, PerMonth, PerYear, Ratio, Share, UsdPerGb, UsdPerH100e, UsdPerHour, UsdPerMtok,
    UsdPerYear, Weeks, Years,
};

record! {
    /// A scenario: one market, one horizon, one question.
    Scenario {
        /// Short name; it names the output folder.
        name: Name,
        /// What the scenario is, in a few words; it heads the charts.
        title: Name,
        /// What the scenario asks.
        question: Option<Name>,
        /// The file that this one edits: a path beside it, or `baseline` for the built-in one.
        extends: Option<Name>,
        /// First day of the simulation.
        start: When,
        /// Months simulated.
        months: Whole<1, 120>,
        /// How the run is sampled.
        run: RunSpec,
        /// The size of demand and how it grows.
        demand: DemandSpec,
        /// How offers are compared.
        choice: ChoiceSpec,
        /// What it takes to move.
        switching: SwitchingSpec,
        /// How capacity is built and shared.
        supply: SupplySpec,
        /// How rents move.
        rent: RentSpec,
        /// How credibility moves.
        trust: TrustSpec,
        /// Price tiers of models.
        tier: Vec<TierSpec>,
        /// Jurisdictions of enterprises.
        jurisdiction: Vec<JurisdictionSpec>,
        /// Segments of enterprises.
        segment: Vec<SegmentSpec>,
        /// Task classes of workloads.
        task: Vec<TaskSpec>,
        /// Latent classes of price sensitivity.
        price_class: Vec<PriceClassSpec>,
        /// Clouds.
        cloud: Vec<CloudSpec>,
        /// Labs.
        lab: Vec<LabSpec>,
        /// Models.
        model: Vec<ModelSpec>,
        /// The distribution matrix: where which lab's models are sold, from when to when.
        channel: Vec<ChannelSpec>,
        /// Routers.
        router: Vec<RouterSpec>,
        /// Open weights that enterprises run themselves; without it nobody self-hosts.
        self_host: Option<SelfHostSpec>,
        /// Silicon vendors.
        vendor: Vec<VendorSpec>,
        /// Integrators.
        integrator: Vec<IntegratorSpec>,
        /// Regulators.
        regulator: Vec<RegulatorSpec>,
        /// Investors that are neither clouds nor silicon vendors.
        investor: Vec<InvestorSpec>,
        /// Stakes held at the start.
        equity: Vec<EquitySpec>,
        /// Investment promised under a condition.
        tranche: Vec<TrancheSpec>,
        /// Take-or-pay commitments of labs to clouds.
        commitment: Vec<CommitmentSpec>,
        /// Exclusive rights to sell.
        exclusivity: Vec<ExclusivitySpec>,
        /// Who books what is sold through a cloud, and what is shared.
        channel_share: Vec<ChannelShareSpec>,
        /// Credits granted by clouds.
        credit: Vec<CreditSpec>,
        /// Dated facts and changes.
        event: Vec<EventSpec>,
        /// Dated shocks.
        shock: Vec<ShockSpec>,
        /// Rank correlations between uncertain numbers.
        correlation: Vec<CorrelationSpec>,
    }
}

record! {
    /// How the run is sampled.
    RunSpec {
        /// Enterprises simulated; sampling weights make any number the same market.
        enterprises: Whole<1, 10_000_000>,
        /// Replications.
        replications: Whole<1, 1_000_000>,
        /// Seed of all random streams.
        seed: Whole<0, 9_007_199_254_740_991>,
        /// Length of the lookahead window, in parts of a day (1 is one day, 2 half a day).
        windows_per_day: Whole<1, 24>,
    }
}

record! {
    /// The size of demand and how it grows.
    DemandSpec {
        /// Enterprise inference spend at the start, all labs and open weights.
        enterprise_spend: Quantity<UsdPerYear>,
        /// Median potential spend of an enterprise in the lognormal body of sizes.
        size_median: Quantity<UsdPerYear>,
        /// Sigma of the lognormal body.
        size_sigma: Quantity<Ratio>,
        /// Where the Pareto tail of sizes begins.
        size_tail_start: Quantity<UsdPerYear>,
        /// Pareto exponent of the tail.
        size_tail_alpha: Quantity<Ratio>,
        /// Share of enterprises in the tail.
        size_tail_share: Quantity<Share>,
        /// The largest enterprise.
        size_max: Quantity<UsdPerYear>,
        /// Elasticity of volume to the price index of the task.
        price_elasticity: Quantity<Elasticity>,
        /// Share of input tokens in a blended million.
        input_share: Quantity<Share>,
        /// Share of tokens that can wait (batch), served last.
        batch_share: Quantity<Share>,
        /// Potential spend above which an enterprise has the engineers to self-host.
        self_host_threshold: Quantity<UsdPerYear>,
    }
}

record! {
    /// How offers are compared.
    ChoiceSpec {
        /// Nesting parameter of the choice (pyblp's rho: 0 is plain logit; the lambda of McFadden is 1 - rho).
        nesting: Quantity<Share>,
        /// Standard deviation of an enterprise's lasting taste for a lab.
        lab_taste_sd: Quantity<Logit>,
        /// Utility of buying where the enterprise already runs.
        home_cloud: Quantity<Logit>,
        /// Mean time between an enterprise's reviews of a workload.
        review_interval: Quantity<Months>,
        /// Chance that a review looks beyond the models on offer at hand.
        attention_model: Quantity<Share>,
        /// Chance that a review looks at other routers.
        attention_router: Quantity<Share>,
        /// Chance that a review looks at other clouds or self-hosting.
        attention_cloud: Quantity<Share>,
        /// Factor on review rates in the month after something noticed (a release, a price rise, throttling).
        notice: Quantity<Ratio>,
        /// How long a notice lasts.
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
    /// What it takes to move.
    SwitchingSpec {
        /// Cost of one unit of labour: integrating one product anew.
        labour: Quantity<Dollars>,
        /// Yearly spend of the workload to which that cost belongs.
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
        /// How long data is kept.
        retention: Quantity<Months>,
        /// Value of full agent state, in months of spend.
        state_value: Quantity<Months>,
        /// Months of use at which 63 % of state has built up.
        state_build: Quantity<Months>,
        /// Value of a fully learned routing policy, in months of spend.
        policy_value: Quantity<Months>,
        /// Months of use at which 63 % of the policy is learned.
        policy_build: Quantity<Months>,
        /// Share of committed cloud spend that is AI and would fall short.
        shortfall: Quantity<Share>,
        /// Chance that a first migration goes as planned.
        first_time_success: Quantity<Share>,
        /// Factor on cost and duration where it does not.
        overrun: Quantity<Ratio>,
        /// Sigma of the logarithm of a migration's duration.
        duration_sigma: Quantity<Ratio>,
        /// Chance that a migration in trouble is given up.
        abandoned: Quantity<Share>,
        /// Terms by kind of move: model, router, cloud, `self_host`.
        moves: Vec<MoveSpec>,
    }
}

record! {
    /// Terms of one kind of move.
    MoveSpec {
        /// Kind of move: model, router, cloud or `self_host`.
        name: Name,
        /// Units of labour.
        labour: Quantity<Ratio>,
        /// Share of integration that is portable.
        portability: Quantity<Share>,
        /// Share of tokens re-validated in any case.
        revalidated: Quantity<Share>,
        /// Median duration.
        duration: Quantity<Weeks>,
        /// Share of spend that runs twice meanwhile.
        overlap: Quantity<Share>,
        /// Residual inertia, in months of spend.
        inertia: Quantity<Months>,
    }
}

record! {
    /// How capacity is built and shared.
    SupplySpec {
        /// Lead time of accelerators at the start.
        lead_time: Quantity<Weeks>,
        /// Lead time that it returns to.
        lead_time_normal: Quantity<Weeks>,
        /// Half-life of the return.
        lead_time_recovery: Quantity<Months>,
        /// Sigma of the logarithm of one delivery's lead time.
        lead_time_sigma: Quantity<Ratio>,
        /// Growth of the silicon vendors' output.
        chip_growth: Quantity<PerYear>,
        /// Utilisation that clouds plan for.
        target_utilisation: Quantity<Share>,
        /// Servers that work as one queue, for the delay formula.
        servers: Quantity<Count>,
        /// Share of demand that holds committed or reserved capacity.
        committed_share: Quantity<Share>,
        /// Share of unserved routed demand that a router over several clouds can place elsewhere.
        spill: Quantity<Share>,
        /// Growth of inference demand from outside this model.
        background_growth: Quantity<PerYear>,
        /// Price of an H100-equivalent of capacity, all in.
        capex: Quantity<UsdPerH100e>,
        /// Decline of that price.
        capex_decline: Quantity<PerYear>,
        /// Share of capex that goes to silicon vendors.
        silicon_share: Quantity<Share>,
        /// Power and space per H100-equivalent hour.
        opex: Quantity<UsdPerHour>,
        /// Power per H100-equivalent of new capacity.
        power: Quantity<KwPerH100e>,
    }
}

record! {
    /// How rents move: logarithms revert to a mean that rises with utilisation.
    RentSpec {
        /// Contract rent at the start.
        contract: Quantity<UsdPerHour>,
        /// Spot rent at the start.
        spot: Quantity<UsdPerHour>,
        /// Speed of reversion of the contract rent.
        contract_speed: Quantity<PerMonth>,
        /// Speed of reversion of the spot rent.
        spot_speed: Quantity<PerMonth>,
        /// Volatility of the contract rent per root month.
        contract_volatility: Quantity<Ratio>,
        /// Volatility of the spot rent per root month.
        spot_volatility: Quantity<Ratio>,
        /// Response of the log of rents to pressure: demand over capacity, less the planned utilisation.
        tightness: Quantity<Ratio>,
        /// Decline of rents at constant tightness, from cheaper hardware.
        decline: Quantity<PerYear>,
    }
}

record! {
    /// How credibility as a neutral platform moves.
    TrustSpec {
        /// Share of the gap to the credibility at the start that is closed a month.
        recovery: Quantity<PerMonth>,
        /// Credibility lost a month per logit unit of steering seen.
        wear: Quantity<PerMonth>,
        /// Noise of what is seen of steering, in logit units.
        observation_noise: Quantity<Logit>,
    }
}

words! {
    /// A price tier.
    Tier {
        /// The best a lab has.
        Flagship = "flagship",
        /// Between.
        Mid = "mid",
        /// Cheap and fast.
        Small = "small",
        /// Weights that anyone may run.
        Open = "open-weight",
    }
}

record! {
    /// A price tier of models.
    TierSpec {
        /// The tier: flagship, mid, small or open-weight.
        name: Name,
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
    }
}

record! {
    /// A jurisdiction.
    JurisdictionSpec {
        /// Name.
        name: Name,
        /// Share of enterprise spend.
        spend_share: Quantity<Share>,
        /// When switching charges for data end by law.
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
        task_share: ByName<Quantity<Share>>,
        /// Utility per unit of a platform's lacking credibility.
        neutrality: Quantity<Logit>,
        /// Requalification after a move, in units of labour.
        requalification: Quantity<Ratio>,
        /// Share of enterprises that take open weights only.
        open_only: Quantity<Share>,
        /// Share of cloud spend under commitment.
        committed: Quantity<Share>,
        /// Utility of direct contracts with labs, against buying through clouds.
        direct: Quantity<Logit>,
        /// Shares of the latent price classes; rescaled to sum to one.
        price_class: ByName<Quantity<Share>>,
    }
}

record! {
    /// A task class.
    TaskSpec {
        /// Name.
        name: Name,
        /// Whether it wants a stateful runtime.
        stateful: bool,
        /// Bass coefficient of innovation.
        innovation: Quantity<PerYear>,
        /// Bass coefficient of imitation.
        imitation: Quantity<PerYear>,
        /// Growth of tokens per workload at the start.
        growth: Quantity<PerMonth>,
        /// Half-life of that growth.
        growth_half_life: Quantity<Months>,
        /// Price that utility is measured against.
        reference_price: Quantity<UsdPerMtok>,
        /// Weight of capability, relative to the average task.
        capability: Quantity<Ratio>,
        /// Weight of delay, relative to the average task.
        delay: Quantity<Ratio>,
        /// Utility of each price tier for the task.
        tier: ByName<Quantity<Logit>>,
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
    /// A runtime.
    Runtime {
        /// An API without memory of its own.
        Stateless = "stateless",
        /// A managed agent platform that keeps state.
        Stateful = "stateful",
    }
}

record! {
    /// One cell of the distribution matrix: a lab's models at one seller.
    ChannelSpec {
        /// Name.
        name: Name,
        /// The lab.
        lab: Name,
        /// The cloud that sells; none where the lab sells itself.
        cloud: Option<Name>,
        /// The runtime.
        runtime: Runtime,
        /// Share of the lab's enterprise spend at the start.
        share: Quantity<Share>,
        /// First day on sale; on sale at the start if absent.
        from: Option<When>,
        /// First day no longer on sale.
        until: Option<When>,
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

record! {
    /// A stake.
    EquitySpec {
        /// Name.
        name: Name,
        /// Who holds it: a cloud, vendor or investor.
        holder: Name,
        /// The lab.
        lab: Name,
        /// Share of cash flows.
        cash_flow: Quantity<Share>,
        /// Share of control.
        control: Quantity<Share>,
    }
}

record! {
    /// Investment promised under a condition.
    TrancheSpec {
        /// Name.
        name: Name,
        /// Who invests.
        holder: Name,
        /// The lab.
        lab: Name,
        /// The amount.
        amount: Quantity<Dollars>,
        /// The condition: `firm`, or what must happen first.
        trigger: Name,
        /// Until when.
        until: When,
    }
}

record! {
    /// A take-or-pay commitment of a lab to a cloud.
    CommitmentSpec {
        /// Name.
        name: Name,
        /// The lab.
        lab: Name,
        /// The cloud.
        cloud: Name,
        /// The total amount.
        amount: Quantity<Dollars>,
        /// First day.
        from: When,
        /// Last day.
        until: When,
    }
}

record! {
    /// An exclusive right of one cloud to sell a lab's models.
    ExclusivitySpec {
        /// Name.
        name: Name,
        /// The lab.
        lab: Name,
        /// The cloud that holds the right.
        cloud: Name,
        /// The runtime it covers.
        runtime: Runtime,
        /// The tiers it covers; all if absent.
        tiers: Option<Vec<Tier>>,
        /// First day; in force at the start if absent.
        from: Option<When>,
        /// First day no longer in force.
        until: Option<When>,
    }
}

words! {
    /// Who books a sale.
    Books {
        /// The lab books the sale and pays the cloud.
        Lab = "lab",
        /// The cloud books the sale and pays the lab.
        Cloud = "cloud",
    }
}

words! {
    /// What a share is taken of.
    ShareBase {
        /// Revenue.
        Revenue = "revenue",
        /// Revenue less serving compute.
        GrossProfit = "gross-profit",
    }
}

record! {
    /// Who books what is sold through a cloud, and what is shared.
    ChannelShareSpec {
        /// Name.
        name: Name,
        /// The lab.
        lab: Name,
        /// The cloud; with `all_revenue`, the cloud that takes a share of everything the lab books.
        cloud: Name,
        /// Who books the sale.
        books: Books,
        /// The share of the other side.
        share: Quantity<Share>,
        /// What it is a share of.
        base: ShareBase,
        /// Whether the share is taken of all revenue of the lab, wherever it was sold.
        all_revenue: Option<bool>,
    }
}

record! {
    /// Credits granted by a cloud.
    CreditSpec {
        /// Name.
        name: Name,
        /// The cloud.
        cloud: Name,
        /// The segment that receives them.
        segment: Name,
        /// The most that one enterprise receives.
        amount: Quantity<Dollars>,
    }
}

words! {
    /// What a dated event changes.
    EventKind {
        /// Nothing: a fact on record.
        Fact = "fact",
        /// A router's take rate becomes `value`.
        TakeRate = "take-rate",
        /// A router's steering becomes `value`.
        Steering = "steering",
        /// A lab's list prices in a tier are multiplied by `value`.
        PriceStep = "price-step",
    }
}

record! {
    /// A dated event.
    EventSpec {
        /// Name.
        name: Name,
        /// The day.
        date: When,
        /// What it changes.
        kind: EventKind,
        /// The router or lab concerned.
        subject: Option<Name>,
        /// The tier concerned.
        tier: Option<Tier>,
        /// The new value.
        value: Option<Quantity<Ratio>>,
        /// Where the fact comes from.
        source: Option<Name>,
    }
}

words! {
    /// A kind of shock.
    ShockKind {
        /// Deliveries fall by `size` (a share).
        SupplyCut = "supply-cut",
        /// Lead times are multiplied by `size`.
        LeadTime = "lead-time",
        /// Capacity falls by `size` (a share) and comes back at the end.
        Outage = "outage",
        /// Demand is multiplied by `size`.
        Demand = "demand",
        /// Power that can be added falls by `size` (a share).
        Power = "power",
    }
}

record! {
    /// A dated shock.
    ShockSpec {
        /// Name.
        name: Name,
        /// What is shocked.
        kind: ShockKind,
        /// First day.
        date: When,
        /// How long it lasts.
        duration: Quantity<Months>,
        /// How strong it is.
        size: Quantity<Ratio>,
        /// The cloud concerned; all if absent.
        cloud: Option<Name>,
    }
}

record! {
    /// Rank correlations between uncertain numbers (a Gaussian copula).
    CorrelationSpec {
        /// Name.
        name: Name,
        /// Dotted paths of the numbers.
        inputs: Vec<Name>,
        /// Their rank correlations, row by row.
        matrix: Vec<Vec<Correlation>>,
    }
}

/// A correlation coefficient, -1 to 1.
#[derive(Clone, Copy, Debug)]
pub struct Correlation(pub f64);

impl super::record::Field for Correlation {
    const KIND: &'static str = "a number from -1 to 1";
    fn read(node: &super::source::Node, reader: &mut super::record::Reader) -> Option<Self> {
        match node.as_number() {
            Some(number) if (-1.0..=1.0).contains(&number) => Some(Self(number)),
            _ => {
                reader.fault(
                    "a correlation lies between -1 and 1",
                    &node.place,
                    "write a number from -1 to 1",
                );
                None
            }
        }
    }
    fn schema() -> serde_json::Value {
        serde_json::json!({ "type": "number", "minimum": -1, "maximum": 1 })
    }
}
