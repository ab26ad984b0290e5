//! `tollway backtest`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;

use super::score::{interval, means, summed};
use super::{Failure, print, write_file};
use crate::csv_text::csv_text;
use crate::evidence::backtest::{
    Backtest, FILTER_ALONE, Together, VINTAGES, backtest, dated, filter_alone, shipped, together,
};
use crate::evidence::score::lines::{self, histogram, percent, signed, unscored};
use crate::evidence::score::{Pooled, Rival, Summed, Unscored, csv, json, overall};
use crate::report::coverage::Coverage;
use crate::scenario::{Faults, Loaded, Request, load};
use crate::stats::forecasters::Forecaster;

/// Options of `tollway backtest`.
#[derive(Debug, Args)]
pub(super) struct BacktestArgs {
    /// Scenario files with a vintage [default: the built-in vintages].
    vintages: Vec<PathBuf>,
    /// Number of replications [default: from the scenario].
    #[arg(long, value_name = "N")]
    replications: Option<u32>,
    /// Set one value of every vintage, e.g. `--set demand.new_work=0`; repeatable.
    #[arg(long, value_name = "PATH=VALUE")]
    set: Vec<String>,
    /// Also write how often the bands of the built-in vintages held into this file.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["vintages", "replications", "set"])]
    record: Option<PathBuf>,
    /// Print the scores as JSON instead of tables.
    #[arg(long)]
    json: bool,
    /// Also write the scores of targets and groups, and the rows that were not scored, as CSV files into this folder.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Runs vintages and scores them together.
pub(super) fn run(args: &BacktestArgs) -> Result<(), Failure> {
    let vintages = vintages(args)?;
    for loaded in &vintages {
        dated(loaded)?;
    }
    let mut done = Vec::new();
    for loaded in &vintages {
        done.push(backtest(loaded)?);
    }
    let all = together(&done);
    if let Some(folder) = &args.out {
        write(folder, &done, &all)?;
    }
    if let Some(file) = &args.record {
        let (replications, scores) = (done.first().map_or(0, |found| found.replications), &all);
        write_file(file, Coverage::of(scores, replications).toml())?;
    }
    if args.json {
        print(&as_json(&done, &all))
    } else {
        let mut out = text(&done, &all);
        if args.vintages.is_empty() {
            early_origins(&mut out);
        }
        print(&out)
    }
}

/// Loads the vintages of the command, or the built-in ones.
fn vintages(args: &BacktestArgs) -> Result<Vec<Loaded>, Faults> {
    let replications = args.replications.iter();
    let sets: Vec<String> = replications
        .map(|n| format!("run.replications={n}"))
        .chain(args.set.iter().cloned())
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

/// Writes `targets.csv`, `groups.csv` and `unscored.csv`.
fn write(folder: &Path, done: &[Backtest], all: &Together) -> Result<(), Failure> {
    std::fs::create_dir_all(folder)
        .map_err(|error| Failure::Io(format!("cannot create {}: {error}", folder.display())))?;
    write_file(&folder.join("targets.csv"), csv(&all.scores))?;
    let rows = done.iter().flat_map(|found| {
        let rows = found.scores.unscored.iter();
        rows.map(|row| {
            [
                found.vintage.to_string(),
                row.row.clone(),
                row.what.clone(),
                row.why.to_owned(),
            ]
        })
    });
    let header = ["vintage", "row", "what", "why"];
    write_file(&folder.join("unscored.csv"), csv_text(header, rows))?;
    let lines = all.groups.iter().chain(&all.horizons).chain(&all.all);
    write_file(&folder.join("groups.csv"), groups(lines))
}

/// Mean scores by group as CSV.
fn groups<'a>(lines: impl Iterator<Item = &'a Summed>) -> String {
    const HEADER: [&str; 15] = [
        "group",
        "labels",
        "targets",
        "in_50",
        "in_80",
        "in_80_low",
        "in_80_high",
        "in_90",
        "crps",
        "crps_low",
        "crps_high",
        "best_simple_forecaster",
        "difference",
        "difference_low",
        "difference_high",
    ];
    let row = |line: &Summed| {
        let [half, most, nearly] = line.coverage;
        let best = line.best();
        let of = |part: fn(&crate::stats::bootstrap::Estimate) -> f64| {
            best.map_or_else(String::new, |best| part(&best.difference).to_string())
        };
        [
            line.name.clone(),
            line.labels.to_string(),
            line.count.to_string(),
            half.value.to_string(),
            most.value.to_string(),
            most.low.to_string(),
            most.high.to_string(),
            nearly.value.to_string(),
            line.crps.value.to_string(),
            line.crps.low.to_string(),
            line.crps.high.to_string(),
            best.map_or("", |best| best.forecaster.name()).to_owned(),
            of(|difference| difference.value),
            of(|difference| difference.low),
            of(|difference| difference.high),
        ]
    };
    csv_text(HEADER, lines.map(row))
}

fn text(done: &[Backtest], all: &Together) -> String {
    let mut out = String::new();
    for found in done {
        let n = found.numbers;
        let _ = writeln!(
            out,
            "Vintage {}: {} targets, {} replications. Numbers: {} based on data known at that date, {} assumed, {} carried back \
from the baseline, {} assumed by the baseline.",
            found.vintage,
            found.scores.scores.len(),
            found.replications,
            n.on_rows,
            n.assumed,
            n.carried,
            n.inherited
        );
    }
    means(
        &mut out,
        all.groups.iter().chain(&all.horizons).chain(&all.all),
    );
    if let Some(line) = &all.all {
        let _ = writeln!(
            out,
            "\nThe {} targets are {} distinct observations. {} of the targets have a history at their vintage and are compared.",
            line.count, all.distinct, line.compared
        );
        rivals(&mut out, "the model's", &line.rivals);
    }
    let _ = writeln!(
        out,
        "\nShare of targets by tenth of the forecast, from lowest to highest, %: {}",
        histogram(&all.bins)
    );
    if let Some(pool) = &all.pool {
        pool_lines(&mut out, pool);
    }
    // Rows of the built-in data need no remedy.
    let rows = done.iter().flat_map(|found| &found.scores.unscored);
    let rows: Vec<Unscored> = rows
        .map(|row| Unscored {
            remedy: None,
            ..row.clone()
        })
        .collect();
    unscored(
        &mut out,
        &rows,
        "a row counts once for each vintage; --out DIR lists all",
    );
    out
}

/// The scores of the filter alone at origins before the first vintage.
fn early_origins(out: &mut String) {
    let scores = filter_alone();
    let Some(line) = overall(&scores) else {
        return;
    };
    let _ = writeln!(
        out,
        "\nThe filter of the nowcast alone (damped trend) at {}: {} targets of {} labels, in 80 %: {}, CRPS {}. Others on those targets:",
        FILTER_ALONE.join(" and "),
        line.count,
        line.labels,
        percent(line.coverage[1]),
        lines::interval(line.crps)
    );
    let others = Forecaster::DampedTrend;
    rivals(
        out,
        "the filter's",
        line.rivals
            .iter()
            .filter(|rival| rival.forecaster != others),
    );
}

/// A line for each simple forecaster over all targets.
fn rivals<'a>(out: &mut String, whose: &str, rivals: impl IntoIterator<Item = &'a Rival>) {
    for rival in rivals {
        let _ = writeln!(
            out,
            "  {:<20} {:.3}, {whose} CRPS minus it {}",
            rival.forecaster.name(),
            rival.crps,
            signed(rival.difference)
        );
    }
}

fn pool_lines(out: &mut String, pool: &Pooled) {
    let weights: Vec<String> = pool
        .weights
        .iter()
        .map(|(origin, weight, count)| match count {
            0 => format!("{origin} {weight:.2} (nothing to fit)"),
            count => format!("{origin} {weight:.2} ({count} targets)"),
        })
        .collect();
    let _ = writeln!(
        out,
        "\nLinear pool of the model and the damped trend, {} targets: CRPS {}, minus the model's {}, minus the trend's {}; in 80 %: {}.\n\
Weight of the model by vintage, fitted on what earlier vintages had seen: {}",
        pool.count,
        lines::interval(pool.crps),
        signed(pool.to_run),
        signed(pool.to_trend),
        percent(pool.coverage),
        weights.join(", ")
    );
}

fn as_json(done: &[Backtest], all: &Together) -> String {
    let vintages = done.iter().map(|found| {
        serde_json::json!({
            "vintage": found.vintage.to_string(), "replications": found.replications,
            "targets": found.scores.scores.len(), "unscored": found.scores.unscored.len(),
        })
    });
    let pool = all.pool.as_ref().map(|pool| {
        let weights = pool.weights.iter().map(|(origin, weight, count)| {
            serde_json::json!({ "vintage": origin.to_string(), "weight": weight, "fitted_on": count })
        });
        serde_json::json!({
            "targets": pool.count, "crps": interval(pool.crps), "minus_model": interval(pool.to_run),
            "minus_damped_trend": interval(pool.to_trend), "coverage_80": interval(pool.coverage),
            "weights": weights.collect::<Vec<_>>(),
        })
    });
    let whole = serde_json::json!({
        "vintages": vintages.collect::<Vec<_>>(),
        "all": all.all.as_ref().map(summed),
        "groups": all.groups.iter().map(summed).collect::<Vec<_>>(),
        "horizons": all.horizons.iter().map(summed).collect::<Vec<_>>(),
        "pit": all.bins,
        "pool": pool,
        "scores": all.scores.iter().map(json).collect::<Vec<_>>(),
    });
    let text = serde_json::to_string_pretty(&whole).expect("JSON of JSON");
    format!("{text}\n")
}
