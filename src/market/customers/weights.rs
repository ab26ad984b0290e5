//! Weights of a decision: the value of every offer to one workload, less the cost of moving there.

use crate::base::elementary::quick_exp_all;
use crate::base::ids::{CloudId, Id, OfferId};
use crate::base::rng::Stream;
use crate::base::time::SimTime;
use crate::economics::choice::{MAX_NESTS, MOST_WEIGHT, Nests};
use crate::economics::switching::{Move, Stakes};
use crate::market::catalog::nests::SLOTS;
use crate::market::customers::switching_stakes::{integrator_of, tenure_day};
use crate::market::parameters::Parameters;
use crate::market::scene::Scene;
use crate::market::state::{Enterprise, Partition, Route, Workload};

/// Number of kinds of move, including [`STAY`](crate::market::catalog::nests::STAY).
const KINDS: usize = Move::ALL.len() + 1;

/// Weights of one decision, with buffers that decisions share.
#[derive(Clone, Debug, Default)]
pub struct Weights {
    factors: Factors,
    /// Weights by place, without the factors that all offers of a nest share.
    by_place: Vec<f64>,
    /// Sums of weights by nest.
    sums: [f64; MAX_NESTS],
}

/// Factors of the weights of one decision. Offers of one nest share a factor.
#[derive(Clone, Debug)]
struct Factors {
    /// Row of (regime, segment, group) in the published weights.
    row: usize,
    /// Task class, by index.
    task: usize,
    /// Factor by nest.
    nest: [f64; MAX_NESTS],
    /// Factor for the cost of moving, by kind of move.
    penalties: [f64; KINDS],
    /// Home cloud, by index.
    home: usize,
    /// Offer in use, by index; none for a new workload.
    from: Option<usize>,
    /// Factor for the enterprise's taste, by slot of labs.
    taste: [f64; SLOTS],
}

impl Default for Factors {
    fn default() -> Self {
        Self {
            row: 0,
            task: 0,
            nest: [1.0; MAX_NESTS],
            penalties: [1.0; KINDS],
            home: 0,
            from: None,
            taste: [1.0; SLOTS],
        }
    }
}

impl Weights {
    /// Returns the weight of an offer for a new workload, which has no switching costs.
    #[must_use]
    pub fn weight(&self, offer: usize, scene: Scene<'_>) -> f64 {
        let (view, nesting) = (scene.view, &scene.catalog.nesting);
        let factors = &self.factors;
        let (count, place) = (
            scene.parameters.dims.offers,
            usize::from(nesting.place_of[offer]),
        );
        let shared = view.weights[factors.row * count + place]
            * view.congestion[factors.task * count + place];
        let taste = factors.taste[usize::from(nesting.slots[place])];
        shared * taste * factors.nest[usize::from(nesting.nest_of[offer])]
    }

    /// Draws one offer; none if no offer has a weight.
    #[must_use]
    pub fn choose(&mut self, scene: Scene<'_>, stream: &mut Stream) -> Option<usize> {
        let sums = &mut self.sums[..scene.catalog.nesting.count()];
        self.factors.weigh_all(scene, &mut self.by_place, sums);
        (scene.view.nests).choose_by_nest(&self.by_place, sums, stream)
    }

    /// Multiplies the weights of each lab's offers by a factor, by lab.
    pub(in crate::market) fn pull(&mut self, factors: &[f64]) {
        for (taste, factor) in self.factors.taste.iter_mut().zip(factors) {
            *taste *= factor;
        }
    }

    /// Removes all offers that a cloud sells.
    pub(in crate::market) fn leave(&mut self, cloud: CloudId, scene: Scene<'_>) {
        (self.factors).scale(&scene.catalog.nesting.at[cloud.index()], 0.0);
    }
}

impl Factors {
    /// Computes the weights by place, without the factors of nests, and their sums by nest, with these factors.
    fn weigh_all(&self, scene: Scene<'_>, by_place: &mut Vec<f64>, sums: &mut [f64]) {
        let (view, nesting) = (scene.view, &scene.catalog.nesting);
        let count = scene.parameters.dims.offers;
        let shared = &view.weights[self.row * count..][..count];
        let congestion = &view.congestion[self.task * count..][..count];
        let moves = nesting.moves(self.home, self.from);
        let factors = shared.iter().zip(congestion).zip(&nesting.slots).zip(moves);
        by_place.clear();
        by_place.extend(factors.map(|(((shared, congestion), slot), kind)| {
            shared
                * congestion
                * self.taste[usize::from(*slot)]
                * self.penalties[usize::from(*kind)]
        }));
        let nests = nesting.by_nest(by_place).zip(&self.nest);
        for (sum, (own, factor)) in sums.iter_mut().zip(nests) {
            *sum = own.iter().sum::<f64>() * factor;
        }
    }

    /// Multiplies the factors of some nests.
    fn scale(&mut self, nests: &[u8], factor: f64) {
        for nest in nests {
            self.nest[usize::from(*nest)] *= factor;
        }
    }
}

impl Partition {
    /// Computes the weights of all offers for a new workload, which has no switching costs.
    pub fn fresh_weights(&self, index: usize, scene: Scene<'_>, weights: &mut Weights) {
        self.weigh(index, None, &[1.0; KINDS], scene, &mut weights.factors);
    }

    /// Computes the weights of a review that considers some kinds of move: of the present offer, and of others less
    /// the cost of moving there.
    pub(in crate::market) fn review_weights(
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
        self.weigh(index, Some(offer), &penalties, scene, &mut weights.factors);
    }

    /// Fills the factors of a decision: published weights, the enterprise's tastes for labs and clouds, and the cost
    /// of a move by kind.
    fn weigh(
        &self,
        index: usize,
        from: Option<usize>,
        penalties: &[f64; KINDS],
        scene: Scene<'_>,
        factors: &mut Factors,
    ) {
        let (p, view, nesting) = (scene.parameters, scene.view, &scene.catalog.nesting);
        let dims = &p.dims;
        let (owner, task) = dims.owner_and_task(index);
        let enterprise = &self.enterprises[owner];
        let (segment, class, home) = (
            usize::from(enterprise.segment),
            usize::from(enterprise.class),
            usize::from(enterprise.home),
        );
        self.weigh_nests(index, scene, factors);
        let at_home = view.home[dims.class_at_cloud(segment, class, home)];
        factors.scale(&nesting.at[home], at_home);
        self.fill_tastes(index, scene, factors);
        let regime = view.regime_of[usize::from(enterprise.jurisdiction)];
        factors.row = dims.regime_row(regime, segment, dims.group(task, class));
        factors.task = task;
        (factors.penalties, factors.home, factors.from) = (*penalties, home, from);
    }

    /// Fills the factors for tastes by [slot](crate::market::catalog::nests::Nesting::slots): zero for labs that
    /// procurement rules, or the enterprise itself, exclude.
    fn fill_tastes(&self, index: usize, scene: Scene<'_>, factors: &mut Factors) {
        let dims = &scene.parameters.dims;
        let (owner, _) = dims.owner_and_task(index);
        let enterprise = &self.enterprises[owner];
        let own = self.tastes(owner, dims.labs);
        let taste = &mut factors.taste;
        for (taste, own) in taste.iter_mut().zip(own) {
            *taste = f64::from(*own);
        }
        let mut is_open_only = enterprise.is_open_only;
        let place = usize::from(enterprise.jurisdiction);
        if let Some(rules) = scene.view.rules.get(place)
            && f64::from(enterprise.procurement_rank)
                < rules.open_procurement[usize::from(enterprise.segment)]
        {
            is_open_only = true;
            for (taste, is_open) in taste.iter_mut().zip(scene.catalog.is_open.iter()) {
                *taste = if *is_open { *taste } else { 0.0 };
            }
        }
        // An enterprise that takes open weights only cannot use a router that may send tokens to any lab.
        taste[SLOTS - 1] = if is_open_only { 0.0 } else { 1.0 };
    }

    /// Fills the factors by nest that few workloads have: integrators, contexts that need state, self-hosting.
    fn weigh_nests(&self, index: usize, scene: Scene<'_>, factors: &mut Factors) {
        let (p, view, nesting) = (scene.parameters, scene.view, &scene.catalog.nesting);
        let dims = &p.dims;
        let (owner, task) = dims.owner_and_task(index);
        let enterprise = &self.enterprises[owner];
        let workload = &self.workloads[index];
        factors.nest[..nesting.count()].fill(1.0);
        if let Some(integrator) = integrator_of(enterprise, scene)
            && let Some(cloud) = view.attached[integrator]
        {
            factors.scale(&nesting.at[cloud], view.attachment[integrator]);
        }
        if workload.needs_state {
            factors.scale(&nesting.stateless, view.stateless_penalty);
        }
        if let Some(own) = scene.catalog.self_host {
            let factor = &mut factors.nest[usize::from(nesting.nest_of[own.index()])];
            *factor *= self_hosting(enterprise, workload, task, scene);
        }
    }

    /// Returns the factor on the weight of the offer in use for the policy that its router has learned.
    #[inline]
    fn learned(&self, index: usize, time: SimTime, scene: Scene<'_>) -> f64 {
        let p = scene.parameters;
        let workload = &self.workloads[index];
        let offer = OfferId::from_index(usize::from(workload.offer));
        match scene.catalog.offers[offer].route {
            Route::Routed(router) => {
                let learned = p.policy_learned[tenure_day(workload, time, p.policy_learned.len())];
                let utility = p.learning[router.index()] * learned;
                scene.view.nests.weight(utility).min(MOST_WEIGHT)
            }
            _ => 1.0,
        }
    }

    /// Returns the factors on the weight of a move's target, by kind of move: zero for kinds that are not considered.
    /// The last factor is for the offer in use, where nothing moves: the policy that its router has learned.
    fn penalties(
        &self,
        index: usize,
        time: SimTime,
        considered: [bool; 4],
        stakes: &Stakes,
        scene: Scene<'_>,
    ) -> [f64; KINDS] {
        let (owner, _) = scene.parameters.dims.owner_and_task(index);
        let costs = scene.parameters.total_costs.of(stakes);
        let class = usize::from(self.enterprises[owner].class);
        let mut factors = of_costs(&costs, class, scene.parameters, &scene.view.nests);
        let learned = self.learned(index, time, scene);
        for (factor, is_considered) in factors.iter_mut().zip(considered) {
            *factor = if is_considered { *factor } else { 0.0 };
        }
        let [model, router, cloud, self_host] = factors;
        [model, router, cloud, self_host, learned]
    }
}

/// Returns the factor on the weight of self-hosting for engineering that does not depend on volume.
fn self_hosting(
    enterprise: &Enterprise,
    workload: &Workload,
    task: usize,
    scene: Scene<'_>,
) -> f64 {
    let (p, view) = (scene.parameters, scene.view);
    if !enterprise.can_self_host {
        return 0.0;
    }
    if view.self_host_fixed <= 0.0 || workload.spend <= 0.0 {
        return 1.0;
    }
    // Engineering serves all pieces of a task, so that a piece bears its part of it.
    #[expect(clippy::cast_precision_loss, reason = "at most sixteen pieces")]
    let spend = f64::from(workload.spend) * p.dims.pieces as f64;
    let months = view.self_host_fixed / spend / view.intensity[task];
    let sensitivity = p.sensitivity[usize::from(enterprise.class)];
    view.nests.weight(-sensitivity * months)
}

/// Returns the factors on weights for moves of given costs in months of spend, by kind of move, in one price class.
fn of_costs(
    costs: &[f64; Move::ALL.len()],
    class: usize,
    p: &Parameters,
    nests: &Nests,
) -> [f64; Move::ALL.len()] {
    let per_month = nests.log_weight(p.sensitivity[class] * p.annuity);
    let mut factors = costs.map(|months| -per_month * months);
    quick_exp_all(&mut factors);
    factors
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::rng::Streams;
    use crate::base::time::Span;
    use crate::market::World;
    use crate::scenario::quantity::Draws;
    use crate::scenario::{Request, load};
    use crate::simulation::Simulation;

    #[test]
    fn sums_of_nests_are_sums_over_their_offers() {
        let loaded = load(&Request::default()).expect("the baseline is sound");
        let simulation = Simulation::of(&loaded);
        let streams = Streams::new(1, 0);
        let draws = Draws::new(streams, &simulation.correlations);
        let catalog = &simulation.catalog;
        let world = World::new(&loaded.scenario, catalog, 300, Span::DAY, &draws, streams);
        let (scene, nesting) = (world.scene(), &catalog.nesting);
        let mut weights = Weights::default();
        let partition = &world.state.population[0];
        for penalties in [
            [0.5, 0.3, 0.2, 0.1, 1.7],
            [0.4, 0.0, 0.0, 0.0, 1.0],
            [0.0, 0.6, 0.0, 0.1, 2.0],
        ] {
            for index in 0..partition.workloads.len() {
                let offer = usize::from(partition.workloads[index].offer);
                partition.weigh(index, Some(offer), &penalties, scene, &mut weights.factors);
                let moves = nesting.moves(weights.factors.home, weights.factors.from);
                let mut expected = [0.0; MAX_NESTS];
                for other in 0..nesting.nest_of.len() {
                    let kind = moves[usize::from(nesting.place_of[other])];
                    expected[usize::from(nesting.nest_of[other])] +=
                        weights.weight(other, scene) * penalties[usize::from(kind)];
                }
                let mut sums = [0.0; MAX_NESTS];
                let own = &mut sums[..nesting.count()];
                weights.factors.weigh_all(scene, &mut Vec::new(), own);
                for (sum, expected) in sums.iter().zip(&expected) {
                    assert!(
                        (sum - expected).abs() <= 1e-12 * expected,
                        "{sum} {expected}"
                    );
                }
            }
        }
    }
}
