//! What a review is certain to keep: where moves are dear, mostly nothing can pass the offer in use, and the review ends
//! before anything is weighed.
//!
//! That is told by *leads*, bounds on how far ahead nests can be in the race of a choice before they draw. They are
//! logarithms, and those of a weight's factors add up: what many workloads share is found once for all of them.

use super::catalog::{Offer, Route};
use super::enterprise::{Scene, Workload};
use super::nesting::{MODEL_OR_ROUTER, Nesting};
use super::parameters::Parameters;
use super::population::{Enterprise, Partition};
use super::published::Published;
use super::stakes::integrator_of;
use super::weights::{KINDS, ROUNDING, of_costs, self_hosting};
use crate::economics::choice::Nests;
use crate::economics::choice::kept::{Incumbent, LANES, Lanes, Race, Told, in_lanes};
use crate::ids::{Id, OfferId};
use crate::rng::Stream;
use crate::scenario::records::Runtime;
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
    rows: Vec<Lanes>,
    /// Where it is least, by task.
    congestion: Vec<i32>,
    /// By (segment, class, home cloud).
    home: Vec<i32>,
    /// At an integrator's cloud.
    attachment: Vec<i32>,
    /// Of the stateless, for workloads that need state.
    stateless: i32,
}

/// What moves multiply weights by at most: what they cost in any case.
#[derive(Clone, Debug)]
struct DearMoves {
    /// By what [stands](super::nesting::Nesting::nest_kinds) for the kinds of moves to a nest.
    factors: [f64; KINDS],
    /// The same as leads, by (home cloud, from, nest).
    leads: Vec<Lanes>,
}

impl DearMoves {
    fn new(class: usize, p: &Parameters, nests: &Nests, nesting: &Nesting) -> Option<Self> {
        let most = of_costs(&p.total_costs.least(), class, p, nests).map(|most| most * ROUNDING);
        let [model, router, cloud, self_host] = most;
        let either = model.max(router);
        let any = either.max(cloud).max(self_host);
        // None stays: that is the nest of the offer in use, which the others are measured against.
        let factors = [model, router, cloud, self_host, any, either, any, any];
        let leads = factors.map(|most| nests.lead(most));
        let lead = |kind: &u8| leads[usize::from(*kind)];
        let rows = nesting.nest_kinds.chunks_exact(nesting.count());
        (any < DEAR).then(|| Self {
            factors,
            leads: rows
                .flat_map(|kinds| in_lanes(kinds.iter().map(lead)))
                .collect(),
        })
    }
}

impl Leads {
    /// Leads before anything is published.
    #[must_use]
    pub fn new(p: &Parameters, nests: &Nests, nesting: &Nesting) -> Self {
        Self {
            moves: (0..p.dims.classes)
                .map(|class| DearMoves::new(class, p, nests, nesting))
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
fn follow(leads: &mut Vec<i32>, factors: impl Iterator<Item = f64>, nests: &Nests) {
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
    pub(super) fn publish_leads(&mut self, nesting: &Nesting) {
        if self.leads.are_asked_for() {
            let lead = |sum: &f64| self.nests.lead(*sum);
            self.leads.rows.clear();
            for sums in self.nest_bounds.chunks_exact(nesting.count()) {
                self.leads.rows.extend(in_lanes(sums.iter().map(lead)));
            }
            let attachment = self.attachment.iter();
            follow(&mut self.leads.attachment, attachment.copied(), &self.nests);
            self.leads.stateless = self.nests.lead(self.stateless_penalty);
        }
    }

    /// Publishes the leads of what is sold at the home cloud.
    pub(super) fn publish_home_leads(&mut self) {
        follow(&mut self.leads.home, self.home.iter().copied(), &self.nests);
    }
}

/// A review that might keep its offer, and what its weights are products of.
struct Review<'a> {
    scene: Scene<'a>,
    enterprise: &'a Enterprise,
    workload: &'a Workload,
    task: usize,
    moves: &'a DearMoves,
    /// The offer in use, its place, and its nest.
    offer: &'a Offer,
    place: usize,
    nest: usize,
    /// The row in tables by (regime, segment, group).
    row: usize,
    /// The place in tables by (segment, class, home cloud).
    at_home: usize,
    /// What the enterprise makes of labs, and the most that it makes of any: the unit of all weights here.
    tastes: &'a [f32],
    greatest: f32,
    /// What only the offer in use has.
    own: f64,
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
        let Some(review) = self.keeping(index, time, scene) else {
            return false;
        };
        let nests = &scene.published.nests;
        match nests.is_kept(&review.incumbent(), review.most(), stream) {
            Told::Kept => true,
            Told::NotYet(race) => self.is_kept_closely(index, time, scene, &race),
            Told::Nothing => false,
        }
    }

    /// The same by what the enterprise makes of each lab and cloud: where bounds do not tell, this mostly does.
    #[cold]
    #[inline(never)]
    fn is_kept_closely(&self, index: usize, time: SimTime, scene: Scene<'_>, race: &Race) -> bool {
        self.keeping(index, time, scene).is_some_and(|review| {
            let nests = &scene.published.nests;
            let own = review.shared_by_nest(review.offer);
            let closely = (|nest| review.closely(nest, own), |rank| review.rival(rank));
            own.is_normal()
                && nests.is_kept_closely(&review.incumbent(), review.most(), race, closely)
        })
    }

    /// What a review is about. None where moves are not dear, and for few, for whom all is weighed: those whom rules may not
    /// leave where they are.
    #[expect(clippy::inline_always, reason = "it then need not be written down")]
    #[inline(always)]
    fn keeping<'a>(&'a self, index: usize, time: SimTime, scene: Scene<'a>) -> Option<Review<'a>> {
        let (p, published, nesting) = (scene.p, scene.published, &scene.catalog.nesting);
        let dims = &p.dims;
        let (owner, task) = dims.owner_and_task(index);
        let (enterprise, workload) = (&self.enterprises[owner], &self.workloads[index]);
        let class = usize::from(enterprise.class);
        let moves = published.leads.moves[class].as_ref()?;
        let (segment, home) = (
            usize::from(enterprise.segment),
            usize::from(enterprise.home),
        );
        let jurisdiction = usize::from(enterprise.jurisdiction);
        let from = usize::from(workload.offer);
        let offer = &scene.catalog.offers[OfferId::from_index(from)];
        let open = published.rules[jurisdiction].open_procurement[segment];
        if (enterprise.is_open_only && offer.lab.is_none())
            || f64::from(enterprise.procurement_rank) < open
        {
            return None;
        }
        let (tastes, greatest) = self.tastes(owner, dims.labs);
        Some(Review {
            scene,
            enterprise,
            workload,
            task,
            moves,
            offer,
            place: usize::from(nesting.place_of[from]),
            nest: usize::from(nesting.nest_of[from]),
            row: dims.regime_row(
                published.regime_of[jurisdiction],
                segment,
                dims.group(task, class),
            ),
            at_home: dims.class_at_cloud(segment, class, home),
            tastes,
            greatest,
            own: match offer.route {
                Route::Direct => 1.0,
                Route::Routed(_) => self.learned(index, time, scene),
                Route::SelfHost => self_hosting(enterprise, workload, task, scene),
            },
        })
    }
}

/// Whether a cloud sells an offer.
fn is_at(offer: &Offer, cloud: usize) -> bool {
    offer.cloud.is_some_and(|own| own.index() == cloud)
}

impl Review<'_> {
    fn home(&self) -> usize {
        usize::from(self.enterprise.home)
    }

    /// The integrator from whom it buys, if that has a cloud, and that.
    #[inline]
    fn attached(&self) -> Option<(usize, usize)> {
        let integrator = integrator_of(self.enterprise, self.scene)?;
        let cloud = self.scene.p.integrators[integrator].cloud?;
        Some((integrator, cloud))
    }

    /// The offer in use, with what is at most to be said for others.
    #[expect(clippy::inline_always, reason = "for the same reason")]
    #[inline(always)]
    fn incumbent(&self) -> Incumbent {
        let (published, nesting) = (self.scene.published, &self.scene.catalog.nesting);
        let (count, nests) = (self.scene.p.dims.offers, nesting.count());
        let (row, task, place, nest) = (self.row, self.task, self.place, self.nest);
        let leads = &published.leads;
        let shared = published.weights[row * count + place];
        let taste = self.offer.lab.map_or(1.0, |lab| self.tastes[lab.index()]);
        // What other nests may have as well is taken from the lead.
        let mut lead = -i64::from(leads.congestion[task]);
        let home = i64::from(leads.home[self.at_home]);
        lead += if is_at(self.offer, self.home()) {
            home
        } else {
            0
        } - home.max(0);
        if let Some((integrator, cloud)) = self.attached() {
            let attachment = i64::from(leads.attachment[integrator]);
            lead += if is_at(self.offer, cloud) {
                attachment
            } else {
                0
            } - attachment.max(0);
        }
        if self.workload.needs_state {
            let is_stateless = self.offer.runtime == Runtime::Stateless;
            let stateless = i64::from(leads.stateless);
            lead += if is_stateless { stateless } else { 0 } - stateless.max(0);
        }
        Incumbent {
            nest,
            rank: place - nesting.places(nest).start,
            weight: shared
                * published.congestion[task * count + place]
                * (f64::from(taste) / f64::from(self.greatest))
                * self.own,
            rivals: (published.nest_bounds[row * nests + nest] - shared)
                * published.nest_congestion[task * nests + nest]
                * self.moves.factors[usize::from(MODEL_OR_ROUTER)],
            lead,
        }
    }

    /// Leads of each nest: what its weights sum to, and a move there.
    #[inline]
    fn most(&self) -> [&[Lanes]; 2] {
        let nesting = &self.scene.catalog.nesting;
        let lanes = nesting.count().div_ceil(LANES);
        let from = usize::from(self.workload.offer);
        let moves = nesting.row(self.home(), Some(from));
        [
            &self.scene.published.leads.rows[self.row * lanes..][..lanes],
            &self.moves.leads[moves * lanes..][..lanes],
        ]
    }

    /// What an offer is worth at most, before it is moved to, but for what its nest shares.
    fn tasted(&self, place: usize) -> f64 {
        let (published, nesting) = (self.scene.published, &self.scene.catalog.nesting);
        let count = self.scene.p.dims.offers;
        // Through a router it is one.
        let taste = self.tastes.get(usize::from(nesting.slots[place]));
        let shared = published.weights[self.row * count + place]
            * published.congestion[self.task * count + place];
        shared * taste.map_or(1.0, |taste| f64::from(*taste)) * ROUNDING / f64::from(self.greatest)
    }

    /// What the nest of an offer shares.
    fn shared_by_nest(&self, offer: &Offer) -> f64 {
        let published = self.scene.published;
        let mut factor = 1.0;
        if is_at(offer, self.home()) {
            factor *= published.home[self.at_home];
        }
        if let Some((integrator, cloud)) = self.attached()
            && is_at(offer, cloud)
        {
            factor *= published.attachment[integrator];
        }
        if self.workload.needs_state && offer.runtime == Runtime::Stateless {
            factor *= published.stateless_penalty;
        }
        factor
    }

    /// The lead of another nest at most, before it draws, less what the nest in use shares.
    fn closely(&self, nest: usize, own: f64) -> i32 {
        let Scene {
            catalog, published, ..
        } = self.scene;
        let nesting = &catalog.nesting;
        let from = usize::from(self.workload.offer);
        let kind = nesting.nest_kinds(self.home(), Some(from))[nest];
        let places = nesting.places(nest);
        let offer = OfferId::from_index(usize::from(nesting.order[places.start]));
        let offer = &catalog.offers[offer];
        let mut shared = self.shared_by_nest(offer);
        if offer.route == Route::SelfHost {
            shared *= self_hosting(self.enterprise, self.workload, self.task, self.scene);
        }
        let all = places.map(|place| self.tasted(place)).sum::<f64>();
        let moves = self.moves.factors[usize::from(kind) % KINDS];
        published.nests.lead(all * moves * (shared / own))
    }

    /// The most weight of another rank in the nest of the offer in use.
    fn rival(&self, rank: usize) -> f64 {
        let first = self.scene.catalog.nesting.places(self.nest).start;
        self.tasted(first + rank) * self.moves.factors[usize::from(MODEL_OR_ROUTER)]
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
        // Engineering of one's own that takes a month of what large ones spend.
        published.self_host_fixed = 1e5;
        let mut own = world.population[0].clone();
        let self_host = catalog.self_host.expect("the baseline has it").index();
        for workload in &mut own.workloads {
            workload.offer = u16::try_from(self_host).expect("fewer than 65,536 offers");
        }
        let scene = world.scene();
        for partition in [&world.population[0], &own] {
            let (kept, stayed) = kept_and_stayed(partition, scene, streams);
            assert!(2 * kept > stayed, "{kept} of {stayed} that stay");
        }
    }

    /// How many reviews are certain to keep their offer, and how many draw it.
    fn kept_and_stayed(partition: &Partition, scene: Scene<'_>, streams: Streams) -> (u32, u32) {
        let mut weights = Weights::default();
        let (time, considered) = (SimTime::START, [true; Move::ALL.len()]);
        let (mut kept, mut stayed) = (0, 0);
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
        (kept, stayed)
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
