//! Day buckets: the events of agents, by lookahead window.

use crate::time::{SimTime, Span};

/// The agent events of one partition, in buckets of one lookahead window each.
///
/// A window holds the events after its start up to and including its end. Exact times stay with the
/// entries; inside a window entries come in the order in which they were put there, which is the same for
/// any number of threads because a partition is worked through by one thread at a time.
///
/// Windows are taken in order. Only those of the present chapter of 32 have buckets of their own; what comes later waits
/// in one place a chapter, so that far entries are written next to each other and need no room in advance.
#[derive(Clone, Debug)]
pub struct Agenda<A> {
    window: Span,
    /// Windows in a microsecond.
    rate: f64,
    windows: usize,
    /// The chapter whose windows have buckets.
    present: usize,
    buckets: [Vec<A>; CHAPTER],
    /// What waits for its chapter: the window in it, and the entry.
    chapters: Vec<(Vec<u8>, Vec<A>)>,
    beyond_horizon: u64,
}

/// Windows in a chapter.
const CHAPTER: usize = 32;

#[expect(clippy::cast_precision_loss, reason = "a guess that is put right")]
const fn micros_of(span: Span) -> f64 {
    span.micros() as f64
}

impl<A> Agenda<A> {
    /// An agenda of windows of length `window` from the start until `end`.
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

    /// The window that holds `time`, and how far into it that is: up to the whole length of a window. What lies before
    /// the start counts as the start.
    #[inline]
    #[must_use]
    pub fn place(&self, time: SimTime) -> (usize, Span) {
        let end = SimTime::from_micros(i64::MAX / 2);
        let into = time.clamp(SimTime::START, end) - SimTime::START;
        // An integer division takes many times as long as a guess that is put right: a window ends with its last instant.
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

    /// When window `index` starts.
    #[must_use]
    pub fn start_of(&self, index: usize) -> SimTime {
        let index = i64::try_from(index).expect("as many windows as a horizon has");
        SimTime::START + Span::from_micros(self.window.micros() * index)
    }

    /// Puts an entry into the window that holds `time`. Entries beyond the horizon are counted, not kept.
    #[inline]
    pub fn schedule(&mut self, time: SimTime, entry: A) {
        let (window, _) = self.place(time);
        self.put(window, entry);
    }

    /// Puts an entry into a window. Entries beyond the horizon are counted, not kept.
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

    /// Takes the entries of window `index`. Entries put into the same window afterwards can be taken again, until a window
    /// of a later chapter is taken.
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

    /// Gives the room of entries that were taken from a window back, to be used again.
    pub fn give_back(&mut self, index: usize, mut room: Vec<A>) {
        room.clear();
        let bucket = &mut self.buckets[index % CHAPTER];
        if bucket.is_empty() && bucket.capacity() < room.capacity() {
            *bucket = room;
        }
    }

    /// How many entries lay beyond the horizon.
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
