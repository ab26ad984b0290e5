//! Accounts: the worth of each actor in a run of a scenario.

use std::ops::Range;

use rayon::prelude::*;

use crate::economics::valuation::{Valuation, Worth};
use crate::market::rows::{self, Observed};
use crate::metric::unit::Unit;
use crate::metric::{ArmShape, Metric, Wanted};
use crate::panel::Panel;
use crate::runner::{Runner, Stopped};
use crate::scenario::record::Name;
use crate::scenario::{Fault, Faults, Loaded};
use crate::simulation::Simulation;

use crate::experiments::arms::{Run, RunCheckpoint, replicate};

/// Number of arms that are loaded at a time.
const CHUNK: usize = 16;

/// The monthly amounts of actors, and the rule that values them.
#[derive(Clone, Debug)]
pub struct Accounts {
    /// Monthly amounts, each with its place.
    pub amounts: Vec<Name>,
    /// The rule.
    pub rule: Valuation,
}

/// Accounts checked against one scenario.
struct Checked {
    metrics: Vec<Metric>,
    wanted: Wanted,
    observed: Observed,
}

impl Accounts {
    fn check(&self, loaded: &Loaded) -> Result<Checked, Faults> {
        let months = usize::try_from(loaded.scenario.months.0).expect("at most 120 months");
        let panel = rows::panel(&loaded.scenario, months);
        let shape = ArmShape {
            name: "scenario",
            panel: &panel,
            months,
        };
        let (mut metrics, mut wanted, mut faults) = (Vec::new(), Wanted::default(), Vec::new());
        for Name { text, place } in &self.amounts {
            match Metric::monthly(text, place, shape, &mut wanted, self.rule.months) {
                Ok(metric) => metrics.push(metric),
                Err(fault) => faults.push(fault),
            }
        }
        let cells = wanted.cells().iter();
        let observed = Observed::values(&panel, cells.map(|cell| (cell.table, cell.offset)));
        if faults.is_empty() {
            Ok(Checked {
                metrics,
                wanted,
                observed,
            })
        } else {
            Err(Faults(faults))
        }
    }

    /// The unit that all amounts have.
    ///
    /// # Errors
    /// Faults of the amounts, or an amount in another unit than the first.
    pub fn unit(&self, loaded: &Loaded) -> Result<Unit, Faults> {
        let checked = self.check(loaded)?;
        let first = checked.metrics[0].unit.clone();
        let mut faults = Vec::new();
        for (metric, name) in checked.metrics.iter().zip(&self.amounts) {
            if metric.unit != first {
                let message = format!("this amount is in {}, the first in {first}", metric.unit);
                faults.push(
                    Fault::new(message, name.place.clone())
                        .also("the first", self.amounts[0].place.clone())
                        .help("give all amounts the same unit, such as measures that end in _usd"),
                );
            }
        }
        if faults.is_empty() {
            Ok(first)
        } else {
            Err(Faults(faults))
        }
    }
}

impl Checked {
    /// By amount: the parts of its worth in a replication, one after the other.
    fn values(&self, panel: &Panel, rule: Valuation) -> Vec<f64> {
        let kept: Vec<f64> = self.wanted.read(0, panel).map(|(_, value)| value).collect();
        let parts = self.metrics.iter().flat_map(|metric| {
            let worth = rule.worth(&metric.by_month(&kept));
            [worth.flow, worth.last_year]
        });
        parts.collect()
    }
}

/// The worth of each amount in one run.
pub type Row = Vec<Worth>;

/// Loads the arm of that number.
pub type Build<'a> = &'a (dyn Fn(usize) -> Result<Loaded, Faults> + Sync);

/// Runs arms by their numbers. Results go through the checkpoint of the experiment, whose arms have the same numbers.
pub struct Bench<'a> {
    accounts: &'a Accounts,
    checkpoint: RunCheckpoint<'a>,
    runner: Runner<'a>,
    done: u64,
}

impl std::fmt::Debug for Bench<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bench")
            .field("accounts", &self.accounts)
            .field("done", &self.done)
            .finish_non_exhaustive()
    }
}

impl<'a> Bench<'a> {
    /// A bench that values runs by these accounts.
    #[must_use]
    pub fn new(accounts: &'a Accounts, checkpoint: RunCheckpoint<'a>, runner: Runner<'a>) -> Self {
        Self {
            accounts,
            checkpoint,
            runner,
            done: 0,
        }
    }

    /// Runs replications of arms, which `build` loads. Returns rows by arm and replication.
    ///
    /// # Errors
    /// The reason why the runs ended early. Arms were checked before, so one that cannot be loaded is a broken invariant.
    pub fn run(
        &mut self,
        arms: &[usize],
        replications: &Range<u32>,
        build: Build<'_>,
    ) -> Result<Vec<Vec<Row>>, Stopped> {
        let mut found = Vec::with_capacity(arms.len());
        for chunk in arms.chunks(CHUNK) {
            let loaded: Result<Vec<(Loaded, Checked)>, Faults> = (chunk.par_iter())
                .map(|arm| {
                    let loaded = build(*arm)?;
                    let checked = self.accounts.check(&loaded)?;
                    Ok((loaded, checked))
                })
                .collect();
            let loaded = loaded.map_err(|faults| Stopped::Broken(faults.to_string()))?;
            found.extend(self.run_chunk(chunk, &loaded, replications)?);
        }
        Ok(found)
    }

    fn run_chunk(
        &mut self,
        arms: &[usize],
        loaded: &[(Loaded, Checked)],
        replications: &Range<u32>,
    ) -> Result<Vec<Vec<Row>>, Stopped> {
        let simulations: Vec<Simulation<'_>> = (loaded.iter())
            .map(|(loaded, checked)| Simulation::of(loaded).observing(checked.observed.clone()))
            .collect();
        let place = |arm: usize| arms.iter().position(|other| *other == arm);
        let at = |arm: usize| place(arm).expect("the arm is in this chunk");
        let runs: Vec<Run> = (arms.iter())
            .flat_map(|arm| {
                replications
                    .clone()
                    .map(move |replication| (*arm, replication))
            })
            .collect();
        let rule = self.accounts.rule;
        let one = |(arm, replication): Run| {
            let at = at(arm);
            replicate(
                &format!("number {arm}"),
                &simulations[at],
                replication,
                |panel| loaded[at].1.values(panel, rule),
            )
        };
        let mut found = vec![Vec::new(); arms.len()];
        let runner = self.runner.after(self.done);
        runner.run(&runs, &one, self.checkpoint, &mut |(arm, _), values| {
            let parts = values.chunks_exact(2);
            let worth = parts.map(|part| Worth {
                flow: part[0],
                last_year: part[1],
            });
            found[at(arm)].push(worth.collect::<Row>());
        })?;
        self.done += runs.len() as u64;
        Ok(found)
    }
}
