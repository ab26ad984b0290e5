//! Flips: the smallest plausible change of inputs that reverses a verdict, confirmed on new random streams.

use std::collections::BTreeMap;

use crate::base::distributions::{normal_cdf, normal_quantile};
use crate::scenario::quantity::Setting;
use crate::simulation::Simulation;
use crate::stats::Summary;
use crate::stats::intervals::p_value;

use super::check::Test;
use super::finding::{Flip, Shift, Verdict};
use super::spec::Theses;
use crate::experiments::inputs::{Input, strongest};
use crate::runner::{NoCheckpoint, Runner, Stopped};

/// Largest plausible change of inputs, in standard deviations.
pub const FARTHEST: f64 = 3.0;
/// Number of changes that are tried, nearest first.
const TRIALS: usize = 2;
const FARTHER: [f64; 2] = [1.0, 1.6];
/// Number of inputs that one of the changes shifts together.
const TOGETHER: usize = 3;
/// First replication of the trials; no audit uses it or those after it.
const FRESH: u32 = 1 << 20;

/// A change of inputs: places among the inputs, with shifts in standard deviations.
type Shifts = Vec<(usize, f64)>;

fn distance(change: &Shifts) -> f64 {
    libm::sqrt(change.iter().map(|(_, by)| by * by).sum())
}

/// Trials of changes on new replications of the arms of a test.
#[derive(Clone, Copy)]
pub(super) struct Trials<'a> {
    pub(super) theses: &'a Theses,
    pub(super) test: &'a Test,
    pub(super) simulations: &'a [Simulation<'a>],
    /// Replications of each trial.
    pub(super) replications: u32,
}

/// Searches for the nearest flip of a claim that holds or fails. Changes that should reverse the verdict by a linear model of the
/// margin are tried on new replications. A change counts if the probability is then on the other side of the claimed one by at
/// least a standard error.
///
/// # Errors
/// The reason why the runs ended early.
pub(super) fn flip(
    trials: Trials<'_>,
    (inputs, scores): (&[Input], &[Vec<f64>]),
    margins: &[f64],
    verdict: Verdict,
    runner: Runner<'_>,
) -> Result<Option<Flip>, Stopped> {
    if !matches!(verdict, Verdict::Holds | Verdict::Fails) {
        return Ok(None);
    }
    let claimed = trials.test.probability;
    let mut found: Option<Flip> = None;
    for change in nearest(inputs, scores, margins, claimed, verdict) {
        for factor in FARTHER {
            let change: Shifts = change.iter().map(|(at, by)| (*at, by * factor)).collect();
            let distance = distance(&change);
            if distance > found.as_ref().map_or(FARTHEST, |flip| flip.distance) {
                break;
            }
            let settings: BTreeMap<u64, Setting> = change
                .iter()
                .map(|(at, by)| (inputs[*at].key, Setting::Shifted(*by)))
                .collect();
            let truths = trials.run(&settings, runner)?;
            #[expect(clippy::cast_precision_loss, reason = "replications are few")]
            let (hits, n) = (
                truths.iter().filter(|truth| **truth).count() as f64,
                truths.len() as f64,
            );
            let error = libm::sqrt(claimed * (1.0 - claimed) / n);
            let beyond = hits / n - claimed;
            let is_reversed = match verdict {
                Verdict::Holds => beyond < -error,
                _ => beyond > error,
            };
            if is_reversed {
                let moves = change.iter().map(|(at, by)| shift(&inputs[*at], *by));
                found = Some(Flip {
                    moves: moves.collect(),
                    distance,
                    probability: hits / n,
                });
                break;
            }
        }
    }
    Ok(found)
}

fn shift(input: &Input, by: f64) -> Shift {
    Shift {
        path: input.path.clone(),
        by,
        medians: (
            input.shape.quantile(0.5),
            input.shape.quantile(normal_cdf(by)),
        ),
    }
}

/// Plausible changes at which a linear model of the margin, with normal errors, crosses the claimed probability: of single inputs
/// that correlate with the margin, and of the strongest together. The nearest comes first.
fn nearest(
    inputs: &[Input],
    scores: &[Vec<f64>],
    margins: &[f64],
    probability: f64,
    verdict: Verdict,
) -> Vec<Shifts> {
    let all = Summary::of(&mut margins.to_vec());
    #[expect(clippy::cast_precision_loss, reason = "replications are few")]
    let n = margins.len() as f64;
    // Inputs that correlate with the margin beyond chance, each tested by itself: the trials decide.
    let related: Vec<(usize, f64)> = strongest(scores, margins)
        .into_iter()
        .take_while(|(_, r)| {
            let t = r * libm::sqrt((n - 2.0) / (1.0 - r * r).max(1e-12));
            p_value(t, libm::sqrt(n), margins.len()) < 0.05
        })
        .take(inputs.len() / 4)
        .collect();
    let together: Vec<(usize, f64)> = related.iter().take(TOGETHER).copied().collect();
    let singles = related.iter().map(|one| vec![*one]);
    let mut found: Vec<Shifts> = singles
        .chain((together.len() > 1).then_some(together))
        .filter_map(|some| {
            let explained: f64 = some.iter().map(|(_, r)| r * r).sum();
            let spread = libm::sqrt((1.0 - explained).max(0.0));
            // In standard deviations of the margin; a margin of 0.2 makes the reversal clear.
            let needed = spread * normal_quantile(probability) - all.mean / all.sd;
            let needed = needed + 0.2 * if verdict == Verdict::Holds { -1.0 } else { 1.0 };
            let is_meant = (needed < 0.0) == (verdict == Verdict::Holds);
            let change: Shifts = some
                .iter()
                .map(|(at, r)| (*at, needed * r / explained))
                .collect();
            (is_meant && distance(&change) <= FARTHEST).then_some(change)
        })
        .collect();
    found.sort_by(|a, b| distance(a).total_cmp(&distance(b)));
    found.truncate(TRIALS);
    found
}

impl Trials<'_> {
    /// Results of the test on new replications, with shifted inputs in all arms.
    fn run(
        self,
        settings: &BTreeMap<u64, Setting>,
        runner: Runner<'_>,
    ) -> Result<Vec<bool>, Stopped> {
        let test = self.test;
        let one = |replication: u32| -> Result<bool, String> {
            let mut kept = vec![0.0; test.wanted.cells().len()];
            for (place, arm) in test.arms.iter().enumerate() {
                let panel = self.simulations[*arm]
                    .run_with(FRESH + replication, settings.clone())
                    .map_err(|identity| {
                        format!("arm {}: {identity}", self.theses.arms[*arm].name)
                    })?;
                for (at, value) in test.wanted.read(place, &panel) {
                    kept[at] = value;
                }
            }
            Ok(test.metric.value(&kept) != 0.0)
        };
        // Progress counts the runs of the audit; trials are few beside them.
        let runner = Runner::new(runner.interrupt, &|_| {});
        let jobs: Vec<u32> = (0..self.replications).collect();
        let mut truths = Vec::with_capacity(jobs.len());
        runner.run(&jobs, &one, &mut NoCheckpoint, &mut |_, truth| {
            truths.push(truth);
        })?;
        Ok(truths)
    }
}
