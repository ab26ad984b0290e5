//! Anchors of prices that react: values at the start, from which later equilibria move.

/// Anchors of prices that react, set at the start.
#[derive(Clone, Debug, Default)]
pub struct PriceAnchors {
    /// Capability less that of the most capable rival of the tier, by model, logit units.
    pub(in crate::market) gap: Vec<f64>,
    /// List price of the most capable rival of the tier, by model, USD per Mtok.
    pub(in crate::market) frontier: Vec<f64>,
    /// Largest residual of a price equilibrium so far; output.
    pub residual: f64,
}
