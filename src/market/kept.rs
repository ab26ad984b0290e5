//! What a review is certain to keep: where moves are dear, mostly nothing can pass the offer in use, and the review ends
//! before anything is weighed.
//!
//! That is told by *leads*, bounds on how far ahead nests can be in the race of a choice before they draw. They are
//! logarithms, and those of a weight's factors add up: what many workloads share is found once for all of them.

use super::catalog::Route;
use super::enterprise::Scene;
use super::nesting::Nesting;
use super::parameters::Parameters;
use super::population::Partition;
use super::published::Published;
use super::stakes::integrator_of;
use super::weights::{KINDS, ROUNDING, of_costs};
use crate::economics::choice::{Incumbent, Nests};
use crate::ids::{Id, OfferId};
use crate::rng::Stream;
use crate::scenario::spec::Runtime;
use crate::time::SimTime;

/// What every kind of move must multiply a weight by at most in any case, to be dear: where moves cost less, hardly
/// anything is certain.
const DEAR: f64 = 0.1;

/// [Leads](Nests::lead) of what nests' weights are products of, but for the taste of one enterprise.
#[derive(Clone, Debug)]
pub struct Leads {
    /// By price class, where moves are dear.
    moves: Vec<Option<DearMoves>>,
    /// Of what weights sum to at most, by (regime, segment, group, nest).
    rows: Vec<i64>,
    /// Where it is least, by task.
    congestion: Vec<i64>,
    /// By (segment, class, home cloud).
    home: Vec<i64>,
    /// At an integrator's cloud.
    attachment: Vec<i64>,
    /// Of the stateless, for workloads that need state.
    stateless: i64,
}

/// What moves multiply weights by at most: what they cost in any case.
#[derive(Clone, Debug)]
struct DearMoves {
    /// Inside a nest.
    inside: f64,
    /// As a lead, by what [stands](super::nesting::Nesting::nest_kinds) for the kinds of moves to a nest.
    leads: [i64; KINDS],
}

impl DearMoves {
    fn new(class: usize, p: &Parameters, nests: &Nests) -> Option<Self> {
        let most = of_costs(&p.total_costs.least(), class, p, nests).map(|most| most * ROUNDING);
        let [model, router, cloud, self_host] = most;
        let either = model.max(router);
        let any = either.max(cloud).max(self_host);
        // None stays: that is the nest of the offer in use, which the others are measured against.
        let kinds = [model, router, cloud, self_host, any, either, any, any];
        (any < DEAR).then(|| Self {
            inside: either,
            leads: kinds.map(|most| nests.lead(most)),
        })
    }
}

impl Leads {
    /// Leads before anything is published.
    #[must_use]
    pub fn new(p: &Parameters, nests: &Nests) -> Self {
        Self {
            moves: (0..p.dims.classes)
                .map(|class| DearMoves::new(class, p, nests))
                .collect(),
            rows: Vec::new(),
            congestion: vec![nests.lead(1.0); p.dims.tasks],
            home: Vec::new(),
            attachment: Vec::new(),
            stateless: 0,
        }
    }

    /// Whether there is anybody to whom moves are dear.
    fn are_asked_for(&self) -> bool {
        self.moves.iter().any(Option::is_some)
    }
}

/// Writes the leads of factors over others.
fn follow(leads: &mut Vec<i64>, factors: impl Iterator<Item = f64>, nests: &Nests) {
    leads.clear();
    leads.extend(factors.map(|factor| nests.lead(factor)));
}

impl Published {
    /// Publishes the leads of congestion.
    pub(super) fn publish_congestion_leads(&mut self, nesting: &Nesting) {
        if self.leads.are_asked_for() {
            let by_task = self.nest_congestion.chunks_exact(nesting.count());
            let least = by_task.map(|nests| nests.iter().copied().fold(0.0, f64::max));
            follow(&mut self.leads.congestion, least, &self.nests);
        }
    }

    /// Publishes the leads of what weights sum to, and of what concerns few.
    pub(super) fn publish_leads(&mut self) {
        if self.leads.are_asked_for() {
            let (rows, attachment) = (self.nest_bounds.iter(), self.attachment.iter());
            follow(&mut self.leads.rows, rows.copied(), &self.nests);
            follow(&mut self.leads.attachment, attachment.copied(), &self.nests);
            self.leads.stateless = self.nests.lead(self.stateless_penalty);
        }
    }

    /// Publishes the leads of what is sold at the home cloud.
    pub(super) fn publish_home_leads(&mut self) {
        follow(&mut self.leads.home, self.home.iter().copied(), &self.nests);
    }
}

impl Partition {
    /// Whether a review that may look everywhere is certain to keep the offer in use, whatever else is at stake.
    #[inline]
    pub(super) fn is_kept(
        &self,
        index: usize,
        time: SimTime,
        scene: Scene<'_>,
        stream: &Stream,
    ) -> bool {
        let (p, published, nesting) = (scene.p, scene.published, &scene.catalog.nesting);
        let (dims, leads) = (&p.dims, &published.leads);
        let (owner, task) = dims.owner_and_task(index);
        let (enterprise, workload) = (&self.enterprises[owner], &self.workloads[index]);
        let class = usize::from(enterprise.class);
        let Some(moves) = &leads.moves[class] else {
            return false;
        };
        let (segment, home) = (
            usize::from(enterprise.segment),
            usize::from(enterprise.home),
        );
        let jurisdiction = usize::from(enterprise.jurisdiction);
        let from = usize::from(workload.offer);
        let offer = &scene.catalog.offers[OfferId::from_index(from)];
        // Few, for whom all is weighed: those with terms of their own, or whom rules may not leave where they are.
        let open = published.rules[jurisdiction].open_procurement[segment];
        if offer.route == Route::SelfHost
            || (enterprise.is_open_only && offer.lab.is_none())
            || f64::from(enterprise.procurement_rank) < open
        {
            return false;
        }
        let row = (published.regime_of[jurisdiction] * dims.segments + segment) * dims.groups()
            + dims.group(task, class);
        let at_home = (segment * dims.classes + class) * dims.clouds + home;
        let (count, nests) = (dims.offers, nesting.count());
        let rows = &leads.rows[row * nests..][..nests];
        let kinds = &nesting.nest_kinds(home, Some(from))[..nests];

        // In units of the greatest taste, which is left out of all others' weights.
        let tastes = &self.taste[owner * dims.labs..][..dims.labs];
        let greatest =
            (tastes.iter()).fold(1.0, |most: f32, own| if *own > most { *own } else { most });
        let taste = offer.lab.map_or(1.0, |lab| tastes[lab.index()]);
        let place = usize::from(nesting.place_of[from]);
        let nest = usize::from(nesting.nest_of[from]);
        let shared = published.weights[row * count + place];
        let mut weight = shared
            * published.congestion[task * count + place]
            * (f64::from(taste) / f64::from(greatest));
        if matches!(offer.route, Route::Routed(_)) {
            weight *= self.learned(index, time, scene);
        }
        // What other nests may have as well is taken from the lead.
        let mut lead = -leads.congestion[task];
        let home_lead = leads.home[at_home];
        let is_at_home = offer.cloud.is_some_and(|own| own.index() == home);
        lead += if is_at_home { home_lead } else { 0 } - home_lead.max(0);
        if let Some(integrator) = integrator_of(enterprise, scene)
            && let Some(cloud) = p.integrators[integrator].cloud
        {
            let attachment = leads.attachment[integrator];
            let is_attached = offer.cloud.is_some_and(|own| own.index() == cloud);
            lead += if is_attached { attachment } else { 0 } - attachment.max(0);
        }
        if workload.needs_state {
            let is_stateless = offer.runtime == Runtime::Stateless;
            lead += if is_stateless { leads.stateless } else { 0 } - leads.stateless.max(0);
        }
        let incumbent = Incumbent {
            nest,
            rank: place - nesting.places(nest).start,
            weight,
            rival: (published.nest_bounds[row * nests + nest] - shared)
                * published.nest_congestion[task * nests + nest]
                * moves.inside,
            lead,
        };
        let most = |nest: usize| {
            let move_there = moves.leads[usize::from(kinds[nest]) % KINDS];
            rows[nest] + move_there
        };
        (published.nests).is_kept(&incumbent, most, stream)
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::economics::switching::Move;
    use crate::market::World;
    use crate::market::stakes::Customer;
    use crate::market::weights::Weights;
    use crate::rng::{Purpose, Streams};
    use crate::scenario::quantity::Draws;
    use crate::scenario::{Loaded, Request, load};
    use crate::simulation::Simulation;
    use crate::time::Span;

    /// The baseline with dear moves.
    fn dear(overlay: Option<&str>, sets: &[&str]) -> Loaded {
        let inertia = Move::ALL.map(|kind| format!("switching.moves.{}.inertia=90", kind.name()));
        let sets = sets.iter().map(|set| (*set).to_owned());
        let request = Request {
            overlays: overlay.map(PathBuf::from).into_iter().collect(),
            sets: inertia.into_iter().chain(sets).collect(),
            ..Request::default()
        };
        load(&request).expect("the scenario is sound")
    }

    #[test]
    fn what_is_kept_is_what_is_drawn() {
        let loaded = dear(None, &[]);
        let simulation = Simulation::of(&loaded);
        let streams = Streams::new(1, 0);
        let draws = Draws::new(streams, &simulation.correlations);
        let catalog = &simulation.catalog;
        let mut world = World::new(&loaded.scenario, catalog, 300, Span::DAY, &draws, streams);
        // One nest that is better to wait in than any other, by far.
        let (nesting, published) = (&catalog.nesting, &mut world.published);
        let factor = |nest| if nest == 0 { 5.0 } else { 0.7 };
        let nests = (0..nesting.count()).map(factor).collect::<Vec<_>>();
        let by_place = |nest| vec![factor(nest); nesting.places(nest).len()];
        let places = (0..nesting.count()).flat_map(by_place).collect::<Vec<_>>();
        published.nest_congestion = nests.repeat(world.p.dims.tasks);
        published.congestion = places.repeat(world.p.dims.tasks);
        published.publish_congestion_leads(nesting);
        let scene = world.scene();
        let mut weights = Weights::default();
        let (time, considered) = (SimTime::START, [true; Move::ALL.len()]);
        let (mut kept, mut stayed) = (0, 0);
        let partition = &world.population[0];
        for (index, workload) in partition.workloads.iter().enumerate() {
            let (owner, task) = scene.p.dims.owner_and_task(index);
            let customer = Customer::new(&partition.enterprises[owner], time, scene);
            let (_, stakes) = customer.spend_and_stakes(workload, task);
            partition.review_weights(index, time, considered, &stakes, scene, &mut weights);
            for ordinal in 0..20 {
                let mut stream = streams.stream(Purpose::User, index as u64, ordinal);
                let is_kept = partition.is_kept(index, time, scene, &stream);
                let stays = weights.choose(scene, &mut stream) == Some(usize::from(workload.offer));
                assert!(stays || !is_kept);
                kept += u32::from(is_kept);
                stayed += u32::from(stays);
            }
        }
        assert!(2 * kept > stayed, "{kept} of {stayed} that stay");
    }

    /// A run asserts of every review that what is certain to be kept is drawn.
    #[test]
    fn what_is_certain_is_drawn_in_every_market() {
        let sets = [
            "run.enterprises=300",
            "choice.review_interval=1",
            "choice.attention_model=1",
            "choice.attention_cloud=1",
        ];
        for overlay in [None, Some("exodus"), Some("open-stack"), Some("bundles")] {
            let file = overlay.map(|name| format!("scenarios/{name}.toml"));
            let loaded = dear(file.as_deref(), &sets);
            let panel = Simulation::of(&loaded).run(0).expect("accounts balance");
            assert!(panel.decisions > 40_000, "{}", panel.decisions);
        }
    }
}
