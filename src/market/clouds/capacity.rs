//! Capacity of clouds: orders, deliveries and payment for them.

use crate::base::ids::{CloudId, Id};
use crate::base::rng::{Purpose, key_of};
use crate::base::time::{SimTime, Span};
use crate::base::units::{DAYS_PER_MONTH, Usd};
use crate::economics::capacity::{
    Constraint, Rationing, order_size, ration, ration_by_weight, scarcity_premium,
};
use crate::ledger::Flow;
use crate::market::parameters::Parameters;
use crate::market::state::actors::Answer;
use crate::market::state::actors::{Cloud, Watch};
use crate::market::state::outside::Rest;
use crate::market::{Context, Event, World};
use crate::scenario::quantity::Draws;
use crate::scenario::records::{CloudSpec, RationingRule, ShockKind};

/// Creates a cloud as it is at the start.
#[must_use]
pub fn cloud(spec: &CloudSpec, p: &Parameters, draws: &Draws) -> Cloud {
    let external_share = spec.external_share.draw(draws);
    let capacity = spec.capacity.draw(draws) * external_share;
    let cost_ratio = spec.fleet_cost_ratio.draw(draws);
    let owned_cost = spec.owned_cost.draw(draws);
    Cloud {
        capacity,
        capacity_at_start: capacity,
        external_share,
        pipeline: 0.0,
        working: 1.0,
        additions: spec.additions.draw(draws),
        power_per_quarter: spec.power_per_quarter.draw(draws),
        power_growth: spec.power_growth.draw(draws),
        capex: spec.capex.draw(draws),
        capex_growth: spec.capex_growth.draw(draws),
        order_factor: spec.order_factor.draw(draws),
        cost_ratio,
        owned_cost,
        unit_cost: owned_cost * cost_ratio,
        hosting_margin: spec.hosting_margin.draw(draws),
        hosting_margin_at_start: spec.hosting_margin.draw(draws),
        own_silicon_share: spec.own_silicon_share.draw(draws),
        own_silicon_ratio: spec.own_silicon_ratio.draw(draws),
        own_silicon_growth: spec.own_silicon_growth.draw(draws),
        outage_rate: spec.outage_rate.draw(draws),
        neutrality_spend: spec.neutrality_spend.draw(draws),
        neutrality_at_start: spec.neutrality_spend.draw(draws),
        answer: spec.answer.as_ref().map(|answer| Answer {
            policy: answer.policy,
            size: answer.size.draw(draws),
            delay: answer.delay.draw(draws),
        }),
        revenue_rest: Rest {
            yearly: spec.revenue.draw(draws),
            growth: spec.revenue_growth.draw(draws),
            ..Rest::default()
        },
        spent: 0.0,
        capex_rest: Rest {
            yearly: spec.capex_run_rate.draw(draws),
            growth: spec.capex_run_rate_growth.draw(draws),
            ..Rest::default()
        },
        optical: 0.0,
        last_order: 0.0,
        revenue: 0.0,
        revenue_by_month: Vec::new(),
        open_hosting: 0.0,
        credibility: spec.credibility.draw(draws),
        credibility_at_start: spec.credibility.draw(draws),
        utilisation_at_start: spec.utilisation.draw(draws),
        background: 0.0,
        rent_contract: p.rent.contract,
        rent_spot: p.rent.spot,
        pressure: 0.0,
        demand: 0.0,
        demand_at_order: 0.0,
        demand_growth: 0.0,
        served: [1.0, 1.0],
        binding: Constraint::Demand,
        watch: Watch::default(),
    }
}

impl World<'_> {
    /// Returns the median lead time of an order placed at `time`, days; each order draws its own lead time around it.
    fn lead_time(&self, time: SimTime) -> f64 {
        let supply = &self.parameters.supply;
        let months = time.months();
        let left = libm::exp2(-months / supply.lead_time_recovery.max(0.1));
        let weeks = supply.lead_time_normal + (supply.lead_time - supply.lead_time_normal) * left;
        weeks * 7.0 * self.shock_factor(ShockKind::LeadTime, None, |size| size)
    }

    /// Returns the silicon that vendors plan to make for a cloud around `time`, H100e a month.
    fn chip_allotment(&self, cloud: CloudId, time: SimTime) -> f64 {
        let cloud = &self.state.clouds[cloud];
        cloud.additions
            * cloud.capacity_at_start
            * libm::pow(
                1.0 + self.parameters.supply.chip_growth,
                time.days() / 365.25,
            )
    }

    /// Schedules the deliveries of orders placed before the start: one a month until the first new order can arrive.
    pub fn schedule_standing_orders(&mut self, cloud: CloudId) {
        let lead = self.lead_time(SimTime::START);
        let mut day = 0.5 * DAYS_PER_MONTH;
        while day < lead {
            let time = SimTime::START + Span::from_days(day);
            let size = self.chip_allotment(cloud, time);
            self.state.clouds[cloud].pipeline += size;
            self.schedule(Context::START, time, Event::Delivery(cloud, size));
            day += DAYS_PER_MONTH;
        }
    }

    /// Updates a cloud's demand forecast and returns three limits on its monthly order, H100e: the order that meets the
    /// forecast, the order that its power allows, and the order that its capital budget allows.
    fn order_limits(&mut self, id: CloudId, time: SimTime) -> [f64; 3] {
        let supply = self.parameters.supply;
        let lead = self.lead_time(time);
        let years = time.days() / 365.25;
        let power_left =
            self.shock_factor(ShockKind::Power, Some(id), |size| (1.0 - size).max(0.0));
        let memory = self.shock_factor(ShockKind::Memory, Some(id), |size| size);
        let shares = self.silicon_shares(id, time);
        let ratio = self.cost_ratio(id, &shares) * self.premium(&shares);
        let saved = self.optical_share(id, time)
            * self
                .parameters
                .photonics
                .as_ref()
                .map_or(0.0, |optics| optics.power_saving);
        let committed = self.committed_capex(id, time);
        let contracted = self.contracted_beyond_use(id, time + Span::from_days(lead));
        let cloud = &mut self.state.clouds[id];
        // Growth of demand since the last order, smoothed.
        let seen = cloud.demand / cloud.demand_at_order.max(1e-9) - 1.0;
        cloud.demand_growth = if time.days() < 2.0 {
            cloud.additions
        } else {
            (1.0 - supply.forecast_smoothing) * cloud.demand_growth
                + supply.forecast_smoothing * seen
        };
        cloud.demand_at_order = cloud.demand;
        let ahead = (lead / DAYS_PER_MONTH).min(supply.forecast_horizon);
        let contracted = supply.contract_cover * contracted;
        let growth = cloud.demand_growth.clamp(-1.0, supply.forecast_growth_max);
        let forecast = cloud.demand * libm::pow(1.0 + growth, ahead);
        let target =
            cloud.order_factor * (forecast + contracted) / supply.target_utilisation.max(0.05);
        let gap = target - cloud.capacity - cloud.pipeline;
        // Growth of the capacity needed in a month; with all of the gap closed at once, it does not matter.
        let expected = target * growth.max(0.0) / (1.0 + growth.max(0.0));
        let wanted = gap * supply.gap_closed + expected * (1.0 - supply.gap_closed);
        let kilowatts = cloud.power_per_quarter / 3.0
            * 1e6
            * libm::pow(1.0 + cloud.power_growth, years)
            * power_left;
        let power = kilowatts / (supply.power * (1.0 - saved)).max(1e-6) * cloud.external_share;
        let price = supply.capex * ratio * memory * libm::pow(1.0 - supply.capex_decline, years);
        // The budget follows the margin of an hour over the cost of building it, both relative to the start.
        let decline = price / (supply.capex * cloud.cost_ratio).max(1.0);
        let earned = (cloud.rent_contract - supply.opex).max(0.0)
            / (self.parameters.rent.contract - supply.opex).max(1e-6);
        let appetite = (1.0 + supply.capex_response * (earned / decline.max(1e-6) - supply.hurdle))
            .clamp(supply.budget_min, supply.budget_max);
        let planned = cloud.order_factor * cloud.capex * libm::pow(1.0 + cloud.capex_growth, years);
        let budget = planned * appetite * cloud.external_share + committed;
        // Capacity that customers have contracted finds its own finance.
        let financed = contracted / (lead / DAYS_PER_MONTH).max(1.0);
        [wanted, power, budget / 12.0 / price.max(1.0) + financed]
    }

    /// Handles the monthly orders: each cloud orders the capacity that it forecasts to need at delivery, within its
    /// limits of power and money, and vendors ration silicon that is short.
    pub fn on_capacity_order(&mut self, cx: Context) {
        let time = cx.time;
        let supply = self.parameters.supply;
        let lead = self.lead_time(time);
        let rule = match self.scenario.supply.rationing {
            RationingRule::Proportional => Rationing::Proportional,
            RationingRule::MaxMin => Rationing::MaxMin,
        };
        let clouds: Vec<CloudId> = self.state.clouds.ids().collect();
        let packaging = self.shock_factor(ShockKind::Packaging, None, |cut| (1.0 - cut).max(0.0));
        let due = time + Span::from_days(lead);
        let limits: Vec<[f64; 3]> = clouds
            .iter()
            .map(|cloud| self.order_limits(*cloud, time))
            .collect();
        let shares: Vec<Vec<f64>> = clouds
            .iter()
            .map(|cloud| self.silicon_shares(*cloud, time))
            .collect();
        let planned: Vec<f64> = clouds
            .iter()
            .map(|cloud| self.chip_allotment(*cloud, due) * packaging)
            .collect();
        let asked: Vec<f64> = limits
            .iter()
            .map(|[wanted, power, capex]| wanted.min(*power).min(*capex).max(0.0))
            .collect();
        let given = self.allocate_silicon(&asked, &planned, &shares, rule);
        for (index, cloud_id) in clouds.into_iter().enumerate() {
            let [wanted, power, capex] = limits[index];
            let covered: f64 = shares[index].iter().sum();
            let chips = if given[index] >= asked[index] * covered * (1.0 - 1e-12) {
                f64::INFINITY
            } else {
                given[index] + asked[index] * (1.0 - covered).max(0.0)
            };
            let (size, binding) = order_size(wanted, chips, power, capex);
            let cloud = &mut self.state.clouds[cloud_id];
            cloud.binding = binding;
            let is_larger = size > cloud.last_order * 1.1 && time.days() > 2.0;
            cloud.last_order = size;
            if size <= 0.0 {
                continue;
            }
            cloud.pipeline += size;
            let key = key_of(self.cloud_name(cloud_id));
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "days of a run"
            )]
            let ordinal = time.days() as u32;
            let mut stream = self.streams.stream(Purpose::Delivery, key, ordinal);
            let mut wait = stream.lognormal(lead, supply.lead_time_sigma);
            if is_larger {
                wait = wait.max(supply.build_out * DAYS_PER_MONTH);
            }
            self.schedule(
                cx,
                time + Span::from_days(wait),
                Event::Delivery(cloud_id, size),
            );
        }
        self.schedule(
            cx,
            time + Span::from_days(DAYS_PER_MONTH),
            Event::CapacityOrder,
        );
    }

    /// Allocates silicon among clouds' orders, and sets vendors' premiums. `asked` is what clouds would order and
    /// `planned` what vendors plan to make for them, H100e by cloud; `shares` are those of vendors by cloud.
    fn allocate_silicon(
        &mut self,
        asked: &[f64],
        planned: &[f64],
        shares: &[Vec<f64>],
        rule: Rationing,
    ) -> Vec<f64> {
        let mut given = vec![0.0; asked.len()];
        let own: Vec<f64> = self
            .state
            .clouds
            .iter()
            .map(|c| c.own_silicon_share)
            .collect();
        for (index, vendor) in self.state.vendors.iter_mut().enumerate() {
            let part = |of: &[f64]| -> Vec<f64> {
                let shares = shares.iter().map(|shares| shares[index]);
                of.iter()
                    .zip(shares)
                    .map(|(of, share)| of * share)
                    .collect()
            };
            let requests = part(asked);
            let output: f64 = part(planned).iter().sum();
            let wanted: f64 = requests.iter().sum();
            let (response, most) = (vendor.premium_response, vendor.premium_max);
            vendor.premium = scarcity_premium(wanted, output, response, most);
            let parts = if vendor.favour > 0.0 && wanted > output {
                let weight = |own: &f64| libm::pow(1.0 - own.min(1.0), vendor.favour);
                let weights: Vec<f64> = own.iter().map(weight).collect();
                ration_by_weight(&requests, &weights, output)
            } else {
                ration(&requests, output, rule)
            };
            for (sum, part) in given.iter_mut().zip(parts) {
                *sum += part;
            }
        }
        given
    }

    /// Handles a delivery: adds the capacity and pays for it. During a supply cut, the share that is cut is delivered
    /// one lead time later (a month at least).
    pub fn on_delivery(&mut self, cx: Context, cloud_id: CloudId, size: f64) {
        let time = cx.time;
        let kept = self.shock_factor(ShockKind::SupplyCut, Some(cloud_id), |cut| {
            (1.0 - cut).clamp(0.0, 1.0)
        });
        let delivered = size * kept;
        if kept < 1.0 {
            let wait = self.lead_time(time).max(DAYS_PER_MONTH);
            self.schedule(
                cx,
                time + Span::from_days(wait),
                Event::Delivery(cloud_id, size - delivered),
            );
        }
        let years = time.days() / 365.25;
        let decline = libm::pow(1.0 - self.parameters.supply.capex_decline, years);
        let shares = self.silicon_shares(cloud_id, time);
        let ratio = self.cost_ratio(cloud_id, &shares);
        let memory = self.shock_factor(ShockKind::Memory, Some(cloud_id), |size| size);
        let premium = self.premium(&shares);
        let cost = self.parameters.supply.capex * decline * delivered * ratio * memory;
        let optical = self.optical_share(cloud_id, time);
        let saved = optical
            * self
                .parameters
                .photonics
                .as_ref()
                .map_or(0.0, |optics| optics.power_saving);
        let own: f64 = self
            .state
            .vendors
            .iter()
            .zip(&shares)
            .filter(|(vendor, _)| vendor.owner == Some(cloud_id))
            .map(|(_, share)| share)
            .sum();
        let opex = self.parameters.supply.opex;
        let cloud = &mut self.state.clouds[cloud_id];
        cloud.pipeline = (cloud.pipeline - delivered).max(0.0);
        let new_cost = (cloud.owned_cost * ratio * premium * decline - opex * saved).max(0.0);
        let after = (cloud.capacity + delivered).max(1e-9);
        cloud.unit_cost = (cloud.unit_cost * cloud.capacity + new_cost * delivered) / after;
        cloud.own_silicon_share =
            (cloud.own_silicon_share * cloud.capacity + own * delivered) / after;
        cloud.optical = (cloud.optical * cloud.capacity + optical * delivered) / after;
        cloud.capacity += delivered;
        for (vendor, share) in self.state.vendors.iter_mut().zip(&shares) {
            vendor.output += share * delivered;
        }
        self.pay_for_capacity(cloud_id, cost, &shares, optical);
        self.note(cx, "delivery", self.cloud_name(cloud_id), delivered);
    }

    /// Books payment for a delivery that costs `cost` at normal prices: silicon, with premiums, and optics to vendors, the
    /// rest to builders.
    fn pay_for_capacity(&mut self, cloud: CloudId, cost: f64, shares: &[f64], optical: f64) {
        let from = self.books.accounts.clouds[cloud.index()];
        let silicon = Usd::from_f64(cost * self.parameters.supply.silicon_share);
        let whole = Usd::from_f64(cost);
        let mut rest = whole - silicon;
        let parts = silicon.split(&millionths(shares));
        for (index, part) in parts.into_iter().enumerate() {
            let to = self.books.accounts.vendors[index];
            let premium = Usd::from_f64(part.to_f64() * (self.state.vendors[index].premium - 1.0));
            let ledger = &mut self.books.ledger;
            ledger.transfer(Flow::Silicon, from, to, part + premium);
        }
        if let Some(optics) = self.parameters.photonics.clone()
            && optical > 0.0
        {
            let usd = Usd::from_f64(cost * optics.capex_share * optical).min(rest);
            let parts = usd.split(&millionths(&optics.supplier));
            for (to, part) in self.books.accounts.vendors.clone().into_iter().zip(parts) {
                self.books.ledger.transfer(Flow::Silicon, from, to, part);
            }
            rest -= usd;
        }
        self.books
            .ledger
            .transfer(Flow::Construction, from, self.books.accounts.outside, rest);
    }
}

/// Converts shares to integer millionths, for exact splits of money.
#[expect(clippy::cast_possible_truncation, reason = "shares in millionths")]
fn millionths(shares: &[f64]) -> Vec<i64> {
    shares
        .iter()
        .map(|share| libm::round(share * 1e6) as i64)
        .collect()
}
