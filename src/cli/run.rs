//! `tollway run`.
#![expect(
    clippy::disallowed_methods,
    reason = "the record of a run states time and host"
)]

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use clap::Args;

use super::options::{ResultArgs, SizeArgs, replications};
use super::show::is_styled;
use super::work::WorkArgs;
use super::{Failure, ScenarioArgs, print, print_notes};
use crate::ensemble::{self, Ended, Ensemble};
use crate::report::manifest::{RunRecord, scenario_hash};
use crate::report::tables::summary::{Line, series};
use crate::report::text::summary::TextSummary;
use crate::report::{Format, Report, Written, folder_name};
use crate::scenario::stated::stated;
use crate::scenario::text::write;
use crate::scenario::{Loaded, load};
use crate::simulation::Simulation;

/// Options of `tollway run`.
#[derive(Debug, Args)]
pub(super) struct RunArgs {
    #[command(flatten)]
    scenario: ScenarioArgs,
    #[command(flatten)]
    size: SizeArgs,
    #[command(flatten)]
    result: ResultArgs,
    #[command(flatten)]
    work: WorkArgs,
    /// Write flows and switching costs of every replication, not only of the first and the mean.
    #[arg(long)]
    full: bool,
}

/// Runs a scenario.
pub(super) fn run(args: &RunArgs) -> Result<(), Failure> {
    let mut request = args.scenario.request();
    request.sets.extend(args.size.edits());
    let loaded = load(&request)?;
    print_notes(&loaded);
    let hash = scenario_hash(&write(&loaded.tree));
    let name = folder_name(&loaded.scenario, &hash, &Ended::Complete);
    args.result.target(&name)?;
    if !args.result.json {
        print(&changes(&loaded))?;
    }
    let replications = replications(&loaded);
    let work = args.work.start(u64::from(replications), "replications")?;
    let (started, clock) = (now(), clock());
    let ensemble = work.run(|runner| {
        let simulation = Simulation::of(&loaded);
        ensemble::run(&simulation, replications, args.full, runner)
    });
    let simulated_s = clock.elapsed().as_secs_f64();
    if ensemble.replications() == 0 {
        return Err(ended(&ensemble, None));
    }
    let threads = work.pool.current_num_threads();
    let record = record(started, simulated_s, threads, &ensemble);
    let report = Report {
        has_workbook: args.result.xlsx,
        ..report(&loaded, &ensemble, args.result.format(), record)
    };
    let out = &args.result.out;
    let written = work.pool.install(|| report.write(out, &hash))?;
    let folder = &written.folder;
    if args.result.json {
        print(&json(&written.summary, folder))?;
    } else {
        print(&text(&loaded, &ensemble, &written))?;
        print(&format!(
            "\n{} replications in {simulated_s:.1} s. Written to {}:\n  report.html (open it in a browser), charts/, summary.csv, tables, manifest.json, scenario.toml\n",
            ensemble.replications(),
            folder.display()
        ))?;
    }
    if ensemble.ended == Ended::Complete {
        Ok(())
    } else {
        Err(ended(&ensemble, Some(folder)))
    }
}

/// The report of a run, without a workbook.
pub(super) fn report<'a>(
    loaded: &'a Loaded,
    ensemble: &'a Ensemble,
    format: Format,
    run: RunRecord,
) -> Report<'a> {
    let simulation = Simulation::new(&loaded.scenario, Vec::new());
    Report {
        scenario: &loaded.scenario,
        resolved: write(&loaded.tree),
        changes: &loaded.changes,
        parent: &loaded.parent,
        stated: stated(&loaded.tree),
        ensemble,
        calendar: simulation.catalog.calendar,
        format,
        has_workbook: false,
        run,
    }
}

/// The summary of a written run as text.
fn text(loaded: &Loaded, ensemble: &Ensemble, written: &Written) -> String {
    let look = |table: &str, entity: &str, measure: &str| {
        let found = series(&written.summary, table, entity, measure).into_iter();
        found.copied().collect()
    };
    let summary = TextSummary {
        scenario: &loaded.scenario,
        look: &look,
        replications: ensemble.replications(),
        findings: &written.findings,
        is_styled: is_styled(),
    };
    summary.text()
}

/// Seconds since 1970.
pub(super) fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |time| time.as_secs())
}

/// A clock that starts now.
pub(super) fn clock() -> Instant {
    Instant::now()
}

fn ended(ensemble: &Ensemble, folder: Option<&PathBuf>) -> Failure {
    let kept = match folder {
        Some(folder) => format!(
            "; {} finished replications are in {}",
            ensemble.replications(),
            folder.display()
        ),
        None => "; no replication was finished".to_owned(),
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
pub(super) fn record(
    started: u64,
    simulated_s: f64,
    threads: usize,
    ensemble: &Ensemble,
) -> RunRecord {
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

/// Peak memory of this process in bytes, where the system reports it as Linux does.
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
