//! A damped local linear trend of the logarithm of one series: its posterior mode on a monthly grid.
//!
//! The level `x` and the slope `b` of the logarithm move from month to month as
//! `x(t + 1) = x(t) + b(t) + level noise` and `b(t + 1) = phi b(t) + slope noise`, with `phi = 2^(-1 / half-life)`
//! (Harvey 1989, chapter 2; Gardner and `McKenzie` 1985 for the damping). A level is read at a date; a flow is the
//! mean of `exp(x)` over its period, so it is read by Gauss-Newton steps. Errors of readings are Student, by
//! iteratively reweighted least squares. All in one system of normal equations with few diagonals.

mod ahead;
mod band;
mod grid;
mod noise;
mod sampled;
#[cfg(test)]
mod tests;

use std::f64::consts::PI;

pub use ahead::Trend;
use band::{Band, Factor};
use grid::{Equations, Months, dot};
pub use noise::{Grid, NoisePrior, fit_noise, fit_noise_with};
pub use sampled::sampled;

/// One reading of a series. Times are months since any epoch; values are rates, so a flow is per unit of time too: a
/// quarter's revenue is read as four times itself a year.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// Start of the period, in months.
    pub from: f64,
    /// End of the period, or the date of a level, in months.
    pub until: f64,
    /// Natural logarithm of the value.
    pub log: f64,
    /// Scale of the error of the logarithm; positive.
    pub error: f64,
    /// True if the value is the mean over the period, false if it is the level at `until`.
    pub is_flow: bool,
}

impl Reading {
    /// The date that a mean over the period describes to first order: its middle; for a level, `until`.
    #[must_use]
    pub fn date(&self) -> f64 {
        if self.is_flow {
            0.5 * (self.from + self.until)
        } else {
            self.until
        }
    }
}

/// Standard deviations of the noises, in logarithms, a root month. Each counts as at least [`Noise::LEAST`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Noise {
    /// Of the level.
    pub level: f64,
    /// Of the slope.
    pub slope: f64,
}

impl Noise {
    /// The least noise: the equations divide by its square. It moves no forecast by more than a thousandth in four
    /// years.
    pub const LEAST: f64 = 1e-4;

    fn variances(self) -> (f64, f64) {
        let square = |sd: f64| sd.max(Self::LEAST) * sd.max(Self::LEAST);
        (square(self.level), square(self.slope))
    }
}

/// Assumptions about a series before any reading.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Model {
    /// Noises.
    pub noise: Noise,
    /// Months in which the slope halves; infinite for a slope that does not fade.
    pub half_life: f64,
    /// Mean of the slope in the first month of the grid, a month.
    pub slope_mean: f64,
    /// Standard deviation of the slope in the first month of the grid, a month.
    pub slope_sd: f64,
    /// Degrees of freedom of the errors of readings; infinite for normal errors.
    pub freedom: f64,
}

impl Model {
    /// Standard deviation of the first level around the mean of the readings: it says nothing.
    const LEVEL_SD: f64 = 10.0;

    fn phi(&self) -> f64 {
        libm::exp2(-1.0 / self.half_life)
    }
}

/// A fitted series: the posterior mode on the grid.
#[derive(Clone, Debug)]
pub struct Fit {
    start: f64,
    points: usize,
    model: Model,
    mode: Vec<f64>,
    factor: Factor,
    /// Laplace approximation of the log likelihood of the readings.
    pub log_likelihood: f64,
}

/// Steps of Gauss-Newton and of the weights of errors, at most.
const STEPS: usize = 60;
/// The steps end when no state moves by more.
const TOLERANCE: f64 = 1e-11;
/// Growth of the mean over a period against the mean over the period of the same length some months earlier.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Growth {
    /// Start of the period, in months.
    pub from: f64,
    /// End of the period, in months.
    pub until: f64,
    /// Months between the two periods: twelve for growth year on year.
    pub months: f64,
    /// Natural logarithm of one plus the growth.
    pub log: f64,
    /// Scale of the error of the logarithm; positive.
    pub error: f64,
}

/// Fits a series. `at` is a point of the grid, which reaches from the first reading to the last one, to `at` or to
/// `horizon`, whichever is later. `None` without readings, or if a number is not finite or an error is not positive.
#[must_use]
pub fn fit(readings: &[Reading], model: &Model, at: f64, horizon: f64) -> Option<Fit> {
    if readings.is_empty() {
        return None;
    }
    fit_with_growth(readings, &[], model, (at, horizon))
}

/// Fits a series that is also known by its growth, `at` a date of the grid and up to a horizon. Without any reading
/// the slope is estimated all the same, and the level is not: its standard deviation is that of the prior.
///
/// Equation 42 of `docs/model.md`.
#[must_use]
pub fn fit_with_growth(
    readings: &[Reading],
    growths: &[Growth],
    model: &Model,
    (at, horizon): (f64, f64),
) -> Option<Fit> {
    let is_usable = |numbers: [f64; 3], error: f64| {
        numbers.iter().all(|number| number.is_finite()) && error > 0.0
    };
    let all_usable = readings
        .iter()
        .all(|reading| is_usable([reading.log, reading.from, reading.until], reading.error))
        && growths
            .iter()
            .all(|growth| is_usable([growth.log, growth.from, growth.until], growth.error));
    if readings.len() + growths.len() == 0 || !all_usable {
        return None;
    }
    let grid = grid_of(readings, growths, (at, horizon));
    let seen = readings_on(grid, readings, growths);
    solve(&seen, model, grid)
}

/// Readings and growths as parts of the grid.
fn readings_on(grid: Months, readings: &[Reading], growths: &[Growth]) -> Vec<Seen> {
    let mut seen: Vec<Seen> = readings
        .iter()
        .map(|reading| Seen {
            log: reading.log,
            error: reading.error,
            now: grid.nodes(reading.from, reading.until, reading.is_flow),
            base: Vec::new(),
        })
        .collect();
    seen.extend(growths.iter().map(|growth| Seen {
        log: growth.log,
        error: growth.error,
        now: grid.nodes(growth.from, growth.until, true),
        base: grid.nodes(
            growth.from - growth.months,
            growth.until - growth.months,
            true,
        ),
    }));
    seen
}

/// The grid that has a point at a date and reaches from the first reading to the last one, or to the horizon.
fn grid_of(readings: &[Reading], growths: &[Growth], (at, horizon): (f64, f64)) -> Months {
    let starts = readings.iter().map(|reading| {
        if reading.is_flow {
            reading.from.min(reading.until)
        } else {
            reading.until
        }
    });
    let bases = growths.iter().map(|growth| growth.from - growth.months);
    let first = starts.chain(bases).fold(at, f64::min);
    let ends = readings.iter().map(|reading| reading.until);
    let last = ends
        .chain(growths.iter().map(|growth| growth.until))
        .fold(at.max(horizon), f64::max);
    let before = libm::ceil(at - first - 1e-9);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a grid of months"
    )]
    let points = (before + libm::ceil(last - at - 1e-9)) as usize + 2;
    Months {
        start: at - before,
        points,
    }
}

/// A reading on the grid: the logarithm of a mean, or of the ratio of two.
struct Seen {
    log: f64,
    error: f64,
    now: Vec<(f64, f64)>,
    base: Vec<(f64, f64)>,
}

impl Seen {
    /// The logarithm that the states show, and its derivative.
    fn shown(&self, grid: Months, states: &[f64]) -> (f64, Vec<(usize, f64)>) {
        let (mut value, mut slope) = grid.shown(&self.now, states);
        if !self.base.is_empty() {
            let (base, other) = grid.shown(&self.base, states);
            value -= base;
            slope.splice(0..0, other.into_iter().map(|(at, part)| (at, -part)));
        }
        (value, slope)
    }
}

/// Weight of a reading with that miss, in scales of its error: one for normal errors.
fn student_weight(miss: f64, freedom: f64) -> f64 {
    if freedom.is_finite() {
        (freedom + 1.0) / (freedom + miss * miss)
    } else {
        1.0
    }
}

/// Log density of an error of that many scales.
fn student_log_density(miss: f64, scale: f64, freedom: f64) -> f64 {
    if freedom.is_finite() {
        libm::lgamma(0.5 * (freedom + 1.0))
            - libm::lgamma(0.5 * freedom)
            - 0.5 * libm::log(freedom * PI)
            - 0.5 * (freedom + 1.0) * libm::log1p(miss * miss / freedom)
            - libm::log(scale)
    } else {
        -0.5 * (miss * miss + libm::log(2.0 * PI)) - libm::log(scale)
    }
}

/// Width of the band of the equations, and mean of the readings of levels.
#[expect(clippy::cast_precision_loss, reason = "counts are small")]
fn shape_of(readings: &[Seen], grid: Months, states: &[f64]) -> (usize, f64) {
    let levels: Vec<f64> = readings
        .iter()
        .filter(|seen| seen.base.is_empty())
        .map(|seen| seen.log)
        .collect();
    let center = levels.iter().sum::<f64>() / levels.len().max(1) as f64;
    let width = readings
        .iter()
        .map(|seen| seen.shown(grid, states).1)
        .map(|slope| slope[slope.len() - 1].0 - slope[0].0)
        .fold(2, usize::max);
    (width, center)
}

#[expect(clippy::cast_precision_loss, reason = "counts are small")]
fn solve(readings: &[Seen], model: &Model, grid: Months) -> Option<Fit> {
    let start = [0.0, model.slope_mean].repeat(grid.points);
    let (width, center) = shape_of(readings, grid, &start);
    let mut states: Vec<f64> = [center, model.slope_mean].repeat(grid.points);
    let mut found = None;
    for step in 0..STEPS {
        let mut equations = Equations::prior(model, grid, width, center);
        for reading in readings {
            let (value, slope) = reading.shown(grid, &states);
            let miss = (reading.log - value) / reading.error;
            // The first step fits normal errors: nothing is known of any miss yet.
            let weight = if step == 0 {
                1.0
            } else {
                student_weight(miss, model.freedom)
            };
            let target = reading.log - value + dot(&slope, &states);
            equations.add(&slope, target, weight / (reading.error * reading.error));
        }
        let factor = std::mem::replace(&mut equations.band, Band::zeros(0, 0)).factor()?;
        let next = factor.solve(std::mem::take(&mut equations.right));
        let steps = next.iter().zip(&states).map(|(a, b)| (a - b).abs());
        let moved = steps.fold(0.0, f64::max);
        states = next;
        found = Some((factor, equations));
        if step > 0 && moved < TOLERANCE {
            break;
        }
    }
    let (factor, equations) = found?;
    let fitted: f64 = readings
        .iter()
        .map(|seen| {
            let miss = (seen.log - seen.shown(grid, &states).0) / seen.error;
            student_log_density(miss, seen.error, model.freedom)
        })
        .sum();
    let log_likelihood =
        fitted + equations.log_density(&states) + grid.points as f64 * libm::log(2.0 * PI)
            - 0.5 * factor.log_determinant();
    log_likelihood.is_finite().then_some(Fit {
        start: grid.start,
        points: grid.points,
        model: *model,
        mode: states,
        factor,
        log_likelihood,
    })
}

impl Fit {
    const fn grid(&self) -> Months {
        Months {
            start: self.start,
            points: self.points,
        }
    }

    /// Level and slope at a date of the grid. Between its points both are interpolated.
    #[must_use]
    pub fn trend(&self, at: f64) -> Trend {
        let level = self.grid().level(at);
        let slope = level.map(|(index, part)| (index + 1, part));
        let form = |a: &[(usize, f64)], b: &[(usize, f64)]| self.factor.inverse_form(a, b);
        let both = form(&level, &slope);
        Trend {
            level: dot(&level, &self.mode),
            slope: dot(&slope, &self.mode),
            covariance: [[form(&level, &level), both], [both, form(&slope, &slope)]],
            phi: self.model.phi(),
            noise: self.model.noise,
        }
    }

    /// Mean and variance of the logarithm of a level at `until`, or of the mean over a period within the grid;
    /// without the error of a report.
    ///
    /// Equation 43 of `docs/model.md`.
    #[must_use]
    pub fn reading(&self, from: f64, until: f64, is_flow: bool) -> (f64, f64) {
        let grid = self.grid();
        let (mean, slope) = grid.shown(&grid.nodes(from, until, is_flow), &self.mode);
        (mean, self.factor.inverse_form(&slope, &slope))
    }
}
