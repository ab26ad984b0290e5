//! Better replies outside the table: a search over one number of a player at a profile.

use super::account::{Bench, Row};
use super::plan::{GamePlan, Searched};
use super::samples::{Regret, best, share_of_leaving};
use crate::runner::Stopped;

/// The best value of a number that a player could set alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The player.
    pub player: usize,
    /// Path of the number.
    pub path: String,
    /// By value tried, from the lowest: its mean gain.
    pub tried: Vec<(f64, f64)>,
    /// The best value.
    pub value: f64,
    /// Its gain over the profile, in replications that did not choose it.
    pub gain: Regret,
}

/// Runs of a profile in which one player sets a number.
struct Trial<'p, 'b, 'c> {
    plan: &'p GamePlan,
    bench: &'b mut Bench<'c>,
    profile: usize,
    player: usize,
    replications: u32,
}

impl Trial<'_, '_, '_> {
    /// The payoff of the player by replication; `set` is none for the profile itself. Numbers of arms behind those of all
    /// profiles belong to searches.
    fn payoffs(&mut self, arm: usize, set: Option<&str>, first: u32) -> Result<Vec<f64>, Stopped> {
        let states = self.plan.states.len();
        let arms: Vec<usize> = (0..states).map(|state| arm * states + state).collect();
        let (plan, profile) = (self.plan, self.profile);
        let build = |number: usize| plan.scenario(profile, number % states, set);
        let range = first..first + self.replications;
        let rows = self.bench.run(&arms, &range, &build)?;
        let multiple = plan.accounts.rule.multiple;
        let expected = |replication: usize| {
            let of_state = |(state, rows): (&super::plan::State, &Vec<Row>)| {
                state.probability * rows[replication][self.player].at(multiple)
            };
            plan.states.iter().zip(&rows).map(of_state).sum()
        };
        Ok((0..self.replications as usize).map(expected).collect())
    }
}

/// Searches each listed number of each player at a profile.
///
/// # Errors
/// The reason why the runs ended early.
pub(super) fn replies(
    plan: &GamePlan,
    profile: usize,
    replications: u32,
    bench: &mut Bench<'_>,
) -> Result<Vec<Reply>, Stopped> {
    let mut found = Vec::new();
    let mut next = plan.shape.profiles();
    for (player, spec) in plan.players.iter().enumerate() {
        for search in &spec.searches {
            let mut trial = Trial {
                plan,
                bench: &mut *bench,
                profile,
                player,
                replications,
            };
            found.push(reply(&mut trial, search, &mut next)?);
        }
    }
    Ok(found)
}

/// Tries values at equal distances, then as many between the neighbours of the best, and measures the gain of the best of
/// all on new replications.
fn reply(
    trial: &mut Trial<'_, '_, '_>,
    search: &Searched,
    next: &mut usize,
) -> Result<Reply, Stopped> {
    let own = trial.payoffs(trial.profile, None, 0)?;
    let mut tried: Vec<(f64, f64, usize)> = Vec::new();
    let (low, high) = search.range;
    let mut values = grid(low, high, search.points);
    for _ in 0..2 {
        for value in values {
            let arm = *next;
            *next += 1;
            let set = format!("{}={value}", search.path);
            let payoffs = trial.payoffs(arm, Some(&set), 0)?;
            let gain = best(std::iter::once((0, less(&payoffs, &own)))).gain;
            tried.push((value, gain, arm));
        }
        tried.sort_by(|a, b| a.0.total_cmp(&b.0));
        let top = top(&tried);
        let before = tried[top.saturating_sub(1)].0;
        let after = tried[(top + 1).min(tried.len() - 1)].0;
        let inner = grid(before, after, search.points + 2);
        values = inner[1..inner.len() - 1].to_vec();
        values.retain(|value| tried.iter().all(|(other, ..)| other != value));
    }
    let (value, _, arm) = tried[top(&tried)];
    let fresh = trial.plan.settings.most;
    let set = format!("{}={value}", search.path);
    let own = trial.payoffs(trial.profile, None, fresh)?;
    let payoffs = trial.payoffs(arm, Some(&set), fresh)?;
    let mut gain = best(std::iter::once((0, less(&payoffs, &own))));
    gain.leaves = share_of_leaving(&own, &[&payoffs]);
    Ok(Reply {
        player: trial.player,
        path: search.path.clone(),
        tried: tried
            .into_iter()
            .map(|(value, gain, _)| (value, gain))
            .collect(),
        value,
        gain,
    })
}

fn top(tried: &[(f64, f64, usize)]) -> usize {
    let best = (0..tried.len()).max_by(|a, b| tried[*a].1.total_cmp(&tried[*b].1));
    best.expect("a search tries values")
}

fn less(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

/// Values at equal distances, both ends included.
#[expect(clippy::cast_precision_loss, reason = "few values")]
fn grid(low: f64, high: f64, points: usize) -> Vec<f64> {
    let last = (points - 1) as f64;
    (0..points)
        .map(|at| low + (high - low) * at as f64 / last)
        .collect()
}
