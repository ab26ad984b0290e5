//! Observations that follow from others.

use std::collections::BTreeMap;

use crate::base::time::Date;
use crate::economics::pricing::blended_price;
use crate::observations::Observation;

/// Share of input tokens in a blended price.
const INPUT_SHARE: f64 = 0.75;

/// Observations, with those derived from them: blended prices of three input tokens to one output token, and the sum of
/// the two labs' run rates at one date.
#[must_use]
pub fn with_derived(observations: &[Observation]) -> Vec<Observation> {
    let mut all = observations.to_vec();
    all.extend(blended(observations));
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
