//! Ensembles: replications of one scenario, run in parallel and gathered in order.

use crate::panel::{EventLine, FlowLine, Panel, Table};
use crate::runner::{NoCheckpoint, Runner, Stopped};
use crate::simulation::Simulation;

/// The way an ensemble ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Ended {
    /// After its last replication.
    Complete,
    /// Interrupted before its last replication.
    Interrupted,
    /// By a broken invariant in a replication.
    Broken {
        /// The replication.
        replication: u32,
        /// The accounting identity that does not hold, with month and amounts, or the message of a panic.
        reason: String,
    },
}

/// The long tables of one replication, or their mean.
#[derive(Clone, Debug)]
pub struct Details {
    /// Switching cost by segment, home cloud, move and cause.
    pub switching: Table,
    /// Flows with their amounts in USD.
    pub flows: Vec<(FlowLine, f64)>,
}

/// The results of all finished replications, in order.
#[derive(Clone, Debug)]
pub struct Ensemble {
    /// Tables by replication.
    pub tables: Vec<Vec<Table>>,
    /// Market events by replication.
    pub events: Vec<Vec<EventLine>>,
    /// Long tables of the first replication, or of all replications in a full ensemble.
    pub details: Vec<Details>,
    /// Mean of the long tables over replications.
    pub mean: Option<Details>,
    /// Names of accounts.
    pub accounts: Vec<String>,
    /// Number of decisions taken.
    pub decisions: u64,
    /// Number of events handled.
    pub handled: u64,
    /// The way it ended.
    pub ended: Ended,
}

/// Panels of a replication are large: a batch holds few of them for each thread.
const BATCH: usize = 4;

/// Runs replications on the current rayon pool. The result does not depend on the number of threads. `is_full` keeps flows and
/// switching costs of every replication, not only of the first and the mean.
#[must_use]
pub fn run(
    simulation: &Simulation<'_>,
    replications: u32,
    is_full: bool,
    runner: Runner<'_>,
) -> Ensemble {
    let mut ensemble = Ensemble::empty();
    let jobs: Vec<u32> = (0..replications).collect();
    let one = |replication: u32| {
        let panel = simulation.run(replication);
        panel.map_err(|identity| identity.to_string())
    };
    let runner = Runner {
        batch: BATCH,
        ..runner
    };
    let ended = runner.run(&jobs, &one, &mut NoCheckpoint, &mut |_, panel| {
        ensemble.absorb(panel, is_full);
    });
    ensemble.ended = match ended {
        Ok(()) => Ended::Complete,
        Err(Stopped::Interrupted) => Ended::Interrupted,
        Err(Stopped::Broken(reason) | Stopped::Io(reason)) => Ended::Broken {
            // Replications are absorbed in order: the next one is the one that broke.
            replication: u32::try_from(ensemble.replications()).unwrap_or(u32::MAX),
            reason,
        },
    };
    ensemble.finish();
    ensemble
}

/// Runs a simulation to its end without showing progress.
///
/// # Errors
/// The message of a broken invariant.
pub fn run_quietly(simulation: &Simulation<'_>, replications: u32) -> Result<Ensemble, String> {
    let ensemble = run(simulation, replications, false, Runner::quiet());
    match &ensemble.ended {
        Ended::Broken {
            replication,
            reason,
        } => Err(format!("replication {replication}, {reason}")),
        Ended::Complete | Ended::Interrupted => Ok(ensemble),
    }
}

impl Ensemble {
    const fn empty() -> Self {
        Self {
            tables: Vec::new(),
            events: Vec::new(),
            details: Vec::new(),
            mean: None,
            accounts: Vec::new(),
            decisions: 0,
            handled: 0,
            ended: Ended::Complete,
        }
    }

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
