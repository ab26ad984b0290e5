//! Activity of agents between two clearings: changes of demand, costs of migrations, reviews.

use super::dims::Dims;
use super::enterprise::Enterprise;
use crate::time::SimTime;
use crate::units::Usd;

/// Outcomes of a review, and adoption.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Step {
    /// Another lab's model on the same cloud.
    Model = 0,
    /// Into, out of or between routers.
    Router = 1,
    /// Another cloud.
    Cloud = 2,
    /// Self-hosting, or back from it.
    SelfHost = 3,
    /// A new release of the same lab.
    Upgrade = 4,
    /// A new workload.
    Adopt = 5,
}

/// The number of kinds of [`Step`].
pub const STEPS: usize = 6;

/// One cell of demand: the enterprise's kind, its task and the offer that it uses. Demand has a rate for each.
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
    /// The cell of an enterprise's workload that uses an offer.
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

    /// The task class.
    #[must_use]
    pub fn task(self) -> usize {
        usize::from(self.task)
    }

    /// The offer.
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

    /// The place in a table by (jurisdiction, segment, group, offer).
    pub(in crate::market) fn place(self, dims: &Dims) -> usize {
        usize::from(self.jurisdiction) * dims.cells()
            + dims.row(self.segment(), self.group(dims))
            + self.offer()
    }
}

/// A change of volume in one demand cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Cell.
    pub cell: Cell,
    /// Tokens a day at the intensity of the start, with the enterprise's weight.
    pub volume: i64,
    /// Time of the change.
    pub time: SimTime,
}

/// Activity of one partition since the last clearing. Volumes and money are exact, so that their order does not
/// matter; counts are summed in the order of partitions.
#[derive(Clone, Debug)]
pub struct Activity {
    /// Changes of volume.
    pub changes: Vec<Change>,
    /// Labour paid to integrators, USD by segment.
    pub integration: Vec<Usd>,
    /// Labour of own staff, USD by segment.
    pub labour: Vec<Usd>,
    /// Egress charges, USD by (segment, cloud).
    pub egress: Vec<Usd>,
    /// Forfeited commitments, USD by (segment, cloud).
    pub forfeited: Vec<Usd>,
    /// Steps taken by (segment, kind of step), in enterprises stood for.
    pub steps: Vec<f64>,
    /// Reviews by segment, in enterprises stood for.
    pub reviews: Vec<f64>,
    /// Workloads that left a stateful runtime, in enterprises stood for.
    pub stateful_exits: f64,
    /// Change of self-hosted workloads by segment, in millionths of enterprises stood for: exact.
    pub self_hosters: Vec<i64>,
    /// Reviews that took place, and adoptions; unweighted, for speed reports.
    pub reviewed: u64,
    /// Reviews and adoptions that came to a choice among offers; unweighted.
    pub decisions: u64,
    /// Agent events handled, unweighted.
    pub events: u64,
}

impl Activity {
    /// No activity yet.
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

    /// Adds everything of `other` but its volume changes, and empties it.
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
