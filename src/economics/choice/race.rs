//! How a nested choice is drawn: by exponential races among nests, then inside the winner.

use super::{FIXED, MAX_NESTS, Nests, whole};
use crate::elementary::{BITS_ERROR, half_bits, quick_log};
use crate::rng::Stream;

/// Room for one choice after the other.
#[derive(Clone, Debug, Default)]
pub struct Contest {
    /// Draws by nest, and the lead that each has at most.
    arrivals: [f64; MAX_NESTS],
    most: [i64; MAX_NESTS],
    /// The weights of the nest that leads, and of another.
    first: Vec<f64>,
    other: Vec<f64>,
}

/// The bits of a rough lead that are the number of its nest.
const NAME: i64 = NAMES - 1;

/// Leads are multiples of this, and the number of a nest.
#[expect(clippy::cast_possible_wrap, reason = "a small number")]
const NAMES: i64 = MAX_NESTS as i64;

/// Below all leads.
const NO_LEAD: i64 = i64::MIN / 2;

/// How far behind the first a rough lead may be and its nest yet win.
pub(super) fn margin(lambda: f64) -> i64 {
    (whole((1.0 + lambda) * BITS_ERROR * libm::exp2(20.0)) + 2) * NAMES
}

impl Nests {
    /// Draws one alternative by two exponential races: among nests, then inside the winner.
    ///
    /// `argmin E_j / w_j` with exponential `E_j` has logit probabilities. The race keeps paired runs
    /// together: an alternative changes only if it loses its own race. One draw is taken for every nest and
    /// every slot of the winning nest, also where an offer is absent. `None` if no weight is positive.
    #[must_use]
    pub fn choose(&self, weights: &[f64], stream: &mut Stream) -> Option<usize> {
        if self.count == 1 {
            let mut own = stream.clone();
            let first = first_arrival(weights, &mut own);
            *stream = own;
            return first;
        }
        let sums = self.sums(weights);
        let sum = |nest: usize| sums[nest % MAX_NESTS];
        let weigh = |nest: usize, own: &mut Vec<f64>| {
            let places = self.starts[nest]..self.starts[nest + 1];
            own.extend(self.order[places].iter().map(|other| weights[*other]));
            sum(nest)
        };
        self.choose_by((0, sum), weigh, &mut Contest::default(), stream)
    }

    /// [`Nests::choose`] given a nest that is likely to win, and what the sum of weights of each nest is at most. `weigh`
    /// appends the weights of a nest, in the order of [`by_nest`](super::by_nest), and returns their sum; a common factor of the weights
    /// changes nothing, and may be left out of them. Only nests that may win are weighed: the tighter the bounds, the fewer.
    #[must_use]
    #[inline]
    pub fn choose_by(
        &self,
        (likely, bound): (usize, impl Fn(usize) -> f64),
        weigh: impl Fn(usize, &mut Vec<f64>) -> f64,
        contest: &mut Contest,
        stream: &mut Stream,
    ) -> Option<usize> {
        if self.count == 0 {
            return None;
        }
        // A copy, which can stay in registers.
        let mut own = stream.clone();
        let nest = if self.count > 1 {
            self.first_nest((likely, bound), weigh, contest, &mut own)
        } else {
            contest.first.clear();
            (weigh(0, &mut contest.first) > 0.0).then_some(0)
        };
        let choice = nest.and_then(|nest| {
            let first = self.starts[nest];
            first_arrival(&contest.first, &mut own).map(|rank| first + rank)
        });
        *stream = own;
        choice.map(|place| self.order[place])
    }

    /// The first nest to arrive: argmin E / S^lambda, in logarithms argmax of lambda ln S - ln E. The bits of the numbers
    /// tell which may win; logarithms decide among those. Its weights are left in the contest.
    #[inline]
    fn first_nest(
        &self,
        (likely, bound): (usize, impl Fn(usize) -> f64),
        weigh: impl Fn(usize, &mut Vec<f64>) -> f64,
        contest: &mut Contest,
        stream: &mut Stream,
    ) -> Option<usize> {
        let Contest {
            arrivals,
            most,
            first,
            other,
        } = contest;
        let (arrivals, most) = (&mut arrivals[..self.count], &mut most[..self.count]);
        let nests = arrivals.iter_mut().zip(&mut *most);
        for ((nest, (arrival, most)), draw) in (0..).zip(nests).zip(stream.exponentials()) {
            *arrival = draw;
            *most = self.rough_lead(bound(nest), draw, nest);
        }
        let sum_of = |nest: usize, own: &mut Vec<f64>| {
            own.clear();
            weigh(nest, own)
        };
        let lead_of = |nest: usize, own: &mut Vec<f64>| {
            let sum = sum_of(nest, own);
            debug_assert!(sum.is_nan() || sum <= bound(nest), "{sum} {}", bound(nest));
            let lead = self.rough_lead(sum, arrivals[nest], nest);
            if sum > 0.0 { lead } else { NO_LEAD }
        };
        most[likely] = NO_LEAD;
        let (mut top, mut second) = (lead_of(likely, first), NO_LEAD);
        for (nest, most) in most.iter().enumerate() {
            if *most >= top - self.margin {
                let lead = lead_of(nest, other);
                second = second.max(top.min(lead));
                if lead > top {
                    top = lead;
                    std::mem::swap(first, other);
                }
            }
        }
        if top == NO_LEAD {
            return None;
        }
        let winner = usize::try_from(top & NAME).ok();
        if second < top - self.margin {
            return winner;
        }
        most[likely] = top;
        let rivals = (most.iter().zip(&*arrivals).enumerate())
            .filter(|(_, (most, _))| **most >= top - self.margin)
            .map(|(nest, (_, arrival))| (nest, sum_of(nest, other), *arrival));
        let nest = self.first_of(rivals);
        if nest != winner {
            nest.map(|nest| sum_of(nest, first));
        }
        nest
    }

    /// The first to arrive of some nests, with their sums and draws.
    #[cold]
    fn first_of(&self, nests: impl Iterator<Item = (usize, f64, f64)>) -> Option<usize> {
        nests
            .filter(|(_, sum, _)| *sum > 0.0)
            .map(|(nest, sum, arrival)| (self.lambda * quick_log(sum) - quick_log(arrival), nest))
            .reduce(|first, next| if next.0 <= first.0 { first } else { next })
            .map(|(_, nest)| nest)
    }

    /// The lead of a nest in the race, from the first half of the bits of the numbers: their logarithm to the base of two,
    /// in units of 2^-20 and to within [`BITS_ERROR`]. Its last bits are the nest's number, which keeps leads apart. It grows
    /// with the sum.
    #[inline]
    fn rough_lead(&self, sum: f64, arrival: f64, nest: usize) -> i64 {
        let lead = ((self.fixed_lambda * half_bits(sum)) >> FIXED) - half_bits(arrival);
        (lead * NAMES) | i64::try_from(nest).unwrap_or(0)
    }
}

/// The rank of the first arrival of an exponential race, one draw a contender; `None` if no weight is positive.
#[inline]
fn first_arrival(weights: &[f64], stream: &mut Stream) -> Option<usize> {
    let mut first = (f64::INFINITY, None);
    for (rank, (weight, draw)) in weights.iter().zip(stream.exponentials()).enumerate() {
        let arrival = draw / weight;
        if arrival < first.0 {
            first = (arrival, Some(rank));
        }
    }
    first.1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Streams};

    #[test]
    fn drawn_choices_have_the_nested_logit_shares() {
        let nests = Nests::new(vec![0, 0, 1, 1, 2], 0.4);
        let weights = [1.0, 2.5, 0.7, 0.0, 1.8];
        let mut expected = Vec::new();
        nests.probabilities(&weights, &mut expected);
        let mut counts = [0_u32; 5];
        let n = 200_000;
        let streams = Streams::new(5, 0);
        for chooser in 0..n {
            let mut stream = streams.stream(Purpose::Review, chooser, 0);
            counts[nests.choose(&weights, &mut stream).unwrap()] += 1;
        }
        for (count, p) in counts.iter().zip(&expected) {
            #[expect(clippy::cast_precision_loss, reason = "a small count")]
            let n = n as f64;
            let error = libm::sqrt(p * (1.0 - p) / n);
            assert!(
                (f64::from(*count) / n - p).abs() <= 4.0 * error,
                "{count} {p}"
            );
        }
    }

    #[test]
    fn the_winner_is_that_of_the_race_in_exact_logarithms() {
        let nests = Nests::new(vec![0, 0, 1, 1, 2, 3, 3, 4], 0.4);
        let streams = Streams::new(6, 0);
        for chooser in 0..20_000 {
            let mut stream = streams.stream(Purpose::User, chooser, 0);
            // Many nests within a hair of each other, some without a weight.
            let weights: Vec<f64> = (0..8)
                .map(|_| libm::floor(4.0 * stream.uniform()) * (1.0 + 0.1 * stream.uniform()))
                .collect();
            let mut twin = stream.clone();
            let arrivals: Vec<f64> = twin.exponentials().take(5).collect();
            let sums = nests.sums(&weights);
            let lead =
                |nest: &usize| nests.lambda * libm::log(sums[*nest]) - libm::log(arrivals[*nest]);
            let first = (0..5)
                .filter(|nest| sums[*nest] > 0.0)
                .max_by(|a, b| lead(a).total_cmp(&lead(b)));
            let chosen = nests.choose(&weights, &mut stream);
            assert_eq!(
                chosen.map(|chosen| usize::from(nests.nest_of[chosen])),
                first
            );
        }
    }

    /// Chooses among eight weights with bounds above the sums of nests; that it is as without them, and how many nests
    /// were weighed.
    fn weighed_under_loose_bounds(nests: &Nests, chooser: u64, contest: &mut Contest) -> usize {
        let mut stream = Streams::new(8, 0).stream(Purpose::User, chooser, 0);
        let weights: Vec<f64> = (0..8)
            .map(|_| libm::floor(4.0 * stream.uniform()) * libm::exp(2.0 * stream.normal()))
            .collect();
        let sums = nests.sums(&weights);
        let looseness: [f64; 5] = std::array::from_fn(|_| 1.0 + 3.0 * stream.uniform());
        let likely = usize::try_from(chooser).unwrap() % nests.count;
        let mut twin = stream.clone();
        let weighed = std::cell::Cell::new(0);
        let weigh = |nest: usize, own: &mut Vec<f64>| {
            weighed.set(weighed.get() + 1);
            let places = nests.starts[nest]..nests.starts[nest + 1];
            own.extend(nests.order[places].iter().map(|other| weights[*other]));
            sums[nest]
        };
        let bound = |nest: usize| sums[nest] * looseness[nest];
        let chosen = nests.choose_by((likely, bound), weigh, contest, &mut twin);
        assert_eq!(chosen, nests.choose(&weights, &mut stream));
        assert_eq!(twin.bits(), stream.bits());
        weighed.get()
    }

    #[test]
    fn loose_bounds_change_no_choice() {
        let mut contest = Contest::default();
        let nests = Nests::new(vec![0, 0, 1, 1, 2, 3, 3, 4], 0.4);
        let one = Nests::new(vec![0; 8], 0.4);
        let mut weighed = 0;
        for chooser in 0..20_000 {
            weighed += weighed_under_loose_bounds(&nests, chooser, &mut contest);
            weighed_under_loose_bounds(&one, chooser, &mut contest);
        }
        assert!(
            weighed < 3 * 20_000,
            "of five nests most cannot win: {weighed}"
        );
    }

    #[test]
    fn the_least_weight_wins_over_none() {
        // So small a weight has a lead that a nest without any often passes.
        let nests = Nests::new(vec![0, 1, 2], 0.4);
        let streams = Streams::new(7, 0);
        for chooser in 0..2_000 {
            let mut stream = streams.stream(Purpose::User, chooser, 0);
            let chosen = nests.choose(&[0.0, 1e-306, 0.0], &mut stream);
            assert_eq!(chosen, Some(1));
        }
    }

    #[test]
    fn no_weight_means_no_choice() {
        let mut stream = Streams::new(5, 0).stream(Purpose::Review, 0, 0);
        assert_eq!(
            Nests::new(vec![0, 1], 0.2).choose(&[0.0, 0.0], &mut stream),
            None
        );
        assert_eq!(
            Nests::new(vec![0, 0], 0.2).choose(&[0.0, 0.0], &mut stream),
            None
        );
        assert_eq!(Nests::new(Vec::new(), 0.2).choose(&[], &mut stream), None);
    }
}
