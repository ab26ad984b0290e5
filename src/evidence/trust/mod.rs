//! The trust page: verification, fit and forecasts of the baseline, the sources of its spread, and its weaknesses.

mod backtested;
mod bars;
mod changes;
mod path;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use rayon::prelude::*;

use super::backtest::{Backtest, Failed, VINTAGES, backtest, shipped, together};
use super::calibrate::{Calibration, read};
use crate::market::rows::{CloudRow, LabRow, MarketRow};
use crate::panel::Column;
use crate::scenario::quantity::Class;
use crate::scenario::tree::{Node, is_quantity, leaves};
use crate::scenario::{Loaded, Request, load};
use crate::simulation::{Exchange, Simulation};
use crate::stats::intervals::{
    adjusted_precision, lower_tail_mean, quantile_interval, replications_for,
};
use crate::stats::sensitivity::{Design, VarianceShares, variance_shares};
use crate::stats::{Summary, quantile};
use crate::verify::{CASES, Verdict, case, verify};

/// The targets that the baseline is fitted to.
pub const TARGETS: &str = include_str!("../../../scenarios/calibration/targets.toml");

/// Headline results in the last month: column, entity, factor and name.
const HEADLINES: [(Column, &str, f64, &str); 6] = [
    (
        CloudRow::ai_revenue_usd,
        "aws",
        1e-9,
        "AWS AI revenue, USD bn a month",
    ),
    (
        CloudRow::gross_profit_usd,
        "aws",
        1e-9,
        "AWS gross profit, USD bn a month",
    ),
    (
        CloudRow::gross_profit_usd,
        "azure",
        1e-9,
        "Azure gross profit, USD bn a month",
    ),
    (
        LabRow::usage_share,
        "anthropic",
        100.0,
        "Anthropic's share of enterprise spend, %",
    ),
    (
        MarketRow::spend_usd,
        "market",
        1e-9,
        "enterprise spend, USD bn a month",
    ),
    (
        MarketRow::months_to_leave_cloud,
        "market",
        1.0,
        "months of spend to leave a cloud",
    ),
];

/// Number of pairs of replications for the shares of variance.
const PAIRS: u32 = 300;

/// Writes the page.
///
/// # Errors
/// A fault in a built-in file, or a broken invariant.
pub fn page(progress: &dyn Fn(&str)) -> Result<String, Failed> {
    let mut text = String::from(HEAD);
    progress("backtests");
    let done: Vec<Backtest> = VINTAGES
        .iter()
        .map(|(name, _)| backtest(&shipped(name, &[])?))
        .collect::<Result<_, Failed>>()?;
    let all = together(&done);
    text.push_str(&bars::bars(&all));
    let _ = writeln!(
        text,
        "Written by `tollway trust --out docs/trust.md`; do not edit by hand. The data describe periods up to 2026-03-31. The baseline uses what was \
published about them up to {PUBLISHED}; each vintage of the back-test uses only what was public by its date.\n"
    );
    backtested::section(&done, &all, &mut text);
    text.push_str(&changes::without_changes(progress)?);
    text.push_str(BACKTEST_NOTES);
    progress("path");
    text.push_str(&path::path()?);
    progress("cases");
    verified(&mut text)?;
    let baseline = load(&Request::default())?;
    progress("calibration");
    calibrated(&baseline, &mut text)?;
    progress("shares of variance");
    assumptions(&baseline, &mut text)?;
    text.push_str(WEAKNESSES);
    Ok(text)
}

const HEAD: &str = "# How far to trust it

";

/// Day by which reports were public that the baseline uses.
const PUBLISHED: &str = "2026-11-30";

fn verified(text: &mut String) -> Result<(), Failed> {
    let outcomes = verify(&case::parse("built-in cases", CASES)?, None)?;
    let count = |verdict: Verdict| outcomes.iter().filter(|o| o.verdict == verdict).count();
    let _ = writeln!(
        text,
        "## Verified\n\nOf {} cases with known answers, {} are of formulas that the program uses: {} of them come out right and {} wrong. The other {} are \
of formulas that nothing in the program uses, such as presumptions of single laws. The engine is held against queueing theory, and the model against finer \
windows and larger populations, in [verification.md](verification.md).\n",
        outcomes.len(),
        count(Verdict::Pass) + count(Verdict::Fail),
        count(Verdict::Pass),
        count(Verdict::Fail),
        count(Verdict::NotUsed)
    );
    Ok(())
}

fn calibrated(baseline: &Loaded, text: &mut String) -> Result<(), Failed> {
    let calibration = Calibration {
        loaded: baseline,
        request: Request::default(),
        spec: read("scenarios/calibration/targets.toml", TARGETS, baseline)?,
    };
    let moments = calibration.evaluate(&[]).map_err(Failed::Invariant)?;
    let residuals = calibration.residuals(&moments);
    text.push_str(
        "## Calibrated\n\nThe baseline opens on what was observed: shares, prices, rents and capacity of the first month are inputs, by inversion. Fitted to \
moments of its first year are `",
    );
    let names: Vec<&str> = calibration
        .spec
        .parameter
        .iter()
        .map(|p| p.path.text.as_str())
        .collect();
    let _ = writeln!(
        text,
        "{}`, by `tollway calibrate scenarios/baseline.toml --targets scenarios/calibration/targets.toml`. The other targets are shown, not fitted. The fit was made before the latest changes of the model and was not repeated: the last column says how far the baseline is off today.\n",
        names.join("` and `")
    );
    text.push_str("| target | observed | error | baseline | off by, in errors |\n| --- | --- | --- | --- | --- |\n");
    for (index, target) in calibration.spec.target.iter().enumerate() {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {:.4} ± {:.4} | {:+.2} |",
            target.name.text,
            target.value,
            target.error,
            moments.mean[index],
            1.96 * moments.error[index],
            residuals[index]
        );
    }
    text.push_str("\nThe whole first month against the data, with every miss and why, is in [baseline.md](baseline.md).\n\n");
    Ok(())
}

/// The rank of each value among all, from 0 to 1; equal values share the mean of their ranks.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    #[expect(clippy::cast_precision_loss, reason = "few replications")]
    let share = |count: usize| count as f64 / values.len() as f64;
    let rank = |value: &f64| {
        let below = sorted.partition_point(|other| other < value);
        let until = sorted.partition_point(|other| other <= value);
        f64::midpoint(share(below), share(until))
    };
    values.iter().map(rank).collect()
}

/// The headline results of one run.
fn headlines(simulation: &Simulation<'_>, run: Run<'_>) -> Result<Vec<f64>, String> {
    let panel = match run {
        (number, None) => simulation.run(number),
        (number, Some(exchange)) => simulation.run_exchanged(number, number + PAIRS, exchange),
    };
    let panel = panel.map_err(|broken| broken.to_string())?;
    let last = simulation.catalog.calendar.months() - 1;
    Ok(HEADLINES
        .iter()
        .map(|(column, entity, factor, _)| factor * panel.at(last, entity, *column))
        .collect())
}

type Run<'a> = (u32, Option<&'a Exchange>);

fn assumptions(baseline: &Loaded, text: &mut String) -> Result<(), Failed> {
    classes(baseline, text);
    let simulation = Simulation::of(baseline);
    let groups = [
        Exchange::Numbers(vec![Class::Measured]),
        Exchange::Numbers(vec![Class::Estimated]),
        Exchange::Numbers(vec![Class::Assumed]),
        Exchange::Luck,
    ];
    // First all of A, then all of B, then A with each group from B.
    let mut runs: Vec<Run<'_>> = (0..2 * PAIRS).map(|number| (number, None)).collect();
    for exchange in &groups {
        runs.extend((0..PAIRS).map(|number| (number, Some(exchange))));
    }
    let outputs: Vec<Vec<f64>> = runs
        .par_iter()
        .map(|run| headlines(&simulation, *run))
        .collect::<Result<_, String>>()
        .map_err(Failed::Invariant)?;
    let pairs = PAIRS as usize;
    text.push_str(SHARES);
    let mut spread = String::new();
    for (index, (.., name)) in HEADLINES.iter().enumerate() {
        let values: Vec<f64> = outputs.iter().map(|output| output[index]).collect();
        // Ranks, because a few replications with very large markets would decide shares of the variance of amounts.
        let ranked = ranks(&values);
        let of = |from: usize| ranked[from..from + pairs].to_vec();
        let design = Design {
            a: of(0),
            b: of(pairs),
            mixed: (0..groups.len())
                .map(|group| of((2 + group) * pairs))
                .collect(),
        };
        let _ = writeln!(text, "| {name} | {} |", shares(&variance_shares(&design)));
        spread.push_str(&precision(name, &mut values[..2 * pairs].to_vec()));
    }
    text.push_str(PRECISION);
    text.push_str(&spread);
    text.push('\n');
    Ok(())
}

const SHARES: &str = "
Share of the spread of each headline in the last month (36) that rests on the drawn numbers of a class, and on chance (choices, releases, incidents, shocks): \
first-order / total, each ± its standard error, by exchanging one group between 300 pairs of replications (Saltelli and Jansen). The spread is the variance of \
the rank among all replications, on which a few very large markets weigh no more than others. Numbers that are fixed contribute nothing here, however they are \
classed: sweep them. `tollway sensitivity` ranks single numbers.

| headline | measured | estimated | assumed | chance |
| --- | --- | --- | --- | --- |
";

const PRECISION: &str = "
How exact the numbers are, from the same replications: the median with its 95 % interval by order statistics, the mean of the lowest tenth, and the \
replications after which the mean is known to 2 %.

| headline | median | 5 to 95 % | mean of the lowest tenth | replications for 2 % |
| --- | --- | --- | --- | --- |
";

/// Writes the numbers of the baseline by class.
fn classes(baseline: &Loaded, text: &mut String) {
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (_, node) in leaves(&baseline.tree) {
        let Some(table) = node.as_table().filter(|table| is_quantity(table)) else {
            continue;
        };
        let Some(class) = table.get("class").and_then(Node::as_text) else {
            continue;
        };
        let count = counts.entry(class).or_default();
        count.0 += 1;
        count.1 += usize::from(table.get("dist").is_some());
    }
    text.push_str("## What it rests on\n\n| class | numbers of the baseline | of them drawn from a distribution |\n| --- | --- | --- |\n");
    for (class, (all, drawn)) in &counts {
        let _ = writeln!(text, "| {class} | {all} | {drawn} |");
    }
}

fn shares(found: &VarianceShares) -> String {
    // Estimates of a zero share scatter about zero, so their sign has no meaning.
    let two = |share: f64| format!("{:.2}", if share.abs() < 0.005 { 0.0 } else { share });
    let cells: Vec<String> = found
        .shares
        .iter()
        .map(|s| {
            let numbers = [s.first, s.first_error, s.total, s.total_error].map(two);
            let [first, first_error, total, total_error] = numbers;
            format!("{first} ± {first_error} / {total} ± {total_error}")
        })
        .collect();
    cells.join(" | ")
}

fn precision(name: &str, sample: &mut [f64]) -> String {
    let summary = Summary::of(sample);
    let (low, high) = quantile_interval(sample.len(), 0.5, 0.95).bounds(sample);
    let wanted = adjusted_precision(0.02) * summary.mean.abs();
    format!(
        "| {name} | {:.2} ({low:.2} to {high:.2}) | {:.2} to {:.2} | {:.2} | {} |\n",
        summary.quantiles[2],
        quantile(sample, 0.05),
        quantile(sample, 0.95),
        lower_tail_mean(sample, 0.1),
        replications_for(summary.sd * summary.sd, 10, wanted, 0.95)
    )
}

const BACKTEST_NOTES: &str = include_str!("backtest.md");
const WEAKNESSES: &str = include_str!("weaknesses.md");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_share_a_rank() {
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 2.0]), [0.75, 0.125, 0.75, 0.375]);
    }
}
