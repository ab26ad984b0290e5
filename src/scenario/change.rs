//! Differences between a scenario and its parent, value by value.

use std::collections::BTreeMap;

use super::text::inline;
use super::tree::{Node, is_quantity, leaves};

/// A value that differs between a scenario and its parent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The dotted path.
    pub path: String,
    /// The value in the parent, if it has one; of a quantity: numbers, unit and class.
    pub before: Option<String>,
    /// The value in the scenario, if it has one.
    pub after: Option<String>,
}

impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let side = |value: &Option<String>| value.clone().unwrap_or_else(|| "(absent)".to_owned());
        write!(
            f,
            "{}: {} -> {}",
            self.path,
            side(&self.before),
            side(&self.after)
        )
    }
}

/// A short form of a leaf; of a quantity: numbers, unit and class, without source and note.
pub(super) fn brief(node: &Node) -> String {
    let Some(table) = node.as_table().filter(|table| is_quantity(table)) else {
        return inline(node);
    };
    let mut words = Vec::new();
    for entry in &table.entries {
        match entry.key.as_str() {
            "source" | "note" | "rows" => {}
            "value" | "unit" | "class" | "dist" => {
                words.push(
                    entry
                        .node
                        .as_text()
                        .map_or_else(|| inline(&entry.node), str::to_owned),
                );
            }
            key => words.push(format!("{key} {}", inline(&entry.node))),
        }
    }
    words.join(" ")
}

/// Differences between two trees, leaf by leaf, except names and titles.
pub(super) fn difference(before: &Node, after: &Node) -> Vec<Change> {
    const ASIDE: [&str; 4] = ["name", "title", "question", "extends"];
    let old: BTreeMap<String, &Node> = leaves(before).into_iter().collect();
    let new: BTreeMap<String, &Node> = leaves(after).into_iter().collect();
    let paths = leaves(before)
        .into_iter()
        .chain(leaves(after))
        .map(|(path, _)| path);
    let mut changes: Vec<Change> = Vec::new();
    for path in paths.filter(|path| !ASIDE.contains(&path.as_str())) {
        let (was, is) = (old.get(&path), new.get(&path));
        let is_same = was.map(|node| inline(node)) == is.map(|node| inline(node));
        if !is_same && !changes.iter().any(|change| change.path == path) {
            changes.push(Change {
                path,
                before: was.map(|node| brief(node)),
                after: is.map(|node| brief(node)),
            });
        }
    }
    changes
}
