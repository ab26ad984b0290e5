//! The ensemble: replications in parallel, gathered in order.

use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use crate::panel::{EventLine, FlowLine, Panel, Table};
use crate::simulation::Simulation;

/// What to gather.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// Replications to run.
    pub replications: u32,
    /// Whether to keep flows and switching costs of every replication, not only the first and the mean.
    pub is_full: bool,
    /// Set from outside to stop after the replications that are under way.
    pub interrupt: &'a AtomicBool,
    /// Called with the number of finished replications.
    pub progress: &'a (dyn Fn(u32) + Sync),
}

impl std::fmt::Debug for Options<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options")
            .field("replications", &self.replications)
            .field("is_full", &self.is_full)
            .finish_non_exhaustive()
    }
}

/// Why an ensemble ended before its last replication.
#[derive(Clone, Debug, PartialEq)]
pub enum Ended {
    /// It did not: all replications are there.
    Complete,
    /// It was interrupted.
    Interrupted,
    /// An invariant broke in a replication.
    Broken {
        /// The replication.
        replication: u32,
        /// The identity that does not hold, with month and amounts, or the invariant.
        reason: String,
    },
}

/// The long tables of one replication, or their mean.
#[derive(Clone, Debug)]
pub struct Details {
    /// Switching cost by segment, home cloud, move and cause.
    pub switching: Table,
    /// Flows; in the mean, amounts in USD.
    pub flows: Vec<(FlowLine, f64)>,
}

/// The outcome of all finished replications, in order from the first.
#[derive(Clone, Debug)]
pub struct Ensemble {
    /// Tables by replication.
    pub tables: Vec<Vec<Table>>,
    /// Market events by replication.
    pub events: Vec<Vec<EventLine>>,
    /// Long tables of the first replication, or of all with `full`.
    pub details: Vec<Details>,
    /// Long tables in the mean.
    pub mean: Option<Details>,
    /// Names of accounts.
    pub accounts: Vec<String>,
    /// Decisions taken.
    pub decisions: u64,
    /// Events handled.
    pub handled: u64,
    /// How it ended.
    pub ended: Ended,
}

/// Runs replications on the current rayon pool. The result does not depend on the number of threads.
#[must_use]
pub fn run(simulation: &Simulation<'_>, options: Options<'_>) -> Ensemble {
    let mut ensemble = Ensemble {
        tables: Vec::new(),
        events: Vec::new(),
        details: Vec::new(),
        mean: None,
        accounts: Vec::new(),
        decisions: 0,
        handled: 0,
        ended: Ended::Complete,
    };
    let batch = u32::try_from(rayon::current_num_threads() * 4).unwrap_or(64);
    let finished = std::sync::atomic::AtomicU32::new(0);
    let mut first = 0;
    while first < options.replications {
        let last = (first + batch).min(options.replications);
        let results: Vec<Option<Result<Panel, String>>> = (first..last)
            .into_par_iter()
            .map(|replication| {
                if options.interrupt.load(Ordering::Relaxed) {
                    return None;
                }
                let result = run_guarded(simulation, replication);
                (options.progress)(finished.fetch_add(1, Ordering::Relaxed) + 1);
                Some(result)
            })
            .collect();
        for (replication, result) in (first..last).zip(results) {
            match result {
                Some(Ok(panel)) => ensemble.absorb(panel, options.is_full),
                Some(Err(reason)) => {
                    ensemble.ended = Ended::Broken {
                        replication,
                        reason,
                    };
                    ensemble.finish();
                    return ensemble;
                }
                None => {
                    ensemble.ended = Ended::Interrupted;
                    ensemble.finish();
                    return ensemble;
                }
            }
        }
        first = last;
    }
    ensemble.finish();
    ensemble
}

/// Runs a simulation without a display, to its end.
///
/// # Errors
/// A broken invariant, in words.
pub fn run_quietly(simulation: &Simulation<'_>, replications: u32) -> Result<Ensemble, String> {
    let ensemble = run(
        simulation,
        Options {
            replications,
            is_full: false,
            interrupt: &AtomicBool::new(false),
            progress: &|_| {},
        },
    );
    match &ensemble.ended {
        Ended::Broken {
            replication,
            reason,
        } => Err(format!("replication {replication}, {reason}")),
        Ended::Complete | Ended::Interrupted => Ok(ensemble),
    }
}

/// Runs a replication; a broken invariant stops that replication and not those that have finished.
fn run_guarded(simulation: &Simulation<'_>, replication: u32) -> Result<Panel, String> {
    guarded(|| {
        simulation
            .run(replication)
            .map_err(|identity| identity.to_string())
    })
}

/// Runs something, and turns a panic inside of it into a reason: it is the fault of what was run, not of what is around.
///
/// # Errors
/// The reason, of a panic or its own.
pub fn guarded<T>(run: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)) {
        Ok(result) => result,
        Err(cause) => Err(cause
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| cause.downcast_ref::<&str>().map(ToString::to_string))
            .unwrap_or_else(|| "unknown".to_owned())),
    }
}

impl Ensemble {
    /// The number of finished replications.
    #[must_use]
    pub fn replications(&self) -> usize {
        self.tables.len()
    }

    /// The values of one measure of one entity in one month, by replication.
    ///
    /// # Panics
    /// If there is no such table, entity or measure.
    #[must_use]
    pub fn sample(&self, table: &str, entity: &str, measure: &str, month: usize) -> Vec<f64> {
        self.tables
            .iter()
            .map(|tables| {
                let table = tables.iter().find(|other| other.name == table);
                table
                    .expect("the table is there")
                    .value(month, entity, measure)
            })
            .collect()
    }

    fn absorb(&mut self, panel: Panel, is_full: bool) {
        self.decisions += panel.decisions;
        self.handled += panel.handled;
        self.tables.push(panel.tables);
        self.events.push(panel.events);
        self.accounts = panel.accounts;
        let flows: Vec<(FlowLine, f64)> = panel
            .flows
            .into_iter()
            .map(|line| (line, line.usd.to_f64()))
            .collect();
        match &mut self.mean {
            None => {
                self.mean = Some(Details {
                    switching: panel.switching.clone(),
                    flows: flows.clone(),
                });
            }
            Some(sum) => {
                for (sum, value) in sum.switching.values.iter_mut().zip(&panel.switching.values) {
                    *sum += value;
                }
                sum.flows = add_flows(std::mem::take(&mut sum.flows), &flows);
            }
        }
        if is_full || self.details.is_empty() {
            self.details.push(Details {
                switching: panel.switching,
                flows,
            });
        }
    }

    fn finish(&mut self) {
        #[expect(clippy::cast_precision_loss, reason = "replications are few")]
        let n = self.replications() as f64;
        if let Some(mean) = &mut self.mean {
            mean.switching
                .values
                .iter_mut()
                .for_each(|value| *value /= n);
            mean.flows.iter_mut().for_each(|(_, usd)| *usd /= n);
        }
    }
}

/// Adds two lists of flows that are sorted by month, payer, payee, kind and origin.
fn add_flows(left: Vec<(FlowLine, f64)>, right: &[(FlowLine, f64)]) -> Vec<(FlowLine, f64)> {
    let key = |line: &FlowLine| (line.month, line.payer, line.payee, line.kind, line.origin);
    let mut sum = Vec::with_capacity(left.len() + right.len() / 8);
    let mut right = right.iter().peekable();
    for (line, usd) in left {
        while right
            .peek()
            .is_some_and(|(other, _)| key(other) < key(&line))
        {
            sum.extend(right.next().copied());
        }
        let same = right
            .next_if(|(other, _)| key(other) == key(&line))
            .map_or(0.0, |(_, usd)| *usd);
        sum.push((line, usd + same));
    }
    sum.extend(right.copied());
    sum
}
