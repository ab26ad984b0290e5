//! Mean scores as lines of text, for tables on the terminal and on pages.

use super::Summed;
use super::summary::BINS;
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
