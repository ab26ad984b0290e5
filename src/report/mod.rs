//! Reports: everything that a finished run writes. The only place that names polars and plotters.
#![expect(
    clippy::disallowed_methods,
    reason = "reports are where a run meets the file system"
)]

pub mod answer;
mod canvas;
pub mod charts;
pub mod compare;
pub mod discover;
pub mod experiment;
pub mod folder;
pub mod frames;
pub mod manifest;
pub mod moat;
pub mod page;
pub mod read;
pub mod sensitivity;
pub mod summary;
pub mod sweep;
pub mod thesis;

use std::path::{Path, PathBuf};

use crate::ensemble::{Ended, Ensemble};
use crate::scenario::stated::Stated;
use crate::scenario::{Change, Scenario};
use crate::time::Calendar;

use folder::Folder;
use manifest::{Manifest, RunRecord};

/// Format of the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Parquet.
    Parquet,
    /// Comma-separated values.
    Csv,
}

/// What a report is about.
#[derive(Debug)]
pub struct Report<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// The resolved scenario as TOML.
    pub resolved: String,
    /// What the scenario changes.
    pub changes: &'a [Change],
    /// What it changes it from.
    pub parent: &'a str,
    /// All that the scenario states, with places and sources.
    pub stated: Vec<Stated>,
    /// The outcome.
    pub ensemble: &'a Ensemble,
    /// The calendar.
    pub calendar: Calendar,
    /// Table format.
    pub format: Format,
    /// Times, host and threads.
    pub run: RunRecord,
}

/// A report that could not be written.
#[derive(Debug)]
pub struct WriteError {
    /// The path concerned.
    pub path: PathBuf,
    /// Why.
    pub reason: String,
}

impl std::fmt::Display for WriteError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "cannot write {}: {}", self.path.display(), self.reason)
    }
}

impl std::error::Error for WriteError {}

/// The folder of a run: scenario name, the first eight digits of the scenario's hash, and the seed.
#[must_use]
pub fn folder_name(scenario: &Scenario, hash: &str, ended: &Ended) -> String {
    let partial = if *ended == Ended::Complete {
        ""
    } else {
        "-partial"
    };
    format!(
        "{}-{}-s{}{partial}",
        scenario.name.text,
        &hash[..8],
        scenario.run.seed.0
    )
}

impl Report<'_> {
    /// Writes the report into a new folder under `out`.
    ///
    /// # Errors
    /// The first file that could not be written.
    pub fn write(&self, out: &Path, hash: &str) -> Result<PathBuf, WriteError> {
        let mut folder = Folder::new(folder_name(self.scenario, hash, &self.ensemble.ended));
        folder.put("scenario.toml", self.resolved.clone().into_bytes(), None);
        for table in frames::tables(self) {
            folder.put_table(&table, self.format)?;
        }
        let summary = summary::summarise(self.ensemble, &self.calendar);
        folder.put(
            "summary.csv",
            summary::csv(&summary).into_bytes(),
            Some(summary.len()),
        );
        let findings = page::findings(self.scenario, self.ensemble, self.calendar.months());
        folder.put(
            "findings.json",
            manifest::pretty(&findings).into_bytes(),
            None,
        );
        let page = page::page(self, &summary, &findings, hash);
        folder.put("report.html", page.into_bytes(), None);
        let charts = charts::draw_all(self, &summary).map_err(|reason| WriteError {
            path: PathBuf::from("charts"),
            reason,
        })?;
        for (name, pictures) in charts {
            folder.put_chart(name, pictures);
        }
        let manifest = Manifest::new(self, hash, folder.records());
        folder.put_aside("manifest.json", manifest.to_json());
        folder.put_aside("run.json", self.run.to_json());
        folder.write(out)
    }
}
