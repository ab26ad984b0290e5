//! Checks of a metric: names, units, lengths, arms and months.

use super::function::{FUNCTIONS, Function, OVER, Over, Signature};
use super::pairs::{FLOWS, is_single};
use super::parse::{Expr, MONTHS, Op, Reference, What};
use super::unit::{PARTS, Unit};
use super::{ArmShape, Cell, Inside, Term, Wanted, near};
use crate::economics::capacity::Constraint;
use crate::panel::Table;
use crate::scenario::fault::{Fault, suggestion};

/// A checked part of a metric.
pub(super) struct Checked {
    pub(super) node: Term,
    pub(super) unit: Unit,
    pub(super) is_truth: bool,
    pub(super) is_over: bool,
    /// Number of values; `None` for a single value.
    pub(super) length: Option<usize>,
}

impl Checked {
    pub(super) fn number(node: Term, unit: Unit) -> Self {
        Self {
            node,
            unit,
            is_truth: false,
            is_over: false,
            length: None,
        }
    }

    fn what(&self) -> String {
        if self.is_truth {
            "true or false".to_owned()
        } else {
            self.unit.to_string()
        }
    }
}

pub(super) struct Checker<'a, 'b> {
    pub(super) arms: &'a [ArmShape<'a>],
    pub(super) wanted: &'b mut Wanted,
    pub(super) inside: Inside<'a>,
    pub(super) columns: Vec<Term>,
    /// Months of each measure that names none, in a monthly metric.
    pub(super) monthly: Option<usize>,
}

impl Checker<'_, '_> {
    pub(super) fn fault(
        &self,
        expr: &Expr,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Fault {
        Fault::new(message, self.inside.at(expr.span.clone())).help(help)
    }

    /// Unit of the two sides of the outermost comparison, if the metric compares within one replication.
    pub(super) fn compared(&mut self, expr: &Expr, found: &Checked) -> Result<Option<Unit>, Fault> {
        match &expr.what {
            What::Binary(Op::Less | Op::AtMost | Op::More | Op::AtLeast, left, right)
                if !found.is_over =>
            {
                let (left, right) = (self.check(left, None)?, self.check(right, None)?);
                // Zero has every unit.
                let is_zero = matches!(left.node, Term::Constant(0.0));
                Ok(Some(if is_zero { right.unit } else { left.unit }))
            }
            _ => Ok(None),
        }
    }

    pub(super) fn check(&mut self, expr: &Expr, arm: Option<usize>) -> Result<Checked, Fault> {
        match &expr.what {
            What::Number(value, unit) => {
                let unit = unit.as_deref().map_or_else(Unit::plain, |name| {
                    Unit::parse(name).expect("read as a unit")
                });
                Ok(Checked::number(Term::Constant(*value), unit))
            }
            What::Word(word) => self.code(expr, word),
            What::Values(reference) => self.values(expr, reference, arm),
            What::Not(inner) => {
                let found = self.check(inner, arm)?;
                self.truth(inner, &found)?;
                Ok(Checked {
                    node: Term::Not(Box::new(found.node)),
                    ..found
                })
            }
            What::Minus(inner) => {
                let found = self.check(inner, arm)?;
                self.a_number(inner, &found)?;
                Ok(Checked {
                    node: Term::Minus(Box::new(found.node)),
                    ..found
                })
            }
            What::In(inner, name) => {
                let known = self.arms.iter().position(|other| other.name == name);
                let Some(known) = known else {
                    let names = self.arms.iter().map(|arm| arm.name);
                    return Err(self.fault(
                        expr,
                        format!("there is no arm `{name}`"),
                        suggestion(name, names),
                    ));
                };
                self.check(inner, Some(known))
            }
            What::Binary(op, left, right) => self.binary(expr, *op, (left, right), arm),
            What::Call(name, arguments) if name == "change" => self.change(expr, arguments, arm),
            What::Call(name, arguments) => {
                if let Some(function) = Function::named(name) {
                    self.call(expr, function, arguments, arm)
                } else if OVER.iter().any(|(over, _)| over == name) {
                    self.over(expr, name, arguments, arm)
                } else {
                    let known = FUNCTIONS.iter().map(|f| f.name);
                    let known = known
                        .chain(OVER.iter().map(|(name, _)| *name))
                        .chain(["change"]);
                    Err(self.fault(
                        expr,
                        format!("there is no function `{name}`"),
                        near(name, known, "`docs/metrics.md` lists all functions"),
                    ))
                }
            }
        }
    }

    fn truth(&self, expr: &Expr, found: &Checked) -> Result<(), Fault> {
        if found.is_truth {
            Ok(())
        } else {
            Err(self.fault(
                expr,
                format!("this is a number ({}), not true or false", found.unit),
                "compare it with something: `... > 0`",
            ))
        }
    }

    fn a_number(&self, expr: &Expr, found: &Checked) -> Result<(), Fault> {
        if found.is_truth {
            Err(self.fault(
                expr,
                "this is true or false, not a number",
                "count truths with `count(...)` or `share(...)`",
            ))
        } else {
            Ok(())
        }
    }

    /// Checks a word: a value of a measure that is a code.
    fn code(&self, expr: &Expr, word: &str) -> Result<Checked, Fault> {
        let code = Constraint::ALL.iter().find(|c| c.name() == word);
        let Some(code) = code else {
            let known = Constraint::ALL.iter().map(|c| c.name()).collect::<Vec<_>>();
            return Err(self.fault(
                expr,
                format!("`{word}` is not a value of any measure"),
                format!("binding constraints are {}", known.join(", ")),
            ));
        };
        let unit = Unit::parse("code").expect("a unit");
        Ok(Checked::number(
            Term::Constant(f64::from(*code as u8)),
            unit,
        ))
    }

    fn values(
        &mut self,
        expr: &Expr,
        reference: &Reference,
        arm: Option<usize>,
    ) -> Result<Checked, Fault> {
        let arm = self.arm(expr, arm)?;
        let shape = self.arms[arm];
        if reference.table == FLOWS {
            return self.flows(expr, reference, arm);
        }
        let (at, table) = self.table(expr, shape, &reference.table)?;
        let measure = self.measure(expr, table, &reference.measure)?;
        let entities = match &reference.seconds {
            None => self.entities(expr, table, &reference.entities)?,
            Some(seconds) => self.pairs(expr, table, &reference.entities, seconds)?,
        };
        let months = self.stated_months(expr, reference)?;
        let (from, until) = self.months(expr, shape, months)?;
        let mut cells = Vec::new();
        for entity in &entities {
            for month in from - 1..until {
                let offset = table.offset(month, *entity, measure);
                let cell = Cell {
                    arm,
                    table: at,
                    offset,
                };
                cells.push(self.wanted.place(cell));
            }
        }
        let unit = table.measures[measure].unit;
        let unit =
            Unit::parse(unit).unwrap_or_else(|| unreachable!("`{unit}` is a unit: {PARTS:?}"));
        let is_one = from == until && is_single(reference);
        Ok(Checked {
            length: (!is_one).then_some(cells.len()),
            ..Checked::number(Term::Cells(cells), unit)
        })
    }

    /// The arm of a reference: the stated one, or the only one.
    fn arm(&self, expr: &Expr, stated: Option<usize>) -> Result<usize, Fault> {
        match stated {
            Some(arm) => Ok(arm),
            None if self.arms.len() == 1 => Ok(0),
            None => {
                let names: Vec<&str> = self.arms.iter().map(|arm| arm.name).collect();
                let help = format!(
                    "add `@{}`, or write `change(...)`; the arms are {}",
                    names[0],
                    names.join(", ")
                );
                Err(self.fault(expr, "this names no arm", help))
            }
        }
    }

    fn table<'t>(
        &self,
        expr: &Expr,
        shape: ArmShape<'t>,
        name: &str,
    ) -> Result<(usize, &'t Table), Fault> {
        let tables = &shape.panel.tables;
        let found = tables.iter().enumerate().find(|(_, t)| t.name == name);
        found.ok_or_else(|| {
            let names = tables.iter().map(|table| table.name).chain([FLOWS]);
            let message = format!("there is no table `{name}`");
            self.fault(expr, message, suggestion(name, names))
        })
    }

    fn measure(&self, expr: &Expr, table: &Table, name: &str) -> Result<usize, Fault> {
        let found = table.measures.iter().position(|m| m.name == name);
        found.ok_or_else(|| {
            let names = table.measures.iter().map(|measure| measure.name.as_str());
            let message = format!("`{}` has no measure `{name}`", table.name);
            let help = near(name, names, "`docs/outputs.md` lists all measures");
            self.fault(expr, message, help)
        })
    }

    /// Places of entities in a table; all of them if no names are given.
    fn entities(&self, expr: &Expr, table: &Table, names: &[String]) -> Result<Vec<usize>, Fault> {
        if names.is_empty() {
            return Ok((0..table.entities.len()).collect());
        }
        let place = |name: &String| {
            let found = table.entities.iter().position(|entity| entity == name);
            found.ok_or_else(|| {
                let known = table.entities.iter().map(String::as_str);
                let message = format!("`{}` has no `{name}`", table.name);
                self.fault(expr, message, suggestion(name, known))
            })
        };
        names.iter().map(place).collect()
    }

    /// The months that a reference states; in a monthly metric those of the metric.
    pub(super) fn stated_months(
        &self,
        expr: &Expr,
        reference: &Reference,
    ) -> Result<(usize, usize), Fault> {
        match (reference.months, self.monthly) {
            (Some(months), None) => Ok(months),
            (None, Some(months)) => Ok((1, months)),
            (None, None) => {
                Err(self.fault(expr, "this measure has no month", format!("add {MONTHS}")))
            }
            (Some(_), Some(_)) => Err(self.fault(
                expr,
                "a monthly amount has no month of its own",
                "leave out the brackets: the amount is taken in each month",
            )),
        }
    }

    pub(super) fn months(
        &self,
        expr: &Expr,
        shape: ArmShape<'_>,
        (from, until): (usize, usize),
    ) -> Result<(usize, usize), Fault> {
        if from == 0 || until < from {
            return Err(self.fault(
                expr,
                format!("months {from} to {until} are not a range"),
                "months start at 1, and the first month is not after the last",
            ));
        }
        let months = shape.months;
        if until > months {
            return Err(self.fault(
                expr,
                format!("month {until} is beyond the horizon of {months} months"),
                format!("name a month up to {months}, or lengthen the run with `months`"),
            ));
        }
        Ok((from, until))
    }

    /// The common length of two parts.
    fn together(
        &self,
        expr: &Expr,
        left: &Checked,
        right: &Checked,
    ) -> Result<Option<usize>, Fault> {
        match (left.length, right.length) {
            (Some(a), Some(b)) if a != b => Err(self.fault(
                expr,
                format!("{a} values do not match {b} values"),
                "use the same months and the same number of entities on both sides, or reduce one side to a single value",
            )),
            (a, b) => Ok(a.or(b)),
        }
    }

    fn binary(
        &mut self,
        expr: &Expr,
        op: Op,
        (left, right): (&Expr, &Expr),
        arm: Option<usize>,
    ) -> Result<Checked, Fault> {
        let (a, b) = (self.check(left, arm)?, self.check(right, arm)?);
        let length = self.together(expr, &a, &b)?;
        self.same_level(expr, &a, &b)?;
        let is_over = a.is_over || b.is_over;
        let mut unit = Unit::plain();
        let is_truth = !matches!(op, Op::Add | Op::Subtract | Op::Multiply | Op::Divide);
        match op {
            Op::And | Op::Or => {
                self.truth(left, &a)?;
                self.truth(right, &b)?;
            }
            _ => {
                self.a_number(left, &a)?;
                self.a_number(right, &b)?;
            }
        }
        match op {
            Op::Multiply => unit = a.unit.times(&b.unit, 1),
            Op::Divide => unit = a.unit.times(&b.unit, -1),
            Op::And | Op::Or => {}
            _ => {
                // Zero has every unit.
                let is_zero = |found: &Checked| matches!(found.node, Term::Constant(0.0));
                if a.unit != b.unit && !is_zero(&a) && !is_zero(&b) {
                    return Err(self.fault(
                        expr,
                        format!("`{}` and `{}` have no common unit", a.what(), b.what()),
                        "give both sides the same unit; write the unit of a number behind it: `3e9 usd`",
                    ));
                }
                if !is_truth {
                    unit = if is_zero(&a) {
                        b.unit.clone()
                    } else {
                        a.unit.clone()
                    };
                }
            }
        }
        let node = match (&a.node, &b.node) {
            (Term::Constant(a), Term::Constant(b)) => Term::Constant(super::apply(op, *a, *b)),
            _ => Term::Binary(op, Box::new(a.node), Box::new(b.node)),
        };
        Ok(Checked {
            node,
            unit,
            is_truth,
            is_over,
            length,
        })
    }

    /// Refuses to combine a value of one replication with a value over all replications; constants combine with both.
    fn same_level(&self, expr: &Expr, a: &Checked, b: &Checked) -> Result<(), Fault> {
        let is_plain = |found: &Checked| matches!(found.node, Term::Constant(_));
        if a.is_over == b.is_over || is_plain(a) || is_plain(b) {
            return Ok(());
        }
        Err(self.fault(
            expr,
            "one side is a value of one replication, the other a value over all replications",
            "wrap the value of one replication: expected(...), probability(...), quantile(..., 0.5)",
        ))
    }

    /// Checks `change`: a part in the second arm less the same part in the first.
    fn change(
        &mut self,
        expr: &Expr,
        arguments: &[Expr],
        arm: Option<usize>,
    ) -> Result<Checked, Fault> {
        let [inner] = arguments else {
            return Err(self.fault(expr, "`change` takes one argument", "write change(measure)"));
        };
        if self.arms.len() != 2 || arm.is_some() {
            return Err(self.fault(
                expr,
                format!(
                    "`change` is the second arm less the first, but there are {} arms",
                    self.arms.len()
                ),
                "subtract two arms: `x@b - x@a`",
            ));
        }
        let (before, after) = (self.check(inner, Some(0))?, self.check(inner, Some(1))?);
        self.a_number(inner, &after)?;
        Ok(Checked {
            node: Term::Binary(Op::Subtract, Box::new(after.node), Box::new(before.node)),
            ..before
        })
    }

    fn call(
        &mut self,
        expr: &Expr,
        function: Function,
        arguments: &[Expr],
        arm: Option<usize>,
    ) -> Result<Checked, Fault> {
        let found = arguments.iter().map(|argument| self.check(argument, arm));
        let found: Vec<Checked> = found.collect::<Result<_, _>>()?;
        let is_over = found.iter().any(|found| found.is_over);
        self.arguments(expr, function, arguments, &found)?;
        let total: usize = found.iter().map(|found| found.length.unwrap_or(1)).sum();
        let unit = match function.kind {
            Signature::Fold | Signature::Each | Signature::Series | Signature::List => {
                found[0].unit.clone()
            }
            Signature::When => Unit::parse("months").expect("a unit"),
            _ => Unit::plain(),
        };
        let length = match function.kind {
            Signature::Each | Signature::EachPlain => found[0].length,
            Signature::Series => function.length(found[0].length.unwrap_or(1)),
            Signature::List => Some(total),
            _ => None,
        };
        if length == Some(0) {
            let message = format!("`{}` needs more values", function.name);
            return Err(self.fault(expr, message, "name more months"));
        }
        let nodes = found.into_iter().map(|found| found.node).collect();
        Ok(Checked {
            is_truth: function.kind == Signature::Quantifier,
            is_over,
            length,
            ..Checked::number(Term::Call(function, nodes), unit)
        })
    }

    /// Checks the arguments of a function: their number, level, kind and units.
    fn arguments(
        &self,
        expr: &Expr,
        function: Function,
        arguments: &[Expr],
        found: &[Checked],
    ) -> Result<(), Fault> {
        let (name, count) = (function.name, found.len());
        let wanted = match function.kind {
            Signature::Rank => 2,
            Signature::List => count,
            _ => 1,
        };
        if count != wanted {
            let message = format!("`{name}` takes {wanted} arguments, not {count}");
            return Err(self.fault(expr, message, function.doc));
        }
        let is_each = matches!(function.kind, Signature::Each | Signature::EachPlain);
        let over = found.iter().position(|found| found.is_over);
        if let Some(at) = over.filter(|_| !is_each) {
            return Err(self.fault(
                &arguments[at],
                "this is already a value over all replications",
                format!("put `{name}` inside it"),
            ));
        }
        let is_truth = matches!(
            function.kind,
            Signature::Quantifier | Signature::Count | Signature::When
        );
        for (argument, found) in arguments.iter().zip(found) {
            if is_truth {
                self.truth(argument, found)?;
            } else {
                self.a_number(argument, found)?;
            }
        }
        let odd = (found.iter().enumerate()).find(|(_, other)| other.unit != found[0].unit);
        if matches!(function.kind, Signature::Rank | Signature::List)
            && let Some((at, odd)) = odd
        {
            return Err(self.fault(
                &arguments[at],
                format!("`{}` and `{}` have no common unit", found[0].unit, odd.unit),
                "give all arguments the same unit",
            ));
        }
        Ok(())
    }

    fn over(
        &mut self,
        expr: &Expr,
        name: &str,
        arguments: &[Expr],
        arm: Option<usize>,
    ) -> Result<Checked, Fault> {
        let over = self.function_over(expr, name, arguments)?;
        let (mut columns, mut units) = (Vec::new(), Vec::new());
        // The probability of a quantile is not a column.
        let is_quantile = matches!(over, Over::Quantile(_));
        let taken = if is_quantile { 1 } else { arguments.len() };
        for argument in &arguments[..taken] {
            let found = self.check(argument, arm)?;
            if found.is_over || found.length.is_some() {
                return Err(self.fault(
                    argument,
                    "this is not a single value of one replication",
                    "reduce it to one value first: sum(...), last(...)",
                ));
            }
            if over == Over::Probability {
                self.truth(argument, &found)?;
            } else {
                self.a_number(argument, &found)?;
            }
            columns.push(self.columns.len());
            units.push(found.unit);
            self.columns.push(found.node);
        }
        let unit = match over {
            Over::Expected | Over::Deviation | Over::Quantile(_) => units[0].clone(),
            Over::Regression => units[0].times(&units[1], -1),
            _ => Unit::plain(),
        };
        Ok(Checked {
            is_over: true,
            ..Checked::number(Term::Over(over, columns), unit)
        })
    }

    /// The function over replications of that name, if the number of arguments fits.
    fn function_over(&self, expr: &Expr, name: &str, arguments: &[Expr]) -> Result<Over, Fault> {
        let (over, count) = match name {
            "probability" => (Over::Probability, 1),
            "expected" => (Over::Expected, 1),
            "deviation" => (Over::Deviation, 1),
            "variation" => (Over::Variation, 1),
            "correlation" => (Over::Correlation, 2),
            "regression" => (Over::Regression, arguments.len().max(2)),
            _ => match arguments.get(1).map(|second| &second.what) {
                Some(What::Number(p, None)) if (0.0..=1.0).contains(p) => (Over::Quantile(*p), 2),
                _ => {
                    let message = "`quantile` takes a number and a probability";
                    return Err(self.fault(expr, message, "write quantile(x, 0.05)"));
                }
            },
        };
        let given = arguments.len();
        if given == count {
            return Ok(over);
        }
        let doc = OVER.iter().find(|(other, _)| *other == name);
        let message = format!("`{name}` takes {count} arguments, not {given}");
        Err(self.fault(expr, message, doc.map_or("", |(_, doc)| *doc)))
    }
}
