//! Payoffs of a game by profile and replication, and what follows from them: gains, regrets, equilibria and resamples.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::base::rng::{Purpose, Streams, key_of};
use crate::economics::game::{Game, Mixes, Shape};
use crate::stats::Summary;
use crate::stats::boxes::pick;

use super::account::Row;

/// Payoffs of the profiles that were run.
#[derive(Clone, Debug)]
pub struct Samples {
    shape: Shape,
    /// Probabilities of the states of nature.
    states: Vec<f64>,
    multiple: f64,
    /// By profile.
    payoffs: BTreeMap<usize, Payoffs>,
}

/// Payoffs of a profile.
#[derive(Clone, Debug, Default)]
struct Payoffs {
    /// By player and replication: the expectation over the states of nature.
    expected: Vec<Vec<f64>>,
    /// By player, state and replication.
    by_state: Vec<Vec<Vec<f64>>>,
}

/// The gain of a player from its best reply to a profile or to mixed strategies.
#[derive(Clone, Debug, PartialEq)]
pub struct Regret {
    /// The best reply.
    pub reply: usize,
    /// Its mean gain: negative if every reply loses.
    pub gain: f64,
    /// 95 % interval of the largest mean gain over all replies: the largest of the lower and of the upper ends.
    pub interval: (f64, f64),
    /// Share of worlds (replications and states of nature) in which some reply pays more.
    pub leaves: f64,
}

impl Regret {
    /// The regret: the gain, or zero.
    #[must_use]
    pub fn regret(&self) -> f64 {
        self.gain.max(0.0)
    }

    /// The interval of the regret.
    #[must_use]
    pub fn range(&self) -> (f64, f64) {
        (self.interval.0.max(0.0), self.interval.1.max(0.0))
    }
}

/// Where regrets stand against a bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stance {
    /// No interval reaches the bound.
    Below,
    /// The interval of some regret is above the bound.
    Above,
    /// The interval of some regret contains the bound, and that of none is above it.
    Open,
}

impl Stance {
    /// The stance of intervals against a bound.
    #[must_use]
    pub fn of(intervals: impl Iterator<Item = (f64, f64)>, bound: f64) -> Self {
        let mut stance = Self::Below;
        for (low, high) in intervals {
            if low > bound {
                return Self::Above;
            }
            if high > bound {
                stance = Self::Open;
            }
        }
        stance
    }
}

/// Equilibria among resamples of the replications.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Resampled {
    /// By profile: the share of resamples in which it is an equilibrium, the largest first.
    pub shares: Vec<(usize, f64)>,
    /// Share of resamples without an equilibrium in pure strategies.
    pub none: f64,
}

impl Samples {
    /// Samples without any run.
    #[must_use]
    pub const fn new(shape: Shape, states: Vec<f64>, multiple: f64) -> Self {
        Self {
            shape,
            states,
            multiple,
            payoffs: BTreeMap::new(),
        }
    }

    /// The shape of the game.
    #[must_use]
    pub const fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Number of replications of a profile.
    #[must_use]
    pub fn replications(&self, profile: usize) -> usize {
        let known = self.payoffs.get(&profile);
        known.map_or(0, |payoffs| payoffs.expected[0].len())
    }

    /// The profiles that were run, in order.
    pub fn profiles(&self) -> impl Iterator<Item = usize> + '_ {
        self.payoffs.keys().copied()
    }

    /// The profiles that were run with all their neighbours: only they can be judged.
    #[must_use]
    pub fn judged(&self) -> Vec<usize> {
        let is_run = |profile: &usize| self.payoffs.contains_key(profile);
        let is_judged = |profile: &usize| self.shape.neighbours(*profile).iter().all(is_run);
        self.profiles().filter(is_judged).collect()
    }

    /// Adds replications of a profile: rows by state of nature and replication, one worth a player.
    pub fn add(&mut self, profile: usize, rows: &[Vec<Row>]) {
        let players = self.shape.players();
        let payoffs = self.payoffs.entry(profile).or_insert_with(|| Payoffs {
            expected: vec![Vec::new(); players],
            by_state: vec![vec![Vec::new(); rows.len()]; players],
        });
        for player in 0..players {
            let mut means = vec![0.0; rows[0].len()];
            for (state, (probability, rows)) in self.states.iter().zip(rows).enumerate() {
                for (mean, row) in means.iter_mut().zip(rows) {
                    let value = row[player].at(self.multiple);
                    payoffs.by_state[player][state].push(value);
                    *mean += probability * value;
                }
            }
            payoffs.expected[player].extend(means);
        }
    }

    fn expected(&self, profile: usize, player: usize) -> &[f64] {
        &self.payoffs[&profile].expected[player]
    }

    /// The payoff of a player in a profile over replications.
    #[must_use]
    pub fn payoff(&self, profile: usize, player: usize) -> Summary {
        Summary::of(&mut self.expected(profile, player).to_vec())
    }

    /// The regret of a player in a profile.
    #[must_use]
    pub fn regret(&self, profile: usize, player: usize) -> Regret {
        let own = self.expected(profile, player);
        let others: Vec<usize> = self.shape.others(profile, player).collect();
        let gains = others.iter().map(|strategy| {
            let other = self.expected(self.shape.with(profile, player, *strategy), player);
            let pairs = other.iter().zip(own).map(|(other, own)| other - own);
            (*strategy, pairs.collect())
        });
        let mut regret = best(gains);
        let states = self.states.iter().enumerate();
        let shares = states.map(|(state, probability)| {
            let of = |profile: usize| &self.payoffs[&profile].by_state[player][state];
            let replies = others
                .iter()
                .map(|s| of(self.shape.with(profile, player, *s)));
            probability * share_of_leaving(of(profile), &replies.collect::<Vec<_>>())
        });
        regret.leaves = shares.sum();
        regret
    }

    /// The regret of a player if all mix; every profile must have been run.
    #[must_use]
    pub fn mixed_regret(&self, mixes: &Mixes, player: usize) -> Regret {
        let count = self.shape.sizes()[player];
        let replications = self.replications(0);
        let mut values = vec![vec![0.0; replications]; count];
        for profile in self.profiles() {
            let others = (0..mixes.len()).filter(|other| *other != player);
            let chances = others.map(|other| mixes[other][self.shape.strategy(profile, other)]);
            let weight: f64 = chances.product();
            let own = &mut values[self.shape.strategy(profile, player)];
            for (value, payoff) in own.iter_mut().zip(self.expected(profile, player)) {
                *value += weight * payoff;
            }
        }
        let of_mix = |replication: usize| {
            let parts = values.iter().zip(&mixes[player]);
            parts.map(|(value, share)| share * value[replication]).sum()
        };
        let own: Vec<f64> = (0..replications).map(of_mix).collect();
        let gains = values.iter().enumerate().map(|(strategy, value)| {
            let pairs = value.iter().zip(&own).map(|(other, own)| other - own);
            (strategy, pairs.collect())
        });
        let mut regret = best(gains);
        regret.leaves = share_of_leaving(&own, &values.iter().collect::<Vec<_>>());
        regret
    }

    /// The stance of all players' regrets in a profile against a bound.
    #[must_use]
    pub fn stance(&self, profile: usize, bound: f64) -> Stance {
        let players = 0..self.shape.players();
        Stance::of(
            players.map(|player| self.regret(profile, player).interval),
            bound,
        )
    }

    /// True if no player gains by the means in a profile.
    #[must_use]
    pub fn is_equilibrium(&self, profile: usize) -> bool {
        let mut players = 0..self.shape.players();
        players.all(|player| self.regret(profile, player).gain <= 0.0)
    }

    /// The game of mean payoffs; every profile must have been run.
    #[must_use]
    pub fn game(&self) -> Game {
        let of_player = |player: usize| {
            let profiles = self.profiles();
            profiles
                .map(|profile| mean(self.expected(profile, player)))
                .collect()
        };
        Game {
            payoffs: (0..self.shape.players()).map(of_player).collect(),
            shape: self.shape.clone(),
        }
    }

    /// Draws replications with replacement, all profiles together, and looks for equilibria in each resample.
    #[must_use]
    pub fn resample(&self, resamples: u32, seed: u64) -> Resampled {
        let judged = self.judged();
        let profiles: Vec<usize> = self.profiles().collect();
        let Some(first) = profiles.first() else {
            return Resampled::default();
        };
        let replications = self.replications(*first);
        let equilibria = |resample: u32| -> Vec<usize> {
            let mut stream =
                Streams::new(seed, 0).stream(Purpose::User, key_of("resamples"), resample);
            let picks: Vec<usize> = (0..replications)
                .map(|_| pick(replications, &mut stream))
                .collect();
            let mean = |profile: usize, player: usize| -> f64 {
                let payoffs = self.expected(profile, player);
                picks.iter().map(|pick| payoffs[*pick]).sum()
            };
            let means: BTreeMap<usize, Vec<f64>> = (profiles.iter())
                .map(|p| {
                    (
                        *p,
                        (0..self.shape.players())
                            .map(|player| mean(*p, player))
                            .collect(),
                    )
                })
                .collect();
            let is_stable = |profile: &usize| {
                (0..self.shape.players()).all(|player| {
                    let mut others = self.shape.others(*profile, player);
                    let own = means[profile][player];
                    others.all(|s| means[&self.shape.with(*profile, player, s)][player] <= own)
                })
            };
            judged.iter().copied().filter(is_stable).collect()
        };
        let found: Vec<Vec<usize>> = (0..resamples).into_par_iter().map(equilibria).collect();
        let mut counts: BTreeMap<usize, u32> = BTreeMap::new();
        for profile in found.iter().flatten() {
            *counts.entry(*profile).or_default() += 1;
        }
        let share = |count: u32| f64::from(count) / f64::from(resamples);
        let mut shares: Vec<(usize, f64)> =
            counts.into_iter().map(|(p, n)| (p, share(n))).collect();
        shares.sort_by(|a, b| b.1.total_cmp(&a.1));
        let none = found.iter().filter(|found| found.is_empty()).count();
        Resampled {
            shares,
            none: share(u32::try_from(none).unwrap_or(u32::MAX)),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "replications are few")]
fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The best of some replies, from the gain of each by replication.
pub(super) fn best(gains: impl Iterator<Item = (usize, Vec<f64>)>) -> Regret {
    let mut regret = Regret {
        reply: 0,
        gain: f64::NEG_INFINITY,
        interval: (f64::NEG_INFINITY, f64::NEG_INFINITY),
        leaves: 0.0,
    };
    for (reply, mut gains) in gains {
        let summary = Summary::of(&mut gains);
        let half = summary.half_width(0.95);
        if summary.mean > regret.gain {
            (regret.reply, regret.gain) = (reply, summary.mean);
        }
        regret.interval.0 = regret.interval.0.max(summary.mean - half);
        regret.interval.1 = regret.interval.1.max(summary.mean + half);
    }
    regret
}

/// The share of replications in which some reply pays more.
#[expect(clippy::cast_precision_loss, reason = "replications are few")]
pub(super) fn share_of_leaving(own: &[f64], replies: &[&Vec<f64>]) -> f64 {
    let leaves = |replication: &usize| {
        let mut replies = replies.iter();
        replies.any(|reply| reply[*replication] > own[*replication])
    };
    let count = (0..own.len()).filter(leaves).count();
    count as f64 / own.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::economics::valuation::Worth;

    fn samples(sizes: &[usize], payoff: impl Fn(usize, usize, usize) -> f64, n: usize) -> Samples {
        let shape = Shape::new(sizes.to_vec()).unwrap();
        let mut samples = Samples::new(shape.clone(), vec![1.0], 0.0);
        for profile in 0..shape.profiles() {
            let row = |replication: usize| -> Row {
                let worth = |player: usize| Worth {
                    flow: payoff(profile, player, replication),
                    last_year: 0.0,
                };
                (0..sizes.len()).map(worth).collect()
            };
            samples.add(profile, &[(0..n).map(row).collect()]);
        }
        samples
    }

    /// Prisoners' dilemma with a common shock in every replication.
    fn dilemma(profile: usize, player: usize, replication: usize) -> f64 {
        let table = [[3.0, 3.0], [0.0, 5.0], [5.0, 0.0], [1.0, 1.0]];
        #[expect(clippy::cast_precision_loss, reason = "small")]
        let shock = (replication * 7 % 5) as f64 * 100.0;
        table[profile][player] + shock
    }

    #[test]
    fn paired_regrets_see_through_common_shocks() {
        let samples = samples(&[2, 2], dilemma, 10);
        let regret = samples.regret(0, 0);
        assert!((regret.gain - 2.0).abs() < 1e-9 && (regret.leaves - 1.0).abs() < 1e-12);
        assert!((regret.interval.1 - regret.interval.0).abs() < 1e-9);
        let stays = samples.regret(3, 1);
        assert!(stays.gain < 0.0 && stays.regret() == 0.0 && stays.leaves == 0.0);
        assert_eq!(samples.stance(0, 0.5), Stance::Above);
        assert_eq!(samples.stance(3, 0.5), Stance::Below);
        let resampled = samples.resample(100, 1);
        assert_eq!(resampled.shares, [(3, 1.0)]);
        assert!(resampled.none == 0.0);
    }

    #[test]
    fn resamples_share_out_what_the_replications_do_not_decide() {
        // The first player gains one in half of the replications and loses as much in the others.
        let gain = |profile: usize, player: usize, replication: usize| match (player, profile) {
            (0, 2 | 3) => [1.0, -1.0][replication % 2],
            (1, 1 | 3) => -1.0,
            _ => 0.0,
        };
        let samples = samples(&[2, 2], gain, 20);
        let resampled = samples.resample(400, 3);
        let share = |profile| {
            resampled
                .shares
                .iter()
                .find(|s| s.0 == profile)
                .map_or(0.0, |s| s.1)
        };
        assert!(share(0) > 0.4 && share(2) > 0.3, "{resampled:?}");
        assert!(share(1) == 0.0 && share(3) == 0.0);
        assert_eq!(samples.stance(0, 0.1), Stance::Open);
        assert!((samples.regret(0, 0).leaves - 0.5).abs() < 1e-12);
    }

    #[test]
    fn mixed_regrets_are_zero_at_a_mixed_equilibrium() {
        let pennies = |profile: usize, player: usize, _: usize| {
            let is_match = profile == 0 || profile == 3;
            if is_match == (player == 0) { 1.0 } else { -1.0 }
        };
        let samples = samples(&[2, 2], pennies, 4);
        let half = vec![vec![0.5, 0.5]; 2];
        assert!(samples.mixed_regret(&half, 0).gain.abs() < 1e-12);
        let other = vec![vec![0.5, 0.5], vec![0.75, 0.25]];
        assert!((samples.mixed_regret(&other, 0).gain - 0.5).abs() < 1e-12);
        assert!((samples.resample(100, 1).none - 1.0).abs() < 1e-12);
    }
}
