//! `tollway run`.
#![expect(
    clippy::disallowed_methods,
    reason = "the record of a run needs clock and host"
)]

use std::fmt::Write as _;
use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};

use super::{Failure, ScenarioArgs, print};
use crate::ensemble::{self, Ended, Ensemble};
use crate::report::manifest::{RunRecord, scenario_hash};
use crate::report::summary::{Line, summarise};
use crate::report::{Format, Report, answer, folder_name};
use crate::scenario::source::write;
use crate::scenario::{Loaded, load};
use crate::simulation::Simulation;

/// Options of `tollway run`.
#[derive(Debug, Args)]
pub(super) struct RunArgs {
    #[command(flatten)]
    scenario: ScenarioArgs,
    /// Replications [default: the scenario's].
    #[arg(long, value_name = "N")]
    replications: Option<u32>,
    /// Seed of all random streams [default: the scenario's].
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Threads [default: one per core]. The results do not depend on it.
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Months simulated [default: the scenario's].
    #[arg(long, value_name = "N")]
    months: Option<u32>,
    /// Enterprises simulated [default: the scenario's].
    #[arg(long, value_name = "N")]
    enterprises: Option<u32>,
    /// Folder for results.
    #[arg(long, value_name = "DIR", default_value = "output")]
    out: PathBuf,
    /// Replace an older result of the same scenario and seed.
    #[arg(long)]
    force: bool,
    /// Format of tables.
    #[arg(long, value_enum, default_value_t = TableFormat::Parquet)]
    format: TableFormat,
    /// Keep flows and switching costs of every replication.
    #[arg(long)]
    full: bool,
    /// Print the summary as JSON instead of the answer's table.
    #[arg(long)]
    json: bool,
    /// Progress bar: on a terminal, always or never.
    #[arg(long, value_enum, default_value_t = Progress::Auto)]
    progress: Progress,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum TableFormat {
    Parquet,
    Csv,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Progress {
    Auto,
    Always,
    Never,
}

impl RunArgs {
    /// The options that are edits of the scenario, as edits.
    fn edits(&self) -> Vec<String> {
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

/// Runs a scenario.
pub(super) fn run(args: &RunArgs) -> Result<(), Failure> {
    let mut request = args.scenario.request();
    request.sets.extend(args.edits());
    let loaded = load(&request)?;
    let resolved = write(&loaded.tree);
    let hash = scenario_hash(&resolved);
    let target = args
        .out
        .join(folder_name(&loaded.scenario, &hash, &Ended::Complete));
    if target.exists() && !args.force {
        return Err(Failure::Io(format!(
            "{} is there already, and the same scenario and seed give the same bytes; pass --force to run it again, or another --seed or --out",
            target.display()
        )));
    }
    if !args.json {
        print(&changes(&loaded))?;
    }
    let threads = args.threads.unwrap_or(0);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|error| Failure::Io(format!("cannot start threads: {error}")))?;
    let started = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |time| time.as_secs());
    let clock = Instant::now();
    let ensemble = pool.install(|| simulate(args, &loaded));
    let simulated_s = clock.elapsed().as_secs_f64();
    if ensemble.replications() == 0 {
        return Err(ended(&ensemble, None));
    }
    let report = Report {
        scenario: &loaded.scenario,
        resolved,
        changes: &loaded.changes,
        parent: &loaded.parent,
        ensemble: &ensemble,
        calendar: Simulation::new(&loaded.scenario, Vec::new())
            .catalog
            .calendar,
        format: if args.format == TableFormat::Csv {
            Format::Csv
        } else {
            Format::Parquet
        },
        run: record(started, simulated_s, pool.current_num_threads(), &ensemble),
    };
    let folder = pool
        .install(|| report.write(&args.out, &hash))
        .map_err(|error| Failure::Io(error.to_string()))?;
    let summary = summarise(&ensemble, &report.calendar);
    if args.json {
        print(&json(&summary, &folder))?;
    } else {
        print(&answer::answer(
            &loaded.scenario,
            &summary,
            ensemble.replications(),
        ))?;
        print(&format!(
            "\n{} replications in {simulated_s:.1} s. Written to {}:\n  charts/ (SVG and PNG), summary.csv, tables, manifest.json, scenario.toml\n",
            ensemble.replications(),
            folder.display()
        ))?;
    }
    if ensemble.ended == Ended::Complete {
        Ok(())
    } else {
        Err(ended(&ensemble, Some(&folder)))
    }
}

fn simulate(args: &RunArgs, loaded: &Loaded) -> Ensemble {
    let simulation = Simulation::of(loaded);
    let replications = u32::try_from(loaded.scenario.run.replications.0).unwrap_or(u32::MAX);
    let is_shown = match args.progress {
        Progress::Auto => std::io::stderr().is_terminal(),
        Progress::Always => true,
        Progress::Never => false,
    };
    let bar = if is_shown {
        ProgressBar::new(u64::from(replications))
    } else {
        ProgressBar::hidden()
    };
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} replications, {eta} left")
    {
        bar.set_style(style);
    }
    let interrupt = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&interrupt);
    // A second handler cannot be set, which only happens where a caller has one of its own.
    let _ = ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    });
    let progress = |done: u32| bar.set_position(u64::from(done));
    let options = ensemble::Options {
        replications,
        is_full: args.full,
        interrupt: &interrupt,
        progress: &progress,
    };
    let ensemble = ensemble::run(&simulation, options);
    bar.finish_and_clear();
    ensemble
}

fn ended(ensemble: &Ensemble, folder: Option<&PathBuf>) -> Failure {
    let kept = match folder {
        Some(folder) => format!(
            "; {} finished replications are in {}",
            ensemble.replications(),
            folder.display()
        ),
        None => "; no replication had finished".to_owned(),
    };
    match &ensemble.ended {
        Ended::Broken {
            replication,
            reason,
        } => Failure::Invariant(format!("replication {replication}, {reason}{kept}")),
        Ended::Interrupted | Ended::Complete => Failure::Interrupted(format!("interrupted{kept}")),
    }
}

fn changes(loaded: &Loaded) -> String {
    if loaded.changes.is_empty() {
        return String::new();
    }
    let mut out = format!("Changes against {}:\n", loaded.parent);
    for change in &loaded.changes {
        let _ = writeln!(out, "  {change}");
    }
    out.push('\n');
    out
}

#[expect(clippy::cast_precision_loss, reason = "speeds need few digits")]
fn record(started: u64, simulated_s: f64, threads: usize, ensemble: &Ensemble) -> RunRecord {
    RunRecord {
        started_unix_s: started,
        simulated_s,
        threads,
        host: std::fs::read_to_string("/etc/hostname")
            .map_or_else(|_| "unknown".to_owned(), |name| name.trim().to_owned()),
        platform: format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH),
        peak_memory_bytes: peak_memory(),
        decisions_per_s: ensemble.decisions as f64 / simulated_s.max(1e-9),
        events_per_s: ensemble.handled as f64 / simulated_s.max(1e-9),
    }
}

/// The most memory that this process has held, where the system tells it as Linux does.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace()
        .nth(1)?
        .parse::<u64>()
        .ok()
        .map(|kib| kib * 1024)
}

fn json(summary: &[Line], folder: &std::path::Path) -> String {
    let lines: Vec<serde_json::Value> = summary
        .iter()
        .map(|line| {
            let [p05, p25, p50, p75, p95] = line.summary.quantiles;
            serde_json::json!({
                "table": line.table, "entity": line.entity, "month": line.month_name, "measure": line.measure,
                "unit": line.unit, "mean": line.summary.mean, "sd": line.summary.sd, "p05": p05, "p25": p25,
                "p50": p50, "p75": p75, "p95": p95, "n": line.summary.n,
            })
        })
        .collect();
    format!(
        "{}\n",
        serde_json::json!({ "folder": folder.display().to_string(), "summary": lines })
    )
}
