//! `tollway show`.
#![expect(
    clippy::disallowed_methods,
    reason = "a finished run is a folder of the user's"
)]

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use clap::Args;

use super::{Failure, print};
use crate::report::answer::Answer;
use crate::report::page::Finding;
use crate::scenario::{Fault, Faults, Request, load};
use crate::stats::Summary;

/// Options of `tollway show`.
#[derive(Debug, Args)]
pub(super) struct ShowArgs {
    /// Folder of a finished run.
    run: PathBuf,
}

/// Whether headings may be bold: on a terminal, unless `NO_COLOR` is set.
pub(super) fn is_styled() -> bool {
    std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|set| set.is_empty())
}

/// Shows the answer of a finished run.
pub(super) fn run(args: &ShowArgs) -> Result<(), Failure> {
    let loaded = load(&Request {
        file: Some(file(&args.run, "scenario.toml")?),
        ..Request::default()
    })?;
    let findings = std::fs::read_to_string(file(&args.run, "findings.json")?)
        .map_err(|error| error.to_string())
        .and_then(|text| serde_json::from_str::<Vec<Finding>>(&text).map_err(|e| e.to_string()))
        .map_err(|why| broken(&args.run, "findings.json", &why))?;
    let path = file(&args.run, "summary.csv")?;
    let (series, replications) =
        read(&path).map_err(|why| broken(&args.run, "summary.csv", &why))?;
    let look = |table: &str, entity: &str, measure: &str| {
        let key = (table.to_owned(), entity.to_owned(), measure.to_owned());
        series.get(&key).cloned().unwrap_or_default()
    };
    let answer = Answer {
        scenario: &loaded.scenario,
        look: &look,
        replications,
        findings: &findings,
        is_styled: is_styled(),
    };
    print(&answer.text())
}

/// A file that every folder of a run has.
fn file(folder: &Path, name: &str) -> Result<PathBuf, Failure> {
    let path = folder.join(name);
    if path.is_file() {
        return Ok(path);
    }
    Err(Faults(vec![
        Fault::nowhere(format!("{} has no {name}", folder.display()))
            .help("name the folder that `tollway run` wrote, such as output/baseline-...-s1"),
    ])
    .into())
}

fn broken(folder: &Path, name: &str, why: &str) -> Failure {
    Faults(vec![
        Fault::nowhere(format!("{}: {why}", folder.join(name).display()))
            .help("the file was changed after the run wrote it; run the scenario again"),
    ])
    .into()
}

type Series = BTreeMap<(String, String, String), Vec<Summary>>;

/// The summary of a run by table, entity and measure, in order of months, and its number of replications.
fn read(path: &Path) -> Result<(Series, usize), String> {
    let mut reader = csv::Reader::from_path(path).map_err(|error| error.to_string())?;
    let mut series = Series::new();
    let mut replications = 0;
    for row in reader.deserialize::<Row>() {
        let row = row.map_err(|error| error.to_string())?;
        replications = row.n;
        series
            .entry((row.table, row.entity, row.measure))
            .or_default()
            .push(Summary {
                mean: row.mean,
                sd: row.sd,
                quantiles: [row.p05, row.p25, row.p50, row.p75, row.p95],
                n: row.n,
            });
    }
    Ok((series, replications))
}

/// A line of `summary.csv`.
#[derive(serde::Deserialize)]
struct Row {
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
