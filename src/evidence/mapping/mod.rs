//! The mapping of observations to measures of the model.

mod derived;
mod pattern;
mod read;

use std::sync::OnceLock;

pub use derived::with_derived;
pub use pattern::Pattern;

use crate::observations::Observation;
use crate::scenario::fault::{Faults, nearest};
use crate::scenario::record::words;

/// The built-in mapping as CSV: patterns of observations, and the measure of the model.
pub const TABLE: &str = include_str!("../../../data/measures.csv");

words! {
    /// The way from months of the model to the period of an observation.
    How {
        /// The value at the end of the period, between the values of months.
        Level = "level",
        /// The sum over the period.
        Flow = "flow",
        /// The value at the end of the period, times twelve.
        Annual = "annual",
        /// The mean of the year that ends with the period; half of it must lie in the run.
        Year = "year",
        /// The growth of the sum over the period from the same days a year before.
        Growth = "growth",
    }
}

words! {
    /// The time of the month that a monthly value stands for.
    At {
        /// The middle: the value is a mean or a flow of the month.
        Mean = "mean",
        /// The end: the value is a state at the end of the month.
        End = "end",
    }
}

words! {
    /// The relation of an observation to the measure.
    Bridge {
        /// The observation is of the measure itself.
        None = "none",
        /// The observation is proportional to the measure. The ratio is estimated at the vintage.
        Ratio = "ratio",
    }
}

/// A line of the mapping.
#[derive(Clone, Debug)]
pub struct Line {
    /// Name of the series of targets; lines of one label share their history.
    pub label: String,
    /// Group in which targets are counted.
    pub group: String,
    /// Pattern of the observed entity.
    pub entity: Pattern,
    /// Pattern of the observed metric.
    pub metric: Pattern,
    /// Unit of the observation.
    pub unit: String,
    /// Table of the model.
    pub table: String,
    /// Entities in the table; several are summed.
    pub of: Vec<String>,
    /// Measures of the entities; several are summed.
    pub measures: Vec<String>,
    /// The way from months to the period.
    pub how: How,
    /// Time of the month that a monthly value stands for.
    pub at: At,
    /// One unit of the model, in units of the observation.
    pub scale: f64,
    /// Relation of the observation to the measure.
    pub bridge: Bridge,
    /// Difference between the observation and the measure.
    pub note: String,
}

impl Line {
    /// Returns true if the line is for an observation.
    #[must_use]
    pub fn is_for(&self, seen: &Observation) -> bool {
        self.unit == seen.unit
            && self.entity.matches(&seen.entity)
            && self.metric.matches(&seen.metric)
    }

    /// The measure as `table/entities/measures`.
    #[must_use]
    pub fn measure(&self) -> String {
        let (of, measures) = (self.of.join("+"), self.measures.join("+"));
        format!("{}/{of}/{measures}", self.table)
    }

    /// Returns true if two lines read the same numbers of the model.
    #[must_use]
    pub fn reads_as(&self, other: &Self) -> bool {
        self.table == other.table && self.of == other.of && self.measures == other.measures
    }
}

/// A mapping: lines in order. The first that is for an observation counts.
#[derive(Clone, Debug)]
pub struct Mapping {
    /// Lines, in the order of the file.
    pub lines: Vec<Line>,
}

impl Mapping {
    /// The built-in mapping.
    ///
    /// # Panics
    /// Never: a test reads it.
    #[must_use]
    pub fn built_in() -> &'static Self {
        static MAPPING: OnceLock<Mapping> = OnceLock::new();
        MAPPING.get_or_init(|| {
            read::read("data/measures.csv", TABLE).unwrap_or_else(|faults| panic!("{faults}"))
        })
    }

    /// Reads a mapping from CSV text.
    ///
    /// # Errors
    /// Missing columns, wrong words and numbers, and measures that the model does not have, each with its line.
    pub fn read(name: &str, text: &str) -> Result<Self, Faults> {
        let mapping = read::read(name, text)?;
        read::check_measures(name, text, &mapping)?;
        Ok(mapping)
    }

    /// Checks that a run has the entities of a mapping that was read from CSV text. `entities` gives those of a table.
    /// Entities of the built-in mapping count as known: a scenario may leave one out.
    ///
    /// # Errors
    /// Each unknown entity, with its line and the nearest name.
    pub fn check_entities(
        &self,
        (name, text): (&str, &str),
        entities: impl Fn(&str) -> Vec<String>,
    ) -> Result<(), Faults> {
        read::check_entities((name, text), self, &entities)
    }

    /// The line of an observation; `None` if the model has no such measure.
    #[must_use]
    pub fn line_of(&self, seen: &Observation) -> Option<&Line> {
        self.lines.iter().find(|line| line.is_for(seen))
    }

    /// The reason why no line is for an observation.
    #[must_use]
    pub fn why_unmapped(&self, seen: &Observation) -> &'static str {
        let mut same = self
            .lines
            .iter()
            .filter(|line| line.metric.matches(&seen.metric));
        if self
            .lines
            .iter()
            .any(|line| line.metric.matches(&seen.metric) && line.entity.matches(&seen.entity))
        {
            "the unit differs from that of the mapping"
        } else if same.next().is_some() {
            "unknown entity for this metric"
        } else {
            "unknown metric"
        }
    }

    /// A remedy for an observation that no line is for: the unit that is expected, or the nearest name.
    #[must_use]
    pub fn remedy(&self, seen: &Observation) -> Option<String> {
        let near = |word: &str, patterns: &[&Pattern]| {
            let names = patterns.iter().flat_map(|pattern| pattern.names());
            nearest(word, names).map(|name| format!("did you mean `{name}`?"))
        };
        let lines = self.lines.iter();
        let (of_metric, others): (Vec<&Line>, Vec<&Line>) =
            lines.partition(|line| line.metric.matches(&seen.metric));
        if of_metric.is_empty() {
            let own = others
                .iter()
                .filter(|line| line.entity.matches(&seen.entity));
            let metrics: Vec<&Pattern> = own.map(|line| &line.metric).collect();
            return near(&seen.metric, &metrics);
        }
        let own = of_metric
            .iter()
            .find(|line| line.entity.matches(&seen.entity));
        if let Some(line) = own {
            return Some(format!("write it in `{}`, not `{}`", line.unit, seen.unit));
        }
        let entities: Vec<&Pattern> = of_metric.iter().map(|line| &line.entity).collect();
        near(&seen.entity, &entities)
    }

    /// Returns true if the value of an observation is read: as a target, as history, or for one derived from it.
    #[must_use]
    pub fn reads(&self, seen: &Observation) -> bool {
        let is_part = matches!(seen.metric.as_str(), "price_input" | "price_output");
        let is_fact = seen.kind == "actual" || seen.metric.starts_with("price_");
        is_part || is_fact && self.line_of(seen).is_some()
    }

    /// Labels, each once, with the first of its lines, in the order of the file.
    #[must_use]
    pub fn labels(&self) -> Vec<&Line> {
        let mut found: Vec<&Line> = Vec::new();
        for line in &self.lines {
            if !found.iter().any(|other| other.label == line.label) {
                found.push(line);
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observations::pack;

    #[test]
    fn every_label_meets_an_observation() {
        let all = with_derived(pack());
        let mapping = Mapping::built_in();
        let met: Vec<&str> = all
            .iter()
            .filter_map(|seen| mapping.line_of(seen))
            .map(|line| line.label.as_str())
            .collect();
        for line in mapping.labels() {
            assert!(
                met.contains(&line.label.as_str()),
                "{} has no observation",
                line.label
            );
        }
    }
}
