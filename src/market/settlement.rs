//! Settlement: volumes integrated exactly between changes of price, and valued.

use super::World;
use super::catalog::Route;
use super::parameters::Dims;
use super::posts::Change;
use crate::ids::{Id, OfferId};
use crate::scenario::spec::Runtime;
use crate::time::{SimTime, Span};

/// Demand in progress: exact rates by cell, and their integrals since the last settlement.
#[derive(Clone, Debug)]
pub struct Demand {
    /// Tokens a day at the intensity of the start, by (jurisdiction, cell).
    rate: Vec<i64>,
    /// Cells that have ever had a rate, a bit each: most never do.
    used: Vec<u64>,
    /// The regime of each jurisdiction.
    regime_of: Vec<usize>,
    /// Correction of the integral for changes since the last settlement, token-microseconds per day.
    offset: Vec<i128>,
    /// The same rates by (regime, group, offer), over jurisdictions and segments.
    pub group_rate: Vec<i64>,
    /// When demand was last settled.
    since: SimTime,
    /// Sum over windows of intensity by task, for its mean since the last settlement.
    pub intensity_sum: Vec<f64>,
    /// Sums over windows of served shares by cloud.
    pub served_sum: Vec<[f64; 2]>,
    /// Sum over windows of the share of unserved spilling demand that found another cloud.
    pub relief_sum: f64,
    /// Windows since the last settlement.
    pub windows: f64,
}

impl Demand {
    /// No demand.
    #[must_use]
    pub fn new(dims: &Dims) -> Self {
        Self {
            rate: vec![0; dims.jurisdictions * dims.cells()],
            offset: vec![0; dims.jurisdictions * dims.cells()],
            used: vec![0; (dims.jurisdictions * dims.cells()).div_ceil(64)],
            regime_of: vec![0; dims.jurisdictions],
            group_rate: vec![0; dims.groups() * dims.offers],
            since: SimTime::START,
            intensity_sum: vec![0.0; dims.tasks],
            served_sum: vec![[0.0; 2]; dims.clouds],
            relief_sum: 0.0,
            windows: 0.0,
        }
    }

    /// Changes the rate of a cell at `time`, exactly.
    pub fn add(&mut self, cell: usize, volume: i64, time: SimTime, dims: &Dims) {
        self.rate[cell] += volume;
        self.used[cell / 64] |= 1 << (cell % 64);
        self.offset[cell] -= i128::from(volume) * i128::from((time - self.since).micros());
        let block = dims.groups() * dims.offers;
        let regime = self.regime_of[cell / dims.cells()];
        self.group_rate[regime * block + cell % block] += volume;
    }

    /// Adds rates up anew by regime, after jurisdictions changed theirs.
    pub fn regroup(&mut self, regime_of: &[usize], regimes: usize, dims: &Dims) {
        let block = dims.groups() * dims.offers;
        self.regime_of = regime_of.to_vec();
        self.group_rate = vec![0; regimes * block];
        for (cell, rate) in self.rate.iter().enumerate() {
            let regime = regime_of[cell / dims.cells()];
            self.group_rate[regime * block + cell % block] += rate;
        }
    }

    /// Applies a posted change.
    pub fn apply(&mut self, change: &Change, dims: &Dims) {
        self.add(change.cell as usize, change.volume, change.time, dims);
    }

    /// Exact integrals since the last settlement by (regime, cell), over jurisdictions: token-microseconds per day at
    /// the intensity of the start.
    fn integrals(&self, until: SimTime, regimes: usize, dims: &Dims) -> Vec<i128> {
        let elapsed = i128::from((until - self.since).micros());
        let cells = dims.cells();
        let mut sums = vec![0; regimes * cells];
        for (word, bits) in self.used.iter().enumerate() {
            let mut bits = *bits;
            while bits != 0 {
                let cell = word * 64 + bits.trailing_zeros() as usize;
                bits &= bits - 1;
                let regime = self.regime_of[cell / cells];
                sums[regime * cells + cell % cells] +=
                    i128::from(self.rate[cell]) * elapsed + self.offset[cell];
            }
        }
        sums
    }

    fn restart(&mut self, time: SimTime) {
        for (word, bits) in self.used.iter().enumerate() {
            if *bits != 0 {
                let end = (word * 64 + 64).min(self.offset.len());
                self.offset[word * 64..end].fill(0);
            }
        }
        self.since = time;
        self.intensity_sum.fill(0.0);
        self.served_sum.fill([0.0; 2]);
        self.relief_sum = 0.0;
        self.windows = 0.0;
    }
}

/// What a month adds up to before it becomes money that moves.
#[derive(Clone, Debug)]
pub struct Tally {
    segments: usize,
    /// Spend by (lane, segment), USD.
    lane_usd: Vec<f64>,
    /// Tokens served by lane, Mtok.
    pub lane_mtok: Vec<f64>,
    /// Compute by lane, H100e-hours.
    pub lane_hours: Vec<f64>,
    /// Spend on models by offer, USD, fees apart.
    pub offer_usd: Vec<f64>,
    /// Tokens by offer, Mtok.
    pub offer_mtok: Vec<f64>,
    /// Fees by (segment, router), USD.
    pub fee_usd: Vec<f64>,
    /// Spend by (segment, router), USD.
    pub routed_usd: Vec<f64>,
    /// Tokens by router, Mtok.
    pub routed_mtok: Vec<f64>,
    /// Tokens by router on the operator's own models, Mtok.
    pub first_party_mtok: Vec<f64>,
    /// What they would be under a neutral router, Mtok.
    pub neutral_mtok: Vec<f64>,
    /// What steering costs users, by router, USD.
    pub steering_usd: Vec<f64>,
    /// What steering earns the operator's own models, by router, USD.
    pub own_gain_usd: Vec<f64>,
    /// What steering takes from others' models, by router, USD.
    pub rival_loss_usd: Vec<f64>,
    /// Utility lost to steering times tokens, by router, logit units times Mtok.
    pub quality_loss: Vec<f64>,
    /// Spend on self-hosting by segment, USD.
    pub self_host_usd: Vec<f64>,
    /// Tokens served by segment, Mtok.
    pub mtok: Vec<f64>,
    /// Tokens demanded and not served by segment, Mtok.
    pub unserved_mtok: Vec<f64>,
    /// Tokens demanded by segment, Mtok.
    pub demanded_mtok: Vec<f64>,
    /// Spend on models, USD, fees apart: the total that the ledger must show.
    pub usd: f64,
}

impl Tally {
    /// An empty month.
    #[must_use]
    pub fn new(dims: &Dims, lanes: usize, routers: usize) -> Self {
        Self {
            segments: dims.segments,
            lane_usd: vec![0.0; dims.segments * lanes],
            lane_mtok: vec![0.0; lanes],
            lane_hours: vec![0.0; lanes],
            offer_usd: vec![0.0; dims.offers],
            offer_mtok: vec![0.0; dims.offers],
            fee_usd: vec![0.0; dims.segments * routers],
            routed_usd: vec![0.0; dims.segments * routers],
            routed_mtok: vec![0.0; routers],
            first_party_mtok: vec![0.0; routers],
            neutral_mtok: vec![0.0; routers],
            steering_usd: vec![0.0; routers],
            own_gain_usd: vec![0.0; routers],
            rival_loss_usd: vec![0.0; routers],
            quality_loss: vec![0.0; routers],
            self_host_usd: vec![0.0; dims.segments],
            mtok: vec![0.0; dims.segments],
            unserved_mtok: vec![0.0; dims.segments],
            demanded_mtok: vec![0.0; dims.segments],
            usd: 0.0,
        }
    }

    /// Spend on a lane by segment, USD.
    #[must_use]
    pub fn of_lane(&self, lane: usize) -> &[f64] {
        &self.lane_usd[lane * self.segments..][..self.segments]
    }

    /// Spend of a segment on all lanes, in order, USD.
    pub fn of_segment(&self, segment: usize) -> impl Iterator<Item = f64> {
        let own = self.lane_usd.iter().skip(segment);
        own.step_by(self.segments).copied()
    }
}

/// An exact integral in Mtok.
#[expect(
    clippy::cast_precision_loss,
    reason = "fifteen digits of tokens are plenty"
)]
fn mtok_of(exact: i128) -> f64 {
    const MTOK: f64 = 1e-6 / Span::DAY.micros() as f64;
    exact as f64 * MTOK
}

impl World<'_> {
    /// Values all volumes since the last settlement at the prices published then.
    pub fn settle(&mut self, until: SimTime) {
        if self.demand.windows == 0.0 {
            return;
        }
        let dims = self.p.dims;
        let windows = self.demand.windows;
        let intensity: Vec<f64> = self
            .demand
            .intensity_sum
            .iter()
            .map(|sum| sum / windows)
            .collect();
        let served = self.lane_served(until);
        let regimes = self.published.regimes.len();
        let integrals = self.demand.integrals(until, regimes, &dims);
        let mut volumes = vec![0.0; dims.segments];
        for regime in 0..regimes {
            let cells = &integrals[regime * dims.cells()..(regime + 1) * dims.cells()];
            for group in 0..dims.groups() {
                let intensity = intensity[group / dims.classes];
                for offer in self.catalog.offers.ids() {
                    let mut is_used = false;
                    for (segment, volume) in volumes.iter_mut().enumerate() {
                        let exact = cells[dims.row(segment, group) + offer.index()];
                        *volume = if exact == 0 {
                            0.0
                        } else {
                            is_used = true;
                            mtok_of(exact) * intensity
                        };
                    }
                    if is_used {
                        self.settle_offer((regime, group), offer, &volumes, &served);
                    }
                }
            }
        }
        self.demand.restart(until);
        self.risk.lab_down.fill(0.0);
        self.risk.cloud_down.fill(0.0);
    }

    /// Values what one group demanded of one offer, by segment, Mtok.
    fn settle_offer(
        &mut self,
        (regime, group): (usize, usize),
        offer: OfferId,
        volumes: &[f64],
        served: &[[f64; 2]],
    ) {
        let dims = self.p.dims;
        let block = regime * dims.groups() + group;
        let mix = self.published.mixes.of[block * dims.offers + offer.index()];
        let tally = &mut self.tally;
        let volume: f64 = volumes.iter().sum();
        for (sum, volume) in tally.demanded_mtok.iter_mut().zip(volumes) {
            *sum += volume;
        }
        let what = &self.catalog.offers[offer];
        let router = match what.route {
            Route::SelfHost => {
                for (segment, volume) in volumes.iter().enumerate() {
                    tally.self_host_usd[segment] += volume * mix.price;
                    tally.mtok[segment] += volume;
                }
                tally.offer_usd[offer.index()] += volume * mix.price;
                tally.offer_mtok[offer.index()] += volume;
                tally.usd += volume * mix.price;
                return;
            }
            Route::Routed(router) => Some(router),
            Route::Direct => None,
        };
        let spills = usize::from(router.is_some() && what.cloud.is_none());
        // A router that has nothing left to route to loses everything.
        let mut lost = if mix.serves { 0.0 } else { 1.0 };
        let (mut found, mut usd) = (0.0, 0.0);
        let shares = self.published.mixes.shares_of(block, offer, self.catalog);
        for (lane, share) in what.lanes.iter().zip(shares) {
            let lane = lane.index();
            let part = share * served[lane][spills];
            let price = part * self.published.lane_price[lane];
            lost += share * (1.0 - served[lane][spills]);
            found += part;
            usd += price;
            tally.lane_mtok[lane] += volume * part;
            tally.lane_hours[lane] += volume * part * self.published.lane_hours[lane];
            let by_segment = &mut tally.lane_usd[lane * volumes.len()..][..volumes.len()];
            for (sum, volume) in by_segment.iter_mut().zip(volumes) {
                *sum += volume * price;
            }
        }
        tally.offer_usd[offer.index()] += volume * usd;
        tally.offer_mtok[offer.index()] += volume * found;
        tally.usd += volume * usd;
        let sums = tally.mtok.iter_mut().zip(&mut tally.unserved_mtok);
        for ((served, unserved), volume) in sums.zip(volumes) {
            *served += volume * found;
            *unserved += volume * lost;
        }
        let Some(router) = router else {
            return;
        };
        for (segment, volume) in volumes.iter().enumerate() {
            let slot = segment * self.routers.len() + router.index();
            tally.routed_usd[slot] += volume * usd;
            if mix.price > 0.0 {
                tally.fee_usd[slot] += volume * usd * mix.fee / mix.price;
            }
        }
        let mtok = volume * found;
        let router = router.index();
        tally.routed_mtok[router] += mtok;
        tally.first_party_mtok[router] += mtok * mix.first_party;
        tally.neutral_mtok[router] += mtok * mix.neutral_first_party;
        if mix.steering_loss != 0.0 {
            let (task, class) = (group / dims.classes, group % dims.classes);
            let usd_per_util =
                self.p.tasks[task].reference_price / self.p.sensitivity[class].max(1e-9);
            let own = mix.own_price - mix.neutral_own_price;
            let rivals = mix.neutral_rival_price - (mix.price - mix.own_price);
            tally.steering_usd[router] += mtok * mix.steering_loss * usd_per_util;
            tally.own_gain_usd[router] += mtok * own;
            tally.rival_loss_usd[router] += mtok * rivals;
            tally.quality_loss[router] += mtok * mix.steering_loss;
        }
    }

    /// Mean served share of each lane since the last settlement: without and with spilling to other clouds.
    fn lane_served(&self, until: SimTime) -> Vec<[f64; 2]> {
        let windows = self.demand.windows;
        let days = (until - self.demand.since).days().max(1e-9);
        let up = |down: &[f64], index: usize| (1.0 - down[index] / days).max(0.0);
        let relief = self.demand.relief_sum / windows;
        let served: Vec<[f64; 2]> = self
            .demand
            .served_sum
            .iter()
            .map(|[own, other]| [own / windows, other / windows])
            .collect();
        self.catalog
            .lanes
            .iter()
            .map(|lane| {
                let share = if let Some(cloud) = lane.cloud {
                    let is_other = self.catalog.owner[lane.lab] != Some(cloud);
                    served[cloud.index()][usize::from(is_other)]
                } else {
                    // Summed as what is missing, so that nothing missing is exactly nothing.
                    let hosts = self.labs[lane.lab].hosts.iter().zip(&served);
                    1.0 - hosts
                        .map(|(part, [_, other])| part * (1.0 - other))
                        .sum::<f64>()
                };
                let lab_up = up(&self.risk.lab_down, lane.lab.index());
                let cloud_up = lane
                    .cloud
                    .map_or(1.0, |cloud| up(&self.risk.cloud_down, cloud.index()));
                // Nothing down is exactly nothing lost.
                let share = if lab_up < 1.0 || cloud_up < 1.0 {
                    share * lab_up * cloud_up
                } else {
                    share
                };
                [share, 1.0 - (1.0 - share) * (1.0 - relief)]
            })
            .collect()
    }

    /// Spend on stateful runtimes this month, USD.
    #[must_use]
    pub fn stateful_usd(&self) -> f64 {
        self.catalog
            .offers
            .enumerate()
            .filter(|(_, offer)| offer.runtime == Runtime::Stateful)
            .map(|(id, _)| self.tally.offer_usd[id.index()])
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integrals_are_exact_whatever_the_order_of_changes() {
        let dims = Dims {
            segments: 1,
            tasks: 1,
            classes: 1,
            offers: 1,
            clouds: 1,
            labs: 1,
            models: 1,
            jurisdictions: 1,
        };
        let changes = [(3_000_000, 0.25), (-1_000_000, 0.5), (5_000_000, 0.75)];
        let run = |order: [usize; 3]| {
            let mut demand = Demand::new(&dims);
            for index in order {
                let (volume, day) = changes[index];
                demand.add(0, volume, SimTime::START + Span::from_days(day), &dims);
            }
            mtok_of(demand.integrals(SimTime::from_days(1), 1, &dims)[0])
        };
        let expected = 3.0 * 0.75 - 0.5 + 5.0 * 0.25;
        assert!((run([0, 1, 2]) - expected).abs() < 1e-12);
        assert_eq!(run([0, 1, 2]).to_bits(), run([2, 0, 1]).to_bits());
    }
}
