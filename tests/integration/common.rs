//! Helpers that tests of whole runs share.

use std::path::{Path, PathBuf};

use tollway::ensemble::{Ensemble, run_quietly};
use tollway::scenario::{Loaded, Request, load};
use tollway::simulation::Simulation;

/// Returns the path of a file of the project.
pub(crate) fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Returns all files below a folder, in order of their paths.
pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut left = vec![folder.to_path_buf()];
    while let Some(next) = left.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                left.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Returns the Rust sources below a folder of the project, in order of their paths.
pub(crate) fn sources_below(folder: &str) -> Vec<PathBuf> {
    let mut found = files_below(&project(folder));
    found.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
    found
}

/// Returns the names of all shipped scenarios, in order.
pub(crate) fn shipped() -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(project("scenarios"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "toml")
        })
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// Loads a shipped scenario with edits.
pub(crate) fn scenario(name: &str, sets: &[&str]) -> Loaded {
    let request = Request {
        file: Some(project(&format!("scenarios/{name}.toml"))),
        sets: sets.iter().map(ToString::to_string).collect(),
        ..Request::default()
    };
    load(&request).unwrap_or_else(|faults| panic!("{faults}"))
}

/// Loads a shipped scenario with the text of an overlay on top.
pub(crate) fn with_overlay(name: &str, overlay: &str, sets: &[&str]) -> Loaded {
    let folder = temp_dir::TempDir::new().expect("a temporary folder");
    let file = folder.path().join("overlay.toml");
    std::fs::write(&file, overlay).expect("a temporary file");
    let request = Request {
        file: Some(project(&format!("scenarios/{name}.toml"))),
        overlays: vec![file],
        sets: sets.iter().map(ToString::to_string).collect(),
        ..Request::default()
    };
    load(&request).unwrap_or_else(|faults| panic!("{faults}"))
}

/// Runs a loaded scenario.
pub(crate) fn simulate(loaded: &Loaded) -> Ensemble {
    let replications = u32::try_from(loaded.scenario.run.replications.0).unwrap();
    run_quietly(&Simulation::of(loaded), replications).expect("invariants hold")
}

/// Returns the values of one measure in one month, one for each replication.
pub(crate) fn values(
    ensemble: &Ensemble,
    table: &str,
    entity: &str,
    measure: &str,
    month: usize,
) -> Vec<f64> {
    ensemble.sample(table, entity, measure, month)
}

/// Returns the mean over replications of one measure in one month.
pub(crate) fn mean(
    ensemble: &Ensemble,
    table: &str,
    entity: &str,
    measure: &str,
    month: usize,
) -> f64 {
    let values = values(ensemble, table, entity, measure, month);
    values.iter().sum::<f64>() / values.len() as f64
}

/// Returns the mean of paired differences and its standard error.
pub(crate) fn paired(left: &[f64], right: &[f64]) -> (f64, f64) {
    let n = left.len() as f64;
    let differences: Vec<f64> = left.iter().zip(right).map(|(l, r)| l - r).collect();
    let mean = differences.iter().sum::<f64>() / n;
    let variance = differences.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}
