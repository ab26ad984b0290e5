//! Scores of a run against observations: by target, and against forecasters that see only the past of each label.

pub mod lines;
mod pooled;
mod summary;
mod table;

pub use pooled::{Pooled, pooled};
pub use summary::{BINS, Rival, Summed, bins, by, overall};
pub use table::{COLUMNS, csv, json};

use super::bridge::Shift;
use super::forecast::{Why, forecast};
use super::known::{Known, Target, targets, unscorable};
use super::mapping::{Mapping, with_derived};
use super::samples::RunSamples;
use super::scale::{Scale, Scaled, errors, scaled};
use crate::base::time::Date;
use crate::observations::Observation;
use crate::stats::forecasters::{self, Forecaster};
use crate::stats::pool::PoolMoments;
use crate::stats::quantile;
use crate::stats::scores::{crps, is_covered, probability_integral};

/// Probabilities of the quantiles of a score.
pub const PROBABILITIES: [f64; 5] = [0.05, 0.1, 0.5, 0.9, 0.95];
/// Central intervals of which the coverage is counted.
pub const INTERVALS: [f64; 3] = [0.5, 0.8, 0.9];
/// Number of forecasters that see only the past.
pub const SIMPLE: usize = Forecaster::ALL.len();

/// The score of one target.
#[derive(Clone, Debug)]
pub struct Score {
    /// Rows of the observation.
    pub row: String,
    /// Label of the target.
    pub label: String,
    /// Group of the label.
    pub group: String,
    /// Unit of the observation and of the quantiles.
    pub unit: String,
    /// Date of the forecast.
    pub origin: Date,
    /// Last day of the period.
    pub date: Date,
    /// Date since which the observation was known.
    pub known: Option<Date>,
    /// Months from the start of the run to the month in which the period ends, from one.
    pub horizon: usize,
    /// Observed value.
    pub observed: f64,
    /// Scale of the scores.
    pub scale: Scale,
    /// Quantiles of the forecast at 5, 10, 50, 90 and 95 %.
    pub quantiles: [f64; 5],
    /// Continuous ranked probability score on the scale.
    pub crps: f64,
    /// True if the central 50, 80 and 90 % of the forecast contain the observation.
    pub covered: [bool; 3],
    /// Probability integral transform.
    pub pit: f64,
    /// Absolute error of the median as a share of the observation.
    pub ape: f64,
    /// Scores of the forecasters that see only the past, in the order of [`Forecaster::ALL`]; none without history.
    pub simple: Option<[f64; SIMPLE]>,
    /// Moments of the run's forecast and of the damped trend, for their linear pools; none without history.
    pub pool: Option<PoolMoments>,
}

/// An observation that was not scored.
#[derive(Clone, Debug)]
pub struct Unscored {
    /// Row of the observation.
    pub row: String,
    /// Entity and metric of the observation.
    pub what: String,
    /// Reason.
    pub why: &'static str,
}

/// All scores of a run.
#[derive(Clone, Debug, Default)]
pub struct Scores {
    /// Targets.
    pub scores: Vec<Score>,
    /// Observations that were not scored.
    pub unscored: Vec<Unscored>,
}

/// The observations that a run is scored against, and those that simple forecasters see.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// Observations to score against.
    pub observed: &'a [Observation],
    /// Observations, of which those known at the vintage are seen.
    pub past: &'a [Observation],
    /// Mapping of observations to measures.
    pub mapping: &'a Mapping,
}

/// Size of the samples of simple forecasters.
const SIMPLE_SIZE: usize = 199;

/// Scores a run against observations. Simple forecasters, bridges and periods that begin before the run see the
/// observations known at `vintage`.
#[must_use]
pub fn score(samples: &RunSamples<'_>, evidence: &Evidence<'_>, vintage: Date) -> Scores {
    let all = with_derived(evidence.observed);
    let past = with_derived(evidence.past);
    let mapping = evidence.mapping;
    let known = Known::at(vintage, &past, mapping);
    let mut found = Scores::default();
    let unscored = |seen: &Observation, why: Why| Unscored {
        row: seen.row.clone(),
        what: format!("{} {}", seen.entity, seen.metric),
        why,
    };
    for seen in &all {
        if let Some(why) = unscorable(seen, mapping) {
            found.unscored.push(unscored(seen, why));
        }
    }
    let usable = all
        .iter()
        .filter(|seen| unscorable(seen, mapping).is_none());
    let chosen = targets(usable.clone(), mapping);
    for seen in usable {
        let is_used = |target: &Target<'_>| target.rows.contains(&seen.row.as_str());
        if !chosen.iter().any(is_used) {
            found.unscored.push(unscored(
                seen,
                "another row of a better grade reports the same",
            ));
        }
    }
    let run = Run {
        samples,
        known: &known,
    };
    for target in &chosen {
        match run.score(target) {
            Ok(score) => found.scores.push(score),
            Err(why) => found.unscored.push(unscored(target.seen, why)),
        }
    }
    found.scores.sort_by(|a, b| {
        (&a.group, &a.label, a.date, a.horizon).cmp(&(&b.group, &b.label, b.date, b.horizon))
    });
    found
}

/// A run that is scored, and what was known at its vintage.
struct Run<'a> {
    samples: &'a RunSamples<'a>,
    known: &'a Known<'a>,
}

impl Run<'_> {
    fn score(&self, target: &Target<'_>) -> Result<Score, Why> {
        if target
            .known
            .is_some_and(|known| known <= self.known.vintage)
        {
            return Err("known at the vintage");
        }
        if target.period.until <= self.samples.span().0 {
            return Err("its period ended before the forecast");
        }
        let line = target.line;
        let month = self.samples.month_of(target.until);
        let month = month.ok_or("outside the months of the run")?;
        let scale = Scale::of(line);
        let shift = Shift::of(self.samples, line, self.known)?;
        let before = self.known.before(line);
        let mut values = forecast(
            self.samples,
            line,
            target.period,
            &before,
            shift.factor(scale),
        )?;
        for value in &mut values {
            *value = shift.shifted(scale, *value);
        }
        if values.iter().any(|value| !value.is_finite()) {
            return Err("the run divides by zero there");
        }
        let forecast =
            scaled(line, &values, target.value).blurred(&errors(target.error(), shift.error));
        Ok(self.scored(target, month, &forecast))
    }

    /// The score of a forecast, from its sample on the scale of the target, with the month in which the period ends.
    fn scored(&self, target: &Target<'_>, month: usize, forecast: &Scaled) -> Score {
        let (sample, observed) = (&forecast.sample, forecast.observed);
        let rivals: Option<Vec<Vec<f64>>> = Forecaster::ALL
            .iter()
            .map(|kind| self.simple(target, *kind, forecast))
            .collect();
        let own = |value: f64| forecast.back(value, target.value) * target.line.scale;
        let value = target.value * target.line.scale;
        let damped = Forecaster::ALL
            .iter()
            .position(|kind| *kind == Forecaster::DampedTrend);
        let quantiles = PROBABILITIES.map(|p| own(quantile(sample, p)));
        Score {
            row: target.rows.join("+"),
            label: target.line.label.clone(),
            group: target.line.group.clone(),
            unit: target.seen.unit.clone(),
            origin: self.known.vintage,
            date: target.until,
            known: target.known,
            horizon: month + 1,
            observed: value,
            scale: forecast.scale,
            quantiles,
            crps: crps(sample, observed),
            covered: INTERVALS.map(|share| is_covered(sample, observed, share)),
            pit: probability_integral(sample, observed),
            ape: (quantiles[2] - value).abs() / value.abs().max(f64::MIN_POSITIVE),
            pool: rivals
                .as_ref()
                .zip(damped)
                .map(|(rivals, damped)| PoolMoments::of(sample, &rivals[damped], observed)),
            simple: rivals.and_then(|rivals| {
                let scores: Vec<f64> = rivals.iter().map(|values| crps(values, observed)).collect();
                scores.try_into().ok()
            }),
        }
    }

    /// The forecast of a simple forecaster on the scale of the target; none without history.
    fn simple(&self, target: &Target<'_>, kind: Forecaster, of: &Scaled) -> Option<Vec<f64>> {
        let line = target.line;
        let noise = self.known.noise(&line.group)?;
        let reading = target.reading()?;
        let wanted = forecasters::Target {
            from: reading.from,
            until: reading.until,
            is_flow: reading.is_flow,
            // A Student error with four degrees of freedom has twice the variance of its scale.
            error: reading.error * std::f64::consts::SQRT_2,
        };
        let history = self.known.readings(&line.label);
        let mut values = forecasters::forecast(kind, &history, noise, &wanted, SIMPLE_SIZE)?;
        let months = if reading.is_flow {
            reading.until - reading.from
        } else {
            1.0
        };
        for value in &mut values {
            let log = libm::log(*value);
            *value = match of.scale {
                Scale::Size => {
                    let size = target.value.abs().max(f64::MIN_POSITIVE);
                    Scale::of(line).back(log) * months / size
                }
                Scale::Log => log + libm::log(months),
                Scale::Odds | Scale::Growth => log,
            };
        }
        Some(values)
    }
}

#[cfg(test)]
mod tests;
