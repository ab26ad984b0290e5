//! The pending-event set: a bucketed wheel with a sorted active bucket.

use crate::time::SimTime;

/// What happens first when events share a time: policy, then trade, then accounts.
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

/// The identity of an event: its position in the order of scheduling, from one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(u64);

impl EventId {
    /// The cause of events that nothing inside the run caused.
    pub const NONE: Self = Self(0);

    /// The position in the order of scheduling; 0 for [`EventId::NONE`].
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }
}

/// An event that has come due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occurrence<E> {
    /// The event's identity.
    pub id: EventId,
    /// When it happens.
    pub time: SimTime,
    /// Its phase.
    pub phase: Phase,
    /// What happens.
    pub event: E,
}

#[derive(Clone, Copy, Debug)]
struct Entry<E> {
    time: i64,
    /// Phase in the top byte, order of scheduling below.
    order: u64,
    event: E,
}

impl<E> Entry<E> {
    #[inline]
    const fn key(&self) -> (i64, u64) {
        (self.time, self.order)
    }
}

const ORDER_BITS: u32 = 56;
/// Events per bucket that the wheel aims for: sorting stays in insertion-sort range and one bucket in cache.
const OCCUPANCY: usize = 12;
const MAX_BUCKETS: usize = 1 << 17;

/// Events that have not happened yet, in one total order: (time, phase, order of scheduling).
///
/// Near events lie in a wheel of equal buckets, unsorted until their bucket becomes active; events beyond
/// the wheel wait in a list. When the wheel is spent it is laid anew over the waiting events, with a bucket
/// width that follows the rate of events seen. Ties never depend on the layout.
#[derive(Clone, Debug)]
pub struct PendingEvents<E> {
    /// The active bucket, latest first: the next event is the last.
    active: Vec<Entry<E>>,
    /// Events before this time belong to the active bucket.
    active_end: i64,
    buckets: Vec<Vec<Entry<E>>>,
    next_bucket: usize,
    width_shift: u32,
    wheel_end: i64,
    far: Vec<Entry<E>>,
    len: usize,
    scheduled: u64,
    now: i64,
    popped_in_wheel: u64,
    wheel_start: i64,
}

impl<E: Copy> Default for PendingEvents<E> {
    fn default() -> Self {
        Self::new()
    }
}

impl<E: Copy> PendingEvents<E> {
    /// An empty set.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            active: Vec::new(),
            active_end: i64::MIN,
            buckets: Vec::new(),
            next_bucket: 0,
            width_shift: 0,
            wheel_end: i64::MIN,
            far: Vec::new(),
            len: 0,
            scheduled: 0,
            now: i64::MIN,
            popped_in_wheel: 0,
            wheel_start: 0,
        }
    }

    /// The number of events that have not happened yet.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing is pending.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Schedules an event and returns its identity.
    ///
    /// # Panics
    /// If `time` lies before the event that happened last: time does not run backwards.
    #[inline]
    pub fn schedule(&mut self, time: SimTime, phase: Phase, event: E) -> EventId {
        let time = time.micros();
        assert!(
            time >= self.now,
            "an event was scheduled before the present"
        );
        self.scheduled += 1;
        let entry = Entry {
            time,
            order: (u64::from(phase as u8) << ORDER_BITS) | self.scheduled,
            event,
        };
        self.len += 1;
        if time >= self.wheel_end {
            self.far.push(entry);
        } else if time >= self.active_end {
            let bucket = self.bucket_of(time);
            self.buckets[bucket].push(entry);
        } else {
            let position = self
                .active
                .partition_point(|other| other.key() > entry.key());
            self.active.insert(position, entry);
        }
        EventId(self.scheduled)
    }

    /// The time of the next event.
    #[must_use]
    pub fn next_time(&mut self) -> Option<SimTime> {
        self.refill();
        self.active
            .last()
            .map(|entry| SimTime::from_micros(entry.time))
    }

    /// Takes the next event.
    #[inline]
    pub fn pop(&mut self) -> Option<Occurrence<E>> {
        if self.active.is_empty() {
            self.refill();
        }
        let entry = self.active.pop()?;
        self.len -= 1;
        self.popped_in_wheel += 1;
        self.now = entry.time;
        let phase = match entry.order >> ORDER_BITS {
            0 => Phase::Policy,
            1 => Phase::Trade,
            _ => Phase::Accounts,
        };
        let id = EventId(entry.order & ((1 << ORDER_BITS) - 1));
        Some(Occurrence {
            id,
            time: SimTime::from_micros(entry.time),
            phase,
            event: entry.event,
        })
    }

    #[inline]
    #[expect(
        clippy::cast_sign_loss,
        clippy::cast_possible_truncation,
        reason = "times in the wheel follow its start"
    )]
    fn bucket_of(&self, time: i64) -> usize {
        ((time - self.wheel_start) as u64 >> self.width_shift) as usize
    }

    /// Makes the next non-empty bucket active, if the active one is spent.
    #[cold]
    #[inline(never)]
    fn refill(&mut self) {
        while self.active.is_empty() && self.len > 0 {
            if self.next_bucket >= self.buckets.len() {
                self.lay_wheel();
                continue;
            }
            std::mem::swap(&mut self.active, &mut self.buckets[self.next_bucket]);
            self.next_bucket += 1;
            let width = 1_i64 << self.width_shift;
            let buckets =
                i64::try_from(self.next_bucket).expect("the wheel has at most 2^17 buckets");
            self.active_end = self
                .wheel_start
                .saturating_add(buckets.saturating_mul(width));
            self.active
                .sort_unstable_by_key(|entry| std::cmp::Reverse(entry.key()));
        }
    }

    /// Lays the wheel over the waiting events, all of which are in `far`.
    fn lay_wheel(&mut self) {
        let (mut first, mut last) = (i64::MAX, i64::MIN);
        for entry in &self.far {
            first = first.min(entry.time);
            last = last.max(entry.time);
        }
        let wanted = self.far.len() / OCCUPANCY * 3 + 8;
        let count = wanted.next_power_of_two().min(MAX_BUCKETS);
        let width = self.bucket_width(first, last);
        self.width_shift = (63 - width.leading_zeros()).min(62);
        self.wheel_start = first;
        let length = i64::try_from(count)
            .expect("at most 2^17")
            .saturating_mul(1_i64 << self.width_shift);
        self.wheel_end = first.saturating_add(length);
        self.active_end = first;
        self.next_bucket = 0;
        self.popped_in_wheel = 0;
        self.buckets.resize_with(count, Vec::new);
        let mut index = 0;
        while index < self.far.len() {
            if self.far[index].time < self.wheel_end || self.wheel_end == i64::MAX {
                let entry = self.far.swap_remove(index);
                let bucket = self.bucket_of(entry.time).min(count - 1);
                self.buckets[bucket].push(entry);
            } else {
                index += 1;
            }
        }
    }

    /// A width at which a bucket should hold about [`OCCUPANCY`] events when its turn comes.
    fn bucket_width(&self, first: i64, last: i64) -> i64 {
        let occupancy = i64::try_from(OCCUPANCY).expect("a small constant");
        let popped = i64::try_from(self.popped_in_wheel).unwrap_or(i64::MAX);
        let elapsed = first.saturating_sub(self.wheel_start);
        if popped > 64 && elapsed > 0 {
            (elapsed / (popped / occupancy).max(1)).max(1)
        } else {
            let waiting = i64::try_from(self.far.len()).unwrap_or(i64::MAX);
            (last.saturating_sub(first) / (waiting / occupancy).max(1)).max(1)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Streams};
    use crate::time::Span;
    use std::cmp::Reverse;
    use std::collections::BinaryHeap;

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
    fn the_order_is_that_of_a_heap_on_random_schedules() {
        for (case, scale) in [(0, 1e-9), (1, 1.0), (2, 400.0)] {
            let mut stream = Streams::new(11, case).stream(Purpose::User, 0, 0);
            let mut events = PendingEvents::new();
            let mut heap = BinaryHeap::new();
            let (mut now, mut number) = (SimTime::START, 0_u64);
            for step in 0..40_000 {
                let burst = if step % 997 == 0 {
                    200
                } else {
                    u32::from(stream.is_hit(0.5))
                };
                for _ in 0..burst {
                    let skew = if stream.is_hit(0.01) { 1e3 } else { 1.0 };
                    let time = now + Span::from_days(stream.exponential() * scale * skew);
                    let phase = [Phase::Policy, Phase::Trade, Phase::Accounts][step % 3];
                    let id = events.schedule(time, phase, number);
                    heap.push(Reverse((time, phase, id)));
                    number += 1;
                }
                if let Some(Reverse((time, phase, id))) = heap.pop() {
                    assert_eq!(events.next_time(), Some(time));
                    let next = events.pop().expect("as many events as the heap");
                    assert_eq!((next.time, next.phase, next.id), (time, phase, id));
                    now = time;
                }
                assert_eq!(events.len(), heap.len());
            }
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
