//! Draws of nested choices by exponential races: first among nests, then inside the winning nest.

use super::Nests;
use crate::base::elementary::quick_log;
use crate::base::rng::Stream;

impl Nests {
    /// Draws one alternative by two exponential races: among nests, then inside the winning nest.
    ///
    /// `argmin E_j / w_j` with exponential `E_j` has logit probabilities. A race keeps paired runs together under
    /// common random numbers: a choice changes only if its alternative loses its own race. One draw is taken for every
    /// nest and every alternative of the winning nest, even if an offer is absent. Returns `None` if no weight is
    /// positive.
    #[must_use]
    pub fn choose(&self, weights: &[f64], stream: &mut Stream) -> Option<usize> {
        let by_nest = self.order.iter().map(|alternative| weights[*alternative]);
        let sums = self.sums(weights);
        self.choose_by_nest(&by_nest.collect::<Vec<_>>(), &sums[..self.count], stream)
    }

    /// Draws one alternative as [`Nests::choose`] does, from weights in the order of [`by_nest`](super::by_nest) and
    /// their sum in each nest. A factor that all alternatives of a nest share may be left out of the weights but not of
    /// the sum.
    #[must_use]
    #[inline]
    pub fn choose_by_nest(
        &self,
        weights: &[f64],
        sums: &[f64],
        stream: &mut Stream,
    ) -> Option<usize> {
        let nest = match sums {
            [only] => (*only > 0.0).then_some(0),
            _ => self.first_nest(sums, stream),
        }?;
        let first = self.starts[nest];
        let rank = first_arrival(&weights[first..self.starts[nest + 1]], stream)?;
        Some(self.order[first + rank])
    }

    /// Returns the nest that arrives first: argmin E / S^lambda, computed as argmax of lambda ln S - ln E.
    #[inline]
    fn first_nest(&self, sums: &[f64], stream: &mut Stream) -> Option<usize> {
        let mut first = (f64::NEG_INFINITY, None);
        for (nest, (sum, draw)) in sums.iter().zip(stream.exponentials()).enumerate() {
            let lead = self.lambda * quick_log(*sum) - quick_log(draw);
            if *sum > 0.0 && lead > first.0 {
                first = (lead, Some(nest));
            }
        }
        first.1
    }
}

/// Returns the position of the first arrival of an exponential race, with one draw for each contender, or `None` if no
/// weight is positive.
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
    use crate::base::rng::{Purpose, Streams};

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
            // Many nests are nearly tied, and some have no weight.
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

    #[test]
    fn the_least_weight_wins_over_none() {
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
