//! Partitions of the population.

use super::activity::Activity;
use super::agent_event::AgentEvent;
use super::enterprise::Enterprise;
use super::workload::Workload;
use crate::kernel::Agenda;

/// Fixed part of the population. One thread at a time processes it.
#[derive(Clone, Debug)]
pub struct Partition {
    /// Number of the partition's first enterprise in the whole population.
    pub first: usize,
    /// Enterprises of the partition; attributes.
    pub enterprises: Vec<Enterprise>,
    /// Weights of enterprises' tastes for labs, by (enterprise, lab); attribute, drawn once a replication.
    pub taste: Vec<f32>,
    /// Workloads by (enterprise, task); state.
    pub workloads: Vec<Workload>,
    /// Pending agent events.
    pub agenda: Agenda<AgentEvent>,
    /// Activity since the last clearing; output.
    pub activity: Activity,
    /// Index of the window in progress; `usize::MAX` before the first.
    pub window: usize,
    /// Events planned for the window in progress.
    pub soon: Vec<AgentEvent>,
    /// Events planned for other windows that are not in the agenda yet, each with the index of its window.
    pub later: Vec<(usize, AgentEvent)>,
}
