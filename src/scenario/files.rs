//! Reading scenario files, each with the file that it extends.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::fault::Fault;
use super::merge::{duplicate, merge};
use super::source::{Place, Source};
use super::text::parse;
use super::tree::{Node, Value, entry_name};

/// Tree and name of the scenario that a file extends.
pub(super) type Parent = Option<(Node, String)>;

/// Reads a file after the files that it extends, and merges them; with the parent, if it extends one.
pub(super) fn load_chain(
    file: &Path,
    chain: &mut Vec<(PathBuf, Place)>,
    faults: &mut Vec<Fault>,
) -> Option<(Node, Parent)> {
    let node = read_file(file, chain.last().map(|(_, place)| place), faults)?;
    let Some(extends) = node
        .as_table()
        .and_then(|table| table.get("extends"))
        .cloned()
    else {
        return Some((node, None));
    };
    let Some(target) = extends.as_text() else {
        faults.push(
            Fault::new("`extends` must be a path in quotes", extends.place)
                .help("write extends = \"baseline.toml\""),
        );
        return None;
    };
    let own = std::fs::canonicalize(file).unwrap_or_else(|_| file.to_path_buf());
    chain.push((own, extends.place.clone()));
    let parent_path = file.parent().unwrap_or(Path::new("")).join(target);
    let mut below = if target == "baseline" {
        embedded_baseline(faults)
    } else {
        let canonical = std::fs::canonicalize(&parent_path).unwrap_or_else(|_| parent_path.clone());
        if let Some((_, first)) = chain.iter().find(|(path, _)| *path == canonical) {
            faults.push(
                Fault::new("`extends` forms a cycle", extends.place.clone())
                    .also("the file is already in the chain here", first.clone())
                    .help("remove `extends` from one of the files"),
            );
            return None;
        }
        load_chain(&parent_path, chain, faults)?.0
    };
    let parent = (below.clone(), target.to_owned());
    merge(&mut below, node, faults);
    Some((below, Some(parent)))
}

/// The built-in baseline, with `text` merged on top if there is one.
pub(super) fn embedded(text: Option<&(String, String)>, faults: &mut Vec<Fault>) -> (Node, Parent) {
    let mut below = embedded_baseline(faults);
    let Some((name, text)) = text else {
        return (below, None);
    };
    let source = Arc::new(Source {
        name: name.clone(),
        text: text.clone(),
    });
    let node = parse_checked(&source, faults);
    let parent = (below.clone(), "baseline".to_owned());
    merge(&mut below, node, faults);
    (below, Some(parent))
}

fn embedded_baseline(faults: &mut Vec<Fault>) -> Node {
    let source = Arc::new(Source {
        name: "baseline".to_owned(),
        text: super::BASELINE.to_owned(),
    });
    parse_checked(&source, faults)
}

pub(super) fn read_file(
    file: &Path,
    named_at: Option<&Place>,
    faults: &mut Vec<Fault>,
) -> Option<Node> {
    let name = file.display().to_string();
    let nowhere = |message: String, help: &str| {
        let fault = match named_at {
            Some(place) => Fault::new(message, place.clone()),
            None => Fault::nowhere(message),
        };
        fault.help(help)
    };
    #[expect(clippy::disallowed_methods, reason = "scenario files are the input")]
    let bytes = match std::fs::read(file) {
        Ok(bytes) => bytes,
        Err(error) => {
            faults.push(nowhere(
                format!("cannot read {name}: {error}"),
                "check the path",
            ));
            return None;
        }
    };
    if bytes.starts_with(&[0xef, 0xbb, 0xbf]) {
        let source = Arc::new(Source {
            name,
            text: String::from_utf8_lossy(&bytes[3..]).into_owned(),
        });
        faults.push(
            Fault::new(
                "the file starts with a byte-order mark",
                Place {
                    source,
                    range: 0..1,
                },
            )
            .help("save it as UTF-8 without BOM"),
        );
        return None;
    }
    match String::from_utf8(bytes) {
        Ok(text) => Some(parse_checked(&Arc::new(Source { name, text }), faults)),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
            let source = Arc::new(Source { name, text });
            faults.push(
                Fault::new(
                    "the file is not UTF-8",
                    Place {
                        source,
                        range: at..at + 1,
                    },
                )
                .help("save it as UTF-8"),
            );
            None
        }
    }
}

/// Parses a source and reports names that occur twice in a list.
fn parse_checked(source: &Arc<Source>, faults: &mut Vec<Fault>) -> Node {
    let node = parse(source, faults);
    report_duplicates(&node, faults);
    node
}

fn report_duplicates(node: &Node, faults: &mut Vec<Fault>) {
    match &node.value {
        Value::Table(table) => table
            .entries
            .iter()
            .for_each(|entry| report_duplicates(&entry.node, faults)),
        Value::List(items) => {
            for (index, item) in items.iter().enumerate() {
                let Some(name) = entry_name(item) else {
                    continue;
                };
                if let Some(first) = items[..index]
                    .iter()
                    .find(|other| entry_name(other) == Some(name))
                {
                    let place = |node: &Node| {
                        node.as_table()
                            .and_then(|table| table.get("name"))
                            .map_or_else(|| node.place.clone(), |n| n.place.clone())
                    };
                    faults.push(duplicate(name, &place(first), place(item)));
                }
                report_duplicates(item, faults);
            }
        }
        _ => {}
    }
}
