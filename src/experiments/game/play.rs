//! The study of a game: runs of its profiles, and equilibria with their regrets.

use std::collections::BTreeSet;

use rayon::prelude::*;

use crate::base::rng::{Purpose, Streams, key_of};
use crate::economics::game::{Game, Mixes, mixed_equilibria, random_mixes, rest_point};
use crate::runner::{Runner, Stopped};
use crate::stats::boxes::pick;

use super::account::Bench;
use super::plan::GamePlan;
use super::samples::{Regret, Resampled, Samples, Stance};
use super::search::{Reply, replies};
use super::spec::Method;
use crate::experiments::arms::RunCheckpoint;

/// The results of a game.
#[derive(Clone, Debug)]
pub struct Played {
    /// Payoffs of the profiles that were run.
    pub samples: Samples,
    /// Replications of each profile.
    pub replications: u32,
    /// True if every candidate is decided against epsilon.
    pub is_decided: bool,
    /// Equilibria: exact ones, those in mixed strategies, and those that only `epsilon` allows; the headline first.
    pub equilibria: Vec<Equilibrium>,
    /// Regrets by player at the status quo, if it was run with its neighbours.
    pub status_quo: Option<Vec<Regret>>,
    /// True if equilibria in mixed strategies were looked for.
    pub has_mixed: bool,
    /// Resamples of the replications.
    pub resampled: Resampled,
    /// Rest points of the replicator dynamics, with the share of starts that end there, the largest first.
    pub basins: Vec<(Rest, f64)>,
    /// Better replies outside the table, at the headline equilibrium.
    pub replies: Vec<Reply>,
    /// Profiles on the ways of the search for best replies; empty for a full table.
    pub ways: Vec<Vec<usize>>,
}

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

/// Runs and studies a game.
///
/// # Errors
/// The reason why the runs ended early.
pub fn play(
    plan: &GamePlan,
    checkpoint: RunCheckpoint<'_>,
    runner: Runner<'_>,
) -> Result<Played, Stopped> {
    let mut bench = Bench::new(&plan.accounts, checkpoint, runner);
    let mut table = Table::new(plan, &mut bench);
    table.run()?;
    let Table {
        samples,
        replications,
        is_decided,
        ways,
        ..
    } = table;
    let seed = plan.base.scenario.run.seed.0;
    let resampled = samples.resample(plan.settings.resamples, seed);
    let is_table = plan.settings.method == Method::FullTable;
    let mixed = if is_table {
        mixed(&samples.game(), seed)
    } else {
        None
    };
    let equilibria = equilibria(
        plan,
        &samples,
        &resampled,
        mixed.as_deref().unwrap_or_default(),
    );
    let basins = if is_table {
        basins(plan, &samples.game(), mixed.as_deref().unwrap_or_default())
    } else {
        Vec::new()
    };
    let headline = equilibria.first().and_then(|first| first.kind.profile());
    let replies = match headline {
        Some(profile) => replies(plan, profile, replications, &mut bench)?,
        None => Vec::new(),
    };
    let start = plan.status_quo();
    let is_judged = samples.judged().contains(&start);
    let regrets = || {
        (0..plan.players.len())
            .map(|player| samples.regret(start, player))
            .collect()
    };
    Ok(Played {
        status_quo: is_judged.then(regrets),
        samples,
        replications,
        is_decided,
        equilibria,
        has_mixed: mixed.is_some(),
        resampled,
        basins,
        replies,
        ways,
    })
}

/// The runs of a game, batch by batch.
struct Table<'p, 'b, 'c> {
    plan: &'p GamePlan,
    bench: &'b mut Bench<'c>,
    samples: Samples,
    replications: u32,
    is_decided: bool,
    ways: Vec<Vec<usize>>,
}

impl<'p, 'b, 'c> Table<'p, 'b, 'c> {
    fn new(plan: &'p GamePlan, bench: &'b mut Bench<'c>) -> Self {
        let probabilities = plan.states.iter().map(|state| state.probability);
        let multiple = plan.accounts.rule.multiple;
        Self {
            plan,
            bench,
            samples: Samples::new(plan.shape.clone(), probabilities.collect(), multiple),
            replications: 0,
            is_decided: false,
            ways: Vec::new(),
        }
    }

    /// Adds batches until every candidate is decided against epsilon, or the most replications are reached.
    fn run(&mut self) -> Result<(), Stopped> {
        let settings = self.plan.settings;
        loop {
            self.replications = (self.replications + settings.first).min(settings.most);
            let candidates = match settings.method {
                Method::FullTable => {
                    let all: Vec<usize> = (0..self.plan.shape.profiles()).collect();
                    self.extend(&all)?;
                    all
                }
                Method::BestReply => self.walk()?,
            };
            let is_open =
                |profile: &usize| self.samples.stance(*profile, settings.epsilon) == Stance::Open;
            self.is_decided = !candidates.par_iter().any(is_open);
            if self.is_decided || self.replications == settings.most {
                return Ok(());
            }
        }
    }

    /// Runs profiles up to the present number of replications.
    fn extend(&mut self, profiles: &[usize]) -> Result<(), Stopped> {
        let until = self.replications;
        let states = self.plan.states.len();
        let mut by_start: Vec<(u32, Vec<usize>)> = Vec::new();
        for profile in profiles {
            let start = u32::try_from(self.samples.replications(*profile)).unwrap_or(u32::MAX);
            match by_start.iter_mut().find(|(other, _)| *other == start) {
                Some((_, all)) => all.push(*profile),
                None => by_start.push((start, vec![*profile])),
            }
        }
        by_start.retain(|(start, _)| *start < until);
        let plan = self.plan;
        let build = |arm: usize| plan.scenario(arm / states, arm % states, None);
        for (start, profiles) in by_start {
            let arms: Vec<usize> = (profiles.iter())
                .flat_map(|profile| (0..states).map(move |state| profile * states + state))
                .collect();
            let rows = self.bench.run(&arms, &(start..until), &build)?;
            for (profile, rows) in profiles.iter().zip(rows.chunks(states)) {
                self.samples.add(*profile, rows);
            }
        }
        Ok(())
    }

    /// Walks from every start: the player that gains most replies, until nobody gains or a profile comes again. Returns the
    /// profiles at the ends of the ways.
    fn walk(&mut self) -> Result<Vec<usize>, Stopped> {
        let mut ends = BTreeSet::new();
        self.ways.clear();
        for start in self.starts() {
            let mut way = vec![start];
            loop {
                let profile = way[way.len() - 1];
                let mut near = self.plan.shape.neighbours(profile);
                near.push(profile);
                self.extend(&near)?;
                let Some(next) = self.reply(profile) else {
                    ends.insert(profile);
                    break;
                };
                let is_cycle = way.contains(&next);
                way.push(next);
                if is_cycle {
                    break;
                }
            }
            self.ways.push(way);
        }
        Ok(ends.into_iter().collect())
    }

    /// The status quo, and random profiles.
    fn starts(&self) -> Vec<usize> {
        let seed = self.plan.base.scenario.run.seed.0;
        let mut stream = Streams::new(seed, 0).stream(Purpose::User, key_of("starts"), 0);
        let mut starts = vec![self.plan.status_quo()];
        for _ in 1..self.plan.settings.starts {
            let sizes = self.plan.shape.sizes().iter();
            let strategies: Vec<usize> = sizes.map(|size| pick(*size, &mut stream)).collect();
            starts.push(self.plan.shape.profile(&strategies));
        }
        starts
    }

    /// The profile after the best reply of the player that gains most; `None` if nobody gains.
    fn reply(&self, profile: usize) -> Option<usize> {
        let players = 0..self.plan.shape.players();
        let regrets = players.map(|player| (player, self.samples.regret(profile, player)));
        let (player, regret) = regrets.max_by(|a, b| a.1.gain.total_cmp(&b.1.gain))?;
        (regret.gain > 0.0).then(|| self.plan.shape.with(profile, player, regret.reply))
    }
}

fn mixed(game: &Game, seed: u64) -> Option<Vec<Mixes>> {
    let mut stream = Streams::new(seed, 0).stream(Purpose::User, key_of("newton"), 0);
    mixed_equilibria(game, &mut || stream.uniform())
}

/// Exact equilibria by their share of resamples, then mixed ones, then those within epsilon by their share.
fn equilibria(
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
fn basins(plan: &GamePlan, game: &Game, mixed: &[Mixes]) -> Vec<(Rest, f64)> {
    let seed = plan.base.scenario.run.seed.0;
    let starts = plan.settings.replicator_starts;
    let scaled = game.scaled();
    let end = |start: u32| {
        let mut stream = Streams::new(seed, 0).stream(Purpose::User, key_of("replicator"), start);
        let mixes = random_mixes(scaled.shape.sizes(), &mut || stream.uniform());
        rest_point(&scaled, mixes).map_or(Rest::Never, |mixes| rest(&scaled, &mixes, mixed))
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

fn rest(game: &Game, mixes: &Mixes, mixed: &[Mixes]) -> Rest {
    let is_near = |other: &Mixes| {
        let pairs = other.iter().flatten().zip(mixes.iter().flatten());
        pairs.fold(0.0, |far: f64, (a, b)| far.max((a - b).abs())) < NEAR
    };
    let largest = |mix: &Vec<f64>| {
        let strategies = (0..mix.len()).max_by(|a, b| mix[*a].total_cmp(&mix[*b]));
        strategies.expect("a player has strategies")
    };
    let profile = game
        .shape
        .profile(&mixes.iter().map(largest).collect::<Vec<_>>());
    if is_near(&game.shape.pure(profile)) {
        return Rest::Profile(profile);
    }
    mixed
        .iter()
        .position(is_near)
        .map_or(Rest::Other, Rest::Mixed)
}
