//! Verification: cases with known answers, computed by the functions that the simulator, its experiments and its
//! reports use.

pub mod case;
mod choice;
pub mod demand;
pub mod engine;
mod ownership;
pub mod page;
mod pricing;
mod products;
mod queueing;
mod regulation;
mod statistics;
mod switching;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::scenario::fault::{Fault, Faults, suggestion};
use case::Case;

/// Cases that come with the program, as JSON.
pub const CASES: &str = include_str!("cases.json");

/// Verdict on a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Every number lies within tolerance.
    Pass,
    /// A number lies outside tolerance.
    Fail,
    /// No part of the program uses the formula.
    NotUsed,
}

impl Verdict {
    /// Returns the word in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::NotUsed => "not used",
        }
    }
}

/// Outcome of a case.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Identifier of the case.
    pub id: String,
    /// Topic of the case.
    pub topic: String,
    /// Verdict on the case.
    pub verdict: Verdict,
    /// Computed values, by the names of `expected`; null if the formula is not used.
    pub got: Value,
    /// Expected values by name.
    pub expected: Value,
    /// Largest deviation over `max(1, |expected|)`; `None` if the formula is not used.
    pub error: Option<f64>,
}

impl Outcome {
    /// Returns the outcome as one JSON object.
    #[must_use]
    pub fn json(&self) -> Value {
        json!({
            "id": self.id, "topic": self.topic, "verdict": self.verdict.name(), "got": self.got,
            "expected": self.expected, "error": self.error,
        })
    }
}

/// Values that a topic's function computes for a case, by name, and the tolerance of those estimated by simulation.
#[derive(Debug, Default)]
struct Got {
    values: BTreeMap<&'static str, Value>,
    margins: BTreeMap<&'static str, f64>,
}

impl Got {
    fn set(mut self, name: &'static str, value: impl serde::Serialize) -> Self {
        let value = serde_json::to_value(value).expect("numbers, lists and truths are JSON");
        self.values.insert(name, value);
        self
    }

    /// Sets a value estimated by simulation, which may deviate by `margin`.
    fn about(mut self, name: &'static str, value: impl serde::Serialize, margin: f64) -> Self {
        self.margins.insert(name, margin);
        self.set(name, value)
    }
}

fn rows(matrix: &nalgebra::DMatrix<f64>) -> Vec<Vec<f64>> {
    matrix
        .row_iter()
        .map(|row| row.iter().copied().collect())
        .collect()
}

type Topic = fn(&Case) -> Result<Got, Fault>;

/// Returns the function of a topic, or `None` if no part of the program uses the topic's formula.
fn topic(name: &str) -> Option<Topic> {
    let (subject, _) = name.split_once('/')?;
    match subject {
        "discrete-choice" | "welfare" => choice::topic(name),
        "pricing" | "merger-simulation" => pricing::topic(name),
        "concentration" | "cross-holdings" | "circular financing" => ownership::topic(name),
        "switching costs" | "diffusion" => switching::topic(name),
        "queueing" | "shocks" | "supply" => queueing::topic(name),
        "platform" | "regulation" => regulation::topic(name),
        "sim-stats" | "sensitivity" | "scenario discovery" => statistics::topic(name),
        _ => None,
    }
}

/// Runs the cases whose topics contain `only`, or all cases.
///
/// # Errors
/// A case has wrong keys or shapes (each fault is located), or no topic contains `only`.
pub fn verify(cases: &[Case], only: Option<&str>) -> Result<Vec<Outcome>, Faults> {
    let chosen: Vec<&Case> = cases
        .iter()
        .filter(|case| only.is_none_or(|only| case.topic.contains(only)))
        .collect();
    if chosen.is_empty() {
        let only = only.unwrap_or_default();
        let help = suggestion(only, cases.iter().map(|case| case.topic.as_str()));
        return Err(Faults(vec![
            Fault::nowhere(format!("no case has `{only}` in its topic")).help(help),
        ]));
    }
    let mut outcomes = Vec::new();
    let mut faults = Vec::new();
    for case in chosen {
        match outcome(case) {
            Ok(outcome) => outcomes.push(outcome),
            Err(fault) => faults.push(fault),
        }
    }
    if faults.is_empty() {
        Ok(outcomes)
    } else {
        Err(Faults(faults))
    }
}

fn outcome(case: &Case) -> Result<Outcome, Fault> {
    let expected = Value::Object(case.expected.clone());
    let Some(function) = topic(&case.topic) else {
        return Ok(Outcome {
            id: case.id.clone(),
            topic: case.topic.clone(),
            verdict: Verdict::NotUsed,
            got: Value::Null,
            expected,
            error: None,
        });
    };
    let tolerance = Tolerance::of(case)?;
    let got = function(case)?;
    case.nothing_left()?;
    let mut shown = serde_json::Map::new();
    let mut comparison = Comparison::default();
    for (key, expected) in &case.expected {
        let Some((name, value)) = got.values.get_key_value(key.as_str()) else {
            let place = case.at(key);
            let message = format!(
                "case {}: the topic `{}` does not compute `{key}`",
                case.id, case.topic
            );
            return Err(
                Fault::new(message, place).help(suggestion(key, got.values.keys().copied()))
            );
        };
        let margin = got.margins.get(name).copied();
        comparison
            .add(value, expected, &|number| {
                tolerance.allowed(key, number, margin)
            })
            .map_err(|what| case.fault(key, &what, "match the shape of the computed values"))?;
        shown.insert(key.clone(), value.clone());
    }
    Ok(Outcome {
        id: case.id.clone(),
        topic: case.topic.clone(),
        verdict: if comparison.is_off {
            Verdict::Fail
        } else {
            Verdict::Pass
        },
        got: Value::Object(shown),
        expected,
        error: Some(comparison.worst),
    })
}

/// Tolerance of a case: the rules by which its numbers are judged.
struct Tolerance<'a> {
    case: &'a Case,
    relative: Option<f64>,
    absolute: Option<f64>,
}

impl<'a> Tolerance<'a> {
    fn of(case: &'a Case) -> Result<Self, Fault> {
        // The last three values explain in words the tolerance of estimates by simulation.
        const WORDS: [&str; 5] = [
            "exact",
            "exact_integers",
            "simulation",
            "monte_carlo",
            "estimator",
        ];
        for (key, value) in &case.tolerance {
            let is_number =
                key == "rel" || key == "abs" || key.starts_with("rel_") || key.starts_with("abs_");
            if !is_number && !WORDS.contains(&key.as_str()) {
                return Err(case.fault(
                    key,
                    "is not a tolerance",
                    "use rel, abs, exact or exact_integers",
                ));
            }
            if is_number && value.as_f64().is_none_or(|number| number < 0.0) {
                return Err(case.fault(
                    key,
                    "must be a number, zero or above",
                    "write for example 1e-9",
                ));
            }
        }
        let number = |key: &str| case.tolerance.get(key).and_then(Value::as_f64);
        Ok(Self {
            case,
            relative: number("rel"),
            absolute: number("abs"),
        })
    }

    /// Returns the largest deviation allowed of a number under `key`: the larger of the relative and the absolute rule,
    /// and at least 1e-12.
    fn allowed(&self, key: &str, expected: &Value, margin: Option<f64>) -> f64 {
        let size = expected.as_f64().unwrap_or(0.0).abs();
        if let Some(margin) = margin {
            return margin;
        }
        // A rule such as `abs_coverage` holds for every key with `coverage` in its name.
        for (rule, value) in &self.case.tolerance {
            if let Some((kind, name)) = rule.split_once('_')
                && rule != "exact_integers"
                && key.contains(name)
                && let Some(number) = value.as_f64()
            {
                return if kind == "rel" { number * size } else { number };
            }
        }
        let is_exact = |rule: &str| self.case.tolerance.get(rule) == Some(&Value::Bool(true));
        if is_exact("exact") || (is_exact("exact_integers") && expected.is_u64()) {
            return 0.0;
        }
        match (self.relative, self.absolute) {
            (None, None) => 1e-9 * size,
            (relative, absolute) => (relative.unwrap_or(0.0) * size).max(absolute.unwrap_or(0.0)),
        }
        .max(1e-12)
    }
}

#[derive(Default)]
struct Comparison {
    worst: f64,
    is_off: bool,
}

impl Comparison {
    /// Compares a computed value with the expected one.
    ///
    /// # Errors
    /// The shapes differ; the text says how.
    fn add(
        &mut self,
        got: &Value,
        expected: &Value,
        allowed: &dyn Fn(&Value) -> f64,
    ) -> Result<(), String> {
        match (got, expected) {
            // Null is expected if no number is meant, as on the diagonal of cross elasticities.
            (_, Value::Null) => {}
            (Value::Array(got), Value::Array(expected)) => {
                if got.len() != expected.len() {
                    return Err(format!(
                        "has {} entries, but the inputs give {}",
                        expected.len(),
                        got.len()
                    ));
                }
                for (got, expected) in got.iter().zip(expected) {
                    self.add(got, expected, allowed)?;
                }
            }
            (Value::Object(got), Value::Object(expected)) => {
                for (key, expected) in expected {
                    let got = got.get(key).ok_or_else(|| {
                        format!("has an entry `{key}` that the inputs do not give")
                    })?;
                    self.add(got, expected, allowed)?;
                }
            }
            (Value::Bool(got), Value::Bool(expected)) => {
                if got != expected {
                    self.is_off = true;
                    self.worst = self.worst.max(1.0);
                }
            }
            (got, Value::Number(number)) if got.is_number() || got.is_null() => {
                // JSON turns numbers that are not finite into null; they are never right.
                let wanted = number.as_f64().unwrap_or(f64::NAN);
                let deviation = (got.as_f64().unwrap_or(f64::INFINITY) - wanted).abs();
                self.is_off |= deviation.is_nan() || deviation > allowed(expected);
                let relative = deviation / wanted.abs().max(1.0);
                self.worst = self.worst.max(if relative.is_finite() {
                    relative
                } else {
                    1e300
                });
            }
            _ => return Err("differs in type from the computed value".to_owned()),
        }
        Ok(())
    }
}
