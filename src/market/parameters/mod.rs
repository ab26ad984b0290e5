//! Parameters of one replication: every uncertain quantity of the scenario, drawn.

mod draw;
mod spend;

use crate::base::time::{SimTime, Span};
use crate::base::units::DAYS_PER_MONTH;
use crate::economics::funding::Due;
use crate::economics::switching::{Move, MoveTerms, TotalCosts};
use crate::market::state::Dims;
use crate::scenario::quantity::Draws;

pub(in crate::market) use spend::other_revenue;

/// Parameters of a segment of enterprises.
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
    /// Utility per unit of a platform's lacking credibility, logit units.
    pub neutrality: f64,
    /// Requalification after a move, in units of labour.
    pub requalification: f64,
    /// Utility lost per unit of perceived risk, logit units.
    pub risk: f64,
    /// Share of enterprises that take open weights only.
    pub open_only: f64,
    /// Share of cloud spend under commitment.
    pub committed: f64,
    /// Utility of direct contracts with labs, against buying through clouds, logit units.
    pub direct: f64,
    /// Shares of the price classes, summing to one.
    pub class_share: Vec<f64>,
}

/// Parameters of a task class.
#[derive(Clone, Debug)]
pub struct Task {
    /// True if its workloads want a stateful runtime.
    pub is_stateful: bool,
    /// Bass coefficient of innovation, a year.
    pub innovation: f64,
    /// Bass coefficient of imitation, a year.
    pub imitation: f64,
    /// Growth of tokens per workload at the start, a month.
    pub growth: f64,
    /// Half-life of the growth of tokens per workload, months.
    pub half_life: f64,
    /// Price in which utility is measured, USD per Mtok.
    pub reference_price: f64,
    /// Weight of capability, relative to the average task.
    pub capability: f64,
    /// Weight of delay, relative to the average task.
    pub delay: f64,
    /// Utility of each price tier, by tier, logit units.
    pub tier: Vec<f64>,
}

/// Parameters of a price tier.
#[derive(Clone, Debug)]
pub struct TierNumbers {
    /// Compute at the start, H100e-hours per Mtok.
    pub compute: f64,
    /// Decline of compute per million tokens, a year.
    pub compute_decline: f64,
    /// Share of list price that is paid on average, after discounts.
    pub realised: f64,
    /// Growth of capability, logit units a year.
    pub progress: f64,
    /// Drift of list prices, applied at releases, a year.
    pub price_drift: f64,
    /// Chance that a release of the lab brings a new model in the tier.
    pub price_new: f64,
    /// Share of new models whose list price is that of the model before, but for the drift.
    pub price_kept: f64,
    /// Spread of the other releases' price steps: scale of the logarithm.
    pub price_spread: f64,
    /// Part of a step that goes with the work done per token.
    pub price_work: f64,
}

/// Parameters of the progress of open weights and small models.
#[derive(Clone, Debug)]
pub struct OpennessNumbers {
    /// Gap between the best open and the best closed model at the start, by task, as a share of capability.
    pub gap: Vec<f64>,
    /// Rate at which the gap of open weights closes, by task, a year; negative if it widens.
    pub closing: Vec<f64>,
    /// Utility of closing a gap of one, logit units.
    pub value: f64,
    /// Share of the best closed model's capability that counts as parity.
    pub parity: f64,
    /// Price of open weights over the best closed model's at which they count as a commodity.
    pub commodity: f64,
    /// Factor on the chance that a review considers self-hosting, after parity.
    pub attention: f64,
    /// Utility that small models gain, by task, logit units a year.
    pub small: Vec<f64>,
}

/// Parameters of one replication, drawn once and constant during a run. Names are those of the scenario file.
#[derive(Clone, Debug)]
pub struct Parameters {
    /// Dimensions of tables.
    pub dims: Dims,
    /// Parameters of segments, by segment.
    pub segments: Vec<Segment>,
    /// Parameters of task classes, by task.
    pub tasks: Vec<Task>,
    /// Parameters of price tiers, by tier.
    pub tiers: Vec<TierNumbers>,
    /// Price sensitivity by price class: utility per reference price of the task, logit units.
    pub sensitivity: Vec<f64>,
    /// Share of enterprise spend, by jurisdiction.
    pub jurisdiction_share: Vec<f64>,
    /// Time from which charges for moving data are free by law, by jurisdiction; [`SimTime::NEVER`] if there is no
    /// such law.
    pub egress_free_from: Vec<SimTime>,
    /// Share of enterprises, by spend, whose home is a cloud, by cloud.
    pub home_share: Vec<f64>,
    /// Terms of moves, by kind of move.
    pub moves: [MoveTerms; Move::ALL.len()],
    /// Coefficients of the total cost of a move, which follow from the terms of moves.
    pub total_costs: TotalCosts,
    /// Median duration of a migration, by kind of move, days.
    pub move_days: [f64; Move::ALL.len()],
    /// Share of spend that runs twice during a migration, by kind of move.
    pub move_overlap: [f64; Move::ALL.len()],
    /// Agent state built up, by whole days of use, as a share of full state.
    pub state_built: Vec<f64>,
    /// Routing policy learned, by whole days of use, as a share of a fully learned one.
    pub policy_learned: Vec<f64>,
    /// Numbers of `[demand]`.
    pub demand: DemandNumbers,
    /// Enterprise spend on each lab's models at the start, by lab, USD a year.
    pub lab_spend: Vec<f64>,
    /// Numbers of `[trend]`.
    pub trend: TrendNumbers,
    /// Enterprise spend at which growth ends, USD a year; infinite if there is no such ceiling.
    pub ceiling: f64,
    /// Numbers of `[choice]`.
    pub choice: ChoiceNumbers,
    /// Mean time between candidate reviews of a workload, days.
    pub review_gap: f64,
    /// Numbers of `[switching]`.
    pub switching: SwitchingNumbers,
    /// Monthly payment that equals a one-off cost of one over the enterprises' horizon.
    pub annuity: f64,
    /// Numbers of `[supply]`.
    pub supply: SupplyNumbers,
    /// Numbers of `[rent]`.
    pub rent: RentNumbers,
    /// Numbers of `[trust]`.
    pub trust: TrustNumbers,
    /// Numbers of `[finance]`, if the scenario has it.
    pub finance: Option<FinanceNumbers>,
    /// Numbers of `[pricing]`, if the scenario has it.
    pub pricing: Option<PricingNumbers>,
    /// Numbers of `[regulation]`, if the scenario has it.
    pub regulation: Option<RegulationNumbers>,
    /// Numbers of `[incident]`, if the scenario has it.
    pub incident: Option<IncidentNumbers>,
    /// Numbers of `[openness]`, if the scenario has it.
    pub openness: Option<OpennessNumbers>,
    /// Numbers of `[stateful]`, if the scenario has it.
    pub stateful: Option<StatefulNumbers>,
    /// Median context of workloads, by task, tokens; zero where none is stated.
    pub context: Vec<f64>,
    /// Numbers of `[photonics]`, if the scenario has it.
    pub photonics: Option<Optics>,
    /// Parameters of integrators, by integrator.
    pub integrators: Vec<IntegratorNumbers>,
    /// Numbers of seats of clouds' own AI products, by index of the scenario's list.
    pub seats: Vec<SeatNumbers>,
    /// Time from which charges for moving data are capped at cost by law, by jurisdiction; [`SimTime::NEVER`] if
    /// there is no such law.
    pub egress_capped_from: Vec<SimTime>,
    /// List price of moving data out, by cloud, USD per GB.
    pub egress: Vec<f64>,
    /// Discount for committed spend, by cloud, as a share.
    pub commit_discount: Vec<f64>,
    /// Length of commitments, by cloud; a day or more.
    pub commit_term: Vec<Span>,
    /// Utility of a fully learned policy, by router, logit units.
    pub learning: Vec<f64>,
    /// Share of the other party under each channel contract, by index of the scenario's list.
    pub channel_share: Vec<f64>,
    /// Amount of each tranche, by index of the scenario's list, USD.
    pub tranche_amount: Vec<f64>,
    /// Total amount of each commitment, by index of the scenario's list, USD.
    pub commitment_amount: Vec<f64>,
    /// Schedule by which each commitment falls due, by index of the scenario's list.
    pub commitment_due: Vec<Due>,
    /// Share of a segment's spend at a cloud that credits pay, by index of the scenario's list.
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
        price_elasticity, new_work, new_work_half_life, input_share, batch_share, self_host_threshold,
        tenure_max, direct_min,
    }
}

numbers! {
    /// Drawn numbers of `[trend]`, without the ceiling.
    TrendNumbers of TrendSpec {
        market_level, market_slope, market_half_life, lab_level, lab_slope, lab_half_life, cloud_level, cloud_slope,
        capex_level, capex_slope, cloud_half_life,
    }
}

impl DemandNumbers {
    /// Returns the longest time for which a workload can have run at the start, in whole days.
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
        nesting, lab_taste_sd, home_cloud, flow_half_life, review_interval, attention_model, attention_router, attention_cloud,
        price_attention, notice, notice_span, throttle_notice, latency, throttling, stateful_runtime,
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
        lead_time, lead_time_normal, lead_time_recovery, lead_time_sigma, chip_growth, forecast_smoothing, forecast_growth_max, forecast_horizon, target_utilisation, gap_closed, payment_spread, servers,
        arrival_variability, service_variability,
        committed_share, delivery_credit, spill, background_growth, capex, capex_decline, silicon_share, opex, power,
        capex_response, budget_min, budget_max, hurdle, build_out, contract_cover,
    }
}

numbers! {
    /// Drawn numbers of `[rent]`.
    RentNumbers of RentSpec {
        contract, spot, contract_speed, spot_speed, contract_volatility, spot_volatility, tightness, local, pressure_max, decline,
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
        runway, round, closing, max_dilution, insiders, growth_fade, mature_margin, years_to_margin,
        cost_of_capital, forecast, terminal_growth, growth_weight, growth_max, outlook_after,
        round_failure, burn_risk, drawdown_risk, market_depth, credit_line, interest,
        uptake, distress, austerity, patience, merger, relocation, silicon_relocation, host_sensitivity,
        host_ownership, host_shortage, new_host, renegotiation, ceiling, dependence, failure_threshold, failure_cost,
    }
}

numbers! {
    /// Drawn numbers of `[pricing]`.
    PricingNumbers of PricingSpec {
        review, adjustment, scarcity, slope, land, harvest_after, harvest, fee_max,
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
    /// Time of the first deployments, months after the start.
    pub start: f64,
    /// Share of power that a fully optical fleet saves.
    pub power_saving: f64,
    /// Share of the capex of optical capacity that goes to suppliers of optics.
    pub capex_share: f64,
    /// Growth of the share of new capacity with optical interconnect, by cloud, a year.
    pub adoption: Vec<f64>,
    /// Share of each vendor in the spending on optics, by vendor, summing to one.
    pub supplier: Vec<f64>,
}

/// Parameters of an integrator of models plus operations.
#[derive(Clone, Debug)]
pub struct IntegratorNumbers {
    /// Fee at the start, as a share of the spend that it manages.
    pub fee: f64,
    /// Cloud to which it is attached at the start, by index, if any.
    pub cloud: Option<usize>,
    /// Share of spend that buys models with operations at the start, by segment.
    pub reach: Vec<f64>,
    /// Growth of the reach, a year.
    pub growth: f64,
    /// Share of the labour of a move that it saves.
    pub saving: f64,
    /// Utility that its customers find in the attached cloud, logit units.
    pub attachment: f64,
    /// Own cost as a share of fees.
    pub cost: f64,
    /// Fall of the log odds of its reach for each unit of its fee above the fee at the start.
    pub fee_sensitivity: f64,
    /// Part of the way to the best fee that a review goes.
    pub adjustment: f64,
    /// Lead in its customers' spend from which a rival cloud replaces the attached one, as a share.
    pub loyalty: f64,
}

/// Parameters of seats of a cloud's own AI product.
#[derive(Clone, Debug)]
pub struct SeatNumbers {
    /// Revenue at the start, USD a month.
    pub revenue: f64,
    /// Growth of the number of seats at the start, a month (logarithmic).
    pub growth: f64,
    /// Half-life of the growth, months.
    pub half_life: f64,
    /// Share of revenue that compute costs at the contract rent of the start.
    pub compute: f64,
    /// Share of revenue paid for models, by lab.
    pub lab_share: Vec<f64>,
}

/// Rescales non-negative numbers to sum to one; numbers that are all zero stay zero.
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
