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

/// Smallest sample of which a band is shown.
pub const FEWEST_FOR_BAND: usize = 20;

impl Summary {
    /// True if the sample is large enough for a band from 5 to 95 %: at least one value lies beyond each end.
    #[must_use]
    pub const fn has_band(&self) -> bool {
        self.n >= FEWEST_FOR_BAND
    }

    /// Standard errors of the quantiles at 5, 50 and 95 %, of a normal distribution whose halves have the spread of the
    /// halves of the sample; of logarithms if all three quantiles are positive.
    #[must_use]
    pub fn standard_errors(&self) -> [f64; 3] {
        // Quantile of the normal distribution at 95 %, and root of p (1 - p) over its density at 50 and at 95 %.
        const END: f64 = 1.644_854;
        const AT_MIDDLE: f64 = 1.253_314;
        const AT_END: f64 = 2.113_270;
        let [low, _, middle, _, high] = self.quantiles;
        let is_log = low > 0.0;
        let to = |value: f64| if is_log { libm::log(value) } else { value };
        #[expect(clippy::cast_precision_loss, reason = "samples are small")]
        let root = libm::sqrt(self.n.max(1) as f64);
        let (below, above) = (to(middle) - to(low), to(high) - to(middle));
        let errors = [
            AT_END * below / END,
            AT_MIDDLE * 0.5 * (below + above) / END,
            AT_END * above / END,
        ];
        let values = [low, middle, high];
        std::array::from_fn(|at| {
            let slope = if is_log { values[at] } else { 1.0 };
            slope * errors[at] / root
        })
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
    fn standard_errors_are_half_the_width_of_intervals_by_order_statistics() {
        use crate::stats::intervals::quantile_interval;
        for is_lognormal in [false, true] {
            // A sample at even probabilities of a normal distribution, by the logistic approximation of its quantiles.
            let size = 400;
            let mut sample: Vec<f64> = (0..size)
                .map(|at| (f64::from(at) + 0.5) / f64::from(size))
                .map(|p| libm::log(p / (1.0 - p)) / 1.702)
                .map(|z| if is_lognormal { libm::exp(z) } else { z })
                .collect();
            let summary = Summary::of(&mut sample);
            let found = summary.standard_errors();
            for (error, p) in found.into_iter().zip([0.05, 0.5, 0.95]) {
                let (low, high) = quantile_interval(sample.len(), p, 0.683).bounds(&sample);
                let ratio = error / (0.5 * (high - low));
                assert!((0.6..1.4).contains(&ratio), "{p}: {ratio}");
            }
        }
        assert!(!Summary::of(&mut [1.0; 19]).has_band() && Summary::of(&mut [1.0; 20]).has_band());
    }

    #[test]
    fn a_summary_is_that_of_a_textbook() {
        let summary = Summary::of(&mut [4.0, 2.0, 8.0, 2.0]);
        assert!((summary.mean - 4.0).abs() < 1e-12);
        assert!((summary.sd - libm::sqrt(8.0)).abs() < 1e-12);
        assert_eq!(Summary::of(&mut [3.0]).sd.to_bits(), 0.0_f64.to_bits());
    }
}
