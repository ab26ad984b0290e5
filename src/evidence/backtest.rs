//! Backtests: scenarios dated in the past, run to the present and scored against what happened.

use super::mapping::Outcomes;
use super::score::{Scores, score};
use crate::base::time::Date;
use crate::ensemble::run_quietly;
use crate::observations::pack;
use crate::scenario::quantity::Class;
use crate::scenario::tree::{Node, is_quantity, leaves};
use crate::scenario::{Faults, Loaded, Request, load};
use crate::simulation::Simulation;

/// The built-in vintages: name and text.
pub const VINTAGES: [(&str, &str); 2] = [
    (
        "2024-12-31",
        include_str!("../../scenarios/vintages/2024-12-31.toml"),
    ),
    (
        "2025-06-30",
        include_str!("../../scenarios/vintages/2025-06-30.toml"),
    ),
];

/// The backtest of a vintage.
#[derive(Debug)]
pub struct Backtest {
    /// Date of the vintage.
    pub vintage: Date,
    /// Number of replications.
    pub replications: usize,
    /// Counts of its numbers by their source.
    pub numbers: Numbers,
    /// Scores.
    pub scores: Scores,
}

/// Counts of the numbers of a vintage by their source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    /// Based on rows of observations known at that date.
    pub on_rows: usize,
    /// Assumed by the file of the vintage.
    pub assumed: usize,
    /// Measured or estimated for the baseline and carried back, which makes them assumptions here.
    pub carried: usize,
    /// Assumed by the baseline.
    pub inherited: usize,
}

/// Counts the numbers of a vintage by their source.
#[must_use]
pub fn numbers(loaded: &Loaded) -> Numbers {
    let own = loaded
        .scenario
        .vintage
        .as_ref()
        .map(|vintage| vintage.place.source.name.clone());
    let mut found = Numbers::default();
    for (_, node) in leaves(&loaded.tree) {
        let Some(table) = node.as_table().filter(|table| is_quantity(table)) else {
            continue;
        };
        let is_own = own.as_ref() == Some(&node.place.source.name);
        let is_assumed = table.get("class").and_then(Node::as_text) == Some(Class::Assumed.word());
        match (is_own, is_assumed) {
            (true, false) => found.on_rows += 1,
            (true, true) => found.assumed += 1,
            (false, false) => found.carried += 1,
            (false, true) => found.inherited += 1,
        }
    }
    found
}

/// The failure of a backtest.
#[derive(Debug)]
pub enum Failed {
    /// The scenario has faults, or no `vintage`.
    Scenario(Faults),
    /// A broken invariant.
    Invariant(String),
}

impl From<Faults> for Failed {
    fn from(faults: Faults) -> Self {
        Self::Scenario(faults)
    }
}

/// Loads a shipped vintage.
///
/// # Errors
/// Faults of its file with the given edits.
pub fn shipped(name: &str, sets: &[String]) -> Result<Loaded, Faults> {
    let text = VINTAGES
        .iter()
        .find(|(other, _)| *other == name)
        .map_or("", |(_, text)| text);
    load(&Request {
        text: Some((format!("scenarios/vintages/{name}.toml"), text.to_owned())),
        sets: sets.to_vec(),
        ..Request::default()
    })
}

/// Runs a vintage and scores it against the built-in observations.
///
/// # Errors
/// A scenario without a `vintage`, or a broken invariant.
pub fn backtest(loaded: &Loaded) -> Result<Backtest, Failed> {
    let Some(vintage) = &loaded.scenario.vintage else {
        let fault = crate::scenario::Fault::nowhere(format!(
            "`{}` has no vintage",
            loaded.scenario.name.text
        ))
        .help("add vintage = YYYY-MM-DD to the scenario, and `rows` to the numbers that it states");
        return Err(Faults(vec![fault]).into());
    };
    let simulation = Simulation::of(loaded);
    let replications = u32::try_from(loaded.scenario.run.replications.0).unwrap_or(u32::MAX);
    let ensemble = run_quietly(&simulation, replications).map_err(Failed::Invariant)?;
    let outcomes = Outcomes::of(&ensemble, &simulation.catalog.calendar);
    Ok(Backtest {
        vintage: vintage.date,
        replications: ensemble.replications(),
        numbers: numbers(loaded),
        scores: score(&outcomes, pack(), pack(), vintage.date),
    })
}
