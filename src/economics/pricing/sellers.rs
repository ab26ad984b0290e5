//! Sellers of products: Bertrand-Nash prices, the costs that observed prices imply, and tests of an equilibrium.

use nalgebra::{DMatrix, DVector};

use super::demand::Demand;
use crate::base::root::Mixing;

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
    fn step(&self, demand: &impl Demand, prices: &[f64]) -> (Vec<f64>, f64) {
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
    pub fn equilibrium(&self, demand: &impl Demand, start: &[f64]) -> Equilibrium {
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
    pub fn implied_costs(&self, demand: &impl Demand, prices: &[f64]) -> Option<Vec<f64>> {
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
    pub fn objective(&self, demand: &impl Demand, prices: &[f64], firm: usize) -> f64 {
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
    pub fn best_deviation(&self, demand: &impl Demand, prices: &[f64], factors: &[f64]) -> f64 {
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
    pub fn has_other_root(&self, demand: &impl Demand, found: &Equilibrium) -> bool {
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
