//! Workloads: one task class of one enterprise each.

use crate::time::SimTime;

/// Stage of a workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum WorkloadState {
    /// Not adopted yet.
    Dormant,
    /// Running.
    Running,
    /// Running while it moves elsewhere.
    Migrating,
}

/// A workload: one task class of one enterprise. 32 bytes: half a cache line.
#[derive(Clone, Copy, Debug)]
#[repr(align(32))]
pub struct Workload {
    /// Tokens a day at the intensity of the start, with the enterprise's weight; a whole number.
    pub tokens: f32,
    /// Start of its use of the offer; before adoption, the time of adoption. State.
    pub since: SimTime,
    /// Decisions taken so far: the ordinal of the next random stream. State.
    pub ordinal: u32,
    /// Monthly spend of one enterprise at the start's reference price, USD; attribute.
    pub spend: f32,
    /// One unit of labour in months of that spend; attribute.
    pub labour: f32,
    /// Offer in use, by index; state.
    pub offer: u16,
    /// Offer that it moves to, by index; state of a migration.
    pub target: u16,
    /// Releases of its lab that it has taken up; state.
    pub releases_seen: u16,
    /// Stage; state.
    pub state: WorkloadState,
    /// True where its context is longer than a stateless runtime fits; attribute.
    pub needs_state: bool,
}

const _: () = assert!(size_of::<Workload>() == 32);

impl Workload {
    /// Tokens a day at the intensity of the start, with the enterprise's weight: sums of these are exact.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "tokens a day stay far below 2^63"
    )]
    pub const fn volume(&self) -> i64 {
        self.tokens as i64
    }
}
