//! Values that fields of records can hold: names, dates, numbers, flags and lists.

use serde_json::{Value as Json, json};

use super::{Field, Reader};
use crate::base::time::Date;
use crate::scenario::source::Place;
use crate::scenario::tree::{Node, Value, entry_name};

/// Text with its place.
#[derive(Clone, Debug)]
pub struct Name {
    /// The text.
    pub text: String,
    /// Place in the scenario file.
    pub place: Place,
}

impl Field for Name {
    const KIND: &'static str = "text";
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        match &node.value {
            Value::Text(text) if !text.trim().is_empty() => Some(Self {
                text: text.clone(),
                place: node.place.clone(),
            }),
            Value::Text(_) => {
                reader.fault("text must not be empty", &node.place, "write a name");
                None
            }
            _ => {
                reader.expected("text", node);
                None
            }
        }
    }
    fn schema() -> Json {
        json!({ "type": "string", "minLength": 1 })
    }
}

/// A date with its place.
#[derive(Clone, Debug)]
pub struct When {
    /// The date.
    pub date: Date,
    /// Place in the scenario file.
    pub place: Place,
}

impl Field for When {
    const KIND: &'static str = "a date such as 2026-03-31";
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        if let Value::Date(date) = node.value {
            Some(Self {
                date,
                place: node.place.clone(),
            })
        } else {
            reader.expected(Self::KIND, node);
            None
        }
    }
    fn schema() -> Json {
        json!({ "type": "string", "format": "date" })
    }
}

/// A whole number between two bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Whole<const MIN: u64, const MAX: u64>(pub u64);

impl<const MIN: u64, const MAX: u64> Field for Whole<MIN, MAX> {
    const KIND: &'static str = "a whole number";
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        let Value::Integer(number) = node.value else {
            reader.expected(Self::KIND, node);
            return None;
        };
        match u64::try_from(number) {
            Ok(number) if (MIN..=MAX).contains(&number) => Some(Self(number)),
            _ => {
                let path = reader.path();
                let help = format!("write a whole number from {MIN} to {MAX}");
                reader.fault(
                    format!("`{path}` is {number}, outside {MIN} to {MAX}"),
                    &node.place,
                    help,
                );
                None
            }
        }
    }
    fn schema() -> Json {
        json!({ "type": "integer", "minimum": MIN, "maximum": MAX })
    }
}

impl Field for f64 {
    const KIND: &'static str = "a number";
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        let number = node.as_number().filter(|number| number.is_finite());
        if number.is_none() {
            reader.expected(Self::KIND, node);
        }
        number
    }
    fn schema() -> Json {
        json!({ "type": "number" })
    }
}

impl Field for bool {
    const KIND: &'static str = "true or false";
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        if let Value::Boolean(flag) = node.value {
            Some(flag)
        } else {
            reader.expected(Self::KIND, node);
            None
        }
    }
    fn schema() -> Json {
        json!({ "type": "boolean" })
    }
}

impl<T: Field> Field for Option<T> {
    const KIND: &'static str = T::KIND;
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        T::read(node, reader).map(Some)
    }
    fn schema() -> Json {
        T::schema()
    }
    fn absent() -> Option<Self> {
        Some(None)
    }
}

impl<T: Field> Field for Vec<T> {
    const KIND: &'static str = "a list";
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        let Value::List(items) = &node.value else {
            reader.expected(Self::KIND, node);
            return None;
        };
        let read: Vec<Option<T>> = items
            .iter()
            .enumerate()
            .map(|(index, item)| {
                let segment = entry_name(item).map_or_else(|| index.to_string(), str::to_owned);
                reader.within(&segment, |reader| T::read(item, reader))
            })
            .collect();
        read.into_iter().collect()
    }
    fn schema() -> Json {
        json!({ "type": "array", "items": T::schema() })
    }
    fn absent() -> Option<Self> {
        Some(Self::new())
    }
}
