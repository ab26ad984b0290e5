//! `tollway show`.

use std::io::IsTerminal as _;
use std::path::PathBuf;

use clap::Args;

use super::{Failure, print};
use crate::report::answer::Answer;
use crate::report::read::Shown;

/// Options of `tollway show`.
#[derive(Debug, Args)]
pub(super) struct ShowArgs {
    /// Folder of a finished run.
    run: PathBuf,
}

/// Whether headings may be bold: on a terminal, unless `NO_COLOR` is set.
pub(super) fn is_styled() -> bool {
    std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|set| set.is_empty())
}

/// Shows the answer of a finished run.
pub(super) fn run(args: &ShowArgs) -> Result<(), Failure> {
    let shown = Shown::open(&args.run)?;
    let look = |table: &str, entity: &str, measure: &str| shown.look(table, entity, measure);
    let answer = Answer {
        scenario: &shown.loaded.scenario,
        look: &look,
        replications: shown.replications,
        findings: &shown.findings,
        is_styled: is_styled(),
    };
    print(&answer.text())
}
