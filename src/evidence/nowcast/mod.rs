//! The state of the market at a vintage: levels, slopes and noises from the rows that were public by then, as
//! numbers of a scenario. A vintage is written by this module, never by hand.

mod lines;
mod prices;
mod rents;
mod rows;
mod trends;
mod write;

pub use rows::KnownRows;
pub use write::{Rewritten, block, rewrite};

use crate::base::time::Date;
use crate::base::units::DAYS_PER_MONTH;
use crate::observations::Observation;
use crate::scenario::Faults;
use crate::stats::trend::NoisePrior;

/// Settings of the estimate.
#[derive(Clone, Debug)]
pub struct Options {
    /// Date of the state; later rows are left out.
    pub vintage: Date,
    /// Last day on which rows may have become public; they are facts about periods that ended by the vintage.
    pub published: Date,
    /// Months in which a slope halves; infinite for slopes that last.
    pub half_life: f64,
    /// Degrees of freedom of the errors of reports.
    pub freedom: f64,
    /// Scales of the errors of reports of grades A to D, in logarithms.
    pub errors: [f64; 4],
    /// Repeated reports of one quantity and period from which the size of errors is learnt.
    pub repeats: usize,
    /// Trends of labs' revenue.
    pub lab: KindOptions,
    /// Trends of clouds' revenue.
    pub cloud: KindOptions,
    /// Trends of capital expenditure.
    pub capex: KindOptions,
    /// Ratios between rents.
    pub rent: RentOptions,
}

/// Settings of the trends of one kind of series.
#[derive(Clone, Copy, Debug)]
pub struct KindOptions {
    /// Prior of the noises, a root month, before the rows are seen.
    pub prior: NoisePrior,
    /// Months before the vintage from which rows count: earlier growth was of another kind.
    pub window: f64,
    /// Mean of the first slope of a series, a month.
    pub slope_mean: f64,
    /// Standard deviation of the first slope of a series, a month.
    pub slope_sd: f64,
}

/// Settings of rents: contracts are stated for three years and one H100e.
#[derive(Clone, Copy, Debug)]
pub struct RentOptions {
    /// Rent of a three-year contract over that of one year.
    pub one_year: f64,
    /// Rent of a three-year contract over that on demand.
    pub on_demand: f64,
    /// Standard deviation of the logarithms of these ratios, and of the ratios between spot markets.
    pub spread: f64,
    /// Noise of rents, in logarithms a root month, where fewer than three changes are known.
    pub noise: f64,
    /// Months before the vintage from which rents count.
    pub window: f64,
}

/// One number of the state: a path in scenarios and its value as TOML text.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// Keys and names of entries, such as `lab`, `openai`, `run_rate`.
    pub path: Vec<String>,
    /// The value: an inline table, a date or a list.
    pub text: String,
}

/// The state of the market at a vintage.
#[derive(Clone, Debug)]
pub struct State {
    /// The date.
    pub vintage: Date,
    /// All numbers, in the order in which they are printed.
    pub estimates: Vec<Estimate>,
    /// Rows that rest on facts that were public by the vintage and count here.
    pub used: usize,
    /// Rows left out because they became public after the vintage.
    pub later: usize,
    /// Quantities that could not be estimated, and why.
    pub missing: Vec<String>,
}

/// Estimates the state at the vintage.
///
/// # Errors
/// Rows without a date of publication, in another unit than is expected, or public before their period had ended, and
/// dates of which the rows say nothing.
pub fn nowcast(observations: &[Observation], options: &Options) -> Result<State, Faults> {
    let known = KnownRows::of(observations, options.vintage, options.published)?;
    let mut state = State {
        vintage: options.vintage,
        estimates: Vec::new(),
        used: 0,
        later: known.later,
        missing: Vec::new(),
    };
    trends::estimate(&known, options, &mut state);
    rents::estimate(&known, options, &mut state);
    prices::estimate(&known, &mut state);
    let mut names: Vec<&str> = state.estimates.iter().flat_map(rows_of).collect();
    names.sort_unstable();
    names.dedup();
    state.used = names.len();
    if state.used == 0 {
        return Err(Faults(vec![rows::too_soon(None, options.vintage)]));
    }
    Ok(state)
}

/// The rows that an estimate names.
fn rows_of(estimate: &Estimate) -> Vec<&str> {
    let list = estimate
        .text
        .split_once("rows = [")
        .and_then(|(_, rest)| rest.split_once(']'));
    list.map(|(names, _)| names.split('"').skip(1).step_by(2).collect())
        .unwrap_or_default()
}

impl State {
    fn add(&mut self, path: &[&str], text: String) {
        self.estimates.push(Estimate {
            path: path.iter().map(ToString::to_string).collect(),
            text,
        });
    }
}

/// The end of a day in months of mean length since 1970.
#[expect(clippy::cast_precision_loss, reason = "days of this century")]
fn months_of(date: Date) -> f64 {
    (date.days_since_epoch() + 1) as f64 / DAYS_PER_MONTH
}

/// A number rounded to four significant digits, as TOML: more would pretend to precision.
fn number(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{value:?}");
    }
    let magnitude = libm::floor(libm::log10(value.abs()));
    let unit = libm::pow(10.0, (3.0 - magnitude).abs());
    let rounded = if magnitude > 3.0 {
        libm::round(value / unit) * unit
    } else {
        libm::round(value * unit) / unit
    };
    format!("{rounded:?}")
}

/// A list of names of rows, as TOML.
fn name_list<'a>(rows: impl IntoIterator<Item = &'a Observation>) -> String {
    let mut names: Vec<String> = Vec::new();
    for row in rows {
        let name = format!("\"{}\"", row.row);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    format!("[{}]", names.join(", "))
}
