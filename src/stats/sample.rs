//! Samples whose memory does not grow with them: exact up to [`EXACT`] values, counts in narrow bins beyond.

/// Up to this many values a sample keeps them all, and its quantiles are exact.
pub const EXACT: usize = 512;

/// Bins for each doubling of a value: quantiles of larger samples are within one part in twice this many.
const BINS: i64 = 512;

/// How many, mean and spread of numbers, without the numbers (Welford 1962).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moments {
    n: u64,
    /// Mean.
    pub mean: f64,
    squares: f64,
}

impl Moments {
    /// Adds a value.
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    pub fn add(&mut self, value: f64) {
        self.n += 1;
        let step = value - self.mean;
        self.mean += step / self.n as f64;
        self.squares += step * (value - self.mean);
    }

    /// Adds all values of another.
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    pub fn merge(&mut self, other: &Self) {
        if other.n == 0 {
            return;
        }
        let (own, others) = (self.n as f64, other.n as f64);
        let step = other.mean - self.mean;
        self.n += other.n;
        self.mean += step * others / (own + others);
        self.squares += other.squares + step * step * own * others / (own + others);
    }

    /// Standard deviation with denominator n - 1; zero for one value.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    pub fn sd(&self) -> f64 {
        if self.n > 1 {
            libm::sqrt((self.squares / (self.n - 1) as f64).max(0.0))
        } else {
            0.0
        }
    }
}

/// A sample of finite numbers: how many, moments, signs, and a distribution in flat memory.
///
/// Moments are updated in the order in which values come, so that the same order gives the same bits;
/// counts in bins are whole numbers, and merging them loses nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sample {
    moments: Moments,
    above: u64,
    below: u64,
    /// Every value, while there are few.
    values: Vec<f64>,
    /// Counts by bin in order, once there are many.
    bins: Vec<(i64, u64)>,
}

impl Sample {
    /// A sample of the given values.
    #[must_use]
    pub fn of(values: &[f64]) -> Self {
        let mut sample = Self::default();
        for value in values {
            sample.add(*value);
        }
        sample
    }

    /// Adds a value.
    pub fn add(&mut self, value: f64) {
        self.moments.add(value);
        self.above += u64::from(value > 0.0);
        self.below += u64::from(value < 0.0);
        self.values.push(value);
        if self.values.len() > EXACT {
            self.count_values();
        }
    }

    /// Adds all of another sample, as if its values came after one's own.
    pub fn merge(&mut self, other: &Self) {
        self.moments.merge(&other.moments);
        self.above += other.above;
        self.below += other.below;
        self.values.extend_from_slice(&other.values);
        if !other.bins.is_empty() || !self.bins.is_empty() || self.values.len() > EXACT {
            self.count_values();
            let bins = std::mem::take(&mut self.bins);
            self.bins = merged(bins, &other.bins);
        }
    }

    /// Moves the values at hand into bins.
    fn count_values(&mut self) {
        let mut fresh: Vec<(i64, u64)> = self.values.drain(..).map(|v| (bin_of(v), 1)).collect();
        fresh.sort_unstable();
        let bins = std::mem::take(&mut self.bins);
        self.bins = merged(bins, &fresh);
    }

    /// How many values.
    #[must_use]
    pub const fn n(&self) -> u64 {
        self.moments.n
    }

    /// Their mean.
    #[must_use]
    pub const fn mean(&self) -> f64 {
        self.moments.mean
    }

    /// Their standard deviation with denominator n - 1; zero for one value.
    #[must_use]
    pub fn sd(&self) -> f64 {
        self.moments.sd()
    }

    /// The shares of values above and below zero.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    pub fn signs(&self) -> (f64, f64) {
        let n = (self.n() as f64).max(1.0);
        (self.above as f64 / n, self.below as f64 / n)
    }

    /// Quantiles at the given probabilities, in order: of type 7 while all values are kept, and of the bins' middles
    /// beyond. Zeros for an empty sample.
    #[must_use]
    pub fn quantiles(&self, probabilities: &[f64]) -> Vec<f64> {
        if self.n() == 0 {
            return vec![0.0; probabilities.len()];
        }
        if self.bins.is_empty() {
            let mut sorted = self.values.clone();
            sorted.sort_unstable_by(f64::total_cmp);
            return probabilities
                .iter()
                .map(|p| super::quantile(&sorted, *p))
                .collect();
        }
        let mut all: Vec<(i64, u64)> = self.values.iter().map(|v| (bin_of(*v), 1)).collect();
        all.sort_unstable();
        let all = merged(self.bins.clone(), &all);
        probabilities
            .iter()
            .map(|p| binned_quantile(&all, self.n(), *p))
            .collect()
    }
}

/// The order statistic nearest to where type 7 looks, as the middle of its bin.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts are far below 2^53"
)]
fn binned_quantile(bins: &[(i64, u64)], n: u64, p: f64) -> f64 {
    let rank = libm::round(p * (n - 1) as f64) as u64;
    let mut seen = 0;
    for (bin, count) in bins {
        seen += count;
        if seen > rank {
            return middle_of(*bin);
        }
    }
    bins.last().map_or(0.0, |(bin, _)| middle_of(*bin))
}

/// Sorted counts added up.
fn merged(left: Vec<(i64, u64)>, right: &[(i64, u64)]) -> Vec<(i64, u64)> {
    let mut all = left;
    all.extend_from_slice(right);
    all.sort_unstable();
    let mut sum: Vec<(i64, u64)> = Vec::with_capacity(all.len());
    for (bin, count) in all {
        match sum.last_mut() {
            Some((last, total)) if *last == bin => *total += count,
            _ => sum.push((bin, count)),
        }
    }
    sum
}

/// Offset of the exponent, so that bins of positive values count up from one.
const OFFSET: i64 = 1_100 * BINS;

/// The bin of a value: by exponent and leading digits of its size, with its sign; zero has one of its own.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "bins are whole numbers"
)]
fn bin_of(value: f64) -> i64 {
    if value == 0.0 {
        return 0;
    }
    let (mantissa, exponent) = libm::frexp(value.abs());
    let part = ((2.0 * mantissa - 1.0) * BINS as f64) as i64;
    let bin = i64::from(exponent) * BINS + part.min(BINS - 1) + OFFSET;
    if value > 0.0 { bin } else { -bin }
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "bins are whole numbers"
)]
fn middle_of(bin: i64) -> f64 {
    if bin == 0 {
        return 0.0;
    }
    let at = bin.abs() - OFFSET;
    let (exponent, part) = (at.div_euclid(BINS), at.rem_euclid(BINS));
    let mantissa = 0.5 * (1.0 + (part as f64 + 0.5) / BINS as f64);
    let size = libm::ldexp(mantissa, exponent as i32);
    if bin > 0 { size } else { -size }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::rng::{Purpose, Streams};

    fn draws(count: usize) -> Vec<f64> {
        let mut stream = Streams::new(4, 0).stream(Purpose::User, 0, 0);
        (0..count).map(|_| 1e9 * stream.normal()).collect()
    }

    #[test]
    fn few_values_are_kept_exactly() {
        let values = draws(EXACT);
        let sample = Sample::of(&values);
        let mut sorted = values.clone();
        let summary = crate::stats::Summary::of(&mut sorted);
        assert_eq!(
            sample.quantiles(&[0.05, 0.5])[0].to_bits(),
            summary.quantiles[0].to_bits()
        );
        assert!((sample.mean() / summary.mean - 1.0).abs() < 1e-9);
        assert!((sample.sd() / summary.sd - 1.0).abs() < 1e-12);
    }

    #[test]
    fn many_values_are_counted_in_flat_memory() {
        let values = draws(20_000);
        let sample = Sample::of(&values);
        let mut sorted = values.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        for (p, got) in [0.01, 0.25, 0.75, 0.99]
            .iter()
            .zip(sample.quantiles(&[0.01, 0.25, 0.75, 0.99]))
        {
            let exact = crate::stats::quantile(&sorted, *p);
            assert!((got / exact - 1.0).abs() < 2e-3, "{p}: {got} {exact}");
        }
        assert!(sample.values.len() <= EXACT && sample.bins.len() < 20_000);
        let (above, below) = sample.signs();
        assert!((above + below - 1.0).abs() < 1e-12);
    }

    #[test]
    fn merging_counts_is_adding_up() {
        let values = draws(3_000);
        let whole = Sample::of(&values);
        let mut parts = Sample::of(&values[..700]);
        parts.merge(&Sample::of(&values[700..900]));
        parts.merge(&Sample::of(&values[900..]));
        assert_eq!(parts.n(), whole.n());
        assert!((parts.sd() / whole.sd() - 1.0).abs() < 1e-12);
        let p = [0.05, 0.5, 0.95];
        assert_eq!(parts.quantiles(&p), whole.quantiles(&p));
        assert_eq!(Sample::of(&[0.0, 0.0, -1.0]).signs(), (0.0, 1.0 / 3.0));
    }
}
