//! Enterprises: who they are, when they review a workload, how they weigh offers and how they move.

pub mod migration;
pub mod population;
pub mod review;
pub mod scene;
pub mod switching_stakes;
pub mod weights;
