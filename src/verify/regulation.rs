//! Cases of platforms and regulation.

use serde_json::Value;

use super::case::Case;
use super::{Got, Topic};
use crate::base::time::Date;
use crate::economics::hazard::{
    cumulative_incidence, lawful_switching_charge, monthly_rate, survival, window_factor,
};
use crate::economics::steering::{steered, steering_gain};
use crate::scenario::fault::Fault;

pub(super) fn topic(name: &str) -> Option<Topic> {
    Some(match name {
        "platform/routing steering" => steering,
        "platform/steering incentive with equity stake" => incentive,
        "regulation/EU Data Act switching charges" => switching_charges,
        "regulation/event hazard" => hazard,
        "regulation/competing risks" => competing,
        "regulation/piecewise hazard" => piecewise,
        _ => return None,
    })
}

fn steering(case: &Case) -> Result<Got, Fault> {
    let utilities = case.list("V")?;
    let own = case.count("own")?;
    case.check(
        own < utilities.len(),
        "own",
        "must be the position of a utility, counted from zero",
    )?;
    let mut bias = vec![0.0; utilities.len()];
    bias[own] = case.number("bias")?;
    let seen = steered(&utilities, &bias, case.number("phi")?);
    Ok(Got::default()
        .set("own_share_gain", seen.all[own] - seen.neutral[own])
        .set("share_neutral", seen.neutral)
        .set("share_routed", seen.routed)
        .set("share", seen.all)
        .set("user_welfare_loss", seen.loss))
}

fn incentive(case: &Case) -> Result<Got, Fault> {
    let gain = steering_gain(
        case.number("m_own_net")?,
        case.number("tau")?,
        case.number("p_third")?,
        case.number("kappa")?,
        case.number("c_third")?,
    );
    Ok(Got::default().set("gain", gain).set("steer", gain > 0.0))
}

fn days(text: &str) -> Option<f64> {
    let mut parts = text.splitn(3, '-');
    let year = parts.next()?.parse().ok()?;
    let month = parts.next()?.parse().ok()?;
    let day = parts.next()?.parse().ok()?;
    let date = Date::new(year, month, day)?;
    Some(f64::from(i32::try_from(date.days_since_epoch()).ok()?))
}

fn switching_charges(case: &Case) -> Result<Got, Fault> {
    let wrong = || {
        case.fault(
            "rows",
            "must be rows of date, kind, list price and cost",
            "write [\"2027-01-12\", \"switch\", 9000.0, 2000.0], the kind `switch` or `parallel`",
        )
    };
    let day = |text: &str| days(text).expect("a date of the law");
    let mut charges = Vec::new();
    for row in case.input("rows")?.as_array().ok_or_else(wrong)? {
        let row = row
            .as_array()
            .filter(|row| row.len() == 4)
            .ok_or_else(wrong)?;
        let date = row[0].as_str().and_then(days).ok_or_else(wrong)?;
        let is_parallel = match row[1].as_str() {
            Some("parallel") => true,
            Some("switch") => false,
            _ => return Err(wrong()),
        };
        let number = |value: &Value| value.as_f64().ok_or_else(wrong);
        // Charges for a switch are capped from the day the act is in force, charges for parallel use from the day it
        // applies.
        let capped = if is_parallel {
            "2025-09-12"
        } else {
            "2024-01-11"
        };
        let law = (day(capped), day("2027-01-12"));
        charges.push(lawful_switching_charge(
            number(&row[2])?,
            number(&row[3])?,
            is_parallel,
            date,
            law,
        ));
    }
    Ok(Got::default().set("max_charge", charges))
}

fn hazard(case: &Case) -> Result<Got, Fault> {
    let annual = case.number("annual_prob")?;
    case.check(
        (0.0..1.0).contains(&annual),
        "annual_prob",
        "must lie in [0, 1)",
    )?;
    let rate = monthly_rate(annual);
    let hazard = cumulative_incidence(&[rate], 1.0)[0];
    let months = case.list("months")?;
    let left = |months: f64| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "months are few"
        )]
        let whole = months.max(0.0) as usize;
        survival(std::iter::repeat_n(hazard, whole))
    };
    let end = months.iter().copied().fold(0.0, f64::max);
    let happened = 1.0 - left(end);
    let (mut sum, mut month) = (0.0, 1.0);
    while month <= end {
        sum += month * (left(month - 1.0) - left(month));
        month += 1.0;
    }
    Ok(Got::default()
        .set("monthly_hazard", hazard)
        .set("monthly_rate", rate)
        .set(
            "survival",
            months
                .iter()
                .map(|month| left(*month))
                .collect::<Vec<f64>>(),
        )
        .set("prob_by_end", happened)
        .set("mean_event_month_given_event", sum / happened))
}

fn competing(case: &Case) -> Result<Got, Fault> {
    let parts = cumulative_incidence(&case.list("rates_per_month")?, case.number("t")?);
    Ok(Got::default()
        .set("none", 1.0 - parts.iter().sum::<f64>())
        .set("CIF", parts))
}

fn piecewise(case: &Case) -> Result<Got, Fault> {
    let windows: Vec<(f64, f64, f64)> = case
        .rows("breaks")?
        .into_iter()
        .map(|row| match row[..] {
            [from, until, hazard] => Ok((from, until, hazard)),
            _ => Err(case.fault(
                "breaks",
                "must be rows of from, until and hazard",
                "write [1, 13, 0.05]",
            )),
        })
        .collect::<Result<_, Fault>>()?;
    let months = u32::try_from(case.count("months")?).expect("at most a million");
    let hazard = |month: u32| {
        let month = f64::from(month);
        let is_inside = windows
            .iter()
            .any(|(from, until, _)| (*from..*until).contains(&month));
        if is_inside {
            window_factor(&windows, month)
        } else {
            0.0
        }
    };
    let left = |month: u32| survival((1..=month).map(hazard));
    let median = (1..=months).find(|month| left(*month) <= 0.5);
    Ok(Got::default()
        .set("S_end", left(months))
        .set("S_12", left(12))
        .set("median_month", median))
}
