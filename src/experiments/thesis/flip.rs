//! Flips: the smallest plausible change of inputs that reverses a verdict, confirmed on new random streams.

use std::collections::BTreeMap;

use crate::base::distributions::{normal_cdf, normal_quantile};
use crate::scenario::quantity::Setting;
use crate::simulation::Simulation;
use crate::stats::Summary;
use crate::stats::intervals::p_value;

use super::finding::{Finding, Flip, Move, Verdict};
use super::spec::{Test, Theses};
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
type Change = Vec<(usize, f64)>;

fn distance(change: &Change) -> f64 {
    libm::sqrt(change.iter().map(|(_, by)| by * by).sum())
}

/// Searches for the nearest flip of a verdict that is not open. Changes that should reverse the verdict by a linear model of the
/// margin are tried on new replications. A change counts if the probability is then on the other side of the claimed one by at
/// least a standard error.
///
/// # Errors
/// Why it ended early.
#[expect(
    clippy::too_many_arguments,
    reason = "the state of the audit of one thesis"
)]
pub(super) fn flip(
    theses: &Theses,
    test: &Test,
    simulations: &[Simulation<'_>],
    (inputs, scores): (&[Input], &[Vec<f64>]),
    margins: &[f64],
    finding: &Finding,
    replications: u32,
    runner: Runner<'_>,
) -> Result<Option<Flip>, Stopped> {
    if finding.verdict == Verdict::Open {
        return Ok(None);
    }
    let mut found: Option<Flip> = None;
    for change in nearest(inputs, scores, margins, test.probability, finding.verdict) {
        for factor in FARTHER {
            let change: Change = change.iter().map(|(at, by)| (*at, by * factor)).collect();
            let distance = distance(&change);
            if distance > found.as_ref().map_or(FARTHEST, |flip| flip.distance) {
                break;
            }
            let settings: BTreeMap<u64, Setting> = change
                .iter()
                .map(|(at, by)| (inputs[*at].key, Setting::Shifted(*by)))
                .collect();
            let truths = trial(theses, test, simulations, &settings, replications, runner)?;
            #[expect(clippy::cast_precision_loss, reason = "replications are few")]
            let (hits, n) = (
                truths.iter().filter(|truth| **truth).count() as f64,
                truths.len() as f64,
            );
            let claimed = test.probability;
            let error = libm::sqrt(claimed * (1.0 - claimed) / n);
            let beyond = hits / n - claimed;
            let is_turned = match finding.verdict {
                Verdict::Holds => beyond < -error,
                _ => beyond > error,
            };
            if is_turned {
                found = Some(Flip {
                    moves: change
                        .iter()
                        .map(|(at, by)| moved(&inputs[*at], *by))
                        .collect(),
                    distance,
                    probability: hits / n,
                });
                break;
            }
        }
    }
    Ok(found)
}

fn moved(input: &Input, by: f64) -> Move {
    Move {
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
) -> Vec<Change> {
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
    let mut found: Vec<Change> = singles
        .chain((together.len() > 1).then_some(together))
        .filter_map(|some| {
            let explained: f64 = some.iter().map(|(_, r)| r * r).sum();
            let spread = libm::sqrt((1.0 - explained).max(0.0));
            // In standard deviations of the margin; a margin of 0.2 makes the reversal clear.
            let needed = spread * normal_quantile(probability) - all.mean / all.sd;
            let needed = needed + 0.2 * if verdict == Verdict::Holds { -1.0 } else { 1.0 };
            let is_meant = (needed < 0.0) == (verdict == Verdict::Holds);
            let change: Change = some
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

/// Results of a test on new replications of its arms, with shifted inputs in all of them.
fn trial(
    theses: &Theses,
    test: &Test,
    simulations: &[Simulation<'_>],
    settings: &BTreeMap<u64, Setting>,
    replications: u32,
    runner: Runner<'_>,
) -> Result<Vec<bool>, Stopped> {
    let one = |replication: u32| -> Result<bool, String> {
        let mut kept = vec![0.0; test.wanted.cells().len()];
        for (place, arm) in test.arms.iter().enumerate() {
            let panel = simulations[*arm]
                .run_with(FRESH + replication, settings.clone())
                .map_err(|identity| format!("arm {}: {identity}", theses.arms[*arm].name))?;
            for (at, value) in test.wanted.read(place, &panel) {
                kept[at] = value;
            }
        }
        Ok(test.metric.value(&kept) != 0.0)
    };
    // Progress counts the runs of the audit; trials are few beside them.
    let runner = Runner::new(runner.interrupt, &|_| {});
    let jobs: Vec<u32> = (0..replications).collect();
    let mut truths = Vec::with_capacity(jobs.len());
    runner.run(&jobs, &one, &mut NoCheckpoint, &mut |_, truth| {
        truths.push(truth);
    })?;
    Ok(truths)
}
