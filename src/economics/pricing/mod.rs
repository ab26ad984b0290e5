//! Prices: blended token prices, cost-plus rules, and Bertrand-Nash equilibria under any demand with known slopes.
//!
//! A seller of differentiated products sets its prices so that no change of one of them raises its objective:
//! `(1 - tau_j) s_j + sum_k kappa[f(j)][f(k)] ((1 - tau_k) p_k - c_k) ds_k/dp_j = 0`. Here `tau` is the share of the
//! price that others take, `c` the marginal cost and `kappa` the weight that one firm puts on another's profit. Prices
//! are solved by the fixed point of Morrow and Skerlos (2011), accelerated by Anderson mixing
//! (`base::root::Mixing`).

mod demand;
mod observed;
mod sellers;

pub use demand::{Demand, Response, Slopes};
pub use observed::{ObservedClass, ObservedDemand, RaisedDemand};
pub use sellers::{Equilibrium, RESIDUAL, Sellers};

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

/// Returns the price of a single logit seller of utility `delta - sensitivity ln p` against an outside good of utility
/// zero: the solution of `(p - c) / p = 1 / (sensitivity (1 - s))`, at most `most`. The price is `most` if demand is
/// inelastic up to there.
///
/// Equation 34 of `docs/model.md`.
#[must_use]
pub fn elastic_monopoly_price(delta: f64, sensitivity: f64, cost: f64, most: f64) -> f64 {
    // The gain from a higher price: positive below the solution and negative above it.
    let gain = |price: f64| {
        let odds = libm::exp(delta - sensitivity * libm::log(price));
        let elasticity = sensitivity / (1.0 + odds);
        1.0 - elasticity * (price - cost) / price
    };
    if gain(most) >= 0.0 {
        return most;
    }
    let (mut low, mut high) = (cost, most);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if gain(middle) > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
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

#[cfg(test)]
mod tests {
    use nalgebra::DMatrix;

    use super::*;
    use crate::verify::demand::{BuyerClass, ProductDemand};

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
    fn a_single_seller_takes_the_margin_that_its_elasticity_allows() {
        for (delta, sensitivity, cost) in [(0.0, 2.0, 1.0), (3.0, 4.0, 0.5), (-2.0, 1.3, 2.0)] {
            let price = elastic_monopoly_price(delta, sensitivity, cost, 1e6);
            let share = 1.0 / (1.0 + libm::exp(sensitivity * libm::log(price) - delta));
            let margin = (price - cost) / price;
            assert!(
                (margin * sensitivity * (1.0 - share) - 1.0).abs() < 1e-9,
                "{price}"
            );
        }
        // Inelastic demand has no best price below the limit.
        assert_eq!(
            elastic_monopoly_price(0.0, 0.8, 1.0, 20.0).to_bits(),
            20.0_f64.to_bits()
        );
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
