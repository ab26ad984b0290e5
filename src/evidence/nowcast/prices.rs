//! List prices: the latest release of each line of models, and how releases changed prices.

use super::rows::KnownRows;
use super::{State, name_list, number};
use crate::base::time::Date;
use crate::economics::pricing::blended_price;
use crate::observations::Observation;

/// The mapping of observations; its lines with the metric `price_blended` say which models belong to which line.
const MEASURES: &str = include_str!("../../../data/measures.csv");

/// Tiers whose releases are pooled.
const TIERS: [&str; 3] = ["flagship", "mid", "small"];
const UNIT: &str = "USD per 1M tokens";
/// Steps of the logarithm below this are no change of price.
const NO_CHANGE: f64 = 1e-9;

/// One line of models in the mapping.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ModelLine {
    /// Patterns of entities.
    patterns: Vec<String>,
    /// The model of scenarios.
    model: String,
    /// True if the observed price is that of the model itself, not one in proportion to it.
    is_same: bool,
}

/// The lines of models, in the order in which their patterns are tried.
pub(super) fn lines(measures: &str) -> Vec<ModelLine> {
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_reader(measures.as_bytes());
    let header = reader.headers().cloned().unwrap_or_default();
    let field = |record: &csv::StringRecord, name: &str| -> String {
        let at = header.iter().position(|other| other == name);
        at.and_then(|at| record.get(at))
            .unwrap_or_default()
            .to_owned()
    };
    let mut lines: Vec<ModelLine> = Vec::new();
    for record in reader.records().filter_map(Result::ok) {
        let is_price = field(&record, "metric")
            .split('|')
            .any(|name| name == "price_blended");
        if field(&record, "table") != "models" || !is_price {
            continue;
        }
        lines.push(ModelLine {
            patterns: field(&record, "entity")
                .split('|')
                .map(|part| part.trim().to_owned())
                .collect(),
            model: field(&record, "of"),
            is_same: field(&record, "bridge") != "ratio",
        });
    }
    lines
}

/// True if a text matches a pattern in which `*` stands for any text.
fn is_match(pattern: &str, text: &str) -> bool {
    let Some((before, after)) = pattern.split_once('*') else {
        return pattern == text;
    };
    text.strip_prefix(before).is_some_and(|rest| {
        (0..=rest.len()).any(|at| rest.is_char_boundary(at) && is_match(after, &rest[at..]))
    })
}

/// A model that was released: its first and its latest price of a token in and out.
struct Release<'a> {
    entity: &'a str,
    first: Quote<'a>,
    latest: Quote<'a>,
}

#[derive(Clone, Copy)]
struct Quote<'a> {
    date: Date,
    input: &'a Observation,
    output: &'a Observation,
}

impl Quote<'_> {
    fn blended(&self) -> f64 {
        let of = |row: &Observation| row.value.unwrap_or(f64::NAN);
        blended_price(of(self.input), of(self.output), 0.75)
    }
}

/// Adds prices of the latest release of each line, and the pooled behaviour of releases.
pub(super) fn estimate(known: &KnownRows<'_>, state: &mut State) {
    let lines = lines(MEASURES);
    let mut models: Vec<&str> = Vec::new();
    for line in lines.iter().filter(|line| line.is_same) {
        if !models.contains(&line.model.as_str()) {
            models.push(&line.model);
        }
    }
    let count = models.len();
    let (mut steps, mut rows) = (Vec::new(), Vec::new());
    for model in models {
        let releases = releases_of(model, &lines, known);
        let Some(last) = releases.last() else {
            state.missing.push(format!(
                "model.{model}.price_in, price_out and released: no price was public by {}",
                state.vintage
            ));
            continue;
        };
        add_model(model, last, state);
        for pair in releases.windows(2) {
            let step = libm::log(pair[1].first.blended() / pair[0].latest.blended());
            steps.push(step);
            rows.extend([
                pair[0].latest.input,
                pair[0].latest.output,
                pair[1].first.input,
                pair[1].first.output,
            ]);
        }
    }
    add_steps(&steps, (&name_list(rows), count), state);
}

fn add_model(model: &str, last: &Release<'_>, state: &mut State) {
    for (key, row) in [
        ("price_in", last.latest.input),
        ("price_out", last.latest.output),
    ] {
        let text = format!(
            "{{ value = {}, unit = \"usd_per_mtok\", class = \"measured\", source = \"list price of {}, the latest release of its line known by {}\", rows = {} }}",
            number(row.value.unwrap_or(f64::NAN)),
            last.entity,
            state.vintage,
            name_list([row])
        );
        state.add(&["model", model, key], text);
    }
    state.add(&["model", model, "released"], last.first.date.to_string());
}

#[expect(clippy::cast_precision_loss, reason = "few releases")]
fn add_steps(steps: &[f64], (rows, lines): (&str, usize), state: &mut State) {
    let changes: Vec<f64> = steps
        .iter()
        .copied()
        .filter(|step| step.abs() > NO_CHANGE)
        .collect();
    if changes.is_empty() {
        let vintage = state.vintage;
        state.missing.push(format!("tier.*.release_no_change and release_price_spread: no change by a release was public by {vintage}"));
        return;
    }
    let still = (steps.len() - changes.len()) as f64 / steps.len() as f64;
    let spread =
        libm::sqrt(changes.iter().map(|step| step * step).sum::<f64>() / changes.len() as f64);
    let vintage = state.vintage;
    for tier in TIERS {
        let counted = format!(
            "{} of {} releases of {lines} lines of models",
            steps.len() - changes.len(),
            steps.len()
        );
        let text = format!(
            "{{ value = {}, unit = \"share\", class = \"estimated\", source = \"{counted} known by {vintage} left the price as it was\", rows = {rows} }}",
            number(still)
        );
        state.add(&["tier", tier, "release_no_change"], text);
        let text = format!(
            "{{ value = {}, unit = \"ratio\", class = \"estimated\", source = \"root mean square of the logarithms of {} changes of price by releases known by {vintage}\", rows = {rows} }}",
            number(spread),
            changes.len()
        );
        state.add(&["tier", tier, "release_price_spread"], text);
    }
}

/// The releases of a line in order of their first prices.
fn releases_of<'a>(model: &str, lines: &[ModelLine], known: &KnownRows<'a>) -> Vec<Release<'a>> {
    let is_own = |entity: &str| {
        let first = lines.iter().find(|line| {
            line.patterns
                .iter()
                .any(|pattern| is_match(pattern, entity))
        });
        first.is_some_and(|line| line.model == model && line.is_same)
    };
    let mut releases: Vec<Release<'a>> = Vec::new();
    for input in known
        .rows
        .iter()
        .filter(|row| row.metric == "price_input" && row.unit == UNIT && is_own(&row.entity))
    {
        let output = known.rows.iter().find(|row| {
            row.metric == "price_output"
                && row.unit == UNIT
                && row.entity == input.entity
                && row.until == input.until
        });
        let (Some(output), Some(date)) = (output, input.until) else {
            continue;
        };
        if !input.value.is_some_and(|value| value > 0.0)
            || !output.value.is_some_and(|value| value > 0.0)
        {
            continue;
        }
        let quote = Quote {
            date,
            input,
            output,
        };
        match releases
            .iter_mut()
            .find(|release| release.entity == input.entity)
        {
            Some(release) if quote.date < release.first.date => release.first = quote,
            Some(release) if quote.date > release.latest.date => release.latest = quote,
            Some(_) => {}
            None => releases.push(Release {
                entity: &input.entity,
                first: quote,
                latest: quote,
            }),
        }
    }
    releases.sort_by_key(|release| release.first.date);
    releases
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_any_text_at_their_stars() {
        assert!(
            is_match("OpenAI gpt-5.*", "OpenAI gpt-5.4") && is_match("a", "a") && is_match("*", "")
        );
        assert!(
            is_match("*mini*", "OpenAI o1-mini")
                && !is_match("gpt-5.*", "gpt-5")
                && !is_match("a", "ab")
        );
    }

    #[test]
    fn lines_are_read_with_alternatives() {
        let text = "entity,metric,table,of,bridge\nA x|A y,price_blended,models,a-small,none\nB,revenue,labs,b,none\nA *,price_blended,models,a-small,ratio\n";
        let line = |patterns: &[&str], is_same| ModelLine {
            patterns: patterns.iter().map(ToString::to_string).collect(),
            model: "a-small".to_owned(),
            is_same,
        };
        assert_eq!(
            lines(text),
            [line(&["A x", "A y"], true), line(&["A *"], false)]
        );
        let models = lines(MEASURES);
        assert!(
            ["openai-flagship", "anthropic-mid", "google-small"]
                .iter()
                .all(|model| models
                    .iter()
                    .any(|line| line.is_same && line.model == *model))
        );
    }
}
