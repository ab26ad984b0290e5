//! `tollway validate`.

use std::path::PathBuf;

use clap::Args;

use super::{Failure, print, print_notes};
use crate::scenario::{Faults, Request, load};

/// Options of `tollway validate`.
#[derive(Debug, Args)]
pub(super) struct ValidateArgs {
    /// Scenario files.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// Checks files and reports every fault of each.
pub(super) fn validate(args: &ValidateArgs) -> Result<(), Failure> {
    let mut faults = Vec::new();
    for file in &args.files {
        match load(&Request {
            file: Some(file.clone()),
            ..Request::default()
        }) {
            Ok(loaded) => {
                print_notes(&loaded);
                print(&format!(
                    "{}: no faults, {} changes against {}\n",
                    file.display(),
                    loaded.changes.len(),
                    loaded.parent
                ))?;
            }
            Err(found) => faults.extend(found.0),
        }
    }
    if faults.is_empty() {
        Ok(())
    } else {
        Err(Faults(faults).into())
    }
}
