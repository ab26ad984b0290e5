//! Activity of agents between two clearings: changes of demand, costs of migrations, counts of reviews.

use super::dims::Dims;
use super::enterprise::Enterprise;
use crate::base::time::SimTime;
use crate::base::units::Usd;

/// Step of a workload that is counted: its adoption, or the outcome of a review.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Step {
    /// Move to another lab's model on the same cloud.
    Model = 0,
    /// Move into, out of or between routers on the same cloud.
    Router = 1,
    /// Move to another cloud.
    Cloud = 2,
    /// Move to self-hosting, or back from it.
    SelfHost = 3,
    /// Upgrade to a new release of the lab in use.
    Upgrade = 4,
    /// Adoption of a new workload.
    Adopt = 5,
}

/// Number of kinds of [`Step`].
pub const STEPS: usize = 6;

/// Cell of demand: enterprises of one kind, one task class and the offer in use. [`Demand`](super::demand::Demand)
/// has a rate for each cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Jurisdiction, by index.
    pub jurisdiction: u8,
    /// Segment, by index.
    pub segment: u8,
    /// Task class, by index.
    pub task: u8,
    /// Price class, by index.
    pub class: u8,
    /// Offer, by index.
    pub offer: u16,
}

impl Cell {
    /// Returns the cell of an enterprise's workload that uses an offer.
    #[must_use]
    pub fn new(enterprise: &Enterprise, task: usize, offer: usize) -> Self {
        Self {
            jurisdiction: enterprise.jurisdiction,
            segment: enterprise.segment,
            task: u8::try_from(task).expect("checked: fewer than 256 task classes"),
            class: enterprise.class,
            offer: u16::try_from(offer).expect("fewer than 65,536 offers"),
        }
    }

    /// Returns the index of the task class.
    #[must_use]
    pub fn task(self) -> usize {
        usize::from(self.task)
    }

    /// Returns the index of the offer.
    #[must_use]
    pub fn offer(self) -> usize {
        usize::from(self.offer)
    }

    pub(in crate::market) fn segment(self) -> usize {
        usize::from(self.segment)
    }

    pub(in crate::market) fn group(self, dims: &Dims) -> usize {
        dims.group(self.task(), usize::from(self.class))
    }

    /// Returns the position of the cell in tables by (jurisdiction, segment, group, offer).
    pub(in crate::market) fn place(self, dims: &Dims) -> usize {
        usize::from(self.jurisdiction) * dims.cells()
            + dims.row(self.segment(), self.group(dims))
            + self.offer()
    }
}

/// Change of demand in one cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Cell in which demand changes.
    pub cell: Cell,
    /// Change of volume, tokens a day at the intensity of the start, times the enterprise's weight; negative where
    /// demand falls.
    pub volume: i64,
    /// Time of the change.
    pub time: SimTime,
}

/// Activity of one partition since the last clearing; output. Volumes and money are integers, so that their sums do
/// not depend on the order of addition. Floating-point counts are summed in the order of partitions.
#[derive(Clone, Debug)]
pub struct Activity {
    /// Changes of demand.
    pub changes: Vec<Change>,
    /// Labour paid to integrators, USD, by segment.
    pub integration: Vec<Usd>,
    /// Labour of own staff, USD, by segment.
    pub labour: Vec<Usd>,
    /// Egress charges, USD, by (segment, cloud).
    pub egress: Vec<Usd>,
    /// Forfeited commitments, USD, by (segment, cloud).
    pub forfeited: Vec<Usd>,
    /// Steps taken, by (segment, kind of step), weighted by the enterprises that each simulated enterprise stands
    /// for.
    pub steps: Vec<f64>,
    /// Reviews that took place, by segment, weighted by enterprises.
    pub reviews: Vec<f64>,
    /// Workloads that left a stateful runtime, weighted by enterprises.
    pub stateful_exits: f64,
    /// Change of the number of self-hosted workloads, by segment, weighted by enterprises, in millionths; an exact
    /// integer.
    pub self_hosters: Vec<i64>,
    /// Reviews and adoptions that took place, unweighted; for speed reports.
    pub reviewed: u64,
    /// Reviews and adoptions that led to a choice among offers, unweighted; for speed reports.
    pub decisions: u64,
    /// Agent events handled, unweighted; for speed reports.
    pub events: u64,
}

impl Activity {
    /// Returns empty activity.
    #[must_use]
    pub fn new(dims: &Dims) -> Self {
        Self {
            changes: Vec::new(),
            integration: vec![Usd::ZERO; dims.segments],
            labour: vec![Usd::ZERO; dims.segments],
            egress: vec![Usd::ZERO; dims.segments * dims.clouds],
            forfeited: vec![Usd::ZERO; dims.segments * dims.clouds],
            steps: vec![0.0; dims.segments * STEPS],
            reviews: vec![0.0; dims.segments],
            stateful_exits: 0.0,
            self_hosters: vec![0; dims.segments],
            reviewed: 0,
            decisions: 0,
            events: 0,
        }
    }

    /// Adds the totals of `other` and resets them. Changes of demand stay in `other`.
    pub fn absorb(&mut self, other: &mut Self) {
        let money = |into: &mut Vec<Usd>, from: &mut Vec<Usd>| {
            for (sum, part) in into.iter_mut().zip(from) {
                *sum += std::mem::take(part);
            }
        };
        money(&mut self.integration, &mut other.integration);
        money(&mut self.labour, &mut other.labour);
        money(&mut self.egress, &mut other.egress);
        money(&mut self.forfeited, &mut other.forfeited);
        for (sum, part) in self.steps.iter_mut().zip(&mut other.steps) {
            *sum += std::mem::take(part);
        }
        for (sum, part) in self.reviews.iter_mut().zip(&mut other.reviews) {
            *sum += std::mem::take(part);
        }
        self.stateful_exits += std::mem::take(&mut other.stateful_exits);
        for (sum, part) in self.self_hosters.iter_mut().zip(&mut other.self_hosters) {
            *sum += std::mem::take(part);
        }
        self.reviewed += std::mem::take(&mut other.reviewed);
        self.decisions += std::mem::take(&mut other.decisions);
        self.events += std::mem::take(&mut other.events);
    }
}
