//! Weights of a decision: what every offer is worth to one workload, and what moving there costs.

use super::catalog::Route;
use super::enterprise::Scene;
use super::population::Partition;
use super::stakes::{Customer, integrator_of, tenure_day};
use crate::economics::switching::total_cost;
use crate::elementary::quick_exp;
use crate::ids::{Id, OfferId};
use crate::scenario::spec::Runtime;
use crate::time::SimTime;

/// Room for labs or clouds in a decision's tables.
pub const MAX_SLOTS: usize = 64;

/// Room for the weights of one decision.
pub type Weights = Vec<f64>;

impl Partition {
    /// Weights of all offers for a workload without a past.
    pub fn fresh_weights(&self, index: usize, scene: Scene<'_>, weights: &mut Weights) {
        let (p, published) = (scene.p, scene.published);
        let dims = &p.dims;
        let (owner, task) = (index / dims.tasks, index % dims.tasks);
        let enterprise = &self.enterprises[owner];
        let (segment, class, home) = (
            usize::from(enterprise.segment),
            usize::from(enterprise.class),
            usize::from(enterprise.home),
        );
        let regime = published.regime_of[usize::from(enterprise.jurisdiction)];
        let row = regime * dims.cells() + dims.row(segment, dims.group(task, class));
        let base = &published.weights[row..row + dims.offers];
        let congestion = &published.congestion[task * dims.offers..(task + 1) * dims.offers];
        let taste = &self.taste[owner * dims.labs..(owner + 1) * dims.labs];
        let at_home = published.home[(segment * dims.classes + class) * dims.clouds + home];
        // Slots past the last lab and the last cloud stand for none.
        let mut by_lab = [1.0; MAX_SLOTS];
        for (factor, taste) in by_lab.iter_mut().zip(taste) {
            *factor = f64::from(*taste);
        }
        let mut by_cloud = [1.0; MAX_SLOTS];
        by_cloud[home] = at_home;
        weights.clear();
        weights.extend(
            base.iter()
                .zip(congestion)
                .zip(scene.catalog.slots.iter())
                .map(|((base, congestion), (lab, cloud))| {
                    base * congestion * by_lab[usize::from(*lab)] * by_cloud[usize::from(*cloud)]
                }),
        );
        if let Some(own) = scene.catalog.self_host
            && !enterprise.can_self_host
        {
            weights[own.index()] = 0.0;
        }
        // Who takes open weights only cannot use a router that may send tokens anywhere.
        if taste.contains(&0.0) {
            for (weight, offer) in weights.iter_mut().zip(scene.catalog.offers.iter()) {
                if matches!(offer.route, Route::Routed(_)) {
                    *weight = 0.0;
                }
            }
        }
        self.refine_weights(index, scene, weights);
    }

    /// What concerns few: integrators, contexts that need state, procurement rules, the fixed cost of self-hosting.
    fn refine_weights(&self, index: usize, scene: Scene<'_>, weights: &mut Weights) {
        let (p, published) = (scene.p, scene.published);
        let dims = &p.dims;
        let enterprise = &self.enterprises[index / dims.tasks];
        let workload = &self.workloads[index];
        if let Some(integrator) = integrator_of(enterprise, scene)
            && let Some(cloud) = p.integrators[integrator].cloud
        {
            for (weight, offer) in weights.iter_mut().zip(scene.catalog.offers.iter()) {
                if offer.cloud.is_some_and(|other| other.index() == cloud) {
                    *weight *= published.attachment[integrator];
                }
            }
        }
        if workload.needs_state {
            for (weight, offer) in weights.iter_mut().zip(scene.catalog.offers.iter()) {
                if offer.runtime == Runtime::Stateless {
                    *weight *= published.stateless_penalty;
                }
            }
        }
        if let Some(own) = scene.catalog.self_host
            && enterprise.can_self_host
            && published.self_host_fixed > 0.0
            && workload.spend > 0.0
        {
            let months = published.self_host_fixed
                / f64::from(workload.spend)
                / published.intensity[index % dims.tasks];
            let sensitivity = p.sensitivity[usize::from(enterprise.class)];
            weights[own.index()] *= quick_exp(-sensitivity * months / published.nests.lambda());
        }
        let place = usize::from(enterprise.jurisdiction);
        if let Some(rules) = published.rules.get(place)
            && f64::from(enterprise.procurement_rank)
                < rules.open_procurement[usize::from(enterprise.segment)]
        {
            for (weight, offer) in weights.iter_mut().zip(scene.catalog.offers.iter()) {
                let is_open = offer.route == Route::SelfHost
                    || offer.lab.is_some_and(|lab| scene.catalog.is_open[lab]);
                if !is_open {
                    *weight = 0.0;
                }
            }
        }
    }

    /// Lays what a move costs, and whether it is considered at all, on the weights.
    pub(super) fn penalise(
        &self,
        index: usize,
        time: SimTime,
        considered: [bool; 4],
        scene: Scene<'_>,
        weights: &mut [f64],
    ) {
        let p = scene.p;
        let dims = &p.dims;
        let enterprise = &self.enterprises[index / dims.tasks];
        let workload = &self.workloads[index];
        let offer = usize::from(workload.offer);
        let lambda = scene.published.nests.lambda();
        let sensitivity = p.sensitivity[usize::from(enterprise.class)];
        let per_month = sensitivity * p.annuity / lambda;
        let customer = Customer::new(enterprise, time, scene);
        let stakes = customer.stakes(workload, index % dims.tasks);
        // The fifth is where nothing moves.
        let factors: [f64; 5] = std::array::from_fn(|kind| {
            if kind == 4 {
                1.0
            } else if considered[kind] {
                let months = total_cost(&stakes, &p.moves[kind]);
                quick_exp(-per_month * months)
            } else {
                0.0
            }
        });
        let home = usize::from(enterprise.home);
        let row = &scene.catalog.moves[(home * dims.offers + offer) * dims.offers..][..dims.offers];
        for (weight, kind) in weights.iter_mut().zip(row) {
            *weight *= factors[usize::from(*kind)];
        }
        if let Route::Routed(router) = scene.catalog.offers[OfferId::from_index(offer)].route {
            let learned = p.policy_learned[tenure_day(workload, time, p.policy_learned.len())];
            weights[offer] *= quick_exp(p.learning[router.index()] * learned / lambda);
        }
    }
}
