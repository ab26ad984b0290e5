//! The bars that the forecasts have to clear.

use std::fmt::Write as _;

use crate::evidence::backtest::{Together, VINTAGES};
use crate::evidence::score::lines::{percent, signed};
use crate::evidence::score::{BINS, Summed};
use crate::stats::bootstrap::Estimate;

/// Share of targets that the central 80 % must hold: of all targets, and of those of a group.
const ALL: (f64, f64) = (0.75, 0.85);
const GROUP: (f64, f64) = (0.65, 0.95);
/// Smallest number of targets of a group with a bar of its own.
const TARGETS: usize = 30;
/// Groups in which the score must be below that of the best simple forecaster.
pub(super) const MAIN: [&str; 4] = ["lab run rates", "cloud revenue", "capex", "prices"];
/// Why bars do not hold: a line for each, its key and its reason, with a colon between them.
const REASONS: &str = include_str!("reasons.md");

/// Whether a bar is met, judged by the interval: it lies inside the bar, or outside, or crosses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Met,
    /// The interval crosses the bar, and the estimate meets it.
    OpenMet,
    /// The interval crosses the bar, and the estimate misses it.
    OpenMissed,
    Missed,
}

impl Verdict {
    /// The verdict on an estimate whose bar is a range.
    fn of(found: Estimate, (low, high): (f64, f64)) -> Self {
        if low <= found.low && found.high <= high {
            Self::Met
        } else if found.high < low || high < found.low {
            Self::Missed
        } else if (low..=high).contains(&found.value) {
            Self::OpenMet
        } else {
            Self::OpenMissed
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Met => "yes",
            Self::OpenMet => "estimate yes, interval open",
            Self::OpenMissed => "**estimate no**, interval open",
            Self::Missed => "**no**",
        }
    }

    const fn is_missed(self) -> bool {
        matches!(self, Self::OpenMissed | Self::Missed)
    }
}

/// A bar: its key among the reasons, its name, what was found, and whether it is met.
struct Bar {
    key: String,
    name: String,
    found: String,
    verdict: Verdict,
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
        verdict: Verdict::of(held, range),
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
        verdict: Verdict::of(best.difference, (f64::NEG_INFINITY, 0.0)),
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
    let mut text = head(&found);
    text.push_str(&scope(all));
    text.push_str("\n\n| bar | found | met | why missed |\n| --- | --- | --- | --- |\n");
    for bar in &found {
        let reason = |line: &'static str| line.strip_prefix(bar.key.as_str())?.strip_prefix(": ");
        let why = if bar.verdict.is_missed() {
            let known = REASONS.lines().find_map(reason);
            known.unwrap_or("not known")
        } else {
            ""
        };
        let met = bar.verdict.name();
        let _ = writeln!(text, "| {} | {} | {met} | {why} |", bar.name, bar.found);
    }
    text.push('\n');
    text
}

/// The first sentences: how many bars are met and missed, and which.
fn head(found: &[Bar]) -> String {
    let keys = |verdict: Verdict| -> Vec<&str> {
        let bars = found.iter().filter(|bar| bar.verdict == verdict);
        bars.map(|bar| bar.key.as_str()).collect()
    };
    let listed = |verdict: Verdict| {
        let keys = keys(verdict);
        match keys.len() {
            0 => "0".to_owned(),
            count => format!("{count} ({})", keys.join("; ")),
        }
    };
    let missed: Vec<String> = found
        .iter()
        .filter(|bar| bar.verdict.is_missed())
        .map(|bar| format!("{} {}", bar.key, bar.found))
        .collect();
    format!(
        "**Judged by their 95 % intervals, of {} bars {} are met, {} missed and {} open, because the interval crosses the bar. The estimates alone meet {} and \
miss {}: {}.**",
        found.len(),
        listed(Verdict::Met),
        listed(Verdict::Missed),
        keys(Verdict::OpenMet).len() + keys(Verdict::OpenMissed).len(),
        found.len() - missed.len(),
        missed.len(),
        missed.join("; ")
    )
}

/// Sentences about the reach of the scores, and about faults of the forecasts that no bar shows.
fn scope(all: &Together) -> String {
    let longest = all.scores.iter().map(|score| score.horizon).max();
    let late: Vec<String> = all
        .horizons
        .iter()
        .rev()
        .take(2)
        .map(|line| format!("{} {:.0} %", line.name, 100.0 * line.coverage[1].value))
        .collect();
    let above: f64 = all.bins[BINS / 2..].iter().sum();
    let mut text = format!(
        " The scores are not out of sample: the form of the model and the priors of the nowcast were chosen on these targets (below), after the bars were set. \
They are from {} overlapping dates and reach at most {} months ahead, while runs reach 36. Forecasts that were written down before the facts are the only \
clean test: [forecasts.md](forecasts.md) lists them.\n\nWhat no bar shows: the forecasts are too {}, as {:.0} % of the targets lay above the median \
forecast. Bands hold less the further they reach ({} in the 80 % band).",
        VINTAGES.len(),
        longest.unwrap_or(0),
        if above > 0.5 { "low" } else { "high" },
        100.0 * above,
        late.join(", ")
    );
    let lost: Vec<String> = all
        .groups
        .iter()
        .filter(|line| !MAIN.contains(&line.name.as_str()))
        .filter_map(|line| {
            let best = line.best().filter(|best| best.difference.value > 0.0)?;
            let model = line.compared_crps()?;
            let (crps, difference) = (best.crps, signed(best.difference));
            Some(format!(
                "{} ({model:.3} against {crps:.3}: {difference})",
                line.name
            ))
        })
        .collect();
    if !lost.is_empty() {
        let _ = write!(
            text,
            " Groups whose score has no bar also lose to the best simple forecaster: {}.",
            lost.join(", ")
        );
    }
    text.push_str(
        " A bar's CRPS is on the targets whose label has a past. Shares and CRPS are means in which every label weighs the same. In brackets: 95 % intervals by \
bootstrap over dates and labels. [scoring.md](scoring.md) explains the words.",
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_judged_by_intervals() {
        let verdict = |value, low, high| Verdict::of(Estimate { value, low, high }, ALL);
        assert_eq!(verdict(0.80, 0.75, 0.85), Verdict::Met);
        assert_eq!(verdict(0.80, 0.74, 0.85), Verdict::OpenMet);
        assert_eq!(verdict(0.80, 0.75, 0.86), Verdict::OpenMet);
        assert_eq!(verdict(0.74, 0.60, 0.76), Verdict::OpenMissed);
        assert_eq!(verdict(0.70, 0.60, 0.74), Verdict::Missed);
        assert_eq!(verdict(0.95, 0.86, 0.99), Verdict::Missed);
    }
}
