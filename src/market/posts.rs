//! What agents post to the next clearing.

use super::demand::Cell;
use super::parameters::Dims;
use crate::time::SimTime;
use crate::units::Usd;

/// What an enterprise did at a review, and adoption.
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

/// A change of volume in one demand cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// The cell.
    pub cell: Cell,
    /// Tokens a day at the intensity of the start, with the enterprise's weight.
    pub volume: i64,
    /// When.
    pub time: SimTime,
}

/// Posts of one partition since the last clearing. Volumes and money are exact, so that their order does not
/// matter; counts are summed in the order of partitions.
#[derive(Clone, Debug)]
pub struct Posts {
    /// Changes of volume.
    pub changes: Vec<Change>,
    /// Labour paid to integrators, by segment.
    pub integration: Vec<Usd>,
    /// Labour of own staff, by segment.
    pub labour: Vec<Usd>,
    /// Egress by (segment, cloud).
    pub egress: Vec<Usd>,
    /// Forfeited commitments by (segment, cloud).
    pub forfeited: Vec<Usd>,
    /// Steps by (segment, kind), in enterprises stood for.
    pub steps: Vec<f64>,
    /// Reviews by segment, in enterprises stood for.
    pub reviews: Vec<f64>,
    /// Workloads that left a stateful runtime, in enterprises stood for.
    pub stateful_exits: f64,
    /// Change of self-hosted workloads by segment, in millionths of enterprises stood for: exact.
    pub self_hosters: Vec<i64>,
    /// Reviews that took place and adoptions, unweighted: for speed reports.
    pub reviewed: u64,
    /// Decisions taken, unweighted: those of them that came to a choice among offers.
    pub decisions: u64,
    /// Agent events handled, unweighted.
    pub events: u64,
}

impl Posts {
    /// Nothing posted.
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
