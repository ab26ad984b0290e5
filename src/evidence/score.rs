//! Scores of a run against observations: by target, by metric, and against naive forecasters.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::mapping::{Measure, Outcomes, measure_of, months_of, targets, with_derived};
use crate::base::time::Date;
use crate::csv_text::csv_text;
use crate::observations::Observation;
use crate::stats::quantile;
use crate::stats::scores::{
    Naive, absolute_percentage_error, crps, is_covered, probability_integral,
};

/// The score of one target.
#[derive(Clone, Debug)]
pub struct Score {
    /// Row of the observation.
    pub row: String,
    /// Entity of the observation.
    pub entity: String,
    /// Metric of the observation.
    pub metric: String,
    /// Group in which it is counted: prices by tier, all others by metric and entity.
    pub label: String,
    /// Unit of the observation, the quantiles and the scores.
    pub unit: String,
    /// Month in which the period ends.
    pub month: String,
    /// Months from the start of the run to the end of the period.
    pub horizon: usize,
    /// Observed value.
    pub observed: f64,
    /// Quantiles of the forecast at 5, 10, 50, 90 and 95 %.
    pub quantiles: [f64; 5],
    /// Continuous ranked probability score.
    pub crps: f64,
    /// Scores of the naive forecasters, in the order of [`Naive::ALL`]; `None` without history.
    pub naive: [Option<f64>; 3],
    /// True if the central 50, 80 and 90 % of the forecast contain the observation.
    pub covered: [bool; 3],
    /// Probability integral transform.
    pub pit: f64,
    /// Absolute percentage error of the median, as a share of the observation.
    pub ape: f64,
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

/// Size of the samples of naive forecasters.
const NAIVE_SIZE: usize = 199;

/// Scores a run against observations. Naive forecasters see the observations of `past` that were known at `vintage`.
#[must_use]
pub fn score(
    outcomes: &Outcomes<'_>,
    observations: &[Observation],
    past: &[Observation],
    vintage: Date,
) -> Scores {
    let all = with_derived(observations);
    let past = with_derived(past);
    let mut found = Scores::default();
    let mut candidates = Vec::new();
    for seen in &all {
        match reason(seen, outcomes) {
            None => candidates.push(seen),
            Some(why) => found.unscored.push(Unscored {
                row: seen.row.clone(),
                what: format!("{} {}", seen.entity, seen.metric),
                why,
            }),
        }
    }
    let chosen = targets(candidates.iter().copied());
    for seen in &candidates {
        if !chosen.iter().any(|other| other.row == seen.row) {
            found.unscored.push(Unscored {
                row: seen.row.clone(),
                what: format!("{} {}", seen.entity, seen.metric),
                why: "another row reports the same value",
            });
        }
    }
    for seen in chosen {
        let measure = measure_of(seen).expect("candidates have a measure");
        match outcomes.forecast(seen, measure) {
            Some(sample) => {
                let history = history(seen, measure, &past, vintage);
                let until = seen.until.expect("targets have a date");
                let month = outcomes.month_of(until).expect("targets lie in the run");
                let month = (month, outcomes.months[month].as_str());
                let score = scored(seen, measure.label(), sample, month, &history);
                found.scores.push(score);
            }
            None => found.unscored.push(Unscored {
                row: seen.row.clone(),
                what: format!("{} {}", seen.entity, seen.metric),
                why: "its period is not entirely inside the run",
            }),
        }
    }
    found
        .scores
        .sort_by(|a, b| (&a.metric, &a.entity, a.horizon).cmp(&(&b.metric, &b.entity, b.horizon)));
    found
}

/// The reason why an observation cannot be a target; `None` if it can.
fn reason(seen: &Observation, outcomes: &Outcomes<'_>) -> Option<&'static str> {
    let Some(measure) = measure_of(seen) else {
        let is_metric = super::mapping::table()
            .iter()
            .any(|line| line.metric == seen.metric);
        return Some(if is_metric {
            "unknown entity for this metric"
        } else {
            "unknown metric"
        });
    };
    if seen.unit != measure.unit {
        return Some("the unit differs from that of data/measures.csv");
    }
    if seen.value.is_none() {
        return Some("no number");
    }
    if seen.kind != "actual" && !seen.metric.starts_with("price_") {
        return Some("not an actual value: a forecast, term or event");
    }
    if seen.quality == "D" {
        return Some("low grade (D)");
    }
    if seen
        .until
        .and_then(|until| outcomes.month_of(until))
        .is_none()
    {
        return Some("outside the months of the run");
    }
    None
}

/// The score of a forecast, from its sample, the month in which the period ends, and the history of the measure.
fn scored(
    seen: &Observation,
    label: String,
    mut sample: Vec<f64>,
    (month, month_name): (usize, &str),
    history: &[(f64, f64)],
) -> Score {
    let observed = seen.value.expect("targets have a number");
    let until = seen.until.expect("targets have a date");
    sample.sort_unstable_by(f64::total_cmp);
    let naive = Naive::ALL.map(|naive| {
        let mut forecast = naive.forecast(history, years(until), NAIVE_SIZE)?;
        forecast.sort_unstable_by(f64::total_cmp);
        Some(crps(&forecast, observed))
    });
    Score {
        row: seen.row.clone(),
        entity: seen.entity.clone(),
        metric: seen.metric.clone(),
        label,
        unit: seen.unit.clone(),
        month: month_name.to_owned(),
        horizon: month + 1,
        observed,
        quantiles: [0.05, 0.1, 0.5, 0.9, 0.95].map(|p| quantile(&sample, p)),
        crps: crps(&sample, observed),
        naive,
        covered: [0.5, 0.8, 0.9].map(|share| is_covered(&sample, observed, share)),
        pit: probability_integral(&sample, observed),
        ape: absolute_percentage_error(&sample, observed),
    }
}

#[expect(clippy::cast_precision_loss, reason = "days of this century")]
fn years(date: Date) -> f64 {
    date.days_since_epoch() as f64 / 365.25
}

/// The history of a measure known at the vintage: one value for each date, of periods of the same length, in order.
fn history(
    seen: &Observation,
    measure: &Measure,
    past: &[Observation],
    vintage: Date,
) -> Vec<(f64, f64)> {
    let is_same = |other: &&Observation| {
        other.known.is_some_and(|known| known <= vintage)
            && other.quality != "D"
            && (other.kind == "actual" || other.metric.starts_with("price_"))
            && measure_of(other).is_some_and(|of| {
                of.table == measure.table
                    && of.of == measure.of
                    && of.measures == measure.measures
                    && of.kind == measure.kind
            })
            && months_of(other) == months_of(seen)
    };
    let mut by_date: BTreeMap<i64, f64> = BTreeMap::new();
    for other in targets(past.iter().filter(is_same)) {
        if let (Some(until), Some(value)) = (other.until, other.value) {
            by_date.insert(until.days_since_epoch(), value);
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "days of this century")]
    let found = by_date
        .into_iter()
        .map(|(day, value)| (day as f64 / 365.25, value))
        .collect();
    found
}

impl Score {
    /// The score as one JSON object.
    #[must_use]
    pub fn json(&self) -> Value {
        let [p05, p10, p50, p90, p95] = self.quantiles;
        json!({
            "row": self.row, "entity": self.entity, "metric": self.metric, "unit": self.unit, "month": self.month,
            "horizon": self.horizon, "observed": self.observed, "p05": p05, "p10": p10, "p50": p50, "p90": p90, "p95": p95,
            "crps": self.crps, "crps_last_value": self.naive[0], "crps_trend": self.naive[1], "crps_drift": self.naive[2],
            "in_50": self.covered[0], "in_80": self.covered[1], "in_90": self.covered[2], "pit": self.pit, "ape": self.ape,
        })
    }
}

/// The group of a target by its horizon.
#[must_use]
pub fn horizon_group(score: &Score) -> String {
    match score.horizon {
        0..=3 => "1 to 3 months ahead",
        4..=6 => "4 to 6 months ahead",
        7..=12 => "7 to 12 months ahead",
        _ => "over a year ahead",
    }
    .to_owned()
}

/// Mean scores of a group of targets.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricScore {
    /// Name of the group.
    pub metric: String,
    /// Number of targets.
    pub count: usize,
    /// Shares of targets inside the central 50, 80 and 90 % of the forecasts.
    pub coverage: [f64; 3],
    /// Mean score over the size of the observation, which makes units comparable.
    pub crps: f64,
    /// By naive forecaster: its mean score, and the mean score of the model on the targets that it can forecast.
    pub naive: [Option<(f64, f64)>; 3],
    /// Mean absolute percentage error of the median.
    pub ape: f64,
    /// Mean probability integral transform; 0.5 without bias.
    pub pit: f64,
}

/// Mean scores of targets, grouped by `name`.
#[must_use]
pub fn by_metric(scores: &[Score], name: impl Fn(&Score) -> String) -> Vec<MetricScore> {
    let mut groups: BTreeMap<String, Vec<&Score>> = BTreeMap::new();
    for score in scores {
        groups.entry(name(score)).or_default().push(score);
    }
    groups
        .into_iter()
        .map(|(metric, group)| {
            #[expect(clippy::cast_precision_loss, reason = "few targets")]
            let n = group.len() as f64;
            let mean =
                |of: &dyn Fn(&Score) -> f64| group.iter().map(|score| of(score)).sum::<f64>() / n;
            let naive = [0, 1, 2].map(|which| {
                let known: Vec<&&Score> = group
                    .iter()
                    .filter(|score| score.naive[which].is_some())
                    .collect();
                if known.is_empty() {
                    return None;
                }
                #[expect(clippy::cast_precision_loss, reason = "few targets")]
                let n = known.len() as f64;
                let theirs = known
                    .iter()
                    .map(|s| s.naive[which].unwrap_or(0.0) / s.observed.abs())
                    .sum::<f64>()
                    / n;
                let ours = known.iter().map(|s| s.crps / s.observed.abs()).sum::<f64>() / n;
                Some((theirs, ours))
            });
            MetricScore {
                count: group.len(),
                coverage: [0, 1, 2].map(|which| mean(&|s| f64::from(u8::from(s.covered[which])))),
                crps: mean(&|s| s.crps / s.observed.abs()),
                naive,
                ape: mean(&|s| s.ape),
                pit: mean(&|s| s.pit),
                metric,
            }
        })
        .collect()
}

/// Scores as CSV.
#[must_use]
pub fn csv(scores: &[Score]) -> String {
    let header = [
        "row",
        "entity",
        "metric",
        "unit",
        "month",
        "horizon",
        "observed",
        "p05",
        "p10",
        "p50",
        "p90",
        "p95",
        "crps",
        "crps_last_value",
        "crps_trend",
        "crps_drift",
        "in_50",
        "in_80",
        "in_90",
        "pit",
        "ape",
    ];
    let row = |s: &Score| {
        let [p05, p10, p50, p90, p95] = s.quantiles.map(|value| value.to_string());
        let [last_value, trend, drift] = s
            .naive
            .map(|score| score.map_or_else(String::new, |score| score.to_string()));
        let [in_50, in_80, in_90] = s.covered.map(|covered| covered.to_string());
        [
            s.row.clone(),
            s.entity.clone(),
            s.metric.clone(),
            s.unit.clone(),
            s.month.clone(),
            s.horizon.to_string(),
            s.observed.to_string(),
            p05,
            p10,
            p50,
            p90,
            p95,
            s.crps.to_string(),
            last_value,
            trend,
            drift,
            in_50,
            in_80,
            in_90,
            s.pit.to_string(),
            s.ape.to_string(),
        ]
    };
    csv_text(header, scores.iter().map(row))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entity_with_a_comma_stays_one_field() {
        let score = Score {
            row: "f.csv:2".to_owned(),
            entity: "Oracle, \"OCI\"".to_owned(),
            metric: "ai_revenue".to_owned(),
            label: String::new(),
            unit: "USD bn".to_owned(),
            month: "2026-04".to_owned(),
            horizon: 1,
            observed: 2.5,
            quantiles: [1.0, 2.0, 3.0, 4.0, 5.0],
            crps: 0.5,
            naive: [Some(0.25), None, None],
            covered: [true, true, false],
            pit: 0.5,
            ape: 0.125,
        };
        let text = csv(&[score]);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let row = reader.records().next().expect("a row").expect("as written");
        assert_eq!(
            (row.len(), &row[1], &row[20]),
            (21, "Oracle, \"OCI\"", "0.125")
        );
    }
}
