//! Cases of discrete choice and welfare.

use serde_json::{Value, json};

use super::case::Case;
use super::demand::ProductDemand;
use super::products::{classes, nests_of, one_class, own_nests};
use super::{Got, Topic, rows};
use crate::economics::choice::{Nests, logit_shares, logsum};
use crate::economics::pricing::Demand;
use crate::scenario::fault::Fault;

pub(super) fn topic(name: &str) -> Option<Topic> {
    Some(match name {
        "discrete-choice/MNL" => logit,
        "discrete-choice/elasticities" => elasticities,
        "discrete-choice/nested logit" | "discrete-choice/nested logit limit" => nested,
        "discrete-choice/mixed logit (latent class)" => latent_class,
        "welfare/Small-Rosen" => surplus_change,
        _ => return None,
    })
}

fn logit(case: &Case) -> Result<Got, Fault> {
    let mut utilities = case.list("V")?;
    let count = utilities.len();
    if case.boolean("outside_good_utility_zero")? {
        utilities.push(0.0);
    }
    let shares = logit_shares(&utilities);
    Ok(Got::default()
        .set("shares", &shares[..count])
        .set("outside_share", shares.get(count).copied().unwrap_or(0.0))
        .set("logsum", logsum(&utilities)))
}

/// Returns the inclusive value of nested utilities, with an outside good at utility zero in a nest of its own.
fn inclusive_value(utilities: &[f64], nest: &[usize], rho: f64) -> f64 {
    let small = |index: usize| u8::try_from(index).expect("checked: few nests");
    let mut nest_of: Vec<u8> = nest.iter().map(|nest| small(*nest)).collect();
    nest_of.push(nest.iter().max().map_or(0, |last| small(last + 1)));
    let nests = Nests::new(nest_of, rho);
    let weights: Vec<f64> = utilities
        .iter()
        .chain(&[0.0])
        .map(|v| libm::exp(nests.log_weight(*v)))
        .collect();
    nests.probabilities(&weights, &mut Vec::new())
}

/// Returns the inclusive value of a plain logit with an outside good at utility zero.
fn plain_value(utilities: &[f64]) -> f64 {
    inclusive_value(utilities, &vec![0; utilities.len()], 0.0)
}

fn utilities_at(values: &[f64], prices: &[f64], sensitivity: f64) -> Vec<f64> {
    values
        .iter()
        .zip(prices)
        .map(|(value, price)| value - sensitivity * price)
        .collect()
}

fn elasticities(case: &Case) -> Result<Got, Fault> {
    let value = case.list("delta")?;
    let prices = case.list_of("prices", value.len())?;
    let sensitivity = case.positive("alpha")?;
    // This input describes the other inputs in words, so it is read and ignored.
    let _ = case.optional("utility");
    let demand = one_class(
        value.clone(),
        sensitivity,
        own_nests(value.len()),
        0.0,
        true,
    );
    let diversion = demand.response(&prices).diversion();
    let outside: Vec<f64> = diversion.row_iter().map(|row| 1.0 - row.sum()).collect();
    Ok(Got::default()
        .set("shares", demand.shares(&prices))
        .set("elasticity", rows(&demand.response(&prices).elasticities()))
        .set("diversion", rows(&diversion))
        .set("diversion_outside", outside)
        .set(
            "consumer_surplus",
            plain_value(&utilities_at(&value, &prices, sensitivity)) / sensitivity,
        ))
}

fn nested(case: &Case) -> Result<Got, Fault> {
    let utilities = case.list("V")?;
    let nest = nests_of(case, utilities.len())?;
    let rho = case.number("rho")?;
    case.check((0.0..1.0).contains(&rho), "rho", "must lie in [0, 1)")?;
    // A sensitivity of one at prices of zero turns derivatives in prices into minus the derivatives in utilities.
    let demand = one_class(utilities.clone(), 1.0, nest.clone(), rho, true);
    let prices = vec![0.0; utilities.len()];
    let shares = demand.shares(&prices);
    let mut inclusive = serde_json::Map::new();
    for group in 0..=nest.iter().max().copied().unwrap_or(0) {
        let inside: Vec<f64> = utilities
            .iter()
            .zip(&nest)
            .filter(|(_, of)| **of == group)
            .map(|(v, _)| v / (1.0 - rho))
            .collect();
        inclusive.insert(group.to_string(), json!((1.0 - rho) * logsum(&inside)));
    }
    Ok(Got::default()
        .set("outside_share", 1.0 - shares.iter().sum::<f64>())
        .set("shares", shares)
        .set("IV", Value::Object(inclusive))
        .set("logsum", inclusive_value(&utilities, &nest, rho))
        .set("jacobian_ds_dV", rows(&-demand.jacobian(&prices))))
}

fn latent_class(case: &Case) -> Result<Got, Fault> {
    let value = case.list("delta")?;
    let prices = case.list_of("prices", value.len())?;
    let demand = ProductDemand {
        classes: classes(case, &value)?,
        nest: own_nests(value.len()),
        rho: 0.0,
        has_outside: true,
    };
    let elasticities = demand.response(&prices).elasticities();
    let own: Vec<f64> = elasticities.diagonal().iter().copied().collect();
    let total: f64 = demand.classes.iter().map(|class| class.weight).sum();
    let surplus: f64 = demand
        .classes
        .iter()
        .map(|class| {
            let value = plain_value(&utilities_at(&value, &prices, class.sensitivity));
            class.weight / total * value / class.sensitivity
        })
        .sum();
    Ok(Got::default()
        .set("shares", demand.shares(&prices))
        .set("own_elasticity", own)
        .set("cross_elasticity", rows(&elasticities))
        .set("mean_CS", surplus))
}

fn surplus_change(case: &Case) -> Result<Got, Fault> {
    let value = case.list("delta")?;
    let sensitivity = case.positive("alpha")?;
    let at = |key: &str| -> Result<f64, Fault> {
        let prices = case.list_of(key, value.len())?;
        Ok(plain_value(&utilities_at(&value, &prices, sensitivity)))
    };
    Ok(Got::default().set("delta_CS", (at("p1")? - at("p0")?) / sensitivity))
}
