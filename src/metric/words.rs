//! Metrics in plain words: `sum(clouds.aws.ai_revenue_usd[25..36])` is the sum of AI revenue of AWS in months 25 to 36.

use super::Metric;
use super::parse::{Expr, Op, Reference, What, parse};
use crate::market::rows::declared;

/// Name of a measure in sentences; a price index, which a scenario adds, is named by its column.
#[must_use]
pub fn short_name(table: &str, measure: &str) -> String {
    if table == super::pairs::FLOWS {
        return match measure.strip_suffix("_usd") {
            None => "payments".to_owned(),
            Some(kind) => kind.replace('_', " "),
        };
    }
    let tables = declared().into_iter();
    let mut measures = tables
        .filter(|(name, ..)| *name == table)
        .flat_map(|(.., measures)| measures);
    measures
        .find(|declared| declared.name == measure)
        .map_or_else(
            || measure.replace('_', " "),
            |declared| declared.short.to_owned(),
        )
}

impl Metric {
    /// The metric in words; `title` returns the title of an entity.
    #[must_use]
    pub fn words(&self, title: &dyn Fn(&str) -> String) -> String {
        parse(&self.text).map_or_else(|_| self.text.clone(), |tree| words(&tree, title))
    }
}

fn words(expr: &Expr, title: &dyn Fn(&str) -> String) -> String {
    match &expr.what {
        What::Number(value, None) => value.to_string(),
        What::Number(value, Some(unit)) => format!("{value} {unit}"),
        What::Word(word) => word.clone(),
        What::Values(values) => reference(values, title),
        What::Not(inner) => format!("not ({})", words(inner, title)),
        What::Minus(inner) => format!("minus {}", words(inner, title)),
        What::In(inner, arm) => format!("{} in {arm}", words(inner, title)),
        What::Binary(op, a, b) => {
            format!("{} {} {}", words(a, title), between(*op), words(b, title))
        }
        What::Call(name, parts) => {
            let parts: Vec<String> = parts.iter().map(|part| words(part, title)).collect();
            let name = match name.as_str() {
                "cv" => "coefficient of variation",
                "hhi" => "concentration (HHI)",
                "sd" => "standard deviation",
                "count" => "number of times that",
                "share" => "share of times that",
                "min" => "least",
                "max" => "most",
                "abs" => "size",
                other => other,
            };
            format!("{} of {}", name.replace('_', " "), parts.join(" and "))
        }
    }
}

fn between(op: Op) -> &'static str {
    match op {
        Op::Add => "plus",
        Op::Subtract => "less",
        Op::Multiply => "times",
        Op::Divide => "over",
        Op::Less => "is below",
        Op::AtMost => "is at most",
        Op::More => "is above",
        Op::AtLeast => "is at least",
        Op::Equal => "is",
        Op::And => "and",
        Op::Or => "or",
    }
}

fn reference(values: &Reference, title: &dyn Fn(&str) -> String) -> String {
    let measure = short_name(&values.table, &values.measure);
    let when = match values.months {
        None => "each month".to_owned(),
        Some((from, to)) if from == to => format!("in month {from}"),
        Some((from, to)) => format!("in months {from} to {to}"),
    };
    if values.table == "market" {
        return format!("{measure} of the market {when}");
    }
    let all = format!("all {}", values.table);
    let joined = |names: &[String], all: &str| {
        let names: Vec<String> = names.iter().map(|name| title(name)).collect();
        if names.is_empty() {
            all.to_owned()
        } else {
            names.join(" and ")
        }
    };
    let whose = match &values.seconds {
        None => joined(&values.entities, &all),
        Some(seconds) => {
            let between = match values.table.as_str() {
                "stakes" => "in",
                "hosts" => "at",
                _ => "to",
            };
            format!(
                "{} {between} {}",
                joined(&values.entities, "all"),
                joined(seconds, "all")
            )
        }
    };
    if values.table == "switching" {
        return format!("{measure} to move to {whose} {when}");
    }
    format!("{measure} of {whose} {when}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_are_told_in_words() {
        let title = |name: &str| match name {
            "aws" => "AWS".to_owned(),
            "cloud" => "another cloud".to_owned(),
            other => other.to_owned(),
        };
        let said = |text: &str| words(&parse(text).expect("a metric"), &title);
        assert_eq!(
            said("sum(clouds.aws.ai_revenue_usd[25..36])"),
            "sum of AI revenue of AWS in months 25 to 36"
        );
        assert_eq!(
            said("backlog.openai.aws.backlog_usd[36]"),
            "backlog of openai to AWS in month 36"
        );
        assert_eq!(
            said("sum(flows.openai.*.usd[1..12])"),
            "sum of payments of openai to all in months 1 to 12"
        );
        assert_eq!(
            said("switching.cloud.months_of_spend[36] >= 3 months"),
            "months of spend to move to another cloud in month 36 is at least 3 months"
        );
        assert_eq!(
            said("market.market.hhi_lab[1]@rival - hhi(labs.*.usage_share[1])"),
            "concentration of labs (HHI) of the market in month 1 in rival less concentration (HHI) of usage share of all labs in month 1"
        );
    }
}
