//! Boxes with many cases of interest, by the patient rule induction method (PRIM; Friedman and Fisher 1999), as used for
//! scenario discovery (Bryant and Lempert 2010).

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
    /// The smallest box that contains all points.
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

    /// True if the box contains a point.
    #[must_use]
    pub fn holds(&self, point: &[f64]) -> bool {
        (point.iter().zip(&self.low).zip(&self.high))
            .all(|((x, low), high)| (low..=high).contains(&x))
    }

    /// Dimensions in which the box is smaller than `whole`.
    #[must_use]
    pub fn restricted(&self, whole: &Self) -> Vec<usize> {
        (0..self.low.len())
            .filter(|d| self.low[*d] > whole.low[*d] || self.high[*d] < whole.high[*d])
            .collect()
    }
}

/// The quality of a box.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fit {
    /// Share of all cases of interest that are in the box.
    pub coverage: f64,
    /// Share of the points in the box that are cases of interest.
    pub density: f64,
    /// Share of all points that are in the box.
    pub mass: f64,
}

/// Points, and which of them are cases of interest.
#[derive(Clone, Debug)]
pub struct Cases {
    /// Coordinates by point.
    pub points: Vec<Vec<f64>>,
    /// True for each point of interest.
    pub hits: Vec<bool>,
}

/// Settings of peeling.
#[derive(Clone, Copy, Debug)]
pub struct Peeling {
    /// Share of the points that a step removes.
    pub alpha: f64,
    /// Smallest mass of a box.
    pub least: f64,
}

impl Cases {
    /// Coverage, density and mass of a box.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "samples are small")]
    pub fn fit(&self, limits: &Limits) -> Fit {
        let (inside, with) = self.count(limits);
        let all = self.hits.iter().filter(|hit| **hit).count();
        let over = |part: usize, whole: usize| {
            if whole == 0 {
                0.0
            } else {
                part as f64 / whole as f64
            }
        };
        Fit {
            coverage: over(with, all),
            density: over(with, inside),
            mass: over(inside, self.points.len()),
        }
    }

    /// Points in a box, and cases of interest among them.
    fn count(&self, limits: &Limits) -> (usize, usize) {
        let cases = self.points.iter().zip(&self.hits);
        let inside = cases.filter(|(point, _)| limits.holds(point));
        inside.fold((0, 0), |(count, with), (_, hit)| {
            (count + 1, with + usize::from(*hit))
        })
    }

    /// The peeling trajectory, from the box of all points to the densest box. Each step takes the side that leaves the highest
    /// density.
    #[must_use]
    pub fn peel(&self, peeling: Peeling) -> Vec<(Limits, Fit)> {
        let mut limits = Limits::around(&self.points);
        let mut found = vec![(limits.clone(), self.fit(&limits))];
        while let Some(next) = self.step(&limits, peeling) {
            let fit = self.fit(&next);
            limits = next;
            found.push((limits.clone(), fit));
            if fit.density >= 1.0 {
                break;
            }
        }
        found
    }

    /// The densest of the boxes that are a step smaller; of equally dense boxes the larger one, of equally large ones the first.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "samples are small"
    )]
    fn step(&self, limits: &Limits, peeling: Peeling) -> Option<Limits> {
        let inside = self.points.iter().filter(|point| limits.holds(point));
        let inside: Vec<&Vec<f64>> = inside.collect();
        let take = ((peeling.alpha * inside.len() as f64) as usize).max(1);
        let mut best: Option<(f64, usize, Limits)> = None;
        for d in 0..limits.low.len() {
            let values = inside.iter().map(|point| point[d]);
            for next in smaller(limits, d, values.collect(), take) {
                let (count, with) = self.count(&next);
                if (count as f64) < peeling.least * self.points.len() as f64 || count == 0 {
                    continue;
                }
                let density = with as f64 / count as f64;
                let is_better = best.as_ref().is_none_or(|(other, size, _)| {
                    density > *other || (density - other).abs() < 1e-15 && count > *size
                });
                if is_better {
                    best = Some((density, count, next));
                }
            }
        }
        best.map(|(_, _, next)| next)
    }

    /// The bounded dimensions of a box, with their reliability by resampling.
    pub fn bounds(
        &self,
        limits: &Limits,
        peeling: Peeling,
        resamples: u32,
        stream: &mut Stream,
    ) -> Vec<Bound> {
        let whole = Limits::around(&self.points);
        let mut again = vec![0_u32; whole.low.len()];
        for _ in 0..resamples {
            let sample = self.resample(stream);
            let trajectory = sample.peel(peeling);
            let chosen = &trajectory[balanced(&trajectory)].0;
            for d in chosen.restricted(&Limits::around(&sample.points)) {
                again[d] += 1;
            }
        }
        let restricted = limits.restricted(&whole).into_iter();
        let bound = restricted.map(|dimension| Bound {
            dimension,
            chance: self.chance(limits, &whole, dimension),
            stability: f64::from(again[dimension]) / f64::from(resamples.max(1)),
        });
        bound.collect()
    }

    /// As many points, drawn with replacement.
    fn resample(&self, stream: &mut Stream) -> Self {
        let count = self.points.len();
        let picks: Vec<usize> = (0..count).map(|_| pick(count, stream)).collect();
        let (points, hits) = picks
            .iter()
            .map(|at| (self.points[*at].clone(), self.hits[*at]))
            .unzip();
        Self { points, hits }
    }

    /// Probability that random bounds in a dimension would give a box as dense.
    fn chance(&self, limits: &Limits, whole: &Limits, dimension: usize) -> f64 {
        let mut without = limits.clone();
        without.low[dimension] = whole.low[dimension];
        without.high[dimension] = whole.high[dimension];
        let (count, with) = self.count(limits);
        if with == 0 {
            return 1.0;
        }
        1.0 - binomial_cdf(with - 1, count, self.fit(&without).density)
    }
}

/// The boxes left when the `take` lowest or highest values of a dimension are removed, with all values equal to the extreme one.
fn smaller(limits: &Limits, d: usize, mut values: Vec<f64>, take: usize) -> Vec<Limits> {
    values.sort_unstable_by(f64::total_cmp);
    let (smallest, largest) = (values[0], values[values.len() - 1]);
    let low = values.iter().skip(take).find(|x| **x > smallest);
    let high = values.iter().rev().skip(take).find(|x| **x < largest);
    let low = low.map(|bound| {
        let mut next = limits.clone();
        next.low[d] = *bound;
        next
    });
    let high = high.map(|bound| {
        let mut next = limits.clone();
        next.high[d] = *bound;
        next
    });
    low.into_iter().chain(high).collect()
}

/// The place of the box with the largest harmonic mean of coverage and density.
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

/// The bounds of a box in one dimension, with their reliability.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bound {
    /// Dimension.
    pub dimension: usize,
    /// Probability that random bounds in this dimension would give a box as dense: the one-sided binomial quasi-p-value of
    /// Bryant and Lempert (2010), not adjusted for the number of dimensions.
    pub chance: f64,
    /// Share of resamples in which the chosen box bounds this dimension too.
    pub stability: f64,
}

/// A uniform random number below `count`.
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

    fn cases(count: usize) -> Cases {
        let mut stream = Streams::new(2, 0).stream(Purpose::User, 0, 0);
        let (points, hits) = (0..count)
            .map(|_| {
                let point = vec![stream.uniform(), stream.uniform(), stream.uniform()];
                let hit = point[0] > 0.6 && point[2] < 0.4;
                (point, hit)
            })
            .unzip();
        Cases { points, hits }
    }

    const PEELING: Peeling = Peeling {
        alpha: 0.05,
        least: 0.05,
    };

    #[test]
    fn a_corner_is_found_and_the_idle_dimension_left_alone() {
        let cases = cases(1_000);
        let trajectory = cases.peel(PEELING);
        let (limits, fit) = &trajectory[balanced(&trajectory)];
        assert!(fit.coverage > 0.9 && fit.density > 0.9, "{fit:?}");
        assert!((limits.low[0] - 0.6).abs() < 0.06 && (limits.high[2] - 0.4).abs() < 0.06);
        // Masses fall along the trajectory, and the first box contains all points.
        assert!(
            trajectory
                .windows(2)
                .all(|pair| pair[1].1.mass < pair[0].1.mass)
        );
        assert!((trajectory[0].1.coverage - 1.0).abs() < 1e-15);
        let mut stream = Streams::new(2, 0).stream(Purpose::User, 1, 0);
        let bounds = cases.bounds(limits, PEELING, 10, &mut stream);
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
        let hits = points.iter().map(|point| point[0] >= 3.0).collect();
        let cases = Cases { points, hits };
        let trajectory = cases.peel(PEELING);
        let (limits, fit) = trajectory.last().unwrap();
        assert!((limits.low[0] - 3.0).abs() < 1e-15 && (fit.density - 1.0).abs() < 1e-15);
    }
}
