//! The moat: levers of lock-in, ranked by what the removal of each costs a cloud.
//!
//! A preset of a comparison: its arms come from a file of levers, and its differences are ranked.

use std::path::Path;

use super::arms::Arm;
use crate::scenario::fault::{Fault, Faults};
use crate::scenario::record::{Field, Name, Reader, record};
use crate::scenario::source::Source;
use crate::scenario::text::parse;
use crate::scenario::tree::{Node, Value, entry_name};
use crate::scenario::{Loaded, Request, load};
use crate::stats::Summary;
use crate::stats::intervals::proportion_interval;

/// The built-in levers.
pub const LEVERS: &str = include_str!("../../scenarios/moat/levers.toml");

record! {
    /// Levers of lock-in.
    MoatSpec {
        /// Short name of the list.
        name: Name,
        /// Title of the list.
        title: Name,
        /// The levers.
        lever: Vec<LeverSpec>,
    }
}

record! {
    /// A lever and the edits that remove it.
    LeverSpec {
        /// Name.
        name: Name,
        /// Edits `path=value`; `*` stands for every named entry of a list.
        sets: Vec<Name>,
        /// Meaning of the edits.
        note: Name,
    }
}

impl MoatSpec {
    /// Names of the levers.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let levers = self.lever.iter();
        levers.map(|lever| lever.name.text.clone()).collect()
    }
}

/// Reads a list of levers.
///
/// # Errors
/// Every fault of the file, with its place.
pub fn read(file: &Path, text: &str) -> Result<MoatSpec, Faults> {
    let source = std::sync::Arc::new(Source {
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

/// The arms of the ranking: all levers, without each one, only each one, and none.
///
/// # Errors
/// Edits that the scenario refuses.
pub fn arms(request: &Request, loaded: &Loaded, spec: &MoatSpec) -> Result<Vec<Arm>, Faults> {
    let edits_of = |lever: &LeverSpec| -> Vec<String> {
        let sets = lever.sets.iter();
        sets.flat_map(|set| expanded(&set.text, &loaded.tree))
            .collect()
    };
    let edits: Vec<Vec<String>> = spec.lever.iter().map(edits_of).collect();
    let names = spec.names();
    let mut plan = vec![("all levers".to_owned(), Vec::new())];
    for (name, sets) in names.iter().zip(&edits) {
        plan.push((format!("without {name}"), sets.clone()));
    }
    for (at, name) in names.iter().enumerate() {
        let others = [&edits[..at], &edits[at + 1..]].concat();
        plan.push((format!("only {name}"), others.concat()));
    }
    plan.push(("no lever".to_owned(), edits.concat()));
    let arm = |(name, sets): (String, Vec<String>)| {
        let mut request = request.clone();
        request.sets.extend(sets);
        let loaded = load(&request)?;
        Ok(Arm { name, loaded })
    };
    plan.into_iter().map(arm).collect()
}

/// Metrics that levers are ranked by if none are given: gross profit over the horizon for each enterprise at its start (the
/// lifetime value of a customer, as far as the horizon sees it), and gross margin.
#[must_use]
pub fn default_metrics(loaded: &Loaded, cloud: &str) -> Vec<String> {
    let months = loaded.scenario.months.0;
    let profit = format!("sum(clouds.{cloud}.gross_profit_usd[1..{months}])");
    vec![
        format!("{profit} / sum(segments.*.enterprises[1])"),
        format!("{profit} / sum(clouds.{cloud}.ai_revenue_usd[1..{months}])"),
    ]
}

/// The edits that an edit with `*` in its path stands for: one for each entry of the list that has the key.
fn expanded(set: &str, tree: &Node) -> Vec<String> {
    let Some((list, rest)) = set.split_once(".*.") else {
        return vec![set.to_owned()];
    };
    let key = rest.split(['=', '.']).next().unwrap_or_default();
    let node = (list.split('.')).try_fold(tree, |node, key| node.as_table()?.get(key));
    let Some(Value::List(entries)) = node.map(|node| &node.value) else {
        return Vec::new();
    };
    let has_key = |entry: &&Node| entry.as_table().is_some_and(|t| t.get(key).is_some());
    let names = entries.iter().filter(has_key).filter_map(entry_name);
    names.map(|name| format!("{list}.{name}.{rest}")).collect()
}

/// The worth of a lever to a metric.
#[derive(Clone, Debug)]
pub struct Worth {
    /// By replication: the metric with all levers, less the metric without this one.
    pub away: Summary,
    /// By replication: the metric with only this lever, less the metric without any.
    pub alone: Summary,
    /// Share of replications in which the removal of this lever costs most, with its exact 95 % interval.
    pub first: (f64, (f64, f64)),
    /// Mean rank by the cost of removal, from 1.
    pub rank: f64,
}

/// The ranking of levers.
#[derive(Clone, Debug)]
pub struct Moat {
    /// By metric: its mean with all levers, and with none.
    pub ends: Vec<(f64, f64)>,
    /// By metric and lever.
    pub worth: Vec<Vec<Worth>>,
}

/// Ranks levers from the values of metrics by arm, replication and metric.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "replications are few")]
pub fn rank(values: &[Vec<Vec<f64>>], levers: usize, metrics: usize) -> Moat {
    let n = values[0].len();
    let mean = |column: &[f64]| column.iter().sum::<f64>() / n as f64;
    let mut found = Moat {
        ends: Vec::new(),
        worth: Vec::new(),
    };
    for metric in 0..metrics {
        let column =
            |arm: usize| -> Vec<f64> { values[arm].iter().map(|row| row[metric]).collect() };
        let less = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a - b).collect::<Vec<f64>>();
        let (all, none) = (column(0), column(1 + 2 * levers));
        let away: Vec<Vec<f64>> = (0..levers)
            .map(|lever| less(&all, &column(1 + lever)))
            .collect();
        let worth = |lever: usize| {
            let alone = less(&column(1 + levers + lever), &none);
            worth(&away, lever, alone)
        };
        found.ends.push((mean(&all), mean(&none)));
        found.worth.push((0..levers).map(worth).collect());
    }
    found
}

/// The worth of one lever, from the costs of removal of all levers by replication.
#[expect(clippy::cast_precision_loss, reason = "replications are few")]
fn worth(away: &[Vec<f64>], lever: usize, mut alone: Vec<f64>) -> Worth {
    let own = &away[lever];
    let n = own.len();
    let rank = |replication: usize| {
        let dearer = |other: &&Vec<f64>| other[replication] > own[replication];
        1 + away.iter().filter(dearer).count()
    };
    let ranks: Vec<usize> = (0..n).map(rank).collect();
    // The first lever must cost something.
    let firsts = (0..n).filter(|r| ranks[*r] == 1 && own[*r] > 0.0).count();
    Worth {
        away: Summary::of(&mut own.clone()),
        alone: Summary::of(&mut alone),
        first: (
            firsts as f64 / n as f64,
            proportion_interval(firsts, n, 0.95),
        ),
        rank: ranks.iter().sum::<usize>() as f64 / n as f64,
    }
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
        let found = rank(&values, 2, 1);
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
