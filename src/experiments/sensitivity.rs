//! Sensitivity of metrics to uncertain inputs: screening by elementary effects (Morris), then shares of variance (Sobol).
//!
//! Inputs are the uncertain numbers of the scenario. Numbers that the scenario correlates form one input, because shares of variance
//! need independent inputs; draws in a group keep their correlation. All numbers that are not studied are one more input, and so is
//! chance: everything random in the market once all numbers are drawn.

use std::collections::BTreeMap;

use crate::base::rng::{Purpose, Streams};
use crate::scenario::quantity::{Class, Setting};
use crate::scenario::{Fault, Faults, Loaded};
use crate::simulation::Simulation;
use crate::stats::sensitivity::{
    Design, Share, bootstrap, perfect_information, sobol_point, swing, variance_shares,
};

use super::arms::{ArmMetrics, Run, RunCheckpoint};
use super::inputs::{Input, uncertain};
use crate::runner::{Runner, Stopped};

/// An input of the study: one uncertain number, or several that vary together.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Name.
    pub name: String,
    /// The numbers.
    pub inputs: Vec<Input>,
}

/// The inputs of a study: named groups, groups of correlated numbers, and every other uncertain number by itself. If `only` is not
/// empty, only numbers whose path begins with one of its entries.
///
/// # Errors
/// A beginning of a path that no uncertain number has.
pub fn groups(
    loaded: &Loaded,
    named: &[(String, Vec<String>)],
    only: &[String],
) -> Result<Vec<Group>, Faults> {
    let begins = |path: &str, with: &str| path == with || path.starts_with(&format!("{with}."));
    let mut left = uncertain(loaded);
    let none = |what: &str, left: &[Input]| {
        let near =
            crate::scenario::fault::nearest(what, left.iter().map(|input| input.path.as_str()));
        let help = near.map_or_else(
            || "uncertain numbers are those with `dist` in `tollway explain`".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        Faults(vec![
            Fault::nowhere(format!("no uncertain number begins with `{what}`")).help(help),
        ])
    };
    for with in only {
        if !left.iter().any(|input| begins(&input.path, with)) {
            return Err(none(with, &left));
        }
    }
    if !only.is_empty() {
        left.retain(|input| only.iter().any(|with| begins(&input.path, with)));
    }
    let mut found: Vec<Group> = Vec::new();
    for (name, beginnings) in named {
        let (inside, outside): (Vec<Input>, Vec<Input>) = left
            .into_iter()
            .partition(|input| beginnings.iter().any(|with| begins(&input.path, with)));
        left = outside;
        if inside.is_empty() {
            return Err(none(&beginnings.join(","), &left));
        }
        found.push(Group {
            name: name.clone(),
            inputs: inside,
        });
    }
    let correlated = Simulation::of(loaded).correlations;
    for (keys, _) in &correlated {
        // A number correlated with a member of a named group joins that group.
        let (inside, outside): (Vec<Input>, Vec<Input>) = left
            .into_iter()
            .partition(|input| keys.contains(&input.key));
        left = outside;
        if inside.is_empty() {
            continue;
        }
        let home = found
            .iter_mut()
            .find(|group| group.inputs.iter().any(|i| keys.contains(&i.key)));
        if let Some(home) = home {
            home.inputs.extend(inside);
        } else {
            let paths: Vec<&str> = inside.iter().map(|input| input.path.as_str()).collect();
            found.push(Group {
                name: format!("{} (correlated)", paths.join(" + ")),
                inputs: inside,
            });
        }
    }
    found.extend(left.into_iter().map(|input| Group {
        name: input.path.clone(),
        inputs: vec![input],
    }));
    Ok(found)
}

/// The settings of a study.
#[derive(Clone, Copy, Debug)]
pub struct Setup<'a> {
    /// The scenario.
    pub loaded: &'a Loaded,
    /// Its metrics, checked.
    pub metrics: &'a ArmMetrics,
    /// All inputs.
    pub groups: &'a [Group],
    /// Base points of the screening; 0 skips it, and keeps the first inputs.
    pub screen: u32,
    /// Inputs that are kept for shares of variance.
    pub keep: usize,
    /// Base points of the shares of variance.
    pub points: u32,
    /// Value of the sure alternative to the first metric in a decision, in its unit.
    pub threshold: Option<f64>,
}

/// The elementary effects of an input, in standard deviations of each metric over the base points.
#[derive(Clone, Debug, PartialEq)]
pub struct Screened {
    /// Place of the input among the groups.
    pub group: usize,
    /// By metric: mean size of the effect of replacing one draw of the input by another.
    pub size: Vec<f64>,
    /// By metric: standard deviation of the effects; large relative to their mean size if the input interacts or is nonlinear.
    pub spread: Vec<f64>,
}

/// Shares of variance of an input, with bootstrap intervals.
#[derive(Clone, Debug, PartialEq)]
pub struct Index {
    /// Name: an input, all other numbers, chance, or a class of numbers.
    pub name: String,
    /// Point estimates and their standard errors.
    pub share: Share,
    /// 95 % interval of the first-order share, by resampling base points.
    pub first: (f64, f64),
    /// 95 % interval of the total share, by resampling base points.
    pub total: (f64, f64),
    /// Expected value of perfect information about it in the decision at the threshold, in the unit of the metric; `None` without
    /// a threshold, or for more than one number.
    pub perfect_information: Option<f64>,
    /// Means of the metric in the lowest and the highest fifth of the number; `None` for more than one number.
    pub swing: Option<(f64, f64)>,
}

/// Shares of variance of one metric.
#[derive(Clone, Debug)]
pub struct Found {
    /// Mean of the metric.
    pub mean: f64,
    /// Variance of the metric.
    pub variance: f64,
    /// Shares of the kept inputs, then of all other numbers, then of chance.
    pub indices: Vec<Index>,
    /// Shares of all numbers of a class.
    pub classes: Vec<Index>,
}

/// The results of a study.
#[derive(Clone, Debug)]
pub struct Sensitivity {
    /// The screening, the strongest input first; empty if it was skipped.
    pub screened: Vec<Screened>,
    /// Places of the kept inputs among the groups.
    pub kept: Vec<usize>,
    /// By metric: its shares of variance.
    pub found: Vec<Found>,
}

/// First replication of the second sample; the two samples share no draws.
const SECOND: u32 = 1 << 19;
/// Classes, in the order of their shares.
const CLASSES: [Class; 3] = [Class::Measured, Class::Estimated, Class::Assumed];

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
}

/// Runs a study.
///
/// # Errors
/// Why it ended early.
#[expect(
    clippy::too_many_lines,
    reason = "the design, the runs and the estimates, one after the other"
)]
pub fn sensitivity(
    setup: Setup<'_>,
    checkpoint: RunCheckpoint<'_>,
    runner: Runner<'_>,
) -> Result<Sensitivity, Stopped> {
    let simulation = Simulation::of(setup.loaded).observing(setup.metrics.observed.clone());
    let screened = if setup.screen > 0 {
        screen(setup, &simulation, checkpoint, runner)?
    } else {
        Vec::new()
    };
    let mut kept: Vec<usize> = if screened.is_empty() {
        (0..setup.groups.len()).collect()
    } else {
        screened.iter().map(|one| one.group).collect()
    };
    kept.truncate(setup.keep);
    let mut plans = vec![Mixed::all(kept.len(), false), Mixed::all(kept.len(), true)];
    for input in 0..kept.len() {
        let mut plan = plans[0].clone();
        plan.second[input] = true;
        plans.push(plan);
    }
    for part in 0..2 {
        let mut plan = plans[0].clone();
        plan.rest = part == 0;
        plan.chance = part == 1;
        plans.push(plan);
    }
    for class in CLASSES {
        let mut plan = plans[0].clone();
        plan.class = Some(class);
        plans.push(plan);
    }
    let seed = setup.loaded.scenario.run.seed.0;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "part of a seed is a seed too"
    )]
    let scramble = seed as u32;
    let inputs: Vec<&Input> = kept
        .iter()
        .flat_map(|group| &setup.groups[*group].inputs)
        .collect();
    let of_group: Vec<usize> = kept
        .iter()
        .enumerate()
        .flat_map(|(place, group)| setup.groups[*group].inputs.iter().map(move |_| place))
        .collect();
    let correlated: Vec<u64> = simulation
        .correlations
        .iter()
        .flat_map(|(keys, _)| keys.clone())
        .collect();
    let one = |(plan, point): Run| {
        let plan = &plans[plan - FIRST_PLAN];
        let both = sobol_point(point, 2 * inputs.len(), scramble);
        let own = simulation.draws(if plan.rest { SECOND + point } else { point });
        let other = simulation.draws(SECOND + point);
        let mut settings = BTreeMap::new();
        for (place, input) in inputs.iter().enumerate() {
            let is_second = plan.second[of_group[place]] || plan.class == Some(input.class);
            let u = if correlated.contains(&input.key) {
                // Correlated numbers are drawn together, not from the Sobol sequence.
                let draws = simulation.draws(if is_second { SECOND + point } else { point });
                draws.probability(input.key, input.class)
            } else {
                both[if is_second {
                    inputs.len() + place
                } else {
                    place
                }]
            };
            settings.insert(input.key, Setting::At(u.clamp(1e-9, 1.0 - 1e-9)));
        }
        let draws = match plan.class {
            Some(class) => own.exchange(other, &[class]),
            None => own,
        };
        let chance = if plan.chance { SECOND + point } else { point };
        let panel = simulation
            .run_mixed(chance, &draws.with(settings))
            .map_err(|identity| format!("point {point}: {identity}"))?;
        Ok(setup.metrics.values(&panel))
    };
    let runs: Vec<Run> = (0..setup.points)
        .flat_map(|point| (0..plans.len()).map(move |plan| (FIRST_PLAN + plan, point)))
        .collect();
    let mut values = vec![Vec::new(); plans.len()];
    let done = u64::from(setup.screen) * (setup.groups.len() as u64 + 1);
    runner
        .after(done)
        .run(&runs, &one, checkpoint, &mut |(plan, _), row| {
            values[plan - FIRST_PLAN].push(row);
        })?;
    let points: Vec<Vec<f64>> = (0..setup.points)
        .map(|point| sobol_point(point, 2 * inputs.len(), scramble))
        .collect();
    let first_place = |group: usize| of_group.iter().position(|place| *place == group);
    let single = |place: usize| -> Option<usize> {
        let group = &setup.groups[*kept.get(place)?];
        let is_single = group.inputs.len() == 1 && !correlated.contains(&group.inputs[0].key);
        if is_single { first_place(place) } else { None }
    };
    let mut stream = Streams::new(seed, 0).stream(Purpose::User, 3, 0);
    let found = (0..setup.metrics.metrics.len())
        .map(|metric| {
            let column =
                |plan: usize| -> Vec<f64> { values[plan].iter().map(|row| row[metric]).collect() };
            let design = Design {
                a: column(0),
                b: column(1),
                mixed: (2..plans.len()).map(column).collect(),
            };
            let shares = variance_shares(&design);
            let resampled = bootstrap(&design, &mut stream);
            let mut all: Vec<Index> = shares
                .shares
                .iter()
                .enumerate()
                .map(|(place, share)| {
                    let input = single(place);
                    let at = |input: usize| {
                        let a = points.iter().map(|point| point[input]).zip(&design.a);
                        let b = points
                            .iter()
                            .map(|point| point[inputs.len() + input])
                            .zip(&design.b);
                        a.chain(b)
                            .map(|(u, y)| (u, *y))
                            .collect::<Vec<(f64, f64)>>()
                    };
                    Index {
                        name: name_of(setup, &kept, place),
                        share: *share,
                        first: resampled[place].0,
                        total: resampled[place].1,
                        perfect_information: input
                            .zip(setup.threshold.filter(|_| metric == 0))
                            .map(|(input, sure)| perfect_information(&at(input), sure)),
                        swing: input.map(|input| swing(&at(input))),
                    }
                })
                .collect();
            let classes = all.split_off(kept.len() + 2);
            Found {
                mean: shares.mean,
                variance: shares.variance,
                indices: all,
                classes,
            }
        })
        .collect();
    Ok(Sensitivity {
        screened,
        kept,
        found,
    })
}

/// First arm of the shares of variance in the checkpoint; the arms of the screening come before.
const FIRST_PLAN: usize = 1 << 16;

fn name_of(setup: Setup<'_>, kept: &[usize], place: usize) -> String {
    match place.checked_sub(kept.len()) {
        None => setup.groups[kept[place]].name.clone(),
        Some(0) => "all other numbers".to_owned(),
        Some(1) => "chance".to_owned(),
        Some(class) => format!("all {} numbers", CLASSES[class - 2].word()),
    }
}

/// Elementary effects at random base points: the draw of each input is replaced by another, one input at a time (the radial design
/// of Campolongo et al. 2011, with draws for steps).
fn screen(
    setup: Setup<'_>,
    simulation: &Simulation<'_>,
    checkpoint: RunCheckpoint<'_>,
    runner: Runner<'_>,
) -> Result<Vec<Screened>, Stopped> {
    let count = setup.groups.len();
    let one = |(moved, point): Run| {
        let draws = simulation.draws(point);
        let others = simulation.draws(SECOND + point);
        let mut settings = BTreeMap::new();
        if let Some(group) = moved.checked_sub(1) {
            for input in &setup.groups[group].inputs {
                settings.insert(
                    input.key,
                    Setting::At(others.probability(input.key, input.class)),
                );
            }
        }
        let panel = simulation
            .run_mixed(point, &draws.with(settings))
            .map_err(|identity| format!("screening point {point}: {identity}"))?;
        Ok(setup.metrics.values(&panel))
    };
    let runs: Vec<Run> = (0..setup.screen)
        .flat_map(|point| (0..=count).map(move |moved| (moved, point)))
        .collect();
    let mut values = vec![Vec::new(); count + 1];
    runner.run(&runs, &one, checkpoint, &mut |(moved, _), row| {
        values[moved].push(row);
    })?;
    let metrics = setup.metrics.metrics.len();
    let scale: Vec<f64> = (0..metrics)
        .map(|metric| {
            let mut base: Vec<f64> = values[0].iter().map(|row: &Vec<f64>| row[metric]).collect();
            crate::stats::Summary::of(&mut base).sd
        })
        .collect();
    let mut found: Vec<Screened> = (0..count)
        .map(|group| {
            let mut screened = Screened {
                group,
                size: Vec::new(),
                spread: Vec::new(),
            };
            for (metric, scale) in scale.iter().enumerate() {
                let effects = values[0]
                    .iter()
                    .zip(&values[group + 1])
                    .map(|(base, moved)| moved[metric] - base[metric]);
                let over = |value: f64| if *scale > 0.0 { value / scale } else { 0.0 };
                let mut effects: Vec<f64> = effects.collect();
                #[expect(clippy::cast_precision_loss, reason = "few base points")]
                let size =
                    effects.iter().map(|effect| effect.abs()).sum::<f64>() / effects.len() as f64;
                screened.size.push(over(size));
                screened
                    .spread
                    .push(over(crate::stats::Summary::of(&mut effects).sd));
            }
            screened
        })
        .collect();
    let strength = |one: &Screened| one.size.iter().copied().fold(0.0, f64::max);
    found.sort_by(|a, b| strength(b).total_cmp(&strength(a)));
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::arms::metrics_of_one;
    use super::*;
    use crate::runner::NoCheckpoint;
    use crate::scenario::{Request, load};

    fn small() -> Loaded {
        let sets = ["months=2", "run.enterprises=60"]
            .map(str::to_owned)
            .to_vec();
        load(&Request {
            sets,
            ..Request::default()
        })
        .unwrap()
    }

    #[test]
    fn enterprise_spend_drives_spend_of_the_first_month() {
        let loaded = small();
        let metrics =
            metrics_of_one("a", &loaded, &["market.market.spend_usd[1]".to_owned()]).unwrap();
        let groups = groups(&loaded, &[], &["demand".to_owned()]).unwrap();
        let setup = Setup {
            loaded: &loaded,
            metrics: &metrics,
            groups: &groups,
            screen: 4,
            keep: 2,
            points: 32,
            threshold: None,
        };
        let found = sensitivity(setup, &mut NoCheckpoint, Runner::quiet()).unwrap();
        assert_eq!(
            groups[found.screened[0].group].name,
            "demand.enterprise_spend"
        );
        let of = |name: &str| {
            let mut indices = found.found[0].indices.iter();
            indices.find(|index| index.name == name).unwrap()
        };
        // Growth and elasticities have no effect yet in the first month.
        let spend = of("demand.enterprise_spend");
        assert!(spend.total.0 > 0.0 && spend.share.total > of("chance").share.total);
        let other = &found.found[0].indices[1];
        assert!(other.share.total.abs() < 1e-12, "{other:?}");
        let (low, high) = spend.swing.unwrap();
        assert!(high > low);
        assert!(spend.total.0 <= spend.share.total && spend.share.total <= spend.total.1);
    }

    #[test]
    fn correlated_numbers_form_one_input() {
        let loaded = small();
        let all = groups(&loaded, &[], &[]).unwrap();
        assert!(
            all.iter()
                .any(|group| group.name.ends_with("(correlated)") && group.inputs.len() > 1)
        );
        let missing = groups(&loaded, &[], &["demnd".to_owned()]).expect_err("none");
        assert!(
            missing
                .to_string()
                .contains("no uncertain number begins with `demnd`")
        );
        let named = groups(&loaded, &[("d".to_owned(), vec!["demand".to_owned()])], &[]).unwrap();
        assert!(named[0].name == "d" && named[0].inputs.len() > 1);
    }
}
