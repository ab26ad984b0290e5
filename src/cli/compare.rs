//! `tollway compare`.

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use serde_json::json;

use super::options::{
    Kept, ResultArgs, SizeArgs, WorkArgs, metrics_or, replications, stopped, with_option,
};
use super::{Failure, print};
use crate::experiments::arms::{Arm, check_pairs, metrics_of};
use crate::experiments::attribution::{attribute, coalitions, players};
use crate::experiments::compare::{Setup, compare, default_metrics};
use crate::report::experiments::Experiment;
use crate::report::experiments::attribution::Attributed;
use crate::report::experiments::compare::CompareReport;
use crate::scenario::{Fault, Faults, Request, load};
use crate::simulation::Simulation;

/// Options of `tollway compare`.
#[derive(Debug, Args)]
pub(super) struct CompareArgs {
    /// Scenario files, two or more; `baseline` stands for the built-in one. All are compared with the first.
    #[arg(required = true, num_args = 2..)]
    scenarios: Vec<PathBuf>,
    /// Lay another file's own edits on top of every arm (again for more, in order).
    #[arg(long, value_name = "FILE")]
    overlay: Vec<PathBuf>,
    /// Set one value in every arm (again for more).
    #[arg(long, value_name = "PATH=VALUE")]
    set: Vec<String>,
    #[command(flatten)]
    size: SizeArgs,
    /// A metric to show, e.g. `sum(clouds.aws.gross_profit_usd[1..36])` (again for more) [default: profits, spend, cost of leaving].
    #[arg(long, value_name = "METRIC")]
    metric: Vec<String>,
    /// Stop once every metric's change is known to this share of its mean in the first arm, e.g. 2%.
    #[arg(long, value_name = "SHARE", value_parser = share)]
    precision: Option<f64>,
    /// Say what each edit between the first two arms adds to the change, by Shapley values.
    #[arg(long)]
    attribute: bool,
    /// Edits that count as one in the attribution: name=path,path (again for more).
    #[arg(long, value_name = "NAME=PATHS", requires = "attribute")]
    group: Vec<String>,
    /// Compare arms that do not share their luck, and say so.
    #[arg(long)]
    unpaired: bool,
    /// Only say how many runs it takes, how long and how much memory.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    result: ResultArgs,
    #[command(flatten)]
    work: WorkArgs,
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

/// The arm of a scenario file, or of the built-in baseline.
pub(super) fn arm(file: &Path, overlays: &[PathBuf], sets: &[String]) -> Result<Arm, Faults> {
    let is_baseline = file == Path::new("baseline");
    let loaded = load(&Request {
        file: (!is_baseline).then(|| file.to_path_buf()),
        overlays: overlays.to_vec(),
        sets: sets.to_vec(),
        text: None,
    })?;
    let name = file.file_stem().map_or_else(
        || "arm".to_owned(),
        |stem| stem.to_string_lossy().into_owned(),
    );
    Ok(Arm { name, loaded })
}

/// One fault without a place.
pub(super) fn fault(message: impl Into<String>, help: &str) -> Failure {
    Failure::Scenario(Faults(vec![Fault::nowhere(message).help(help)]))
}

/// Groups as `name=path,path`.
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

/// Compares scenarios.
#[expect(
    clippy::too_many_lines,
    reason = "one step after the other, each a few lines"
)]
pub(super) fn run(args: &CompareArgs) -> Result<(), Failure> {
    let mut sets = args.set.clone();
    sets.extend(args.size.edits());
    let mut arms = Vec::new();
    for file in &args.scenarios {
        let mut next = arm(file, &args.overlay, &sets)?;
        while arms.iter().any(|other: &Arm| other.name == next.name) {
            next.name.push('2');
        }
        arms.push(next);
    }
    let is_paired = match check_pairs(&arms) {
        Ok(()) => true,
        Err(_) if args.unpaired => false,
        Err(faults) => return Err(faults.into()),
    };
    let texts = metrics_or(&args.metric, || default_metrics(&arms[0].loaded));
    let metrics = with_option(&texts);
    let checked = metrics_of(&arms, &metrics)?;
    if let Some(truth) = checked[0].metrics.iter().find(|metric| metric.is_truth) {
        return Err(fault(
            format!(
                "`{}` is true or false, and a comparison is of numbers",
                truth.text
            ),
            "leave out the comparison in it, or test it with `tollway thesis`",
        ));
    }
    let replications = replications(&arms[0].loaded);
    if replications < 2 {
        return Err(fault(
            "one replication has no interval",
            "run at least two: --replications 200",
        ));
    }
    let parts = if args.attribute {
        let players = players(&arms[0].loaded, &arms[1].loaded, &groups(&args.group)?)?;
        if players.is_empty() {
            return Err(fault(
                "the first two arms do not differ, so there is nothing to attribute",
                "name two scenarios that differ",
            ));
        }
        Some((
            coalitions(&arms[0].loaded, &arms[1].loaded, &players)?,
            players,
        ))
    } else {
        None
    };
    let runs = u64::from(replications)
        * (arms.len() + parts.as_ref().map_or(0, |(plan, _)| plan.1.len())) as u64;
    if args.dry_run {
        return dry_run(&arms, runs, args);
    }
    let options = json!({ "metrics": texts, "precision": args.precision, "attribute": args.attribute, "groups": args.group, "paired": is_paired });
    let mut experiment = Experiment {
        command: "compare",
        arms: &arms,
        replications,
        has_workbook: args.result.xlsx,
        options: &options,
    };
    let name = experiment.name();
    args.result.target(&name)?;
    let mut kept = Kept::open(&args.result.out, &name, &experiment.key())?;
    let setup = Setup {
        arms: &arms,
        metrics: &checked,
        replications,
        precision: args.precision,
    };
    let mut work = args
        .work
        .start(u64::from(replications) * arms.len() as u64, "runs")?;
    let (found, ended) = work.run(|runner| compare(setup, &mut kept, runner));
    if let Err(why) = ended {
        return Err(stopped(why, kept.len()));
    }
    experiment.replications = found.replications;
    let attributed = match &parts {
        Some((plan, players)) => {
            let part = format!("{name}-attribution");
            let mut kept = Kept::open(&args.result.out, &part, &experiment.key())?;
            let steps = u64::from(found.replications) * plan.1.len() as u64;
            work = work.then(steps, "runs of subsets of edits");
            let found =
                work.run(|runner| attribute(plan, &metrics, found.replications, &mut kept, runner));
            let found = found.map_err(|why| stopped(why, kept.len()))?;
            kept.forget();
            Some((players, found))
        }
        None => None,
    };
    let report = CompareReport {
        experiment,
        comparisons: &found.comparisons,
        metrics: &checked[0].metrics,
        is_paired,
        attribution: attributed
            .as_ref()
            .map(|(players, found)| Attributed { players, found }),
    };
    args.result
        .finish(
            work.pool.install(|| report.folder(args.result.format())),
            kept,
            |folder| report.json(folder),
            || report.text(),
        )
        .map(|_| ())
}

/// Says what a comparison would take, from one replication of each arm.
#[expect(
    clippy::disallowed_methods,
    reason = "how long a run takes is measured"
)]
fn dry_run(arms: &[Arm], runs: u64, args: &CompareArgs) -> Result<(), Failure> {
    let clock = Instant::now();
    let mut values = 0;
    for arm in arms {
        let simulation = Simulation::of(&arm.loaded);
        let panel = simulation
            .run(0)
            .map_err(|identity| Failure::Invariant(identity.to_string()))?;
        values = panel.tables.iter().map(|table| table.values.len()).sum();
    }
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    let (seconds, values) = (
        clock.elapsed().as_secs_f64() / arms.len() as f64,
        values as f64,
    );
    let work = args.work.start(0, "")?;
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    let (threads, runs_f) = (work.pool.current_num_threads() as f64, runs as f64);
    // A difference keeps up to 512 values, and each thread holds a few worlds.
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    let memory = values * (arms.len() - 1) as f64 * 512.0 * 8.0 + threads * 3e7;
    print(&format!(
        "{runs} runs, {:.0} s on {threads} threads, about {:.0} MB of memory\n",
        runs_f * seconds / threads,
        memory * 1e-6
    ))
}
