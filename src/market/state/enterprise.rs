//! Enterprises: attributes that are drawn once and do not change during a run.

use crate::time::SimTime;

/// One simulated enterprise, which stands for many. Attributes only, drawn once a replication. 32 bytes: half a cache line.
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
    /// True where it is large enough to run open weights itself.
    pub can_self_host: bool,
    /// Number of enterprises that it stands for.
    pub weight: f64,
    /// First renewal of its cloud commitment; later ones follow at whole terms.
    pub renewal: SimTime,
    /// Integrator that it would buy from, by index. Each integrator has an equal stretch of the order in which enterprises
    /// come to buy from integrators, and fills it as far as its reach.
    pub integrator: u8,
    /// Reach of that integrator from which on it buys there, share of spend.
    pub integrator_reach: f32,
    /// Rank between 0 and 1 in the order in which rules send new choices to open weights.
    pub procurement_rank: f32,
    /// True where it takes open weights only, and has no taste for labs that have none.
    pub is_open_only: bool,
}

const _: () = assert!(size_of::<Enterprise>() == 32);

impl Enterprise {
    /// Number of enterprises that it stands for, in whole millionths: sums of these are exact.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "weights are far below 2^43"
    )]
    pub fn millionths(&self) -> i64 {
        libm::round(self.weight * 1e6) as i64
    }
}
