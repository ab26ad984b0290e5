//! Frozen forecasts: the quantiles of every label by month, as they were when the forecast was made, and scores from
//! them alone.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use super::mapping::{Line, Mapping};
use super::samples::RunSamples;
use crate::base::time::Date;
use crate::csv_text::csv_text;
use crate::market::rows::declared;
use crate::scenario::fault::{Fault, Faults};
use crate::scenario::record::{Field, Name, Reader, When, Whole, record};
use crate::scenario::source::{Place, Source};
use crate::scenario::text::parse;
use crate::stats::quantile;

/// Probabilities of the quantiles of a frozen forecast.
pub const PROBABILITIES: [f64; 9] = [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99];
/// Columns of the quantiles.
const COLUMNS: [&str; 13] = [
    "label", "measure", "unit", "month", "p01", "p05", "p10", "p25", "p50", "p75", "p90", "p95",
    "p99",
];
/// Equally likely values by which a quantile function is scored.
const SIZE: u32 = 199;

record! {
    /// A frozen forecast: what it was made of, and when.
    Made {
        /// Name of the scenario.
        scenario: Name,
        /// Date of the data; the first day of the run.
        vintage: When,
        /// Day on which the forecast was made.
        made: When,
        /// Number of months.
        months: Whole<1, 120>,
        /// Seed of the run.
        seed: Whole<0, 18_446_744_073_709_551_615>,
        /// Number of replications.
        replications: Whole<1, 16_777_216>,
        /// SHA-256 of the scenario, as in the manifest of the run.
        scenario_sha256: Name,
        /// Version of the program.
        version: Name,
    }
}

/// A frozen forecast that was read back.
#[derive(Clone, Debug)]
pub struct Frozen {
    /// Facts of the run that it was made of.
    pub made: Made,
    /// Quantiles by label and month, in units of the model.
    quantiles: BTreeMap<(String, String), [f64; PROBABILITIES.len()]>,
}

/// The facts of a run that a frozen forecast states.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Name of the scenario.
    pub scenario: String,
    /// Number of months.
    pub months: usize,
    /// Seed.
    pub seed: u64,
    /// Number of replications.
    pub replications: u64,
    /// SHA-256 of the scenario.
    pub scenario_sha256: String,
    /// Version of the program that ran it.
    pub version: String,
}

impl Facts {
    /// The text of `forecast.toml`.
    #[must_use]
    pub fn toml(&self, vintage: Date, made: Date) -> String {
        let mut text = String::from(
            "# A forecast as it was made. `tollway score` scores it from quantiles.csv alone. Do not edit.\n",
        );
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        for (key, value) in [
            ("scenario", quoted(&self.scenario)),
            ("vintage", vintage.to_string()),
            ("made", made.to_string()),
            ("months", self.months.to_string()),
            ("seed", self.seed.to_string()),
            ("replications", self.replications.to_string()),
            ("scenario_sha256", quoted(&self.scenario_sha256)),
            ("version", quoted(&self.version)),
        ] {
            let _ = writeln!(text, "{key} = {value}");
        }
        text
    }
}

/// The unit of the measure of a line.
fn unit_of(line: &Line) -> &'static str {
    let tables = declared();
    let measures = tables.iter().find(|(table, ..)| *table == line.table);
    measures
        .and_then(|(_, _, measures)| {
            measures
                .iter()
                .find(|measure| measure.name == line.measures[0])
        })
        .map_or("", |measure| measure.unit)
}

/// A number with six significant digits: more would be noise of the sample.
fn six_digits(value: f64) -> String {
    let near: f64 = format!("{value:.5e}").parse().unwrap_or(value);
    near.to_string()
}

/// The quantiles of every label of a mapping by month, in units of the model, as CSV. Labels that the run does not have
/// are left out.
#[must_use]
pub fn quantiles(samples: &RunSamples<'_>, mapping: &Mapping) -> String {
    let mut rows = Vec::new();
    for line in mapping.labels() {
        for (month, name) in samples.months.iter().enumerate() {
            let Some(mut values) = samples.measure(line, month) else {
                continue;
            };
            values.sort_unstable_by(f64::total_cmp);
            let [p01, p05, p10, p25, p50, p75, p90, p95, p99] =
                PROBABILITIES.map(|p| six_digits(quantile(&values, p)));
            rows.push([
                line.label.clone(),
                line.measure(),
                unit_of(line).to_owned(),
                name.clone(),
                p01,
                p05,
                p10,
                p25,
                p50,
                p75,
                p90,
                p95,
                p99,
            ]);
        }
    }
    csv_text(COLUMNS, rows)
}

impl Frozen {
    /// Reads a frozen forecast from the texts of `forecast.toml` and `quantiles.csv`, which have these names.
    ///
    /// # Errors
    /// Every fault of the texts, with its place.
    pub fn read(toml: (&str, &str), csv: (&str, &str)) -> Result<Self, Faults> {
        let source = |(name, text): (&str, &str)| {
            Arc::new(Source {
                name: name.to_owned(),
                text: text.to_owned(),
            })
        };
        let mut reader = Reader::default();
        let tree = parse(&source(toml), &mut reader.faults);
        let made = if reader.faults.is_empty() {
            Made::read(&tree, &mut reader)
        } else {
            None
        };
        match made {
            Some(made) if reader.faults.is_empty() => Ok(Self {
                made,
                quantiles: read_quantiles(&source(csv))?,
            }),
            _ => Err(Faults(reader.faults)),
        }
    }

    /// The samples of the forecast: equally likely values of each month's quantile function, linear between its
    /// quantiles and level beyond them. Months go together: a replication that is high in one month is as high in all.
    #[must_use]
    pub fn samples(&self) -> RunSamples<'_> {
        let months = usize::try_from(self.made.months.0).unwrap_or(0);
        let start = self.made.vintage.date;
        let names = RunSamples::of_lines(start, months, |_, _| None).months;
        RunSamples::of_lines(start, months, move |line, month| {
            let key = (line.label.clone(), names[month].clone());
            let quantiles = self.quantiles.get(&key)?;
            let value = |rank: u32| inverse(quantiles, (f64::from(rank) + 0.5) / f64::from(SIZE));
            Some((0..SIZE).map(value).collect())
        })
    }
}

/// The value of a quantile function at a probability.
fn inverse(quantiles: &[f64; PROBABILITIES.len()], p: f64) -> f64 {
    let above = PROBABILITIES.partition_point(|other| *other < p);
    if above == 0 {
        return quantiles[0];
    }
    if above == PROBABILITIES.len() {
        return quantiles[above - 1];
    }
    let (low, high) = (PROBABILITIES[above - 1], PROBABILITIES[above]);
    let share = (p - low) / (high - low);
    quantiles[above - 1] + share * (quantiles[above] - quantiles[above - 1])
}

type Quantiles = BTreeMap<(String, String), [f64; PROBABILITIES.len()]>;

fn read_quantiles(source: &Arc<Source>) -> Result<Quantiles, Faults> {
    let wrong = |start: usize, message: String| {
        let rest = source.text.get(start..).unwrap_or_default();
        let length = rest.find('\n').unwrap_or(rest.len()).max(1);
        let place = Place {
            source: Arc::clone(source),
            range: start..start + length,
        };
        let help = "a frozen forecast is never edited; take the file from its first commit";
        Faults(vec![Fault::new(message, place).help(help)])
    };
    let mut reader = csv::Reader::from_reader(source.text.as_bytes());
    let is_headed = reader.headers().is_ok_and(|header| *header == COLUMNS[..]);
    if !is_headed {
        let message = format!("the header is not {}", COLUMNS.join(","));
        return Err(wrong(0, message));
    }
    let mut found = Quantiles::new();
    for record in reader.records() {
        let record = record.map_err(|error| wrong(0, format!("not CSV: {error}")))?;
        let start = record
            .position()
            .map_or(0, |at| usize::try_from(at.byte()).unwrap_or(0));
        let numbers: Vec<f64> = record
            .iter()
            .skip(4)
            .filter_map(|field| field.parse().ok())
            .filter(|value: &f64| value.is_finite())
            .collect();
        let quantiles: Option<[f64; PROBABILITIES.len()]> = numbers.try_into().ok();
        let quantiles = quantiles
            .filter(|values| values.is_sorted())
            .ok_or_else(|| {
                wrong(
                    start,
                    "the quantiles are not nine ascending numbers".to_owned(),
                )
            })?;
        found.insert((record[0].to_owned(), record[3].to_owned()), quantiles);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> Facts {
        Facts {
            scenario: "baseline".to_owned(),
            months: 2,
            seed: 1,
            replications: 101,
            scenario_sha256: "ab".to_owned(),
            version: "0.1.0".to_owned(),
        }
    }

    fn run() -> RunSamples<'static> {
        let start = Date::parse("2026-03-31").expect("a date");
        RunSamples::new(start, 2, |table, _, _, month| {
            let scale = f64::from(u32::try_from(month + 1).expect("few"));
            (table == "labs").then(|| (0..101).map(|rank| scale * f64::from(rank)).collect())
        })
    }

    #[test]
    fn a_frozen_forecast_comes_back_with_its_quantiles() {
        let mapping = Mapping::built_in();
        let text = quantiles(&run(), mapping);
        let date = |text: &str| Date::parse(text).expect("a date");
        let toml = facts().toml(date("2026-03-31"), date("2026-05-02"));
        let frozen = Frozen::read(("forecast.toml", &toml), ("quantiles.csv", &text));
        let frozen = frozen.unwrap_or_else(|faults| panic!("{faults}"));
        assert_eq!(frozen.made.made.date, date("2026-05-02"));
        assert_eq!((frozen.made.seed.0, frozen.made.replications.0), (1, 101));
        let line = mapping
            .lines
            .iter()
            .find(|line| line.table == "labs" && line.of.len() == 1 && line.measures.len() == 1);
        let line = line.expect("a line of one measure");
        for month in 0..2 {
            let own = run().measure(line, month).expect("a sample");
            let again = frozen.samples().measure(line, month).expect("a sample");
            for p in [0.05, 0.3, 0.5, 0.9] {
                let (own, again) = (quantile(&own, p), quantile(&again, p));
                // A hundredth of the range is the spacing of the run's own values.
                assert!((own - again).abs() <= 1.0, "{p}: {own} {again}");
            }
        }
    }

    #[test]
    fn edited_files_are_refused_with_their_place() {
        let toml = facts().toml(
            Date::parse("2026-03-31").expect("a date"),
            Date::parse("2026-05-02").expect("a date"),
        );
        let text = quantiles(&run(), Mapping::built_in()).replacen(",50,", ",x,", 1);
        let shown = Frozen::read(("forecast.toml", &toml), ("q.csv", &text)).expect_err("a fault");
        assert!(shown.to_string().contains("q.csv:2:1"), "{shown}");
        let toml = toml.replace("seed = 1", "seed = \"one\"");
        let shown = Frozen::read(("forecast.toml", &toml), ("q.csv", &text)).expect_err("a fault");
        assert!(shown.to_string().contains("forecast.toml:6:"), "{shown}");
    }
}
