//! Metrics: small typed expressions over the tables of a run, in one arm or several.
//!
//! `sum(clouds.aws.gross_profit_usd[1..36]) > 1e11 usd`, `change(labs.openai.usage_share[24]) >= 5%`. The language, its
//! functions and units are in `docs/metrics.md`. A metric is a number or a truth of one replication, unless its outermost
//! part is a function over replications ([`function::Over`]).

mod check;
pub mod function;
mod pairs;
mod parse;
mod tested;
pub mod unit;
pub mod words;

use std::collections::BTreeMap;

use crate::panel::Panel;
use crate::scenario::fault::{Fault, nearest};
use crate::scenario::source::{Place, Source};

use function::{Function, Over};
use parse::Op;
use unit::Unit;

/// The place of a value in the tables of an arm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell {
    /// The arm.
    pub arm: usize,
    /// Place of the table in the panel; [`Panel::FLOWS`] for flows.
    pub table: usize,
    /// The offset of the value in the table.
    pub offset: usize,
}

/// The values of a replication that a set of metrics reads.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    cells: Vec<Cell>,
    index: BTreeMap<Cell, usize>,
}

impl Wanted {
    fn place(&mut self, cell: Cell) -> usize {
        let next = self.cells.len();
        *self.index.entry(cell).or_insert_with(|| {
            self.cells.push(cell);
            next
        })
    }

    /// The cells, in the order of the values of a replication.
    #[must_use]
    pub fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// The values of one arm in a replication, with their places among all values.
    pub fn read<'a>(
        &'a self,
        arm: usize,
        panel: &'a Panel,
    ) -> impl Iterator<Item = (usize, f64)> + 'a {
        let of_arm = (self.cells.iter().enumerate()).filter(move |(_, cell)| cell.arm == arm);
        of_arm.map(|(place, cell)| (place, panel.cell(cell.table, cell.offset)))
    }
}

/// A checked metric.
#[derive(Clone, Debug)]
pub struct Metric {
    /// Text.
    pub text: String,
    /// Unit; a truth has none.
    pub unit: Unit,
    /// Unit of the two sides of the outermost comparison; none if there is no comparison in one replication.
    pub compared: Option<Unit>,
    /// True if the metric is a truth, false if it is a number.
    pub is_truth: bool,
    /// True if the metric is over all replications, false if it has a value in each.
    pub is_over: bool,
    /// True if the metric has a value in each month.
    is_monthly: bool,
    root: Term,
    /// Arguments of functions over replications: each has a value in one replication.
    columns: Vec<Term>,
}

/// A part of a checked metric.
#[derive(Clone, Debug)]
enum Term {
    Constant(f64),
    Cells(Vec<usize>),
    Not(Box<Term>),
    Minus(Box<Term>),
    Binary(Op, Box<Term>, Box<Term>),
    Call(Function, Vec<Term>),
    Over(Over, Vec<usize>),
}

/// The name of an arm, and the shape of its tables.
#[derive(Clone, Copy, Debug)]
pub struct ArmShape<'a> {
    /// The name.
    pub name: &'a str,
    /// An empty panel.
    pub panel: &'a Panel,
    /// Months.
    pub months: usize,
}

impl Metric {
    /// Reads and checks a metric at `place`, for the given arms. Adds the values that it reads to `wanted`.
    ///
    /// # Errors
    /// The fault of the metric, with its place in the text.
    pub fn new(
        text: &str,
        place: &Place,
        arms: &[ArmShape<'_>],
        wanted: &mut Wanted,
    ) -> Result<Self, Fault> {
        Self::checked((text, place), arms, wanted, None)
    }

    /// Reads and checks an amount of each month at `place`: its measures name no months, as in
    /// `clouds.aws.gross_profit_usd - clouds.aws.neutrality_usd`. It has a value in each of the first `months`.
    ///
    /// # Errors
    /// The fault of the metric, with its place in the text.
    pub fn monthly(
        text: &str,
        place: &Place,
        arm: ArmShape<'_>,
        wanted: &mut Wanted,
        months: usize,
    ) -> Result<Self, Fault> {
        Self::checked((text, place), &[arm], wanted, Some(months))
    }

    fn checked(
        (text, place): (&str, &Place),
        arms: &[ArmShape<'_>],
        wanted: &mut Wanted,
        monthly: Option<usize>,
    ) -> Result<Self, Fault> {
        let inside = Inside { place, text };
        let tree = parse::parse(text).map_err(|(offset, what)| {
            let end = text[offset..].chars().next().map_or(0, char::len_utf8);
            let found = match text[offset..].split_whitespace().next() {
                Some(found) => format!("unexpected `{found}`"),
                None => "the metric is incomplete".to_owned(),
            };
            Fault::new(found, inside.at(offset..offset + end)).help(format!("expected {what}"))
        })?;
        let mut checker = check::Checker {
            arms,
            wanted,
            inside,
            columns: Vec::new(),
            monthly,
        };
        let found = checker.check(&tree, None)?;
        let compared = checker.compared(&tree, &found)?;
        if let Some(months) = monthly {
            check_monthly(&found, months, inside.at(tree.span))?;
        } else if found.length.is_some() {
            return Err(Fault::new(
                "the metric is a list of values, not a single value",
                inside.at(tree.span),
            )
            .help("reduce the list to one value: sum(...), mean(...), last(...), all(...)"));
        }
        Ok(Self {
            text: text.to_owned(),
            unit: found.unit,
            compared,
            is_truth: found.is_truth,
            is_over: found.is_over,
            is_monthly: monthly.is_some(),
            root: found.node,
            columns: checker.columns,
        })
    }

    /// A metric from the command line.
    ///
    /// # Errors
    /// As [`Metric::new`].
    pub fn of_option(
        option: &str,
        text: &str,
        arms: &[ArmShape<'_>],
        wanted: &mut Wanted,
    ) -> Result<Self, Fault> {
        let source = std::sync::Arc::new(Source {
            name: option.to_owned(),
            text: text.to_owned(),
        });
        let place = Place {
            source,
            range: 0..text.len(),
        };
        Self::new(text, &place, arms, wanted)
    }

    /// The value in one replication, from the values that the metric reads; a truth is 1 or 0.
    ///
    /// # Panics
    /// If the metric is over all replications.
    #[must_use]
    pub fn value(&self, kept: &[f64]) -> f64 {
        assert!(
            !self.is_over,
            "a metric over replications has no value in one"
        );
        one(&self.root, kept)
    }

    /// The value in each month of one replication, from the values that a monthly metric reads.
    ///
    /// # Panics
    /// If the metric is not monthly.
    #[must_use]
    pub fn by_month(&self, kept: &[f64]) -> Vec<f64> {
        assert!(self.is_monthly, "only a monthly metric has months");
        evaluate(&self.root, kept, &[])
    }

    /// The columns of a metric over replications, from the values of each replication.
    #[must_use]
    pub fn columns(&self, rows: &[Vec<f64>]) -> Vec<Vec<f64>> {
        self.columns
            .iter()
            .map(|column| rows.iter().map(|row| one(column, row)).collect())
            .collect()
    }

    /// The value of a metric over the replications `picks`, from its columns.
    #[must_use]
    pub fn over(&self, columns: &[Vec<f64>], picks: &[usize]) -> f64 {
        let picked: Vec<Vec<f64>> = columns
            .iter()
            .map(|column| picks.iter().map(|pick| column[*pick]).collect())
            .collect();
        evaluate(&self.root, &[], &picked)[0]
    }

    /// The margin of the outermost comparison in one replication, negative if it is false; `None` if there is no comparison.
    #[must_use]
    pub fn margin(&self, kept: &[f64]) -> Option<f64> {
        let (left, right) = self.sides(kept)?;
        let is_below = matches!(&self.root, Term::Binary(Op::Less | Op::AtMost, ..));
        Some(if is_below { right - left } else { left - right })
    }

    /// The left and the right side of the outermost comparison in one replication; `None` if there is no comparison.
    #[must_use]
    pub fn sides(&self, kept: &[f64]) -> Option<(f64, f64)> {
        match &self.root {
            Term::Binary(Op::Less | Op::AtMost | Op::More | Op::AtLeast, left, right)
                if !self.is_over =>
            {
                Some((one(left, kept), one(right, kept)))
            }
            _ => None,
        }
    }
}

/// The text of a metric in its file, to locate its parts.
#[derive(Clone, Copy, Debug)]
struct Inside<'a> {
    place: &'a Place,
    text: &'a str,
}

impl Inside<'_> {
    fn at(&self, span: std::ops::Range<usize>) -> Place {
        // Text with escapes differs from the file: its parts get the place of the whole.
        let whole = self.place.source.text.get(self.place.range.clone());
        match whole.and_then(|whole| whole.find(self.text)) {
            Some(start) => Place {
                source: self.place.source.clone(),
                range: self.place.range.start + start + span.start
                    ..self.place.range.start + start + span.end,
            },
            None => self.place.clone(),
        }
    }
}

/// Refuses a monthly metric that is not one number a month.
fn check_monthly(found: &check::Checked, months: usize, place: Place) -> Result<(), Fault> {
    let fault = if found.is_truth || found.is_over {
        Fault::new("this is not an amount of each month", place)
            .help("write a measure or a sum of measures: clouds.aws.gross_profit_usd")
    } else if found.length.unwrap_or(1) != months {
        let count = found.length.unwrap_or(1);
        let message = format!("this has {count} values, not one for each of {months} months");
        Fault::new(message, place).help(
            "name one entity with each measure, and use no function of a list: write a sum with `+`",
        )
    } else {
        return Ok(());
    };
    Err(fault)
}

/// A help text that suggests the nearest known word.
fn near<'a>(word: &str, known: impl IntoIterator<Item = &'a str>, otherwise: &str) -> String {
    nearest(word, known).map_or_else(
        || otherwise.to_owned(),
        |near| format!("did you mean `{near}`?"),
    )
}

fn one(node: &Term, kept: &[f64]) -> f64 {
    evaluate(node, kept, &[])[0]
}

fn truth(value: bool) -> f64 {
    f64::from(u8::from(value))
}

fn evaluate(node: &Term, kept: &[f64], columns: &[Vec<f64>]) -> Vec<f64> {
    match node {
        Term::Constant(value) => vec![*value],
        Term::Cells(cells) => cells.iter().map(|cell| kept[*cell]).collect(),
        Term::Not(inner) => map(evaluate(inner, kept, columns), |value| truth(value == 0.0)),
        Term::Minus(inner) => map(evaluate(inner, kept, columns), |value| -value),
        Term::Binary(op, left, right) => zip(
            &evaluate(left, kept, columns),
            &evaluate(right, kept, columns),
            |a, b| apply(*op, a, b),
        ),
        Term::Call(function, arguments) => {
            let values = arguments
                .iter()
                .map(|argument| evaluate(argument, kept, columns))
                .collect();
            function.apply(values)
        }
        Term::Over(over, at) => {
            let columns: Vec<&[f64]> = at.iter().map(|at| columns[*at].as_slice()).collect();
            vec![over.apply(&columns)]
        }
    }
}

fn map(values: Vec<f64>, change: impl Fn(f64) -> f64) -> Vec<f64> {
    values.into_iter().map(change).collect()
}

/// Joins values by place; a single value is joined with each of the others.
fn zip(left: &[f64], right: &[f64], join: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    let count = left.len().max(right.len());
    let at = |values: &[f64], index: usize| values[if values.len() == 1 { 0 } else { index }];
    (0..count)
        .map(|index| join(at(left, index), at(right, index)))
        .collect()
}

#[expect(clippy::float_cmp, reason = "codes are whole numbers")]
fn apply(op: Op, a: f64, b: f64) -> f64 {
    match op {
        Op::Add => a + b,
        Op::Subtract => a - b,
        Op::Multiply => a * b,
        // 0 / 0 evaluates to 0.
        Op::Divide if a == 0.0 && b == 0.0 => 0.0,
        Op::Divide => a / b,
        Op::Less => truth(a < b),
        Op::AtMost => truth(a <= b),
        Op::More => truth(a > b),
        Op::AtLeast => truth(a >= b),
        Op::Equal => truth(a == b),
        Op::And => truth(a != 0.0 && b != 0.0),
        Op::Or => truth(a != 0.0 || b != 0.0),
    }
}

#[cfg(test)]
mod tests;
