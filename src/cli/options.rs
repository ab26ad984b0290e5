//! Options that commands share: the size of runs, and where results go.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Failure;
use crate::report::Format;
use crate::scenario::{Fault, Faults, Loaded};

/// The size of runs.
#[derive(Clone, Debug, Args)]
pub(super) struct SizeArgs {
    /// Number of replications [default: from the scenario].
    #[arg(long, value_name = "N")]
    pub(super) replications: Option<u32>,
    /// Seed of all random streams [default: from the scenario].
    #[arg(long, value_name = "N")]
    pub(super) seed: Option<u64>,
    /// Number of months [default: from the scenario].
    #[arg(long, value_name = "N")]
    pub(super) months: Option<u32>,
    /// Number of enterprises [default: from the scenario].
    #[arg(long, value_name = "N")]
    pub(super) enterprises: Option<u32>,
}

impl SizeArgs {
    /// The options as edits of a scenario.
    pub(super) fn edits(&self) -> Vec<String> {
        let edit = |path: &str, value: Option<String>| value.map(|value| format!("{path}={value}"));
        [
            edit("run.replications", self.replications.map(|n| n.to_string())),
            edit("run.seed", self.seed.map(|n| n.to_string())),
            edit("months", self.months.map(|n| n.to_string())),
            edit("run.enterprises", self.enterprises.map(|n| n.to_string())),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// The folder and the formats of results.
#[derive(Clone, Debug, Args)]
pub(super) struct ResultArgs {
    /// Folder for results.
    #[arg(long, value_name = "DIR", default_value = "output")]
    pub(super) out: PathBuf,
    /// Overwrite an existing result.
    #[arg(long)]
    pub(super) force: bool,
    /// Format of the tables.
    #[arg(long, value_enum, default_value_t = TableFormat::Parquet)]
    pub(super) format: TableFormat,
    /// Also write a workbook: findings, tables and sources.
    #[arg(long)]
    pub(super) xlsx: bool,
    /// Print the results as JSON instead of tables.
    #[arg(long)]
    pub(super) json: bool,
}

impl ResultArgs {
    /// The folder of that name; fails if it exists and is not to be overwritten.
    pub(super) fn target(&self, name: &str) -> Result<PathBuf, Failure> {
        let target = self.out.join(name);
        if target.exists() && !self.force {
            return Err(Failure::Io(format!(
                "{} already exists (the same scenario and seed would produce identical files). Use --force to overwrite, or change --seed or --out",
                target.display()
            )));
        }
        Ok(target)
    }

    /// The format of tables.
    pub(super) const fn format(&self) -> Format {
        match self.format {
            TableFormat::Csv => Format::Csv,
            TableFormat::Parquet => Format::Parquet,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum TableFormat {
    Parquet,
    Csv,
}

/// A share such as `2%` or `0.02`.
pub(super) fn share(text: &str) -> Result<f64, String> {
    let (number, scale) = text
        .strip_suffix('%')
        .map_or((text, 1.0), |number| (number, 0.01));
    match number.trim().parse::<f64>() {
        Ok(value) if value > 0.0 && value.is_finite() => Ok(value * scale),
        _ => Err("write a share such as 2% or 0.02".to_owned()),
    }
}

/// The metrics of `--metric`, or `defaults` if the option is not given.
pub(super) fn metrics_or(given: &[String], defaults: impl FnOnce() -> Vec<String>) -> Vec<String> {
    if given.is_empty() {
        defaults()
    } else {
        given.to_vec()
    }
}

/// The number of replications of a scenario.
pub(super) fn replications(loaded: &Loaded) -> u32 {
    u32::try_from(loaded.scenario.run.replications.0).unwrap_or(u32::MAX)
}

/// A fault without a place in a file.
pub(super) fn fault(message: impl Into<String>, help: &str) -> Failure {
    Failure::Scenario(Faults(vec![Fault::nowhere(message).help(help)]))
}

/// Reads groups written as `name=path,path`.
pub(super) fn groups(texts: &[String]) -> Result<Vec<(String, Vec<String>)>, Failure> {
    texts
        .iter()
        .map(|text| match text.split_once('=') {
            Some((name, paths)) => Ok((
                name.trim().to_owned(),
                paths
                    .split(',')
                    .map(|path| path.trim().to_owned())
                    .collect(),
            )),
            None => Err(fault(
                format!("group `{text}` has no paths"),
                "write --group name=path,path",
            )),
        })
        .collect()
}
