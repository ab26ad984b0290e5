//! Overlays: merging one tree into another.

use std::sync::Arc;

use super::fault::Fault;
use super::source::Place;
use super::tree::{Entry, Node, Table, Value, entry_name, is_quantity};

/// Merges `over` into `base`: tables key by key, lists of named entries by name. Everything else is replaced, whole
/// quantities included. `remove = true` in a table or a named entry removes it.
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

/// True for a table with `remove = true`.
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
                format!("cannot remove `{}`: no such key", edit.key),
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
            Fault::new(format!("cannot remove `{name}`: no such entry"), item.place)
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
