//! Prices: blended token prices, cost-plus rules, and Bertrand-Nash equilibria under nested latent-class logit.
//!
//! A seller of differentiated products sets its prices so that no change of one of them raises its objective:
//! `(1 - tau_j) s_j + sum_k kappa[f(j)][f(k)] ((1 - tau_k) p_k - c_k) ds_k/dp_j = 0`. Here `tau` is the share of the
//! price that others take, `c` the marginal cost and `kappa` the weight that one firm puts on another's profit. Prices
//! are solved by the fixed point of Morrow and Skerlos (2011), accelerated by Anderson mixing
//! (`base::root::Mixing`).

use nalgebra::{DMatrix, DVector};

use crate::base::elementary::{add_scaled, quick_exp, quick_exp_all, quick_log};
use crate::base::root::Mixing;

/// Returns the blended price of a million tokens, of which the share `input_share` is input tokens.
///
/// Equation 11 of `docs/model.md`.
#[must_use]
pub fn blended_price(price_in: f64, price_out: f64, input_share: f64) -> f64 {
    price_in * input_share + price_out * (1.0 - input_share)
}

/// Returns the price at which `unit_cost` leaves the gross margin `margin` (a share of price, below 1).
///
/// Equation 12 of `docs/model.md`.
#[must_use]
pub fn cost_plus_price(unit_cost: f64, margin: f64) -> f64 {
    unit_cost / (1.0 - margin.min(0.99))
}

/// Returns the price of a follower whose product is `gap` utils better than the frontier's (worse, if below zero): the
/// frontier's price times `exp(slope * gap)`, so that one util is worth about the share `slope` of it.
///
/// Equation 13 of `docs/model.md`.
#[must_use]
pub fn frontier_price(frontier: f64, gap: f64, slope: f64) -> f64 {
    frontier * libm::exp(slope * gap)
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

/// Shares of products, and the parts of their derivatives in prices: `ds_k/dp_j = gamma[j][k] - [j = k] lambda[j]`.
#[derive(Clone, Debug)]
struct Slopes {
    share: Vec<f64>,
    lambda: Vec<f64>,
    /// Symmetric matrix, row by row.
    gamma: Vec<f64>,
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

    /// Returns the shares of all products among all buyers, weighted by class.
    #[must_use]
    pub fn shares(&self, prices: &[f64]) -> Vec<f64> {
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

    /// Returns the derivatives `ds_k/dp_j`; row `j` is the price that moves.
    #[must_use]
    pub fn jacobian(&self, prices: &[f64]) -> DMatrix<f64> {
        self.slopes(prices).jacobian()
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

impl ProductDemand {
    /// Returns the response of demand to `prices`.
    #[must_use]
    pub fn response(&self, prices: &[f64]) -> Response {
        let slopes = self.slopes(prices);
        Response {
            prices: prices.to_vec(),
            jacobian: slopes.jacobian(),
            shares: slopes.share,
        }
    }
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

/// Returns the upward pricing pressure of Farrell and Shapiro (2010), in money and as a share of the own price: the
/// gain from a price rise to a seller that puts the weight `kappa` on a rival's profit. The share `diversion` of the
/// lost buyers goes to the rival, whose price and margin (a share of price) are given.
///
/// Equation 16 of `docs/model.md`.
#[must_use]
pub fn upward_pressure(
    kappa: f64,
    diversion: f64,
    own_price: f64,
    rival_price: f64,
    rival_margin: f64,
) -> (f64, f64) {
    let pressure = kappa * diversion * rival_price * rival_margin;
    (
        pressure,
        if own_price > 0.0 {
            pressure / own_price
        } else {
            0.0
        },
    )
}

/// Sellers of products: ownership, costs, fees and limits of prices.
#[derive(Clone, Debug)]
pub struct Sellers {
    /// Firm of each product.
    pub firm: Vec<usize>,
    /// Weight of one firm on another's profit, `kappa[(f, g)]`; ones on the diagonal.
    pub kappa: DMatrix<f64>,
    /// Share of the price that others take, by product.
    pub fee: Vec<f64>,
    /// Marginal cost by product.
    pub cost: Vec<f64>,
    /// True if the game chooses the price of a product; other prices stay fixed.
    pub is_free: Vec<bool>,
    /// Lowest price that the seller of a product would ask.
    pub floor: Vec<f64>,
}

/// Solution of a price game.
#[derive(Clone, Debug)]
pub struct Equilibrium {
    /// Price of each product.
    pub prices: Vec<f64>,
    /// Largest absolute first-order condition that is left, in shares.
    pub residual: f64,
    /// Number of evaluations of demand.
    pub evaluations: usize,
}

/// Number of earlier steps of the fixed point that are mixed with the last.
const MIXED: usize = 6;

/// Residual below which the first-order conditions count as solved.
pub const RESIDUAL: f64 = 1e-10;

impl Sellers {
    fn margins(&self, prices: &[f64]) -> Vec<f64> {
        prices
            .iter()
            .zip(&self.fee)
            .zip(&self.cost)
            .map(|((price, fee), cost)| (1.0 - fee) * price - cost)
            .collect()
    }

    /// Returns the prices after one step of the fixed point, and the largest residual at `prices`.
    fn step(&self, demand: &ProductDemand, prices: &[f64]) -> (Vec<f64>, f64) {
        let slopes = demand.slopes(prices);
        let margins = self.margins(prices);
        let count = prices.len();
        let mut worst: f64 = 0.0;
        let next = (0..count)
            .map(|j| {
                if !self.is_free[j] || slopes.lambda[j] <= 1e-290 {
                    return prices[j];
                }
                let row = &slopes.gamma[j * count..(j + 1) * count];
                let mut gain = (1.0 - self.fee[j]) * slopes.share[j];
                for k in 0..count {
                    gain += self.kappa[(self.firm[j], self.firm[k])] * row[k] * margins[k];
                }
                let condition = gain - slopes.lambda[j] * margins[j];
                // A seller at its floor may gain from a lower price that it cannot set: no condition is left there.
                if prices[j] > self.floor[j] || condition > 0.0 {
                    worst = worst.max(condition.abs());
                }
                ((self.cost[j] + gain / slopes.lambda[j]) / (1.0 - self.fee[j])).max(self.floor[j])
            })
            .collect();
        (next, worst)
    }

    /// Returns the prices, from `start`, at which the first-order conditions hold; the best prices found if the steps
    /// run out.
    ///
    /// Equation 15 of `docs/model.md`.
    #[must_use]
    pub fn equilibrium(&self, demand: &ProductDemand, start: &[f64]) -> Equilibrium {
        let mut prices: Vec<f64> = start
            .iter()
            .zip(&self.floor)
            .zip(&self.is_free)
            .map(|((price, floor), is_free)| if *is_free { price.max(*floor) } else { *price })
            .collect();
        let mut best = (start.to_vec(), f64::INFINITY);
        let mut evaluations = 0;
        let mut mixing = Mixing::new(MIXED);
        while evaluations < 3_000 {
            let (image, residual) = self.step(demand, &prices);
            evaluations += 1;
            let is_wild = residual > 1e3 * best.1;
            if residual < best.1 {
                best = (prices.clone(), residual);
            }
            // The iteration stops well below the required residual, so that rounding elsewhere does not matter.
            if residual < RESIDUAL * 0.1 {
                break;
            }
            // A mixed step that is far worse than the best point is followed by plain steps.
            if is_wild {
                mixing.restart();
            }
            let next = mixing.next(&prices, image);
            for (j, (price, next)) in prices.iter_mut().zip(next).enumerate() {
                if self.is_free[j] {
                    *price = next.max(self.floor[j]);
                }
            }
        }
        Equilibrium {
            prices: best.0,
            residual: best.1,
            evaluations,
        }
    }

    /// Returns the marginal costs at which `prices` are an equilibrium: `c = (1 - tau) p - m` with margins `m` that
    /// solve the first-order conditions, and zero margins for products that nobody buys. `None` if the conditions are
    /// singular.
    #[must_use]
    pub fn implied_costs(&self, demand: &ProductDemand, prices: &[f64]) -> Option<Vec<f64>> {
        let jacobian = demand.jacobian(prices);
        let shares = demand.shares(prices);
        let count = prices.len();
        // A product that nobody buys has no first-order condition; its margin does not matter.
        let is_sold = |j: usize| shares[j] > 1e-14;
        let weighted = DMatrix::from_fn(count, count, |j, k| {
            if is_sold(j) {
                jacobian[(j, k)] * self.kappa[(self.firm[j], self.firm[k])]
            } else {
                f64::from(u8::from(j == k))
            }
        });
        let right = DVector::from_fn(count, |j, _| {
            if is_sold(j) {
                -(1.0 - self.fee[j]) * shares[j]
            } else {
                0.0
            }
        });
        let margins = weighted.lu().solve(&right)?;
        Some(
            (0..count)
                .map(|j| (1.0 - self.fee[j]) * prices[j] - margins[j])
                .collect(),
        )
    }

    /// Returns the objective of a firm: its own profit plus its weights times the profits of others, per buyer.
    #[must_use]
    pub fn objective(&self, demand: &ProductDemand, prices: &[f64], firm: usize) -> f64 {
        let shares = demand.shares(prices);
        self.margins(prices)
            .iter()
            .zip(shares)
            .enumerate()
            .map(|(k, (margin, share))| self.kappa[(firm, self.firm[k])] * margin * share)
            .sum()
    }

    /// Returns the largest gain of any firm from multiplying one of its own prices by one of `factors`, relative to its
    /// objective; zero or less at an equilibrium.
    #[must_use]
    pub fn best_deviation(&self, demand: &ProductDemand, prices: &[f64], factors: &[f64]) -> f64 {
        let mut best = f64::NEG_INFINITY;
        for j in (0..prices.len()).filter(|j| self.is_free[*j]) {
            let firm = self.firm[j];
            let stay = self.objective(demand, prices, firm);
            for factor in factors {
                let mut moved = prices.to_vec();
                moved[j] = (moved[j] * factor).max(self.floor[j]);
                if moved[j] == prices[j] {
                    continue;
                }
                let gain = self.objective(demand, &moved, firm) - stay;
                best = best.max(gain / stay.abs().max(1e-12));
            }
        }
        best
    }

    /// Returns true if a second start, far above, leads to prices that differ from those of `found`.
    #[must_use]
    pub fn has_other_root(&self, demand: &ProductDemand, found: &Equilibrium) -> bool {
        let far: Vec<f64> = found
            .prices
            .iter()
            .zip(&self.is_free)
            .map(|(price, is_free)| if *is_free { price * 3.0 + 1e-9 } else { *price })
            .collect();
        let other = self.equilibrium(demand, &far);
        other.residual < RESIDUAL
            && found
                .prices
                .iter()
                .zip(&other.prices)
                .any(|(a, b)| (a - b).abs() > 1e-5 * (1.0 + a.abs()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_to_one_is_the_published_blend() {
        // Claude Opus 4.6 at 5 USD in and 25 USD out: 10.0 at 3:1.
        assert!((blended_price(5.0, 25.0, 0.75) - 10.0).abs() < 1e-12);
    }

    #[test]
    fn cost_plus_leaves_the_margin() {
        let price = cost_plus_price(0.55, 0.45);
        assert!(((price - 0.55) / price - 0.45).abs() < 1e-12);
    }

    #[test]
    fn lambert_w_inverts() {
        for w in [0.0_f64, 1e-6, 0.3, 1.0, 4.0, 30.0] {
            assert!((lambert_w(w * libm::exp(w)) - w).abs() < 1e-12 * (1.0 + w));
        }
    }

    #[test]
    fn full_collusion_equalises_markups_and_an_equilibrium_has_no_profitable_deviation() {
        let demand = ProductDemand {
            classes: vec![BuyerClass {
                weight: 1.0,
                sensitivity: 1.5,
                value: vec![4.0, 4.2, 3.5],
            }],
            nest: vec![0, 0, 1],
            rho: 0.4,
            has_outside: true,
        };
        let mut sellers = Sellers {
            firm: vec![0, 1, 2],
            kappa: DMatrix::identity(3, 3),
            fee: vec![0.0, 0.1, 0.0],
            cost: vec![1.0, 1.2, 0.9],
            is_free: vec![true; 3],
            floor: vec![f64::NEG_INFINITY; 3],
        };
        let found = sellers.equilibrium(&demand, &[2.0; 3]);
        assert!(found.residual < RESIDUAL, "{}", found.residual);
        let factors = [0.5, 0.8, 0.95, 0.99, 1.01, 1.05, 1.2, 2.0];
        assert!(sellers.best_deviation(&demand, &found.prices, &factors) < 0.0);
        assert!(!sellers.has_other_root(&demand, &found));
        let costs = sellers.implied_costs(&demand, &found.prices).unwrap();
        for (implied, cost) in costs.iter().zip(&sellers.cost) {
            assert!((implied - cost).abs() < 1e-8);
        }
        sellers.kappa = DMatrix::from_element(3, 3, 1.0);
        sellers.fee = vec![0.0; 3];
        let plain = ProductDemand { rho: 0.0, ..demand };
        let joint = sellers.equilibrium(&plain, &[2.0; 3]);
        let markups: Vec<f64> = joint
            .prices
            .iter()
            .zip(&sellers.cost)
            .map(|(p, c)| p - c)
            .collect();
        assert!((markups[0] - markups[1]).abs() < 1e-8 && (markups[0] - markups[2]).abs() < 1e-8);
    }
}
