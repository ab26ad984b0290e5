//! Mixes: the price of each offer, and the models and lanes that its tokens go to.

/// Price and steering of one offer, for one (task, class) group. [`Mixes::shares`] tells which lanes its tokens take.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mix {
    /// True if the offer has a model to serve with.
    pub serves: bool,
    /// Price paid without fees, USD per Mtok.
    pub price: f64,
    /// Fee, USD per Mtok.
    pub fee: f64,
    /// Share of tokens on the operator's own models, which exist on its cloud only.
    pub first_party: f64,
    /// Utility lost to steering, logit units, relative to a neutral router at the same fee.
    pub steering_loss: f64,
    /// Share of tokens on the operator's own models under a neutral router (no steering).
    pub neutral_first_party: f64,
    /// Part of the price that goes to the operator's own models, USD per Mtok.
    pub own_price: f64,
    /// Part of the price that would go to the operator's own models under a neutral router, USD per Mtok.
    pub neutral_own_price: f64,
    /// Part of the price that would go to others' models under a neutral router, USD per Mtok.
    pub neutral_rival_price: f64,
}

/// Mixes of all offers as last published.
#[derive(Clone, Debug, Default)]
pub struct Mixes {
    /// Mixes by (regime, group, offer).
    pub of: Vec<Mix>,
    /// Shares of tokens by (regime, group, offer, lane of the offer). They sum to one if the offer serves.
    pub shares: Vec<f64>,
    /// Compute by (regime, group, offer), H100e-hours per Mtok, over all clouds.
    pub hours: Vec<f64>,
    /// Compute of routers by (task, router, cloud), H100e-hours per Mtok: first-party, other. For the first price
    /// class under the first regime.
    pub routed_hours: Vec<[f64; 2]>,
    /// Number of routers.
    pub routers: usize,
    /// Number of (offer, lane) pairs.
    pub ways: usize,
    /// Number of (regime, group) pairs.
    pub blocks: usize,
}
