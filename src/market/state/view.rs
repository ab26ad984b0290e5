//! The market as agents see it: the last publication.

use crate::economics::choice::Nests;
use crate::market::state::Mixes;
use crate::market::state::law::{RouterRules, Rules};
use crate::time::SimTime;

/// The market as published at the last clearing.
#[derive(Clone, Debug)]
pub struct View {
    /// When.
    pub time: SimTime,
    /// Weights `exp(V / lambda)` by (regime, segment, group, [place](crate::market::catalog::nests)), without taste, home and congestion.
    pub weights: Vec<f64>,
    /// Factors on offers at the home cloud by (segment, class, home cloud).
    pub home: Vec<f64>,
    /// Factors for congestion by (task, [place](crate::market::catalog::nests)).
    pub congestion: Vec<f64>,
    /// What offers cost and where their tokens go.
    pub mixes: Mixes,
    /// Price paid by lane, USD per Mtok.
    pub lane_price: Vec<f64>,
    /// Compute by lane, H100e-hours per Mtok.
    pub lane_hours: Vec<f64>,
    /// Logarithm of the price index by task: list prices of the tiers it uses, weighted by its tier utilities, over the
    /// start.
    pub log_price_index: Vec<f64>,
    /// Tokens per workload relative to the start, by task.
    pub intensity: Vec<f64>,
    /// Factor on labour in months of spend, by task.
    pub labour_factor: Vec<f64>,
    /// Until when something about a lab is news.
    pub lab_notice: Vec<SimTime>,
    /// Until when something about a cloud is news.
    pub cloud_notice: Vec<SimTime>,
    /// Releases so far, by lab.
    pub releases: Vec<u16>,
    /// Nests of the choice.
    pub nests: Nests,
    /// Whether each offer takes new customers.
    pub on_sale: Vec<bool>,
    /// What binds routers, by regime.
    pub regimes: Vec<RouterRules>,
    /// The regime of each jurisdiction.
    pub regime_of: Vec<usize>,
    /// What remedies demand, by jurisdiction.
    pub rules: Vec<Rules>,
    /// Whether open weights have reached parity at the price of a commodity, by task.
    pub has_parity: Vec<bool>,
    /// Whether agents still wait for human-level capability.
    pub is_gated: bool,
    /// Until when an incident makes a lab's customers look for another.
    pub lab_alarm: Vec<SimTime>,
    /// Until when a share of a cloud's customers leaves it, by cloud.
    pub exodus: Vec<(SimTime, f64)>,
    /// The most that a cloud may charge for moving data away, by (jurisdiction, cloud), USD per GB.
    pub egress_charge: Vec<f64>,
    /// Share of spend that buys models with operations, by (integrator, segment).
    pub reach: Vec<f64>,
    /// Factor on offers at an integrator's attached cloud.
    pub attachment: Vec<f64>,
    /// Factor on stateless offers for workloads that need state.
    pub stateless_penalty: f64,
    /// Engineering of self-hosting that does not depend on volume, USD a month for each workload.
    pub self_host_fixed: f64,
}

/// Mean utilities that make the first choices match the shares at the start.
#[derive(Clone, Debug, Default)]
pub struct MeanUtility {
    /// By lab: how routers value its models beyond capability and price.
    pub lab: Vec<f64>,
    /// By offer.
    pub offer: Vec<f64>,
}
