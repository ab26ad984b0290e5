//! What of a replication is observed: everything, or what metrics need.

use std::ops::Range;

use crate::panel::{Panel, Table};

/// A set of those parts of an observation that take time and that some measures alone need.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parts(u8);

impl Parts {
    /// None of them.
    pub const NONE: Self = Self(0);
    /// The pass over all workloads.
    pub const CUSTOMERS: Self = Self(1);
    /// What outsiders infer of lock-in.
    pub const LOCK_IN: Self = Self(2);
    /// Consumer surplus.
    pub const SURPLUS: Self = Self(4);
    /// Flows, and switching costs by segment, home cloud, move and cause.
    pub const DETAILS: Self = Self(8);

    /// The parts of both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all of the others are among them.
    #[must_use]
    pub const fn has(self, others: Self) -> bool {
        self.0 & others.0 == others.0
    }
}

/// All that tables by month and entity need.
const TABLES: Parts = Parts::CUSTOMERS.and(Parts::LOCK_IN).and(Parts::SURPLUS);

/// Measures that need a part, by table; an empty list of measures is all of them. A test holds it against the model.
const NEEDS: &[(&str, &[&str], Parts)] = &[
    (
        "segments",
        &["enterprises", "workloads", "labs_per_enterprise"],
        Parts::CUSTOMERS,
    ),
    ("segments", &["surplus_usd"], Parts::SURPLUS),
    ("switching", &[], Parts::CUSTOMERS),
    ("routers", &["months_to_leave"], Parts::CUSTOMERS),
    (
        "market",
        &[
            "stateful_exit_rate",
            "multi_lab_share",
            "months_to_leave_cloud",
            "model_switch_rate",
            "cloud_switch_rate",
        ],
        Parts::CUSTOMERS,
    ),
    (
        "market",
        &["loyalty", "loyalty_months", "incumbency_months"],
        Parts::CUSTOMERS.and(Parts::LOCK_IN),
    ),
    (
        "labs",
        &[
            "price_paid_usd_per_mtok",
            "mtok",
            "own_elasticity",
            "stake_pressure",
            "undercut_proof_usd_per_mtok",
        ],
        Parts::LOCK_IN,
    ),
];

/// What of a replication is observed. What is left out is not a number in the panel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// Parts by month; the replication ends with the last.
    months: Vec<Parts>,
}

impl Observed {
    /// Everything.
    #[must_use]
    pub fn everything(months: usize) -> Self {
        Self {
            months: vec![TABLES.and(Parts::DETAILS); months],
        }
    }

    /// All tables by month and entity, without flows and detailed switching costs.
    #[must_use]
    pub fn tables(months: usize) -> Self {
        Self {
            months: vec![TABLES; months],
        }
    }

    /// What it takes to know some values: each the place of a table in the panel and of a value in the table.
    #[must_use]
    pub fn values(shape: &Panel, values: impl IntoIterator<Item = (usize, usize)>) -> Self {
        let mut months = Vec::new();
        for (table, offset) in values {
            let table = &shape.tables[table];
            let width = table.measures.len();
            let month = offset / (table.entities.len() * width);
            let measure = table.measures[offset % width].name.as_str();
            if months.len() <= month {
                months.resize(month + 1, Parts::NONE);
            }
            for (name, measures, parts) in NEEDS {
                if *name == table.name && (measures.is_empty() || measures.contains(&measure)) {
                    months[month] = months[month].and(*parts);
                }
            }
        }
        Self { months }
    }

    /// Months observed.
    #[must_use]
    pub fn months(&self) -> usize {
        self.months.len()
    }

    /// The parts of a month.
    #[must_use]
    pub fn parts(&self, month: usize) -> Parts {
        self.months.get(month).copied().unwrap_or(Parts::NONE)
    }

    /// Marks the months that are not observed as not known.
    pub fn blank_later(&self, panel: &mut Panel, months: usize) {
        for table in panel.tables.iter_mut().chain([&mut panel.switching]) {
            blank_months(table, self.months().min(months)..months);
        }
    }

    /// Marks what was left out of a month as not known.
    pub(super) fn blank(&self, panel: &mut Panel, month: usize) {
        let parts = self.parts(month);
        if !parts.has(Parts::DETAILS) {
            blank_months(&mut panel.switching, month..month + 1);
        }
        for (name, measures, needed) in NEEDS {
            if parts.has(*needed) {
                continue;
            }
            let table = panel.table_mut(name);
            let columns: Vec<usize> = (0..table.measures.len())
                .filter(|column| {
                    measures.is_empty() || measures.contains(&table.measures[*column].name.as_str())
                })
                .collect();
            for entity in 0..table.entities.len() {
                let row = table.row_mut(month, entity);
                for column in &columns {
                    row[*column] = f64::NAN;
                }
            }
        }
    }
}

/// Marks months of a table as not known.
fn blank_months(table: &mut Table, months: Range<usize>) {
    let width = table.entities.len() * table.measures.len();
    table.values[months.start * width..months.end * width].fill(f64::NAN);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Request, load};
    use crate::simulation::Simulation;

    /// The place of a value in the panel.
    fn place(panel: &Panel, name: &str, measure: &str, month: usize) -> (usize, usize) {
        let table = panel.tables.iter().position(|table| table.name == name);
        let table = table.expect("a table of the panel");
        let Table {
            measures, entities, ..
        } = &panel.tables[table];
        let column = measures.iter().position(|other| other.name == measure);
        let row = month * entities.len() * measures.len();
        (table, row + column.expect("a measure of the table"))
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
            place(&whole, "clouds", "ai_revenue_usd", 0),
            place(&whole, "market", "months_to_leave_cloud", 1),
            place(&whole, "market", "loyalty", 2),
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
                let measure = table.measures[offset % width].name.as_str();
                let needs = NEEDS.iter().filter(|(name, measures, _)| {
                    *name == table.name && (measures.is_empty() || measures.contains(&measure))
                });
                let is_seen = month < 3
                    && needs
                        .into_iter()
                        .all(|(_, _, needed)| parts[month].has(*needed));
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
