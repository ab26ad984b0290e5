//! Loading a scenario: the file, what it extends, overlays and `--set` merge into one tree, which is read into records
//! and checked.

use std::path::PathBuf;

use super::change::{Change, difference};
use super::check::check;
use super::fault::{Fault, Faults};
use super::files::{embedded, load_chain, read_file};
use super::merge::merge;
use super::record::{Field, Reader};
use super::records::Scenario;
use super::set::apply_set;
use super::tree::{Node, Value};

/// The scenario to load.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The scenario file; the built-in baseline if absent.
    pub file: Option<PathBuf>,
    /// Name and text of a scenario that extends the built-in baseline, in place of a file.
    pub text: Option<(String, String)>,
    /// Files whose own edits are merged on top, in order.
    pub overlays: Vec<PathBuf>,
    /// Edits `path.to.key=value`, in order, after the overlays.
    pub sets: Vec<String>,
}

/// A loaded scenario with the tree it was read from.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The checked scenario.
    pub scenario: Scenario,
    /// The merged tree.
    pub tree: Node,
    /// Differences from the parent: the scenario that the file extends, or the file before overlays.
    pub changes: Vec<Change>,
    /// The parent's name.
    pub parent: String,
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

/// Reads and checks a scenario that already is a tree.
///
/// # Errors
/// Every fault found, each with its place and remedy.
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
    // The extended file is merged in: the tree is complete without `extends`.
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
            // A fault of a file may be found once for each overlay: report it once.
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

/// The merged tree, the parent's tree, and the parent's name.
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
            // An overlay contributes its own edits only, without the file that it extends.
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

/// Name and title of a scenario.
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

    /// Joins the labels of a scenario and its overlays; the built-in baseline under overlays is not named.
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
