//! Arms of an experiment, their metrics, and their runs.

use crate::market::rows::{self, Observed};
use crate::metric::{ArmShape, Metric, Wanted};
use crate::panel::Panel;
use crate::runner::{Checkpoint, Runner, Stopped};
use crate::scenario::tree::Node;
use crate::scenario::{Fault, Faults, Loaded};
use crate::simulation::Simulation;

/// An arm of an experiment: a scenario with a name.
#[derive(Debug)]
pub struct Arm {
    /// Name, unique in the experiment.
    pub name: String,
    /// The scenario.
    pub loaded: Loaded,
}

/// Metrics of one arm, and the values of its tables that they read.
#[derive(Clone, Debug)]
pub struct ArmMetrics {
    /// The metrics.
    pub metrics: Vec<Metric>,
    /// The values that they read.
    pub wanted: Wanted,
    /// The observations that the simulation must record for them.
    pub observed: Observed,
}

impl ArmMetrics {
    /// The values of the metrics in a replication.
    #[must_use]
    pub fn values(&self, panel: &Panel) -> Vec<f64> {
        let kept: Vec<f64> = self.wanted.read(0, panel).map(|(_, value)| value).collect();
        self.metrics
            .iter()
            .map(|metric| metric.value(&kept))
            .collect()
    }
}

/// Checks the metrics of `--metric` against each arm.
///
/// # Errors
/// The faults of the metrics in the first arm that does not accept them.
pub fn metrics_of(arms: &[Arm], texts: &[String]) -> Result<Vec<ArmMetrics>, Faults> {
    let mut found = Vec::with_capacity(arms.len());
    for arm in arms {
        found.push(metrics_of_one(&arm.name, &arm.loaded, texts)?);
    }
    Ok(found)
}

/// Checks the metrics of `--metric` against one scenario.
///
/// # Errors
/// The faults of the metrics.
pub fn metrics_of_one(name: &str, loaded: &Loaded, texts: &[String]) -> Result<ArmMetrics, Faults> {
    let months = usize::try_from(loaded.scenario.months.0).expect("at most 120 months");
    let panel = rows::panel(&loaded.scenario, months);
    let shape = ArmShape {
        name,
        panel: &panel,
        months,
    };
    let mut found = ArmMetrics {
        metrics: Vec::new(),
        wanted: Wanted::default(),
        observed: Observed::everything(months),
    };
    let mut faults = Vec::new();
    for text in texts {
        match Metric::of_option("--metric", text, &[shape], &mut found.wanted) {
            Ok(metric) if metric.is_over => faults.push(
                Fault::nowhere(format!("`{text}` is about all replications, but a value of each is needed"))
                    .help("leave out the function over replications; results are printed over all of them"),
            ),
            Ok(metric) => found.metrics.push(metric),
            Err(fault) => faults.push(fault),
        }
    }
    let cells = found.wanted.cells().iter();
    found.observed = Observed::values(&panel, cells.map(|cell| (cell.table, cell.offset)));
    if faults.is_empty() {
        Ok(found)
    } else {
        Err(Faults(faults))
    }
}

/// A run of an experiment: an arm, and a replication of it.
pub type Run = (usize, u32);

/// A checkpoint of an experiment: the values of each finished run.
pub type RunCheckpoint<'a> = &'a mut dyn Checkpoint<Run, Vec<f64>>;

/// The part of a checkpoint from some arm on; arms of the part are numbered from zero.
pub struct Part<'a> {
    /// The checkpoint of all arms.
    pub checkpoint: RunCheckpoint<'a>,
    /// The first arm of the part.
    pub first: usize,
}

impl std::fmt::Debug for Part<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Part")
            .field("first", &self.first)
            .finish_non_exhaustive()
    }
}

impl Checkpoint<Run, Vec<f64>> for Part<'_> {
    fn get(&mut self, (arm, replication): Run) -> Option<Vec<f64>> {
        self.checkpoint.get((self.first + arm, replication))
    }

    fn put(&mut self, (arm, replication): Run, values: &Vec<f64>) -> Result<(), String> {
        self.checkpoint.put((self.first + arm, replication), values)
    }
}

/// Runs a replication of an arm and reads its panel.
///
/// # Errors
/// A broken identity, with arm and replication.
pub fn replicate(
    name: &str,
    simulation: &Simulation<'_>,
    replication: u32,
    read: impl FnOnce(&Panel) -> Vec<f64>,
) -> Result<Vec<f64>, String> {
    simulation
        .run(replication)
        .map(|panel| read(&panel))
        .map_err(|identity| format!("arm {name}, replication {replication}: {identity}"))
}

/// Runs every arm. Returns the values of metrics by arm, replication and metric.
///
/// # Errors
/// Why the runs ended early. Metrics were checked before, so a metric that an arm refuses is a broken invariant.
pub fn metric_values(
    arms: &[Arm],
    metrics: &[String],
    replications: u32,
    checkpoint: RunCheckpoint<'_>,
    runner: Runner<'_>,
) -> Result<Vec<Vec<Vec<f64>>>, Stopped> {
    let checked =
        metrics_of(arms, metrics).map_err(|faults| Stopped::Broken(faults.to_string()))?;
    let simulations: Vec<Simulation<'_>> = (arms.iter().zip(&checked))
        .map(|(arm, metrics)| Simulation::of(&arm.loaded).observing(metrics.observed.clone()))
        .collect();
    let runs: Vec<Run> = (0..arms.len())
        .flat_map(|arm| (0..replications).map(move |replication| (arm, replication)))
        .collect();
    let mut found = vec![Vec::new(); arms.len()];
    let one = |(arm, replication): Run| {
        replicate(&arms[arm].name, &simulations[arm], replication, |panel| {
            checked[arm].values(panel)
        })
    };
    runner.run(&runs, &one, checkpoint, &mut |(arm, _), values| {
        found[arm].push(values);
    })?;
    Ok(found)
}

/// Values that two arms must have in common for their replications to use common random numbers.
const SHARED: [&str; 5] = [
    "run.seed",
    "run.enterprises",
    "run.windows_per_day",
    "start",
    "months",
];

/// Checks that arms can be paired: that they have the same seed, population and calendar.
///
/// # Errors
/// Each value that differs, with its place in the arm.
pub fn check_pairs(arms: &[Arm]) -> Result<(), Faults> {
    let mut faults = Vec::new();
    let Some((first, others)) = arms.split_first() else {
        return Ok(());
    };
    for arm in others {
        for path in SHARED {
            let (Some(mine), Some(its)) =
                (at(&first.loaded.tree, path), at(&arm.loaded.tree, path))
            else {
                continue;
            };
            let (mine_text, its_text) = (
                crate::scenario::text::inline(mine),
                crate::scenario::text::inline(its),
            );
            if mine_text != its_text {
                faults.push(
                    Fault::new(
                        format!("`{path}` is {its_text} in {} and {mine_text} in {}: their replications have no common random numbers", arm.name, first.name),
                        its.place.clone(),
                    )
                    .also("here", mine.place.clone())
                    .help("use the same value in both, or add --unpaired to compare independent samples"),
                );
            }
        }
    }
    if faults.is_empty() {
        Ok(())
    } else {
        Err(Faults(faults))
    }
}

fn at<'a>(tree: &'a Node, path: &str) -> Option<&'a Node> {
    path.split('.')
        .try_fold(tree, |node, key| node.as_table()?.get(key))
}
