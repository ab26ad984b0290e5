//! Regimes: distinct sets of binding rules on routers, and the regime of each jurisdiction.

use crate::base::ids::{CloudId, Id, RouterId};
use crate::market::World;
use crate::market::law::{RouterRules, Rules};
use crate::market::state::actors::Router;

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
                let binding = self.binding(rules);
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

    /// Returns the part of the rules of a jurisdiction that binds some router.
    fn binding(&self, rules: &Rules) -> RouterRules {
        let routers = &self.state.routers;
        let is_biased = |r: &Router| r.steering != 0.0 || r.bias.iter().any(|bias| *bias != 0.0);
        let is_neutral = rules.is_neutral && routers.iter().any(is_biased);
        let clouds = routers
            .iter()
            .filter(|r| is_biased(r))
            .filter_map(|r| r.cloud);
        let bound = clouds.filter(|cloud| !is_neutral && rules.duties[cloud.index()].is_neutral);
        RouterRules {
            is_neutral,
            neutral_clouds: bound.fold(0, |set, cloud| set | 1 << cloud.index()),
            is_firewalled: rules.is_firewalled && self.has_equity_bias(),
            is_parity: rules.is_parity
                && routers.iter().any(|r| r.is_own_exempt && r.take_rate > 0.0),
            fee_cap: if routers.iter().any(|r| r.take_rate > rules.fee_cap) {
                rules.fee_cap
            } else {
                f64::INFINITY
            },
        }
    }

    /// Makes new law known. Agents know it at once. A new publication is needed only if it changes what routers do.
    pub(in crate::market) fn announce_law(&mut self) {
        self.view.rules.clone_from(&self.state.regulation.rules);
        let (regimes, regime_of) = self.regimes();
        self.events.is_stale |= regimes != self.view.regimes || regime_of != self.view.regime_of;
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
