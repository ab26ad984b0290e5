//! Offers: direct channels, routers and self-hosting.

use crate::ids::{CloudId, LabId, LaneId, RouterId};
use crate::scenario::records::Runtime;
use crate::time::SimTime;

/// An offer that an enterprise can choose for a workload. It is the same in every replication.
#[derive(Clone, Debug)]
pub struct Offer {
    /// Name in result tables.
    pub name: String,
    /// Route to models.
    pub route: Route,
    /// Cloud that sells it; none for a lab's own API and routers over all models.
    pub cloud: Option<CloudId>,
    /// Lab, where it offers one lab's models.
    pub lab: Option<LabId>,
    /// Runtime: stateless or stateful.
    pub runtime: Runtime,
    /// Lanes that its tokens can go through.
    pub lanes: Vec<LaneId>,
    /// Its own dates of sale: from the first time until before the second.
    pub dates: (SimTime, SimTime),
    /// Exclusive rights of other clouds that keep it off sale: from, until, and the index of the right.
    pub barred: Vec<(SimTime, SimTime, usize)>,
    /// True where the scenario states a share of enterprise spend above zero at the start.
    pub is_sold_at_start: bool,
}

impl Offer {
    /// True if it is on sale at `time`, given the times at which exclusive rights were broken, by index.
    #[must_use]
    pub fn is_on_sale_with(&self, time: SimTime, broken_at: &[SimTime]) -> bool {
        let (from, until) = self.dates;
        (from..until).contains(&time)
            && !self.barred.iter().any(|(from, until, right)| {
                (*from..(*until).min(broken_at[*right])).contains(&time)
            })
    }
}

/// Route from an offer to models.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// Straight to one lab's models.
    Direct,
    /// Through a router.
    Routed(RouterId),
    /// Open weights run by the enterprise.
    SelfHost,
}
