//! The base of all other modules: units and money, ids, time, elementary functions, distributions, roots, and random
//! streams. Nothing here knows of markets.

pub mod distributions;
pub mod elementary;
pub mod ids;
pub mod rng;
pub mod root;
pub mod time;
pub mod units;
