//! Policy and exogenous events: regulators, designations and law, dated events, shocks, incidents, and the catch-up of open weights.

pub mod dated;
pub mod designations;
pub mod incidents;
pub mod law;
pub mod openness;
pub mod regulators;
pub mod shocks;
