//! The mapping of observations to measures of the model, and samples of runs in the units of observations.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::base::time::{Calendar, Date};
use crate::ensemble::Ensemble;
use crate::observations::Observation;

/// The mapping as CSV: entity, metric and unit of an observation, and the measure of the model.
pub const TABLE: &str = include_str!("../../data/measures.csv");

/// The aggregation of months to the period of an observation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The value of the month in which the period ends.
    Level,
    /// The sum over the months of the period.
    Flow,
    /// The value of the month in which the period ends, times twelve.
    Annual,
    /// The mean of the twelve months that end with the period; of six months at least.
    Year,
    /// The growth of the sum over the period from the same months a year before.
    Growth,
}

impl Kind {
    /// Word in the table.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Level => "level",
            Self::Flow => "flow",
            Self::Annual => "annual",
            Self::Year => "year",
            Self::Growth => "growth",
        }
    }
}

/// A line of the mapping.
#[derive(Clone, Debug)]
pub struct Measure {
    /// Entity of the observation.
    pub entity: String,
    /// Metric of the observation.
    pub metric: String,
    /// Unit of the observation.
    pub unit: String,
    /// Table of the model.
    pub table: String,
    /// Entities in the table; several are summed.
    pub of: Vec<String>,
    /// Measures of the entities; several are summed.
    pub measures: Vec<String>,
    /// Aggregation of months.
    pub kind: Kind,
    /// One unit of the model, in units of the observation.
    pub scale: f64,
    /// Difference between the observation and the measure.
    pub note: String,
}

impl Measure {
    /// The group in which targets of this measure are counted: prices by tier, all others by metric and entity.
    #[must_use]
    pub fn label(&self) -> String {
        match self.of.first().and_then(|model| model.rsplit_once('-')) {
            Some((_, tier)) if self.table == "models" => format!("price, {tier}"),
            _ => format!("{}, {}", self.metric, self.entity),
        }
    }
}

/// The lines of the mapping.
///
/// # Panics
/// Never: a test reads it.
pub fn table() -> &'static [Measure] {
    static LINES: OnceLock<Vec<Measure>> = OnceLock::new();
    LINES.get_or_init(|| {
        let mut reader = csv::Reader::from_reader(TABLE.as_bytes());
        let plus = |text: &str| text.split('+').map(str::to_owned).collect();
        let kind = |word: &str| {
            [
                Kind::Level,
                Kind::Flow,
                Kind::Annual,
                Kind::Year,
                Kind::Growth,
            ]
            .into_iter()
            .find(|kind| kind.name() == word)
            .expect("a known kind")
        };
        reader
            .records()
            .map(|record| {
                let record = record.expect("the embedded table is CSV");
                Measure {
                    entity: record[0].to_owned(),
                    metric: record[1].to_owned(),
                    unit: record[2].to_owned(),
                    table: record[3].to_owned(),
                    of: plus(&record[4]),
                    measures: plus(&record[5]),
                    kind: kind(&record[6]),
                    scale: record[7].parse().expect("a number"),
                    note: record[8].to_owned(),
                }
            })
            .collect()
    })
}

/// The measure of an observation; `None` if the model has none.
#[must_use]
pub fn measure_of(observation: &Observation) -> Option<&'static Measure> {
    table()
        .iter()
        .find(|line| line.entity == observation.entity && line.metric == observation.metric)
}

/// The samples of a finished run over replications.
pub struct Outcomes<'a> {
    /// Names of months, `YYYY-MM`, in order.
    pub months: Vec<String>,
    sample: Box<Lookup<'a>>,
}

/// Values over replications by table, entity, measure and month.
type Lookup<'a> = dyn Fn(&str, &str, &str, usize) -> Option<Vec<f64>> + 'a;

impl std::fmt::Debug for Outcomes<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outcomes")
            .field("months", &self.months)
            .finish_non_exhaustive()
    }
}

impl<'a> Outcomes<'a> {
    /// Samples that `sample` looks up by table, entity, measure and month.
    pub fn new(
        months: Vec<String>,
        sample: impl Fn(&str, &str, &str, usize) -> Option<Vec<f64>> + 'a,
    ) -> Self {
        Self {
            months,
            sample: Box::new(sample),
        }
    }

    /// Samples of an ensemble.
    #[must_use]
    pub fn of(ensemble: &'a Ensemble, calendar: &Calendar) -> Self {
        let months = (0..calendar.months())
            .map(|month| calendar.month_name(month))
            .collect();
        Self::new(months, |table, entity, measure, month| {
            ensemble
                .tables
                .iter()
                .map(|tables| {
                    let table = tables.iter().find(|other| other.name == table)?;
                    let is_there = table.entities.iter().any(|other| other == entity)
                        && table.measures.iter().any(|other| other.name == measure);
                    is_there.then(|| table.value(month, entity, measure))
                })
                .collect()
        })
    }

    /// The index of the month that contains a date.
    #[must_use]
    pub fn month_of(&self, date: Date) -> Option<usize> {
        let name = date.year_month();
        self.months.iter().position(|month| *month == name)
    }

    /// One month of a measure, summed over its entities and parts, in the observation's unit.
    fn month(&self, measure: &Measure, month: usize) -> Option<Vec<f64>> {
        let mut sum: Vec<f64> = Vec::new();
        for entity in &measure.of {
            for part in &measure.measures {
                let values = (self.sample)(&measure.table, entity, part, month)?;
                sum.resize(values.len(), 0.0);
                for (sum, value) in sum.iter_mut().zip(values) {
                    *sum += value * measure.scale;
                }
            }
        }
        Some(sum)
    }

    fn total(
        &self,
        measure: &Measure,
        months: std::ops::RangeInclusive<usize>,
    ) -> Option<Vec<f64>> {
        let mut total: Vec<f64> = Vec::new();
        for month in months {
            let values = self.month(measure, month)?;
            total.resize(values.len(), 0.0);
            for (sum, value) in total.iter_mut().zip(values) {
                *sum += value;
            }
        }
        Some(total)
    }

    /// The forecast of an observation, by replication; `None` if its period is not inside the run.
    #[must_use]
    pub fn forecast(&self, observation: &Observation, measure: &Measure) -> Option<Vec<f64>> {
        let last = self.month_of(observation.until?)?;
        let first = observation.from.and_then(|from| self.month_of(from));
        match measure.kind {
            Kind::Level => self.month(measure, last),
            Kind::Annual => Some(
                self.month(measure, last)?
                    .into_iter()
                    .map(|value| value * 12.0)
                    .collect(),
            ),
            Kind::Flow => self.total(measure, first?..=last),
            Kind::Year => {
                let first = last.saturating_sub(11);
                let count = last + 1 - first;
                if count < 6 {
                    return None;
                }
                #[expect(clippy::cast_precision_loss, reason = "at most twelve")]
                let share = 1.0 / count as f64;
                Some(
                    self.total(measure, first..=last)?
                        .into_iter()
                        .map(|sum| sum * share)
                        .collect(),
                )
            }
            Kind::Growth => {
                let first = first?;
                let before = self.total(measure, first.checked_sub(12)?..=last - 12)?;
                let now = self.total(measure, first..=last)?;
                // The scale cancels in the ratio; here it turns a share into per cent.
                Some(
                    now.iter()
                        .zip(before)
                        .map(|(now, before)| (now / before - 1.0) * measure.scale)
                        .collect(),
                )
            }
        }
    }
}

/// Observations, with those derived from them: blended prices of three input tokens to one output token, and the sum of the two
/// labs' revenue.
#[must_use]
pub fn with_derived(observations: &[Observation]) -> Vec<Observation> {
    let mut all = observations.to_vec();
    let mut inputs: BTreeMap<(String, Option<Date>), &Observation> = BTreeMap::new();
    for seen in observations
        .iter()
        .filter(|seen| seen.metric == "price_input")
    {
        inputs.insert((seen.entity.clone(), seen.until), seen);
    }
    for output in observations
        .iter()
        .filter(|seen| seen.metric == "price_output")
    {
        if let Some(input) = inputs.get(&(output.entity.clone(), output.until))
            && let (Some(a), Some(b)) = (input.value, output.value)
        {
            all.push(Observation {
                row: format!("{}+{}", input.row, output.row),
                metric: "price_blended".to_owned(),
                value: Some(crate::economics::pricing::blended_price(a, b, 0.75)),
                ..output.clone()
            });
        }
    }
    let run_rates = |lab: &str| -> Vec<&Observation> {
        let is_scored = |seen: &&Observation| {
            seen.entity == lab && seen.metric == "run_rate" && seen.kind == "actual"
        };
        targets(observations.iter().filter(is_scored))
    };
    for first in run_rates("OpenAI") {
        for second in run_rates("Anthropic") {
            if let (Some(a), Some(b)) = (first.value, second.value)
                && first.until == second.until
            {
                all.push(Observation {
                    row: format!("{}+{}", first.row, second.row),
                    entity: "OpenAI and Anthropic".to_owned(),
                    value: Some(a + b),
                    known: first.known.max(second.known),
                    ..first.clone()
                });
            }
        }
    }
    all
}

/// Months between the start and the end of a period: 0 for up to a month or without a start, 2 for a quarter, 11 for a year.
#[must_use]
pub fn months_of(seen: &Observation) -> i64 {
    match (seen.from, seen.until) {
        (Some(from), Some(until)) => (until.days_since_epoch() - from.days_since_epoch()) / 32,
        _ => 0,
    }
}

/// One target for each entity, metric and period: the row of the best grade, and of those the first.
#[must_use]
pub fn targets<'a>(observations: impl Iterator<Item = &'a Observation>) -> Vec<&'a Observation> {
    let mut chosen: Vec<&Observation> = Vec::new();
    for seen in observations {
        let same = chosen.iter_mut().find(|other| {
            other.entity == seen.entity
                && other.metric == seen.metric
                && other.until == seen.until
                && months_of(other) == months_of(seen)
        });
        match same {
            Some(other) if seen.quality < other.quality => *other = seen,
            Some(_) => {}
            None => chosen.push(seen),
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observations::pack;

    #[test]
    fn every_line_meets_an_observation() {
        let all = with_derived(pack());
        for line in table() {
            let seen = all
                .iter()
                .find(|seen| seen.entity == line.entity && seen.metric == line.metric);
            // No dated survey of the built-in data has Google's share; users' files may.
            if line.entity == "Google" {
                continue;
            }
            let seen = seen
                .unwrap_or_else(|| panic!("{} {} has no observation", line.entity, line.metric));
            assert_eq!(seen.unit, line.unit, "{} {}", line.entity, line.metric);
        }
    }

    #[test]
    fn the_sum_of_two_labs_is_that_of_the_data() {
        let all = with_derived(pack());
        let sum = all.iter().find(|seen| {
            seen.entity == "OpenAI and Anthropic"
                && seen.metric == "run_rate"
                && seen.until == Date::parse("2026-03-31")
        });
        assert_eq!(sum.and_then(|seen| seen.value), Some(43.0));
    }

    #[test]
    fn flows_sum_levels_pick_and_growth_compares() {
        let months: Vec<String> = (0..15)
            .map(|m| format!("{}-{:02}", 2025 + m / 12, m % 12 + 1))
            .collect();
        let outcomes = Outcomes::new(months, |_, _, _, month| {
            #[expect(clippy::cast_precision_loss, reason = "months")]
            let value = (month + 1) as f64;
            Some(vec![value, 2.0 * value])
        });
        let observation = |from: &str, until: &str| Observation {
            from: Date::parse(from),
            until: Date::parse(until),
            ..pack()[0].clone()
        };
        let measure = |kind| Measure {
            kind,
            scale: 1.0,
            ..table()[0].clone()
        };
        let quarter = observation("2026-01-01", "2026-03-31");
        let of = |kind| outcomes.forecast(&quarter, &measure(kind));
        assert_eq!(of(Kind::Level), Some(vec![15.0, 30.0]));
        assert_eq!(of(Kind::Flow), Some(vec![42.0, 84.0]));
        assert_eq!(of(Kind::Growth), Some(vec![6.0, 6.0]));
        assert_eq!(of(Kind::Annual), Some(vec![180.0, 360.0]));
        assert_eq!(of(Kind::Year), Some(vec![9.5, 19.0]));
        assert_eq!(
            outcomes.forecast(
                &observation("2024-01-01", "2024-03-31"),
                &measure(Kind::Flow)
            ),
            None
        );
    }
}
