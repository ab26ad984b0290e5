//! Rows of enterprises: segments, switching costs and routers, from one pass over all workloads.

use super::{Parts, Running, fill, ratio};
use crate::economics::switching::{Cause, Move};
use crate::ids::{Id, LabId, OfferId};
use crate::ledger::Flow;
use crate::market::World;
use crate::market::catalog::Route;
use crate::market::enterprise::{Workload, WorkloadState};
use crate::market::posts::{STEPS, Step};
use crate::market::stakes::{Customer, StakeSums, mean_cost};
use crate::panel::{Panel, Table};
use crate::scenario::records::Runtime;
use crate::time::SimTime;

/// What a pass over all workloads finds.
struct Customers {
    /// By (segment, home cloud).
    sums: Vec<StakeSums>,
    /// Those who use a router, by (router, segment).
    users: Vec<StakeSums>,
    /// Labs in use, summed over enterprises, by segment.
    labs_used: Vec<f64>,
    /// About the market.
    running: Running,
}

impl Customers {
    /// Where nobody looked.
    fn unknown(segments: usize, clouds: usize, routers: usize) -> Self {
        Self {
            sums: vec![StakeSums::default(); segments * clouds],
            users: vec![StakeSums::default(); routers * segments],
            labs_used: vec![0.0; segments],
            running: Running::default(),
        }
    }
}

/// A bit for a lab in a set of labs.
fn lab_bit(lab: LabId) -> u64 {
    1 << (lab.index() % 64)
}

impl World<'_> {
    fn observe_routers(&self, table: &mut Table, month: usize, users: &[StakeSums]) {
        let (routers, segments) = (self.routers.len(), self.p.dims.segments);
        for (id, router) in self.routers.enumerate() {
            let sum = |by: &[f64]| {
                (0..segments)
                    .map(|segment| by[segment * routers + id.index()])
                    .sum::<f64>()
            };
            let (own, neutral) = self.own_shares(id);
            let values = [
                sum(&self.tally.routed_usd),
                self.tally.routed_mtok[id.index()],
                sum(&self.tally.fee_usd),
                router.take_rate,
                own,
                neutral,
                self.tally.steering_usd[id.index()],
                router.steering,
                ratio(
                    self.tally.quality_loss[id.index()],
                    self.tally.routed_mtok[id.index()],
                ),
                self.tally.own_gain_usd[id.index()],
                self.tally.rival_loss_usd[id.index()],
                self.months_to_leave(&users[id.index() * segments..(id.index() + 1) * segments]),
            ];
            fill(table.row_mut(month, id.index()), &values);
        }
    }

    /// What it costs a router's users to go to another cloud, in months of spend, from their stakes by segment.
    fn months_to_leave(&self, by_segment: &[StakeSums]) -> f64 {
        let cost: f64 = by_segment
            .iter()
            .zip(&self.p.segments)
            .map(|(sum, segment)| {
                let months = mean_cost(
                    &sum.by_spend,
                    sum.spend,
                    segment.requalification,
                    &self.p,
                    Move::Cloud,
                );
                months.iter().sum::<f64>() * sum.spend
            })
            .sum();
        ratio(cost, by_segment.iter().map(|sum| sum.spend).sum())
    }

    /// The labs to which a router sends a tenth of the tokens or more, a bit each, by (regime, group, router).
    fn routed_labs(&self) -> Vec<u64> {
        let blocks = self.published.regimes.len() * self.p.dims.groups();
        (0..blocks)
            .flat_map(|block| {
                self.catalog
                    .router_offer
                    .iter()
                    .map(move |offer| (block, offer))
            })
            .map(|(block, offer)| {
                let lanes = self.catalog.offers[*offer].lanes.iter();
                let shares = self.published.mixes.shares_of(block, *offer, self.catalog);
                let used = lanes.zip(shares).filter(|(_, share)| **share >= 0.1);
                used.fold(0, |labs, (lane, _)| {
                    labs | lab_bit(self.catalog.lanes[*lane].lab)
                })
            })
            .collect()
    }

    /// One pass over all workloads.
    fn customers(&self, time: SimTime) -> Customers {
        let dims = self.p.dims;
        let Customers {
            mut sums,
            mut users,
            mut labs_used,
            mut running,
        } = Customers::unknown(dims.segments, dims.clouds, self.routers.len());
        let scene = self.scene();
        let routed_labs = self.routed_labs();
        for partition in &self.population {
            let by_enterprise = partition.workloads.chunks_exact(dims.tasks);
            for (enterprise, workloads) in partition.enterprises.iter().zip(by_enterprise) {
                let is_dormant = |workload: &Workload| workload.state == WorkloadState::Dormant;
                if workloads.iter().all(is_dormant) {
                    continue;
                }
                let segment = usize::from(enterprise.segment);
                let cell = &mut sums[segment * dims.clouds + usize::from(enterprise.home)];
                let customer = Customer::new(enterprise, time, scene);
                let inverse = 1.0 / enterprise.weight;
                let mut labs = 0_u64;
                for (task, workload) in workloads.iter().enumerate() {
                    if is_dormant(workload) {
                        continue;
                    }
                    let (spend, stakes) = customer.spend_and_stakes(workload, task);
                    cell.add(enterprise.weight, inverse, spend, &stakes);
                    let offer = OfferId::from_index(usize::from(workload.offer));
                    let what = &self.catalog.offers[offer];
                    if let Some(lab) = what.lab {
                        labs |= lab_bit(lab);
                    }
                    if what.runtime == Runtime::Stateful {
                        running.stateful += enterprise.weight;
                    }
                    if let Route::Routed(router) = what.route {
                        let block = customer.block(task) * self.routers.len();
                        labs |= routed_labs[block + router.index()];
                        users[router.index() * dims.segments + segment].add(
                            enterprise.weight,
                            inverse,
                            spend,
                            &stakes,
                        );
                    }
                }
                cell.enterprises += enterprise.weight;
                labs_used[segment] += f64::from(labs.count_ones()) * enterprise.weight;
                running.enterprises += enterprise.weight;
                if labs.count_ones() >= 3 {
                    running.multi_lab += enterprise.weight;
                }
            }
        }
        running.workloads = sums
            .chunks_exact(dims.clouds)
            .map(|homes| homes.iter().map(|sum| sum.workloads).sum::<f64>())
            .sum();
        Customers {
            sums,
            users,
            labs_used,
            running,
        }
    }

    /// Segments, switching costs and routers; returns what is found of the market.
    pub(super) fn observe_segments(
        &self,
        panel: &mut Panel,
        month: usize,
        time: SimTime,
        parts: Parts,
    ) -> Running {
        let dims = self.p.dims;
        let Customers {
            sums,
            users,
            labs_used,
            mut running,
        } = if parts.has(Parts::CUSTOMERS) {
            self.customers(time)
        } else {
            Customers::unknown(dims.segments, dims.clouds, self.routers.len())
        };
        running.leave_cloud = self.observe_switching(panel, month, &sums, parts);
        self.observe_routers(panel.table_mut("routers"), month, &users);
        let surplus = if parts.has(Parts::SURPLUS) {
            self.surplus()
        } else {
            vec![0.0; dims.segments]
        };
        let routers = self.routers.len();
        for segment in 0..dims.segments {
            let homes = &sums[segment * dims.clouds..(segment + 1) * dims.clouds];
            let enterprises: f64 = homes.iter().map(|sum| sum.enterprises).sum();
            let workloads: f64 = homes.iter().map(|sum| sum.workloads).sum();
            let account = self.accounts.segments[segment];
            let paid = |kinds: &[Flow]| self.paid(account, kinds).to_f64();
            let step = |kind: Step| self.posts.steps[segment * STEPS + kind as usize];
            let fees: f64 = self.tally.fee_usd[segment * routers..(segment + 1) * routers]
                .iter()
                .sum();
            let models: f64 = self.tally.of_segment(segment).sum();
            let moved = self.posts.integration[segment] + self.posts.labour[segment];
            let values = [
                enterprises,
                workloads,
                models + fees + self.tally.self_host_usd[segment],
                self.tally.mtok[segment],
                self.tally.unserved_mtok[segment],
                self.posts.reviews[segment],
                step(Step::Adopt),
                step(Step::Upgrade),
                step(Step::Model),
                step(Step::Router),
                step(Step::Cloud),
                step(Step::SelfHost),
                moved.to_f64() + paid(&[Flow::Egress, Flow::Forfeited]),
                self.bundle_share(segment),
                self.received(account, &[Flow::SlaCredit]).to_f64(),
                ratio(labs_used[segment], enterprises),
                surplus[segment],
            ];
            fill(panel.table_mut("segments").row_mut(month, segment), &values);
        }
        running
    }

    /// Share of a segment's spend that buys models with operations.
    pub(super) fn bundle_share(&self, segment: usize) -> f64 {
        (0..self.p.integrators.len())
            .map(|integrator| self.published.reach[integrator * self.p.dims.segments + segment])
            .sum()
    }

    /// Structural switching costs; returns what it takes to leave for another cloud, in months of spend.
    fn observe_switching(
        &self,
        panel: &mut Panel,
        month: usize,
        sums: &[StakeSums],
        parts: Parts,
    ) -> f64 {
        if !parts.has(Parts::CUSTOMERS) {
            return 0.0;
        }
        let dims = self.p.dims;
        let mut totals = [[0.0; 2]; Move::ALL.len()];
        let (mut enterprises, mut spend) = (0.0, 0.0);
        for (cell, sum) in sums.iter().enumerate() {
            let requalification = self.p.segments[cell / dims.clouds].requalification;
            enterprises += sum.enterprises;
            spend += sum.spend;
            for kind in Move::ALL {
                let months = mean_cost(&sum.by_spend, sum.spend, requalification, &self.p, kind);
                let weighted = mean_cost(
                    &sum.by_spend_squared,
                    sum.spend_squared,
                    requalification,
                    &self.p,
                    kind,
                );
                totals[kind as usize][0] += months.iter().sum::<f64>() * sum.spend;
                totals[kind as usize][1] += weighted.iter().sum::<f64>() * sum.spend_squared;
                if !parts.has(Parts::DETAILS) {
                    continue;
                }
                for cause in Cause::ALL {
                    let entity = (cell * Move::ALL.len() + kind as usize) * Cause::ALL.len()
                        + cause as usize;
                    let months = months[cause as usize];
                    let values = [
                        ratio(months * sum.spend, sum.enterprises),
                        ratio(weighted[cause as usize] * sum.spend_squared, sum.spend),
                        months,
                    ];
                    fill(panel.switching.row_mut(month, entity), &values);
                }
            }
        }
        for kind in Move::ALL {
            let [total, weighted] = totals[kind as usize];
            fill(
                panel.table_mut("switching").row_mut(month, kind as usize),
                &[
                    ratio(total, enterprises),
                    ratio(weighted, spend),
                    ratio(total, spend),
                ],
            );
        }
        ratio(totals[Move::Cloud as usize][0], spend)
    }

    /// Consumer surplus by segment: the logsum of a fresh choice, in list-price dollars (Small and Rosen 1981).
    fn surplus(&self) -> Vec<f64> {
        let dims = self.p.dims;
        let mut surplus = vec![0.0; dims.segments];
        // Share of spend under each regime; one regime is exactly one.
        let regimes = self.published.regimes.len();
        let mut places = vec![0.0; regimes];
        if regimes == 1 {
            places[0] = 1.0;
        } else {
            let all: f64 = self.p.jurisdiction_share.iter().sum();
            for (place, regime) in self.published.regime_of.iter().enumerate() {
                places[*regime] += self.p.jurisdiction_share[place] / all;
            }
        }
        let order = &self.catalog.nesting.order;
        let mut weights = vec![0.0; dims.offers];
        for (segment, sum) in surplus.iter_mut().enumerate() {
            let share = ratio(self.tally.mtok[segment], self.tally.demanded_mtok[segment]);
            for (task_index, task) in self.p.tasks.iter().enumerate() {
                for (class, sensitivity) in self.p.sensitivity.iter().enumerate() {
                    for (regime, place_share) in places.iter().enumerate() {
                        let row = regime * dims.cells()
                            + dims.row(segment, dims.group(task_index, class));
                        let congestion = &self.published.congestion
                            [task_index * dims.offers..(task_index + 1) * dims.offers];
                        let rows = self.published.weights[row..].iter().zip(congestion);
                        for (offer, (shared, congestion)) in order.iter().zip(rows) {
                            weights[usize::from(*offer)] = shared * congestion;
                        }
                        let value = self.published.nests.inclusive_value(&weights);
                        let part = self.p.segments[segment].task_share[task_index]
                            * self.p.segments[segment].class_share[class];
                        if value.is_finite() {
                            *sum += part * place_share * share * value / sensitivity.max(1e-9)
                                * task.reference_price
                                * self.tally.demanded_mtok[segment];
                        }
                    }
                }
            }
        }
        surplus
    }
}
