//! Tollway.
pub mod economics;
pub mod ids;
pub mod kernel;
pub mod rng;
pub mod scenario;
pub mod time;
pub mod units;
