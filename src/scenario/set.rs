//! Edits from the command line: `--set path.to.key=value`.

use std::sync::Arc;

use super::fault::{Fault, suggestion};
use super::source::{Place, Source};
use super::text::parse;
use super::tree::{Entry, Node, Table, Value, entry_name, is_quantity};

/// Applies `path.to.key=value` to the tree. A plain number keeps the unit of the quantity that it replaces and is classed
/// as assumed.
pub fn apply_set(tree: &mut Node, set: &str, faults: &mut Vec<Fault>) {
    let source = source(set);
    let place = |range| Place {
        source: Arc::clone(&source),
        range,
    };
    let Some((path, text)) = set.split_once('=') else {
        faults.push(
            Fault::new("an edit needs `=`", place(0..set.len()))
                .help("write --set path.to.key=value"),
        );
        return;
    };
    let (path, text) = (path.trim(), text.trim());
    let value = Node {
        value: value_of(text),
        place: place(set.len() - text.len()..set.len()),
    };
    let mut node = tree;
    let mut start = 0;
    let segments: Vec<&str> = path.split('.').collect();
    for (index, segment) in segments.iter().enumerate() {
        let at = place(start..start + segment.len());
        start += segment.len() + 1;
        let is_last = index + 1 == segments.len();
        let names = children(node);
        if !names.iter().any(|name| name == segment) {
            // The scenario may know a key that the file leaves out: the reader decides.
            if let (true, Value::Table(table)) = (is_last, &mut node.value) {
                table.entries.push(Entry {
                    key: (*segment).to_owned(),
                    key_place: at,
                    node: value,
                });
            } else {
                let help = suggestion(segment, names.iter().map(String::as_str));
                faults.push(
                    Fault::new(format!("cannot set `{segment}`: no such key or entry"), at)
                        .help(help),
                );
            }
            return;
        }
        node = child_mut(node, segment).expect("its name was just found");
    }
    replace(node, value, set);
}

fn source(text: &str) -> Arc<Source> {
    Arc::new(Source {
        name: "--set".to_owned(),
        text: text.to_owned(),
    })
}

/// The value that a text stands for: TOML, or a string without quotes.
fn value_of(text: &str) -> Value {
    let mut faults = Vec::new();
    let trial = parse(&source(&format!("value = {text}")), &mut faults);
    let parsed = trial.as_table().and_then(|table| table.get("value"));
    match parsed {
        Some(node) if faults.is_empty() => node.value.clone(),
        _ => Value::Text(text.to_owned()),
    }
}

/// Keys of a table, or names of a list's entries.
fn children(node: &Node) -> Vec<String> {
    match &node.value {
        Value::Table(table) => table
            .entries
            .iter()
            .map(|entry| entry.key.clone())
            .collect(),
        Value::List(items) => items
            .iter()
            .filter_map(entry_name)
            .map(str::to_owned)
            .collect(),
        _ => Vec::new(),
    }
}

fn child_mut<'a>(node: &'a mut Node, segment: &str) -> Option<&'a mut Node> {
    match &mut node.value {
        Value::Table(table) => table.get_mut(segment),
        Value::List(items) => items
            .iter_mut()
            .find(|item| entry_name(item) == Some(segment)),
        _ => None,
    }
}

/// Replaces a node; a quantity that is replaced by a plain number keeps its unit.
fn replace(child: &mut Node, value: Node, set: &str) {
    let unit = child
        .as_table()
        .filter(|table| is_quantity(table))
        .and_then(|table| table.get("unit"))
        .cloned();
    match (unit, value.as_number()) {
        (Some(unit), Some(_)) => {
            let place = value.place.clone();
            let entry = |key: &str, node: Node| Entry {
                key: key.to_owned(),
                key_place: place.clone(),
                node,
            };
            let text = |text: &str| Node {
                value: Value::Text(text.to_owned()),
                place: place.clone(),
            };
            let class = entry("class", text("assumed"));
            let origin = entry("source", text(&format!("--set {set}")));
            child.value = Value::Table(Table {
                entries: vec![entry("value", value), entry("unit", unit), class, origin],
            });
            child.place = place;
        }
        _ => *child = value,
    }
}
