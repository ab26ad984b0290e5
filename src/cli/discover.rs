//! `tollway discover`.

use std::path::PathBuf;

use clap::Args;

use super::options::{fault, share};
use super::{Failure, print};
use crate::experiments::discover::{Condition, Options, discover};
use crate::report::experiments::discover::{fill, json, read_table, text};
use crate::report::folder::Folder;
use crate::report::manifest::sha256;

/// Options of `tollway discover`.
#[derive(Debug, Args)]
pub(super) struct DiscoverArgs {
    /// Folder of a sweep, or its table (sweep.parquet or sweep.csv).
    table: PathBuf,
    /// Cases of interest: a column, a comparison and a number.
    #[arg(long, value_name = "CONDITION")]
    cases: String,
    /// Columns that may bound a box, separated by commas [default: the varied values].
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    inputs: Vec<String>,
    /// Share of points that each step peels off.
    #[arg(long, value_name = "SHARE", default_value = "5%", value_parser = share)]
    alpha: f64,
    /// Smallest share of points in a box.
    #[arg(long, value_name = "SHARE", default_value = "5%", value_parser = share)]
    least: f64,
    /// Resamples for the stability of bounds.
    #[arg(long, value_name = "N", default_value_t = 50)]
    resamples: u32,
    /// Seed of resampling.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Also write the peeling trajectory, as a table and a chart, to a new folder in this one.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print the results as JSON.
    #[arg(long)]
    json: bool,
}

/// Finds the region of a sweep in which a condition holds.
pub(super) fn run(args: &DiscoverArgs) -> Result<(), Failure> {
    let condition = Condition::read(&args.cases)?;
    let mut path = args.table.clone();
    if path.is_dir() {
        let csv = path.join("sweep.csv");
        path = if csv.exists() {
            csv
        } else {
            path.join("sweep.parquet")
        };
    }
    let table = read_table(&path)
        .map_err(|reason| fault(reason, "name the folder of a sweep, or its table"))?;
    let inputs = if args.inputs.is_empty() {
        // Metrics contain months or calls of functions; keys of a scenario do not.
        let is_key =
            |name: &str| !name.contains(['[', '(']) && name != "point" && name != "replication";
        table
            .iter()
            .filter(|column| is_key(&column.name))
            .map(|column| column.name.clone())
            .collect()
    } else {
        args.inputs.clone()
    };
    let options = Options {
        alpha: args.alpha.min(0.5),
        least: args.least.min(0.9),
        resamples: args.resamples,
        seed: args.seed,
    };
    let found = discover(&table, &condition, &inputs, options)?;
    let mut written = String::new();
    if let Some(out) = &args.out {
        let key =
            sha256(format!("{} {options:?} {inputs:?} {}", args.cases, path.display()).as_bytes());
        let mut folder = Folder::new(format!("discover-{}", &key[..8]));
        fill(&mut folder, &found, &args.cases, &path)
            .and_then(|()| folder.write(out))
            .map(|folder| written = format!("\nWritten to {}\n", folder.display()))
            .map_err(|error| Failure::Io(error.to_string()))?;
    }
    if args.json {
        print(&json(&found))
    } else {
        print(&(text(&found) + &written))
    }
}
