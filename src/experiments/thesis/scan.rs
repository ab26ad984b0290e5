//! Scans of a named input: the value at which a verdict turns, on common random numbers.

use crate::market::rows::{self, Observed};
use crate::metric::{Cell, Wanted};
use crate::runner::{NoCheckpoint, Runner, Stopped};
use crate::scenario::Loaded;
use crate::simulation::Simulation;

use super::assumed::{explained, subjects};
use super::check::Test;
use super::deciding::{Deciding, ScanSpec};
use super::finding::BreakEven;
use super::spec::Theses;

/// A scan of the input of one test.
#[derive(Clone, Copy)]
pub(super) struct Scan<'a> {
    pub(super) theses: &'a Theses,
    pub(super) test: &'a Test,
    pub(super) deciding: &'a Deciding,
    pub(super) spec: &'a ScanSpec,
    /// Values of the audit by replication: those of arms in which the input is not set.
    pub(super) kept: &'a [Vec<f64>],
}

/// By value and replication: the values that a test reads.
type Samples = Vec<Vec<Vec<f64>>>;

impl Scan<'_> {
    /// Runs the test at values of the range, and halves the step in which the verdict turns.
    ///
    /// # Errors
    /// The reason why the runs ended early.
    pub(super) fn run(self, runner: Runner<'_>) -> Result<BreakEven, Stopped> {
        let Deciding { low, high, .. } = *self.deciding;
        let count = usize::try_from(self.spec.points.0).expect("at most a thousand");
        #[expect(clippy::cast_precision_loss, reason = "values are few")]
        let values: Vec<f64> = (0..count)
            .map(|at| low + (high - low) * at as f64 / (count - 1) as f64)
            .collect();
        let samples = self.samples(&values, runner)?;
        let mut points: Vec<(f64, f64)> = (values.iter().zip(&samples))
            .map(|(value, rows)| (*value, self.probability(rows)))
            .collect();
        let present = self.deciding.present;
        let mut steps: Vec<((f64, f64), f64)> = (points.windows(2))
            .filter(|pair| self.is_true(pair[0].1) != self.is_true(pair[1].1))
            .map(|pair| ((pair[0].0, pair[1].0), pair[0].1))
            .collect();
        let turns = steps.len();
        let away = |(a, b): (f64, f64)| (0.5 * (a + b) - present).abs();
        steps.sort_by(|a, b| away(a.0).total_cmp(&away(b.0)));
        let at = match steps.first() {
            Some((step, before)) => {
                Some(self.halve(*step, self.is_true(*before), &mut points, runner)?)
            }
            None => None,
        };
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        Ok(BreakEven {
            paths: self.deciding.paths.clone(),
            present,
            range: (low, high),
            at,
            turns,
            points,
            explained: self.explained(&samples),
        })
    }

    /// Narrows the step in which the verdict turns. `is_before` is the verdict at its lower end.
    fn halve(
        self,
        (mut low, mut high): (f64, f64),
        is_before: bool,
        points: &mut Vec<(f64, f64)>,
        runner: Runner<'_>,
    ) -> Result<(f64, f64), Stopped> {
        for _ in 0..self.spec.halvings.0 {
            let middle = 0.5 * (low + high);
            let rows = self.samples(&[middle], runner)?;
            let probability = self.probability(&rows[0]);
            points.push((middle, probability));
            if self.is_true(probability) == is_before {
                low = middle;
            } else {
                high = middle;
            }
        }
        Ok((low, high))
    }

    fn is_true(self, probability: f64) -> bool {
        probability >= self.test.probability
    }

    /// Share of replications in which the test is true; for a test over all replications, one or zero.
    fn probability(self, rows: &[Vec<f64>]) -> f64 {
        let metric = &self.test.metric;
        if metric.is_over {
            let all: Vec<usize> = (0..rows.len()).collect();
            return f64::from(u8::from(metric.over(&metric.columns(rows), &all) != 0.0));
        }
        let hits = rows.iter().filter(|row| metric.value(row) != 0.0).count();
        #[expect(clippy::cast_precision_loss, reason = "replications are few")]
        let probability = hits as f64 / rows.len() as f64;
        probability
    }

    /// Largest share of what the claim is about that the input explains over its range; not a number for a test over all
    /// replications.
    fn explained(self, samples: &[Vec<Vec<f64>>]) -> f64 {
        let by_value: Vec<_> = (samples.iter())
            .map(|rows| subjects(self.test, rows))
            .collect();
        let count = by_value.first().map_or(0, Vec::len);
        if count == 0 {
            return f64::NAN;
        }
        (0..count)
            .filter_map(|subject| {
                let groups = by_value.iter().map(|subjects| subjects[subject].clone());
                explained(&groups.collect::<Vec<_>>())
            })
            .fold(0.0, f64::max)
    }

    /// Runs the arms in which the input is set, at each value.
    fn samples(self, values: &[f64], runner: Runner<'_>) -> Result<Samples, Stopped> {
        let Self {
            theses,
            test,
            deciding,
            kept,
            ..
        } = self;
        let broken = |faults: crate::scenario::Faults| Stopped::Broken(faults.to_string());
        let mut scenarios: Vec<(usize, Loaded)> = Vec::new();
        for value in values {
            for at in &deciding.arms {
                let loaded = deciding.with(&theses.arms[test.arms[*at]].loaded, *value);
                scenarios.push((*at, loaded.map_err(broken)?));
            }
        }
        let simulations: Vec<(usize, Simulation<'_>)> = (scenarios.iter())
            .map(|(at, loaded)| (*at, observing(loaded, &test.wanted, *at)))
            .collect();
        let replications = usize::try_from(self.spec.replications.0).unwrap_or(usize::MAX);
        let replications = replications.min(kept.len());
        let jobs: Vec<(usize, u32)> = (0..values.len())
            .flat_map(|value| {
                (0..replications).map(move |r| (value, u32::try_from(r).expect("few")))
            })
            .collect();
        let one = |(value, replication): (usize, u32)| -> Result<Vec<f64>, String> {
            let mut row = kept[replication as usize].clone();
            let set = deciding.arms.len();
            for (at, simulation) in &simulations[value * set..(value + 1) * set] {
                let panel = simulation.run(replication).map_err(|identity| {
                    format!("arm {}: {identity}", theses.arms[test.arms[*at]].name)
                })?;
                for (place, found) in test.wanted.read(*at, &panel) {
                    row[place] = found;
                }
            }
            Ok(row)
        };
        // Progress counts the runs of the audit.
        let runner = Runner::new(runner.interrupt, &|_| {});
        let mut found: Samples = vec![Vec::new(); values.len()];
        runner.run(&jobs, &one, &mut NoCheckpoint, &mut |(value, _), row| {
            found[value].push(row);
        })?;
        Ok(found)
    }
}

/// A simulation that records the values that a test reads of one of its arms.
fn observing<'a>(loaded: &'a Loaded, wanted: &Wanted, arm: usize) -> Simulation<'a> {
    let simulation = Simulation::of(loaded);
    let shape = rows::panel(simulation.scenario, simulation.catalog.calendar.months());
    let cells = wanted.cells().iter().filter(|cell| cell.arm == arm);
    let cells = cells.map(|Cell { table, offset, .. }| (*table, *offset));
    simulation.observing(Observed::values(&shape, cells))
}
