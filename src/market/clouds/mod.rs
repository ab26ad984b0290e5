//! Clouds: orders and deliveries of capacity, silicon, rents, answers to rivals' deals, and the clearing of compute in each window.

pub mod answers;
pub mod capacity;
pub mod clearing;
pub mod outside;
pub mod rents;
pub mod silicon;
