//! `tollway trust`.
#![expect(clippy::disallowed_methods, reason = "the page is a file")]

use std::path::PathBuf;

use clap::Args;
use indicatif::ProgressBar;

use super::{Failure, print};
use crate::evidence::backtest::Failed;
use crate::evidence::trust::page;

/// Options of `tollway trust`.
#[derive(Debug, Args)]
pub(super) struct TrustArgs {
    /// File to write the page to [default: standard output].
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Writes the trust page; takes about two minutes.
pub(super) fn run(args: &TrustArgs) -> Result<(), Failure> {
    let bar = ProgressBar::new_spinner();
    let text = page(&|step| {
        bar.set_message(step.to_owned());
        bar.tick();
    })
    .map_err(|failed| match failed {
        Failed::Scenario(faults) => Failure::Scenario(faults),
        Failed::Invariant(text) => Failure::Invariant(text),
    })?;
    bar.finish_and_clear();
    match &args.out {
        None => print(&text),
        Some(file) => std::fs::write(file, text)
            .map_err(|error| Failure::Io(format!("cannot write {}: {error}", file.display()))),
    }
}
