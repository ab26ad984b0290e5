//! The page of verification: coverage of cases by topic, the engine against theory, sizes of window and population.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::engine::{Check, checks};
use super::{Outcome, Verdict};
use crate::ensemble;
use crate::scenario::{Request, load};
use crate::simulation::Simulation;
use crate::stats::Summary;

/// Page of verification, and the number of its checks that failed.
#[derive(Clone, Debug)]
pub struct Page {
    /// Text in Markdown.
    pub text: String,
    /// Number of checks that failed; cases are counted elsewhere.
    pub failed: usize,
}

/// Measures by which windows and populations are compared in the last month: table, entity, measure and title.
const HEADLINES: [(&str, &str, &str, &str); 6] = [
    (
        "clouds",
        "aws",
        "ai_revenue_usd",
        "AWS AI revenue, USD bn a month",
    ),
    (
        "clouds",
        "aws",
        "gross_profit_usd",
        "AWS gross profit, USD bn a month",
    ),
    (
        "labs",
        "anthropic",
        "usage_share",
        "Anthropic's share of enterprise spend, %",
    ),
    (
        "market",
        "market",
        "routed_share",
        "routed share of spend, %",
    ),
    (
        "market",
        "market",
        "months_to_leave_cloud",
        "months of spend to leave a cloud",
    ),
    (
        "market",
        "market",
        "model_switch_rate",
        "moves between labs, % a year",
    ),
];

const fn scale(table: &str, measure: &str) -> f64 {
    match (table.as_bytes()[0], measure.as_bytes()[measure.len() - 1]) {
        // Money is shown in billions, shares and rates in per cent.
        (b'c', _) => 1e-9,
        (_, b'e') => 100.0,
        _ => 1.0,
    }
}

const REPLICATIONS: u32 = 100;

/// Writes the page from the outcomes of cases.
///
/// # Errors
/// A run broke an invariant.
pub fn page(outcomes: &[Outcome]) -> Result<Page, String> {
    let mut text = String::from(HEAD);
    coverage(outcomes, &mut text);
    let found = checks();
    engine(&found, &mut text);
    let windows: Vec<(String, Vec<String>)> = [1, 2, 4]
        .into_iter()
        .map(|parts| {
            (
                format!("{} h", 24 / parts),
                vec![format!("run.windows_per_day={parts}")],
            )
        })
        .collect();
    text.push_str(WINDOWS);
    scaling("window", &windows, &mut text)?;
    let populations: Vec<(String, Vec<String>)> = [500, 1_000, 2_000, 4_000, 8_000]
        .into_iter()
        .map(|count| (format!("{count}"), vec![format!("run.enterprises={count}")]))
        .collect();
    text.push_str(POPULATIONS);
    scaling("enterprises", &populations, &mut text)?;
    Ok(Page {
        text,
        failed: found.iter().filter(|check| !check.holds()).count(),
    })
}

const HEAD: &str = "# Verification

Written by `tollway verify --page docs/verification.md`; do not edit by hand. The tests that run on every change are in `tests/`.

";

const WINDOWS: &str = "
## Lookahead windows

Inside a window enterprises see the view of the market published at its start. Means of the last month of the baseline over 100
replications, with half the width of their 95 % intervals; halving the window should move no mean by more than that.

";

const POPULATIONS: &str = "
## Size of the population

Means of the last month by number of simulated enterprises. With fewer of them each stands for more, which adds noise but no bias.

";

fn coverage(outcomes: &[Outcome], text: &mut String) {
    let mut by_topic: BTreeMap<&str, [Vec<&str>; 3]> = BTreeMap::new();
    for outcome in outcomes {
        let subject = outcome.topic.split('/').next().unwrap_or_default();
        by_topic.entry(subject).or_default()[outcome.verdict as usize].push(&outcome.id);
    }
    let count = |verdict: Verdict| outcomes.iter().filter(|o| o.verdict == verdict).count();
    let _ = writeln!(
        text,
        "## Cases with known answers\n\n`tollway verify` runs {} published or independently recomputed cases through the functions that the program itself \
uses: {} pass, {} fail, {} are of formulas that no part of the program uses.\n",
        outcomes.len(),
        count(Verdict::Pass),
        count(Verdict::Fail),
        count(Verdict::NotUsed)
    );
    text.push_str(
        "| subject | pass | fail | not used | cases not used |\n| --- | --- | --- | --- | --- |\n",
    );
    for (subject, [pass, fail, unused]) in &by_topic {
        let _ = writeln!(
            text,
            "| {subject} | {} | {} | {} | {} |",
            pass.len(),
            fail.len(),
            unused.len(),
            unused.join(", ")
        );
    }
}

fn engine(found: &[Check], text: &mut String) {
    text.push_str("\n## The engine against theory\n\nQueues run on the kernel, choices and adoptions drawn as the market draws them.\n\n");
    text.push_str("| check | theory | engine | may be off by | rule | holds |\n| --- | --- | --- | --- | --- | --- |\n");
    for check in found {
        let _ = writeln!(
            text,
            "| {} | {:.5} | {:.5} | {:.5} | {} | {} |",
            check.what,
            check.expected,
            check.got,
            check.margin,
            check.rule,
            if check.holds() { "yes" } else { "**no**" }
        );
    }
}

/// Writes a table with one column for each arm and one row for each headline measure.
fn scaling(of: &str, arms: &[(String, Vec<String>)], text: &mut String) -> Result<(), String> {
    let _ = writeln!(
        text,
        "| last month, by {of} | {} |",
        arms.iter()
            .map(|(name, _)| name.as_str())
            .collect::<Vec<_>>()
            .join(" | ")
    );
    let _ = writeln!(text, "| --- |{}", " --- |".repeat(arms.len()));
    let columns: Vec<Vec<Summary>> = arms
        .iter()
        .map(|(_, sets)| headlines(sets))
        .collect::<Result<_, _>>()?;
    for (row, (table, _, measure, name)) in HEADLINES.iter().enumerate() {
        let scale = scale(table, measure);
        let _ = write!(text, "| {name} |");
        for column in &columns {
            let found = &column[row];
            let _ = write!(
                text,
                " {:.3} ± {:.3} |",
                found.mean * scale,
                found.half_width(0.95) * scale
            );
        }
        text.push('\n');
    }
    Ok(())
}

fn headlines(sets: &[String]) -> Result<Vec<Summary>, String> {
    let loaded = load(&Request {
        sets: sets.to_vec(),
        ..Request::default()
    })
    .map_err(|faults| faults.to_string())?;
    let simulation = Simulation::of(&loaded);
    let found = ensemble::run_quietly(&simulation, REPLICATIONS)?;
    let last = simulation.catalog.calendar.months() - 1;
    Ok(HEADLINES
        .iter()
        .map(|(table, entity, measure, _)| {
            Summary::of(&mut found.sample(table, entity, measure, last))
        })
        .collect())
}
