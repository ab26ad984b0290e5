//! The contribution of each change of the model to the scores of the back-test.

use std::fmt::Write as _;

use super::bars::MAIN;
use crate::evidence::backtest::{
    Backtest, Failed, Together, VINTAGES, backtest, shipped, together,
};

/// Number of replications of each vintage in the table of changes.
const REPLICATIONS: u32 = 60;

/// Differences of the CRPS and of the share in the central 80 % below which a change is said to matter little.
const CRPS_STEP: f64 = 0.005;
const SHARE_STEP: f64 = 0.03;

/// Changes of the model, with the edits that leave each out.
const CHANGES: [(&str, &[&str]); 7] = [
    (
        "random changes of growth, market and labs",
        &[
            "trend.market_level=0",
            "trend.market_slope=0",
            "trend.lab_level=0",
            "trend.lab_slope=0",
        ],
    ),
    ("fresh choices for new work", &["demand.new_work=0"]),
    (
        "uncertain starting levels",
        &[
            "lab.openai.run_rate.sigma=0.0001",
            "lab.anthropic.run_rate.sigma=0.0001",
            "cloud.aws.revenue.sigma=0.0001",
            "cloud.google.revenue.sigma=0.0001",
            "cloud.oracle.revenue.sigma=0.0001",
            "cloud.aws.capex_run_rate.sigma=0.0001",
            "cloud.azure.capex_run_rate.sigma=0.0001",
            "cloud.google.capex_run_rate.sigma=0.0001",
            "cloud.oracle.capex_run_rate.sigma=0.0001",
        ],
    ),
    (
        "uncertain starting growth",
        &[
            "lab.openai.growth.sd=0.0001",
            "lab.anthropic.growth.sd=0.0001",
            "cloud.aws.revenue_growth.sd=0.0001",
            "cloud.azure.revenue_growth.sd=0.0001",
            "cloud.google.revenue_growth.sd=0.0001",
            "cloud.oracle.revenue_growth.sd=0.0001",
            "cloud.neocloud.revenue_growth.sd=0.0001",
            "cloud.aws.capex_run_rate_growth.sd=0.0001",
            "cloud.azure.capex_run_rate_growth.sd=0.0001",
            "cloud.google.capex_run_rate_growth.sd=0.0001",
            "cloud.oracle.capex_run_rate_growth.sd=0.0001",
            "cloud.neocloud.capex_run_rate_growth.sd=0.0001",
        ],
    ),
    (
        "new models at releases",
        &[
            "tier.flagship.release_new=0",
            "tier.mid.release_new=0",
            "tier.small.release_new=0",
            "tier.open-weight.release_new=0",
        ],
    ),
    (
        "rents as volatile as observed",
        &["rent.contract_volatility=0.04", "rent.spot_volatility=0.1"],
    ),
    (
        "random changes of growth, clouds",
        &[
            "trend.cloud_level=0",
            "trend.cloud_slope=0",
            "trend.capex_level=0",
            "trend.capex_slope=0",
        ],
    ),
];
/// A table of the scores without each change.
///
/// # Errors
/// A vintage that has no such parameter, or a broken invariant.
pub(super) fn without_changes(progress: &dyn Fn(&str)) -> Result<String, Failed> {
    let mut text = format!(
        "### What each change contributes\n\nThe same back-test with one change left out, with all left out, and with all but one, on the same random numbers, with {REPLICATIONS} replications. CRPS in logarithms, and the share in the central 80 %.\n\n| left out | in 80 %, all | CRPS, all |",
    );
    for group in MAIN {
        let _ = write!(text, " {group} |");
    }
    text.push_str(" rents |\n| --- | --- | --- |");
    text.push_str(&" --- |".repeat(MAIN.len() + 1));
    text.push('\n');
    let mut found = Vec::new();
    for (name, mut sets) in left_out() {
        progress(&format!("back-tests without {name}"));
        sets.push(format!("run.replications={REPLICATIONS}"));
        let done: Vec<Backtest> = VINTAGES
            .iter()
            .map(|(vintage, _)| backtest(&shipped(vintage, &sets)?))
            .collect::<Result<_, Failed>>()?;
        let all = together(&done);
        row(&mut text, &name, &all);
        if let Some(whole) = &all.all {
            found.push((name, whole.crps.value, whole.coverage[1].value));
        }
    }
    let little = little(&found);
    if !little.is_empty() {
        let _ = writeln!(
            text,
            "\nThese origins show no use of the changes that follow: left out alone, they move the CRPS by less than {CRPS_STEP} and the share by less than {:.0} \
points. They are: {}.",
            100.0 * SHARE_STEP,
            little.join("; ")
        );
    }
    text.push_str(
        "\n- Random changes of growth: each month the growth of the market, of each lab and of each cloud changes by a random amount, as in a local linear trend ([model.md](model.md)).\n\
- Fresh choices for new work: tokens by which existing customers grow choose their model and cloud afresh, instead of staying where the customer is.\n\
- New models at releases: the rates of release and their price steps stay as in the vintage; only the share of releases that bring a new model is zero.\n\
- Uncertain starting levels: without them the run rates of OpenAI and Anthropic, revenue of three clouds and capex of four start at their medians. Uncertain starting growth: without it these, Azure's revenue and neoclouds grow at first as their medians say.\n\
- Rents as volatile as observed: without them, volatilities of 0.04 (contract) and 0.1 (spot) a root month instead of those estimated at the vintage.\n\n",
    );
    Ok(text)
}

/// The changes that matter little when left out alone, of the scores without each: name, CRPS, and share in the band.
fn little(found: &[(String, f64, f64)]) -> Vec<&str> {
    let Some(((_, crps, held), others)) = found.split_first() else {
        return Vec::new();
    };
    let alone = others.iter().take(CHANGES.len());
    alone
        .filter(|(_, without, holds)| {
            (without - crps).abs() < CRPS_STEP && (holds - held).abs() < SHARE_STEP
        })
        .map(|(name, ..)| name.as_str())
        .collect()
}

/// Changes that are left out, with their edits: nothing, each change, all changes, and all changes but one.
fn left_out() -> Vec<(String, Vec<String>)> {
    let sets = |is_out: &dyn Fn(&str) -> bool| -> Vec<String> {
        let out = CHANGES.iter().filter(|(name, _)| is_out(name));
        out.flat_map(|(_, sets)| sets.iter().map(|set| (*set).to_owned()))
            .collect()
    };
    let names = || CHANGES.iter().map(|(name, _)| *name);
    let one = names().map(|name| (name.to_owned(), sets(&|other| other == name)));
    let others = names().map(|name| (format!("all but {name}"), sets(&|other| other != name)));
    let ends = [
        ("nothing", sets(&|_| false)),
        ("all of these", sets(&|_| true)),
    ];
    let [nothing, all] = ends.map(|(name, sets)| (name.to_owned(), sets));
    [nothing]
        .into_iter()
        .chain(one)
        .chain([all])
        .chain(others)
        .collect()
}

fn row(text: &mut String, name: &str, all: &Together) {
    let _ = write!(text, "| {name} |");
    if let Some(whole) = &all.all {
        let held = 100.0 * whole.coverage[1].value;
        let _ = write!(text, " {held:.0} | {:.3} |", whole.crps.value);
    }
    for group in MAIN.into_iter().chain(["rents"]) {
        let found = all.groups.iter().find(|line| line.name == group);
        let cell = found.map_or_else(
            || "-".to_owned(),
            |line| {
                format!(
                    "{:.3}, {:.0} %",
                    line.crps.value,
                    100.0 * line.coverage[1].value
                )
            },
        );
        let _ = write!(text, " {cell} |");
    }
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_change_can_be_left_out_of_every_vintage() {
        for (name, sets) in left_out() {
            for (vintage, _) in VINTAGES {
                let loaded = shipped(vintage, &sets);
                assert!(loaded.is_ok(), "{name}, {vintage}: {}", loaded.unwrap_err());
            }
        }
    }

    #[test]
    fn changes_matter_little_if_neither_score_nor_share_moves() {
        let found = [
            ("nothing", 0.28, 0.76),
            ("a", 0.283, 0.74),
            ("b", 0.29, 0.76),
            ("c", 0.28, 0.7),
        ];
        let found = found.map(|(name, crps, held)| (name.to_owned(), crps, held));
        assert_eq!(little(&found), ["a"]);
    }
}
