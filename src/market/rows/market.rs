//! Row of the market table.

use nalgebra::DMatrix;

use super::customers::Running;
use super::{CloudSums, Usage, ratio};
use crate::base::ids::{Id, LabId};
use crate::base::time::SimTime;
use crate::economics::ownership::{hhi, modified_hhi, profit_weights};
use crate::market::World;
use crate::market::state::{STEPS, Step};
use crate::panel::Panel;
use crate::row;
use crate::scenario::records::Runtime;

/// Meaning of the price index measures.
pub(super) const PRICE_INDEX: &str = "Price of work of the tier (list price over work per token), weighted by the labs' use for the task at the start; 1 at the start.";

row! {
    /// The whole market in one month; price indices by task and tier stand behind the declared measures.
    MarketRow in "market" by "market" {
        spend_usd ["usd"] "spend" "Enterprise spend on tokens: models, fees and self-hosting.",
        mtok ["mtok"] "tokens" "Tokens served to enterprises.",
        hhi_cloud ["points"] "concentration of clouds (HHI)" "Herfindahl-Hirschman index of clouds by AI revenue, 0 to 10,000.",
        hhi_lab ["points"] "concentration of labs (HHI)" "Herfindahl-Hirschman index of labs by enterprise spend on their models, 0 to 10,000.",
        hhi_router ["points"] "concentration of routers (HHI)" "Herfindahl-Hirschman index of routers by routed spend, 0 to 10,000.",
        routed_share ["share"] "routed share" "Share of spend on models that goes through a router.",
        first_party_share ["share"] "first-party share of routed tokens" "Share of tokens through clouds' routers that go to the clouds' own models.",
        self_host_share ["share"] "self-hosted share" "Share of spend on self-hosting.",
        stateful_share ["share"] "stateful share" "Share of spend on stateful runtimes.",
        open_weight_share ["share"] "open-weight share" "Share of spend on open-weight models, hosted or self-hosted.",
        unserved_share ["share"] "unserved share" "Share of enterprises' demanded tokens that was not served.",
        circular_share ["share"] "circular share" "Circular revenue over AI revenue of all clouds.",
        circular_usd ["usd"] "circular revenue" "Revenue of clouds from labs that was paid with the equity of the same cloud's owner.",
        strategic_circular_usd ["usd"] "circular revenue from any strategic investor" "Revenue of clouds from labs that was paid with the equity of any cloud's owner or silicon vendor.",
        strategic_circular_share ["share"] "circular share from any strategic investor" "Circular revenue from any strategic investor over AI revenue of all clouds.",
        vendor_circular_usd ["usd"] "circular revenue of silicon vendors" "Sales of silicon that were paid with the vendor's own equity: vendor to lab, lab to cloud, cloud to vendor.",
        vendor_circular_share ["share"] "circular share of silicon sales" "Circular revenue of silicon vendors over all their sales.",
        backlog_usd ["usd"] "backlog of labs" "Amount still due to clouds under labs' take-or-pay commitments after this month, not discounted.",
        hhi_delta_lab ["points"] "concentration added by common owners (HHI)" "Points that common owners add to the index of labs: modified index less the plain one.",
        stateful_margin ["share"] "stateful gross margin" "Gross margin of stateful spend: price less compute at contract rent, over price.",
        stateless_margin ["share"] "stateless gross margin" "Gross margin of stateless spend: price less compute at contract rent, over price.",
        stateful_exit_rate ["per_year"] "stateful exit rate" "Workloads that leave a stateful runtime over workloads on one, annualised.",
        agent_score ["share"] "agent score" "The best model's score at computer use.",
        open_gap ["share"] "open-weight capability gap" "Capability gap between the best open and the best closed model, mean over tasks.",
        parity_tasks ["count"] "tasks at open-weight parity" "Tasks in which open weights have reached parity and the price of a commodity.",
        bundle_share ["share"] "bundle share" "Share of spend that buys models bundled with operations from an integrator.",
        multi_lab_share ["share"] "multi-homing share" "Share of enterprises that use three labs or more.",
        remedies ["count"] "remedies in force" "Remedies in force in all jurisdictions.",
        price_residual ["share"] "residual of the price equilibrium" "Largest residual of a first-order condition in any price equilibrium so far.",
        months_to_leave_cloud ["months"] "months of spend to leave a cloud" "Structural cost of leaving for another cloud now over monthly spend, weighted by spend.",
        loyalty ["logit"] "revealed loyalty" "Value of staying with a lab that explains how few workloads move; includes inattention.",
        loyalty_months ["months"] "revealed loyalty in months of spend" "Revealed loyalty in months of spend, at the largest lab's own elasticity.",
        incumbency_months ["months"] "value of incumbency" "Value of an existing customer to a firm, in months of spend: two forward-looking firms at the revealed loyalty.",
        foregone_share ["share"] "foregone savings" "Share of model spend above the price of the cheapest model in each tier.",
        model_switch_rate ["per_year"] "model switching rate" "Moves to another lab's model over running workloads, annualised.",
        cloud_switch_rate ["per_year"] "cloud switching rate" "Moves to another cloud over running workloads, annualised.",
    }
}

impl World<'_> {
    /// Writes the market's row, followed by a price index for each task and tier.
    pub(super) fn observe_market(
        &self,
        panel: &mut Panel,
        (month, time): (usize, SimTime),
        clouds: &CloudSums,
        labs: &Usage,
        running: &Running,
    ) {
        let row = self.market_row(time, clouds, labs, running);
        let mut indices = Vec::new();
        for task in 0..self.parameters.dims.tasks {
            for tier in 0..self.parameters.tiers.len() {
                indices.push(self.tier_price_index(task, tier));
            }
        }
        panel.table_mut("market").set_with(month, 0, &row, &indices);
    }

    fn market_row(
        &self,
        time: SimTime,
        clouds: &CloudSums,
        labs: &Usage,
        running: &Running,
    ) -> MarketRow {
        let usage = labs.usd.as_slice();
        let dims = self.parameters.dims;
        let spend = self.books.tally.usd + self.books.tally.fee_usd.iter().sum::<f64>();
        let routed = self.routed_by_router();
        let own = self
            .state
            .self_host
            .map_or(0.0, |_| self.books.tally.self_host_usd.iter().sum::<f64>());
        let open: f64 = usage
            .iter()
            .enumerate()
            .filter(|(lab, _)| self.catalog.is_open[LabId::from_index(*lab)])
            .map(|(_, usd)| usd)
            .sum();
        let steps = |kind: Step| {
            (0..dims.segments)
                .map(|segment| self.books.activity.steps[segment * STEPS + kind as usize])
                .sum::<f64>()
        };
        let (demanded, missing): (f64, f64) = (
            self.books.tally.demanded_mtok.iter().sum(),
            self.books.tally.unserved_mtok.iter().sum(),
        );
        let parity = self.view.has_parity.iter().filter(|p| **p).count();
        let remedies: f64 = self
            .state
            .regulation
            .regulators
            .iter()
            .map(|regulator| f64::from(regulator.remedies))
            .sum();
        let moves = ratio(steps(Step::Model) * 12.0, running.workloads);
        let lock_in = self.lock_in(usage, &labs.lock_in, moves);
        let loops = clouds.vendor_loops.iter().sum();
        MarketRow {
            spend_usd: spend,
            mtok: self.books.tally.mtok.iter().sum(),
            hhi_cloud: hhi(&clouds.revenue),
            hhi_lab: hhi(usage),
            hhi_router: hhi(&routed),
            routed_share: ratio(routed.iter().sum(), self.books.tally.usd),
            first_party_share: ratio(
                self.of_clouds_routers(&self.books.tally.first_party_mtok),
                self.of_clouds_routers(&self.books.tally.routed_mtok),
            ),
            self_host_share: ratio(own, spend),
            stateful_share: ratio(self.stateful_usd(), spend),
            open_weight_share: ratio(open + own, spend),
            unserved_share: ratio(missing, demanded),
            circular_share: ratio(clouds.circular, clouds.revenue.iter().sum()),
            circular_usd: clouds.circular,
            strategic_circular_usd: clouds.strategic,
            strategic_circular_share: ratio(clouds.strategic, clouds.revenue.iter().sum()),
            vendor_circular_usd: loops,
            vendor_circular_share: ratio(loops, self.silicon_sales()),
            backlog_usd: clouds.backlog.iter().sum(),
            hhi_delta_lab: modified_hhi(&self.lab_weights(), usage) - hhi(usage),
            stateful_margin: self.runtime_margin(Runtime::Stateful),
            stateless_margin: self.runtime_margin(Runtime::Stateless),
            stateful_exit_rate: ratio(self.books.activity.stateful_exits * 12.0, running.stateful),
            agent_score: self.agent_score(time),
            open_gap: self.mean_open_gap(time),
            parity_tasks: f64::from(u32::try_from(parity).expect("few tasks")),
            bundle_share: self.bundled_share(),
            multi_lab_share: ratio(running.multi_lab, running.enterprises),
            remedies,
            price_residual: self.state.anchors.residual,
            months_to_leave_cloud: running.leave_cloud,
            loyalty: lock_in.loyalty,
            loyalty_months: lock_in.months,
            incumbency_months: lock_in.incumbency,
            foregone_share: lock_in.foregone,
            model_switch_rate: moves,
            cloud_switch_rate: ratio(steps(Step::Cloud) * 12.0, running.workloads),
        }
    }

    /// Returns spend on models by router, USD.
    fn routed_by_router(&self) -> Vec<f64> {
        let routers = self.state.routers.len();
        (0..routers)
            .map(|router| {
                (0..self.parameters.dims.segments)
                    .map(|segment| self.books.tally.routed_usd[segment * routers + router])
                    .sum()
            })
            .collect()
    }

    /// Returns the sum of a measure over the routers that clouds run.
    fn of_clouds_routers(&self, by_router: &[f64]) -> f64 {
        self.state
            .routers
            .enumerate()
            .filter(|(_, router)| router.cloud.is_some())
            .map(|(id, _)| by_router[id.index()])
            .sum()
    }

    /// Returns the share of all spend that buys models bundled with operations.
    fn bundled_share(&self) -> f64 {
        let (mut bundled, mut segment_spend) = (0.0, 0.0);
        for segment in 0..self.parameters.dims.segments {
            let usd: f64 = self.books.tally.of_segment(segment).sum();
            bundled += usd * self.bundle_share(segment);
            segment_spend += usd;
        }
        ratio(bundled, segment_spend)
    }

    /// Returns the weights that labs' controllers put on other labs' profits, from look-through stakes.
    fn lab_weights(&self) -> DMatrix<f64> {
        let (first, labs) = (self.state.clouds.len(), self.state.labs.len());
        let nodes = self.state.finance.parties();
        // The last rows, one a lab, are all other owners of that lab: small ones without a voice in other labs.
        let cash = DMatrix::from_fn(nodes + labs, labs, |holder, lab| {
            if holder < nodes {
                self.state.finance.looked[(holder, first + lab)]
            } else if holder - nodes == lab {
                (1.0 - self.state.finance.holdings.column(first + lab).sum()).max(0.0)
            } else {
                0.0
            }
        });
        profit_weights(&cash, &cash)
    }

    /// Returns the gross margin of spend on a runtime: price less compute at its hosts' contract rents, over price.
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
        let tasks = self.parameters.dims.tasks;
        #[expect(clippy::cast_precision_loss, reason = "few tasks")]
        let mean = (0..tasks)
            .map(|task| self.open_gap(task, time))
            .sum::<f64>()
            / tasks.max(1) as f64;
        mean
    }

    fn tier_price_index(&self, task: usize, tier: usize) -> f64 {
        let (mut log, mut total) = (0.0, 0.0);
        for (id, model) in self.state.models.enumerate() {
            if self.catalog.tier_of[id] == tier {
                let value = self.state.mean.lab[self.catalog.lab_of[id].index()]
                    + self.parameters.tasks[task].capability * model.edge[task];
                let weight = libm::exp(value);
                log += weight * libm::log(model.list_price / model.list_price_at_start);
                total += weight;
            }
        }
        libm::exp(ratio(log, total))
    }
}
