//! Synthetic population: enterprises of heavy-tailed size, each of which stands for many through its weight.

use crate::base::elementary::{quick_exp, quick_log};
use crate::base::rng::{Purpose, Stream, Streams};
use crate::base::time::{SimTime, Span};
use crate::base::units::DAYS_PER_MONTH;
use crate::economics::choice::Nests;
use crate::economics::diffusion::{bass_time, fading_growth, fading_time};
use crate::kernel::Agenda;
use crate::market::customers::sizes::SizeDistribution;
use crate::market::customers::spread::{Spread, share_at};
use crate::market::parameters::Parameters;
use crate::market::state::{
    Activity, Enterprise, MAX_WORKLOADS, Partition, Workload, WorkloadState,
};

/// Number of enterprises in a partition. Partitions depend on the population only, never on the number of threads.
const PARTITION_SIZE: usize = 4_096;

/// Builds the population in partitions. `is_open` tells which labs have open weights.
#[must_use]
pub fn populate(
    count: usize,
    p: &Parameters,
    is_open: &[bool],
    nests: &Nests,
    window: Span,
    end: SimTime,
    streams: &Streams,
) -> Vec<Partition> {
    let sizes = SizeDistribution::new(p);
    let by_segment = apportion(
        count,
        &p.segments.iter().map(|s| s.spend_share).collect::<Vec<_>>(),
    );
    let spreads: Vec<Spread> = (0..p.segments.len())
        .map(|segment| Spread::new(segment, streams))
        .collect();
    let mut drafts = Vec::with_capacity(count);
    for (segment, members) in by_segment.iter().enumerate() {
        for rank in 0..*members {
            drafts.push((segment, rank, *members));
        }
    }
    assert!(
        PARTITION_SIZE * p.dims.slots() < MAX_WORKLOADS,
        "a partition is small"
    );
    let mut partitions = Vec::new();
    for (index, chunk) in drafts.chunks(PARTITION_SIZE).enumerate() {
        let first = index * PARTITION_SIZE;
        let mut partition = Partition {
            first,
            enterprises: Vec::with_capacity(chunk.len()),
            taste: Vec::with_capacity(chunk.len() * is_open.len()),
            workloads: Vec::with_capacity(chunk.len() * p.dims.slots()),
            agenda: Agenda::new(window, end),
            activity: Activity::new(&p.dims),
            window: usize::MAX,
            soon: Vec::new(),
            later: Vec::new(),
        };
        for (offset, (segment, rank, members)) in chunk.iter().enumerate() {
            let mut stream = streams.stream(Purpose::Enterprise, (first + offset) as u64, 0);
            let draft = Draft {
                segment: *segment,
                rank: *rank,
                members: *members,
                spread: &spreads[*segment],
            };
            let (mut enterprise, size) = found(&draft, p, &sizes, &mut stream);
            let mut ranks = streams.stream(Purpose::Enterprise, (first + offset) as u64, 1);
            #[expect(clippy::cast_possible_truncation, reason = "seven digits of a rank")]
            {
                let rank = f64::from(ranks.uniform() as f32);
                (enterprise.integrator, enterprise.integrator_reach) =
                    in_order(rank, p.integrators.len());
                enterprise.procurement_rank = ranks.uniform() as f32;
            }
            let open_only = stream.is_hit(p.segments[*segment].open_only);
            enterprise.is_open_only = open_only && is_open.contains(&false);
            for is_open in is_open {
                let taste = stream.normal() * p.choice.lab_taste_sd;
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "seven digits of taste are plenty"
                )]
                let weight = nests.weight(taste).min(f64::from(f32::MAX)) as f32;
                let weight = if open_only && !is_open { 0.0 } else { weight };
                partition.taste.push(weight);
            }
            partition.found_workloads(&draft, size, p, streams);
            partition.enterprises.push(enterprise);
        }
        partitions.push(partition);
    }
    partitions
}

/// Returns the integrator in whose stretch of ranks a rank between 0 and 1 lies, and the reach that the integrator
/// needs to serve it. All integrators have stretches of equal length.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "few integrators"
)]
fn in_order(rank: f64, integrators: usize) -> (u8, f32) {
    let count = integrators.max(1);
    let at = rank * count as f64;
    let slot = (at as usize).min(count - 1);
    (small(slot), ((at - slot as f64) / count as f64) as f32)
}

/// Place of an enterprise in its segment, before it is drawn.
struct Draft<'a> {
    segment: usize,
    rank: usize,
    members: usize,
    /// Attributes of the segment's enterprises.
    spread: &'a Spread,
}

/// Coordinates of the spread: home cloud, price class, jurisdiction, renewal; from the last on, adoption by task.
const HOME: usize = 0;
const CLASS: usize = 1;
const PLACE: usize = 2;
const RENEWAL: usize = 3;
const ADOPTION: usize = 4;

fn small(index: usize) -> u8 {
    u8::try_from(index).expect("a market has fewer than 256 of a kind")
}

/// Draws an enterprise. Returns it with its potential spend at the start, USD a year.
fn found(
    draft: &Draft<'_>,
    p: &Parameters,
    sizes: &SizeDistribution,
    stream: &mut Stream,
) -> (Enterprise, f64) {
    #[expect(clippy::cast_precision_loss, reason = "populations are far below 2^53")]
    let (rank, members) = (draft.rank as f64, draft.members as f64);
    // One draw in each of `members` equal strata: the sample of sizes hardly differs between replications.
    let (size, density_ratio) = sizes.sample((rank + stream.uniform()) / members);
    let segment = &p.segments[draft.segment];
    let mean = sizes.mean * segment.size_factor;
    let potential = p.demand.enterprise_spend * segment.spend_share / segment.adopted.max(1e-6);
    let at = |coordinate: usize| draft.spread.at(draft.rank, coordinate);
    let home = share_at(&p.home_share, at(HOME));
    let renewal_days = p.commit_term[home].days() * at(RENEWAL);
    let enterprise = Enterprise {
        segment: small(draft.segment),
        jurisdiction: small(share_at(&p.jurisdiction_share, at(PLACE))),
        home: small(home),
        class: small(share_at(&segment.class_share, at(CLASS))),
        can_self_host: size * segment.size_factor >= p.demand.self_host_threshold,
        weight: potential / mean * density_ratio / members,
        renewal: SimTime::START + Span::from_days(renewal_days),
        integrator: 0,
        integrator_reach: 0.0,
        procurement_rank: 0.0,
        is_open_only: false,
    };
    (enterprise, size * segment.size_factor)
}

impl Partition {
    /// Returns the weights of one enterprise's tastes, by lab.
    #[inline]
    #[must_use]
    pub fn tastes(&self, owner: usize, labs: usize) -> &[f32] {
        &self.taste[owner * labs..][..labs]
    }

    /// Adds the workloads of an enterprise: for each task class, its pieces of work at the start and those of new work.
    /// Volumes are set later, when the initial prices are known.
    fn found_workloads(&mut self, draft: &Draft<'_>, size: f64, p: &Parameters, streams: &Streams) {
        let first = (self.first + self.enterprises.len()) * p.dims.slots();
        let segment = &p.segments[draft.segment];
        let new_work = NewWork::new(p);
        for task in 0..p.dims.tasks {
            let spend = size * segment.task_share[task];
            let mut adopted = Span::ZERO;
            for piece in 0..p.dims.all_pieces() {
                let id = (first + task * p.dims.all_pieces() + piece) as u64;
                let mut stream = streams.stream(Purpose::Adoption, id, 0);
                let (since, part) = if let Some(new) = piece.checked_sub(p.dims.pieces) {
                    let arrival = new_work.arrival(new, stream.uniform());
                    (adopted.max(arrival), new_work.part)
                } else {
                    if piece == 0 {
                        let u = draft.spread.at(draft.rank, ADOPTION + task);
                        adopted = adoption(task, segment.adopted, p, u);
                    }
                    (adopted, new_work.old_part)
                };
                let mut workload = workload(since, spend, part, p);
                if let Some(rules) = &p.stateful
                    && p.context[task] > 0.0
                {
                    let mut contexts = streams.stream(Purpose::Adoption, id, 3);
                    let context = contexts.lognormal(p.context[task], rules.context_sigma);
                    workload.needs_state = context > rules.threshold;
                }
                self.workloads.push(workload);
            }
        }
    }
}

/// Returns the time from the start at which a workload is adopted, at probability `u`: exact Bass adoption, conditional
/// on the share that has adopted at the start.
fn adoption(task: usize, adopted: f64, p: &Parameters, u: f64) -> Span {
    let tenure = f64::from(p.demand.tenure_days());
    let (innovation, imitation) = (p.tasks[task].innovation, p.tasks[task].imitation);
    let years = bass_time(innovation, imitation, u) - bass_time(innovation, imitation, adopted);
    Span::from_days((years * 365.25).clamp(-tenure, 365_250.0))
}

/// Returns a workload that starts at `since` and has `part` of the yearly spend on its task, both as of the start.
#[expect(
    clippy::cast_possible_truncation,
    reason = "seven digits suffice for a cost and a spend"
)]
fn workload(since: Span, spend: f64, part: f64, p: &Parameters) -> Workload {
    let switching = &p.switching;
    let relative = quick_log(spend / switching.labour_reference);
    let labour = switching.labour * quick_exp(switching.labour_elasticity * relative);
    Workload {
        tokens: 0.0,
        since: if spend > 0.0 {
            SimTime::START + since
        } else {
            SimTime::NEVER
        },
        ordinal: 0,
        offer: 0,
        target: 0,
        releases_seen: 0,
        state: WorkloadState::Dormant,
        needs_state: false,
        spend: (part * spend / 12.0) as f32,
        // Pieces of one task share its integration: each bears its part of the labour.
        labour: if spend > 0.0 {
            (labour / (spend / 12.0)) as f32
        } else {
            0.0
        },
    }
}

/// New work of customers: how much of it there is, and when its pieces arrive.
struct NewWork {
    /// Spend of a piece of old work, over all old work of the task.
    old_part: f64,
    /// Spend of a piece of new work, over all old work of the task.
    part: f64,
    /// Number of pieces of new work.
    pieces: f64,
    /// Growth that new work will have brought in the end, as a logarithm.
    whole: f64,
    /// Half-life of the growth, months.
    half_life: f64,
}

impl NewWork {
    #[expect(clippy::cast_precision_loss, reason = "at most sixteen pieces")]
    fn new(p: &Parameters) -> Self {
        let half_life = p.demand.new_work_half_life;
        let whole = fading_growth(p.demand.new_work, half_life, f64::INFINITY);
        let pieces = p.dims.new_pieces as f64;
        Self {
            old_part: 1.0 / p.dims.pieces as f64,
            part: libm::expm1(whole) / pieces.max(1.0),
            pieces,
            whole,
            half_life,
        }
    }

    /// Returns the time from the start at which a piece of new work arrives, at probability `u` within the piece. Pieces
    /// arrive so that the volume of all work grows as [`fading_growth`] says.
    #[expect(clippy::cast_precision_loss, reason = "at most sixteen pieces")]
    fn arrival(&self, piece: usize, u: f64) -> Span {
        let share = (piece as f64 + u) / self.pieces;
        let months = fading_time(self.whole, self.half_life, share);
        Span::from_days((months * DAYS_PER_MONTH).min(365_250.0))
    }
}

/// Returns the months from `time` to the next renewal of an enterprise's commitment.
#[must_use]
pub fn months_to_renewal(enterprise: &Enterprise, term: Span, time: SimTime) -> f64 {
    let (ahead, term) = ((enterprise.renewal - time).micros(), term.micros());
    // Avoid a slow division where possible: most enterprises are before their second renewal.
    let next = if ahead < 0 { ahead + term } else { ahead };
    let next = if (0..term).contains(&next) {
        next
    } else {
        ahead.rem_euclid(term)
    };
    Span::from_micros(next).months()
}

/// Splits `count` members over shares by largest remainder, at least one for every positive share.
#[must_use]
pub fn apportion(count: usize, shares: &[f64]) -> Vec<usize> {
    let total: f64 = shares.iter().sum();
    #[expect(clippy::cast_precision_loss, reason = "populations are far below 2^53")]
    let quotas: Vec<f64> = shares
        .iter()
        .map(|share| share / total * count as f64)
        .collect();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "quotas are small and not negative"
    )]
    let mut members: Vec<usize> = quotas
        .iter()
        .map(|quota| (*quota as usize).max(usize::from(*quota > 0.0)))
        .collect();
    let mut order: Vec<usize> = (0..shares.len()).collect();
    let rest = |i: usize| quotas[i] - libm::floor(quotas[i]);
    order.sort_by(|a, b| rest(*b).total_cmp(&rest(*a)).then(a.cmp(b)));
    for index in order.into_iter().cycle().take(count) {
        if members.iter().sum::<usize>() >= count {
            break;
        }
        if quotas[index] > 0.0 {
            members[index] += 1;
        }
    }
    members
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn apportioning_keeps_the_count_and_follows_the_shares() {
        assert_eq!(apportion(10, &[0.5, 0.3, 0.2]), [5, 3, 2]);
        assert_eq!(apportion(7, &[1.0, 1.0, 1.0]).iter().sum::<usize>(), 7);
        assert_eq!(apportion(3, &[0.98, 0.02, 0.0]), [2, 1, 0]);
    }
}
