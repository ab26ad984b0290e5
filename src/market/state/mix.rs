//! Mixes: the price of each offer, and where its tokens go.

/// Price and steering of one offer, for one (task, class) group; where they go is in [`Mixes::shares`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Mix {
    /// True where the offer has a model to serve with.
    pub serves: bool,
    /// Price paid without fees, USD per Mtok.
    pub price: f64,
    /// Fee, USD per Mtok.
    pub fee: f64,
    /// Share of tokens on models of the operator's own, which exist on its cloud only.
    pub first_party: f64,
    /// Utility lost to steering, in logit units, against a neutral router at the same fee.
    pub steering_loss: f64,
    /// Share of own-model tokens under a neutral router.
    pub neutral_first_party: f64,
    /// Part of the price that goes to the operator's own models, USD per Mtok.
    pub own_price: f64,
    /// Part of the price that goes to the operator's own models under a neutral router, USD per Mtok.
    pub neutral_own_price: f64,
    /// Part of the price that goes to others' models under a neutral router, USD per Mtok.
    pub neutral_rival_price: f64,
}

/// The mixes of all offers as last published.
#[derive(Clone, Debug, Default)]
pub struct Mixes {
    /// Mixes by (regime, group, offer).
    pub of: Vec<Mix>,
    /// Shares of tokens by (regime, group, offer, lane of the offer), summing to one where an offer serves.
    pub shares: Vec<f64>,
    /// Compute in H100e-hours per Mtok by (regime, group, offer), wherever it is used.
    pub hours: Vec<f64>,
    /// Compute of routers in H100e-hours per Mtok by (task, router, cloud), first-party and other, for the first price class
    /// under the first regime.
    pub routed_hours: Vec<[f64; 2]>,
    /// The number of routers.
    pub routers: usize,
    /// The number of (offer, lane) pairs.
    pub ways: usize,
    /// The number of (regime, group) pairs.
    pub blocks: usize,
}
