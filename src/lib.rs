//! Tollway.
pub mod economics;
pub mod ids;
pub mod kernel;
pub mod ledger;
pub mod market;
pub mod panel;
pub mod rng;
pub mod scenario;
pub mod simulation;
pub mod time;
pub mod units;
