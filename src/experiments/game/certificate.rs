//! Certificates of stability: what each actor of a scenario could gain alone by the best of some deviations. Each actor plays a
//! game of one player against the scenario, on common random numbers.

use std::path::Path;

use crate::scenario::fault::{Fault, Faults};
use crate::scenario::record::Name;
use crate::scenario::tree::{Node, Value, entry_name};
use crate::scenario::{Loaded, Request, load};

use super::account::Accounts;
use super::check::Size;
use super::choices::choice;
use super::plan::Choice;
use super::spec::{ActorSpec, CertificateSpec, DeviationSpec, GroupSpec, Parsed};
use crate::experiments::arms::Arm;

/// The built-in deviations.
pub const DEVIATIONS: &str = include_str!("../../../scenarios/certificate/deviations.toml");

/// A checked certificate.
#[derive(Debug)]
pub struct CertificatePlan {
    /// The scenario.
    pub base: Loaded,
    /// Actors with their deviations.
    pub actors: Vec<Actor>,
    /// Actors and deviations that the scenario lacks, or that change nothing in it.
    pub left_out: Vec<String>,
    /// Payoff and revenue of each actor, one after the other.
    pub accounts: Accounts,
    /// Largest gain of an actor in a stable scenario, as a share of its revenue.
    pub bound: f64,
    /// Terminal multiples, that of the valuation first.
    pub multiples: Vec<f64>,
    /// Replications of a batch.
    pub first: u32,
    /// Most replications.
    pub most: u32,
}

/// An actor and its deviations.
#[derive(Clone, Debug)]
pub struct Actor {
    /// Name.
    pub name: String,
    /// Group.
    pub group: String,
    /// Monthly payoff.
    pub payoff: String,
    /// Deviations.
    pub deviations: Vec<Choice>,
}

/// A text with the names of an actor in place of `{actor}` and `{lab}`.
fn filled(name: &Name, actor: &ActorSpec) -> Result<Name, Fault> {
    let mut text = name.text.replace("{actor}", &actor.name.text);
    if text.contains("{lab}") {
        let Some(lab) = &actor.lab else {
            let message = format!("`{}` has no lab for `{{lab}}`", actor.name.text);
            let fault = Fault::new(message, actor.name.place.clone());
            return Err(fault
                .also("used here", name.place.clone())
                .help("add `lab = \"...\"`"));
        };
        text = text.replace("{lab}", &lab.text);
    }
    let place = name.place.clone();
    Ok(Name { text, place })
}

/// Reads the deviations of a file, or the built-in ones.
///
/// # Errors
/// Every fault of the file, with its place.
pub fn read(file: Option<(&Path, &str)>) -> Result<Parsed<CertificateSpec>, Faults> {
    let (file, text) = file.unwrap_or((Path::new("deviations.toml"), DEVIATIONS));
    Parsed::read(file, text)
}

/// Plans the certificate of a scenario.
///
/// # Errors
/// Every fault of the scenario and of the file, with its place.
pub fn plan(
    parsed: &Parsed<CertificateSpec>,
    scenario: &Request,
    size: &Size,
) -> Result<CertificatePlan, Faults> {
    let spec = &parsed.spec;
    let mut faults = Vec::new();
    parsed.check_numbers((&spec.valuation, &spec.replications), &mut faults);
    if !(0.0..1.0).contains(&spec.bound) {
        let message = format!("a bound of {} is not a share of revenue", spec.bound);
        let fault = Fault::new(message, parsed.place(&["bound"]));
        faults.push(fault.help("give a share from 0 to 1: 0.02"));
    }
    if !faults.is_empty() {
        return Err(Faults(faults));
    }
    let count = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
    let first = size
        .replications
        .unwrap_or_else(|| count(spec.replications.first.0));
    let mut request = scenario.clone();
    request.sets = vec![
        format!("run.replications={first}"),
        format!("run.enterprises={}", spec.enterprises.0),
    ];
    request
        .sets
        .extend(scenario.sets.iter().chain(&size.edits).cloned());
    let base = load(&request)?;
    let rule = spec.valuation.rule(base.scenario.months.0);
    let mut plan = CertificatePlan {
        accounts: Accounts {
            amounts: Vec::new(),
            rule,
        },
        base,
        actors: Vec::new(),
        left_out: Vec::new(),
        bound: spec.bound,
        multiples: std::iter::once(rule.multiple)
            .chain(spec.multiples.iter().copied())
            .collect(),
        first,
        most: size
            .replications
            .unwrap_or_else(|| count(spec.replications.most.0)),
    };
    for group in &spec.group {
        for actor in &group.actors {
            plan.add(group, actor, &request, &mut faults);
        }
    }
    plan.check(parsed, &mut faults);
    if faults.is_empty() {
        Ok(plan)
    } else {
        Err(Faults(faults))
    }
}

impl CertificatePlan {
    /// Adds an actor, if the scenario has it and it could deviate.
    fn add(
        &mut self,
        group: &GroupSpec,
        spec: &ActorSpec,
        request: &Request,
        faults: &mut Vec<Fault>,
    ) {
        let scenario = &self.base.scenario;
        let clouds = scenario.cloud.iter().map(|cloud| &cloud.name.text);
        let known: Vec<&String> = clouds
            .chain(scenario.lab.iter().map(|lab| &lab.name.text))
            .collect();
        let names = std::iter::once(&spec.name).chain(&spec.lab);
        if let Some(missing) = names
            .map(|name| &name.text)
            .find(|name| !known.contains(name))
        {
            let note = format!("{}: the scenario has no {missing}", spec.name.text);
            self.left_out.push(note);
            return;
        }
        let amounts = [filled(&group.payoff, spec), filled(&group.revenue, spec)];
        let mut deviations = Vec::new();
        for deviation in &group.deviation {
            match self.deviation(deviation, spec, request) {
                Ok(Some(choice)) => deviations.push(choice),
                Ok(None) => {}
                Err(all) => faults.extend(all.0),
            }
        }
        match amounts {
            [Ok(payoff), Ok(revenue)] if !deviations.is_empty() => {
                self.actors.push(Actor {
                    name: spec.name.text.clone(),
                    group: group.name.text.clone(),
                    payoff: payoff.text.clone(),
                    deviations,
                });
                self.accounts.amounts.extend([payoff, revenue]);
            }
            [payoff, revenue] => {
                faults.extend([payoff, revenue].into_iter().filter_map(Result::err));
            }
        }
    }

    /// A deviation as edits of the scenario; `None` if the scenario lacks what it edits, or if it changes nothing.
    fn deviation(
        &mut self,
        deviation: &DeviationSpec,
        actor: &ActorSpec,
        request: &Request,
    ) -> Result<Option<Choice>, Faults> {
        let sets = deviation.sets.iter().map(|set| filled(set, actor));
        let sets: Vec<Name> = sets
            .collect::<Result<_, _>>()
            .map_err(|fault| Faults(vec![fault]))?;
        let what = format!("{}, {}", actor.name.text, deviation.name.text);
        let missing = sets
            .iter()
            .find_map(|set| missing(&self.base.tree, &set.text));
        if let Some(missing) = missing {
            self.left_out
                .push(format!("{what}: the scenario has no {missing}"));
            return Ok(None);
        }
        let choice = choice(&deviation.name, Vec::new(), &sets, (request, &self.base))?;
        if choice.edits.is_empty() {
            self.left_out
                .push(format!("{what}: the scenario is so already"));
            return Ok(None);
        }
        Ok(Some(choice))
    }

    fn check(&self, parsed: &Parsed<CertificateSpec>, faults: &mut Vec<Fault>) {
        if !faults.is_empty() {
            return;
        }
        if self.actors.is_empty() {
            let fault = Fault::new(
                "no actor of the scenario could deviate",
                parsed.place(&["group"]),
            );
            faults.push(fault.help("add a group with an actor of the scenario"));
        } else if let Err(all) = self.accounts.unit(&self.base) {
            faults.extend(all.0);
        }
    }

    /// The arms that the results name: the scenario.
    #[must_use]
    pub fn arms(&self) -> Vec<Arm> {
        vec![Arm {
            name: self.base.scenario.name.text.clone(),
            loaded: self.base.clone(),
        }]
    }

    /// Every deviation with its actor, in the order of their arms.
    pub(super) fn all(&self) -> Vec<(usize, &Choice)> {
        let actors = self.actors.iter().enumerate();
        actors
            .flat_map(|(at, actor)| actor.deviations.iter().map(move |choice| (at, choice)))
            .collect()
    }

    /// Number of runs of the first batch.
    #[must_use]
    pub fn runs(&self) -> u64 {
        (self.all().len() as u64 + 1) * u64::from(self.first)
    }
}

/// The part of the path of an edit that a scenario lacks; its last key may be one that the scenario leaves out.
fn missing(tree: &Node, set: &str) -> Option<String> {
    let path = set.split('=').next().unwrap_or_default();
    let keys: Vec<&str> = path.trim().split('.').collect();
    let mut node = tree;
    for (at, key) in keys[..keys.len() - 1].iter().enumerate() {
        let inner = match &node.value {
            Value::Table(table) => table.get(key),
            Value::List(items) => items.iter().find(|item| entry_name(item) == Some(key)),
            _ => None,
        };
        match inner {
            Some(inner) => node = inner,
            None => return Some(keys[..=at].join(".")),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deviations_that_come_with_the_program_are_sound() {
        let parsed = read(None).unwrap_or_else(|faults| panic!("{faults}"));
        let plan = plan(&parsed, &Request::default(), &Size::default());
        let plan = plan.unwrap_or_else(|faults| panic!("{faults}"));
        let is_done = |note: &String| note.ends_with("the scenario is so already");
        assert!(plan.left_out.iter().all(is_done), "{:?}", plan.left_out);
        assert!(plan.actors.len() >= 6 && plan.multiples.len() == 4);
    }
}
