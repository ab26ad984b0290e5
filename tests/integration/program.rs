//! The program as a user runs it.

use std::path::Path;
use std::process::{Command, Output};

/// Runs the program in a folder.
pub(crate) fn tollway(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tollway"))
        .current_dir(folder)
        .args(arguments)
        .output()
        .expect("the program starts")
}

/// Returns everything that the program printed.
pub(crate) fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// Small market: four months of sixty enterprises.
pub(crate) const SMALL: [&str; 6] = [
    "--months",
    "4",
    "--enterprises",
    "60",
    "--replications",
    "6",
];
