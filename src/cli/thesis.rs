//! `tollway thesis`.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use super::experiment::{ExperimentArgs, Output, Plan, experiment};
use super::options::{fault, replications};
use super::{Failure, print, read_file, unreadable, write_file};
use crate::experiments::thesis::{Search, Test, Theses, ThesisSpec, audit, read};
use crate::report::experiments::thesis::{Audit, ThesisReport};
use crate::scenario::{Fault, Faults};

/// Options of `tollway thesis`.
#[derive(Debug, Args)]
pub(super) struct ThesisArgs {
    /// Files of theses, or folders of such files.
    #[arg(default_value = "scenarios/theses")]
    theses: Vec<PathBuf>,
    /// Replications of each trial of a flip; 0 skips the search for flips.
    #[arg(long, value_name = "N", default_value_t = 40)]
    flips: u32,
    /// Also write the audit as a Markdown page.
    #[arg(long, value_name = "FILE")]
    page: Option<PathBuf>,
    #[command(flatten)]
    common: ExperimentArgs,
}

/// The files with their texts; those in a folder in order of their names.
fn files(paths: &[PathBuf]) -> Result<Vec<(PathBuf, String)>, Failure> {
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            let entries = std::fs::read_dir(path).map_err(|error| unreadable(path, &error))?;
            let mut inside: Vec<PathBuf> = entries
                .filter_map(|entry| entry.ok().map(|entry| entry.path()))
                .filter(|path| path.extension() == Some("toml".as_ref()))
                .collect();
            inside.sort();
            if inside.is_empty() {
                let fault = Fault::nowhere(format!("{} has no files of theses", path.display()));
                return Err(Faults(vec![fault.help("name a folder with .toml files")]).into());
            }
            for file in inside {
                found.push(file_of(&file)?);
            }
        } else {
            found.push(file_of(path)?);
        }
    }
    Ok(found)
}

fn file_of(path: &Path) -> Result<(PathBuf, String), Failure> {
    Ok((path.to_path_buf(), read_file(path)?))
}

/// Tests theses.
pub(super) fn run(args: &ThesisArgs) -> Result<(), Failure> {
    let theses = read(&files(&args.theses)?, &args.common.size.edits())?;
    let replications = theses
        .arms
        .first()
        .map_or(0, |arm| replications(&arm.loaded));
    let tests = || theses.tests.iter().flatten();
    let is_used = |arm: &usize| tests().any(|test| test.arms.contains(arm));
    let used = (0..theses.arms.len()).filter(is_used).count();
    let runs = u64::from(replications) * used as u64;
    if args.common.dry_run {
        return print(&format!(
            "{runs} runs of {used} arms, up to {} per thesis to search for flips, and up to {} to scan named inputs\n",
            4 * args.flips,
            scans(&theses)
        ));
    }
    if replications < 20 {
        return Err(fault(
            format!("{replications} replications are too few for a verdict"),
            "run at least 20, for example --replications 100",
        ));
    }
    let options = json!({ "flips": args.flips, "tests": named(&theses), "scan": scan(&theses) });
    let plan = Plan {
        command: "thesis",
        label: Some(String::new()),
        arms: &theses.arms,
        replications,
        runs,
        options,
    };
    let search = Search {
        replications: args.flips,
    };
    let finished = experiment(
        &args.common,
        plan,
        |checkpoint, runner| audit(&theses, search, checkpoint, runner),
        |experiment, findings| {
            let audit = Audit {
                theses: &theses,
                findings,
            };
            let report = ThesisReport { experiment, audit };
            Output::of(&report, &args.common.result)
        },
    )?;
    if let Some(file) = &args.page {
        let audit = Audit {
            theses: &theses,
            findings: &finished.found,
        };
        write_file(file, audit.page())?;
    }
    Ok(())
}

/// Most runs of the scans of named inputs.
fn scans(theses: &Theses) -> u64 {
    let Some(scan) = &theses.scan else { return 0 };
    let inputs = theses
        .tests
        .iter()
        .flatten()
        .filter_map(|test| test.input.as_ref());
    let arms: usize = inputs.map(|input| input.arms.len()).sum();
    arms as u64 * (scan.points.0 + scan.halvings.0) * scan.replications.0
}

/// Names and tests of all theses, with their inputs and smallest effects: part of the name of the output.
fn named(theses: &Theses) -> Vec<Value> {
    let one = |(thesis, test): (&ThesisSpec, &Option<Test>)| {
        let name = &thesis.name.text;
        let input = test.as_ref().and_then(|test| test.input.as_ref());
        let smallest = test.as_ref().and_then(|test| test.smallest.as_ref());
        json!([
            name,
            thesis.test.as_ref().map_or(name, |test| &test.text),
            input.map(|input| (
                &input.paths,
                &input.rest,
                &input.arms,
                input.low,
                input.high
            )),
            smallest.map(|smallest| (smallest.value, smallest.of.as_ref().map(|of| &of.text))),
        ])
    };
    theses.theses.iter().zip(&theses.tests).map(one).collect()
}

fn scan(theses: &Theses) -> Option<[u64; 3]> {
    let scan = theses.scan.as_ref()?;
    Some([scan.points.0, scan.halvings.0, scan.replications.0])
}
