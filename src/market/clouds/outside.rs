//! Revenue and capital expenditure of clouds' owners that the model leaves out, and rent paid by demand outside it.

use crate::base::ids::{CloudId, Id};
use crate::base::rng::{Purpose, key_of_aspect};
use crate::base::time::Span;
use crate::economics::diffusion::{fading_growth, trend_step};
use crate::ledger::Flow;
use crate::market::World;
use crate::market::state::outside::Rest;

/// Stream aspects of the noise of a cloud's revenue and of its capital expenditure outside the model.
const ASPECTS: [u64; 2] = [1, 2];

impl World<'_> {
    /// Returns the rent that demand outside the model paid a cloud this month, USD, at the contract rent.
    pub(in crate::market) fn outside_ai(&self, cloud: CloudId) -> f64 {
        self.books.tally.background_hours[cloud.index()] * self.state.clouds[cloud].rent_contract
    }

    /// Returns revenue and capital expenditure that the model leaves out in a month, USD.
    pub(in crate::market) fn rest(&self, cloud: CloudId, month: usize) -> [f64; 2] {
        let cloud = &self.state.clouds[cloud];
        let days = self.days_of(month);
        let start = self.catalog.calendar.month_start(month);
        let months = (start + Span::from_days(0.5 * days)).months();
        let half_life = self.parameters.trend.cloud_half_life;
        [cloud.revenue_rest, cloud.capex_rest].map(|rest| {
            let path = fading_growth(rest.growth, half_life, months);
            rest.yearly * days / 365.25 * libm::exp(path + rest.level)
        })
    }

    /// Updates the mean of clouds' payments for capacity with those of a month.
    pub fn spread_payments(&mut self, month: usize) {
        let months = self.parameters.supply.payment_spread.max(1.0);
        for id in self.state.clouds.ids() {
            let account = self.books.accounts.clouds[id.index()];
            let paid = self
                .paid(account, &[Flow::Silicon, Flow::Construction])
                .to_f64();
            let cloud = &mut self.state.clouds[id];
            // The first month stands for those before it.
            let weight = if month == 0 { 1.0 } else { 1.0 / months };
            cloud.spent += weight * (paid - cloud.spent);
        }
    }

    /// Sets what the model leaves out, so that revenue and capital expenditure of the first month and their growth are
    /// those that the scenario states; called once, when the first month's books are closed.
    pub fn set_rest(&mut self) {
        let days = self.days_of(0);
        let months = Span::from_days(0.5 * days).months();
        let half_life = self.parameters.trend.cloud_half_life;
        let outside_growth = libm::log1p(self.parameters.supply.background_growth) / 12.0;
        for id in self.state.clouds.ids() {
            let account = self.books.accounts.clouds[id.index()];
            let ai = self.received(account, &Flow::AI_REVENUE).to_f64();
            let outside = self.outside_ai(id);
            let market = self.state.growth.market_rate;
            let cloud = &mut self.state.clouds[id];
            // In USD of this month: the parts that the model has, and their growth.
            cloud
                .revenue_rest
                .subtract([ai, outside], [market, outside_growth], days);
            let (growth, spent) = (cloud.capex_rest.growth, cloud.spent);
            cloud.capex_rest.subtract([spent, 0.0], [growth, 0.0], days);
            for rest in [&mut cloud.revenue_rest, &mut cloud.capex_rest] {
                // The stated numbers are those of the first day; the first month lies half a month later.
                rest.yearly =
                    rest.yearly.max(0.0) / libm::exp(fading_growth(rest.growth, half_life, months));
            }
        }
    }

    /// Draws the coming month's noise of what the model leaves out.
    pub fn step_rest(&mut self, month: usize) {
        let trend = self.parameters.trend;
        let noises = [
            [trend.cloud_level, trend.cloud_slope],
            [trend.capex_level, trend.capex_slope],
        ];
        let ordinal = u32::try_from(month).unwrap_or(u32::MAX);
        for id in self.state.clouds.ids() {
            let name = self.cloud_name(id);
            let drawn = ASPECTS.map(|aspect| {
                let key = key_of_aspect(name, aspect);
                let mut stream = self.streams.stream(Purpose::Growth, key, ordinal);
                [stream.normal(), stream.normal()]
            });
            let cloud = &mut self.state.clouds[id];
            let rests = [&mut cloud.revenue_rest, &mut cloud.capex_rest];
            for ((rest, noise), drawn) in rests.into_iter().zip(noises).zip(drawn) {
                let noise = [noise[0] * drawn[0], noise[1] * drawn[1]];
                let (slope, change) = trend_step(rest.slope, trend.cloud_half_life, noise);
                rest.slope = slope;
                rest.level += change;
            }
        }
    }
}

impl Rest {
    /// Takes parts that the model has, USD of a month of so many days with their growth, out of the whole.
    fn subtract(&mut self, parts: [f64; 2], growths: [f64; 2], days: f64) {
        let whole = self.yearly * days / 365.25;
        let left = whole - parts[0] - parts[1];
        let grown = whole * self.growth - parts[0] * growths[0] - parts[1] * growths[1];
        self.growth = if left > 0.0 { grown / left } else { 0.0 };
        self.yearly = left / days * 365.25;
    }
}
