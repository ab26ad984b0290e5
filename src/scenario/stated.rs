//! The values of a scenario as text, each with its place, source and class.

use super::quantity::COMMON;
use super::text::inline;
use super::tree::{Node, is_quantity, leaves};

/// A value as the scenario states it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stated {
    /// Path, such as `router.aws-router.take_rate`.
    pub path: String,
    /// The number or distribution, or the plain value.
    pub value: String,
    /// The unit; empty for plain values.
    pub unit: String,
    /// measured, estimated or assumed; empty for plain values.
    pub class: String,
    /// Source or note; empty if there is none.
    pub source: String,
    /// File and line.
    pub place: String,
}

impl Stated {
    fn new(path: String, node: &Node) -> Self {
        let (number, _) = node.place.line_column();
        let place = format!("{}:{number}", node.place.source.name);
        let Some(table) = node.as_table().filter(|table| is_quantity(table)) else {
            return Self {
                path,
                value: inline(node),
                unit: String::new(),
                class: String::new(),
                source: String::new(),
                place,
            };
        };
        let text = |key: &str| table.get(key).and_then(Node::as_text).unwrap_or_default();
        let numbers: Vec<String> = (table.entries.iter())
            .filter(|entry| !COMMON.contains(&entry.key.as_str()))
            .map(|entry| match entry.key.as_str() {
                "value" => inline(&entry.node),
                key => format!("{key} {}", inline(&entry.node)),
            })
            .collect();
        let source = [text("source"), text("note")];
        Self {
            path,
            value: numbers.join(", "),
            unit: text("unit").to_owned(),
            class: text("class").to_owned(),
            source: (source.into_iter().find(|text| !text.is_empty()))
                .unwrap_or_default()
                .to_owned(),
            place,
        }
    }
}

/// All values of a scenario, in the order of its files.
#[must_use]
pub fn stated(root: &Node) -> Vec<Stated> {
    let all = leaves(root).into_iter();
    all.map(|(path, node)| Stated::new(path, node)).collect()
}
