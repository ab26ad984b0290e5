//! Rules of law: what remedies impose in a jurisdiction, and the part that binds routers.

use crate::base::ids::{CloudId, Id};

/// Rules that remedies impose in one jurisdiction.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "instruments are independent: each is in force or not"
)]
pub struct Rules {
    /// True if routers may not steer.
    pub is_neutral: bool,
    /// True if routers must take the same fee on all models.
    pub is_parity: bool,
    /// Highest take rate of routers, as a share of routed spend; infinite without a cap.
    pub fee_cap: f64,
    /// Chance that a review shows all routers.
    pub choice_screen: f64,
    /// True if moving away may not be charged, neither for data nor for commitments.
    pub is_free_to_leave: bool,
    /// Share of agent state and learned policy that goes along in a move.
    pub portability: f64,
    /// True if stakes may not sway prices or routing.
    pub is_firewalled: bool,
    /// Share of new choices that goes to open weights, by segment.
    pub open_procurement: Vec<f64>,
    /// Duties of designated clouds, by cloud.
    pub duties: Vec<Duties>,
}

/// Duties that bind one cloud in one jurisdiction.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Duties {
    /// True if the cloud's router may not steer.
    pub is_neutral: bool,
    /// True if leaving the cloud may not be charged, neither for data nor for commitments.
    pub is_free_to_leave: bool,
    /// Share of agent state and learned policy that goes along when a customer leaves the cloud.
    pub portability: f64,
}

impl Duties {
    /// Returns the duties that follow from these and others together.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self {
            is_neutral: self.is_neutral || other.is_neutral,
            is_free_to_leave: self.is_free_to_leave || other.is_free_to_leave,
            portability: self.portability.max(other.portability),
        }
    }
}

impl Rules {
    /// Returns rules that impose nothing.
    pub(in crate::market) fn none(segments: usize, clouds: usize) -> Self {
        Self {
            is_neutral: false,
            is_parity: false,
            fee_cap: f64::INFINITY,
            choice_screen: 0.0,
            is_free_to_leave: false,
            portability: 0.0,
            is_firewalled: false,
            open_procurement: vec![0.0; segments],
            duties: vec![Duties::default(); clouds],
        }
    }
}

/// Rules that bind routers in one regime, that is in all jurisdictions whose law binds routers alike.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RouterRules {
    /// True if routers may not steer.
    pub is_neutral: bool,
    /// Set of the clouds whose router may not steer, one bit a cloud; empty if no router may.
    pub neutral_clouds: u64,
    /// True if stakes may not sway routing.
    pub is_firewalled: bool,
    /// True if routers must take the same fee on all models.
    pub is_parity: bool,
    /// Highest take rate of routers, as a share of routed spend; infinite without a cap.
    pub fee_cap: f64,
}

impl Default for RouterRules {
    fn default() -> Self {
        Self {
            is_neutral: false,
            neutral_clouds: 0,
            is_firewalled: false,
            is_parity: false,
            fee_cap: f64::INFINITY,
        }
    }
}

impl RouterRules {
    /// Returns true if the router of `cloud` may not steer; `None` for a router that no cloud runs.
    #[must_use]
    pub fn forbids_steering(&self, cloud: Option<CloudId>) -> bool {
        self.is_neutral || cloud.is_some_and(|cloud| self.neutral_clouds >> cloud.index() & 1 == 1)
    }
}
