//! The scores of the back-test on the trust page.

use std::fmt::Write as _;

use crate::evidence::backtest::{
    Backtest, FILTER_ALONE, Together, VINTAGES, distinct, filter_alone,
};
use crate::evidence::score::lines::{HEADS, cells, histogram, interval, percent, signed};
use crate::evidence::score::{Pooled, Summed, overall};
use crate::stats::forecasters::Forecaster;

/// Writes the scores of the back-test.
pub(super) fn section(done: &[Backtest], all: &Together, text: &mut String) {
    text.push_str(
        "## Backtested\n\nScenarios dated in the past, built from rows known at that date, run to March 2026 and scored against what happened \
(`tollway backtest`, [scoring.md](scoring.md)). Every label weighs the same. CRPS is in logarithms. Simple forecasters see the past of each label \
up to the vintage; they are compared on the targets whose label has a past. The last column is the model's CRPS on those targets minus that of the best of them, negative where the model is better. In brackets: \
95 % intervals by bootstrap over vintages and labels. `tollway backtest --out DIR` writes the score of every target.\n\n",
    );
    text.push_str(
        "| vintage | replications | targets | numbers from rows known by then | assumed by the vintage | carried back from the baseline | assumed by the baseline |\n\
| --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for found in done {
        let n = found.numbers;
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} |",
            found.vintage,
            found.replications,
            found.scores.scores.len(),
            n.on_rows,
            n.assumed,
            n.carried,
            n.inherited
        );
    }
    text.push_str("\nNumbers that are carried back were measured or estimated for the baseline from later sources, so read that column as assumed.\n");
    means(text, all.groups.iter().chain(&all.horizons).chain(&all.all));
    if let Some(whole) = &all.all {
        whole_lines(text, whole, all);
    }
    if let Some(pool) = &all.pool {
        pool_lines(text, pool);
    }
    early_origins(text, all);
}

/// Scores of the filter of the nowcast alone at origins before the first vintage.
fn early_origins(text: &mut String, all: &Together) {
    let scores = filter_alone();
    let Some(line) = overall(&scores) else {
        return;
    };
    let others = line.rivals.iter();
    let best = others
        .filter(|rival| rival.forecaster != Forecaster::DampedTrend)
        .min_by(|a, b| a.crps.total_cmp(&b.crps));
    let best = best.map_or_else(String::new, |best| {
        format!(
            "; the best of the other simple forecasters is the {} with {:.3}, a difference of {}",
            best.forecaster.name(),
            best.crps,
            signed(best.difference)
        )
    });
    let _ = writeln!(
        text,
        "At {}, for which no vintage exists, the filter of the nowcast forecasts alone (the damped trend): {} targets of {} labels, of which its central 80 % \
hold {} %. Its CRPS is {}{best}. From all {} origins, {} distinct observations are scored.\n",
        FILTER_ALONE.join(" and "),
        line.count,
        line.labels,
        percent(line.coverage[1]),
        interval(line.crps),
        VINTAGES.len() + FILTER_ALONE.len(),
        distinct(scores.iter().chain(&all.scores))
    );
}

/// A table of mean scores.
fn means<'a>(text: &mut String, lines: impl Iterator<Item = &'a Summed>) {
    let _ = writeln!(
        text,
        "\n| {} |\n|{}",
        HEADS.join(" | "),
        " --- |".repeat(HEADS.len())
    );
    for line in lines {
        let _ = writeln!(text, "| {} |", cells(line).join(" | "));
    }
}

/// Sentences about all targets together.
fn whole_lines(text: &mut String, whole: &Summed, all: &Together) {
    let histogram = histogram(&all.bins);
    let _ = writeln!(
        text,
        "\nThe {} targets are {} distinct observations (label and date), most of them seen from several vintages. {} of the targets have a history at their vintage and are compared. The mean probability integral transform is {:.2}, where 0.5 would be without bias; \
the shares of targets by tenth of the forecast, from lowest to highest, are {histogram} %, where 10 each would be right.\n\n| simple forecaster | CRPS | the model's \
minus it |\n| --- | --- | --- |",
        whole.count, all.distinct, whole.compared, whole.pit
    );
    for rival in &whole.rivals {
        let (name, difference) = (rival.forecaster.name(), signed(rival.difference));
        let _ = writeln!(text, "| {name} | {:.3} | {difference} |", rival.crps);
    }
}

fn pool_lines(text: &mut String, pool: &Pooled) {
    let weights: Vec<String> = pool
        .weights
        .iter()
        .map(|(origin, weight, count)| format!("{weight:.2} at {origin} ({count} targets to fit)"))
        .collect();
    let _ = writeln!(
        text,
        "\nA linear pool of the model and the damped trend, with a weight of the model that is fitted on what earlier vintages had seen: {}. Its CRPS is {}, that is {} \
against the model and {} against the damped trend; its central 80 % hold {} % of {} targets.\n",
        weights.join(", "),
        interval(pool.crps),
        signed(pool.to_run),
        signed(pool.to_trend),
        percent(pool.coverage),
        pool.count
    );
}
