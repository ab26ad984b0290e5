//! Demand: exact rates by cell, their integrals since the last settlement, and the compute that they need.

use crate::base::elementary::add_scaled;
use crate::base::time::{SimTime, Span};
use crate::market::state::{Cell, Change, Dims};

/// Demand: exact rates by cell, and their integrals since the last settlement; state.
#[derive(Clone, Debug)]
pub struct Demand {
    /// Rates, tokens a day at the intensity of the start, by (jurisdiction, cell).
    rate: Vec<i64>,
    /// Regime of each jurisdiction.
    regime_of: Vec<usize>,
    /// True if an offer is a router, by offer. Other offers do not depend on regimes and are stored under the first.
    is_routed: Vec<bool>,
    /// Rates summed over jurisdictions, tokens a day at the intensity of the start, by (regime, group, offer,
    /// segment); exact integers.
    segment_rate: Vec<i64>,
    /// Rates of `segment_rate` as floats.
    segment_flow: Vec<f64>,
    /// Rates summed over jurisdictions and segments, tokens a day at the intensity of the start, by (regime, group,
    /// offer).
    pub group_rate: Vec<i64>,
    /// Corrections of the integrals for changes since the last settlement, token-microseconds per day, by (regime,
    /// group, offer, segment).
    offset: Vec<i128>,
    /// True if a rate has changed since the last settlement, by (regime, group, offer).
    is_moved: Vec<bool>,
    /// Compute at the intensity of the start, H100e-hours a day, by (task, offer). Routers' compute follows from
    /// `routed_mtok` instead.
    pub hours: Vec<f64>,
    /// Tokens of routers at the intensity of the start, Mtok a day, by (task, pair of offer and lane).
    pub routed_mtok: Vec<f64>,
    /// Time of the last settlement.
    pub since: SimTime,
    /// Sum of intensity over the windows since the last settlement, by task: without the growth of a lab against the
    /// market, then with that of each lab.
    pub intensity_sum: Vec<f64>,
    /// Sums over the windows since the last settlement, by cloud and kind (first-party, other): compute demanded and
    /// compute served, H100e.
    pub served_sum: Vec<[[f64; 2]; 2]>,
    /// Sums over the windows since the last settlement of demand that could spill to other clouds, H100e: unserved by its
    /// own cloud, and served by another one.
    pub relief_sum: [f64; 2],
    /// Sums over the windows since the last settlement of accelerators rented for open weights, H100e: asked for, and
    /// found at any cloud.
    pub rented_sum: [f64; 2],
    /// Number of windows since the last settlement.
    pub windows: f64,
}

/// Converts tokens to a float.
#[expect(
    clippy::cast_precision_loss,
    reason = "fifteen digits of tokens are plenty"
)]
const fn float(tokens: i64) -> f64 {
    tokens as f64
}

impl Demand {
    /// Returns no demand, for offers that are routers or not (`is_routed`) and for `ways` pairs of offer and lane.
    #[must_use]
    pub fn new(dims: &Dims, is_routed: Vec<bool>, ways: usize) -> Self {
        let mut demand = Self {
            rate: vec![0; dims.jurisdictions * dims.cells()],
            regime_of: Vec::new(),
            is_routed,
            segment_rate: Vec::new(),
            segment_flow: Vec::new(),
            group_rate: Vec::new(),
            offset: Vec::new(),
            is_moved: Vec::new(),
            hours: vec![0.0; dims.tasks * dims.offers],
            routed_mtok: vec![0.0; dims.tasks * ways],
            since: SimTime::START,
            intensity_sum: vec![0.0; (dims.labs + 1) * dims.tasks],
            served_sum: vec![[[0.0; 2]; 2]; dims.clouds],
            relief_sum: [0.0; 2],
            rented_sum: [0.0; 2],
            windows: 0.0,
        };
        demand.regroup(&vec![0; dims.jurisdictions], 1, dims);
        demand
    }

    /// Returns the index of the (regime, group) under which an offer serves a group in a jurisdiction.
    fn block(&self, jurisdiction: usize, group: usize, offer: usize, dims: &Dims) -> usize {
        let regime = if self.is_routed[offer] {
            self.regime_of[jurisdiction]
        } else {
            0
        };
        regime * dims.groups() + group
    }

    /// Changes the rate of a cell at `time`, exactly. Returns the index of the (regime, group) in which the change
    /// falls.
    pub fn add(&mut self, cell: Cell, volume: i64, time: SimTime, dims: &Dims) -> usize {
        let jurisdiction = usize::from(cell.jurisdiction);
        let block = self.block(jurisdiction, cell.group(dims), cell.offer(), dims);
        let slot = block * dims.offers + cell.offer();
        let at = slot * dims.segments + cell.segment();
        self.rate[cell.place(dims)] += volume;
        self.segment_rate[at] += volume;
        self.segment_flow[at] = float(self.segment_rate[at]);
        self.group_rate[slot] += volume;
        self.offset[at] -= i128::from(volume) * i128::from((time - self.since).micros());
        self.is_moved[slot] = true;
        block
    }

    /// Sums the rates by regime again, after the regimes of jurisdictions have changed. Demand must have been settled
    /// before.
    pub fn regroup(&mut self, regime_of: &[usize], regimes: usize, dims: &Dims) {
        let slots = regimes * dims.groups() * dims.offers;
        self.regime_of = regime_of.to_vec();
        self.group_rate = vec![0; slots];
        self.segment_rate = vec![0; slots * dims.segments];
        self.offset = vec![0; slots * dims.segments];
        self.is_moved = vec![false; slots];
        for (row, rates) in self.rate.chunks_exact(dims.offers).enumerate() {
            let (rest, group) = (row / dims.groups(), row % dims.groups());
            let (jurisdiction, segment) = (rest / dims.segments, rest % dims.segments);
            for (offer, rate) in rates.iter().enumerate() {
                let slot = self.block(jurisdiction, group, offer, dims) * dims.offers + offer;
                self.group_rate[slot] += rate;
                self.segment_rate[slot * dims.segments + segment] += rate;
            }
        }
        self.segment_flow = self.segment_rate.iter().copied().map(float).collect();
    }

    /// Applies a change of demand. Returns the index of the (regime, group) in which the change falls.
    pub fn apply(&mut self, change: &Change, dims: &Dims) -> usize {
        self.add(change.cell, change.volume, change.time, dims)
    }

    /// Adds the volume demanded of one offer since the last settlement to `volumes`, by segment: Mtok at the
    /// intensity of the start times `intensity`. Returns true if there was any demand.
    #[expect(
        clippy::cast_precision_loss,
        reason = "fifteen digits of tokens are plenty"
    )]
    pub fn add_volumes(
        &self,
        slot: usize,
        until: SimTime,
        intensity: f64,
        volumes: &mut [f64],
    ) -> bool {
        const MTOK: f64 = 1e-6 / Span::DAY.micros() as f64;
        if self.group_rate[slot] == 0 && !self.is_moved[slot] {
            return false;
        }
        let cells = slot * volumes.len()..(slot + 1) * volumes.len();
        let elapsed = (until - self.since).micros() as f64;
        let flows = &self.segment_flow[cells.clone()];
        let factor = elapsed * MTOK * intensity;
        add_scaled(volumes, flows, factor);
        if self.is_moved[slot] {
            for (volume, offset) in volumes.iter_mut().zip(&self.offset[cells]) {
                if *offset != 0 {
                    *volume += *offset as f64 * MTOK * intensity;
                }
            }
        }
        true
    }

    /// Resets all integrals after a settlement at `time`.
    pub fn restart(&mut self, time: SimTime) {
        let segments = self.offset.len() / self.is_moved.len().max(1);
        for (slot, is_moved) in self.is_moved.iter_mut().enumerate() {
            if std::mem::take(is_moved) {
                self.offset[slot * segments..(slot + 1) * segments].fill(0);
            }
        }
        self.since = time;
        self.intensity_sum.fill(0.0);
        self.served_sum.fill([[0.0; 2]; 2]);
        self.relief_sum = [0.0; 2];
        self.rented_sum = [0.0; 2];
        self.windows = 0.0;
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
            pieces: 1,
            new_pieces: 0,
            classes: 1,
            offers: 1,
            clouds: 1,
            labs: 1,
            models: 1,
            jurisdictions: 1,
        };
        let changes = [(3_000_000, 0.25), (-1_000_000, 0.5), (5_000_000, 0.75)];
        let run = |order: [usize; 3]| {
            let mut demand = Demand::new(&dims, vec![false], 0);
            for index in order {
                let (volume, day) = changes[index];
                let cell = Cell {
                    jurisdiction: 0,
                    segment: 0,
                    task: 0,
                    class: 0,
                    offer: 0,
                };
                demand.add(cell, volume, SimTime::START + Span::from_days(day), &dims);
            }
            let mut volumes = vec![0.0; dims.segments];
            assert!(demand.add_volumes(0, SimTime::from_days(1), 1.0, &mut volumes));
            volumes[0]
        };
        let expected = 3.0 * 0.75 - 0.5 + 5.0 * 0.25;
        assert!((run([0, 1, 2]) - expected).abs() < 1e-12);
        assert_eq!(run([0, 1, 2]).to_bits(), run([2, 0, 1]).to_bits());
    }
}
