//! `tollway backtest`.
#![expect(
    clippy::disallowed_methods,
    reason = "the command writes scores to files"
)]

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;

use super::score::tables;
use super::{Failure, print};
use crate::evidence::backtest::{Backtest, Failed, VINTAGES, backtest, shipped};
use crate::evidence::score::{Score, csv};
use crate::scenario::{Request, load};

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
    let sets: Vec<String> = args
        .replications
        .iter()
        .map(|n| format!("run.replications={n}"))
        .collect();
    let loaded = if args.vintages.is_empty() {
        VINTAGES
            .iter()
            .map(|(name, _)| shipped(name, &sets))
            .collect::<Result<Vec<_>, _>>()?
    } else {
        let request = |file: &PathBuf| Request {
            file: Some(file.clone()),
            sets: sets.clone(),
            ..Request::default()
        };
        args.vintages
            .iter()
            .map(|file| load(&request(file)))
            .collect::<Result<Vec<_>, _>>()?
    };
    let mut done = Vec::new();
    for loaded in &loaded {
        let found = backtest(loaded).map_err(|failed| match failed {
            Failed::Scenario(faults) => Failure::Scenario(faults),
            Failed::Invariant(text) => Failure::Invariant(text),
        })?;
        done.push(found);
    }
    if let Some(folder) = &args.out {
        let write = |found: &Backtest| {
            let file = folder.join(format!("backtest-{}.csv", found.vintage));
            std::fs::write(&file, csv(&found.scores.scores))
                .map_err(|error| Failure::Io(format!("cannot write {}: {error}", file.display())))
        };
        std::fs::create_dir_all(folder)
            .map_err(|error| Failure::Io(format!("cannot create {}: {error}", folder.display())))?;
        done.iter().try_for_each(write)?;
    }
    if args.json {
        let list: Vec<serde_json::Value> = done
            .iter()
            .map(|found| {
                serde_json::json!({
                    "vintage": found.vintage.to_string(), "replications": found.replications,
                    "scores": found.scores.scores.iter().map(Score::json).collect::<Vec<_>>(),
                })
            })
            .collect();
        return print(&format!(
            "{}\n",
            serde_json::to_string_pretty(&list).expect("JSON of JSON")
        ));
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
