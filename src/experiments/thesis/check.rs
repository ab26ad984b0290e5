//! Checks of a claim: its arms, its test, its smallest effect and its input.

use crate::experiments::arms::Arm;
use crate::metric::{ArmShape, Metric, Wanted};
use crate::panel::Panel;
use crate::scenario::edit::edits;
use crate::scenario::fault::{Fault, Faults, suggestion};
use crate::scenario::record::Name;

use super::deciding::Deciding;
use super::smallest::Smallest;
use super::spec::ThesisSpec;

/// The test of a thesis.
#[derive(Clone, Debug)]
pub struct Test {
    /// Places of its arms among all arms.
    pub arms: Vec<usize>,
    /// Metric that is true if the claim is true.
    pub metric: Metric,
    /// Metric of the size of the effect.
    pub effect: Option<Metric>,
    /// Values that the metrics read of each replication; arms are numbered as in `arms`.
    pub wanted: Wanted,
    /// Probability that the claim states.
    pub probability: f64,
    /// Smallest effect of interest.
    pub smallest: Option<Smallest>,
    /// Input that decides the claim.
    pub input: Option<Deciding>,
}

/// The test of a thesis; `None` if the model cannot express it.
pub(super) fn test(
    thesis: &ThesisSpec,
    arms: &[Arm],
    shapes: &[(Panel, usize)],
) -> Result<Option<Test>, Faults> {
    let name = &thesis.name;
    let wrong = |message: String| Fault::new(message, name.place.clone());
    let one = |fault: Fault| Faults(vec![fault]);
    let Some(text) = &thesis.test else {
        return match &thesis.missing {
            Some(_) => Ok(None),
            None => Err(one(wrong(format!("`{}` has no test", name.text)).help(
                "add `test = \"...\"`, or state in `missing` what the model lacks",
            ))),
        };
    };
    let places = places(thesis, arms).map_err(one)?;
    let named: Vec<ArmShape<'_>> = places
        .iter()
        .map(|place| ArmShape {
            name: &arms[*place].name,
            panel: &shapes[*place].0,
            months: shapes[*place].1,
        })
        .collect();
    let mut found = metrics(thesis, text, &named).map_err(one)?;
    if let Some(spec) = &thesis.smallest {
        let unit = found
            .effect
            .as_ref()
            .map(|effect| &effect.unit)
            .or(found.metric.compared.as_ref());
        let of = (unit.cloned(), found.metric.is_over);
        let smallest = Smallest::new(spec, (of.0.as_ref(), of.1), &named, &mut found.wanted);
        found.smallest = Some(smallest.map_err(one)?);
    }
    if let Some(spec) = &thesis.input {
        found.input = Some(Deciding::new(spec, &places, arms)?);
    }
    found.arms = places;
    Ok(Some(found))
}

/// The metrics of a test, checked.
fn metrics(thesis: &ThesisSpec, text: &Name, named: &[ArmShape<'_>]) -> Result<Test, Fault> {
    let mut wanted = Wanted::default();
    let metric = Metric::new(&text.text, &text.place, named, &mut wanted)?;
    if !metric.is_truth {
        return Err(Fault::new(
            format!("the test is a number ({}), not true or false", metric.unit),
            text.place.clone(),
        )
        .help("compare it with something: `... > 0`"));
    }
    let effect = match &thesis.effect {
        Some(text) => Some(Metric::new(&text.text, &text.place, named, &mut wanted)?),
        None => None,
    };
    if let (Some(effect), Some(text)) = (&effect, &thesis.effect)
        && (effect.is_truth || effect.is_over != metric.is_over)
    {
        let message = "the effect is not a number of the same level as the test";
        return Err(Fault::new(message, text.place.clone()).help(
            "give a number of one replication, or a number over all replications if the test is over all",
        ));
    }
    let probability = thesis.probability.unwrap_or(0.5);
    if !(0.0..1.0).contains(&probability) || probability <= 0.0 {
        let message = format!("a claim cannot state the probability {probability}");
        return Err(Fault::new(message, thesis.name.place.clone())
            .help("give a probability between 0 and 1"));
    }
    Ok(Test {
        arms: Vec::new(),
        metric,
        effect,
        wanted,
        probability,
        smallest: None,
        input: None,
    })
}

/// The places of the arms of a thesis, which differ from each other.
fn places(thesis: &ThesisSpec, arms: &[Arm]) -> Result<Vec<usize>, Fault> {
    let mut places: Vec<usize> = Vec::new();
    for name in &thesis.arms {
        let wrong = |message: String| Fault::new(message, name.place.clone());
        let Some(place) = arms.iter().position(|arm| arm.name == name.text) else {
            let known = arms.iter().map(|arm| arm.name.as_str());
            return Err(wrong(format!("there is no arm `{}`", name.text))
                .help(suggestion(&name.text, known)));
        };
        let tree = &arms[place].loaded.tree;
        let is_same = |other: &&usize| edits(&arms[**other].loaded.tree, tree).is_empty();
        if let Some(other) = places.iter().find(is_same) {
            let other = &arms[*other].name;
            return Err(
                wrong(format!("arms `{other}` and `{}` do not differ", name.text))
                    .help("give one of them an overlay or an edit that changes something"),
            );
        }
        places.push(place);
    }
    if places.is_empty() {
        let name = &thesis.name;
        let message = format!("`{}` names no arm", name.text);
        return Err(Fault::new(message, name.place.clone()).help("add `arms = [\"...\"]`"));
    }
    Ok(places)
}
