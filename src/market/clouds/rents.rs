//! Rents of compute hours: weekly steps that follow the tightness of the market and the decline of cost.

use crate::base::rng::Purpose;
use crate::base::time::Span;
use crate::base::units::DAYS_PER_MONTH;
use crate::economics::capacity::ornstein_uhlenbeck;
use crate::market::state::actors::Cloud;
use crate::market::{Context, Event, World};

impl World<'_> {
    /// Returns the tightness of the market for compute hours: demand over working capacity of all clouds, at most
    /// `most`, less its value at the start.
    fn market_tightness(&self, most: f64) -> f64 {
        let sum = |of: &dyn Fn(&Cloud) -> f64| self.state.clouds.iter().map(of).sum::<f64>();
        let working = sum(&|cloud| cloud.capacity * cloud.working);
        let at_start = sum(&|cloud| cloud.capacity_at_start);
        let used = sum(&|cloud| cloud.utilisation_at_start * cloud.capacity_at_start);
        (sum(&|cloud| cloud.demand) / working.max(1e-9)).min(most) - used / at_start.max(1e-9)
    }

    /// Moves rents by one week: the logarithm of each rent reverts to a mean that follows tightness of capacity and the
    /// decline of cost (an Ornstein-Uhlenbeck process). Tightness is that of the market, and to the part `rent.local`
    /// the cloud's own.
    pub fn on_rent_review(&mut self, cx: Context, ordinal: u32) {
        let time = cx.time;
        let rent = self.parameters.rent;
        let months = 7.0 / DAYS_PER_MONTH;
        let mut stream = self.streams.stream(Purpose::Rent, 0, ordinal);
        let (contract_shock, spot_shock) = (stream.normal(), stream.normal());
        let decline = libm::log(1.0 - rent.decline.min(0.99)) * time.days() / 365.25;
        let market = self.market_tightness(rent.pressure_max);
        for cloud in &mut self.state.clouds {
            let own = cloud.pressure.min(rent.pressure_max) - cloud.utilisation_at_start;
            let tightness =
                rent.tightness * (rent.local * own + (1.0 - rent.local) * market) + decline;
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
        self.schedule(cx, next, Event::RentReview(ordinal + 1));
    }
}
