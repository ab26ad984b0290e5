//! Seats of clouds' own AI products: revenue by the seat, what serving them costs, and what labs get for their models.

use crate::base::ids::{CloudId, Id};
use crate::base::time::SimTime;
use crate::base::units::Usd;
use crate::economics::diffusion::fading_growth;
use crate::ledger::Flow;
use crate::market::World;
use crate::market::parameters::SeatNumbers;

/// Returns the revenue of the month that ends at `until`, USD.
fn revenue(numbers: &SeatNumbers, until: SimTime) -> f64 {
    let middle = until.months() - 0.5;
    numbers.revenue * libm::exp(fading_growth(numbers.growth, numbers.half_life, middle))
}

impl World<'_> {
    /// Books what customers pay for seats in the month that ends at `time`.
    pub(in crate::market) fn book_seats(&mut self, time: SimTime) {
        let Some(from) = self.books.accounts.seat_holders else {
            return;
        };
        for (spec, numbers) in self.scenario.seats.iter().zip(&self.parameters.seats) {
            let to = self.books.accounts.clouds[spec.cloud.id().index()];
            let amount = Usd::from_f64(revenue(numbers, time));
            self.books.ledger.transfer(Flow::Seats, from, to, amount);
        }
    }

    /// Books what clouds pay a lab for the models behind their seats in the month that ends at `time`, and returns the
    /// sum. It is part of the lab's other revenue `other`, and never more.
    pub(in crate::market) fn pay_lab_for_seats(
        &mut self,
        lab: usize,
        other: Usd,
        time: SimTime,
    ) -> Usd {
        let mut paid = Usd::ZERO;
        for (spec, numbers) in self.scenario.seats.iter().zip(&self.parameters.seats) {
            let due = Usd::from_f64(revenue(numbers, time) * numbers.lab_share[lab]);
            let part = due.min(other - paid);
            if part <= Usd::ZERO {
                continue;
            }
            let from = self.books.accounts.clouds[spec.cloud.id().index()];
            let to = self.books.accounts.labs[lab];
            self.books
                .ledger
                .transfer(Flow::OtherRevenue, from, to, part);
            paid += part;
        }
        paid
    }

    /// Returns the cost of the compute that serves a cloud's seats in the month that ends at `time`, USD: the hours
    /// that `compute` pays for at the contract rent of the start, at the contract rent of the cloud.
    pub(in crate::market) fn seat_compute(&self, cloud: CloudId, time: SimTime) -> f64 {
        let rent = self.state.clouds[cloud].rent_contract / self.parameters.rent.contract;
        let seats = self.scenario.seats.iter().zip(&self.parameters.seats);
        seats
            .filter(|(spec, _)| spec.cloud.is(cloud))
            .map(|(_, numbers)| revenue(numbers, time) * numbers.compute * rent)
            .sum()
    }
}
