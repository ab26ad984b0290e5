//! The manifest of a run, which is the same for every repetition, and its record, which is not.

use std::fmt::Write as _;

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::Report;
use crate::ensemble::Ended;
use crate::scenario::Scenario;

/// The commit that the program was built from.
pub const COMMIT: &str = env!("TOLLWAY_COMMIT");

/// A file of a run.
#[derive(Clone, Debug, Serialize)]
pub struct FileRecord {
    /// Path inside the folder.
    pub path: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// Number of rows of a table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<usize>,
}

/// The manifest of a run: the same bytes for every repetition.
#[derive(Clone, Debug, Serialize)]
pub struct Manifest {
    tool: &'static str,
    version: &'static str,
    commit: &'static str,
    scenario: String,
    scenario_sha256: String,
    parent: String,
    changes: Vec<String>,
    start: String,
    months: u64,
    enterprises: u64,
    seed: u64,
    replications: usize,
    complete: bool,
    ended: String,
    files: Vec<FileRecord>,
}

impl Manifest {
    /// The manifest of a report.
    #[must_use]
    pub fn new(report: &Report<'_>, hash: &str, files: Vec<FileRecord>) -> Self {
        let scenario: &Scenario = report.scenario;
        let ended = match &report.ensemble.ended {
            Ended::Complete => "complete".to_owned(),
            Ended::Interrupted => "interrupted".to_owned(),
            Ended::Broken {
                replication,
                reason,
            } => format!("broken invariant in replication {replication}: {reason}"),
        };
        Self {
            tool: env!("CARGO_PKG_NAME"),
            version: env!("CARGO_PKG_VERSION"),
            commit: COMMIT,
            scenario: scenario.name.text.clone(),
            scenario_sha256: hash.to_owned(),
            parent: report.parent.to_owned(),
            changes: report.changes.iter().map(ToString::to_string).collect(),
            start: scenario.start.date.to_string(),
            months: scenario.months.0,
            enterprises: scenario.run.enterprises.0,
            seed: scenario.run.seed.0,
            replications: report.ensemble.replications(),
            complete: report.ensemble.ended == Ended::Complete,
            ended,
            files,
        }
    }

    /// The manifest as JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        pretty(self)
    }
}

/// Times and machine of a run, which differ between repetitions.
#[derive(Clone, Debug, Serialize)]
pub struct RunRecord {
    /// Start of the run, seconds since 1970.
    pub started_unix_s: u64,
    /// Time of all replications, seconds.
    pub simulated_s: f64,
    /// Number of threads.
    pub threads: usize,
    /// Host name.
    pub host: String,
    /// Operating system and architecture.
    pub platform: String,
    /// Peak memory in bytes, where the system reports it.
    pub peak_memory_bytes: Option<u64>,
    /// Decisions per second of all threads.
    pub decisions_per_s: f64,
    /// Events per second of all threads.
    pub events_per_s: f64,
}

impl RunRecord {
    /// The record as JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        pretty(self)
    }
}

pub(in crate::report) fn pretty<T: Serialize>(value: &T) -> String {
    let mut text = serde_json::to_string_pretty(value).expect("records have text keys");
    text.push('\n');
    text
}

/// SHA-256 in hexadecimal.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .fold(String::with_capacity(64), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

/// The hash of the resolved text of a scenario, without seed and number of replications, which folder and manifest state
/// themselves.
#[must_use]
pub fn scenario_hash(resolved: &str) -> String {
    let mut in_run = false;
    let kept: Vec<&str> = resolved
        .lines()
        .filter(|line| {
            if line.starts_with('[') {
                in_run = *line == "[run]";
            }
            !(in_run && (line.starts_with("seed = ") || line.starts_with("replications = ")))
        })
        .collect();
    sha256(kept.join("\n").as_bytes())
}
