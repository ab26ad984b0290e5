//! Demand for products at given prices: nested latent-class logit, its slopes, elasticities and diversion.

use nalgebra::DMatrix;

use crate::base::elementary::{add_scaled, quick_exp, quick_exp_all, quick_log};

/// Demand for a set of products, as sellers that set prices need it.
pub trait Demand {
    /// Returns the quantities of all products at `prices`, over the number of buyers, with their slopes in prices.
    fn slopes(&self, prices: &[f64]) -> Slopes;

    /// Returns the quantities of all products at `prices`, over the number of buyers: shares of buyers if each buys one
    /// unit.
    fn shares(&self, prices: &[f64]) -> Vec<f64> {
        self.slopes(prices).share
    }

    /// Returns the derivatives `ds_k/dp_j`; row `j` is the price that moves.
    fn jacobian(&self, prices: &[f64]) -> DMatrix<f64> {
        self.slopes(prices).jacobian()
    }

    /// Returns the response of demand to `prices`.
    fn response(&self, prices: &[f64]) -> Response {
        let slopes = self.slopes(prices);
        Response {
            prices: prices.to_vec(),
            jacobian: slopes.jacobian(),
            shares: slopes.share,
        }
    }
}

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

/// Quantities of products, and the parts of their derivatives in prices: `ds_k/dp_j = gamma[j][k] - [j = k] lambda[j]`.
#[derive(Clone, Debug)]
pub struct Slopes {
    /// Quantity by product, over the number of buyers.
    pub share: Vec<f64>,
    /// Fall of a product's own quantity with its price, before substitution.
    pub lambda: Vec<f64>,
    /// Matrix, row by row; row `j` is the price that moves.
    pub gamma: Vec<f64>,
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

impl Slopes {
    /// Returns the derivatives `ds_k/dp_j`; row `j` is the price that moves.
    fn jacobian(&self) -> DMatrix<f64> {
        let count = self.share.len();
        DMatrix::from_fn(count, count, |j, k| {
            self.gamma[j * count + k] - if j == k { self.lambda[j] } else { 0.0 }
        })
    }
}

/// Response of demand to given prices: shares and their derivatives.
#[derive(Clone, Debug)]
pub struct Response {
    /// Shares of all products among all buyers, weighted by class.
    pub shares: Vec<f64>,
    prices: Vec<f64>,
    jacobian: DMatrix<f64>,
}

impl Response {
    /// Returns the elasticities of shares: `[(j, k)]` is the elasticity of the share of `j` to the price of `k`.
    #[must_use]
    pub fn elasticities(&self) -> DMatrix<f64> {
        let count = self.shares.len();
        DMatrix::from_fn(count, count, |j, k| {
            if self.shares[j] > 0.0 {
                self.jacobian[(k, j)] * self.prices[k] / self.shares[j]
            } else {
                0.0
            }
        })
    }

    /// Returns diversion ratios: of the buyers that `j` loses when its price rises, the share that goes to `k`. Rows
    /// sum to one together with the share that goes to the outside good.
    #[must_use]
    pub fn diversion(&self) -> DMatrix<f64> {
        let (count, slopes) = (self.shares.len(), &self.jacobian);
        DMatrix::from_fn(count, count, |j, k| {
            if j == k || slopes[(j, j)] == 0.0 {
                0.0
            } else {
                -slopes[(j, k)] / slopes[(j, j)]
            }
        })
    }
}
