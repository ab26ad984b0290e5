//! Cases with known answers: inputs, expected numbers and tolerances, each with its place in the file.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use nalgebra::DMatrix;
use serde_json::{Map, Value};

use crate::scenario::fault::{Fault, Faults, suggestion};
use crate::scenario::source::{Place, Source};

/// Case as its file states it.
#[derive(Debug)]
pub struct Case {
    /// Identifier of the case.
    pub id: String,
    /// Topic, which decides the function that must reproduce the expected numbers.
    pub topic: String,
    /// Expected numbers by name.
    pub expected: Map<String, Value>,
    /// Rules for the deviations allowed, by name.
    pub tolerance: Map<String, Value>,
    inputs: Map<String, Value>,
    place: Place,
    used: RefCell<BTreeSet<String>>,
}

/// Reads a list of cases.
///
/// # Errors
/// The text is not JSON, or a case lacks id, topic, inputs, expected or tolerance.
pub fn parse(name: &str, text: &str) -> Result<Vec<Case>, Faults> {
    let source = Arc::new(Source {
        name: name.to_owned(),
        text: text.to_owned(),
    });
    let whole = |message: String, range: Range<usize>| {
        let place = Place {
            source: Arc::clone(&source),
            range,
        };
        Faults(vec![
            Fault::new(message, place).help("a file of cases is a JSON list of objects with id, topic, inputs, expected and tolerance"),
        ])
    };
    let list: Vec<Value> = match serde_json::from_str(text) {
        Ok(Value::Array(list)) => list,
        Ok(_) => return Err(whole("the file is not a list of cases".to_owned(), 0..1)),
        Err(error) => {
            let start = offset(text, error.line(), error.column());
            return Err(whole(format!("not JSON: {error}"), start..start + 1));
        }
    };
    let ranges = elements(text);
    let mut faults = Vec::new();
    let mut cases: Vec<Case> = Vec::new();
    for (value, range) in list.into_iter().zip(ranges) {
        let place = Place {
            source: Arc::clone(&source),
            range,
        };
        match case(value, place) {
            Ok(case) => {
                if let Some(other) = cases.iter().find(|other| other.id == case.id) {
                    faults.push(
                        Fault::new(
                            format!("two cases have the id `{}`", case.id),
                            case.at("id"),
                        )
                        .also("the other", other.at("id"))
                        .help("give each case an id of its own"),
                    );
                }
                cases.push(case);
            }
            Err(fault) => faults.push(fault),
        }
    }
    if faults.is_empty() {
        Ok(cases)
    } else {
        Err(Faults(faults))
    }
}

fn case(value: Value, place: Place) -> Result<Case, Fault> {
    const KEYS: [&str; 8] = [
        "id",
        "topic",
        "formula",
        "inputs",
        "expected",
        "tolerance",
        "source",
        "check",
    ];
    let Value::Object(mut object) = value else {
        return Err(Fault::new("a case is an object", place)
            .help("write { \"id\": ..., \"topic\": ..., ... }"));
    };
    for key in object.keys() {
        if !KEYS.contains(&key.as_str()) {
            let at = find(&place, key);
            return Err(
                Fault::new(format!("a case has no key `{key}`"), at).help(suggestion(key, KEYS))
            );
        }
    }
    let mut take = |key: &str| {
        object.remove(key).ok_or_else(|| {
            Fault::new(format!("the case lacks `{key}`"), place.clone())
                .help(format!("add \"{key}\""))
        })
    };
    let text = |key: &str, value: Value| match value {
        Value::String(text) => Ok(text),
        _ => Err(
            Fault::new(format!("`{key}` must be text"), find(&place, key)).help("put it in quotes"),
        ),
    };
    let map = |key: &str, value: Value| match value {
        Value::Object(map) => Ok(map),
        _ => Err(
            Fault::new(format!("`{key}` must be an object"), find(&place, key))
                .help("write { \"name\": value, ... }"),
        ),
    };
    Ok(Case {
        id: text("id", take("id")?)?,
        topic: text("topic", take("topic")?)?,
        inputs: map("inputs", take("inputs")?)?,
        expected: map("expected", take("expected")?)?,
        tolerance: map("tolerance", take("tolerance")?)?,
        used: RefCell::default(),
        place,
    })
}

/// Returns the place of a key in the text of a case.
fn find(place: &Place, key: &str) -> Place {
    let text = &place.source.text[place.range.clone()];
    let quoted = format!("\"{key}\"");
    let range = text.find(&quoted).map_or_else(
        || place.range.start..place.range.start + 1,
        |at| place.range.start + at..place.range.start + at + quoted.len(),
    );
    Place {
        source: Arc::clone(&place.source),
        range,
    }
}

fn offset(text: &str, line: usize, column: usize) -> usize {
    let before: usize = text
        .split_inclusive('\n')
        .take(line.saturating_sub(1))
        .map(str::len)
        .sum();
    (before + column.saturating_sub(1)).min(text.len().saturating_sub(1))
}

/// Returns the byte ranges of the elements of the JSON list in `text`.
fn elements(text: &str) -> Vec<Range<usize>> {
    let (mut depth, mut start, mut found) = (0_u32, None, Vec::new());
    let (mut in_text, mut is_escaped) = (false, false);
    for (at, byte) in text.bytes().enumerate() {
        if in_text {
            in_text = is_escaped || byte != b'"';
            is_escaped = byte == b'\\' && !is_escaped;
            continue;
        }
        let begins = depth == 1 && start.is_none() && !byte.is_ascii_whitespace();
        if begins && byte != b',' && byte != b']' {
            start = Some(at);
        }
        match byte {
            b'"' => in_text = true,
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth -= 1,
            _ => {}
        }
        let ends = (depth == 1 && byte == b',') || depth == 0;
        if let (true, Some(first)) = (ends, start) {
            found.push(first..at);
            start = None;
        }
    }
    found
}

impl Case {
    /// Returns the place of a key of the case.
    #[must_use]
    pub fn at(&self, key: &str) -> Place {
        find(&self.place, key)
    }

    /// Returns a fault at a key.
    #[must_use]
    pub fn fault(&self, key: &str, message: &str, help: &str) -> Fault {
        Fault::new(format!("case {}: `{key}` {message}", self.id), self.at(key)).help(help)
    }

    /// Checks a condition on a key.
    ///
    /// # Errors
    /// The condition does not hold.
    pub fn check(&self, holds: bool, key: &str, rule: &str) -> Result<(), Fault> {
        if holds {
            Ok(())
        } else {
            Err(self.fault(key, rule, "correct the input"))
        }
    }

    /// Returns an input of any type, or `None` if it is missing.
    #[must_use]
    pub fn optional(&self, key: &str) -> Option<&Value> {
        self.used.borrow_mut().insert(key.to_owned());
        self.inputs.get(key).filter(|value| !value.is_null())
    }

    /// Returns a required input of any type.
    ///
    /// # Errors
    /// The input is missing.
    pub fn input(&self, key: &str) -> Result<&Value, Fault> {
        self.optional(key).ok_or_else(|| {
            let place = self.at("inputs");
            Fault::new(
                format!(
                    "case {}: the topic `{}` needs the input `{key}`",
                    self.id, self.topic
                ),
                place,
            )
            .help(suggestion(key, self.inputs.keys().map(String::as_str)))
        })
    }

    /// Returns an input that is a number.
    ///
    /// # Errors
    /// The input is missing or not a number.
    pub fn number(&self, key: &str) -> Result<f64, Fault> {
        self.input(key)?
            .as_f64()
            .ok_or_else(|| self.fault(key, "must be a number", "write it without quotes"))
    }

    /// Returns an input that is a number above zero.
    ///
    /// # Errors
    /// The input is missing or not a number above zero.
    pub fn positive(&self, key: &str) -> Result<f64, Fault> {
        let number = self.number(key)?;
        self.check(number > 0.0, key, "must be above zero")?;
        Ok(number)
    }

    /// Returns an input that is a whole number from zero to a million.
    ///
    /// # Errors
    /// The input is missing or not such a number.
    pub fn count(&self, key: &str) -> Result<usize, Fault> {
        let number = self.number(key)?;
        self.check(
            (0.0..=1e6).contains(&number) && number == libm::floor(number),
            key,
            "must be a whole number from 0 to 1,000,000",
        )?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "checked above"
        )]
        let count = number as usize;
        Ok(count)
    }

    /// Returns an input that is a list of at least one number.
    ///
    /// # Errors
    /// The input is missing or not such a list.
    pub fn list(&self, key: &str) -> Result<Vec<f64>, Fault> {
        let wrong = || self.fault(key, "must be a list of numbers", "write [1.0, 2.0, ...]");
        let list: Option<Vec<f64>> = self
            .input(key)?
            .as_array()
            .and_then(|list| list.iter().map(Value::as_f64).collect());
        list.filter(|list| !list.is_empty()).ok_or_else(wrong)
    }

    /// Returns an input that is a list of `length` numbers.
    ///
    /// # Errors
    /// The input is missing, not a list of numbers, or of another length.
    pub fn list_of(&self, key: &str, length: usize) -> Result<Vec<f64>, Fault> {
        let list = self.list(key)?;
        self.check(
            list.len() == length,
            key,
            &format!("must have {length} numbers, as many as the other lists"),
        )?;
        Ok(list)
    }

    /// Returns an input that is a list of positions below `end`.
    ///
    /// # Errors
    /// The input is missing, not a list of positions, or points beyond `end`.
    pub fn positions(&self, key: &str, end: usize) -> Result<Vec<usize>, Fault> {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "checked here"
        )]
        let position = |number: f64| {
            let fits = (0.0..end as f64).contains(&number) && number == libm::floor(number);
            fits.then_some(number as usize)
        };
        let list = self.list(key)?;
        let found: Option<Vec<usize>> = list.into_iter().map(position).collect();
        found.ok_or_else(|| {
            self.fault(
                key,
                &format!(
                    "must hold whole numbers from 0 to {}",
                    end.saturating_sub(1)
                ),
                "positions count from zero",
            )
        })
    }

    /// Returns an input that is a list of rows of numbers, all of equal length.
    ///
    /// # Errors
    /// The input is missing or not such a list.
    pub fn rows(&self, key: &str) -> Result<Vec<Vec<f64>>, Fault> {
        let wrong = || {
            self.fault(
                key,
                "must be rows of numbers of equal length",
                "write [[1.0, 0.0], [0.0, 1.0]]",
            )
        };
        let row = |value: &Value| -> Option<Vec<f64>> {
            value.as_array()?.iter().map(Value::as_f64).collect()
        };
        let rows: Option<Vec<Vec<f64>>> = self
            .input(key)?
            .as_array()
            .and_then(|rows| rows.iter().map(row).collect());
        rows.filter(|rows| {
            !rows.is_empty()
                && !rows[0].is_empty()
                && rows.iter().all(|row| row.len() == rows[0].len())
        })
        .ok_or_else(wrong)
    }

    /// Returns an input that is a matrix of the given shape.
    ///
    /// # Errors
    /// The input is missing, not a matrix, or of another shape.
    pub fn matrix(&self, key: &str, shape: (usize, usize)) -> Result<DMatrix<f64>, Fault> {
        let rows = self.rows(key)?;
        self.check(
            (rows.len(), rows[0].len()) == shape,
            key,
            &format!("must have {} rows of {} numbers", shape.0, shape.1),
        )?;
        Ok(DMatrix::from_fn(shape.0, shape.1, |i, j| rows[i][j]))
    }

    /// Returns an input that is true or false.
    ///
    /// # Errors
    /// The input is missing or neither true nor false.
    pub fn boolean(&self, key: &str) -> Result<bool, Fault> {
        self.input(key)?
            .as_bool()
            .ok_or_else(|| self.fault(key, "must be true or false", "write true or false"))
    }

    /// Returns labels (numbers or texts) as positions in the order of their first appearance, and the distinct labels.
    ///
    /// # Errors
    /// The input is missing or not a list of `length` labels.
    pub fn labels(&self, key: &str, length: usize) -> Result<(Vec<usize>, Vec<String>), Fault> {
        let wrong = || {
            self.fault(
                key,
                &format!("must be a list of {length} labels"),
                "write [\"a\", \"b\", \"a\"] or [0, 1, 0]",
            )
        };
        let list = self.input(key)?.as_array().ok_or_else(wrong)?;
        let (mut seen, mut positions): (Vec<String>, Vec<usize>) = (Vec::new(), Vec::new());
        for label in list {
            let text = match label {
                Value::String(text) => text.clone(),
                Value::Number(number) => number.to_string(),
                _ => return Err(wrong()),
            };
            positions.push(
                seen.iter()
                    .position(|other| *other == text)
                    .unwrap_or_else(|| {
                        seen.push(text);
                        seen.len() - 1
                    }),
            );
        }
        self.check(
            list.len() == length,
            key,
            &format!("must have {length} labels, as many as the other lists"),
        )?;
        Ok((positions, seen))
    }

    /// Checks that every input of the case was used.
    ///
    /// # Errors
    /// An input was not used; the fault is at the first such input.
    pub fn nothing_left(&self) -> Result<(), Fault> {
        let used = self.used.borrow();
        match self
            .inputs
            .keys()
            .find(|key| *key != "note" && !used.contains(*key))
        {
            None => Ok(()),
            Some(key) => Err(Fault::new(
                format!(
                    "case {}: the topic `{}` has no input `{key}`",
                    self.id, self.topic
                ),
                self.at(key),
            )
            .help(suggestion(key, used.iter().map(String::as_str)))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_found_whatever_their_text() {
        let text = r#"[ {"id": "a, ]\" }", "x": [1, {"y": 2}]}, {"id": "b"} , 3 ]"#;
        let found: Vec<&str> = elements(text)
            .into_iter()
            .map(|range| text[range].trim())
            .collect();
        assert_eq!(
            found,
            [
                r#"{"id": "a, ]\" }", "x": [1, {"y": 2}]}"#,
                r#"{"id": "b"}"#,
                "3"
            ]
        );
        assert!(elements("[]").is_empty());
    }
}
