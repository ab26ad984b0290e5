//! Demand and prices of textbooks, with which cases check the price game: nested latent-class logit in prices, and the
//! closed form of a single seller. The market has the demand that its sellers observe instead.

use crate::base::elementary::{add_scaled, quick_exp, quick_exp_all, quick_log};
use crate::economics::pricing::{Demand, Slopes};

/// Latent class of buyers.
#[derive(Clone, Debug)]
pub struct BuyerClass {
    /// Number of buyers, in any unit.
    pub weight: f64,
    /// Utility lost per unit of price.
    pub sensitivity: f64,
    /// Utility of each product at a price of zero.
    pub value: Vec<f64>,
}

/// Nested latent-class logit demand for a set of products, with an outside good alone in its nest.
#[derive(Clone, Debug)]
pub struct ProductDemand {
    /// Classes of buyers.
    pub classes: Vec<BuyerClass>,
    /// Nest of each product.
    pub nest: Vec<usize>,
    /// Nesting parameter of Berry (1994): 0 is the plain logit.
    pub rho: f64,
    /// True if buyers can stay outside, at utility zero.
    pub has_outside: bool,
}

impl ProductDemand {
    fn products(&self) -> usize {
        self.nest.len()
    }

    /// Computes the shares of one class over products, and each product's share of its nest.
    fn class_shares(
        &self,
        class: &BuyerClass,
        prices: &[f64],
        share: &mut [f64],
        inside: &mut [f64],
        sums: &mut [f64],
    ) {
        let stretch = 1.0 / (1.0 - self.rho);
        let mut top = if self.has_outside {
            0.0
        } else {
            f64::NEG_INFINITY
        };
        for ((utility, value), price) in share.iter_mut().zip(&class.value).zip(prices) {
            *utility = value - class.sensitivity * price;
            top = top.max(*utility);
        }
        for (inside, utility) in inside.iter_mut().zip(&*share) {
            *inside = (utility - top) * stretch;
        }
        quick_exp_all(inside);
        sums.fill(0.0);
        for (inside, nest) in inside.iter().zip(&self.nest) {
            sums[*nest] += inside;
        }
        let mut total = if self.has_outside {
            quick_exp(-top)
        } else {
            0.0
        };
        for (share, nest) in share.iter_mut().zip(&self.nest) {
            *share = 1.0 / sums[*nest].max(f64::MIN_POSITIVE);
        }
        for sum in &mut *sums {
            if *sum > 0.0 && self.rho != 0.0 {
                *sum = quick_exp((1.0 - self.rho) * quick_log(*sum));
            }
            total += *sum;
        }
        let scale = 1.0 / total;
        for product in 0..share.len() {
            inside[product] *= share[product];
            share[product] = inside[product] * sums[self.nest[product]] * scale;
        }
    }

    fn nests(&self) -> usize {
        self.nest.iter().max().map_or(0, |last| last + 1)
    }
}

impl Demand for ProductDemand {
    fn shares(&self, prices: &[f64]) -> Vec<f64> {
        let count = self.products();
        let (mut share, mut inside) = (vec![0.0; count], vec![0.0; count]);
        let (mut sum, mut sums) = (vec![0.0; count], vec![0.0; self.nests()]);
        let total: f64 = self.classes.iter().map(|class| class.weight).sum();
        for class in &self.classes {
            self.class_shares(class, prices, &mut share, &mut inside, &mut sums);
            for (sum, share) in sum.iter_mut().zip(&share) {
                *sum += class.weight / total * share;
            }
        }
        sum
    }

    fn slopes(&self, prices: &[f64]) -> Slopes {
        let count = self.products();
        let (mut share, mut inside) = (vec![0.0; count], vec![0.0; count]);
        let mut sums = vec![0.0; self.nests()];
        let mut slopes = Slopes {
            share: vec![0.0; count],
            lambda: vec![0.0; count],
            gamma: vec![0.0; count * count],
        };
        let total: f64 = self.classes.iter().map(|class| class.weight).sum();
        let (own, nested) = (1.0 / (1.0 - self.rho), self.rho / (1.0 - self.rho));
        let siblings: Vec<(usize, usize)> = (0..count)
            .flat_map(|j| (0..count).map(move |k| (j, k)))
            .filter(|(j, k)| nested > 0.0 && self.nest[*j] == self.nest[*k])
            .collect();
        for class in &self.classes {
            self.class_shares(class, prices, &mut share, &mut inside, &mut sums);
            let weight = class.weight / total;
            let scaled = weight * class.sensitivity;
            for j in 0..count {
                slopes.share[j] += weight * share[j];
                slopes.lambda[j] += scaled * own * share[j];
                let factor = scaled * share[j];
                let row = &mut slopes.gamma[j * count..(j + 1) * count];
                add_scaled(row, &share, factor);
            }
            for (j, k) in &siblings {
                slopes.gamma[j * count + k] += scaled * share[*j] * nested * inside[*k];
            }
        }
        slopes
    }
}

/// Returns the principal branch of Lambert's W for `x >= 0`: the solution of `w e^w = x`, by Halley's iteration.
#[must_use]
pub fn lambert_w(x: f64) -> f64 {
    let mut w = if x < 1.0 {
        x / (1.0 + x)
    } else {
        libm::log(1.0 + x) - libm::log(1.0 + libm::log1p(x)) * 0.5
    };
    for _ in 0..60 {
        let power = libm::exp(w);
        let error = w * power - x;
        let step = error / (power * (w + 1.0) - (w + 2.0) * error / (2.0 * w + 2.0));
        w -= step;
        if step.abs() <= 1e-15 * (1.0 + w.abs()) {
            break;
        }
    }
    w
}

/// Returns price and share of a single logit seller of utility `delta - alpha p` against an outside good of utility
/// zero: `p = c + (1 + W) / alpha` with `W = W(exp(delta - alpha c - 1))`.
///
/// Equation 14 of `docs/model.md`.
#[must_use]
pub fn monopoly_price(delta: f64, alpha: f64, cost: f64) -> (f64, f64) {
    let w = lambert_w(libm::exp(delta - alpha * cost - 1.0));
    (cost + (1.0 + w) / alpha, w / (1.0 + w))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lambert_w_inverts() {
        for w in [0.0_f64, 1e-6, 0.3, 1.0, 4.0, 30.0] {
            assert!((lambert_w(w * libm::exp(w)) - w).abs() < 1e-12 * (1.0 + w));
        }
    }
}
