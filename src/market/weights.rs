//! Weights of a decision: what every offer is worth to one workload, and what moving there costs.

use super::catalog::Route;
use super::enterprise::Scene;
use super::nesting::SLOTS;
use super::population::Partition;
use super::stakes::{integrator_of, tenure_day};
use crate::economics::choice::MAX_NESTS;
use crate::economics::switching::Stakes;
use crate::elementary::{quick_exp, quick_exp_all};
use crate::ids::{CloudId, Id, OfferId};
use crate::rng::Stream;
use crate::time::SimTime;
use std::ops::Range;

/// No factor of a weight is larger, so that the product of several is a number: what is worth nothing to somebody is
/// worth nothing, whatever others make of it.
pub(super) const MOST_WEIGHT: f64 = 1e120;

/// Room for the kinds of move, and what the [nesting](super::nesting) has beside them.
const KINDS: usize = 8;

/// The weights of one decision. What offers of a nest share is a factor of the nest.
#[derive(Clone, Debug)]
pub struct Weights {
    /// By place, without what its nest shares and without what a move multiplies it by; anything where no considered move
    /// leads.
    of: Vec<f64>,
    /// What nests share.
    factor: [f64; MAX_NESTS],
    /// What a move multiplies a weight by, by its kind.
    penalties: [f64; KINDS],
    /// The home cloud and the offer in use, where moves begin.
    home: usize,
    from: Option<usize>,
    /// Sums of weights by nest.
    sums: [f64; MAX_NESTS],
    /// By slot of labs: room for what one enterprise makes of them.
    taste: [f64; SLOTS],
}

impl Default for Weights {
    fn default() -> Self {
        Self {
            of: Vec::new(),
            factor: [1.0; MAX_NESTS],
            penalties: [1.0; KINDS],
            home: 0,
            from: None,
            sums: [0.0; MAX_NESTS],
            taste: [1.0; SLOTS],
        }
    }
}

impl Weights {
    /// The weight of an offer for a workload without a past.
    #[must_use]
    pub fn weight(&self, offer: usize, scene: Scene<'_>) -> f64 {
        let nesting = &scene.catalog.nesting;
        let factor = self.factor[usize::from(nesting.nest_of[offer])];
        self.of[usize::from(nesting.place_of[offer])] * factor
    }

    /// Draws one offer; none if none has a weight.
    #[must_use]
    pub fn choose(&self, scene: Scene<'_>, stream: &mut Stream) -> Option<usize> {
        let moves = scene.catalog.nesting.moves(self.home, self.from);
        let penalty = |kind: u8| self.penalties[usize::from(kind) % KINDS];
        let within = |places: Range<usize>| {
            let own = self.of[places.clone()].iter().zip(&moves[places]);
            own.map(|(weight, kind)| weight * penalty(*kind))
        };
        scene.published.nests.choose_by(&self.sums, within, stream)
    }

    /// Takes away what a cloud sells.
    pub(super) fn leave(&mut self, cloud: CloudId, scene: Scene<'_>) {
        for nest in &scene.catalog.nesting.at[cloud.index()] {
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
        self.weigh(index, None, &[1.0; KINDS], scene, weights);
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
        self.weigh(index, Some(offer), &penalties, scene, weights);
    }

    /// Weighs the offers among which a decision is: what many workloads share, what one enterprise makes of labs and
    /// clouds, and what a move costs, as factors by kind of move.
    fn weigh(
        &self,
        index: usize,
        from: Option<usize>,
        penalties: &[f64; KINDS],
        scene: Scene<'_>,
        weights: &mut Weights,
    ) {
        let (p, published, nesting) = (scene.p, scene.published, &scene.catalog.nesting);
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
        weights.scale(&nesting.at[home], at_home);

        self.fill_tastes(index, scene, &mut weights.taste);
        let penalty = |kind: u8| penalties[usize::from(kind) % KINDS];
        let regime = published.regime_of[usize::from(enterprise.jurisdiction)];
        let row = regime * dims.cells() + dims.row(segment, dims.group(task, class));
        let count = dims.offers;
        weights.of.resize(count, 0.0);
        let shared = &published.weights[row..][..count];
        let congestion = &published.congestion[task * count..][..count];
        let slots = &nesting.slots[..count];
        let of = &mut weights.of[..count];
        let kinds = nesting.nest_moves(home, from);
        let nests = kinds.iter().zip(nesting.starts.windows(2));
        let own = weights.factor.iter().zip(&mut weights.sums);
        let taste = |place: usize| weights.taste[usize::from(slots[place])];
        for ((kind, places), (factor, sum)) in nests.zip(own) {
            let mut all = 0.0;
            // What no move leads to that is considered needs no weights.
            if penalty(*kind) > 0.0 {
                for place in usize::from(places[0])..usize::from(places[1]).min(count) {
                    of[place] = shared[place] * congestion[place] * taste(place);
                    all += of[place];
                }
            }
            *sum = all * penalty(*kind) * factor;
        }
        let moves = nesting.moves(home, from);
        for (nest, place) in nesting.exceptions(home, from) {
            let (nest, place) = (usize::from(*nest), usize::from(*place));
            let other = penalty(moves[place]) - penalty(kinds[nest]);
            // Of the rest of its nest nothing may be considered: then it was not weighed.
            if penalty(kinds[nest]) <= 0.0 {
                of[place] = shared[place] * congestion[place] * taste(place);
            }
            weights.sums[nest] += of[place] * other * weights.factor[nest];
        }
        (weights.penalties, weights.home, weights.from) = (*penalties, home, from);
    }

    /// What an enterprise makes of labs, by [slot](super::nesting::Nesting::slots): nothing where rules or its own keep it
    /// from them.
    fn fill_tastes(&self, index: usize, scene: Scene<'_>, taste: &mut [f64; SLOTS]) {
        let dims = &scene.p.dims;
        let (owner, _) = dims.owner_and_task(index);
        let enterprise = &self.enterprises[owner];
        let own = &self.taste[owner * dims.labs..][..dims.labs];
        for (taste, own) in taste.iter_mut().zip(own) {
            *taste = f64::from(*own);
        }
        let mut is_open_only = enterprise.is_open_only;
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
        let (p, published, nesting) = (scene.p, scene.published, &scene.catalog.nesting);
        let dims = &p.dims;
        let (owner, task) = dims.owner_and_task(index);
        let enterprise = &self.enterprises[owner];
        let workload = &self.workloads[index];
        weights.factor = [1.0; MAX_NESTS];
        if let Some(integrator) = integrator_of(enterprise, scene)
            && let Some(cloud) = p.integrators[integrator].cloud
        {
            weights.scale(&nesting.at[cloud], published.attachment[integrator]);
        }
        if workload.needs_state {
            weights.scale(&nesting.stateless, published.stateless_penalty);
        }
        if let Some(own) = scene.catalog.self_host {
            let factor = &mut weights.factor[usize::from(nesting.nest_of[own.index()])];
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

    /// What a move multiplies the weight of its target by, by kind: zero where it is not considered at all. For the offer
    /// in use, where nothing moves, it is what a router has learned.
    fn penalties(
        &self,
        index: usize,
        time: SimTime,
        considered: [bool; 4],
        stakes: &Stakes,
        scene: Scene<'_>,
    ) -> [f64; KINDS] {
        let p = scene.p;
        let lambda = scene.published.nests.lambda();
        let (owner, _) = p.dims.owner_and_task(index);
        let workload = &self.workloads[index];
        let sensitivity = p.sensitivity[usize::from(self.enterprises[owner].class)];
        let per_month = sensitivity * p.annuity / lambda;
        let mut factors = p.total_costs.of(stakes).map(|months| -per_month * months);
        quick_exp_all(&mut factors);
        let offer = OfferId::from_index(usize::from(workload.offer));
        let learned = match scene.catalog.offers[offer].route {
            Route::Routed(router) => {
                let learned = p.policy_learned[tenure_day(workload, time, p.policy_learned.len())];
                quick_exp(p.learning[router.index()] * learned / lambda).min(MOST_WEIGHT)
            }
            _ => 1.0,
        };
        for (factor, is_considered) in factors.iter_mut().zip(considered) {
            *factor = if is_considered { *factor } else { 0.0 };
        }
        let [model, router, cloud, self_host] = factors;
        [model, router, cloud, self_host, learned, 1.0, 1.0, 1.0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::World;
    use crate::rng::Streams;
    use crate::scenario::quantity::Draws;
    use crate::scenario::{Request, load};
    use crate::simulation::Simulation;
    use crate::time::Span;

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
        let partition = &world.population[0];
        for penalties in [
            [0.5, 0.3, 0.2, 0.1, 1.7, 1.0, 1.0, 1.0],
            [0.4, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0],
            [0.0, 0.6, 0.0, 0.1, 2.0, 1.0, 1.0, 1.0],
        ] {
            for index in 0..partition.workloads.len() {
                let offer = usize::from(partition.workloads[index].offer);
                partition.weigh(index, Some(offer), &penalties, scene, &mut weights);
                let moves = nesting.moves(weights.home, weights.from);
                let mut sums = [0.0; MAX_NESTS];
                for other in 0..nesting.nest_of.len() {
                    let kind = moves[usize::from(nesting.place_of[other])];
                    sums[usize::from(nesting.nest_of[other])] +=
                        weights.weight(other, scene) * penalties[usize::from(kind)];
                }
                for (sum, expected) in weights.sums.iter().zip(sums) {
                    assert!(
                        (sum - expected).abs() <= 1e-12 * expected,
                        "{sum} {expected}"
                    );
                }
            }
        }
    }
}
