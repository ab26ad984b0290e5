//! Reading a finished run back from its folder.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use polars::prelude::{CsvReader, DataFrame, DataType, ParquetReader, SerReader};

use crate::experiments::measures::Outcomes;
use crate::time::{Calendar, Date};

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
