//! Scenario discovery: in which cases of a table something happens.

use crate::rng::{Purpose, Streams};
use crate::scenario::{Fault, Faults, fault::suggestion};
use crate::stats::boxes::{Bound, Fit, Limits, balanced, bounds, peel};

/// A column of numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its values.
    pub values: Vec<f64>,
}

/// What happens: a column compared with a number.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// The column.
    pub column: String,
    /// Whether it must be below rather than above.
    pub is_below: bool,
    /// Whether being equal counts.
    pub or_equal: bool,
    /// The number.
    pub number: f64,
}

impl Condition {
    /// Reads `column < number`; the last comparison counts, so that names of columns may hold others.
    ///
    /// # Errors
    /// No comparison, or no number behind it.
    pub fn read(text: &str) -> Result<Self, Faults> {
        let wrong = |message: String| {
            Faults(vec![Fault::nowhere(message).help("write a column, a comparison and a number: \"clouds.aws.ai_revenue_usd[36] < 1e9\"")])
        };
        let Some(at) = text.rfind(['<', '>']) else {
            return Err(wrong(format!("`{text}` compares nothing")));
        };
        let (column, rest) = text.split_at(at);
        let or_equal = rest[1..].starts_with('=');
        let number = rest[1 + usize::from(or_equal)..].trim();
        let Ok(number) = number.parse::<f64>() else {
            return Err(wrong(format!("`{number}` is no number")));
        };
        Ok(Self {
            column: column.trim().to_owned(),
            is_below: rest.starts_with('<'),
            or_equal,
            number,
        })
    }

    #[expect(clippy::float_cmp, reason = "equal is equal")]
    fn holds(&self, value: f64) -> bool {
        let is_equal = value == self.number;
        if is_equal {
            self.or_equal
        } else {
            (value < self.number) == self.is_below
        }
    }
}

/// How to look.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Share of points that a step peels off.
    pub alpha: f64,
    /// The smallest share of points that a box may hold.
    pub least: f64,
    /// Resamples for stability.
    pub resamples: u32,
    /// Seed of resampling.
    pub seed: u64,
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Discovery {
    /// Names of the inputs.
    pub inputs: Vec<String>,
    /// Cases, and how many of them are of interest.
    pub cases: (usize, usize),
    /// Boxes, each peeled from the one before.
    pub trajectory: Vec<(Limits, Fit)>,
    /// The one that balances coverage and density best.
    pub chosen: usize,
    /// Its bounds.
    pub bounds: Vec<Bound>,
}

/// Finds the boxes of input values in which cases of interest are dense.
///
/// # Errors
/// A column that is not there, or no cases on one side.
pub fn discover(
    table: &[Column],
    condition: &Condition,
    inputs: &[String],
    options: Options,
) -> Result<Discovery, Faults> {
    let column = |name: &str| -> Result<&Column, Faults> {
        table
            .iter()
            .find(|column| column.name == name)
            .ok_or_else(|| {
                let names = table.iter().map(|column| column.name.as_str());
                Faults(vec![
                    Fault::nowhere(format!("the table has no column of numbers `{name}`"))
                        .help(suggestion(name, names)),
                ])
            })
    };
    let outcome = column(&condition.column)?;
    let hits: Vec<bool> = outcome
        .values
        .iter()
        .map(|value| condition.holds(*value))
        .collect();
    let columns: Vec<&Column> = inputs
        .iter()
        .map(|name| column(name))
        .collect::<Result<_, _>>()?;
    let points: Vec<Vec<f64>> = (0..hits.len())
        .map(|row| columns.iter().map(|column| column.values[row]).collect())
        .collect();
    let count = hits.iter().filter(|hit| **hit).count();
    if count == 0 || count == hits.len() || inputs.is_empty() {
        let (message, help) = if inputs.is_empty() {
            (
                "the table has no inputs to bound".to_owned(),
                "name columns with --inputs",
            )
        } else {
            (
                format!(
                    "{count} of {} cases are of interest: there is nothing to tell apart",
                    hits.len()
                ),
                "move the number in --cases, or sweep more widely",
            )
        };
        return Err(Faults(vec![Fault::nowhere(message).help(help)]));
    }
    let trajectory = peel(&points, &hits, options.alpha, options.least);
    let chosen = balanced(&trajectory);
    let mut stream = Streams::new(options.seed, 0).stream(Purpose::User, 2, 0);
    let bounds = bounds(
        &points,
        &hits,
        &trajectory[chosen].0,
        (options.alpha, options.least),
        options.resamples,
        &mut stream,
    );
    Ok(Discovery {
        inputs: inputs.to_vec(),
        cases: (hits.len(), count),
        trajectory,
        chosen,
        bounds,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_read_from_behind() {
        let found = Condition::read("rank(a < b) >= -2e3").unwrap();
        assert_eq!(
            (found.column.as_str(), found.is_below, found.or_equal),
            ("rank(a < b)", false, true)
        );
        assert!(found.holds(-2e3) && found.holds(0.0) && !found.holds(-3e3));
        for (text, message) in [("a", "compares nothing"), ("a < b", "`b` is no number")] {
            assert!(
                Condition::read(text)
                    .expect_err(text)
                    .to_string()
                    .contains(message)
            );
        }
    }

    #[test]
    fn a_planted_region_is_discovered() {
        let grid =
            |step: fn(u32) -> u32| (0..400).map(|n| f64::from(step(n))).collect::<Vec<f64>>();
        let (a, b) = (grid(|n| n % 20), grid(|n| n / 20));
        let y = a
            .iter()
            .zip(&b)
            .map(|(a, b)| if *a >= 10.0 && *b < 10.0 { -1.0 } else { 1.0 })
            .collect();
        let column = |name: &str, values: Vec<f64>| Column {
            name: name.to_owned(),
            values,
        };
        let table = [column("a", a), column("b", b), column("y", y)];
        let options = Options {
            alpha: 0.05,
            least: 0.05,
            resamples: 10,
            seed: 1,
        };
        let inputs = ["a".to_owned(), "b".to_owned()];
        let found = discover(&table, &Condition::read("y < 0").unwrap(), &inputs, options).unwrap();
        let (limits, fit) = &found.trajectory[found.chosen];
        assert!(fit.coverage > 0.95 && fit.density > 0.95, "{fit:?}");
        assert!((limits.low[0] - 10.0).abs() <= 1.0 && (limits.high[1] - 9.0).abs() <= 1.0);
        assert!(
            found
                .bounds
                .iter()
                .all(|bound| bound.stability > 0.8 && bound.chance < 1e-6)
        );
        let nobody = discover(
            &table,
            &Condition::read("y < -5").unwrap(),
            &inputs,
            options,
        );
        assert!(
            nobody
                .expect_err("none")
                .to_string()
                .contains("0 of 400 cases")
        );
        let unknown = discover(&table, &Condition::read("z < 0").unwrap(), &inputs, options);
        assert!(
            unknown
                .expect_err("none")
                .to_string()
                .contains("no column of numbers `z`")
        );
    }
}
