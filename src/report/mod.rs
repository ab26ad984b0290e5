//! Reports: the files and texts of finished runs and experiments. No other module uses polars or plotters.
#![expect(clippy::disallowed_methods, reason = "reports write and read files")]

pub mod charts;
pub mod coverage;
pub mod experiments;
pub mod folder;
pub mod manifest;
pub mod page;
pub mod read;
pub mod tables;
pub mod text;

use std::path::{Path, PathBuf};

use crate::base::time::Calendar;
use crate::ensemble::{Ended, Ensemble};
use crate::evidence::past::Past;
use crate::scenario::stated::Stated;
use crate::scenario::{Change, Scenario};

use charts::run as run_charts;
use folder::Folder;
use manifest::{Manifest, RunRecord};
use tables::{commitments, dollar, frames, summary, workbook};

/// Format of the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Parquet.
    Parquet,
    /// Comma-separated values.
    Csv,
}

/// A finished run that is about to be written.
#[derive(Debug)]
pub struct Report<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// The resolved scenario as TOML.
    pub resolved: String,
    /// Changes of the scenario against its parent.
    pub changes: &'a [Change],
    /// Name of the parent.
    pub parent: &'a str,
    /// Every value of the scenario, with its place and source.
    pub stated: Vec<Stated>,
    /// Results.
    pub ensemble: &'a Ensemble,
    /// Calendar of the months.
    pub calendar: Calendar,
    /// Format of the tables.
    pub format: Format,
    /// True if a workbook is written too.
    pub has_workbook: bool,
    /// Times, host and threads of the run.
    pub run: RunRecord,
}

/// A report that was written.
#[derive(Debug)]
pub struct Written {
    /// Folder of its files.
    pub folder: PathBuf,
    /// Every measure by month as a distribution.
    pub summary: Vec<summary::Line>,
    /// The findings.
    pub findings: Vec<page::Finding>,
}

/// A report that could not be written.
#[derive(Debug)]
pub struct WriteError {
    /// Path of the file.
    pub path: PathBuf,
    /// Reason.
    pub reason: String,
}

impl std::fmt::Display for WriteError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "cannot write {}: {}", self.path.display(), self.reason)
    }
}

impl std::error::Error for WriteError {}

/// The name of the folder of a run: scenario, first eight digits of its hash, and seed.
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
    pub fn write(&self, out: &Path, hash: &str) -> Result<Written, WriteError> {
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
        folder.put_findings(&findings);
        let dollar = dollar::parts(self.scenario, self.ensemble, &self.calendar);
        let rows = Some(dollar.len());
        folder.put("dollar.csv", dollar::csv(&dollar).into_bytes(), rows);
        let look = |table: &str, entity: &str, measure: &str| {
            let found = summary::series(&summary, table, entity, measure);
            found.into_iter().copied().collect()
        };
        let past = Past::before(self.scenario.start.date);
        let run = run_charts::Run {
            scenario: self.scenario,
            months: &self.calendar.month_names(),
            look: &look,
            dollar: &dollar,
            past: &past,
        };
        let charts = run.all();
        let contents = page::Contents {
            summary: &summary,
            findings: &findings,
            charts: &charts,
            dollar: &dollar,
            commitments: &commitments::groups(self.scenario, &look),
            hash,
            past: &past,
        };
        let page = page::page(self, contents);
        folder.put("report.html", page.into_bytes(), None);
        let source = run_charts::source(self.scenario, self.ensemble.replications());
        folder.put_charts(charts, &source)?;
        if self.has_workbook {
            let book = workbook::of_run(&workbook::Run {
                scenario: self.scenario,
                stated: &self.stated,
                months: run.months,
                look: &look,
                findings: &findings,
                dollar: &dollar,
                origin: &self.origin(hash),
            });
            folder.put_workbook(book)?;
        }
        let manifest = Manifest::new(self, hash, folder.records());
        folder.put_aside("manifest.json", manifest.to_json());
        folder.put_aside("run.json", self.run.to_json());
        Ok(Written {
            folder: folder.write(out)?,
            summary,
            findings,
        })
    }

    /// The origin of the run, as terms with texts.
    fn origin(&self, hash: &str) -> Vec<(String, String)> {
        let scenario = self.scenario;
        let count = |class: &str| self.stated.iter().filter(|s| s.class == class).count();
        let changes: Vec<String> = self.changes.iter().map(ToString::to_string).collect();
        let changes = if changes.is_empty() {
            "nothing".to_owned()
        } else {
            changes.join("; ")
        };
        let classes = format!(
            "{} measured, {} estimated, {} assumed; an assumed number is a guess that can be disputed",
            count("measured"),
            count("estimated"),
            count("assumed")
        );
        let program = format!(
            "tollway {}, commit {}",
            env!("CARGO_PKG_VERSION"),
            manifest::COMMIT
        );
        let facts = [
            ("Scenario", format!("{}: {}", scenario.name.text, scenario.title.text)),
            ("Changes", changes),
            ("Start", scenario.start.date.to_string()),
            (
                "Replications",
                format!(
                    "{} of {} enterprises, seed {}",
                    self.ensemble.replications(),
                    scenario.run.enterprises.0,
                    scenario.run.seed.0
                ),
            ),
            ("Scenario hash", hash.to_owned()),
            ("Program", program),
            ("Numbers stated", classes),
            (
                "Limits",
                "Bands show the spread that comes from the model's uncertain numbers and from chance. They do not cover what the model leaves out.".to_owned(),
            ),
        ];
        facts.map(|(term, text)| (term.to_owned(), text)).to_vec()
    }
}
