//! The moat: each lever of lock-in taken away alone, and all but it, and what that does to a customer's worth.

use std::path::Path;
use std::sync::Arc as Shared;

use crate::scenario::fault::{Fault, Faults};
use crate::scenario::record::{Field, Name, Reader, record};
use crate::scenario::source::Source;
use crate::scenario::text::parse;
use crate::scenario::tree::entry_name;
use crate::scenario::tree::{Node, Value};
use crate::scenario::{Loaded, Request, load};
use crate::stats::Summary;
use crate::stats::intervals::proportion_interval;

use super::arms::{Arm, RunCheckpoint, metric_values};
use crate::runner::{Runner, Stopped};

/// The levers that come with the program.
pub const LEVERS: &str = include_str!("../../scenarios/moat/levers.toml");

record! {
    /// Levers of lock-in.
    MoatSpec {
        /// What the list is called.
        name: Name,
        /// The same in full.
        title: Name,
        /// The levers.
        lever: Vec<LeverSpec>,
    }
}

record! {
    /// A lever and what takes it away.
    LeverSpec {
        /// What it is called.
        name: Name,
        /// Edits `path=value`; `*` stands for every named thing of a list.
        sets: Vec<Name>,
        /// What they mean.
        note: Name,
    }
}

/// Reads a list of levers.
///
/// # Errors
/// Everything that is wrong with it, located.
pub fn read(file: &Path, text: &str) -> Result<MoatSpec, Faults> {
    let source = Shared::new(Source {
        name: file.display().to_string(),
        text: text.to_owned(),
    });
    let mut reader = Reader::default();
    let tree = parse(&source, &mut reader.faults);
    let spec = if reader.faults.is_empty() {
        MoatSpec::read(&tree, &mut reader)
    } else {
        None
    };
    match spec {
        Some(spec) if reader.faults.is_empty() => {
            if spec.lever.len() < 2 {
                let fault = Fault::new("fewer than two levers cannot be ranked", tree.place);
                return Err(Faults(vec![fault.help("add a [[lever]]")]));
            }
            Ok(spec)
        }
        _ => Err(Faults(reader.faults)),
    }
}

/// The arms of the ladder: everything in place, each lever away, all but each, and none.
///
/// # Errors
/// Edits that the scenario does not take.
pub fn arms(request: &Request, loaded: &Loaded, spec: &MoatSpec) -> Result<Vec<Arm>, Faults> {
    let edits: Vec<Vec<String>> = spec
        .lever
        .iter()
        .map(|lever| {
            lever
                .sets
                .iter()
                .flat_map(|set| expanded(&set.text, &loaded.tree))
                .collect()
        })
        .collect();
    let arm = |name: String, sets: Vec<String>| -> Result<Arm, Faults> {
        let mut request = request.clone();
        request.sets.extend(sets);
        Ok(Arm {
            name,
            loaded: load(&request)?,
        })
    };
    let mut found = vec![arm("all levers".to_owned(), Vec::new())?];
    for (lever, sets) in spec.lever.iter().zip(&edits) {
        found.push(arm(format!("without {}", lever.name.text), sets.clone())?);
    }
    for (at, lever) in spec.lever.iter().enumerate() {
        let others = edits.iter().enumerate().filter(|(other, _)| *other != at);
        let sets = others.flat_map(|(_, sets)| sets.clone()).collect();
        found.push(arm(format!("only {}", lever.name.text), sets)?);
    }
    found.push(arm("no lever".to_owned(), edits.concat())?);
    Ok(found)
}

/// An edit for every named thing that a `*` in its path stands for.
fn expanded(set: &str, tree: &Node) -> Vec<String> {
    let Some((before, after)) = set.split_once(".*.") else {
        return vec![set.to_owned()];
    };
    let mut node = Some(tree);
    for key in before.split('.') {
        node = node
            .and_then(|node| node.as_table())
            .and_then(|table| table.get(key));
    }
    let names = match node.map(|node| &node.value) {
        Some(Value::List(items)) => items
            .iter()
            .filter_map(entry_name)
            .map(str::to_owned)
            .collect(),
        _ => Vec::new(),
    };
    let has = |name: &str| {
        let key = after.split(['=', '.']).next().unwrap_or_default();
        let Some(Value::List(items)) = node.map(|node| &node.value) else {
            return false;
        };
        let item = items.iter().find(|item| entry_name(item) == Some(name));
        item.and_then(|item| item.as_table())
            .is_some_and(|table| table.get(key).is_some())
    };
    names
        .iter()
        .filter(|name: &&String| has(name))
        .map(|name| format!("{before}.{name}.{after}"))
        .collect()
}

/// What a lever is worth to a metric.
#[derive(Clone, Debug)]
pub struct Worth {
    /// The metric with all levers less without this one, by replication.
    pub away: Summary,
    /// The metric with this lever alone less without any.
    pub alone: Summary,
    /// How often taking it away costs most, with the exact 95 % interval.
    pub first: (f64, (f64, f64)),
    /// Mean rank by what taking it away costs, from 1.
    pub rank: f64,
}

/// What the ladder found.
#[derive(Clone, Debug)]
pub struct Moat {
    /// Mean of each metric with all levers, and with none.
    pub ends: Vec<(f64, f64)>,
    /// By metric and lever.
    pub worth: Vec<Vec<Worth>>,
}

/// Runs the ladder.
///
/// # Errors
/// Why it ended early.
pub fn moat(
    arms: &[Arm],
    levers: usize,
    metrics: &[(&str, &str)],
    replications: u32,
    checkpoint: RunCheckpoint<'_>,
    runner: Runner<'_>,
) -> Result<Moat, Stopped> {
    let values = metric_values(arms, metrics, replications, checkpoint, runner)?;
    Ok(ladder(&values, levers, metrics.len()))
}

/// The ladder from values by arm, replication and metric.
#[expect(clippy::cast_precision_loss, reason = "replications are few")]
fn ladder(values: &[Vec<Vec<f64>>], levers: usize, metrics: usize) -> Moat {
    let n = values[0].len();
    let column = |arm: usize, metric: usize| -> Vec<f64> {
        values[arm].iter().map(|row| row[metric]).collect()
    };
    let mean = |column: &[f64]| column.iter().sum::<f64>() / n as f64;
    let mut found = Moat {
        ends: Vec::new(),
        worth: Vec::new(),
    };
    for metric in 0..metrics {
        let (all, none) = (column(0, metric), column(1 + 2 * levers, metric));
        let less = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a - b).collect::<Vec<f64>>();
        let away: Vec<Vec<f64>> = (0..levers)
            .map(|lever| less(&all, &column(1 + lever, metric)))
            .collect();
        let alone: Vec<Vec<f64>> = (0..levers)
            .map(|lever| less(&column(1 + levers + lever, metric), &none))
            .collect();
        let rank = |lever: usize, replication: usize| {
            let own = away[lever][replication];
            1 + away.iter().filter(|other| other[replication] > own).count()
        };
        found.ends.push((mean(&all), mean(&none)));
        found.worth.push(
            (0..levers)
                .map(|lever| {
                    let ranks: Vec<usize> =
                        (0..n).map(|replication| rank(lever, replication)).collect();
                    // To be first one must cost something.
                    let firsts = (0..n)
                        .filter(|r| ranks[*r] == 1 && away[lever][*r] > 0.0)
                        .count();
                    Worth {
                        away: Summary::of(&mut away[lever].clone()),
                        alone: Summary::of(&mut alone[lever].clone()),
                        first: (
                            firsts as f64 / n as f64,
                            proportion_interval(firsts, n, 0.95),
                        ),
                        rank: ranks.iter().sum::<usize>() as f64 / n as f64,
                    }
                })
                .collect(),
        );
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_levers_that_come_with_the_program_are_sound() {
        let spec = read(Path::new("moat.toml"), LEVERS).unwrap_or_else(|faults| panic!("{faults}"));
        let loaded = load(&Request::default()).unwrap();
        let arms =
            arms(&Request::default(), &loaded, &spec).unwrap_or_else(|faults| panic!("{faults}"));
        assert_eq!(arms.len(), 2 * spec.lever.len() + 2);
        let without = &arms[1 + 3].loaded.scenario.cloud[0].commit_discount;
        assert!(without.median().abs() < 1e-15);
    }

    #[test]
    fn ranks_follow_what_levers_are_worth() {
        // Metric with levers 0 and 1: 5 for the first, 2 for the second, 1 more for both.
        let value = |a: bool, b: bool| {
            5.0 * f64::from(u8::from(a))
                + 2.0 * f64::from(u8::from(b))
                + f64::from(u8::from(a && b))
        };
        let arm = |a, b| vec![vec![value(a, b)]; 30];
        let values = [
            arm(true, true),
            arm(false, true),
            arm(true, false),
            arm(true, false),
            arm(false, true),
            arm(false, false),
        ];
        let found = ladder(&values, 2, 1);
        let [first, second] = &found.worth[0][..] else {
            panic!("two levers")
        };
        assert!((first.away.mean - 6.0).abs() < 1e-12 && (first.alone.mean - 5.0).abs() < 1e-12);
        assert!((second.away.mean - 3.0).abs() < 1e-12 && (second.rank - 2.0).abs() < 1e-12);
        assert!((first.first.0 - 1.0).abs() < 1e-12 && second.first.0.abs() < 1e-12);
    }

    #[test]
    fn one_lever_is_no_ladder() {
        let text = "name = \"m\"\ntitle = \"M\"\n[[lever]]\nname = \"a\"\nsets = [\"switching.data=0\"]\nnote = \"n\"\n";
        assert!(
            read(Path::new("m.toml"), text)
                .expect_err("one")
                .to_string()
                .contains("cannot be ranked")
        );
    }
}
