//! The summary of a run for a terminal: its findings, and a table of 80 columns with medians, bands and sparklines.

use std::fmt::Write as _;

use crate::economics::switching::Move;
use crate::market::rows::{CloudRow, MarketRow, SwitchingRow};
use crate::panel::Column;
use crate::report::page::{Finding, band_note};
use crate::report::tables::commitments;
use crate::report::text::number_format::to_its_error;
use crate::scenario::Scenario;
use crate::stats::{FEWEST_FOR_BAND, Summary};

const STREAMS: [(Column, &str); 7] = [
    (CloudRow::serving_compute_usd, "serving compute"),
    (CloudRow::training_compute_usd, "training compute"),
    (CloudRow::first_party_usd, "first-party models"),
    (CloudRow::resale_usd, "resale, commissions"),
    (CloudRow::open_hosting_usd, "open weights"),
    (CloudRow::routing_fee_usd, "routing fees"),
    (CloudRow::take_or_pay_usd, "take-or-pay"),
];

const WIDTH: usize = 80;
const NAME: usize = 25;
/// Width of the name of a pair, where a line has two cells.
const PAIR: usize = 39;
const SPARK: usize = 10;
const CELL: usize = 14;

/// Looks up the distributions of a measure of an entity, month by month, by table, entity and measure.
pub type Look<'a> = &'a dyn Fn(&str, &str, &str) -> Vec<Summary>;

/// The distributions of a column for an entity, month by month.
#[must_use]
pub fn look_at(look: Look<'_>, column: Column, entity: &str) -> Vec<Summary> {
    look(column.table, entity, column.measure)
}

/// The contents of the summary of a run.
#[derive(Clone, Copy)]
pub struct TextSummary<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// Looks up distributions by month.
    pub look: Look<'a>,
    /// Number of replications.
    pub replications: usize,
    /// The findings.
    pub findings: &'a [Finding],
    /// True if headings are bold.
    pub is_styled: bool,
}

impl std::fmt::Debug for TextSummary<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TextSummary")
            .field("scenario", &self.scenario.name.text)
            .finish_non_exhaustive()
    }
}

impl TextSummary<'_> {
    /// The text: findings, then revenue of each cloud by stream, switching costs by move and market shares, at months 12, 24
    /// and 36, or at the end of a shorter run; then commitments and concentration, in the first and the last month. No
    /// line is longer than 80 columns.
    #[must_use]
    pub fn text(&self) -> String {
        let months = usize::try_from(self.scenario.months.0).unwrap_or(1);
        let mut at: Vec<usize> = [12, 24, 36]
            .into_iter()
            .filter(|month| *month <= months)
            .collect();
        if at.is_empty() {
            at.push(months);
        }
        let mut out = String::new();
        let title = format!("{}: {}", self.scenario.name.text, self.scenario.title.text);
        head(&mut out, &title, self.is_styled);
        let _ = writeln!(out, "{} replications", self.replications);
        wrap(&mut out, &band_note(self.replications), 0);
        out.push('\n');
        out.push_str(&sentences(self.findings, self.is_styled));
        out.push('\n');
        let band = if self.replications < FEWEST_FOR_BAND {
            "median"
        } else {
            "median, 5 to 95 %"
        };
        let mut columns = format!("{band:<NAME$}{:<SPARK$}", "over time");
        for month in &at {
            let _ = write!(columns, " {:>CELL$}", format!("month {month}"));
        }
        head(&mut out, &columns, self.is_styled);
        out.push_str("AI revenue, USD billion a month\n");
        for cloud in &self.scenario.cloud {
            let look = |column| look_at(self.look, column, &cloud.name.text);
            let title: String = cloud.title.text.chars().take(NAME - 3).collect();
            let all = look(CloudRow::ai_revenue_usd);
            row(&mut out, &at, &format!("  {title}"), &all, 1e-9);
            for (column, name) in STREAMS {
                let values = look(column);
                if values.iter().any(|s| s.quantiles[4] > 5e6) {
                    row(&mut out, &at, &format!("    {name}"), &values, 1e-9);
                }
            }
        }
        let market = |column| look_at(self.look, column, "market");
        let spend = market(MarketRow::spend_usd);
        row(&mut out, &at, "  enterprise token spend", &spend, 1e-9);
        out.push_str("Months of spend to leave for\n");
        for kind in Move::ALL {
            let name = match kind {
                Move::Model => "another model",
                Move::Router => "another router",
                Move::Cloud => "another cloud",
                Move::SelfHost => "self-hosting",
            };
            let values = look_at(self.look, SwitchingRow::months_of_spend, kind.name());
            row(&mut out, &at, &format!("  {name}"), &values, 1.0);
        }
        out.push_str("Shares, %\n");
        for (column, name) in [
            (MarketRow::routed_share, "routed spend"),
            (MarketRow::unserved_share, "unserved tokens"),
            (MarketRow::circular_share, "circular AI revenue"),
        ] {
            row(&mut out, &at, &format!("  {name}"), &market(column), 100.0);
        }
        self.commitments(&mut out, months);
        out
    }

    /// Writes the section on commitments and concentration, for the first and the last month.
    fn commitments(&self, out: &mut String, months: usize) {
        let groups = commitments::groups(self.scenario, self.look);
        if groups.is_empty() {
            return;
        }
        let mut at = vec![1, months];
        at.dedup();
        out.push('\n');
        let mut columns = format!("{:<1$}", commitments::HEADING, PAIR + SPARK);
        for month in &at {
            let _ = write!(columns, " {:>CELL$}", format!("month {month}"));
        }
        head(out, &columns, self.is_styled);
        for group in groups {
            out.push_str(group.title);
            out.push('\n');
            for (name, values) in group.lines {
                let name: String = name.chars().take(PAIR - 3).collect();
                let name = format!("{:<PAIR$}", format!("  {name}"));
                row(out, &at, &name, &values, group.scale);
            }
        }
    }
}

/// Findings, numbered, in lines of at most 80 columns.
#[must_use]
pub fn sentences(findings: &[Finding], is_styled: bool) -> String {
    let mut out = String::new();
    for (number, finding) in (1..).zip(findings) {
        let mut lines = String::new();
        wrap(&mut lines, &format!("{number}. {}", finding.head), 0);
        for line in lines.lines() {
            head(&mut out, line, is_styled);
        }
        wrap(&mut out, &finding.text, 3);
    }
    out
}

fn head(out: &mut String, text: &str, is_styled: bool) {
    let _ = if is_styled {
        writeln!(out, "\u{1b}[1m{text}\u{1b}[0m")
    } else {
        writeln!(out, "{text}")
    };
}

/// Writes a line: a name, a sparkline of medians, and the median with its band in each month of `at`.
fn row(out: &mut String, at: &[usize], name: &str, values: &[Summary], scale: f64) {
    let medians: Vec<f64> = values.iter().map(|s| s.quantiles[2]).collect();
    let _ = write!(out, "{name:<NAME$}{}", sparkline(&medians, SPARK));
    for month in at {
        let cell = values.get(month - 1).map_or_else(String::new, |s| {
            let [low, _, middle, _, high] = s.quantiles;
            let errors = s.standard_errors();
            let say = |value: f64, error: f64| rounded(value * scale, error * scale);
            let middle = say(middle, errors[1]);
            if s.has_band() {
                format!("{middle} {}-{}", say(low, errors[0]), say(high, errors[2]))
            } else {
                middle
            }
        });
        let _ = write!(out, " {cell:>CELL$}");
    }
    out.truncate(out.trim_end_matches(' ').len());
    out.push('\n');
}

/// A number rounded to the power of ten of its standard error, so that its last digit is not noise alone.
fn rounded(value: f64, error: f64) -> String {
    if error <= 0.0 || !error.is_finite() {
        return short(value);
    }
    let power = libm::floor(libm::log10(error));
    let near = to_its_error(value, error);
    let text = short(near);
    let Some((whole, decimals)) = text.split_once('.') else {
        return text;
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a few decimals"
    )]
    let kept = (-power).max(0.0) as usize;
    match kept.min(decimals.len()) {
        0 => whole.to_owned(),
        kept => format!("{near:.kept$}"),
    }
}

/// A number in at most four characters, for values below 10,000.
fn short(value: f64) -> String {
    let size = value.abs();
    if size >= 99.95 {
        format!("{value:.0}")
    } else if size >= 9.995 {
        format!("{value:.1}")
    } else if size < 0.005 {
        "0".to_owned()
    } else {
        format!("{value:.2}")
    }
}

/// A sparkline of `width` columns: values from zero to the largest, as eighths of a block.
fn sparkline(values: &[f64], width: usize) -> String {
    const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let top = values.iter().copied().fold(0.0, f64::max);
    if values.is_empty() || top <= 0.0 {
        return " ".repeat(width);
    }
    (0..width)
        .map(|column| {
            let value = values[column * (values.len() - 1) / (width - 1).max(1)];
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a place among eight"
            )]
            let level = (value.max(0.0) / top * 7.999) as usize;
            BLOCKS[level]
        })
        .collect()
}

/// Writes a text in indented lines of at most 80 columns.
fn wrap(out: &mut String, text: &str, indent: usize) {
    let mut column = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if column > 0 && indent + column + 1 + length > WIDTH {
            out.push('\n');
            column = 0;
        }
        if column == 0 {
            out.push_str(&" ".repeat(indent));
        } else {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sparklines_rise_from_the_lowest_to_the_highest_block() {
        assert_eq!(sparkline(&[0.0, 1.0, 2.0, 4.0], 4), "▁▂▄█");
        assert_eq!(sparkline(&[0.0; 5], 3), "   ");
        assert_eq!(sparkline(&[2.0], 3), "███");
    }

    #[test]
    fn lines_keep_to_their_width() {
        let mut out = String::new();
        wrap(&mut out, &"word ".repeat(60), 3);
        assert!(
            out.lines()
                .all(|line| line.chars().count() <= WIDTH && line.starts_with("   w"))
        );
        assert_eq!(
            [short(123.4), short(12.34), short(1.234), short(0.001)],
            ["123", "12.3", "1.23", "0"]
        );
        assert_eq!(
            [
                (123.4, 20.0),
                (12.34, 0.3),
                (3.2, 0.2),
                (7.1, 1.2),
                (0.5, 0.0)
            ]
            .map(|(q, error)| rounded(q, error)),
            ["120", "12.3", "3.2", "7", "0.50"]
        );
    }
}
