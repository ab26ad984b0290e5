//! Uncertain inputs of a scenario: the numbers with a distribution, and their values in a replication.

use crate::base::distributions::normal_quantile;
use crate::scenario::Loaded;
use crate::scenario::quantity::{Class, Draws, Shape, quantity_key, shape_of};
use crate::scenario::tree::leaves;
use crate::stats::intervals::correlation;

/// An uncertain number of a scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// Path in the scenario.
    pub path: String,
    /// Class: measured, estimated or assumed.
    pub class: Class,
    /// Distribution.
    pub shape: Shape,
    /// Key of its random stream.
    pub key: u64,
}

impl Input {
    /// The value in a replication, before it is clamped to the range of its unit.
    #[must_use]
    pub fn value(&self, draws: &Draws) -> f64 {
        self.shape.quantile(draws.probability(self.key, self.class))
    }
}

/// All uncertain inputs of a scenario, in order.
#[must_use]
pub fn uncertain(loaded: &Loaded) -> Vec<Input> {
    leaves(&loaded.tree)
        .into_iter()
        .filter_map(|(path, node)| {
            let (shape, class) = shape_of(node)?;
            let is_drawn = !matches!(shape, Shape::Fixed(_));
            is_drawn.then(|| Input {
                key: quantity_key(&path),
                path,
                class,
                shape,
            })
        })
        .collect()
}

/// Inputs and their correlations with an outcome, the strongest first; `scores` are probabilities by replication and input,
/// which count as normal scores.
#[must_use]
pub fn strongest(scores: &[Vec<f64>], outcome: &[f64]) -> Vec<(usize, f64)> {
    let count = scores.first().map_or(0, Vec::len);
    let mut found: Vec<(usize, f64)> = (0..count)
        .map(|at| {
            let column: Vec<f64> = scores.iter().map(|row| normal_quantile(row[at])).collect();
            (at, correlation(&column, outcome))
        })
        .collect();
    found.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Request, load};
    use crate::simulation::Simulation;

    #[test]
    fn inputs_are_what_the_market_draws() {
        let loaded = load(&Request::default()).unwrap();
        let inputs = uncertain(&loaded);
        assert!(inputs.len() > 50, "{}", inputs.len());
        let simulation = Simulation::of(&loaded);
        let draws = simulation.draws(3);
        let spend = inputs
            .iter()
            .find(|i| i.path == "demand.enterprise_spend")
            .unwrap();
        let expected = loaded.scenario.demand.enterprise_spend.draw(&draws);
        assert_eq!(spend.value(&draws).to_bits(), expected.to_bits());
    }
}
