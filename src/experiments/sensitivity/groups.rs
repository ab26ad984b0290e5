//! Inputs of a sensitivity study: uncertain numbers, by themselves or in groups.

use crate::experiments::inputs::{Input, uncertain};
use crate::scenario::fault::nearest;
use crate::scenario::{Fault, Faults, Loaded};
use crate::simulation::Simulation;

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
    let mut left = uncertain(loaded);
    for start in only {
        if !left.iter().any(|input| begins(input, start)) {
            return Err(no_input(start, &left));
        }
    }
    if !only.is_empty() {
        left.retain(|input| only.iter().any(|start| begins(input, start)));
    }
    let mut found: Vec<Group> = Vec::new();
    for (name, starts) in named {
        let is_in = |input: &Input| starts.iter().any(|start| begins(input, start));
        let inputs = take(&mut left, is_in);
        if inputs.is_empty() {
            return Err(no_input(&starts.join(","), &left));
        }
        let name = name.clone();
        found.push(Group { name, inputs });
    }
    for (keys, _) in &Simulation::of(loaded).correlations {
        let inputs = take(&mut left, |input| keys.contains(&input.key));
        let is_home = |group: &&mut Group| group.inputs.iter().any(|i| keys.contains(&i.key));
        // A number correlated with a member of a named group joins that group.
        if let Some(home) = found.iter_mut().find(is_home) {
            home.inputs.extend(inputs);
        } else if !inputs.is_empty() {
            let paths: Vec<&str> = inputs.iter().map(|input| input.path.as_str()).collect();
            let name = format!("{} (correlated)", paths.join(" + "));
            found.push(Group { name, inputs });
        }
    }
    found.extend(left.into_iter().map(|input| Group {
        name: input.path.clone(),
        inputs: vec![input],
    }));
    Ok(found)
}

/// True if the path of an input is `start`, or begins with it.
fn begins(input: &Input, start: &str) -> bool {
    let rest = input.path.strip_prefix(start);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Takes the inputs that satisfy a condition out of a list.
fn take(left: &mut Vec<Input>, is_in: impl Fn(&Input) -> bool) -> Vec<Input> {
    let (inside, outside) = std::mem::take(left).into_iter().partition(is_in);
    *left = outside;
    inside
}

fn no_input(start: &str, known: &[Input]) -> Faults {
    let near = nearest(start, known.iter().map(|input| input.path.as_str()));
    let help = near.map_or_else(
        || "uncertain numbers are those with `dist` in `tollway explain`".to_owned(),
        |near| format!("did you mean `{near}`?"),
    );
    let what = format!("no uncertain number begins with `{start}`");
    Faults(vec![Fault::nowhere(what).help(help)])
}
