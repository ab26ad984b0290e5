//! Values of the runs of an audit.

use crate::experiments::arms::{Run, RunCheckpoint, replicate};
use crate::runner::{Runner, Stopped};
use crate::simulation::Simulation;

use super::check::Test;
use super::spec::Theses;

/// The values that the tests need: by arm and replication, the cells of any test.
pub(super) struct Rows {
    pub(super) cells: Vec<Vec<(usize, usize)>>,
    values: Vec<Vec<Vec<f64>>>,
}

impl Rows {
    pub(super) fn of(theses: &Theses) -> Self {
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
    pub(super) fn run(
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
    pub(super) fn of_test(&self, test: &Test, replications: usize) -> Vec<Vec<f64>> {
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
