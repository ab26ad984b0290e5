//! Rows of the vendors table.

use super::CloudSums;
use crate::ledger::Flow;
use crate::market::World;
use crate::panel::Panel;
use crate::row;

row! {
    /// One silicon vendor in one month.
    VendorRow in "vendors" by "vendor" {
        revenue_usd ["usd"] "revenue" "Sales of accelerators or optics.",
        gross_profit_usd ["usd"] "gross profit" "Revenue less the cost of silicon; a premium in a shortage is profit.",
        premium ["ratio"] "premium" "Price over the normal one at the end of the month; above 1 in a shortage.",
        output_h100e ["h100e"] "output" "Capacity delivered on the vendor's silicon up to the end of the month, including output before the start.",
        circular_usd ["usd"] "circular revenue" "Sales that were paid with the vendor's own equity: it went to a lab, from the lab to a cloud, and back.",
    }
}

impl World<'_> {
    /// Returns the gross profit of a vendor on a month's revenue, USD: what it sells costs as much as at normal prices.
    pub(super) fn vendor_profit(&self, index: usize, revenue: f64) -> f64 {
        let vendor = &self.state.vendors[index];
        revenue * (1.0 - (1.0 - vendor.gross_margin) / vendor.premium)
    }

    pub(super) fn observe_vendors(&self, panel: &mut Panel, month: usize, clouds: &CloudSums) {
        for (index, account) in self.books.accounts.vendors.iter().enumerate() {
            let revenue = self.received(*account, &[Flow::Silicon]).to_f64();
            let vendor = &self.state.vendors[index];
            let row = VendorRow {
                revenue_usd: revenue,
                gross_profit_usd: self.vendor_profit(index, revenue),
                premium: vendor.premium,
                output_h100e: vendor.output,
                circular_usd: clouds.vendor_loops[index],
            };
            panel.set(month, index, &row);
        }
    }
}
