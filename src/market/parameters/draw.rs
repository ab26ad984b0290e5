//! Draws of one replication's parameters from a scenario.

use super::{
    ChoiceNumbers, DemandNumbers, FinanceNumbers, IncidentNumbers, IntegratorNumbers,
    OpennessNumbers, Optics, Parameters, PricingNumbers, RegulationNumbers, RentNumbers,
    SeatNumbers, Segment, StatefulNumbers, SupplyNumbers, SwitchingNumbers, Task, TierNumbers,
    TrendNumbers, TrustNumbers, normalised,
};
use crate::base::ids::{CloudId, Id, LabId, PriceClassId, SegmentId, TaskId, VendorId};
use crate::base::time::{SimTime, Span};
use crate::base::units::DAYS_PER_MONTH;
use crate::economics::funding::Due;
use crate::economics::switching::{Move, MoveTerms, TotalCosts, annuity};
use crate::market::state::Dims;
use crate::scenario::Scenario;
use crate::scenario::quantity::Draws;
use crate::scenario::records::CommitmentSpec;

impl Parameters {
    /// Draws the parameters of one replication.
    #[must_use]
    #[expect(clippy::too_many_lines, reason = "one line a number, nothing else")]
    pub fn draw(
        scenario: &Scenario,
        offers: usize,
        calendar: &crate::base::time::Calendar,
        draws: &Draws,
    ) -> Self {
        let count = |number: u64| usize::try_from(number).expect("at most 16");
        let dims = Dims {
            segments: scenario.segment.len(),
            tasks: scenario.task.len(),
            pieces: count(scenario.demand.pieces.0),
            new_pieces: count(scenario.demand.new_pieces.0),
            classes: scenario.price_class.len(),
            offers,
            clouds: scenario.cloud.len(),
            labs: scenario.lab.len(),
            models: scenario.model.len(),
            jurisdictions: scenario.jurisdiction.len(),
        };
        let tasks = || TaskId::first(dims.tasks);
        let lab_spend = super::spend::lab_spend(scenario, draws);
        let mut demand = DemandNumbers::draw(&scenario.demand, draws);
        demand.enterprise_spend = lab_spend.iter().sum();
        let choice = ChoiceNumbers::draw(&scenario.choice, draws);
        let switching = SwitchingNumbers::draw(&scenario.switching, draws);
        let days = usize::try_from(calendar.end().micros() / crate::base::time::Span::DAY.micros())
            .unwrap_or(0)
            + demand.tenure_days() as usize
            + 2;
        let mut moves = [MoveTerms::default(); Move::ALL.len()];
        let (mut move_days, mut move_overlap) = ([0.0; Move::ALL.len()], [0.0; Move::ALL.len()]);
        for kind in Move::ALL {
            let mut stated = scenario.switching.moves.iter();
            let spec = stated.find(|spec| spec.name.is(kind));
            let spec = spec.expect("the scenario was checked for terms of every kind of move");
            let (duration, overlap) = (spec.duration.draw(draws) * 7.0, spec.overlap.draw(draws));
            moves[kind as usize] = MoveTerms {
                labour: spec.labour.draw(draws),
                portability: spec.portability.draw(draws),
                revalidated_share: spec.revalidated.draw(draws),
                is_exit: matches!(kind, Move::Cloud | Move::SelfHost),
                parallel_months: duration / DAYS_PER_MONTH * overlap,
                inertia_months: spec.inertia.draw(draws),
            };
            move_days[kind as usize] = duration;
            move_overlap[kind as usize] = overlap;
        }
        Self {
            dims,
            segments: scenario
                .segment
                .iter()
                .map(|spec| segment(spec, &dims, draws))
                .collect(),
            tasks: scenario
                .task
                .iter()
                .map(|spec| task(spec, scenario, draws))
                .collect(),
            tiers: scenario
                .tier
                .iter()
                .map(|spec| TierNumbers {
                    compute: spec.compute.draw(draws),
                    compute_decline: spec.compute_decline.draw(draws),
                    realised: spec.realised_price.draw(draws),
                    progress: spec.progress.draw(draws),
                    price_drift: spec.release_price_step.draw(draws),
                    price_new: spec.release_new.draw(draws),
                    price_kept: spec.release_no_change.draw(draws),
                    price_spread: spec.release_price_spread.draw(draws),
                    price_work: spec.release_work.draw(draws),
                })
                .collect(),
            sensitivity: scenario
                .price_class
                .iter()
                .map(|class| class.sensitivity.draw(draws))
                .collect(),
            jurisdiction_share: scenario
                .jurisdiction
                .iter()
                .map(|place| place.spend_share.draw(draws))
                .collect(),
            egress_free_from: scenario
                .jurisdiction
                .iter()
                .map(|place| {
                    place
                        .egress_free_from
                        .as_ref()
                        .map_or(SimTime::NEVER, |when| calendar.time_of(when.date))
                })
                .collect(),
            home_share: scenario
                .cloud
                .iter()
                .map(|cloud| cloud.home_share.draw(draws))
                .collect(),
            moves,
            total_costs: TotalCosts::new(&moves),
            move_days,
            move_overlap,
            state_built: built_up(days, switching.state_build),
            policy_learned: built_up(days, switching.policy_build),
            demand,
            lab_spend,
            trend: TrendNumbers::draw(&scenario.trend, draws),
            ceiling: (scenario.trend.ceiling.as_ref())
                .map_or(f64::INFINITY, |ceiling| ceiling.draw(draws)),
            review_gap: choice.review_interval * DAYS_PER_MONTH / choice.notice.max(1.0),
            choice,
            switching,
            annuity: annuity(switching.horizon, switching.discount),
            supply: SupplyNumbers::draw(&scenario.supply, draws),
            rent: RentNumbers::draw(&scenario.rent, draws),
            trust: TrustNumbers::draw(&scenario.trust, draws),
            finance: scenario
                .finance
                .as_ref()
                .map(|s| FinanceNumbers::draw(s, draws)),
            pricing: scenario
                .pricing
                .as_ref()
                .map(|s| PricingNumbers::draw(s, draws)),
            regulation: scenario
                .regulation
                .as_ref()
                .map(|s| RegulationNumbers::draw(s, draws)),
            incident: scenario
                .incident
                .as_ref()
                .map(|s| IncidentNumbers::draw(s, draws)),
            openness: scenario.openness.as_ref().map(|s| OpennessNumbers {
                gap: s.gap.draw(tasks(), draws),
                closing: s.closing.draw(tasks(), draws),
                value: s.worth.draw(draws),
                parity: s.parity.draw(draws),
                commodity: s.commodity.draw(draws),
                attention: s.attention.draw(draws),
                small: s.small.draw(tasks(), draws),
            }),
            stateful: scenario
                .stateful
                .as_ref()
                .map(|s| StatefulNumbers::draw(s, draws)),
            context: scenario.stateful.as_ref().map_or_else(
                || vec![0.0; scenario.task.len()],
                |s| s.context.draw(tasks(), draws),
            ),
            photonics: scenario.photonics.as_ref().map(|s| Optics {
                start: s.start.draw(draws),
                power_saving: s.power_saving.draw(draws),
                capex_share: s.capex_share.draw(draws),
                adoption: s.adoption.draw(CloudId::first(dims.clouds), draws),
                supplier: normalised(
                    s.supplier
                        .draw(VendorId::first(scenario.vendor.len()), draws),
                ),
            }),
            integrators: scenario
                .integrator
                .iter()
                .map(|s| IntegratorNumbers {
                    fee: s.fee.draw(draws),
                    cloud: s.cloud.as_ref().map(|cloud| cloud.id().index()),
                    reach: s.reach.draw(SegmentId::first(dims.segments), draws),
                    growth: s.growth.draw(draws),
                    saving: s.saving.draw(draws),
                    attachment: s.attachment.draw(draws),
                    cost: s.cost.draw(draws),
                    fee_sensitivity: s.fee_sensitivity.as_ref().map_or(0.0, |q| q.draw(draws)),
                    adjustment: s.adjustment.as_ref().map_or(0.0, |q| q.draw(draws)),
                    loyalty: s.loyalty.as_ref().map_or(0.0, |q| q.draw(draws)),
                })
                .collect(),
            seats: (scenario.seats.iter())
                .map(|s| seats(s, &dims, draws))
                .collect(),
            egress_capped_from: scenario
                .jurisdiction
                .iter()
                .map(|place| {
                    place
                        .egress_capped_from
                        .as_ref()
                        .map_or(SimTime::NEVER, |when| calendar.time_of(when.date))
                })
                .collect(),
            egress: scenario
                .cloud
                .iter()
                .map(|cloud| cloud.egress.draw(draws))
                .collect(),
            commit_discount: scenario
                .cloud
                .iter()
                .map(|cloud| cloud.commit_discount.draw(draws))
                .collect(),
            commit_term: (scenario.cloud.iter())
                .map(|cloud| cloud.commit_length.draw(draws) * 365.25)
                .map(|days| Span::from_days(days.max(1.0)))
                .collect(),
            learning: scenario
                .router
                .iter()
                .map(|router| router.learning.draw(draws))
                .collect(),
            channel_share: scenario
                .channel_share
                .iter()
                .map(|share| share.share.draw(draws))
                .collect(),
            tranche_amount: scenario
                .tranche
                .iter()
                .map(|tranche| tranche.amount.draw(draws))
                .collect(),
            commitment_amount: scenario
                .commitment
                .iter()
                .map(|commitment| commitment.amount.draw(draws))
                .collect(),
            commitment_due: (scenario.commitment.iter())
                .map(|commitment| due_of(commitment, draws))
                .collect(),
            credit_share: scenario
                .credit
                .iter()
                .map(|credit| credit.share.draw(draws))
                .collect(),
        }
    }
}

/// Draws how the amount of a commitment falls due over its years.
fn due_of(spec: &CommitmentSpec, draws: &Draws) -> Due {
    match (&spec.schedule, &spec.growth) {
        (Some(shares), _) => {
            Due::ByYear(normalised(shares.iter().map(|s| s.draw(draws)).collect()))
        }
        (None, growth) => Due::Growing(growth.as_ref().map_or(0.0, |growth| growth.draw(draws))),
    }
}

/// Returns the share built up after each number of whole days, with `months` until 63 % is built up; all of it if
/// `months` is zero.
fn built_up(days: usize, months: f64) -> Vec<f64> {
    (0_u32..)
        .take(days)
        .map(|day| {
            if months > 0.0 {
                -libm::expm1(-f64::from(day) / (DAYS_PER_MONTH * months))
            } else {
                1.0
            }
        })
        .collect()
}

/// Draws the parameters of a segment.
fn segment(spec: &crate::scenario::records::SegmentSpec, dims: &Dims, draws: &Draws) -> Segment {
    let tasks = TaskId::first(dims.tasks);
    let classes = PriceClassId::first(dims.classes);
    Segment {
        spend_share: spec.spend_share.draw(draws),
        adopted: spec.adopted.draw(draws),
        size_factor: spec.size_factor.draw(draws),
        task_share: normalised(spec.task_share.draw(tasks, draws)),
        neutrality: spec.neutrality.draw(draws),
        requalification: spec.requalification.draw(draws),
        risk: spec.risk.draw(draws),
        open_only: spec.open_only.draw(draws),
        committed: spec.committed.draw(draws),
        direct: spec.direct.draw(draws),
        class_share: normalised(spec.price_class.draw(classes, draws)),
    }
}

/// Draws the parameters of seats of a cloud's own AI product.
fn seats(spec: &crate::scenario::records::SeatsSpec, dims: &Dims, draws: &Draws) -> SeatNumbers {
    SeatNumbers {
        revenue: spec.seats.draw(draws) * spec.price.draw(draws),
        growth: libm::log1p(spec.growth.draw(draws)) / 12.0,
        half_life: spec.half_life.draw(draws),
        compute: spec.compute.draw(draws),
        lab_share: spec.lab_share.draw(LabId::first(dims.labs), draws),
    }
}

/// Draws the parameters of a task class.
fn task(spec: &crate::scenario::records::TaskSpec, scenario: &Scenario, draws: &Draws) -> Task {
    Task {
        is_stateful: spec.stateful,
        innovation: spec.innovation.draw(draws),
        imitation: spec.imitation.draw(draws),
        growth: spec.growth.draw(draws),
        half_life: spec.growth_half_life.draw(draws),
        reference_price: spec.reference_price.draw(draws),
        capability: spec.capability.draw(draws),
        delay: spec.delay.draw(draws),
        tier: spec
            .tier
            .draw(scenario.tier.iter().map(|tier| tier.name.id()), draws),
    }
}
