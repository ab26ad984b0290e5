//! Flows as values: each sum of flows between two accounts in a month has an offset, as the values of tables have.

use super::Panel;
use crate::base::ids::{AccountId, Id};
use crate::base::units::Usd;
use crate::ledger::Flow;

/// Place of a sum of flows: a month, two accounts, and a measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlowPlace {
    /// Reporting month, from 0.
    pub month: usize,
    /// Account that paid.
    pub payer: usize,
    /// Account that received.
    pub payee: usize,
    /// Measure: 0 for all kinds of flow, or 1 and more for one kind.
    pub measure: usize,
}

impl Panel {
    /// Index that stands for the flows among the tables.
    pub const FLOWS: usize = usize::MAX;

    /// Number of measures of flows: all kinds together, and each kind.
    pub const FLOW_MEASURES: usize = Flow::ALL.len() + 1;

    /// Returns the names of the measures of flows.
    #[must_use]
    pub fn flow_measures() -> Vec<String> {
        let kinds = Flow::ALL.iter();
        let kinds = kinds.map(|kind| format!("{}_usd", kind.name()));
        std::iter::once("usd".to_owned()).chain(kinds).collect()
    }

    /// Returns the offset of a sum of flows.
    #[must_use]
    pub fn flow_offset(&self, place: FlowPlace) -> usize {
        let accounts = self.accounts.len();
        let pair = (place.month * accounts + place.payer) * accounts + place.payee;
        pair * Self::FLOW_MEASURES + place.measure
    }

    /// Returns the place of the sum of flows at an offset.
    #[must_use]
    pub fn flow_place(&self, offset: usize) -> FlowPlace {
        let accounts = self.accounts.len();
        let pair = offset / Self::FLOW_MEASURES;
        FlowPlace {
            month: pair / (accounts * accounts),
            payer: pair / accounts % accounts,
            payee: pair % accounts,
            measure: offset % Self::FLOW_MEASURES,
        }
    }

    /// Returns a value by the index of its table, or [`Panel::FLOWS`], and its offset.
    #[must_use]
    pub fn cell(&self, table: usize, offset: usize) -> f64 {
        if table == Self::FLOWS {
            self.flow(self.flow_place(offset)).to_f64()
        } else {
            self.tables[table].values[offset]
        }
    }

    /// Returns a sum of flows. Flows are sorted by month, payer and payee.
    fn flow(&self, place: FlowPlace) -> Usd {
        let [from, to] = [place.payer, place.payee].map(AccountId::from_index);
        let key = (place.month, from, to);
        let start = self
            .flows
            .partition_point(|line| (usize::from(line.month), line.payer, line.payee) < key);
        let lines = self.flows[start..].iter();
        lines
            .take_while(|line| (usize::from(line.month), line.payer, line.payee) == key)
            .filter(|line| place.measure == 0 || line.kind as usize + 1 == place.measure)
            .map(|line| line.usd)
            .sum()
    }
}
