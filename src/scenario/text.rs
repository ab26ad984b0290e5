//! Scenario text: TOML is parsed to a tree, and a tree is written as TOML.

use std::fmt::Write as _;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::Fault;
use super::source::{Place, Source};
use super::tree::{Entry, Node, Table, Value, entry_name, is_quantity};
use crate::base::time::Date;

/// Reads a source; syntax errors become faults, and what could be read is returned all the same.
pub fn parse(source: &Arc<Source>, faults: &mut Vec<Fault>) -> Node {
    let (table, errors) = DeTable::parse_recoverable(&source.text);
    for error in errors {
        let range = error.span().unwrap_or(0..0);
        let place = Place {
            source: Arc::clone(source),
            range,
        };
        faults.push(
            Fault::new(format!("invalid TOML: {}", error.message()), place)
                .help("see https://toml.io for the syntax"),
        );
    }
    let range = table.span();
    Node {
        value: Value::Table(table_of(table.into_inner(), source, faults)),
        place: Place {
            source: Arc::clone(source),
            range,
        },
    }
}

fn table_of(table: DeTable<'_>, source: &Arc<Source>, faults: &mut Vec<Fault>) -> Table {
    let mut entries: Vec<Entry> = table
        .into_iter()
        .map(|(key, value)| Entry {
            key_place: Place {
                source: Arc::clone(source),
                range: key.span(),
            },
            key: key.into_inner().into_owned(),
            node: node_of(value, source, faults),
        })
        .collect();
    entries.sort_by_key(|entry| entry.key_place.range.start);
    Table { entries }
}

fn node_of(spanned: Spanned<DeValue<'_>>, source: &Arc<Source>, faults: &mut Vec<Fault>) -> Node {
    let place = Place {
        source: Arc::clone(source),
        range: spanned.span(),
    };
    let value = match spanned.into_inner() {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or_else(
                |_| {
                    faults.push(
                        Fault::new("whole number out of range", place.clone())
                            .help("write a smaller number"),
                    );
                    Value::Integer(0)
                },
                Value::Integer,
            ),
        DeValue::Float(number) => Value::Float(number.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(flag) => Value::Boolean(flag),
        DeValue::Datetime(moment) => {
            let text = moment.to_string();
            Date::parse(&text).map_or(Value::Text(text), Value::Date)
        }
        DeValue::Array(items) => Value::List(
            items
                .into_iter()
                .map(|item| node_of(item, source, faults))
                .collect(),
        ),
        DeValue::Table(table) => Value::Table(table_of(table, source, faults)),
    };
    Node { value, place }
}

/// Writes a tree as TOML that reads back to the same tree.
#[must_use]
pub fn write(root: &Node) -> String {
    let mut out = String::new();
    if let Some(table) = root.as_table() {
        write_table(table, "", &mut out);
    }
    out
}

fn write_table(table: &Table, path: &str, out: &mut String) {
    let is_section = |node: &Node| match &node.value {
        Value::Table(inner) => {
            !is_quantity(inner)
                && inner
                    .entries
                    .iter()
                    .any(|entry| entry.node.as_table().is_some())
        }
        Value::List(items) => items.first().is_some_and(|item| entry_name(item).is_some()),
        _ => false,
    };
    for entry in table
        .entries
        .iter()
        .filter(|entry| !is_section(&entry.node))
    {
        let _ = writeln!(out, "{} = {}", key_text(&entry.key), inline(&entry.node));
    }
    for entry in table.entries.iter().filter(|entry| is_section(&entry.node)) {
        let inner_path = if path.is_empty() {
            key_text(&entry.key)
        } else {
            format!("{path}.{}", key_text(&entry.key))
        };
        match &entry.node.value {
            Value::Table(inner) => {
                let _ = writeln!(out, "\n[{inner_path}]");
                write_table(inner, &inner_path, out);
            }
            Value::List(items) => {
                for item in items {
                    let _ = writeln!(out, "\n[[{inner_path}]]");
                    if let Some(inner) = item.as_table() {
                        write_table(inner, &inner_path, out);
                    }
                }
            }
            _ => {}
        }
    }
}

fn key_text(key: &str) -> String {
    let is_bare = !key.is_empty()
        && key
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if is_bare { key.to_owned() } else { quoted(key) }
}

fn quoted(text: &str) -> String {
    // JSON strings are TOML basic strings, but for the delete character, which TOML wants escaped.
    serde_json::Value::from(text)
        .to_string()
        .replace('\u{7f}', "\\u007f")
}

/// One value on one line, as TOML.
#[must_use]
pub fn inline(node: &Node) -> String {
    match &node.value {
        Value::Text(text) => quoted(text),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) if number.is_nan() => "nan".to_owned(),
        Value::Float(number) if number.is_infinite() => {
            if *number > 0.0 { "inf" } else { "-inf" }.to_owned()
        }
        Value::Float(number) => format!("{number:?}"),
        Value::Boolean(flag) => flag.to_string(),
        Value::Date(date) => date.to_string(),
        Value::List(items) => format!(
            "[{}]",
            items.iter().map(inline).collect::<Vec<_>>().join(", ")
        ),
        Value::Table(table) => {
            let parts: Vec<String> = table
                .entries
                .iter()
                .map(|entry| format!("{} = {}", key_text(&entry.key), inline(&entry.node)))
                .collect();
            format!("{{ {} }}", parts.join(", "))
        }
    }
}
