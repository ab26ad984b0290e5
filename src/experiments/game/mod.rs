//! Games between actors of a scenario (empirical game-theoretic analysis), and certificates of stability: strategies are edits
//! of a scenario, payoffs are values of monthly measures, and all runs use common random numbers.

pub mod account;
pub mod certificate;
pub mod check;
mod choices;
pub mod equilibria;
pub mod judge;
pub mod plan;
pub mod play;
pub mod samples;
pub mod search;
pub mod spec;
pub mod statics;
mod table;
