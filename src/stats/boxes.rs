//! Boxes in which cases of interest lie close together: the patient rule induction method (PRIM) of Friedman and Fisher
//! (1999), as used for scenario discovery by Bryant and Lempert (2010).

use super::intervals::binomial_cdf;
use crate::base::rng::Stream;

/// A box: closed bounds by dimension.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// Lower bounds.
    pub low: Vec<f64>,
    /// Upper bounds.
    pub high: Vec<f64>,
}

impl Limits {
    /// The box that holds all points.
    #[must_use]
    pub fn around(points: &[Vec<f64>]) -> Self {
        let dimensions = points.first().map_or(0, Vec::len);
        let fold = |start: f64, pick: fn(f64, f64) -> f64| {
            (0..dimensions)
                .map(|d| points.iter().map(|point| point[d]).fold(start, pick))
                .collect()
        };
        Self {
            low: fold(f64::INFINITY, f64::min),
            high: fold(f64::NEG_INFINITY, f64::max),
        }
    }

    /// Whether a point lies in it.
    #[must_use]
    pub fn holds(&self, point: &[f64]) -> bool {
        (point.iter().zip(&self.low).zip(&self.high))
            .all(|((x, low), high)| (low..=high).contains(&x))
    }

    /// Dimensions in which it is smaller than another.
    #[must_use]
    pub fn restricted(&self, whole: &Self) -> Vec<usize> {
        (0..self.low.len())
            .filter(|d| self.low[*d] > whole.low[*d] || self.high[*d] < whole.high[*d])
            .collect()
    }
}

/// How well a box tells cases of interest from others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fit {
    /// Cases of interest in the box over all of them.
    pub coverage: f64,
    /// Cases of interest in the box over points in it.
    pub density: f64,
    /// Points in the box over all points.
    pub mass: f64,
}

/// Coverage, density and mass of a box.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "samples are small")]
pub fn fit(points: &[Vec<f64>], hits: &[bool], limits: &Limits) -> Fit {
    let (mut inside, mut found, mut all) = (0, 0, 0);
    for (point, hit) in points.iter().zip(hits) {
        let holds = limits.holds(point);
        inside += usize::from(holds);
        found += usize::from(holds && *hit);
        all += usize::from(*hit);
    }
    let over = |part: usize, whole: usize| {
        if whole == 0 {
            0.0
        } else {
            part as f64 / whole as f64
        }
    };
    Fit {
        coverage: over(found, all),
        density: over(found, inside),
        mass: over(inside, points.len()),
    }
}

/// The boxes on the way from all points to the densest box, each peeled from the one before: of all sides, the slice of the
/// share `alpha` of points is taken off whose loss leaves the highest density. Boxes of less than `least` mass are not peeled to.
#[must_use]
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "samples are small"
)]
pub fn peel(points: &[Vec<f64>], hits: &[bool], alpha: f64, least: f64) -> Vec<(Limits, Fit)> {
    let mut limits = Limits::around(points);
    let mut found = vec![(limits.clone(), fit(points, hits, &limits))];
    loop {
        let inside: Vec<usize> = (0..points.len())
            .filter(|at| limits.holds(&points[*at]))
            .collect();
        let take = ((alpha * inside.len() as f64) as usize).max(1);
        let mut best: Option<(f64, usize, Limits)> = None;
        for d in 0..limits.low.len() {
            let mut sorted: Vec<f64> = inside.iter().map(|at| points[*at][d]).collect();
            sorted.sort_unstable_by(f64::total_cmp);
            let (smallest, largest) = (sorted[0], sorted[sorted.len() - 1]);
            // Past all points that are alike at the end.
            let low = sorted.iter().skip(take).find(|x| **x > smallest);
            let high = sorted.iter().rev().skip(take).find(|x| **x < largest);
            for (side, bound) in [low, high].into_iter().enumerate() {
                let Some(bound) = bound else { continue };
                let mut next = limits.clone();
                if side == 0 {
                    next.low[d] = *bound;
                } else {
                    next.high[d] = *bound;
                }
                let (mut count, mut with) = (0_usize, 0_usize);
                for at in &inside {
                    if next.holds(&points[*at]) {
                        count += 1;
                        with += usize::from(hits[*at]);
                    }
                }
                if (count as f64) < least * points.len() as f64 || count == 0 {
                    continue;
                }
                let density = with as f64 / count as f64;
                // Of equally dense boxes the larger one; of equally large ones the first.
                let is_better = best.as_ref().is_none_or(|(other, size, _)| {
                    density > *other || (density - other).abs() < 1e-15 && count > *size
                });
                if is_better {
                    best = Some((density, count, next));
                }
            }
        }
        let Some((_, _, next)) = best else {
            return found;
        };
        limits = next;
        let fit = fit(points, hits, &limits);
        found.push((limits.clone(), fit));
        if fit.density >= 1.0 {
            return found;
        }
    }
}

/// The box of a trajectory with the best balance of coverage and density: their harmonic mean.
#[must_use]
pub fn balanced(trajectory: &[(Limits, Fit)]) -> usize {
    let score = |fit: &Fit| {
        let sum = fit.coverage + fit.density;
        if sum > 0.0 {
            2.0 * fit.coverage * fit.density / sum
        } else {
            0.0
        }
    };
    let mut best = 0;
    for at in 1..trajectory.len() {
        if score(&trajectory[at].1) > score(&trajectory[best].1) + 1e-12 {
            best = at;
        }
    }
    best
}

/// A bound of a box, and whether it can be believed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bound {
    /// The dimension.
    pub dimension: usize,
    /// The chance that a box without this dimension's bounds would by luck look as dense with them: one-sided binomial, the
    /// quasi-p-value of Bryant and Lempert (2010). It does not count how many dimensions were looked at.
    pub chance: f64,
    /// Share of resampled data in which the chosen box bounds this dimension too.
    pub stability: f64,
}

/// The bounded dimensions of a box, with what resampling says of them.
pub fn bounds(
    points: &[Vec<f64>],
    hits: &[bool],
    limits: &Limits,
    (alpha, least): (f64, f64),
    resamples: u32,
    stream: &mut Stream,
) -> Vec<Bound> {
    let whole = Limits::around(points);
    let restricted = limits.restricted(&whole);
    let mut again = vec![0_u32; whole.low.len()];
    for _ in 0..resamples {
        let picks: Vec<usize> = points.iter().map(|_| pick(points.len(), stream)).collect();
        let (xs, ys): (Vec<Vec<f64>>, Vec<bool>) = picks
            .iter()
            .map(|at| (points[*at].clone(), hits[*at]))
            .unzip();
        let trajectory = peel(&xs, &ys, alpha, least);
        let chosen = &trajectory[balanced(&trajectory)].0;
        for d in chosen.restricted(&Limits::around(&xs)) {
            again[d] += 1;
        }
    }
    restricted
        .into_iter()
        .map(|dimension| {
            let mut without = limits.clone();
            without.low[dimension] = whole.low[dimension];
            without.high[dimension] = whole.high[dimension];
            let count = |limits: &Limits| {
                let inside = points
                    .iter()
                    .zip(hits)
                    .filter(|(point, _)| limits.holds(point));
                inside.fold((0, 0), |(n, with), (_, hit)| {
                    (n + 1, with + usize::from(*hit))
                })
            };
            let ((n, with), (_, all)) = (count(limits), count(&without));
            let rate = fit(points, hits, &without).density;
            let chance = if with == 0 || all == 0 {
                1.0
            } else {
                1.0 - binomial_cdf(with - 1, n, rate)
            };
            Bound {
                dimension,
                chance,
                stability: f64::from(again[dimension]) / f64::from(resamples.max(1)),
            }
        })
        .collect()
}

/// A uniform pick below `count`.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "samples are small"
)]
pub fn pick(count: usize, stream: &mut Stream) -> usize {
    ((stream.uniform() * count as f64) as usize).min(count - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::rng::{Purpose, Streams};

    fn cases(count: usize) -> (Vec<Vec<f64>>, Vec<bool>) {
        let mut stream = Streams::new(2, 0).stream(Purpose::User, 0, 0);
        (0..count)
            .map(|_| {
                let point = vec![stream.uniform(), stream.uniform(), stream.uniform()];
                let hit = point[0] > 0.6 && point[2] < 0.4;
                (point, hit)
            })
            .unzip()
    }

    #[test]
    fn a_corner_is_found_and_the_idle_dimension_left_alone() {
        let (points, hits) = cases(1_000);
        let trajectory = peel(&points, &hits, 0.05, 0.05);
        let (limits, fit) = &trajectory[balanced(&trajectory)];
        assert!(fit.coverage > 0.9 && fit.density > 0.9, "{fit:?}");
        assert!((limits.low[0] - 0.6).abs() < 0.06 && (limits.high[2] - 0.4).abs() < 0.06);
        // Masses fall along the way, and the first box is everything.
        assert!(
            trajectory
                .windows(2)
                .all(|pair| pair[1].1.mass < pair[0].1.mass)
        );
        assert!((trajectory[0].1.coverage - 1.0).abs() < 1e-15);
        let mut stream = Streams::new(2, 0).stream(Purpose::User, 1, 0);
        let bounds = bounds(&points, &hits, limits, (0.05, 0.05), 10, &mut stream);
        for bound in bounds.iter().filter(|bound| bound.dimension != 1) {
            assert!(bound.chance < 1e-6 && bound.stability > 0.9, "{bound:?}");
        }
        assert!(
            bounds
                .iter()
                .filter(|bound| bound.dimension == 1)
                .all(|b| b.chance > 1e-4)
        );
    }

    #[test]
    fn values_that_repeat_are_peeled_together() {
        let points: Vec<Vec<f64>> = (0..100).map(|n| vec![f64::from(n % 4)]).collect();
        let hits: Vec<bool> = points.iter().map(|point| point[0] >= 3.0).collect();
        let trajectory = peel(&points, &hits, 0.05, 0.05);
        let (limits, fit) = trajectory.last().unwrap();
        assert!((limits.low[0] - 3.0).abs() < 1e-15 && (fit.density - 1.0).abs() < 1e-15);
    }
}
