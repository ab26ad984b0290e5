//! Cases of concentration, cross-holdings and circular financing.

use nalgebra::{DMatrix, DVector};
use serde_json::Value;

use super::case::Case;
use super::{Got, Topic, rows};
use crate::economics::ownership::{
    cascade, chain, circularity, hhi, market_values, merger_presumption, modified_hhi,
    outside_shares, profit_weights,
};
use crate::scenario::fault::Fault;

pub(super) fn topic(name: &str) -> Option<Topic> {
    Some(match name {
        "concentration/HHI and 2023 presumption" => presumption,
        "concentration/MHHI delta, O'Brien-Salop taxonomy" => taxonomy,
        "concentration/MHHI with common owners" => common_owners,
        "cross-holdings/market value (published example)" | "cross-holdings/market value" => values,
        "cross-holdings/failure cascade" => failures,
        "cross-holdings/integrated ownership (pyramid)" => pyramid,
        "circular financing/identities" => circular,
        _ => return None,
    })
}

/// Returns the HHI of shares that need not sum to one: the rest belongs to a fringe of negligible firms.
fn index(shares: &[f64]) -> f64 {
    let total: f64 = shares.iter().sum();
    hhi(shares) * total * total
}

fn presumption(case: &Case) -> Result<Got, Fault> {
    let shares = case.list("shares")?;
    let merge = case.positions("merge", shares.len())?;
    case.check(
        merge.len() == 2 && merge[0] != merge[1],
        "merge",
        "must name two firms",
    )?;
    let (added, is_presumed) = merger_presumption(&shares, merge[0], merge[1]);
    Ok(Got::default()
        .set("HHI_pre", index(&shares))
        .set("HHI_post", index(&shares) + added)
        .set("delta", added)
        .set("merged_share", shares[merge[0]] + shares[merge[1]])
        .set("structural_presumption", is_presumed))
}

fn taxonomy(case: &Case) -> Result<Got, Fault> {
    let (si, sj) = (case.number("s_i")?, case.number("s_j")?);
    let beta = case.positive("beta")?;
    case.check(beta <= 1.0, "beta", "must be a stake, at most one")?;
    let shares = [si, sj, (1.0 - si - sj).max(0.0)];
    let total: f64 = shares.iter().sum();
    // Investors are the owner of i, who has a stake in j; the other owners of j; and the owner of the rest.
    let held =
        DMatrix::from_row_slice(3, 3, &[1.0, beta, 0.0, 0.0, 1.0 - beta, 0.0, 0.0, 0.0, 1.0]);
    let added = |control: [f64; 9]| {
        let control = DMatrix::from_row_slice(3, 3, &control);
        (modified_hhi(&profit_weights(&control, &held), &shares) - hhi(&shares)) * total * total
    };
    Ok(Got::default()
        .set(
            "silent",
            added([1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]),
        )
        .set(
            "total_control",
            added([1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]),
        )
        .set(
            "proportional",
            added([1.0, beta, 0.0, 0.0, 1.0 - beta, 0.0, 0.0, 0.0, 1.0]),
        )
        .set("coasian_joint_control", merger_presumption(&shares, 0, 1).0))
}

fn common_owners(case: &Case) -> Result<Got, Fault> {
    let shares = case.list("shares")?;
    let investors = case.rows("beta")?.len();
    let shape = (investors, shares.len());
    let kappa = profit_weights(&case.matrix("gamma", shape)?, &case.matrix("beta", shape)?);
    let total: f64 = shares.iter().sum();
    let modified = modified_hhi(&kappa, &shares) * total * total;
    Ok(Got::default()
        .set("kappa", rows(&kappa))
        .set("HHI", index(&shares))
        .set("MHHI", modified)
        .set("MHHI_delta", modified - index(&shares)))
}

/// Returns direct holdings and their full chain `(I - C)^-1`; holdings whose chain has no end are a fault.
fn holdings(case: &Case, key: &str) -> Result<(DMatrix<f64>, DMatrix<f64>), Fault> {
    let count = case.rows(key)?.len();
    let direct = case.matrix(key, (count, count))?;
    let no_end = || {
        case.fault(
            key,
            "has chains of holdings without an end",
            "let no group own all of itself",
        )
    };
    let whole = chain(&direct).ok_or_else(no_end)?;
    Ok((direct, whole))
}

fn assets(case: &Case, firms: usize) -> Result<DVector<f64>, Fault> {
    let prices = case.list("p")?;
    if case.optional("D").and_then(Value::as_str) == Some("identity") {
        case.check(
            prices.len() == firms,
            "p",
            &format!("must have {firms} numbers, as many as firms"),
        )?;
        return Ok(DVector::from_vec(prices));
    }
    Ok(case.matrix("D", (firms, prices.len()))? * DVector::from_vec(prices))
}

fn values(case: &Case) -> Result<Got, Fault> {
    let (direct, whole) = holdings(case, "C")?;
    let assets = assets(case, direct.nrows())?;
    let (book, market) = market_values(&direct, &assets).ok_or_else(|| {
        case.fault(
            "C",
            "has chains of holdings without an end",
            "let no group own all of itself",
        )
    })?;
    let looked = DMatrix::from_diagonal(&outside_shares(&direct)) * whole;
    Ok(Got::default()
        .set("A", rows(&looked))
        .set("V", book.as_slice())
        .set("v", market.as_slice())
        .set("sum_V", book.sum())
        .set("sum_v", market.sum())
        .set("inflation_ratio", book.sum() / market.sum()))
}

fn failures(case: &Case) -> Result<Got, Fault> {
    let (direct, _) = holdings(case, "C")?;
    let firms = direct.nrows();
    let found = cascade(
        &direct,
        &assets(case, firms)?,
        &case.list_of("theta", firms)?,
        &case.list_of("beta", firms)?,
    );
    let (waves, market) = found.ok_or_else(|| {
        case.fault(
            "C",
            "has chains of holdings without an end",
            "let no group own all of itself",
        )
    })?;
    let mut failed: Vec<usize> = waves.iter().flatten().copied().collect();
    failed.sort_unstable();
    Ok(Got::default()
        .set("waves", waves)
        .set("failed", failed)
        .set("v_final", market.as_slice()))
}

fn pyramid(case: &Case) -> Result<Got, Fault> {
    let (direct, whole) = holdings(case, "A")?;
    let stakes = DVector::from_vec(case.list_of("d", direct.nrows())?);
    Ok(Got::default().set("y", (stakes.transpose() * whole).transpose().as_slice()))
}

fn circular(case: &Case) -> Result<Got, Fault> {
    let (invested, margin) = (case.number("investment")?, case.number("gross_margin")?);
    let back = invested * case.number("spend_back_fraction")?;
    let gross = case.number("external_revenue")? + back;
    let seen = circularity(
        gross,
        back,
        back * case.number("lookthrough_stake")?,
        invested,
        margin,
    );
    Ok(Got::default()
        .set("spend_back", back)
        .set("gross_revenue", gross)
        .set("circularity", seen.share)
        .set("lookthrough_revenue", seen.look_through)
        .set("net_cash", seen.cash)
        .set("cash_cost_per_revenue", -seen.cash / back))
}
