//! The numbers of one replication: every uncertain quantity of the scenario, drawn.

mod draw;

use crate::economics::switching::{Move, MoveTerms, TotalCosts};
use crate::market::state::Dims;
use crate::scenario::quantity::Draws;
use crate::time::{SimTime, Span};
use crate::units::DAYS_PER_MONTH;

/// A segment's numbers.
#[derive(Clone, Debug)]
pub struct Segment {
    /// Share of enterprise spend at the start.
    pub spend_share: f64,
    /// Share of potential workloads adopted at the start.
    pub adopted: f64,
    /// Factor on the size of an enterprise.
    pub size_factor: f64,
    /// Share of potential spend by task class, summing to one.
    pub task_share: Vec<f64>,
    /// Utility per unit of lacking credibility.
    pub neutrality: f64,
    /// Requalification in units of labour.
    pub requalification: f64,
    /// Utility lost per unit of perceived risk.
    pub risk: f64,
    /// Share of enterprises that take open weights only.
    pub open_only: f64,
    /// Share of cloud spend under commitment.
    pub committed: f64,
    /// Utility of direct contracts with labs.
    pub direct: f64,
    /// Shares of the price classes, summing to one.
    pub class_share: Vec<f64>,
}

/// A task class's numbers.
#[derive(Clone, Debug)]
pub struct Task {
    /// Whether it wants a stateful runtime.
    pub is_stateful: bool,
    /// Bass coefficient of innovation, per year.
    pub innovation: f64,
    /// Bass coefficient of imitation, per year.
    pub imitation: f64,
    /// Growth of tokens per workload at the start, per month.
    pub growth: f64,
    /// Half-life of that growth, months.
    pub half_life: f64,
    /// Price that utility is measured against, USD per Mtok.
    pub reference_price: f64,
    /// Weight of capability.
    pub capability: f64,
    /// Weight of delay.
    pub delay: f64,
    /// Utility of each tier.
    pub tier: Vec<f64>,
}

/// A tier's numbers.
#[derive(Clone, Debug)]
pub struct TierNumbers {
    /// H100e-hours per Mtok at the start.
    pub compute: f64,
    /// Decline of that, per year.
    pub compute_decline: f64,
    /// Share of list price that is paid.
    pub realised: f64,
    /// Capability growth, logit units a year.
    pub progress: f64,
    /// Drift of list prices, per year.
    pub price_drift: f64,
    /// Spread of the steps around that drift, over a year.
    pub price_spread: f64,
}

/// By task: gaps at the start, their closing, the pace of small models.
#[derive(Clone, Debug)]
pub struct OpennessNumbers {
    /// Gap at the start.
    pub gap: Vec<f64>,
    /// Rate of closing, per year.
    pub closing: Vec<f64>,
    /// Utility of closing a gap of one.
    pub value: f64,
    /// Share of capability that counts as parity.
    pub parity: f64,
    /// Relative price that counts as a commodity.
    pub commodity: f64,
    /// Factor on the chance of looking at self-hosting after parity.
    pub attention: f64,
    /// Utility that small models gain a year.
    pub small: Vec<f64>,
}

/// All other numbers of one replication that stay constant through it. Names are those of the scenario file.
#[derive(Clone, Debug)]
pub struct Parameters {
    /// Dimensions.
    pub dims: Dims,
    /// Segments.
    pub segments: Vec<Segment>,
    /// Task classes.
    pub tasks: Vec<Task>,
    /// Tiers.
    pub tiers: Vec<TierNumbers>,
    /// Price sensitivity by class.
    pub sensitivity: Vec<f64>,
    /// Shares of jurisdictions.
    pub jurisdiction_share: Vec<f64>,
    /// When switching charges for data end, by jurisdiction.
    pub egress_free_from: Vec<SimTime>,
    /// Home shares of clouds.
    pub home_share: Vec<f64>,
    /// Terms by kind of move.
    pub moves: [MoveTerms; Move::ALL.len()],
    /// What they make moves cost.
    pub total_costs: TotalCosts,
    /// Median duration in days by kind of move.
    pub move_days: [f64; Move::ALL.len()],
    /// Share of spend that runs twice, by kind of move.
    pub move_overlap: [f64; Move::ALL.len()],
    /// State built up after so many days, as a share of full.
    pub state_built: Vec<f64>,
    /// Policy learned after so many days, as a share of full.
    pub policy_learned: Vec<f64>,
    /// Scalars of `[demand]`.
    pub demand: DemandNumbers,
    /// Scalars of `[choice]`.
    pub choice: ChoiceNumbers,
    /// Mean days between candidate reviews of a workload.
    pub review_gap: f64,
    /// Scalars of `[switching]`.
    pub switching: SwitchingNumbers,
    /// The monthly payment that equals a one-off cost of one over the horizon.
    pub annuity: f64,
    /// Scalars of `[supply]`.
    pub supply: SupplyNumbers,
    /// Scalars of `[rent]`.
    pub rent: RentNumbers,
    /// Scalars of `[trust]`.
    pub trust: TrustNumbers,
    /// `[finance]`.
    pub finance: Option<FinanceNumbers>,
    /// `[pricing]`.
    pub pricing: Option<PricingNumbers>,
    /// `[regulation]`.
    pub regulation: Option<RegulationNumbers>,
    /// `[incident]`.
    pub incident: Option<IncidentNumbers>,
    /// `[openness]`, by task.
    pub openness: Option<OpennessNumbers>,
    /// `[stateful]`.
    pub stateful: Option<StatefulNumbers>,
    /// Median context by task; zero where none is stated.
    pub context: Vec<f64>,
    /// `[photonics]`.
    pub photonics: Option<Optics>,
    /// Integrators.
    pub integrators: Vec<IntegratorNumbers>,
    /// When the charge for moving data is capped at cost, by jurisdiction.
    pub egress_capped_from: Vec<SimTime>,
    /// Egress tariff by cloud, USD per GB.
    pub egress: Vec<f64>,
    /// Discount for committed spend by cloud.
    pub commit_discount: Vec<f64>,
    /// Length of commitments by cloud, a day or more.
    pub commit_term: Vec<Span>,
    /// Utility of a fully learned policy, by router.
    pub learning: Vec<f64>,
    /// Amount shared under each channel contract.
    pub channel_share: Vec<f64>,
    /// Amounts of tranches, USD.
    pub tranche_amount: Vec<f64>,
    /// Amounts of commitments, USD.
    pub commitment_amount: Vec<f64>,
    /// Shares of a segment's spend at a cloud that credits pay, by index of the scenario's list.
    pub credit_share: Vec<f64>,
}

/// Declares a struct of drawn scalars that mirrors a record of the scenario.
macro_rules! numbers {
    ($(#[doc = $doc:literal])+ $name:ident of $spec:ident { $($field:ident),* $(,)? }) => {
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug)]
        #[expect(missing_docs, reason = "each field is documented where the scenario declares it")]
        pub struct $name {
            $(pub $field: f64,)*
        }

        impl $name {
            fn draw(spec: &crate::scenario::records::$spec, draws: &Draws) -> Self {
                Self { $($field: spec.$field.draw(draws),)* }
            }
        }
    };
}

numbers! {
    /// Drawn numbers of `[demand]`.
    DemandNumbers of DemandSpec {
        enterprise_spend, size_median, size_sigma, size_tail_start, size_tail_alpha, size_tail_share, size_max,
        price_elasticity, growth_volatility, growth_memory, input_share, batch_share, self_host_threshold,
        tenure_max, direct_min,
    }
}

impl DemandNumbers {
    /// The longest that a workload can have run at the start, in whole days.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the scenario was checked: at most some thousands, and not negative"
    )]
    pub fn tenure_days(&self) -> u32 {
        (self.tenure_max * DAYS_PER_MONTH) as u32
    }
}

numbers! {
    /// Drawn numbers of `[choice]`.
    ChoiceNumbers of ChoiceSpec {
        nesting, lab_taste_sd, home_cloud, review_interval, attention_model, attention_router, attention_cloud,
        notice, notice_span, throttle_notice, latency, throttling, stateful_runtime,
    }
}

numbers! {
    /// Drawn numbers of `[switching]`.
    SwitchingNumbers of SwitchingSpec {
        labour, labour_reference, labour_elasticity, outsourced, horizon, discount, data, data_cost, retention, state_value,
        state_build, policy_value, policy_build, shortfall, first_time_success, overrun, duration_sigma, abandoned,
    }
}

numbers! {
    /// Drawn numbers of `[supply]`.
    SupplyNumbers of SupplySpec {
        lead_time, lead_time_normal, lead_time_recovery, lead_time_sigma, chip_growth, forecast_smoothing, forecast_growth_max, forecast_horizon, target_utilisation, servers,
        arrival_variability, service_variability,
        committed_share, spill, background_growth, capex, capex_decline, silicon_share, opex, power,
        capex_response, budget_min, budget_max, hurdle, build_out,
    }
}

numbers! {
    /// Drawn numbers of `[rent]`.
    RentNumbers of RentSpec {
        contract, spot, contract_speed, spot_speed, contract_volatility, spot_volatility, tightness, pressure_max, decline,
    }
}

numbers! {
    /// Drawn numbers of `[trust]`.
    TrustNumbers of TrustSpec {
        recovery, wear, observation_noise, earn, earn_spend, rivalry, risk_half_life,
    }
}

numbers! {
    /// Drawn numbers of `[finance]`.
    FinanceNumbers of FinanceSpec {
        runway, round, closing, max_dilution, insiders, mature_multiple, multiple_half_life, commitment_growth,
        uptake, distress, austerity, patience, merger, relocation, silicon_relocation, host_sensitivity,
        renegotiation, ceiling, dependence, failure_threshold, failure_cost,
    }
}

numbers! {
    /// Drawn numbers of `[pricing]`.
    PricingNumbers of PricingSpec {
        review, adjustment, outside, scarcity, slope, land, harvest_after, harvest, fee_max,
    }
}

numbers! {
    /// Drawn numbers of `[regulation]`.
    RegulationNumbers of RegulationSpec {
        strength, learning, novelty, anticipation, duration_sigma, elasticity, penalty,
    }
}

numbers! {
    /// Drawn numbers of `[incident]`.
    IncidentNumbers of IncidentSpec {
        strength, outage_hours, outage_hours_max, sigma, reach, outage_risk, security_risk, failure_risk, sla_credit, notice,
    }
}

numbers! {
    /// Drawn numbers of `[stateful]`.
    StatefulNumbers of StatefulSpec {
        premium, overhead, threshold, context_sigma, penalty, human, score, score_progress, boost, wait,
    }
}

/// Drawn numbers of `[photonics]`.
#[derive(Clone, Debug)]
pub struct Optics {
    /// First deployments, months after the start.
    pub start: f64,
    /// Share of power saved.
    pub power_saving: f64,
    /// Share of capex that goes to suppliers.
    pub capex_share: f64,
    /// Adoption in new capacity by cloud, per year.
    pub adoption: Vec<f64>,
    /// Suppliers' shares, by vendor.
    pub supplier: Vec<f64>,
}

/// An integrator's numbers.
#[derive(Clone, Debug)]
pub struct IntegratorNumbers {
    /// Fee as a share of the spend that it manages.
    pub fee: f64,
    /// The attached cloud, by index.
    pub cloud: Option<usize>,
    /// Share of spend by segment at the start.
    pub reach: Vec<f64>,
    /// Growth of that share, per year.
    pub growth: f64,
    /// What it saves of the labour of a move.
    pub saving: f64,
    /// Utility of the attached cloud.
    pub attachment: f64,
    /// Own cost over fees.
    pub cost: f64,
}

/// Rescales non-negative numbers to sum to one; all zero stays so.
#[must_use]
pub fn normalised(mut values: Vec<f64>) -> Vec<f64> {
    let total: f64 = values.iter().sum();
    if total > 0.0 {
        for value in &mut values {
            *value /= total;
        }
    }
    values
}
