//! `tollway sensitivity`.

use clap::Args;
use serde_json::json;

use super::compare::{fault, groups as read_groups};
use super::options::{Kept, ResultArgs, SizeArgs, WorkArgs, metrics_or, stopped, with_option};
use super::{Failure, ScenarioArgs, print};
use crate::experiments::arms::metrics_of;
use crate::experiments::compare::default_metrics;
use crate::experiments::sensitivity::{Setup, groups, sensitivity};
use crate::report::experiments::Experiment;
use crate::report::experiments::sensitivity::SensitivityReport;
use crate::scenario::load;

/// Options of `tollway sensitivity`.
#[derive(Debug, Args)]
pub(super) struct SensitivityArgs {
    #[command(flatten)]
    scenario: ScenarioArgs,
    /// A metric (again for more) [default: profits, spend, cost of leaving].
    #[arg(long, value_name = "METRIC")]
    metric: Vec<String>,
    /// Only numbers whose path begins with this (again for more) [default: every number that is drawn].
    #[arg(long, value_name = "PATH")]
    input: Vec<String>,
    /// Numbers that count as one input: name=path,path (again for more).
    #[arg(long, value_name = "NAME=PATHS")]
    group: Vec<String>,
    /// Base points of the screening; 0 leaves it out.
    #[arg(long, value_name = "N", default_value_t = 8)]
    screen: u32,
    /// Inputs kept for shares of variance.
    #[arg(long, value_name = "N", default_value_t = 20)]
    keep: usize,
    /// Base points of the shares of variance; powers of two are balanced best.
    #[arg(long, value_name = "N", default_value_t = 256)]
    points: u32,
    /// Sure value against which the first metric is decided, for what it is worth to know each input.
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    threshold: Option<f64>,
    #[command(flatten)]
    size: SizeArgs,
    /// Only say how many runs it takes.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    result: ResultArgs,
    #[command(flatten)]
    work: WorkArgs,
}

/// Finds what drives the spread of metrics.
pub(super) fn run(args: &SensitivityArgs) -> Result<(), Failure> {
    let mut request = args.scenario.request();
    request.sets.extend(args.size.edits());
    let loaded = load(&request)?;
    let groups = groups(&loaded, &read_groups(&args.group)?, &args.input)?;
    if groups.is_empty() {
        return Err(fault(
            "the scenario has no number that is drawn",
            "give one of its numbers a `dist`",
        ));
    }
    if args.points < 16 || args.keep == 0 {
        return Err(fault(
            "so few points or inputs have no shares of variance",
            "give --points 16 and --keep 1 at least",
        ));
    }
    if args.points >= 1 << 16 || args.screen >= 1 << 16 {
        return Err(fault(
            "more than 65,535 base points",
            "give fewer --points or --screen",
        ));
    }
    let texts = metrics_or(&args.metric, || default_metrics(&loaded));
    let metrics = with_option(&texts);
    let arms = vec![args.scenario.arm(loaded)];
    let checked = metrics_of(&arms, &metrics)?;
    let kept = args.keep.min(groups.len());
    let screening = u64::from(args.screen) * (groups.len() as u64 + 1);
    let runs = screening + u64::from(args.points) * (kept as u64 + 7);
    if args.dry_run {
        return print(&format!(
            "{} inputs, {screening} runs of screening and {} of shares of variance of {kept}\n",
            groups.len(),
            runs - screening
        ));
    }
    let options = json!({ "metrics": texts, "inputs": args.input, "groups": args.group, "screen": args.screen, "keep": args.keep, "points": args.points, "threshold": args.threshold });
    let experiment = Experiment {
        command: "sensitivity",
        arms: &arms,
        replications: args.points,
        has_workbook: args.result.xlsx,
        options: &options,
    };
    let name = experiment.name();
    args.result.target(&name)?;
    let mut memory = Kept::open(&args.result.out, &name, &experiment.key())?;
    let work = args.work.start(runs, "runs")?;
    let setup = Setup {
        loaded: &arms[0].loaded,
        metrics: &checked[0],
        groups: &groups,
        screen: args.screen,
        keep: args.keep,
        points: args.points,
        threshold: args.threshold,
    };
    let found = work.run(|runner| sensitivity(setup, &mut memory, runner));
    let found = found.map_err(|why| stopped(why, memory.len()))?;
    let report = SensitivityReport {
        experiment,
        groups: &groups,
        metrics: &checked[0].metrics,
        found: &found,
    };
    args.result
        .finish(
            report.folder(args.result.format()),
            memory,
            |folder| report.json(folder),
            || report.text(),
        )
        .map(|_| ())
}
