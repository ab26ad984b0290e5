//! Even spread of attributes over a population: a shifted Kronecker sequence along the order of sizes.

use crate::base::rng::{Purpose, Streams};

/// Square roots of the first primes; their fractional parts are the steps of the sequence, by coordinate.
const PRIMES: [u32; 24] = [
    2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89,
];
/// Ordinal of the stream that draws a segment's shifts; enterprises use the lower ones.
const SHIFTS: u32 = 2;

/// Points of one segment between 0 and 1 by coordinate: each is uniform, and neighbours in size lie far apart. Sampling
/// noise is smaller than with independent draws, and the mean is the same.
pub struct Spread {
    shift: [f64; PRIMES.len()],
}

impl Spread {
    /// Draws the shifts of a segment.
    #[must_use]
    pub fn new(segment: usize, streams: &Streams) -> Self {
        let mut stream = streams.stream(Purpose::Enterprise, segment as u64, SHIFTS);
        Self {
            shift: std::array::from_fn(|_| stream.uniform()),
        }
    }

    /// Returns a coordinate of the point with that rank by size. Coordinates beyond the last share it with an earlier one.
    ///
    /// Equation 50 of `docs/model.md`.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "ranks far below 2^53")]
    pub fn at(&self, rank: usize, coordinate: usize) -> f64 {
        let coordinate = coordinate % PRIMES.len();
        let step = libm::sqrt(f64::from(PRIMES[coordinate]));
        let place = self.shift[coordinate] + rank as f64 * step;
        place - libm::floor(place)
    }
}

/// Returns the index into which a point falls when shares, not necessarily summing to one, are laid end to end.
#[must_use]
pub fn share_at(shares: &[f64], point: f64) -> usize {
    let all: f64 = shares.iter().sum();
    let mut left = point * all;
    let mut found = 0;
    for (index, share) in shares.iter().enumerate().filter(|(_, share)| **share > 0.0) {
        found = index;
        if left < *share {
            break;
        }
        left -= share;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_a_spread_population_are_near_their_targets() {
        let spread = Spread::new(0, &Streams::new(1, 0));
        let shares = [0.5, 0.0, 0.3, 0.2];
        let mut count = [0.0; 4];
        for rank in 0..200 {
            count[share_at(&shares, spread.at(rank, 0))] += 1.0 / 200.0;
        }
        for (share, count) in shares.iter().zip(count) {
            // Independent draws would miss by 0.035.
            assert!((share - count).abs() < 0.015, "{share} {count}");
        }
    }
}
