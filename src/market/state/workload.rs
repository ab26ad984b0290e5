//! Workloads: one for each enterprise and task class.

use crate::base::time::SimTime;

/// Stage of a workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum WorkloadState {
    /// The workload is not adopted yet.
    Dormant,
    /// The workload runs.
    Running,
    /// The workload runs while it moves to another offer.
    Migrating,
}

/// Workload: one task class of one enterprise. Size: 32 bytes, half a cache line.
#[derive(Clone, Copy, Debug)]
#[repr(align(32))]
pub struct Workload {
    /// Tokens a day at the intensity of the start, times the enterprise's weight; a whole number. Attribute.
    pub tokens: f32,
    /// Time since which it has used its offer; before adoption, the time of adoption. State.
    pub since: SimTime,
    /// Number of decisions so far, which is the ordinal of the next random stream; state.
    pub ordinal: u32,
    /// Monthly spend of one enterprise at the reference price of the start, USD; attribute.
    pub spend: f32,
    /// Cost of one unit of labour in months of spend at the start; attribute.
    pub labour: f32,
    /// Offer in use, by index; state.
    pub offer: u16,
    /// Offer to which it moves, by index; state of a migration.
    pub target: u16,
    /// Number of releases of its lab that it has taken up; state.
    pub releases_seen: u16,
    /// Stage; state.
    pub state: WorkloadState,
    /// True if its context is longer than fits a stateless runtime; attribute.
    pub needs_state: bool,
}

const _: () = assert!(size_of::<Workload>() == 32);

impl Workload {
    /// Returns tokens a day at the intensity of the start, times the enterprise's weight, as an integer, so that sums
    /// are exact.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "tokens a day stay far below 2^63"
    )]
    pub const fn volume(&self) -> i64 {
        self.tokens as i64
    }
}
