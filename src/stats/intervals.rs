//! Intervals: of means, of quantiles, of differences, and how many replications they need.

use super::Summary;
use crate::economics::distributions::{beta_cdf, beta_quantile};

/// The quantile of Student's t distribution.
#[must_use]
pub fn t_quantile(p: f64, freedom: f64) -> f64 {
    if p < 0.5 {
        return -t_quantile(1.0 - p, freedom);
    }
    // t^2 / (t^2 + n) is beta(1/2, n/2).
    let x = beta_quantile(2.0 * p - 1.0, 0.5, 0.5 * freedom);
    libm::sqrt(freedom * x / (1.0 - x))
}

/// Half the width of the interval of a mean of `n` independent values with standard deviation `sd`; infinite for one.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "samples are small")]
pub fn half_width(sd: f64, n: usize, confidence: f64) -> f64 {
    if n < 2 {
        return f64::INFINITY;
    }
    t_quantile(0.5 * (1.0 + confidence), (n - 1) as f64) * sd / libm::sqrt(n as f64)
}

impl Summary {
    /// Half the width of the mean's interval.
    #[must_use]
    pub fn half_width(&self, confidence: f64) -> f64 {
        half_width(self.sd, self.n, confidence)
    }
}

/// The first sample size, from `start` on, at which the mean's half width is at most `wanted`, were the variance to stay.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "samples are small")]
pub fn replications_for(variance: f64, start: usize, wanted: f64, confidence: f64) -> usize {
    let is_enough = |n: usize| half_width(libm::sqrt(variance), n, confidence) <= wanted;
    let start = start.max(2);
    if is_enough(start) {
        return start;
    }
    if wanted <= 0.0 {
        return usize::MAX;
    }
    // Doubling, then bisection: widths fall in n.
    let (mut low, mut high) = (start, start * 2);
    while !is_enough(high) {
        if high as f64 > 1e12 {
            return usize::MAX;
        }
        (low, high) = (high, high * 2);
    }
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if is_enough(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    high
}

/// The relative error to aim at in a sample so that the true one is at most `relative` (Law 2015, 9.4.1).
#[must_use]
pub fn adjusted_precision(relative: f64) -> f64 {
    relative / (1.0 + relative)
}

/// An interval for a quantile by order statistics, without assumptions about the distribution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QuantileInterval {
    /// The order statistic, from one, that bounds it below; zero for none.
    pub lower: usize,
    /// The one that bounds it above; beyond the sample for none.
    pub upper: usize,
    /// Its exact coverage.
    pub coverage: f64,
}

/// The chance of at most `k` successes in `n` trials.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "samples are small")]
pub fn binomial_cdf(k: usize, n: usize, p: f64) -> f64 {
    if k >= n {
        return 1.0;
    }
    beta_cdf(1.0 - p, (n - k) as f64, (k + 1) as f64)
}

/// The smallest number of successes that has a chance of at least `u` not to be exceeded.
fn binomial_quantile(u: f64, n: usize, p: f64) -> usize {
    let (mut low, mut high) = (0, n);
    while low < high {
        let middle = low + (high - low) / 2;
        if binomial_cdf(middle, n, p) >= u {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

/// The interval of the quantile `p` of `n` values at the given confidence.
#[must_use]
pub fn quantile_interval(n: usize, p: f64, confidence: f64) -> QuantileInterval {
    let tail = 0.5 * (1.0 - confidence);
    let lower = binomial_quantile(tail, n, p);
    let upper = binomial_quantile(1.0 - tail, n, p) + 1;
    let below = if lower == 0 {
        0.0
    } else {
        binomial_cdf(lower - 1, n, p)
    };
    QuantileInterval {
        lower,
        upper,
        coverage: binomial_cdf(upper - 1, n, p) - below,
    }
}

impl QuantileInterval {
    /// The bounds in a sorted sample; infinite where the sample has no such order statistic.
    #[must_use]
    pub fn bounds(&self, sorted: &[f64]) -> (f64, f64) {
        let at = |rank: usize| {
            rank.checked_sub(1)
                .and_then(|index| sorted.get(index))
                .copied()
        };
        (
            at(self.lower).unwrap_or(f64::NEG_INFINITY),
            at(self.upper).unwrap_or(f64::INFINITY),
        )
    }
}

/// The mean of the `floor(n p)` smallest of sorted values, at least one: what the worst outcomes look like.
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
pub fn lower_tail_mean(sorted: &[f64], p: f64) -> f64 {
    // A slack for shares such as 0.1 that are no binary fractions.
    let count = ((sorted.len() as f64 * p + 1e-9) as usize).clamp(1, sorted.len());
    sorted[..count].iter().sum::<f64>() / count as f64
}

/// What common random numbers bring to a difference of means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pairing {
    /// Standard error of the mean difference of pairs.
    pub error: f64,
    /// Variance of unpaired samples over that of pairs.
    pub variance_ratio: f64,
}

/// The gain from pairing two arms with standard deviations `sds` and correlation `rho`, `n` replications each.
#[must_use]
pub fn pairing((first, second): (f64, f64), rho: f64, n: f64) -> Pairing {
    let apart = first * first + second * second;
    let together = apart - 2.0 * rho * first * second;
    Pairing {
        error: libm::sqrt(together / n),
        variance_ratio: apart / together,
    }
}

/// The correlation of two samples; zero where one does not vary.
#[must_use]
pub fn correlation(first: &[f64], second: &[f64]) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "samples are small")]
    let n = first.len() as f64;
    let (a, b) = (
        first.iter().sum::<f64>() / n,
        second.iter().sum::<f64>() / n,
    );
    let (mut xy, mut xx, mut yy) = (0.0, 0.0, 0.0);
    for (x, y) in first.iter().zip(second) {
        xy += (x - a) * (y - b);
        xx += (x - a) * (x - a);
        yy += (y - b) * (y - b);
    }
    if xx > 0.0 && yy > 0.0 {
        xy / libm::sqrt(xx * yy)
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t_quantiles_are_the_published_ones() {
        // R 4.3: qt(0.975, c(1, 4, 9, 199)).
        for (freedom, t) in [
            (1.0, 12.706_204_736_174_7),
            (4.0, 2.776_445_105_197_79),
            (9.0, 2.262_157_162_798_2),
            (199.0, 1.971_956_544_249_4),
        ] {
            let got = t_quantile(0.975, freedom);
            assert!((got / t - 1.0).abs() < 1e-10, "{freedom}: {got}");
        }
    }

    #[test]
    fn quantile_intervals_cover_what_they_say() {
        for (n, p) in [(100, 0.9), (50, 0.5), (1_000, 0.05)] {
            let interval = quantile_interval(n, p, 0.95);
            assert!(interval.coverage >= 0.95 && interval.coverage < 0.999);
        }
        // Ten values cannot bound their 99 % quantile from above.
        assert!(
            quantile_interval(10, 0.99, 0.95)
                .bounds(&[0.0; 10])
                .1
                .is_infinite()
        );
    }

    #[test]
    fn replications_end_where_the_width_does() {
        let n = replications_for(4.0, 5, 0.1, 0.95);
        assert!(half_width(2.0, n, 0.95) <= 0.1 && half_width(2.0, n - 1, 0.95) > 0.1);
        assert_eq!(replications_for(4.0, 5, 0.0, 0.95), usize::MAX);
    }
}
