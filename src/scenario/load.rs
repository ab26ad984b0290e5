//! Loading: `extends`, overlays and `--set` become one tree, and the tree a checked scenario.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::check::check;
use super::fault::{Fault, Faults, suggestion};
use super::merge::merge;
use super::record::{Field, Reader};
use super::records::Scenario;
use super::source::{Place, Source};
use super::text::{inline, parse};
use super::tree::{Entry, Node, Value, entry_name, is_quantity, leaves};

/// What to load.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The scenario file; the built-in baseline if absent.
    pub file: Option<PathBuf>,
    /// Name and text of a scenario over the built-in baseline, instead of a file.
    pub text: Option<(String, String)>,
    /// Files whose own edits are laid on top, in order.
    pub overlays: Vec<PathBuf>,
    /// Edits `path.to.key=value`, in order, after the overlays.
    pub sets: Vec<String>,
}

/// A loaded scenario with the tree it was read from.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The checked scenario.
    pub scenario: Scenario,
    /// The resolved tree.
    pub tree: Node,
    /// What differs from the parent: the scenario that the file extends, or the file before overlays.
    pub changes: Vec<Change>,
    /// What the parent is called.
    pub parent: String,
}

/// One difference from the parent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The dotted path.
    pub path: String,
    /// The value in the parent, if it was there: of a quantity its numbers, unit and class.
    pub before: Option<String>,
    /// The value now, if it is there.
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

/// Loads and checks a scenario.
///
/// # Errors
/// Every fault found, each with its place and remedy.
pub fn load(request: &Request) -> Result<Loaded, Faults> {
    let mut faults = Vec::new();
    let resolved = resolve(request, &mut faults);
    let Some((tree, parent_tree, parent)) = resolved else {
        return Err(Faults(faults));
    };
    read_tree(tree, &parent_tree, parent, faults)
}

/// Checks a scenario that is there as a tree.
///
/// # Errors
/// Every fault found, each where its part was written.
pub fn load_tree(tree: Node, parent: &Loaded) -> Result<Loaded, Faults> {
    let name = parent.scenario.name.text.clone();
    read_tree(tree, &parent.tree, name, Vec::new())
}

fn read_tree(
    tree: Node,
    parent_tree: &Node,
    parent: String,
    faults: Vec<Fault>,
) -> Result<Loaded, Faults> {
    // What it extends is in it now: written out, the tree is a scenario that stands alone.
    let mut tree = tree;
    if let Value::Table(table) = &mut tree.value {
        table.entries.retain(|entry| entry.key != "extends");
    }
    let mut reader = Reader::of(&tree);
    reader.faults = faults;
    let scenario = Scenario::read(&tree, &mut reader);
    if let Some(scenario) = &scenario {
        check(scenario, &tree, &mut reader.faults);
    }
    match scenario {
        Some(scenario) if reader.faults.is_empty() => {
            let changes = difference(parent_tree, &tree);
            Ok(Loaded {
                scenario,
                tree,
                changes,
                parent,
            })
        }
        _ => {
            // A merged file's fault can be met once per overlay; one report is enough.
            let mut seen = Vec::new();
            reader.faults.retain(|fault| {
                let text = fault.render();
                let is_new = !seen.contains(&text);
                seen.push(text);
                is_new
            });
            Err(Faults(reader.faults))
        }
    }
}

/// The tree with everything laid on top, the parent's tree, and the parent's name.
fn resolve(request: &Request, faults: &mut Vec<Fault>) -> Option<(Node, Node, String)> {
    let (mut tree, parent) = match &request.file {
        Some(file) => load_chain(file, &mut Vec::new(), faults)?,
        None => embedded(request.text.as_ref(), faults),
    };
    let (parent_tree, parent_name) =
        parent.unwrap_or_else(|| (tree.clone(), tree.place.source.name.clone()));
    let mut labels = vec![Labels::of(&tree)];
    for overlay in &request.overlays {
        if let Some(mut node) = read_file(overlay, None, faults) {
            // An overlay brings its own edits; what it extends is left aside.
            if let Value::Table(table) = &mut node.value {
                table.entries.retain(|entry| entry.key != "extends");
            }
            labels.push(Labels::of(&node));
            merge(&mut tree, node, faults);
        }
    }
    Labels::joined(labels, request.file.is_none()).put_on(&mut tree);
    for set in &request.sets {
        apply_set(&mut tree, set, faults);
    }
    Some((tree, parent_tree, parent_name))
}

/// What a scenario is called.
struct Labels {
    name: Option<String>,
    title: Option<String>,
}

impl Labels {
    fn of(node: &Node) -> Self {
        let text = |key: &str| {
            let value = node.as_table().and_then(|table| table.get(key));
            value.and_then(Node::as_text).map(str::to_owned)
        };
        Self {
            name: text("name"),
            title: text("title"),
        }
    }

    /// Overlays on a scenario go by all their names; the built-in baseline under them goes without saying.
    fn joined(mut labels: Vec<Self>, is_on_baseline: bool) -> Self {
        if is_on_baseline && labels.len() > 1 {
            labels.remove(0);
        }
        let join = |texts: Vec<String>, with: &str| (!texts.is_empty()).then(|| texts.join(with));
        Self {
            name: join(labels.iter().filter_map(|l| l.name.clone()).collect(), "_"),
            title: join(
                labels.iter().filter_map(|l| l.title.clone()).collect(),
                "; ",
            ),
        }
    }

    fn put_on(self, tree: &mut Node) {
        let Value::Table(table) = &mut tree.value else {
            return;
        };
        for (key, text) in [("name", self.name), ("title", self.title)] {
            if let (Some(node), Some(text)) = (table.get_mut(key), text)
                && node.as_text() != Some(&text)
            {
                node.value = Value::Text(text);
            }
        }
    }
}

type Parent = Option<(Node, String)>;

/// Reads a file and, first, what it extends.
fn load_chain(
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
                Fault::new("`extends` goes round in a circle", extends.place.clone())
                    .also("which is reached from here", first.clone())
                    .help("let one of the files extend nothing"),
            );
            return None;
        }
        load_chain(&parent_path, chain, faults)?.0
    };
    let parent = (below.clone(), target.to_owned());
    merge(&mut below, node, faults);
    Some((below, Some(parent)))
}

/// The built-in baseline, with a text on top if there is one.
fn embedded(text: Option<&(String, String)>, faults: &mut Vec<Fault>) -> (Node, Parent) {
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

fn read_file(file: &Path, named_at: Option<&Place>, faults: &mut Vec<Fault>) -> Option<Node> {
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

/// Parses and reports lists in which one name occurs twice.
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
                    faults.push(super::merge::duplicate(name, &place(first), place(item)));
                }
                report_duplicates(item, faults);
            }
        }
        _ => {}
    }
}

/// Lays `path.to.key=value` on the tree. A bare number keeps unit and place of the quantity and is assumed.
fn apply_set(tree: &mut Node, set: &str, faults: &mut Vec<Fault>) {
    let source = Arc::new(Source {
        name: "--set".to_owned(),
        text: set.to_owned(),
    });
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
    let path = path.trim();
    let text = text.trim();
    let value_place = place(set.len() - text.len()..set.len());
    // Words and paths may be given without quotes.
    let toml = format!("value = {text}");
    let parsed = {
        let mut problems = Vec::new();
        let trial = parse(
            &Arc::new(Source {
                name: "--set".to_owned(),
                text: toml,
            }),
            &mut problems,
        );
        if problems.is_empty() {
            trial
                .as_table()
                .and_then(|table| table.get("value"))
                .cloned()
        } else {
            None
        }
    };
    let mut value = parsed.unwrap_or_else(|| Node {
        value: Value::Text(text.to_owned()),
        place: value_place.clone(),
    });
    value.place = value_place;
    let mut node = tree;
    let mut start = 0;
    let segments: Vec<&str> = path.split('.').collect();
    for (index, segment) in segments.iter().enumerate() {
        let at = place(start..start + segment.len());
        start += segment.len() + 1;
        let is_last = index + 1 == segments.len();
        let names = children(node);
        if !names.iter().any(|name| name == segment) {
            // A key that the file leaves out may still be one that the scenario knows; the reader will tell.
            if let (true, Value::Table(table)) = (is_last, &mut node.value) {
                table.entries.push(Entry {
                    key: (*segment).to_owned(),
                    key_place: at,
                    node: value,
                });
            } else {
                let help = suggestion(segment, names.iter().map(String::as_str));
                faults.push(Fault::new(format!("no `{segment}` to set"), at).help(help));
            }
            return;
        }
        node = child_mut(node, segment).expect("its name was just found");
    }
    replace(node, value, &source);
}

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

fn replace(child: &mut Node, value: Node, source: &Arc<Source>) {
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
            let origin = entry("source", text(&format!("--set {}", source.text)));
            child.value = Value::Table(super::tree::Table {
                entries: vec![entry("value", value), entry("unit", unit), class, origin],
            });
            child.place = place;
        }
        _ => *child = value,
    }
}

/// A leaf in short: of a quantity its numbers, unit and class, without source and note.
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

/// What differs between two trees, leaf by leaf, names and titles aside.
fn difference(before: &Node, after: &Node) -> Vec<Change> {
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
