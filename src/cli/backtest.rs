//! `tollway backtest`.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;

use super::score::tables;
use super::{Failure, print, write_file};
use crate::evidence::backtest::{Backtest, VINTAGES, backtest, shipped};
use crate::evidence::score::{Score, csv};
use crate::scenario::{Faults, Loaded, Request, load};

/// Options of `tollway backtest`.
#[derive(Debug, Args)]
pub(super) struct BacktestArgs {
    /// Scenario files with a vintage [default: the built-in vintages].
    vintages: Vec<PathBuf>,
    /// Number of replications [default: from the scenario].
    #[arg(long, value_name = "N")]
    replications: Option<u32>,
    /// Print the scores as JSON instead of tables.
    #[arg(long)]
    json: bool,
    /// Also write the scores of each target as CSV files into this folder.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Runs vintages and scores them.
pub(super) fn run(args: &BacktestArgs) -> Result<(), Failure> {
    let mut done = Vec::new();
    for loaded in vintages(args)? {
        done.push(backtest(&loaded)?);
    }
    if let Some(folder) = &args.out {
        std::fs::create_dir_all(folder)
            .map_err(|error| Failure::Io(format!("cannot create {}: {error}", folder.display())))?;
        for found in &done {
            let file = folder.join(format!("backtest-{}.csv", found.vintage));
            write_file(&file, csv(&found.scores.scores))?;
        }
    }
    if args.json {
        return print(&json(&done));
    }
    let mut out = String::new();
    for found in &done {
        let n = found.numbers;
        let _ = writeln!(
            out,
            "Vintage {}, {} replications. Numbers: {} based on data known at that date, {} assumed, {} carried back from the baseline, {} assumed by the baseline.\n",
            found.vintage, found.replications, n.on_rows, n.assumed, n.carried, n.inherited
        );
        out.push_str(&tables(&found.scores));
        out.push('\n');
    }
    print(&out)
}

/// Loads the vintages of the command, or the built-in ones.
fn vintages(args: &BacktestArgs) -> Result<Vec<Loaded>, Faults> {
    let replications = args.replications.iter();
    let sets: Vec<String> = replications
        .map(|n| format!("run.replications={n}"))
        .collect();
    if args.vintages.is_empty() {
        let names = VINTAGES.iter().map(|(name, _)| name);
        return names.map(|name| shipped(name, &sets)).collect();
    }
    let request = |file: &PathBuf| Request {
        file: Some(file.clone()),
        sets: sets.clone(),
        ..Request::default()
    };
    let files = args.vintages.iter();
    files.map(|file| load(&request(file))).collect()
}

fn json(done: &[Backtest]) -> String {
    let one = |found: &Backtest| {
        let scores = found.scores.scores.iter().map(Score::json);
        serde_json::json!({
            "vintage": found.vintage.to_string(), "replications": found.replications,
            "scores": scores.collect::<Vec<_>>(),
        })
    };
    let list: Vec<serde_json::Value> = done.iter().map(one).collect();
    let text = serde_json::to_string_pretty(&list).expect("JSON of JSON");
    format!("{text}\n")
}
