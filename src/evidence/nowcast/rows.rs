//! The rows that were public at a vintage.

use super::lines::LINES;
use crate::base::time::Date;
use crate::observations::Observation;
use crate::scenario::fault::{Fault, Faults};

/// The facts that were public at a vintage.
pub struct KnownRows<'a> {
    /// The vintage.
    pub vintage: Date,
    /// Facts with a positive value, in the order of the file.
    pub rows: Vec<&'a Observation>,
    /// Facts that became public later.
    pub later: usize,
}

impl<'a> KnownRows<'a> {
    /// Sorts out the facts of a file: rows of kind actual. Forecasts, guidance, terms and events are no readings.
    ///
    /// # Errors
    /// Each fact without a date of publication, each that was public before its period had ended, each in another unit
    /// than its trend is read in, and dates before the first fact or after the month of the last one.
    pub fn of(
        observations: &'a [Observation],
        vintage: Date,
        published: Date,
    ) -> Result<Self, Faults> {
        if published < vintage {
            let message = format!("rows count until {published}, before the vintage {vintage}");
            let help = "give --published a day from the vintage on, or leave it out";
            return Err(Faults(vec![Fault::nowhere(message).help(help)]));
        }
        let mut faults = Vec::new();
        let mut known = Self {
            vintage,
            rows: Vec::new(),
            later: 0,
        };
        let facts = || observations.iter().filter(|row| row.kind == "actual");
        for row in facts() {
            faults.extend(other_unit(row));
            match (row.known, row.until) {
                (None, _) => faults.push(undated(row)),
                (Some(public), Some(until)) if until > public => {
                    faults.push(too_early(row, public, until));
                }
                (Some(public), Some(until)) if public <= published && until <= vintage => {
                    known.rows.push(row);
                }
                (Some(_), _) => known.later += 1,
            }
        }
        let last = facts().max_by_key(|row| row.until);
        let is_over = |until: Date| until < vintage && until.year_month() != vintage.year_month();
        if let Some(row) = last.filter(|row| row.until.is_some_and(is_over)) {
            faults.push(beyond(row, vintage));
        }
        if known.rows.is_empty() && faults.is_empty() {
            faults.push(too_soon(facts().min_by_key(|row| row.known), vintage));
        }
        if faults.is_empty() {
            Ok(known)
        } else {
            Err(Faults(faults))
        }
    }

    /// The rows of an entity, one of the metrics (alternatives separated by `|`) and a unit, with a positive value.
    pub(super) fn of_metric(
        &self,
        entity: &str,
        metrics: &str,
        unit: &str,
    ) -> Vec<&'a Observation> {
        self.rows
            .iter()
            .filter(|row| {
                row.entity == entity
                    && row.unit == unit
                    && metrics.split('|').any(|metric| metric == row.metric)
                    && row.value.is_some_and(|value| value > 0.0)
            })
            .copied()
            .collect()
    }
}

/// A row of a trend in another unit than the trend is read in.
fn other_unit(row: &Observation) -> Option<Fault> {
    let mut units: Vec<&str> = LINES
        .iter()
        .filter(|line| line.entity == row.entity)
        .filter(|line| line.metric.split('|').any(|metric| metric == row.metric))
        .map(|line| line.form.unit())
        .collect();
    units.dedup();
    if units.is_empty() || units.contains(&row.unit.as_str()) {
        return None;
    }
    let message = format!(
        "`{}` ({} {}) is in `{}`",
        row.row, row.entity, row.metric, row.unit
    );
    let help = format!("write it in `{}`", units.join("` or `"));
    Some(Fault::new(message, row.place.clone()).help(help))
}

/// A vintage after the month of the last fact.
fn beyond(last: &Observation, vintage: Date) -> Fault {
    let until = last
        .until
        .map_or_else(String::new, |until| until.to_string());
    let message =
        format!("the vintage {vintage} is after the last fact of the observations, of {until}");
    Fault::new(message, last.place.clone()).help(format!(
        "give a --vintage up to {until}, or --observations with later rows"
    ))
}

/// A vintage before the first fact.
pub(super) fn too_soon(first: Option<&Observation>, vintage: Date) -> Fault {
    let message = format!("no row on which the state at {vintage} could rest was public by then");
    let help = "give a later --vintage, or --observations with earlier rows of kind `actual`";
    match first {
        Some(row) => Fault::new(message, row.place.clone()).help(format!(
            "{help}; this row was public first, {}",
            row.known
                .map_or_else(String::new, |known| format!("on {known}"))
        )),
        None => Fault::nowhere(message).help(help),
    }
}

fn undated(row: &Observation) -> Fault {
    let message = format!(
        "`{}` ({} {}) has no date of publication",
        row.row, row.entity, row.metric
    );
    Fault::new(message, row.place.clone())
        .help("write the day on which it became public in `first_public`; without it nobody can tell what was known when")
}

fn too_early(row: &Observation, public: Date, until: Date) -> Fault {
    let message = format!(
        "`{}` ({} {}) is dated as public on {public}, before its period ended on {until}",
        row.row, row.entity, row.metric
    );
    Fault::new(message, row.place.clone())
        .help("correct `first_public` or `period_end`; a forecast is not of kind `actual`")
}
