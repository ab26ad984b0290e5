//! `tollway thesis`.
#![expect(
    clippy::disallowed_methods,
    reason = "theses are files, and so is the page"
)]

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::options::{Kept, ResultArgs, SizeArgs, WorkArgs, stopped};
use super::verify::unreadable;
use super::{Failure, print};
use crate::experiments::thesis::{Search, audit, read};
use crate::report::experiments::Experiment;
use crate::report::experiments::thesis::ThesisReport;
use crate::report::folder::Folder;
use crate::scenario::{Fault, Faults};

/// Options of `tollway thesis`.
#[derive(Debug, Args)]
pub(super) struct ThesisArgs {
    /// Files of theses, or folders of them.
    #[arg(default_value = "scenarios/theses")]
    theses: Vec<PathBuf>,
    #[command(flatten)]
    size: SizeArgs,
    /// Replications of each trial of a flip; 0 looks for none.
    #[arg(long, value_name = "N", default_value_t = 40)]
    flips: u32,
    /// Also write the audit as a page of Markdown.
    #[arg(long, value_name = "FILE")]
    page: Option<PathBuf>,
    /// Only say how many runs it takes.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    result: ResultArgs,
    #[command(flatten)]
    work: WorkArgs,
}

/// Files and those in folders, in order of their names.
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
                let fault = Fault::nowhere(format!("{} holds no theses", path.display()));
                return Err(
                    Faults(vec![fault.help("name a folder with .toml files of theses")]).into(),
                );
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
    let text = std::fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
    Ok((path.to_path_buf(), text))
}

/// Judges theses.
pub(super) fn run(args: &ThesisArgs) -> Result<(), Failure> {
    let theses = read(&files(&args.theses)?, &args.size.edits())?;
    let replications = theses
        .arms
        .first()
        .map_or(0, |arm| arm.loaded.scenario.run.replications.0);
    let replications = u32::try_from(replications).unwrap_or(u32::MAX);
    let is_used = |arm: usize| {
        theses
            .tests
            .iter()
            .flatten()
            .any(|test| test.arms.contains(&arm))
    };
    let used = (0..theses.arms.len()).filter(|arm| is_used(*arm)).count();
    let runs = u64::from(replications) * used as u64;
    if args.dry_run {
        return print(&format!(
            "{runs} runs of {used} arms; up to {} more a thesis to look for flips\n",
            4 * args.flips
        ));
    }
    if replications < 20 {
        return Err(Faults(vec![
            Fault::nowhere(format!("{replications} replications decide nothing"))
                .help("run at least 20: --replications 100"),
        ])
        .into());
    }
    let tests: Vec<_> = theses
        .theses
        .iter()
        .map(|t| {
            [
                &t.name.text,
                t.test.as_ref().map_or(&t.name.text, |test| &test.text),
            ]
        })
        .collect();
    let options = json!({ "flips": args.flips, "tests": tests });
    let experiment = Experiment {
        command: "thesis",
        arms: &theses.arms,
        replications,
        has_workbook: args.result.xlsx,
        options: &options,
    };
    let key = experiment.key();
    let name = format!("thesis-{}", &key[..8]);
    args.result.target(&name)?;
    let mut kept = Kept::open(&args.result.out, &name, &key)?;
    let work = args.work.start(runs, "runs")?;
    let search = Search {
        replications: args.flips,
    };
    let found = work.run(|runner| audit(&theses, search, &mut kept, runner));
    let findings = found.map_err(|why| stopped(why, kept.len()))?;
    let report = ThesisReport {
        theses: &theses,
        findings: &findings,
    };
    let mut folder = Folder::new(name);
    folder
        .put_shown_table(report.frame(), args.result.format())
        .map_err(|error| Failure::Io(error.to_string()))?;
    let source = format!(
        "tollway thesis | {replications} replications | tollway {}",
        env!("CARGO_PKG_VERSION")
    );
    folder
        .put_charts(report.charts(), &source)
        .map_err(|error| Failure::Io(error.to_string()))?;
    folder.put("theses.md", report.page().into_bytes(), None);
    experiment
        .close(&mut folder, &report.sentences())
        .map_err(|error| Failure::Io(error.to_string()))?;
    let written = folder
        .write(&args.result.out)
        .map_err(|error| Failure::Io(error.to_string()))?;
    if let Some(page) = &args.page {
        std::fs::write(page, report.page())
            .map_err(|error| Failure::Io(format!("cannot write {}: {error}", page.display())))?;
    }
    kept.forget();
    if args.result.json {
        print(&report.json())
    } else {
        print(&format!(
            "{}\nWritten to {}\n",
            report.text(),
            written.display()
        ))
    }
}
