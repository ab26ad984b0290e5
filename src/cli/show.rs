//! `tollway show`.

use std::io::IsTerminal as _;
use std::path::PathBuf;

use clap::Args;

use super::{Failure, print};
use crate::report::read::{Shown, findings};
use crate::report::text::summary::{TextSummary, sentences};

/// Options of `tollway show`.
#[derive(Debug, Args)]
pub(super) struct ShowArgs {
    /// Folder of a finished run or experiment.
    run: PathBuf,
}

/// True if headings are bold: on a terminal, unless `NO_COLOR` is set.
pub(super) fn is_styled() -> bool {
    std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|set| set.is_empty())
}

/// Prints the summary of a finished run, or the findings of an experiment.
pub(super) fn run(args: &ShowArgs) -> Result<(), Failure> {
    let is_experiment =
        args.run.join("findings.json").exists() && !args.run.join("summary.csv").exists();
    if is_experiment {
        return print(&sentences(&findings(&args.run)?, is_styled()));
    }
    let shown = Shown::open(&args.run)?;
    let look = |table: &str, entity: &str, measure: &str| shown.look(table, entity, measure);
    let summary = TextSummary {
        scenario: &shown.loaded.scenario,
        look: &look,
        replications: shown.replications,
        findings: &shown.findings,
        is_styled: is_styled(),
    };
    print(&summary.text())
}
