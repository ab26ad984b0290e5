//! Agenda: the pending events of agents, in one bucket for each lookahead window.

use crate::base::time::{SimTime, Span};

/// Pending agent events of one partition, in buckets of one lookahead window each.
///
/// A window holds the events after its start up to and including its end. Entries keep their exact times. Inside a
/// window, entries come in the order in which they were added. This order does not depend on the number of threads,
/// because one thread at a time works through a partition.
#[derive(Clone, Debug)]
pub struct Agenda<A> {
    window: Span,
    buckets: Vec<Vec<A>>,
    beyond_horizon: u64,
}

impl<A> Agenda<A> {
    /// Returns an empty agenda with windows of length `window` from the start until `end`.
    ///
    /// # Panics
    /// If the window is not positive.
    #[must_use]
    pub fn new(window: Span, end: SimTime) -> Self {
        assert!(window > Span::ZERO, "a lookahead window has a length");
        let windows = usize::try_from(end.micros().div_euclid(window.micros()) + 1).unwrap_or(0);
        Self {
            window,
            buckets: std::iter::repeat_with(Vec::new).take(windows).collect(),
            beyond_horizon: 0,
        }
    }

    /// Returns the window that holds `time` and the time passed in it: more than zero, up to the whole length of a
    /// window, except at the start. A time before the start counts as the start.
    #[inline]
    #[must_use]
    pub fn place(&self, time: SimTime) -> (usize, Span) {
        let into = time.max(SimTime::START) - SimTime::START;
        // A window ends with its last instant.
        let before = (into.micros() - 1).max(0) / self.window.micros();
        let rest = into.micros() - before * self.window.micros();
        let window = usize::try_from(before).unwrap_or(usize::MAX);
        (window, Span::from_micros(rest))
    }

    /// Returns the start of window `index`.
    #[must_use]
    pub fn start_of(&self, index: usize) -> SimTime {
        let index = i64::try_from(index).expect("as many windows as a horizon has");
        SimTime::START + Span::from_micros(self.window.micros() * index)
    }

    /// Adds an entry to the window that holds `time`. Entries beyond the horizon are counted and dropped.
    #[inline]
    pub fn schedule(&mut self, time: SimTime, entry: A) {
        let (window, _) = self.place(time);
        self.put(window, entry);
    }

    /// Adds an entry to a window. Entries beyond the horizon are counted and dropped.
    #[inline]
    pub fn put(&mut self, window: usize, entry: A) {
        match self.buckets.get_mut(window) {
            Some(bucket) => bucket.push(entry),
            None => self.beyond_horizon += 1,
        }
    }

    /// Takes the entries of window `index`. Entries added to this window afterwards can be taken by another call.
    #[must_use]
    pub fn take(&mut self, index: usize) -> Vec<A> {
        let bucket = self.buckets.get_mut(index);
        bucket.map(std::mem::take).unwrap_or_default()
    }

    /// Returns the number of entries that lay beyond the horizon.
    #[must_use]
    pub const fn beyond_horizon(&self) -> u64 {
        self.beyond_horizon
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_ends_with_its_last_instant() {
        let mut agenda = Agenda::new(Span::DAY, SimTime::from_days(3));
        agenda.schedule(SimTime::from_days(1), 'a');
        agenda.schedule(SimTime::from_days(1) + Span::from_micros(1), 'b');
        agenda.schedule(SimTime::START, 'c');
        agenda.schedule(SimTime::from_days(30), 'd');
        agenda.schedule(SimTime::NEVER, 'e');
        let moment = Span::from_micros(1);
        assert_eq!(agenda.place(SimTime::START), (0, Span::ZERO));
        assert_eq!(agenda.place(SimTime::from_days(1)), (0, Span::DAY));
        assert_eq!(agenda.place(SimTime::from_days(1) + moment), (1, moment));
        assert_eq!(agenda.start_of(1) + moment, SimTime::from_days(1) + moment);
        assert_eq!(agenda.take(0), ['a', 'c']);
        assert_eq!(agenda.take(1), ['b']);
        assert_eq!(agenda.beyond_horizon(), 2);
    }

    #[test]
    fn entries_of_a_window_come_in_the_order_in_which_they_were_put() {
        let mut agenda = Agenda::new(Span::DAY, SimTime::from_days(100));
        for (window, entry) in [(70, 'a'), (40, 'b'), (70, 'c'), (3, 'd')] {
            agenda.put(window, entry);
        }
        assert_eq!(agenda.take(3), ['d']);
        assert_eq!(agenda.take(40), ['b']);
        agenda.put(40, 'e');
        assert_eq!(agenda.take(40), ['e']);
        agenda.put(70, 'f');
        assert_eq!(agenda.take(70), ['a', 'c', 'f']);
        assert_eq!(agenda.take(71), Vec::<char>::new());
    }
}
