//! Mixes of direct offers and of self-hosting: the value of choosing them, and the models that their tokens go to.

use std::ops::Range;

use crate::base::elementary::{quick_exp_all, quick_log};
use crate::base::ids::{CloudId, Id, LabId, ModelId, OfferId, RouterId};
use crate::base::time::SimTime;
use crate::economics::choice::MOST_WEIGHT;
use crate::market::World;
use crate::market::catalog::Catalog;
use crate::market::state::{Dims, Mix, Mixes, Offer, Route};
use crate::scenario::records::Runtime;

impl Mixes {
    /// Makes room for a number of regimes.
    pub fn resize(&mut self, regimes: usize, catalog: &Catalog, dims: &Dims) {
        let blocks = regimes * dims.groups();
        self.blocks = blocks;
        self.of.resize(blocks * dims.offers, Mix::default());
        self.shares.resize(blocks * catalog.ways(), 0.0);
        self.hours.resize(blocks * dims.offers, 0.0);
        self.routers = catalog.router_offer.len();
        self.ways = catalog.ways();
        self.routed_hours
            .resize(dims.tasks * self.routers * dims.clouds, [0.0; 2]);
    }

    /// Copies all rows of one block, a (regime, group), to another.
    fn copy_block(&mut self, from: usize, to: usize) {
        fn copy<T: Copy>(rows: &mut [T], blocks: usize, from: usize, to: usize) {
            let width = rows.len() / blocks;
            rows.copy_within(from * width..(from + 1) * width, to * width);
        }
        copy(&mut self.of, self.blocks, from, to);
        copy(&mut self.shares, self.blocks, from, to);
        copy(&mut self.hours, self.blocks, from, to);
    }

    /// Returns the compute of a router by cloud for one task, H100e-hours per Mtok: first-party, other.
    #[must_use]
    pub fn hours_of(&self, task: usize, router: RouterId, dims: &Dims) -> &[[f64; 2]] {
        let place = (task * self.routers + router.index()) * dims.clouds;
        &self.routed_hours[place..place + dims.clouds]
    }

    /// Returns the share of tokens of one pair of offer and lane in a block, a (regime, group).
    #[must_use]
    pub fn share(&self, block: usize, way: usize) -> f64 {
        self.shares[block * self.ways + way]
    }

    /// Returns the shares of tokens by lane of an offer in a block, a (regime, group).
    #[must_use]
    pub fn shares_of(&self, block: usize, offer: OfferId, catalog: &Catalog) -> &[f64] {
        &self.shares[block * catalog.ways()..][catalog.ways_of(offer)]
    }
}

/// Value of models to enterprises of one group, which all offers share.
pub(in crate::market) struct Worth<'a> {
    /// Utility by model, without the lab's mean utility.
    value: &'a [f64],
    /// `exp` of the utility by model, without the lab's mean utility.
    pub(in crate::market) model: Vec<f64>,
    /// Share of each model in direct sales of its lab, by model.
    direct: Vec<f64>,
    /// Weight of buying directly from a lab, by lab; zero if it has no models.
    weight: Vec<f64>,
    /// Price and compute of a million tokens of direct sales, by lab and runtime; they do not depend on the seller.
    bought: Vec<[Unit; 2]>,
}

/// Price and compute of a million tokens.
#[derive(Clone, Copy, Debug, Default)]
struct Unit {
    /// Price, USD per Mtok.
    price: f64,
    /// Compute, H100e-hours per Mtok.
    hours: f64,
}

/// Returns the product of two weights: zero if either is zero, however large the other is, and at most
/// [`MOST_WEIGHT`].
fn product(mean: f64, weight: f64) -> f64 {
    if mean > 0.0 && weight > 0.0 {
        (mean * weight).min(MOST_WEIGHT)
    } else {
        0.0
    }
}

/// Direct offer: the part of its mix that does not depend on the group.
struct Direct<'a> {
    /// Offer, by index.
    offer: usize,
    /// Lab, by index.
    lab: usize,
    /// Models of the lab.
    models: &'a [ModelId],
    /// Positions of its lanes among all (offer, lane) pairs.
    ways: Range<usize>,
    runtime: Runtime,
    /// One if the seller owns the lab, zero otherwise.
    first_party: f64,
    /// Weight of the offer's utility beyond its models; zero if it is off sale. It then serves its users until they
    /// have moved, and takes nobody new.
    mean: f64,
}

impl World<'_> {
    /// Publishes the mixes and weights of all offers.
    pub(in crate::market) fn publish_mixes(&mut self, time: SimTime) {
        let dims = self.parameters.dims;
        let ways_a_group = self.catalog.ways();
        let mut mixes = std::mem::take(&mut self.view.mixes);
        let mut weights = std::mem::take(&mut self.view.weights);
        let values = self.model_values(time);
        let mean = self.mean_weights();
        let units = self.units();
        let own_price = self.self_host_price(time);
        let routers = self.state.routers.len();
        let ways = self.ways_by_regime();
        let direct = self.direct_offers(&mean);
        let (mut first, mut base) = (vec![0.0; dims.offers], vec![0.0; dims.offers]);
        let mut placed = Vec::with_capacity(dims.offers);
        for group in 0..dims.groups() {
            let (task, class) = (group / dims.classes, group % dims.classes);
            let value = &values[group * dims.models..(group + 1) * dims.models];
            let worth = self.worth(value, &units);
            for regime in 0..self.view.regimes.len() {
                let block = regime * dims.groups() + group;
                // Regimes differ in their routers only, so that other offers are copied from the first regime.
                if regime == 0 {
                    self.fill_direct(&direct, group, &worth, &mut mixes, &mut base);
                    if let Some(own) = self.catalog.self_host {
                        let (mix, utility) =
                            self.self_hosted_mix(own, class, worth.value, own_price);
                        let slot = block * dims.offers + own.index();
                        mixes.of[slot] = mix;
                        mixes.hours[slot] = self.rented_hours(mix.price);
                        base[own.index()] =
                            product(mean[own.index()], self.view.nests.weight(utility));
                    }
                } else {
                    mixes.copy_block(group, block);
                    base.copy_from_slice(&first);
                }
                for (router, id) in self.catalog.router_offer.enumerate() {
                    let Some(ways) = &ways[regime * routers + router.index()] else {
                        continue;
                    };
                    let offer = &self.catalog.offers[*id];
                    let shares = &mut mixes.shares[block * ways_a_group..];
                    let shares = &mut shares[self.catalog.ways_of(*id)];
                    let (mix, utility) = self.routed_mix(ways, class, &worth, shares);
                    let lanes = offer.lanes.iter().zip(&*shares);
                    let slot = block * dims.offers + id.index();
                    mixes.hours[slot] = lanes
                        .map(|(lane, share)| share * self.view.lane_hours[lane.index()])
                        .sum();
                    if (class, regime) == (0, 0) {
                        let place = (task * routers + router.index()) * dims.clouds;
                        let hours = &mut mixes.routed_hours[place..place + dims.clouds];
                        self.fill_hours(offer, shares, hours);
                    }
                    mixes.of[slot] = mix;
                    base[id.index()] = product(mean[id.index()], self.view.nests.weight(utility));
                }
                if regime == 0 {
                    first.copy_from_slice(&base);
                }
                let order = self.catalog.nesting.order.iter();
                placed.clear();
                placed.extend(order.map(|offer| base[usize::from(*offer)]));
                for segment in 0..dims.segments {
                    let row = regime * dims.cells() + dims.row(segment, group);
                    let factors =
                        &self.state.segment_weight[segment * dims.offers..][..dims.offers];
                    let row = &mut weights[row..row + dims.offers];
                    for ((weight, base), factor) in row.iter_mut().zip(&placed).zip(factors) {
                        *weight = (base * factor).min(MOST_WEIGHT);
                    }
                }
            }
        }
        self.view.mixes = mixes;
        self.view.weights = weights;
        self.add_up_compute();
    }

    /// Returns the weights of offers' utilities beyond the models behind them, by offer.
    fn mean_weights(&self) -> Vec<f64> {
        let worth = |(id, offer): (OfferId, &Offer)| {
            let runtime = match offer.runtime {
                Runtime::Stateful => self.parameters.choice.stateful_runtime,
                Runtime::Stateless => 0.0,
            };
            (self.view.nests).weight(self.state.mean.offer[id.index()] + runtime)
        };
        self.catalog.offers.enumerate().map(worth).collect()
    }

    /// Returns the price and compute of a million tokens by model and runtime, which do not depend on the seller.
    fn units(&self) -> Vec<[Unit; 2]> {
        let mut units = vec![[Unit::default(); 2]; self.parameters.dims.models];
        for (id, lane) in self.catalog.lanes.enumerate() {
            let runtime = self.catalog.offers[lane.channel].runtime;
            units[lane.model.index()][runtime as usize] = Unit {
                price: self.view.lane_price[id.index()],
                hours: self.view.lane_hours[id.index()],
            };
        }
        units
    }

    /// Returns the value of models to enterprises of one group.
    fn worth<'a>(&self, value: &'a [f64], units: &[[Unit; 2]]) -> Worth<'a> {
        let mut model = value.to_vec();
        quick_exp_all(&mut model);
        let mut direct = model.clone();
        let weight = (self.catalog.models_of.iter())
            .map(|models| {
                let total: f64 = models.iter().map(|id| model[id.index()]).sum();
                if total < f64::MIN_POSITIVE {
                    // All weights underflowed: give the whole share to the best model.
                    let best = models
                        .iter()
                        .max_by(|a, b| value[a.index()].total_cmp(&value[b.index()]));
                    for id in models {
                        direct[id.index()] = if Some(id) == best { 1.0 } else { 0.0 };
                    }
                    return 0.0;
                }
                for id in models {
                    direct[id.index()] /= total;
                }
                self.view.nests.weight(quick_log(total))
            })
            .collect();
        let bought = (self.catalog.models_of.iter()).map(|models| {
            let mut bought = [Unit::default(); 2];
            for id in models {
                for (sum, unit) in bought.iter_mut().zip(&units[id.index()]) {
                    sum.price += direct[id.index()] * unit.price;
                    sum.hours += direct[id.index()] * unit.hours;
                }
            }
            bought
        });
        Worth {
            bought: bought.collect(),
            value,
            model,
            direct,
            weight,
        }
    }

    /// Returns the direct offers: the part of their mixes that does not depend on the group.
    fn direct_offers(&self, mean: &[f64]) -> Vec<Direct<'_>> {
        let direct = |(id, offer): (OfferId, &'_ Offer)| {
            let (Route::Direct, Some(lab)) = (offer.route, offer.lab) else {
                return None;
            };
            let is_own = self.is_own(offer.cloud, lab);
            let is_on_sale = self.view.on_sale[id.index()];
            Some(Direct {
                offer: id.index(),
                models: &self.catalog.models_of[lab],
                ways: self.catalog.ways_of(id),
                lab: lab.index(),
                runtime: offer.runtime,
                first_party: if is_own { 1.0 } else { 0.0 },
                mean: if is_on_sale { mean[id.index()] } else { 0.0 },
            })
        };
        self.catalog.offers.enumerate().filter_map(direct).collect()
    }

    /// Fills the mixes of direct offers in one group: each sells one lab's models, by a logit on their values.
    fn fill_direct(
        &self,
        direct: &[Direct<'_>],
        group: usize,
        worth: &Worth<'_>,
        mixes: &mut Mixes,
        base: &mut [f64],
    ) {
        let dims = self.parameters.dims;
        let is_stateful = self.parameters.tasks[group / dims.classes].is_stateful;
        let of = &mut mixes.of[group * dims.offers..][..dims.offers];
        let hours = &mut mixes.hours[group * dims.offers..][..dims.offers];
        let shares = &mut mixes.shares[group * self.catalog.ways()..];
        for what in direct {
            let shares = &mut shares[what.ways.clone()];
            if what.runtime == Runtime::Stateful && !is_stateful {
                shares.fill(0.0);
                of[what.offer] = Mix::default();
                hours[what.offer] = 0.0;
                base[what.offer] = 0.0;
                continue;
            }
            for (share, model) in shares.iter_mut().zip(what.models) {
                *share = worth.direct[model.index()];
            }
            let unit = worth.bought[what.lab][what.runtime as usize];
            of[what.offer] = Mix {
                serves: !shares.is_empty(),
                price: unit.price,
                first_party: what.first_party,
                neutral_first_party: what.first_party,
                ..Mix::default()
            };
            hours[what.offer] = unit.hours;
            base[what.offer] = product(what.mean, worth.weight[what.lab]);
        }
    }

    /// Returns the compute that enterprises rent to serve a million tokens of open weights at `price`, H100e-hours.
    fn rented_hours(&self, price: f64) -> f64 {
        self.state.self_host.map_or(0.0, |own| {
            let rent = self.state.clouds[own.cloud].rent_contract;
            price / (1.0 + own.engineering) / rent.max(1e-9)
        })
    }

    /// Returns the mix of self-hosting, and its utility: the lab's best model at the cost of running it.
    fn self_hosted_mix(
        &self,
        offer: OfferId,
        class: usize,
        value: &[f64],
        price: f64,
    ) -> (Mix, f64) {
        let lab = self.catalog.offers[offer]
            .lab
            .expect("self-hosting names a lab");
        let models = &self.catalog.models_of[lab];
        let best = models.iter().map(|model| value[model.index()]);
        let list: f64 = models
            .first()
            .map_or(0.0, |model| self.state.models[*model].list_price);
        let best = best.fold(f64::NEG_INFINITY, f64::max);
        let utility = best - self.parameters.sensitivity[class] * quick_log(price / list);
        let mix = Mix {
            serves: true,
            price,
            ..Mix::default()
        };
        (mix, utility)
    }

    /// Adds the compute that a lab's models need: at the cloud that sells them, or at the lab's hosts.
    pub(in crate::market) fn add_need(
        &self,
        cloud: Option<CloudId>,
        lab: LabId,
        need: f64,
        hours: &mut [[f64; 2]],
    ) {
        match cloud {
            Some(cloud) => {
                let kind = usize::from(self.catalog.owner[lab] != Some(cloud));
                hours[cloud.index()][kind] += need;
            }
            None => {
                for (hours, part) in hours.iter_mut().zip(&self.state.labs[lab].hosts) {
                    hours[1] += need * part;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_worth_nothing_to_somebody_stays_so_however_large_it_is_to_others() {
        assert_eq!(product(f64::INFINITY, 2.0) * 0.0, 0.0);
        assert_eq!(product(f64::INFINITY, 0.0), 0.0);
        assert!(
            product(MOST_WEIGHT, MOST_WEIGHT) * f64::from(f32::MAX) * MOST_WEIGHT < f64::INFINITY
        );
    }
}
