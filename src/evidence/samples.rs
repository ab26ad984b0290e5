//! Samples of a run over replications: monthly values of a line of the mapping, and the days of months.

use super::mapping::{At, How, Line};
use crate::base::time::{Calendar, Date};
use crate::ensemble::Ensemble;

/// The samples of a finished run, or of a forecast that was written to a file.
pub struct RunSamples<'a> {
    /// First day of the run.
    pub start: Date,
    /// Names of months, `YYYY-MM`, in order.
    pub months: Vec<String>,
    series: Box<Series<'a>>,
}

/// Monthly values over replications by line and month, in units of the model.
type Series<'a> = dyn Fn(&Line, usize) -> Option<Vec<f64>> + 'a;

impl std::fmt::Debug for RunSamples<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RunSamples")
            .field("start", &self.start)
            .field("months", &self.months)
            .finish_non_exhaustive()
    }
}

impl<'a> RunSamples<'a> {
    /// Samples that `sample` looks up by table, entity, measure and month.
    pub fn new(
        start: Date,
        months: usize,
        sample: impl Fn(&str, &str, &str, usize) -> Option<Vec<f64>> + 'a,
    ) -> Self {
        Self::of_lines(start, months, move |line, month| {
            let mut sum: Vec<f64> = Vec::new();
            for entity in &line.of {
                for part in &line.measures {
                    let values = sample(&line.table, entity, part, month)?;
                    sum.resize(values.len(), 0.0);
                    for (sum, value) in sum.iter_mut().zip(values) {
                        *sum += value;
                    }
                }
            }
            sum.iter().all(|value| value.is_finite()).then_some(sum)
        })
    }

    /// Samples that `series` gives by line of the mapping and month, in units of the model.
    pub fn of_lines(
        start: Date,
        months: usize,
        series: impl Fn(&Line, usize) -> Option<Vec<f64>> + 'a,
    ) -> Self {
        Self {
            start,
            months: Calendar::new(start, months).month_names(),
            series: Box::new(series),
        }
    }

    /// Samples of an ensemble.
    #[must_use]
    pub fn of(ensemble: &'a Ensemble, calendar: &Calendar) -> Self {
        Self::new(
            calendar.start(),
            calendar.months(),
            |table, entity, measure, month| {
                ensemble
                    .tables
                    .iter()
                    .map(|tables| {
                        let table = tables.iter().find(|other| other.name == table)?;
                        let (entity, measure) = (table.position(entity)?, table.measure(measure)?);
                        Some(table.values[table.offset(month, entity, measure)])
                    })
                    .collect()
            },
        )
    }

    /// The index of the month that contains a date.
    #[must_use]
    pub fn month_of(&self, date: Date) -> Option<usize> {
        let name = date.year_month();
        self.months.iter().position(|month| *month == name)
    }

    /// The measure of a line in a month over replications.
    #[must_use]
    pub fn measure(&self, line: &Line, month: usize) -> Option<Vec<f64>> {
        (self.series)(line, month)
    }

    /// The monthly values of a line over replications, in units of the model; a year's worth of a yearly flow.
    #[must_use]
    pub fn month(&self, line: &Line, month: usize) -> Option<Vec<f64>> {
        let mut values = self.measure(line, month)?;
        if line.how == How::Annual {
            for value in &mut values {
                *value *= 12.0;
            }
        }
        Some(values)
    }

    /// The day on which a month begins and the month before ends, since 1970. A run that starts on the last day of a
    /// month starts at its end: from 31 March, April is its first month.
    #[must_use]
    pub fn boundary(&self, month: usize) -> f64 {
        let month = u32::try_from(month).unwrap_or(u32::MAX / 2);
        let first = Date::parse(&format!("{}-01", self.start.plus_months(1).year_month()));
        match first.filter(|first| days(*first) - days(self.start) < 1.5) {
            Some(first) => days(first.plus_months(month)),
            None => days(self.start.plus_months(month)),
        }
    }

    /// The first day of the run and the end of its last day.
    #[must_use]
    pub fn span(&self) -> (f64, f64) {
        (self.boundary(0), self.boundary(self.months.len()))
    }

    /// The length of a month in days.
    #[must_use]
    pub fn length(&self, month: usize) -> f64 {
        self.boundary(month + 1) - self.boundary(month)
    }

    /// The middle of a month.
    #[must_use]
    pub fn middle(&self, month: usize) -> f64 {
        0.5 * (self.boundary(month) + self.boundary(month + 1))
    }

    /// The day that a monthly value of a line stands for.
    #[must_use]
    pub fn position(&self, line: &Line, month: usize) -> f64 {
        match line.at {
            At::Mean => self.middle(month),
            At::End => self.boundary(month + 1),
        }
    }
}

/// Days since 1970 at the start of a date.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "days of this century")]
pub fn days(date: Date) -> f64 {
    date.days_since_epoch() as f64
}
