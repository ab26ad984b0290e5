//! Observations as targets, and the history of each label that was known at a vintage.

use std::collections::BTreeMap;

use super::forecast::{Before, DAYS_PER_MONTH, Period};
use super::mapping::{Bridge, How, Line, Mapping};
use super::samples::days;
use super::scale::{FREEDOM, Scale, report_error};
use crate::base::time::Date;
use crate::observations::Observation;
use crate::stats::forecasters::{GroupNoise, GroupOptions};
use crate::stats::quantile;
use crate::stats::trend::Reading;

/// A target: one label and period, with the rows that report it.
#[derive(Clone, Debug)]
pub struct Target<'a> {
    /// Line of the mapping.
    pub line: &'a Line,
    /// Names of the rows that report it.
    pub rows: Vec<&'a str>,
    /// The first of the rows.
    pub seen: &'a Observation,
    /// Last day of the period.
    pub until: Date,
    /// Period.
    pub period: Period,
    /// Value in units of the model: the median of the rows of the best grade.
    pub value: f64,
    /// Grade.
    pub grade: &'a str,
    /// Date since which all of the rows were known.
    pub known: Option<Date>,
}

impl Target<'_> {
    /// The standard scale of the error of the report, in logarithms.
    #[must_use]
    pub fn error(&self) -> f64 {
        report_error(self.grade)
    }

    /// The target as a reading of a series on its scale: a flow is a rate a month.
    #[must_use]
    pub fn reading(&self) -> Option<Reading> {
        let is_flow = self.line.how == How::Flow;
        let months = self.period.length() / DAYS_PER_MONTH;
        let value = if is_flow {
            self.value / months
        } else {
            self.value
        };
        Some(Reading {
            from: self.period.from / DAYS_PER_MONTH,
            until: self.period.until / DAYS_PER_MONTH,
            log: Scale::of(self.line).to(value)?,
            error: self.error(),
            is_flow,
        })
    }
}

/// The reason why an observation cannot be a target; `None` if it can.
#[must_use]
pub fn unscorable(seen: &Observation, mapping: &Mapping) -> Option<&'static str> {
    let why = unusable(seen, mapping);
    why.or_else(|| (seen.quality == "D").then_some("low grade (D)"))
}

/// The reason why an observation cannot be part of a history; `None` if it can.
#[must_use]
pub fn unusable(seen: &Observation, mapping: &Mapping) -> Option<&'static str> {
    if mapping.line_of(seen).is_none() {
        return Some(mapping.why_unmapped(seen));
    }
    if seen.value.is_none() {
        return Some("no number");
    }
    if seen.until.is_none() {
        return Some("no date");
    }
    let is_over_time = mapping
        .line_of(seen)
        .is_some_and(|line| matches!(line.how, How::Flow | How::Growth));
    if is_over_time && seen.from.is_none() {
        return Some("an amount over a period needs `period_start`");
    }
    if seen.kind != "actual" && !seen.metric.starts_with("price_") {
        return Some("not an actual value: a forecast, term or event");
    }
    None
}

/// The period of an observation with a date. Without a first day it is the last day.
#[must_use]
pub fn period_of(seen: &Observation, until: Date) -> Period {
    Period {
        from: days(seen.from.filter(|from| *from <= until).unwrap_or(until)),
        until: days(until) + 1.0,
    }
}

/// Months between the start and the end of a period: 0 for up to a month, 2 for a quarter, 11 for a year.
fn months_of(period: Period) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "periods are of years"
    )]
    let months = ((period.length() - 1.0).max(0.0) / 32.0) as u32;
    months
}

/// One target for each label and period of usable observations: the rows of the best grade, and of those the median. A
/// level has no length, so rows of one date are one target.
#[must_use]
pub fn targets<'a>(
    observations: impl Iterator<Item = &'a Observation>,
    mapping: &'a Mapping,
) -> Vec<Target<'a>> {
    let mut groups: BTreeMap<(&str, Date, u32), Vec<Row<'_>>> = BTreeMap::new();
    for seen in observations.filter(|seen| unusable(seen, mapping).is_none()) {
        let (Some(line), Some(until)) = (mapping.line_of(seen), seen.until) else {
            continue;
        };
        let length = match line.how {
            How::Flow | How::Growth => months_of(period_of(seen, until)),
            How::Level | How::Annual | How::Year => 0,
        };
        let rows = groups.entry((&line.label, until, length)).or_default();
        let is_again = rows
            .iter()
            .any(|(_, other)| other.row == seen.row && other.value == seen.value);
        if !is_again {
            rows.push((line, seen));
        }
    }
    groups
        .into_iter()
        .filter_map(|((_, until, _), rows)| target(until, rows))
        .collect()
}

/// A row with its line of the mapping.
type Row<'a> = (&'a Line, &'a Observation);

/// The target of rows of one label and period.
fn target(until: Date, mut rows: Vec<Row<'_>>) -> Option<Target<'_>> {
    let best = rows.iter().map(|(_, seen)| seen.quality.as_str()).min()?;
    rows.retain(|(_, seen)| seen.quality == best);
    let (line, first) = *rows.first()?;
    let mut values: Vec<f64> = rows
        .iter()
        .filter_map(|(line, seen)| Some(seen.value? / line.scale))
        .collect();
    values.sort_unstable_by(f64::total_cmp);
    Some(Target {
        line,
        rows: rows.iter().map(|(_, seen)| seen.row.as_str()).collect(),
        seen: first,
        until,
        period: period_of(first, until),
        value: quantile(&values, 0.5),
        grade: best,
        known: rows.iter().filter_map(|(_, seen)| seen.known).max(),
    })
}

/// Observations known at a vintage: histories by label, and what the series of a group have in common.
#[derive(Debug)]
pub struct Known<'a> {
    /// Date of the vintage.
    pub vintage: Date,
    histories: BTreeMap<&'a str, Vec<Target<'a>>>,
    groups: BTreeMap<&'a str, GroupNoise>,
    all: Option<GroupNoise>,
}

impl<'a> Known<'a> {
    /// Parts of `observations` that were known at `vintage`.
    #[must_use]
    pub fn at(vintage: Date, observations: &'a [Observation], mapping: &'a Mapping) -> Self {
        let known = observations
            .iter()
            .filter(|seen| seen.known.is_some_and(|known| known <= vintage));
        let mut histories: BTreeMap<&str, Vec<Target<'_>>> = BTreeMap::new();
        for row in targets(known, mapping) {
            histories.entry(&row.line.label).or_default().push(row);
        }
        let mut series: BTreeMap<&str, Vec<Vec<Reading>>> = BTreeMap::new();
        for rows in histories.values() {
            let readings: Vec<Reading> = rows.iter().filter_map(Target::reading).collect();
            series
                .entry(&rows[0].line.group)
                .or_default()
                .push(readings);
        }
        let options = GroupOptions {
            freedom: FREEDOM,
            ..GroupOptions::default()
        };
        let of = |series: &[Vec<Reading>]| GroupNoise::of(series, &options);
        let every: Vec<Vec<Reading>> = series.values().flatten().cloned().collect();
        Self {
            vintage,
            groups: series
                .iter()
                .filter_map(|(group, series)| Some((*group, of(series)?)))
                .collect(),
            all: of(&every),
            histories,
        }
    }

    /// The targets of a label that were known, in order of time.
    #[must_use]
    pub fn rows(&self, label: &str) -> &[Target<'a>] {
        self.histories.get(label).map_or(&[], Vec::as_slice)
    }

    /// The history of a label as readings of a series on its scale.
    #[must_use]
    pub fn readings(&self, label: &str) -> Vec<Reading> {
        let rows = self.rows(label).iter();
        rows.filter_map(Target::reading).collect()
    }

    /// Noise that the series of a group have in common; that of all series for a group without two readings of one series.
    #[must_use]
    pub fn noise(&self, group: &str) -> Option<&GroupNoise> {
        self.groups.get(group).or(self.all.as_ref())
    }

    /// Values known of the quantity that a line reads: its own label's rows, and for a growth those of the flows of
    /// the same measure.
    #[must_use]
    pub fn before(&self, line: &Line) -> Before {
        let mut found = Before::default();
        for rows in self.histories.values() {
            let other = rows[0].line;
            // A quantity that is only proportional to the measure is no part of its past.
            let is_flow_of = line.how == How::Growth && other.bridge == Bridge::None;
            if !other.reads_as(line) || (other.label != line.label && !is_flow_of) {
                continue;
            }
            match other.how {
                How::Flow => found
                    .flows
                    .extend(rows.iter().map(|row| (row.period, row.value))),
                How::Growth => found
                    .growth
                    .extend(rows.iter().map(|row| (row.period.until, row.value))),
                How::Level | How::Annual | How::Year => {}
            }
        }
        found
    }
}
