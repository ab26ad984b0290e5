//! Plain data that all parts of the market share. No file here uses a part of the market outside this folder.

pub mod accounts;
mod activity;
pub mod actors;
mod agent_event;
pub mod anchors;
pub mod cases;
pub mod demand;
mod dims;
mod enterprise;
pub mod entrant;
pub mod holdings;
pub mod law;
mod mix;
mod offer;
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
