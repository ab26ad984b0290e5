//! Observed parts of a replication: everything, or only the parts that an experiment's metrics need.

use std::ops::Range;

use super::{LabRow, MarketRow, RouterRow, SegmentRow, SwitchingRow};
use crate::panel::{Column, Panel, Table};

/// Set of parts of an observation that take time and that few measures need.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parts(u8);

impl Parts {
    /// The empty set.
    pub const NONE: Self = Self(0);
    /// The pass over all workloads.
    pub const CUSTOMERS: Self = Self(1);
    /// Lock-in as an outside observer infers it.
    pub const LOCK_IN: Self = Self(2);
    /// Consumer surplus.
    pub const SURPLUS: Self = Self(4);
    /// Switching costs by segment, home cloud, move and cause.
    pub const DETAILS: Self = Self(8);
    /// Flows.
    pub const FLOWS: Self = Self(16);

    /// Returns the union of two sets.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Returns true if the set contains all parts of `others`.
    #[must_use]
    pub const fn has(self, others: Self) -> bool {
        self.0 & others.0 == others.0
    }
}

/// Parts that the tables by month and entity need.
const TABLES: Parts = Parts::CUSTOMERS.and(Parts::LOCK_IN).and(Parts::SURPLUS);

/// Columns that need a part. A test checks the list against the model.
const NEEDS: &[(Parts, &[Column])] = &[
    (
        Parts::CUSTOMERS,
        &[
            SegmentRow::enterprises,
            SegmentRow::workloads,
            SegmentRow::labs_per_enterprise,
            SwitchingRow::cost_usd,
            SwitchingRow::cost_spend_weighted_usd,
            SwitchingRow::months_of_spend,
            RouterRow::months_to_leave,
            MarketRow::stateful_exit_rate,
            MarketRow::multi_lab_share,
            MarketRow::months_to_leave_cloud,
            MarketRow::model_switch_rate,
            MarketRow::cloud_switch_rate,
        ],
    ),
    (Parts::SURPLUS, &[SegmentRow::surplus_usd]),
    (
        Parts::CUSTOMERS.and(Parts::LOCK_IN),
        &[
            MarketRow::loyalty,
            MarketRow::loyalty_months,
            MarketRow::incumbency_months,
        ],
    ),
    (
        Parts::LOCK_IN,
        &[
            LabRow::price_paid_usd_per_mtok,
            LabRow::mtok,
            LabRow::own_elasticity,
            LabRow::stake_pressure,
            LabRow::undercut_proof_usd_per_mtok,
        ],
    ),
];

/// Returns the parts that a column needs.
fn needs(table: &str, measure: usize) -> Parts {
    let is_it = |column: &Column| column.table == table && column.index == measure;
    let needing = NEEDS
        .iter()
        .filter(|(_, columns)| columns.iter().any(is_it));
    needing.fold(Parts::NONE, |all, (parts, _)| all.and(*parts))
}

/// Returns the month of a value of a panel, and the parts that it needs.
fn place(shape: &Panel, table: usize, offset: usize) -> (usize, Parts) {
    if table == Panel::FLOWS {
        return (shape.flow_place(offset).month, Parts::FLOWS);
    }
    let table = &shape.tables[table];
    let width = table.measures.len();
    let month = offset / (table.entities.len() * width);
    (month, needs(table.name, offset % width))
}

/// Parts of a replication that are observed, by month. A value that is not observed is NaN in the panel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// Parts by month; the replication ends with the last.
    months: Vec<Parts>,
}

impl Observed {
    /// Observes everything.
    #[must_use]
    pub fn everything(months: usize) -> Self {
        Self {
            months: vec![TABLES.and(Parts::DETAILS).and(Parts::FLOWS); months],
        }
    }

    /// Observes all tables by month and entity, without flows and detailed switching costs.
    #[must_use]
    pub fn tables(months: usize) -> Self {
        Self {
            months: vec![TABLES; months],
        }
    }

    /// Observes the parts that some values need. A value is given by the index of its table in the panel and its index
    /// in the table.
    #[must_use]
    pub fn values(shape: &Panel, values: impl IntoIterator<Item = (usize, usize)>) -> Self {
        let mut months = Vec::new();
        for (table, offset) in values {
            let (month, needed) = place(shape, table, offset);
            if months.len() <= month {
                months.resize(month + 1, Parts::NONE);
            }
            months[month] = months[month].and(needed);
        }
        Self { months }
    }

    /// Returns these parts, and flows in the months in which `other` has them.
    #[must_use]
    pub fn with_flows_of(mut self, other: &Self) -> Self {
        for (own, other) in self.months.iter_mut().zip(&other.months) {
            if other.has(Parts::FLOWS) {
                *own = own.and(Parts::FLOWS);
            }
        }
        self
    }

    /// Returns the number of months observed.
    #[must_use]
    pub fn months(&self) -> usize {
        self.months.len()
    }

    /// Returns the parts that are observed in a month.
    #[must_use]
    pub fn parts(&self, month: usize) -> Parts {
        self.months.get(month).copied().unwrap_or(Parts::NONE)
    }

    /// Sets all values of the months that are not observed to NaN.
    pub fn blank_later(&self, panel: &mut Panel, months: usize) {
        for table in panel.tables.iter_mut().chain([&mut panel.switching]) {
            blank_months(table, self.months().min(months)..months);
        }
    }

    /// Sets the values of a month that were not observed to NaN.
    pub(super) fn blank(&self, panel: &mut Panel, month: usize) {
        let parts = self.parts(month);
        if !parts.has(Parts::DETAILS) {
            blank_months(&mut panel.switching, month..month + 1);
        }
        for (needed, columns) in NEEDS {
            if parts.has(*needed) {
                continue;
            }
            for column in *columns {
                let table = panel.table_mut(column.table);
                for entity in 0..table.entities.len() {
                    table.row_mut(month, entity)[column.index] = f64::NAN;
                }
            }
        }
    }
}

/// Sets all values of some months of a table to NaN.
fn blank_months(table: &mut Table, months: Range<usize>) {
    let width = table.entities.len() * table.measures.len();
    table.values[months.start * width..months.end * width].fill(f64::NAN);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::rows::CloudRow;
    use crate::scenario::{Request, load};
    use crate::simulation::Simulation;

    /// Returns the table and the index of a value in the panel.
    fn slot(panel: &Panel, column: Column, month: usize) -> (usize, usize) {
        let mut tables = panel.tables.iter();
        let table = tables.position(|table| table.name == column.table);
        let table = table.expect("a table of the panel");
        (table, panel.tables[table].offset(month, 0, column.index))
    }

    #[test]
    fn what_is_left_out_is_not_a_number_and_all_else_is_the_same() {
        let loaded = load(&Request {
            sets: ["run.enterprises=60", "months=4"]
                .map(str::to_owned)
                .to_vec(),
            ..Request::default()
        })
        .expect("the baseline");
        let whole = Simulation::of(&loaded).run(3).expect("identities hold");
        let wanted = [
            slot(&whole, CloudRow::ai_revenue_usd, 0),
            slot(&whole, MarketRow::months_to_leave_cloud, 1),
            slot(&whole, MarketRow::loyalty, 2),
        ];
        let observed = Observed::values(&whole, wanted);
        let parts = [
            Parts::NONE,
            Parts::CUSTOMERS,
            Parts::CUSTOMERS.and(Parts::LOCK_IN),
        ];
        assert_eq!([0, 1, 2].map(|month| observed.parts(month)), parts);
        let simulation = Simulation::of(&loaded).observing(observed);
        let part = simulation.run(3).expect("identities hold");
        for (table, other) in whole.tables.iter().zip(&part.tables) {
            let width = table.measures.len();
            let values = table.values.iter().zip(&other.values).enumerate();
            for (offset, (value, other)) in values {
                let month = offset / (table.entities.len() * width);
                let measure = offset % width;
                let is_seen = month < 3 && parts[month].has(needs(table.name, measure));
                let measure = &table.measures[measure].name;
                let name = format!("{} {measure}, month {month}", table.name);
                if is_seen {
                    assert_eq!(value.to_bits(), other.to_bits(), "{name}");
                } else {
                    assert!(other.is_nan(), "{name}");
                }
            }
        }
        assert!(part.flows.is_empty() && !whole.flows.is_empty());
        assert!(part.switching.values.iter().all(|value| value.is_nan()));
        assert!(whole.switching.values.iter().all(|value| !value.is_nan()));
    }
}
