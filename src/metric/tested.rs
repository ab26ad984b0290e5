//! The quantities that a test compares.

use super::function::Signature;
use super::parse::Op;
use super::{Metric, Term, evaluate, zip};

impl Metric {
    /// The quantities of a metric in one replication: of a test, the difference of the sides of each comparison. A whole number
    /// (a rank, a month, a count) gives the quantities that are ranked or counted, because it can stand still while they move;
    /// a difference of two such numbers gives the differences of these quantities.
    ///
    /// # Panics
    /// If the metric is over all replications.
    #[must_use]
    pub fn tested(&self, kept: &[f64]) -> Vec<f64> {
        assert!(
            !self.is_over,
            "a test over replications compares nothing in one"
        );
        let mut found = Vec::new();
        quantities(&self.root, kept, &mut found);
        found
    }
}

const fn is_comparison(op: Op) -> bool {
    matches!(
        op,
        Op::Less | Op::AtMost | Op::More | Op::AtLeast | Op::Equal
    )
}

/// True if the term counts, ranks or compares.
fn is_whole(term: &Term) -> bool {
    match term {
        Term::Constant(_) | Term::Cells(_) | Term::Over(..) => false,
        Term::Not(inner) | Term::Minus(inner) => is_whole(inner),
        Term::Binary(op, left, right) => {
            is_comparison(*op)
                || matches!(op, Op::And | Op::Or)
                || is_whole(left)
                || is_whole(right)
        }
        Term::Call(function, arguments) => {
            matches!(
                function.kind,
                Signature::Quantifier | Signature::Count | Signature::When | Signature::Rank
            ) || arguments.iter().any(is_whole)
        }
    }
}

fn quantities(term: &Term, kept: &[f64], found: &mut Vec<f64>) {
    match term {
        Term::Binary(op, left, right)
            if is_comparison(*op) && !is_whole(left) && !is_whole(right) =>
        {
            found.extend(zip(
                &evaluate(left, kept, &[]),
                &evaluate(right, kept, &[]),
                |a, b| a - b,
            ));
        }
        Term::Binary(op, left, right)
            if (is_comparison(*op) || *op == Op::Subtract) && is_whole(left) && is_whole(right) =>
        {
            let (mut before, mut after) = (Vec::new(), Vec::new());
            quantities(left, kept, &mut before);
            quantities(right, kept, &mut after);
            if before.len() == after.len() {
                found.extend(zip(&before, &after, |a, b| a - b));
            } else {
                found.extend(before.into_iter().chain(after));
            }
        }
        Term::Not(inner) | Term::Minus(inner) if is_whole(inner) => quantities(inner, kept, found),
        Term::Binary(_, left, right) if is_whole(term) => {
            quantities(left, kept, found);
            quantities(right, kept, found);
        }
        Term::Call(_, arguments) if is_whole(term) => {
            for argument in arguments {
                quantities(argument, kept, found);
            }
        }
        _ => found.extend(evaluate(term, kept, &[])),
    }
}
