//! Pure functions of the economics: formulas with their source. They hold no state and know nothing of the world.

pub mod capacity;
pub mod choice;
pub mod diffusion;
pub mod funding;
pub mod game;
pub mod hazard;
pub mod ownership;
pub mod pricing;
pub mod queueing;
pub mod revealed;
pub mod services;
pub mod steering;
pub mod switching;
pub mod valuation;
