//! Stakes of running workloads: the value that a move would leave behind, and the structural switching cost that
//! follows.

use crate::base::ids::{Id, OfferId};
use crate::base::time::{SimTime, Span};
use crate::base::units::DAYS_PER_MONTH;
use crate::economics::switching::{Cause, Move, Stakes, switching_cost};
use crate::market::customers::population::months_to_renewal;
use crate::market::law::{Duties, Rules};
use crate::market::parameters::Parameters;
use crate::market::scene::Scene;
use crate::market::state::{Enterprise, Mix, Route, Workload};
use crate::scenario::records::Runtime;

/// Returns the whole days for which a workload has used its offer, at most the last day of tables with `days` rows.
#[must_use]
pub fn tenure_day(workload: &Workload, time: SimTime, days: usize) -> usize {
    let day = (time - workload.since).micros() / Span::DAY.micros();
    usize::try_from(day).unwrap_or(0).min(days - 1)
}

/// Returns the integrator from which an enterprise buys models with operations, if any.
#[must_use]
pub fn integrator_of(enterprise: &Enterprise, scene: Scene<'_>) -> Option<usize> {
    let integrator = usize::from(enterprise.integrator);
    let at = integrator * scene.parameters.dims.segments + usize::from(enterprise.segment);
    let reach = scene.view.reach.get(at)?;
    (f64::from(enterprise.integrator_reach) < *reach).then_some(integrator)
}

/// Enterprise as a customer at one time, to find the spend and the stakes of its workloads.
#[derive(Clone, Copy, Debug)]
pub struct Customer<'a> {
    scene: Scene<'a>,
    time: SimTime,
    enterprise: &'a Enterprise,
    /// Rules that remedies impose in its jurisdiction.
    rules: &'a Rules,
    /// Highest lawful charge for moving data out, by cloud, USD per GB.
    egress: &'a [f64],
    /// Share of labour that its integrator saves.
    saved: f64,
    /// Requalification effort, as a multiple of one unit of labour.
    requalification: f64,
    /// Commitment that leaving the home cloud forfeits, in months of spend.
    commitment_months: f64,
    /// Index of the block of mixes, a (regime, group), of its regime and the first task.
    block: usize,
}

impl<'a> Customer<'a> {
    /// Returns an enterprise as a customer at `time`.
    #[expect(clippy::inline_always, reason = "called for each workload each month")]
    #[inline(always)]
    #[must_use]
    pub fn new(enterprise: &'a Enterprise, time: SimTime, scene: Scene<'a>) -> Self {
        let (p, view) = (scene.parameters, scene.view);
        let dims = &p.dims;
        let place = usize::from(enterprise.jurisdiction);
        let home = usize::from(enterprise.home);
        let segment = &p.segments[usize::from(enterprise.segment)];
        let rules = &view.rules[place];
        let left = months_to_renewal(enterprise, p.commit_term[home], time);
        Self {
            scene,
            time,
            enterprise,
            rules,
            egress: &view.egress_charge[place * dims.clouds..(place + 1) * dims.clouds],
            saved: integrator_of(enterprise, scene).map_or(0.0, |i| p.integrators[i].saving),
            requalification: segment.requalification,
            commitment_months: segment.committed * p.switching.shortfall * left,
            block: view.regime_of[place] * dims.groups()
                + dims.group(0, usize::from(enterprise.class)),
        }
    }

    /// Returns the index of the block of mixes, a (regime, group), for workloads of a task.
    #[must_use]
    pub fn block(&self, task: usize) -> usize {
        self.block + self.scene.parameters.dims.group(task, 0)
    }

    /// Returns the mix of the offer that a workload uses, under the rules of its jurisdiction.
    #[must_use]
    pub fn mix(&self, workload: &Workload, task: usize) -> &'a Mix {
        let slot =
            self.block(task) * self.scene.parameters.dims.offers + usize::from(workload.offer);
        &self.scene.view.mixes.of[slot]
    }

    /// Returns the monthly spend at published prices of all enterprises that a workload stands for, USD, and its
    /// stakes, in months of that spend.
    #[expect(clippy::inline_always, reason = "called for each workload each month")]
    #[inline(always)]
    #[must_use]
    pub fn spend_and_stakes(&self, workload: &Workload, task: usize) -> (f64, Stakes) {
        let mix = self.mix(workload, task);
        (
            self.spend_at(mix, workload, task),
            self.stakes_at(mix, workload, task),
        )
    }

    /// Returns the monthly spend of a workload at the prices of a mix, USD.
    fn spend_at(&self, mix: &Mix, workload: &Workload, task: usize) -> f64 {
        let offer = &self.scene.catalog.offers[OfferId::from_index(usize::from(workload.offer))];
        let growth = self.scene.view.lab_growth_of(offer);
        let tokens = f64::from(workload.tokens) * self.scene.view.intensity[task] * growth;
        tokens * (1e-6 * DAYS_PER_MONTH) * (mix.price + mix.fee)
    }

    /// Returns the stakes of a workload at the prices of a mix.
    #[expect(
        clippy::inline_always,
        reason = "called for every workload every month; a call costs as much as what it does"
    )]
    #[inline(always)]
    fn stakes_at(&self, mix: &Mix, workload: &Workload, task: usize) -> Stakes {
        let (p, view) = (self.scene.parameters, self.scene.view);
        let offer = &self.scene.catalog.offers[OfferId::from_index(usize::from(workload.offer))];
        let labour = f64::from(workload.labour) * view.labour_factor[task] * (1.0 - self.saved);
        let mut stakes = Stakes {
            labour_months: labour,
            captive_labour_months: labour * mix.first_party,
            requalification: self.requalification,
            ..Stakes::default()
        };
        let day = || tenure_day(workload, self.time, p.state_built.len());
        // An offer without a cloud holds no data at a cloud, and leaving it forfeits no commitment.
        let duties = offer
            .cloud
            .map_or_else(Duties::default, |cloud| self.rules.duties[cloud.index()]);
        let is_free = self.rules.is_free_to_leave || duties.is_free_to_leave;
        if let (Some(cloud), false) = (offer.cloud, is_free) {
            let price = mix.price + mix.fee;
            if price > 0.0 {
                let months = ((self.time - workload.since).months()).min(p.switching.retention);
                stakes.egress_months =
                    p.switching.data * self.egress[cloud.index()] / price * months;
            }
            if cloud.index() == usize::from(self.enterprise.home) {
                stakes.commitment_months = self.commitment_months;
            }
        }
        let kept = 1.0 - self.rules.portability.max(duties.portability);
        if offer.runtime == Runtime::Stateful {
            stakes.state_months = p.switching.state_value * p.state_built[day()] * kept;
        }
        if matches!(offer.route, Route::Routed(_)) {
            // The policy learned about models that are sold elsewhere moves along as far as routers are portable.
            // The rest is lost.
            let carried = p.moves[Move::Router as usize].portability * (1.0 - mix.first_party);
            stakes.policy_months =
                p.switching.policy_value * p.policy_learned[day()] * (1.0 - carried) * kept;
        }
        stakes
    }
}

/// Sums of the stakes of running workloads, for the structural switching cost of a month.
#[derive(Clone, Debug, Default)]
pub struct StakeSums {
    /// Enterprises with a running workload, weighted by the enterprises that each stands for.
    pub enterprises: f64,
    /// Running workloads, weighted by enterprises.
    pub workloads: f64,
    /// Spend, USD a month.
    pub spend: f64,
    /// Sum of spend times the spend of one enterprise.
    pub spend_squared: f64,
    /// Sum of stakes times spend.
    pub by_spend: Stakes,
    /// Sum of stakes times spend times the spend of one enterprise.
    pub by_spend_squared: Stakes,
}

impl StakeSums {
    /// Adds one workload of an enterprise of a given weight; `inverse` is one over the weight.
    pub fn add(&mut self, weight: f64, inverse: f64, spend: f64, stakes: &Stakes) {
        let squared = spend * spend * inverse;
        self.workloads += weight;
        self.spend += spend;
        self.spend_squared += squared;
        add_scaled(&mut self.by_spend, stakes, spend);
        add_scaled(&mut self.by_spend_squared, stakes, squared);
    }
}

/// Adds stakes times a factor to a sum. Requalification is not summed.
fn add_scaled(sum: &mut Stakes, stakes: &Stakes, factor: f64) {
    sum.labour_months += stakes.labour_months * factor;
    sum.egress_months += stakes.egress_months * factor;
    sum.state_months += stakes.state_months * factor;
    sum.policy_months += stakes.policy_months * factor;
    sum.commitment_months += stakes.commitment_months * factor;
    sum.captive_labour_months += stakes.captive_labour_months * factor;
}

/// Returns the mean cost of one kind of move by cause, in months of spend, at summed stakes divided by `total`.
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
