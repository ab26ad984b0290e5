//! Panel: the observed values of one replication, in plain columns.

mod flows;

pub use flows::FlowPlace;

use crate::base::ids::AccountId;
use crate::base::time::SimTime;
use crate::base::units::Usd;
use crate::kernel::EventId;
use crate::ledger::{Flow, Origin};

/// Measure as a row type declares it: one column of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Declared {
    /// Column name, with its unit where it has one.
    pub name: &'static str,
    /// Unit.
    pub unit: &'static str,
    /// Name in sentences, charts and lists, without the unit.
    pub short: &'static str,
    /// Meaning.
    pub doc: &'static str,
}

/// Measure of a table: a declared one, or one that a scenario adds (a price index for each task and tier).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measure {
    /// Column name, with its unit where it has one.
    pub name: String,
    /// Unit.
    pub unit: &'static str,
    /// Name in sentences, charts and lists, without the unit.
    pub short: String,
    /// Meaning.
    pub doc: &'static str,
}

impl From<&Declared> for Measure {
    fn from(declared: &Declared) -> Self {
        Self {
            name: declared.name.to_owned(),
            unit: declared.unit,
            short: declared.short.to_owned(),
            doc: declared.doc,
        }
    }
}

/// Declared column of a table, by which code reads a value. A misspelt column does not compile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Name of the table.
    pub table: &'static str,
    /// Name of the measure.
    pub measure: &'static str,
    /// Index of the measure in a row.
    pub index: usize,
}

impl Column {
    /// Returns the column of a declared measure. [`row!`](crate::row) calls it at compile time.
    ///
    /// # Panics
    /// If the row does not declare the measure.
    #[must_use]
    pub const fn of(table: &'static str, declared: &[Declared], measure: &'static str) -> Self {
        let mut index = 0;
        while !is_equal(declared[index].name.as_bytes(), measure.as_bytes()) {
            index += 1;
        }
        Self {
            table,
            measure,
            index,
        }
    }
}

const fn is_equal(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut at = 0;
    while at < a.len() {
        if a[at] != b[at] {
            return false;
        }
        at += 1;
    }
    true
}

/// Row of a table: the values of one entity in one month, one field a measure. [`row!`](crate::row) implements it.
pub trait Row {
    /// Name of the table.
    const TABLE: &'static str;
    /// Name of the column that holds the entity.
    const ENTITY: &'static str;
    /// Measures, in the order of the fields.
    const MEASURES: &'static [Declared];

    /// Writes the values into `values`, in the order of the measures.
    fn write(&self, values: &mut [f64]);
}

/// Declares the row type of a table: each field is a measure with its unit, short name and meaning. The type also has
/// one [`Column`] for each measure, under the name of the field, such as `CloudRow::ai_revenue_usd`.
#[macro_export]
macro_rules! row {
    ($(#[doc = $doc:literal])+ $row:ident in $table:literal by $entity:literal {
        $($field:ident [$unit:literal] $short:literal $meaning:literal,)*
    }) => {
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug)]
        pub struct $row {
            $(#[doc = $meaning] pub $field: f64,)*
        }

        #[allow(non_upper_case_globals, reason = "a column has the name of its measure")]
        impl $row {
            $(#[doc = $meaning]
            pub const $field: $crate::panel::Column = $crate::panel::Column::of(
                $table,
                <Self as $crate::panel::Row>::MEASURES,
                stringify!($field),
            );)*
        }

        impl $crate::panel::Row for $row {
            const TABLE: &'static str = $table;
            const ENTITY: &'static str = $entity;
            const MEASURES: &'static [$crate::panel::Declared] = &[$($crate::panel::Declared {
                name: stringify!($field),
                unit: $unit,
                short: $short,
                doc: $meaning,
            }),*];

            fn write(&self, values: &mut [f64]) {
                values.copy_from_slice(&[$(self.$field),*]);
            }
        }
    };
}

/// Table of values by month and entity.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Name of the table.
    pub name: &'static str,
    /// Name of the entity column.
    pub entity: &'static str,
    /// Entities, in order.
    pub entities: Vec<String>,
    /// Measures, in order.
    pub measures: Vec<Measure>,
    /// Values by (month, entity, measure).
    pub values: Vec<f64>,
}

impl Table {
    /// Creates a table of zeros with the measures of a row type.
    #[must_use]
    pub fn of<R: Row>(entities: Vec<String>, months: usize) -> Self {
        Self::with::<R>(entities, Vec::new(), months)
    }

    /// Creates a table of zeros with the measures of a row type and further measures behind them.
    #[must_use]
    pub fn with<R: Row>(entities: Vec<String>, further: Vec<Measure>, months: usize) -> Self {
        let mut measures: Vec<Measure> = R::MEASURES.iter().map(Measure::from).collect();
        measures.extend(further);
        let size = months * entities.len() * measures.len();
        Self {
            name: R::TABLE,
            entity: R::ENTITY,
            entities,
            measures,
            values: vec![0.0; size],
        }
    }

    /// Returns the values of an entity in a month.
    pub fn row_mut(&mut self, month: usize, entity: usize) -> &mut [f64] {
        let width = self.measures.len();
        let start = (month * self.entities.len() + entity) * width;
        &mut self.values[start..start + width]
    }

    /// Writes the row of an entity in a month.
    ///
    /// # Panics
    /// If the row belongs to another table, or the table has measures behind the declared ones.
    pub fn set<R: Row>(&mut self, month: usize, entity: usize, row: &R) {
        assert_eq!(self.name, R::TABLE, "the row belongs to this table");
        row.write(self.row_mut(month, entity));
    }

    /// Writes the row of an entity in a month, and the measures behind the declared ones.
    ///
    /// # Panics
    /// If the row belongs to another table, or there are not as many further values as measures.
    pub fn set_with<R: Row>(&mut self, month: usize, entity: usize, row: &R, further: &[f64]) {
        assert_eq!(self.name, R::TABLE, "the row belongs to this table");
        let (declared, rest) = self.row_mut(month, entity).split_at_mut(R::MEASURES.len());
        row.write(declared);
        rest.copy_from_slice(further);
    }

    /// Returns the index of an entity by name.
    #[must_use]
    pub fn position(&self, entity: &str) -> Option<usize> {
        self.entities.iter().position(|name| name == entity)
    }

    /// Returns the index of a measure by name.
    #[must_use]
    pub fn measure(&self, name: &str) -> Option<usize> {
        self.measures
            .iter()
            .position(|measure| measure.name == name)
    }

    /// Returns the index of a value in `values`, by month, entity and measure.
    #[must_use]
    pub fn offset(&self, month: usize, entity: usize, measure: usize) -> usize {
        (month * self.entities.len() + entity) * self.measures.len() + measure
    }

    /// Returns the value of a declared column.
    ///
    /// # Panics
    /// If the column is of another table, or the table has no such entity.
    #[must_use]
    pub fn at(&self, month: usize, entity: &str, column: Column) -> f64 {
        assert_eq!(self.name, column.table, "the column is of this table");
        let entity = self.position(entity).expect("the entity is in the table");
        self.values[self.offset(month, entity, column.index)]
    }

    /// Returns the value of a measure by name.
    ///
    /// # Panics
    /// If the table has no such measure or entity.
    #[must_use]
    pub fn value(&self, month: usize, entity: &str, measure: &str) -> f64 {
        let entity = self.position(entity).expect("the entity is in the table");
        let measure = self.measure(measure).expect("the measure is in the table");
        self.values[self.offset(month, entity, measure)]
    }
}

/// Money that moved between two accounts in a month: one line of the flows table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FlowLine {
    /// Reporting month, from 0.
    pub month: u16,
    /// Account that paid.
    pub payer: AccountId,
    /// Account that received.
    pub payee: AccountId,
    /// Kind of flow.
    pub kind: Flow,
    /// Origin of the money.
    pub origin: Origin,
    /// Amount, USD.
    pub usd: Usd,
}

/// Market event as it appears in the events table.
#[derive(Clone, Debug, PartialEq)]
pub struct EventLine {
    /// Id of the event.
    pub id: EventId,
    /// Id of the event that caused it; [`EventId::NONE`] if there is none.
    pub cause: EventId,
    /// Time of the event.
    pub time: SimTime,
    /// Kind of event.
    pub kind: &'static str,
    /// Name of the actor or item that the event concerns.
    pub subject: String,
    /// Number that goes with the event; its meaning depends on the kind.
    pub value: f64,
}

/// Panel of one replication: all of its observed values; output.
#[derive(Clone, Debug)]
pub struct Panel {
    /// Tables by month and entity, in the order of [`declared`](crate::market::rows::declared).
    pub tables: Vec<Table>,
    /// Switching cost by segment, home cloud, move and cause; entities are joined by `|`.
    pub switching: Table,
    /// Flows of money, month by month.
    pub flows: Vec<FlowLine>,
    /// Market events, in the order in which they happened.
    pub events: Vec<EventLine>,
    /// Names of accounts, by id; the same in every replication of a scenario.
    pub accounts: Vec<String>,
    /// Number of reviews and adoptions of workloads.
    pub reviewed: u64,
    /// Number of reviews and adoptions that led to a choice among offers.
    pub decisions: u64,
    /// Number of agent and market events handled.
    pub handled: u64,
}

impl Panel {
    /// Returns the table of a name, mutably.
    ///
    /// # Panics
    /// If the panel has no such table.
    pub fn table_mut(&mut self, name: &str) -> &mut Table {
        let mut tables = self.tables.iter_mut();
        tables
            .find(|table| table.name == name)
            .expect("the panel has this table")
    }

    /// Returns the table of a name.
    ///
    /// # Panics
    /// If the panel has no such table.
    #[must_use]
    pub fn table(&self, name: &str) -> &Table {
        self.tables
            .iter()
            .find(|table| table.name == name)
            .expect("the panel has this table")
    }

    /// Writes the row of an entity in a month into its table.
    ///
    /// # Panics
    /// If the panel has no such table.
    pub fn set<R: Row>(&mut self, month: usize, entity: usize, row: &R) {
        self.table_mut(R::TABLE).set(month, entity, row);
    }

    /// Returns the value of a declared column.
    ///
    /// # Panics
    /// If the table has no such entity.
    #[must_use]
    pub fn at(&self, month: usize, entity: &str, column: Column) -> f64 {
        self.table(column.table).at(month, entity, column)
    }
}
