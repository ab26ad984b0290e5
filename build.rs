//! Records the commit from which the program is built, for the manifests of its runs.

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
    // The log changes with every commit and checkout. It is watched only if it exists: Cargo rebuilds every time if a
    // watched file is missing.
    let log =
        git(&["rev-parse", "--git-path", "logs/HEAD"]).filter(|path| Path::new(path).exists());
    if let Some(path) = log {
        println!("cargo::rerun-if-changed={path}");
    }
}
