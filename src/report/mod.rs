//! Reports: everything that a finished run writes. The only place that names polars and plotters.
#![expect(
    clippy::disallowed_methods,
    reason = "reports are where a run meets the file system"
)]

pub mod answer;
pub mod charts;
pub mod frames;
pub mod manifest;
pub mod read;
pub mod summary;

use std::fs;
use std::path::{Path, PathBuf};

use crate::ensemble::{Ended, Ensemble};
use crate::scenario::{Change, Scenario};
use crate::time::Calendar;

use manifest::{FileRecord, Manifest, RunRecord};

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
    /// Writes the report into a new folder under `out`: first under a temporary name, then renamed, so that a
    /// folder of the final name is always whole. An older folder of that name is replaced.
    ///
    /// # Errors
    /// The first file that could not be written.
    pub fn write(&self, out: &Path, hash: &str) -> Result<PathBuf, WriteError> {
        let name = folder_name(self.scenario, hash, &self.ensemble.ended);
        let target = out.join(&name);
        let temporary = out.join(format!(".{name}.{}.tmp", std::process::id()));
        let at = |path: &Path| {
            let path = path.to_path_buf();
            move |error: std::io::Error| WriteError {
                path,
                reason: error.to_string(),
            }
        };
        fs::create_dir_all(&temporary).map_err(at(&temporary))?;
        let written = self.write_into(&temporary, hash);
        if let Err(error) = written {
            let _ = fs::remove_dir_all(&temporary);
            return Err(error);
        }
        if target.exists() {
            fs::remove_dir_all(&target).map_err(at(&target))?;
        }
        fs::rename(&temporary, &target).map_err(at(&target))?;
        Ok(target)
    }

    fn write_into(&self, folder: &Path, hash: &str) -> Result<(), WriteError> {
        let mut files: Vec<FileRecord> = Vec::new();
        let mut put = |name: &str, bytes: &[u8], rows: Option<usize>| -> Result<(), WriteError> {
            let path = folder.join(name);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent).map_err(|error| WriteError {
                    path: path.clone(),
                    reason: error.to_string(),
                })?;
            }
            fs::write(&path, bytes).map_err(|error| WriteError {
                path: path.clone(),
                reason: error.to_string(),
            })?;
            files.push(FileRecord {
                path: name.to_owned(),
                sha256: manifest::sha256(bytes),
                rows,
            });
            Ok(())
        };
        put("scenario.toml", self.resolved.as_bytes(), None)?;
        for table in frames::tables(self) {
            let (extension, bytes) =
                frames::encode(&table, self.format).map_err(|reason| WriteError {
                    path: folder.join(&table.name),
                    reason,
                })?;
            put(
                &format!("{}.{extension}", table.name),
                &bytes,
                Some(table.rows()),
            )?;
        }
        let summary = summary::summarise(self.ensemble, &self.calendar);
        put(
            "summary.csv",
            summary::csv(&summary).as_bytes(),
            Some(summary.len()),
        )?;
        for (name, bytes) in charts::draw_all(self, &summary).map_err(|reason| WriteError {
            path: folder.join("charts"),
            reason,
        })? {
            put(&format!("charts/{name}"), &bytes, None)?;
        }
        let manifest = Manifest::new(self, hash, files);
        put_last(folder, "manifest.json", &manifest.to_json())?;
        put_last(folder, "run.json", &self.run.to_json())
    }
}

fn put_last(folder: &Path, name: &str, text: &str) -> Result<(), WriteError> {
    let path = folder.join(name);
    fs::write(&path, text).map_err(|error| WriteError {
        path,
        reason: error.to_string(),
    })
}
