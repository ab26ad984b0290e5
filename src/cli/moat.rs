//! `tollway moat`.
#![expect(clippy::disallowed_methods, reason = "levers are a file")]

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::options::{
    Kept, ResultArgs, SizeArgs, WorkArgs, metrics_or, replications, stopped, with_option,
};
use super::verify::unreadable;
use super::{Failure, ScenarioArgs, print};
use crate::experiments::arms::metrics_of;
use crate::experiments::moat::{LEVERS, arms, moat, read};
use crate::report::experiments::Experiment;
use crate::report::experiments::moat::MoatReport;
use crate::scenario::load;

/// Options of `tollway moat`.
#[derive(Debug, Args)]
pub(super) struct MoatArgs {
    #[command(flatten)]
    scenario: ScenarioArgs,
    /// Levers and what takes each away (TOML) [default: the built-in ones].
    #[arg(long, value_name = "FILE")]
    levers: Option<PathBuf>,
    /// The cloud whose customers are looked at.
    #[arg(long, value_name = "CLOUD", default_value = "aws")]
    cloud: String,
    /// A metric instead of lifetime value and margin (again for more).
    #[arg(long, value_name = "METRIC")]
    metric: Vec<String>,
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

/// Ranks levers of lock-in.
pub(super) fn run(args: &MoatArgs) -> Result<(), Failure> {
    let mut request = args.scenario.request();
    request.sets.extend(args.size.edits());
    let loaded = load(&request)?;
    let spec = match &args.levers {
        Some(file) => {
            let text = std::fs::read_to_string(file).map_err(|error| unreadable(file, &error))?;
            read(file, &text)?
        }
        None => read(Path::new("moat.toml"), LEVERS)?,
    };
    let arms = arms(&request, &loaded, &spec)?;
    let months = loaded.scenario.months.0;
    let cloud = &args.cloud;
    // Lifetime value as far as the horizon sees it: gross profit over the horizon for each enterprise at its start.
    let defaults = vec![
        format!(
            "sum(clouds.{cloud}.gross_profit_usd[1..{months}]) / sum(segments.*.enterprises[1])"
        ),
        format!(
            "sum(clouds.{cloud}.gross_profit_usd[1..{months}]) / sum(clouds.{cloud}.ai_revenue_usd[1..{months}])"
        ),
    ];
    let texts = metrics_or(&args.metric, || defaults);
    let metrics = with_option(&texts);
    let checked = metrics_of(&arms, &metrics)?;
    let replications = replications(&loaded);
    let runs = arms.len() as u64 * u64::from(replications);
    if args.dry_run {
        return print(&format!("{runs} runs of {} arms\n", arms.len()));
    }
    if replications < 2 {
        return Err(super::compare::fault(
            "one replication has no interval",
            "run at least two: --replications 200",
        ));
    }
    let options = json!({ "metrics": texts });
    let experiment = Experiment {
        command: "moat",
        arms: &arms,
        replications,
        has_workbook: args.result.xlsx,
        options: &options,
    };
    let name = format!(
        "moat-{}-{}",
        loaded.scenario.name.text,
        &experiment.key()[..8]
    );
    args.result.target(&name)?;
    let mut kept = Kept::open(&args.result.out, &name, &experiment.key())?;
    let work = args.work.start(runs, "runs")?;
    let found = work.run(|runner| {
        moat(
            &arms,
            spec.lever.len(),
            &metrics,
            replications,
            &mut kept,
            runner,
        )
    });
    let found = found.map_err(|why| stopped(why, kept.len()))?;
    let levers: Vec<String> = spec
        .lever
        .iter()
        .map(|lever| lever.name.text.clone())
        .collect();
    let report = MoatReport {
        experiment,
        levers: &levers,
        metrics: &checked[0].metrics,
        found: &found,
    };
    args.result
        .finish(
            report.folder(name, args.result.format()),
            kept,
            |folder| report.json(folder),
            || report.text(),
        )
        .map(|_| ())
}
