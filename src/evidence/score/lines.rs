//! Mean scores, and rows that were not scored, as lines of text, for tables on the terminal and on pages.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::summary::BINS;
use super::{Summed, Unscored};
use crate::stats::bootstrap::Estimate;

/// Heads of the columns of mean scores.
pub const HEADS: [&str; 11] = [
    "group",
    "labels",
    "targets",
    "in 50 %",
    "in 80 %",
    "in 90 %",
    "CRPS",
    "compared targets",
    "CRPS on them",
    "best simple forecaster",
    "difference",
];

/// Names that are shown of the rows that were not scored for one reason.
const EXAMPLES: usize = 3;

/// A share in per cent with its interval.
#[must_use]
pub fn percent(share: Estimate) -> String {
    format!(
        "{:.0} ({:.0} to {:.0})",
        100.0 * share.value,
        100.0 * share.low,
        100.0 * share.high
    )
}

/// A score with its interval.
#[must_use]
pub fn interval(score: Estimate) -> String {
    format!("{:.3} ({:.3} to {:.3})", score.value, score.low, score.high)
}

/// A difference of scores with its interval and a sign.
#[must_use]
pub fn signed(score: Estimate) -> String {
    format!(
        "{:+.3} ({:+.3} to {:+.3})",
        score.value, score.low, score.high
    )
}

/// The cells of a line of mean scores, in the order of [`HEADS`].
#[must_use]
pub fn cells(line: &Summed) -> [String; HEADS.len()] {
    let none = || "-".to_owned();
    let (best, difference) = line.best().map_or_else(
        || (none(), none()),
        |best| {
            let name = format!("{} {:.3}", best.forecaster.name(), best.crps);
            (name, signed(best.difference))
        },
    );
    let compared = line.compared_crps();
    let [half, most, nearly] = line.coverage;
    [
        line.name.clone(),
        line.labels.to_string(),
        line.count.to_string(),
        format!("{:.0}", 100.0 * half.value),
        percent(most),
        format!("{:.0}", 100.0 * nearly.value),
        interval(line.crps),
        line.compared.to_string(),
        compared.map_or_else(none, |crps| format!("{crps:.3}")),
        best,
        difference,
    ]
}

/// The histogram of probability integral transforms in per cent, as one line.
#[must_use]
pub fn histogram(bins: &[f64; BINS]) -> String {
    let shares = bins.map(|share| format!("{:.0}", 100.0 * share));
    shares.join(" ")
}

/// Rows that were not scored, by reason.
#[must_use]
pub fn reasons(unscored: &[Unscored]) -> BTreeMap<&str, Vec<&Unscored>> {
    let mut reasons: BTreeMap<&str, Vec<&Unscored>> = BTreeMap::new();
    for row in unscored {
        reasons.entry(row.why).or_default().push(row);
    }
    reasons
}

/// Names of rows with their remedies: the first of them, those with a remedy before others.
#[must_use]
pub fn examples(rows: &[&Unscored]) -> Vec<String> {
    let names = rows.iter().map(|row| match &row.remedy {
        Some(remedy) => (false, format!("{} ({remedy})", row.what)),
        None => (true, row.what.clone()),
    });
    let names: BTreeSet<(bool, String)> = names.collect();
    let names = names.into_iter().map(|(_, name)| name);
    names.take(EXAMPLES).collect()
}

/// A line for each reason, with examples of the rows that were not scored for it; `all` says where all of them are.
pub fn unscored(out: &mut String, unscored: &[Unscored], all: &str) {
    if unscored.is_empty() {
        return;
    }
    let _ = writeln!(out, "\nnot scored, with examples ({all}):");
    for (why, rows) in reasons(unscored) {
        let plural = if rows.len() == 1 { " " } else { "s" };
        let _ = writeln!(
            out,
            "  {:>5} row{plural} {why}: {}",
            rows.len(),
            examples(&rows).join("; ")
        );
    }
}
