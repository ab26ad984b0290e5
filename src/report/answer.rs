//! The answer of a run in one table, for the terminal.

use std::fmt::Write as _;

use super::summary::{Line, series};
use crate::economics::switching::Move;
use crate::scenario::Scenario;
use crate::stats::Summary;

const STREAMS: [(&str, &str); 8] = [
    ("serving_compute_usd", "serving compute"),
    ("training_compute_usd", "training compute"),
    ("first_party_usd", "first-party models"),
    ("resale_usd", "resale, channel share"),
    ("open_hosting_usd", "open-weight hosting"),
    ("routing_fee_usd", "routing fees"),
    ("take_or_pay_usd", "take-or-pay"),
    ("ai_revenue_usd", "all AI revenue"),
];

/// The table of the answer: each cloud's revenue by stream, switching cost by move, routed share, at months 12,
/// 24 and 36 or, in a shorter run, at its end.
#[must_use]
pub fn answer(scenario: &Scenario, summary: &[Line], replications: usize) -> String {
    let months = usize::try_from(scenario.months.0).unwrap_or(1);
    let mut at: Vec<usize> = [12, 24, 36]
        .into_iter()
        .filter(|month| *month <= months)
        .collect();
    if at.is_empty() {
        at.push(months);
    }
    let mut out = String::new();
    let _ = writeln!(out, "{}: {}", scenario.name.text, scenario.title.text);
    let _ = writeln!(out, "median (5 to 95 %) of {replications} replications\n");
    let _ = write!(out, "{:<38}", "USD billion a month");
    for month in &at {
        let _ = write!(out, "{:>26}", format!("month {month}"));
    }
    out.push('\n');
    for cloud in &scenario.cloud {
        for (measure, name) in STREAMS {
            let values = series(summary, "clouds", &cloud.name.text, measure);
            let is_total = measure == "ai_revenue_usd";
            if is_total || values.iter().any(|s| s.quantiles[4] > 5e6) {
                row(
                    &mut out,
                    &at,
                    &format!("{:<14}{name}", cloud.title.text),
                    &values,
                    1e-9,
                    2,
                );
            }
        }
    }
    let market = |measure| series(summary, "market", "market", measure);
    row(
        &mut out,
        &at,
        "Enterprise spend on tokens",
        &market("spend_usd"),
        1e-9,
        1,
    );
    out.push_str("\nMonths of spend to leave, by move\n");
    for kind in Move::ALL {
        let name = match kind {
            Move::Model => "another model, same cloud",
            Move::Router => "another router",
            Move::Cloud => "another cloud",
            Move::SelfHost => "self-hosting",
        };
        row(
            &mut out,
            &at,
            name,
            &series(summary, "switching", kind.name(), "months_of_spend"),
            1.0,
            1,
        );
    }
    row(
        &mut out,
        &at,
        "Routed share of spend, %",
        &market("routed_share"),
        100.0,
        1,
    );
    row(
        &mut out,
        &at,
        "Unserved share of tokens, %",
        &market("unserved_share"),
        100.0,
        1,
    );
    row(
        &mut out,
        &at,
        "Circular share of AI revenue, %",
        &market("circular_share"),
        100.0,
        1,
    );
    out
}

/// One line: a name and, for each month asked for, the median with its band.
fn row(out: &mut String, at: &[usize], name: &str, values: &[&Summary], scale: f64, digits: usize) {
    let _ = write!(out, "{name:<38}");
    for month in at {
        let cell = values.get(month - 1).map_or_else(String::new, |s| {
            let [p05, _, p50, _, p95] = s.quantiles.map(|q| q * scale);
            format!("{p50:.digits$} ({p05:.digits$} to {p95:.digits$})")
        });
        let _ = write!(out, "{cell:>26}");
    }
    out.push('\n');
}
