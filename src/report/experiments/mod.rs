//! Reports of experiments: tables, charts, findings, the page, a manifest, and the scenarios of the arms.

pub mod attribution;
pub mod compare;
pub mod discover;
pub mod game;
pub mod moat;
pub mod sensitivity;
pub mod sweep;
pub mod thesis;
mod thesis_page;
mod thesis_words;

use std::fmt::Write as _;
use std::path::Path;

use serde::Serialize;
use serde_json::Value;

use crate::experiments::arms::Arm;
use crate::metric::Metric;
use crate::report::charts::Chart;
use crate::report::folder::Folder;
use crate::report::manifest::{COMMIT, FileRecord, pretty, scenario_hash, sha256};
use crate::report::page::Finding;
use crate::report::page::experiment::{Parts, page};
use crate::report::tables::frames::Frame;
use crate::report::tables::workbook::of_experiment;
use crate::report::text::number_format::titled;
use crate::report::{Format, WriteError};
use crate::scenario::stated::stated;
use crate::scenario::text::write;

/// The manifest of an experiment.
#[derive(Debug, Serialize)]
struct Manifest {
    tool: &'static str,
    version: &'static str,
    commit: &'static str,
    command: &'static str,
    arms: Vec<ArmRecord>,
    seed: u64,
    replications: u32,
    options: Value,
    files: Vec<FileRecord>,
}

#[derive(Debug, Serialize)]
struct ArmRecord {
    name: String,
    scenario_sha256: String,
    months: u64,
    enterprises: u64,
}

/// The report of a finished experiment: text, JSON, tables, charts and findings.
pub trait ExperimentReport {
    /// The experiment.
    fn experiment(&self) -> &Experiment<'_>;

    /// The results as text.
    fn text(&self) -> String;

    /// The results as JSON; `folder` is where the files are.
    fn json(&self, folder: &Path) -> String;

    /// The table of single runs, which is too long for the page.
    fn runs(&self) -> Option<Frame> {
        None
    }

    /// Tables, which the page shows too.
    fn tables(&self) -> Vec<Frame>;

    /// Charts.
    fn charts(&self) -> Vec<Chart>;

    /// The line at the foot of the charts.
    fn source_line(&self) -> String {
        self.experiment().source_line()
    }

    /// A further file: its name and its text.
    fn page(&self) -> Option<(&'static str, String)> {
        None
    }

    /// Findings, the most important first.
    fn findings(&self) -> Vec<Finding>;

    /// The folder of results.
    ///
    /// # Errors
    /// A table that could not be encoded, or a chart that could not be drawn.
    fn folder(&self, format: Format) -> Result<Folder, WriteError> {
        let mut folder = Folder::new(self.experiment().name());
        if let Some(runs) = self.runs() {
            folder.put_table(&runs, format)?;
        }
        for table in self.tables() {
            folder.put_shown_table(table, format)?;
        }
        folder.put_charts(self.charts(), &self.source_line())?;
        if let Some((name, text)) = self.page() {
            folder.put(name, text.into_bytes(), None);
        }
        self.experiment().close(&mut folder, &self.findings())?;
        Ok(folder)
    }
}

/// An experiment about to be written.
#[derive(Clone, Debug)]
pub struct Experiment<'a> {
    /// The command.
    pub command: &'static str,
    /// The scenarios in its name; the names of the first three arms if left out.
    pub label: Option<String>,
    /// Arms.
    pub arms: &'a [Arm],
    /// Replications of each arm.
    pub replications: u32,
    /// True if a workbook is written too.
    pub has_workbook: bool,
    /// Everything else that decides the results.
    pub options: &'a Value,
}

impl Experiment<'_> {
    /// A hash of everything that decides the results: program version, command, options and arms.
    #[must_use]
    pub fn key(&self) -> String {
        let mut text = format!(
            "{} {} {}",
            self.command,
            env!("CARGO_PKG_VERSION"),
            self.options
        );
        for arm in self.arms {
            let hash = sha256(write(&arm.loaded.tree).as_bytes());
            let _ = write!(text, " {} {hash}", arm.name);
        }
        sha256(text.as_bytes())
    }

    /// The name of its folder: command, label and the first eight digits of the key.
    #[must_use]
    pub fn name(&self) -> String {
        let names = self.arms.iter().take(3).map(|arm| arm.name.as_str());
        let label = self
            .label
            .clone()
            .unwrap_or_else(|| names.collect::<Vec<_>>().join("-vs-"));
        let dash = if label.is_empty() { "" } else { "-" };
        format!("{}-{label}{dash}{}", self.command, &self.key()[..8])
    }

    /// Adds the page, the scenarios of the arms and the manifest to a folder with all other files.
    ///
    /// # Errors
    /// A workbook that could not be encoded.
    pub fn close(&self, folder: &mut Folder, findings: &[Finding]) -> Result<(), WriteError> {
        if self.has_workbook {
            let tables = folder.shown_tables();
            let book = of_experiment(&self.heading(), findings, tables, &self.origin());
            folder.put_workbook(book)?;
        }
        folder.put_findings(findings);
        let page = page(&Parts {
            heading: self.heading(),
            subtitle: self.source_line(),
            findings,
            charts: folder.charts(),
            tables: folder.shown_tables(),
            stated: &self
                .arms
                .first()
                .map(|arm| stated(&arm.loaded.tree))
                .unwrap_or_default(),
            origin: self.origin(),
        });
        folder.put("report.html", page.into_bytes(), None);
        for arm in self.arms {
            let text = write(&arm.loaded.tree).into_bytes();
            folder.put(&format!("scenarios/{}.toml", arm.name), text, None);
        }
        let record = |arm: &Arm| ArmRecord {
            name: arm.name.clone(),
            scenario_sha256: scenario_hash(&write(&arm.loaded.tree)),
            months: arm.loaded.scenario.months.0,
            enterprises: arm.loaded.scenario.run.enterprises.0,
        };
        let manifest = Manifest {
            tool: env!("CARGO_PKG_NAME"),
            version: env!("CARGO_PKG_VERSION"),
            commit: COMMIT,
            command: self.command,
            arms: self.arms.iter().map(record).collect(),
            seed: self
                .arms
                .first()
                .map_or(0, |arm| arm.loaded.scenario.run.seed.0),
            replications: self.replications,
            options: self.options.clone(),
            files: folder.records(),
        };
        folder.put_aside("manifest.json", pretty(&manifest));
        Ok(())
    }

    fn heading(&self) -> String {
        let names: Vec<&str> = self.arms.iter().map(|arm| arm.name.as_str()).collect();
        let what = match self.command {
            "compare" => "Compared",
            "sweep" => "A sweep",
            "thesis" => "Claims tested",
            "sensitivity" => "Drivers of the spread",
            "moat" => "Value of each lever of lock-in",
            "game" => "A game",
            "certify" => "Certificate of stability",
            other => other,
        };
        let arms = match &self.label {
            Some(label) if self.command == "game" => label.clone(),
            _ if names.len() > 4 => format!("{} and {} more arms", names[0], names.len() - 1),
            _ => names.join(", "),
        };
        format!("{what}: {arms}")
    }

    /// The origin of the results: arms with their changes, seed, options and program.
    fn origin(&self) -> Vec<(String, String)> {
        let mut all = Vec::new();
        for arm in self.arms.iter().take(12) {
            let loaded = &arm.loaded;
            let mut changes: Vec<String> = loaded
                .changes
                .iter()
                .take(8)
                .map(ToString::to_string)
                .collect();
            if loaded.changes.len() > 8 {
                changes.push(format!("and {} more", loaded.changes.len() - 8));
            }
            let changes = if changes.is_empty() {
                "no changes".to_owned()
            } else {
                format!("against {}: {}", loaded.parent, changes.join("; "))
            };
            let title = &loaded.scenario.title.text;
            all.push((format!("Arm {}", arm.name), format!("{title}; {changes}")));
        }
        let first = self.arms.first().map(|arm| &arm.loaded.scenario);
        if let Some(vintage) = first.and_then(|scenario| scenario.vintage.as_ref()) {
            all.push(("Data as of".to_owned(), vintage.date.to_string()));
        }
        let run = first.map(|scenario| &scenario.run);
        let seed = run.map_or(0, |run| run.seed.0);
        let program = format!("tollway {}, commit {COMMIT}", env!("CARGO_PKG_VERSION"));
        all.push((
            "Replications".to_owned(),
            format!("{} an arm, seed {seed}", self.replications),
        ));
        all.push(("Options".to_owned(), self.options.to_string()));
        all.push(("Key".to_owned(), self.key()));
        all.push(("Program".to_owned(), program));
        all.push((
            "Limits".to_owned(),
            "Intervals show the spread that comes from uncertain numbers and chance, at this number of replications. They do not cover what the model leaves out.".to_owned(),
        ));
        all
    }

    /// A metric in words, with titles of the actors from the first arm.
    #[must_use]
    pub fn words(&self, metric: &Metric) -> String {
        let scenario = self.arms.first().map(|arm| &arm.loaded.scenario);
        let title = |name: &str| scenario.map_or_else(|| name.to_owned(), |s| titled(s, name));
        metric.words(&title)
    }

    /// The line at the foot of the charts.
    #[must_use]
    pub fn source_line(&self) -> String {
        let mut names: Vec<&str> = self.arms.iter().map(|arm| arm.name.as_str()).collect();
        let more = if names.len() > 4 {
            format!(" and {} more arms", names.len() - 1)
        } else {
            String::new()
        };
        if names.len() > 4 {
            names.truncate(1);
        }
        let run = self.arms.first().map(|arm| &arm.loaded.scenario.run);
        format!(
            "tollway {} {}{more} | seed {}, {} replications of {} enterprises an arm | tollway {}",
            self.command,
            names.join(" "),
            run.map_or(0, |run| run.seed.0),
            self.replications,
            run.map_or(0, |run| run.enterprises.0),
            env!("CARGO_PKG_VERSION"),
        )
    }
}
