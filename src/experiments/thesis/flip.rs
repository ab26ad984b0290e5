//! Flips: the smallest plausible change of one input that turns a verdict, confirmed on fresh luck.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::economics::distributions::{normal_cdf, normal_quantile};
use crate::ensemble::guarded;
use crate::scenario::quantity::Setting;
use crate::simulation::Simulation;
use crate::stats::Summary;
use crate::stats::intervals::p_value;

use super::audit::{Finding, Verdict, strongest};
use super::spec::{Test, Theses};
use crate::experiments::inputs::Input;
use crate::experiments::study::{Stopped, Watch};

/// A change of one input that turns a verdict.
#[derive(Clone, Debug, PartialEq)]
pub struct Flip {
    /// The input.
    pub path: String,
    /// How far its distribution is moved, in standard deviations of a normal.
    pub by: f64,
    /// Its median before and after.
    pub medians: (f64, f64),
    /// The probability that the test is true then, on fresh luck.
    pub probability: f64,
}

/// The farthest move that counts as plausible.
pub const FARTHEST: f64 = 3.0;
/// Inputs that are tried, and how much farther each is moved if the first move is not enough.
const INPUTS: usize = 2;
const FARTHER: [f64; 2] = [1.0, 1.6];

/// Replications from here on are luck that no audit has seen.
const FRESH: u32 = 1 << 20;

/// Looks for the nearest flip of a verdict that is not open. The move that a linear model of the margin expects to turn it is
/// tried on replications that the audit has not seen.
///
/// # Errors
/// Why it ended early.
#[expect(
    clippy::too_many_arguments,
    reason = "what an audit knows of one thesis"
)]
pub(super) fn flip(
    theses: &Theses,
    test: &Test,
    simulations: &[Simulation<'_>],
    (inputs, scores): (&[Input], &[Vec<f64>]),
    margins: &[f64],
    finding: &Finding,
    replications: u32,
    watch: Watch<'_>,
) -> Result<Option<Flip>, Stopped> {
    if finding.verdict == Verdict::Open {
        return Ok(None);
    }
    let mut found: Option<Flip> = None;
    for (input, by) in nearest(inputs, scores, margins, test.probability, finding.verdict) {
        for factor in FARTHER {
            let by = by * factor;
            if by.abs() > found.as_ref().map_or(FARTHEST, |flip| flip.by.abs()) {
                break;
            }
            let input = &inputs[input];
            let truths = trial(theses, test, simulations, input, by, replications, watch)?;
            let probability = truths.iter().filter(|truth| **truth).count();
            #[expect(clippy::cast_precision_loss, reason = "replications are few")]
            let probability = probability as f64 / truths.len() as f64;
            let holds = probability >= test.probability;
            if holds != (finding.verdict == Verdict::Holds) {
                let after = normal_cdf(by);
                found = Some(Flip {
                    path: input.path.clone(),
                    by,
                    medians: (input.shape.quantile(0.5), input.shape.quantile(after)),
                    probability,
                });
                break;
            }
        }
    }
    Ok(found)
}

/// Inputs with the moves at which a linear model of the margin, with normal errors, crosses the claimed probability; nearest
/// first, plausible ones only, and only of inputs that go with the margin beyond luck.
fn nearest(
    inputs: &[Input],
    scores: &[Vec<f64>],
    margins: &[f64],
    probability: f64,
    verdict: Verdict,
) -> Vec<(usize, f64)> {
    let all = Summary::of(&mut margins.to_vec());
    #[expect(clippy::cast_precision_loss, reason = "replications are few")]
    let n = margins.len() as f64;
    let mut found: Vec<(usize, f64)> = strongest(scores, margins)
        .into_iter()
        .filter_map(|(at, r)| {
            // As many chances as inputs are looked at.
            let error = libm::sqrt((1.0 - r * r) / (n - 2.0));
            let t = if error > 0.0 {
                r / error
            } else {
                f64::INFINITY
            };
            #[expect(clippy::cast_precision_loss, reason = "inputs are few")]
            let chance = p_value(t, libm::sqrt(n), margins.len()) * inputs.len() as f64;
            if chance > 0.05 {
                return None;
            }
            let slope = r * all.sd;
            let spread = all.sd * libm::sqrt(1.0 - r * r);
            let needed = spread * normal_quantile(probability) - all.mean;
            let by = needed / slope;
            // A little beyond, so that the verdict turns and does not hang.
            let is_meant = (needed < 0.0) == (verdict == Verdict::Holds);
            (by.is_finite() && by.abs() <= FARTHEST && is_meant)
                .then_some((at, by + 0.1 * by.signum()))
        })
        .collect();
    found.sort_by(|a, b| a.1.abs().total_cmp(&b.1.abs()));
    found.truncate(INPUTS);
    found
}

/// The test on fresh replications of its arms, with one input moved in all of them.
fn trial(
    theses: &Theses,
    test: &Test,
    simulations: &[Simulation<'_>],
    input: &Input,
    by: f64,
    replications: u32,
    watch: Watch<'_>,
) -> Result<Vec<bool>, Stopped> {
    let one = |replication: u32| -> Result<bool, String> {
        let mut kept = vec![0.0; test.wanted.cells().len()];
        for (place, arm) in test.arms.iter().enumerate() {
            let settings = BTreeMap::from([(input.key, Setting::Shifted(by))]);
            let panel = guarded(|| {
                simulations[*arm]
                    .run_with(FRESH + replication, settings)
                    .map_err(|identity| format!("arm {}: {identity}", theses.arms[*arm].name))
            })?;
            for (at, value) in test.wanted.read(place, &panel) {
                kept[at] = value;
            }
        }
        Ok(test.metric.value(&kept) != 0.0)
    };
    if watch.interrupt.load(std::sync::atomic::Ordering::Relaxed) {
        return Err(Stopped::Interrupted);
    }
    (0..replications)
        .into_par_iter()
        .map(one)
        .collect::<Result<Vec<bool>, String>>()
        .map_err(Stopped::Broken)
}
