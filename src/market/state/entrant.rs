//! A lab that may enter.

use crate::ids::{CloudId, LabId};
use crate::time::SimTime;

/// A lab that may enter, drawn.
#[derive(Clone, Debug)]
pub struct Entrant {
    /// The lab.
    pub lab: LabId,
    /// Whether and when it enters.
    pub date: Option<SimTime>,
    /// Capability against the best of the tier.
    pub(in crate::market) capability: f64,
    /// Pull of clouds beyond neutrality and rent; none where it cannot go.
    pub(in crate::market) pull: Vec<Option<f64>>,
    pub(in crate::market) neutrality: f64,
    pub(in crate::market) multi_home_days: f64,
    /// Cash that it brings.
    pub(in crate::market) cash: f64,
    /// Its home, once it has entered.
    pub home: Option<CloudId>,
    /// Whether the other clouds sell it too.
    pub is_everywhere: bool,
}
