//! Functions of metrics: of the values of one replication, and over all replications.

use nalgebra::{DMatrix, DVector};

use crate::stats::intervals::correlation;
use crate::stats::{Summary, quantile};

/// The arguments and the result of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// From many numbers to one number of the same unit.
    Fold,
    /// From many numbers to one number without a unit.
    Ratio,
    /// From many truths to one truth.
    Quantifier,
    /// From many truths to one number without a unit.
    Count,
    /// From truths by month to a number of months.
    When,
    /// From each number to a number of the same unit.
    Each,
    /// From each number to a number without a unit.
    EachPlain,
    /// From many numbers to fewer numbers of the same unit.
    Series,
    /// From single numbers of one unit to a list of them.
    List,
    /// From a number, and many numbers of its unit, to one number without a unit.
    Rank,
}

/// A function of values of one replication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Function {
    /// Name.
    pub name: &'static str,
    /// Arguments and result.
    pub kind: Kind,
    /// Meaning, for messages and docs.
    pub doc: &'static str,
}

/// All functions.
pub const FUNCTIONS: [Function; 26] = [
    Function {
        name: "sum",
        kind: Kind::Fold,
        doc: "sum",
    },
    Function {
        name: "mean",
        kind: Kind::Fold,
        doc: "mean",
    },
    Function {
        name: "median",
        kind: Kind::Fold,
        doc: "median",
    },
    Function {
        name: "min",
        kind: Kind::Fold,
        doc: "smallest",
    },
    Function {
        name: "max",
        kind: Kind::Fold,
        doc: "largest",
    },
    Function {
        name: "first",
        kind: Kind::Fold,
        doc: "first",
    },
    Function {
        name: "last",
        kind: Kind::Fold,
        doc: "last",
    },
    Function {
        name: "sd",
        kind: Kind::Fold,
        doc: "standard deviation of the values, as of a population",
    },
    Function {
        name: "slope",
        kind: Kind::Fold,
        doc: "least-squares change from one value to the next",
    },
    Function {
        name: "cv",
        kind: Kind::Ratio,
        doc: "`sd` over `mean`",
    },
    Function {
        name: "growth",
        kind: Kind::Ratio,
        doc: "last over first, less one",
    },
    Function {
        name: "annual_growth",
        kind: Kind::Ratio,
        doc: "growth from first to last month as a yearly rate",
    },
    Function {
        name: "hhi",
        kind: Kind::Ratio,
        doc: "sum of squared shares, 0 to 1",
    },
    Function {
        name: "largest_share",
        kind: Kind::Ratio,
        doc: "largest over the sum",
    },
    Function {
        name: "all",
        kind: Kind::Quantifier,
        doc: "whether all are true",
    },
    Function {
        name: "any",
        kind: Kind::Quantifier,
        doc: "whether one is true",
    },
    Function {
        name: "count",
        kind: Kind::Count,
        doc: "how many are true",
    },
    Function {
        name: "share",
        kind: Kind::Count,
        doc: "the share that is true",
    },
    Function {
        name: "first_month",
        kind: Kind::When,
        doc: "the first of the months at which it is true, counted from one; one more than there are if never",
    },
    Function {
        name: "abs",
        kind: Kind::Each,
        doc: "size without sign",
    },
    Function {
        name: "log",
        kind: Kind::EachPlain,
        doc: "natural logarithm, of the number in its unit",
    },
    Function {
        name: "steps",
        kind: Kind::Series,
        doc: "changes from one to the next",
    },
    Function {
        name: "quarters",
        kind: Kind::Series,
        doc: "sums of three months each",
    },
    Function {
        name: "list",
        kind: Kind::List,
        doc: "its arguments as many values",
    },
    Function {
        name: "rank",
        kind: Kind::Rank,
        doc: "one more than how many of the second are larger than the first",
    },
    Function {
        name: "average_last",
        kind: Kind::Fold,
        doc: "mean of the last three",
    },
];

impl Function {
    /// The function of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        FUNCTIONS.into_iter().find(|function| function.name == name)
    }

    /// The number of results from `length` values, for functions with several results.
    #[must_use]
    pub fn length(self, length: usize) -> Option<usize> {
        match (self.kind, self.name) {
            (Kind::Series, "steps") => Some(length.saturating_sub(1)),
            (Kind::Series, _) => Some(length / 3),
            _ => None,
        }
    }

    /// The result for these arguments.
    #[expect(clippy::cast_precision_loss, reason = "lists are short")]
    pub(super) fn apply(self, mut arguments: Vec<Vec<f64>>) -> Vec<f64> {
        if self.kind == Kind::List {
            return arguments.concat();
        }
        let values = std::mem::take(&mut arguments[0]);
        let n = values.len() as f64;
        let sum: f64 = values.iter().sum();
        let over = |part: f64, whole: f64| if whole == 0.0 { 0.0 } else { part / whole };
        let (first, last) = (values[0], values[values.len() - 1]);
        let holds = values.iter().filter(|value| **value != 0.0).count() as f64;
        let sd = || {
            let squares: f64 = values.iter().map(|v| (v - sum / n) * (v - sum / n)).sum();
            libm::sqrt(squares / n)
        };
        vec![match self.name {
            "sum" => sum,
            "mean" => sum / n,
            "median" => {
                let mut sorted = values.clone();
                sorted.sort_unstable_by(f64::total_cmp);
                quantile(&sorted, 0.5)
            }
            "min" => values.iter().copied().fold(f64::INFINITY, f64::min),
            "max" => values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            "first" => first,
            "last" => last,
            "average_last" => {
                let tail = &values[values.len().saturating_sub(3)..];
                tail.iter().sum::<f64>() / tail.len() as f64
            }
            "sd" => sd(),
            "slope" => slope(&values),
            "cv" => over(sd(), sum / n),
            "growth" => over(last, first) - 1.0,
            "annual_growth" => {
                libm::pow(over(last, first).max(0.0), 12.0 / (n - 1.0).max(1.0)) - 1.0
            }
            "hhi" => values.iter().map(|v| over(*v, sum) * over(*v, sum)).sum(),
            "largest_share" => over(
                values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
                sum,
            ),
            "all" => super::truth(values.iter().all(|value| *value != 0.0)),
            "any" => super::truth(holds > 0.0),
            "count" => holds,
            "share" => holds / n,
            "first_month" => {
                let at = values.iter().position(|value| *value != 0.0);
                at.unwrap_or(values.len()) as f64 + 1.0
            }
            "rank" => 1.0 + arguments[1].iter().filter(|other| **other > first).count() as f64,
            "abs" => return values.into_iter().map(f64::abs).collect(),
            "log" => return values.into_iter().map(libm::log).collect(),
            "steps" => return values.windows(2).map(|pair| pair[1] - pair[0]).collect(),
            "quarters" => return values.chunks_exact(3).map(|q| q.iter().sum()).collect(),
            name => unreachable!("`{name}` is in the table and not here"),
        }]
    }
}

/// Least-squares change from one value to the next.
#[expect(clippy::cast_precision_loss, reason = "lists are short")]
fn slope(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let middle = (n - 1.0) / 2.0;
    let (mut xy, mut xx) = (0.0, 0.0);
    for (index, value) in values.iter().enumerate() {
        let x = index as f64 - middle;
        xy += x * value;
        xx += x * x;
    }
    if xx > 0.0 { xy / xx } else { 0.0 }
}

/// A function over replications.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Over {
    /// Share of replications in which it is true.
    Probability,
    /// Mean.
    Expected,
    /// Standard deviation.
    Deviation,
    /// Standard deviation over mean.
    Variation,
    /// Quantile at a probability.
    Quantile(f64),
    /// Correlation of two columns.
    Correlation,
    /// Least-squares slope of the first column on the second, with the others held constant.
    Regression,
}

/// Names and meanings of functions over replications.
pub const OVER: [(&str, &str); 7] = [
    ("probability", "share of replications in which it is true"),
    ("expected", "mean over replications"),
    ("deviation", "standard deviation over replications"),
    ("variation", "`deviation` over `expected`"),
    (
        "quantile",
        "quantile over replications at the probability given second",
    ),
    ("correlation", "correlation of two over replications"),
    (
        "regression",
        "least-squares slope of the first on the second over replications, any others held",
    ),
];

impl Over {
    /// The result for columns by replication.
    #[expect(clippy::cast_precision_loss, reason = "replications are few")]
    pub(super) fn apply(self, columns: &[&[f64]]) -> f64 {
        let mut first = columns[0].to_vec();
        let summary = Summary::of(&mut first);
        match self {
            Self::Probability | Self::Expected => summary.mean,
            Self::Deviation => summary.sd,
            Self::Variation => {
                if summary.mean == 0.0 {
                    0.0
                } else {
                    summary.sd / summary.mean.abs()
                }
            }
            Self::Quantile(p) => quantile(&first, p),
            Self::Correlation => correlation(columns[0], columns[1]),
            Self::Regression => {
                let n = columns[0].len();
                let mean = |column: &[f64]| column.iter().sum::<f64>() / n as f64;
                let means: Vec<f64> = columns.iter().map(|column| mean(column)).collect();
                let x = DMatrix::from_fn(n, columns.len() - 1, |row, column| {
                    columns[column + 1][row] - means[column + 1]
                });
                let y = DVector::from_fn(n, |row, _| columns[0][row] - means[0]);
                // The smallest solution if inputs do not vary, or vary together.
                x.svd(true, true)
                    .solve(&y, 1e-12)
                    .map_or(0.0, |slopes| slopes[0])
            }
        }
    }
}
