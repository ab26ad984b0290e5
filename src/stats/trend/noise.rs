//! Noises of a kind of series by pooled maximum likelihood.

use super::{Model, Noise, Reading, fit};

/// Candidates of the noises: a geometric grid, refined twice around its best point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    /// Least and largest noise of the level, a root month.
    pub level: (f64, f64),
    /// Least and largest noise of the slope, a root month.
    pub slope: (f64, f64),
    /// Candidates of each, at least two.
    pub steps: u32,
}

impl Grid {
    /// From a two-hundredth to a fifth for the level, and a tenth of that for the slope.
    pub const WIDE: Self = Self {
        level: (0.005, 0.2),
        slope: (0.001, 0.04),
        steps: 7,
    };

    fn candidates(&self) -> Vec<Noise> {
        let of = |(low, high): (f64, f64), step: u32| {
            let part = f64::from(step) / f64::from(self.steps.max(2) - 1);
            low * libm::pow(high / low, part)
        };
        (0..self.steps.max(2))
            .flat_map(|level| (0..self.steps.max(2)).map(move |slope| (level, slope)))
            .map(|(level, slope)| Noise {
                level: of(self.level, level),
                slope: of(self.slope, slope),
            })
            .collect()
    }

    /// The grid of five steps from one neighbour of a candidate to the other, within the bounds.
    fn around(&self, best: Noise) -> Self {
        let near = |(low, high): (f64, f64), value: f64| {
            let ratio = libm::pow(high / low, 1.0 / f64::from(self.steps.max(2) - 1));
            ((value / ratio).max(low), (value * ratio).min(high))
        };
        Self {
            level: near(self.level, best.level),
            slope: near(self.slope, best.slope),
            steps: 5,
        }
    }
}

/// Prior of the noises of a kind, before its series are seen: independent lognormal distributions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NoisePrior {
    /// Medians.
    pub median: Noise,
    /// Standard deviation of the logarithms; infinite for none.
    pub sigma: f64,
}

impl NoisePrior {
    /// Log density of the logarithms, up to a constant.
    fn log_density(&self, noise: Noise) -> f64 {
        let level = libm::log(noise.level / self.median.level) / self.sigma;
        let slope = libm::log(noise.slope / self.median.slope) / self.sigma;
        -0.5 * (level * level + slope * slope)
    }
}

/// The pair of noises with the largest sum of log likelihoods over the series; the other parts of `model` hold
/// for all of them. `None` if no series has two readings.
#[must_use]
pub fn fit_noise(series: &[Vec<Reading>], model: &Model, grid: &Grid) -> Option<Noise> {
    let prior = NoisePrior {
        median: model.noise,
        sigma: f64::INFINITY,
    };
    fit_noise_with(series, model, grid, &prior)
}

/// The pair of noises with the largest posterior density of their logarithms. `None` if no series has two
/// readings.
///
/// Equation 44 of `docs/model.md`.
#[must_use]
pub fn fit_noise_with(
    series: &[Vec<Reading>],
    model: &Model,
    grid: &Grid,
    prior: &NoisePrior,
) -> Option<Noise> {
    let usable: Vec<&Vec<Reading>> = series
        .iter()
        .filter(|readings| readings.len() > 1)
        .collect();
    if usable.is_empty() {
        return None;
    }
    let density = |noise: Noise| -> f64 {
        let model = Model { noise, ..*model };
        let likelihood: f64 = usable
            .iter()
            .filter_map(|readings| {
                let last = readings
                    .iter()
                    .map(|reading| reading.until)
                    .fold(f64::NEG_INFINITY, f64::max);
                fit(readings, &model, last, last)
            })
            .map(|fit| fit.log_likelihood)
            .sum();
        likelihood + prior.log_density(noise)
    };
    let best = |grid: &Grid| {
        grid.candidates()
            .into_iter()
            .map(|noise| (density(noise), noise))
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, noise)| noise)
    };
    let finer = grid.around(best(grid)?);
    best(&finer.around(best(&finer)?))
}
