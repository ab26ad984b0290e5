//! Fitted values as an overlay file.

use super::Fit;
use crate::scenario::Loaded;
use crate::scenario::tree::{Node, Value, entry_name, leaves};

/// The text of an overlay with the fitted values.
#[must_use]
pub fn overlay(loaded: &Loaded, extends: &str, name: &str, fit: &Fit, why: &str) -> String {
    use std::fmt::Write as _;
    let mut out = format!(
        "# Written by `tollway calibrate`: {why}.\n\nname = \"{name}\"\ntitle = \"{}, calibrated\"\nextends = \"{extends}\"\n",
        loaded.scenario.title.text
    );
    let all = leaves(&loaded.tree);
    for fitted in &fit.parameters {
        let unit = all
            .iter()
            .find(|(path, _)| *path == fitted.path)
            .and_then(|(_, node)| node.as_table())
            .and_then(|table| table.get("unit"))
            .and_then(Node::as_text)
            .unwrap_or_default();
        let (head, key) = header(&loaded.tree, &fitted.path);
        let interval = fitted.interval().map_or_else(
            || "not identified by the targets".to_owned(),
            |(low, high)| format!("95 % interval {low:.3e} to {high:.3e}"),
        );
        let _ = write!(
            out,
            "\n{head}{key} = {{ value = {:?}, unit = \"{unit}\", class = \"estimated\", source = \"{why}; {interval}\" }}\n",
            round(fitted.value)
        );
    }
    out
}

/// Four significant digits: more would suggest false precision.
fn round(value: f64) -> f64 {
    format!("{value:.3e}").parse().unwrap_or(value)
}

/// The TOML headers of a path, and its last key.
fn header(tree: &Node, path: &str) -> (String, String) {
    let mut parts: Vec<&str> = path.split('.').collect();
    let key = parts.pop().unwrap_or_default().to_owned();
    let (mut node, mut tables, mut out) = (Some(tree), Vec::new(), String::new());
    let mut is_open = false;
    for part in parts {
        if let Some(Value::List(list)) = node.map(|node| &node.value) {
            // An entry of a list is found by its name.
            out += "[[";
            out += &tables.join(".");
            out += "]]\nname = \"";
            out += part;
            out += "\"\n";
            is_open = false;
            node = list.iter().find(|entry| entry_name(entry) == Some(part));
        } else {
            tables.push(part.to_owned());
            is_open = true;
            node = node
                .and_then(Node::as_table)
                .and_then(|table| table.get(part));
        }
    }
    if is_open {
        out += "[";
        out += &tables.join(".");
        out += "]\n";
    }
    (out, key)
}
