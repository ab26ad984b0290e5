//! Values whose entities are pairs: `backlog.openai.azure.backlog_usd[36]`, and flows between two accounts.

use super::check::{Checked, Checker};
use super::parse::{Expr, Reference};
use super::unit::Unit;
use super::{Cell, Term, near};
use crate::panel::{FlowPlace, Panel, Table};
use crate::scenario::fault::{Fault, suggestion};

/// Name by which metrics read flows.
pub(super) const FLOWS: &str = "flows";

/// Returns true if a reference names a single entity.
pub(super) fn is_single(reference: &Reference) -> bool {
    let second = reference.seconds.as_ref().map_or(1, Vec::len);
    reference.entities.len() == 1 && second == 1
}

/// Returns true if names include a name; no names include all.
fn includes(names: &[String], name: &str) -> bool {
    names.is_empty() || names.iter().any(|other| other == name)
}

impl Checker<'_, '_> {
    /// Returns the places of the entities of a table that are pairs of names.
    pub(super) fn pairs(
        &self,
        expr: &Expr,
        table: &Table,
        firsts: &[String],
        seconds: &[String],
    ) -> Result<Vec<usize>, Fault> {
        let split: Vec<(&str, &str)> = (table.entities.iter())
            .filter_map(|entity| entity.split_once('|'))
            .collect();
        if split.is_empty() && !table.entities.is_empty() {
            let message = format!("the entities of `{}` have one name, not two", table.name);
            let help = format!("write {}.{}.<measure>", table.name, table.entities[0]);
            return Err(self.fault(expr, message, help));
        }
        let known: [Vec<&str>; 2] = [
            split.iter().map(|(first, _)| *first).collect(),
            split.iter().map(|(_, second)| *second).collect(),
        ];
        for (names, known) in [firsts, seconds].into_iter().zip(&known) {
            self.all_known(expr, table.name, names, known)?;
        }
        let places: Vec<usize> = (split.iter().enumerate())
            .filter(|(_, (first, second))| includes(firsts, first) && includes(seconds, second))
            .map(|(place, _)| place)
            .collect();
        if places.is_empty() {
            let with = split.iter().filter(|(first, _)| includes(firsts, first));
            let with: Vec<&str> = with.map(|(_, second)| *second).collect();
            let pair = format!("{}|{}", firsts.join(","), seconds.join(","));
            let message = format!("`{}` has no `{pair}`", table.name);
            let help = format!("`{}` goes with {}", firsts.join(", "), with.join(", "));
            return Err(self.fault(expr, message, help));
        }
        Ok(places)
    }

    /// Refuses a name that is not known.
    fn all_known(
        &self,
        expr: &Expr,
        table: &str,
        names: &[String],
        known: &[&str],
    ) -> Result<(), Fault> {
        for name in names {
            if !known.contains(&name.as_str()) {
                let message = format!("`{table}` has no `{name}`");
                let mut known = known.to_vec();
                known.sort_unstable();
                known.dedup();
                return Err(self.fault(expr, message, suggestion(name, known)));
            }
        }
        Ok(())
    }

    /// Checks a sum of flows: `flows.payer.payee.usd[months]`, or one kind, such as `flows.openai.azure.equity_usd[1]`.
    pub(super) fn flows(
        &mut self,
        expr: &Expr,
        reference: &Reference,
        arm: usize,
    ) -> Result<Checked, Fault> {
        let shape = self.arms[arm];
        let names = self.two_accounts(expr, reference)?;
        let measures = Panel::flow_measures();
        let measure = measures.iter().position(|name| *name == reference.measure);
        let measure = measure.ok_or_else(|| {
            let message = format!("`{FLOWS}` has no measure `{}`", reference.measure);
            let known = measures.iter().map(String::as_str);
            let help = near(&reference.measure, known, "`docs/metrics.md` lists them");
            self.fault(expr, message, help)
        })?;
        let accounts: Vec<&str> = shape.panel.accounts.iter().map(String::as_str).collect();
        let mut sides: [Vec<usize>; 2] = [Vec::new(), Vec::new()];
        for (names, places) in names.iter().zip(&mut sides) {
            self.all_known(expr, FLOWS, names, &accounts)?;
            let found = accounts.iter().enumerate();
            let found = found.filter(|(_, account)| includes(names, account));
            places.extend(found.map(|(place, _)| place));
        }
        let months = self.stated_months(expr, reference)?;
        let (from, until) = self.months(expr, shape, months)?;
        let mut cells = Vec::new();
        for payer in &sides[0] {
            for payee in &sides[1] {
                for month in from - 1..until {
                    let offset = shape.panel.flow_offset(FlowPlace {
                        month,
                        payer: *payer,
                        payee: *payee,
                        measure,
                    });
                    let table = Panel::FLOWS;
                    cells.push(self.wanted.place(Cell { arm, table, offset }));
                }
            }
        }
        let is_one = from == until && sides.iter().all(|side| side.len() == 1);
        Ok(Checked {
            length: (!is_one).then_some(cells.len()),
            ..Checked::number(Term::Cells(cells), Unit::parse("usd").expect("a unit"))
        })
    }

    /// Returns the names of the payers and payees of a reference to flows.
    fn two_accounts(&self, expr: &Expr, reference: &Reference) -> Result<[Vec<String>; 2], Fault> {
        if let Some(payees) = &reference.seconds {
            return Ok([reference.entities.clone(), payees.clone()]);
        }
        if let [pair] = reference.entities.as_slice()
            && let Some((payer, payee)) = pair.split_once('|')
        {
            return Ok([vec![payer.to_owned()], vec![payee.to_owned()]]);
        }
        let message = "flows need a payer and a payee";
        Err(self.fault(
            expr,
            message,
            "write flows.openai.azure.usd[36]; `*` is all accounts",
        ))
    }
}
