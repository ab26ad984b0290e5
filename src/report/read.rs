//! Reading a finished run back from its folder.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use polars::prelude::{CsvReader, DataFrame, DataType, ParquetReader, SerReader};

use super::dollar::Part;
use super::page::Finding;
use crate::experiments::measures::Outcomes;
use crate::scenario::{Fault, Faults, Loaded, Request, load};
use crate::stats::Summary;
use crate::time::{Calendar, Date};

/// What people are shown of a finished run: its scenario, findings and distributions.
#[derive(Debug)]
pub struct Shown {
    /// The scenario.
    pub loaded: Loaded,
    /// The findings.
    pub findings: Vec<Finding>,
    /// Who keeps the dollar.
    pub dollar: Vec<Part>,
    /// Replications.
    pub replications: usize,
    series: BTreeMap<(String, String, String), Vec<Summary>>,
}

impl Shown {
    /// Opens the folder of a finished run.
    ///
    /// # Errors
    /// What is missing or was changed, in words.
    pub fn open(folder: &Path) -> Result<Self, Faults> {
        let loaded = load(&Request {
            file: Some(file(folder, "scenario.toml")?),
            ..Request::default()
        })?;
        let findings = std::fs::read_to_string(file(folder, "findings.json")?)
            .map_err(|error| error.to_string())
            .and_then(|text| serde_json::from_str(&text).map_err(|error| error.to_string()))
            .map_err(|why| broken(folder, "findings.json", &why))?;
        let lines: Vec<SummaryLine> = rows(folder, "summary.csv")?;
        let mut series: BTreeMap<_, Vec<Summary>> = BTreeMap::new();
        let replications = lines.last().map_or(0, |line| line.n);
        for line in lines {
            series
                .entry((line.table, line.entity, line.measure))
                .or_default()
                .push(Summary {
                    mean: line.mean,
                    sd: line.sd,
                    quantiles: [line.p05, line.p25, line.p50, line.p75, line.p95],
                    n: line.n,
                });
        }
        Ok(Self {
            loaded,
            findings,
            dollar: rows(folder, "dollar.csv")?,
            replications,
            series,
        })
    }

    /// The distributions of one measure of one entity, month by month.
    #[must_use]
    pub fn look(&self, table: &str, entity: &str, measure: &str) -> Vec<Summary> {
        let key = (table.to_owned(), entity.to_owned(), measure.to_owned());
        self.series.get(&key).cloned().unwrap_or_default()
    }

    /// The calendar of its months.
    #[must_use]
    pub fn calendar(&self) -> Calendar {
        let scenario = &self.loaded.scenario;
        let months = usize::try_from(scenario.months.0).expect("at most 120 months");
        Calendar::new(scenario.start.date, months)
    }
}

/// A file that every folder of a run has.
fn file(folder: &Path, name: &str) -> Result<PathBuf, Faults> {
    let path = folder.join(name);
    if path.is_file() {
        return Ok(path);
    }
    Err(Faults(vec![
        Fault::nowhere(format!("{} has no {name}", folder.display()))
            .help("name the folder that `tollway run` wrote, such as output/baseline-...-s1"),
    ]))
}

fn broken(folder: &Path, name: &str, why: &str) -> Faults {
    Faults(vec![
        Fault::nowhere(format!("{}: {why}", folder.join(name).display()))
            .help("the file was changed after the run wrote it; run the scenario again"),
    ])
}

/// The rows of a CSV file of a run.
fn rows<T: serde::de::DeserializeOwned>(folder: &Path, name: &str) -> Result<Vec<T>, Faults> {
    csv::Reader::from_path(file(folder, name)?)
        .and_then(|mut reader| reader.deserialize().collect())
        .map_err(|error| broken(folder, name, &error.to_string()))
}

/// A line of `summary.csv`.
#[derive(serde::Deserialize)]
struct SummaryLine {
    table: String,
    entity: String,
    measure: String,
    mean: f64,
    sd: f64,
    p05: f64,
    p25: f64,
    p50: f64,
    p75: f64,
    p95: f64,
    n: usize,
}

/// A run in a folder: what its manifest says, and its tables as they are asked for.
#[derive(Debug)]
pub struct RunFolder {
    /// The folder.
    pub path: PathBuf,
    /// Its months, by name.
    pub months: Vec<String>,
    /// The first day of the run.
    pub start: Date,
    /// Name of the scenario.
    pub scenario: String,
    tables: RefCell<BTreeMap<String, Option<Values>>>,
}

/// Values of a table by (entity, measure, month), over replications.
type Values = BTreeMap<(String, String, String), Vec<f64>>;

impl RunFolder {
    /// Opens the folder of a finished run.
    ///
    /// # Errors
    /// A folder without a manifest, in words.
    pub fn open(path: &Path) -> Result<Self, String> {
        let manifest = path.join("manifest.json");
        let text = std::fs::read_to_string(&manifest)
            .map_err(|error| format!("cannot read {}: {error}", manifest.display()))?;
        let json: serde_json::Value = serde_json::from_str(&text)
            .map_err(|error| format!("{}: {error}", manifest.display()))?;
        let start = json["start"].as_str().and_then(Date::parse);
        let months = json["months"]
            .as_u64()
            .and_then(|months| usize::try_from(months).ok());
        let (Some(start), Some(months)) = (start, months) else {
            return Err(format!(
                "{} names no start or no months",
                manifest.display()
            ));
        };
        let calendar = Calendar::new(start, months);
        Ok(Self {
            path: path.to_owned(),
            months: (0..months)
                .map(|month| calendar.month_name(month))
                .collect(),
            start,
            scenario: json["scenario"].as_str().unwrap_or_default().to_owned(),
            tables: RefCell::default(),
        })
    }

    /// Its outcomes.
    #[must_use]
    pub fn outcomes(&self) -> Outcomes<'_> {
        Outcomes::new(self.months.clone(), |table, entity, measure, month| {
            let mut tables = self.tables.borrow_mut();
            let values = tables
                .entry(table.to_owned())
                .or_insert_with(|| self.read(table))
                .as_ref()?;
            let key = (
                entity.to_owned(),
                measure.to_owned(),
                self.months[month].clone(),
            );
            values.get(&key).cloned()
        })
    }

    fn read(&self, table: &str) -> Option<Values> {
        let parquet = self.path.join(format!("{table}.parquet"));
        let frame = if parquet.exists() {
            ParquetReader::new(File::open(parquet).ok()?)
                .finish()
                .ok()?
        } else {
            let file = File::open(self.path.join(format!("{table}.csv"))).ok()?;
            CsvReader::new(file).finish().ok()?
        };
        values(&frame)
    }
}

fn values(frame: &DataFrame) -> Option<Values> {
    let columns = frame.columns();
    // Replication, month, entity, then measures; rows come by replication.
    let months = columns.get(1)?.str().ok()?.clone();
    let entities = columns.get(2)?.str().ok()?.clone();
    let mut found = Values::new();
    for column in columns.iter().skip(3) {
        let Ok(numbers) = column.cast(&DataType::Float64) else {
            continue;
        };
        let Ok(numbers) = numbers.f64() else { continue };
        for row in 0..frame.height() {
            if let (Some(month), Some(entity), Some(value)) =
                (months.get(row), entities.get(row), numbers.get(row))
            {
                let key = (
                    entity.to_owned(),
                    column.name().to_string(),
                    month.to_owned(),
                );
                found.entry(key).or_default().push(value);
            }
        }
    }
    Some(found)
}
