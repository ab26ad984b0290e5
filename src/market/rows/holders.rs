//! Rows of the holders table.

use nalgebra::DVector;

use super::CloudSums;
use crate::economics::ownership::values_along;
use crate::ledger::Flow;
use crate::market::World;
use crate::panel::Panel;
use crate::row;

row! {
    /// One holder of stakes in one month: a cloud, a lab, a silicon vendor or an investor.
    HolderRow in "holders" by "holder" {
        own_profit_usd ["usd"] "own profit" "Gross profit of the month from the holder's own business (labs: cash flow before equity and loans).",
        lookthrough_profit_usd ["usd"] "look-through profit" "Profit that reaches the holder, or its outside owners, when holdings are followed to their ends.",
        stakes_value_usd ["usd"] "value of stakes" "Look-through stakes in labs at the labs' valuations.",
    }
}

impl World<'_> {
    /// Writes the holders' rows: own profit, profit received through holdings, and the value of stakes.
    pub(super) fn observe_holders(&self, panel: &mut Panel, month: usize, clouds: &CloudSums) {
        let first_lab = self.state.clouds.len();
        let own = self.own_profits(clouds);
        let (_, ends) = values_along(
            &self.state.finance.looked,
            &self.state.finance.holdings,
            &own,
        );
        for node in 0..self.state.finance.parties() {
            let stakes: f64 = (0..self.state.labs.len())
                .map(|lab| self.state.finance.looked[(node, first_lab + lab)] * self.valuation(lab))
                .sum();
            let row = HolderRow {
                own_profit_usd: own[node],
                lookthrough_profit_usd: ends[node],
                stakes_value_usd: stakes,
            };
            panel.set(month, node, &row);
        }
    }

    /// Returns each holder's gross profit from its own business this month, USD.
    fn own_profits(&self, clouds: &CloudSums) -> DVector<f64> {
        let (first_lab, first_vendor) = (
            self.state.clouds.len(),
            self.state.clouds.len() + self.state.labs.len(),
        );
        let mut own = DVector::zeros(self.state.finance.parties());
        for (cloud, profit) in clouds.gross_profit.iter().enumerate() {
            own[cloud] = *profit;
        }
        for (lab, account) in self.books.accounts.labs.iter().enumerate() {
            let earned = self.received(*account, &Flow::ALL)
                - self.received(*account, &[Flow::Equity, Flow::Loan]);
            own[first_lab + lab] = (earned - self.paid(*account, &Flow::ALL)).to_f64();
        }
        for (index, account) in self.books.accounts.vendors.iter().enumerate() {
            let revenue = self.received(*account, &[Flow::Silicon]).to_f64();
            own[first_vendor + index] = self.vendor_profit(index, revenue);
        }
        own
    }
}
