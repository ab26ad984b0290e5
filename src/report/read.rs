//! Reads finished runs and experiments back from their folders.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use polars::prelude::{CsvReader, DataFrame, DataType, ParquetReader, SerReader};

use crate::base::time::{Calendar, Date};
use crate::evidence::frozen::Facts;
use crate::evidence::samples::RunSamples;
use crate::report::page::Finding;
use crate::report::tables::dollar::Part;
use crate::scenario::{Fault, Faults, Loaded, Request, load};
use crate::stats::Summary;

/// A finished run: its scenario, findings and distributions.
#[derive(Debug)]
pub struct Shown {
    /// The scenario.
    pub loaded: Loaded,
    /// The findings.
    pub findings: Vec<Finding>,
    /// Parts of the dollar, by year.
    pub dollar: Vec<Part>,
    /// Number of replications.
    pub replications: usize,
    series: BTreeMap<(String, String, String), Vec<Summary>>,
}

impl Shown {
    /// Opens the folder of a finished run.
    ///
    /// # Errors
    /// A file that is missing or was changed.
    pub fn open(folder: &Path) -> Result<Self, Faults> {
        let loaded = load(&Request {
            file: Some(file(folder, "scenario.toml")?),
            ..Request::default()
        })?;
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
            findings: findings(folder)?,
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

    /// The calendar of the run.
    #[must_use]
    pub fn calendar(&self) -> Calendar {
        let scenario = &self.loaded.scenario;
        let months = usize::try_from(scenario.months.0).expect("at most 120 months");
        Calendar::new(scenario.start.date, months)
    }
}

/// The differences between one arm of a comparison and the first.
#[derive(Debug)]
pub struct Changes {
    /// The scenario of the first arm.
    pub loaded: Loaded,
    /// Names of the first arm and of the other.
    pub arms: (String, String),
    /// Names of the compared months.
    pub months: Vec<String>,
    /// Number of pairs of replications.
    pub pairs: usize,
    series: BTreeMap<(String, String, String), Vec<Summary>>,
}

impl Changes {
    /// Opens the folder of a comparison; `None` if it is a folder of another kind.
    ///
    /// # Errors
    /// An arm that the comparison lacks, or a file that is missing or was changed.
    pub fn open(folder: &Path, arm: Option<&str>) -> Result<Option<Self>, Faults> {
        let name = ["differences.parquet", "differences.csv"];
        let Some(name) = name.into_iter().find(|name| folder.join(name).is_file()) else {
            return Ok(None);
        };
        let wrong = |why: String| broken(folder, name, &why);
        let manifest = std::fs::read_to_string(file(folder, "manifest.json")?)
            .map_err(|error| error.to_string())
            .and_then(|text| {
                serde_json::from_str::<serde_json::Value>(&text).map_err(|error| error.to_string())
            })
            .map_err(|why| broken(folder, "manifest.json", &why))?;
        let arms = manifest["arms"].as_array().into_iter().flatten();
        let arms: Vec<&str> = arms.filter_map(|arm| arm["name"].as_str()).collect();
        let [first, others @ ..] = arms.as_slice() else {
            return Err(broken(folder, "manifest.json", "it names no arms"));
        };
        let other = match arm {
            None => others.first(),
            Some(asked) => others.iter().find(|name| **name == asked),
        };
        let Some(other) = other else {
            let what = format!("the comparison has no arm `{}`", arm.unwrap_or_default());
            let fault = Fault::nowhere(what).help(format!("it has {}", others.join(", ")));
            return Err(Faults(vec![fault]));
        };
        let loaded = load(&Request {
            file: Some(file(folder, &format!("scenarios/{first}.toml"))?),
            ..Request::default()
        })?;
        let frame = read(&folder.join(name)).ok_or_else(|| wrong("it is no table".to_owned()))?;
        let lines = lines(&frame, other).ok_or_else(|| wrong("columns are missing".to_owned()))?;
        let mut series: BTreeMap<_, Vec<Summary>> = BTreeMap::new();
        let mut months: Vec<String> = Vec::new();
        let mut pairs = 0;
        for (key, month, summary) in lines {
            if !months.contains(&month) {
                months.push(month);
            }
            pairs = summary.n;
            series.entry(key).or_default().push(summary);
        }
        Ok(Some(Self {
            loaded,
            arms: ((*first).to_owned(), (*other).to_owned()),
            months,
            pairs,
            series,
        }))
    }

    /// The distributions of the difference of one measure of one entity, month by month.
    #[must_use]
    pub fn look(&self, table: &str, entity: &str, measure: &str) -> Vec<Summary> {
        let key = (table.to_owned(), entity.to_owned(), measure.to_owned());
        self.series.get(&key).cloned().unwrap_or_default()
    }
}

/// A line of differences: table, entity and measure; month; distribution of the difference.
type Line = ((String, String, String), String, Summary);

/// The lines of one arm.
fn lines(frame: &DataFrame, arm: &str) -> Option<Vec<Line>> {
    let text = |name: &str| frame.column(name).ok()?.str().ok().cloned();
    let (arms, tables, entities) = (text("arm")?, text("table")?, text("entity")?);
    let (months, measures) = (text("month")?, text("measure")?);
    let number = |name: &str| {
        let column = frame.column(name).ok()?.cast(&DataType::Float64).ok()?;
        column.f64().ok().cloned()
    };
    let (mean, sd, n) = (number("mean")?, number("sd")?, number("n")?);
    let quantiles = ["p05", "p25", "p50", "p75", "p95"].map(number);
    let mut found = Vec::new();
    for row in 0..frame.height() {
        if arms.get(row) != Some(arm) {
            continue;
        }
        let at = |index: usize| quantiles[index].as_ref()?.get(row);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a count of pairs"
        )]
        let n = n.get(row)? as usize;
        let key = (
            tables.get(row)?.to_owned(),
            entities.get(row)?.to_owned(),
            measures.get(row)?.to_owned(),
        );
        let summary = Summary {
            mean: mean.get(row)?,
            sd: sd.get(row)?,
            quantiles: [at(0)?, at(1)?, at(2)?, at(3)?, at(4)?],
            n,
        };
        found.push((key, months.get(row)?.to_owned(), summary));
    }
    Some(found)
}

/// A table in a Parquet or CSV file.
fn read(path: &Path) -> Option<DataFrame> {
    let file = File::open(path).ok()?;
    if path.extension() == Some("csv".as_ref()) {
        CsvReader::new(file).finish().ok()
    } else {
        ParquetReader::new(file).finish().ok()
    }
}

/// The findings of a finished run or experiment.
///
/// # Errors
/// A file that is missing or was changed.
pub fn findings(folder: &Path) -> Result<Vec<Finding>, Faults> {
    std::fs::read_to_string(file(folder, "findings.json")?)
        .map_err(|error| error.to_string())
        .and_then(|text| serde_json::from_str(&text).map_err(|error| error.to_string()))
        .map_err(|why| broken(folder, "findings.json", &why))
}

/// The path of a file that a folder of results must have.
fn file(folder: &Path, name: &str) -> Result<PathBuf, Faults> {
    let path = folder.join(name);
    if path.is_file() {
        return Ok(path);
    }
    Err(Faults(vec![
        Fault::nowhere(format!("{} has no {name}", folder.display()))
            .help("name a folder that `tollway` wrote, such as output/baseline-...-s1"),
    ]))
}

fn broken(folder: &Path, name: &str, why: &str) -> Faults {
    Faults(vec![
        Fault::nowhere(format!("{}: {why}", folder.join(name).display()))
            .help("the file was changed after tollway wrote it; run the scenario again"),
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

/// The folder of a run: its manifest, and its tables, which are read when needed.
#[derive(Debug)]
pub struct RunFolder {
    /// Path of the folder.
    pub path: PathBuf,
    /// Names of the months.
    pub months: Vec<String>,
    /// The first day of the run.
    pub start: Date,
    /// Facts of the run that its manifest states.
    pub facts: Facts,
    /// True if the run came to its end.
    pub is_complete: bool,
    tables: RefCell<BTreeMap<String, Option<Values>>>,
}

/// The facts that a manifest states.
fn facts(json: &serde_json::Value, months: usize) -> Facts {
    let text = |key: &str| json[key].as_str().unwrap_or_default().to_owned();
    let number = |key: &str| json[key].as_u64().unwrap_or_default();
    Facts {
        scenario: text("scenario"),
        months,
        seed: number("seed"),
        replications: number("replications"),
        scenario_sha256: text("scenario_sha256"),
        version: text("version"),
    }
}

/// Values of a table by (entity, measure, month), over replications.
type Values = BTreeMap<(String, String, String), Vec<f64>>;

impl RunFolder {
    /// Opens the folder of a finished run.
    ///
    /// # Errors
    /// The message of a missing or wrong manifest.
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
            return Err(format!("{} has no start or no months", manifest.display()));
        };
        let calendar = Calendar::new(start, months);
        Ok(Self {
            path: path.to_owned(),
            months: (0..months)
                .map(|month| calendar.month_name(month))
                .collect(),
            start,
            facts: facts(&json, months),
            is_complete: json["complete"].as_bool().unwrap_or(false),
            tables: RefCell::default(),
        })
    }

    /// The samples of the run.
    #[must_use]
    pub fn samples(&self) -> RunSamples<'_> {
        RunSamples::new(
            self.start,
            self.months.len(),
            |table, entity, measure, month| {
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
            },
        )
    }

    /// Names of the entities of a table, each once; none without the table.
    #[must_use]
    pub fn entities(&self, table: &str) -> Vec<String> {
        let mut tables = self.tables.borrow_mut();
        let values = tables
            .entry(table.to_owned())
            .or_insert_with(|| self.read(table));
        let keys = values.iter().flat_map(BTreeMap::keys);
        let mut names: Vec<String> = keys.map(|(entity, ..)| entity.clone()).collect();
        names.dedup();
        names
    }

    fn read(&self, table: &str) -> Option<Values> {
        let parquet = self.path.join(format!("{table}.parquet"));
        let path = if parquet.exists() {
            parquet
        } else {
            self.path.join(format!("{table}.csv"))
        };
        values(&read(&path)?)
    }
}

fn values(frame: &DataFrame) -> Option<Values> {
    let columns = frame.columns();
    // Columns are replication, month, entity, then measures; rows are ordered by replication.
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
