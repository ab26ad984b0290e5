//! Reading the shape of a quantity from a table of a scenario file.

use serde_json::{Map, Value as Json, json};

use super::class::Class;
use super::shape::Shape;
use crate::scenario::fault::suggestion;
use crate::scenario::record::{Field, Reader};
use crate::scenario::tree::{Node, Table, Value};

/// Distributions with their keys.
const SHAPES: [(&str, &[&str]); 8] = [
    ("normal", &["mean", "sd"]),
    ("lognormal", &["median", "sigma"]),
    ("uniform", &["low", "high"]),
    ("triangular", &["low", "mode", "high"]),
    ("beta", &["a", "b", "low", "high"]),
    ("pert", &["low", "mode", "high"]),
    ("discrete", &["values", "weights"]),
    ("quantiles", &["probabilities", "values"]),
];

/// Keys of a quantity beside its numbers.
pub const COMMON: [&str; 5] = ["unit", "class", "source", "note", "rows"];

/// The JSON Schema of a quantity in a unit.
pub(super) fn schema(unit: &str) -> Json {
    let number = json!({ "type": "number" });
    let numbers = json!({ "type": "array", "items": { "type": "number" } });
    let mut properties = Map::new();
    let mut add = |key: &str, schema: Json| properties.insert(key.to_owned(), schema);
    add("value", number.clone());
    add("dist", json!({ "enum": SHAPES.map(|(name, _)| name) }));
    for key in SHAPES.iter().flat_map(|(_, keys)| *keys) {
        let is_list = matches!(*key, "values" | "weights" | "probabilities");
        add(
            key,
            if is_list {
                numbers.clone()
            } else {
                number.clone()
            },
        );
    }
    add("unit", json!({ "const": unit }));
    add("class", Class::schema());
    add("source", json!({ "type": "string" }));
    add("note", json!({ "type": "string" }));
    add(
        "rows",
        json!({ "type": "array", "items": { "type": "string" } }),
    );
    json!({
        "type": "object", "properties": properties, "required": ["unit", "class"],
        "additionalProperties": false, "oneOf": [{ "required": ["value"] }, { "required": ["dist"] }],
    })
}

/// Reads the shape of the quantity `node`, whose table is `table`.
pub(super) fn read_shape(table: &Table, node: &Node, reader: &mut Reader) -> Option<Shape> {
    let (dist, keys) = read_kind(table, node, reader)?;
    let known: Vec<&str> = keys
        .iter()
        .chain(&COMMON)
        .chain(&["value", "dist"])
        .copied()
        .collect();
    reader.unknown_keys(table, &known);
    let shape = match dist {
        "discrete" => return read_discrete(table, node, reader),
        "quantiles" => return read_quantiles(table, node, reader),
        _ => {
            let mut number =
                |key: &str| read_number(table, key, (dist, keys), (node, &mut *reader));
            match dist {
                "value" => Shape::Fixed(number("value")?),
                "normal" => Shape::Normal(number("mean")?, number("sd")?),
                "lognormal" => Shape::Lognormal(number("median")?, number("sigma")?),
                "uniform" => Shape::Uniform(number("low")?, number("high")?),
                "triangular" => Shape::Triangular(number("low")?, number("mode")?, number("high")?),
                "beta" => Shape::Beta(number("a")?, number("b")?, number("low")?, number("high")?),
                _ => Shape::Pert(number("low")?, number("mode")?, number("high")?),
            }
        }
    };
    let (is_sound, remedy) = match shape {
        Shape::Normal(_, sd) => (sd >= 0.0, "a non-negative sd"),
        Shape::Lognormal(median, sigma) => (
            median > 0.0 && sigma >= 0.0,
            "a positive median and a non-negative sigma",
        ),
        Shape::Uniform(low, high) => (low <= high, "low no larger than high"),
        Shape::Triangular(low, mode, high) | Shape::Pert(low, mode, high) => (
            low <= mode && mode <= high,
            "low, mode and high in rising order",
        ),
        Shape::Beta(a, b, low, high) => (
            a > 0.0 && b > 0.0 && low <= high,
            "positive a and b, and low no larger than high",
        ),
        Shape::Fixed(_) | Shape::Discrete(_) | Shape::Quantiles(_) => (true, ""),
    };
    sound(is_sound, shape, remedy, node, reader)
}

/// The distribution (`value` for a fixed number) and the keys of its numbers.
fn read_kind(
    table: &Table,
    node: &Node,
    reader: &mut Reader,
) -> Option<(&'static str, &'static [&'static str])> {
    let path = reader.path();
    match (table.get("value"), table.get("dist")) {
        (Some(_), Some(dist)) => reader.fault(
            format!("`{path}` has both a value and a distribution"),
            &dist.place,
            "keep one of `value` and `dist`",
        ),
        (Some(_), None) => return Some(("value", &["value", "low", "high"])),
        (None, Some(dist)) => {
            let word = dist.as_text().unwrap_or_default();
            let found = SHAPES.iter().find(|(name, _)| *name == word);
            if let Some(found) = found {
                return Some(*found);
            }
            reader.fault(
                format!("`{path}` has the unknown distribution `{word}`"),
                &dist.place,
                suggestion(word, SHAPES.iter().map(|(name, _)| *name)),
            );
        }
        (None, None) => reader.fault(
            format!("`{path}` has neither a value nor a distribution"),
            &node.place,
            "add `value = ...` or `dist = ...`",
        ),
    }
    None
}

/// One number of a distribution.
fn read_number(
    table: &Table,
    key: &str,
    (dist, keys): (&str, &[&str]),
    (node, reader): (&Node, &mut Reader),
) -> Option<f64> {
    let path = reader.path();
    let Some(at) = table.get(key) else {
        reader.fault(
            format!("`{path}` is missing `{key}`"),
            &node.place,
            format!("a {dist} distribution needs {}", keys.join(", ")),
        );
        return None;
    };
    let number = at.as_number();
    if number.is_none() {
        reader.fault(
            format!("`{path}.{key}` must be a number, not {}", at.value.kind()),
            &at.place,
            "write a number",
        );
    }
    number
}

fn read_discrete(table: &Table, node: &Node, reader: &mut Reader) -> Option<Shape> {
    let values = read_numbers(table, "values", node, reader)?;
    let weights = read_numbers(table, "weights", node, reader)?;
    let total: f64 = weights.iter().sum();
    let mut cumulative = 0.0;
    let steps = values.iter().zip(&weights).map(|(value, weight)| {
        cumulative += weight / total;
        (cumulative, *value)
    });
    let shape = Shape::Discrete(steps.collect());
    let is_sound =
        values.len() == weights.len() && total > 0.0 && weights.iter().all(|w| *w >= 0.0);
    let remedy = "as many non-negative weights as values, not all zero";
    sound(is_sound, shape, remedy, node, reader)
}

fn read_quantiles(table: &Table, node: &Node, reader: &mut Reader) -> Option<Shape> {
    let p = read_numbers(table, "probabilities", node, reader)?;
    let values = read_numbers(table, "values", node, reader)?;
    let rises = |list: &[f64]| list.windows(2).all(|pair| pair[0] <= pair[1]);
    let is_sound = p.len() == values.len()
        && p.len() >= 2
        && rises(&p)
        && rises(&values)
        && p.first() == Some(&0.0)
        && p.last() == Some(&1.0);
    let shape = Shape::Quantiles(p.into_iter().zip(values).collect());
    let remedy = "rising values at rising probabilities from 0 to 1";
    sound(is_sound, shape, remedy, node, reader)
}

fn read_numbers(table: &Table, key: &str, node: &Node, reader: &mut Reader) -> Option<Vec<f64>> {
    let list = table.get(key).and_then(|node| match &node.value {
        Value::List(items) => items
            .iter()
            .map(Node::as_number)
            .collect::<Option<Vec<f64>>>(),
        _ => None,
    });
    if list.is_none() {
        let path = reader.path();
        reader.fault(
            format!("`{path}` needs a list of numbers `{key}`"),
            &node.place,
            format!("add `{key} = [...]`"),
        );
    }
    list
}

/// The shape if its numbers fit together; otherwise a fault with the remedy.
fn sound(
    is_sound: bool,
    shape: Shape,
    remedy: &str,
    node: &Node,
    reader: &mut Reader,
) -> Option<Shape> {
    if !is_sound {
        let path = reader.path();
        reader.fault(
            format!("`{path}` is not a distribution"),
            &node.place,
            format!("give {remedy}"),
        );
    }
    is_sound.then_some(shape)
}
