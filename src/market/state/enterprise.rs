//! Enterprises: attributes that are drawn once a replication and do not change during a run.

use crate::base::time::SimTime;

/// Simulated enterprise, which stands for many. It has attributes only, drawn once a replication. Size: 32 bytes,
/// half a cache line.
#[derive(Clone, Debug)]
#[repr(align(32))]
pub struct Enterprise {
    /// Segment, by index.
    pub segment: u8,
    /// Jurisdiction, by index.
    pub jurisdiction: u8,
    /// Home cloud, by index.
    pub home: u8,
    /// Price class, by index.
    pub class: u8,
    /// True if it is large enough to run open weights itself.
    pub can_self_host: bool,
    /// Number of enterprises that it stands for.
    pub weight: f64,
    /// Time of the first renewal of its cloud commitment. Later renewals follow at multiples of the term.
    pub renewal: SimTime,
    /// Integrator from which it would buy, by index. Enterprises are ranked; each integrator has an equal stretch of
    /// the ranks, and serves it as far as its reach goes.
    pub integrator: u8,
    /// Reach of that integrator, as a share of spend, above which the enterprise buys from it.
    pub integrator_reach: f32,
    /// Rank between 0 and 1 in the order in which procurement rules send new choices to open weights.
    pub procurement_rank: f32,
    /// True if it takes open weights only; its tastes for all other labs are then zero.
    pub is_open_only: bool,
}

const _: () = assert!(size_of::<Enterprise>() == 32);

impl Enterprise {
    /// Returns the number of enterprises that it stands for in whole millionths, so that sums are exact.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "weights are far below 2^43"
    )]
    pub fn millionths(&self) -> i64 {
        libm::round(self.weight * 1e6) as i64
    }
}
