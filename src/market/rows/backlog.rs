//! Rows of the backlog table.

use super::concentration::Customers;
use crate::base::ids::Id;
use crate::market::World;
use crate::panel::Panel;
use crate::row;

row! {
    /// One lab's commitments to one cloud in one month.
    BacklogRow in "backlog" by "payer_payee" {
        due_usd ["usd"] "due" "Amount due under take-or-pay commitments this month; 0 once the lab has closed.",
        paid_usd ["usd"] "paid for compute" "Payments for serving and training compute this month, with or without a commitment.",
        unused_usd ["usd"] "paid without use" "Take-or-pay this month: committed compute that the lab pays for without using it.",
        paid_to_date_usd ["usd"] "paid since the start" "Payments for compute and take-or-pay since the start.",
        backlog_usd ["usd"] "backlog" "Amount still due after this month to the end of all commitments, not discounted; 0 once the lab has closed.",
        due_1_12_usd ["usd"] "due in months 1 to 12" "Part of the backlog that is due in the twelve months after this one.",
        due_13_24_usd ["usd"] "due in months 13 to 24" "Part of the backlog that is due 13 to 24 months after this one.",
        due_25_36_usd ["usd"] "due in months 25 to 36" "Part of the backlog that is due 25 to 36 months after this one.",
        due_later_usd ["usd"] "due later" "Part of the backlog that is due more than 36 months after this one.",
    }
}

impl World<'_> {
    /// Writes the backlog's rows. Returns the backlog owed to each cloud, USD.
    pub(super) fn observe_backlog(
        &self,
        panel: &mut Panel,
        month: usize,
        customers: &[Customers],
    ) -> Vec<f64> {
        let mut owed = vec![0.0; self.state.clouds.len()];
        let table = panel.table_mut("backlog");
        for (pair, (lab, cloud)) in self.state.backlog.pairs.iter().enumerate() {
            let before = month.checked_sub(1).map_or(0.0, |month| {
                let column = BacklogRow::paid_to_date_usd.index;
                table.values[table.offset(month, pair, column)]
            });
            let customers = &customers[cloud.index()];
            let used = customers.compute[lab.index()];
            let unused = customers.unused[lab.index()];
            let row = BacklogRow {
                paid_usd: used,
                unused_usd: unused,
                paid_to_date_usd: before + used + unused,
                ..self.dues_of(pair, month)
            };
            owed[cloud.index()] += row.backlog_usd;
            table.set(month, pair, &row);
        }
        owed
    }

    /// Returns the row of a pair without payments.
    fn dues_of(&self, pair: usize, month: usize) -> BacklogRow {
        let backlog = &self.state.backlog;
        let (lab, _) = backlog.pairs[pair];
        // Nobody pays the commitments of a lab that has closed.
        let is_open = f64::from(u8::from(self.is_trading(lab)));
        let due = |from: usize, until: usize| {
            is_open * backlog.due_between(pair, month + from, month + until)
        };
        BacklogRow {
            due_usd: due(0, 1),
            paid_usd: 0.0,
            unused_usd: 0.0,
            paid_to_date_usd: 0.0,
            backlog_usd: is_open * backlog.due_from(pair, month + 1),
            due_1_12_usd: due(1, 13),
            due_13_24_usd: due(13, 25),
            due_25_36_usd: due(25, 37),
            due_later_usd: is_open * backlog.due_from(pair, month + 37),
        }
    }
}
