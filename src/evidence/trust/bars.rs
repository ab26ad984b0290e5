//! The bars that the forecasts have to clear, and what each change of the model contributes.

use std::fmt::Write as _;

use crate::evidence::backtest::{
    Backtest, Failed, Together, VINTAGES, backtest, shipped, together,
};
use crate::evidence::score::Summed;
use crate::evidence::score::lines::{percent, signed};

/// Share of targets that the central 80 % must hold: of all targets, and of those of a group.
const ALL: (f64, f64) = (0.75, 0.85);
const GROUP: (f64, f64) = (0.65, 0.95);
/// Smallest number of targets of a group with a bar of its own.
const TARGETS: usize = 30;
/// Groups in which the score must be below that of the best simple forecaster.
const MAIN: [&str; 4] = ["lab run rates", "cloud revenue", "capex", "prices"];
/// Why bars do not hold: a line for each, its key and its reason, with a colon between them.
const REASONS: &str = include_str!("reasons.md");

/// Number of replications of each vintage in the table of changes.
const REPLICATIONS: u32 = 60;

/// Changes of the model, with the edits that leave each out.
pub(super) const CHANGES: [(&str, &[&str]); 7] = [
    (
        "growth that strays",
        &[
            "trend.market_level=0",
            "trend.market_slope=0",
            "trend.lab_level=0",
            "trend.lab_slope=0",
        ],
    ),
    ("new work", &["demand.new_work=0"]),
    (
        "drawn levels of labs and clouds",
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
        "drawn growth of labs and clouds",
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
        "clouds that stray",
        &[
            "trend.cloud_level=0",
            "trend.cloud_slope=0",
            "trend.capex_level=0",
            "trend.capex_slope=0",
        ],
    ),
];

/// A bar: its key among the reasons, its name, what was found, and whether it holds.
struct Bar {
    key: String,
    name: String,
    found: String,
    holds: bool,
}

fn is_within(value: f64, (low, high): (f64, f64)) -> bool {
    (low..=high).contains(&value)
}

/// The bar of a share of targets in the central 80 %.
fn coverage(line: &Summed, range: (f64, f64)) -> Bar {
    let [_, held, _] = line.coverage;
    Bar {
        key: format!("{}, band", line.name),
        name: format!(
            "{}: {:.0} to {:.0} % of {} targets in the 80 % band",
            line.name,
            100.0 * range.0,
            100.0 * range.1,
            line.count
        ),
        found: format!("{} %", percent(held)),
        holds: is_within(held.value, range),
    }
}

/// The bar of a score against the best simple forecaster; none without comparison.
fn score(line: &Summed) -> Option<Bar> {
    let best = line.best()?;
    let model = line.compared_crps()?;
    Some(Bar {
        key: format!("{}, score", line.name),
        name: format!("{}: CRPS below the best simple forecaster", line.name),
        found: format!(
            "{model:.3} against {:.3} ({}): {}",
            best.crps,
            best.forecaster.name(),
            signed(best.difference)
        ),
        holds: best.difference.value < 0.0,
    })
}

/// Says whether the bars hold, with the number behind each.
pub(super) fn bars(all: &Together) -> String {
    let groups = || all.groups.iter();
    let whole = all.all.iter();
    let found: Vec<Bar> = whole
        .clone()
        .map(|line| coverage(line, ALL))
        .chain(
            groups()
                .filter(|line| line.count >= TARGETS)
                .map(|line| coverage(line, GROUP)),
        )
        .chain(whole.filter_map(score))
        .chain(
            groups()
                .filter(|line| MAIN.contains(&line.name.as_str()))
                .filter_map(score),
        )
        .collect();
    let missed = found.iter().filter(|bar| !bar.holds).count();
    let head = match missed {
        0 => format!("**All {} bars hold.**", found.len()),
        missed => format!(
            "**{} of {} bars hold, {missed} do not.**",
            found.len() - missed,
            found.len()
        ),
    };
    let mut text = format!(
        "{head} The bars are on forecasts from {} past dates, scored against what happened since. In brackets: 95 % intervals by \
bootstrap over dates and labels.\n\n| bar | found | holds | why not |\n| --- | --- | --- | --- |\n",
        VINTAGES.len()
    );
    for bar in &found {
        let reason = |line: &'static str| line.strip_prefix(bar.key.as_str())?.strip_prefix(": ");
        let (holds, why) = if bar.holds {
            ("yes", "")
        } else {
            let known = REASONS.lines().find_map(reason);
            ("**no**", known.unwrap_or("not known"))
        };
        let _ = writeln!(text, "| {} | {} | {holds} | {why} |", bar.name, bar.found);
    }
    text.push('\n');
    text
}

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
    for (name, mut sets) in left_out() {
        progress(&format!("back-tests without {name}"));
        sets.push(format!("run.replications={REPLICATIONS}"));
        let done: Vec<Backtest> = VINTAGES
            .iter()
            .map(|(vintage, _)| backtest(&shipped(vintage, &sets)?))
            .collect::<Result<_, Failed>>()?;
        row(&mut text, &name, &together(&done));
    }
    text.push_str(
        "\n- New models at releases: the rates of release and their price steps stay as in the vintage; only the share of releases that bring a new model is zero.\n\
- Drawn levels: the run rates of OpenAI and Anthropic, revenue of three clouds and capex of four start at their medians. Drawn growth: these and a third cloud grow at first as their medians say.\n\
- Rents: volatilities of 0.04 (contract) and 0.1 (spot) a root month instead of those estimated at the vintage.\n\n",
    );
    Ok(text)
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
    fn bars_are_missed_on_both_sides() {
        assert!(is_within(0.75, ALL) && is_within(0.85, ALL));
        assert!(!is_within(0.749, ALL) && !is_within(0.851, ALL));
    }
}
