//! Pass over all workloads: sums of switching stakes, labs in use and running workloads.

use crate::base::ids::{Id, LabId, OfferId};
use crate::base::time::SimTime;
use crate::market::World;
use crate::market::customers::switching_stakes::{Customer, StakeSums};
use crate::market::state::{Route, Workload, WorkloadState};
use crate::scenario::records::Runtime;

/// Sums over the whole market from the pass over all workloads, weighted by the enterprises for which each sampled one
/// stands.
#[derive(Default)]
pub(super) struct Running {
    /// Number of running workloads.
    pub(super) workloads: f64,
    /// Number of running workloads on stateful runtimes.
    pub(super) stateful: f64,
    /// Number of enterprises with a running workload.
    pub(super) enterprises: f64,
    /// Number of enterprises that use three labs or more.
    pub(super) multi_lab: f64,
    /// Structural cost of leaving for another cloud, months of spend.
    pub(super) leave_cloud: f64,
}

/// Results of one pass over all workloads.
pub(super) struct Customers {
    /// Sums of switching stakes by (segment, home cloud).
    pub(super) sums: Vec<StakeSums>,
    /// Sums of switching stakes of routers' users, by (router, segment).
    pub(super) users: Vec<StakeSums>,
    /// Number of labs in use, summed over enterprises, by segment.
    pub(super) labs_used: Vec<f64>,
    /// Sums over the whole market.
    pub(super) running: Running,
}

impl Customers {
    /// Returns zeros, for a month in which the pass is not needed.
    pub(super) fn unknown(segments: usize, clouds: usize, routers: usize) -> Self {
        Self {
            sums: vec![StakeSums::default(); segments * clouds],
            users: vec![StakeSums::default(); routers * segments],
            labs_used: vec![0.0; segments],
            running: Running::default(),
        }
    }
}

/// Returns the bit of a lab in a bit set of labs. Labs whose indices differ by 64 share a bit.
fn lab_bit(lab: LabId) -> u64 {
    1 << (lab.index() % 64)
}

impl World<'_> {
    /// Returns the bit sets of labs that receive a tenth or more of a router's tokens, by (regime, group, router).
    fn routed_labs(&self) -> Vec<u64> {
        let blocks = self.view.regimes.len() * self.parameters.dims.groups();
        (0..blocks)
            .flat_map(|block| {
                self.catalog
                    .router_offer
                    .iter()
                    .map(move |offer| (block, offer))
            })
            .map(|(block, offer)| {
                let lanes = self.catalog.offers[*offer].lanes.iter();
                let shares = self.view.mixes.shares_of(block, *offer, self.catalog);
                let used = lanes.zip(shares).filter(|(_, share)| **share >= 0.1);
                used.fold(0, |labs, (lane, _)| {
                    labs | lab_bit(self.catalog.lanes[*lane].lab)
                })
            })
            .collect()
    }

    /// Makes one pass over all workloads.
    pub(super) fn customers(&self, time: SimTime) -> Customers {
        let dims = self.parameters.dims;
        let Customers {
            mut sums,
            mut users,
            mut labs_used,
            mut running,
        } = Customers::unknown(dims.segments, dims.clouds, self.state.routers.len());
        let scene = self.scene();
        let routed_labs = self.routed_labs();
        for partition in &self.state.population {
            let by_enterprise = partition.workloads.chunks_exact(dims.slots());
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
                for (slot, workload) in workloads.iter().enumerate() {
                    let task = slot / dims.all_pieces();
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
                        let block = customer.block(task) * self.state.routers.len();
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
}
