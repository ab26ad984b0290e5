//! Rows of the whole market, and of those who own, make, integrate and regulate.

use nalgebra::{DMatrix, DVector};

use super::{CloudSums, Running, Usage, fill, ratio};
use crate::economics::ownership::{hhi, modified_hhi, profit_weights, values_along};
use crate::ids::{Id, LabId};
use crate::ledger::Flow;
use crate::market::World;
use crate::market::posts::{STEPS, Step};
use crate::panel::{Panel, Table};
use crate::scenario::records::Runtime;
use crate::time::SimTime;

impl World<'_> {
    pub(super) fn observe_market(
        &self,
        table: &mut Table,
        month: usize,
        time: SimTime,
        clouds: &CloudSums,
        labs: &Usage,
        running: &Running,
    ) {
        let usage = labs.usd.as_slice();
        let dims = self.p.dims;
        let routers = self.routers.len();
        let spend = self.tally.usd + self.tally.fee_usd.iter().sum::<f64>();
        let routed: Vec<f64> = (0..routers)
            .map(|router| {
                (0..dims.segments)
                    .map(|segment| self.tally.routed_usd[segment * routers + router])
                    .sum()
            })
            .collect();
        let of_clouds = |by: &[f64]| -> f64 {
            self.routers
                .enumerate()
                .filter(|(_, router)| router.cloud.is_some())
                .map(|(id, _)| by[id.index()])
                .sum()
        };
        let own = self
            .self_host
            .map_or(0.0, |_| self.tally.self_host_usd.iter().sum::<f64>());
        let open: f64 = usage
            .iter()
            .enumerate()
            .filter(|(lab, _)| self.catalog.is_open[LabId::from_index(*lab)])
            .map(|(_, usd)| usd)
            .sum();
        let steps = |kind: Step| {
            (0..dims.segments)
                .map(|segment| self.posts.steps[segment * STEPS + kind as usize])
                .sum::<f64>()
        };
        let (demanded, missing): (f64, f64) = (
            self.tally.demanded_mtok.iter().sum(),
            self.tally.unserved_mtok.iter().sum(),
        );
        let (mut bundled, mut segment_spend) = (0.0, 0.0);
        for segment in 0..dims.segments {
            let usd: f64 = self.tally.of_segment(segment).sum();
            bundled += usd * self.bundle_share(segment);
            segment_spend += usd;
        }
        let parity = f64::from(
            u32::try_from(self.published.has_parity.iter().filter(|p| **p).count())
                .expect("few tasks"),
        );
        let remedies: f64 = self
            .regulation
            .regulators
            .iter()
            .map(|regulator| f64::from(regulator.remedies))
            .sum();
        let moves = ratio(steps(Step::Model) * 12.0, running.workloads);
        let lock_in = self.lock_in(usage, &labs.lock_in, moves);
        let mut values = vec![
            spend,
            self.tally.mtok.iter().sum(),
            hhi(&clouds.revenue),
            hhi(usage),
            hhi(&routed),
            ratio(routed.iter().sum(), self.tally.usd),
            ratio(
                of_clouds(&self.tally.first_party_mtok),
                of_clouds(&self.tally.routed_mtok),
            ),
            ratio(own, spend),
            ratio(self.stateful_usd(), spend),
            ratio(open + own, spend),
            ratio(missing, demanded),
            ratio(clouds.circular, clouds.revenue.iter().sum()),
            modified_hhi(&self.lab_weights(), usage) - hhi(usage),
            self.runtime_margin(Runtime::Stateful),
            self.runtime_margin(Runtime::Stateless),
            ratio(self.posts.stateful_exits * 12.0, running.stateful),
            self.agent_score(time),
            self.mean_open_gap(time),
            parity,
            ratio(bundled, segment_spend),
            ratio(running.multi_lab, running.enterprises),
            remedies,
            self.anchors.residual,
            running.leave_cloud,
            lock_in.loyalty,
            lock_in.months,
            lock_in.incumbency,
            lock_in.foregone,
            moves,
            ratio(steps(Step::Cloud) * 12.0, running.workloads),
        ];
        for task in 0..dims.tasks {
            for tier in 0..self.p.tiers.len() {
                values.push(self.tier_price_index(task, tier));
            }
        }
        fill(table.row_mut(month, 0), &values);
    }

    /// Weights that labs' controllers put on other labs' profits, from direct holdings.
    fn lab_weights(&self) -> DMatrix<f64> {
        let (first, labs) = (self.clouds.len(), self.labs.len());
        let nodes = self.finance.parties();
        // The last row is everybody else: small owners without a voice in other labs.
        let cash = DMatrix::from_fn(nodes + labs, labs, |holder, lab| {
            if holder < nodes {
                self.finance.looked[(holder, first + lab)]
            } else if holder - nodes == lab {
                (1.0 - self.finance.holdings.column(first + lab).sum()).max(0.0)
            } else {
                0.0
            }
        });
        profit_weights(&cash, &cash)
    }

    /// Gross margin of spend on a runtime: price less compute at the contract rents where it runs.
    fn runtime_margin(&self, runtime: Runtime) -> f64 {
        let (mut usd, mut cost) = (0.0, 0.0);
        for (id, lane) in self.catalog.lanes.enumerate() {
            if self.catalog.offers[lane.channel].runtime == runtime {
                usd += self.lane_spend(id.index());
                cost += self
                    .lane_compute(id.index())
                    .iter()
                    .map(|(_, usd)| usd)
                    .sum::<f64>();
            }
        }
        ratio(usd - cost, usd)
    }

    fn mean_open_gap(&self, time: SimTime) -> f64 {
        let tasks = self.p.dims.tasks;
        #[expect(clippy::cast_precision_loss, reason = "few tasks")]
        let mean = (0..tasks)
            .map(|task| self.open_gap(task, time))
            .sum::<f64>()
            / tasks.max(1) as f64;
        mean
    }

    fn tier_price_index(&self, task: usize, tier: usize) -> f64 {
        let (mut log, mut total) = (0.0, 0.0);
        for (id, model) in self.models.enumerate() {
            if self.catalog.tier_of[id] == tier {
                let value = self.mean.lab[self.catalog.lab_of[id].index()]
                    + self.p.tasks[task].capability * model.edge[task];
                let weight = libm::exp(value);
                log += weight * libm::log(model.list_price / model.list_price_at_start);
                total += weight;
            }
        }
        libm::exp(ratio(log, total))
    }

    /// Vendors, integrators and regulators.
    pub(super) fn observe_others(&self, panel: &mut Panel, month: usize) {
        for (index, account) in self.accounts.vendors.iter().enumerate() {
            let revenue = self.received(*account, &[Flow::Silicon]).to_f64();
            let vendor = &self.vendors[index];
            fill(
                panel.table_mut("vendors").row_mut(month, index),
                &[revenue, revenue * vendor.gross_margin, vendor.output],
            );
        }
        for (index, account) in self.accounts.integrators.iter().enumerate() {
            let fee = self.received(*account, &[Flow::BundleFee]).to_f64();
            let labour = self.received(*account, &[Flow::Integration]).to_f64();
            let cost = self.paid(*account, &[Flow::Overhead]).to_f64();
            fill(
                panel.table_mut("integrators").row_mut(month, index),
                &[fee, labour, fee + labour - cost],
            );
        }
        for (index, regulator) in self.regulation.regulators.iter().enumerate() {
            fill(
                panel.table_mut("regulators").row_mut(month, index),
                &[
                    regulator.attention,
                    f64::from(regulator.cases),
                    f64::from(regulator.remedies),
                ],
            );
        }
    }

    /// Who ends up with the profit, and what stakes are worth.
    pub(super) fn observe_holders(
        &self,
        table: &mut Table,
        month: usize,
        time: SimTime,
        clouds: &CloudSums,
    ) {
        let nodes = self.finance.parties();
        let (first_lab, first_vendor) = (self.clouds.len(), self.clouds.len() + self.labs.len());
        let mut own = DVector::zeros(nodes);
        for (cloud, profit) in clouds.gross_profit.iter().enumerate() {
            own[cloud] = *profit;
        }
        for (lab, account) in self.accounts.labs.iter().enumerate() {
            let earned = self.received(*account, &Flow::ALL)
                - self.received(*account, &[Flow::Equity, Flow::Loan]);
            own[first_lab + lab] = (earned - self.paid(*account, &Flow::ALL)).to_f64();
        }
        for (index, account) in self.accounts.vendors.iter().enumerate() {
            let revenue = self.received(*account, &[Flow::Silicon]).to_f64();
            own[first_vendor + index] = revenue * self.vendors[index].gross_margin;
        }
        let (_, ends) = values_along(&self.finance.looked, &self.finance.holdings, &own);
        for node in 0..nodes {
            let stakes: f64 = (0..self.labs.len())
                .map(|lab| self.finance.looked[(node, first_lab + lab)] * self.valuation(lab, time))
                .sum();
            fill(table.row_mut(month, node), &[own[node], ends[node], stakes]);
        }
    }
}
