//! `tollway explain`.

use clap::Args;

use super::{Failure, ScenarioArgs, print};
use crate::scenario::fault::suggestion;
use crate::scenario::quantity::COMMON;
use crate::scenario::source::{Node, inline, is_quantity, leaves};
use crate::scenario::{Fault, Faults, load};

/// Options of `tollway explain`.
#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    #[command(flatten)]
    scenario: ScenarioArgs,
    /// Only values whose path starts with this, e.g. router or cloud.aws.egress.
    key: Option<String>,
}

/// Shows each value with its place, source and class.
pub(super) fn explain(args: &ExplainArgs) -> Result<(), Failure> {
    let mut request = args.scenario.request();
    let mut key = args.key.clone();
    // `tollway explain KEY` explains the baseline: what is no file but looks like a path is a key.
    if let (Some(first), None) = (&request.file, &key)
        && !first.exists()
        && first
            .extension()
            .is_none_or(|extension| extension != "toml")
    {
        key = Some(first.display().to_string());
        request.file = None;
    }
    let loaded = load(&request)?;
    let all = leaves(&loaded.tree);
    let wanted = |path: &str| match &key {
        None => true,
        Some(key) => path == key || path.starts_with(&format!("{key}.")),
    };
    let mut out = String::new();
    for (path, node) in all.iter().filter(|(path, _)| wanted(path)) {
        out.push_str(&line(path, node));
    }
    if out.is_empty() {
        let key = key.unwrap_or_default();
        let mut tops: Vec<&str> = all.iter().map(|(path, _)| path.as_str()).collect();
        tops.extend(
            all.iter()
                .filter_map(|(path, _)| path.rsplit_once('.').map(|(head, _)| head)),
        );
        let near = crate::scenario::fault::nearest(&key, tops.iter().copied());
        let help = near.map_or_else(
            || {
                suggestion(
                    &key,
                    loaded
                        .tree
                        .as_table()
                        .into_iter()
                        .flat_map(|t| t.entries.iter())
                        .map(|entry| entry.key.as_str()),
                )
            },
            |near| format!("did you mean `{near}`?"),
        );
        return Err(Faults(vec![
            Fault::nowhere(format!("no value at `{key}`")).help(help),
        ])
        .into());
    }
    print(&out)
}

fn line(path: &str, node: &Node) -> String {
    let (number, _) = node.place.line_column();
    let place = format!("{}:{number}", node.place.source.name);
    match node.as_table().filter(|table| is_quantity(table)) {
        Some(table) => {
            let text = |key: &str| table.get(key).and_then(Node::as_text).unwrap_or_default();
            let numbers: Vec<String> = table
                .entries
                .iter()
                .filter(|entry| !COMMON.contains(&entry.key.as_str()))
                .map(|entry| {
                    if entry.key == "value" {
                        inline(&entry.node)
                    } else {
                        format!("{} {}", entry.key, inline(&entry.node))
                    }
                })
                .collect();
            let why = [text("source"), text("note")]
                .into_iter()
                .find(|text| !text.is_empty())
                .unwrap_or("no source");
            format!(
                "{path} = {} {}\n    {}, {place}: {why}\n",
                numbers.join(", "),
                text("unit"),
                text("class")
            )
        }
        None => format!("{path} = {}\n    {place}\n", inline(node)),
    }
}
