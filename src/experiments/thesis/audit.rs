//! The audit of theses: runs of their arms, tests on common random numbers, and verdicts.

use crate::base::rng::{Purpose, Stream, Streams, key_of};
use crate::market::rows::{self, Observed};
use crate::simulation::Simulation;
use crate::stats::Summary;
use crate::stats::boxes::pick;
use crate::stats::intervals::{binomial_cdf, correlation, half_width, proportion_interval};
use crate::stats::multiple::adjusted;

use super::assumed::{assumed, quantities};
use super::check::Test;
use super::finding::{Assumed, Finding, Verdict};
use super::flip::{Trials, flip};
use super::kept::Rows;
use super::region::region;
use super::scan::Scan;
use super::smallest::mark;
use super::spec::Theses;
use crate::experiments::arms::RunCheckpoint;
use crate::experiments::inputs::{Input, uncertain};
use crate::runner::{Runner, Stopped};

/// False-discovery rate of the verdicts of an audit.
pub const RATE: f64 = 0.05;
/// Number of resamples of metrics over replications.
const RESAMPLES: usize = 1_000;

/// The search for flips.
#[derive(Clone, Copy, Debug)]
pub struct Search {
    /// Replications of each trial; 0 skips the search.
    pub replications: u32,
}

/// Runs all arms and tests all theses.
///
/// # Errors
/// The reason why the runs ended early.
pub fn audit(
    theses: &Theses,
    search: Search,
    checkpoint: RunCheckpoint<'_>,
    runner: Runner<'_>,
) -> Result<Vec<Finding>, Stopped> {
    let mut rows = Rows::of(theses);
    let simulations: Vec<Simulation<'_>> = (theses.arms.iter().zip(&rows.cells))
        .map(|(arm, cells)| {
            let simulation = Simulation::of(&arm.loaded);
            let shape = rows::panel(simulation.scenario, simulation.catalog.calendar.months());
            simulation.observing(Observed::values(&shape, cells.iter().copied()))
        })
        .collect();
    let arms = theses.arms.first();
    let replications = arms.map_or(0, |arm| arm.loaded.scenario.run.replications.0);
    let replications = u32::try_from(replications).unwrap_or(u32::MAX);
    rows.run(theses, &simulations, replications, checkpoint, runner)?;
    let mut findings = Vec::new();
    let mut outcomes = Vec::new();
    for (spec, test) in theses.theses.iter().zip(&theses.tests) {
        let Some(test) = test else {
            findings.push(Finding::not_expressible());
            outcomes.push(TestResults::default());
            continue;
        };
        let kept = rows.of_test(test, replications as usize);
        let mut stream = stream_of(theses, &spec.name.text);
        let (finding, results) = judge(test, &kept, &mut stream);
        findings.push(finding);
        outcomes.push(results);
    }
    settle(&mut findings);
    for (at, test) in theses.tests.iter().enumerate() {
        let Some(test) = test else { continue };
        let name = &theses.theses[at].name.text;
        let inputs = uncertain(&theses.arms[test.arms[0]].loaded);
        let scores = scores(&simulations[test.arms[0]], &inputs, replications);
        let kept = rows.of_test(test, replications as usize);
        let finding = &mut findings[at];
        if let Some(quantities) = quantities(test, &kept) {
            finding.assumed = assumed(&quantities, &inputs, &scores);
        }
        if let (Some(deciding), Some(spec)) = (&test.input, &theses.scan) {
            let kept = &kept;
            let scan = Scan {
                theses,
                test,
                deciding,
                spec,
                kept,
            };
            finding.break_even = Some(scan.run(runner)?);
        }
        conclude(finding, test, &kept);
        let results = &outcomes[at];
        if results.truths.is_empty() {
            continue;
        }
        let mut stream = stream_of(theses, &format!("region {name}"));
        finding.region = region(&inputs, &scores, &results.truths, &mut stream);
        if search.replications > 0 {
            let trials = Trials {
                theses,
                test,
                simulations: &simulations,
                replications: search.replications,
            };
            let inputs = (&inputs[..], &scores[..]);
            let verdict = finding.verdict;
            finding.flip = flip(trials, inputs, &results.margins, verdict, runner)?;
        }
    }
    Ok(findings)
}

/// Replaces the verdict of a test that an input sets, or whose effect is too small.
fn conclude(finding: &mut Finding, test: &Test, kept: &[Vec<f64>]) {
    if let Some(scan) = finding.break_even.as_ref().filter(|scan| scan.is_explained) {
        let by_scan = Assumed {
            paths: scan.paths.clone(),
        };
        finding.assumed.get_or_insert(by_scan);
    }
    if finding.assumed.is_some() {
        finding.verdict = Verdict::Assumed;
    }
    if let Some(smallest) = &test.smallest {
        finding.smallest = smallest.in_unit(kept);
        mark(finding);
    }
}

/// Probabilities of inputs by replication.
fn scores(simulation: &Simulation<'_>, inputs: &[Input], replications: u32) -> Vec<Vec<f64>> {
    let of_replication = |replication: u32| {
        let draws = simulation.draws(replication);
        let inputs = inputs.iter();
        inputs
            .map(|input| draws.probability(input.key, input.class))
            .collect()
    };
    (0..replications).map(of_replication).collect()
}

fn stream_of(theses: &Theses, name: &str) -> Stream {
    let seed = theses
        .arms
        .first()
        .map_or(0, |arm| arm.loaded.scenario.run.seed.0);
    Streams::new(seed, 0).stream(Purpose::User, key_of(name), 0)
}

/// By replication: the result of a test, and its margin.
#[derive(Clone, Debug, Default)]
struct TestResults {
    truths: Vec<bool>,
    margins: Vec<f64>,
}

/// Tests a thesis. `rate` of the finding is the p-value of a probability other than the claimed one, until [`settle`] adjusts it.
fn judge(test: &Test, kept: &[Vec<f64>], stream: &mut Stream) -> (Finding, TestResults) {
    let n = kept.len();
    if test.metric.is_over {
        return (over(test, kept, stream), TestResults::default());
    }
    let truths: Vec<bool> = kept
        .iter()
        .map(|row| test.metric.value(row) != 0.0)
        .collect();
    let hits = truths.iter().filter(|truth| **truth).count();
    let mut sizes: Vec<f64> = kept
        .iter()
        .zip(&truths)
        .map(
            |(row, truth)| match (&test.effect, test.metric.sides(row)) {
                (Some(effect), _) => effect.value(row),
                (None, Some((left, right))) => left - right,
                (None, None) => f64::from(u8::from(*truth)),
            },
        )
        .collect();
    let margins = margins(test, kept, &truths, &sizes);
    let effect = Summary::of(&mut sizes);
    // A truth has no size.
    let is_sized = test.effect.is_some()
        || kept
            .first()
            .is_some_and(|row| test.metric.sides(row).is_some());
    let in_size = |value: f64| if is_sized { value } else { f64::NAN };
    let p = test.probability;
    let low = binomial_cdf(hits, n, p);
    let high = if hits == 0 {
        1.0
    } else {
        1.0 - binomial_cdf(hits - 1, n, p)
    };
    #[expect(clippy::cast_precision_loss, reason = "replications are few")]
    let probability = hits as f64 / n as f64;
    let finding = Finding {
        verdict: if probability >= p {
            Verdict::Holds
        } else {
            Verdict::Fails
        },
        probability,
        interval: proportion_interval(hits, n, 0.95),
        effect: in_size(effect.mean),
        effect_half_width: in_size(half_width(effect.sd, n, 0.95)),
        effect_range: (in_size(effect.quantiles[0]), in_size(effect.quantiles[4])),
        rate: (2.0 * low.min(high)).min(1.0),
        ..Finding::not_expressible()
    };
    (finding, TestResults { truths, margins })
}

/// Margin of the test in each replication. Tests that are not a comparison take the effect, with a sign and an offset such that
/// it is above zero as often as the test is true.
#[expect(clippy::cast_precision_loss, reason = "replications are few")]
fn margins(test: &Test, kept: &[Vec<f64>], truths: &[bool], sizes: &[f64]) -> Vec<f64> {
    let own: Option<Vec<f64>> = kept.iter().map(|row| test.metric.margin(row)).collect();
    own.unwrap_or_else(|| {
        let hits: Vec<f64> = truths
            .iter()
            .map(|truth| f64::from(u8::from(*truth)))
            .collect();
        let sign = if correlation(sizes, &hits) < 0.0 {
            -1.0
        } else {
            1.0
        };
        let turned: Vec<f64> = sizes.iter().map(|size| sign * size).collect();
        let mut sorted = turned.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let share = hits.iter().sum::<f64>() / hits.len().max(1) as f64;
        let edge = crate::stats::quantile(&sorted, 1.0 - share);
        turned.into_iter().map(|size| size - edge).collect()
    })
}

/// Tests a thesis about all replications, by resampling them.
fn over(test: &Test, kept: &[Vec<f64>], stream: &mut Stream) -> Finding {
    let n = kept.len();
    let columns = test.metric.columns(kept);
    let effects = test
        .effect
        .as_ref()
        .map(|effect| (effect, effect.columns(kept)));
    let all: Vec<usize> = (0..n).collect();
    let (mut hits, mut sizes) = (0_usize, Vec::with_capacity(RESAMPLES));
    for _ in 0..RESAMPLES {
        let picks: Vec<usize> = (0..n).map(|_| pick(n, stream)).collect();
        hits += usize::from(test.metric.over(&columns, &picks) != 0.0);
        if let Some((effect, columns)) = &effects {
            sizes.push(effect.over(columns, &picks));
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "resamples are few")]
    let share = hits as f64 / RESAMPLES as f64;
    let is_true = test.metric.over(&columns, &all) != 0.0;
    let (effect, half, range) = match &effects {
        Some((effect, columns)) => {
            let summary = Summary::of(&mut sizes);
            (
                effect.over(columns, &all),
                1.96 * summary.sd,
                (summary.quantiles[0], summary.quantiles[4]),
            )
        }
        None => (f64::NAN, f64::NAN, (f64::NAN, f64::NAN)),
    };
    Finding {
        verdict: if is_true {
            Verdict::Holds
        } else {
            Verdict::Fails
        },
        probability: share,
        // A share of resamples is not a probability of the test, so it has no interval.
        interval: (f64::NAN, f64::NAN),
        effect,
        effect_half_width: half,
        effect_range: range,
        #[expect(clippy::cast_precision_loss, reason = "resamples are few")]
        rate: (2.0 * share.min(1.0 - share)).max(1.0 / RESAMPLES as f64),
        ..Finding::not_expressible()
    }
}

/// Adjusts p-values to false-discovery rates over all theses. Verdicts above [`RATE`] become open.
fn settle(findings: &mut [Finding]) {
    let tested: Vec<usize> = (0..findings.len())
        .filter(|at| findings[*at].rate.is_finite())
        .collect();
    let p_values: Vec<f64> = tested.iter().map(|at| findings[*at].rate).collect();
    for (at, rate) in tested.into_iter().zip(adjusted(&p_values)) {
        findings[at].rate = rate;
        if rate > RATE {
            findings[at].verdict = Verdict::Open;
        }
    }
}
