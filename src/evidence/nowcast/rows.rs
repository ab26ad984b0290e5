//! The rows that were public at a vintage.

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
    /// Each fact without a date of publication, and each that was public before its period had ended.
    pub fn of(
        observations: &'a [Observation],
        vintage: Date,
        published: Date,
    ) -> Result<Self, Faults> {
        let mut faults = Vec::new();
        let mut known = Self {
            vintage,
            rows: Vec::new(),
            later: 0,
        };
        for row in observations.iter().filter(|row| row.kind == "actual") {
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
