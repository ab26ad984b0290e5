//! Agenda: the pending events of agents, in one bucket for each lookahead window.

use crate::base::time::{SimTime, Span};

/// Pending agent events of one partition, in buckets of one lookahead window each.
///
/// A window holds the events after its start up to and including its end. Entries keep their exact times. Inside a
/// window, entries come in the order in which they were added. This order does not depend on the number of threads,
/// because one thread at a time works through a partition.
///
/// Windows are taken in order. Only the windows of the present chapter, a group of 32, have buckets of their own. Later
/// entries wait in one list for each chapter: they are written next to each other and need no memory in advance.
#[derive(Clone, Debug)]
pub struct Agenda<A> {
    window: Span,
    /// Windows in a microsecond: the reciprocal of the window's length.
    rate: f64,
    windows: usize,
    /// Chapter whose windows have buckets now.
    present: usize,
    buckets: [Vec<A>; CHAPTER],
    /// Entries that wait for their chapter: the window of each within the chapter, and the entry.
    chapters: Vec<(Vec<u8>, Vec<A>)>,
    beyond_horizon: u64,
}

/// Number of windows in a chapter.
const CHAPTER: usize = 32;

#[expect(clippy::cast_precision_loss, reason = "a guess that is put right")]
const fn micros_of(span: Span) -> f64 {
    span.micros() as f64
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
        let empty = || (Vec::new(), Vec::new());
        Self {
            window,
            rate: 1.0 / micros_of(window),
            windows,
            present: 0,
            buckets: std::array::from_fn(|_| Vec::new()),
            chapters: std::iter::repeat_with(empty)
                .take(windows.div_ceil(CHAPTER))
                .collect(),
            beyond_horizon: 0,
        }
    }

    /// Returns the window that holds `time` and the time passed in it: more than zero, up to the whole length of a
    /// window, except at the start. A time before the start counts as the start.
    #[inline]
    #[must_use]
    pub fn place(&self, time: SimTime) -> (usize, Span) {
        let end = SimTime::from_micros(i64::MAX / 2);
        let into = time.clamp(SimTime::START, end) - SimTime::START;
        // A product that is then corrected is many times faster than an integer division. A window includes its last
        // instant.
        #[expect(clippy::cast_possible_truncation, reason = "as many windows as fit")]
        let mut before = (micros_of(into) * self.rate) as i64;
        let mut rest = into.micros() - before * self.window.micros();
        while rest <= 0 && before > 0 {
            before -= 1;
            rest += self.window.micros();
        }
        while rest > self.window.micros() {
            before += 1;
            rest -= self.window.micros();
        }
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
        let (chapter, page) = (window / CHAPTER, window % CHAPTER);
        if window >= self.windows {
            self.beyond_horizon += 1;
        } else if chapter == self.present {
            self.buckets[page].push(entry);
        } else {
            let (pages, entries) = &mut self.chapters[chapter];
            #[expect(clippy::cast_possible_truncation, reason = "below 32")]
            pages.push(page as u8);
            entries.push(entry);
        }
    }

    /// Takes the entries of window `index`. Entries added to this window afterwards can be taken by another call, until
    /// a window of a later chapter is taken.
    #[must_use]
    pub fn take(&mut self, index: usize) -> Vec<A> {
        if index >= self.windows || index / CHAPTER < self.present {
            return Vec::new();
        }
        if index / CHAPTER > self.present {
            self.present = index / CHAPTER;
            let (pages, entries) = std::mem::take(&mut self.chapters[self.present]);
            self.buckets.iter_mut().for_each(Vec::clear);
            for (page, entry) in pages.into_iter().zip(entries) {
                self.buckets[usize::from(page)].push(entry);
            }
        }
        std::mem::take(&mut self.buckets[index % CHAPTER])
    }

    /// Returns the memory of entries that were taken from a window, so that it is used again.
    pub fn give_back(&mut self, index: usize, mut room: Vec<A>) {
        room.clear();
        let bucket = &mut self.buckets[index % CHAPTER];
        if bucket.is_empty() && bucket.capacity() < room.capacity() {
            *bucket = room;
        }
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
    fn entries_wait_for_their_chapter_in_the_order_in_which_they_were_put() {
        let mut agenda = Agenda::new(Span::DAY, SimTime::from_days(100));
        for (window, entry) in [(70, 'a'), (40, 'b'), (70, 'c'), (69, 'd'), (3, 'e')] {
            agenda.put(window, entry);
        }
        assert_eq!(agenda.take(3), ['e']);
        assert_eq!(agenda.take(40), ['b']);
        agenda.put(40, 'f');
        assert_eq!(agenda.take(40), ['f']);
        assert_eq!(agenda.take(69), ['d']);
        agenda.put(70, 'g');
        assert_eq!(agenda.take(70), ['a', 'c', 'g']);
        assert_eq!(agenda.take(71), Vec::<char>::new());
    }
}
