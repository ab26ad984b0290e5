//! Weights of a decision: what every offer is worth to one workload, and what moving there costs.

use super::catalog::{Route, SLOTS};
use super::enterprise::Scene;
use super::population::Partition;
use super::stakes::{integrator_of, tenure_day};
use crate::economics::choice::MAX_NESTS;
use crate::economics::switching::{Move, Stakes, total_cost};
use crate::elementary::{quick_exp, quick_exp_all};
use crate::ids::{CloudId, Id, OfferId};
use crate::rng::Stream;
use crate::time::SimTime;

/// The weights of one decision. What offers of a nest share, which lie on one cloud in one runtime, is a factor of the
/// nest.
#[derive(Clone, Debug)]
pub struct Weights {
    /// By offer, without the factor of its nest; zero for offers that are not considered.
    of: Vec<f64>,
    /// By nest.
    factor: [f64; MAX_NESTS],
    /// By nest, with its factor.
    sums: [f64; MAX_NESTS],
    /// By slot of labs: room for what one enterprise makes of them.
    taste: [f64; SLOTS],
}

impl Default for Weights {
    fn default() -> Self {
        Self {
            of: Vec::new(),
            factor: [1.0; MAX_NESTS],
            sums: [0.0; MAX_NESTS],
            taste: [1.0; SLOTS],
        }
    }
}

impl Weights {
    /// The weight of an offer.
    #[must_use]
    pub fn weight(&self, offer: usize, scene: Scene<'_>) -> f64 {
        self.of[offer] * self.factor[usize::from(scene.catalog.nest_of[offer])]
    }

    /// Draws one offer; none if none has a weight.
    #[must_use]
    pub fn choose(&self, scene: Scene<'_>, stream: &mut Stream) -> Option<usize> {
        scene
            .published
            .nests
            .choose_by(&self.sums, &self.of, stream)
    }

    /// Takes away what a cloud sells.
    pub(super) fn leave(&mut self, cloud: CloudId, scene: Scene<'_>) {
        for nest in &scene.catalog.nests_at[cloud.index()] {
            self.sums[usize::from(*nest)] = 0.0;
        }
    }

    fn scale(&mut self, nests: &[u8], factor: f64) {
        for nest in nests {
            self.factor[usize::from(*nest)] *= factor;
        }
    }
}

impl Partition {
    /// Weights of all offers for a workload without a past.
    pub fn fresh_weights(&self, index: usize, scene: Scene<'_>, weights: &mut Weights) {
        self.weigh(index, None, [true; 4], [1.0; 5], scene, weights);
    }

    /// Weights of a review that looks at some kinds of move: the present offer, and what it costs to move to others.
    pub(super) fn review_weights(
        &self,
        index: usize,
        time: SimTime,
        considered: [bool; 4],
        stakes: &Stakes,
        scene: Scene<'_>,
        weights: &mut Weights,
    ) {
        let penalties = self.penalties(index, time, considered, stakes, scene);
        let offer = usize::from(self.workloads[index].offer);
        self.weigh(index, Some(offer), considered, penalties, scene, weights);
    }

    /// Weighs the offers among which a decision is: what many workloads share, what one enterprise makes of labs and
    /// clouds, and what a move costs, as factors by kind of move; the fifth is for the offer in use.
    fn weigh(
        &self,
        index: usize,
        from: Option<usize>,
        considered: [bool; 4],
        penalties: [f64; 5],
        scene: Scene<'_>,
        weights: &mut Weights,
    ) {
        let (p, published, catalog) = (scene.p, scene.published, scene.catalog);
        let dims = &p.dims;
        let (owner, task) = dims.owner_and_task(index);
        let enterprise = &self.enterprises[owner];
        let (segment, class, home) = (
            usize::from(enterprise.segment),
            usize::from(enterprise.class),
            usize::from(enterprise.home),
        );
        self.weigh_nests(index, scene, weights);
        let at_home = published.home[(segment * dims.classes + class) * dims.clouds + home];
        weights.scale(&catalog.nests_at[home], at_home);

        let taste = &mut weights.taste;
        self.fill_tastes(index, scene, taste);
        let mut penalty = [1.0; 8];
        penalty[..5].copy_from_slice(&penalties);
        let regime = published.regime_of[usize::from(enterprise.jurisdiction)];
        let row = regime * dims.cells() + dims.row(segment, dims.group(task, class));
        let count = dims.offers;
        let base = &published.weights[row..][..count];
        let congestion = &published.congestion[task * count..][..count];
        let kinds = &catalog.moves(home, from)[..count];
        let slots = &catalog.slots[..count];
        weights.of.resize(count, 0.0);
        weights.sums = [0.0; MAX_NESTS];
        let of = &mut weights.of[..count];
        let weigh = |shared: f64, congestion: f64, lab: u8, kind: u8| {
            let of_lab = taste[usize::from(lab) % SLOTS];
            shared * congestion * (of_lab * penalty[usize::from(kind) % 8])
        };
        let sums = &mut weights.sums;
        // Where every offer is considered, all of them in order; else those few to which the moves lead.
        match from.filter(|_| considered != [true; 4]) {
            None => {
                let rows = base.iter().zip(congestion).zip(slots).zip(kinds);
                for ((((shared, congestion), (lab, nest)), kind), of) in rows.zip(of) {
                    *of = 0.0;
                    if *shared > 0.0 {
                        *of = weigh(*shared, *congestion, *lab, *kind);
                        sums[usize::from(*nest) % MAX_NESTS] += *of;
                    }
                }
            }
            Some(from) => {
                of.fill(0.0);
                let mut add = |offer: usize| {
                    let (lab, nest) = slots[offer];
                    of[offer] = weigh(base[offer], congestion[offer], lab, kinds[offer]);
                    sums[usize::from(nest) % MAX_NESTS] += of[offer];
                };
                add(from);
                for kind in Move::ALL
                    .into_iter()
                    .filter(|kind| considered[*kind as usize])
                {
                    for offer in catalog.targets(home, from, kind) {
                        add(usize::from(*offer));
                    }
                }
            }
        }
        for (sum, factor) in sums.iter_mut().zip(&weights.factor) {
            *sum *= factor;
        }
    }

    /// What an enterprise makes of labs, by [slot](super::catalog::Catalog::slots): nothing where rules or its own keep it
    /// from them.
    fn fill_tastes(&self, index: usize, scene: Scene<'_>, taste: &mut [f64; SLOTS]) {
        let dims = &scene.p.dims;
        let (owner, _) = dims.owner_and_task(index);
        let enterprise = &self.enterprises[owner];
        let mut is_open_only = false;
        let own = &self.taste[owner * dims.labs..][..dims.labs];
        for (taste, own) in taste.iter_mut().zip(own) {
            *taste = f64::from(*own);
            is_open_only |= *own == 0.0;
        }
        let place = usize::from(enterprise.jurisdiction);
        if let Some(rules) = scene.published.rules.get(place)
            && f64::from(enterprise.procurement_rank)
                < rules.open_procurement[usize::from(enterprise.segment)]
        {
            is_open_only = true;
            for (taste, is_open) in taste.iter_mut().zip(scene.catalog.is_open.iter()) {
                *taste = if *is_open { *taste } else { 0.0 };
            }
        }
        // Who takes open weights only cannot use a router that may send tokens anywhere.
        taste[SLOTS - 1] = if is_open_only { 0.0 } else { 1.0 };
    }

    /// What concerns few, and whole nests: integrators, contexts that need state, self-hosting.
    fn weigh_nests(&self, index: usize, scene: Scene<'_>, weights: &mut Weights) {
        let (p, published, catalog) = (scene.p, scene.published, scene.catalog);
        let dims = &p.dims;
        let (owner, task) = dims.owner_and_task(index);
        let enterprise = &self.enterprises[owner];
        let workload = &self.workloads[index];
        weights.factor = [1.0; MAX_NESTS];
        if let Some(integrator) = integrator_of(enterprise, scene)
            && let Some(cloud) = p.integrators[integrator].cloud
        {
            weights.scale(&catalog.nests_at[cloud], published.attachment[integrator]);
        }
        if workload.needs_state {
            weights.scale(&catalog.stateless_nests, published.stateless_penalty);
        }
        if let Some(own) = catalog.self_host {
            let factor = &mut weights.factor[usize::from(catalog.nest_of[own.index()])];
            if !enterprise.can_self_host {
                *factor = 0.0;
            } else if published.self_host_fixed > 0.0 && workload.spend > 0.0 {
                let months = published.self_host_fixed
                    / f64::from(workload.spend)
                    / published.intensity[task];
                let sensitivity = p.sensitivity[usize::from(enterprise.class)];
                *factor *= quick_exp(-sensitivity * months / published.nests.lambda());
            }
        }
    }

    /// What a move multiplies the weight of its target by, by kind: zero where it is not considered at all. The fifth is
    /// what a router has learned, for the offer in use.
    fn penalties(
        &self,
        index: usize,
        time: SimTime,
        considered: [bool; 4],
        stakes: &Stakes,
        scene: Scene<'_>,
    ) -> [f64; 5] {
        let p = scene.p;
        let dims = &p.dims;
        let lambda = scene.published.nests.lambda();
        let (owner, _) = dims.owner_and_task(index);
        let enterprise = &self.enterprises[owner];
        let workload = &self.workloads[index];
        let sensitivity = p.sensitivity[usize::from(enterprise.class)];
        let per_month = sensitivity * p.annuity / lambda;
        let offer = OfferId::from_index(usize::from(workload.offer));
        let route = scene.catalog.offers[offer].route;
        let mut factors: [f64; 5] = std::array::from_fn(|kind| match p.moves.get(kind) {
            Some(terms) if considered[kind] => -per_month * total_cost(stakes, terms),
            Some(_) => f64::NEG_INFINITY,
            None => {
                let Route::Routed(router) = route else {
                    return 0.0;
                };
                let learned = p.policy_learned[tenure_day(workload, time, p.policy_learned.len())];
                p.learning[router.index()] * learned / lambda
            }
        });
        quick_exp_all(&mut factors);
        factors
    }
}
