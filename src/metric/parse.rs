//! Parses the text of a metric into a tree, with the place of every part.

use std::ops::Range;

use winnow::ascii::{digit1, float, multispace0};
use winnow::combinator::{
    alt, cut_err, delimited, eof, fail, not, opt, peek, preceded, separated, terminated,
};
use winnow::error::{ContextError, StrContext, StrContextValue};
use winnow::prelude::*;
use winnow::stream::{LocatingSlice, Location};
use winnow::token::{one_of, take_till, take_while};

/// A part of a metric, with its place in the text.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Expr {
    /// Content.
    pub(super) what: What,
    /// Range of bytes in the text.
    pub(super) span: Range<usize>,
}

/// The content of a part of a metric.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum What {
    /// A number, with the name of its unit if it has one.
    Number(f64, Option<String>),
    /// Values of a table.
    Values(Reference),
    /// A word in quotes: a value of a measure that is a code.
    Word(String),
    /// Negation of a truth.
    Not(Box<Expr>),
    /// Negation of a number.
    Minus(Box<Expr>),
    /// Two parts with an operator between them.
    Binary(Op, Box<Expr>, Box<Expr>),
    /// A call of a function.
    Call(String, Vec<Expr>),
    /// A part in one arm, `part@arm`.
    In(Box<Expr>, String),
}

/// Values of a table: entities, one measure, and months.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Reference {
    /// The table.
    pub(super) table: String,
    /// Entities, or first names of entities that are pairs; empty for all of them.
    pub(super) entities: Vec<String>,
    /// Second names of entities that are pairs, empty for all of them; `None` if only one name is given.
    pub(super) seconds: Option<Vec<String>>,
    /// The measure.
    pub(super) measure: String,
    /// First and last month, from one; none in a monthly metric.
    pub(super) months: Option<(usize, usize)>,
}

/// An operator between two parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Op {
    /// Sum.
    Add,
    /// Difference.
    Subtract,
    /// Product.
    Multiply,
    /// Quotient.
    Divide,
    /// Less.
    Less,
    /// Less or equal.
    AtMost,
    /// More.
    More,
    /// More or equal.
    AtLeast,
    /// Equal: of codes.
    Equal,
    /// Both.
    And,
    /// At least one.
    Or,
}

/// The months of a measure, as messages name them.
pub(super) const MONTHS: &str = "a month in brackets, such as [24] or [1..36]";

type Input<'a> = LocatingSlice<&'a str>;
type Parsed<T> = ModalResult<T>;

/// Parses a metric.
///
/// # Errors
/// The byte at which parsing stopped, and the expected text.
pub(super) fn parse(text: &str) -> Result<Expr, (usize, String)> {
    let mut whole = delimited(
        multispace0,
        either,
        (multispace0, eof.context(expected("an operator or the end"))),
    );
    whole.parse(LocatingSlice::new(text)).map_err(|error| {
        let said: Vec<String> = error
            .inner()
            .context()
            .filter_map(|context| match context {
                StrContext::Expected(value) => Some(value.to_string()),
                _ => None,
            })
            .collect();
        let what = said
            .first()
            .cloned()
            .unwrap_or_else(|| "a number, a measure or a function".to_owned());
        (error.offset(), what)
    })
}

const fn expected(what: &'static str) -> StrContext {
    StrContext::Expected(StrContextValue::Description(what))
}

/// A token, after blanks.
fn token<'a>(
    text: &'static str,
) -> impl Parser<Input<'a>, &'a str, winnow::error::ErrMode<ContextError>> {
    preceded(multispace0, text)
}

/// A word that is not the beginning of a longer word.
fn keyword<'a>(
    text: &'static str,
) -> impl Parser<Input<'a>, &'a str, winnow::error::ErrMode<ContextError>> {
    preceded(multispace0, terminated(text, not(peek(one_of(is_name)))))
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn binary(left: Expr, (op, right): (Op, Expr)) -> Expr {
    Expr {
        span: left.span.start..right.span.end,
        what: What::Binary(op, Box::new(left), Box::new(right)),
    }
}

/// Operands with operators of one precedence between them, left-associative.
fn chain<'a>(
    input: &mut Input<'a>,
    mut operand: impl FnMut(&mut Input<'a>) -> Parsed<Expr>,
    mut operator: impl FnMut(&mut Input<'a>) -> Parsed<Op>,
) -> Parsed<Expr> {
    let mut left = operand(input)?;
    while let Some(op) = opt(&mut operator).parse_next(input)? {
        let right = cut_err(&mut operand).parse_next(input)?;
        left = binary(left, (op, right));
    }
    Ok(left)
}

fn either(input: &mut Input<'_>) -> Parsed<Expr> {
    chain(input, both, |input| {
        keyword("or").value(Op::Or).parse_next(input)
    })
}

fn both(input: &mut Input<'_>) -> Parsed<Expr> {
    chain(input, negation, |input| {
        keyword("and").value(Op::And).parse_next(input)
    })
}

fn negation(input: &mut Input<'_>) -> Parsed<Expr> {
    let start = input.current_token_start();
    if opt(keyword("not")).parse_next(input)?.is_some() {
        let inner = cut_err(negation).parse_next(input)?;
        return Ok(Expr {
            span: start..inner.span.end,
            what: What::Not(Box::new(inner)),
        });
    }
    comparison(input)
}

fn comparison(input: &mut Input<'_>) -> Parsed<Expr> {
    let left = sum(input)?;
    let op = opt(alt((
        token("<=").value(Op::AtMost),
        token(">=").value(Op::AtLeast),
        token("==").value(Op::Equal),
        token("<").value(Op::Less),
        token(">").value(Op::More),
    )))
    .parse_next(input)?;
    match op {
        Some(op) => Ok(binary(left, (op, cut_err(sum).parse_next(input)?))),
        None => Ok(left),
    }
}

fn sum(input: &mut Input<'_>) -> Parsed<Expr> {
    chain(input, product, |input| {
        alt((token("+").value(Op::Add), token("-").value(Op::Subtract))).parse_next(input)
    })
}

fn product(input: &mut Input<'_>) -> Parsed<Expr> {
    chain(input, signed, |input| {
        alt((token("*").value(Op::Multiply), token("/").value(Op::Divide))).parse_next(input)
    })
}

fn signed(input: &mut Input<'_>) -> Parsed<Expr> {
    let start = input.current_token_start();
    if opt(token("-")).parse_next(input)?.is_some() {
        let inner = cut_err(signed).parse_next(input)?;
        return Ok(Expr {
            span: start..inner.span.end,
            what: What::Minus(Box::new(inner)),
        });
    }
    in_arm(input)
}

/// An operand, optionally followed by `@arm`.
fn in_arm(input: &mut Input<'_>) -> Parsed<Expr> {
    let inner = operand(input)?;
    if opt(token("@")).parse_next(input)?.is_none() {
        return Ok(inner);
    }
    let arm = cut_err(name.context(expected("the name of an arm"))).parse_next(input)?;
    Ok(Expr {
        span: inner.span.start..input.previous_token_end(),
        what: What::In(Box::new(inner), arm),
    })
}

fn operand(input: &mut Input<'_>) -> Parsed<Expr> {
    let _ = multispace0.parse_next(input)?;
    alt((
        delimited(
            "(",
            cut_err(either),
            cut_err(token(")").context(expected("`)`"))),
        ),
        spanned(number),
        spanned(word),
        spanned(values),
        spanned(call),
        fail.context(expected("a number, a measure or a function")),
    ))
    .parse_next(input)
}

fn spanned<'a>(
    inner: impl Parser<Input<'a>, What, winnow::error::ErrMode<ContextError>>,
) -> impl Parser<Input<'a>, Expr, winnow::error::ErrMode<ContextError>> {
    inner.with_span().map(|(what, span)| Expr { what, span })
}

/// A name: letters, digits, `_` and, inside, `-`.
fn name(input: &mut Input<'_>) -> Parsed<String> {
    take_while(1.., |c: char| is_name(c) || c == '-')
        .map(str::to_owned)
        .parse_next(input)
}

fn number(input: &mut Input<'_>) -> Parsed<What> {
    let _ = peek(one_of(|c: char| c.is_ascii_digit())).parse_next(input)?;
    let value: f64 = float.parse_next(input)?;
    let percent = opt("%").parse_next(input)?.is_some();
    if percent {
        return Ok(What::Number(value / 100.0, None));
    }
    // A unit may follow; `and`, `or` and names of functions are not units.
    let unit = opt(preceded(
        multispace0,
        take_while(1.., is_name).verify(|word: &str| super::unit::Unit::parse(word).is_some()),
    ))
    .parse_next(input)?;
    Ok(What::Number(value, unit.map(str::to_owned)))
}

fn word(input: &mut Input<'_>) -> Parsed<What> {
    delimited(
        '"',
        take_till(0.., '"'),
        cut_err("\"".context(expected("`\"`"))),
    )
    .map(|text: &str| What::Word(text.to_owned()))
    .parse_next(input)
}

fn entity(input: &mut Input<'_>) -> Parsed<String> {
    alt((
        delimited('"', take_till(1.., '"').map(str::to_owned), '"'),
        name,
    ))
    .parse_next(input)
}

/// One entity, `*` for all, or `{a, b}` for some.
fn entities(input: &mut Input<'_>) -> Parsed<Vec<String>> {
    alt((
        "*".value(Vec::new()),
        delimited(
            "{",
            separated(1.., delimited(multispace0, entity, multispace0), ","),
            "}",
        ),
        entity.map(|one| vec![one]),
    ))
    .parse_next(input)
}

/// `table.entity.measure[months]`, or `table.first.second.measure[months]` where an entity is a pair; monthly metrics
/// leave out the months.
fn values(input: &mut Input<'_>) -> Parsed<What> {
    let table: &str = terminated(take_while(1.., is_name), ".").parse_next(input)?;
    let named = cut_err(entities.context(expected("an entity, `*`, or `{a, b}`")));
    let (entities, seconds) =
        (named, opt(delimited(".", entities, peek(".")))).parse_next(input)?;
    let measure: &str =
        cut_err(preceded(".", take_while(1.., is_name)).context(expected("`.` and a measure")))
            .parse_next(input)?;
    let month = || digit1.try_map(str::parse::<usize>);
    let inside = || (month(), opt(preceded("..", month())));
    let brackets = preceded("[", cut_err((inside(), "]").context(expected(MONTHS))));
    let months = opt(brackets).parse_next(input)?;
    Ok(What::Values(Reference {
        table: table.to_owned(),
        entities,
        seconds,
        measure: measure.to_owned(),
        months: months.map(|((from, until), _)| (from, until.unwrap_or(from))),
    }))
}

fn call(input: &mut Input<'_>) -> Parsed<What> {
    let name: &str =
        terminated(take_while(1.., is_name), preceded(multispace0, "(")).parse_next(input)?;
    let arguments: Vec<Expr> = cut_err(separated(1.., either, token(","))).parse_next(input)?;
    cut_err(token(")").context(expected("`,` or `)`"))).parse_next(input)?;
    Ok(What::Call(name.to_owned(), arguments))
}
