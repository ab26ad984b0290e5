//! Demand for products as cases state it: nests, and classes of buyers.

use super::case::Case;
use super::demand::{BuyerClass, ProductDemand};
use crate::scenario::fault::Fault;

/// Returns nests with one product each.
pub(super) fn own_nests(count: usize) -> Vec<usize> {
    (0..count).collect()
}

/// Returns the demand of a single class of identical buyers.
pub(super) fn one_class(
    value: Vec<f64>,
    sensitivity: f64,
    nest: Vec<usize>,
    rho: f64,
    has_outside: bool,
) -> ProductDemand {
    ProductDemand {
        classes: vec![BuyerClass {
            weight: 1.0,
            sensitivity,
            value,
        }],
        nest,
        rho,
        has_outside,
    }
}

/// Returns the nest of each product of a case. Nests are numbers or names, at most 30 of them.
pub(super) fn nests_of(case: &Case, length: usize) -> Result<Vec<usize>, Fault> {
    let (nest, names) = case.labels("nest", length)?;
    case.check(names.len() <= 30, "nest", "must name at most 30 nests")?;
    // Numbered nests keep their numbers, so that inclusive values can be told apart.
    let as_numbers: Option<Vec<usize>> = names.iter().map(|name| name.parse().ok()).collect();
    Ok(match as_numbers {
        Some(numbers) if numbers.iter().all(|number| *number <= 30) => {
            nest.iter().map(|position| numbers[*position]).collect()
        }
        _ => nest,
    })
}

/// Returns the classes of buyers of a case, each with a sensitivity and a weight.
pub(super) fn classes(case: &Case, value: &[f64]) -> Result<Vec<BuyerClass>, Fault> {
    let sensitivities = case.list("alpha_class")?;
    let weights = case.list_of("weights", sensitivities.len())?;
    case.check(
        weights.iter().all(|weight| *weight >= 0.0) && weights.iter().sum::<f64>() > 0.0,
        "weights",
        "must not be negative or all zero",
    )?;
    Ok(sensitivities
        .into_iter()
        .zip(weights)
        .map(|(sensitivity, weight)| BuyerClass {
            weight,
            sensitivity,
            value: value.to_vec(),
        })
        .collect())
}
