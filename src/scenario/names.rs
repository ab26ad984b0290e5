//! The names that a scenario declares, collected before its records are read.

use super::tree::{Node, Value, entry_name};

/// The names of a scenario's entities, list by list, in the order of the lists.
#[derive(Debug, Default)]
pub struct Names {
    lists: Vec<(String, Vec<String>)>,
}

impl Names {
    /// Collects the names of all lists at the top of a tree.
    #[must_use]
    pub fn of(tree: &Node) -> Self {
        let entries = tree.as_table().map(|table| &table.entries);
        let lists = entries.into_iter().flatten().filter_map(|entry| {
            let Value::List(items) = &entry.node.value else {
                return None;
            };
            let names = items.iter().filter_map(entry_name).map(str::to_owned);
            Some((entry.key.clone(), names.collect()))
        });
        Self {
            lists: lists.collect(),
        }
    }

    /// The names that the list `key` declares; none where there is no such list.
    #[must_use]
    pub fn list(&self, key: &str) -> &[String] {
        let found = self.lists.iter().find(|(list, _)| list == key);
        found.map_or(&[], |(_, names)| names)
    }
}
