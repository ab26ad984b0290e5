//! Strategies, searches and states of nature of a game file, each checked alone.

use std::path::PathBuf;

use crate::scenario::edit::{Edit, at, edits};
use crate::scenario::fault::{Fault, Faults};
use crate::scenario::quantity::{Shape, shape_of};
use crate::scenario::record::Name;
use crate::scenario::tree::Node;
use crate::scenario::{Loaded, Request, apply_set, load, load_tree};

use super::check::stop;
use super::plan::{Choice, Player, Searched, State};
use super::spec::{GameSpec, Parsed, PlayerSpec, SearchSpec, StrategySpec};

/// A request with further overlays and edits.
fn extended(request: &Request, overlays: Vec<PathBuf>, sets: &[Name]) -> Request {
    let mut extended = request.clone();
    extended.overlays.extend(overlays);
    extended
        .sets
        .extend(sets.iter().map(|set| set.text.clone()));
    extended
}

/// The strategies and searches of a player.
pub(super) fn player_of(
    parsed: &Parsed<GameSpec>,
    spec: &PlayerSpec,
    request: &Request,
    base: &Loaded,
) -> Result<Player, Faults> {
    let mut faults = Vec::new();
    let mut strategies: Vec<Choice> = Vec::new();
    for strategy in &spec.strategy {
        match strategy_of(parsed, strategy, request, base) {
            Ok(choice) => {
                let is_same =
                    |other: &&Choice| edits(&other.loaded.tree, &choice.loaded.tree).is_empty();
                if let Some(other) = strategies.iter().find(is_same) {
                    let (a, b) = (&other.name, &choice.name);
                    let message = format!("strategies `{a}` and `{b}` do not differ");
                    let fault = Fault::new(message, strategy.name.place.clone());
                    faults.push(fault.help("give one of them other edits"));
                }
                strategies.push(choice);
            }
            Err(all) => faults.extend(all.0),
        }
    }
    let mut searches = Vec::new();
    for search in &spec.search {
        match searched(search, base) {
            Ok(search) => searches.push(search),
            Err(all) => faults.extend(all.0),
        }
    }
    stop(&mut faults)?;
    Ok(Player {
        name: spec.name.text.clone(),
        payoff: spec.payoff.text.clone(),
        strategies,
        searches,
    })
}

fn strategy_of(
    parsed: &Parsed<GameSpec>,
    spec: &StrategySpec,
    request: &Request,
    base: &Loaded,
) -> Result<Choice, Faults> {
    let overlays = spec.overlays.iter().map(|path| parsed.beside(path));
    let choice = choice(&spec.name, overlays.collect(), &spec.sets, (request, base))?;
    let is_status_quo = spec.status_quo == Some(true);
    let wrong = |message: String, help: &str| {
        let fault = Fault::new(message, spec.name.place.clone());
        Err(Faults(vec![fault.help(help)]))
    };
    let name = &spec.name.text;
    match (is_status_quo, choice.edits.first()) {
        (false, None) => wrong(
            format!("strategy `{name}` changes nothing"),
            "add edits that change the scenario, or `status_quo = true`",
        ),
        (true, Some(edit)) => wrong(
            format!(
                "strategy `{name}` is the status quo, but changes `{}`",
                edit.path.join(".")
            ),
            "remove its edits, or `status_quo`",
        ),
        _ => Ok(choice),
    }
}

/// A list of edits as a choice: loaded, with its differences from the scenario.
pub(super) fn choice(
    name: &Name,
    overlays: Vec<PathBuf>,
    sets: &[Name],
    (request, base): (&Request, &Loaded),
) -> Result<Choice, Faults> {
    let loaded = load(&extended(request, overlays, sets)).map_err(|mut faults| {
        let message = format!("`{}` is not a valid scenario", name.text);
        faults
            .0
            .push(Fault::new(message, name.place.clone()).help("see the faults above"));
        faults
    })?;
    let mut edits = edits(&base.tree, &loaded.tree);
    edits.retain(|edit| !is_restated(edit, &base.tree, &loaded.tree));
    let of_run =
        |edit: &&Edit| ["run", "months", "start", "vintage"].contains(&edit.path[0].as_str());
    if let Some(edit) = edits.iter().find(of_run) {
        let message = format!(
            "`{}` edits `{}`, which all profiles share",
            name.text,
            edit.path.join(".")
        );
        let fault = Fault::new(message, name.place.clone());
        return Err(Faults(vec![
            fault.help("edit it in `sets` of the file, or on the command line"),
        ]));
    }
    Ok(Choice {
        name: name.text.clone(),
        edits,
        loaded,
    })
}

/// True if an edit states the number that the scenario has, with another class or source.
fn is_restated(edit: &Edit, before: &Node, after: &Node) -> bool {
    let number = |tree| match at(tree, &edit.path).and_then(shape_of) {
        Some((Shape::Fixed(number), _)) => Some(number),
        _ => None,
    };
    number(before).is_some() && number(before) == number(after)
}

/// A search whose ends are both valid.
fn searched(spec: &SearchSpec, base: &Loaded) -> Result<Searched, Faults> {
    let path = &spec.path;
    let located = |message: String, help: &str| {
        let fault = Fault::new(message, path.place.clone());
        fault.help(help)
    };
    if spec.low >= spec.high {
        let message = format!("{} to {} is not a range", spec.low, spec.high);
        return Err(Faults(vec![located(
            message,
            "give the lower end as `low`",
        )]));
    }
    for end in [spec.low, spec.high] {
        let mut tree = base.tree.clone();
        let mut faults = Vec::new();
        apply_set(&mut tree, &format!("{}={end}", path.text), &mut faults);
        let loaded = if faults.is_empty() {
            load_tree(tree, base).map(|_| ())
        } else {
            Err(Faults(faults))
        };
        loaded.map_err(|mut faults| {
            let message = format!("the search cannot set `{}` to {end}", path.text);
            faults.0.push(located(message, "see the faults above"));
            faults
        })?;
    }
    Ok(Searched {
        path: path.text.clone(),
        range: (spec.low, spec.high),
        points: usize::try_from(spec.points.0).expect("at most a thousand"),
    })
}

pub(super) fn states_of(
    parsed: &Parsed<GameSpec>,
    request: &Request,
    base: &Loaded,
    faults: &mut Vec<Fault>,
) -> Vec<State> {
    let mut states = Vec::new();
    for spec in &parsed.spec.nature {
        let overlays = spec.overlays.iter().map(|path| parsed.beside(path));
        match choice(&spec.name, overlays.collect(), &spec.sets, (request, base)) {
            Ok(choice) => states.push(State {
                probability: spec.probability,
                choice: Some(choice),
            }),
            Err(all) => faults.extend(all.0),
        }
    }
    if states.is_empty() {
        states.push(State {
            probability: 1.0,
            choice: None,
        });
    }
    states
}
