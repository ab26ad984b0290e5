//! Observation: the rows that a month adds to the panel.

use nalgebra::{DMatrix, DVector};

use super::World;
use super::catalog::Route;
use super::enterprise::WorkloadState;
use super::finance::Status;
use super::posts::{STEPS, Step};
use super::stakes::{StakeSums, mean_cost, mix_of, monthly_spend, stakes};
use crate::economics::ownership::{circularity, hhi, market_values, modified_hhi, profit_weights};
use crate::economics::switching::{Cause, Move};
use crate::ids::{CloudId, Id, LabId, OfferId, RouterId};
use crate::ledger::{Flow, Origin};
use crate::panel::{
    CLOUDS, FlowLine, HOLDERS, INTEGRATORS, LABS, MARKET, Measure, PRICE_INDEX, Panel, REGULATORS,
    ROUTERS, SEGMENTS, SWITCHING, Table, VENDORS, columns,
};
use crate::scenario::Scenario;
use crate::scenario::spec::Runtime;
use crate::time::SimTime;
use crate::units::{HOURS_PER_MONTH, Usd};

/// An empty panel of a scenario.
#[expect(clippy::too_many_lines, reason = "one line a part, nothing else")]
#[must_use]
pub fn panel(scenario: &Scenario, months: usize) -> Panel {
    let names = |list: Vec<&crate::scenario::record::Name>| {
        list.into_iter()
            .map(|name| name.text.clone())
            .collect::<Vec<_>>()
    };
    let mut market = columns(MARKET);
    for task in &scenario.task {
        for tier in &scenario.tier {
            let name =
                format!("price_index_{}_{}", task.name.text, tier.name.text).replace('-', "_");
            market.push(Measure {
                name,
                unit: "index",
                doc: PRICE_INDEX,
            });
        }
    }
    let mut cells = Vec::new();
    for segment in &scenario.segment {
        for cloud in &scenario.cloud {
            for kind in Move::ALL {
                for cause in Cause::ALL {
                    cells.push(format!(
                        "{}|{}|{}|{}",
                        segment.name.text,
                        cloud.name.text,
                        kind.name(),
                        cause.name()
                    ));
                }
            }
        }
    }
    let moves = Move::ALL.map(|kind| kind.name().to_owned()).to_vec();
    Panel {
        tables: vec![
            Table::new(
                "clouds",
                "cloud",
                names(scenario.cloud.iter().map(|x| &x.name).collect()),
                columns(CLOUDS),
                months,
            ),
            Table::new(
                "labs",
                "lab",
                names(scenario.lab.iter().map(|x| &x.name).collect()),
                columns(LABS),
                months,
            ),
            Table::new(
                "routers",
                "router",
                names(scenario.router.iter().map(|x| &x.name).collect()),
                columns(ROUTERS),
                months,
            ),
            Table::new(
                "segments",
                "segment",
                names(scenario.segment.iter().map(|x| &x.name).collect()),
                columns(SEGMENTS),
                months,
            ),
            Table::new("switching", "move", moves, columns(SWITCHING), months),
            Table::new(
                "market",
                "market",
                vec!["market".to_owned()],
                market,
                months,
            ),
            Table::new(
                "vendors",
                "vendor",
                names(scenario.vendor.iter().map(|x| &x.name).collect()),
                columns(VENDORS),
                months,
            ),
            Table::new(
                "integrators",
                "integrator",
                names(scenario.integrator.iter().map(|x| &x.name).collect()),
                columns(INTEGRATORS),
                months,
            ),
            Table::new(
                "regulators",
                "regulator",
                names(scenario.regulator.iter().map(|x| &x.name).collect()),
                columns(REGULATORS),
                months,
            ),
            Table::new(
                "holders",
                "holder",
                names(
                    (scenario.cloud.iter().map(|x| &x.name))
                        .chain(scenario.lab.iter().map(|x| &x.name))
                        .chain(scenario.vendor.iter().map(|x| &x.name))
                        .chain(scenario.investor.iter().map(|x| &x.name))
                        .collect(),
                ),
                columns(HOLDERS),
                months,
            ),
        ],
        switching: Table::new("switching", "cell", cells, columns(SWITCHING), months),
        flows: Vec::new(),
        events: Vec::new(),
        accounts: Vec::new(),
        decisions: 0,
        handled: 0,
    }
}

/// Fills a row in the order in which its measures are declared.
fn fill(row: &mut [f64], values: &[f64]) {
    assert_eq!(
        row.len(),
        values.len(),
        "every declared measure is observed"
    );
    row.copy_from_slice(values);
}

fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

/// What the clouds' rows and the market's have in common.
struct CloudSums {
    revenue: Vec<f64>,
    gross_profit: Vec<f64>,
    circular: f64,
}

/// What the pass over all workloads finds about the market.
struct Running {
    /// Running workloads, in enterprises stood for.
    workloads: f64,
    /// Those on stateful runtimes.
    stateful: f64,
    /// Enterprises with a running workload.
    enterprises: f64,
    /// Those that use three labs or more.
    multi_lab: f64,
    /// Months of spend to leave for another cloud.
    leave_cloud: f64,
}

impl World<'_> {
    /// Adds the month that ends at `time` to the panel, and starts the next.
    pub fn observe(&mut self, panel: &mut Panel, month: usize, time: SimTime) {
        let clouds = self.observe_clouds(panel.table_mut("clouds"), month, time);
        let usage = self.observe_labs(panel.table_mut("labs"), month, time);
        let running = self.observe_segments(panel, month, time);
        self.observe_market(
            panel.table_mut("market"),
            month,
            time,
            &clouds,
            &usage,
            &running,
        );
        self.observe_others(panel, month);
        self.observe_holders(panel.table_mut("holders"), month, time, &clouds);
        self.finance.invested.fill(0.0);
        let month = u16::try_from(month).expect("at most 120 months");
        panel
            .flows
            .extend(self.ledger.close_month().into_iter().map(
                |((payer, payee, kind, origin), usd)| FlowLine {
                    month,
                    payer,
                    payee,
                    kind,
                    origin,
                    usd,
                },
            ));
        panel.decisions += self.posts.decisions;
        panel.handled += self.posts.events;
        self.tally = super::settlement::Tally::new(
            &self.p.dims,
            self.catalog.lanes.len(),
            self.routers.len(),
        );
        self.posts = super::posts::Posts::new(&self.p.dims);
        for cloud in &mut self.clouds {
            cloud.watch = super::Watch::default();
        }
    }

    fn observe_clouds(&self, table: &mut Table, month: usize, time: SimTime) -> CloudSums {
        let mut sums = CloudSums {
            revenue: Vec::new(),
            gross_profit: Vec::new(),
            circular: 0.0,
        };
        for (id, cloud) in self.clouds.enumerate() {
            let account = self.accounts.clouds[id.index()];
            let got = |kinds: &[Flow]| self.received(account, kinds).to_f64();
            let paid = |kinds: &[Flow]| self.paid(account, kinds).to_f64();
            let streams = [
                got(&[Flow::RoutingFee]),
                got(&[Flow::Resale, Flow::ChannelShare]),
                got(&[Flow::OpenHosting]),
                got(&[Flow::ServingCompute]),
                got(&[Flow::TrainingCompute]),
                got(&[Flow::FirstParty]),
                got(&[Flow::SelfHostRental]),
                got(&[Flow::Egress]),
                got(&[Flow::Forfeited]),
                got(&[Flow::TakeOrPay]),
            ];
            let revenue: f64 = streams.iter().sum();
            let channel_paid = paid(&[Flow::ChannelShare]);
            let hours = self.hours_sold(id, time);
            let (circular, looked_through) = self.circular(id);
            let router = self
                .catalog
                .router_cloud
                .enumerate()
                .find(|(_, owner)| **owner == Some(id))
                .map(|(router, _)| router);
            let (own, neutral) = router.map_or((0.0, 0.0), |router| self.own_shares(router));
            let watch = cloud.watch;
            let credits = self
                .paid(self.accounts.credits[id.index()], &super::books::REVENUE)
                .to_f64();
            let refunds = paid(&[Flow::SlaCredit]);
            let gross_profit = revenue - channel_paid - hours * cloud.unit_cost - credits - refunds;
            let margin = ratio(gross_profit, revenue);
            let invested = self.finance.invested[id.index()];
            let seen = circularity(revenue, circular, looked_through, invested, margin);
            let (customers, from_labs) = self.customer_money(id);
            let by_runtime = |runtime: Runtime| -> f64 {
                self.catalog
                    .offers
                    .enumerate()
                    .filter(|(_, offer)| offer.cloud == Some(id) && offer.runtime == runtime)
                    .map(|(offer, _)| self.tally.offer_usd[offer.index()])
                    .sum()
            };
            let rest = [
                revenue,
                channel_paid,
                gross_profit,
                credits,
                refunds,
                paid(&[Flow::Neutrality]),
                paid(&[Flow::Silicon, Flow::Construction]),
                cloud.capacity,
                cloud.pipeline,
                ratio(watch.utilisation, watch.windows),
                ratio(watch.unserved, watch.demanded),
                cloud.rent_contract,
                cloud.rent_spot,
                own,
                neutral,
                router.map_or(0.0, |router| self.routers[router].steering),
                cloud.credibility,
                invested,
                circular,
                seen.cash,
                ratio(customers, from_labs),
                seen.look_through,
                cloud.own_silicon_share,
                cloud.optical,
                cloud.unit_cost,
                self.risk.cloud[id.index()],
                by_runtime(Runtime::Stateful),
                by_runtime(Runtime::Stateless),
                f64::from(cloud.binding as u8),
            ];
            let values: Vec<f64> = streams.into_iter().chain(rest).collect();
            fill(table.row_mut(month, id.index()), &values);
            sums.revenue.push(revenue);
            sums.gross_profit.push(gross_profit);
            sums.circular += circular;
        }
        sums
    }

    /// Compute that a cloud sold or used this month, H100e-hours, from what the flows stand for.
    fn hours_sold(&self, cloud: CloudId, time: SimTime) -> f64 {
        let mut hours = 0.0;
        for (id, lane) in self.catalog.lanes.enumerate() {
            let all = self.tally.lane_hours[id.index()];
            hours += match lane.cloud {
                Some(other) if other == cloud => all,
                Some(_) => 0.0,
                None => all * self.labs[lane.lab].hosts[cloud.index()],
            };
        }
        for lab in 0..self.labs.len() {
            let host = self.labs[LabId::from_index(lab)].hosts[cloud.index()];
            if host > 0.0 {
                let consumers = self.consumer_hours_a_day(lab, time) * HOURS_PER_MONTH / 24.0;
                hours += host * consumers;
            }
        }
        // Training and self-hosting are sold by the hour at the contract rent.
        let rented = self
            .received(
                self.accounts.clouds[cloud.index()],
                &[Flow::SelfHostRental, Flow::TrainingCompute],
            )
            .to_f64();
        hours + rented / self.clouds[cloud].rent_contract.max(1e-9)
    }

    /// Revenue paid with the cloud owner's own equity: gross, and times the looked-through stake in the payer.
    fn circular(&self, cloud: CloudId) -> (f64, f64) {
        let (account, own) = (
            self.accounts.clouds[cloud.index()],
            Origin::Equity(self.accounts.holders[self.cloud_name(cloud)]),
        );
        let (mut gross, mut looked_through) = (0.0, 0.0);
        for (lab, payer) in self.accounts.labs.iter().enumerate() {
            let usd: Usd = self
                .ledger
                .month()
                .iter()
                .filter(|((from, to, _, origin), _)| {
                    from == payer && *to == account && *origin == own
                })
                .map(|(_, usd)| *usd)
                .sum();
            gross += usd.to_f64();
            looked_through += usd.to_f64() * self.stake(cloud, lab);
        }
        (gross, looked_through)
    }

    fn own_shares(&self, router: RouterId) -> (f64, f64) {
        let all = self.tally.routed_mtok[router.index()];
        (
            ratio(self.tally.first_party_mtok[router.index()], all),
            ratio(self.tally.neutral_mtok[router.index()], all),
        )
    }

    fn observe_labs(&self, table: &mut Table, month: usize, time: SimTime) -> Vec<f64> {
        let calendar = &self.catalog.calendar;
        let days = (calendar.month_start(month + 1) - calendar.month_start(month)).days();
        let mut usage = vec![0.0; self.labs.len()];
        for (id, lane) in self.catalog.lanes.enumerate() {
            let lanes = self.catalog.lanes.len();
            usage[lane.lab.index()] += (0..self.p.dims.segments)
                .map(|segment| self.tally.lane_usd[segment * lanes + id.index()])
                .sum::<f64>();
        }
        let total: f64 = usage.iter().sum();
        for (id, lab) in self.labs.enumerate() {
            let account = self.accounts.labs[id.index()];
            let got = |kinds: &[Flow]| self.received(account, kinds).to_f64();
            let paid = |kinds: &[Flow]| self.paid(account, kinds).to_f64();
            let (model, other) = (
                got(&[Flow::ModelUsage, Flow::ChannelShare]),
                got(&[Flow::OtherRevenue]),
            );
            let values = [
                usage[id.index()],
                ratio(usage[id.index()], total),
                model,
                other,
                (model + other) * 365.25 / days,
                paid(&[Flow::ServingCompute, Flow::TrainingCompute]),
                paid(&[Flow::ChannelShare]),
                paid(&[Flow::Overhead]),
                got(&[Flow::Equity]),
                self.ledger.balance(account).to_f64(),
                f64::from(lab.releases),
                self.valuation(id.index(), time),
                self.runway(id.index()).min(120.0),
                self.finance.labs[id.index()].debt.to_f64(),
                paid(&[Flow::TakeOrPay]),
                f64::from(u8::from(matches!(
                    self.finance.labs[id.index()].status,
                    Status::Distressed | Status::Merged
                ))),
                f64::from(u8::from(
                    self.finance.labs[id.index()].status == Status::Closed,
                )),
                ratio(
                    lab.hosts.iter().copied().fold(0.0, f64::max),
                    lab.hosts.iter().sum(),
                ),
                self.risk.lab[id.index()],
                self.lab_price_index(id),
            ];
            fill(table.row_mut(month, id.index()), &values);
        }
        usage
    }

    /// Mean list price of a lab's models over the start.
    fn lab_price_index(&self, lab: LabId) -> f64 {
        let models = &self.catalog.models_of[lab];
        let sum: f64 = models
            .iter()
            .map(|id| {
                let model = &self.models[*id];
                libm::log(model.list_price / model.list_price_at_start)
            })
            .sum();
        #[expect(clippy::cast_precision_loss, reason = "few models")]
        let mean = sum / models.len().max(1) as f64;
        libm::exp(mean)
    }

    /// Vendors, integrators and regulators.
    fn observe_others(&self, panel: &mut Panel, month: usize) {
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
    fn observe_holders(&self, table: &mut Table, month: usize, time: SimTime, clouds: &CloudSums) {
        let nodes = self.finance.nodes.len();
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
        let (_, ends) = market_values(&self.finance.holdings, &own)
            .expect("checked: the chain of holdings has an end");
        for node in 0..nodes {
            let stakes: f64 = (0..self.labs.len())
                .map(|lab| self.finance.looked[(node, first_lab + lab)] * self.valuation(lab, time))
                .sum();
            fill(table.row_mut(month, node), &[own[node], ends[node], stakes]);
        }
    }

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

    /// Segments, switching costs and routers, from one pass over all workloads; returns what it finds of the market.
    #[expect(clippy::too_many_lines, reason = "one pass, one row a segment")]
    fn observe_segments(&self, panel: &mut Panel, month: usize, time: SimTime) -> Running {
        let dims = self.p.dims;
        let mut sums = vec![StakeSums::default(); dims.segments * dims.clouds];
        let mut users = vec![StakeSums::default(); self.routers.len() * dims.segments];
        let mut labs_used = vec![0.0; dims.segments];
        let mut running = Running {
            workloads: 0.0,
            stateful: 0.0,
            enterprises: 0.0,
            multi_lab: 0.0,
            leave_cloud: 0.0,
        };
        let scene = self.scene();
        for partition in &self.population {
            for (owner, enterprise) in partition.enterprises.iter().enumerate() {
                let segment = usize::from(enterprise.segment);
                let cell = &mut sums[segment * dims.clouds + usize::from(enterprise.home)];
                let mut is_active = false;
                let mut labs = 0_u64;
                for (task, workload) in partition.workloads
                    [owner * dims.tasks..(owner + 1) * dims.tasks]
                    .iter()
                    .enumerate()
                {
                    if workload.state == WorkloadState::Dormant {
                        continue;
                    }
                    is_active = true;
                    let spend = monthly_spend(enterprise, workload, task, scene);
                    let stakes = stakes(enterprise, workload, task, time, scene);
                    cell.add(enterprise.weight, spend, &stakes);
                    let offer = OfferId::from_index(usize::from(workload.offer));
                    let mix = mix_of(enterprise, workload, task, scene);
                    match self.catalog.offers[offer].lab {
                        Some(lab) => labs |= 1 << (lab.index() % 64),
                        None => {
                            for (lane, share) in &mix.lanes {
                                if *share >= 0.1 {
                                    labs |= 1 << (self.catalog.lanes[*lane].lab.index() % 64);
                                }
                            }
                        }
                    }
                    if self.catalog.offers[offer].runtime == Runtime::Stateful {
                        running.stateful += enterprise.weight;
                    }
                    if let Route::Routed(router) = self.catalog.offers[offer].route {
                        users[router.index() * dims.segments + segment].add(
                            enterprise.weight,
                            spend,
                            &stakes,
                        );
                    }
                }
                if is_active {
                    cell.enterprises += enterprise.weight;
                    labs_used[segment] += f64::from(labs.count_ones()) * enterprise.weight;
                    running.enterprises += enterprise.weight;
                    if labs.count_ones() >= 3 {
                        running.multi_lab += enterprise.weight;
                    }
                }
            }
        }
        running.leave_cloud = self.observe_switching(panel, month, &sums);
        self.observe_routers(panel.table_mut("routers"), month, &users);
        let surplus = self.surplus();
        let routers = self.routers.len();
        for segment in 0..dims.segments {
            let homes = &sums[segment * dims.clouds..(segment + 1) * dims.clouds];
            let enterprises: f64 = homes.iter().map(|sum| sum.enterprises).sum();
            let workloads: f64 = homes.iter().map(|sum| sum.workloads).sum();
            running.workloads += workloads;
            let account = self.accounts.segments[segment];
            let paid = |kinds: &[Flow]| self.paid(account, kinds).to_f64();
            let step = |kind: Step| self.posts.steps[segment * STEPS + kind as usize];
            let fees: f64 = self.tally.fee_usd[segment * routers..(segment + 1) * routers]
                .iter()
                .sum();
            let lanes = self.catalog.lanes.len();
            let models: f64 = self.tally.lane_usd[segment * lanes..(segment + 1) * lanes]
                .iter()
                .sum();
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
    fn bundle_share(&self, segment: usize) -> f64 {
        (0..self.p.integrators.len())
            .map(|integrator| self.published.reach[integrator * self.p.dims.segments + segment])
            .sum()
    }

    /// Structural switching costs; returns what it takes to leave for another cloud, in months of spend.
    fn observe_switching(&self, panel: &mut Panel, month: usize, sums: &[StakeSums]) -> f64 {
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
        let mut probabilities = Vec::new();
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
                        for (offer, weight) in weights.iter_mut().enumerate() {
                            *weight = self.published.weights[row + offer] * congestion[offer];
                        }
                        let value = self
                            .published
                            .nests
                            .probabilities(&weights, &mut probabilities);
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

    fn observe_market(
        &self,
        table: &mut Table,
        month: usize,
        time: SimTime,
        clouds: &CloudSums,
        usage: &[f64],
        running: &Running,
    ) {
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
        let lanes = self.catalog.lanes.len();
        for segment in 0..dims.segments {
            let usd: f64 = self.tally.lane_usd[segment * lanes..(segment + 1) * lanes]
                .iter()
                .sum();
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
            ratio(steps(Step::Model) * 12.0, running.workloads),
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
        let nodes = self.finance.nodes.len();
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
}
