//! Scenario discovery: the region of a table's inputs in which a condition holds.

use crate::base::rng::{Purpose, Streams};
use crate::scenario::{Fault, Faults, fault::suggestion};
use crate::stats::boxes::{Bound, Fit, Limits, balanced, bounds, peel};

/// A column of numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Name.
    pub name: String,
    /// Values by row.
    pub values: Vec<f64>,
}

/// The condition of cases of interest: a column compared with a number.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// Name of the column.
    pub column: String,
    /// True if the column must be below the number, false if above.
    pub is_below: bool,
    /// True if a value equal to the number satisfies the condition.
    pub or_equal: bool,
    /// The number.
    pub number: f64,
}

impl Condition {
    /// Reads `column < number`. The last comparison counts, because names of columns may contain others.
    ///
    /// # Errors
    /// A text without a comparison, or without a number behind it.
    pub fn read(text: &str) -> Result<Self, Faults> {
        let wrong = |message: String| {
            Faults(vec![Fault::nowhere(message).help("write a column, a comparison and a number, such as \"clouds.aws.ai_revenue_usd[36] < 1e9\"")])
        };
        let Some(at) = text.rfind(['<', '>']) else {
            return Err(wrong(format!("`{text}` is not a comparison")));
        };
        let (column, rest) = text.split_at(at);
        let or_equal = rest[1..].starts_with('=');
        let number = rest[1 + usize::from(or_equal)..].trim();
        let Ok(number) = number.parse::<f64>() else {
            return Err(wrong(format!("`{number}` is not a number")));
        };
        Ok(Self {
            column: column.trim().to_owned(),
            is_below: rest.starts_with('<'),
            or_equal,
            number,
        })
    }

    #[expect(clippy::float_cmp, reason = "equality is part of the condition")]
    fn holds(&self, value: f64) -> bool {
        let is_equal = value == self.number;
        if is_equal {
            self.or_equal
        } else {
            (value < self.number) == self.is_below
        }
    }
}

/// The settings of a discovery.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Share of points that each step peels off.
    pub alpha: f64,
    /// Smallest share of points in a box.
    pub least: f64,
    /// Number of resamples for the stability of bounds.
    pub resamples: u32,
    /// Seed of the resampling.
    pub seed: u64,
}

/// The result of a discovery.
#[derive(Clone, Debug)]
pub struct Discovery {
    /// Names of the inputs.
    pub inputs: Vec<String>,
    /// Number of cases, and of cases of interest.
    pub cases: (usize, usize),
    /// Boxes, each peeled from the one before.
    pub trajectory: Vec<(Limits, Fit)>,
    /// Place of the box that balances coverage and density best.
    pub chosen: usize,
    /// Bounds of the chosen box.
    pub bounds: Vec<Bound>,
}

/// Finds the boxes of input values in which cases of interest are dense.
///
/// # Errors
/// A column that the table lacks, or a condition that holds in all cases or in none.
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
                    Fault::nowhere(format!("the table has no numeric column `{name}`"))
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
                "the table has no input columns".to_owned(),
                "name columns with --inputs",
            )
        } else {
            (
                format!(
                    "{count} of {} cases are of interest: no region can be found",
                    hits.len()
                ),
                "change the number in --cases, or vary values more widely in the sweep",
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
    fn the_last_comparison_of_a_condition_counts() {
        let found = Condition::read("rank(a < b) >= -2e3").unwrap();
        assert_eq!(
            (found.column.as_str(), found.is_below, found.or_equal),
            ("rank(a < b)", false, true)
        );
        assert!(found.holds(-2e3) && found.holds(0.0) && !found.holds(-3e3));
        for (text, message) in [
            ("a", "is not a comparison"),
            ("a < b", "`b` is not a number"),
        ] {
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
                .contains("no numeric column `z`")
        );
    }
}
