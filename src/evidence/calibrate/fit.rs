//! The fit: a global search for starts, local searches, intervals, and the influence of each parameter on each target.

use nalgebra::DMatrix;

use super::{Calibration, Moments};
use crate::stats::sensitivity::{elementary_effects, morris_levels, morris_step, sobol_point};

/// A fitted parameter.
#[derive(Clone, Debug)]
pub struct Fitted {
    /// Path in the scenario.
    pub path: String,
    /// Fitted value, in the unit of the scenario.
    pub value: f64,
    /// Half the width of its 95 % interval; infinite if the targets do not identify it.
    pub half_width: f64,
    /// True if it is at a bound of its range.
    pub is_at_bound: bool,
}

impl Fitted {
    /// The bounds of the 95 % interval; `None` if the targets do not identify the parameter.
    #[must_use]
    pub fn interval(&self) -> Option<(f64, f64)> {
        let bounds = (self.value - self.half_width, self.value + self.half_width);
        self.half_width.is_finite().then_some(bounds)
    }
}

/// The influence of a parameter on a target.
#[derive(Clone, Copy, Debug)]
pub struct Influence {
    /// Change of the moment at the fit for a tenth of the range of the parameter.
    pub local: f64,
    /// Mean size of elementary effects over the range (Morris), in the unit of the moment.
    pub size: f64,
    /// Standard deviation of the elementary effects: large if the effect depends on the point.
    pub spread: f64,
}

/// The result of a calibration.
#[derive(Clone, Debug)]
pub struct Fit {
    /// Fitted parameters.
    pub parameters: Vec<Fitted>,
    /// Moments at the fit.
    pub moments: Moments,
    /// Sum of squared deviations from the targets, in standard errors.
    pub chi_squared: f64,
    /// By target and parameter: influence.
    pub influence: Vec<Vec<Influence>>,
    /// Sums of squares after each local search, the best first.
    pub ends: Vec<f64>,
    /// Number of evaluations.
    pub evaluations: usize,
}

/// Step of the differences, as a share of the range of a parameter; wide, because single choices make moments discontinuous.
const STEP: f64 = 0.1;

/// Fits the parameters. `evaluate` returns the moments at a point of the unit cube.
///
/// # Errors
/// The error of `evaluate`.
pub fn fit(
    calibration: &Calibration<'_>,
    mut evaluate: impl FnMut(&[f64]) -> Result<Moments, String>,
) -> Result<Fit, String> {
    let count = calibration.spec.parameter.len();
    let mut evaluations = 0;
    let mut run = |z: &[f64]| {
        evaluations += 1;
        evaluate(z)
    };
    // A scrambled Sobol sequence searches the cube for starts.
    let mut starts = Vec::new();
    for index in 0..u32::try_from(calibration.spec.points.0).unwrap_or(1) {
        let z = sobol_point(index, count, 1);
        let residuals = calibration.residuals(&run(&z)?);
        starts.push((residuals.norm_squared(), z));
    }
    starts.sort_by(|a, b| a.0.total_cmp(&b.0));
    starts.truncate(usize::try_from(calibration.spec.starts.0).unwrap_or(1));
    let mut ends = Vec::new();
    for (_, start) in starts {
        ends.push(descend(calibration, start, &mut run)?);
    }
    ends.sort_by(|a, b| a.0.total_cmp(&b.0));
    let best = ends[0].1.clone();
    let moments = run(&best)?;
    let slopes = jacobian(calibration, &best, &moments, &mut run)?;
    let effects = effects(calibration, &mut run)?;
    let covariance = (slopes.transpose() * &slopes).try_inverse();
    let parameters = (0..count)
        .map(|index| {
            let spec = &calibration.spec.parameter[index];
            let variance = covariance
                .as_ref()
                .map_or(f64::INFINITY, |c| c[(index, index)]);
            Fitted {
                path: spec.path.text.clone(),
                value: calibration.value(index, best[index]),
                half_width: 1.96 * libm::sqrt(variance.max(0.0)) * (spec.high - spec.low),
                is_at_bound: best[index] <= 0.0 || best[index] >= 1.0,
            }
        })
        .collect();
    let influence = (0..calibration.spec.target.len())
        .map(|target| {
            (0..count)
                .map(|parameter| Influence {
                    local: slopes[(target, parameter)]
                        * calibration.spec.target[target].error
                        * STEP,
                    size: effects[target][parameter].0,
                    spread: effects[target][parameter].1,
                })
                .collect()
        })
        .collect();
    Ok(Fit {
        parameters,
        chi_squared: calibration.residuals(&moments).norm_squared(),
        moments,
        influence,
        ends: ends.into_iter().map(|(sum, _)| sum).collect(),
        evaluations,
    })
}

/// Slopes of the residuals in the unit cube, by differences inside it.
fn jacobian(
    calibration: &Calibration<'_>,
    z: &[f64],
    at: &Moments,
    run: &mut impl FnMut(&[f64]) -> Result<Moments, String>,
) -> Result<DMatrix<f64>, String> {
    let here = calibration.residuals(at);
    let mut slopes = DMatrix::zeros(here.len(), z.len());
    for parameter in 0..z.len() {
        let step = if z[parameter] + STEP <= 1.0 {
            STEP
        } else {
            -STEP
        };
        let mut moved = z.to_vec();
        moved[parameter] += step;
        let there = calibration.residuals(&run(&moved)?);
        slopes.set_column(parameter, &((there - &here) / step));
    }
    Ok(slopes)
}

/// A local search in the unit cube by damped least squares (Levenberg and Marquardt).
fn descend(
    calibration: &Calibration<'_>,
    start: Vec<f64>,
    run: &mut impl FnMut(&[f64]) -> Result<Moments, String>,
) -> Result<(f64, Vec<f64>), String> {
    let mut z = start;
    let mut moments = run(&z)?;
    let mut sum = calibration.residuals(&moments).norm_squared();
    let mut damping = 1e-3;
    for _ in 0..8 {
        let slopes = jacobian(calibration, &z, &moments, run)?;
        let residuals = calibration.residuals(&moments);
        let mut has_moved = false;
        for _ in 0..4 {
            let mut system = slopes.transpose() * &slopes;
            for index in 0..z.len() {
                system[(index, index)] += damping * system[(index, index)].max(1e-9);
            }
            let Some(step) = system.lu().solve(&(slopes.transpose() * &residuals)) else {
                break;
            };
            let next: Vec<f64> = z
                .iter()
                .zip(step.iter())
                .map(|(z, step)| (z - step).clamp(0.0, 1.0))
                .collect();
            let tried = run(&next)?;
            let found = calibration.residuals(&tried).norm_squared();
            if found < sum {
                has_moved = found < sum * (1.0 - 1e-3) && sum - found > 1e-6;
                (z, moments, sum) = (next, tried, found);
                damping *= 0.2;
                break;
            }
            damping *= 10.0;
        }
        if !has_moved {
            break;
        }
    }
    Ok((sum, z))
}

/// By moment and parameter: mean size and spread of the elementary effects over the whole range.
fn effects(
    calibration: &Calibration<'_>,
    run: &mut impl FnMut(&[f64]) -> Result<Moments, String>,
) -> Result<Vec<Vec<(f64, f64)>>, String> {
    let levels = morris_levels(4);
    let count = calibration.spec.parameter.len();
    // Four base points on the grid, spread by a Sobol sequence.
    let bases: Vec<Vec<f64>> = (0..4)
        .map(|index| {
            sobol_point(index, count, 2)
                .into_iter()
                .map(|u| {
                    if u < 0.5 {
                        levels[0]
                    } else {
                        levels[levels.len() - 1]
                    }
                })
                .collect()
        })
        .collect();
    let step = morris_step(4);
    let mut found = vec![vec![(0.0, 0.0); count]; calibration.spec.target.len()];
    let mut points: Vec<(Vec<f64>, Moments)> = Vec::new();
    for base in &bases {
        for moved in std::iter::once(base.clone()).chain((0..count).map(|index| {
            let mut moved = base.clone();
            moved[index] += step;
            moved
        })) {
            if points.iter().all(|(point, _)| *point != moved) {
                let moments = run(&moved)?;
                points.push((moved, moments));
            }
        }
    }
    for (target, row) in found.iter_mut().enumerate() {
        let moment = |z: &[f64]| {
            let known = points.iter().find(|(point, _)| point == z);
            known.map_or(f64::NAN, |(_, moments)| moments.mean[target])
        };
        for (cell, effect) in row.iter_mut().zip(elementary_effects(&bases, step, moment)) {
            *cell = (effect.size, effect.spread);
        }
    }
    Ok(found)
}
