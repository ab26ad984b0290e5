//! A game that was read and checked: its profiles are sound scenarios, and its payoffs have one unit.

use rayon::prelude::*;

use crate::economics::game::Shape;
use crate::metric::unit::Unit;
use crate::scenario::edit::{Edit, take_over};
use crate::scenario::fault::{Fault, Faults};
use crate::scenario::tree::Node;
use crate::scenario::{Loaded, apply_set, load_tree};

use super::account::Accounts;
use super::spec::Method;
use crate::experiments::arms::Arm;

/// A checked game.
#[derive(Debug)]
pub struct GamePlan {
    /// Short name.
    pub name: String,
    /// Title.
    pub title: String,
    /// The scenario without any strategy.
    pub base: Loaded,
    /// Players.
    pub players: Vec<Player>,
    /// States of nature; at least one.
    pub states: Vec<State>,
    /// Numbers of strategies, and numbers of profiles.
    pub shape: Shape,
    /// Payoffs: one amount a player.
    pub accounts: Accounts,
    /// Unit of the payoffs.
    pub unit: Unit,
    /// Settings of the study.
    pub settings: Settings,
}

/// Settings of the study of a game.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Profiles that are run.
    pub method: Method,
    /// Starts of the search for best replies.
    pub starts: u64,
    /// Replications of a batch.
    pub first: u32,
    /// Most replications.
    pub most: u32,
    /// Largest regret of a stable profile.
    pub epsilon: f64,
    /// Resamples of the bootstrap.
    pub resamples: u32,
    /// Random starts of the replicator dynamics.
    pub replicator_starts: u32,
}

/// A player.
#[derive(Clone, Debug)]
pub struct Player {
    /// Name.
    pub name: String,
    /// Monthly payoff.
    pub payoff: String,
    /// Strategies.
    pub strategies: Vec<Choice>,
    /// Numbers to search.
    pub searches: Vec<Searched>,
}

/// A number that is searched for better replies.
#[derive(Clone, Debug, PartialEq)]
pub struct Searched {
    /// Path.
    pub path: String,
    /// Lowest and highest value.
    pub range: (f64, f64),
    /// Values tried, and again around the best of them.
    pub points: usize,
}

/// A strategy, or a state of nature: edits with the scenario that they make.
#[derive(Clone, Debug)]
pub struct Choice {
    /// Name.
    pub name: String,
    /// The edits; none for the status quo.
    pub edits: Vec<Edit>,
    /// The scenario with these edits only.
    pub loaded: Loaded,
}

impl Choice {
    /// Makes the edits in a tree.
    pub(super) fn apply(&self, tree: &mut Node) {
        for edit in &self.edits {
            take_over(tree, &self.loaded.tree, &edit.path);
        }
    }

    /// The edits in words.
    #[must_use]
    pub fn words(&self) -> String {
        let edits: Vec<String> = self.edits.iter().map(ToString::to_string).collect();
        if edits.is_empty() {
            "the scenario as it is".to_owned()
        } else {
            edits.join("; ")
        }
    }
}

/// A state of nature.
#[derive(Clone, Debug)]
pub struct State {
    /// Probability.
    pub probability: f64,
    /// Its edits; none for a single state without a name.
    pub choice: Option<Choice>,
}

/// Profiles and states up to this number are all checked before the first run; of more, each pair of strategies is.
const CHECKED: usize = 600;

impl GamePlan {
    /// The scenario of a profile in a state of nature, with one more edit `path=value` at the end.
    ///
    /// # Errors
    /// Edits that are not valid together.
    pub fn scenario(
        &self,
        profile: usize,
        state: usize,
        set: Option<&str>,
    ) -> Result<Loaded, Faults> {
        let mut tree = self.base.tree.clone();
        for (player, strategy) in self.shape.strategies(profile).into_iter().enumerate() {
            self.players[player].strategies[strategy].apply(&mut tree);
        }
        if let Some(choice) = &self.states[state].choice {
            choice.apply(&mut tree);
        }
        let mut faults = Vec::new();
        if let Some(set) = set {
            apply_set(&mut tree, set, &mut faults);
        }
        if faults.is_empty() {
            load_tree(tree, &self.base)
        } else {
            Err(Faults(faults))
        }
    }

    /// The names of the strategies of a profile.
    #[must_use]
    pub fn strategies(&self, profile: usize) -> Vec<&str> {
        let chosen = self.shape.strategies(profile).into_iter();
        let named = chosen.enumerate();
        named
            .map(|(player, strategy)| self.players[player].strategies[strategy].name.as_str())
            .collect()
    }

    /// A profile as text: `aws fee, azure free`.
    #[must_use]
    pub fn label(&self, profile: usize) -> String {
        let names = self.players.iter().zip(self.strategies(profile));
        let parts: Vec<String> = names
            .map(|(player, strategy)| format!("{} {strategy}", player.name))
            .collect();
        parts.join(", ")
    }

    /// The profile in which all players keep to the status quo, or play their first strategy if they have none.
    #[must_use]
    pub fn status_quo(&self) -> usize {
        let first = |player: &Player| {
            let is_status_quo = |choice: &Choice| choice.edits.is_empty();
            player
                .strategies
                .iter()
                .position(is_status_quo)
                .unwrap_or(0)
        };
        let strategies: Vec<usize> = self.players.iter().map(first).collect();
        self.shape.profile(&strategies)
    }

    /// The arms that the results name: the scenario, and each strategy and state alone.
    #[must_use]
    pub fn arms(&self) -> Vec<Arm> {
        let arm = |name: String, loaded: &Loaded| Arm {
            name,
            loaded: loaded.clone(),
        };
        let mut arms = vec![arm(self.base.scenario.name.text.clone(), &self.base)];
        for player in &self.players {
            let edited = player.strategies.iter().filter(|s| !s.edits.is_empty());
            arms.extend(edited.map(|s| arm(format!("{}.{}", player.name, s.name), &s.loaded)));
        }
        for choice in self.states.iter().filter_map(|state| state.choice.as_ref()) {
            arms.push(arm(format!("nature.{}", choice.name), &choice.loaded));
        }
        arms
    }

    /// Checks that strategies are valid together: in every profile and state, or in a large game in each pair of strategies.
    pub(super) fn check_profiles(&self) -> Result<(), Faults> {
        let cases = self.shape.profiles().saturating_mul(self.states.len());
        let status_quo = self.status_quo();
        let profiles: Vec<usize> = if cases <= CHECKED {
            (0..self.shape.profiles()).collect()
        } else {
            let near = self.shape.neighbours(status_quo);
            let pairs = near
                .iter()
                .flat_map(|profile| self.shape.neighbours(*profile));
            let mut pairs: Vec<usize> = pairs.collect();
            pairs.sort_unstable();
            pairs.dedup();
            pairs
        };
        let cases: Vec<(usize, usize)> = (profiles.into_iter())
            .flat_map(|profile| (0..self.states.len()).map(move |state| (profile, state)))
            .collect();
        let check = |(profile, state): &(usize, usize)| {
            self.scenario(*profile, *state, None)
                .map(|_| ())
                .map_err(|mut faults| {
                    let message = format!("{} is not a valid scenario", self.label(*profile));
                    let help = "change a strategy so that all are valid together";
                    faults.0.push(Fault::nowhere(message).help(help));
                    faults
                })
        };
        cases.par_iter().map(check).collect()
    }
}
