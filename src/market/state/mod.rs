//! Plain data that all parts of the market share. No file here uses a part of the market outside this folder.

pub mod accounts;
mod activity;
pub mod actors;
mod agent_event;
pub mod anchors;
pub mod backlog;
pub mod cases;
pub mod demand;
pub mod designation;
mod dims;
mod enterprise;
pub mod entrant;
pub mod growth;
pub mod holdings;
mod mix;
mod offer;
pub mod outside;
mod partition;
pub mod risk;
pub mod tally;
pub mod view;
mod workload;

pub use activity::{Activity, Cell, Change, STEPS, Step};
pub use agent_event::{AgentEvent, AgentEventKind, MAX_WORKLOADS};
pub use dims::Dims;
pub use enterprise::Enterprise;
pub use mix::{Mix, Mixes};
pub use offer::{Offer, Route};
pub use partition::Partition;
pub use workload::{Workload, WorkloadState};

use crate::base::ids::{CloudId, IdVec, LabId, ModelId, RouterId};
use crate::base::time::SimTime;
use actors::{Cloud, Integrator, Lab, Model, Router, SelfHost, Shock, Vendor};
use anchors::PriceAnchors;
use backlog::Backlog;
use cases::Regulation;
use entrant::Entrant;
use growth::Growth;
use holdings::Finance;
use risk::Risk;
use view::MeanUtility;

/// State of a replication: actors and their memory.
#[derive(Debug)]
pub struct State {
    /// Clouds.
    pub clouds: IdVec<CloudId, Cloud>,
    /// Labs.
    pub labs: IdVec<LabId, Lab>,
    /// Models.
    pub models: IdVec<ModelId, Model>,
    /// Routers.
    pub routers: IdVec<RouterId, Router>,
    /// Self-hosting; `None` if the scenario has none.
    pub self_host: Option<SelfHost>,
    /// Silicon vendors.
    pub vendors: Vec<Vendor>,
    /// Integrators.
    pub integrators: Vec<Integrator>,
    /// Enterprise spend on models and fees in the last month, by segment, USD.
    pub segment_spend: Vec<f64>,
    /// Enterprise spend on models at clouds in the last month, by (segment, cloud), USD.
    pub cloud_spend: Vec<f64>,
    /// Enterprises with their workloads, in partitions.
    pub population: Vec<Partition>,
    /// Holdings between firms, and labs' finances.
    pub finance: Finance,
    /// Amounts due under labs' take-or-pay commitments.
    pub backlog: Backlog,
    /// Regulators, cases and remedies.
    pub regulation: Regulation,
    /// Perceived risk, and downtime from incidents.
    pub risk: Risk,
    /// Anchors of price reviews: values at the start from which followers move.
    pub anchors: PriceAnchors,
    /// Labs that may enter.
    pub entrants: Vec<Entrant>,
    /// Shocks, by index in the scenario.
    pub shocks: Vec<Shock>,
    /// Time at which each exclusive right is broken, by index in the scenario; [`SimTime::NEVER`] for most.
    pub broken_at: Vec<SimTime>,
    /// Cloud at which each direct offer runs, by offer; none where it runs at the hosts of its lab.
    pub runs_at: Vec<Option<CloudId>>,
    /// Weights of direct offers in their lab's sales: shares at the start, then last month's spend, USD.
    pub channel_weight: Vec<f64>,
    /// Labs' purchases of compute in the last month, by (lab, cloud), USD.
    pub bought: Vec<f64>,
    /// Enterprise spend on each lab's models in the last month, USD.
    pub lab_usage: Vec<f64>,
    /// Deviation of the growth of demand from its fading path.
    pub growth: Growth,
    /// Logarithm of the factor on the weight of each lab's offers for new work at the start, by lab; parameter.
    pub pull: Vec<f64>,
    /// Enterprise spend of the last month, USD.
    pub spend_last_month: f64,
    /// Self-hosted workloads by segment, in millionths of the enterprises that they stand for.
    pub self_hosters: Vec<i64>,
    /// Mean utilities of labs and offers, inverted from observed shares.
    pub mean: MeanUtility,
    /// Choice weights by (segment, [place](crate::market::catalog::nests)) for neutrality, direct contracts and
    /// perceived risk.
    pub segment_weight: Vec<f64>,
}
