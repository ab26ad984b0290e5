//! Labs that may enter.

use crate::base::ids::{CloudId, LabId};
use crate::base::time::SimTime;

/// Lab that may enter. Parameters are drawn once a replication.
#[derive(Clone, Debug)]
pub struct Entrant {
    /// Lab that would enter.
    pub lab: LabId,
    /// Time of entry; none if the lab never enters. Parameter.
    pub date: Option<SimTime>,
    /// Capability on entry relative to the best rival of each tier, logit units; parameter.
    pub(in crate::market) capability: f64,
    /// Pull of each cloud beyond neutrality and rent, by cloud, logit units; none for clouds that do not court the
    /// lab. Parameter.
    pub(in crate::market) pull: Vec<Option<f64>>,
    /// Weight of a cloud's credibility in the choice of a home, logit units; parameter.
    pub(in crate::market) neutrality: f64,
    /// Time from entry until the other clouds sell the lab too, days; parameter.
    pub(in crate::market) multi_home_days: f64,
    /// Cash that the lab brings, USD; parameter.
    pub(in crate::market) cash: f64,
    /// Home cloud, once the lab has entered; state.
    pub home: Option<CloudId>,
    /// True if the other clouds sell the lab too; state.
    pub is_everywhere: bool,
}
