//! Observation: the rows that a month adds to the panel.

use super::World;
use super::catalog::Route;
use super::enterprise::WorkloadState;
use super::posts::{STEPS, Step};
use super::stakes::{StakeSums, mean_cost, monthly_spend, stakes};
use crate::economics::switching::{Cause, Move};
use crate::ids::{CloudId, Id, LabId, OfferId, RouterId};
use crate::ledger::{Flow, Origin};
use crate::panel::{
    CLOUDS, FlowLine, LABS, MARKET, Measure, PRICE_INDEX, Panel, ROUTERS, SEGMENTS, SWITCHING,
    Table, columns,
};
use crate::scenario::Scenario;
use crate::time::SimTime;
use crate::units::{HOURS_PER_MONTH, Usd};

/// An empty panel of a scenario.
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

/// Herfindahl-Hirschman index of amounts, in points.
#[must_use]
pub fn hhi(amounts: &[f64]) -> f64 {
    let total: f64 = amounts.iter().sum();
    amounts
        .iter()
        .map(|amount| ratio(*amount, total) * ratio(*amount, total))
        .sum::<f64>()
        * 1e4
}

/// What the clouds' rows and the market's have in common.
struct CloudSums {
    revenue: Vec<f64>,
    circular: f64,
}

impl World<'_> {
    /// Adds the month that ends at `time` to the panel, and starts the next.
    pub fn observe(&mut self, panel: &mut Panel, month: usize, time: SimTime) {
        let clouds = self.observe_clouds(panel.table_mut("clouds"), month, time);
        let usage = self.observe_labs(panel.table_mut("labs"), month);
        let running = self.observe_segments(panel, month, time);
        self.observe_market(panel.table_mut("market"), month, &clouds, &usage, running);
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
            let rest = [
                revenue,
                channel_paid,
                revenue - channel_paid - hours * cloud.unit_cost,
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
                circular,
                revenue - looked_through,
                f64::from(cloud.binding as u8),
            ];
            let values: Vec<f64> = streams.into_iter().chain(rest).collect();
            fill(table.row_mut(month, id.index()), &values);
            sums.revenue.push(revenue);
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
                hours += host * (consumers + self.training_hours(lab, time));
            }
        }
        let rented = self
            .received(self.accounts.clouds[cloud.index()], &[Flow::SelfHostRental])
            .to_f64();
        hours + rented / self.clouds[cloud].rent_contract.max(1e-9)
    }

    /// Revenue paid with the cloud owner's own equity: gross, and times the looked-through stake in the payer.
    fn circular(&self, cloud: CloudId) -> (f64, f64) {
        let name = self.cloud_name(cloud);
        let (account, own) = (
            self.accounts.clouds[cloud.index()],
            Origin::Equity(self.accounts.holders[name]),
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
            looked_through += usd.to_f64() * self.stake(name, lab);
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

    fn observe_labs(&self, table: &mut Table, month: usize) -> Vec<f64> {
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
            ];
            fill(table.row_mut(month, id.index()), &values);
        }
        usage
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

    /// Segments, switching costs and routers, from one pass over all workloads; returns the number of running workloads.
    fn observe_segments(&self, panel: &mut Panel, month: usize, time: SimTime) -> f64 {
        let dims = self.p.dims;
        let mut sums = vec![StakeSums::default(); dims.segments * dims.clouds];
        let mut users = vec![StakeSums::default(); self.routers.len() * dims.segments];
        let scene = self.scene();
        for partition in &self.population {
            for (owner, enterprise) in partition.enterprises.iter().enumerate() {
                let segment = usize::from(enterprise.segment);
                let cell = &mut sums[segment * dims.clouds + usize::from(enterprise.home)];
                let mut is_active = false;
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
                }
            }
        }
        self.observe_switching(panel, month, &sums);
        self.observe_routers(panel.table_mut("routers"), month, &users);
        let surplus = self.surplus();
        let routers = self.routers.len();
        let mut all = 0.0;
        for segment in 0..dims.segments {
            let homes = &sums[segment * dims.clouds..(segment + 1) * dims.clouds];
            let enterprises: f64 = homes.iter().map(|sum| sum.enterprises).sum();
            let workloads: f64 = homes.iter().map(|sum| sum.workloads).sum();
            all += workloads;
            let account = self.accounts.segments[segment];
            let paid = |kinds: &[Flow]| self.paid(account, kinds).to_f64();
            let step = |kind: Step| self.posts.steps[segment * STEPS + kind as usize];
            let fees: f64 = self.tally.fee_usd[segment * routers..(segment + 1) * routers]
                .iter()
                .sum();
            let usage = [
                Flow::ModelUsage,
                Flow::Resale,
                Flow::FirstParty,
                Flow::OpenHosting,
            ];
            let moved = self.posts.integration[segment] + self.posts.labour[segment];
            let values = [
                enterprises,
                workloads,
                paid(&usage) + fees + self.tally.self_host_usd[segment],
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
                surplus[segment],
            ];
            fill(panel.table_mut("segments").row_mut(month, segment), &values);
        }
        all
    }

    fn observe_switching(&self, panel: &mut Panel, month: usize, sums: &[StakeSums]) {
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
    }

    /// Consumer surplus by segment: the logsum of a fresh choice, in list-price dollars (Small and Rosen 1981).
    fn surplus(&self) -> Vec<f64> {
        let dims = self.p.dims;
        let mut surplus = vec![0.0; dims.segments];
        let mut probabilities = Vec::new();
        let mut weights = vec![0.0; dims.offers];
        for (segment, sum) in surplus.iter_mut().enumerate() {
            let share = ratio(self.tally.mtok[segment], self.tally.demanded_mtok[segment]);
            for (task_index, task) in self.p.tasks.iter().enumerate() {
                for (class, sensitivity) in self.p.sensitivity.iter().enumerate() {
                    let row = dims.row(segment, dims.group(task_index, class));
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
                        *sum += part * share * value / sensitivity.max(1e-9)
                            * task.reference_price
                            * self.tally.demanded_mtok[segment];
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
        clouds: &CloudSums,
        usage: &[f64],
        running: f64,
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
            ratio(steps(Step::Model) * 12.0, running),
            ratio(steps(Step::Cloud) * 12.0, running),
        ];
        for task in 0..dims.tasks {
            for tier in 0..self.p.tiers.len() {
                values.push(self.tier_price_index(task, tier));
            }
        }
        fill(table.row_mut(month, 0), &values);
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
