//! Regimes: distinct sets of binding rules on routers, and the regime of each jurisdiction.

use crate::base::ids::{CloudId, RouterId};
use crate::market::World;
use crate::market::state::law::RouterRules;

impl World<'_> {
    /// Returns the rules that bind routers by regime, and the regime of each jurisdiction. Rules that all routers
    /// already meet are dropped, so that such law creates no regime and changes no result.
    #[must_use]
    pub fn regimes(&self) -> (Vec<RouterRules>, Vec<usize>) {
        let mut regimes = vec![RouterRules::default()];
        let of = self
            .state
            .regulation
            .rules
            .iter()
            .map(|rules| {
                let binding = RouterRules {
                    is_neutral: rules.is_neutral
                        && self
                            .state
                            .routers
                            .iter()
                            .any(|r| r.steering != 0.0 || r.bias.iter().any(|b| *b != 0.0)),
                    is_firewalled: rules.is_firewalled && self.has_equity_bias(),
                    is_parity: rules.is_parity
                        && self
                            .state
                            .routers
                            .iter()
                            .any(|r| r.is_own_exempt && r.take_rate > 0.0),
                    fee_cap: if self
                        .state
                        .routers
                        .iter()
                        .any(|r| r.take_rate > rules.fee_cap)
                    {
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
        self.state.routers.iter().any(|router| {
            let cloud = router.cloud;
            router.equity_steering != 0.0
                && cloud.is_some_and(|cloud: CloudId| {
                    (0..self.state.labs.len()).any(|lab| self.stake(cloud, lab) > 0.0)
                })
        })
    }

    /// Returns a router's fee under a regime, on a first-party model (`is_own`) or another.
    #[must_use]
    pub fn fee_under(&self, router: RouterId, is_own: bool, rules: &RouterRules) -> f64 {
        let router = &self.state.routers[router];
        if is_own && router.is_own_exempt && !rules.is_parity {
            0.0
        } else {
            router.take_rate.min(rules.fee_cap)
        }
    }
}
