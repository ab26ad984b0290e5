//! Folders of results, which are written completely or not at all.

use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::{Format, WriteError};
use crate::report::charts::Chart;
use crate::report::charts::draw::draw;
use crate::report::manifest::{FileRecord, sha256};
use crate::report::page::Finding;
use crate::report::tables::frames::{Frame, encode};

/// The files of a result, before they are written.
#[derive(Debug)]
pub struct Folder {
    name: String,
    files: Vec<(String, Vec<u8>)>,
    records: Vec<FileRecord>,
    tables: Vec<Frame>,
    charts: Vec<Chart>,
}

/// The charts of a result, as `charts/charts.json` stores them.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub struct Sheet {
    /// Line at the foot of each chart.
    pub source: String,
    /// Charts.
    pub charts: Vec<Chart>,
}

impl Folder {
    /// An empty folder of that name.
    #[must_use]
    pub const fn new(name: String) -> Self {
        Self {
            name,
            files: Vec::new(),
            records: Vec::new(),
            tables: Vec::new(),
            charts: Vec::new(),
        }
    }

    /// Adds a file that the manifest lists.
    pub fn put(&mut self, path: &str, bytes: Vec<u8>, rows: Option<usize>) {
        self.records.push(FileRecord {
            path: path.to_owned(),
            sha256: sha256(&bytes),
            rows,
        });
        self.files.push((path.to_owned(), bytes));
    }

    /// Adds a table.
    ///
    /// # Errors
    /// The message of the library that encodes the table.
    pub fn put_table(&mut self, frame: &Frame, format: Format) -> Result<(), WriteError> {
        let (extension, bytes) = encode(frame, format).map_err(|reason| WriteError {
            path: PathBuf::from(&frame.name),
            reason,
        })?;
        self.put(
            &format!("{}.{extension}", frame.name),
            bytes,
            Some(frame.rows()),
        );
        Ok(())
    }

    /// Adds charts as SVG and PNG, and their descriptions in `charts/charts.json`.
    ///
    /// # Errors
    /// The message of the drawing library.
    pub fn put_charts(&mut self, charts: Vec<Chart>, source: &str) -> Result<(), WriteError> {
        let drawn: Vec<_> = charts.par_iter().map(|chart| draw(chart, source)).collect();
        for (chart, pictures) in charts.iter().zip(drawn) {
            let path = format!("charts/{}", chart.name);
            let [svg, png] = pictures.map_err(|reason| WriteError {
                path: PathBuf::from(&path),
                reason,
            })?;
            self.put(&format!("{path}.svg"), svg, None);
            self.put(&format!("{path}.png"), png, None);
        }
        let sheet = Sheet {
            source: source.to_owned(),
            charts,
        };
        let mut text = serde_json::to_string(&sheet).expect("charts have text keys");
        text.push('\n');
        self.put("charts/charts.json", text.into_bytes(), None);
        self.charts = sheet.charts;
        Ok(())
    }

    /// Adds findings as `findings.json`.
    pub fn put_findings(&mut self, findings: &[Finding]) {
        let text = crate::report::manifest::pretty(&findings);
        self.put("findings.json", text.into_bytes(), None);
    }

    /// Adds a workbook.
    ///
    /// # Errors
    /// The message of the library that encodes the workbook.
    pub fn put_workbook(&mut self, book: Result<Vec<u8>, String>) -> Result<(), WriteError> {
        let bytes = book.map_err(|reason| WriteError {
            path: PathBuf::from("workbook.xlsx"),
            reason,
        })?;
        self.put("workbook.xlsx", bytes, None);
        Ok(())
    }

    /// Adds a table that the page of the results shows too.
    ///
    /// # Errors
    /// The message of the library that encodes the table.
    pub fn put_shown_table(&mut self, frame: Frame, format: Format) -> Result<(), WriteError> {
        self.put_table(&frame, format)?;
        self.tables.push(frame);
        Ok(())
    }

    /// The tables that the page shows.
    #[must_use]
    pub fn shown_tables(&self) -> &[Frame] {
        &self.tables
    }

    /// The charts.
    #[must_use]
    pub fn charts(&self) -> &[Chart] {
        &self.charts
    }

    /// Adds a file that the manifest does not list: the manifest itself, or a file that differs between repetitions.
    pub fn put_aside(&mut self, path: &str, text: String) {
        self.files.push((path.to_owned(), text.into_bytes()));
    }

    /// The records of the files so far, for the manifest.
    #[must_use]
    pub fn records(&self) -> Vec<FileRecord> {
        self.records.clone()
    }

    /// Writes the folder under `out`. It has a temporary name until all files are written, so a folder with the final name is
    /// always complete. An existing folder of that name is replaced.
    ///
    /// # Errors
    /// The first file that could not be written.
    pub fn write(&self, out: &Path) -> Result<PathBuf, WriteError> {
        let target = out.join(&self.name);
        let temporary = out.join(format!(".{}.{}.tmp", self.name, std::process::id()));
        let written = self.write_into(&temporary);
        if let Err(error) = written {
            let _ = fs::remove_dir_all(&temporary);
            return Err(error);
        }
        if target.exists() {
            fs::remove_dir_all(&target).map_err(|error| at(&target, &error))?;
        }
        fs::rename(&temporary, &target).map_err(|error| at(&target, &error))?;
        Ok(target)
    }

    fn write_into(&self, folder: &Path) -> Result<(), WriteError> {
        for (name, bytes) in &self.files {
            let path = folder.join(name);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent).map_err(|error| at(&path, &error))?;
            }
            fs::write(&path, bytes).map_err(|error| at(&path, &error))?;
        }
        Ok(())
    }
}

fn at(path: &Path, error: &std::io::Error) -> WriteError {
    WriteError {
        path: path.to_path_buf(),
        reason: error.to_string(),
    }
}
