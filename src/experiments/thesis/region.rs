//! The region of inputs in which a claim fails.

use crate::base::rng::Stream;
use crate::experiments::inputs::{Input, strongest};
use crate::stats::boxes::{Cases, Peeling, balanced};

use super::finding::{Region, Side};

/// Number of inputs that may bound a region: those that correlate most with failure.
const CANDIDATES: usize = 6;

/// The box of inputs in which a claim fails. Bounds that chance would explain among all inputs are dropped.
pub(super) fn region(
    inputs: &[Input],
    scores: &[Vec<f64>],
    truths: &[bool],
    stream: &mut Stream,
) -> Option<Region> {
    let fails: Vec<bool> = truths.iter().map(|truth| !truth).collect();
    let count = fails.iter().filter(|fails| **fails).count();
    if count < 5 || fails.len() - count < 5 {
        return None;
    }
    let chosen: Vec<usize> = strongest(
        scores,
        &fails
            .iter()
            .map(|f| f64::from(u8::from(*f)))
            .collect::<Vec<_>>(),
    )
    .into_iter()
    .take(CANDIDATES)
    .map(|(input, _)| input)
    .collect();
    let points: Vec<Vec<f64>> = scores
        .iter()
        .map(|row| chosen.iter().map(|at| row[*at]).collect())
        .collect();
    let cases = Cases {
        points,
        hits: fails,
    };
    let peeling = Peeling {
        alpha: 0.05,
        least: 0.1,
    };
    let trajectory = cases.peel(peeling);
    let mut limits = trajectory[balanced(&trajectory)].0.clone();
    let whole = &trajectory[0].0;
    #[expect(clippy::cast_precision_loss, reason = "inputs are few")]
    let looked_at = inputs.len() as f64;
    let mut sides = Vec::new();
    for bound in cases.bounds(&limits, peeling, 20, stream) {
        let d = bound.dimension;
        if bound.chance * looked_at > 0.05 || bound.stability < 0.5 {
            limits.low[d] = whole.low[d];
            limits.high[d] = whole.high[d];
            continue;
        }
        let input = &inputs[chosen[d]];
        sides.push(Side {
            path: input.path.clone(),
            above: (limits.low[d] > whole.low[d]).then(|| input.shape.quantile(limits.low[d])),
            below: (limits.high[d] < whole.high[d]).then(|| input.shape.quantile(limits.high[d])),
        });
    }
    let found = cases.fit(&limits);
    (!sides.is_empty()).then_some(Region {
        sides,
        coverage: found.coverage,
        density: found.density,
    })
}
