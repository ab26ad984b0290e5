//! Forecasts of one series from its own past: what a model of the market has to beat.
//!
//! Every forecaster sees the readings of one series and what is common to its group ([`GroupNoise`]), and answers
//! with equally likely values. Readings are rates: a flow is given per unit of time (a quarter's revenue times four,
//! where the runs of the same series are a year), and the forecast of a flow is such a rate too.

mod points;

use points::{Changes, Points, count_of};

use super::trend::{Grid, Model, Noise, NoisePrior, Reading, fit, fit_noise_with};
use crate::base::distributions::{normal_cdf, normal_quantile};
use crate::base::root::root_between;

/// A forecaster without a model of the market.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Forecaster {
    /// The last value, with errors as large as past changes.
    LastValue,
    /// The regression of logarithms on time, with its prediction error.
    LogTrend,
    /// A random walk of logarithms with drift, from the last value.
    Drift,
    /// The local linear trend of logarithms.
    LocalTrend,
    /// The local linear trend whose slope halves in the group's half-life.
    DampedTrend,
    /// The linear pool of the two local trends with equal weights.
    Pool,
}

impl Forecaster {
    /// All forecasters, in order.
    pub const ALL: [Self; 6] = [
        Self::LastValue,
        Self::LogTrend,
        Self::Drift,
        Self::LocalTrend,
        Self::DampedTrend,
        Self::Pool,
    ];

    /// Name in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::LastValue => "last value",
            Self::LogTrend => "log-linear trend",
            Self::Drift => "drift",
            Self::LocalTrend => "local linear trend",
            Self::DampedTrend => "damped trend",
            Self::Pool => "pool of trends",
        }
    }
}

/// The quantity that is forecast: the level at `until`, or the mean over the period, in months since the epoch of the readings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Target {
    /// Start of the period; not read for a level.
    pub from: f64,
    /// End of the period, or the date of the level.
    pub until: f64,
    /// True for the mean over the period.
    pub is_flow: bool,
    /// Standard deviation of the error of the report that will be compared, in logarithms; zero for the quantity
    /// itself. The trends add it; past changes contain it already.
    pub error: f64,
}

impl Target {
    fn date(&self) -> f64 {
        if self.is_flow {
            0.5 * (self.from + self.until)
        } else {
            self.until
        }
    }
}

/// Options of the estimate of a group.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GroupOptions {
    /// Months in which the slope of the damped trend halves.
    pub half_life: f64,
    /// Standard deviation of the slope of a series around the group's drift before its first reading, a month.
    pub slope_sd: f64,
    /// Degrees of freedom of the errors of readings.
    pub freedom: f64,
    /// Candidates of the noises.
    pub grid: Grid,
    /// Prior of the noises before the series are seen.
    pub prior: NoisePrior,
}

impl Default for GroupOptions {
    fn default() -> Self {
        Self {
            half_life: 12.0,
            slope_sd: 0.1,
            freedom: 4.0,
            grid: Grid::WIDE,
            prior: NoisePrior {
                median: Noise {
                    level: 0.05,
                    slope: 0.01,
                },
                sigma: f64::INFINITY,
            },
        }
    }
}

/// Noise that the series of a group have in common.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GroupNoise {
    /// The local linear trend.
    pub local: Model,
    /// The damped trend.
    pub damped: Model,
    /// Mean change of the logarithm, a month.
    pub drift: f64,
    /// Mean length of a history, in months.
    pub length: f64,
    /// Variance of the changes of the logarithm around zero, a month.
    pub change: f64,
    /// Variance of the changes of the logarithm around each series' own drift, a month.
    pub change_around_drift: f64,
    /// Variance of the residuals of the regressions of logarithms on time.
    pub residual: f64,
}

impl GroupNoise {
    /// Estimates a group from the histories of its series. `None` if no history has two readings of different dates.
    #[must_use]
    pub fn of(series: &[Vec<Reading>], options: &GroupOptions) -> Option<Self> {
        let histories: Vec<Points> = series
            .iter()
            .filter_map(|readings| Points::of(readings))
            .collect();
        let changes: Vec<(f64, Changes)> = histories
            .iter()
            .map(|points| (points.length(), points.changes()))
            .filter(|(length, _)| *length > 0.0)
            .collect();
        if changes.is_empty() {
            return None;
        }
        let total = |part: fn(&(f64, Changes)) -> f64| changes.iter().map(part).sum::<f64>();
        let months = total(|(length, _)| *length);
        let drift = total(|(_, changes)| changes.total) / months;
        let count = total(|(_, changes)| count_of(changes.count));
        let free = total(|(_, changes)| count_of(changes.count) - 1.0);
        let change = total(|(_, changes)| changes.squares) / count;
        let around = total(|(_, changes)| changes.squares_around_mean);
        let (misses, freedom) = histories
            .iter()
            .filter(|points| points.count() > 2)
            .map(Points::regression)
            .fold((0.0, 0.0), |(misses, freedom), line| {
                (misses + line.misses, freedom + line.freedom)
            });
        let model = |half_life: f64| {
            let start = Model {
                noise: Noise {
                    level: options.grid.level.0,
                    slope: options.grid.slope.0,
                },
                half_life,
                slope_mean: drift,
                slope_sd: options.slope_sd,
                freedom: options.freedom,
            };
            let noise = fit_noise_with(series, &start, &options.grid, &options.prior)
                .unwrap_or(start.noise);
            Model { noise, ..start }
        };
        Some(Self {
            local: model(f64::INFINITY),
            damped: model(options.half_life),
            drift,
            length: months / count_of(changes.len()),
            change,
            change_around_drift: if free > 0.0 { around / free } else { change },
            residual: if freedom > 0.0 {
                misses / freedom
            } else {
                change
            },
        })
    }
}

/// The normal distribution of the logarithm of a target that a trend gives.
fn by_trend(history: &[Reading], model: &Model, target: &Target) -> Option<(f64, f64)> {
    let last = history
        .iter()
        .map(|reading| reading.until)
        .fold(f64::NEG_INFINITY, f64::max);
    let fitted = fit(history, model, last, target.until)?;
    let (mean, variance) = fitted.reading(target.from, target.until, target.is_flow);
    Some((mean, variance + target.error * target.error))
}

/// The mean and variance of the logarithm of `target` by a forecaster; two pairs with equal weights for the pool.
/// `None` without usable history.
#[must_use]
pub fn components(
    kind: Forecaster,
    history: &[Reading],
    group: &GroupNoise,
    target: &Target,
) -> Option<Vec<(f64, f64)>> {
    let points = Points::of(history)?;
    let at = target.date();
    Some(match kind {
        Forecaster::LastValue => vec![points.last_value(group, at)],
        Forecaster::LogTrend => vec![points.log_trend(group, at)],
        Forecaster::Drift => vec![points.drift(group, at)],
        Forecaster::LocalTrend => vec![by_trend(history, &group.local, target)?],
        Forecaster::DampedTrend => vec![by_trend(history, &group.damped, target)?],
        Forecaster::Pool => vec![
            by_trend(history, &group.local, target)?,
            by_trend(history, &group.damped, target)?,
        ],
    })
}

/// The forecast of `target` from the `history` of a positive series: `size` equally likely values in ascending
/// order, the quantiles at (rank + 1/2) / size. `None` without history, or if a reading is not finite.
#[must_use]
pub fn forecast(
    kind: Forecaster,
    history: &[Reading],
    group: &GroupNoise,
    target: &Target,
    size: usize,
) -> Option<Vec<f64>> {
    let parts = components(kind, history, group, target)?;
    let values = (0..size).map(|rank| {
        let p = (count_of(rank) + 0.5) / count_of(size);
        libm::exp(mixture_quantile(&parts, p))
    });
    Some(values.collect())
}

/// The quantile of a mixture of normal distributions, given by mean and variance, with equal weights.
fn mixture_quantile(parts: &[(f64, f64)], p: f64) -> f64 {
    let of = |(mean, variance): &(f64, f64)| mean + libm::sqrt(*variance) * normal_quantile(p);
    let low = parts.iter().map(of).fold(f64::INFINITY, f64::min);
    let high = parts.iter().map(of).fold(f64::NEG_INFINITY, f64::max);
    if high - low < 1e-12 {
        return low;
    }
    let below = |x: f64| -> f64 {
        parts
            .iter()
            .map(|(mean, variance)| normal_cdf((x - mean) / libm::sqrt(*variance)))
            .sum()
    };
    root_between(|x| below(x) / count_of(parts.len()) - p, low, high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::quantile;

    fn levels(rate: f64, count: u32) -> Vec<Reading> {
        (0..count)
            .map(|month| Reading {
                from: f64::from(month),
                until: f64::from(month),
                log: rate * f64::from(month) + if month % 2 == 0 { 0.01 } else { -0.01 },
                error: 0.02,
                is_flow: false,
            })
            .collect()
    }

    fn at(until: f64) -> Target {
        Target {
            from: until,
            until,
            is_flow: false,
            error: 0.0,
        }
    }

    fn group() -> GroupNoise {
        GroupNoise::of(&[levels(0.1, 9), levels(0.06, 7)], &GroupOptions::default())
            .expect("a group")
    }

    #[test]
    fn forecasts_continue_what_they_saw() {
        let (group, history) = (group(), levels(0.1, 9));
        for (kind, expected, tolerance) in [
            (Forecaster::LastValue, 0.8, 0.02),
            (Forecaster::LogTrend, 1.1, 0.02),
            (Forecaster::Drift, 1.1, 0.02),
            (Forecaster::LocalTrend, 1.1, 0.05),
            (Forecaster::DampedTrend, 1.07, 0.08),
            (Forecaster::Pool, 1.09, 0.08),
        ] {
            let values = forecast(kind, &history, &group, &at(11.0), 99).expect("a forecast");
            assert!(values.is_sorted() && values.len() == 99);
            let median = libm::log(quantile(&values, 0.5));
            assert!(
                (median - expected).abs() < tolerance,
                "{} {median}",
                kind.name()
            );
        }
    }

    #[test]
    fn short_histories_have_the_spread_of_their_group() {
        let group = group();
        for kind in Forecaster::ALL {
            let values = forecast(kind, &levels(0.1, 1), &group, &at(6.0), 99).expect("a forecast");
            assert!(
                quantile(&values, 0.9) > 1.01 * quantile(&values, 0.1),
                "{}",
                kind.name()
            );
            assert!(forecast(kind, &[], &group, &at(6.0), 9).is_none());
        }
        assert!(GroupNoise::of(&[levels(0.1, 1)], &GroupOptions::default()).is_none());
    }

    #[test]
    fn the_pool_lies_between_its_parts() {
        let parts = [(0.0, 1.0), (2.0, 0.25)];
        for p in [0.05, 0.5, 0.95] {
            let x = mixture_quantile(&parts, p);
            let mean = 0.5 * (normal_cdf(x) + normal_cdf((x - 2.0) / 0.5));
            assert!((mean - p).abs() < 1e-9);
        }
    }
}
