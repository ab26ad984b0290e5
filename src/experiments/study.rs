//! Studies: many runs of several arms, each unit of work kept once, in order, and never done twice.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rayon::prelude::*;

use crate::ensemble::guarded;
use crate::market::observe::{self, Observed};
use crate::panel::Panel;
use crate::scenario::tree::Node;
use crate::scenario::{Fault, Faults, Loaded};
use crate::simulation::Simulation;

use crate::metric::{ArmShape, Metric, Wanted};

/// One arm: a scenario with a name.
#[derive(Debug)]
pub struct Arm {
    /// What it is called.
    pub name: String,
    /// The scenario.
    pub loaded: Loaded,
}

/// Metrics of one arm, and what they need of its tables.
#[derive(Clone, Debug)]
pub struct ArmMetrics {
    /// The metrics.
    pub metrics: Vec<Metric>,
    /// What they need.
    pub wanted: Wanted,
    /// What has to be observed for them.
    pub observed: Observed,
}

impl ArmMetrics {
    /// Their values in a replication.
    #[must_use]
    pub fn values(&self, panel: &Panel) -> Vec<f64> {
        let kept: Vec<f64> = self.wanted.read(0, panel).map(|(_, value)| value).collect();
        self.metrics
            .iter()
            .map(|metric| metric.value(&kept))
            .collect()
    }
}

/// Checks metrics, each with the option or file that it comes from, against every arm by itself.
///
/// # Errors
/// What is wrong with them, in the first arm in which something is.
pub fn metrics_of(arms: &[Arm], texts: &[(&str, &str)]) -> Result<Vec<ArmMetrics>, Faults> {
    let mut found = Vec::with_capacity(arms.len());
    for arm in arms {
        found.push(metrics_of_one(&arm.name, &arm.loaded, texts)?);
    }
    Ok(found)
}

/// The same for one scenario.
///
/// # Errors
/// What is wrong with them.
pub fn metrics_of_one(
    name: &str,
    loaded: &Loaded,
    texts: &[(&str, &str)],
) -> Result<ArmMetrics, Faults> {
    let months = usize::try_from(loaded.scenario.months.0).expect("at most 120 months");
    let panel = observe::panel(&loaded.scenario, months);
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
    for (option, text) in texts {
        match Metric::of_option(option, text, &[shape], &mut found.wanted) {
            Ok(metric) if metric.is_over => faults.push(
                Fault::nowhere(format!("`{text}` speaks of all replications, and is asked of each"))
                    .help("leave out the function over replications; what is printed is over all of them anyway"),
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

/// A unit of work: one replication of one arm.
pub type Unit = (usize, u32);

/// What was kept of units that are done, so that a study that was interrupted goes on from them.
pub trait Keep {
    /// What is kept of a unit.
    fn get(&mut self, unit: Unit) -> Option<Vec<f64>>;
    /// Keeps what a unit gave.
    ///
    /// # Errors
    /// What the system says, in words.
    fn put(&mut self, unit: Unit, values: &[f64]) -> Result<(), String>;
}

/// Keeps nothing.
#[derive(Clone, Copy, Debug)]
pub struct Nothing;

impl Keep for Nothing {
    fn get(&mut self, _: Unit) -> Option<Vec<f64>> {
        None
    }

    fn put(&mut self, _: Unit, _: &[f64]) -> Result<(), String> {
        Ok(())
    }
}

/// Why a study ended early. What it had done is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// It was interrupted.
    Interrupted,
    /// An invariant broke: arm, replication and identity, in words.
    Broken(String),
    /// What units gave could not be kept.
    Io(String),
}

/// How a study is watched and stopped.
#[derive(Clone, Copy)]
pub struct Watch<'a> {
    /// Set from outside to stop after the units that are under way.
    pub interrupt: &'a AtomicBool,
    /// Called with the number of units done.
    pub progress: &'a (dyn Fn(u64) + Sync),
}

impl std::fmt::Debug for Watch<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch").finish_non_exhaustive()
    }
}

type Found = Result<(Vec<f64>, bool), String>;

/// Units of a batch for each thread.
const UNITS_A_THREAD: usize = 16;

/// Runs units on the current rayon pool: each gives the values that `run` makes of it, and `take` gets them in the order of
/// the units, whatever the number of threads. Only two batches of values are held at a time.
///
/// # Errors
/// Why it ended early.
pub fn run(
    units: &[Unit],
    run: &(dyn Fn(Unit) -> Result<Vec<f64>, String> + Sync),
    keep: &mut dyn Keep,
    watch: Watch<'_>,
    take: &mut dyn FnMut(Unit, Vec<f64>),
) -> Result<(), Stopped> {
    let done = AtomicU64::new(0);
    // None for what was not begun; with the values, whether they are new.
    let find = |batch: &[Unit], kept: Vec<Option<Vec<f64>>>| -> Vec<Option<Found>> {
        let units = batch.par_iter().zip(kept).with_max_len(1);
        units
            .map(|(unit, kept)| {
                let result = match kept {
                    Some(values) => Ok((values, false)),
                    None if watch.interrupt.load(Ordering::Relaxed) => return None,
                    None => guarded(|| run(*unit)).map(|values| (values, true)),
                };
                (watch.progress)(done.fetch_add(1, Ordering::Relaxed) + 1);
                Some(result)
            })
            .collect()
    };
    // Once the study has ended nothing more is passed on, but what was found is kept all the same.
    let mut ended: Result<(), Stopped> = Ok(());
    let mut pass_on = |keep: &mut dyn Keep, batch: &[Unit], found: Vec<Option<Found>>| {
        for (unit, result) in batch.iter().zip(found) {
            let reason = match result {
                None => Stopped::Interrupted,
                Some(Err(reason)) => Stopped::Broken(reason),
                Some(Ok((values, is_new))) => {
                    if is_new && let Err(reason) = keep.put(*unit, &values) {
                        ended = Err(Stopped::Io(reason));
                        break;
                    }
                    if ended.is_ok() {
                        take(*unit, values);
                    }
                    continue;
                }
            };
            if ended.is_ok() {
                ended = Err(reason);
            }
        }
        ended.clone()
    };
    // One batch is found while the last is passed on; many units a batch, because its end waits for the slowest.
    let mut last: (&[Unit], Vec<Option<Found>>) = (&[], Vec::new());
    for batch in units.chunks(rayon::current_num_threads() * UNITS_A_THREAD) {
        let kept = batch.iter().map(|unit| keep.get(*unit)).collect();
        let mut found = Vec::new();
        let (before, ready) = std::mem::take(&mut last);
        let mut passed = Ok(());
        rayon::in_place_scope(|scope| {
            scope.spawn(|_| found = find(batch, kept));
            passed = pass_on(keep, before, ready);
        });
        last = (batch, found);
        if passed.is_err() {
            break;
        }
    }
    pass_on(keep, last.0, last.1)
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

/// Values of metrics in every replication of every arm: by arm, replication and metric.
///
/// # Errors
/// Why it ended early; metrics that an arm does not take are a broken invariant, they were checked before.
pub fn metric_values(
    arms: &[Arm],
    metrics: &[(&str, &str)],
    replications: u32,
    keep: &mut dyn Keep,
    watch: Watch<'_>,
) -> Result<Vec<Vec<Vec<f64>>>, Stopped> {
    let checked =
        metrics_of(arms, metrics).map_err(|faults| Stopped::Broken(faults.to_string()))?;
    let simulations: Vec<Simulation<'_>> = (arms.iter().zip(&checked))
        .map(|(arm, metrics)| Simulation::of(&arm.loaded).observing(metrics.observed.clone()))
        .collect();
    let units: Vec<Unit> = (0..arms.len())
        .flat_map(|arm| (0..replications).map(move |replication| (arm, replication)))
        .collect();
    let mut found = vec![Vec::new(); arms.len()];
    let one = |(arm, replication): Unit| {
        replicate(&arms[arm].name, &simulations[arm], replication, |panel| {
            checked[arm].values(panel)
        })
    };
    run(&units, &one, keep, watch, &mut |(arm, _), values| {
        found[arm].push(values);
    })?;
    Ok(found)
}

/// Numbers that must be the same for replications of two arms to share their luck.
const SHARED: [&str; 5] = [
    "run.seed",
    "run.enterprises",
    "run.windows_per_day",
    "start",
    "months",
];

/// Checks that arms can be paired: one seed, one population, one calendar.
///
/// # Errors
/// Each difference, located in the arm that differs.
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
                        format!("`{path}` is {its_text} in {} and {mine_text} in {}: their replications do not share their luck", arm.name, first.name),
                        its.place.clone(),
                    )
                    .also("here", mine.place.clone())
                    .help("give both the same, or add --unpaired to compare independent samples"),
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[derive(Default)]
    struct Shelf(BTreeMap<Unit, Vec<f64>>, usize);

    impl Keep for Shelf {
        fn get(&mut self, unit: Unit) -> Option<Vec<f64>> {
            self.0.get(&unit).cloned()
        }

        fn put(&mut self, unit: Unit, values: &[f64]) -> Result<(), String> {
            self.1 += 1;
            self.0.insert(unit, values.to_vec());
            Ok(())
        }
    }

    #[test]
    fn units_come_in_order_and_are_done_once() {
        let units: Vec<Unit> = (0..3)
            .flat_map(|arm| (0..7).map(move |r| (arm, r)))
            .collect();
        let double = |(arm, r): Unit| {
            Ok(vec![
                f64::from(r) + 10.0 * f64::from(u32::try_from(arm).unwrap()),
            ])
        };
        let mut shelf = Shelf::default();
        shelf.0.insert((1, 3), vec![-1.0]);
        let watch = Watch {
            interrupt: &AtomicBool::new(false),
            progress: &|_| {},
        };
        let mut seen = Vec::new();
        run(&units, &double, &mut shelf, watch, &mut |unit, values| {
            seen.push((unit, values[0]));
        })
        .unwrap();
        assert_eq!(
            seen.iter().map(|(unit, _)| *unit).collect::<Vec<_>>(),
            units
        );
        assert!((seen[10].1 + 1.0).abs() < 1e-15 && (seen[8].1 - 11.0).abs() < 1e-15);
        assert_eq!(shelf.1, 20);
    }

    #[test]
    fn a_fault_in_a_unit_stops_the_study_and_keeps_the_rest() {
        let units: Vec<Unit> = (0..40).map(|r| (0, r)).collect();
        let fails = |(_, r): Unit| {
            if r == 30 {
                panic!("no such luck")
            } else {
                Ok(vec![1.0])
            }
        };
        let mut shelf = Shelf::default();
        let watch = Watch {
            interrupt: &AtomicBool::new(false),
            progress: &|_| {},
        };
        let ended = run(&units, &fails, &mut shelf, watch, &mut |_, _| {});
        assert_eq!(ended, Err(Stopped::Broken("no such luck".to_owned())));
        // Units that were found after it are kept too.
        assert_eq!(shelf.0.len(), 39);
        let stop = Watch {
            interrupt: &AtomicBool::new(true),
            progress: &|_| {},
        };
        assert_eq!(
            run(&units, &fails, &mut shelf, stop, &mut |_, _| {}),
            Err(Stopped::Interrupted)
        );
    }
}
