//! Regimes: what law demands in each jurisdiction, and what of it binds routers.

use super::World;
use crate::ids::{CloudId, RouterId};

/// What remedies demand in one jurisdiction.
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
    pub(super) fn none(segments: usize) -> Self {
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

impl World<'_> {
    /// The rules that change what a router does, by regime, and the regime of each jurisdiction. Law that demands what
    /// is done anyway makes no regime of its own, so that it changes nothing, exactly.
    #[must_use]
    pub fn regimes(&self) -> (Vec<RouterRules>, Vec<usize>) {
        let mut regimes = vec![RouterRules::default()];
        let of = self
            .regulation
            .rules
            .iter()
            .map(|rules| {
                let binding = RouterRules {
                    is_neutral: rules.is_neutral
                        && self
                            .routers
                            .iter()
                            .any(|r| r.steering != 0.0 || r.bias.iter().any(|b| *b != 0.0)),
                    is_firewalled: rules.is_firewalled && self.has_equity_bias(),
                    is_parity: rules.is_parity
                        && self
                            .routers
                            .iter()
                            .any(|r| r.is_own_exempt && r.take_rate > 0.0),
                    fee_cap: if self.routers.iter().any(|r| r.take_rate > rules.fee_cap) {
                        rules.fee_cap
                    } else {
                        f64::INFINITY
                    },
                };
                regimes
                    .iter()
                    .position(|regime| *regime == binding)
                    .unwrap_or_else(|| {
                        regimes.push(binding);
                        regimes.len() - 1
                    })
            })
            .collect();
        (regimes, of)
    }

    fn has_equity_bias(&self) -> bool {
        self.routers.iter().any(|router| {
            let cloud = router.cloud;
            router.equity_steering != 0.0
                && cloud.is_some_and(|cloud: CloudId| {
                    (0..self.labs.len()).any(|lab| self.stake(cloud, lab) > 0.0)
                })
        })
    }

    /// The fee that a router takes under a regime, on a model of its own or another's.
    #[must_use]
    pub fn fee_under(&self, router: RouterId, is_own: bool, rules: &RouterRules) -> f64 {
        let router = &self.routers[router];
        if is_own && router.is_own_exempt && !rules.is_parity {
            0.0
        } else {
            router.take_rate.min(rules.fee_cap)
        }
    }
}
