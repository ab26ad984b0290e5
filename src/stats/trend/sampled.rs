//! Moments of a trend over all readings of the evidence: contradicting reports may each be the wrong one.

use super::grid::{Equations, Months, dot};
use super::{Band, Growth, Model, Reading, Seen, Trend, fit_with_growth, readings_on};
use crate::base::rng::{Purpose, Stream, Streams};

/// Sweeps of the sampler that are left out, and that count.
const SWEEPS: [u32; 2] = [200, 2_000];
/// Seed of the sampler.
const SEED: u64 = 1;

/// Level and slope at a date with their covariance, averaged over the weights that readings may have (Gibbs sampling of
/// the scales behind Student errors). [`Fit::trend`](super::Fit::trend) instead takes the weights at the mode, which
/// trusts one of two contradicting reports. `None` where nothing can be fitted.
///
/// Equation 46 of `docs/model.md`.
#[must_use]
pub fn sampled(readings: &[Reading], growths: &[Growth], model: &Model, at: f64) -> Option<Trend> {
    let fit = fit_with_growth(readings, growths, model, (at, at))?;
    let mode = fit.trend(at);
    if !model.freedom.is_finite() {
        return Some(mode);
    }
    let grid = Months {
        start: fit.start,
        points: fit.points,
    };
    let seen = readings_on(grid, readings, growths);
    let level = grid.level(at);
    let slope = level.map(|(index, part)| (index + 1, part));
    let mut states = fit.mode.clone();
    let streams = Streams::new(SEED, 0);
    // Sums of the means, of their products, and of the covariances within a sweep.
    let (mut means, mut products, mut inner) = ([0.0; 2], [[0.0; 2]; 2], [[0.0; 2]; 2]);
    for sweep in 0..SWEEPS[0] + SWEEPS[1] {
        let mut stream = streams.stream(Purpose::User, 0, sweep);
        let (factor, mean) = sweep_once(&seen, model, (grid, &states), &mut stream)?;
        if sweep >= SWEEPS[0] {
            let forms = [&level, &slope];
            let centre = forms.map(|form| dot(form, &mean));
            for a in 0..2 {
                means[a] += centre[a];
                for b in 0..2 {
                    products[a][b] += centre[a] * centre[b];
                    inner[a][b] += factor.inverse_form(forms[a], forms[b]);
                }
            }
        }
        let noise = (0..mean.len()).map(|_| stream.normal()).collect();
        let noise = factor.solve_upper(noise);
        states = mean.iter().zip(noise).map(|(mean, z)| mean + z).collect();
    }
    let count = f64::from(SWEEPS[1]);
    let mean = means.map(|sum| sum / count);
    let covariance =
        [0, 1].map(|a| [0, 1].map(|b| (products[a][b] + inner[a][b]) / count - mean[a] * mean[b]));
    Some(Trend {
        level: mean[0],
        slope: mean[1],
        covariance,
        ..mode
    })
}

/// Draws the weight of each reading at given states; returns the distribution of the states at these weights.
fn sweep_once(
    seen: &[Seen],
    model: &Model,
    (grid, states): (Months, &[f64]),
    stream: &mut Stream,
) -> Option<(super::band::Factor, Vec<f64>)> {
    let (width, center) = super::shape_of(seen, grid, states);
    let mut equations = Equations::prior(model, grid, width, center);
    for reading in seen {
        let (value, slope) = reading.shown(grid, states);
        let miss = (reading.log - value) / reading.error;
        let rate = 0.5 * (model.freedom + miss * miss);
        let weight = half_gamma(model.freedom + 1.0, stream) / rate;
        let target = reading.log - value + dot(&slope, states);
        equations.add(&slope, target, weight / (reading.error * reading.error));
    }
    let factor = std::mem::replace(&mut equations.band, Band::zeros(0, 0)).factor()?;
    let mean = factor.solve(equations.right);
    Some((factor, mean))
}

/// A draw from the gamma distribution with a shape of half of `freedom`, rounded to a whole number, and rate one.
fn half_gamma(freedom: f64, stream: &mut Stream) -> f64 {
    let (mut left, mut sum) = (libm::round(freedom).max(1.0), 0.0);
    while left >= 2.0 {
        sum += stream.exponential();
        left -= 2.0;
    }
    if left > 0.0 {
        let z = stream.normal();
        sum += 0.5 * z * z;
    }
    sum
}
