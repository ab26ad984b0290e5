//! Rows of the segments table.

use super::customers::{Customers, Running};
use super::{Parts, ratio};
use crate::base::time::SimTime;
use crate::ledger::Flow;
use crate::market::World;
use crate::market::customers::switching_stakes::StakeSums;
use crate::market::state::{STEPS, Step};
use crate::panel::Panel;
use crate::row;

row! {
    /// One segment of enterprises in one month.
    SegmentRow in "segments" by "segment" {
        enterprises ["count"] "enterprises" "Enterprises with a running workload at the end of the month.",
        workloads ["count"] "workloads" "Running workloads at the end of the month.",
        spend_usd ["usd"] "spend" "Spend on tokens: models, fees and self-hosting.",
        mtok ["mtok"] "tokens" "Tokens served.",
        unserved_mtok ["mtok"] "unserved tokens" "Tokens demanded and not served.",
        reviews ["count"] "reviews" "Reviews of workloads.",
        adoptions ["count"] "adoptions" "Workloads adopted.",
        upgrades ["count"] "upgrades" "Workloads that took up a new release of their lab.",
        moves_model ["count"] "moves between models" "Moves to another lab's model on the same cloud.",
        moves_router ["count"] "router moves" "Moves into, out of or between routers on the same cloud.",
        moves_cloud ["count"] "moves between clouds" "Moves to another cloud.",
        moves_self_host ["count"] "self-hosting moves" "Moves to self-hosting or back.",
        switching_paid_usd ["usd"] "switching cost paid" "Labour, egress charges and forfeited commitments paid for moves.",
        bundle_share ["share"] "bundle share" "Share of spend that buys models bundled with operations from an integrator.",
        sla_credit_usd ["usd"] "outage refunds" "Refunds received for outages.",
        labs_per_enterprise ["count"] "labs per enterprise" "Mean number of labs whose models an enterprise uses; a lab behind a router counts from a tenth of the router's tokens.",
        surplus_usd ["usd"] "consumer surplus" "Consumer surplus of the month's demand: the logsum of a fresh choice over price sensitivity, times the month's spend, up to a constant.",
    }
}

impl World<'_> {
    /// Writes the rows of segments, switching costs and routers, and returns the sums over the whole market.
    pub(super) fn observe_segments(
        &self,
        panel: &mut Panel,
        month: usize,
        time: SimTime,
        parts: Parts,
    ) -> Running {
        let dims = self.parameters.dims;
        let Customers {
            sums,
            users,
            labs_used,
            mut running,
        } = if parts.has(Parts::CUSTOMERS) {
            self.customers(time)
        } else {
            Customers::unknown(dims.segments, dims.clouds, self.state.routers.len())
        };
        running.leave_cloud = self.observe_switching(panel, month, &sums, parts);
        self.observe_routers(panel, month, &users);
        let surplus = if parts.has(Parts::SURPLUS) {
            self.surplus()
        } else {
            vec![0.0; dims.segments]
        };
        for segment in 0..dims.segments {
            let homes = &sums[segment * dims.clouds..(segment + 1) * dims.clouds];
            let row = self.segment_row(segment, homes, labs_used[segment], surplus[segment]);
            panel.set(month, segment, &row);
        }
        running
    }

    fn segment_row(
        &self,
        segment: usize,
        homes: &[StakeSums],
        labs_used: f64,
        surplus: f64,
    ) -> SegmentRow {
        let enterprises: f64 = homes.iter().map(|sum| sum.enterprises).sum();
        let workloads: f64 = homes.iter().map(|sum| sum.workloads).sum();
        let account = self.books.accounts.segments[segment];
        let paid = |kinds: &[Flow]| self.paid(account, kinds).to_f64();
        let step = |kind: Step| self.books.activity.steps[segment * STEPS + kind as usize];
        let moved = self.books.activity.integration[segment] + self.books.activity.labour[segment];
        SegmentRow {
            enterprises,
            workloads,
            spend_usd: self.spend_of(segment),
            mtok: self.books.tally.mtok[segment],
            unserved_mtok: self.books.tally.unserved_mtok[segment],
            reviews: self.books.activity.reviews[segment],
            adoptions: step(Step::Adopt),
            upgrades: step(Step::Upgrade),
            moves_model: step(Step::Model),
            moves_router: step(Step::Router),
            moves_cloud: step(Step::Cloud),
            moves_self_host: step(Step::SelfHost),
            switching_paid_usd: moved.to_f64() + paid(&[Flow::Egress, Flow::Forfeited]),
            bundle_share: self.bundle_share(segment),
            sla_credit_usd: self.received(account, &[Flow::SlaCredit]).to_f64(),
            labs_per_enterprise: ratio(labs_used, enterprises),
            surplus_usd: surplus,
        }
    }

    /// Returns the month's spend of a segment on tokens: models, fees and self-hosting, USD.
    fn spend_of(&self, segment: usize) -> f64 {
        let (tally, routers) = (&self.books.tally, self.state.routers.len());
        let fees = &tally.fee_usd[segment * routers..(segment + 1) * routers];
        let models: f64 = tally.of_segment(segment).sum();
        models + fees.iter().sum::<f64>() + tally.self_host_usd[segment]
    }

    /// Returns the share of a segment's spend that buys models bundled with operations.
    pub(super) fn bundle_share(&self, segment: usize) -> f64 {
        (0..self.parameters.integrators.len())
            .map(|integrator| self.view.reach[integrator * self.parameters.dims.segments + segment])
            .sum()
    }

    /// Returns consumer surplus by segment: the logsum of a fresh choice over price sensitivity is a relative change of
    /// prices, and the month's spend turns it into dollars (Small and Rosen 1981).
    fn surplus(&self) -> Vec<f64> {
        let dims = self.parameters.dims;
        let mut surplus = vec![0.0; dims.segments];
        // Share of spend under each regime. A single regime has exactly 1, without rounding.
        let regimes = self.view.regimes.len();
        let mut places = vec![0.0; regimes];
        if regimes == 1 {
            places[0] = 1.0;
        } else {
            let all: f64 = self.parameters.jurisdiction_share.iter().sum();
            for (place, regime) in self.view.regime_of.iter().enumerate() {
                places[*regime] += self.parameters.jurisdiction_share[place] / all;
            }
        }
        let order = &self.catalog.nesting.order;
        let mut weights = vec![0.0; dims.offers];
        for (segment, sum) in surplus.iter_mut().enumerate() {
            let spend = self.spend_of(segment);
            for task_index in 0..dims.tasks {
                for (class, sensitivity) in self.parameters.sensitivity.iter().enumerate() {
                    for (regime, place_share) in places.iter().enumerate() {
                        let row = regime * dims.cells()
                            + dims.row(segment, dims.group(task_index, class));
                        let congestion = &self.view.congestion
                            [task_index * dims.offers..(task_index + 1) * dims.offers];
                        let rows = self.view.weights[row..].iter().zip(congestion);
                        for (offer, (shared, congestion)) in order.iter().zip(rows) {
                            weights[usize::from(*offer)] = shared * congestion;
                        }
                        let value = self.view.nests.inclusive_value(&weights);
                        let part = self.parameters.segments[segment].task_share[task_index]
                            * self.parameters.segments[segment].class_share[class];
                        if value.is_finite() {
                            *sum += part * place_share * value / sensitivity.max(1e-9) * spend;
                        }
                    }
                }
            }
        }
        surplus
    }
}
