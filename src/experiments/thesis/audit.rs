//! The audit of theses: runs of their arms, tests on common random numbers, and verdicts.

use crate::base::rng::{Purpose, Stream, Streams, key_of};
use crate::market::rows::{self, Observed};
use crate::simulation::Simulation;
use crate::stats::multiple::adjusted;

use super::assumed::{EXPLAINED, assumed, subjects};
use super::check::Test;
use super::finding::{Assumed, Finding, Verdict};
use super::flip::{Trials, flip};
use super::judge::{TestResults, judge};
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
    let audit = Audit {
        theses,
        simulations: &simulations,
        rows: &rows,
        replications,
        search,
        runner,
    };
    for (at, test) in theses.tests.iter().enumerate() {
        if let Some(test) = test {
            audit.complete(at, test, &outcomes[at], &mut findings[at])?;
        }
    }
    Ok(findings)
}

/// An audit whose arms have run.
struct Audit<'a> {
    theses: &'a Theses,
    simulations: &'a [Simulation<'a>],
    rows: &'a Rows,
    replications: u32,
    search: Search,
    runner: Runner<'a>,
}

impl Audit<'_> {
    /// Adds to a finding the inputs that set its outcome, the region of failure, and the nearest flip.
    fn complete(
        &self,
        at: usize,
        test: &Test,
        results: &TestResults,
        finding: &mut Finding,
    ) -> Result<(), Stopped> {
        let theses = self.theses;
        let name = &theses.theses[at].name.text;
        let inputs = uncertain(&theses.arms[test.arms[0]].loaded);
        let simulation = &self.simulations[test.arms[0]];
        let scores = scores(simulation, &inputs, self.replications);
        let kept = &self.rows.of_test(test, self.replications as usize);
        let subjects = subjects(test, kept);
        finding.assumed =
            (subjects.iter()).find_map(|quantities| assumed(quantities, &inputs, &scores));
        if let (Some(deciding), Some(spec)) = (&test.input, &theses.scan) {
            let scan = Scan {
                theses,
                test,
                deciding,
                spec,
                kept,
            };
            finding.break_even = Some(scan.run(self.runner)?);
        }
        conclude(finding, test, kept);
        if results.truths.is_empty() {
            return Ok(());
        }
        let mut stream = stream_of(theses, &format!("region {name}"));
        finding.region = region(&inputs, &scores, &results.truths, &mut stream);
        if self.search.replications > 0 {
            let trials = Trials {
                theses,
                test,
                simulations: self.simulations,
                replications: self.search.replications,
            };
            let inputs = (&inputs[..], &scores[..]);
            let verdict = finding.verdict;
            finding.flip = flip(trials, inputs, &results.margins, verdict, self.runner)?;
        }
        Ok(())
    }
}

/// Replaces the verdict of a test that an input sets, or whose effect is too small.
fn conclude(finding: &mut Finding, test: &Test, kept: &[Vec<f64>]) {
    if let Some(scan) = finding
        .break_even
        .as_ref()
        .filter(|scan| scan.explained >= EXPLAINED)
    {
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
