//! Scores of targets as CSV and JSON.

use serde_json::{Map, Value, json};

use super::Score;
use crate::csv_text::csv_text;

/// Columns of the scores of targets.
pub const COLUMNS: [&str; 28] = [
    "row",
    "label",
    "group",
    "unit",
    "origin",
    "date",
    "horizon",
    "observed",
    "p05",
    "p10",
    "p50",
    "p90",
    "p95",
    "scale",
    "crps",
    "in_50",
    "in_80",
    "in_90",
    "pit",
    "ape",
    "crps_last_value",
    "crps_log_trend",
    "crps_drift",
    "crps_local_trend",
    "crps_damped_trend",
    "crps_pool_of_trends",
    "pit_damped_trend",
    "known",
];

/// The fields of a score in the order of the columns.
fn fields(score: &Score) -> [Value; COLUMNS.len()] {
    let [p05, p10, p50, p90, p95] = score.quantiles;
    let [in_50, in_80, in_90] = score.covered;
    let simple = |at: usize| score.simple.map(|scores| scores[at]);
    [
        json!(score.row),
        json!(score.label),
        json!(score.group),
        json!(score.unit),
        json!(score.origin.to_string()),
        json!(score.date.to_string()),
        json!(score.horizon),
        json!(score.observed),
        json!(p05),
        json!(p10),
        json!(p50),
        json!(p90),
        json!(p95),
        json!(score.scale.word()),
        json!(score.crps),
        json!(in_50),
        json!(in_80),
        json!(in_90),
        json!(score.pit),
        json!(score.ape),
        json!(simple(0)),
        json!(simple(1)),
        json!(simple(2)),
        json!(simple(3)),
        json!(simple(4)),
        json!(simple(5)),
        json!(score.pool.map(|moments| moments.pit[1])),
        json!(score.known.map(|known| known.to_string())),
    ]
}

/// The score of a target as one JSON object.
#[must_use]
pub fn json(score: &Score) -> Value {
    let pairs = COLUMNS.iter().map(|name| (*name).to_owned());
    Value::Object(pairs.zip(fields(score)).collect::<Map<_, _>>())
}

/// Scores as CSV.
#[must_use]
pub fn csv(scores: &[Score]) -> String {
    let text = |value: Value| match value {
        Value::String(text) => text,
        Value::Null => String::new(),
        other => other.to_string(),
    };
    csv_text(COLUMNS, scores.iter().map(|score| fields(score).map(text)))
}
