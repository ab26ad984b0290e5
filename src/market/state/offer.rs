//! Offers: direct channels, routers and self-hosting.

use crate::base::ids::{CloudId, LabId, LaneId, RouterId};
use crate::base::time::SimTime;
use crate::scenario::records::Runtime;

/// Offer that an enterprise can choose for a workload. It is equal in all replications.
#[derive(Clone, Debug)]
pub struct Offer {
    /// Name in result tables.
    pub name: String,
    /// Route to models.
    pub route: Route,
    /// Cloud that sells the offer; none for a lab's own API and for routers over all models.
    pub cloud: Option<CloudId>,
    /// Lab, if the offer has the models of one lab only.
    pub lab: Option<LabId>,
    /// Runtime: stateless or stateful.
    pub runtime: Runtime,
    /// Lanes that the offer's tokens can take.
    pub lanes: Vec<LaneId>,
    /// Dates of sale of the offer itself: from the first time until before the second.
    pub dates: (SimTime, SimTime),
    /// Times in which another cloud's exclusive right keeps the offer off sale: from, until, and the index of the
    /// right.
    pub barred: Vec<(SimTime, SimTime, usize)>,
    /// True if the scenario states a share of enterprise spend above zero at the start.
    pub is_sold_at_start: bool,
}

impl Offer {
    /// Returns true if the offer is on sale at `time`, given the times at which exclusive rights were broken, by
    /// index of the right.
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
    /// Directly to one lab's models.
    Direct,
    /// Through a router.
    Routed(RouterId),
    /// Open weights run by the enterprise.
    SelfHost,
}
