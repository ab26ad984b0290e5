//! `tollway sweep`.

use clap::{Args, ValueEnum};
use serde_json::json;

use super::compare::fault;
use super::options::{Kept, ResultArgs, SizeArgs, WorkArgs, stopped};
use super::{Failure, ScenarioArgs, print};
use crate::experiments::compare::default_metrics;
use crate::experiments::study::{Arm, metrics_of};
use crate::experiments::sweep::{Layout, at_point, points, sweep, varied};
use crate::report::experiment::Experiment;
use crate::report::sweep::SweepReport;
use crate::scenario::load;

/// Options of `tollway sweep`.
#[derive(Debug, Args)]
pub(super) struct SweepArgs {
    #[command(flatten)]
    scenario: ScenarioArgs,
    /// A value to vary, key=a,b,c or key=low..high (again for more).
    #[arg(long, value_name = "KEY=VALUES", required = true)]
    vary: Vec<String>,
    /// How points are laid out.
    #[arg(long, value_enum, default_value_t = LayoutName::Grid)]
    layout: LayoutName,
    /// Points of a Latin hypercube or Sobol sequence; steps of an interval in a grid.
    #[arg(long, value_name = "N", default_value_t = 5)]
    points: usize,
    /// A metric to record (again for more) [default: profits, spend, cost of leaving].
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

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum LayoutName {
    Grid,
    Lhs,
    Sobol,
}

/// Runs a scenario at many points.
pub(super) fn run(args: &SweepArgs) -> Result<(), Failure> {
    let mut request = args.scenario.request();
    request.sets.extend(args.size.edits());
    let loaded = load(&request)?;
    let varied = args
        .vary
        .iter()
        .map(|text| varied(text, &loaded))
        .collect::<Result<Vec<_>, _>>()?;
    if args.points == 0 {
        return Err(fault("a sweep over no points", "give --points 1 or more"));
    }
    let layout = match args.layout {
        LayoutName::Grid => Layout::Grid(args.points),
        LayoutName::Lhs => Layout::LatinHypercube(args.points),
        LayoutName::Sobol => Layout::Sobol(args.points),
    };
    let points = points(&varied, layout, loaded.scenario.run.seed.0);
    let texts = if args.metric.is_empty() {
        default_metrics(&loaded)
    } else {
        args.metric.clone()
    };
    let metrics: Vec<(&str, &str)> = texts
        .iter()
        .map(|text| ("--metric", text.as_str()))
        .collect();
    let replications = u32::try_from(loaded.scenario.run.replications.0).unwrap_or(u32::MAX);
    // Every point must be a sound scenario before the first one runs.
    for (number, point) in points.iter().enumerate() {
        at_point(&request, &varied, point, number)?;
    }
    let runs = points.len() as u64 * u64::from(replications);
    if args.dry_run {
        return print(&format!("{} points, {runs} runs\n", points.len()));
    }
    let name = args
        .scenario
        .scenario
        .as_ref()
        .and_then(|file| file.file_stem());
    let arms = vec![Arm {
        name: name.map_or_else(
            || "baseline".to_owned(),
            |stem| stem.to_string_lossy().into_owned(),
        ),
        loaded,
    }];
    let checked = metrics_of(&arms, &metrics)?;
    let options = json!({ "vary": args.vary, "layout": format!("{layout:?}"), "metrics": texts });
    let experiment = Experiment {
        command: "sweep",
        arms: &arms,
        replications,
        options: &options,
    };
    let name = experiment.name();
    args.result.target(&name)?;
    let mut kept = Kept::open(&args.result.out, &name, &experiment.key())?;
    let work = args.work.start(runs, "runs")?;
    let found = work.run(|watch| {
        sweep(
            &request,
            &varied,
            &points,
            &metrics,
            replications,
            &mut kept,
            watch,
        )
    });
    let values = found.map_err(|why| stopped(why, kept.len()))?;
    let report = SweepReport {
        experiment,
        varied: &varied,
        points: &points,
        metrics: &checked[0].metrics,
        values: &values,
    };
    let folder = report
        .folder(args.result.format())
        .and_then(|folder| folder.write(&args.result.out));
    let folder = folder.map_err(|error| Failure::Io(error.to_string()))?;
    kept.forget();
    if args.result.json {
        print(&report.json(&folder))
    } else {
        print(&format!(
            "{}\nWritten to {}\n",
            report.text(),
            folder.display()
        ))
    }
}
