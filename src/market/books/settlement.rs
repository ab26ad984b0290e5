//! Settlement: volumes are integrated exactly between price changes and valued at the prices in force.

use crate::base::elementary::add_scaled;
use crate::base::ids::{Id, LabId, OfferId, RouterId};
use crate::base::time::SimTime;
use crate::market::World;
use crate::market::state::{Mixes, Route};
use crate::scenario::records::Runtime;

/// Demand for one offer since the last settlement; a buffer that is reused for every offer.
#[derive(Debug, Default)]
struct Sold {
    /// Block (regime, group) of each row of `volumes`; only blocks whose mix can serve tokens.
    blocks: Vec<usize>,
    /// Tokens demanded by (row, segment), Mtok.
    volumes: Vec<f64>,
    /// Tokens demanded while the offer had nothing to serve them with, by segment, Mtok.
    nowhere: Vec<f64>,
    /// Tokens by segment, Mtok: through one lane, demanded of all lanes, and served by all lanes.
    sums: [Vec<f64>; 3],
}

impl Sold {
    /// Writes the tokens through one lane by segment, Mtok, into `sums`.
    fn through(&self, way: usize, mixes: &Mixes, sums: &mut [f64]) {
        sums.fill(0.0);
        let rows = self.volumes.chunks_exact(sums.len());
        for (block, row) in self.blocks.iter().zip(rows) {
            add_scaled(sums, row, mixes.share(*block, way));
        }
    }
}

impl World<'_> {
    /// Values all volumes since the last settlement at the prices that have been in force since then.
    pub fn settle(&mut self, until: SimTime) {
        if self.books.demand.windows == 0.0 {
            return;
        }
        let windows = self.books.demand.windows;
        // Mean intensity since the last settlement by group: without a lab's growth, then with that of each lab.
        let intensity: Vec<f64> = (self.books.demand.intensity_sum.iter())
            .flat_map(|sum| std::iter::repeat_n(sum / windows, self.parameters.dims.classes))
            .collect();
        let groups = self.parameters.dims.groups();
        let of_lab = |lab: Option<LabId>| {
            let row = lab.map_or(0, |lab| lab.index() + 1);
            &intensity[row * groups..][..groups]
        };
        let whole = intensity[..self.parameters.dims.groups()].to_vec();
        let served = self.lane_served(until);
        let mut sold = Sold::default();
        for offer in self.catalog.offers.ids() {
            match self.catalog.offers[offer].route {
                Route::SelfHost => self.settle_self_hosting(offer, &whole, until),
                // Regimes change only what routers do, so a direct offer is settled once, under the first regime.
                Route::Direct => {
                    let lab = self.catalog.offers[offer].lab;
                    self.gather(0, offer, of_lab(lab), until, &mut sold);
                    self.settle_offer(offer, &served, &mut sold);
                }
                Route::Routed(router) => {
                    for regime in 0..self.view.regimes.len() {
                        self.gather(regime, offer, &whole, until, &mut sold);
                        self.settle_offer(offer, &served, &mut sold);
                        self.settle_fees(router, &served, &sold);
                    }
                }
            }
        }
        self.books.demand.restart(until);
        self.state.risk.lab_down.fill(0.0);
        self.state.risk.cloud_down.fill(0.0);
    }

    /// Gathers the demand for one offer under one regime.
    fn gather(
        &self,
        regime: usize,
        offer: OfferId,
        intensity: &[f64],
        until: SimTime,
        sold: &mut Sold,
    ) {
        let dims = self.parameters.dims;
        sold.blocks.clear();
        sold.volumes.clear();
        sold.volumes.resize(dims.groups() * dims.segments, 0.0);
        sold.nowhere.clear();
        sold.nowhere.resize(dims.segments, 0.0);
        for group in 0..dims.groups() {
            let intensity = intensity[group];
            let row = &mut sold.volumes[sold.blocks.len() * dims.segments..][..dims.segments];
            let block = regime * dims.groups() + group;
            let slot = block * dims.offers + offer.index();
            if !self.books.demand.add_volumes(slot, until, intensity, row) {
                continue;
            }
            if self.view.mixes.of[slot].serves {
                sold.blocks.push(block);
            } else {
                // Demand on a router without a lane left to route to is lost.
                add_scaled(&mut sold.nowhere, row, 1.0);
                row.fill(0.0);
            }
        }
    }

    /// Values the tokens of a self-hosting offer, as far as there were accelerators to rent.
    fn settle_self_hosting(&mut self, offer: OfferId, intensity: &[f64], until: SimTime) {
        let dims = self.parameters.dims;
        let mut volumes = vec![0.0; dims.segments];
        let [asked, found] = self.books.demand.rented_sum;
        let served = if asked > 0.0 { found / asked } else { 1.0 };
        for group in 0..dims.groups() {
            let slot = group * dims.offers + offer.index();
            let intensity = intensity[group];
            volumes.fill(0.0);
            if !self
                .books
                .demand
                .add_volumes(slot, until, intensity, &mut volumes)
            {
                continue;
            }
            let price = self.view.mixes.of[slot].price;
            let hours = self.view.mixes.hours[slot];
            for (segment, volume) in volumes[..dims.segments].iter().enumerate() {
                self.books.tally.demanded_mtok[segment] += volume;
                self.books.tally.unserved_mtok[segment] += volume * (1.0 - served);
                let volume = volume * served;
                self.books.tally.rented_hours += volume * hours;
                self.books.tally.mtok[segment] += volume;
                self.books.tally.self_host_usd[segment] += volume * price;
                self.books.tally.offer_usd[offer.index()] += volume * price;
                self.books.tally.offer_mtok[offer.index()] += volume;
                self.books.tally.usd += volume * price;
            }
        }
    }

    /// Values the demand for one offer, without routers' fees.
    fn settle_offer(&mut self, offer: OfferId, served: &[[f64; 2]], sold: &mut Sold) {
        let dims = self.parameters.dims;
        let what = &self.catalog.offers[offer];
        let tally = &mut self.books.tally;
        for (segment, volume) in sold.nowhere[..dims.segments].iter().enumerate() {
            tally.demanded_mtok[segment] += volume;
            tally.unserved_mtok[segment] += volume;
        }
        if sold.blocks.is_empty() {
            return;
        }
        let spills = usize::from(what.route != Route::Direct && what.cloud.is_none());
        let (mut usd, mut mtok) = (0.0, 0.0);
        let mut sums = std::mem::take(&mut sold.sums);
        for sums in &mut sums {
            sums.clear();
            sums.resize(dims.segments, 0.0);
        }
        let [volumes, asked, given] = &mut sums;
        for (lane, way) in what.lanes.iter().zip(self.catalog.ways_of(offer)) {
            sold.through(way, &self.view.mixes, volumes);
            let lane = lane.index();
            let placed = served[lane][spills] - served[lane][0];
            let served = served[lane][spills];
            let price = served * self.view.lane_price[lane];
            let volumes = &volumes[..dims.segments];
            let volume: f64 = volumes.iter().sum();
            usd += volume * price;
            mtok += volume * served;
            tally.lane_mtok[lane] += volume * served;
            tally.lane_hours[lane] += volume * served * self.view.lane_hours[lane];
            tally.placed_hours[lane] += volume * placed * self.view.lane_hours[lane];
            let by_segment = &mut tally.lane_usd[lane * dims.segments..][..dims.segments];
            let sums = by_segment.iter_mut().zip(&mut *asked).zip(&mut *given);
            for (volume, ((usd, asked), given)) in volumes.iter().zip(sums) {
                *usd += volume * price;
                *asked += volume;
                *given += volume * served;
            }
        }
        for segment in 0..dims.segments {
            tally.demanded_mtok[segment] += asked[segment];
            tally.mtok[segment] += given[segment];
            // If everything is served, both sums are equal to the last bit and the difference is exactly zero.
            tally.unserved_mtok[segment] += asked[segment] - given[segment];
        }
        tally.offer_usd[offer.index()] += usd;
        tally.offer_mtok[offer.index()] += mtok;
        tally.usd += usd;
        sold.sums = sums;
    }

    /// Adds up a router's fees, its routed tokens and the effects of its steering.
    fn settle_fees(&mut self, router: RouterId, served: &[[f64; 2]], sold: &Sold) {
        let dims = self.parameters.dims;
        let offer = self.catalog.router_offer[router];
        let what = &self.catalog.offers[offer];
        let spills = usize::from(what.cloud.is_none());
        // By lane: the served share, and the price paid for each token demanded.
        let by_lane: Vec<[f64; 2]> = (what.lanes.iter())
            .map(|lane| {
                let served = served[lane.index()][spills];
                [served, served * self.view.lane_price[lane.index()]]
            })
            .collect();
        let rows = sold.volumes.chunks_exact(dims.segments);
        for (block, volumes) in sold.blocks.iter().zip(rows) {
            let mix = self.view.mixes.of[block * dims.offers + offer.index()];
            let shares = self.view.mixes.shares_of(*block, offer, self.catalog);
            let (mut found, mut usd) = (0.0, 0.0);
            for (share, [served, paid]) in shares.iter().zip(&by_lane) {
                found += share * served;
                usd += share * paid;
            }
            let fee = if mix.price > 0.0 {
                mix.fee / mix.price
            } else {
                0.0
            };
            let tally = &mut self.books.tally;
            for (segment, volume) in volumes[..dims.segments].iter().enumerate() {
                let usd = volume * usd;
                let slot = segment * self.state.routers.len() + router.index();
                tally.routed_usd[slot] += usd;
                tally.fee_usd[slot] += usd * fee;
            }
            let mtok = volumes.iter().sum::<f64>() * found;
            let router = router.index();
            tally.routed_mtok[router] += mtok;
            tally.first_party_mtok[router] += mtok * mix.first_party;
            tally.neutral_mtok[router] += mtok * mix.neutral_first_party;
            if mix.steering_loss != 0.0 {
                let class = block % dims.groups() % dims.classes;
                let usd_per_util = mix.price / self.parameters.sensitivity[class].max(1e-9);
                let own = mix.own_price - mix.neutral_own_price;
                let rivals = mix.neutral_rival_price - (mix.price - mix.own_price);
                tally.steering_usd[router] += mtok * mix.steering_loss * usd_per_util;
                tally.own_gain_usd[router] += mtok * own;
                tally.rival_loss_usd[router] += mtok * rivals;
                tally.quality_loss[router] += mtok * mix.steering_loss;
            }
        }
    }

    /// Returns the mean served share of each lane since the last settlement: `[without, with]` spilling to other
    /// clouds.
    fn lane_served(&self, until: SimTime) -> Vec<[f64; 2]> {
        let days = (until - self.books.demand.since).days().max(1e-9);
        let [stranded, placed] = self.books.demand.relief_sum;
        let relief = if stranded > 0.0 {
            placed / stranded
        } else {
            0.0
        };
        let up = |down: &[f64], index: usize| (1.0 - down[index] / days).max(0.0);
        // Weighted by demand, so that a shortage that worsens does not serve more than there is.
        let mean = |[demanded, served]: [f64; 2]| {
            if demanded > 0.0 {
                served / demanded
            } else {
                1.0
            }
        };
        let sums = self.books.demand.served_sum.iter();
        let served: Vec<[f64; 2]> = sums.map(|sums| sums.map(mean)).collect();
        self.catalog
            .lanes
            .iter()
            .map(|lane| {
                let place = self.place_of(lane.channel);
                let share = if let Some(cloud) = place {
                    let is_other = self.catalog.owner[lane.lab] != Some(cloud);
                    served[cloud.index()][usize::from(is_other)]
                } else {
                    // The unserved parts are summed, so that full service gives exactly one.
                    let hosts = self.state.labs[lane.lab].hosts.iter().zip(&served);
                    1.0 - hosts
                        .map(|(part, [_, other])| part * (1.0 - other))
                        .sum::<f64>()
                };
                let lab_up = up(&self.state.risk.lab_down, lane.lab.index());
                let cloud_up =
                    place.map_or(1.0, |cloud| up(&self.state.risk.cloud_down, cloud.index()));
                // Without downtime the share is left alone, so that no rounding error enters.
                let share = if lab_up < 1.0 || cloud_up < 1.0 {
                    share * lab_up * cloud_up
                } else {
                    share
                };
                [share, 1.0 - (1.0 - share) * (1.0 - relief)]
            })
            .collect()
    }

    /// Returns spend on stateful runtimes this month, USD.
    #[must_use]
    pub fn stateful_usd(&self) -> f64 {
        self.catalog
            .offers
            .enumerate()
            .filter(|(_, offer)| offer.runtime == Runtime::Stateful)
            .map(|(id, _)| self.books.tally.offer_usd[id.index()])
            .sum()
    }
}
