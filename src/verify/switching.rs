//! Cases of switching costs and diffusion.

use super::case::Case;
use super::{Got, Topic, rows};
use crate::economics::diffusion::{bass_share, bass_time};
use crate::economics::revealed::{
    ever_leaving, foregone_savings, incumbency, periods_of_spend, stationary_shares,
    symmetric_loyalty, transitions, undercut_proof_costs,
};
use crate::scenario::fault::Fault;

pub(super) fn topic(name: &str) -> Option<Topic> {
    Some(match name {
        "switching costs/Shy 2002" => undercut_proof,
        "switching costs/state-dependent logit" => state_dependence,
        "switching costs/calibration to an observed switching rate" => loyalty,
        "switching costs/dynamic duopoly with customer recognition (Cabral-type)" => duopoly,
        "switching costs/expressed in months of spend" => months,
        "switching costs/foregone savings" => foregone,
        "diffusion/Bass 1969" => bass,
        _ => return None,
    })
}

fn undercut_proof(case: &Case) -> Result<Got, Fault> {
    let prices = case.list("prices")?;
    let buyers = case.list_of("subscribers", prices.len())?;
    let costs = undercut_proof_costs(&prices, &buyers);
    let over: Vec<f64> = costs
        .iter()
        .zip(&prices)
        .map(|(cost, price)| cost / price)
        .collect();
    Ok(Got::default().set("S", costs).set("S_over_price", over))
}

fn state_dependence(case: &Case) -> Result<Got, Fault> {
    let values = case.list("V")?;
    let loyalty = case.number("gamma")?;
    let chances = transitions(&values, loyalty);
    let shares = stationary_shares(&values, loyalty);
    let stays: Vec<f64> = chances.diagonal().iter().copied().collect();
    Ok(Got::default()
        .set("transition", rows(&chances))
        .set("dollar_switching_cost", loyalty / case.positive("alpha")?)
        .set("churn_per_period", ever_leaving(&stays, &shares, 1.0))
        .set(
            "annual_any_switch",
            ever_leaving(&stays, &shares, case.positive("choices_per_year")?),
        )
        .set("stationary", shares))
}

fn loyalty(case: &Case) -> Result<Got, Fault> {
    let yearly = case.number("annual_switch_rate")?;
    case.check(
        yearly > 0.0 && yearly < 1.0,
        "annual_switch_rate",
        "must lie between zero and one",
    )?;
    let providers = case.number("J")?;
    case.check(providers >= 2.0, "J", "must be two providers or more")?;
    let (hazard, gamma) = symmetric_loyalty(providers, yearly, case.positive("choices_per_year")?);
    Ok(Got::default()
        .set("per_period_hazard", hazard)
        .set("gamma", gamma)
        .set(
            "dollar_switching_cost",
            gamma / case.positive("alpha_per_dollar_per_period")?,
        ))
}

fn duopoly(case: &Case) -> Result<Got, Fault> {
    let (alpha, cost, discount) = (
        case.positive("alpha")?,
        case.number("c")?,
        case.number("delta")?,
    );
    let found = incumbency(case.number("sigma")?, alpha, cost, discount);
    let free = incumbency(0.0, alpha, cost, discount);
    Ok(Got::default()
        .set("X", found.stays)
        .set("value_of_incumbency", found.value)
        .set("p", found.insider)
        .set("q", found.outsider)
        .set("avg_price", found.mean)
        .set("avg_price_no_switching_cost", free.mean)
        .set("avg_change_pct", 100.0 * (found.mean / free.mean - 1.0)))
}

fn months(case: &Case) -> Result<Got, Fault> {
    let share = case.number("share")?;
    case.check((0.0..1.0).contains(&share), "share", "must lie in [0, 1)")?;
    let periods = periods_of_spend(
        case.number("gamma")?,
        share,
        case.positive("own_elasticity_abs")?,
    );
    Ok(Got::default().set("periods_of_spend", periods))
}

fn foregone(case: &Case) -> Result<Got, Fault> {
    let prices = case.list("prices")?;
    let quantities = case.list("quantity")?;
    let providers = case.positions("incumbent", prices.len())?;
    case.check(
        providers.len() == quantities.len(),
        "incumbent",
        "must have as many entries as `quantity`",
    )?;
    let stays: Vec<bool> = case
        .list_of("stayed", quantities.len())?
        .into_iter()
        .map(|stayed| stayed != 0.0)
        .collect();
    let found = foregone_savings(&prices, &quantities, &providers, &stays);
    Ok(Got::default()
        .set("per_enterprise", found.by_buyer)
        .set("mean_over_stayers", found.mean)
        .set("share_of_stayer_spend", found.share))
}

fn bass(case: &Case) -> Result<Got, Fault> {
    let (p, q, m) = (case.positive("p")?, case.positive("q")?, case.number("m")?);
    let shares: Vec<f64> = case
        .list("t")?
        .into_iter()
        .map(|t| bass_share(p, q, t))
        .collect();
    // The rate (p + q F)(1 - F) peaks at F = 1/2 - p / (2q).
    let at_peak = 0.5 - p / (2.0 * q);
    let peak = bass_time(p, q, at_peak);
    let reached = if peak > 0.0 {
        bass_share(p, q, peak)
    } else {
        at_peak
    };
    Ok(Got::default()
        .set("F", shares)
        .set("T_star", peak)
        .set("peak_rate", m * (p + q * reached) * (1.0 - reached))
        .set("F_at_peak", reached))
}
