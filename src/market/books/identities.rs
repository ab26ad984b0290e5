//! Accounting identities that must hold in every month.

use crate::base::ids::Id;
use crate::base::units::Usd;
use crate::ledger::Flow;
use crate::market::World;

/// Relative error of the hours served in a month, from shares that hold for a whole clearing window.
const SERVED_ERROR: f64 = 0.005;

/// Number of enterprises that may start or stop within a clearing window without notice, as far as hours served go.
const UNSEEN: f64 = 1.0;

/// Error of an accounting identity that does not hold; it ends the run.
#[derive(Clone, Debug, PartialEq)]
pub struct BrokenIdentity {
    /// Name of the month whose books do not balance.
    pub month: String,
    /// The identity, in words.
    pub identity: &'static str,
    /// Left and right side of the identity, in its own unit.
    pub amounts: (f64, f64),
}

impl std::fmt::Display for BrokenIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "in {}: {} ({} against {})",
            self.month, self.identity, self.amounts.0, self.amounts.1
        )
    }
}

impl World<'_> {
    /// Checks all accounting identities of a month, and returns the first that does not hold.
    pub(in crate::market) fn check_identities(&self, month: usize) -> Result<(), BrokenIdentity> {
        let broken = |identity, amounts| BrokenIdentity {
            month: self.catalog.calendar.month_name(month),
            identity,
            amounts,
        };
        if self.books.ledger.total() != Usd::ZERO {
            return Err(broken(
                "money must only move: all balances sum to zero",
                (self.books.ledger.total().to_f64(), 0.0),
            ));
        }
        if let Some((_, origins, balance)) = self.books.ledger.unbalanced() {
            return Err(broken(
                "cash by origin, less what was overdrawn, is the balance of each account",
                (origins.to_f64(), balance.to_f64()),
            ));
        }
        let tally = &self.books.tally;
        for segment in 0..self.parameters.dims.segments {
            let (demanded, met) = (
                tally.demanded_mtok[segment],
                tally.mtok[segment] + tally.unserved_mtok[segment],
            );
            if (demanded - met).abs() > 1e-9 * demanded.max(1.0) {
                return Err(broken(
                    "tokens demanded = served + unserved",
                    (demanded, met),
                ));
            }
        }
        let usage = [
            Flow::ModelUsage,
            Flow::Resale,
            Flow::FirstParty,
            Flow::OpenHosting,
            Flow::SelfHostRental,
        ];
        let booked: f64 = self
            .books
            .accounts
            .segments
            .iter()
            .chain(&self.books.accounts.credits)
            .map(|segment| self.paid(*segment, &usage).to_f64())
            .sum();
        let engineering: f64 = self.state.self_host.map_or(0.0, |own| {
            tally.self_host_usd.iter().sum::<f64>() * own.engineering / (1.0 + own.engineering)
        });
        // The tolerance of one dollar allows for rounding: each flow is rounded once to the unit of money.
        if (booked + engineering - tally.usd).abs() > 1e-9 * tally.usd + 1.0 {
            return Err(broken(
                "what enterprises pay for tokens = what sellers receive",
                (tally.usd, booked + engineering),
            ));
        }
        let by_offer: f64 = tally.offer_usd.iter().sum();
        if (by_offer - tally.usd).abs() > 1e-9 * tally.usd.max(1.0) {
            return Err(broken(
                "spend by offer sums to spend",
                (by_offer, tally.usd),
            ));
        }
        for cloud in &self.state.clouds {
            let served = cloud.served[0].min(cloud.served[1]);
            if !(0.0..=1.0).contains(&served) || !cloud.capacity.is_finite() || cloud.capacity < 0.0
            {
                return Err(broken(
                    "shares served lie between 0 and 1 and capacity is not negative",
                    (served, cloud.capacity),
                ));
            }
        }
        let parts = self.state.population.iter();
        let enterprises: usize = parts.map(|part| part.enterprises.len()).sum();
        #[expect(clippy::cast_precision_loss, reason = "millions at most")]
        let error = SERVED_ERROR + UNSEEN / enterprises.max(1) as f64;
        for cloud in self.state.clouds.ids() {
            let sold = tally.sold_hours[cloud.index()] + tally.background_hours[cloud.index()];
            let fleet = self.fleet_hours(cloud, month)[1];
            if sold > fleet * (1.0 + error) {
                return Err(broken(
                    "no cloud delivers more compute hours than it has",
                    (sold, fleet),
                ));
            }
        }
        Ok(())
    }
}
