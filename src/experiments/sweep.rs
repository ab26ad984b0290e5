//! Sweeps: a scenario at many combinations of values, on common random numbers.

use crate::base::rng::{Purpose, Stream, Streams};
use crate::scenario::tree::leaves;
use crate::scenario::{Fault, Faults, Loaded, Request, fault::nearest, load};
use crate::stats::boxes::pick;
use crate::stats::sensitivity::sobol_point;

use super::arms::{Arm, Part, RunCheckpoint, metric_values};
use crate::runner::{Runner, Stopped};

/// A value of the scenario that a sweep varies.
#[derive(Clone, Debug, PartialEq)]
pub struct Varied {
    /// Path in the scenario.
    pub path: String,
    /// Range.
    pub over: Over,
}

/// The range of a varied value.
#[derive(Clone, Debug, PartialEq)]
pub enum Over {
    /// A list of values, written as in `--set`.
    Values(Vec<String>),
    /// The interval between two numbers.
    Interval(f64, f64),
}

impl Over {
    /// The value at a position from 0 to 1.
    fn at(&self, place: f64) -> String {
        match self {
            Self::Interval(low, high) => format!("{}", low + (high - low) * place),
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                clippy::cast_precision_loss,
                reason = "few values"
            )]
            Self::Values(values) => {
                values[((place * values.len() as f64) as usize).min(values.len() - 1)].clone()
            }
        }
    }
}

/// Reads a varied value written as `key=a,b,c` or `key=low..high`.
///
/// # Errors
/// A key that the scenario lacks, or an empty range.
pub fn varied(text: &str, loaded: &Loaded) -> Result<Varied, Faults> {
    let one = |fault: Fault| Faults(vec![fault]);
    let Some((path, over)) = text.split_once('=') else {
        return Err(one(Fault::nowhere(format!("`{text}` has no values"))
            .help("write --vary key=a,b,c or --vary key=low..high")));
    };
    let (path, over) = (path.trim(), over.trim());
    let all = leaves(&loaded.tree);
    if !all.iter().any(|(known, _)| known == path) {
        let near = nearest(path, all.iter().map(|(known, _)| known.as_str()));
        let help = near.map_or_else(
            || "`tollway explain` lists all keys".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        return Err(one(Fault::nowhere(format!(
            "the scenario has no value `{path}`"
        ))
        .help(help)));
    }
    let over = match over.split_once("..") {
        Some((low, high)) => match (low.trim().parse::<f64>(), high.trim().parse::<f64>()) {
            (Ok(low), Ok(high)) if low < high && low.is_finite() && high.is_finite() => {
                Over::Interval(low, high)
            }
            _ => {
                return Err(one(Fault::nowhere(format!("`{over}` is not an interval"))
                    .help("write two numbers, the lower one first: 0.01..0.08")));
            }
        },
        None => Over::Values(
            over.split(',')
                .map(|value| value.trim().to_owned())
                .filter(|value| !value.is_empty())
                .collect(),
        ),
    };
    if over == Over::Values(Vec::new()) {
        return Err(one(
            Fault::nowhere(format!("`{path}` has no values")).help("name at least one value")
        ));
    }
    Ok(Varied {
        path: path.to_owned(),
        over,
    })
}

/// The layout of the points of a sweep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Every combination of values; this many equal steps of an interval.
    Grid(usize),
    /// This many points of a Latin hypercube: each value is once in each of as many equal slices.
    LatinHypercube(usize),
    /// This many points of a scrambled Sobol sequence.
    Sobol(usize),
}

/// The points of a layout: by point, the varied values in order.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "few points")]
pub fn points(varied: &[Varied], layout: Layout, seed: u64) -> Vec<Vec<String>> {
    let at = |places: Vec<f64>| -> Vec<String> {
        varied
            .iter()
            .zip(places)
            .map(|(varied, place)| varied.over.at(place))
            .collect()
    };
    match layout {
        Layout::Grid(steps) => {
            let mut found: Vec<Vec<String>> = vec![Vec::new()];
            for varied in varied {
                let values: Vec<String> = match &varied.over {
                    Over::Values(values) => values.clone(),
                    Over::Interval(..) => {
                        let last = steps.max(2) - 1;
                        (0..=last)
                            .map(|step| varied.over.at(step as f64 / last as f64))
                            .collect()
                    }
                };
                found = found
                    .into_iter()
                    .flat_map(|point| {
                        values.iter().map(move |value| {
                            let mut next = point.clone();
                            next.push(value.clone());
                            next
                        })
                    })
                    .collect();
            }
            found
        }
        Layout::LatinHypercube(count) => {
            let mut stream = Streams::new(seed, 0).stream(Purpose::User, 1, 0);
            let columns: Vec<Vec<f64>> = varied
                .iter()
                .map(|_| {
                    let order = shuffled(count, &mut stream);
                    let inside = |slice: usize, u: f64| (slice as f64 + u) / count as f64;
                    order
                        .into_iter()
                        .map(|slice| inside(slice, stream.uniform()))
                        .collect()
                })
                .collect();
            (0..count)
                .map(|point| at(columns.iter().map(|column| column[point]).collect()))
                .collect()
        }
        Layout::Sobol(count) => {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "part of a seed is a seed too"
            )]
            let seed = seed as u32;
            (0..u32::try_from(count).unwrap_or(u32::MAX))
                .map(|index| at(sobol_point(index, varied.len(), seed)))
                .collect()
        }
    }
}

fn shuffled(count: usize, stream: &mut Stream) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    for end in (1..count).rev() {
        order.swap(end, pick(end + 1, stream));
    }
    order
}

/// Number of points that are loaded at a time.
const CHUNK: usize = 16;

/// A sweep: a scenario at points of some of its values.
#[derive(Clone, Copy, Debug)]
pub struct Sweep<'a> {
    /// The scenario, without the varied values.
    pub request: &'a Request,
    /// The values that are varied.
    pub varied: &'a [Varied],
    /// By point: the varied values, in their order.
    pub points: &'a [Vec<String>],
}

impl Sweep<'_> {
    /// The scenario at a point.
    ///
    /// # Errors
    /// Values that the scenario refuses.
    pub fn arm(&self, point: usize) -> Result<Arm, Faults> {
        let mut request = self.request.clone();
        let values = self.varied.iter().zip(&self.points[point]);
        let sets = values.map(|(varied, value)| format!("{}={value}", varied.path));
        request.sets.extend(sets);
        Ok(Arm {
            name: format!("point {point}"),
            loaded: load(&request)?,
        })
    }
}

/// Runs a scenario at every point: values of metrics by point, replication and metric.
///
/// # Errors
/// Why it ended early.
pub fn sweep(
    sweep: Sweep<'_>,
    metrics: &[String],
    replications: u32,
    checkpoint: RunCheckpoint<'_>,
    runner: Runner<'_>,
) -> Result<Vec<Vec<Vec<f64>>>, Stopped> {
    let count = sweep.points.len();
    let mut found = Vec::with_capacity(count);
    for first in (0..count).step_by(CHUNK) {
        let points = first..(first + CHUNK).min(count);
        let arms: Result<Vec<Arm>, Faults> = points.map(|point| sweep.arm(point)).collect();
        let arms = arms.map_err(|faults| Stopped::Broken(faults.to_string()))?;
        let runner = runner.after(first as u64 * u64::from(replications));
        let mut part = Part { checkpoint, first };
        found.extend(metric_values(
            &arms,
            metrics,
            replications,
            &mut part,
            runner,
        )?);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn two() -> Vec<Varied> {
        vec![
            Varied {
                path: "a".to_owned(),
                over: Over::Values(vec!["x".to_owned(), "y".to_owned()]),
            },
            Varied {
                path: "b".to_owned(),
                over: Over::Interval(1.0, 3.0),
            },
        ]
    }

    #[test]
    fn layouts_cover_the_space() {
        let grid = points(&two(), Layout::Grid(3), 1);
        assert_eq!(grid.len(), 6);
        assert_eq!(grid[4], ["y", "2"]);
        let slices: BTreeSet<i64> = points(&two(), Layout::LatinHypercube(50), 1)
            .iter()
            .map(|point| {
                #[expect(clippy::cast_possible_truncation, reason = "a slice")]
                let slice = ((point[1].parse::<f64>().unwrap() - 1.0) * 25.0) as i64;
                slice
            })
            .collect();
        assert_eq!(slices.len(), 50);
        let sobol = points(&two(), Layout::Sobol(64), 1);
        assert_eq!(sobol.iter().filter(|point| point[0] == "x").count(), 32);
        assert_eq!(sobol, points(&two(), Layout::Sobol(64), 1));
        assert_ne!(sobol, points(&two(), Layout::Sobol(64), 2));
    }

    #[test]
    fn wrong_ranges_are_refused_with_a_remedy() {
        let loaded = load(&Request::default()).unwrap();
        for (text, message, help) in [
            (
                "switching.stat_value=1,2",
                "no value `switching.stat_value`",
                "did you mean `switching.state_value`?",
            ),
            ("switching.state_value", "has no values", "key=a,b,c"),
            ("switching.state_value=", "has no values", "at least one"),
            (
                "switching.state_value=3..1",
                "is not an interval",
                "the lower one first",
            ),
        ] {
            let shown = varied(text, &loaded).expect_err(text).to_string();
            assert!(shown.contains(message) && shown.contains(help), "{shown}");
        }
        let good = varied("switching.state_value=1..3", &loaded).unwrap();
        assert_eq!(good.over, Over::Interval(1.0, 3.0));
    }
}
