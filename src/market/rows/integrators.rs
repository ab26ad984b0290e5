//! Rows of the integrators table.

use crate::ledger::Flow;
use crate::market::World;
use crate::panel::Panel;
use crate::row;

row! {
    /// One integrator in one month.
    IntegratorRow in "integrators" by "integrator" {
        bundle_fee_usd ["usd"] "bundle fees" "Fees for models bundled with operations.",
        labour_usd ["usd"] "migration labour" "Revenue from the labour of migrations.",
        margin_usd ["usd"] "margin" "Fees and labour less the integrator's own cost.",
        fee ["share"] "fee" "Fee as a share of the spend that the integrator manages, at the end of the month.",
        reach ["share"] "reach" "Share of all enterprise spend on models and fees that the integrator manages.",
        attached_cloud ["count"] "attached cloud" "Place of the cloud to which the integrator is attached in the scenario's list of clouds, from 1; 0 without one.",
    }
}

impl World<'_> {
    pub(super) fn observe_integrators(&self, panel: &mut Panel, month: usize) {
        for (index, account) in self.books.accounts.integrators.iter().enumerate() {
            let fee = self.received(*account, &[Flow::BundleFee]).to_f64();
            let labour = self.received(*account, &[Flow::Integration]).to_f64();
            let cost = self.paid(*account, &[Flow::Overhead]).to_f64();
            let row = IntegratorRow {
                bundle_fee_usd: fee,
                labour_usd: labour,
                margin_usd: fee + labour - cost,
                fee: self.view.fee[index],
                reach: self.mean_reach(index),
                attached_cloud: self.view.attached[index].map_or(0.0, |cloud| {
                    f64::from(u8::try_from(cloud + 1).expect("at most 63 clouds"))
                }),
            };
            panel.set(month, index, &row);
        }
    }
}
