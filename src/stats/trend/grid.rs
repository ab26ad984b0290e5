//! The monthly grid, what a reading shows of it, and the normal equations of the prior.

use std::f64::consts::PI;

use super::Model;
use super::band::Band;

/// Nodes and weights of Gauss-Legendre quadrature with three points on (0, 1).
const NODES: [(f64, f64); 3] = [
    (0.112_701_665_379_258_3, 5.0 / 18.0),
    (0.5, 8.0 / 18.0),
    (0.887_298_334_620_741_7, 5.0 / 18.0),
];

/// A monthly grid.
#[derive(Clone, Copy)]
pub(super) struct Months {
    pub(super) start: f64,
    pub(super) points: usize,
}

impl Months {
    /// The level at a time, as a combination of the levels of the grid.
    pub(super) fn level(self, time: f64) -> [(usize, f64); 2] {
        let position = (time - self.start).max(0.0);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "within the grid"
        )]
        let below = (libm::floor(position) as usize).min(self.points - 2);
        #[expect(clippy::cast_precision_loss, reason = "within the grid")]
        let part = position - below as f64;
        [(2 * below, 1.0 - part), (2 * below + 2, part)]
    }

    /// The times, with weights that sum to one, whose mean of `exp(x)` a reading is.
    pub(super) fn nodes(self, from: f64, until: f64, is_flow: bool) -> Vec<(f64, f64)> {
        if !is_flow || until <= from {
            return vec![(until, 1.0)];
        }
        let mut nodes = Vec::new();
        let mut left = from;
        while left < until - 1e-9 {
            let next = self.start + libm::floor(left - self.start + 1e-9) + 1.0;
            let right = next.min(until);
            let share = (right - left) / (until - from);
            nodes.extend(
                NODES.map(|(place, weight)| (left + place * (right - left), share * weight)),
            );
            left = right;
        }
        nodes
    }

    /// The logarithm that a reading shows in these states, and its derivative.
    pub(super) fn shown(self, nodes: &[(f64, f64)], states: &[f64]) -> (f64, Vec<(usize, f64)>) {
        let levels: Vec<f64> = nodes
            .iter()
            .map(|(time, _)| {
                self.level(*time)
                    .iter()
                    .map(|(at, part)| part * states[*at])
                    .sum()
            })
            .collect();
        let top = levels.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let terms: Vec<f64> = std::iter::zip(nodes, &levels)
            .map(|((_, weight), level)| weight * libm::exp(level - top))
            .collect();
        let total: f64 = terms.iter().sum();
        let mut slope: Vec<(usize, f64)> = Vec::new();
        for ((time, _), term) in nodes.iter().zip(&terms) {
            for (at, part) in self.level(*time) {
                let added = part * term / total;
                match slope.iter_mut().find(|(other, _)| *other == at) {
                    Some((_, sum)) => *sum += added,
                    None => slope.push((at, added)),
                }
            }
        }
        (top + libm::log(total), slope)
    }
}

/// The normal equations of the states before any reading: matrix, right side, and the terms of the prior.
pub(super) struct Equations {
    pub(super) band: Band,
    pub(super) right: Vec<f64>,
    terms: Vec<Term>,
}

/// One squared term of the prior: `weight / 2 (vector . states - target)^2`.
struct Term {
    vector: Vec<(usize, f64)>,
    target: f64,
    weight: f64,
}

impl Equations {
    pub(super) fn prior(model: &Model, grid: Months, width: usize, center: f64) -> Self {
        let (level, slope) = model.noise.variances();
        let phi = model.phi();
        let mut terms = vec![
            Term {
                vector: vec![(0, 1.0)],
                target: center,
                weight: 1.0 / (Model::LEVEL_SD * Model::LEVEL_SD),
            },
            Term {
                vector: vec![(1, 1.0)],
                target: model.slope_mean,
                weight: 1.0 / (model.slope_sd * model.slope_sd),
            },
        ];
        for k in (0..2 * (grid.points - 1)).step_by(2) {
            terms.push(Term {
                vector: vec![(k + 2, 1.0), (k, -1.0), (k + 1, -1.0)],
                target: 0.0,
                weight: 1.0 / level,
            });
            terms.push(Term {
                vector: vec![(k + 3, 1.0), (k + 1, -phi)],
                target: 0.0,
                weight: 1.0 / slope,
            });
        }
        let mut equations = Self {
            band: Band::zeros(2 * grid.points, width),
            right: vec![0.0; 2 * grid.points],
            terms: Vec::new(),
        };
        for term in &terms {
            equations.add(&term.vector, term.target, term.weight);
        }
        equations.terms = terms;
        equations
    }

    pub(super) fn add(&mut self, vector: &[(usize, f64)], target: f64, weight: f64) {
        self.band.add_square(vector, weight);
        for (at, value) in vector {
            self.right[*at] += weight * value * target;
        }
    }

    /// Log density of the prior at these states.
    pub(super) fn log_density(&self, states: &[f64]) -> f64 {
        self.terms
            .iter()
            .map(|term| {
                let miss = dot(&term.vector, states) - term.target;
                0.5 * (libm::log(term.weight / (2.0 * PI)) - term.weight * miss * miss)
            })
            .sum()
    }
}

pub(super) fn dot(vector: &[(usize, f64)], states: &[f64]) -> f64 {
    vector.iter().map(|(at, value)| value * states[*at]).sum()
}
