//! Integrators of models plus operations: reach, fees and attached clouds.

use crate::base::ids::Id;
use crate::base::time::SimTime;
use crate::economics::services::{attached_to, best_fee, reach};
use crate::ledger::Flow;
use crate::market::{Context, World};
use crate::scenario::records::IntegratorPolicy;

impl World<'_> {
    /// Publishes what each integrator reaches at its present fee, and its attached cloud.
    pub(in crate::market) fn publish_integrators(&mut self, time: SimTime) {
        let years = time.days() / 365.25;
        #[expect(clippy::cast_precision_loss, reason = "few integrators")]
        let slot = 1.0 / self.parameters.integrators.len().max(1) as f64;
        self.view.reach.clear();
        self.view.attachment.clear();
        self.view.fee.clear();
        self.view.attached.clear();
        let states = self.parameters.integrators.iter();
        for (numbers, state) in states.zip(&self.state.integrators) {
            let rise = state.fee - numbers.fee;
            for start in &numbers.reach {
                let grown = if *start > 0.0 {
                    start + numbers.growth * years
                } else {
                    0.0
                };
                let grown = grown.clamp(0.0, slot);
                let reached = reach(grown, numbers.fee_sensitivity, rise);
                self.view.reach.push(reached.min(slot));
            }
            let attachment = self.view.nests.log_weight(numbers.attachment);
            self.view.attachment.push(libm::exp(attachment));
            self.view.fee.push(state.fee);
            self.view.attached.push(state.cloud);
        }
    }

    /// Stores the month's spend of each segment, in total and at each cloud, for reviews of the next month.
    pub(in crate::market) fn remember_segments(&mut self) {
        let (clouds, tally) = (self.state.clouds.len(), &self.books.tally);
        let spend: Vec<f64> = (0..self.parameters.dims.segments)
            .map(|segment| self.managed_spend(segment))
            .collect();
        self.state.segment_spend = spend;
        self.state.cloud_spend.fill(0.0);
        for (id, lane) in self.catalog.lanes.enumerate() {
            let Some(cloud) = lane.cloud else { continue };
            for (segment, usd) in tally.of_lane(id.index()).iter().enumerate() {
                self.state.cloud_spend[segment * clouds + cloud.index()] += usd;
            }
        }
    }

    /// Returns a segment's spend of the month on models and fees, the base of integrators' fees, USD.
    pub(in crate::market) fn managed_spend(&self, segment: usize) -> f64 {
        let routers = self.state.routers.len();
        let fees = &self.books.tally.fee_usd[segment * routers..(segment + 1) * routers];
        self.books.tally.of_segment(segment).sum::<f64>() + fees.iter().sum::<f64>()
    }

    /// Returns the share of the month's spend on models and fees that an integrator manages.
    pub(in crate::market) fn mean_reach(&self, integrator: usize) -> f64 {
        let (mut managed, mut all) = (0.0, 0.0);
        for (spend, reach) in self.segments_of(integrator) {
            managed += spend * reach;
            all += spend;
        }
        if all > 0.0 { managed / all } else { 0.0 }
    }

    /// Returns each segment's spend of the last month and an integrator's reach there.
    fn segments_of(&self, integrator: usize) -> impl Iterator<Item = (f64, f64)> {
        let segments = self.parameters.dims.segments;
        let reach = &self.view.reach[integrator * segments..][..segments];
        let spend = self.state.segment_spend.iter();
        spend.copied().zip(reach.iter().copied())
    }

    /// Returns how far an integrator's fees of the month lie below what its customers would have paid at the fee of
    /// the start, USD: its cost of operations follows from the spend that it manages, whatever it charges.
    pub(in crate::market) fn fee_gap(&self, integrator: usize) -> f64 {
        let fee = self.view.fee[integrator];
        let start = self.parameters.integrators[integrator].fee;
        if fee <= 0.0 {
            return 0.0;
        }
        let account = self.books.accounts.integrators[integrator];
        let fees = self.received(account, &[Flow::BundleFee]).to_f64();
        fees * (start / fee - 1.0)
    }

    /// Lets integrators that review do so: the fee moves part of the way to the one that earns most, and the attached
    /// cloud becomes the one on which their customers spend most, if its lead exceeds their loyalty. An integrator
    /// whose customers find no value in an attached cloud stays neutral.
    pub(in crate::market) fn review_integrators(&mut self, cx: Context) {
        for (index, spec) in self.scenario.integrator.iter().enumerate() {
            if spec.policy != Some(IntegratorPolicy::Reviewing) {
                continue;
            }
            let numbers = &self.parameters.integrators[index];
            let cost = numbers.cost * numbers.fee;
            if self.mean_reach(index) > 0.0 {
                let best = best_fee(cost, numbers.fee_sensitivity, self.segments_of(index));
                let fee = &mut self.state.integrators[index].fee;
                *fee += numbers.adjustment * (best - *fee);
            }
            let before = self.state.integrators[index].cloud;
            if numbers.attachment <= 0.0 {
                continue;
            }
            let after = attached_to(&self.customers_spend(index), before, numbers.loyalty);
            if after != before {
                self.state.integrators[index].cloud = after;
                let place = after.map_or(0, |cloud| cloud + 1);
                let place = f64::from(u8::try_from(place).expect("at most 63 clouds"));
                self.note(cx, "integrator-attached", &spec.name.text, place);
            }
        }
    }

    /// Returns what an integrator's customers spent on models at each cloud in the last month, by cloud, USD: the spend
    /// of each segment there times the integrator's reach in the segment.
    fn customers_spend(&self, integrator: usize) -> Vec<f64> {
        let clouds = self.state.clouds.len();
        let mut spend = vec![0.0; clouds];
        let by_segment = self.state.cloud_spend.chunks_exact(clouds);
        for (at_clouds, (_, reach)) in by_segment.zip(self.segments_of(integrator)) {
            for (sum, usd) in spend.iter_mut().zip(at_clouds) {
                *sum += usd * reach;
            }
        }
        spend
    }
}
