//! Demand as sellers observe it: quantities at present prices, and how far they respond.

use super::demand::{Demand, Slopes};
use crate::base::elementary::{add_scaled, quick_exp, quick_log};

/// Demand that gives the observed quantities at the observed prices (Berry 1994) and responds to other prices.
///
/// Utility is linear in the logarithm of price, so that elasticities do not vanish as prices fall. Inside a nest, shares
/// move as in a fresh choice by everybody. Between nests, the share `response` of the move of a fresh choice takes
/// place: some buyers do not look, and some stay because moving costs too much. The quantity of a class follows its
/// price index.
#[derive(Clone, Debug)]
pub struct ObservedDemand {
    /// Classes of buyers.
    pub classes: Vec<ObservedClass>,
    /// Nest of each product.
    pub nest: Vec<usize>,
    /// Response of each nest, from 0 (captive buyers) to 1 (a fresh choice).
    pub response: Vec<f64>,
    /// Observed prices.
    pub prices: Vec<f64>,
}

/// Class of buyers with observed quantities.
#[derive(Clone, Debug)]
pub struct ObservedClass {
    /// Price sensitivity: utility lost per unit of the logarithm of price.
    pub sensitivity: f64,
    /// Observed quantity by product.
    pub quantity: Vec<f64>,
    /// Elasticity of the class's quantity to each price: the elasticity of usage times the weight in the price index.
    pub usage: Vec<f64>,
}

impl ObservedClass {
    /// Returns the quantity by product at prices whose logarithms exceed the observed ones by `rise`, and the quantity
    /// of each product's nest.
    fn quantities(&self, demand: &ObservedDemand, rise: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let nest = &demand.nest;
        let mut observed = vec![0.0; demand.response.len()];
        let mut weights = vec![0.0; demand.response.len()];
        let mut quantity = self.quantity.clone();
        for ((quantity, nest), rise) in quantity.iter_mut().zip(nest).zip(rise) {
            observed[*nest] += *quantity;
            *quantity *= quick_exp(-self.sensitivity * rise);
            weights[*nest] += *quantity;
        }
        let all: f64 = observed.iter().sum();
        let usage: f64 = self
            .usage
            .iter()
            .zip(rise)
            .map(|(usage, rise)| usage * rise)
            .sum();
        let mut total = 0.0;
        for ((weight, observed), response) in
            weights.iter_mut().zip(&observed).zip(&demand.response)
        {
            // The nest's attraction, over the sum of its members' weights.
            let moved = quick_exp(response * quick_log((*weight / observed).max(1e-300)));
            let attraction = if *observed > 0.0 {
                observed * moved
            } else {
                0.0
            };
            total += attraction;
            *weight = if *weight > 0.0 {
                attraction / *weight
            } else {
                0.0
            };
        }
        let scale = if total > 0.0 {
            all * quick_exp(usage) / total
        } else {
            0.0
        };
        let mut of_nest = vec![0.0; demand.response.len()];
        for (quantity, nest) in quantity.iter_mut().zip(nest) {
            *quantity *= weights[*nest] * scale;
            of_nest[*nest] += *quantity;
        }
        (quantity, of_nest)
    }
}

impl Demand for ObservedDemand {
    fn slopes(&self, prices: &[f64]) -> Slopes {
        let count = self.nest.len();
        let rise: Vec<f64> = (prices.iter().zip(&self.prices))
            .map(|(price, observed)| quick_log(price / observed))
            .collect();
        let observed: f64 = self.classes.iter().flat_map(|class| &class.quantity).sum();
        let buyers = 1.0 / observed.max(1e-300);
        let mut slopes = Slopes {
            share: vec![0.0; count],
            lambda: vec![0.0; count],
            gamma: vec![0.0; count * count],
        };
        for class in &self.classes {
            let (quantity, of_nest) = class.quantities(self, &rise);
            let all: f64 = of_nest.iter().sum();
            if all <= 0.0 {
                continue;
            }
            for (j, price) in prices.iter().enumerate() {
                let response = self.response[self.nest[j]];
                let slope = class.sensitivity * quantity[j] * buyers / price;
                slopes.share[j] += quantity[j] * buyers;
                slopes.lambda[j] += slope;
                let row = &mut slopes.gamma[j * count..(j + 1) * count];
                let usage = class.usage[j] * buyers / price;
                add_scaled(row, &quantity, slope * response / all + usage);
                for (k, gamma) in row.iter_mut().enumerate() {
                    if self.nest[k] == self.nest[j] && of_nest[self.nest[k]] > 0.0 {
                        *gamma += slope * (1.0 - response) * quantity[k] / of_nest[self.nest[k]];
                    }
                }
            }
        }
        slopes
    }
}

/// Observed demand as it responds to a rise from present prices: buyers of a nest also look around more often when its
/// prices rise.
///
/// The elasticity `kink` of a nest is what a rise of all its prices adds to the response to a cut. What buyers notice
/// is the mean price of the nest, so that each of its prices adds an equal part, whichever product they use.
#[derive(Clone, Debug)]
pub struct RaisedDemand<'a> {
    demand: &'a ObservedDemand,
    kink: Vec<f64>,
    products: Vec<f64>,
}

impl<'a> RaisedDemand<'a> {
    /// Creates the demand from that at a cut, and the elasticity that a rise adds by nest, zero or above.
    #[must_use]
    pub fn new(demand: &'a ObservedDemand, kink: Vec<f64>) -> Self {
        let mut products = vec![0.0; kink.len()];
        for nest in &demand.nest {
            products[*nest] += 1.0;
        }
        Self {
            demand,
            kink,
            products,
        }
    }
}

impl Demand for RaisedDemand<'_> {
    fn slopes(&self, prices: &[f64]) -> Slopes {
        let mut slopes = self.demand.slopes(prices);
        let count = prices.len();
        for (j, (price, nest)) in prices.iter().zip(&self.demand.nest).enumerate() {
            let lost = self.kink[*nest] / self.products[*nest] / price;
            let row = &mut slopes.gamma[j * count..(j + 1) * count];
            for (k, gamma) in row.iter_mut().enumerate() {
                if self.demand.nest[k] == *nest {
                    *gamma -= lost * slopes.share[k];
                }
            }
        }
        slopes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::demand::{BuyerClass, ProductDemand};

    fn demand() -> ObservedDemand {
        ObservedDemand {
            classes: vec![
                ObservedClass {
                    sensitivity: 2.0,
                    quantity: vec![5.0, 3.0, 1.0, 0.0],
                    usage: vec![-0.4, -0.3, -0.2, 0.0],
                },
                ObservedClass {
                    sensitivity: 4.0,
                    quantity: vec![1.0, 0.0, 2.0, 6.0],
                    usage: vec![-0.1, 0.0, -0.5, -0.3],
                },
            ],
            nest: vec![0, 0, 1, 2],
            response: vec![0.5, 1.0, 0.2],
            prices: vec![4.0, 2.0, 3.0, 1.0],
        }
    }

    #[test]
    fn observed_prices_give_observed_quantities() {
        let demand = demand();
        let shares = demand.shares(&demand.prices);
        for (share, expected) in shares.iter().zip([6.0, 3.0, 3.0, 6.0]) {
            assert!((share - expected / 18.0).abs() < 1e-12, "{shares:?}");
        }
    }

    #[test]
    fn slopes_are_the_differences_of_quantities() {
        let demand = demand();
        let prices = [3.0, 2.5, 3.5, 0.8];
        let jacobian = demand.jacobian(&prices);
        for j in 0..prices.len() {
            let step = 1e-5 * prices[j];
            let (mut up, mut down) = (prices, prices);
            up[j] += step;
            down[j] -= step;
            let (up, down) = (demand.shares(&up), demand.shares(&down));
            for k in 0..prices.len() {
                let slope = (up[k] - down[k]) / (2.0 * step);
                assert!((slope - jacobian[(j, k)]).abs() < 1e-7, "{j} {k}");
            }
        }
    }

    #[test]
    fn slopes_are_those_of_the_verified_nested_logit() {
        let rho = 0.4;
        let product = ProductDemand {
            classes: vec![BuyerClass {
                weight: 1.0,
                sensitivity: 1.5,
                value: vec![4.0, 4.2, 3.5, 3.9],
            }],
            nest: vec![0, 0, 1, 2],
            rho,
            has_outside: false,
        };
        let prices = vec![2.0, 2.5, 1.0, 1.8];
        let observed = ObservedDemand {
            classes: vec![ObservedClass {
                sensitivity: 3.0,
                quantity: product.shares(&prices),
                usage: vec![0.0; 4],
            }],
            nest: product.nest.clone(),
            response: vec![1.0 - rho; 3],
            prices: prices.clone(),
        };
        let (expected, found) = (product.jacobian(&prices), observed.jacobian(&prices));
        for j in 0..4 {
            for k in 0..4 {
                // Slopes in utility: a nest's utility is stretched by 1 / (1 - rho) there and taken as it is here.
                let expected = expected[(j, k)] * (1.0 - rho) / 1.5;
                assert!(
                    (found[(j, k)] * prices[j] / 3.0 - expected).abs() < 1e-12,
                    "{j} {k}"
                );
            }
        }
    }

    #[test]
    fn a_rise_adds_its_kink_to_the_elasticity_of_the_nest_and_none_adds_nothing() {
        let demand = demand();
        let prices = demand.prices.clone();
        let cut = demand.response(&prices);
        let rise = RaisedDemand::new(&demand, vec![0.8, 0.0, 0.3]).response(&prices);
        for (nest, kink) in [(vec![0, 1], 0.8), (vec![2], 0.0), (vec![3], 0.3)] {
            let gap = cut.joint_elasticity(&nest) - rise.joint_elasticity(&nest);
            assert!((gap - kink).abs() < 1e-12, "{gap} {kink}");
        }
        let smooth = RaisedDemand::new(&demand, vec![0.0; 3]);
        assert_eq!(smooth.jacobian(&prices), demand.jacobian(&prices));
    }

    #[test]
    fn the_costs_between_which_a_price_is_optimal_are_those_of_the_lerner_rule_on_both_sides() {
        // One firm with one product: margin over price is one over the elasticity, -1.5 for a cut and -2 for a rise.
        let demand = ObservedDemand {
            classes: vec![ObservedClass {
                sensitivity: 0.0,
                quantity: vec![1.0],
                usage: vec![-1.5],
            }],
            nest: vec![0],
            response: vec![0.0],
            prices: vec![3.0],
        };
        let sellers = crate::economics::pricing::Sellers {
            firm: vec![0],
            kappa: nalgebra::DMatrix::identity(1, 1),
            fee: vec![0.0],
            cost: vec![0.0],
            is_free: vec![true],
            floor: vec![0.0],
        };
        let raised = RaisedDemand::new(&demand, vec![0.5]);
        let cut = sellers.implied_costs(&demand, &[3.0]).unwrap();
        let rise = sellers.implied_costs(&raised, &[3.0]).unwrap();
        assert!((cut[0] - 1.0).abs() < 1e-12 && (rise[0] - 1.5).abs() < 1e-12);
    }

    #[test]
    fn a_nest_without_response_keeps_its_share_and_loses_usage_only() {
        let mut demand = demand();
        demand.response = vec![0.0; 3];
        demand.classes.truncate(1);
        let mut prices = demand.prices.clone();
        prices[2] *= 2.0;
        let shares = demand.shares(&prices);
        assert!((shares[2] - libm::pow(2.0, -0.2) / 9.0).abs() < 1e-12);
    }
}
