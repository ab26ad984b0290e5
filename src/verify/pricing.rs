//! Cases of prices and mergers.

use nalgebra::DMatrix;

use super::case::Case;
use super::demand::{ProductDemand, monopoly_price};
use super::products::{classes, nests_of, one_class, own_nests};
use super::{Got, Topic};
use crate::economics::ownership::hhi;
use crate::economics::pricing::{Demand, Sellers, upward_pressure};
use crate::scenario::fault::Fault;

pub(super) fn topic(name: &str) -> Option<Topic> {
    Some(match name {
        "pricing/monopoly logit (closed form)" => monopoly,
        "pricing/Bertrand-Nash logit"
        | "pricing/partial ownership"
        | "pricing/full collusion limit"
        | "pricing/routing fee pass-through"
        | "pricing/Bertrand-Nash nested logit"
        | "pricing/Bertrand-Nash mixed logit (2 classes)" => equilibrium,
        "merger-simulation/logit elasticities" => observed_elasticities,
        "merger-simulation/invert costs then merge" => merger,
        "merger-simulation/beer, published data" => observed_merger,
        "merger-simulation/UPP, GUPPI, partial" => pressure,
        _ => return None,
    })
}

fn sellers(
    firm: Vec<usize>,
    kappa: Option<DMatrix<f64>>,
    fee: Vec<f64>,
    cost: Vec<f64>,
) -> Sellers {
    let (count, firms) = (cost.len(), firm.iter().max().map_or(0, |last| last + 1));
    Sellers {
        firm,
        kappa: kappa.unwrap_or_else(|| DMatrix::identity(firms, firms)),
        fee,
        cost,
        is_free: vec![true; count],
        floor: vec![f64::NEG_INFINITY; count],
    }
}

fn monopoly(case: &Case) -> Result<Got, Fault> {
    let cost = case.number("cost")?;
    let (price, share) = monopoly_price(case.number("delta")?, case.positive("alpha")?, cost);
    Ok(Got::default()
        .set("price", price)
        .set("share", share)
        .set("markup", price - cost))
}

/// Returns the firm of each product and the number of firms. Firms keep their numbers if all are numbered; named firms
/// are numbered in the order of their first appearance. Rows of kappa follow the same order.
fn firms(case: &Case, products: usize) -> Result<(Vec<usize>, usize), Fault> {
    let (firm, names) = case.labels("firm", products)?;
    let numbers: Option<Vec<usize>> = names.iter().map(|name| name.parse().ok()).collect();
    match numbers {
        Some(numbers) if numbers.iter().all(|number| *number < 1_000) => {
            let count = numbers.iter().max().map_or(0, |last| last + 1);
            Ok((
                firm.iter().map(|position| numbers[*position]).collect(),
                count,
            ))
        }
        _ => Ok((firm, names.len())),
    }
}

fn equilibrium(case: &Case) -> Result<Got, Fault> {
    let value = case.list("delta")?;
    let count = value.len();
    let rho = match case.optional("rho") {
        None => 0.0,
        Some(_) => case.number("rho")?,
    };
    case.check((0.0..1.0).contains(&rho), "rho", "must lie in [0, 1)")?;
    let nest = match case.optional("nest") {
        None => own_nests(count),
        Some(_) => nests_of(case, count)?,
    };
    let demand = if case.optional("alpha_class").is_some() {
        ProductDemand {
            classes: classes(case, &value)?,
            nest,
            rho,
            has_outside: true,
        }
    } else {
        one_class(value, case.positive("alpha")?, nest, rho, true)
    };
    let (firm, firms) = firms(case, count)?;
    let kappa = if case.optional("kappa").is_some() {
        // A firm that sells nothing may have a row as well.
        let rows = case.rows("kappa")?.len().max(firms);
        Some(case.matrix("kappa", (rows, rows))?)
    } else {
        None
    };
    let fee = match case.optional("tau") {
        None => vec![0.0; count],
        Some(_) => case.list_of("tau", count)?,
    };
    case.check(fee.iter().all(|tau| *tau < 1.0), "tau", "must be below one")?;
    let game = sellers(firm, kappa, fee, case.list_of("cost", count)?);
    let prices = game.equilibrium(&demand, &game.cost).prices;
    let shares = demand.shares(&prices);
    let profit: Vec<f64> = (0..count)
        .map(|j| ((1.0 - game.fee[j]) * prices[j] - game.cost[j]) * shares[j])
        .collect();
    Ok(Got::default()
        .set("outside_share", 1.0 - shares.iter().sum::<f64>())
        .set("price", prices)
        .set("share", shares)
        .set("operating_profit_per_consumer", profit))
}

/// Returns a demand without an outside good that has the observed shares at the observed prices, with those prices and
/// shares.
fn observed_demand(case: &Case) -> Result<(ProductDemand, Vec<f64>, Vec<f64>), Fault> {
    let prices = case.list("prices")?;
    let shares = case.list_of("shares", prices.len())?;
    let sensitivity = case.positive("alpha")?;
    case.check(
        shares.iter().all(|share| *share > 0.0),
        "shares",
        "must be above zero",
    )?;
    let value = shares
        .iter()
        .zip(&prices)
        .map(|(share, price)| libm::log(*share) + sensitivity * price)
        .collect();
    let demand = one_class(value, sensitivity, own_nests(prices.len()), 0.0, false);
    Ok((demand, prices, shares))
}

fn observed_elasticities(case: &Case) -> Result<Got, Fault> {
    let (demand, prices, shares) = observed_demand(case)?;
    let (_, labels) = case.labels("labels", prices.len())?;
    case.check(prices.len() > 1, "prices", "must name two products or more")?;
    let elasticities = demand.response(&prices).elasticities();
    let own: Vec<f64> = elasticities.diagonal().iter().copied().collect();
    // The two Miller brands have one owner.
    let is_pair = |label: &String| label.starts_with("MILLER");
    let pair: f64 = labels
        .iter()
        .zip(&shares)
        .filter(|(label, _)| is_pair(label))
        .map(|(_, share)| share)
        .sum();
    let owned: Vec<f64> = labels
        .iter()
        .zip(&shares)
        .filter(|(label, _)| !is_pair(label))
        .map(|(_, share)| *share)
        .chain([pair])
        .collect();
    Ok(Got::default()
        .set("own_elasticity", own)
        .set("cross_elasticity_wrt_BUD_price", elasticities[(1, 0)])
        .set(
            "diversion_BUD_to_OLDSTYLE",
            demand.response(&prices).diversion()[(0, 1)],
        )
        .set("HHI_pre_products_owned_MILLER_pair", hhi(&owned)))
}

/// Returns the costs at which `prices` are an equilibrium, and the prices after firms merge.
fn merged(
    case: &Case,
    demand: &ProductDemand,
    prices: &[f64],
    (before, after): (Vec<usize>, Vec<usize>),
) -> Result<(Vec<f64>, Vec<f64>), Fault> {
    let mut game = sellers(
        before,
        None,
        vec![0.0; prices.len()],
        vec![0.0; prices.len()],
    );
    game.cost = game.implied_costs(demand, prices).ok_or_else(|| {
        case.fault(
            "alpha",
            "makes the conditions singular",
            "give a price sensitivity at which shares respond",
        )
    })?;
    let firms = after.iter().max().map_or(0, |last| last + 1);
    game.firm = after;
    game.kappa = DMatrix::identity(firms, firms);
    Ok((game.cost.clone(), game.equilibrium(demand, prices).prices))
}

fn merger(case: &Case) -> Result<Got, Fault> {
    let value = case.list("delta")?;
    let prices = case.list_of("prices_pre", value.len())?;
    let merge = case.positions("merge", value.len())?;
    let demand = one_class(
        value,
        case.positive("alpha")?,
        own_nests(prices.len()),
        0.0,
        true,
    );
    let before = own_nests(prices.len());
    let after = before
        .iter()
        .map(|firm| {
            if merge.contains(firm) {
                merge[0]
            } else {
                *firm
            }
        })
        .collect();
    let (costs, post) = merged(case, &demand, &prices, (before, after))?;
    Ok(Got::default()
        .set("marginal_cost", costs)
        .set("share_post", demand.shares(&post))
        .set("price_post", post))
}

fn observed_merger(case: &Case) -> Result<Got, Fault> {
    let (demand, prices, shares) = observed_demand(case)?;
    let (before, _) = case.labels("owner_pre", prices.len())?;
    let (after, _) = case.labels("owner_post", prices.len())?;
    let of_owners = |owner: &[usize], shares: &[f64]| {
        let mut sums = vec![0.0; shares.len()];
        for (owner, share) in owner.iter().zip(shares) {
            sums[*owner] += share;
        }
        hhi(&sums)
    };
    let (costs, post) = merged(case, &demand, &prices, (before.clone(), after.clone()))?;
    let change: Vec<f64> = post
        .iter()
        .zip(&prices)
        .map(|(after, before)| 100.0 * (after / before - 1.0))
        .collect();
    Ok(Got::default()
        .set("marginal_cost", costs)
        .set("price_change_pct", change)
        .set("HHI_pre", of_owners(&before, &shares))
        .set("HHI_post", of_owners(&after, &demand.shares(&post))))
}

fn pressure(case: &Case) -> Result<Got, Fault> {
    let (own, rival) = (case.number("s1")?, case.number("s2")?);
    case.check(
        own > 0.0 && rival > 0.0 && own + rival < 1.0,
        "s1",
        "and `s2` must be above zero and sum to less than one",
    )?;
    let (own_price, rival_price) = (case.positive("p1")?, case.positive("p2")?);
    // The pressure does not depend on the firm's own margin; the input is read and ignored.
    let _ = case.number("margin1")?;
    let value = [libm::log(own), libm::log(rival)];
    let shift = libm::log(1.0 - own - rival);
    let demand = one_class(
        value.iter().map(|v| v - shift).collect(),
        1.0,
        own_nests(2),
        0.0,
        true,
    );
    let diversion = demand.response(&[0.0, 0.0]).diversion()[(0, 1)];
    let (money, share) = upward_pressure(
        case.number("kappa12")?,
        diversion,
        own_price,
        rival_price,
        case.number("margin2")?,
    );
    Ok(Got::default()
        .set("D12", diversion)
        .set("UPP1", money)
        .set("GUPPI1", share))
}
