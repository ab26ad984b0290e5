//! The linear pool of the run and the damped trend, with weights fitted on earlier origins.

use std::collections::BTreeMap;

use super::Score;
use crate::base::time::Date;
use crate::stats::bootstrap::{Cell, Estimate, estimates};

/// The linear pool of the run and the damped trend.
#[derive(Clone, Debug, PartialEq)]
pub struct Pooled {
    /// Weight of the run by origin, and the number of targets of earlier origins that it is fitted on; one half without
    /// any.
    pub weights: Vec<(Date, f64, usize)>,
    /// Number of targets.
    pub count: usize,
    /// Mean score of the pool.
    pub crps: Estimate,
    /// Mean score of the pool minus that of the run on the same targets.
    pub to_run: Estimate,
    /// Mean score of the pool minus that of the damped trend on the same targets.
    pub to_trend: Estimate,
    /// Share of targets inside the central 80 % of the pool.
    pub coverage: Estimate,
}

/// Steps of the weight from zero to one.
const STEPS: u32 = 20;

/// Fits the weight of the run at each origin on the targets of earlier origins that were observed by then, and scores
/// the pool with that weight. `None` if no target has a history.
#[must_use]
pub fn pooled(scores: &[Score]) -> Option<Pooled> {
    let mut origins: Vec<Date> = scores.iter().map(|score| score.origin).collect();
    origins.sort_unstable();
    origins.dedup();
    let mut weights = Vec::new();
    let mut cells = Vec::new();
    let mut labels: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, origin) in origins.iter().enumerate() {
        let earlier: Vec<&Score> = scores
            .iter()
            .filter(|score| {
                score.origin < *origin
                    && score.pool.is_some()
                    && score.known.is_some_and(|known| known <= *origin)
            })
            .collect();
        let weight = best_weight(&earlier);
        weights.push((*origin, weight, earlier.len()));
        for score in scores.iter().filter(|score| score.origin == *origin) {
            let Some(moments) = score.pool else { continue };
            let crps = moments.crps(weight);
            let pit = moments.pit(weight);
            let next = labels.len();
            cells.push(Cell {
                origin: index,
                label: *labels.entry(&score.label).or_insert(next),
                values: vec![
                    crps,
                    crps - moments.crps(1.0),
                    crps - moments.crps(0.0),
                    f64::from(u8::from((0.1..=0.9).contains(&pit))),
                ],
            });
        }
    }
    let found = estimates(&cells);
    let [crps, to_run, to_trend, coverage] = *found.as_slice() else {
        return None;
    };
    Some(Pooled {
        weights,
        count: cells.len(),
        crps,
        to_run,
        to_trend,
        coverage,
    })
}

/// The weight of the run with the lowest mean score over labels; one half without targets.
fn best_weight(scores: &[&Score]) -> f64 {
    let mut labels: BTreeMap<&str, Vec<&Score>> = BTreeMap::new();
    for score in scores {
        labels.entry(&score.label).or_default().push(score);
    }
    if labels.is_empty() {
        return 0.5;
    }
    let mean = |weight: f64| -> f64 {
        let of = |scores: &Vec<&Score>| {
            #[expect(clippy::cast_precision_loss, reason = "few targets")]
            let count = scores.len() as f64;
            let sum: f64 = scores
                .iter()
                .filter_map(|score| Some(score.pool?.crps(weight)))
                .sum();
            sum / count
        };
        labels.values().map(of).sum()
    };
    (0..=STEPS)
        .map(|step| f64::from(step) / f64::from(STEPS))
        .min_by(|a, b| mean(*a).total_cmp(&mean(*b)))
        .unwrap_or(0.5)
}
