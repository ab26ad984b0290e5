//! The bootstrap of means over two crossed factors: origins of forecasts, and labels of targets.
//!
//! Targets of one origin share surprises of the market, and targets of one label share those of their series. Both are
//! drawn again, with replacement and independently; a target counts as often as its origin and its label together (the
//! pigeonhole bootstrap, Owen 2007). The mean is over labels, of the mean over the targets of each.

use std::collections::BTreeMap;

use super::quantile;
use crate::base::rng::{Purpose, Streams, key_of};

/// A target of a mean: its origin, its label, and its values, the same number for each target.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// Index of the origin.
    pub origin: usize,
    /// Index of the label.
    pub label: usize,
    /// Values.
    pub values: Vec<f64>,
}

/// A mean with the 95 % interval of its bootstrap.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Estimate {
    /// Mean.
    pub value: f64,
    /// Quantile at 2.5 %.
    pub low: f64,
    /// Quantile at 97.5 %.
    pub high: f64,
}

/// Draws of the bootstrap.
pub const DRAWS: u32 = 2000;
/// Seed of the bootstrap.
const SEED: u64 = 1;

/// Means of each value over labels, of the mean over the targets of each, with 95 % intervals. Empty without cells.
#[must_use]
pub fn estimates(cells: &[Cell]) -> Vec<Estimate> {
    let Some(first) = cells.first() else {
        return Vec::new();
    };
    let width = first.values.len();
    let (origins, cells) = numbered(cells);
    let labels = cells.len();
    let whole = mean(&cells, &vec![1; origins], &vec![1; labels], width);
    let mut draws: Vec<Vec<f64>> = vec![Vec::new(); width];
    let streams = Streams::new(SEED, 0);
    for draw in 0..DRAWS {
        let mut stream = streams.stream(Purpose::User, key_of("bootstrap"), draw);
        let mut times = |count: usize| {
            let mut times = vec![0_u32; count];
            for _ in 0..count {
                times[super::boxes::pick(count, &mut stream)] += 1;
            }
            times
        };
        let (origins, labels) = (times(origins), times(labels));
        if let Some(found) = mean(&cells, &origins, &labels, width) {
            for (draws, value) in draws.iter_mut().zip(found) {
                draws.push(value);
            }
        }
    }
    let whole = whole.unwrap_or_else(|| vec![0.0; width]);
    let values = whole.into_iter().zip(draws);
    let estimate = |(value, mut draws): (f64, Vec<f64>)| {
        draws.sort_unstable_by(f64::total_cmp);
        let at = |p: f64| {
            if draws.is_empty() {
                value
            } else {
                quantile(&draws, p)
            }
        };
        Estimate {
            value,
            low: at(0.025),
            high: at(0.975),
        }
    };
    values.map(estimate).collect()
}

/// The targets of a label: index of the origin, and values.
type Label<'a> = Vec<(usize, &'a [f64])>;

/// The number of origins, and the targets by label, with origins and labels numbered from zero.
fn numbered(cells: &[Cell]) -> (usize, Vec<Label<'_>>) {
    let mut origins: BTreeMap<usize, usize> = BTreeMap::new();
    for cell in cells {
        let next = origins.len();
        origins.entry(cell.origin).or_insert(next);
    }
    let mut labels: BTreeMap<usize, Label<'_>> = BTreeMap::new();
    for cell in cells {
        let place = (origins[&cell.origin], cell.values.as_slice());
        labels.entry(cell.label).or_default().push(place);
    }
    (origins.len(), labels.into_values().collect())
}

/// The mean over labels of the mean over their targets, each as often as drawn; `None` if no target was drawn.
#[must_use]
fn mean(cells: &[Label<'_>], origins: &[u32], labels: &[u32], width: usize) -> Option<Vec<f64>> {
    let (mut sum, mut weight) = (vec![0.0; width], 0.0);
    for (label, times) in cells.iter().zip(labels) {
        let (mut own, mut count) = (vec![0.0; width], 0.0);
        for (origin, values) in label {
            let often = f64::from(origins[*origin]);
            count += often;
            for (own, value) in own.iter_mut().zip(*values) {
                *own += often * value;
            }
        }
        if count > 0.0 && *times > 0 {
            weight += f64::from(*times);
            for (sum, own) in sum.iter_mut().zip(own) {
                *sum += f64::from(*times) * own / count;
            }
        }
    }
    (weight > 0.0).then(|| sum.into_iter().map(|sum| sum / weight).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(origin: usize, label: usize, value: f64) -> Cell {
        Cell {
            origin,
            label,
            values: vec![value],
        }
    }

    #[test]
    fn every_label_weighs_the_same() {
        // One label has three targets of 1, the other one target of 0: the mean is a half, not three quarters.
        let cells = [
            cell(0, 0, 1.0),
            cell(1, 0, 1.0),
            cell(2, 0, 1.0),
            cell(0, 7, 0.0),
        ];
        let found = estimates(&cells)[0];
        assert!((found.value - 0.5).abs() < 1e-12, "{found:?}");
        assert!(found.low < 0.01 && found.high > 0.99, "{found:?}");
        assert!(estimates(&[]).is_empty());
    }

    #[test]
    fn intervals_cover_the_mean_as_often_as_they_say() {
        // Targets are the sum of a shock of their label and noise of their own; their true mean is zero.
        let mut covered = 0;
        for world in 0..60 {
            let mut stream = Streams::new(9, world).stream(Purpose::User, 1, 0);
            let mut cells = Vec::new();
            for label in 0..30 {
                let shock = stream.normal();
                for origin in 0..4 {
                    cells.push(cell(origin, label, shock + stream.normal()));
                }
            }
            let found = estimates(&cells)[0];
            covered += i32::from(found.low <= 0.0 && found.high >= 0.0);
        }
        // The pigeonhole bootstrap is conservative: it covers 95 % or more. Of 60 intervals 53 do so with probability
        // 0.98.
        assert!(covered >= 53, "{covered} of 60");
    }

    #[test]
    fn equal_values_have_an_interval_without_width() {
        let cells: Vec<Cell> = (0..12).map(|at| cell(at % 3, at / 3, 0.25)).collect();
        let found = estimates(&cells)[0];
        assert!((found.value - 0.25).abs() < 1e-15 && (found.high - found.low).abs() < 1e-12);
    }
}
