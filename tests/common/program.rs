//! The program as a user runs it.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test file uses a part of this"
)]

use std::path::Path;
use std::process::{Command, Output};

/// Runs the program in a folder.
pub fn tollway(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tollway"))
        .current_dir(folder)
        .args(arguments)
        .output()
        .expect("the program starts")
}

/// All that it printed.
pub fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// A small market: four months of sixty enterprises.
pub const SMALL: [&str; 6] = [
    "--months",
    "4",
    "--enterprises",
    "60",
    "--replications",
    "6",
];
