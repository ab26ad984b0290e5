//! Clouds: orders and deliveries of capacity, silicon, rents, and the clearing of compute in each window.

pub mod capacity;
pub mod clearing;
pub mod rents;
pub mod silicon;
