//! Rows of the switching table: structural switching costs.

use super::{Parts, ratio};
use crate::economics::switching::{Cause, Move};
use crate::market::World;
use crate::market::customers::switching_stakes::{StakeSums, mean_cost};
use crate::panel::Panel;
use crate::row;

row! {
    /// The structural cost of one kind of move in one month; in detail by segment, home cloud, move and cause.
    SwitchingRow in "switching" by "move" {
        cost_usd ["usd"] "cost of leaving" "Structural cost of leaving now with all running workloads, mean over enterprises.",
        cost_spend_weighted_usd ["usd"] "cost of leaving, weighted by spend" "Structural cost of leaving now with one workload, mean weighted by spend.",
        months_of_spend ["months"] "months of spend" "Structural cost of leaving now over monthly spend, weighted by spend.",
    }
}

impl World<'_> {
    /// Writes structural switching costs from stakes by (segment, home cloud), and returns the cost of leaving for
    /// another cloud, months of spend.
    pub(super) fn observe_switching(
        &self,
        panel: &mut Panel,
        month: usize,
        sums: &[StakeSums],
        parts: Parts,
    ) -> f64 {
        if !parts.has(Parts::CUSTOMERS) {
            return 0.0;
        }
        let dims = self.parameters.dims;
        let mut totals = [[0.0; 2]; Move::ALL.len()];
        let (mut enterprises, mut spend) = (0.0, 0.0);
        for (cell, sum) in sums.iter().enumerate() {
            let requalification = self.parameters.segments[cell / dims.clouds].requalification;
            enterprises += sum.enterprises;
            spend += sum.spend;
            for kind in Move::ALL {
                let months = mean_cost(
                    &sum.by_spend,
                    sum.spend,
                    requalification,
                    &self.parameters,
                    kind,
                );
                let weighted = mean_cost(
                    &sum.by_spend_squared,
                    sum.spend_squared,
                    requalification,
                    &self.parameters,
                    kind,
                );
                totals[kind as usize][0] += months.iter().sum::<f64>() * sum.spend;
                totals[kind as usize][1] += weighted.iter().sum::<f64>() * sum.spend_squared;
                if !parts.has(Parts::DETAILS) {
                    continue;
                }
                for cause in Cause::ALL {
                    let entity = (cell * Move::ALL.len() + kind as usize) * Cause::ALL.len()
                        + cause as usize;
                    let months = months[cause as usize];
                    let row = SwitchingRow {
                        cost_usd: ratio(months * sum.spend, sum.enterprises),
                        cost_spend_weighted_usd: ratio(
                            weighted[cause as usize] * sum.spend_squared,
                            sum.spend,
                        ),
                        months_of_spend: months,
                    };
                    panel.switching.set(month, entity, &row);
                }
            }
        }
        for kind in Move::ALL {
            let [total, weighted] = totals[kind as usize];
            let row = SwitchingRow {
                cost_usd: ratio(total, enterprises),
                cost_spend_weighted_usd: ratio(weighted, spend),
                months_of_spend: ratio(total, spend),
            };
            panel.set(month, kind as usize, &row);
        }
        ratio(totals[Move::Cloud as usize][0], spend)
    }
}
