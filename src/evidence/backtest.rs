//! Backtests: scenarios dated in the past, run to the present and scored against what happened.

use std::collections::BTreeSet;

use super::mapping::Mapping;
use super::samples::RunSamples;
use super::score::{
    BINS, Evidence, Pooled, Score, Scores, Summed, bins, by, overall, pooled, score, score_trend,
};
use crate::base::time::Date;
use crate::ensemble::run_quietly;
use crate::market::rows::{Observed, panel};
use crate::observations::pack;
use crate::panel::Panel;
use crate::scenario::quantity::Class;
use crate::scenario::tree::{Node, is_quantity, leaves};
use crate::scenario::{Fault, Faults, Loaded, Request, load};
use crate::simulation::Simulation;

/// The names and texts of files of vintages.
macro_rules! vintages {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../../scenarios/vintages/", $name, ".toml")))),*]
    };
}

/// The built-in vintages: name and text, in order of time.
pub const VINTAGES: [(&str, &str); 5] = vintages![
    "2024-12-31",
    "2025-03-31",
    "2025-06-30",
    "2025-09-30",
    "2025-12-31",
];

/// Origins before the first vintage. No scenario exists for them, so the filter of the nowcast forecasts alone.
pub const FILTER_ALONE: [&str; 2] = ["2024-06-30", "2024-09-30"];

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
    /// The scenario has faults, or cannot be scored.
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

/// The vintage of a scenario that can be scored against the built-in observations.
///
/// # Errors
/// A scenario without a `vintage`, or one that starts where the observations end.
pub fn dated(loaded: &Loaded) -> Result<Date, Faults> {
    let scenario = &loaded.scenario;
    let facts = pack().iter().filter(|row| row.kind == "actual");
    let last = facts.filter_map(|row| row.until).max();
    let starts = scenario.vintage.as_ref().unwrap_or(&scenario.start).date;
    let name = &scenario.name.text;
    let files = VINTAGES.map(|(name, _)| format!("scenarios/vintages/{name}.toml"));
    let (message, help) = match (&scenario.vintage, last) {
        (_, Some(last)) if starts >= last => (
            format!(
                "`{name}` starts on {starts} and the built-in observations end on {last}, so nothing can be scored"
            ),
            format!(
                "backtest a scenario dated in the past: {}; \
                 for later rows of your own, `tollway run` and `tollway score`",
                files.join(", ")
            ),
        ),
        (Some(vintage), _) => return Ok(vintage.date),
        (None, _) => (
            format!("`{name}` starts on {starts} and has no `vintage`"),
            format!(
                "add vintage = {starts} to the scenario, and `rows` to the numbers that it states"
            ),
        ),
    };
    Err(Faults(vec![Fault::nowhere(message).help(help)]))
}

/// Runs a vintage and scores it against the built-in observations.
///
/// # Errors
/// A scenario that cannot be scored, or a broken invariant.
pub fn backtest(loaded: &Loaded) -> Result<Backtest, Failed> {
    let vintage = dated(loaded)?;
    let mapping = Mapping::built_in();
    let simulation = Simulation::of(loaded);
    let months = simulation.catalog.calendar.months();
    let observed = scored_parts(&panel(&loaded.scenario, months), months, mapping);
    let simulation = simulation.observing(observed);
    let replications = u32::try_from(loaded.scenario.run.replications.0).unwrap_or(u32::MAX);
    let ensemble = run_quietly(&simulation, replications).map_err(Failed::Invariant)?;
    let samples = RunSamples::of(&ensemble, &simulation.catalog.calendar);
    let evidence = Evidence {
        observed: pack(),
        past: pack(),
        mapping,
    };
    Ok(Backtest {
        vintage,
        replications: ensemble.replications(),
        numbers: numbers(loaded),
        scores: score(&samples, &evidence, vintage),
    })
}

/// The parts of a run that the lines of a mapping read.
fn scored_parts(shape: &Panel, months: usize, mapping: &Mapping) -> Observed {
    let mut places = Vec::new();
    for line in &mapping.lines {
        let Some(at) = shape
            .tables
            .iter()
            .position(|table| table.name == line.table)
        else {
            continue;
        };
        let table = &shape.tables[at];
        let measures: Vec<usize> = line
            .measures
            .iter()
            .filter_map(|name| table.measure(name))
            .collect();
        for measure in measures {
            places.extend((0..months).map(|month| (at, table.offset(month, 0, measure))));
        }
    }
    Observed::values(shape, places)
}

/// Scores the damped trend, which is the filter of the nowcast, against the built-in observations from the origins of
/// [`FILTER_ALONE`].
#[must_use]
pub fn filter_alone() -> Vec<Score> {
    let evidence = Evidence {
        observed: pack(),
        past: pack(),
        mapping: Mapping::built_in(),
    };
    FILTER_ALONE
        .iter()
        .filter_map(|date| Date::parse(date))
        .flat_map(|vintage| score_trend(&evidence, vintage))
        .collect()
}

/// Backtests scored together.
#[derive(Debug)]
pub struct Together {
    /// Targets of all vintages.
    pub scores: Vec<Score>,
    /// Number of distinct observations among the targets, by label and date.
    pub distinct: usize,
    /// Mean scores by group.
    pub groups: Vec<Summed>,
    /// Mean scores by horizon.
    pub horizons: Vec<Summed>,
    /// Mean scores of all targets; none without targets.
    pub all: Option<Summed>,
    /// Histogram of probability integral transforms.
    pub bins: [f64; BINS],
    /// The linear pool of the model and the damped trend; none if no target has a history.
    pub pool: Option<Pooled>,
}

/// The number of distinct observations among targets, by label and date.
pub fn distinct<'a>(scores: impl IntoIterator<Item = &'a Score>) -> usize {
    let names: BTreeSet<(&str, Date)> = scores
        .into_iter()
        .map(|score| (score.label.as_str(), score.date))
        .collect();
    names.len()
}

/// Scores backtests together.
#[must_use]
pub fn together(backtests: &[Backtest]) -> Together {
    let scores: Vec<Score> = backtests
        .iter()
        .flat_map(|backtest| backtest.scores.scores.iter().cloned())
        .collect();
    let [groups, horizons] = by(&scores);
    Together {
        distinct: distinct(&scores),
        groups,
        horizons,
        all: overall(&scores),
        bins: bins(&scores),
        pool: pooled(&scores),
        scores,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::forecasters::Forecaster;

    #[test]
    fn every_file_of_a_vintage_is_built_in() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/vintages");
        let mut names: Vec<String> = std::fs::read_dir(folder)
            .expect("the folder of vintages")
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter_map(|name| name.strip_suffix(".toml").map(str::to_owned))
            .collect();
        names.sort_unstable();
        assert!(VINTAGES.iter().map(|(name, _)| *name).eq(names));
    }

    #[test]
    fn the_filter_alone_scores_what_the_damped_trend_scores() {
        let damped = Forecaster::ALL
            .iter()
            .position(|kind| *kind == Forecaster::DampedTrend)
            .expect("one of all");
        let scores = filter_alone();
        assert!(scores.len() > 100, "{}", scores.len());
        for score in scores {
            assert!(
                score.date > score.origin && score.known.is_none_or(|known| known > score.origin)
            );
            // They differ where the lowest amounts count as a hundredth of the median.
            let simple = score.simple.expect("it has a history")[damped];
            assert!(
                (score.crps / simple - 1.0).abs() < 1e-3,
                "{}: {} against {simple}",
                score.label,
                score.crps
            );
        }
    }
}
