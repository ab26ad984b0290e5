//! `tollway forecasts`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;

use super::freeze::{FACTS, open_frozen};
use super::score::{ENOUGH, known_by, mapping, observations, scored};
use super::{Failure, print, unreadable, write_file};
use crate::evidence::frozen::Frozen;
use crate::evidence::mapping::Mapping;
use crate::evidence::score::lines::{interval, percent, signed};
use crate::evidence::score::overall;
use crate::observations::{Observation, pack};
use crate::scenario::fault::{Fault, Faults};

/// Options of `tollway forecasts`.
#[derive(Debug, Args)]
pub(super) struct ForecastsArgs {
    /// Folder of frozen forecasts.
    #[arg(default_value = "forecasts", value_name = "DIR")]
    folder: PathBuf,
    /// CSV file of observations to score against, with the columns of data/observations.csv [default: the built-in data].
    #[arg(long, value_name = "FILE")]
    observed: Option<PathBuf>,
    /// CSV file that maps observations to measures, with the columns of data/measures.csv [default: the built-in mapping].
    #[arg(long, value_name = "FILE")]
    measures: Option<PathBuf>,
    /// Write the list as a page to this file.
    #[arg(long, value_name = "FILE")]
    page: Option<PathBuf>,
}

/// Heads of the columns.
const HEADS: [&str; 11] = [
    "forecast",
    "scenario",
    "made on",
    "months",
    "replications",
    "targets so far",
    "of them known when made",
    "in 80 %",
    "CRPS",
    "best simple forecaster",
    "difference",
];

/// Lists frozen forecasts with their scores.
pub(super) fn run(args: &ForecastsArgs) -> Result<(), Failure> {
    let mapping = mapping(args.measures.as_deref())?;
    let observed = match &args.observed {
        Some(file) => observations(file, &mapping)?,
        None => pack().to_vec(),
    };
    let mut rows = Vec::new();
    for (name, frozen) in ledger(&args.folder)? {
        rows.push(row(name, &frozen, &observed, &mapping));
    }
    match &args.page {
        Some(file) => write_file(file, page(&rows)),
        None => print(&table(&rows)),
    }
}

/// The frozen forecasts of a folder by name.
fn ledger(folder: &Path) -> Result<Vec<(String, Frozen)>, Failure> {
    let entries = std::fs::read_dir(folder).map_err(|error| unreadable(folder, &error))?;
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| folder.join(name).join(FACTS).is_file())
        .collect();
    names.sort_unstable();
    if names.is_empty() {
        let what = format!("{} has no frozen forecast", folder.display());
        let help = "make one: tollway freeze RUN --into forecasts/VINTAGE --made DATE";
        return Err(Faults(vec![Fault::nowhere(what).help(help)]).into());
    }
    let read = |name: String| {
        let frozen = open_frozen(&folder.join(&name))?;
        Ok((name, frozen))
    };
    names.into_iter().map(read).collect()
}

/// The line of a forecast.
fn row(
    name: String,
    frozen: &Frozen,
    observed: &[Observation],
    mapping: &Mapping,
) -> [String; HEADS.len()] {
    let made = &frozen.made;
    let scores = scored(&frozen.samples(), observed, mapping).scores;
    let count = scores.len();
    let (early, scores) = known_by(made.made.date, scores);
    let none = || "-".to_owned();
    let all = overall(&scores);
    let (coverage, crps) = all.as_ref().map_or_else(
        || (none(), none()),
        |all| (percent(all.coverage[1]), interval(all.crps)),
    );
    let best = all.as_ref().and_then(|all| all.best());
    let (best, difference) = best.map_or_else(
        || (none(), none()),
        |best| {
            let has_enough = all.as_ref().is_some_and(|all| all.labels >= ENOUGH);
            let difference = has_enough.then(|| signed(best.difference));
            (
                format!("{} {:.3}", best.forecaster.name(), best.crps),
                difference.unwrap_or_else(none),
            )
        },
    );
    [
        name,
        made.scenario.text.clone(),
        made.made.date.to_string(),
        made.months.0.to_string(),
        made.replications.0.to_string(),
        count.to_string(),
        early.len().to_string(),
        coverage,
        crps,
        best,
        difference,
    ]
}

/// The list as text: one block a forecast.
fn table(rows: &[[String; HEADS.len()]]) -> String {
    let mut out = String::new();
    for row in rows {
        for (head, cell) in HEADS.iter().zip(row) {
            let _ = writeln!(out, "{head:<24} {cell}");
        }
        out.push('\n');
    }
    out
}

/// The list as a page.
fn page(rows: &[[String; HEADS.len()]]) -> String {
    let mut out = String::from(
        "# Forecasts that were made\n\nWritten by `tollway forecasts --page docs/forecasts.md`; do not edit by hand. Each folder of `forecasts/` holds the quantiles of a \
run as they were when the forecast was made (`tollway freeze`), and is never changed. Scores are those of [scoring.md](scoring.md). A target counts as known when made \
if it was public by the day on which the forecast was made: it tests nothing, and is left out of the scores.\n\n",
    );
    let _ = writeln!(
        out,
        "| {} |\n|{}",
        HEADS.join(" | "),
        " --- |".repeat(HEADS.len())
    );
    for row in rows {
        let _ = writeln!(out, "| {} |", row.join(" | "));
    }
    out
}
