//! Formats of numbers, units and names.

use crate::economics::switching::Move;
use crate::metric::unit::Unit;
use crate::scenario::Scenario;
use crate::stats::Summary;

/// A short number for tables: up to four digits, and a letter for thousands, millions and billions.
#[must_use]
pub fn figure(value: f64) -> String {
    let (scaled, letter) = match value.abs() {
        size if size >= 999.5e6 => (value * 1e-9, " bn"),
        size if size >= 999.5e3 => (value * 1e-6, " m"),
        size if size >= 9_999.5 => (value * 1e-3, " k"),
        _ => (value, ""),
    };
    let digits = match scaled.abs() {
        size if size >= 99.95 || size == 0.0 => 0,
        size if size >= 9.995 => 1,
        size if size >= 0.9995 => 2,
        size if size >= 0.0995 => 3,
        _ => 4,
    };
    format!("{scaled:.digits$}{letter}")
}

/// A number rounded to the power of ten of its standard error, so that its last digit is not noise alone.
#[must_use]
pub fn to_its_error(value: f64, error: f64) -> f64 {
    if error <= 0.0 || !error.is_finite() {
        return value;
    }
    let unit = libm::pow(10.0, libm::floor(libm::log10(error)));
    libm::round(value / unit) * unit
}

/// A share as per cent, with one digit where it is below ten.
#[must_use]
pub fn percent(share: f64) -> String {
    let value = share * 100.0;
    let digits = usize::from(value.abs() < 9.95 && value != 0.0);
    format!("{value:.digits$} %")
}

/// A share as whole per cent.
#[must_use]
pub fn whole_percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

/// A mean and its 95 % interval, in words.
#[must_use]
pub fn mean_in_words(values: &Summary, unit: &Unit) -> String {
    let (mean, half) = (values.mean, values.half_width(0.95));
    format!(
        "{} (95 % interval: {} to {})",
        amount(mean, unit),
        figure(mean - half),
        figure(mean + half)
    )
}

/// A short number with its unit, if it has one.
#[must_use]
pub fn amount(value: f64, unit: &Unit) -> String {
    if unit.is_plain() {
        figure(value)
    } else {
        format!("{} {}", figure(value), unit_words(unit))
    }
}

/// A unit as written behind a number.
#[must_use]
pub fn unit_words(unit: &Unit) -> String {
    unit.to_string()
        .replace("usd", "USD")
        .replace("h100e", "H100e")
}

/// The unit as the end of a subtitle; empty for a dimensionless number.
#[must_use]
pub fn in_unit(unit: &Unit) -> String {
    if unit.is_plain() {
        String::new()
    } else {
        format!(", in {}", unit_words(unit))
    }
}

/// The title of an entity at the head of a chart: names of actors as they are, all others with a capital letter.
#[must_use]
pub fn headed(scenario: &Scenario, name: &str) -> String {
    let title = titled(scenario, name);
    let is_actor = scenario.lab.iter().any(|lab| lab.title.text == title);
    if is_actor { title } else { capital(&title) }
}

/// A text with a capital first letter.
#[must_use]
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(letters).collect()
}

/// The title of an entity of the tables.
#[must_use]
pub fn titled(scenario: &Scenario, name: &str) -> String {
    let mut titles = (scenario.cloud.iter().map(|x| (&x.name, &x.title)))
        .chain(scenario.lab.iter().map(|x| (&x.name, &x.title)))
        .chain(scenario.vendor.iter().map(|x| (&x.name, &x.title)))
        .chain(scenario.router.iter().map(|x| (&x.name, &x.title)));
    if let Some((_, title)) = titles.find(|(found, _)| found.text == name) {
        return title.text.clone();
    }
    match Move::ALL.iter().find(|kind| kind.name() == name) {
        Some(Move::Model) => "another model".to_owned(),
        Some(Move::Router) => "another router".to_owned(),
        Some(Move::Cloud) => "another cloud".to_owned(),
        Some(Move::SelfHost) => "self-hosting".to_owned(),
        None => {
            let words = name.split('-').map(|word| match word {
                "ai" => "AI",
                other => other,
            });
            words.collect::<Vec<&str>>().join(" ")
        }
    }
}
