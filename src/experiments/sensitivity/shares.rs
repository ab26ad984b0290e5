//! Shares of variance of the kept inputs, of all other numbers, of chance and of classes.

use std::collections::BTreeMap;

use super::{Index, MetricShares, SECOND, Setup};
use crate::base::rng::{Purpose, Stream, Streams};
use crate::experiments::arms::{Run, RunCheckpoint};
use crate::experiments::inputs::Input;
use crate::runner::{Runner, Stopped};
use crate::scenario::quantity::{Class, Setting};
use crate::simulation::Simulation;
use crate::stats::sensitivity::{
    Design, Share, bootstrap, perfect_information, sobol_point, swing, variance_shares,
};

/// Classes, in the order of their shares.
const CLASSES: [Class; 3] = [Class::Measured, Class::Estimated, Class::Assumed];
/// First arm of the shares of variance in the checkpoint; the arms of the screening come before.
const FIRST_PLAN: usize = 1 << 16;

/// The sample, first or second, that each part of an evaluation is drawn from.
#[derive(Clone, Debug)]
struct Mixed {
    /// By kept input: true for the second sample.
    second: Vec<bool>,
    /// All other numbers: true for the second sample.
    rest: bool,
    /// Chance: true for the second sample.
    chance: bool,
    /// A class of which all numbers come from the second sample, whatever the other fields say.
    class: Option<Class>,
}

impl Mixed {
    fn all(kept: usize, second: bool) -> Self {
        Self {
            second: vec![second; kept],
            rest: second,
            chance: second,
            class: None,
        }
    }

    /// The plans of a pick-freeze design: both samples, then the first with each part from the second.
    fn plans(kept: usize) -> Vec<Self> {
        let first = Self::all(kept, false);
        let mut plans = vec![first.clone(), Self::all(kept, true)];
        for input in 0..kept {
            let mut plan = first.clone();
            plan.second[input] = true;
            plans.push(plan);
        }
        plans.push(Self {
            rest: true,
            ..first.clone()
        });
        plans.push(Self {
            chance: true,
            ..first.clone()
        });
        plans.extend(CLASSES.map(|class| Self {
            class: Some(class),
            ..first.clone()
        }));
        plans
    }
}

/// The design of a study of the kept inputs.
pub(super) struct Study<'a> {
    setup: Setup<'a>,
    simulation: &'a Simulation<'a>,
    /// Places of the kept inputs among the groups.
    kept: &'a [usize],
    /// Numbers of the kept inputs.
    inputs: Vec<&'a Input>,
    /// By number: the place of its input among the kept ones.
    input_of: Vec<usize>,
    /// Keys of correlated numbers.
    correlated: Vec<u64>,
    plans: Vec<Mixed>,
}

impl<'a> Study<'a> {
    pub(super) fn new(setup: Setup<'a>, simulation: &'a Simulation<'a>, kept: &'a [usize]) -> Self {
        let (mut inputs, mut input_of) = (Vec::new(), Vec::new());
        for (place, group) in kept.iter().enumerate() {
            for input in &setup.groups[*group].inputs {
                inputs.push(input);
                input_of.push(place);
            }
        }
        let correlated = simulation.correlations.iter();
        Self {
            setup,
            simulation,
            kept,
            inputs,
            input_of,
            correlated: correlated.flat_map(|(keys, _)| keys.clone()).collect(),
            plans: Mixed::plans(kept.len()),
        }
    }

    /// Runs the design. Returns the shares of each metric.
    pub(super) fn run(
        &self,
        checkpoint: RunCheckpoint<'_>,
        runner: Runner<'_>,
    ) -> Result<Vec<MetricShares>, Stopped> {
        let setup = self.setup;
        let runs: Vec<Run> = (0..setup.points)
            .flat_map(|point| (0..self.plans.len()).map(move |plan| (FIRST_PLAN + plan, point)))
            .collect();
        let mut values = vec![Vec::new(); self.plans.len()];
        let screening = u64::from(setup.screen) * (setup.groups.len() as u64 + 1);
        let one = |(plan, point): Run| self.evaluate(&self.plans[plan - FIRST_PLAN], point);
        runner
            .after(screening)
            .run(&runs, &one, checkpoint, &mut |(plan, _), row| {
                values[plan - FIRST_PLAN].push(row);
            })?;
        let points: Vec<Vec<f64>> = (0..setup.points).map(|point| self.point(point)).collect();
        let seed = setup.loaded.scenario.run.seed.0;
        let mut stream = Streams::new(seed, 0).stream(Purpose::User, 3, 0);
        let metrics = 0..setup.metrics.metrics.len();
        Ok(metrics
            .map(|metric| self.shares(metric, &values, &points, &mut stream))
            .collect())
    }

    /// A point of the Sobol sequence: probabilities of all numbers in the first sample, then in the second.
    fn point(&self, point: u32) -> Vec<f64> {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "part of a seed is a seed too"
        )]
        let scramble = self.setup.loaded.scenario.run.seed.0 as u32;
        sobol_point(point, 2 * self.inputs.len(), scramble)
    }

    /// The values of the metrics at a point of a plan.
    fn evaluate(&self, plan: &Mixed, point: u32) -> Result<Vec<f64>, String> {
        let simulation = self.simulation;
        let both = self.point(point);
        let sample = |is_second: bool| if is_second { SECOND + point } else { point };
        let mut settings = BTreeMap::new();
        for (place, input) in self.inputs.iter().enumerate() {
            let is_second = plan.second[self.input_of[place]] || plan.class == Some(input.class);
            let u = if self.correlated.contains(&input.key) {
                // Correlated numbers are drawn together, not from the Sobol sequence.
                let draws = simulation.draws(sample(is_second));
                draws.probability(input.key, input.class)
            } else {
                both[place + if is_second { self.inputs.len() } else { 0 }]
            };
            settings.insert(input.key, Setting::At(u.clamp(1e-9, 1.0 - 1e-9)));
        }
        let own = simulation.draws(sample(plan.rest));
        let draws = match plan.class {
            Some(class) => own.exchange(simulation.draws(SECOND + point), &[class]),
            None => own,
        };
        let panel = simulation
            .run_mixed(sample(plan.chance), &draws.with(settings))
            .map_err(|identity| format!("point {point}: {identity}"))?;
        Ok(self.setup.metrics.values(&panel))
    }

    /// The shares of one metric, from values by plan, point and metric.
    fn shares(
        &self,
        metric: usize,
        values: &[Vec<Vec<f64>>],
        points: &[Vec<f64>],
        stream: &mut Stream,
    ) -> MetricShares {
        let column =
            |plan: usize| -> Vec<f64> { values[plan].iter().map(|row| row[metric]).collect() };
        let design = Design {
            a: column(0),
            b: column(1),
            mixed: (2..self.plans.len()).map(column).collect(),
        };
        let shares = variance_shares(&design);
        let resampled = bootstrap(&design, stream);
        let threshold = self.setup.threshold.filter(|_| metric == 0);
        let index = |(place, share): (usize, &Share)| {
            let pairs = self
                .single(place)
                .map(|number| self.pairs(number, points, &design));
            Index {
                name: self.name(place),
                share: *share,
                first: resampled[place].0,
                total: resampled[place].1,
                perfect_information: (pairs.as_ref().zip(threshold))
                    .map(|(pairs, sure)| perfect_information(pairs, sure)),
                swing: pairs.as_ref().map(|pairs| swing(pairs)),
            }
        };
        let mut indices: Vec<Index> = shares.shares.iter().enumerate().map(index).collect();
        let classes = indices.split_off(self.kept.len() + 2);
        MetricShares {
            mean: shares.mean,
            variance: shares.variance,
            indices,
            classes,
        }
    }

    /// The place of the number of an input that is a single independent number.
    fn single(&self, place: usize) -> Option<usize> {
        let group = &self.setup.groups[*self.kept.get(place)?];
        let is_single = group.inputs.len() == 1 && !self.correlated.contains(&group.inputs[0].key);
        let number = self.input_of.iter().position(|input| *input == place);
        number.filter(|_| is_single)
    }

    /// Probabilities of a number in both samples, with the outputs there.
    fn pairs(&self, number: usize, points: &[Vec<f64>], design: &Design) -> Vec<(f64, f64)> {
        let of = |at: usize| points.iter().map(move |point| point[at]);
        let first = of(number).zip(&design.a);
        let second = of(self.inputs.len() + number).zip(&design.b);
        first.chain(second).map(|(u, y)| (u, *y)).collect()
    }

    fn name(&self, place: usize) -> String {
        match place.checked_sub(self.kept.len()) {
            None => self.setup.groups[self.kept[place]].name.clone(),
            Some(0) => "all other numbers".to_owned(),
            Some(1) => "chance".to_owned(),
            Some(class) => format!("all {} numbers", CLASSES[class - 2].word()),
        }
    }
}
