//! Files of targets: the parameters to fit, and the targets to fit them to.

use std::sync::Arc;

use crate::scenario::Loaded;
use crate::scenario::fault::{Fault, Faults, nearest};
use crate::scenario::record::{Field, Name, Reader, Whole, record, words};
use crate::scenario::source::Source;
use crate::scenario::text::parse;
use crate::scenario::tree::{Node, is_quantity, leaves};

words! {
    /// The moment of a measure over the months of a target.
    Moment {
        /// Mean over the months.
        Mean = "mean",
        /// Growth rate per month from the first month to the last.
        Growth = "growth",
    }
}

record! {
    /// Parameters to fit, and targets to fit them to.
    TargetsSpec {
        /// Number of replications of one evaluation.
        replications: Whole<2, 100_000>,
        /// Number of points of the global search.
        points: Whole<1, 65_536>,
        /// Number of best points from which local searches start.
        starts: Whole<1, 64>,
        /// Free parameters.
        parameter: Vec<ParameterSpec>,
        /// Targets.
        target: Vec<TargetSpec>,
    }
}

record! {
    /// A free parameter: a number of the scenario with a single value.
    ParameterSpec {
        /// Path in the scenario.
        path: Name,
        /// Lower bound.
        low: f64,
        /// Upper bound.
        high: f64,
    }
}

record! {
    /// A target: a moment of a measure, and its observed value.
    TargetSpec {
        /// Name.
        name: Name,
        /// Table, entity and measure: `market/market/model_switch_rate`.
        metric: Name,
        /// Moment of the measure.
        moment: Moment,
        /// First month, from one.
        from: Whole<1, 120>,
        /// Last month.
        until: Whole<1, 120>,
        /// Observed value.
        value: f64,
        /// Standard error of the observed value.
        error: f64,
        /// Source of the observed value.
        source: Name,
    }
}

/// Reads and checks a file of targets for a scenario.
///
/// # Errors
/// Every fault of the file, with its place.
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
                Fault::new(
                    format!(
                        "`{}` does not have a single value to fit",
                        parameter.path.text
                    ),
                    place(),
                )
                .help("name a number with a `value`; a number with a `dist` is drawn, not fitted"),
            ),
            None => {
                let near = nearest(
                    &parameter.path.text,
                    all.iter().map(|(path, _)| path.as_str()),
                );
                faults.push(
                    Fault::new(
                        format!("the scenario has no value `{}`", parameter.path.text),
                        place(),
                    )
                    .help(near.map_or_else(
                        || "`tollway explain` lists all paths".to_owned(),
                        |near| format!("did you mean `{near}`?"),
                    )),
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
                    "{} targets cannot identify {} parameters",
                    spec.target.len(),
                    spec.parameter.len()
                ),
                tree.place.clone(),
            )
            .help("add targets, or remove parameters"),
        );
    }
    let panel = crate::market::rows::panel(&loaded.scenario, 1);
    for target in &spec.target {
        let place = || target.metric.place.clone();
        let parts: Vec<&str> = target.metric.text.split('/').collect();
        let is_known = matches!(parts[..], [table, entity, measure] if panel.tables.iter().any(|t| {
            t.name == table && t.entities.iter().any(|e| e == entity) && t.measures.iter().any(|m| m.name == measure)
        }));
        if !is_known {
            faults.push(
                Fault::new(format!("there is no measure `{}`", target.metric.text), place())
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
                    .help("give the standard error of the observed value, above zero"),
            );
        }
        let months = loaded.scenario.months.0;
        if target.until.0 > months {
            faults.push(
                Fault::new(
                    format!(
                        "`{}` uses month {} of {months}",
                        target.name.text, target.until.0
                    ),
                    place(),
                )
                .help("use an earlier month, or lengthen the scenario"),
            );
        }
    }
}
