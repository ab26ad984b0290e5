//! Month end: tallied volumes and activity become flows of money, and the accounting identities are checked.

use crate::base::ids::{AccountId, CloudId, Id, LabId, OfferId, RouterId, SegmentId};
use crate::base::time::SimTime;
use crate::base::units::{HOURS_PER_MONTH, Usd};
use crate::ledger::Flow;
use crate::market::World;
use crate::market::books::compute::LabCompute;
use crate::market::books::identities::BrokenIdentity;
use crate::scenario::records::{Books, ShareBase};

impl World<'_> {
    /// Closes the month that ends at `time`: turns all tallies into flows and checks the accounting identities.
    ///
    /// # Errors
    /// Returns the first identity that does not hold.
    pub fn close_books(&mut self, month: usize, time: SimTime) -> Result<(), BrokenIdentity> {
        self.book_usage();
        self.book_routing();
        self.book_self_hosting();
        self.book_switching();
        self.book_services();
        self.book_seats(time);
        self.book_labs(month, time);
        self.tally_compute(month);
        self.book_operations();
        self.book_refunds();
        self.check_identities(month)?;
        self.remember_month();
        Ok(())
    }

    /// Stores the month's totals that next month's reviews look back on.
    fn remember_month(&mut self) {
        self.state.spend_last_month =
            self.books.tally.usd + self.books.tally.fee_usd.iter().sum::<f64>();
        let routers = self.state.routers.len();
        for router in 0..routers {
            self.state.routers[RouterId::from_index(router)].routed =
                (0..self.parameters.dims.segments)
                    .map(|segment| self.books.tally.routed_usd[segment * routers + router])
                    .sum();
        }
        for cloud in 0..self.state.clouds.len() {
            let account = self.books.accounts.clouds[cloud];
            let revenue = self.received(account, &Flow::AI_REVENUE).to_f64();
            let hosting = self.received(account, &[Flow::OpenHosting]).to_f64();
            let numbers = &mut self.state.clouds[CloudId::from_index(cloud)];
            numbers.revenue = revenue;
            numbers.revenue_by_month.push(revenue);
            numbers.open_hosting = hosting;
        }
        for lab in 0..self.state.labs.len() {
            let from = self.books.accounts.labs[lab];
            for cloud in 0..self.state.clouds.len() {
                let to = self.books.accounts.clouds[cloud];
                let slot = lab * self.state.clouds.len() + cloud;
                self.state.bought[slot] = self.paid_for_compute(from, to);
            }
        }
        self.remember_segments();
        self.state.lab_usage = vec![0.0; self.state.labs.len()];
        for (id, lane) in self.catalog.lanes.enumerate() {
            self.state.lab_usage[lane.lab.index()] += self.lane_spend(id.index());
        }
        for channel in 0..self.catalog.terms.len() {
            let usd = self.books.tally.offer_usd[channel];
            if usd > 0.0 {
                self.state.channel_weight[channel] = usd;
            }
        }
        // Weights start as shares and become dollars. The two must not mix, so a channel without sales weighs nothing
        // as soon as any channel has sold.
        if self.books.tally.usd > 0.0 {
            for channel in 0..self.catalog.terms.len() {
                if self.books.tally.offer_usd[channel] <= 0.0 {
                    self.state.channel_weight[channel] = 0.0;
                }
            }
        }
    }

    /// Books fees of integrators for models bundled with operations, and labour that keeps self-hosted models running.
    fn book_services(&mut self) {
        let segments = self.parameters.dims.segments;
        for segment in 0..segments {
            let from = self.books.accounts.segments[segment];
            let spend = self.managed_spend(segment);
            for integrator in 0..self.parameters.integrators.len() {
                let reach = self.view.reach[integrator * segments + segment];
                let fee = self.view.fee[integrator] * reach * spend;
                let to = self.books.accounts.integrators[integrator];
                self.books
                    .ledger
                    .transfer(Flow::BundleFee, from, to, Usd::from_f64(fee));
            }
            self.state.self_hosters[segment] += self.books.activity.self_hosters[segment];
            #[expect(clippy::cast_precision_loss, reason = "counts of workloads")]
            let workloads = self.state.self_hosters[segment].max(0) as f64 * 1e-6;
            let fixed = workloads * self.view.self_host_fixed;
            self.books.ledger.transfer(
                Flow::Labour,
                from,
                self.books.accounts.outside,
                Usd::from_f64(fixed),
            );
        }
        for (integrator, from) in self
            .books
            .accounts
            .integrators
            .clone()
            .into_iter()
            .enumerate()
        {
            let earned = self
                .received(from, &[Flow::BundleFee, Flow::Integration])
                .to_f64();
            let cost =
                (earned + self.fee_gap(integrator)) * self.parameters.integrators[integrator].cost;
            self.books.ledger.transfer(
                Flow::Overhead,
                from,
                self.books.accounts.outside,
                Usd::from_f64(cost),
            );
        }
    }

    /// Books the refunds (SLA credits) that providers pay for outages of the month.
    fn book_refunds(&mut self) {
        let hours: f64 = self
            .state
            .risk
            .lab_hours
            .iter()
            .chain(&self.state.risk.cloud_hours)
            .sum();
        if hours <= 0.0 {
            return;
        }
        for segment in 0..self.parameters.dims.segments {
            let to = self.books.accounts.segments[segment];
            let mut due = vec![0.0; self.state.clouds.len() + self.state.labs.len()];
            for (id, lane) in self.catalog.lanes.enumerate() {
                let usd = self.books.tally.of_lane(id.index())[segment];
                if usd <= 0.0 {
                    continue;
                }
                let lab = lane.lab.index();
                let by_lab = self.sla_share(self.state.risk.lab_hours[lab]);
                match lane.cloud {
                    Some(cloud) => {
                        let by_cloud = self.sla_share(self.state.risk.cloud_hours[cloud.index()]);
                        due[cloud.index()] += usd * (by_lab + by_cloud).min(1.0);
                    }
                    None => due[self.state.clouds.len() + lab] += usd * by_lab,
                }
            }
            for (provider, usd) in due.into_iter().enumerate() {
                let amount = Usd::from_f64(usd);
                if provider < self.state.clouds.len() {
                    let from = self.books.accounts.clouds[provider];
                    self.books
                        .ledger
                        .transfer(Flow::SlaCredit, from, to, amount);
                } else {
                    self.pay_from_lab(
                        provider - self.state.clouds.len(),
                        &[(Flow::SlaCredit, to, amount)],
                    );
                }
            }
        }
        self.state.risk.lab_hours.fill(0.0);
        self.state.risk.cloud_hours.fill(0.0);
    }

    /// Returns enterprise spend on a lane this month, USD.
    pub(in crate::market) fn lane_spend(&self, lane: usize) -> f64 {
        self.books.tally.of_lane(lane).iter().sum()
    }

    /// Returns the compute cost of a lane this month by hosting cloud, USD, at the clouds' contract rents.
    pub(in crate::market) fn lane_compute(&self, lane: usize) -> Vec<(CloudId, f64)> {
        let what = &self.catalog.lanes[crate::base::ids::LaneId::from_index(lane)];
        let hours = self.books.tally.lane_hours[lane];
        match self.place_of(what.channel) {
            Some(cloud) => vec![(cloud, hours * self.state.clouds[cloud].rent_contract)],
            None => (self.state.clouds.ids())
                .filter(|host| self.state.labs[what.lab].hosts[host.index()] > 0.0)
                .map(|host| {
                    let part = self.host_part(what.lab, host);
                    (host, hours * part * self.state.clouds[host].rent_contract)
                })
                .collect(),
        }
    }

    /// Books enterprises' payments for tokens, and the settlement between lab and cloud on each channel.
    fn book_usage(&mut self) {
        for channel in 0..self.catalog.terms.len() {
            let offer = OfferId::from_index(channel);
            let terms = self.catalog.terms[channel];
            let (lab, cloud) = (
                self.catalog.offers[offer]
                    .lab
                    .expect("a direct offer has a lab"),
                self.catalog.offers[offer].cloud,
            );
            let own: Vec<usize> = self.catalog.offers[offer]
                .lanes
                .iter()
                .map(|lane| lane.index())
                .collect();
            let lab_account = self.books.accounts.labs[lab.index()];
            let (flow, seller) = match cloud {
                Some(cloud) if self.catalog.owner[lab] == Some(cloud) => {
                    (Flow::FirstParty, self.books.accounts.clouds[cloud.index()])
                }
                Some(cloud) if self.catalog.is_open[lab] => {
                    (Flow::OpenHosting, self.books.accounts.clouds[cloud.index()])
                }
                Some(cloud) if terms.books == Books::Cloud => {
                    (Flow::Resale, self.books.accounts.clouds[cloud.index()])
                }
                _ => (Flow::ModelUsage, lab_account),
            };
            for segment in 0..self.parameters.dims.segments {
                let usd: f64 = own
                    .iter()
                    .map(|lane| self.books.tally.of_lane(*lane)[segment])
                    .sum();
                let whole = Usd::from_f64(usd);
                let credit = Usd::from_f64(usd * self.credited(segment, cloud)).min(whole);
                if let Some(cloud) = cloud {
                    let credits = self.books.accounts.credits[cloud.index()];
                    self.books.ledger.transfer(flow, credits, seller, credit);
                }
                let from = self.books.accounts.segments[segment];
                self.books
                    .ledger
                    .transfer(flow, from, seller, whole - credit);
            }
            let revenue: f64 = own.iter().map(|lane| self.lane_spend(*lane)).sum();
            let compute: Vec<(CloudId, f64)> = own
                .iter()
                .flat_map(|lane| self.lane_compute(*lane))
                .collect();
            let cost: f64 = compute.iter().map(|(_, usd)| usd).sum();
            let share = terms
                .contract
                .map_or(0.0, |contract| self.parameters.channel_share[contract]);
            let base = match terms.base {
                ShareBase::Revenue => revenue,
                ShareBase::GrossProfit => (revenue - cost).max(0.0),
            };
            if flow == Flow::ModelUsage {
                let mut due: Vec<(Flow, AccountId, Usd)> = compute
                    .iter()
                    .map(|(host, usd)| {
                        (
                            Flow::ServingCompute,
                            self.books.accounts.clouds[host.index()],
                            Usd::from_f64(*usd),
                        )
                    })
                    .collect();
                if let Some(cloud) = cloud {
                    let take = if terms.contract.is_some() {
                        self.cloud_take(share, lab, cloud.index())
                    } else {
                        share
                    };
                    due.push((
                        Flow::ChannelShare,
                        self.books.accounts.clouds[cloud.index()],
                        Usd::from_f64(base * take),
                    ));
                }
                self.pay_from_lab(lab.index(), &due);
            } else if let (Flow::Resale, Some(cloud)) = (flow, cloud) {
                let kept = self.lab_take(share, lab, cloud.index());
                self.books.ledger.transfer(
                    Flow::ChannelShare,
                    seller,
                    lab_account,
                    Usd::from_f64(base * kept),
                );
            }
        }
    }

    /// Returns the share of a segment's spend at a cloud that is paid with credits.
    fn credited(&self, segment: usize, cloud: Option<CloudId>) -> f64 {
        let Some(cloud) = cloud else { return 0.0 };
        self.scenario
            .credit
            .iter()
            .zip(&self.parameters.credit_share)
            .filter(|(spec, _)| {
                spec.segment.is(SegmentId::from_index(segment)) && spec.cloud.is(cloud)
            })
            .map(|(_, share)| share)
            .sum::<f64>()
            .min(1.0)
    }

    /// Books routers' fees and operating cost; the cost of enterprise-run routers is labour.
    fn book_routing(&mut self) {
        let routers = self.state.routers.len();
        for router in 0..routers {
            let mut spend = 0.0;
            for segment in 0..self.parameters.dims.segments {
                let slot = segment * routers + router;
                let from = self.books.accounts.segments[segment];
                let usd = self.books.tally.routed_usd[slot];
                spend += usd;
                if let Some(to) = self.books.accounts.routers[router] {
                    self.books.ledger.transfer(
                        Flow::RoutingFee,
                        from,
                        to,
                        Usd::from_f64(self.books.tally.fee_usd[slot]),
                    );
                } else {
                    let cost =
                        usd * self.state.routers[RouterId::from_index(router)].operating_cost;
                    self.books.ledger.transfer(
                        Flow::Labour,
                        from,
                        self.books.accounts.outside,
                        Usd::from_f64(cost),
                    );
                }
            }
            if let Some(from) = self.books.accounts.routers[router] {
                let cost = spend * self.state.routers[RouterId::from_index(router)].operating_cost;
                self.books.ledger.transfer(
                    Flow::Overhead,
                    from,
                    self.books.accounts.outside,
                    Usd::from_f64(cost),
                );
            }
        }
    }

    /// Books the rent and engineering of self-hosted models.
    fn book_self_hosting(&mut self) {
        let Some(own) = self.state.self_host else {
            return;
        };
        for segment in 0..self.parameters.dims.segments {
            let usd = self.books.tally.self_host_usd[segment];
            let rent = Usd::from_f64(usd / (1.0 + own.engineering));
            let engineering = Usd::from_f64(usd) - rent;
            let from = self.books.accounts.segments[segment];
            self.books.ledger.transfer(
                Flow::SelfHostRental,
                from,
                self.books.accounts.clouds[own.cloud.index()],
                rent,
            );
            self.books.ledger.transfer(
                Flow::Labour,
                from,
                self.books.accounts.outside,
                engineering.max(Usd::ZERO),
            );
        }
    }

    /// Books the cost of moves: integration, own labour, egress charges and forfeited commitments.
    fn book_switching(&mut self) {
        let clouds = self.parameters.dims.clouds;
        for segment in 0..self.parameters.dims.segments {
            let from = self.books.accounts.segments[segment];
            let outsourced = self.books.activity.integration[segment];
            let mut own = self.books.activity.labour[segment];
            let parts = outsourced.split(&self.books.accounts.integrator_shares);
            if parts.is_empty() {
                own += outsourced;
            }
            for (to, part) in self
                .books
                .accounts
                .integrators
                .clone()
                .into_iter()
                .zip(parts)
            {
                self.books
                    .ledger
                    .transfer(Flow::Integration, from, to, part);
            }
            self.books
                .ledger
                .transfer(Flow::Labour, from, self.books.accounts.outside, own);
            for cloud in 0..clouds {
                let slot = segment * clouds + cloud;
                let to = self.books.accounts.clouds[cloud];
                self.books.ledger.transfer(
                    Flow::Egress,
                    from,
                    to,
                    self.books.activity.egress[slot],
                );
                self.books.ledger.transfer(
                    Flow::Forfeited,
                    from,
                    to,
                    self.books.activity.forfeited[slot],
                );
            }
        }
    }

    /// Books labs' other revenue, and their payments for consumers' compute, training, take-or-pay, revenue shares and
    /// staff.
    fn book_labs(&mut self, month: usize, time: SimTime) {
        let compute = self.lab_compute(month, time);
        for lab in 0..self.state.labs.len() {
            let account = self.books.accounts.labs[lab];
            let id = LabId::from_index(lab);
            let other = Usd::from_f64(self.other_revenue(lab, month));
            let from_seats = self.pay_lab_for_seats(lab, other, time);
            self.books.ledger.transfer(
                Flow::OtherRevenue,
                self.books.accounts.consumers,
                account,
                other - from_seats,
            );
            let booked = self.received(account, &[Flow::ModelUsage, Flow::OtherRevenue]);
            let mut due = self.compute_due(id, &compute, time);
            for (index, share) in self.scenario.channel_share.iter().enumerate() {
                if share.all_revenue.unwrap_or(false) && share.lab.is(id) {
                    let to = self.books.accounts.clouds[share.cloud.id().index()];
                    due.push((
                        Flow::ChannelShare,
                        to,
                        Usd::from_f64(booked.to_f64() * self.parameters.channel_share[index]),
                    ));
                }
            }
            let overhead = booked.to_f64() * self.state.labs[id].overhead;
            due.push((
                Flow::Overhead,
                self.books.accounts.outside,
                Usd::from_f64(overhead),
            ));
            self.pay_from_lab(lab, &due);
        }
    }

    /// Returns what a lab owes clouds for compute of the month beyond enterprises' tokens, and tallies its hours and
    /// the commitments that clouds could not deliver.
    fn compute_due(
        &mut self,
        lab: LabId,
        compute: &LabCompute,
        time: SimTime,
    ) -> Vec<(Flow, AccountId, Usd)> {
        let mut due = Vec::new();
        let account = self.books.accounts.labs[lab.index()];
        for cloud in self.state.clouds.ids() {
            let slot = compute.slot(lab.index(), cloud.index());
            let rent = self.state.clouds[cloud].rent_contract;
            let to = self.books.accounts.clouds[cloud.index()];
            let serving = compute.serving[slot];
            let training = compute.training[slot] + compute.extra[slot];
            let unused = compute.unused[slot];
            let hours = serving + training + unused;
            let billed = self.paid_for_compute(account, to) + hours * rent;
            let missing = self.commitment_due(lab, cloud, time) - billed;
            let tally = &mut self.books.tally;
            tally.lab_hours[cloud.index()] += hours;
            // A rounding error is not a debt.
            let undelivered = if missing > 1e-6 * billed {
                missing
            } else {
                0.0
            };
            tally.undelivered_usd[cloud.index()] += undelivered;
            let credit = Usd::from_f64(undelivered * self.parameters.supply.delivery_credit);
            (self.books.ledger).transfer(Flow::DeliveryCredit, to, account, credit);
            due.extend([
                (Flow::ServingCompute, to, Usd::from_f64(serving * rent)),
                (Flow::TrainingCompute, to, Usd::from_f64(training * rent)),
                (Flow::TakeOrPay, to, Usd::from_f64(unused * rent)),
            ]);
        }
        due
    }

    /// Returns a lab's payments to a cloud for compute this month so far, USD.
    pub(in crate::market) fn paid_for_compute(&self, lab: AccountId, cloud: AccountId) -> f64 {
        let compute = [Flow::ServingCompute, Flow::TrainingCompute];
        self.books.ledger.paid_to(lab, cloud, &compute).to_f64()
    }

    /// Books clouds' operating cost (power and space of all capacity) and their spend on neutrality.
    fn book_operations(&mut self) {
        for cloud in 0..self.state.clouds.len() {
            let numbers = &self.state.clouds[CloudId::from_index(cloud)];
            let saved = numbers.optical
                * self
                    .parameters
                    .photonics
                    .as_ref()
                    .map_or(0.0, |optics| optics.power_saving);
            let usd =
                numbers.capacity * HOURS_PER_MONTH * self.parameters.supply.opex * (1.0 - saved);
            let spend = Usd::from_f64(numbers.neutrality_spend / 12.0);
            self.books.ledger.transfer(
                Flow::Neutrality,
                self.books.accounts.clouds[cloud],
                self.books.accounts.outside,
                spend,
            );
            self.books.ledger.transfer(
                Flow::Energy,
                self.books.accounts.clouds[cloud],
                self.books.accounts.outside,
                Usd::from_f64(usd),
            );
        }
    }

    /// Returns the money that an account received this month in flows of the given kinds.
    #[must_use]
    pub fn received(&self, to: AccountId, kinds: &[Flow]) -> Usd {
        self.books.ledger.received(to, kinds)
    }

    /// Returns the money that an account paid this month in flows of the given kinds.
    #[must_use]
    pub fn paid(&self, from: AccountId, kinds: &[Flow]) -> Usd {
        self.books.ledger.paid(from, kinds)
    }
}
