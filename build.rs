//! Records the commit that the tool is built from, for the manifests of its runs.

use std::path::Path;
use std::process::Command;

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

fn main() {
    let commit = git(&["rev-parse", "HEAD"]).unwrap_or_else(|| "unknown".to_owned());
    println!("cargo::rustc-env=TOLLWAY_COMMIT={commit}");
    println!("cargo::rerun-if-changed=build.rs");
    // This log grows with every commit and checkout. Cargo builds anew each time where a watched file does not exist.
    let log =
        git(&["rev-parse", "--git-path", "logs/HEAD"]).filter(|path| Path::new(path).exists());
    if let Some(path) = log {
        println!("cargo::rerun-if-changed={path}");
    }
}
