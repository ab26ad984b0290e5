//! A scenario as a tree in which every key and value knows its place in the text.

use super::source::Place;
use crate::base::time::Date;

/// A value with its place.
#[derive(Clone, Debug)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Its place in the text.
    pub place: Place,
}

/// A TOML value.
#[derive(Clone, Debug)]
pub enum Value {
    /// Text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction.
    Float(f64),
    /// True or false.
    Boolean(bool),
    /// A local date.
    Date(Date),
    /// A list.
    List(Vec<Node>),
    /// A table.
    Table(Table),
}

impl Value {
    /// The kind of value, in words for messages.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Integer(_) => "a whole number",
            Self::Float(_) => "a number",
            Self::Boolean(_) => "true or false",
            Self::Date(_) => "a date",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
        }
    }
}

impl Node {
    /// The table, if the node is a table.
    #[must_use]
    pub const fn as_table(&self) -> Option<&Table> {
        match &self.value {
            Value::Table(table) => Some(table),
            _ => None,
        }
    }

    /// The text, if the node is text.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if the node is a number.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "whole numbers in scenarios are small"
    )]
    pub const fn as_number(&self) -> Option<f64> {
        match self.value {
            Value::Integer(number) => Some(number as f64),
            Value::Float(number) => Some(number),
            _ => None,
        }
    }
}

/// A key of a table with its value.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Place of the key in the text.
    pub key_place: Place,
    /// The value.
    pub node: Node,
}

/// A table in the order in which it was written.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// The entries.
    pub entries: Vec<Entry>,
}

impl Table {
    /// The value of `key`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries
            .iter()
            .find(|entry| entry.key == key)
            .map(|entry| &entry.node)
    }

    /// The value of `key`, mutable.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Node> {
        self.entries
            .iter_mut()
            .find(|entry| entry.key == key)
            .map(|entry| &mut entry.node)
    }
}

/// True for a table that states one number: one with the key `value` or `dist`.
#[must_use]
pub fn is_quantity(table: &Table) -> bool {
    table.get("value").is_some() || table.get("dist").is_some()
}

/// The name of a named list entry.
#[must_use]
pub fn entry_name(node: &Node) -> Option<&str> {
    node.as_table()
        .and_then(|table| table.get("name"))
        .and_then(Node::as_text)
}

/// All leaves of a tree (quantities and plain values) with their paths, in which entries of lists have their names.
#[must_use]
pub fn leaves(root: &Node) -> Vec<(String, &Node)> {
    let mut found = Vec::new();
    collect_leaves(root, "", &mut found);
    found
}

fn collect_leaves<'a>(node: &'a Node, path: &str, found: &mut Vec<(String, &'a Node)>) {
    let join = |key: &str| {
        if path.is_empty() {
            key.to_owned()
        } else {
            format!("{path}.{key}")
        }
    };
    match &node.value {
        Value::Table(table) if !is_quantity(table) => {
            for entry in &table.entries {
                collect_leaves(&entry.node, &join(&entry.key), found);
            }
        }
        Value::List(items)
            if !items.is_empty() && items.iter().all(|item| entry_name(item).is_some()) =>
        {
            for item in items {
                collect_leaves(item, &join(entry_name(item).unwrap_or_default()), found);
            }
        }
        _ => found.push((path.to_owned(), node)),
    }
}
