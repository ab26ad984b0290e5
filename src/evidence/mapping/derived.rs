//! Observations that follow from others.

use std::collections::BTreeMap;

use super::Mapping;
use crate::base::time::Date;
use crate::economics::pricing::blended_price;
use crate::observations::Observation;

/// Prices that a line must have for its prices at the ends of quarters to count.
const LEAST_PRICES: usize = 3;
/// Share of input tokens in a blended price.
const INPUT_SHARE: f64 = 0.75;

/// Observations, with those derived from them: blended prices of three input tokens to one output token, and the sum of
/// the two labs' run rates at one date.
#[must_use]
pub fn with_derived(observations: &[Observation]) -> Vec<Observation> {
    let mut all = observations.to_vec();
    let prices = blended(observations);
    all.extend(quarterly(&prices));
    all.extend(prices);
    all.extend(both_labs(observations));
    all
}

fn blended(observations: &[Observation]) -> Vec<Observation> {
    let of = |metric: &'static str| {
        let rows = observations.iter();
        rows.filter(move |seen| seen.metric == metric)
    };
    let mut inputs: BTreeMap<(&str, Option<Date>), &Observation> = BTreeMap::new();
    for seen in of("price_input") {
        inputs.insert((seen.entity.as_str(), seen.until), seen);
    }
    let outputs = of("price_output");
    let found = outputs.filter_map(|output| {
        let input = inputs.get(&(output.entity.as_str(), output.until))?;
        if input.unit != output.unit {
            return None;
        }
        Some(Observation {
            row: format!("{}+{}", input.row, output.row),
            metric: "price_blended".to_owned(),
            value: Some(blended_price(input.value?, output.value?, INPUT_SHARE)),
            known: input.known.max(output.known),
            ..output.clone()
        })
    });
    found.collect()
}

/// List prices at the ends of quarters: that of the newest model of each line, from its release on. Prices are observed
/// when a model is released; between releases they stand.
fn quarterly(prices: &[Observation]) -> Vec<Observation> {
    let mapping = Mapping::built_in();
    let mut by_label: BTreeMap<&str, Vec<&Observation>> = BTreeMap::new();
    for price in prices {
        if let Some(line) = mapping.line_of(price) {
            by_label.entry(line.label.as_str()).or_default().push(price);
        }
    }
    let Some(last) = prices.iter().filter_map(|price| price.until).max() else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for rows in by_label
        .values_mut()
        .filter(|rows| rows.len() >= LEAST_PRICES)
    {
        rows.sort_by_key(|row| row.until);
        let Some(first) = rows[0].until else { continue };
        for end in quarter_ends(first, last) {
            let newest = rows.iter().rev().find(|row| row.until <= Some(end));
            if let Some(newest) = newest.filter(|row| row.until != Some(end)) {
                found.push(Observation {
                    row: format!("{} at {end}", newest.row),
                    from: Some(end),
                    until: Some(end),
                    known: newest.known.max(Some(end)),
                    ..(*newest).clone()
                });
            }
        }
    }
    found
}

/// The last days of the quarters between two dates.
fn quarter_ends(first: Date, last: Date) -> Vec<Date> {
    let year = |date: Date| date.to_string()[..4].parse::<i32>().unwrap_or(0);
    (year(first)..=year(last))
        .flat_map(|year| ["03-31", "06-30", "09-30", "12-31"].map(|day| format!("{year}-{day}")))
        .filter_map(|text| Date::parse(&text))
        .filter(|end| (first..=last).contains(end))
        .collect()
}

fn both_labs(observations: &[Observation]) -> Vec<Observation> {
    let run_rates = |lab: &str| -> Vec<&Observation> {
        let mut best: Vec<&Observation> = Vec::new();
        for seen in observations
            .iter()
            .filter(|seen| seen.entity == lab && seen.metric == "run_rate" && seen.kind == "actual")
        {
            match best.iter_mut().find(|other| other.until == seen.until) {
                Some(other) if seen.quality < other.quality => *other = seen,
                Some(_) => {}
                None => best.push(seen),
            }
        }
        best
    };
    let others = run_rates("Anthropic");
    let mut found = Vec::new();
    for first in run_rates("OpenAI") {
        for second in others.iter().filter(|other| other.until == first.until) {
            if let (Some(a), Some(b)) = (first.value, second.value) {
                found.push(Observation {
                    row: format!("{}+{}", first.row, second.row),
                    entity: "OpenAI and Anthropic".to_owned(),
                    value: Some(a + b),
                    known: first.known.max(second.known),
                    quality: first.quality.clone().max(second.quality.clone()),
                    ..(*first).clone()
                });
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observations::pack;

    #[test]
    fn a_blended_price_needs_two_prices_of_one_unit() {
        let blended = |unit: &str| {
            let text = format!(
                "entity,metric,period_end,value,unit\nm,price_input,2026-06-30,2,{unit}\nm,price_output,2026-06-30,10,USD per 1M tokens\n"
            );
            let rows = crate::observations::parse("o.csv", &text).expect("rows");
            let found = with_derived(&rows);
            let found = found.iter().find(|seen| seen.metric == "price_blended");
            found.and_then(|seen| seen.value)
        };
        assert_eq!(blended("USD per 1M tokens"), Some(4.0));
        assert_eq!(blended("USD per 1K tokens"), None);
    }

    #[test]
    fn the_sum_of_two_labs_is_that_of_the_data() {
        let all = with_derived(pack());
        let sum = all.iter().find(|seen| {
            seen.entity == "OpenAI and Anthropic"
                && seen.metric == "run_rate"
                && seen.until == Date::parse("2026-03-31")
        });
        assert_eq!(sum.and_then(|seen| seen.value), Some(43.0));
    }
}
