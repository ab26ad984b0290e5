//! Discrete choice: multinomial and nested logit, and simulated draws from them ([`Nests::choose`]).
//!
//! The nesting parameter is that of Berry (1994) and pyblp: `rho` in [0, 1), where 0 is the plain logit;
//! `McFadden`'s dissimilarity is `lambda = 1 - rho`. Choices work on *weights* `exp(V / lambda)`, so that
//! a utility shared by many choosers is exponentiated once.

mod race;

use crate::base::elementary::{quick_exp, quick_exp_all, quick_log_all};

/// Returns the logit shares of utilities: `exp(v_j) / sum exp(v_k)`, computed without overflow.
///
/// Equation 3 of `docs/model.md`.
#[must_use]
pub fn logit_shares(utilities: &[f64]) -> Vec<f64> {
    let top = utilities.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weights: Vec<f64> = utilities.iter().map(|v| libm::exp(v - top)).collect();
    let total: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / total).collect()
}

/// Returns the inclusive value `ln sum exp(v_j)`; minus infinity if there are no alternatives.
///
/// Equation 4 of `docs/model.md`.
#[must_use]
pub fn logsum(utilities: &[f64]) -> f64 {
    let top = utilities.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if top == f64::NEG_INFINITY {
        return top;
    }
    top + libm::log(utilities.iter().map(|v| libm::exp(v - top)).sum::<f64>())
}

/// Partition of alternatives into nests: alternative `j` lies in nest `nest_of[j]`, nests numbered from zero.
#[derive(Clone, Debug, PartialEq)]
pub struct Nests {
    nest_of: Vec<u8>,
    /// Alternatives sorted by nest.
    order: Vec<usize>,
    /// Start of each nest in `order`, and the end of the last nest.
    starts: Vec<usize>,
    count: usize,
    /// Dissimilarity `1 - rho`.
    lambda: f64,
}

/// Number of choosers whose probabilities are computed together.
pub const WIDE: usize = 4;

/// Largest number of nests in a choice.
pub const MAX_NESTS: usize = 32;

/// Largest factor of a weight. A product of several such factors is still finite, so that its product with zero is
/// zero: an offer without value to a chooser keeps the weight zero.
pub const MOST_WEIGHT: f64 = 1e120;

/// Returns the alternatives sorted by nest, in their own order within each nest.
#[must_use]
pub fn by_nest(nest_of: &[u8]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..nest_of.len()).collect();
    order.sort_by_key(|alternative| nest_of[*alternative]);
    order
}

impl Nests {
    /// Returns nests over alternatives, with nesting parameter `rho`: 0 for the plain logit.
    ///
    /// # Panics
    /// If `rho` lies outside [0, 1) or there are more than [`MAX_NESTS`] nests.
    #[must_use]
    pub fn new(nest_of: Vec<u8>, rho: f64) -> Self {
        assert!((0.0..1.0).contains(&rho), "rho lies in [0, 1)");
        let count = nest_of
            .iter()
            .max()
            .map_or(0, |last| usize::from(*last) + 1);
        assert!(count <= MAX_NESTS, "at most {MAX_NESTS} nests");
        let order = by_nest(&nest_of);
        let start = |nest| order.partition_point(|other| usize::from(nest_of[*other]) < nest);
        Self {
            starts: (0..=count).map(start).collect(),
            nest_of,
            order,
            count,
            lambda: 1.0 - rho,
        }
    }

    /// Returns the logarithm `V / lambda` of the weight of a utility.
    #[inline]
    #[must_use]
    pub const fn log_weight(&self, utility: f64) -> f64 {
        utility / self.lambda
    }

    /// Returns the weight `exp(V / lambda)` of a utility.
    #[inline]
    #[must_use]
    pub fn weight(&self, utility: f64) -> f64 {
        quick_exp(self.log_weight(utility))
    }

    /// Returns the utility of a weight with this logarithm: the inverse of [`Nests::log_weight`].
    #[inline]
    #[must_use]
    pub const fn utility(&self, log_weight: f64) -> f64 {
        self.lambda * log_weight
    }

    /// Writes the choice probabilities for weights `exp(V_j / lambda)` over `probabilities`. Returns the inclusive
    /// value `ln sum_g S_g^lambda`, where `S_g` is the sum of weights in nest `g`.
    ///
    /// Equation 5 of `docs/model.md`.
    pub fn probabilities(&self, weights: &[f64], probabilities: &mut Vec<f64>) -> f64 {
        let by_nest = self.sums(weights);
        let (mut factors, total) = self.powers(&by_nest);
        for (factor, sum) in factors[..self.count].iter_mut().zip(&by_nest) {
            *factor = if *sum > 0.0 {
                *factor / sum / total
            } else {
                0.0
            };
        }
        probabilities.clear();
        let terms = weights.iter().zip(&self.nest_of);
        probabilities
            .extend(terms.map(|(weight, nest)| factors[usize::from(*nest) % MAX_NESTS] * weight));
        libm::log(total)
    }

    /// Adds to `sums`, by alternative, the choice probabilities of [`WIDE`] choosers, each times the chooser's amount
    /// and the chooser's value of the alternative. `weights` holds the weights of the choosers by alternative;
    /// `factors` multiplies the weights of all choosers, by alternative.
    pub fn add_probabilities(
        &self,
        amounts: &[f64; WIDE],
        weights: &[[f64; WIDE]],
        factors: &[f64],
        values: [&[f64]; WIDE],
        sums: &mut [f64],
    ) {
        let mut by_nest = [[0.0; WIDE]; MAX_NESTS];
        for ((weights, factor), nest) in weights.iter().zip(factors).zip(&self.nest_of) {
            let sum = &mut by_nest[usize::from(*nest) % MAX_NESTS];
            *sum = std::array::from_fn(|i| sum[i] + weights[i] * factor);
        }
        let mut powers = by_nest;
        let own = powers[..self.count].as_flattened_mut();
        quick_log_all(own);
        for power in &mut *own {
            *power *= self.lambda;
        }
        quick_exp_all(own);
        let mut totals = [0.0; WIDE];
        for (power, sum) in powers[..self.count].iter_mut().zip(&by_nest) {
            *power = std::array::from_fn(|i| if sum[i] > 0.0 { power[i] } else { 0.0 });
            totals = std::array::from_fn(|i| totals[i] + power[i]);
        }
        for (power, sum) in powers[..self.count].iter_mut().zip(&by_nest) {
            *power = std::array::from_fn(|i| {
                if sum[i] > 0.0 {
                    amounts[i] * power[i] / sum[i] / totals[i]
                } else {
                    0.0
                }
            });
        }
        let [first, second, third, fourth] = values;
        let values = first.iter().zip(second).zip(third).zip(fourth);
        let terms = weights.iter().zip(factors).zip(values).zip(&self.nest_of);
        for (sum, (((weights, factor), (((a, b), c), d)), nest)) in sums.iter_mut().zip(terms) {
            let powers = &powers[usize::from(*nest) % MAX_NESTS];
            let bought: [f64; WIDE] = std::array::from_fn(|i| powers[i] * (weights[i] * factor));
            *sum = *sum + bought[0] * a + bought[1] * b + bought[2] * c + bought[3] * d;
        }
    }

    /// Returns the inclusive value `ln sum_g S_g^lambda` of weights `exp(V_j / lambda)`, where `S_g` is the sum of
    /// weights in nest `g`.
    #[must_use]
    pub fn inclusive_value(&self, weights: &[f64]) -> f64 {
        libm::log(self.powers(&self.sums(weights)).1)
    }

    /// Returns `S_g^lambda` by nest and their total, for sums of weights `S_g` by nest.
    fn powers(&self, sums: &[f64; MAX_NESTS]) -> ([f64; MAX_NESTS], f64) {
        let mut powers = *sums;
        let own = &mut powers[..self.count];
        quick_log_all(own);
        for power in &mut *own {
            *power *= self.lambda;
        }
        quick_exp_all(own);
        let mut total = 0.0;
        for (power, sum) in own.iter_mut().zip(sums) {
            *power = if *sum > 0.0 { *power } else { 0.0 };
            total += *power;
        }
        (powers, total)
    }

    #[inline]
    fn sums(&self, weights: &[f64]) -> [f64; MAX_NESTS] {
        let mut sums = [0.0; MAX_NESTS];
        for (weight, nest) in weights.iter().zip(&self.nest_of) {
            sums[usize::from(*nest) % MAX_NESTS] += weight;
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_nesting_shares_are_plain_logit() {
        let utilities = [0.3, -1.0, 2.0, 0.0];
        let weights = utilities.map(libm::exp);
        let mut probabilities = Vec::new();
        let value = Nests::new(vec![0, 0, 1, 2], 0.0).probabilities(&weights, &mut probabilities);
        for (p, s) in probabilities.iter().zip(logit_shares(&utilities)) {
            assert!((p - s).abs() < 1e-14);
        }
        assert!((value - logsum(&utilities)).abs() < 1e-14);
    }

    #[test]
    fn nested_shares_follow_the_formula() {
        // By hand: rho 0.5, nests {a, b} and {c}; V = (1, 0, 0.5).
        let weights = [libm::exp(2.0), 1.0, libm::exp(1.0)];
        let mut p = Vec::new();
        Nests::new(vec![0, 0, 1], 0.5).probabilities(&weights, &mut p);
        let inside = libm::sqrt(libm::exp(2.0) + 1.0);
        let outside = libm::exp(0.5);
        let nest = inside / (inside + outside);
        assert!((p[0] - nest * libm::exp(2.0) / (libm::exp(2.0) + 1.0)).abs() < 1e-14);
        assert!((p[2] - (1.0 - nest)).abs() < 1e-14);
    }
}
