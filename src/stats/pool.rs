//! Linear pools of two forecasts: the score of each weight from the moments of their samples.

/// Moments of two forecasts of one observation, from which the score of each linear pool of them follows: it is a
/// quadratic function of the weight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PoolMoments {
    /// Mean distance of each forecast from the observation.
    pub error: [f64; 2],
    /// Mean distance between two independent values: both of the first, one of each, both of the second.
    pub spread: [f64; 3],
    /// Probability integral transform of each forecast.
    pub pit: [f64; 2],
}

impl PoolMoments {
    /// The moments of two samples in ascending order.
    #[must_use]
    pub fn of(first: &[f64], second: &[f64], observed: f64) -> Self {
        let error = |sample: &[f64]| {
            sample.iter().map(|x| (x - observed).abs()).sum::<f64>() / length(sample)
        };
        let pit = |sample: &[f64]| super::scores::probability_integral(sample, observed);
        Self {
            error: [error(first), error(second)],
            spread: [
                distance(first, first),
                distance(first, second),
                distance(second, second),
            ],
            pit: [pit(first), pit(second)],
        }
    }

    /// The continuous ranked probability score of the pool that gives the first forecast the weight `w`.
    #[must_use]
    pub fn crps(&self, w: f64) -> f64 {
        let v = 1.0 - w;
        let error = w * self.error[0] + v * self.error[1];
        let [first, both, second] = self.spread;
        error - 0.5 * (w * w * first + 2.0 * w * v * both + v * v * second)
    }

    /// The probability integral transform of the pool.
    #[must_use]
    pub fn pit(&self, w: f64) -> f64 {
        w * self.pit[0] + (1.0 - w) * self.pit[1]
    }
}

#[expect(clippy::cast_precision_loss, reason = "samples are small")]
const fn length(sample: &[f64]) -> f64 {
    sample.len() as f64
}

/// The mean distance between a value of each of two samples in ascending order.
fn distance(first: &[f64], second: &[f64]) -> f64 {
    let total: f64 = second.iter().sum();
    let (mut below, mut sum, mut at) = (0.0, 0.0, 0);
    for x in first {
        while at < second.len() && second[at] <= *x {
            below += second[at];
            at += 1;
        }
        #[expect(clippy::cast_precision_loss, reason = "samples are small")]
        let count = at as f64;
        sum += count * x - below + (total - below) - (length(second) - count) * x;
    }
    sum / (length(first) * length(second))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::scores::crps;

    #[test]
    fn the_score_of_a_pool_is_that_of_the_mixed_sample() {
        let first = [0.0, 1.0, 2.0, 5.0];
        let second = [-1.0, 1.5, 1.5, 3.0];
        for y in [-2.0, 1.2, 4.0] {
            let moments = PoolMoments::of(&first, &second, y);
            assert!((moments.crps(1.0) - crps(&first, y)).abs() < 1e-12);
            assert!((moments.crps(0.0) - crps(&second, y)).abs() < 1e-12);
            // With equal weights the pool is the union of the two samples.
            let mut union = [first, second].concat();
            union.sort_unstable_by(f64::total_cmp);
            assert!((moments.crps(0.5) - crps(&union, y)).abs() < 1e-12);
        }
    }
}
