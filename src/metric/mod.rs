//! Metrics: small typed expressions over the tables of a run, in one arm or several.
//!
//! `sum(clouds.aws.gross_profit_usd[1..36]) > 1e11 usd`, `change(labs.openai.usage_share[24]) >= 5%`. The language, its
//! functions and units are in `docs/metrics.md`. A metric is a number or a truth of one replication, unless its outermost
//! part speaks of all replications ([`function::Over`]).

mod check;
pub mod function;
mod parse;
pub mod unit;
pub mod words;

use std::collections::BTreeMap;

use crate::panel::Panel;
use crate::scenario::fault::{Fault, nearest};
use crate::scenario::source::{Place, Source};

use function::{Function, Over};
use parse::Op;
use unit::Unit;

/// One value that an experiment keeps of a replication: where it lies in the tables of an arm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell {
    /// The arm.
    pub arm: usize,
    /// The table, by place in the panel.
    pub table: usize,
    /// The place of the value in it.
    pub offset: usize,
}

/// What is kept of each replication for a set of metrics.
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

    /// The values of one arm in a replication of it, and where they go.
    pub fn read<'a>(
        &'a self,
        arm: usize,
        panel: &'a Panel,
    ) -> impl Iterator<Item = (usize, f64)> + 'a {
        let of_arm = (self.cells.iter().enumerate()).filter(move |(_, cell)| cell.arm == arm);
        of_arm.map(|(place, cell)| (place, panel.tables[cell.table].values[cell.offset]))
    }
}

/// A checked metric.
#[derive(Clone, Debug)]
pub struct Metric {
    /// Its text.
    pub text: String,
    /// Its unit; truths have none.
    pub unit: Unit,
    /// Whether it is true or false rather than a number.
    pub is_truth: bool,
    /// Whether it speaks of all replications rather than of one.
    pub is_over: bool,
    root: Node,
    /// What functions over replications work on, each a number or truth of one replication.
    columns: Vec<Node>,
}

/// A part of a checked metric.
#[derive(Clone, Debug)]
enum Node {
    Constant(f64),
    Cells(Vec<usize>),
    Not(Box<Node>),
    Minus(Box<Node>),
    Binary(Op, Box<Node>, Box<Node>),
    Call(Function, Vec<Node>),
    Over(Over, Vec<usize>),
}

/// An arm as metrics see it: its name and the shape of its tables.
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
    /// Reads and checks a metric that stands at `place`, for the given arms; what it needs is added to `wanted`.
    ///
    /// # Errors
    /// What is wrong with it, located inside its text.
    pub fn new(
        text: &str,
        place: &Place,
        arms: &[ArmShape<'_>],
        wanted: &mut Wanted,
    ) -> Result<Self, Fault> {
        let inside = Inside { place, text };
        let tree = parse::parse(text).map_err(|(offset, what)| {
            let end = text[offset..].chars().next().map_or(0, char::len_utf8);
            let found = match text[offset..].split_whitespace().next() {
                Some(found) => format!("`{found}` cannot stand here"),
                None => "the metric ends too early".to_owned(),
            };
            Fault::new(found, inside.at(offset..offset + end)).help(format!("expected {what}"))
        })?;
        let mut checker = check::Checker {
            arms,
            wanted,
            inside,
            columns: Vec::new(),
        };
        let found = checker.check(&tree, None)?;
        if found.length.is_some() {
            return Err(Fault::new(
                "the metric is a list of values, not one",
                inside.at(tree.span),
            )
            .help("make one of them: sum(...), mean(...), last(...), all(...)"));
        }
        Ok(Self {
            text: text.to_owned(),
            unit: found.unit,
            is_truth: found.is_truth,
            is_over: found.is_over,
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

    /// Its value in one replication, from the values that were kept of it; truths are 1 or 0.
    ///
    /// # Panics
    /// If it speaks of all replications.
    #[must_use]
    pub fn value(&self, kept: &[f64]) -> f64 {
        assert!(
            !self.is_over,
            "a metric over replications has no value in one"
        );
        one(&self.root, kept)
    }

    /// The columns on which a metric over replications works, by replication.
    #[must_use]
    pub fn columns(&self, rows: &[Vec<f64>]) -> Vec<Vec<f64>> {
        self.columns
            .iter()
            .map(|column| rows.iter().map(|row| one(column, row)).collect())
            .collect()
    }

    /// The value of a metric over replications on some of them, by place, from its columns.
    #[must_use]
    pub fn over(&self, columns: &[Vec<f64>], picks: &[usize]) -> f64 {
        let picked: Vec<Vec<f64>> = columns
            .iter()
            .map(|column| picks.iter().map(|pick| column[*pick]).collect())
            .collect();
        evaluate(&self.root, &[], &picked)[0]
    }

    /// By how much its outermost comparison is true in one replication, where it is one; negative where it is false.
    #[must_use]
    pub fn margin(&self, kept: &[f64]) -> Option<f64> {
        let (left, right) = self.sides(kept)?;
        let is_below = matches!(&self.root, Node::Binary(Op::Less | Op::AtMost, ..));
        Some(if is_below { right - left } else { left - right })
    }

    /// The two sides of its outermost comparison in one replication, where it is one: what is compared, and with what.
    #[must_use]
    pub fn sides(&self, kept: &[f64]) -> Option<(f64, f64)> {
        match &self.root {
            Node::Binary(Op::Less | Op::AtMost | Op::More | Op::AtLeast, left, right)
                if !self.is_over =>
            {
                Some((one(left, kept), one(right, kept)))
            }
            _ => None,
        }
    }
}

/// Where parts of a metric's text stand in the file that holds it.
#[derive(Clone, Copy, Debug)]
struct Inside<'a> {
    place: &'a Place,
    text: &'a str,
}

impl Inside<'_> {
    fn at(&self, span: std::ops::Range<usize>) -> Place {
        // The text in its quotes, as it stands in the file; where it was written with escapes, the whole of it.
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

/// A remedy that names what is near.
fn near<'a>(word: &str, known: impl IntoIterator<Item = &'a str>, otherwise: &str) -> String {
    nearest(word, known).map_or_else(
        || otherwise.to_owned(),
        |near| format!("did you mean `{near}`?"),
    )
}

fn one(node: &Node, kept: &[f64]) -> f64 {
    evaluate(node, kept, &[])[0]
}

fn truth(value: bool) -> f64 {
    f64::from(u8::from(value))
}

fn evaluate(node: &Node, kept: &[f64], columns: &[Vec<f64>]) -> Vec<f64> {
    match node {
        Node::Constant(value) => vec![*value],
        Node::Cells(cells) => cells.iter().map(|cell| kept[*cell]).collect(),
        Node::Not(inner) => map(evaluate(inner, kept, columns), |value| truth(value == 0.0)),
        Node::Minus(inner) => map(evaluate(inner, kept, columns), |value| -value),
        Node::Binary(op, left, right) => zip(
            &evaluate(left, kept, columns),
            &evaluate(right, kept, columns),
            |a, b| apply(*op, a, b),
        ),
        Node::Call(function, arguments) => {
            let values = arguments
                .iter()
                .map(|argument| evaluate(argument, kept, columns))
                .collect();
            function.apply(values)
        }
        Node::Over(over, at) => {
            let columns: Vec<&[f64]> = at.iter().map(|at| columns[*at].as_slice()).collect();
            vec![over.apply(&columns)]
        }
    }
}

fn map(values: Vec<f64>, change: impl Fn(f64) -> f64) -> Vec<f64> {
    values.into_iter().map(change).collect()
}

/// Pairs of values; a single one goes with each of many.
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
        // Nothing over nothing is nothing.
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
