//! Mixes of routers: the lanes to which they send tokens under each regime, and the value of that to users.

use crate::base::elementary::{quick_exp, quick_exp_all, quick_log};
use crate::base::ids::{Id, RouterId};
use crate::economics::steering::Tilt;
use crate::market::World;
use crate::market::law::RouterRules;
use crate::market::offers::direct::Worth;
use crate::market::state::{Mix, Offer};

/// Lane as one router sees it under one regime, independent of the group.
#[derive(PartialEq)]
struct Way {
    /// Model, by index.
    model: usize,
    /// `exp` of the lab's mean utility; zero if the router cannot use the lane.
    worth: f64,
    /// Fee as a share of the price.
    fee: f64,
    /// Fee on the list price, USD per Mtok.
    charge: f64,
    /// Price paid without fees, USD per Mtok.
    price: f64,
    /// Bias towards the lane from steering, logit units.
    bias: f64,
    /// `exp` of the bias.
    lift: f64,
    /// One if the lane is the operator's own model, zero otherwise.
    own: f64,
}

/// Lanes of a router under one regime, independent of the group.
#[derive(PartialEq)]
pub(in crate::market) struct Ways {
    /// Lanes in the offer's order.
    by_lane: Vec<Way>,
    /// True if the router favours or disfavours any lane.
    is_biased: bool,
}

impl World<'_> {
    /// Returns the lanes of routers by (regime, router); none if a regime does not differ from the first one.
    pub(in crate::market) fn ways_by_regime(&self) -> Vec<Option<Ways>> {
        let routers = self.state.routers.len();
        let mut ways: Vec<Option<Ways>> = (self.view.regimes.iter())
            .flat_map(|rules| self.catalog.router_offer.ids().map(move |id| (rules, id)))
            .map(|(rules, id)| Some(self.ways(id, rules)))
            .collect();
        for slot in routers..ways.len() {
            if ways[slot] == ways[slot % routers] {
                ways[slot] = None;
            }
        }
        ways
    }

    /// Returns the lanes of a router under the rules of one regime.
    fn ways(&self, id: RouterId, rules: &RouterRules) -> Ways {
        let router = &self.state.routers[id];
        let lanes = &self.catalog.offers[self.catalog.router_offer[id]].lanes;
        let by_lane: Vec<Way> = (lanes.iter())
            .map(|lane_id| {
                let lane = &self.catalog.lanes[*lane_id];
                let is_own = self.is_own(router.cloud, lane.lab);
                let fee = self.fee_under(id, is_own, rules);
                let bias = if rules.forbids_steering(router.cloud) {
                    0.0
                } else if rules.is_firewalled {
                    if is_own { router.steering } else { 0.0 }
                } else {
                    router.bias[lane.lab.index()]
                };
                let worth = if self.view.on_sale[lane.channel.index()] {
                    quick_exp(self.state.mean.lab[lane.lab.index()])
                } else {
                    0.0
                };
                Way {
                    model: lane.model.index(),
                    worth,
                    fee,
                    charge: quick_log(1.0 + fee),
                    price: self.view.lane_price[lane_id.index()],
                    bias,
                    lift: if bias == 0.0 { 1.0 } else { quick_exp(bias) },
                    own: f64::from(u8::from(is_own)),
                }
            })
            .collect();
        Ways {
            is_biased: by_lane.iter().any(|way| way.bias != 0.0),
            by_lane,
        }
    }

    /// Returns a router's mix, and its utility to the user. Fills `shares` with a logit on task value less price and
    /// fee, plus steering, from which the user does not gain.
    pub(in crate::market) fn routed_mix(
        &self,
        ways: &Ways,
        class: usize,
        worth: &Worth<'_>,
        shares: &mut [f64],
    ) -> (Mix, f64) {
        let sensitivity = self.parameters.sensitivity[class];
        let mut mix = Mix::default();
        let (mut tilt, mut neutral_own) = (Tilt::default(), 0.0);
        let ways_in_order = ways.by_lane.iter();
        for (way, share) in ways_in_order.clone().zip(&mut *shares) {
            *share = -sensitivity * way.charge;
        }
        quick_exp_all(shares);
        for (way, share) in ways_in_order.zip(&mut *shares) {
            let plain = way.worth * worth.model[way.model] * *share;
            let weight = tilt.add(plain, way.bias, way.lift);
            let paid = weight * way.price;
            mix.price += paid;
            mix.fee += paid * way.fee;
            mix.first_party += weight * way.own;
            mix.own_price += paid * way.own;
            if ways.is_biased {
                let paid = plain * way.price;
                neutral_own += plain * way.own;
                mix.neutral_own_price += paid * way.own;
                mix.neutral_rival_price += paid * (1.0 - way.own);
            }
            *share = weight;
        }
        if tilt.steered <= 0.0 {
            shares.fill(0.0);
            return (Mix::default(), f64::NEG_INFINITY);
        }
        mix.serves = true;
        let scale = 1.0 / tilt.steered;
        for share in shares {
            *share *= scale;
        }
        for sum in [
            &mut mix.price,
            &mut mix.fee,
            &mut mix.first_party,
            &mut mix.own_price,
        ] {
            *sum *= scale;
        }
        if ways.is_biased {
            mix.neutral_own_price /= tilt.plain;
            mix.neutral_rival_price /= tilt.plain;
            mix.neutral_first_party = neutral_own / tilt.plain;
            mix.steering_loss = tilt.loss();
        } else {
            mix.neutral_own_price = mix.own_price;
            mix.neutral_rival_price = mix.price - mix.own_price;
            mix.neutral_first_party = mix.first_party;
        }
        (mix, tilt.worth())
    }

    /// Fills the compute of a router per million tokens by cloud, H100e-hours: first-party, other.
    pub(in crate::market) fn fill_hours(
        &self,
        offer: &Offer,
        shares: &[f64],
        hours: &mut [[f64; 2]],
    ) {
        hours.fill([0.0; 2]);
        for (lane, share) in offer.lanes.iter().zip(shares) {
            let need = share * self.view.lane_hours[lane.index()];
            let at = &self.catalog.lanes[*lane];
            self.add_need(self.place_of(at.channel), at.lab, need, hours);
        }
    }
}
