//! Trends of revenue and capital expenditure.

use super::lines::{Form, Kind, LINES, Line};
use super::rows::KnownRows;
use super::{KindOptions, Options, State, months_of, name_list, number};
use crate::observations::Observation;
use crate::stats::quantile;
use crate::stats::trend::{Grid, Growth, Model, Noise, Reading, Trend, fit_noise_with, sampled};

/// The series of one lab or cloud.
struct Series<'a> {
    of: &'static str,
    rows: Vec<(&'a Observation, Form)>,
}

/// Reports whose periods start and end within so many days are of one period.
const SAME_PERIOD_DAYS: i64 = 3;
/// Median of the absolute value of Student's t with four degrees of freedom.
const MEDIAN_T4: f64 = 0.740_697;

/// Estimates levels, slopes and noises of all kinds.
pub(super) fn estimate(known: &KnownRows<'_>, options: &Options, state: &mut State) {
    let mut noises = Vec::new();
    for kind in Kind::ALL {
        let own = match kind {
            Kind::Lab => options.lab,
            Kind::Cloud => options.cloud,
            Kind::Capex => options.capex,
        };
        let series = series_of(kind, known, own.window);
        let errors = Errors::of(&series, options);
        let (noise, note) = noise_of(&series, &errors, (options, own));
        for one in &series {
            let model = Model {
                noise,
                ..model_of(options, own)
            };
            add(
                kind,
                one,
                errors.fit(one, &model, months_of(known.vintage)),
                state,
            );
        }
        noises.push((kind, noise, note, series));
    }
    for (kind, noise, note, series) in noises {
        let rows = name_list(
            series
                .iter()
                .flat_map(|one| one.rows.iter().map(|(row, _)| *row)),
        );
        let (level, slope) = kind.noises();
        for (key, value) in [(level, noise.level), (slope, noise.slope)] {
            let text = format!(
                "{{ value = {}, unit = \"ratio\", class = \"estimated\", source = \"{note}\", rows = {rows} }}",
                number(value)
            );
            state.add(&["trend", key], text);
        }
    }
}

fn model_of(options: &Options, own: KindOptions) -> Model {
    Model {
        noise: own.prior.median,
        half_life: options.half_life,
        slope_mean: own.slope_mean,
        slope_sd: own.slope_sd,
        freedom: options.freedom,
    }
}

/// The series of a kind, in the order of the lines; those without a row stay in, to be reported.
fn series_of<'a>(kind: Kind, known: &KnownRows<'a>, window: f64) -> Vec<Series<'a>> {
    let mut series: Vec<Series<'a>> = Vec::new();
    for line in LINES.iter().filter(|line| line.kind == kind) {
        let mut rows = rows_of(line, known);
        rows.retain(|(row, _)| end(row) >= months_of(known.vintage) - window);
        match series.iter_mut().find(|one| one.of == line.of) {
            Some(one) => one.rows.extend(rows),
            None => series.push(Series { of: line.of, rows }),
        }
    }
    series
}

fn rows_of<'a>(line: &Line, known: &KnownRows<'a>) -> Vec<(&'a Observation, Form)> {
    known
        .of_metric(line.entity, line.metric, line.form.unit())
        .into_iter()
        .filter(|row| line.form == Form::Level || row.from.is_some())
        .map(|row| (row, line.form))
        .collect()
}

/// The logarithm that a row states: of dollars a year, or of one plus growth.
fn log_of(row: &Observation, form: Form) -> f64 {
    let value = row.value.unwrap_or(f64::NAN);
    match form {
        Form::Level => libm::log(value * 1e9),
        Form::Flow => libm::log(value * 1e9 * 12.0 / (end(row) - start(row))),
        Form::Growth => libm::log1p(value / 100.0),
    }
}

fn end(row: &Observation) -> f64 {
    row.until.map_or(f64::NAN, months_of)
}

/// The start of the first day of a row's period, in months.
fn start(row: &Observation) -> f64 {
    row.from.map_or(f64::NAN, |from| {
        months_of(from) - 1.0 / crate::base::units::DAYS_PER_MONTH
    })
}

/// Scales of the errors of reports: by grade, times a factor of the kind that its conflicts tell.
struct Errors {
    by_grade: [f64; 4],
    factor: f64,
    /// Repeated reports behind the factor; zero if they are too few.
    pairs: usize,
}

impl Errors {
    fn of(series: &[Series<'_>], options: &Options) -> Self {
        let mut errors = Self {
            by_grade: options.errors,
            factor: 1.0,
            pairs: 0,
        };
        let mut misses: Vec<f64> = series.iter().flat_map(|one| errors.misses(one)).collect();
        if !misses.is_empty() && misses.len() >= options.repeats {
            errors.pairs = misses.len();
            misses.sort_by(f64::total_cmp);
            errors.factor = quantile(&misses, 0.5) / MEDIAN_T4;
        }
        errors
    }

    /// The error of a row; none is better than that of grade A.
    fn scale(&self, row: &Observation) -> f64 {
        let grade = match row.quality.as_str() {
            "A" => 0,
            "B" => 1,
            "C" => 2,
            _ => 3,
        };
        (self.by_grade[grade] * self.factor).max(self.by_grade[0])
    }

    /// Differences between reports of one metric and period, over the scale of their error.
    fn misses(&self, series: &Series<'_>) -> Vec<f64> {
        let mut misses = Vec::new();
        for (at, (first, form)) in series.rows.iter().enumerate() {
            for (second, other) in &series.rows[at + 1..] {
                if form == other && is_one_period(first, second, *form) {
                    let scale = libm::hypot(self.scale(first), self.scale(second));
                    misses.push((log_of(first, *form) - log_of(second, *form)).abs() / scale);
                }
            }
        }
        misses
    }

    fn readings(&self, series: &Series<'_>) -> (Vec<Reading>, Vec<Growth>) {
        let (mut readings, mut growths) = (Vec::new(), Vec::new());
        let mut is_told = vec![false; series.rows.len()];
        for (at, (row, form)) in series.rows.iter().enumerate() {
            if is_told[at] {
                continue;
            }
            let mut reports = vec![(log_of(row, *form), self.scale(row))];
            for (other, (second, kind)) in series.rows.iter().enumerate().skip(at + 1) {
                if !is_told[other] && kind == form && is_one_period(row, second, *form) {
                    is_told[other] = true;
                    reports.push((log_of(second, *form), self.scale(second)));
                }
            }
            let ((log, error), until) = (as_one(&reports), end(row));
            if *form == Form::Growth {
                growths.push(Growth {
                    from: start(row),
                    until,
                    months: 12.0,
                    log,
                    error,
                });
            } else {
                let is_flow = *form == Form::Flow;
                readings.push(Reading {
                    from: if is_flow { start(row) } else { until },
                    until,
                    log,
                    error,
                    is_flow,
                });
            }
        }
        (readings, growths)
    }

    /// The trend at a date, with the fit of the series; the level counts if the series has a reading of it.
    fn fit(&self, series: &Series<'_>, model: &Model, at: f64) -> Option<(Trend, bool)> {
        let (readings, growths) = self.readings(series);
        let trend = sampled(&readings, &growths, model, at)?;
        Some((trend, !readings.is_empty()))
    }
}

/// Reports of one quantity and period as one reading: their mean, with an error that their differences widen.
#[expect(clippy::cast_precision_loss, reason = "few reports")]
fn as_one(reports: &[(f64, f64)]) -> (f64, f64) {
    let count = reports.len() as f64;
    let mean = reports.iter().map(|(log, _)| log).sum::<f64>() / count;
    let spread: f64 = reports
        .iter()
        .map(|(log, _)| (log - mean) * (log - mean))
        .sum();
    let own: f64 = reports.iter().map(|(_, error)| error * error).sum();
    (mean, libm::sqrt((spread + own / count) / count))
}

fn is_one_period(first: &Observation, second: &Observation, form: Form) -> bool {
    let near = |a: Option<crate::base::time::Date>, b: Option<crate::base::time::Date>| match (a, b)
    {
        (Some(a), Some(b)) => {
            (a.days_since_epoch() - b.days_since_epoch()).abs() <= SAME_PERIOD_DAYS
        }
        _ => false,
    };
    near(first.until, second.until) && (form == Form::Level || near(first.from, second.from))
}

/// The pooled noises of a kind, and how they came about.
fn noise_of(
    series: &[Series<'_>],
    errors: &Errors,
    (options, own): (&Options, KindOptions),
) -> (Noise, String) {
    let readings: Vec<Vec<Reading>> = series.iter().map(|one| errors.readings(one).0).collect();
    let found = fit_noise_with(&readings, &model_of(options, own), &Grid::WIDE, &own.prior);
    let count: usize = series.iter().map(|one| one.rows.len()).sum();
    let scaled = if errors.pairs > 0 {
        format!(
            "; errors of reports times {} after {} repeated reports",
            number(errors.factor),
            errors.pairs
        )
    } else {
        String::new()
    };
    let prior = format!(
        "prior medians {} and {}, standard deviation of logarithms {}",
        number(own.prior.median.level),
        number(own.prior.median.slope),
        number(own.prior.sigma)
    );
    let slopes = if options.half_life.is_finite() {
        format!("slopes halve in {} months", number(options.half_life))
    } else {
        "slopes last".to_owned()
    };
    let note = format!(
        "posterior mode over {count} rows of the {} months to {}, {prior}; {slopes}{scaled}",
        number(own.window),
        options.vintage
    );
    (found.unwrap_or(own.prior.median), note)
}

/// Adds level, slope and their correlation to the state.
fn add(kind: Kind, series: &Series<'_>, fitted: Option<(Trend, bool)>, state: &mut State) {
    let (list, level_key, slope_key, ending) = kind.keys();
    let of = series.of;
    let Some((trend, has_level)) = fitted else {
        let vintage = state.vintage;
        state.missing.push(format!(
            "{list}.{of}.{level_key} and {slope_key}: no row was public by {vintage}"
        ));
        return;
    };
    let rows = name_list(series.rows.iter().map(|(row, _)| *row));
    let source = format!(
        "local linear trend of {} rows known by {}",
        series.rows.len(),
        state.vintage
    );
    let common = format!("class = \"estimated\", source = \"{source}\", rows = {rows} }}");
    let [[xx, xb], [_, bb]] = trend.covariance;
    if has_level {
        let (median, sigma) = (number(libm::exp(trend.level)), number(libm::sqrt(xx)));
        let text = format!(
            "{{ dist = \"lognormal\", median = {median}, sigma = {sigma}, unit = \"usd_per_year\", {common}"
        );
        state.add(&[list, of, level_key], text);
    } else {
        state.missing.push(format!(
            "{list}.{of}.{level_key}: only growth was public by {}",
            state.vintage
        ));
    }
    let (mean, sd) = (number(trend.slope), number(libm::sqrt(bb)));
    let text =
        format!("{{ dist = \"normal\", mean = {mean}, sd = {sd}, unit = \"per_month\", {common}");
    state.add(&[list, of, slope_key], text);
    if has_level {
        let name = format!("nowcast-{of}{ending}");
        let rho = number(xb / libm::sqrt(xx * bb));
        state.add(
            &["correlation", &name, "inputs"],
            format!("[\"{list}.{of}.{level_key}\", \"{list}.{of}.{slope_key}\"]"),
        );
        state.add(
            &["correlation", &name, "matrix"],
            format!("[[1.0, {rho}], [{rho}, 1.0]]"),
        );
    }
}
