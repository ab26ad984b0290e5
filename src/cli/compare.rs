//! `tollway compare`.

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use serde_json::json;

use super::experiment::{ExperimentArgs, Output, Plan, check_replications, experiment};
use super::options::{fault, groups, metrics_or, replications, share};
use super::{Failure, print, print_notes};
use crate::experiments::arms::{Arm, ArmMetrics, Part, check_pairs, metrics_of};
use crate::experiments::attribution::{Attribution, Coalitions, Player, attribute, players};
use crate::experiments::compare::{Compared, Setup, compare, default_metrics};
use crate::report::experiments::Experiment;
use crate::report::experiments::attribution::Attributed;
use crate::report::experiments::compare::CompareReport;
use crate::scenario::{Faults, Request, load};
use crate::simulation::Simulation;

/// Options of `tollway compare`.
#[derive(Debug, Args)]
pub(super) struct CompareArgs {
    /// Two or more scenario files; `baseline` is the built-in one. All are compared with the first.
    #[arg(required = true, num_args = 2..)]
    scenarios: Vec<PathBuf>,
    /// Apply the edits of another file to every arm; repeatable, in order.
    #[arg(long, value_name = "FILE")]
    overlay: Vec<PathBuf>,
    /// Set one value in every arm; repeatable.
    #[arg(long, value_name = "PATH=VALUE")]
    set: Vec<String>,
    /// A metric to show, e.g. `sum(clouds.aws.gross_profit_usd[1..36])`; repeatable [default: profits, spend, cost of leaving].
    #[arg(long, value_name = "METRIC")]
    metric: Vec<String>,
    /// Stop once every metric's change is known to this share of its mean in the first arm, e.g. 2%.
    #[arg(long, value_name = "SHARE", value_parser = share)]
    precision: Option<f64>,
    /// Attribute the difference between the first two arms to each edit, by Shapley values.
    #[arg(long)]
    attribute: bool,
    /// Edits that count as one in the attribution, name=path,path; repeatable.
    #[arg(long, value_name = "NAME=PATHS", requires = "attribute")]
    group: Vec<String>,
    /// Compare arms that have no common random numbers as independent samples.
    #[arg(long)]
    unpaired: bool,
    #[command(flatten)]
    common: ExperimentArgs,
}

/// The scenarios of a comparison, checked.
struct Checked {
    arms: Vec<Arm>,
    is_paired: bool,
    metrics: Vec<String>,
    by_arm: Vec<ArmMetrics>,
    replications: u32,
    /// The edits between the first two arms, and what it takes to attribute the difference to them.
    attribution: Option<(Vec<Player>, Coalitions)>,
}

impl Checked {
    fn new(args: &CompareArgs) -> Result<Self, Failure> {
        let arms = arms(args)?;
        let is_paired = match check_pairs(&arms) {
            Ok(()) => true,
            Err(_) if args.unpaired => false,
            Err(faults) => return Err(faults.into()),
        };
        let metrics = metrics_or(&args.metric, || default_metrics(&arms[0].loaded));
        let by_arm = metrics_of(&arms, &metrics)?;
        if let Some(truth) = by_arm[0].metrics.iter().find(|metric| metric.is_truth) {
            return Err(fault(
                format!("`{}` is true or false, not a number", truth.text),
                "leave out the comparison in it, or test it with `tollway thesis`",
            ));
        }
        let replications = replications(&arms[0].loaded);
        check_replications(replications)?;
        let attribution = if args.attribute {
            Some(attribution(args, &arms)?)
        } else {
            None
        };
        Ok(Self {
            arms,
            is_paired,
            metrics,
            by_arm,
            replications,
            attribution,
        })
    }

    fn runs(&self) -> u64 {
        let attributed = self.attribution.as_ref();
        let coalitions = attributed.map_or(0, |(_, coalitions)| coalitions.arms.len());
        u64::from(self.replications) * (self.arms.len() + coalitions) as u64
    }
}

/// The arms of a comparison, each with a name of its own.
fn arms(args: &CompareArgs) -> Result<Vec<Arm>, Faults> {
    let mut sets = args.set.clone();
    sets.extend(args.common.size.edits());
    let mut arms: Vec<Arm> = Vec::new();
    for file in &args.scenarios {
        let mut next = arm(file, &args.overlay, &sets)?;
        while arms.iter().any(|other| other.name == next.name) {
            next.name.push('2');
        }
        arms.push(next);
    }
    Ok(arms)
}

/// The arm of a scenario file, or of the built-in baseline.
fn arm(file: &Path, overlays: &[PathBuf], sets: &[String]) -> Result<Arm, Faults> {
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

/// The edits between the first two arms, and the subsets of them that attribution runs.
fn attribution(args: &CompareArgs, arms: &[Arm]) -> Result<(Vec<Player>, Coalitions), Failure> {
    let (first, second) = (&arms[0].loaded, &arms[1].loaded);
    let players = players(first, second, &groups(&args.group)?)?;
    if players.is_empty() {
        return Err(fault(
            "the first two arms do not differ, so there is nothing to attribute",
            "name two scenarios that differ",
        ));
    }
    let coalitions = Coalitions::new(first, second, &players)?;
    Ok((players, coalitions))
}

/// Compares scenarios.
pub(super) fn run(args: &CompareArgs) -> Result<(), Failure> {
    let checked = Checked::new(args)?;
    for arm in &checked.arms {
        print_notes(&arm.loaded);
    }
    if args.common.dry_run {
        return dry_run(&checked, args);
    }
    let plan = Plan {
        command: "compare",
        label: None,
        arms: &checked.arms,
        replications: checked.replications,
        runs: checked.runs(),
        options: json!({ "metrics": checked.metrics, "precision": args.precision, "attribute": args.attribute, "groups": args.group, "paired": checked.is_paired }),
    };
    let setup = Setup {
        arms: &checked.arms,
        metrics: &checked.by_arm,
        replications: checked.replications,
        precision: args.precision,
    };
    experiment(
        &args.common,
        plan,
        |checkpoint, runner| -> Result<(Compared, Option<Vec<Attribution>>), _> {
            let (found, ended) = compare(setup, checkpoint, runner);
            ended?;
            let Some((_, coalitions)) = &checked.attribution else {
                return Ok((found, None));
            };
            let first = checked.arms.len();
            let runner = runner.after(u64::from(found.replications) * first as u64);
            let mut part = Part { checkpoint, first };
            let (metrics, replications) = (&checked.metrics, found.replications);
            let attributed = attribute(coalitions, metrics, replications, &mut part, runner)?;
            Ok((found, Some(attributed)))
        },
        |experiment, (found, attributed)| {
            let players = checked.attribution.as_ref().map(|(players, _)| players);
            let report = CompareReport {
                experiment: Experiment {
                    replications: found.replications,
                    ..experiment
                },
                comparisons: &found.comparisons,
                metrics: &checked.by_arm[0].metrics,
                is_paired: checked.is_paired,
                attribution: (players.zip(attributed.as_ref()))
                    .map(|(players, found)| Attributed { players, found }),
            };
            Output::of(&report, &args.common.result)
        },
    )?;
    Ok(())
}

/// Prints the runs, time and memory of a comparison, estimated from one replication of each arm.
#[expect(clippy::disallowed_methods, reason = "the time of a run is measured")]
#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn dry_run(checked: &Checked, args: &CompareArgs) -> Result<(), Failure> {
    let arms = &checked.arms;
    let clock = Instant::now();
    let mut values = 0;
    for arm in arms {
        let panel = Simulation::of(&arm.loaded)
            .run(0)
            .map_err(|identity| Failure::Invariant(identity.to_string()))?;
        values = panel.tables.iter().map(|table| table.values.len()).sum();
    }
    let seconds = clock.elapsed().as_secs_f64() / arms.len() as f64;
    let work = args.common.work.start(0, "")?;
    let threads = work.pool.current_num_threads() as f64;
    // A difference holds up to 512 values, and each thread a few worlds.
    let memory = values as f64 * (arms.len() - 1) as f64 * 512.0 * 8.0 + threads * 3e7;
    let runs = checked.runs();
    print(&format!(
        "{runs} runs, {:.0} s on {threads} threads, about {:.0} MB of memory\n",
        runs as f64 * seconds / threads,
        memory * 1e-6
    ))
}
