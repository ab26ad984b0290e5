//! Rows of the vendors table.

use crate::ledger::Flow;
use crate::market::World;
use crate::panel::Panel;
use crate::row;

row! {
    /// One silicon vendor in one month.
    VendorRow in "vendors" by "vendor" {
        revenue_usd ["usd"] "revenue" "Sales of accelerators or optics.",
        gross_profit_usd ["usd"] "gross profit" "Revenue times gross margin.",
        output_h100e ["h100e"] "output" "Capacity delivered on the vendor's silicon up to the end of the month, including output before the start.",
    }
}

impl World<'_> {
    pub(super) fn observe_vendors(&self, panel: &mut Panel, month: usize) {
        for (index, account) in self.books.accounts.vendors.iter().enumerate() {
            let revenue = self.received(*account, &[Flow::Silicon]).to_f64();
            let vendor = &self.state.vendors[index];
            let row = VendorRow {
                revenue_usd: revenue,
                gross_profit_usd: revenue * vendor.gross_margin,
                output_h100e: vendor.output,
            };
            panel.set(month, index, &row);
        }
    }
}
