//! How good a distributional forecast was: proper scores, coverage, and the naive forecasters to beat.

use super::quantile;
use crate::base::distributions::normal_quantile;

/// The continuous ranked probability score of a sample as a forecast of `observed`: `E|X - y| - E|X - X'| / 2` over the
/// sample (Gneiting and Raftery 2007). In the unit of the forecast; less is better; for one value the absolute error.
///
/// # Panics
/// If there is no value.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "samples are small")]
pub fn crps(sorted: &[f64], observed: f64) -> f64 {
    let n = sorted.len() as f64;
    let error = sorted.iter().map(|x| (x - observed).abs()).sum::<f64>() / n;
    // Sum over pairs of |x_i - x_j| from order statistics.
    let spread: f64 = sorted
        .iter()
        .enumerate()
        .map(|(rank, x)| (2.0 * rank as f64 - n + 1.0) * x)
        .sum::<f64>()
        / (n * n);
    error - spread
}

/// Where an observation lies in a forecast: the share of the sample below it, ties counted by half.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "samples are small")]
pub fn probability_integral(sorted: &[f64], observed: f64) -> f64 {
    let below = sorted.partition_point(|x| *x < observed);
    let upto = sorted.partition_point(|x| *x <= observed);
    0.5 * (below + upto) as f64 / sorted.len() as f64
}

/// Whether an observation lies in the central interval that holds `share` of the sample.
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

/// A way to forecast a series without a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Naive {
    /// What was seen last, with errors as large as past changes.
    LastValue,
    /// The trend of logarithms through all that was seen, with the prediction error of a regression.
    LogTrend,
    /// The last value with the mean past change of logarithms (a random walk with drift).
    Drift,
}

impl Naive {
    /// All, in order.
    pub const ALL: [Self; 3] = [Self::LastValue, Self::LogTrend, Self::Drift];

    /// The name in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::LastValue => "last value",
            Self::LogTrend => "log-linear trend",
            Self::Drift => "random walk with drift",
        }
    }

    /// The forecast of a positive series at `time` from `history` of (time, value), in order of time, as `size` equally
    /// likely values in order. `None` without history; a single observation forecasts itself without spread.
    #[must_use]
    pub fn forecast(self, history: &[(f64, f64)], time: f64, size: usize) -> Option<Vec<f64>> {
        let (last_time, last) = *history.last()?;
        if history.iter().any(|(_, value)| *value <= 0.0) {
            return None;
        }
        let horizon = (time - last_time).max(0.0);
        let (center, spread) = match self {
            Self::LastValue => {
                let (_, variance) = steps(history, Some(0.0));
                (libm::log(last), libm::sqrt(variance * horizon))
            }
            Self::Drift => {
                let (drift, variance) = steps(history, None);
                // The drift itself is uncertain, as the mean of few changes.
                let length = last_time - history[0].0;
                let extra = if length > 0.0 { horizon / length } else { 0.0 };
                let error = libm::sqrt(variance * horizon * (1.0 + extra));
                (libm::log(last) + drift * horizon, error)
            }
            Self::LogTrend => trend(history, time),
        };
        let draw = |rank: usize| {
            #[expect(clippy::cast_precision_loss, reason = "samples are small")]
            let p = (rank as f64 + 0.5) / size as f64;
            // Normal whatever the length of the history: with one or two changes Student's tails would be absurd.
            libm::exp(center + spread * normal_quantile(p))
        };
        Some((0..size).map(draw).collect())
    }
}

/// Mean change of the logarithm per unit of time, and variance of changes per unit of time around it (or around `drift`).
#[expect(clippy::cast_precision_loss, reason = "histories are short")]
fn steps(history: &[(f64, f64)], drift: Option<f64>) -> (f64, f64) {
    let changes: Vec<(f64, f64)> = history
        .windows(2)
        .filter(|pair| pair[1].0 > pair[0].0)
        .map(|pair| (pair[1].0 - pair[0].0, libm::log(pair[1].1 / pair[0].1)))
        .collect();
    let length: f64 = changes.iter().map(|(span, _)| span).sum();
    if length <= 0.0 {
        return (0.0, 0.0);
    }
    let mean =
        drift.unwrap_or_else(|| changes.iter().map(|(_, change)| change).sum::<f64>() / length);
    let squares: f64 = changes
        .iter()
        .map(|(span, change)| (change - mean * span) * (change - mean * span) / span)
        .sum();
    let freedom = if drift.is_some() {
        changes.len()
    } else {
        changes.len().max(2) - 1
    };
    (mean, squares / freedom as f64)
}

/// Regression of logarithms on time: prediction and its standard error.
#[expect(clippy::cast_precision_loss, reason = "histories are short")]
fn trend(history: &[(f64, f64)], time: f64) -> (f64, f64) {
    let n = history.len() as f64;
    let mean_time = history.iter().map(|(t, _)| t).sum::<f64>() / n;
    let mean_log = history.iter().map(|(_, v)| libm::log(*v)).sum::<f64>() / n;
    let (mut xx, mut xy) = (0.0, 0.0);
    for (t, v) in history {
        xx += (t - mean_time) * (t - mean_time);
        xy += (t - mean_time) * (libm::log(*v) - mean_log);
    }
    if xx <= 0.0 {
        return (libm::log(history[history.len() - 1].1), 0.0);
    }
    let slope = xy / xx;
    let center = mean_log + slope * (time - mean_time);
    if history.len() < 3 {
        return (center, 0.0);
    }
    let residual: f64 = history
        .iter()
        .map(|(t, v)| libm::log(*v) - mean_log - slope * (t - mean_time))
        .map(|error| error * error)
        .sum::<f64>()
        / (n - 2.0);
    let factor = 1.0 + 1.0 / n + (time - mean_time) * (time - mean_time) / xx;
    (center, libm::sqrt(residual * factor))
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn naive_forecasts_continue_what_they_saw() {
        let history: Vec<(f64, f64)> = (0..8)
            .map(|t| (f64::from(t), libm::exp(0.1 * f64::from(t))))
            .collect();
        let median = |naive: Naive| quantile(&naive.forecast(&history, 10.0, 99).unwrap(), 0.5);
        assert!((median(Naive::LastValue) - libm::exp(0.7)).abs() < 1e-9);
        assert!((median(Naive::LogTrend) - libm::exp(1.0)).abs() < 1e-9);
        assert!((median(Naive::Drift) - libm::exp(1.0)).abs() < 1e-9);
        assert!(Naive::LastValue.forecast(&[], 1.0, 9).is_none());
    }
}
