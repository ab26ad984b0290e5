//! The audit of theses: runs of their arms, tests on common random numbers, and verdicts.

use crate::base::rng::{Purpose, Stream, Streams, key_of};
use crate::market::rows::{self, Observed};
use crate::simulation::Simulation;
use crate::stats::Summary;
use crate::stats::boxes::{Cases, Peeling, balanced, pick};
use crate::stats::intervals::{binomial_cdf, correlation, half_width, proportion_interval};
use crate::stats::multiple::adjusted;

use super::finding::{Finding, Region, Side, Verdict};
use super::flip::{Trials, flip};
use super::spec::{Test, Theses};
use crate::experiments::arms::{Run, RunCheckpoint, replicate};
use crate::experiments::inputs::{Input, strongest, uncertain};
use crate::runner::{Runner, Stopped};

/// False-discovery rate of the verdicts of an audit.
pub const RATE: f64 = 0.05;
/// Number of resamples of metrics over replications.
const RESAMPLES: usize = 1_000;

/// The values that the tests need: by arm and replication, the cells of any test.
struct Rows {
    cells: Vec<Vec<(usize, usize)>>,
    values: Vec<Vec<Vec<f64>>>,
}

impl Rows {
    fn of(theses: &Theses) -> Self {
        let mut cells = vec![Vec::new(); theses.arms.len()];
        for test in theses.tests.iter().flatten() {
            for cell in test.wanted.cells() {
                cells[test.arms[cell.arm]].push((cell.table, cell.offset));
            }
        }
        for of_arm in &mut cells {
            of_arm.sort_unstable();
            of_arm.dedup();
        }
        Self {
            values: vec![Vec::new(); cells.len()],
            cells,
        }
    }

    /// Runs the arms that a test needs.
    fn run(
        &mut self,
        theses: &Theses,
        simulations: &[Simulation<'_>],
        replications: u32,
        checkpoint: RunCheckpoint<'_>,
        runner: Runner<'_>,
    ) -> Result<(), Stopped> {
        let Self { cells, values } = self;
        let runs: Vec<Run> = (0..cells.len())
            .filter(|arm| !cells[*arm].is_empty())
            .flat_map(|arm| (0..replications).map(move |replication| (arm, replication)))
            .collect();
        let one = |(arm, replication): Run| {
            let name = &theses.arms[arm].name;
            replicate(name, &simulations[arm], replication, |panel| {
                let cells = cells[arm].iter();
                cells
                    .map(|(table, offset)| panel.cell(*table, *offset))
                    .collect()
            })
        };
        runner.run(&runs, &one, checkpoint, &mut |(arm, _), row| {
            values[arm].push(row);
        })
    }

    /// By replication: the values that a test needs, in its order.
    fn of_test(&self, test: &Test, replications: usize) -> Vec<Vec<f64>> {
        let places: Vec<(usize, usize)> = test
            .wanted
            .cells()
            .iter()
            .map(|cell| {
                let arm = test.arms[cell.arm];
                let at = self.cells[arm].binary_search(&(cell.table, cell.offset));
                (arm, at.expect("the rows have every cell of every test"))
            })
            .collect();
        (0..replications)
            .map(|replication| {
                places
                    .iter()
                    .map(|(arm, at)| self.values[*arm][replication][*at])
                    .collect()
            })
            .collect()
    }
}

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
        let results = &outcomes[at];
        if results.truths.is_empty() {
            continue;
        }
        let simulation = &simulations[test.arms[0]];
        let inputs = uncertain(&theses.arms[test.arms[0]].loaded);
        let scores = scores(simulation, &inputs, replications);
        let mut stream = stream_of(theses, &format!("region {}", theses.theses[at].name.text));
        findings[at].region = region(&inputs, &scores, &results.truths, &mut stream);
        if search.replications > 0 {
            let trials = Trials {
                theses,
                test,
                simulations: &simulations,
                replications: search.replications,
            };
            let inputs = (&inputs[..], &scores[..]);
            let verdict = findings[at].verdict;
            findings[at].flip = flip(trials, inputs, &results.margins, verdict, runner)?;
        }
    }
    Ok(findings)
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
        region: None,
        flip: None,
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
        region: None,
        flip: None,
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

/// Number of inputs that may bound a region: those that correlate most with failure.
const CANDIDATES: usize = 6;

/// The box of inputs in which a claim fails. Bounds that chance would explain among all inputs are dropped.
fn region(
    inputs: &[Input],
    scores: &[Vec<f64>],
    truths: &[bool],
    stream: &mut Stream,
) -> Option<Region> {
    let fails: Vec<bool> = truths.iter().map(|truth| !truth).collect();
    let count = fails.iter().filter(|fails| **fails).count();
    if count < 5 || fails.len() - count < 5 {
        return None;
    }
    let chosen: Vec<usize> = strongest(
        scores,
        &fails
            .iter()
            .map(|f| f64::from(u8::from(*f)))
            .collect::<Vec<_>>(),
    )
    .into_iter()
    .take(CANDIDATES)
    .map(|(input, _)| input)
    .collect();
    let points: Vec<Vec<f64>> = scores
        .iter()
        .map(|row| chosen.iter().map(|at| row[*at]).collect())
        .collect();
    let cases = Cases {
        points,
        hits: fails,
    };
    let peeling = Peeling {
        alpha: 0.05,
        least: 0.1,
    };
    let trajectory = cases.peel(peeling);
    let mut limits = trajectory[balanced(&trajectory)].0.clone();
    let whole = &trajectory[0].0;
    #[expect(clippy::cast_precision_loss, reason = "inputs are few")]
    let looked_at = inputs.len() as f64;
    let mut sides = Vec::new();
    for bound in cases.bounds(&limits, peeling, 20, stream) {
        let d = bound.dimension;
        if bound.chance * looked_at > 0.05 || bound.stability < 0.5 {
            limits.low[d] = whole.low[d];
            limits.high[d] = whole.high[d];
            continue;
        }
        let input = &inputs[chosen[d]];
        sides.push(Side {
            path: input.path.clone(),
            above: (limits.low[d] > whole.low[d]).then(|| input.shape.quantile(limits.low[d])),
            below: (limits.high[d] < whole.high[d]).then(|| input.shape.quantile(limits.high[d])),
        });
    }
    let found = cases.fit(&limits);
    (!sides.is_empty()).then_some(Region {
        sides,
        coverage: found.coverage,
        density: found.density,
    })
}
