//! The runs of a game, batch by batch: a full table, or the profiles near the ways of best replies.

use std::collections::BTreeSet;

use rayon::prelude::*;

use crate::base::rng::{Purpose, Streams, key_of};
use crate::runner::Stopped;
use crate::stats::boxes::pick;

use super::account::Bench;
use super::plan::GamePlan;
use super::samples::{Samples, Stance};
use super::spec::Method;

/// The runs of a game, batch by batch.
pub(super) struct Table<'p, 'b, 'c> {
    plan: &'p GamePlan,
    bench: &'b mut Bench<'c>,
    pub(super) samples: Samples,
    pub(super) replications: u32,
    pub(super) is_decided: bool,
    pub(super) ways: Vec<Vec<usize>>,
}

impl<'p, 'b, 'c> Table<'p, 'b, 'c> {
    pub(super) fn new(plan: &'p GamePlan, bench: &'b mut Bench<'c>) -> Self {
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
    pub(super) fn run(&mut self) -> Result<(), Stopped> {
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
