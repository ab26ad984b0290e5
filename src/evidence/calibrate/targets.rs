//! Files of targets: the parameters to fit, and the targets to fit them to.

use std::sync::Arc;

use crate::panel::{Panel, Table};
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
    for parameter in &spec.parameter {
        check_parameter(parameter, &leaves(&loaded.tree), faults);
    }
    let mut wrong = |message: String, help: String| {
        faults.push(Fault::new(message, tree.place.clone()).help(help));
    };
    for (list, is_empty) in [
        ("parameter", spec.parameter.is_empty()),
        ("target", spec.target.is_empty()),
    ] {
        if is_empty {
            wrong(format!("there is no `{list}`"), format!("add a [[{list}]]"));
        }
    }
    let (targets, parameters) = (spec.target.len(), spec.parameter.len());
    if targets < parameters {
        wrong(
            format!("{targets} targets cannot identify {parameters} parameters"),
            "add targets, or remove parameters".to_owned(),
        );
    }
    let panel = crate::market::rows::panel(&loaded.scenario, 1);
    for target in &spec.target {
        check_target(target, &panel, loaded.scenario.months.0, faults);
    }
}

fn check_parameter(parameter: &ParameterSpec, leaves: &[(String, &Node)], faults: &mut Vec<Fault>) {
    let name = &parameter.path;
    let mut wrong = |message: String, help: &str| {
        faults.push(Fault::new(message, name.place.clone()).help(help));
    };
    let found = leaves.iter().find(|(path, _)| *path == name.text);
    match found.map(|(_, node)| node.as_table().filter(|table| is_quantity(table))) {
        Some(Some(table)) if table.get("value").is_some() => {}
        Some(_) => wrong(
            format!("`{}` does not have a single value to fit", name.text),
            "name a number with a `value`; a number with a `dist` is drawn, not fitted",
        ),
        None => {
            let near = nearest(&name.text, leaves.iter().map(|(path, _)| path.as_str()));
            let help = near.map_or_else(
                || "`tollway explain` lists all paths".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            wrong(format!("the scenario has no value `{}`", name.text), &help);
        }
    }
    if parameter.low >= parameter.high {
        let message = "the lower bound is not below the upper one".to_owned();
        wrong(message, "set low below high");
    }
}

fn check_target(target: &TargetSpec, panel: &Panel, months: u64, faults: &mut Vec<Fault>) {
    let (name, metric) = (&target.name.text, &target.metric);
    let mut wrong = |message: String, help: &str| {
        faults.push(Fault::new(message, metric.place.clone()).help(help));
    };
    let parts: Vec<&str> = metric.text.split('/').collect();
    let has = |table: &Table, entity: &str, measure: &str| {
        table.entities.iter().any(|found| found == entity)
            && table.measures.iter().any(|found| found.name == measure)
    };
    let is_known = matches!(parts[..], [table, entity, measure] if panel.tables.iter()
        .any(|found| found.name == table && has(found, entity, measure)));
    if !is_known {
        wrong(
            format!("there is no measure `{}`", metric.text),
            "write table/entity/measure as in docs/outputs.md, such as market/market/model_switch_rate",
        );
    }
    let needs = u64::from(target.moment == Moment::Growth);
    if target.from.0 + needs > target.until.0 {
        wrong(
            format!("the months of `{name}` are in the wrong order"),
            "set from before until",
        );
    }
    if target.error <= 0.0 {
        wrong(
            format!("`{name}` has no error"),
            "give the standard error of the observed value, above zero",
        );
    }
    if target.until.0 > months {
        wrong(
            format!("`{name}` uses month {} of {months}", target.until.0),
            "use an earlier month, or lengthen the scenario",
        );
    }
}
