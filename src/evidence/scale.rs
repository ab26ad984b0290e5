//! The scale on which a target is scored: logarithms of amounts, logarithms of odds of shares, logarithms of growth
//! factors.

use super::mapping::{How, Line};
use crate::scenario::record::words;
use crate::stats::intervals::t_quantile;
use crate::stats::quantile;

words! {
    /// The scale of a target.
    Scale {
        /// Logarithm of a positive amount.
        Log = "log",
        /// Logarithm of the odds of a share.
        Odds = "odds",
        /// Logarithm of one plus a growth.
        Growth = "growth",
        /// The amount over the size of the observation, where one of them is not positive.
        Size = "size",
    }
}

/// Least share, and least distance of a share from one, whose odds are scored.
const LEAST_SHARE: f64 = 1e-3;
/// Least amount that is scored in logarithms, over the median of the forecast: less, as of a lab that has ended, counts
/// as this.
const LEAST_AMOUNT: f64 = 1e-2;
/// Degrees of freedom of errors of reports.
pub const FREEDOM: f64 = 4.0;
/// Equally likely errors of a report by which each value is blurred.
const ERRORS: usize = 15;
/// Equally likely values of the error of a bridge.
const BRIDGE_ERRORS: usize = 9;

impl Scale {
    /// The scale of a line. Its measure is a share if a hundred per cent are one unit of the model.
    #[must_use]
    pub fn of(line: &Line) -> Self {
        let is_share = line.unit.starts_with('%') && (line.scale - 100.0).abs() < 1e-9;
        if line.how == How::Growth {
            Self::Growth
        } else if is_share {
            Self::Odds
        } else {
            Self::Log
        }
    }

    /// The value on the scale of a value in units of the model; `None` outside its domain.
    #[must_use]
    pub fn to(self, value: f64) -> Option<f64> {
        let found = match self {
            Self::Log => (value > 0.0).then(|| libm::log(value)),
            Self::Odds => (0.0..=1.0).contains(&value).then(|| {
                let share = value.clamp(LEAST_SHARE, 1.0 - LEAST_SHARE);
                libm::log(share / (1.0 - share))
            }),
            Self::Growth => (value > -1.0).then(|| libm::log1p(value)),
            Self::Size => Some(value),
        };
        found.filter(|value| value.is_finite())
    }

    /// The value in units of the model of a value on the scale.
    #[must_use]
    pub fn back(self, value: f64) -> f64 {
        match self {
            Self::Log => libm::exp(value),
            Self::Odds => 1.0 / (1.0 + libm::exp(-value)),
            Self::Growth => libm::expm1(value),
            Self::Size => value,
        }
    }
}

/// The standard scale of the error of a report in logarithms, by its grade.
#[must_use]
pub fn report_error(grade: &str) -> f64 {
    match grade {
        "A" => 0.01,
        "B" => 0.05,
        "D" => 0.25,
        _ => 0.10,
    }
}

/// The sample of a forecast and an observation on one scale.
#[derive(Clone, Debug, PartialEq)]
pub struct Scaled {
    /// The scale.
    pub scale: Scale,
    /// Equally likely values in ascending order.
    pub sample: Vec<f64>,
    /// The observation.
    pub observed: f64,
}

/// Puts a sample and an observation, in units of the model, on the scale of their line. On the scale of size both are
/// over the size of the observation.
#[must_use]
pub fn scaled(line: &Line, values: &[f64], observed: f64) -> Scaled {
    let scale = Scale::of(line);
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let least = match scale {
        Scale::Log => LEAST_AMOUNT * quantile(&sorted, 0.5),
        _ => f64::NEG_INFINITY,
    };
    let on_scale = || -> Option<Scaled> {
        if scale == Scale::Log && least <= 0.0 {
            return None;
        }
        let sample = sorted.iter().map(|value| scale.to(value.max(least)));
        Some(Scaled {
            scale,
            sample: sample.collect::<Option<Vec<f64>>>()?,
            observed: scale.to(observed)?,
        })
    };
    on_scale().unwrap_or_else(|| {
        let size = observed.abs().max(f64::MIN_POSITIVE);
        Scaled {
            scale: Scale::Size,
            sample: sorted.iter().map(|value| value / size).collect(),
            observed: observed / size,
        }
    })
}

/// Equally likely errors of a report of some grade, with the standard error of a bridge: the same for every target.
#[must_use]
pub fn errors(report: f64, bridge: f64) -> Vec<f64> {
    #[expect(clippy::cast_precision_loss, reason = "few")]
    let student = |count: usize| {
        (0..count).map(move |rank| t_quantile((rank as f64 + 0.5) / count as f64, FREEDOM))
    };
    let reports: Vec<f64> = student(ERRORS).map(|t| report * t).collect();
    if bridge <= 0.0 {
        return reports;
    }
    #[expect(clippy::cast_precision_loss, reason = "few")]
    let normal = |rank: usize| {
        let p = (rank as f64 + 0.5) / BRIDGE_ERRORS as f64;
        bridge * crate::base::distributions::normal_quantile(p)
    };
    let mut sums: Vec<f64> = (0..BRIDGE_ERRORS)
        .flat_map(|rank| reports.iter().map(move |error| error + normal(rank)))
        .collect();
    sums.sort_unstable_by(f64::total_cmp);
    #[expect(clippy::cast_precision_loss, reason = "few")]
    let thinned = (0..ERRORS).map(|rank| quantile(&sums, (rank as f64 + 0.5) / ERRORS as f64));
    thinned.collect()
}

impl Scaled {
    /// The forecast of a report: each value with each of the errors. An error is one in logarithms of the amount, of
    /// the odds, or of the growth itself.
    #[must_use]
    pub fn blurred(mut self, errors: &[f64]) -> Self {
        let with = |value: f64, error: f64| match self.scale {
            Scale::Log | Scale::Odds => value + error,
            Scale::Growth => {
                let growth = libm::expm1(value) * libm::exp(error);
                libm::log1p(growth.max(-0.99))
            }
            Scale::Size => value * libm::exp(error),
        };
        self.sample = self
            .sample
            .iter()
            .flat_map(|value| errors.iter().map(move |error| with(*value, *error)))
            .collect();
        self.sample.sort_unstable_by(f64::total_cmp);
        self
    }

    /// A value of the sample's scale in units of the model.
    #[must_use]
    pub fn back(&self, value: f64, observed: f64) -> f64 {
        match self.scale {
            Scale::Size => value * observed.abs().max(f64::MIN_POSITIVE),
            scale => scale.back(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_from_their_scale() {
        for scale in [Scale::Log, Scale::Odds, Scale::Growth, Scale::Size] {
            let there = scale.to(0.3).expect("in the domain");
            assert!((scale.back(there) - 0.3).abs() < 1e-12, "{scale:?}");
        }
        assert_eq!(
            (
                Scale::Log.to(0.0),
                Scale::Odds.to(1.5),
                Scale::Growth.to(-1.0)
            ),
            (None, None, None)
        );
    }

    #[test]
    fn errors_are_those_of_their_distribution() {
        let sd = |values: &[f64]| {
            #[expect(clippy::cast_precision_loss, reason = "few")]
            let n = values.len() as f64;
            libm::sqrt(values.iter().map(|x| x * x).sum::<f64>() / n)
        };
        // A Student error with four degrees of freedom has twice the variance of its scale; its middle 14/15 have less.
        let report = sd(&errors(0.05, 0.0));
        assert!((0.05..0.072).contains(&report), "{report}");
        let both = sd(&errors(0.05, 0.2));
        assert!((0.18..0.22).contains(&both), "{both}");
        assert!(errors(0.05, 0.2).is_sorted());
    }
}
