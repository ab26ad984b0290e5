//! The common part of the commands of experiments: check the target, run from a checkpoint, write the folder, print the results.

use std::path::PathBuf;

use clap::Args;
use serde_json::Value;

use super::checkpoint::CheckpointFile;
use super::options::{ResultArgs, SizeArgs, fault};
use super::work::{Work, WorkArgs};
use super::{Failure, ScenarioArgs, print};
use crate::experiments::arms::{Arm, RunCheckpoint};
use crate::report::WriteError;
use crate::report::experiments::{Experiment, ExperimentReport};
use crate::report::folder::Folder;
use crate::runner::{Runner, Stopped};
use crate::scenario::{Faults, Loaded, Request, load};

/// Options of every experiment.
#[derive(Clone, Debug, Args)]
pub(super) struct ExperimentArgs {
    #[command(flatten)]
    pub(super) size: SizeArgs,
    /// Print how many runs it takes, and run none.
    #[arg(long)]
    pub(super) dry_run: bool,
    #[command(flatten)]
    pub(super) result: ResultArgs,
    #[command(flatten)]
    pub(super) work: WorkArgs,
}

impl ExperimentArgs {
    /// The scenario with the edits of these options, and the request that loads it.
    pub(super) fn load(&self, scenario: &ScenarioArgs) -> Result<(Request, Loaded), Faults> {
        let mut request = scenario.request();
        request.sets.extend(self.size.edits());
        let loaded = load(&request)?;
        Ok((request, loaded))
    }
}

/// An experiment that is about to run.
pub(super) struct Plan<'a> {
    /// The command.
    pub(super) command: &'static str,
    /// The scenarios in its name; the names of the arms if left out.
    pub(super) label: Option<String>,
    pub(super) arms: &'a [Arm],
    /// Replications of each arm.
    pub(super) replications: u32,
    /// Runs of all arms together.
    pub(super) runs: u64,
    /// Everything else that decides the results.
    pub(super) options: Value,
}

/// A report, ready to be written and printed.
pub(super) struct Output {
    folder: Result<Folder, WriteError>,
    /// Printed on standard output.
    text: String,
}

impl Output {
    /// Renders a report in the formats of the options.
    pub(super) fn of(report: &dyn ExperimentReport, args: &ResultArgs) -> Self {
        let folder = report.folder(args.format());
        let target = args.out.join(report.experiment().name());
        let text = if args.json {
            report.json(&target)
        } else {
            format!("{}\nWritten to {}\n", report.text(), target.display())
        };
        Self { folder, text }
    }
}

/// An experiment that was run, written and printed.
pub(super) struct Finished<F> {
    /// The findings of the study.
    pub(super) found: F,
    /// The folder of the results.
    pub(super) folder: PathBuf,
    pub(super) work: Work,
}

/// Refuses fewer than two replications, from which no interval follows.
pub(super) fn check_replications(replications: u32) -> Result<(), Failure> {
    if replications < 2 {
        return Err(fault(
            "a confidence interval needs at least two replications",
            "run more, for example --replications 200",
        ));
    }
    Ok(())
}

/// Runs an experiment: `study` runs the arms, `report` turns the results into files and text.
pub(super) fn experiment<F: Send + Sync>(
    args: &ExperimentArgs,
    plan: Plan<'_>,
    study: impl FnOnce(RunCheckpoint<'_>, Runner<'_>) -> Result<F, Stopped> + Send,
    report: impl FnOnce(Experiment<'_>, &F) -> Output + Send,
) -> Result<Finished<F>, Failure> {
    let experiment = Experiment {
        command: plan.command,
        label: plan.label,
        arms: plan.arms,
        replications: plan.replications,
        has_workbook: args.result.xlsx,
        options: &plan.options,
    };
    let name = experiment.name();
    args.result.target(&name)?;
    let mut checkpoint = CheckpointFile::open(&args.result.out, &name, &experiment.key())?;
    let work = args.work.start(plan.runs, "runs")?;
    let found = work.run(|runner| study(&mut checkpoint, runner));
    let found = found.map_err(|why| stopped(why, checkpoint.len()))?;
    let output = work.pool.install(|| report(experiment, &found));
    let folder = output
        .folder
        .and_then(|folder| folder.write(&args.result.out))?;
    checkpoint.remove();
    print(&output.text)?;
    Ok(Finished {
        found,
        folder,
        work,
    })
}

/// The failure of a command whose runs ended early.
fn stopped(stopped: Stopped, finished: usize) -> Failure {
    let again = format!("{finished} finished runs are saved; the same command resumes from them");
    match stopped {
        Stopped::Interrupted => Failure::Interrupted(format!("interrupted; {again}")),
        Stopped::Broken(reason) => Failure::Invariant(format!("{reason}; {again}")),
        Stopped::Io(reason) => Failure::Io(reason),
    }
}
