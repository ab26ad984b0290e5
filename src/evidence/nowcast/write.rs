//! The state as TOML: a block of its own, or written into a scenario that states its numbers.

use std::fmt::Write as _;
use std::sync::Arc;

use super::{Estimate, State};
use crate::observations::{self, Observation};
use crate::scenario::edit::at;
use crate::scenario::fault::{Fault, Faults};
use crate::scenario::source::Source;
use crate::scenario::text::{inline, parse};
use crate::scenario::tree::{Node, Value, leaves};

/// The state as a block of a scenario.
#[must_use]
pub fn block(state: &State) -> String {
    let mut out = format!(
        "# State at {} by `tollway nowcast`: {} rows used, {} left out because they became public later.\n",
        state.vintage, state.used, state.later
    );
    for missing in &state.missing {
        let _ = writeln!(out, "# Not estimated: {missing}.");
    }
    let mut heads: Vec<&[String]> = Vec::new();
    for estimate in &state.estimates {
        let head = &estimate.path[..estimate.path.len() - 1];
        if !heads.contains(&head) {
            heads.push(head);
        }
    }
    // The sort is stable: numbers keep their order, correlations follow.
    heads.sort_by_key(|head| head[0] == "correlation");
    for head in heads {
        match head {
            [list, name] => {
                let _ = write!(out, "\n[[{list}]]\nname = \"{name}\"\n");
            }
            _ => {
                let _ = write!(out, "\n[{}]\n", head.join("."));
            }
        }
        for estimate in state
            .estimates
            .iter()
            .filter(|one| one.path[..one.path.len() - 1] == *head)
        {
            let _ = writeln!(out, "{} = {}", estimate.path[head.len()], estimate.text);
        }
    }
    out
}

/// A scenario with the numbers of a state.
#[derive(Clone, Debug)]
pub struct Rewritten {
    /// The text, byte for byte as before but for the numbers that changed.
    pub text: String,
    /// Paths of the numbers that changed.
    pub changed: Vec<String>,
    /// Paths of the numbers that the file states as they are.
    pub same: Vec<String>,
    /// Paths of the numbers that the file does not state.
    pub absent: Vec<String>,
}

/// Writes a state into the text of a scenario: each number that the file states is replaced where it stands, and its
/// `note` is kept.
///
/// # Errors
/// Text that is not TOML, a vintage that is not that of the state, a number that is not one inline table, and
/// numbers that rest on rows that became public after the vintage.
pub fn rewrite(
    name: &str,
    text: &str,
    state: &State,
    observations: &[Observation],
) -> Result<Rewritten, Faults> {
    let (tree, mut faults) = tree_of(name, text);
    if !faults.is_empty() {
        return Err(Faults(faults));
    }
    faults.extend(wrong_vintage(&tree, state));
    let mut result = Rewritten {
        text: text.to_owned(),
        changed: Vec::new(),
        same: Vec::new(),
        absent: Vec::new(),
    };
    let mut edits: Vec<(std::ops::Range<usize>, String)> = Vec::new();
    for estimate in &state.estimates {
        let path = estimate.path.join(".");
        let Some(node) = at(&tree, &estimate.path) else {
            result.absent.push(path);
            continue;
        };
        let range = node.place.range.clone();
        let old = &text[range.clone()];
        if node.as_table().is_some() && !old.starts_with('{') {
            let message = format!("`{path}` is not written as one inline table");
            faults.push(
                Fault::new(message, node.place.clone()).help("write it on one line: key = { ... }"),
            );
            continue;
        }
        let new = with_note(estimate, node);
        if old == new {
            result.same.push(path);
        } else {
            result.changed.push(path);
            edits.push((range, new));
        }
    }
    edits.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
    for (range, new) in edits {
        result.text.replace_range(range, &new);
    }
    let (tree, _) = tree_of(name, &result.text);
    faults.extend(later_rows(&tree, state, observations));
    if faults.is_empty() {
        Ok(result)
    } else {
        Err(Faults(faults))
    }
}

fn tree_of(name: &str, text: &str) -> (Node, Vec<Fault>) {
    let source = Arc::new(Source {
        name: name.to_owned(),
        text: text.to_owned(),
    });
    let mut faults = Vec::new();
    let tree = parse(&source, &mut faults);
    (tree, faults)
}

/// The text of a number, with the note of the number that it replaces.
fn with_note(estimate: &Estimate, node: &Node) -> String {
    let remark = node.as_table().and_then(|table| table.get("note"));
    match (remark, estimate.text.strip_suffix(" }")) {
        (Some(remark), Some(start)) if !start.contains(", note = ") => {
            format!("{start}, note = {} }}", inline(remark))
        }
        _ => estimate.text.clone(),
    }
}

fn wrong_vintage(tree: &Node, state: &State) -> Option<Fault> {
    let node = tree.as_table()?.get("vintage")?;
    let is_same = matches!(&node.value, Value::Date(date) if *date == state.vintage);
    (!is_same).then(|| {
        let message = format!("the scenario has another vintage than {}", state.vintage);
        Fault::new(message, node.place.clone()).help("give its date as --vintage, or correct it")
    })
}

/// Faults of numbers that rest on later rows, in a scenario that states its vintage.
fn later_rows(tree: &Node, state: &State, observations: &[Observation]) -> Vec<Fault> {
    let mut faults = Vec::new();
    if tree
        .as_table()
        .and_then(|table| table.get("vintage"))
        .is_none()
    {
        return faults;
    }
    for (path, node) in leaves(tree) {
        let Some(Value::List(rows)) = node
            .as_table()
            .and_then(|table| table.get("rows"))
            .map(|rows| &rows.value)
        else {
            continue;
        };
        for named in rows {
            let name = named.as_text().unwrap_or_default();
            let row = observations
                .iter()
                .find(|row| row.row == name)
                .or_else(|| observations::row(name));
            if let Some(row) = row
                && row.known.is_none_or(|known| known > state.vintage)
            {
                let when = row.known.map_or_else(
                    || "at an unknown date".to_owned(),
                    |known| format!("on {known}"),
                );
                let message = format!(
                    "`{path}` rests on `{name}`, which became public {when}, after {}",
                    state.vintage
                );
                faults.push(
                    Fault::new(message, named.place.clone())
                        .also("the row", row.place.clone())
                        .help("use rows that were public at the vintage, or class the number \"assumed\" without rows"),
                );
            }
        }
    }
    faults
}
