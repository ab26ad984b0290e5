//! What follows a date: forecasts from level and slope alone.

use super::Noise;
use super::grid::Months;

/// Level and slope of the logarithm at a date, with the noises of what follows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trend {
    /// Level of the logarithm.
    pub level: f64,
    /// Slope of the logarithm, a month.
    pub slope: f64,
    /// Covariance of level and slope.
    pub covariance: [[f64; 2]; 2],
    pub(super) phi: f64,
    pub(super) noise: Noise,
}

impl Trend {
    /// Growth of the level in `months` by one unit of slope.
    fn reach(&self, months: f64) -> f64 {
        if self.phi < 1.0 {
            -libm::expm1(months * libm::log(self.phi)) / (1.0 - self.phi)
        } else {
            months
        }
    }

    /// Covariance of the levels in `first` and in `second` months, `first` the earlier one.
    fn covariance_ahead(&self, first: f64, second: f64) -> f64 {
        let (level, slope) = self.noise.variances();
        let [[xx, xb], [_, bb]] = self.covariance;
        let (near, far) = (self.reach(first), self.reach(second));
        let mut shocks = 0.0;
        let mut since = 1.0;
        while since <= first {
            shocks += self.reach(first - since) * self.reach(second - since);
            since += 1.0;
        }
        xx + xb * (near + far) + bb * near * far + level * first + slope * shocks
    }

    /// Mean and variance of the logarithm of the level in that many months.
    ///
    /// Equation 45 of `docs/model.md`.
    #[must_use]
    pub fn forecast(&self, months: f64) -> (f64, f64) {
        let mean = self.level + self.slope * self.reach(months);
        (mean, self.covariance_ahead(months, months))
    }

    /// Mean and variance, to first order, of the logarithm of the mean over the period that begins in `from` months
    /// and ends in `until`.
    #[must_use]
    pub fn forecast_flow(&self, from: f64, until: f64) -> (f64, f64) {
        let months = Months {
            start: 0.0,
            points: 2,
        };
        let nodes = months.nodes(from, until, true);
        let levels: Vec<f64> = nodes
            .iter()
            .map(|(time, _)| self.forecast(*time).0)
            .collect();
        let top = levels.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let terms: Vec<f64> = std::iter::zip(&nodes, &levels)
            .map(|((_, weight), level)| weight * libm::exp(level - top))
            .collect();
        let total: f64 = terms.iter().sum();
        let mut variance = 0.0;
        for ((first, _), a) in nodes.iter().zip(&terms) {
            for ((second, _), b) in nodes.iter().zip(&terms) {
                variance += a * b * self.covariance_ahead(first.min(*second), first.max(*second));
            }
        }
        (top + libm::log(total), variance / (total * total))
    }
}
