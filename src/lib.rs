//! Tollway.
#[cfg(feature = "cli")]
pub mod cli;
pub mod economics;
pub mod ensemble;
pub mod ids;
pub mod kernel;
pub mod ledger;
pub mod market;
pub mod panel;
#[cfg(feature = "report")]
pub mod report;
pub mod rng;
pub mod scenario;
pub mod simulation;
pub mod stats;
pub mod time;
pub mod units;
