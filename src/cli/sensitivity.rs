//! `tollway sensitivity`.

use clap::Args;
use serde_json::json;

use super::experiment::{ExperimentArgs, Output, Plan, experiment};
use super::options::{fault, groups as read_groups, metrics_or};
use super::{Failure, ScenarioArgs, print};
use crate::experiments::arms::metrics_of;
use crate::experiments::compare::default_metrics;
use crate::experiments::sensitivity::{Group, Setup, groups, sensitivity};
use crate::report::experiments::sensitivity::SensitivityReport;

/// Options of `tollway sensitivity`.
#[derive(Debug, Args)]
pub(super) struct SensitivityArgs {
    #[command(flatten)]
    scenario: ScenarioArgs,
    /// A metric, repeatable [default: profits, spend, cost of leaving].
    #[arg(long, value_name = "METRIC")]
    metric: Vec<String>,
    /// Vary only numbers whose path begins with this, repeatable [default: every uncertain number].
    #[arg(long, value_name = "PATH")]
    input: Vec<String>,
    /// Numbers that count as one input, name=path,path; repeatable.
    #[arg(long, value_name = "NAME=PATHS")]
    group: Vec<String>,
    /// Base points of the screening; 0 skips it.
    #[arg(long, value_name = "N", default_value_t = 8)]
    screen: u32,
    /// Inputs kept for shares of variance.
    #[arg(long, value_name = "N", default_value_t = 20)]
    keep: usize,
    /// Base points of the shares of variance; powers of two are balanced best.
    #[arg(long, value_name = "N", default_value_t = 256)]
    points: u32,
    /// Value of a sure alternative to the first metric; adds the value of perfect information of each input.
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    threshold: Option<f64>,
    #[command(flatten)]
    common: ExperimentArgs,
}

/// Finds the uncertain inputs that drive metrics.
pub(super) fn run(args: &SensitivityArgs) -> Result<(), Failure> {
    let (_, loaded) = args.common.load(&args.scenario)?;
    let groups = groups(&loaded, &read_groups(&args.group)?, &args.input)?;
    check(args, &groups)?;
    let metrics = metrics_or(&args.metric, || default_metrics(&loaded));
    let arms = vec![args.scenario.arm(loaded)];
    let checked = metrics_of(&arms, &metrics)?;
    let kept = args.keep.min(groups.len());
    let screening = u64::from(args.screen) * (groups.len() as u64 + 1);
    let runs = screening + u64::from(args.points) * (kept as u64 + 7);
    if args.common.dry_run {
        return print(&format!(
            "{} inputs: {screening} runs to screen them, {} runs for the shares of variance of {kept}\n",
            groups.len(),
            runs - screening
        ));
    }
    let options = json!({ "metrics": metrics, "inputs": args.input, "groups": args.group, "screen": args.screen, "keep": args.keep, "points": args.points, "threshold": args.threshold });
    let plan = Plan {
        command: "sensitivity",
        label: None,
        arms: &arms,
        replications: args.points,
        runs,
        options,
    };
    let setup = Setup {
        loaded: &arms[0].loaded,
        metrics: &checked[0],
        groups: &groups,
        screen: args.screen,
        keep: args.keep,
        points: args.points,
        threshold: args.threshold,
    };
    experiment(
        &args.common,
        plan,
        |checkpoint, runner| sensitivity(setup, checkpoint, runner),
        |experiment, found| {
            let report = SensitivityReport {
                experiment,
                groups: &groups,
                metrics: &checked[0].metrics,
                found,
            };
            Output::of(&report, &args.common.result)
        },
    )?;
    Ok(())
}

/// Checks that shares of variance can be estimated.
fn check(args: &SensitivityArgs, groups: &[Group]) -> Result<(), Failure> {
    if groups.is_empty() {
        return Err(fault(
            "the scenario has no uncertain number",
            "give one of its numbers a `dist`",
        ));
    }
    if args.points < 16 || args.keep == 0 {
        return Err(fault(
            "too few points or inputs for shares of variance",
            "give at least --points 16 and --keep 1",
        ));
    }
    if args.points >= 1 << 16 || args.screen >= 1 << 16 {
        return Err(fault(
            "more than 65,535 base points",
            "give fewer --points or --screen",
        ));
    }
    Ok(())
}
