//! The study of a game: runs of its profiles, and equilibria with their regrets.

use crate::base::rng::{Purpose, Streams, key_of};
use crate::economics::game::{Mixes, mixed_equilibria};
use crate::runner::{Runner, Stopped};

use super::account::Bench;
use super::equilibria::{Equilibrium, Rest, basins, equilibria};
use super::plan::GamePlan;
use super::samples::{Regret, Resampled, Samples};
use super::search::{Reply, replies};
use super::spec::Method;
use super::table::Table;
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
        mixed(&samples, seed)
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

/// Equilibria in mixed strategies of the mean payoffs; `None` if the game has too many supports.
fn mixed(samples: &Samples, seed: u64) -> Option<Vec<Mixes>> {
    let mut stream = Streams::new(seed, 0).stream(Purpose::User, key_of("newton"), 0);
    mixed_equilibria(&samples.game(), &mut || stream.uniform())
}
