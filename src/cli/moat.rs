//! `tollway moat`.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::experiment::{ExperimentArgs, Output, Plan, check_replications, experiment};
use super::options::{metrics_or, replications};
use super::{Failure, ScenarioArgs, print, read_file};
use crate::experiments::arms::{metric_values, metrics_of};
use crate::experiments::moat::{LEVERS, arms, default_metrics, rank, read};
use crate::report::experiments::moat::MoatReport;

/// Options of `tollway moat`.
#[derive(Debug, Args)]
pub(super) struct MoatArgs {
    #[command(flatten)]
    scenario: ScenarioArgs,
    /// TOML file of levers, with the edits that remove each [default: the built-in levers].
    #[arg(long, value_name = "FILE")]
    levers: Option<PathBuf>,
    /// The cloud whose customers are valued.
    #[arg(long, value_name = "CLOUD", default_value = "aws")]
    cloud: String,
    /// A metric to rank by, repeatable [default: lifetime value of a customer, and margin].
    #[arg(long, value_name = "METRIC")]
    metric: Vec<String>,
    #[command(flatten)]
    common: ExperimentArgs,
}

/// Ranks levers of lock-in.
pub(super) fn run(args: &MoatArgs) -> Result<(), Failure> {
    let (request, loaded) = args.common.load(&args.scenario)?;
    let spec = match &args.levers {
        Some(file) => read(file, &read_file(file)?)?,
        None => read(Path::new("moat.toml"), LEVERS)?,
    };
    let arms = arms(&request, &loaded, &spec)?;
    let metrics = metrics_or(&args.metric, || default_metrics(&loaded, &args.cloud));
    let checked = metrics_of(&arms, &metrics)?;
    let replications = replications(&loaded);
    let runs = arms.len() as u64 * u64::from(replications);
    if args.common.dry_run {
        return print(&format!("{runs} runs of {} arms\n", arms.len()));
    }
    check_replications(replications)?;
    let plan = Plan {
        command: "moat",
        label: Some(loaded.scenario.name.text.clone()),
        arms: &arms,
        replications,
        runs,
        options: json!({ "metrics": metrics }),
    };
    let levers = spec.names();
    experiment(
        &args.common,
        plan,
        |checkpoint, runner| {
            let values = metric_values(&arms, &metrics, replications, checkpoint, runner)?;
            Ok(rank(&values, levers.len(), metrics.len()))
        },
        |experiment, found| {
            let report = MoatReport {
                experiment,
                levers: &levers,
                metrics: &checked[0].metrics,
                found,
            };
            Output::of(&report, &args.common.result)
        },
    )?;
    Ok(())
}
