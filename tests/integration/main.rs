//! Tests of the whole engine and of the program, in one binary. `cargo test NAME` runs the tests of one module.
#![allow(
    clippy::disallowed_methods,
    clippy::cast_precision_loss,
    clippy::case_sensitive_file_extension_comparisons,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::similar_names,
    clippy::too_many_lines,
    reason = "tests read files, count, and compare names that they know"
)]

mod architecture;
mod behaviour;
#[cfg(feature = "report")]
mod charts;
#[cfg(feature = "cli")]
mod commands;
mod common;
mod contracts;
mod designations;
#[cfg(feature = "cli")]
mod experiments;
mod faults;
#[cfg(feature = "cli")]
mod forecasts;
mod games;
mod golden;
mod growth;
#[cfg(all(feature = "cli", unix))]
mod guide;
mod limits;
mod mechanisms;
mod mechanisms_page;
mod money;
mod nowcast;
#[cfg(feature = "report")]
mod outputs;
mod overlays;
mod peers;
#[cfg(feature = "cli")]
mod program;
mod properties;
#[cfg(feature = "cli")]
mod replication;
mod reporting;
#[cfg(feature = "cli")]
mod results;
mod scenarios;
mod theses;
mod theses_inputs;
#[cfg(feature = "cli")]
mod verification;
mod vintages;
