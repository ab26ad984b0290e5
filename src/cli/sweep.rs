//! `tollway sweep`.

use std::path::Path;

use clap::{Args, ValueEnum};
use serde_json::json;

use super::compare::fault;
use super::options::{
    Kept, ResultArgs, SizeArgs, WorkArgs, metrics_or, replications, stopped, with_option,
};
use super::{Failure, ScenarioArgs, print};
use crate::ensemble::run_quietly;
use crate::experiments::arms::metrics_of;
use crate::experiments::compare::default_metrics;
use crate::experiments::sweep::{Layout, at_point, points, sweep, varied};
use crate::report::Report;
use crate::report::experiments::Experiment;
use crate::report::experiments::sweep::SweepReport;
use crate::report::manifest::scenario_hash;
use crate::scenario::stated::stated;
use crate::scenario::text::write;
use crate::scenario::{Loaded, load};
use crate::simulation::Simulation;

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
    /// Also write a folder with all tables and charts for every point, like `tollway run`; runs each once more.
    #[arg(long)]
    folders: bool,
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
    let texts = metrics_or(&args.metric, || default_metrics(&loaded));
    let metrics = with_option(&texts);
    let replications = replications(&loaded);
    // Every point must be a sound scenario before the first one runs.
    for (number, point) in points.iter().enumerate() {
        at_point(&request, &varied, point, number)?;
    }
    let runs = points.len() as u64 * u64::from(replications);
    if args.dry_run {
        return print(&format!("{} points, {runs} runs\n", points.len()));
    }
    let arms = vec![args.scenario.arm(loaded)];
    let checked = metrics_of(&arms, &metrics)?;
    let options = json!({ "vary": args.vary, "layout": format!("{layout:?}"), "metrics": texts });
    let experiment = Experiment {
        command: "sweep",
        arms: &arms,
        replications,
        has_workbook: args.result.xlsx,
        options: &options,
    };
    let name = experiment.name();
    args.result.target(&name)?;
    let mut kept = Kept::open(&args.result.out, &name, &experiment.key())?;
    let work = args.work.start(runs, "runs")?;
    let found = work.run(|runner| {
        sweep(
            &request,
            &varied,
            &points,
            &metrics,
            replications,
            &mut kept,
            runner,
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
    let folder = args.result.finish(
        report.folder(args.result.format()),
        kept,
        |folder| report.json(folder),
        || report.text(),
    )?;
    if args.folders {
        for (number, point) in points.iter().enumerate() {
            let arm = at_point(&request, &varied, point, number)?;
            let place = folder.join("points").join(number.to_string());
            work.pool
                .install(|| write_run(&arm.loaded, replications, &place, args))?;
        }
    }
    Ok(())
}

/// Runs a scenario and writes everything about it, like `tollway run`.
fn write_run(
    loaded: &Loaded,
    replications: u32,
    place: &Path,
    args: &SweepArgs,
) -> Result<(), Failure> {
    let simulation = Simulation::of(loaded);
    let started = super::run::now();
    let clock = super::run::clock();
    let ensemble = run_quietly(&simulation, replications).map_err(Failure::Invariant)?;
    let simulated_s = clock.elapsed().as_secs_f64();
    let resolved = write(&loaded.tree);
    let hash = scenario_hash(&resolved);
    let report = Report {
        has_workbook: false,
        scenario: &loaded.scenario,
        resolved,
        changes: &loaded.changes,
        parent: &loaded.parent,
        stated: stated(&loaded.tree),
        ensemble: &ensemble,
        calendar: simulation.catalog.calendar.clone(),
        format: args.result.format(),
        run: super::run::record(
            started,
            simulated_s,
            rayon::current_num_threads(),
            &ensemble,
        ),
    };
    report
        .write(place, &hash)
        .map(|_| ())
        .map_err(|error| Failure::Io(error.to_string()))
}
