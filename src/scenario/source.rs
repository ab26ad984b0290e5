//! Scenario text as a tree in which every key and value knows its file and place.

use std::fmt::Write as _;
use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::Fault;
use crate::time::Date;

/// A piece of scenario text: a file, the embedded baseline, or an edit from the command line.
#[derive(Debug, PartialEq, Eq)]
pub struct Source {
    /// What the user calls it, usually its path.
    pub name: String,
    /// The text.
    pub text: String,
}

/// A place in a source.
#[derive(Clone, Debug)]
pub struct Place {
    /// The source.
    pub source: Arc<Source>,
    /// The byte range in its text.
    pub range: Range<usize>,
}

impl Place {
    /// Line and column, both from one; the column counts characters.
    #[must_use]
    pub fn line_column(&self) -> (usize, usize) {
        let before = &self.source.text[..self.range.start.min(self.source.text.len())];
        let line = before.matches('\n').count() + 1;
        let column = before
            .rsplit('\n')
            .next()
            .map_or(0, |tail| tail.chars().count())
            + 1;
        (line, column)
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (line, column) = self.line_column();
        write!(f, "{}:{line}:{column}", self.source.name)
    }
}

/// A value with its place.
#[derive(Clone, Debug)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Where it stands.
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
    /// What the value is, in words.
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
    /// The table, if it is one.
    #[must_use]
    pub const fn as_table(&self) -> Option<&Table> {
        match &self.value {
            Value::Table(table) => Some(table),
            _ => None,
        }
    }

    /// The text, if it is text.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if it is one.
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

/// One key of a table and what it holds.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key stands.
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

    /// The value of `key`, to change.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Node> {
        self.entries
            .iter_mut()
            .find(|entry| entry.key == key)
            .map(|entry| &mut entry.node)
    }
}

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
            Fault::new(format!("not TOML: {}", error.message()), place)
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

/// Whether a table states one number of the scenario (`value` or `dist` among its keys).
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

/// Lays `over` upon `base`: tables merge key by key, lists of named things merge by name, and everything
/// else is replaced, among it whole quantities. `remove = true` in a named thing or a table takes it away.
pub fn merge(base: &mut Node, over: Node, faults: &mut Vec<Fault>) {
    match (&mut base.value, over.value) {
        (Value::Table(below), Value::Table(above))
            if !is_quantity(below) && !is_quantity(&above) =>
        {
            for entry in above.entries {
                if is_removal(&entry.node) {
                    remove_key(below, &entry, faults);
                    continue;
                }
                match below.get_mut(&entry.key) {
                    Some(node) => merge(node, entry.node, faults),
                    None => below.entries.push(entry),
                }
            }
        }
        (Value::List(below), Value::List(above))
            if !above.is_empty()
                && above
                    .iter()
                    .chain(below.iter())
                    .all(|item| entry_name(item).is_some()) =>
        {
            for item in above {
                merge_named(below, item, faults);
            }
        }
        (below, above) => {
            *below = above;
            base.place = over.place;
        }
    }
}

/// Whether an edit takes something away: a table with `remove = true`.
fn is_removal(node: &Node) -> bool {
    node.as_table().is_some_and(|table| {
        matches!(
            table.get("remove").map(|flag| &flag.value),
            Some(Value::Boolean(true))
        )
    })
}

fn remove_key(table: &mut Table, edit: &Entry, faults: &mut Vec<Fault>) {
    let before = table.entries.len();
    table.entries.retain(|entry| entry.key != edit.key);
    if table.entries.len() == before {
        faults.push(
            Fault::new(
                format!("`{}` is not there to remove", edit.key),
                edit.key_place.clone(),
            )
            .help("check the name"),
        );
    }
}

fn merge_named(list: &mut Vec<Node>, item: Node, faults: &mut Vec<Fault>) {
    let name = entry_name(&item).unwrap_or_default().to_owned();
    let found = list
        .iter()
        .position(|other| entry_name(other) == Some(&name));
    match (found, is_removal(&item)) {
        (Some(index), true) => {
            list.remove(index);
        }
        (Some(index), false) => {
            // Two entries of one name in one file are a duplicate, not an edit.
            if Arc::ptr_eq(&list[index].place.source, &item.place.source) {
                faults.push(duplicate(&name, &list[index].place, item.place));
            } else {
                merge(&mut list[index], item, faults);
            }
        }
        (None, true) => faults.push(
            Fault::new(format!("`{name}` is not there to remove"), item.place)
                .help("check the name"),
        ),
        (None, false) => list.push(item),
    }
}

/// The fault of two entries with one name.
#[must_use]
pub fn duplicate(name: &str, first: &Place, second: Place) -> Fault {
    Fault::new(format!("`{name}` is defined twice"), second)
        .also("first defined here", first.clone())
        .help("rename or delete one of them")
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

/// All leaves of a tree with their paths: quantities and plain values. Named list entries go by name.
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
