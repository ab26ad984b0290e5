//! Calibration: named free parameters fitted to targets by simulated moments, on common random numbers throughout.

use std::sync::Arc;

use nalgebra::{DMatrix, DVector};

use crate::ensemble::run_quietly;
use crate::scenario::fault::{Fault, Faults};
use crate::scenario::record::{Field, Name, Reader, Whole, record, words};
use crate::scenario::source::{Node, Source, is_quantity, leaves, parse};
use crate::scenario::{Loaded, Request, load};
use crate::simulation::Simulation;
use crate::stats::sensitivity::{elementary_effects, morris_levels, morris_step, sobol_point};

words! {
    /// What is made of a measure over the months of a target.
    Moment {
        /// Mean over the months.
        Mean = "mean",
        /// Growth a month from the first month to the last.
        Growth = "growth",
    }
}

record! {
    /// What to fit and to what.
    TargetsSpec {
        /// Replications of one evaluation.
        replications: Whole<2, 100_000>,
        /// Points of the global search.
        points: Whole<1, 65_536>,
        /// Best points from which local searches start.
        starts: Whole<1, 64>,
        /// Free parameters.
        parameter: Vec<ParameterSpec>,
        /// Targets.
        target: Vec<TargetSpec>,
    }
}

record! {
    /// A free parameter: a number of the scenario with one value.
    ParameterSpec {
        /// Its path.
        path: Name,
        /// Lower bound.
        low: f64,
        /// Upper bound.
        high: f64,
    }
}

record! {
    /// A target: a moment of a measure and what was observed.
    TargetSpec {
        /// What it is called.
        name: Name,
        /// Table, entity and measure: `market/market/model_switch_rate`.
        metric: Name,
        /// What is made of it.
        moment: Moment,
        /// First month, from one.
        from: Whole<1, 120>,
        /// Last month.
        until: Whole<1, 120>,
        /// What was observed.
        value: f64,
        /// Standard error of that.
        error: f64,
        /// Where it comes from.
        source: Name,
    }
}

/// A calibration that is about to start.
#[derive(Debug)]
pub struct Calibration<'a> {
    /// The scenario as it stands.
    pub loaded: &'a Loaded,
    /// How it is loaded, so that edits can be laid on top.
    pub request: Request,
    /// What to fit and to what.
    pub spec: TargetsSpec,
}

/// Reads and checks a file of targets for a scenario.
///
/// # Errors
/// Everything that is wrong with the file, located.
pub fn read(name: &str, text: &str, loaded: &Loaded) -> Result<TargetsSpec, Faults> {
    let source = Arc::new(Source {
        name: name.to_owned(),
        text: text.to_owned(),
    });
    let mut reader = Reader::default();
    let tree = parse(&source, &mut reader.faults);
    let spec = if reader.faults.is_empty() {
        TargetsSpec::read(&tree, &mut reader)
    } else {
        None
    };
    if let Some(spec) = &spec {
        check(spec, &tree, loaded, &mut reader.faults);
    }
    match spec {
        Some(spec) if reader.faults.is_empty() => Ok(spec),
        _ => Err(Faults(reader.faults)),
    }
}

fn check(spec: &TargetsSpec, tree: &Node, loaded: &Loaded, faults: &mut Vec<Fault>) {
    let all = leaves(&loaded.tree);
    for parameter in &spec.parameter {
        let place = || parameter.path.place.clone();
        let found = all.iter().find(|(path, _)| *path == parameter.path.text);
        match found.map(|(_, node)| node.as_table().filter(|table| is_quantity(table))) {
            Some(Some(table)) if table.get("value").is_some() => {}
            Some(_) => faults.push(
                Fault::new(format!("`{}` has no single value to fit", parameter.path.text), place())
                    .help("name a number that is written with `value`; a distribution says already how uncertain it is"),
            ),
            None => {
                let near = crate::scenario::fault::nearest(&parameter.path.text, all.iter().map(|(path, _)| path.as_str()));
                faults.push(
                    Fault::new(format!("the scenario has no `{}`", parameter.path.text), place())
                        .help(near.map_or_else(|| "`tollway explain` lists all paths".to_owned(), |near| format!("did you mean `{near}`?"))),
                );
            }
        }
        if parameter.low >= parameter.high {
            faults.push(
                Fault::new("the lower bound is not below the upper one", place())
                    .help("set low below high"),
            );
        }
    }
    for (list, is_empty) in [
        ("parameter", spec.parameter.is_empty()),
        ("target", spec.target.is_empty()),
    ] {
        if is_empty {
            faults.push(
                Fault::new(format!("there is no `{list}`"), tree.place.clone())
                    .help(format!("add a [[{list}]]")),
            );
        }
    }
    if spec.target.len() < spec.parameter.len() {
        faults.push(
            Fault::new(
                format!(
                    "{} parameters cannot be told apart by {} targets",
                    spec.parameter.len(),
                    spec.target.len()
                ),
                tree.place.clone(),
            )
            .help("add targets, or leave parameters out"),
        );
    }
    let panel = crate::market::observe::panel(&loaded.scenario, 1);
    for target in &spec.target {
        let place = || target.metric.place.clone();
        let parts: Vec<&str> = target.metric.text.split('/').collect();
        let is_known = matches!(parts[..], [table, entity, measure] if panel.tables.iter().any(|t| {
            t.name == table && t.entities.iter().any(|e| e == entity) && t.measures.iter().any(|m| m.name == measure)
        }));
        if !is_known {
            faults.push(
                Fault::new(format!("no metric `{}`", target.metric.text), place())
                    .help("write table/entity/measure as in docs/outputs.md, such as market/market/model_switch_rate"),
            );
        }
        let needs = u64::from(target.moment == Moment::Growth);
        if target.from.0 + needs > target.until.0 {
            faults.push(
                Fault::new(
                    format!(
                        "the months of `{}` are in the wrong order",
                        target.name.text
                    ),
                    place(),
                )
                .help("set from before until"),
            );
        }
        if target.error <= 0.0 {
            faults.push(
                Fault::new(format!("`{}` has no error", target.name.text), place())
                    .help("give the standard error of what was observed, above zero"),
            );
        }
        let months = loaded.scenario.months.0;
        if target.until.0 > months {
            faults.push(
                Fault::new(
                    format!(
                        "`{}` looks at month {} of {months}",
                        target.name.text, target.until.0
                    ),
                    place(),
                )
                .help("look at an earlier month, or lengthen the scenario"),
            );
        }
    }
}

/// One evaluation: the moments and the standard errors of their simulation.
#[derive(Clone, Debug, PartialEq)]
pub struct Moments {
    /// Mean over replications, by target.
    pub mean: Vec<f64>,
    /// Standard error of that.
    pub error: Vec<f64>,
}

impl Calibration<'_> {
    /// The value of a parameter at a point of the unit cube.
    #[must_use]
    pub fn value(&self, parameter: usize, z: f64) -> f64 {
        let spec = &self.spec.parameter[parameter];
        spec.low + (spec.high - spec.low) * z
    }

    /// Simulates at a point of the unit cube.
    ///
    /// # Errors
    /// Values that the scenario does not take, or a broken invariant, in words.
    pub fn evaluate(&self, z: &[f64]) -> Result<Moments, String> {
        let last = self
            .spec
            .target
            .iter()
            .map(|target| target.until.0)
            .max()
            .unwrap_or(1);
        let mut request = self.request.clone();
        for (index, z) in z.iter().enumerate() {
            request.sets.push(format!(
                "{}={}",
                self.spec.parameter[index].path.text,
                self.value(index, *z)
            ));
        }
        request.sets.push(format!("months={last}"));
        let loaded = load(&request).map_err(|faults| faults.to_string())?;
        let simulation = Simulation::of(&loaded);
        let replications = u32::try_from(self.spec.replications.0).unwrap_or(u32::MAX);
        let ensemble = run_quietly(&simulation, replications)?;
        let mut moments = Moments {
            mean: Vec::new(),
            error: Vec::new(),
        };
        for target in &self.spec.target {
            let parts: Vec<&str> = target.metric.text.split('/').collect();
            let month = |number: u64| {
                let month = usize::try_from(number - 1).expect("at most 120 months");
                ensemble.sample(parts[0], parts[1], parts[2], month)
            };
            #[expect(clippy::cast_precision_loss, reason = "at most 120 months")]
            let mut sample: Vec<f64> = match target.moment {
                Moment::Mean => {
                    let count = (target.until.0 - target.from.0 + 1) as f64;
                    let mut sum = vec![0.0; ensemble.replications()];
                    for number in target.from.0..=target.until.0 {
                        for (sum, value) in sum.iter_mut().zip(month(number)) {
                            *sum += value / count;
                        }
                    }
                    sum
                }
                Moment::Growth => {
                    let span = (target.until.0 - target.from.0) as f64;
                    month(target.from.0)
                        .iter()
                        .zip(month(target.until.0))
                        .map(|(first, last)| libm::pow(last / first, 1.0 / span) - 1.0)
                        .collect()
                }
            };
            let summary = crate::stats::Summary::of(&mut sample);
            #[expect(clippy::cast_precision_loss, reason = "few replications")]
            moments
                .error
                .push(summary.sd / libm::sqrt(summary.n as f64));
            moments.mean.push(summary.mean);
        }
        Ok(moments)
    }

    /// Deviations of moments from targets in standard errors of what was observed.
    #[must_use]
    pub fn residuals(&self, moments: &Moments) -> DVector<f64> {
        DVector::from_iterator(
            self.spec.target.len(),
            self.spec
                .target
                .iter()
                .zip(&moments.mean)
                .map(|(target, mean)| (mean - target.value) / target.error),
        )
    }
}

/// A fitted parameter.
#[derive(Clone, Debug)]
pub struct Fitted {
    /// Its path.
    pub path: String,
    /// Its value.
    pub value: f64,
    /// Half the width of its 95 % interval; infinite where the targets do not identify it.
    pub half_width: f64,
    /// Whether it stands at a bound.
    pub is_at_bound: bool,
}

/// How a target moves with a parameter over its whole range.
#[derive(Clone, Copy, Debug)]
pub struct Influence {
    /// At the fit: change of the moment for a tenth of the parameter's range.
    pub local: f64,
    /// Mean size of elementary effects over the range (Morris), in the unit of the moment.
    pub size: f64,
    /// Their standard deviation: how much it depends on where one stands.
    pub spread: f64,
}

/// What came of a calibration.
#[derive(Clone, Debug)]
pub struct Fit {
    /// Parameters.
    pub parameters: Vec<Fitted>,
    /// Moments at the fit.
    pub moments: Moments,
    /// Sum of squared deviations in standard errors.
    pub chi_squared: f64,
    /// By target and parameter.
    pub influence: Vec<Vec<Influence>>,
    /// Sums of squares at which the local searches ended, best first.
    pub ends: Vec<f64>,
    /// Evaluations.
    pub evaluations: usize,
}

/// Step of differences, as a share of a parameter's range: wide, because moments are steps in single choices.
const STEP: f64 = 0.1;

/// Fits the parameters. `evaluate` gives the moments at a point, simulated or remembered.
///
/// # Errors
/// What `evaluate` fails with.
pub fn fit(
    calibration: &Calibration<'_>,
    mut evaluate: impl FnMut(&[f64]) -> Result<Moments, String>,
) -> Result<Fit, String> {
    let count = calibration.spec.parameter.len();
    let mut evaluations = 0;
    let mut run = |z: &[f64]| {
        evaluations += 1;
        evaluate(z)
    };
    // A global search for the starts: a scrambled Sobol sequence.
    let mut starts = Vec::new();
    for index in 0..u32::try_from(calibration.spec.points.0).unwrap_or(1) {
        let z = sobol_point(index, count, 1);
        let residuals = calibration.residuals(&run(&z)?);
        starts.push((residuals.norm_squared(), z));
    }
    starts.sort_by(|a, b| a.0.total_cmp(&b.0));
    starts.truncate(usize::try_from(calibration.spec.starts.0).unwrap_or(1));
    let mut ends = Vec::new();
    for (_, start) in starts {
        ends.push(descend(calibration, start, &mut run)?);
    }
    ends.sort_by(|a, b| a.0.total_cmp(&b.0));
    let best = ends[0].1.clone();
    let moments = run(&best)?;
    let slopes = jacobian(calibration, &best, &moments, &mut run)?;
    let effects = effects(calibration, &mut run)?;
    let covariance = (slopes.transpose() * &slopes).try_inverse();
    let parameters = (0..count)
        .map(|index| {
            let spec = &calibration.spec.parameter[index];
            let variance = covariance
                .as_ref()
                .map_or(f64::INFINITY, |c| c[(index, index)]);
            Fitted {
                path: spec.path.text.clone(),
                value: calibration.value(index, best[index]),
                half_width: 1.96 * libm::sqrt(variance.max(0.0)) * (spec.high - spec.low),
                is_at_bound: best[index] <= 0.0 || best[index] >= 1.0,
            }
        })
        .collect();
    let influence = (0..calibration.spec.target.len())
        .map(|target| {
            (0..count)
                .map(|parameter| Influence {
                    local: slopes[(target, parameter)]
                        * calibration.spec.target[target].error
                        * STEP,
                    size: effects[target][parameter].0,
                    spread: effects[target][parameter].1,
                })
                .collect()
        })
        .collect();
    Ok(Fit {
        parameters,
        chi_squared: calibration.residuals(&moments).norm_squared(),
        moments,
        influence,
        ends: ends.into_iter().map(|(sum, _)| sum).collect(),
        evaluations,
    })
}

/// Slopes of residuals in the unit cube, by differences that stay inside it.
fn jacobian(
    calibration: &Calibration<'_>,
    z: &[f64],
    at: &Moments,
    run: &mut impl FnMut(&[f64]) -> Result<Moments, String>,
) -> Result<DMatrix<f64>, String> {
    let here = calibration.residuals(at);
    let mut slopes = DMatrix::zeros(here.len(), z.len());
    for parameter in 0..z.len() {
        let step = if z[parameter] + STEP <= 1.0 {
            STEP
        } else {
            -STEP
        };
        let mut moved = z.to_vec();
        moved[parameter] += step;
        let there = calibration.residuals(&run(&moved)?);
        slopes.set_column(parameter, &((there - &here) / step));
    }
    Ok(slopes)
}

/// A local search by Levenberg's and Marquardt's damped least squares, inside the unit cube.
fn descend(
    calibration: &Calibration<'_>,
    start: Vec<f64>,
    run: &mut impl FnMut(&[f64]) -> Result<Moments, String>,
) -> Result<(f64, Vec<f64>), String> {
    let mut z = start;
    let mut moments = run(&z)?;
    let mut sum = calibration.residuals(&moments).norm_squared();
    let mut damping = 1e-3;
    for _ in 0..8 {
        let slopes = jacobian(calibration, &z, &moments, run)?;
        let residuals = calibration.residuals(&moments);
        let mut has_moved = false;
        for _ in 0..4 {
            let mut system = slopes.transpose() * &slopes;
            for index in 0..z.len() {
                system[(index, index)] += damping * system[(index, index)].max(1e-9);
            }
            let Some(step) = system.lu().solve(&(slopes.transpose() * &residuals)) else {
                break;
            };
            let next: Vec<f64> = z
                .iter()
                .zip(step.iter())
                .map(|(z, step)| (z - step).clamp(0.0, 1.0))
                .collect();
            let tried = run(&next)?;
            let found = calibration.residuals(&tried).norm_squared();
            if found < sum {
                has_moved = found < sum * (1.0 - 1e-3) && sum - found > 1e-6;
                (z, moments, sum) = (next, tried, found);
                damping *= 0.2;
                break;
            }
            damping *= 10.0;
        }
        if !has_moved {
            break;
        }
    }
    Ok((sum, z))
}

/// Elementary effects of each parameter on each moment over the whole range: mean size and spread.
fn effects(
    calibration: &Calibration<'_>,
    run: &mut impl FnMut(&[f64]) -> Result<Moments, String>,
) -> Result<Vec<Vec<(f64, f64)>>, String> {
    let levels = morris_levels(4);
    let count = calibration.spec.parameter.len();
    // Four base points on the grid, spread by a Sobol sequence.
    let bases: Vec<Vec<f64>> = (0..4)
        .map(|index| {
            sobol_point(index, count, 2)
                .into_iter()
                .map(|u| {
                    if u < 0.5 {
                        levels[0]
                    } else {
                        levels[levels.len() - 1]
                    }
                })
                .collect()
        })
        .collect();
    let step = morris_step(4);
    let mut found = vec![vec![(0.0, 0.0); count]; calibration.spec.target.len()];
    let mut points: Vec<(Vec<f64>, Moments)> = Vec::new();
    for base in &bases {
        for moved in std::iter::once(base.clone()).chain((0..count).map(|index| {
            let mut moved = base.clone();
            moved[index] += step;
            moved
        })) {
            if points.iter().all(|(point, _)| *point != moved) {
                let moments = run(&moved)?;
                points.push((moved, moments));
            }
        }
    }
    for (target, row) in found.iter_mut().enumerate() {
        let moment = |z: &[f64]| {
            let known = points.iter().find(|(point, _)| point == z);
            known.map_or(f64::NAN, |(_, moments)| moments.mean[target])
        };
        for (cell, effect) in row.iter_mut().zip(elementary_effects(&bases, step, moment)) {
            *cell = (effect.size, effect.spread);
        }
    }
    Ok(found)
}

/// The fitted values as an overlay on a scenario: the text of a file.
#[must_use]
pub fn overlay(loaded: &Loaded, extends: &str, name: &str, fit: &Fit, why: &str) -> String {
    use std::fmt::Write as _;
    let mut out = format!(
        "# Written by `tollway calibrate`: {why}.\n\nname = \"{name}\"\ntitle = \"{}, calibrated\"\nextends = \"{extends}\"\n",
        loaded.scenario.title.text
    );
    let all = leaves(&loaded.tree);
    for fitted in &fit.parameters {
        let unit = all
            .iter()
            .find(|(path, _)| *path == fitted.path)
            .and_then(|(_, node)| node.as_table())
            .and_then(|table| table.get("unit"))
            .and_then(Node::as_text)
            .unwrap_or_default();
        let (head, key) = header(&loaded.tree, &fitted.path);
        let interval = if fitted.half_width.is_finite() {
            format!(
                "95 % interval {:.3e} to {:.3e}",
                fitted.value - fitted.half_width,
                fitted.value + fitted.half_width
            )
        } else {
            "not identified by the targets".to_owned()
        };
        let _ = write!(
            out,
            "\n{head}{key} = {{ value = {:?}, unit = \"{unit}\", class = \"estimated\", source = \"{why}; {interval}\" }}\n",
            round(fitted.value)
        );
    }
    out
}

/// Four digits: more would pretend.
fn round(value: f64) -> f64 {
    format!("{value:.3e}").parse().unwrap_or(value)
}

/// The TOML headers that lead to a path, and the last key.
fn header(tree: &Node, path: &str) -> (String, String) {
    use crate::scenario::source::{Value, entry_name};
    let mut parts: Vec<&str> = path.split('.').collect();
    let key = parts.pop().unwrap_or_default().to_owned();
    let (mut node, mut tables, mut out) = (Some(tree), Vec::new(), String::new());
    let mut is_open = false;
    for part in parts {
        if let Some(Value::List(list)) = node.map(|node| &node.value) {
            // An entry of a list goes by its name.
            out += "[[";
            out += &tables.join(".");
            out += "]]\nname = \"";
            out += part;
            out += "\"\n";
            is_open = false;
            node = list.iter().find(|entry| entry_name(entry) == Some(part));
        } else {
            tables.push(part.to_owned());
            is_open = true;
            node = node
                .and_then(Node::as_table)
                .and_then(|table| table.get(part));
        }
    }
    if is_open {
        out += "[";
        out += &tables.join(".");
        out += "]\n";
    }
    (out, key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calibration(loaded: &Loaded) -> Calibration<'_> {
        let text = "replications = 2\npoints = 8\nstarts = 2\n\
            [[parameter]]\npath = \"choice.attention_model\"\nlow = 0.0\nhigh = 0.2\n\
            [[parameter]]\npath = \"lab.openai.cash\"\nlow = 0.0\nhigh = 10.0\n\
            [[target]]\nname = \"a\"\nmetric = \"market/market/spend_usd\"\nmoment = \"mean\"\nfrom = 1\nuntil = 1\nvalue = 3.0\nerror = 0.1\nsource = \"none\"\n\
            [[target]]\nname = \"b\"\nmetric = \"market/market/mtok\"\nmoment = \"growth\"\nfrom = 1\nuntil = 2\nvalue = 1.0\nerror = 0.1\nsource = \"none\"\n";
        Calibration {
            loaded,
            request: Request::default(),
            spec: read("targets.toml", text, loaded).unwrap_or_else(|faults| panic!("{faults}")),
        }
    }

    #[test]
    fn a_known_function_is_fitted_and_its_interval_is_the_textbooks() {
        let loaded = load(&Request::default()).unwrap();
        let calibration = calibration(&loaded);
        // m1 = 20 a, m2 = b / 5 + 0.1 (20 a - 3)^2: the targets are met at a = 0.15, b = 5.
        let found = fit(&calibration, |z| {
            let (a, b) = (calibration.value(0, z[0]), calibration.value(1, z[1]));
            let bend = 20.0 * a - 3.0;
            Ok(Moments {
                mean: vec![20.0 * a, b / 5.0 + 0.1 * bend * bend],
                error: vec![0.0; 2],
            })
        })
        .unwrap();
        assert!(found.chi_squared < 1e-6, "{found:?}");
        assert!((found.parameters[0].value - 0.15).abs() < 1e-4);
        assert!((found.parameters[1].value - 5.0).abs() < 1e-3);
        // The error of a is that of its target over its slope: 0.1 / 20.
        assert!((found.parameters[0].half_width - 1.96 * 0.005).abs() < 1e-3);
        // The first target does not move with the second parameter.
        assert!(found.influence[0][1].size.abs() < 1e-12 && found.influence[0][0].size > 3.9);
    }

    #[test]
    fn an_overlay_is_a_scenario() {
        let loaded = load(&Request::default()).unwrap();
        let calibration = calibration(&loaded);
        let found = fit(&calibration, |z| {
            Ok(Moments {
                mean: vec![4.0 * z[0], z[1]],
                error: vec![0.0; 2],
            })
        })
        .unwrap();
        let text = overlay(&loaded, "baseline", "calibrated", &found, "a test");
        let again = load(&Request {
            text: Some(("calibrated.toml".to_owned(), text.clone())),
            ..Request::default()
        })
        .unwrap_or_else(|faults| panic!("{faults}\n{text}"));
        assert!(
            text.contains("[choice]\nattention_model")
                && text.contains("[[lab]]\nname = \"openai\"\ncash"),
            "{text}"
        );
        assert_eq!(again.changes.len(), 2, "{:?}", again.changes);
    }

    #[test]
    fn wrong_targets_are_located() {
        let loaded = load(&Request::default()).unwrap();
        let text = "replications = 2\npoints = 8\nstarts = 2\n\
            [[parameter]]\npath = \"choice.atention_model\"\nlow = 0.0\nhigh = 0.2\n\
            [[parameter]]\npath = \"choice.review_interval\"\nlow = 0.3\nhigh = 0.2\n\
            [[target]]\nname = \"a\"\nmetric = \"market/market/spend\"\nmoment = \"mean\"\nfrom = 2\nuntil = 99\nvalue = 3.0\nerror = 0.0\nsource = \"none\"\n";
        let shown = read("targets.toml", text, &loaded)
            .expect_err("faults")
            .to_string();
        for what in [
            "did you mean `choice.attention_model`?",
            "no single value to fit",
            "not below the upper",
            "no metric `market/market/spend`",
            "month 99 of 36",
            "has no error",
            "cannot be told apart",
        ] {
            assert!(shown.contains(what), "{what}\n{shown}");
        }
        assert!(shown.contains("targets.toml:5:8"), "{shown}");
    }
}
