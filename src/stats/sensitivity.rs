//! What drives the spread: variance shares by Sobol's method, elementary effects by Morris's.

use super::Summary;
use super::boxes::pick;
use crate::base::rng::Stream;

/// First-order and total shares of variance of one input or group of inputs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// What it explains alone.
    pub first: f64,
    /// Standard error of that.
    pub first_error: f64,
    /// What it explains together with others.
    pub total: f64,
    /// Standard error of that.
    pub total_error: f64,
}

/// Mean, variance and shares.
#[derive(Clone, Debug, PartialEq)]
pub struct VarianceShares {
    /// Mean of the output.
    pub mean: f64,
    /// Variance of the output.
    pub variance: f64,
    /// By input or group.
    pub shares: Vec<Share>,
}

/// Outputs of a pick-freeze design: `a` and `b` at two independent samples of all inputs, and for each group `mixed` at
/// sample `a` with the group's inputs taken from `b`.
#[derive(Clone, Debug, Default)]
pub struct Design {
    /// Outputs at the first sample.
    pub a: Vec<f64>,
    /// Outputs at the second.
    pub b: Vec<f64>,
    /// Outputs at the mixed samples, by group.
    pub mixed: Vec<Vec<f64>>,
}

/// Shares of variance: first order by Saltelli et al. (2010), total by Jansen (1999).
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "samples are small")]
pub fn variance_shares(design: &Design) -> VarianceShares {
    let n = design.a.len() as f64;
    let mut all: Vec<f64> = design.a.iter().chain(&design.b).copied().collect();
    let both = Summary::of(&mut all);
    let variance = both.sd * both.sd * (2.0 * n - 1.0) / (2.0 * n);
    let shares = design
        .mixed
        .iter()
        .map(|mixed| {
            let parts = design.a.iter().zip(&design.b).zip(mixed);
            let mut first: Vec<f64> = parts
                .clone()
                .map(|((a, b), m)| (b - both.mean) * (m - a))
                .collect();
            let mut total: Vec<f64> = parts.map(|((a, _), m)| 0.5 * (a - m) * (a - m)).collect();
            let (first, total) = (Summary::of(&mut first), Summary::of(&mut total));
            let over = |value: f64| {
                if variance > 0.0 {
                    value / variance
                } else {
                    0.0
                }
            };
            Share {
                first: over(first.mean),
                first_error: over(first.sd / libm::sqrt(n)),
                total: over(total.mean),
                total_error: over(total.sd / libm::sqrt(n)),
            }
        })
        .collect();
    VarianceShares {
        mean: both.mean,
        variance,
        shares,
    }
}

/// Lower and upper end.
pub type Interval = (f64, f64);

/// Resamples of base points.
const RESAMPLES: usize = 200;

/// 95 % intervals of first-order and total shares, by resampling base points.
#[must_use]
pub fn bootstrap(design: &Design, stream: &mut Stream) -> Vec<(Interval, Interval)> {
    let n = design.a.len();
    let mut samples = vec![(Vec::new(), Vec::new()); design.mixed.len()];
    for _ in 0..RESAMPLES {
        let picks: Vec<usize> = (0..n).map(|_| pick(n, stream)).collect();
        let of = |column: &[f64]| picks.iter().map(|at| column[*at]).collect::<Vec<f64>>();
        let again = Design {
            a: of(&design.a),
            b: of(&design.b),
            mixed: design.mixed.iter().map(|column| of(column)).collect(),
        };
        for (sample, share) in samples.iter_mut().zip(variance_shares(&again).shares) {
            sample.0.push(share.first);
            sample.1.push(share.total);
        }
    }
    let interval = |mut sample: Vec<f64>| {
        sample.sort_unstable_by(f64::total_cmp);
        (
            super::quantile(&sample, 0.025),
            super::quantile(&sample, 0.975),
        )
    };
    samples
        .into_iter()
        .map(|(first, total)| (interval(first), interval(total)))
        .collect()
}

/// Means in the lowest and highest fifth of an input, from pairs of input and output.
#[must_use]
pub fn swing(pairs: &[(f64, f64)]) -> (f64, f64) {
    let means = binned(pairs, 5);
    (means[0], means[means.len() - 1])
}

/// Means of an output in bins of equally many points by input.
#[expect(clippy::cast_precision_loss, reason = "samples are small")]
fn binned(pairs: &[(f64, f64)], bins: usize) -> Vec<f64> {
    let mut sorted = pairs.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let size = sorted.len().div_ceil(bins).max(1);
    sorted
        .chunks(size)
        .map(|bin| bin.iter().map(|(_, y)| y).sum::<f64>() / bin.len() as f64)
        .collect()
}

/// What it is worth to know an input before choosing between a metric and a sure threshold: the mean of the better of the two, given
/// the input, less the better of their means. From means in bins of equally many points; noise in them makes it a little too large.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "samples are small")]
pub fn perfect_information(pairs: &[(f64, f64)], threshold: f64) -> f64 {
    let bins = (pairs.len() / 50).clamp(2, 20);
    let means = binned(pairs, bins);
    let known = means.iter().map(|mean| mean.max(threshold)).sum::<f64>() / means.len() as f64;
    let mean = pairs.iter().map(|(_, y)| y).sum::<f64>() / pairs.len() as f64;
    (known - mean.max(threshold)).max(0.0)
}

/// Point `index` of a scrambled Sobol sequence in `dimensions`, each in [0, 1): balanced over any power of two points.
#[must_use]
pub fn sobol_point(index: u32, dimensions: usize, seed: u32) -> Vec<f64> {
    (0..dimensions)
        .map(|dimension| {
            let set = u32::try_from(dimension).expect("few dimensions");
            // Beyond what the sequence knows, dimensions are re-seeded and independent.
            let (set, seed) = (set % 256, seed.wrapping_add(set / 256));
            f64::from(sobol_burley::sample(index, set, seed))
        })
        .collect()
}

/// Runs a function over a pick-freeze design of `points` scrambled Sobol points, each input a group of its own.
pub fn design(points: u32, inputs: usize, seed: u32, output: impl Fn(&[f64]) -> f64) -> Design {
    let mut design = Design {
        mixed: vec![Vec::new(); inputs],
        ..Design::default()
    };
    for index in 0..points {
        let both = sobol_point(index, 2 * inputs, seed);
        let (a, b) = both.split_at(inputs);
        design.a.push(output(a));
        design.b.push(output(b));
        for (input, mixed) in design.mixed.iter_mut().enumerate() {
            let mut point = a.to_vec();
            point[input] = b[input];
            mixed.push(output(&point));
        }
    }
    design
}

/// How an output moves with one input over its whole range.
#[derive(Clone, Debug, PartialEq)]
pub struct Effect {
    /// Elementary effects, one a base point.
    pub effects: Vec<f64>,
    /// Mean of their sizes (Campolongo et al. 2007).
    pub size: f64,
    /// Mean.
    pub mean: f64,
    /// Their standard deviation over the base points, as of a population: zero where the output is linear.
    pub spread: f64,
}

/// The step of Morris's (1991) design on `levels` levels: half of them, `p / (2 (p - 1))`.
#[must_use]
pub fn morris_step(levels: u32) -> f64 {
    f64::from(levels) / (2.0 * f64::from(levels - 1))
}

/// Levels of an input from which a step does not leave [0, 1].
#[must_use]
pub fn morris_levels(levels: u32) -> Vec<f64> {
    let step = morris_step(levels);
    (0..levels)
        .map(|level| f64::from(level) / f64::from(levels - 1))
        .filter(|level| level + step <= 1.0 + 1e-12)
        .collect()
}

/// Elementary effects of each input at the given base points, which lie on [`morris_levels`].
#[must_use]
pub fn elementary_effects(
    bases: &[Vec<f64>],
    step: f64,
    mut output: impl FnMut(&[f64]) -> f64,
) -> Vec<Effect> {
    let inputs = bases.first().map_or(0, Vec::len);
    let mut effects = vec![Vec::new(); inputs];
    for base in bases {
        let before = output(base);
        for (input, effects) in effects.iter_mut().enumerate() {
            let mut moved = base.clone();
            moved[input] += step;
            effects.push((output(&moved) - before) / step);
        }
    }
    effects.into_iter().map(effect).collect()
}

#[expect(clippy::cast_precision_loss, reason = "few base points")]
fn effect(effects: Vec<f64>) -> Effect {
    let n = effects.len() as f64;
    let mean = effects.iter().sum::<f64>() / n;
    let squares: f64 = effects.iter().map(|e| (e - mean) * (e - mean)).sum();
    Effect {
        size: effects.iter().map(|effect| effect.abs()).sum::<f64>() / n,
        mean,
        spread: libm::sqrt(squares / n),
        effects,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_has_shares_that_sum_to_one() {
        let design = design(1 << 12, 3, 1, |x| 4.0 * x[0] + 2.0 * x[1]);
        let found = variance_shares(&design);
        assert!((found.variance - 20.0 / 12.0).abs() < 0.01);
        for (share, expected) in found.shares.iter().zip([0.8, 0.2, 0.0]) {
            assert!((share.first - expected).abs() < 0.02);
            assert!((share.total - expected).abs() < 0.02);
        }
    }

    #[test]
    fn steps_stay_inside() {
        assert_eq!(morris_levels(4).len(), 2);
        assert!((morris_step(4) - 2.0 / 3.0).abs() < 1e-15);
    }

    #[test]
    fn knowing_is_worth_what_it_changes() {
        // y = u on [0, 1] against a sure 0.5: the better of the two is 0.625 in the mean, 0.125 more than 0.5.
        let pairs: Vec<(f64, f64)> = (0..2_000)
            .map(|n| {
                (
                    (f64::from(n) + 0.5) / 2_000.0,
                    (f64::from(n) + 0.5) / 2_000.0,
                )
            })
            .collect();
        assert!((perfect_information(&pairs, 0.5) - 0.125).abs() < 0.002);
        assert!(perfect_information(&pairs, 2.0).abs() < 1e-12);
    }
}
