//! The input that a claim names as the one that decides it.

use crate::experiments::arms::Arm;
use crate::scenario::fault::{Fault, Faults, nearest, suggestion};
use crate::scenario::quantity::shape_of;
use crate::scenario::record::{Name, Whole, record};
use crate::scenario::tree::{Node, leaves};
use crate::scenario::{Loaded, apply_set, load_tree};

record! {
    /// The input that decides a claim, and the range in which its value is not known.
    InputSpec {
        /// Paths of numbers of the scenario; all get one value.
        paths: Vec<Name>,
        /// Path of a number that takes what the others lose, so that shares keep their sum.
        rest: Option<Name>,
        /// Arms of the claim in which the value is set; all of them if left out.
        arms: Vec<Name>,
        /// Lowest value.
        low: f64,
        /// Highest value.
        high: f64,
        /// Source of the range, or its reason.
        reason: Name,
    }
}

record! {
    /// The scan of named inputs.
    ScanSpec {
        /// Values of the range, at equal distances, both ends included.
        points: Whole<2, 1_000>,
        /// Halvings of the step in which a verdict turns.
        halvings: Whole<0, 30>,
        /// Replications of each value, the first ones of the audit.
        replications: Whole<5, 1_000_000>,
    }
}

/// A checked input that decides a claim.
#[derive(Clone, Debug)]
pub struct Deciding {
    /// Paths that get the value.
    pub paths: Vec<String>,
    /// Path that takes what the others lose.
    pub rest: Option<String>,
    /// Arms of the claim in which the value is set: places among the arms of its test.
    pub arms: Vec<usize>,
    /// Lowest value.
    pub low: f64,
    /// Highest value.
    pub high: f64,
    /// Value of the first path in the first of these arms; the median if it is uncertain.
    pub present: f64,
}

impl Deciding {
    /// Checks the input of a claim. `places` are those of the arms of its test among `arms`.
    ///
    /// # Errors
    /// The faults, with their places.
    pub(super) fn new(spec: &InputSpec, places: &[usize], arms: &[Arm]) -> Result<Self, Faults> {
        let one = |fault: Fault| Faults(vec![fault]);
        let Some(first) = spec.paths.first() else {
            let message = "the input has no path";
            let fault = Fault::new(message, spec.reason.place.clone());
            return Err(one(fault.help("add `paths = [\"...\"]`")));
        };
        if spec.low >= spec.high {
            let message = format!("the range from {} to {} is empty", spec.low, spec.high);
            let fault = Fault::new(message, first.place.clone());
            return Err(one(fault.help("give the lower number as `low`")));
        }
        let chosen = chosen(spec, places, arms).map_err(one)?;
        for path in spec.paths.iter().chain(&spec.rest) {
            for at in &chosen {
                number(&arms[places[*at]].loaded.tree, path).map_err(one)?;
            }
        }
        let loaded = &arms[places[chosen[0]]].loaded;
        let found = Self {
            paths: spec.paths.iter().map(|path| path.text.clone()).collect(),
            rest: spec.rest.as_ref().map(|rest| rest.text.clone()),
            present: number(&loaded.tree, first).map_err(one)?,
            arms: chosen,
            low: spec.low,
            high: spec.high,
        };
        for (at, value) in found
            .arms
            .iter()
            .flat_map(|at| [(at, found.low), (at, found.high)])
        {
            found
                .with(&arms[places[*at]].loaded, value)
                .map_err(|mut faults| {
                    let message = format!(
                        "arm `{}` is not valid if `{}` is {value}",
                        arms[places[*at]].name, first.text
                    );
                    let fault = Fault::new(message, first.place.clone());
                    faults
                        .0
                        .push(fault.help("see the faults above, and narrow the range"));
                    faults
                })?;
        }
        Ok(found)
    }

    /// The scenario with the value set.
    ///
    /// # Errors
    /// The faults of the scenario.
    pub(super) fn with(&self, loaded: &Loaded, value: f64) -> Result<Loaded, Faults> {
        let mut tree = loaded.tree.clone();
        let mut faults = Vec::new();
        let mut lost = 0.0;
        for path in &self.paths {
            lost += median(&tree, path).unwrap_or(value) - value;
            apply_set(&mut tree, &format!("{path}={value}"), &mut faults);
        }
        if let Some(rest) = &self.rest {
            let value = median(&tree, rest).unwrap_or(0.0) + lost;
            apply_set(&mut tree, &format!("{rest}={value}"), &mut faults);
        }
        if faults.is_empty() {
            load_tree(tree, loaded)
        } else {
            Err(Faults(faults))
        }
    }
}

/// Places, among the arms of a test, of the arms that an input names.
fn chosen(spec: &InputSpec, places: &[usize], arms: &[Arm]) -> Result<Vec<usize>, Fault> {
    if spec.arms.is_empty() {
        return Ok((0..places.len()).collect());
    }
    let names: Vec<&str> = places.iter().map(|at| arms[*at].name.as_str()).collect();
    let place = |name: &Name| {
        names
            .iter()
            .position(|known| *known == name.text)
            .ok_or_else(|| {
                Fault::new(
                    format!("the claim has no arm `{}`", name.text),
                    name.place.clone(),
                )
                .help(suggestion(&name.text, names.iter().copied()))
            })
    };
    spec.arms.iter().map(place).collect()
}

/// The number at a path of a scenario; the median if it is uncertain.
fn median(tree: &Node, path: &str) -> Option<f64> {
    let (_, node) = leaves(tree).into_iter().find(|(known, _)| known == path)?;
    node.as_number()
        .or_else(|| shape_of(node).map(|(shape, _)| shape.quantile(0.5)))
}

fn number(tree: &Node, path: &Name) -> Result<f64, Fault> {
    median(tree, &path.text).ok_or_else(|| {
        let all = leaves(tree);
        let near = nearest(&path.text, all.iter().map(|(known, _)| known.as_str()));
        let help = near.map_or_else(
            || "`tollway explain` lists all keys".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        let message = format!("the scenario has no number `{}`", path.text);
        Fault::new(message, path.place.clone()).help(help)
    })
}
