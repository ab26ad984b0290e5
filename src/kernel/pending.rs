//! The pending-event set: a binary heap in one total order.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use crate::base::time::SimTime;

/// Phase of an event, which orders events that share a time: policy, then trade, then accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Phase {
    /// Rules and shocks change.
    Policy = 0,
    /// Actors act on each other.
    Trade = 1,
    /// Books are closed.
    Accounts = 2,
}

/// Identity of an event: its position in the order of scheduling, from one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(u64);

impl EventId {
    /// Cause of events that no event of the run caused.
    pub const NONE: Self = Self(0);

    /// Returns the position in the order of scheduling; 0 for [`EventId::NONE`].
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }
}

/// Event that has come due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occurrence<E> {
    /// Identity of the event.
    pub id: EventId,
    /// Time of the event.
    pub time: SimTime,
    /// Phase of the event.
    pub phase: Phase,
    /// Content of the event, as the user of the kernel defines it.
    pub event: E,
}

#[derive(Clone, Debug)]
struct Entry<E>(Occurrence<E>);

impl<E> Entry<E> {
    #[inline]
    const fn key(&self) -> (SimTime, Phase, EventId) {
        (self.0.time, self.0.phase, self.0.id)
    }
}

/// Reverses the order of keys: a heap yields its greatest entry first, and the earliest event must come first.
impl<E> Ord for Entry<E> {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        other.key().cmp(&self.key())
    }
}

impl<E> PartialOrd for Entry<E> {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<E> PartialEq for Entry<E> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl<E> Eq for Entry<E> {}

/// Set of events that have not happened yet, in one total order: (time, phase, order of scheduling).
#[derive(Clone, Debug)]
pub struct PendingEvents<E> {
    heap: BinaryHeap<Entry<E>>,
    scheduled: u64,
    /// Time of the last event that happened.
    now: SimTime,
}

impl<E> Default for PendingEvents<E> {
    fn default() -> Self {
        Self::new()
    }
}

impl<E> PendingEvents<E> {
    /// Returns an empty set.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            heap: BinaryHeap::new(),
            scheduled: 0,
            now: SimTime::from_micros(i64::MIN),
        }
    }

    /// Returns the number of events that have not happened yet.
    #[must_use]
    pub fn len(&self) -> usize {
        self.heap.len()
    }

    /// Returns true if no event is pending.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }

    /// Schedules an event and returns its identity.
    ///
    /// # Panics
    /// If `time` lies before the last event that happened: time does not run backwards.
    #[inline]
    pub fn schedule(&mut self, time: SimTime, phase: Phase, event: E) -> EventId {
        assert!(
            time >= self.now,
            "an event was scheduled before the present"
        );
        self.scheduled += 1;
        let id = EventId(self.scheduled);
        self.heap.push(Entry(Occurrence {
            id,
            time,
            phase,
            event,
        }));
        id
    }

    /// Returns the time of the next event, if one is pending.
    #[must_use]
    pub fn next_time(&self) -> Option<SimTime> {
        self.heap.peek().map(|Entry(next)| next.time)
    }

    /// Takes the next event, if one is pending.
    #[inline]
    pub fn pop(&mut self) -> Option<Occurrence<E>> {
        let Entry(next) = self.heap.pop()?;
        self.now = next.time;
        Some(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::rng::{Purpose, Streams};
    use crate::base::time::Span;

    #[test]
    fn ties_follow_phase_then_order_of_scheduling() {
        let mut events = PendingEvents::new();
        for (phase, name) in [
            (Phase::Accounts, 'd'),
            (Phase::Trade, 'b'),
            (Phase::Policy, 'a'),
            (Phase::Trade, 'c'),
        ] {
            events.schedule(SimTime::from_days(1), phase, name);
        }
        let order: String = std::iter::from_fn(|| events.pop().map(|next| next.event)).collect();
        assert_eq!(order, "abcd");
    }

    #[test]
    fn events_happen_in_the_order_of_time_phase_and_scheduling() {
        let mut stream = Streams::new(11, 0).stream(Purpose::User, 0, 0);
        let (mut events, mut expected) = (PendingEvents::new(), Vec::new());
        let mut now = SimTime::START;
        for step in 0..4_000 {
            for _ in 0..=u32::from(stream.is_hit(0.4)) {
                // Times are whole days, so that many events share a time.
                let time = now + Span::from_days(libm::floor(8.0 * stream.uniform()));
                let phase = [Phase::Policy, Phase::Trade, Phase::Accounts][step % 3];
                expected.push((time, phase, events.schedule(time, phase, step)));
            }
            expected.sort_unstable();
            let (time, phase, id) = expected.remove(0);
            assert_eq!(events.next_time(), Some(time));
            let next = events.pop().expect("as many events as in the list");
            assert_eq!((next.time, next.phase, next.id), (time, phase, id));
            assert_eq!(events.len(), expected.len());
            now = time;
        }
    }

    #[test]
    fn the_end_of_time_can_be_scheduled() {
        let mut events = PendingEvents::new();
        events.schedule(SimTime::NEVER, Phase::Trade, 2);
        events.schedule(SimTime::START, Phase::Trade, 1);
        events.schedule(SimTime::NEVER, Phase::Policy, 3);
        let order: Vec<i32> = std::iter::from_fn(|| events.pop().map(|next| next.event)).collect();
        assert_eq!(order, [1, 3, 2]);
    }

    #[test]
    #[should_panic(expected = "before the present")]
    fn the_past_cannot_be_scheduled() {
        let mut events = PendingEvents::new();
        events.schedule(SimTime::from_days(2), Phase::Trade, ());
        events.pop();
        events.schedule(SimTime::from_days(1), Phase::Trade, ());
    }
}
