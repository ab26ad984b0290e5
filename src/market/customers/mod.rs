//! Enterprises: the population, reviews of workloads, choice among offers, and migrations.

pub mod growth;
pub mod migration;
pub mod population;
pub mod review;
mod sizes;
pub mod spread;
pub mod switching_stakes;
pub mod weights;
