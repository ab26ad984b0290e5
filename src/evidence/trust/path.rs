//! The path of the baseline beside the past: quarters that were observed, and quarters of the run.

use std::fmt::Write as _;

use crate::base::time::Date;
use crate::ensemble::{Ensemble, run_quietly};
use crate::evidence::backtest::Failed;
use crate::evidence::past::Past;
use crate::market::rows::{CloudRow, LabRow, MarketRow};
use crate::panel::Column;
use crate::scenario::{Request, load};
use crate::simulation::Simulation;
use crate::stats::quantile;

/// Quarters before the start and after it.
const BEFORE: u32 = 5;
const AFTER: usize = 4;

/// The way from months to a quarter or a year.
#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    /// The value of the last month.
    Last,
    /// The growth a month from the end of the period before; from the first month in the first period.
    Growth,
    /// The sum.
    Sum,
    /// The mean of months.
    Mean,
}

/// A row of the table: its name, the column, entities that are summed, factor and way.
type Row = (&'static str, Column, &'static [&'static str], f64, How);

/// Clouds with a name of their own.
const CLOUDS: &[&str] = &["aws", "azure", "google", "oracle", "neocloud", "small"];

const ROWS: [Row; 11] = [
    (
        "OpenAI, growth of the run rate a month, %",
        LabRow::run_rate_usd,
        &["openai"],
        100.0,
        How::Growth,
    ),
    (
        "Anthropic, growth of the run rate a month, %",
        LabRow::run_rate_usd,
        &["anthropic"],
        100.0,
        How::Growth,
    ),
    (
        "OpenAI, run rate at the end, USD bn a year",
        LabRow::run_rate_usd,
        &["openai"],
        1e-9,
        How::Last,
    ),
    (
        "Anthropic, run rate at the end, USD bn a year",
        LabRow::run_rate_usd,
        &["anthropic"],
        1e-9,
        How::Last,
    ),
    (
        "AWS, revenue, USD bn",
        CloudRow::total_revenue_usd,
        &["aws"],
        1e-9,
        How::Sum,
    ),
    (
        "capex of Amazon, Microsoft, Alphabet and Oracle, USD bn",
        CloudRow::total_capex_usd,
        &["aws", "azure", "google", "oracle"],
        1e-9,
        How::Sum,
    ),
    (
        "enterprise spend on models, USD bn",
        MarketRow::spend_usd,
        &["market"],
        1e-9,
        How::Sum,
    ),
    (
        "AI revenue of all clouds, USD bn",
        CloudRow::ai_revenue_usd,
        CLOUDS,
        1e-9,
        How::Sum,
    ),
    (
        "unserved tokens, %",
        MarketRow::unserved_share,
        &["market"],
        100.0,
        How::Mean,
    ),
    (
        "contract rent at neoclouds, USD per H100e-hour",
        CloudRow::rent_contract_usd_per_h,
        &["neocloud"],
        1.0,
        How::Mean,
    ),
    (
        "spot rent at neoclouds, USD per H100e-hour",
        CloudRow::rent_spot_usd_per_h,
        &["neocloud"],
        1.0,
        How::Mean,
    ),
];

/// The table: observed quarters, then medians with the central 80 % of the run's first four quarters and first year.
///
/// # Errors
/// A broken invariant.
pub(super) fn path() -> Result<String, Failed> {
    let loaded = load(&Request {
        sets: vec!["months=12".to_owned()],
        ..Request::default()
    })?;
    let simulation = Simulation::of(&loaded);
    let replications = u32::try_from(loaded.scenario.run.replications.0).unwrap_or(u32::MAX);
    let ensemble = run_quietly(&simulation, replications).map_err(Failed::Invariant)?;
    let start = loaded.scenario.start.date;
    let published = Date::parse(super::PUBLISHED).expect("a date");
    let past = Past::published_by(start, published);
    let mut text = format!(
        "## The path of the baseline beside the past\n\nQuarters up to {start} as observed in reports that were public by {published}, then the baseline with {replications} replications: median and central 80 %. Observed run rates lie on lines between reports. Reports contradict each other (for Anthropic at the end of March 2026 they say 19 and 30, of which the table has the middle), so the growth by quarter is rough. The run starts from the nowcast, which weighs each report with all earlier ones. A dash means that the data have no report of the measure itself, or not of all firms. Growth in the first quarter of the run is from its first month.\n\n| |"
    );
    for back in (1..=BEFORE).rev() {
        let _ = write!(text, " {} |", quarter(start, 3 * back));
    }
    for after in 1..=AFTER {
        let _ = write!(text, " run, quarter {after} |");
    }
    text.push_str(" run, year |\n| --- |");
    text.push_str(&" --- |".repeat(BEFORE as usize + AFTER + 1));
    text.push('\n');
    for row in &ROWS {
        let _ = write!(text, "| {} |", row.0);
        for back in (1..=BEFORE).rev() {
            let found = observed(&past, row, f64::from(3 * back));
            let cell = found.map_or_else(|| "-".to_owned(), |value| short(row.3 * value));
            let _ = write!(text, " {cell} |");
        }
        for months in (0..AFTER)
            .map(|at| 3 * at..3 * at + 3)
            .chain(std::iter::once(0..12))
        {
            let _ = write!(text, " {} |", band(&ensemble, row, months));
        }
        text.push('\n');
    }
    text.push('\n');
    Ok(text)
}

/// The name of the quarter that begins some months before a start at the end of a quarter.
fn quarter(start: Date, back: u32) -> String {
    let text = start.to_string();
    let part = |range: std::ops::Range<usize>| text.get(range).and_then(|t| t.parse::<u32>().ok());
    let (Some(year), Some(month)) = (part(0..4), part(5..7)) else {
        return text;
    };
    // The first month of the quarter, counted from year zero.
    let first = 12 * year + month - back;
    format!("{}Q{}", first / 12, first % 12 / 3 + 1)
}

fn short(value: f64) -> String {
    if value.abs() >= 99.5 {
        format!("{value:.0}")
    } else if value.abs() >= 9.95 {
        format!("{value:.1}")
    } else {
        format!("{value:.2}")
    }
}

/// The observed value of the quarter that begins `back` months before the run.
fn observed(past: &Past, row: &Row, back: f64) -> Option<f64> {
    let (_, column, entities, _, how) = *row;
    let points = |entity: &str| past.of(column.table, entity, column.measure);
    // A level in months before the run, where the end of the last month is at -0.5.
    let (from, until) = (-0.5 - back, 2.5 - back);
    match how {
        How::Last => level(points(entities.first()?), until),
        How::Growth => {
            let points = points(entities.first()?);
            let (first, last) = (level(points, from)?, level(points, until)?);
            Some(libm::exp(libm::log(last / first) / 3.0) - 1.0)
        }
        How::Sum => {
            let middle = f64::midpoint(from, until);
            let of = |entity: &&str| {
                let near = |(at, _): &&(f64, f64)| (at - middle).abs() < 1.1;
                points(entity)
                    .iter()
                    .find(near)
                    .map(|(_, value)| 3.0 * value)
            };
            entities.iter().map(of).sum()
        }
        How::Mean => None,
    }
}

/// A level between reports, linear in logarithms; reports of one day count as their geometric mean.
fn level(points: &[(f64, f64)], at: f64) -> Option<f64> {
    let mut points: Vec<(f64, f64)> = points
        .iter()
        .map(|(place, v)| (*place, libm::log(*v)))
        .collect();
    points.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let days: Vec<(f64, f64)> = points
        .chunk_by(|a, b| b.0 - a.0 < 0.01)
        .map(|day| {
            let logs: Vec<f64> = day.iter().map(|(_, log)| *log).collect();
            #[expect(clippy::cast_precision_loss, reason = "few reports of a day")]
            let mean = logs.iter().sum::<f64>() / logs.len() as f64;
            (day[0].0, mean)
        })
        .collect();
    let next = days.iter().position(|(place, _)| *place >= at - 0.01)?;
    let two = days[next];
    if two.0 - at < 0.1 {
        return Some(libm::exp(two.1));
    }
    let one = days[next.checked_sub(1)?];
    let slope = (two.1 - one.1) / (two.0 - one.0);
    Some(libm::exp(two.1 + slope * (at - two.0)))
}

/// The median and the central 80 % of a period of the run.
fn band(ensemble: &Ensemble, row: &Row, months: std::ops::Range<usize>) -> String {
    let (_, column, entities, factor, how) = *row;
    let mut values: Vec<f64> = ensemble
        .tables
        .iter()
        .filter_map(|tables| {
            let table = tables.iter().find(|table| table.name == column.table)?;
            let of = |month: usize| -> f64 {
                entities
                    .iter()
                    .map(|entity| table.at(month, entity, column))
                    .sum()
            };
            let (first, last) = (months.start.saturating_sub(1), months.end - 1);
            #[expect(clippy::cast_precision_loss, reason = "at most twelve months")]
            let count = |months: usize| months as f64;
            let sum = || months.clone().map(of).sum::<f64>();
            Some(match how {
                How::Last => of(last),
                How::Growth => {
                    libm::exp(libm::log(of(last) / of(first)) / count(last - first)) - 1.0
                }
                How::Sum => sum(),
                How::Mean => sum() / count(months.len()),
            })
        })
        .map(|value| factor * value)
        .collect();
    values.sort_unstable_by(f64::total_cmp);
    let [low, middle, high] = [0.1, 0.5, 0.9].map(|p| short(quantile(&values, p)));
    format!("{middle} ({low} to {high})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quarters_before_a_start_have_their_names() {
        let start = Date::parse("2026-03-31").expect("a date");
        let names: Vec<String> = (1..=5).rev().map(|back| quarter(start, 3 * back)).collect();
        assert_eq!(names, ["2025Q1", "2025Q2", "2025Q3", "2025Q4", "2026Q1"]);
    }

    #[test]
    fn levels_lie_on_lines_between_reports() {
        let points = [(-3.5, 4.0), (-1.5, 1.0), (-5.5, 16.0)];
        let near = |at: f64, value: f64| {
            let found = level(&points, at).expect("a level");
            assert!((found - value).abs() < 1e-9, "{at}: {found}");
        };
        near(-4.5, 8.0);
        near(-1.5, 1.0);
        near(-5.5, 16.0);
        assert_eq!(level(&points, -9.0), None);
        // After the last report there is none, and two reports of one day are one.
        assert_eq!(level(&points, -0.5), None);
        assert!((level(&[(0.0, 2.0), (0.0, 8.0)], 0.0).expect("a level") - 4.0).abs() < 1e-9);
        assert_eq!(level(&[], 0.0), None);
    }
}
