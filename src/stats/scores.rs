//! Scores of distributional forecasts: proper scores and coverage.

use super::quantile;

/// The continuous ranked probability score of a sample as a forecast of `observed`: `E|X - y| - E|X - X'| / 2` over the
/// sample (Gneiting and Raftery 2007). In the unit of the forecast; less is better. The score of a single value is its absolute error.
///
/// # Panics
/// If there is no value.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "samples are small")]
pub fn crps(sorted: &[f64], observed: f64) -> f64 {
    let n = sorted.len() as f64;
    let error = sorted.iter().map(|x| (x - observed).abs()).sum::<f64>() / n;
    // The sum over pairs of |x_i - x_j|, from order statistics.
    let spread: f64 = sorted
        .iter()
        .enumerate()
        .map(|(rank, x)| (2.0 * rank as f64 - n + 1.0) * x)
        .sum::<f64>()
        / (n * n);
    error - spread
}

/// The probability integral transform: the share of the sample below an observation, with ties counted by half.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "samples are small")]
pub fn probability_integral(sorted: &[f64], observed: f64) -> f64 {
    let below = sorted.partition_point(|x| *x < observed);
    let upto = sorted.partition_point(|x| *x <= observed);
    0.5 * (below + upto) as f64 / sorted.len() as f64
}

/// True if an observation lies in the central interval with `share` of the sample.
#[must_use]
pub fn is_covered(sorted: &[f64], observed: f64, share: f64) -> bool {
    let tail = 0.5 * (1.0 - share);
    (quantile(sorted, tail)..=quantile(sorted, 1.0 - tail)).contains(&observed)
}

/// The absolute error of the median over the size of the observation.
#[must_use]
pub fn absolute_percentage_error(sorted: &[f64], observed: f64) -> f64 {
    (quantile(sorted, 0.5) - observed).abs() / observed.abs()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::distributions::normal_quantile;

    #[test]
    fn the_score_of_a_normal_sample_is_the_closed_form() {
        // N(0, 1) at y = 0: 2 phi(0) - 1 / sqrt(pi) = 0.23370; at y = 1: 0.60244.
        let sample: Vec<f64> = (0..20_000)
            .map(|rank| normal_quantile((f64::from(rank) + 0.5) / 20_000.0))
            .collect();
        assert!((crps(&sample, 0.0) - 0.233_695).abs() < 1e-4);
        assert!((crps(&sample, 1.0) - 0.602_441).abs() < 1e-4);
        assert!(
            (crps(&[3.0], 5.0) - 2.0).abs() < 1e-15,
            "one value: the absolute error"
        );
    }

    #[test]
    fn intervals_and_places() {
        let sample: Vec<f64> = (1..=100).map(f64::from).collect();
        assert!(is_covered(&sample, 50.0, 0.5) && !is_covered(&sample, 99.5, 0.8));
        assert!((probability_integral(&sample, 25.5) - 0.25).abs() < 1e-12);
        assert!((absolute_percentage_error(&sample, 101.0) - 0.5).abs() < 1e-12);
    }
}
