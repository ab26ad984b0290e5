//! Checks of vintages: a scenario dated in the past rests on no later observation.

use super::Checker;
use crate::observations;
use crate::scenario::fault::{Fault, nearest};
use crate::scenario::tree::{Node, Table, Value, is_quantity, leaves};

impl Checker<'_> {
    /// Every row that a number names must exist and have been known at the vintage. Measured and estimated numbers in
    /// the file that states the vintage must name their rows; numbers inherited from other files need not.
    pub(super) fn vintage(&mut self, tree: &Node) {
        let vintage = self.scenario.vintage.as_ref();
        for (path, node) in leaves(tree) {
            let Some(table) = node.as_table().filter(|table| is_quantity(table)) else {
                continue;
            };
            self.rows_of(&path, table);
            let Some(vintage) = vintage else { continue };
            let is_own = node.place.source.name == vintage.place.source.name;
            let class = table.get("class").and_then(Node::as_text);
            if is_own && class != Some("assumed") && table.get("rows").is_none() {
                self.faults.push(
                    Fault::new(
                        format!("`{path}` is not assumed, so it must name the rows that it rests on"),
                        node.place.clone(),
                    )
                    .help("add rows = [\"file.csv:line\"], all known at the vintage, or class it assumed"),
                );
            }
        }
    }

    fn rows_of(&mut self, path: &str, table: &Table) {
        let Some(Node {
            value: Value::List(list),
            ..
        }) = table.get("rows")
        else {
            return;
        };
        for node in list {
            let Some(name) = node.as_text() else { continue };
            let Some(seen) = observations::row(name) else {
                let all = observations::pack().iter().map(|row| row.row.as_str());
                let help = nearest(name, all).map_or_else(
                    || "rows are named by file and line, as in the first column of data/observations.csv".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                );
                self.faults.push(
                    Fault::new(
                        format!("`{path}` rests on `{name}`, which is not an observation"),
                        node.place.clone(),
                    )
                    .help(help),
                );
                continue;
            };
            let Some(vintage) = &self.scenario.vintage else {
                continue;
            };
            if seen.known.is_none_or(|known| known > vintage.date) {
                let known = seen.known.map_or_else(
                    || "without a date".to_owned(),
                    |known| format!("of {known}"),
                );
                self.faults.push(
                    Fault::new(
                        format!(
                            "`{path}` rests on {name} ({} {}, {known}), which nobody knew on {}",
                            seen.entity, seen.metric, vintage.date
                        ),
                        node.place.clone(),
                    )
                    .also("the vintage", vintage.place.clone())
                    .help("use an observation of that date or earlier"),
                );
            }
        }
    }
}
