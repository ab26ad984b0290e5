//! `tollway sweep`.

use std::path::Path;

use clap::{Args, ValueEnum};
use serde_json::json;

use super::experiment::{ExperimentArgs, Output, Plan, experiment};
use super::options::{fault, metrics_or, replications};
use super::run::{clock, now, record, report};
use super::{Failure, ScenarioArgs, print};
use crate::ensemble::run_quietly;
use crate::experiments::arms::metrics_of;
use crate::experiments::compare::default_metrics;
use crate::experiments::sweep::{Layout, Sweep, points, sweep, varied};
use crate::report::Format;
use crate::report::experiments::sweep::SweepReport;
use crate::report::manifest::scenario_hash;
use crate::scenario::Loaded;
use crate::scenario::text::write;
use crate::simulation::Simulation;

/// Options of `tollway sweep`.
#[derive(Debug, Args)]
pub(super) struct SweepArgs {
    #[command(flatten)]
    scenario: ScenarioArgs,
    /// A value to vary, key=a,b,c or key=low..high; repeatable.
    #[arg(long, value_name = "KEY=VALUES", required = true)]
    vary: Vec<String>,
    /// Layout of the points.
    #[arg(long, value_enum, default_value_t = LayoutName::Grid)]
    layout: LayoutName,
    /// Points of a Latin hypercube or Sobol sequence; steps of an interval in a grid.
    #[arg(long, value_name = "N", default_value_t = 5)]
    points: usize,
    /// A metric to record, repeatable [default: profits, spend, cost of leaving].
    #[arg(long, value_name = "METRIC")]
    metric: Vec<String>,
    /// Also write all tables and charts of every point, as `tollway run` does; runs each point a second time.
    #[arg(long)]
    folders: bool,
    #[command(flatten)]
    common: ExperimentArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum LayoutName {
    Grid,
    Lhs,
    Sobol,
}

/// Runs a scenario at many points.
pub(super) fn run(args: &SweepArgs) -> Result<(), Failure> {
    let (request, loaded) = args.common.load(&args.scenario)?;
    let varied = args
        .vary
        .iter()
        .map(|text| varied(text, &loaded))
        .collect::<Result<Vec<_>, _>>()?;
    if args.points == 0 {
        return Err(fault("the sweep has no points", "give --points 1 or more"));
    }
    let layout = match args.layout {
        LayoutName::Grid => Layout::Grid(args.points),
        LayoutName::Lhs => Layout::LatinHypercube(args.points),
        LayoutName::Sobol => Layout::Sobol(args.points),
    };
    let points = points(&varied, layout, loaded.scenario.run.seed.0);
    let metrics = metrics_or(&args.metric, || default_metrics(&loaded));
    let replications = replications(&loaded);
    let setup = Sweep {
        request: &request,
        varied: &varied,
        points: &points,
    };
    // Every point must be a sound scenario before the first one runs.
    for number in 0..points.len() {
        setup.arm(number)?;
    }
    let runs = points.len() as u64 * u64::from(replications);
    if args.common.dry_run {
        return print(&format!("{} points, {runs} runs\n", points.len()));
    }
    let arms = vec![args.scenario.arm(loaded)];
    let checked = metrics_of(&arms, &metrics)?;
    let plan = Plan {
        command: "sweep",
        label: None,
        arms: &arms,
        replications,
        runs,
        options: json!({ "vary": args.vary, "layout": format!("{layout:?}"), "metrics": metrics }),
    };
    let finished = experiment(
        &args.common,
        plan,
        |checkpoint, runner| sweep(setup, &metrics, replications, checkpoint, runner),
        |experiment, values| {
            let report = SweepReport {
                experiment,
                varied: &varied,
                points: &points,
                metrics: &checked[0].metrics,
                values,
            };
            Output::of(&report, &args.common.result)
        },
    )?;
    if args.folders {
        for number in 0..points.len() {
            let arm = setup.arm(number)?;
            let place = finished.folder.join("points").join(number.to_string());
            let format = args.common.result.format();
            let write = || write_run(&arm.loaded, replications, &place, format);
            finished.work.pool.install(write)?;
        }
    }
    Ok(())
}

/// Runs a scenario and writes its report, as `tollway run` does.
fn write_run(
    loaded: &Loaded,
    replications: u32,
    place: &Path,
    format: Format,
) -> Result<(), Failure> {
    let simulation = Simulation::of(loaded);
    let (started, clock) = (now(), clock());
    let ensemble = run_quietly(&simulation, replications).map_err(Failure::Invariant)?;
    let simulated_s = clock.elapsed().as_secs_f64();
    let record = record(
        started,
        simulated_s,
        rayon::current_num_threads(),
        &ensemble,
    );
    let hash = scenario_hash(&write(&loaded.tree));
    report(loaded, &ensemble, format, record).write(place, &hash)?;
    Ok(())
}
