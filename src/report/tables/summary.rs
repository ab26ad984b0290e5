//! The summary: every measure by month as a distribution over replications.

use crate::base::time::Calendar;
use crate::csv_text::csv_text;
use crate::economics::capacity::Constraint;
use crate::ensemble::Ensemble;
use crate::report::tables::frames::constraint_name;
use crate::stats::Summary;

/// One line of the summary.
#[derive(Clone, Debug)]
pub struct Line {
    /// The table.
    pub table: &'static str,
    /// The entity.
    pub entity: String,
    /// The reporting month, from zero.
    pub month: usize,
    /// The month as `YYYY-MM`.
    pub month_name: String,
    /// The measure.
    pub measure: String,
    /// Unit of the measure.
    pub unit: &'static str,
    /// Distribution over replications.
    pub summary: Summary,
}

/// Summarises all tables by month and entity. A measure that is a code becomes the share of replications with each code.
#[must_use]
pub fn summarise(ensemble: &Ensemble, calendar: &Calendar) -> Vec<Line> {
    let mut lines = Vec::new();
    let Some(first) = ensemble.tables.first() else {
        return lines;
    };
    let mut sample = vec![0.0; ensemble.replications()];
    for (index, table) in first.iter().enumerate() {
        let width = table.measures.len();
        for month in 0..calendar.months() {
            let month_name = calendar.month_name(month);
            for (entity_index, entity) in table.entities.iter().enumerate() {
                for (measure_index, measure) in table.measures.iter().enumerate() {
                    let slot =
                        (month * table.entities.len() + entity_index) * width + measure_index;
                    let line = |measure: String, unit, summary| Line {
                        table: table.name,
                        entity: entity.clone(),
                        month,
                        month_name: month_name.clone(),
                        measure,
                        unit,
                        summary,
                    };
                    let values = ensemble
                        .tables
                        .iter()
                        .map(|tables| tables[index].values[slot]);
                    if measure.unit == "code" {
                        for constraint in Constraint::ALL {
                            let is = |code: f64| {
                                f64::from(u8::from(constraint_name(code) == constraint.name()))
                            };
                            sample
                                .iter_mut()
                                .zip(values.clone())
                                .for_each(|(slot, code)| *slot = is(code));
                            let name = format!("{}_is_{}", measure.name, constraint.name());
                            lines.push(line(name, "share", Summary::of(&mut sample)));
                        }
                    } else {
                        sample
                            .iter_mut()
                            .zip(values)
                            .for_each(|(slot, value)| *slot = value);
                        lines.push(line(
                            measure.name.clone(),
                            measure.unit,
                            Summary::of(&mut sample),
                        ));
                    }
                }
            }
        }
    }
    lines
}

/// The summary as CSV.
#[must_use]
pub fn csv(lines: &[Line]) -> String {
    let header = [
        "table",
        "entity",
        "month",
        "measure",
        "unit",
        "mean",
        "sd",
        "p05",
        "p25",
        "p50",
        "p75",
        "p95",
        "n",
        "p05_error",
        "p50_error",
        "p95_error",
    ];
    let row = |line: &Line| {
        let s = &line.summary;
        let [p05, p25, p50, p75, p95] = s.quantiles.map(|value| value.to_string());
        let [low, middle, high] = s.standard_errors().map(|error| error.to_string());
        [
            line.table.to_owned(),
            line.entity.clone(),
            line.month_name.clone(),
            line.measure.clone(),
            line.unit.to_owned(),
            s.mean.to_string(),
            s.sd.to_string(),
            p05,
            p25,
            p50,
            p75,
            p95,
            s.n.to_string(),
            low,
            middle,
            high,
        ]
    };
    csv_text(header, lines.iter().map(row))
}

/// The distributions of one measure of one entity, month by month.
#[must_use]
pub fn series<'a>(lines: &'a [Line], table: &str, entity: &str, measure: &str) -> Vec<&'a Summary> {
    lines
        .iter()
        .filter(|line| line.table == table && line.entity == entity && line.measure == measure)
        .map(|line| &line.summary)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_a_comma_stays_one_field() {
        let line = Line {
            table: "clouds",
            entity: "one, \"two\"".to_owned(),
            month: 0,
            month_name: "2026-04".to_owned(),
            measure: "ai_revenue_usd".to_owned(),
            unit: "usd",
            summary: Summary::of(&mut [1.5, 2.5]),
        };
        let text = csv(&[line]);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let row = reader.records().next().expect("a row").expect("as written");
        assert_eq!((row.len(), &row[1], &row[5]), (16, "one, \"two\"", "2"));
    }
}
