//! Pure functions of economics: formulas with their source, no state, no world.

pub mod capacity;
pub mod choice;
pub mod diffusion;
pub mod distributions;
pub mod hazard;
pub mod ownership;
pub mod pricing;
pub mod queueing;
pub mod revealed;
pub mod root;
pub mod steering;
pub mod switching;
