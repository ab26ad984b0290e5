//! Weights of a decision: what every offer is worth to one workload, and what moving there costs.

use super::catalog::{Catalog, Offer, Route};
use super::enterprise::Scene;
use super::population::Partition;
use super::stakes::{Customer, integrator_of, tenure_day};
use crate::economics::switching::{Move, total_cost};
use crate::elementary::quick_exp;
use crate::ids::{Id, OfferId};
use crate::scenario::spec::Runtime;
use crate::time::SimTime;

/// The weights of one decision, and the offers among which it is: the others weigh nothing.
#[derive(Clone, Debug, Default)]
pub struct Weights {
    /// By offer.
    pub of: Vec<f64>,
    /// The offers that may weigh something.
    pub among: Vec<u16>,
}

impl Weights {
    /// Multiplies the weights of the offers that are meant.
    pub(super) fn scale(
        &mut self,
        catalog: &Catalog,
        factor: f64,
        is_meant: impl Fn(&Offer) -> bool,
    ) {
        for offer in self.among.iter().map(|offer| usize::from(*offer)) {
            if is_meant(&catalog.offers[OfferId::from_index(offer)]) {
                self.of[offer] *= factor;
            }
        }
    }
}

/// What many workloads share, and what one enterprise makes of labs and clouds.
struct Shared<'a> {
    /// By offer.
    base: &'a [f64],
    /// By offer.
    congestion: &'a [f64],
    /// By lab.
    taste: &'a [f32],
    home: u8,
    at_home: f64,
}

impl Shared<'_> {
    /// The weight of an offer.
    #[inline]
    fn weight(&self, base: f64, congestion: f64, (lab, cloud): (u8, u8)) -> f64 {
        let taste = self.taste.get(usize::from(lab)).copied().unwrap_or(1.0);
        let at_home = if cloud == self.home {
            self.at_home
        } else {
            1.0
        };
        base * congestion * f64::from(taste) * at_home
    }
}

impl Partition {
    /// Weights of all offers for a workload without a past.
    pub fn fresh_weights(&self, index: usize, scene: Scene<'_>, weights: &mut Weights) {
        weights.among.clone_from(&scene.catalog.all);
        let shared = self.shared(index, scene);
        weights.of.clear();
        let rows = shared.base.iter().zip(shared.congestion);
        let rows = rows.zip(&scene.catalog.slots);
        weights.of.extend(
            rows.map(|((base, congestion), slots)| shared.weight(*base, *congestion, *slots)),
        );
        self.refine(index, scene, weights);
    }

    /// Weights of a review that looks at some kinds of move: the present offer, and what it costs to move to others.
    pub(super) fn review_weights(
        &self,
        index: usize,
        time: SimTime,
        considered: [bool; 4],
        scene: Scene<'_>,
        weights: &mut Weights,
    ) {
        let dims = &scene.p.dims;
        let offer = self.workloads[index].offer;
        let home = usize::from(self.enterprises[index / dims.tasks].home);
        let first = (home * dims.offers + usize::from(offer)) * Move::ALL.len();
        weights.among.clear();
        weights.among.push(offer);
        for kind in Move::ALL {
            if considered[kind as usize] {
                let targets = &scene.catalog.targets[first + kind as usize];
                weights.among.extend(targets);
            }
        }
        let shared = self.shared(index, scene);
        weights.of.clear();
        weights.of.resize(dims.offers, 0.0);
        for offer in weights.among.iter().map(|offer| usize::from(*offer)) {
            let slots = scene.catalog.slots[offer];
            weights.of[offer] = shared.weight(shared.base[offer], shared.congestion[offer], slots);
        }
        self.refine(index, scene, weights);
        self.penalise(index, time, considered, scene, weights);
    }

    /// The factors that make up the weights of a workload's offers, without what moving costs.
    fn shared<'a>(&'a self, index: usize, scene: Scene<'a>) -> Shared<'a> {
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
        Shared {
            base: &published.weights[row..row + dims.offers],
            congestion: &published.congestion[task * dims.offers..(task + 1) * dims.offers],
            taste: &self.taste[owner * dims.labs..(owner + 1) * dims.labs],
            home: enterprise.home,
            at_home: published.home[(segment * dims.classes + class) * dims.clouds + home],
        }
    }

    /// What concerns few: open weights only, integrators, contexts that need state, procurement rules, self-hosting.
    fn refine(&self, index: usize, scene: Scene<'_>, weights: &mut Weights) {
        let (p, published, catalog) = (scene.p, scene.published, scene.catalog);
        let dims = &p.dims;
        let owner = index / dims.tasks;
        let enterprise = &self.enterprises[owner];
        let workload = &self.workloads[index];
        // Who takes open weights only cannot use a router that may send tokens anywhere.
        if self.taste[owner * dims.labs..(owner + 1) * dims.labs].contains(&0.0) {
            weights.scale(catalog, 0.0, |offer| {
                matches!(offer.route, Route::Routed(_))
            });
        }
        if let Some(integrator) = integrator_of(enterprise, scene)
            && let Some(cloud) = p.integrators[integrator].cloud
        {
            weights.scale(catalog, published.attachment[integrator], |offer| {
                offer.cloud.is_some_and(|other| other.index() == cloud)
            });
        }
        if workload.needs_state {
            weights.scale(catalog, published.stateless_penalty, |offer| {
                offer.runtime == Runtime::Stateless
            });
        }
        if let Some(own) = catalog.self_host
            && weights.of[own.index()] > 0.0
        {
            if !enterprise.can_self_host {
                weights.of[own.index()] = 0.0;
            } else if published.self_host_fixed > 0.0 && workload.spend > 0.0 {
                let months = published.self_host_fixed
                    / f64::from(workload.spend)
                    / published.intensity[index % dims.tasks];
                let sensitivity = p.sensitivity[usize::from(enterprise.class)];
                weights.of[own.index()] *=
                    quick_exp(-sensitivity * months / published.nests.lambda());
            }
        }
        let place = usize::from(enterprise.jurisdiction);
        if let Some(rules) = published.rules.get(place)
            && f64::from(enterprise.procurement_rank)
                < rules.open_procurement[usize::from(enterprise.segment)]
        {
            weights.scale(catalog, 0.0, |offer| {
                let is_open = offer.lab.is_some_and(|lab| catalog.is_open[lab]);
                offer.route != Route::SelfHost && !is_open
            });
        }
    }

    /// Lays what a move costs, and whether it is considered at all, on the weights.
    fn penalise(
        &self,
        index: usize,
        time: SimTime,
        considered: [bool; 4],
        scene: Scene<'_>,
        weights: &mut Weights,
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
        for offer in weights.among.iter().map(|offer| usize::from(*offer)) {
            weights.of[offer] *= factors[usize::from(row[offer])];
        }
        if let Route::Routed(router) = scene.catalog.offers[OfferId::from_index(offer)].route {
            let learned = p.policy_learned[tenure_day(workload, time, p.policy_learned.len())];
            weights.of[offer] *= quick_exp(p.learning[router.index()] * learned / lambda);
        }
    }
}
