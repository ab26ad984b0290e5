//! Offers as customers see them: the mix of models behind each offer, and the publication of prices and weights.

pub mod direct;
pub mod publish;
pub mod routed;
