//! `tollway trust`.

use std::path::PathBuf;

use clap::Args;
use indicatif::ProgressBar;

use super::{Failure, print, write_file};
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
    })?;
    bar.finish_and_clear();
    match &args.out {
        None => print(&text),
        Some(file) => write_file(file, text),
    }
}
