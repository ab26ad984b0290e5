//! Equilibria of a game from its samples, and the rest points of the replicator dynamics.

use std::collections::BTreeSet;

use rayon::prelude::*;

use crate::base::rng::{Purpose, Streams, key_of};
use crate::economics::game::{Game, Mixes, random_mixes, rest_point};

use super::plan::GamePlan;
use super::samples::{Regret, Resampled, Samples, Stance};

/// An equilibrium.
#[derive(Clone, Debug)]
pub struct Equilibrium {
    /// Kind.
    pub kind: Kind,
    /// Place among the mixed equilibria that were found; zero for a profile.
    pub number: usize,
    /// By player: the probability of each strategy.
    pub mixes: Mixes,
    /// Regrets by player.
    pub regrets: Vec<Regret>,
    /// Where the regrets stand against epsilon.
    pub stance: Stance,
    /// Share of resamples in which it is an equilibrium; zero for mixed strategies.
    pub share: f64,
}

/// A kind of equilibrium.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A profile in which no mean gain is above zero.
    Exact(usize),
    /// Mixed strategies.
    Mixed,
    /// A profile in which some mean gain is above zero and none above epsilon.
    Epsilon(usize),
}

impl Kind {
    /// The profile, if strategies are pure.
    #[must_use]
    pub const fn profile(self) -> Option<usize> {
        match self {
            Self::Exact(profile) | Self::Epsilon(profile) => Some(profile),
            Self::Mixed => None,
        }
    }

    /// The kind in a word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Exact(_) => "exact",
            Self::Mixed => "mixed",
            Self::Epsilon(_) => "epsilon",
        }
    }
}

/// The end of the replicator dynamics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rest {
    /// A profile.
    Profile(usize),
    /// An equilibrium in mixed strategies, by its place among them.
    Mixed(usize),
    /// Another state of rest.
    Other,
    /// No rest: a cycle, or longer than was looked.
    Never,
}

/// Shares that differ by less count as one state of rest.
const NEAR: f64 = 0.01;

/// Exact equilibria by their share of resamples, then mixed ones, then those within epsilon by their share.
pub(super) fn equilibria(
    plan: &GamePlan,
    samples: &Samples,
    resampled: &Resampled,
    mixed: &[Mixes],
) -> Vec<Equilibrium> {
    let epsilon = plan.settings.epsilon;
    let players = 0..plan.players.len();
    let of_profile = |profile: usize| -> Option<Equilibrium> {
        let regrets: Vec<Regret> = players
            .clone()
            .map(|p| samples.regret(profile, p))
            .collect();
        let gain = regrets
            .iter()
            .map(|r| r.gain)
            .fold(f64::NEG_INFINITY, f64::max);
        let kind = match gain {
            gain if gain <= 0.0 => Kind::Exact(profile),
            gain if gain <= epsilon => Kind::Epsilon(profile),
            _ => return None,
        };
        let shares = &resampled.shares;
        let share = shares.iter().find(|(other, _)| *other == profile);
        Some(Equilibrium {
            kind,
            number: 0,
            mixes: plan.shape.pure(profile),
            stance: Stance::of(regrets.iter().map(|r| r.interval), epsilon),
            regrets,
            share: share.map_or(0.0, |(_, share)| *share),
        })
    };
    let of_mixes = |(number, mixes): (usize, &Mixes)| {
        let regrets: Vec<Regret> = players
            .clone()
            .map(|p| samples.mixed_regret(mixes, p))
            .collect();
        Equilibrium {
            kind: Kind::Mixed,
            number,
            mixes: mixes.clone(),
            stance: Stance::of(regrets.iter().map(|r| r.interval), epsilon),
            regrets,
            share: 0.0,
        }
    };
    let mut found: Vec<Equilibrium> = samples
        .judged()
        .into_iter()
        .filter_map(of_profile)
        .collect();
    found.extend(mixed.iter().enumerate().map(of_mixes));
    let rank = |one: &Equilibrium| match one.kind {
        Kind::Exact(_) => 0,
        Kind::Mixed => 1,
        Kind::Epsilon(_) => 2,
    };
    found.sort_by(|a, b| rank(a).cmp(&rank(b)).then(b.share.total_cmp(&a.share)));
    found
}

/// The ends of the replicator dynamics from random starts.
pub(super) fn basins(plan: &GamePlan, game: &Game, mixed: &[Mixes]) -> Vec<(Rest, f64)> {
    let seed = plan.base.scenario.run.seed.0;
    let starts = plan.settings.replicator_starts;
    let scaled = game.scaled();
    let end = |start: u32| {
        let mut stream = Streams::new(seed, 0).stream(Purpose::User, key_of("replicator"), start);
        let start = random_mixes(scaled.shape.sizes(), &mut || stream.uniform());
        rest_point(&scaled, start).map_or(Rest::Never, |end| rest(&scaled, &end, mixed))
    };
    let ends: Vec<Rest> = (0..starts).into_par_iter().map(end).collect();
    let kinds: BTreeSet<Rest> = ends.iter().copied().collect();
    let share = |kind: &Rest| {
        let count = ends.iter().filter(|end| *end == kind).count();
        f64::from(u32::try_from(count).unwrap_or(u32::MAX)) / f64::from(starts)
    };
    let mut found: Vec<(Rest, f64)> = kinds.iter().map(|kind| (*kind, share(kind))).collect();
    found.sort_by(|a, b| b.1.total_cmp(&a.1));
    found
}

fn rest(game: &Game, state: &Mixes, mixed: &[Mixes]) -> Rest {
    let is_near = |other: &Mixes| {
        let pairs = other.iter().flatten().zip(state.iter().flatten());
        pairs.fold(0.0, |far: f64, (a, b)| far.max((a - b).abs())) < NEAR
    };
    let largest = |mix: &Vec<f64>| {
        let strategies = (0..mix.len()).max_by(|a, b| mix[*a].total_cmp(&mix[*b]));
        strategies.expect("a player has strategies")
    };
    let profile = game
        .shape
        .profile(&state.iter().map(largest).collect::<Vec<_>>());
    if is_near(&game.shape.pure(profile)) {
        return Rest::Profile(profile);
    }
    mixed
        .iter()
        .position(is_near)
        .map_or(Rest::Other, Rest::Mixed)
}
