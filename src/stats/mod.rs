//! Statistics over replications.

pub mod bootstrap;
pub mod boxes;
pub mod forecasters;
pub mod intervals;
pub mod multiple;
pub mod pool;
pub mod sample;
pub mod scores;
pub mod sensitivity;
pub mod series;
pub mod trend;

/// The type-7 quantile (linear between order statistics, as in R and NumPy) of sorted values.
///
/// # Panics
/// If there is no value.
#[must_use]
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "samples are small"
)]
pub fn quantile(sorted: &[f64], p: f64) -> f64 {
    let position = p * (sorted.len() - 1) as f64;
    let below = libm::floor(position) as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (sorted[above] - sorted[below]) * (position - below as f64)
}

/// Mean, standard deviation and quantiles of a sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// Mean.
    pub mean: f64,
    /// Standard deviation with denominator n - 1; zero for one value.
    pub sd: f64,
    /// Quantiles at 5, 25, 50, 75 and 95 %.
    pub quantiles: [f64; 5],
    /// Size.
    pub n: usize,
}

impl Summary {
    /// Summarises a sample, which it sorts.
    ///
    /// # Panics
    /// If there is no value.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "samples are small")]
    pub fn of(values: &mut [f64]) -> Self {
        let n = values.len();
        let mean = values.iter().sum::<f64>() / n as f64;
        let squares: f64 = values
            .iter()
            .map(|value| (value - mean) * (value - mean))
            .sum();
        let sd = if n > 1 {
            libm::sqrt(squares / (n - 1) as f64)
        } else {
            0.0
        };
        values.sort_unstable_by(f64::total_cmp);
        Self {
            mean,
            sd,
            quantiles: [0.05, 0.25, 0.5, 0.75, 0.95].map(|p| quantile(values, p)),
            n,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_type_7() {
        // R: quantile(c(1, 2, 4, 8), c(.05, .5, .95)) = 1.15, 3, 7.4.
        let sorted = [1.0, 2.0, 4.0, 8.0];
        for (p, expected) in [(0.05, 1.15), (0.5, 3.0), (0.95, 7.4)] {
            assert!((quantile(&sorted, p) - expected).abs() < 1e-12);
        }
    }

    #[test]
    fn a_summary_is_that_of_a_textbook() {
        let summary = Summary::of(&mut [4.0, 2.0, 8.0, 2.0]);
        assert!((summary.mean - 4.0).abs() < 1e-12);
        assert!((summary.sd - libm::sqrt(8.0)).abs() < 1e-12);
        assert_eq!(Summary::of(&mut [3.0]).sd.to_bits(), 0.0_f64.to_bits());
    }
}
