//! Scores of a run against observations: by target, and against forecasters that see only the past of each label.

pub mod lines;
mod origin;
mod pooled;
mod summary;
mod table;

pub use origin::score_trend;
pub use pooled::{Pooled, pooled};
pub use summary::{BINS, Rival, Summed, bins, by, overall};
pub use table::{COLUMNS, csv, json};

use super::bridge::Shift;
use super::forecast::{Why, forecast};
use super::known::{Known, Target, targets, unscorable};
use super::mapping::{Mapping, with_derived};
use super::samples::RunSamples;
use super::scale::{Scale, errors, scaled};
use crate::base::time::Date;
use crate::observations::Observation;
use crate::stats::forecasters::Forecaster;
use crate::stats::pool::PoolMoments;
use origin::Origin;

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
    /// True if the target is an amount over a period that covers parts of months, which count by days.
    pub is_prorated: bool,
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
    /// Remedy, for a row that no line of the mapping is for.
    pub remedy: Option<String>,
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
        remedy: mapping
            .line_of(seen)
            .is_none()
            .then(|| mapping.remedy(seen))
            .flatten(),
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
        origin: Origin { known: &known },
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

/// A run that is scored, and its origin.
struct Run<'a> {
    samples: &'a RunSamples<'a>,
    origin: Origin<'a>,
}

impl Run<'_> {
    fn score(&self, target: &Target<'_>) -> Result<Score, Why> {
        let known = self.origin.known;
        if !self.origin.is_later(target) {
            return Err("known at the vintage");
        }
        if target.period.until <= self.samples.span().0 {
            return Err("its period ended before the forecast");
        }
        if target.value == 0.0 && Scale::of(target.line) == Scale::Log {
            return Err("zero, which has no logarithm");
        }
        let line = target.line;
        let month = self.samples.month_of(target.until);
        let month = month.ok_or("outside the months of the run")?;
        let scale = Scale::of(line);
        let shift = Shift::of(self.samples, line, known)?;
        let before = known.before(line);
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
        Ok(self.origin.scored(target, month + 1, &forecast))
    }
}

#[cfg(test)]
mod tests;
