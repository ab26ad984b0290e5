//! Clouds: orders, deliveries, rents and shocks.

use super::parameters::Parameters;
use super::{Cloud, Event, Watch, World};
use crate::economics::capacity::{Constraint, order_size, ornstein_uhlenbeck};
use crate::ids::{CloudId, Id};
use crate::kernel::{EventId, Phase};
use crate::ledger::Flow;
use crate::rng::{Purpose, key_of};
use crate::scenario::quantity::Draws;
use crate::scenario::spec::{CloudSpec, ShockKind};
use crate::time::{SimTime, Span};
use crate::units::{DAYS_PER_MONTH, Usd};

/// A cloud at the start.
#[must_use]
pub fn cloud(spec: &CloudSpec, p: &Parameters, draws: &Draws) -> Cloud {
    let fraction = spec.external_share.draw(draws) * spec.inference_share.draw(draws);
    let capacity = spec.capacity.draw(draws) * fraction;
    let cost_ratio = spec.fleet_cost_ratio.draw(draws);
    let owned_cost = spec.owned_cost.draw(draws);
    Cloud {
        capacity,
        capacity_at_start: capacity,
        fraction,
        pipeline: 0.0,
        working: 1.0,
        additions: spec.additions.draw(draws),
        power_per_quarter: spec.power_per_quarter.draw(draws),
        power_growth: spec.power_growth.draw(draws),
        capex: spec.capex.draw(draws),
        capex_growth: spec.capex_growth.draw(draws),
        cost_ratio,
        owned_cost,
        unit_cost: owned_cost * cost_ratio,
        hosting_margin: spec.hosting_margin.draw(draws),
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
    /// The lead time of an order placed at `time`, days, without its own luck.
    fn lead_time(&self, time: SimTime) -> f64 {
        let supply = &self.p.supply;
        let months = time.days() / DAYS_PER_MONTH;
        let left = libm::exp2(-months / supply.lead_time_recovery.max(0.1));
        let weeks = supply.lead_time_normal + (supply.lead_time - supply.lead_time_normal) * left;
        weeks * 7.0 * self.shock_factor(ShockKind::LeadTime, None, |size| size)
    }

    /// The product of the effects of the shocks of a kind in force.
    fn shock_factor(
        &self,
        kind: ShockKind,
        cloud: Option<CloudId>,
        effect: impl Fn(f64) -> f64,
    ) -> f64 {
        self.scenario
            .shock
            .iter()
            .zip(&self.shocks)
            .filter(|(spec, shock)| {
                let name = spec.cloud.as_ref().map(|name| name.text.as_str());
                shock.is_on
                    && spec.kind == kind
                    && name.is_none_or(|name| cloud.is_some_and(|c| self.cloud_name(c) == name))
            })
            .map(|(_, shock)| effect(shock.size))
            .product()
    }

    /// What the silicon vendors allot to a cloud in a month around `time`, H100e.
    fn chip_allotment(&self, cloud: CloudId, time: SimTime) -> f64 {
        let cloud = &self.clouds[cloud];
        cloud.additions
            * cloud.capacity_at_start
            * libm::pow(1.0 + self.p.supply.chip_growth, time.days() / 365.25)
    }

    /// Orders that stand at the start: one delivery a month until those placed from now on arrive.
    pub fn schedule_standing_orders(&mut self, cloud: CloudId) {
        let lead = self.lead_time(SimTime::START);
        let mut day = 0.5 * DAYS_PER_MONTH;
        while day < lead {
            let time = SimTime::START + Span::from_days(day);
            let size = self.chip_allotment(cloud, time);
            self.clouds[cloud].pipeline += size;
            self.schedule(
                time,
                Phase::Trade,
                EventId::NONE,
                Event::Delivery(cloud, size),
            );
            day += DAYS_PER_MONTH;
        }
        self.schedule(
            SimTime::START + Span::DAY,
            Phase::Trade,
            EventId::NONE,
            Event::CapacityOrder(cloud),
        );
    }

    /// A cloud orders what it forecasts to need when the order arrives, as far as chips, power and money go.
    pub fn on_capacity_order(&mut self, id: EventId, time: SimTime, cloud_id: CloudId) {
        let supply = self.p.supply;
        let lead = self.lead_time(time);
        let years = time.days() / 365.25;
        let chips = self.chip_allotment(cloud_id, time + Span::from_days(lead));
        let power_left = self.shock_factor(ShockKind::Power, Some(cloud_id), |size| {
            (1.0 - size).max(0.0)
        });
        let cloud = &mut self.clouds[cloud_id];
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
        let forecast = cloud.demand
            * libm::pow(
                1.0 + cloud.demand_growth.clamp(-1.0, supply.forecast_growth_max),
                ahead,
            );
        let wanted =
            forecast / supply.target_utilisation.max(0.05) - cloud.capacity - cloud.pipeline;
        let kilowatts = cloud.power_per_quarter / 3.0
            * 1e6
            * libm::pow(1.0 + cloud.power_growth, years)
            * power_left;
        let power = kilowatts / supply.power.max(1e-6) * cloud.fraction;
        let price = supply.capex * cloud.cost_ratio * libm::pow(1.0 - supply.capex_decline, years);
        let capex = cloud.capex / 12.0 * libm::pow(1.0 + cloud.capex_growth, years)
            / price.max(1.0)
            * cloud.fraction;
        let (size, binding) = order_size(wanted, chips, power, capex);
        cloud.binding = binding;
        if size > 0.0 {
            cloud.pipeline += size;
            let key = key_of(self.cloud_name(cloud_id));
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "days of a run"
            )]
            let ordinal = time.days() as u32;
            let mut stream = self.streams.stream(Purpose::Delivery, key, ordinal);
            let wait = stream.lognormal(lead, supply.lead_time_sigma);
            self.schedule(
                time + Span::from_days(wait),
                Phase::Trade,
                id,
                Event::Delivery(cloud_id, size),
            );
        }
        self.schedule(
            time + Span::from_days(DAYS_PER_MONTH),
            Phase::Trade,
            id,
            Event::CapacityOrder(cloud_id),
        );
    }

    /// Capacity arrives. In a supply cut a share of it does not, and comes after the shock.
    pub fn on_delivery(
        &mut self,
        id: EventId,
        cause: EventId,
        time: SimTime,
        cloud_id: CloudId,
        size: f64,
    ) {
        let kept = self.shock_factor(ShockKind::SupplyCut, Some(cloud_id), |cut| {
            (1.0 - cut).clamp(0.0, 1.0)
        });
        let delivered = size * kept;
        if kept < 1.0 {
            let wait = self.lead_time(time).max(DAYS_PER_MONTH);
            self.schedule(
                time + Span::from_days(wait),
                Phase::Trade,
                id,
                Event::Delivery(cloud_id, size - delivered),
            );
        }
        let years = time.days() / 365.25;
        let decline = libm::pow(1.0 - self.p.supply.capex_decline, years);
        let cost = self.p.supply.capex * decline * delivered * self.clouds[cloud_id].cost_ratio;
        let cloud = &mut self.clouds[cloud_id];
        cloud.pipeline = (cloud.pipeline - delivered).max(0.0);
        let new_cost = cloud.owned_cost * cloud.cost_ratio * decline;
        cloud.unit_cost = (cloud.unit_cost * cloud.capacity + new_cost * delivered)
            / (cloud.capacity + delivered).max(1e-9);
        cloud.capacity += delivered;
        self.pay_for_capacity(cloud_id, cost);
        self.note(
            id,
            cause,
            time,
            "delivery",
            self.cloud_name(cloud_id),
            delivered,
        );
    }

    fn pay_for_capacity(&mut self, cloud: CloudId, cost: f64) {
        let from = self.accounts.clouds[cloud.index()];
        let silicon = Usd::from_f64(cost * self.p.supply.silicon_share);
        let shares = self.accounts.vendor_shares[cloud.index()].clone();
        for (vendor, part) in silicon.split(&shares).into_iter().enumerate() {
            if let Some(to) = self.accounts.vendors.get(vendor).copied() {
                self.ledger.transfer(Flow::Silicon, from, to, part);
            }
        }
        let rest = Usd::from_f64(cost) - silicon;
        self.ledger
            .transfer(Flow::Construction, from, self.accounts.outside, rest);
    }

    /// Rents move one week: logs revert to a mean that follows tightness and the decline of cost.
    pub fn on_rent_review(&mut self, id: EventId, time: SimTime, ordinal: u32) {
        let rent = self.p.rent;
        let months = 7.0 / DAYS_PER_MONTH;
        let mut stream = self.streams.stream(Purpose::Rent, 0, ordinal);
        let (contract_shock, spot_shock) = (stream.normal(), stream.normal());
        let decline = libm::log(1.0 - rent.decline.min(0.99)) * time.days() / 365.25;
        for cloud in &mut self.clouds {
            let tightness = rent.tightness
                * (cloud.pressure.min(rent.pressure_max) - cloud.utilisation_at_start)
                + decline;
            let step = |value: f64, start: f64, speed: f64, sigma: f64, shock: f64| {
                let mean = libm::log(start.max(1e-9)) + tightness;
                libm::exp(ornstein_uhlenbeck(
                    libm::log(value.max(1e-9)),
                    mean,
                    speed,
                    sigma,
                    months,
                    shock,
                ))
            };
            cloud.rent_contract = step(
                cloud.rent_contract,
                rent.contract,
                rent.contract_speed,
                rent.contract_volatility,
                contract_shock,
            );
            cloud.rent_spot = step(
                cloud.rent_spot,
                rent.spot,
                rent.spot_speed,
                rent.spot_volatility,
                spot_shock,
            );
        }
        let next = time + Span::from_micros(7 * Span::DAY.micros());
        self.schedule(next, Phase::Trade, id, Event::RentReview(ordinal + 1));
    }

    /// A shock begins.
    pub fn on_shock_start(&mut self, id: EventId, cause: EventId, time: SimTime, index: usize) {
        self.shocks[index].is_on = true;
        self.apply_outages();
        let shock = self.shocks[index];
        let spec = &self.scenario.shock[index];
        self.note(
            id,
            cause,
            time,
            spec.kind.word(),
            &spec.name.text,
            shock.size,
        );
        self.schedule(
            time + Span::from_days(shock.days),
            Phase::Policy,
            id,
            Event::ShockEnd(index),
        );
    }

    /// A shock ends.
    pub fn on_shock_end(&mut self, id: EventId, cause: EventId, time: SimTime, index: usize) {
        self.shocks[index].is_on = false;
        self.apply_outages();
        self.note(
            id,
            cause,
            time,
            "shock-end",
            &self.scenario.shock[index].name.text,
            0.0,
        );
    }

    fn apply_outages(&mut self) {
        for cloud in self.clouds.ids() {
            self.clouds[cloud].working =
                self.shock_factor(ShockKind::Outage, Some(cloud), |size| (1.0 - size).max(0.0));
        }
    }
}
