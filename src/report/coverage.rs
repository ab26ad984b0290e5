//! How often the bands of the shipped vintages held: what a report says beside its first band.

use std::fmt::Write as _;

use serde::Deserialize;

use super::manifest::sha256;
use crate::evidence::backtest::{Together, VINTAGES};
use crate::evidence::mapping;
use crate::observations;
use crate::scenario::BASELINE;

/// The record that is compiled in, as `tollway backtest --record data/coverage.toml` wrote it.
const RECORD: &str = include_str!("../../data/coverage.toml");
/// Numbers up to twelve, as words.
const WORDS: [&str; 13] = [
    "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve",
];

/// Record of how often bands held in the back-test of the shipped vintages.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coverage {
    /// Dates of the vintages.
    pub vintages: Vec<String>,
    /// Number of replications of each vintage.
    pub replications: usize,
    /// Number of later observations.
    pub targets: usize,
    /// Number of labels.
    pub labels: usize,
    /// Share of observations in the central 80 %.
    pub central_80: Held,
    /// Share of observations in the central 90 %.
    pub central_90: Held,
    /// Version of the program.
    pub version: String,
    /// SHA-256 of the texts that the back-test rests on ([`inputs`]).
    pub inputs: String,
}

/// Share of observations in a central band.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Held {
    /// Number of observations inside the band.
    pub inside: usize,
    /// Share of observations inside the band, every label weighing the same.
    pub share: f64,
    /// Ends of the 95 % interval of the share by bootstrap over vintages and labels.
    pub interval: [f64; 2],
}

/// SHA-256 of the texts that the back-test rests on: the baseline, the vintages, the observations and their mapping.
#[must_use]
pub fn inputs() -> String {
    let mut text = BASELINE.to_owned();
    for (name, vintage) in VINTAGES {
        text.push_str(name);
        text.push_str(vintage);
    }
    text.push_str(observations::PACK);
    text.push_str(mapping::TABLE);
    sha256(text.as_bytes())
}

impl Coverage {
    /// The record that is compiled in.
    ///
    /// # Panics
    /// Never: a test reads it.
    #[must_use]
    pub fn built_in() -> Self {
        toml::from_str(RECORD).unwrap_or_else(|error| panic!("data/coverage.toml: {error}"))
    }

    /// Record of a back-test of the shipped vintages.
    #[must_use]
    pub fn of(all: &Together, replications: usize) -> Self {
        let held = |band: usize| {
            let share = all.all.as_ref().map(|whole| whole.coverage[band]);
            let digits = |value: f64| libm::round(value * 1e4) / 1e4;
            Held {
                inside: all.scores.iter().filter(|s| s.covered[band]).count(),
                share: share.map_or(0.0, |share| digits(share.value)),
                interval: share.map_or([0.0; 2], |share| [digits(share.low), digits(share.high)]),
            }
        };
        Self {
            vintages: VINTAGES
                .iter()
                .map(|(name, _)| (*name).to_owned())
                .collect(),
            replications,
            targets: all.scores.len(),
            labels: all.all.as_ref().map_or(0, |whole| whole.labels),
            central_80: held(1),
            central_90: held(2),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            inputs: inputs(),
        }
    }

    /// The text of the record.
    #[must_use]
    pub fn toml(&self) -> String {
        let mut text = String::from(
            "# How often the bands of the shipped vintages held. Written by `tollway backtest --record data/coverage.toml`; do not edit.\n",
        );
        let _ = writeln!(
            text,
            "vintages = {:?}\nreplications = {}\ntargets = {}\nlabels = {}\nversion = {:?}\ninputs = {:?}",
            self.vintages, self.replications, self.targets, self.labels, self.version, self.inputs
        );
        for (name, held) in [("80", &self.central_80), ("90", &self.central_90)] {
            let Held {
                inside,
                share,
                interval,
            } = held;
            let _ = writeln!(
                text,
                "\n[central_{name}]\ninside = {inside}\nshare = {share}\ninterval = {interval:?}"
            );
        }
        text
    }

    /// The sentence beside the first band of a report, whose bands are from 5 to 95 %.
    #[must_use]
    pub fn sentence(&self) -> String {
        let count = self.vintages.len();
        let dates = WORDS
            .get(count)
            .map_or_else(|| count.to_string(), |&word| word.to_owned());
        format!(
            "In back-tests from {dates} dates, such 90 % bands held {:.0} % of later observations ({} of {} labels, each label weighing the same), and \
80 % bands {:.0} % (docs/trust.md).",
            100.0 * self.central_90.share,
            self.targets,
            self.labels,
            100.0 * self.central_80.share
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_record_is_of_the_model_that_is_built() {
        let record = Coverage::built_in();
        assert!(
            VINTAGES
                .iter()
                .map(|(name, _)| *name)
                .eq(record.vintages.iter().map(String::as_str))
        );
        assert_eq!(
            record.inputs,
            inputs(),
            "the baseline, a vintage or the data changed: run `tollway backtest --record data/coverage.toml`"
        );
        assert!(record.central_80.inside <= record.central_90.inside);
    }

    #[test]
    fn a_record_comes_back_from_its_text() {
        let record = Coverage {
            targets: 200,
            central_80: Held {
                inside: 150,
                share: 0.75,
                interval: [0.6, 0.9],
            },
            ..Coverage::built_in()
        };
        assert_eq!(
            toml::from_str::<Coverage>(&record.toml()).expect("as written"),
            record
        );
        assert!(
            record.sentence().contains("80 % bands 75 %"),
            "{}",
            record.sentence()
        );
    }
}
