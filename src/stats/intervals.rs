//! Intervals: of means, of quantiles, of differences, and how many replications they need.

use super::Summary;
use crate::base::distributions::{beta_cdf, beta_quantile, normal_quantile};

/// The quantile of Student's t distribution.
#[must_use]
pub fn t_quantile(p: f64, freedom: f64) -> f64 {
    if p < 0.5 {
        return -t_quantile(1.0 - p, freedom);
    }
    let z = normal_quantile(p);
    if freedom >= MANY && z < 3.0 {
        return near_normal(z, freedom);
    }
    // t^2 / (t^2 + n) is beta(1/2, n/2).
    let x = beta_quantile(2.0 * p - 1.0, 0.5, 0.5 * freedom);
    libm::sqrt(freedom * x / (1.0 - x))
}

/// Degrees of freedom from which the t distribution is taken from the normal one.
const MANY: f64 = 200.0;

/// The quantile of Student's t distribution with many degrees of freedom, to 1e-10, from the normal quantile `z`: the
/// expansion of Abramowitz and Stegun (1964), 26.7.5.
fn near_normal(z: f64, freedom: f64) -> f64 {
    let q = z * z;
    let terms = [
        (q + 1.0) / 4.0,
        ((5.0 * q + 16.0) * q + 3.0) / 96.0,
        (((3.0 * q + 19.0) * q + 17.0) * q - 15.0) / 384.0,
        ((((79.0 * q + 776.0) * q + 1_482.0) * q - 1_920.0) * q - 945.0) / 92_160.0,
    ];
    let series = terms
        .iter()
        .rev()
        .fold(0.0, |sum, term| (sum + term) / freedom);
    z * (1.0 + series)
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

/// The exact interval of a probability from `hits` in `n` independent trials (Clopper and Pearson 1934).
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "samples are small")]
pub fn proportion_interval(hits: usize, n: usize, confidence: f64) -> (f64, f64) {
    if n == 0 {
        return (0.0, 1.0);
    }
    let tail = 0.5 * (1.0 - confidence);
    let (k, n) = (hits as f64, n as f64);
    let low = if hits == 0 {
        0.0
    } else {
        beta_quantile(tail, k, n - k + 1.0)
    };
    let high = if k >= n {
        1.0
    } else {
        beta_quantile(1.0 - tail, k + 1.0, n - k)
    };
    (low, high)
}

/// Half the width of the interval of a difference of means of two independent samples (Welch 1947), from their standard
/// deviations and sizes.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "samples are small")]
pub fn unpaired_half_width(first: (f64, usize), second: (f64, usize), confidence: f64) -> f64 {
    if first.1 < 2 || second.1 < 2 {
        return f64::INFINITY;
    }
    let part = |(sd, n): (f64, usize)| sd * sd / n as f64;
    let (a, b) = (part(first), part(second));
    if a + b == 0.0 {
        return 0.0;
    }
    let freedom =
        (a + b) * (a + b) / (a * a / (first.1 - 1) as f64 + b * b / (second.1 - 1) as f64);
    t_quantile(0.5 * (1.0 + confidence), freedom) * libm::sqrt(a + b)
}

/// The chance that a mean as far from zero as this one, or farther, comes by luck: two-sided, by Student's t.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "samples are small")]
pub fn p_value(mean: f64, sd: f64, n: usize) -> f64 {
    if mean == 0.0 || n < 2 {
        return 1.0;
    }
    if sd == 0.0 {
        return 0.0;
    }
    let t = mean * libm::sqrt(n as f64) / sd;
    let freedom = (n - 1) as f64;
    beta_cdf(freedom / (freedom + t * t), 0.5 * freedom, 0.5)
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
        // With many degrees of freedom the expansion, and the exact quantile: where it is furthest off, and elsewhere.
        for (p, freedom) in [(0.998, 200.0), (0.975, 200.0), (0.6, 300.0), (0.95, 2e4)] {
            let x = beta_quantile(2.0 * p - 1.0, 0.5, 0.5 * freedom);
            let exact = libm::sqrt(freedom * x / (1.0 - x));
            let got = t_quantile(p, freedom);
            assert!(
                (got / exact - 1.0).abs() < 1e-10,
                "{p} {freedom}: {got} {exact}"
            );
        }
    }

    #[test]
    fn tests_and_proportions_are_the_published_ones() {
        // SciPy: ttest_1samp([1, 2, 3, 6], 0), binomtest(7, 20).proportion_ci(); the degrees of freedom by hand.
        let sd = libm::sqrt(14.0 / 3.0);
        assert!(
            (p_value(3.0, sd, 4) - 0.069_136_869).abs() < 1e-6,
            "{}",
            p_value(3.0, sd, 4)
        );
        let (low, high) = proportion_interval(7, 20, 0.95);
        assert!((low - 0.153_909_1).abs() < 1e-6 && (high - 0.592_188_5).abs() < 1e-6);
        assert_eq!(proportion_interval(0, 10, 0.95).0.to_bits(), 0);
        let freedom = 14.346_007_6;
        let wide = unpaired_half_width((1.0, 8), (3.0, 12), 0.95);
        let error = libm::sqrt(1.0 / 8.0 + 9.0 / 12.0);
        assert!(
            (wide / (t_quantile(0.975, freedom) * error) - 1.0).abs() < 1e-7,
            "{wide}"
        );
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
