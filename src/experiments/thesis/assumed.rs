//! Assumed outcomes: tests that read an input back.
//!
//! A test is assumed if each quantity that it compares is constant over replications, or is explained by the draw of one
//! uncertain input. A scan of a named input ([`super::scan`]) gives the third case: an input explains the quantities over its
//! stated range.

use crate::base::distributions::normal_quantile;
use crate::experiments::inputs::Input;
use crate::metric::Metric;
use crate::stats::intervals::correlation;

use super::check::Test;
use super::finding::Assumed;

/// Least share of the variance of a quantity that an input explains if it sets the quantity: a correlation of 0.99.
pub const EXPLAINED: f64 = 0.98;
/// Largest relative spread of a constant: errors of floating-point sums.
const CONSTANT: f64 = 1e-9;

/// Subjects of a claim over the given replications: the quantities that its test compares, and those of the effect that it
/// states if the test is one comparison. Empty for a test over all replications.
pub(super) fn subjects(test: &Test, kept: &[Vec<f64>]) -> Vec<Vec<Vec<f64>>> {
    if test.metric.is_over {
        return Vec::new();
    }
    let is_single = test.metric.compared.is_some();
    let effect = test.effect.as_ref().filter(|_| is_single);
    std::iter::once(&test.metric)
        .chain(effect)
        .map(|metric| quantities(metric, kept))
        .collect()
}

/// The quantities of a metric, each over the given replications.
fn quantities(metric: &Metric, kept: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let rows: Vec<Vec<f64>> = kept.iter().map(|row| metric.tested(row)).collect();
    let count = rows.first().map_or(0, Vec::len);
    let column = |at: usize| rows.iter().map(|row| row[at]).collect();
    (0..count).map(column).collect()
}

/// True if the values are finite and equal up to rounding.
pub(super) fn is_constant(values: &[f64]) -> bool {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let is_finite = values.iter().all(|value| value.is_finite());
    is_finite && high - low <= CONSTANT * low.abs().max(high.abs())
}

/// The inputs that set the quantities of a test, judged by their draws; `None` if the market has a part in one of them.
pub(super) fn assumed(
    quantities: &[Vec<f64>],
    inputs: &[Input],
    scores: &[Vec<f64>],
) -> Option<Assumed> {
    let moving: Vec<&Vec<f64>> = (quantities.iter())
        .filter(|values| !is_constant(values))
        .collect();
    if quantities.is_empty() || moving.iter().flat_map(|v| v.iter()).any(|v| !v.is_finite()) {
        return None;
    }
    let mut found = Assumed::default();
    for values in moving {
        let place =
            (0..inputs.len()).find(|at| is_drawn_from(values, &inputs[*at], scores, *at))?;
        let path = &inputs[place].path;
        if !found.paths.contains(path) {
            found.paths.push(path.clone());
        }
    }
    Some(found)
}

/// True if a quantity is linear in the value of an input or in its normal score, but for a rest below 1 - [`EXPLAINED`].
fn is_drawn_from(values: &[f64], input: &Input, scores: &[Vec<f64>], at: usize) -> bool {
    let drawn = |change: &dyn Fn(f64) -> f64| -> Vec<f64> {
        scores.iter().map(|row| change(row[at])).collect()
    };
    let by_value = correlation(&drawn(&|u| input.shape.quantile(u)), values);
    let by_score = correlation(&drawn(&normal_quantile), values);
    (by_value * by_value).max(by_score * by_score) >= EXPLAINED
}

/// Least share of the variance of the quantities that an input explains over a scan; `None` if it moves none of them. `groups`
/// are the quantities at each of its values.
pub(super) fn explained(groups: &[Vec<Vec<f64>>]) -> Option<f64> {
    let count = groups.first().map_or(0, Vec::len);
    let moving = (0..count)
        .map(|at| groups.iter().map(|group| group[at].clone()).collect())
        .filter(|quantity: &Vec<Vec<f64>>| !is_constant(&quantity.concat()));
    // An infinite quantity has no variance: nothing explains it.
    let shares = moving.map(|quantity| between(&quantity));
    shares
        .map(|share| if share.is_finite() { share } else { 0.0 })
        .reduce(f64::min)
}

/// Share of the variance of a quantity that lies between groups of equal size: the first-order index of what the groups differ
/// in. Not a number if nothing varies.
pub(super) fn between(groups: &[Vec<f64>]) -> f64 {
    let all: Vec<f64> = groups.iter().flatten().copied().collect();
    let centre = mean(&all);
    let squares = |values: &[f64]| {
        values
            .iter()
            .map(|v| (v - centre) * (v - centre))
            .sum::<f64>()
    };
    #[expect(clippy::cast_precision_loss, reason = "replications are few")]
    let explained: f64 = (groups.iter())
        .map(|group| {
            let away = mean(group) - centre;
            group.len() as f64 * away * away
        })
        .sum();
    explained / squares(&all)
}

#[expect(clippy::cast_precision_loss, reason = "replications are few")]
fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::quantity::{Class, Shape};

    #[test]
    fn equal_values_are_constant_and_others_are_not() {
        assert!(is_constant(&[0.0, 0.0]) && is_constant(&[3.0, 3.0 + 1e-10]));
        assert!(!is_constant(&[3.0, 3.01]) && !is_constant(&[f64::NAN, f64::NAN]));
    }

    #[test]
    fn the_variance_between_groups_is_the_share_of_their_means() {
        assert!((between(&[vec![1.0, 1.0], vec![2.0, 2.0]]) - 1.0).abs() < 1e-12);
        assert!(between(&[vec![1.0, 2.0], vec![2.0, 1.0]]).abs() < 1e-12);
        // Means 1 and 3 about 2, values 0, 2, 2 and 4: 4 of 8.
        assert!((between(&[vec![0.0, 2.0], vec![2.0, 4.0]]) - 0.5).abs() < 1e-12);
    }
    #[test]
    fn a_quantity_that_follows_one_draw_is_assumed_and_one_with_luck_is_not() {
        let input = |path: &str, shape| Input {
            path: path.to_owned(),
            class: Class::Assumed,
            shape,
            key: 0,
        };
        let inputs = [
            input("a", Shape::Uniform(2.0, 4.0)),
            input("b", Shape::Normal(0.0, 1.0)),
        ];
        // Two draws that have nothing to do with each other.
        let scores: Vec<Vec<f64>> = (0..40)
            .map(|n| {
                let other = f64::from(n * 17 % 40);
                vec![f64::from(n) / 40.0 + 0.01, other / 40.0 + 0.01]
            })
            .collect();
        let of = |place: usize, luck: f64| -> Vec<f64> {
            let rows = scores.iter().enumerate();
            rows.map(|(at, row)| {
                let sign = if at % 2 == 0 { 1.0 } else { -1.0 };
                inputs[place].shape.quantile(row[place]) + sign * luck
            })
            .collect()
        };
        let paths = |quantities: &[Vec<f64>]| {
            assumed(quantities, &inputs, &scores).map(|found| found.paths.join(" "))
        };
        assert_eq!(paths(&[of(0, 0.0)]).as_deref(), Some("a"));
        assert_eq!(paths(&[of(1, 0.0), of(0, 0.01)]).as_deref(), Some("b a"));
        assert_eq!(paths(&[vec![7.0; 40]]).as_deref(), Some(""));
        assert_eq!(paths(&[of(0, 0.0), of(1, 0.5)]), None);
        assert_eq!(paths(&[]), None);
    }
}
