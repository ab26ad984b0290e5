//! Rows of the clouds table.

use super::concentration::Customers;
use super::{CloudSums, ratio};
use crate::base::ids::{AccountId, CloudId, Id, RouterId};
use crate::base::time::SimTime;
use crate::economics::ownership::circularity;
use crate::ledger::Flow;
use crate::market::World;
use crate::panel::Panel;
use crate::row;
use crate::scenario::records::Runtime;

row! {
    /// One cloud in one month.
    CloudRow in "clouds" by "cloud" {
        routing_fee_usd ["usd"] "routing fees" "Fees that the cloud's own router charges.",
        resale_usd ["usd"] "resale and channel shares" "Sales of labs' models that the cloud books, and channel shares that labs pay it.",
        open_hosting_usd ["usd"] "open-weight hosting" "Sales of open-weight models that the cloud hosts.",
        serving_compute_usd ["usd"] "serving compute" "Compute that labs buy to serve tokens.",
        training_compute_usd ["usd"] "training compute" "Compute that labs buy for training.",
        first_party_usd ["usd"] "first-party models" "Sales of the cloud's own models.",
        selfhost_rental_usd ["usd"] "self-hosting rental" "Accelerators rented to enterprises that run open weights.",
        egress_usd ["usd"] "egress charges" "Charges for data moved out.",
        forfeited_usd ["usd"] "forfeited commitments" "Committed spend forfeited by enterprises that leave.",
        take_or_pay_usd ["usd"] "take-or-pay" "Committed compute that labs pay for without using it.",
        ai_revenue_usd ["usd"] "AI revenue" "AI revenue: the sum of the ten revenue streams (routing fees to take-or-pay).",
        channel_paid_usd ["usd"] "channel shares paid" "Channel shares that the cloud pays labs for sales that it books.",
        gross_profit_usd ["usd"] "gross profit" "AI revenue less channel shares paid to labs, the owned cost of the compute sold and of idle capacity, credits granted, outage refunds, credits for undelivered compute and fines.",
        idle_usd ["usd"] "cost of idle capacity" "Owned cost of idle capacity, in proportion to the hours sold; customers outside the model bear the rest.",
        delivery_credit_usd ["usd"] "delivery credits" "Payments to labs for committed compute that the cloud did not deliver.",
        undelivered_usd ["usd"] "undelivered commitments" "Compute that labs had committed to buy and that the cloud could not deliver, so that they do not owe it.",
        credits_usd ["usd"] "sales paid with credits" "Sales that customers paid for with credits from the cloud.",
        sla_credit_usd ["usd"] "outage refunds" "Refunds paid to enterprises for outages.",
        fines_usd ["usd"] "fines" "Fines paid for breach of the duties of a designated cloud.",
        is_designated ["share"] "designated" "1 if a regulator has designated the cloud as a gatekeeper, whether or not its duties are in force; the mean over replications is the probability.",
        neutrality_usd ["usd"] "neutrality spending" "Spending on credibility as a neutral platform.",
        capex_usd ["usd"] "capital expenditure" "Spending on accelerators and sites for the capacity that the model covers.",
        capacity_h100e ["h100e"] "capacity" "Capacity that the cloud sells to others, for serving and training, at the end of the month.",
        pipeline_h100e ["h100e"] "capacity on order" "Capacity on order at the end of the month.",
        utilisation_share ["share"] "utilisation" "Compute used over working capacity in the month, training under commitments included.",
        unserved_share ["share"] "unserved compute" "Compute demanded and not served, mean of the month.",
        rent_contract_usd_per_h ["usd_per_h"] "contract rent" "Contract rent of an H100-equivalent hour at the end of the month.",
        rent_spot_usd_per_h ["usd_per_h"] "spot rent" "Spot rent of an H100-equivalent hour at the end of the month.",
        first_party_share ["share"] "first-party share of routed tokens" "Share of the tokens of the cloud's router that go to its own models.",
        neutral_first_party_share ["share"] "first-party share without steering" "First-party share of the router's tokens if the router did not steer.",
        steering ["logit"] "steering" "Steering of the cloud's router towards its own models.",
        credibility ["share"] "credibility" "Credibility as a neutral platform.",
        invested_usd ["usd"] "equity paid into labs" "Equity that the cloud's owner paid into labs during the month.",
        circular_usd ["usd"] "circular revenue" "Revenue from labs that was paid with the equity of the cloud's owner.",
        strategic_circular_usd ["usd"] "circular revenue from any strategic investor" "Revenue from labs that was paid with the equity of any cloud's owner or silicon vendor.",
        vendor_circular_usd ["usd"] "circular purchases of silicon" "Purchases of silicon that were paid with the vendor's own equity: it went to a lab, from the lab to the cloud, and back.",
        circular_cash_usd ["usd"] "cash from circular revenue" "Gross margin of circular revenue less equity paid in: the cash that circular revenue brought in.",
        customer_funded_share ["share"] "customer-funded share of labs' payments" "Share of labs' payments to the cloud that came from enterprises and consumers.",
        largest_customer_share ["share"] "largest customer's share" "Largest share of AI revenue that one lab pays; a lab that belongs to the cloud does not count.",
        backlog_usd ["usd"] "backlog of labs" "Amount still due to the cloud under labs' take-or-pay commitments after this month, not discounted.",
        lookthrough_revenue_usd ["usd"] "look-through revenue" "AI revenue less circular revenue times the look-through stake in the lab that paid it.",
        own_silicon_share ["share"] "own-silicon share" "Share of capacity on the cloud's own silicon.",
        optical_share ["share"] "optical share" "Share of capacity with optical interconnect.",
        unit_cost_usd_per_h ["usd_per_h"] "unit cost of compute" "Mean cost of an H100-equivalent hour of the fleet.",
        perceived_risk ["ratio"] "perceived risk" "Risk that customers perceive after incidents.",
        stateful_usd ["usd"] "stateful spend" "Enterprise spend on stateful runtimes at the cloud.",
        stateless_usd ["usd"] "stateless spend" "Enterprise spend on stateless models at the cloud.",
        seats_usd ["usd"] "seats" "Sales of seats of the cloud's own AI products, such as Copilot; not part of AI revenue, total revenue or gross profit.",
        seats_profit_usd ["usd"] "profit on seats" "Sales of seats less payments to labs for models and compute for serving at the contract rent.",
        outside_ai_usd ["usd"] "rent from outside" "Rent at the contract rate for the capacity that demand outside the model uses; not part of AI revenue or gross profit.",
        total_revenue_usd ["usd"] "total revenue" "AI revenue, rent from outside, and revenue that the model does not cover.",
        total_capex_usd ["usd"] "total capital expenditure" "Capital expenditure of the cloud's owner: payments for the model's capacity, spread over `supply.payment_spread`, and everything that the model does not cover.",
        wait ["ratio"] "mean wait" "Mean wait for an accelerator at the end of the month, in mean times of service.",
        wait_p95 ["ratio"] "95th-percentile wait" "Wait that 95 % of requests do not exceed at the end of the month, in mean times of service.",
        binding_constraint ["code"] "binding constraint" "Constraint that limited the month's capacity order: demand, chips, power or capex.",
    }
}

impl World<'_> {
    /// Writes the clouds' rows, and returns the sums over clouds that other rows need.
    pub(super) fn observe_clouds(
        &self,
        panel: &mut Panel,
        month: usize,
        time: SimTime,
    ) -> CloudSums {
        let loops = self.vendor_loops();
        let clouds = self.state.clouds.ids();
        let customers: Vec<Customers> = clouds.map(|id| self.customers_of(id)).collect();
        let mut sums = CloudSums {
            backlog: self.observe_backlog(panel, month, &customers),
            ..CloudSums::default()
        };
        for (id, customers) in self.state.clouds.ids().zip(customers) {
            let mut row = self.cloud_row(id, month, time);
            row.strategic_circular_usd = customers.strategic;
            row.vendor_circular_usd = loops.by_cloud[id.index()];
            row.largest_customer_share = ratio(customers.largest, row.ai_revenue_usd);
            row.backlog_usd = sums.backlog[id.index()];
            sums.revenue.push(row.ai_revenue_usd);
            sums.gross_profit.push(row.gross_profit_usd);
            sums.circular += row.circular_usd;
            sums.strategic += row.strategic_circular_usd;
            sums.by_lab.push(customers.by_lab);
            panel.set(month, id.index(), &row);
        }
        sums.vendor_loops = loops.by_vendor;
        sums
    }

    /// Returns a cloud's row without its concentration and without the loops that other investors close.
    fn cloud_row(&self, id: CloudId, month: usize, time: SimTime) -> CloudRow {
        let cloud = &self.state.clouds[id];
        let account = self.books.accounts.clouds[id.index()];
        let paid = |kinds: &[Flow]| self.paid(account, kinds).to_f64();
        let streams = self.streams_of(account);
        let seats = self.received(account, &[Flow::Seats]).to_f64();
        let revenue: f64 = streams.iter().sum();
        let channel_paid = paid(&[Flow::ChannelShare]);
        let sold = self.books.tally.sold_hours[id.index()];
        let idle = self.idle_hours(id, month) * cloud.unit_cost;
        let from_labs = self.money_from_labs(id);
        let circular = from_labs.circular;
        let router = self.router_of(id);
        let (own, neutral) = router.map_or((0.0, 0.0), |router| self.own_shares(router));
        let watch = cloud.watch;
        let granted = self.books.accounts.credits[id.index()];
        let credits = self.paid(granted, &Flow::AI_REVENUE).to_f64();
        let (refunds, fines) = (paid(&[Flow::SlaCredit]), paid(&[Flow::Fine]));
        let missed = paid(&[Flow::DeliveryCredit]);
        let (outside, rest) = (self.outside_ai(id), self.rest(id, month));
        let capex = paid(&[Flow::Silicon, Flow::Construction]);
        let cost = sold * cloud.unit_cost + idle;
        let gross_profit = revenue - channel_paid - cost - credits - refunds - missed - fines;
        let margin = ratio(gross_profit, revenue);
        let invested = self.state.finance.invested[id.index()];
        let seen = circularity(
            revenue,
            circular,
            from_labs.looked_through,
            invested,
            margin,
        );
        let [
            routing_fee_usd,
            resale_usd,
            open_hosting_usd,
            serving_compute_usd,
            training_compute_usd,
            first_party_usd,
            selfhost_rental_usd,
            egress_usd,
            forfeited_usd,
            take_or_pay_usd,
        ] = streams;
        CloudRow {
            routing_fee_usd,
            resale_usd,
            open_hosting_usd,
            serving_compute_usd,
            training_compute_usd,
            first_party_usd,
            selfhost_rental_usd,
            egress_usd,
            forfeited_usd,
            take_or_pay_usd,
            ai_revenue_usd: revenue,
            channel_paid_usd: channel_paid,
            gross_profit_usd: gross_profit,
            idle_usd: idle,
            delivery_credit_usd: missed,
            undelivered_usd: self.books.tally.undelivered_usd[id.index()],
            credits_usd: credits,
            sla_credit_usd: refunds,
            fines_usd: fines,
            is_designated: f64::from(u8::from(self.state.regulation.is_designated(id))),
            neutrality_usd: paid(&[Flow::Neutrality]),
            capex_usd: capex,
            capacity_h100e: cloud.capacity,
            pipeline_h100e: cloud.pipeline,
            utilisation_share: self.used_share(id, month),
            unserved_share: ratio(watch.unserved, watch.demanded),
            rent_contract_usd_per_h: cloud.rent_contract,
            rent_spot_usd_per_h: cloud.rent_spot,
            first_party_share: own,
            neutral_first_party_share: neutral,
            steering: router.map_or(0.0, |router| self.state.routers[router].steering),
            credibility: cloud.credibility,
            invested_usd: invested,
            circular_usd: circular,
            strategic_circular_usd: 0.0,
            vendor_circular_usd: 0.0,
            circular_cash_usd: seen.cash,
            customer_funded_share: ratio(from_labs.customers, from_labs.all),
            largest_customer_share: 0.0,
            backlog_usd: 0.0,
            lookthrough_revenue_usd: seen.look_through,
            own_silicon_share: cloud.own_silicon_share,
            optical_share: cloud.optical,
            unit_cost_usd_per_h: cloud.unit_cost,
            perceived_risk: self.state.risk.cloud[id.index()],
            stateful_usd: self.runtime_spend(id, Runtime::Stateful),
            stateless_usd: self.runtime_spend(id, Runtime::Stateless),
            seats_usd: seats,
            seats_profit_usd: seats - paid(&[Flow::OtherRevenue]) - self.seat_compute(id, time),
            outside_ai_usd: outside,
            total_revenue_usd: revenue + outside + rest[0],
            total_capex_usd: cloud.spent + rest[1],
            wait: self.pool(cloud.pressure).mean_wait(),
            wait_p95: self.pool(cloud.pressure).wait_quantile(0.95),
            binding_constraint: f64::from(cloud.binding as u8),
        }
    }

    /// Returns the part of a cloud's working capacity that was used in a month, without what labs paid for idle.
    fn used_share(&self, id: CloudId, month: usize) -> f64 {
        let account = self.books.accounts.clouds[id.index()];
        let paid_idle = self.received(account, &[Flow::TakeOrPay]).to_f64();
        let unused = paid_idle / self.state.clouds[id].rent_contract.max(1e-9);
        let tally = &self.books.tally;
        let used = tally.sold_hours[id.index()] + tally.background_hours[id.index()] - unused;
        ratio(used, self.fleet_hours(id, month)[1])
    }

    /// Returns a cloud's revenue streams this month, USD, in the order of the row.
    fn streams_of(&self, cloud: AccountId) -> [f64; 10] {
        let got = |kinds: &[Flow]| self.received(cloud, kinds).to_f64();
        [
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
        ]
    }

    /// Returns the router that a cloud runs; `None` if it runs none.
    fn router_of(&self, cloud: CloudId) -> Option<RouterId> {
        self.catalog
            .router_cloud
            .enumerate()
            .find(|(_, owner)| **owner == Some(cloud))
            .map(|(router, _)| router)
    }

    /// Returns enterprise spend on a runtime at a cloud, USD.
    fn runtime_spend(&self, cloud: CloudId, runtime: Runtime) -> f64 {
        self.catalog
            .offers
            .enumerate()
            .filter(|(_, offer)| offer.cloud == Some(cloud) && offer.runtime == runtime)
            .map(|(offer, _)| self.books.tally.offer_usd[offer.index()])
            .sum()
    }
}
