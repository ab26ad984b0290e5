//! Partitions of the population.

use super::activity::Activity;
use super::agent_event::AgentEvent;
use super::enterprise::Enterprise;
use super::workload::Workload;
use crate::kernel::Agenda;

/// A fixed part of the population that one thread works through at a time.
#[derive(Clone, Debug)]
pub struct Partition {
    /// Number of the first enterprise in the whole population.
    pub first: usize,
    /// Enterprises; attributes.
    pub enterprises: Vec<Enterprise>,
    /// Weights of enterprises' tastes by (enterprise, lab); attribute, drawn once a replication.
    pub taste: Vec<f32>,
    /// Workloads by (enterprise, task); state.
    pub workloads: Vec<Workload>,
    /// Pending agent events.
    pub agenda: Agenda<AgentEvent>,
    /// Activity since the last clearing; output.
    pub activity: Activity,
    /// Index of the window that is worked through; `usize::MAX` before the first.
    pub window: usize,
    /// Events planned for that window while it is worked through.
    pub soon: Vec<AgentEvent>,
    /// Events planned for later windows, not yet in the agenda.
    pub later: Vec<(usize, AgentEvent)>,
}
