//! Output of one long run: warm-up, batch means and autocorrelation.

use super::Summary;
use super::intervals::half_width;

/// The mean over replications at each index; rows are replications of equal length.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "few replications")]
pub fn mean_over(rows: &[Vec<f64>]) -> Vec<f64> {
    let length = rows.iter().map(Vec::len).min().unwrap_or(0);
    (0..length)
        .map(|index| rows.iter().map(|row| row[index]).sum::<f64>() / rows.len() as f64)
        .collect()
}

/// The moving average of Welch (1983) with half-width `window`, which shows the end of a warm-up: shorter at the front, up to
/// `window` values before the end.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "windows are short")]
pub fn welch(series: &[f64], window: usize) -> Vec<f64> {
    (0..series.len().saturating_sub(window))
        .map(|index| {
            let reach = window.min(index);
            let around = &series[index - reach..=index + reach];
            around.iter().sum::<f64>() / around.len() as f64
        })
        .collect()
}

/// A mean with the means of its batches.
#[derive(Clone, Debug, PartialEq)]
pub struct Batches {
    /// Means of contiguous batches of equal size; values left over at the end are dropped.
    pub means: Vec<f64>,
    /// Mean of the batch means.
    pub mean: f64,
    /// Half the width of the 95 % interval of the mean.
    pub half_width: f64,
}

/// The mean of an autocorrelated series by `count` batches.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "batches are short")]
pub fn batch_means(series: &[f64], count: usize) -> Batches {
    let size = (series.len() / count.max(1)).max(1);
    let means: Vec<f64> = series
        .chunks_exact(size)
        .take(count)
        .map(|batch| batch.iter().sum::<f64>() / size as f64)
        .collect();
    let summary = Summary::of(&mut means.clone());
    Batches {
        mean: summary.mean,
        half_width: half_width(summary.sd, means.len(), 0.95),
        means,
    }
}

/// The variance of the mean of a stationary AR(1) series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Autocorrelated {
    /// Variance of one value.
    pub variance: f64,
    /// Variance of the mean, exact.
    pub of_mean: f64,
    /// Variance of the mean for long series.
    pub of_mean_asymptotic: f64,
    /// Effective number of independent values.
    pub effective: f64,
}

/// The mean of `n` values of an AR(1) series with coefficient `phi` and innovations of standard deviation `sigma`.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "series are short of 2^53")]
pub fn autocorrelated_mean(phi: f64, sigma: f64, n: usize) -> Autocorrelated {
    let variance = sigma * sigma / (1.0 - phi * phi);
    let length = n as f64;
    let (mut power, mut sum) = (1.0, 0.0);
    for lag in 1..n {
        power *= phi;
        sum += (1.0 - lag as f64 / length) * power;
    }
    let inflation = (1.0 + phi) / (1.0 - phi);
    Autocorrelated {
        variance,
        of_mean: variance / length * (1.0 + 2.0 * sum),
        of_mean_asymptotic: variance / length * inflation,
        effective: length / inflation,
    }
}

/// The autocorrelation of a series at lag one.
#[must_use]
pub fn lag_one(series: &[f64]) -> f64 {
    if series.len() < 3 {
        return 0.0;
    }
    super::intervals::correlation(&series[..series.len() - 1], &series[1..])
}
