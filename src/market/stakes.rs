//! Stakes: what a running workload would leave behind, and the structural switching cost that follows.

use super::catalog::Route;
use super::enterprise::{Scene, Workload};
use super::parameters::Parameters;
use super::population::{Enterprise, months_to_renewal};
use crate::economics::switching::{Cause, Move, Stakes, switching_cost};
use crate::ids::{Id, OfferId};
use crate::scenario::spec::Runtime;
use crate::time::{SimTime, Span};
use crate::units::DAYS_PER_MONTH;

/// Whole days that a workload has used its offer, up to the end of the tables by day.
#[must_use]
pub fn tenure_day(workload: &Workload, time: SimTime, days: usize) -> usize {
    let day = (time - workload.since).micros() / Span::DAY.micros();
    usize::try_from(day).unwrap_or(0).min(days - 1)
}

/// The mix of the offer that a workload uses, under the rules of its jurisdiction.
#[must_use]
pub fn mix_of<'a>(
    enterprise: &Enterprise,
    workload: &Workload,
    task: usize,
    scene: Scene<'a>,
) -> &'a super::published::Mix {
    let dims = &scene.p.dims;
    let regime = scene.published.regime_of[usize::from(enterprise.jurisdiction)];
    let group = regime * dims.groups() + dims.group(task, usize::from(enterprise.class));
    &scene.published.mixes[group * dims.offers + usize::from(workload.offer)]
}

/// The integrator from which an enterprise buys models with operations, if any. Each has an equal stretch of the
/// order in which enterprises come to it, and fills it as far as its reach.
#[must_use]
pub fn integrator_of(enterprise: &Enterprise, scene: Scene<'_>) -> Option<usize> {
    let count = scene.p.integrators.len();
    if count == 0 {
        return None;
    }
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "few integrators"
    )]
    let (place, slot) = {
        let at = f64::from(enterprise.bundle_rank) * count as f64;
        let slot = (at as usize).min(count - 1);
        ((at - slot as f64) / count as f64, slot)
    };
    let reach =
        scene.published.reach[slot * scene.p.dims.segments + usize::from(enterprise.segment)];
    (place < reach).then_some(slot)
}

/// Monthly spend of all enterprises that a workload stands for, at published prices, USD.
#[must_use]
pub fn monthly_spend(
    enterprise: &Enterprise,
    workload: &Workload,
    task: usize,
    scene: Scene<'_>,
) -> f64 {
    let mix = mix_of(enterprise, workload, task, scene);
    #[expect(
        clippy::cast_precision_loss,
        reason = "fifteen digits of tokens are plenty for money"
    )]
    let tokens = workload.volume as f64 * scene.published.intensity[task];
    tokens * 1e-6 * DAYS_PER_MONTH * (mix.price + mix.fee)
}

/// What a running workload has at stake, in months of its spend.
#[must_use]
pub fn stakes(
    enterprise: &Enterprise,
    workload: &Workload,
    task: usize,
    time: SimTime,
    scene: Scene<'_>,
) -> Stakes {
    let (p, published) = (scene.p, scene.published);
    let dims = &p.dims;
    let offer = &scene.catalog.offers[OfferId::from_index(usize::from(workload.offer))];
    let mix = mix_of(enterprise, workload, task, scene);
    let place = usize::from(enterprise.jurisdiction);
    let rules = &published.rules[place];
    let home = usize::from(enterprise.home);
    let segment = &p.segments[usize::from(enterprise.segment)];
    let saved = integrator_of(enterprise, scene).map_or(0.0, |i| p.integrators[i].saving);
    let labour = f64::from(workload.labour) * published.labour_factor[task] * (1.0 - saved);
    let day = tenure_day(workload, time, p.state_built.len());
    let mut stakes = Stakes {
        labour_months: labour,
        captive_labour_months: labour * mix.first_party,
        requalification: segment.requalification,
        ..Stakes::default()
    };
    // What runs beside the home cloud leaves nothing behind there.
    if let Some(cloud) = offer.cloud {
        let price = mix.price + mix.fee;
        if price > 0.0 && !rules.is_free_to_leave {
            let months =
                ((time - workload.since).days() / DAYS_PER_MONTH).min(p.switching.retention);
            let charge = published.egress_charge[place * dims.clouds + cloud.index()];
            stakes.egress_months = p.switching.data * charge / price * months;
        }
        if cloud.index() == home && !rules.is_free_to_leave {
            let left = months_to_renewal(enterprise, p.commit_days[home], time);
            stakes.commitment_months = segment.committed * p.switching.shortfall * left;
        }
    }
    if offer.runtime == Runtime::Stateful {
        stakes.state_months =
            p.switching.state_value * p.state_built[day] * (1.0 - rules.portability);
    }
    if matches!(offer.route, Route::Routed(_)) {
        // What was learned about models sold elsewhere goes along as far as routers are portable; the rest is lost.
        let kept = p.moves[Move::Router as usize].portability * (1.0 - mix.first_party);
        stakes.policy_months = p.switching.policy_value
            * p.policy_learned[day]
            * (1.0 - kept)
            * (1.0 - rules.portability);
    }
    stakes
}

/// Adds up what running workloads have at stake, for the structural switching cost of a month.
#[derive(Clone, Debug, Default)]
pub struct StakeSums {
    /// Enterprises with a running workload, in enterprises stood for.
    pub enterprises: f64,
    /// Running workloads, in enterprises stood for.
    pub workloads: f64,
    /// Spend a month, USD.
    pub spend: f64,
    /// Spend times the spend of one enterprise.
    pub spend_squared: f64,
    /// Stakes weighted by spend.
    pub by_spend: Stakes,
    /// Stakes weighted by spend times the spend of one enterprise.
    pub by_spend_squared: Stakes,
}

impl StakeSums {
    /// Adds one workload.
    pub fn add(&mut self, weight: f64, spend: f64, stakes: &Stakes) {
        let squared = spend * spend / weight;
        self.workloads += weight;
        self.spend += spend;
        self.spend_squared += squared;
        add_scaled(&mut self.by_spend, stakes, spend);
        add_scaled(&mut self.by_spend_squared, stakes, squared);
    }
}

fn add_scaled(sum: &mut Stakes, stakes: &Stakes, factor: f64) {
    sum.labour_months += stakes.labour_months * factor;
    sum.egress_months += stakes.egress_months * factor;
    sum.state_months += stakes.state_months * factor;
    sum.policy_months += stakes.policy_months * factor;
    sum.commitment_months += stakes.commitment_months * factor;
    sum.captive_labour_months += stakes.captive_labour_months * factor;
}

/// The mean cost by kind of move and cause at summed stakes divided by `total`, in months of spend.
#[must_use]
pub fn mean_cost(
    sum: &Stakes,
    total: f64,
    requalification: f64,
    p: &Parameters,
    kind: Move,
) -> [f64; Cause::ALL.len()] {
    if total <= 0.0 {
        return [0.0; Cause::ALL.len()];
    }
    let mut mean = Stakes {
        requalification,
        ..Stakes::default()
    };
    add_scaled(&mut mean, sum, 1.0 / total);
    switching_cost(&mean, &p.moves[kind as usize])
}
