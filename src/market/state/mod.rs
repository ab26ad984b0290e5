//! Plain data that all parts of the market share. No file here uses a part of the market outside this folder.

mod activity;
mod agent_event;
mod dims;
mod enterprise;
mod mix;
mod offer;
mod partition;
mod workload;

pub use activity::{Activity, Cell, Change, STEPS, Step};
pub(super) use agent_event::sort;
pub use agent_event::{AgentEvent, AgentEventKind, MAX_WORKLOADS};
pub use dims::Dims;
pub use enterprise::Enterprise;
pub use mix::{Mix, Mixes};
pub use offer::{Offer, Route};
pub use partition::Partition;
pub use workload::{Workload, WorkloadState};
