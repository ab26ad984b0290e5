//! Rules that bind where they are law.

/// Rules that remedies impose in one jurisdiction.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "instruments are independent: each is in force or not"
)]
pub struct Rules {
    /// Routers may not steer.
    pub is_neutral: bool,
    /// Routers take the same fee on all models.
    pub is_parity: bool,
    /// The highest fee.
    pub fee_cap: f64,
    /// Chance that a review shows all routers.
    pub choice_screen: f64,
    /// No charge for moving away.
    pub is_free_to_leave: bool,
    /// Share of state and policy that goes along.
    pub portability: f64,
    /// Stakes may not sway prices or routing.
    pub is_firewalled: bool,
    /// Share of new choices that goes to open weights, by segment.
    pub open_procurement: Vec<f64>,
}

impl Rules {
    pub(in crate::market) fn none(segments: usize) -> Self {
        Self {
            is_neutral: false,
            is_parity: false,
            fee_cap: f64::INFINITY,
            choice_screen: 0.0,
            is_free_to_leave: false,
            portability: 0.0,
            is_firewalled: false,
            open_procurement: vec![0.0; segments],
        }
    }
}

/// What binds routers in one regime.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RouterRules {
    /// They may not steer.
    pub is_neutral: bool,
    /// Stakes may not sway them.
    pub is_firewalled: bool,
    /// They take the same fee on all models.
    pub is_parity: bool,
    /// They take at most this.
    pub fee_cap: f64,
}

impl Default for RouterRules {
    fn default() -> Self {
        Self {
            is_neutral: false,
            is_firewalled: false,
            is_parity: false,
            fee_cap: f64::INFINITY,
        }
    }
}
