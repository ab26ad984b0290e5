//! Tally of a month: volumes and spend before they become flows of money.

use crate::market::state::Dims;

/// Tally of a month: volumes and spend before they become flows of money; output.
#[derive(Clone, Debug)]
pub struct Tally {
    /// Number of segments.
    pub(in crate::market) segments: usize,
    /// Spend by (lane, segment), USD, without fees.
    pub(in crate::market) lane_usd: Vec<f64>,
    /// Tokens served by lane, Mtok.
    pub lane_mtok: Vec<f64>,
    /// Compute used by lane, H100e-hours.
    pub lane_hours: Vec<f64>,
    /// Part of `lane_hours` that clouds other than the lane's own took over, by lane, H100e-hours.
    pub placed_hours: Vec<f64>,
    /// Compute that labs used or paid for at each cloud, without enterprises' tokens, H100e-hours.
    pub lab_hours: Vec<f64>,
    /// Compute that each cloud sold or used, once the month's books are closed, H100e-hours.
    pub sold_hours: Vec<f64>,
    /// Compute that customers outside the model used at each cloud, once the books are closed, H100e-hours.
    pub background_hours: Vec<f64>,
    /// Committed compute that each cloud could not deliver, so that labs do not owe it, USD.
    pub undelivered_usd: Vec<f64>,
    /// Spend on models by offer, USD, without fees.
    pub offer_usd: Vec<f64>,
    /// Tokens served by offer, Mtok.
    pub offer_mtok: Vec<f64>,
    /// Fees by (segment, router), USD.
    pub fee_usd: Vec<f64>,
    /// Spend by (segment, router), USD, without fees.
    pub routed_usd: Vec<f64>,
    /// Tokens served by router, Mtok.
    pub routed_mtok: Vec<f64>,
    /// Tokens served on the operator's own models, by router, Mtok.
    pub first_party_mtok: Vec<f64>,
    /// Tokens that a neutral router would send to the operator's own models, by router, Mtok.
    pub neutral_mtok: Vec<f64>,
    /// Cost of steering to users, by router, USD.
    pub steering_usd: Vec<f64>,
    /// Sales that steering adds to the operator's own models, by router, USD.
    pub own_gain_usd: Vec<f64>,
    /// Sales that steering takes from others' models, by router, USD.
    pub rival_loss_usd: Vec<f64>,
    /// Utility lost to steering times tokens served, by router, logit units times Mtok.
    pub quality_loss: Vec<f64>,
    /// Spend on self-hosting by segment, USD.
    pub self_host_usd: Vec<f64>,
    /// Accelerators that enterprises rented for open weights, H100e-hours.
    pub rented_hours: f64,
    /// Tokens served by segment, Mtok.
    pub mtok: Vec<f64>,
    /// Tokens demanded and not served by segment, Mtok.
    pub unserved_mtok: Vec<f64>,
    /// Tokens demanded by segment, Mtok.
    pub demanded_mtok: Vec<f64>,
    /// Spend on models in total, USD, without fees; the ledger must show this amount.
    pub usd: f64,
}

impl Tally {
    /// Returns an empty tally.
    #[must_use]
    pub fn new(dims: &Dims, lanes: usize, routers: usize) -> Self {
        Self {
            segments: dims.segments,
            lane_usd: vec![0.0; dims.segments * lanes],
            lane_mtok: vec![0.0; lanes],
            lane_hours: vec![0.0; lanes],
            placed_hours: vec![0.0; lanes],
            lab_hours: vec![0.0; dims.clouds],
            sold_hours: vec![0.0; dims.clouds],
            background_hours: vec![0.0; dims.clouds],
            undelivered_usd: vec![0.0; dims.clouds],
            offer_usd: vec![0.0; dims.offers],
            offer_mtok: vec![0.0; dims.offers],
            fee_usd: vec![0.0; dims.segments * routers],
            routed_usd: vec![0.0; dims.segments * routers],
            routed_mtok: vec![0.0; routers],
            first_party_mtok: vec![0.0; routers],
            neutral_mtok: vec![0.0; routers],
            steering_usd: vec![0.0; routers],
            own_gain_usd: vec![0.0; routers],
            rival_loss_usd: vec![0.0; routers],
            quality_loss: vec![0.0; routers],
            self_host_usd: vec![0.0; dims.segments],
            rented_hours: 0.0,
            mtok: vec![0.0; dims.segments],
            unserved_mtok: vec![0.0; dims.segments],
            demanded_mtok: vec![0.0; dims.segments],
            usd: 0.0,
        }
    }

    /// Returns the spend on a lane by segment, USD.
    #[must_use]
    pub fn of_lane(&self, lane: usize) -> &[f64] {
        &self.lane_usd[lane * self.segments..][..self.segments]
    }

    /// Returns the spend of a segment on each lane, in order of lanes, USD.
    pub fn of_segment(&self, segment: usize) -> impl Iterator<Item = f64> {
        let own = self.lane_usd.iter().skip(segment);
        own.step_by(self.segments).copied()
    }
}
