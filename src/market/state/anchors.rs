//! Anchors of prices that react.

/// What prices are anchored to at the start.
#[derive(Clone, Debug, Default)]
pub struct PriceAnchors {
    /// Cost at which the observed price is an equilibrium, less the cost of compute, by model.
    pub(in crate::market) shadow: Vec<f64>,
    /// Net price over the cost of compute where it was below one; one elsewhere, by model.
    pub(in crate::market) cover: Vec<f64>,
    /// Utility that makes the stated share of buyers stay outside, by group.
    pub(in crate::market) outside: Vec<f64>,
    /// Capability against the best of the tier, by model.
    pub(in crate::market) gap: Vec<f64>,
    /// Price of the best of the tier, by model.
    pub(in crate::market) frontier: Vec<f64>,
    /// The largest residual of an equilibrium so far.
    pub residual: f64,
}
