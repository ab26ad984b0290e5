//! Anchors of prices that react: values at the start, from which later equilibria move.

/// Anchors of prices that react, set at the start.
#[derive(Clone, Debug, Default)]
pub struct PriceAnchors {
    /// Shadow cost by model, USD per Mtok: the cost at which the observed price is an equilibrium, less the cost of
    /// compute.
    pub(in crate::market) shadow: Vec<f64>,
    /// Net price over the cost of compute at the start, at most one, by model.
    pub(in crate::market) cover: Vec<f64>,
    /// Utility, by group, that makes the stated share of buyers stay outside.
    pub(in crate::market) outside: Vec<f64>,
    /// Capability less that of the most capable rival of the tier, by model, logit units.
    pub(in crate::market) gap: Vec<f64>,
    /// List price of the most capable rival of the tier, by model, USD per Mtok.
    pub(in crate::market) frontier: Vec<f64>,
    /// Largest residual of a price equilibrium so far; output.
    pub residual: f64,
}
