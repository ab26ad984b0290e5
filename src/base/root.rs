//! Roots of functions of one number, and accelerated fixed-point iteration of vectors.

use nalgebra::{DMatrix, DVector};

/// Returns the root of a continuous function between two numbers where it has opposite signs, by Chandrupatla's method
/// (1997): inverse quadratic interpolation where it is safe, bisection elsewhere. The result is within four units in
/// the last place, after about a dozen steps for smooth functions. If the signs are equal, the end whose value is
/// nearer to zero is returned.
#[must_use]
#[expect(
    clippy::many_single_char_names,
    reason = "the names of the cited method"
)]
pub fn root_between(f: impl Fn(f64) -> f64, low: f64, high: f64) -> f64 {
    let (mut a, mut b) = (high, low);
    let (mut fa, mut fb) = (f(a), f(b));
    let (mut c, mut fc) = (b, fb);
    if (fa > 0.0) == (fb > 0.0) && fa != 0.0 && fb != 0.0 {
        return if fa.abs() < fb.abs() { a } else { b };
    }
    let mut t = 0.5;
    for _ in 0..200 {
        // The bracket is [a, b]; c is the end that the last step replaced.
        if fa == 0.0 {
            return a;
        }
        let best = if fa.abs() < fb.abs() { a } else { b };
        let tolerance = 2.0 * f64::EPSILON * best.abs() + f64::MIN_POSITIVE;
        let least = tolerance / (b - a).abs();
        if least > 0.5 || fb == 0.0 {
            return best;
        }
        if c != a && c != b {
            let chi = (a - b) / (c - b);
            let phi = (fa - fb) / (fc - fb);
            t = if phi * phi < chi && (1.0 - phi) * (1.0 - phi) < 1.0 - chi {
                fa / (fb - fa) * fc / (fb - fc)
                    + (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb)
            } else {
                0.5
            };
        }
        let x = a + t.clamp(least, 1.0 - least) * (b - a);
        let fx = f(x);
        if (fx > 0.0) == (fa > 0.0) {
            (c, fc) = (a, fa);
        } else {
            (c, fc) = (b, fb);
            (b, fb) = (a, fa);
        }
        (a, fa) = (x, fx);
    }
    a
}

/// Anderson mixing (1965) of the steps of a fixed-point iteration: the next point is the combination of the last images
/// whose residuals nearly cancel.
#[derive(Clone, Debug)]
pub struct Mixing {
    depth: usize,
    images: Vec<Vec<f64>>,
    residuals: Vec<Vec<f64>>,
}

impl Mixing {
    /// Returns a mixing of the last image with up to `depth` images before it.
    #[must_use]
    pub const fn new(depth: usize) -> Self {
        Self {
            depth,
            images: Vec::new(),
            residuals: Vec::new(),
        }
    }

    /// Forgets all earlier images.
    pub fn restart(&mut self) {
        self.images.clear();
        self.residuals.clear();
    }

    /// Returns the next point after `point`, whose image is given.
    pub fn next(&mut self, point: &[f64], image: Vec<f64>) -> Vec<f64> {
        let residual: Vec<f64> = image.iter().zip(point).map(|(g, x)| g - x).collect();
        if self.images.len() > self.depth {
            self.images.remove(0);
            self.residuals.remove(0);
        }
        let before = self.images.len();
        let differences: Vec<Vec<f64>> = (self.residuals.iter())
            .map(|old| residual.iter().zip(old).map(|(f, old)| f - old).collect())
            .collect();
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let mut normal =
            DMatrix::from_fn(before, before, |i, j| dot(&differences[i], &differences[j]));
        // Nearly parallel differences make the system nearly singular; the ridge keeps its solution small.
        let ridge = 1e-13 * normal.trace();
        for i in 0..before {
            normal[(i, i)] += ridge;
        }
        let right = DVector::from_fn(before, |i, _| dot(&differences[i], &residual));
        let mut next = image.clone();
        let parts = if before > 0 {
            normal.lu().solve(&right)
        } else {
            None
        };
        if let Some(parts) = parts {
            for (part, old) in parts.iter().zip(&self.images) {
                for ((next, image), old) in next.iter_mut().zip(&image).zip(old) {
                    *next -= part * (image - old);
                }
            }
        }
        self.images.push(image);
        self.residuals.push(residual);
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn roots_are_found_to_the_last_digits_in_few_steps() {
        type Case = (fn(f64) -> f64, f64, f64, f64);
        let cases: [Case; 4] = [
            (|x| x * x - 2.0, 0.0, 2.0, std::f64::consts::SQRT_2),
            (|x| libm::exp(x) - 1e6, 0.0, 40.0, libm::log(1e6)),
            (|x| x * x * x, -1.0, 3.0, 0.0),
            (|x| 0.3 - x, 0.0, 1.0, 0.3),
        ];
        for (f, low, high, root) in cases {
            let steps = Cell::new(0);
            let counted = |x| {
                steps.set(steps.get() + 1);
                f(x)
            };
            let found = root_between(counted, low, high);
            assert!(
                (found - root).abs() <= 4e-16 * root.abs().max(1e-4),
                "{found} {root}"
            );
            assert!(steps.get() < 160, "{} steps", steps.get());
        }
    }

    #[test]
    fn mixing_finds_in_a_few_steps_what_iteration_needs_hundreds_for() {
        // The map is x = A x + b with a spectral radius of 0.98.
        let image = |x: &[f64]| {
            vec![
                0.98 * x[0] + 0.05 * x[1] + 1.0,
                0.60 * x[1] - 0.1 * x[2],
                0.2 * x[0] - 0.5 * x[2] + 3.0,
            ]
        };
        let mut x = vec![0.0; 3];
        let mut mixing = Mixing::new(3);
        let mut steps = 0;
        loop {
            let next = image(&x);
            let worst = x.iter().zip(&next).map(|(x, g)| (x - g).abs());
            if worst.fold(0.0, f64::max) < 1e-10 {
                break;
            }
            x = mixing.next(&x, next);
            steps += 1;
            assert!(steps < 12);
        }
    }
}
