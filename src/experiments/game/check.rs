//! Checks of a game file, and the plan that it makes.

use crate::economics::game::Shape;
use crate::scenario::edit::Edit;
use crate::scenario::fault::{Fault, Faults, suggestion};
use crate::scenario::merge::duplicate;
use crate::scenario::record::Name;
use crate::scenario::{Request, Scenario, load};

use super::account::Accounts;
use super::choices::{player_of, states_of};
use super::plan::{Choice, GamePlan, Player, Settings, State};
use super::spec::{GameSpec, Method, Parsed, PlayerSpec};

/// Most profiles of a full table.
const MOST_PROFILES: usize = 100_000;

/// The size of runs, where a command overrides the file.
#[derive(Clone, Debug, Default)]
pub struct Size {
    /// Replications, all in one batch.
    pub replications: Option<u32>,
    /// Edits of every scenario: seed, months and enterprises.
    pub edits: Vec<String>,
}

/// Checks a game file and plans the game.
///
/// # Errors
/// Every fault of the file, with its place; faults that follow from others are left out.
pub fn plan(parsed: &Parsed<GameSpec>, size: &Size) -> Result<GamePlan, Faults> {
    let spec = &parsed.spec;
    let mut faults = check_shape(parsed);
    let settings = settings(parsed, size, &mut faults);
    stop(&mut faults)?;
    let request = request(parsed, settings.first, size);
    let base = load(&request).map_err(|mut all| {
        let name = &spec.scenario;
        let message = format!("`{}` is not a valid scenario", name.text);
        all.0
            .push(Fault::new(message, name.place.clone()).help("see the faults above"));
        all
    })?;
    let accounts = Accounts {
        amounts: spec.player.iter().map(|p| p.payoff.clone()).collect(),
        rule: spec.valuation.rule(base.scenario.months.0),
    };
    check_names(&spec.player, &base.scenario, &mut faults);
    let mut players = Vec::new();
    for player in &spec.player {
        match player_of(parsed, player, &request, &base) {
            Ok(player) => players.push(player),
            Err(all) => faults.extend(all.0),
        }
    }
    let states = states_of(parsed, &request, &base, &mut faults);
    let unit = match accounts.unit(&base) {
        Ok(unit) => unit,
        Err(all) => {
            faults.extend(all.0);
            return Err(Faults(faults));
        }
    };
    stop(&mut faults)?;
    check_overlaps(spec, &players, &states, &mut faults);
    stop(&mut faults)?;
    let sizes: Vec<usize> = players.iter().map(|p| p.strategies.len()).collect();
    let plan = GamePlan {
        name: spec.name.text.clone(),
        title: spec.title.text.clone(),
        shape: shape(parsed, sizes)?,
        base,
        players,
        states,
        accounts,
        unit,
        settings,
    };
    plan.check_profiles()?;
    Ok(plan)
}

/// Ends with the faults, if there are any.
pub(super) fn stop(faults: &mut Vec<Fault>) -> Result<(), Faults> {
    if faults.is_empty() {
        Ok(())
    } else {
        Err(Faults(std::mem::take(faults)))
    }
}

/// The request of the scenario of a game file.
fn request(parsed: &Parsed<GameSpec>, first: u32, size: &Size) -> Request {
    let spec = &parsed.spec;
    let is_built_in = spec.scenario.text == "baseline";
    let mut sets = vec![
        format!("run.replications={first}"),
        format!("run.enterprises={}", spec.enterprises.0),
    ];
    sets.extend(spec.sets.iter().map(|set| set.text.clone()));
    sets.extend(size.edits.iter().cloned());
    Request {
        file: (!is_built_in).then(|| parsed.beside(&spec.scenario)),
        sets,
        ..Request::default()
    }
}

/// Checks the players, their strategies and nature, as far as no scenario is needed.
fn check_shape(parsed: &Parsed<GameSpec>) -> Vec<Fault> {
    let spec = &parsed.spec;
    let mut faults = Vec::new();
    if spec.player.len() < 2 {
        let fault = Fault::new("a game needs two players", parsed.place(&["player"]));
        faults.push(fault.help("add a [[player]]; `tollway certify` studies one actor at a time"));
    }
    check_duplicates(spec.player.iter().map(|p| &p.name), &mut faults);
    check_duplicates(spec.nature.iter().map(|s| &s.name), &mut faults);
    for player in &spec.player {
        let place = player.name.place.clone();
        if player.strategy.len() < 2 {
            let message = format!("`{}` has fewer than two strategies", player.name.text);
            faults.push(Fault::new(message, place).help("add a [[player.strategy]]"));
        }
        check_duplicates(player.strategy.iter().map(|s| &s.name), &mut faults);
        let mut status_quo = player
            .strategy
            .iter()
            .filter(|s| s.status_quo == Some(true));
        if let (Some(first), Some(second)) = (status_quo.next(), status_quo.next()) {
            faults.push(
                Fault::new("a player has one status quo", second.name.place.clone())
                    .also("the first", first.name.place.clone())
                    .help("remove `status_quo` from one of them, and give it edits"),
            );
        }
    }
    let sum: f64 = spec.nature.iter().map(|state| state.probability).sum();
    let is_wrong = |p: f64| !(p > 0.0 && p <= 1.0);
    if let Some(state) = spec.nature.iter().find(|state| is_wrong(state.probability)) {
        let message = format!("a state cannot have the probability {}", state.probability);
        let fault = Fault::new(message, state.name.place.clone());
        faults.push(fault.help("give a probability above 0 and up to 1"));
    } else if let (Some(first), true) = (spec.nature.first(), (sum - 1.0).abs() > 1e-9) {
        let message = format!("the probabilities of the states of nature add up to {sum}");
        let fault = Fault::new(message, first.name.place.clone());
        faults.push(fault.help("make them add up to 1"));
    }
    faults
}

fn check_duplicates<'a>(names: impl Iterator<Item = &'a Name>, faults: &mut Vec<Fault>) {
    let mut seen: Vec<&Name> = Vec::new();
    for name in names {
        if let Some(first) = seen.iter().find(|other| other.text == name.text) {
            faults.push(duplicate(&name.text, &first.place, name.place.clone()));
        }
        seen.push(name);
    }
}

/// The settings of a game; keys that belong to the other method are faults.
fn settings(parsed: &Parsed<GameSpec>, size: &Size, faults: &mut Vec<Fault>) -> Settings {
    let spec = &parsed.spec;
    parsed.check_numbers((&spec.valuation, &spec.replications), faults);
    if spec.epsilon <= 0.0 {
        let fault = Fault::new("`epsilon` must be above zero", parsed.place(&["epsilon"]));
        faults.push(fault.help("give the regret that does not matter: 50e6"));
    }
    let is_table = spec.method == Method::FullTable;
    for (key, is_given, is_needed) in [
        ("starts", spec.starts.is_some(), !is_table),
        (
            "replicator_starts",
            spec.replicator_starts.is_some(),
            is_table,
        ),
    ] {
        let word = spec.method.word();
        if is_needed && !is_given {
            let message = format!("the method `{word}` needs `{key}`");
            let fault = Fault::new(message, parsed.place(&["method"]));
            faults.push(fault.help(format!("add `{key} = 200`")));
        } else if is_given && !is_needed {
            let message = format!("the method `{word}` has no `{key}`");
            let fault = Fault::new(message, parsed.place(&[key]));
            faults.push(fault.help("remove it, or change the method"));
        }
    }
    let count = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
    let starts = spec.replicator_starts.as_ref();
    Settings {
        method: spec.method,
        starts: spec.starts.as_ref().map_or(0, |starts| starts.0),
        first: (size.replications).unwrap_or_else(|| count(spec.replications.first.0)),
        most: (size.replications).unwrap_or_else(|| count(spec.replications.most.0)),
        epsilon: spec.epsilon,
        resamples: count(spec.resamples.0),
        replicator_starts: starts.map_or(0, |starts| count(starts.0)),
    }
}

/// Players must be actors of the scenario.
fn check_names(players: &[PlayerSpec], scenario: &Scenario, faults: &mut Vec<Fault>) {
    let clouds = scenario.cloud.iter().map(|x| &x.name);
    let known: Vec<&str> = clouds
        .chain(scenario.lab.iter().map(|x| &x.name))
        .chain(scenario.router.iter().map(|x| &x.name))
        .chain(scenario.vendor.iter().map(|x| &x.name))
        .chain(scenario.integrator.iter().map(|x| &x.name))
        .chain(scenario.investor.iter().map(|x| &x.name))
        .map(|name| name.text.as_str())
        .collect();
    for Name { text, place } in players.iter().map(|player| &player.name) {
        if !known.contains(&text.as_str()) {
            let message = format!("`{text}` is not an actor of the scenario");
            let help = suggestion(text, known.iter().copied());
            faults.push(Fault::new(message, place.clone()).help(help));
        }
    }
}

/// Players and nature must not edit the same value: the profile would depend on their order.
fn check_overlaps(spec: &GameSpec, players: &[Player], states: &[State], faults: &mut Vec<Fault>) {
    let strategies = spec.player.iter().zip(players).enumerate();
    let mut all: Vec<(usize, &Choice, &Name)> = strategies
        .flat_map(|(at, (spec, player))| {
            let named = player.strategies.iter().zip(&spec.strategy);
            named.map(move |(choice, spec)| (at, choice, &spec.name))
        })
        .collect();
    let choices = states.iter().filter_map(|state| state.choice.as_ref());
    all.extend(
        choices
            .zip(&spec.nature)
            .map(|(choice, s)| (players.len(), choice, &s.name)),
    );
    for (place, (owner, choice, name)) in all.iter().enumerate() {
        for (other, earlier, first) in &all[..place] {
            let both = choice.edits.iter().find(|edit| {
                let is_within =
                    |b: &Edit| b.path.starts_with(&edit.path) || edit.path.starts_with(&b.path);
                earlier.edits.iter().any(is_within)
            });
            if let (Some(edit), true) = (both, owner != other) {
                let message = format!(
                    "`{}` and `{}` both edit `{}`",
                    first.text,
                    name.text,
                    edit.path.join(".")
                );
                faults.push(
                    Fault::new(message, name.place.clone())
                        .also("the other", first.place.clone())
                        .help("leave each value to one player"),
                );
                return;
            }
        }
    }
}

fn shape(parsed: &Parsed<GameSpec>, sizes: Vec<usize>) -> Result<Shape, Faults> {
    let count: f64 = sizes
        .iter()
        .map(|size| f64::from(u32::try_from(*size).unwrap_or(u32::MAX)))
        .product();
    let states = parsed.spec.nature.len().max(1);
    let is_table = parsed.spec.method == Method::FullTable;
    let most = if is_table {
        MOST_PROFILES
    } else {
        u32::MAX as usize / 2 / states
    };
    match Shape::new(sizes) {
        Some(shape) if shape.profiles() <= most => Ok(shape),
        _ => {
            let message = format!("the game has {count} profiles, more than {most}");
            let fault = Fault::new(message, parsed.place(&["method"]));
            Err(Faults(vec![
                fault.help("use the method `best-reply`, or fewer strategies"),
            ]))
        }
    }
}
