//! Agent events: adoptions, reviews, renewals and ends of migrations.

use crate::base::time::Span;

/// Event of one workload in one window. It packs the workload's index in its partition, the time and the kind into
/// one number, which sorts in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AgentEvent(u64);

/// Largest number of workloads of a partition that agent events can address.
pub const MAX_WORKLOADS: usize = 1 << (u64::BITS - AgentEvent::KIND_BITS - AgentEvent::TIME_BITS);

/// Kind of agent event. Events of one workload at one time happen in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum AgentEventKind {
    /// Adoption of the workload.
    Adopt,
    /// Candidate review, which may be thinned out.
    Review,
    /// Renewal of the enterprise's cloud commitment, with a review of the workload.
    Renewal,
    /// End of a migration.
    MigrationEnd,
    /// Failure of a migration, which is given up.
    MigrationFailure,
}

impl AgentEvent {
    /// Bits for the kind of event.
    const KIND_BITS: u32 = 3;
    /// Bits for the time since the start of the window, microseconds. A window is at most a day long.
    const TIME_BITS: u32 = 37;

    /// Packs an event of a workload at the time `into` since the start of the window.
    #[expect(clippy::cast_sign_loss, reason = "time goes forward in a window")]
    pub(in crate::market) const fn new(workload: usize, into: Span, kind: AgentEventKind) -> Self {
        let time = into.micros() as u64;
        Self(
            ((workload as u64) << (Self::KIND_BITS + Self::TIME_BITS))
                | (time << Self::KIND_BITS)
                | kind as u64,
        )
    }

    /// Returns the index of the workload in its partition.
    pub(in crate::market) const fn workload(self) -> usize {
        (self.0 >> (Self::KIND_BITS + Self::TIME_BITS)) as usize
    }

    /// Returns the time since the start of the window.
    #[expect(clippy::cast_possible_wrap, reason = "37 bits")]
    pub(in crate::market) const fn into_window(self) -> Span {
        Span::from_micros(((self.0 >> Self::KIND_BITS) & ((1 << Self::TIME_BITS) - 1)) as i64)
    }

    /// Returns the kind of event.
    pub(in crate::market) const fn kind(self) -> AgentEventKind {
        match self.0 & ((1 << Self::KIND_BITS) - 1) {
            0 => AgentEventKind::Adopt,
            1 => AgentEventKind::Review,
            2 => AgentEventKind::Renewal,
            3 => AgentEventKind::MigrationEnd,
            _ => AgentEventKind::MigrationFailure,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::rng::{Purpose, Streams};

    #[test]
    fn events_sort_by_workload_time_and_kind() {
        let mut stream = Streams::new(1, 0).stream(Purpose::User, 0, 0);
        let mut any = |below: u64| stream.bits() % below;
        let mut expected: Vec<(usize, Span, AgentEventKind)> = (0..300)
            .map(|_| {
                let workload = usize::try_from(any(70)).unwrap();
                let into = Span::from_micros(i64::try_from(any(4)).unwrap());
                let kind = [AgentEventKind::Review, AgentEventKind::Adopt];
                (workload, into, kind[usize::from(any(2) == 0)])
            })
            .collect();
        let pack = |&(workload, into, kind): &_| AgentEvent::new(workload, into, kind);
        let mut events: Vec<AgentEvent> = expected.iter().map(pack).collect();
        events.sort_unstable();
        expected.sort_unstable();
        let unpack = |event: &AgentEvent| (event.workload(), event.into_window(), event.kind());
        assert_eq!(events.iter().map(unpack).collect::<Vec<_>>(), expected);
    }
}
