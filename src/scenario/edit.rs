//! Edits that turn one scenario into another, and scenarios with some of them applied.

use super::change::brief;
use super::text::inline;
use super::tree::{Entry, Node, Value, entry_name, is_quantity};

/// A difference between two trees: a value, or an entry that only one of them has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// Keys and entry names from the root.
    pub path: Vec<String>,
    /// A short form of the value before; none if the edit adds it.
    pub before: Option<String>,
    /// A short form of the value after; none if the edit removes it.
    pub after: Option<String>,
}

impl std::fmt::Display for Edit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let path = self.path.join(".");
        match (&self.before, &self.after) {
            (Some(before), Some(after)) => write!(f, "{path}: {before} -> {after}"),
            (None, _) => write!(f, "{path}: added"),
            (_, None) => write!(f, "{path}: removed"),
        }
    }
}

/// Keys that describe a scenario without changing the market.
const ASIDE: [&str; 4] = ["name", "title", "question", "extends"];

/// The edits that turn `before` into `after`, except names and titles.
#[must_use]
pub fn edits(before: &Node, after: &Node) -> Vec<Edit> {
    let mut found = Vec::new();
    compare(before, after, &mut Vec::new(), &mut found);
    found.retain(|edit| edit.path.len() > 1 || !ASIDE.contains(&edit.path[0].as_str()));
    found
}

/// True if every entry has a name: such lists are compared by name.
fn is_named(items: &[Node]) -> bool {
    items.iter().all(|item| entry_name(item).is_some())
}

fn compare(before: &Node, after: &Node, path: &mut Vec<String>, found: &mut Vec<Edit>) {
    match (&before.value, &after.value) {
        (Value::Table(a), Value::Table(b)) if !is_quantity(a) && !is_quantity(b) => {
            let keys = a.entries.iter().map(|entry| &entry.key);
            let new = b.entries.iter().map(|entry| &entry.key);
            let new = new.filter(|key| a.get(key).is_none());
            for key in keys.chain(new) {
                step(key, a.get(key), b.get(key), path, found);
            }
        }
        (Value::List(a), Value::List(b)) if is_named(a) && is_named(b) => {
            let of = |list: &'_ [Node], name: &str| {
                list.iter().position(|item| entry_name(item) == Some(name))
            };
            let names = a.iter().filter_map(entry_name);
            let new = b
                .iter()
                .filter_map(entry_name)
                .filter(|name| of(a, name).is_none());
            for name in names.chain(new) {
                let (was, is) = (of(a, name).map(|at| &a[at]), of(b, name).map(|at| &b[at]));
                step(name, was, is, path, found);
            }
        }
        _ if inline(before) != inline(after) => found.push(Edit {
            path: path.clone(),
            before: Some(brief(before)),
            after: Some(brief(after)),
        }),
        _ => {}
    }
}

fn step(
    key: &str,
    before: Option<&Node>,
    after: Option<&Node>,
    path: &mut Vec<String>,
    found: &mut Vec<Edit>,
) {
    path.push(key.to_owned());
    match (before, after) {
        (Some(before), Some(after)) => compare(before, after, path, found),
        (before, after) => found.push(Edit {
            path: path.clone(),
            before: before.map(brief),
            after: after.map(brief),
        }),
    }
    path.pop();
}

/// Applies one edit: copies the value at `path` from `other` into `tree`, adding or removing it as needed.
pub fn take_over(tree: &mut Node, other: &Node, path: &[String]) {
    let Some((key, rest)) = path.split_first() else {
        *tree = other.clone();
        return;
    };
    let Some(theirs) = child(other, key) else {
        if rest.is_empty() {
            remove(tree, key);
        }
        return;
    };
    match (&mut tree.value, &other.value) {
        (Value::Table(table), _) => {
            if let Some(own) = table.get_mut(key) {
                take_over(own, theirs, rest);
            } else {
                let key_place = theirs.place.clone();
                table.entries.push(Entry {
                    key: key.clone(),
                    key_place,
                    node: theirs.clone(),
                });
            }
        }
        (Value::List(items), _) => {
            match items.iter().position(|item| entry_name(item) == Some(key)) {
                Some(at) => take_over(&mut items[at], theirs, rest),
                None => items.push(theirs.clone()),
            }
        }
        _ => {}
    }
}

/// The value at a path of keys and entry names.
#[must_use]
pub fn at<'a>(tree: &'a Node, path: &[String]) -> Option<&'a Node> {
    path.iter().try_fold(tree, |node, key| child(node, key))
}

fn child<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
    match &node.value {
        Value::Table(table) => table.get(key),
        Value::List(items) => items.iter().find(|item| entry_name(item) == Some(key)),
        _ => None,
    }
}

fn remove(node: &mut Node, key: &str) {
    match &mut node.value {
        Value::Table(table) => table.entries.retain(|entry| entry.key != key),
        Value::List(items) => items.retain(|item| entry_name(item) != Some(key)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::text::write;
    use crate::scenario::{Request, load};

    #[test]
    fn all_edits_together_are_the_other_scenario() {
        let before = load(&Request::default()).unwrap().tree;
        for name in [
            "neutral-routing",
            "no-incidents",
            "stateless-only",
            "third-lab",
        ] {
            let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
                .join(format!("scenarios/{name}.toml"));
            let after = load(&Request {
                file: Some(file),
                ..Request::default()
            })
            .unwrap()
            .tree;
            let edits = edits(&before, &after);
            assert!(!edits.is_empty());
            let mut tree = before.clone();
            for edit in &edits {
                take_over(&mut tree, &after, &edit.path);
            }
            assert_eq!(super::edits(&tree, &after), [], "{name}");
            let body = |node: &Node| {
                write(node)
                    .lines()
                    .skip_while(|line| !line.starts_with("[run]"))
                    .map(str::to_owned)
                    .collect::<Vec<_>>()
            };
            assert_eq!(body(&tree), body(&after), "{name}");
        }
    }
}
