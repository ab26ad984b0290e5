//! Observation: the rows that a month adds to the panel. Clouds and labs are here.

mod lock_in;
mod market;
mod observed;
mod panel;
mod segments;

use super::World;
use super::finance::Status;
use crate::economics::ownership::circularity;
use crate::ids::{CloudId, Id, LabId, RouterId};
use crate::ledger::Flow;
use crate::panel::{FlowLine, Panel, Table};
use crate::scenario::records::Runtime;
use crate::time::SimTime;
use crate::units::HOURS_PER_MONTH;

pub use observed::{Observed, Parts};
pub use panel::panel;

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

/// What the labs' rows and the market's have in common.
struct Usage {
    /// Enterprise spend on each lab's models, USD.
    usd: Vec<f64>,
    /// What is inferred of each lab.
    lock_in: Vec<lock_in::LabLockIn>,
}

/// What the pass over all workloads finds about the market.
#[derive(Default)]
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
    /// Adds what is observed of the month that ends at `time` to the panel, and starts the next.
    pub fn observe(&mut self, panel: &mut Panel, observed: &Observed, month: usize, time: SimTime) {
        let parts = observed.parts(month);
        let clouds = self.observe_clouds(panel.table_mut("clouds"), month, time);
        let usage = self.observe_labs(panel.table_mut("labs"), month, time, parts);
        self.observe_models(panel.table_mut("models"), month);
        self.observe_offers(panel, month);
        let running = self.observe_segments(panel, month, time, parts);
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
        observed.blank(panel, month);
        if parts.has(Parts::DETAILS) {
            let month = u16::try_from(month).expect("at most 120 months");
            panel.flows.extend(self.ledger.month().into_iter().map(
                |((payer, payee, kind, origin), usd)| FlowLine {
                    month,
                    payer,
                    payee,
                    kind,
                    origin,
                    usd,
                },
            ));
        }
        self.ledger.close_month();
        panel.reviewed += self.posts.reviewed;
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

    /// Days of a reporting month.
    fn days_of(&self, month: usize) -> f64 {
        let calendar = &self.catalog.calendar;
        (calendar.month_start(month + 1) - calendar.month_start(month)).days()
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
            let from_labs = self.money_from_labs(id);
            let circular = from_labs.circular;
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
            let seen = circularity(
                revenue,
                circular,
                from_labs.looked_through,
                invested,
                margin,
            );
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
                ratio(from_labs.customers, from_labs.all),
                seen.look_through,
                cloud.own_silicon_share,
                cloud.optical,
                cloud.unit_cost,
                self.risk.cloud[id.index()],
                by_runtime(Runtime::Stateful),
                by_runtime(Runtime::Stateless),
                revenue + cloud.other_revenue_of(time) * self.days_of(month) / 365.25,
                self.pool(cloud.pressure).mean_wait(),
                self.pool(cloud.pressure).wait_quantile(0.95),
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

    fn own_shares(&self, router: RouterId) -> (f64, f64) {
        let all = self.tally.routed_mtok[router.index()];
        (
            ratio(self.tally.first_party_mtok[router.index()], all),
            ratio(self.tally.neutral_mtok[router.index()], all),
        )
    }

    fn observe_labs(&self, table: &mut Table, month: usize, time: SimTime, parts: Parts) -> Usage {
        let days = self.days_of(month);
        let mut usage = vec![0.0; self.labs.len()];
        for (id, lane) in self.catalog.lanes.enumerate() {
            usage[lane.lab.index()] += self.tally.of_lane(id.index()).iter().sum::<f64>();
        }
        let total: f64 = usage.iter().sum();
        let lock_in = if parts.has(Parts::LOCK_IN) {
            self.lab_lock_in(&usage, time)
        } else {
            vec![lock_in::LabLockIn::default(); usage.len()]
        };
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
            let inferred = Self::lock_in_row(&lock_in, id);
            let values: Vec<f64> = values.into_iter().chain(inferred).collect();
            fill(table.row_mut(month, id.index()), &values);
        }
        Usage {
            usd: usage,
            lock_in,
        }
    }

    fn observe_models(&self, table: &mut Table, month: usize) {
        let (mut usd, mut mtok) = (vec![0.0; self.models.len()], vec![0.0; self.models.len()]);
        for (id, lane) in self.catalog.lanes.enumerate() {
            usd[lane.model.index()] += self.lane_spend(id.index());
            mtok[lane.model.index()] += self.tally.lane_mtok[id.index()];
        }
        for (id, model) in self.models.enumerate() {
            fill(
                table.row_mut(month, id.index()),
                &[model.list_price, usd[id.index()], mtok[id.index()]],
            );
        }
    }

    fn observe_offers(&self, panel: &mut Panel, month: usize) {
        let table = panel.table_mut("offers");
        for offer in 0..self.p.dims.offers {
            let values = [self.tally.offer_usd[offer], self.tally.offer_mtok[offer]];
            fill(table.row_mut(month, offer), &values);
        }
        let table = panel.table_mut("hosts");
        for (lab, actor) in self.labs.enumerate() {
            let total: f64 = actor.hosts.iter().sum();
            for (cloud, part) in actor.hosts.iter().enumerate() {
                let row = lab.index() * self.clouds.len() + cloud;
                fill(table.row_mut(month, row), &[ratio(*part, total)]);
            }
        }
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
}
