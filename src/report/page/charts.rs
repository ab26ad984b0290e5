//! Descriptions of charts for the page of a run: those of the pictures, with numbers rounded to four digits.

use serde_json::{Value, json};

use super::data::number;
use crate::report::charts::Chart;
use crate::report::tables::dollar::{self, Part};

/// Descriptions of all charts but the dollar, which has a chart for each year.
pub(super) fn without_dollar(charts: &[Chart]) -> Vec<Value> {
    let others = charts.iter().filter(|chart| chart.name != "dollar");
    others.map(described).collect()
}

/// By year: its months, and the description of the dollar.
pub(super) fn dollars(parts: &[Part]) -> Vec<Value> {
    let years = dollar::years(parts).into_iter();
    years
        .map(|months| json!([months, described(&dollar::chart(parts, months))]))
        .collect()
}

fn described(chart: &Chart) -> Value {
    rounded(serde_json::to_value(chart).expect("charts have text keys"))
}

fn rounded(value: Value) -> Value {
    match value {
        Value::Number(value) if value.is_f64() => number(value.as_f64().unwrap_or(0.0)),
        Value::Array(list) => list.into_iter().map(rounded).collect(),
        Value::Object(map) => {
            let entries = map.into_iter();
            Value::Object(entries.map(|(key, value)| (key, rounded(value))).collect())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::charts::{Body, Numbers, Step};

    #[test]
    fn a_page_has_every_chart_with_four_digits_and_a_dollar_for_each_year() {
        let chart = |name: &str| Chart {
            name: name.to_owned(),
            title: "T".to_owned(),
            subtitle: String::new(),
            body: Body::Waterfall {
                numbers: Numbers::Cents,
                whole: ("one".to_owned(), 1.0),
                steps: vec![Step {
                    label: "a".to_owned(),
                    value: 0.123_456,
                    interval: None,
                    colour: 3,
                }],
            },
        };
        let shown = without_dollar(&[chart("a"), chart("dollar")]);
        assert_eq!(shown.len(), 1);
        let step = &shown[0]["body"]["steps"][0];
        assert_eq!(
            (&step["value"], &step["colour"]),
            (&json!(0.1235), &json!(3))
        );
        let part = |months: &str| Part {
            months: months.to_owned(),
            who: "A".to_owned(),
            kind: "cloud".to_owned(),
            mean: 1.0,
            p05: 1.0,
            p25: 1.0,
            p50: 1.0,
            p75: 1.0,
            p95: 1.0,
        };
        let years = dollars(&[part("first"), part("second")]);
        assert_eq!((years.len(), &years[1][0]), (2, &json!("second")));
        assert_eq!(years[1][1]["name"], "dollar");
    }
}
