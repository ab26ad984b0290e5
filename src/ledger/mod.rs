//! The ledger: double entry. Each payment states its kind and carries the origins of the money.

mod flow;
mod line;

pub use flow::Flow;
pub use line::{Line, Mixing, Origin, Purse};

use crate::base::ids::{AccountId, Id, IdVec};
use crate::base::units::Usd;
use line::Key;

#[derive(Clone, Debug)]
struct Account {
    name: String,
    purse: Purse,
    balance: Usd,
    /// Cash by origin, in order; empty for sources.
    cash: Vec<(Origin, Usd)>,
    /// Total paid beyond the cash in hand. The balance is cash less this total.
    overdrawn: Usd,
}

impl Account {
    /// Adds cash of an origin to an account whose money is mixed.
    fn take_in(&mut self, origin: Origin, part: Usd) {
        match self.cash.binary_search_by_key(&origin, |(known, _)| *known) {
            Ok(at) => self.cash[at].1 += part,
            Err(at) => self.cash.insert(at, (origin, part)),
        }
    }
}

/// The books of one replication.
#[derive(Clone, Debug)]
pub struct Ledger {
    accounts: IdVec<AccountId, Account>,
    mixing: Mixing,
    /// Lines of the month by payee, in the order written; a line may occur several times.
    written: Vec<Vec<(Key, Usd)>>,
    /// Amounts received and paid this month, by account and kind.
    sums: Vec<[[Usd; 2]; Flow::ALL.len()]>,
    /// Buffers of a payment: its parts by origin, the cash that they come from, and the amounts.
    parts: Vec<(Origin, Usd)>,
    held: Vec<i64>,
    amounts: Vec<Usd>,
}

impl Ledger {
    /// A ledger with these accounts, each with a name and a purse. Mixed cash is spent in proportion.
    ///
    /// # Panics
    /// If there are more than 65,536.
    #[must_use]
    pub fn new(accounts: Vec<(String, Purse)>) -> Self {
        assert!(
            accounts.len() <= 1 << 16,
            "lines keep sixteen bits an account"
        );
        let open = |(name, purse)| Account {
            name,
            purse,
            balance: Usd::ZERO,
            cash: Vec::new(),
            overdrawn: Usd::ZERO,
        };
        let sums = vec![[[Usd::ZERO; 2]; Flow::ALL.len()]; accounts.len()];
        Self {
            accounts: accounts.into_iter().map(open).collect(),
            mixing: Mixing::Proportional,
            written: vec![Vec::new(); sums.len()],
            parts: Vec::new(),
            held: Vec::new(),
            amounts: Vec::new(),
            sums,
        }
    }

    /// The ledger with another rule for spending mixed cash.
    #[must_use]
    pub const fn with_mixing(mut self, mixing: Mixing) -> Self {
        self.mixing = mixing;
        self
    }

    /// The name of an account.
    #[must_use]
    pub fn name(&self, account: AccountId) -> &str {
        &self.accounts[account].name
    }

    /// Balance of an account. Sources go below zero by the amounts that they have paid in.
    #[must_use]
    pub fn balance(&self, account: AccountId) -> Usd {
        self.accounts[account].balance
    }

    /// Moves money: the only way to change a balance.
    ///
    /// # Panics
    /// If the amount is negative.
    pub fn transfer(&mut self, flow: Flow, from: AccountId, to: AccountId, amount: Usd) {
        assert!(
            !amount.is_negative(),
            "{} from {} to {} is negative: {amount:?}",
            flow.name(),
            self.name(from),
            self.name(to)
        );
        if amount == Usd::ZERO {
            return;
        }
        self.sums[to.index()][flow as usize][0] += amount;
        self.sums[from.index()][flow as usize][1] += amount;
        self.pay_out(from, amount);
        let creditor = &mut self.accounts[to];
        for (origin, part) in self.parts.iter().filter(|(_, part)| *part != Usd::ZERO) {
            creditor.balance += *part;
            if creditor.purse == Purse::Mixed {
                creditor.take_in(*origin, *part);
            }
            let line = (Key::new(from, to, flow, *origin), *part);
            self.written[to.index()].push(line);
        }
    }

    /// Takes a payment out of an account and splits it by origin: by the mixing rule from the cash in hand, and from
    /// the balance sheet beyond that.
    fn pay_out(&mut self, from: AccountId, amount: Usd) {
        self.parts.clear();
        let payer = &mut self.accounts[from];
        payer.balance -= amount;
        if let Purse::Source(origin) = payer.purse {
            self.parts.push((origin, amount));
            return;
        }
        let mut open = amount;
        let passes: &[bool] = match self.mixing {
            Mixing::Proportional => &[true],
            Mixing::EquityFirst | Mixing::CustomersFirst => &[true, false],
        };
        for is_first in passes {
            self.held.clear();
            let held = payer.cash.iter().map(|(origin, cash)| {
                if self.mixing.is_first(*origin) == *is_first {
                    cash.units().max(0)
                } else {
                    0
                }
            });
            self.held.extend(held);
            let available = Usd::from_units(self.held.iter().sum());
            let covered = open.min(available);
            covered.split_into(&self.held, &mut self.amounts);
            for ((origin, cash), part) in payer.cash.iter_mut().zip(&self.amounts) {
                *cash -= *part;
                self.parts.push((*origin, *part));
            }
            open -= covered;
        }
        payer.overdrawn += open;
        self.parts.push((Origin::BalanceSheet, open));
    }

    /// The first account whose cash by origin, less its overdraft, differs from its balance, with both amounts. None in
    /// sound books.
    #[must_use]
    pub fn unbalanced(&self) -> Option<(&str, Usd, Usd)> {
        self.accounts.iter().find_map(|account| {
            let cash: Usd = account.cash.iter().map(|(_, cash)| *cash).sum();
            let is_sound = account.purse != Purse::Mixed
                || (cash - account.overdrawn == account.balance
                    && account.cash.iter().all(|(_, part)| !part.is_negative()));
            (!is_sound).then_some((
                account.name.as_str(),
                cash - account.overdrawn,
                account.balance,
            ))
        })
    }

    /// The lines of the current month, in order of payer, payee, kind and origin.
    #[must_use]
    pub fn month(&self) -> Vec<(Line, Usd)> {
        // Grouped by payer first, so that the lists to sort are short.
        let mut by_payer = vec![Vec::new(); self.accounts.len()];
        for line in self.written.iter().flatten() {
            by_payer[line.0.payer().index()].push(*line);
        }
        for lines in &mut by_payer {
            lines.sort_unstable_by_key(|(key, _)| *key);
        }
        let mut lines = by_payer.concat();
        lines.dedup_by(|next, line| {
            let is_same = next.0 == line.0;
            if is_same {
                line.1 += next.1;
            }
            is_same
        });
        lines
            .into_iter()
            .map(|(key, usd)| (key.line(), usd))
            .collect()
    }

    /// Payments to an account this month, in the order written: payer, origin and amount.
    pub fn receipts(&self, to: AccountId) -> impl Iterator<Item = (AccountId, Origin, Usd)> {
        let lines = self.written[to.index()].iter();
        lines.map(|(key, usd)| (key.payer(), key.origin(), *usd))
    }

    /// Lines of payments to an account this month, in the order written; a line may occur several times.
    pub fn lines_to(&self, to: AccountId) -> impl Iterator<Item = (Line, Usd)> {
        let lines = self.written[to.index()].iter();
        lines.map(|(key, usd)| (key.line(), *usd))
    }

    /// Amount that one account paid another this month in flows of the given kinds.
    #[must_use]
    pub fn paid_to(&self, from: AccountId, to: AccountId, kinds: &[Flow]) -> Usd {
        let lines = self.written[to.index()].iter();
        lines
            .filter(|(key, _)| key.payer() == from && kinds.contains(&key.flow()))
            .map(|(_, usd)| *usd)
            .sum()
    }

    /// Amount that an account received this month in flows of the given kinds.
    #[must_use]
    pub fn received(&self, to: AccountId, kinds: &[Flow]) -> Usd {
        let sums = &self.sums[to.index()];
        kinds.iter().map(|kind| sums[*kind as usize][0]).sum()
    }

    /// Amount that an account paid this month in flows of the given kinds.
    #[must_use]
    pub fn paid(&self, from: AccountId, kinds: &[Flow]) -> Usd {
        let sums = &self.sums[from.index()];
        kinds.iter().map(|kind| sums[*kind as usize][1]).sum()
    }

    /// Starts a new month.
    pub fn close_month(&mut self) {
        self.sums.fill([[Usd::ZERO; 2]; Flow::ALL.len()]);
        self.written.iter_mut().for_each(Vec::clear);
    }

    /// The sum of all balances, which is zero as long as money only moves.
    #[must_use]
    pub fn total(&self) -> Usd {
        self.accounts.iter().map(|account| account.balance).sum()
    }

    /// All accounts, in order.
    pub fn accounts(&self) -> impl Iterator<Item = AccountId> + use<> {
        (0..self.accounts.len()).map(AccountId::from_index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn books() -> (Ledger, [AccountId; 4]) {
        let ledger = Ledger::new(vec![
            ("enterprise".to_owned(), Purse::Source(Origin::Customers)),
            (
                "cloud".to_owned(),
                Purse::Source(Origin::Equity(AccountId::from_index(1))),
            ),
            ("lab".to_owned(), Purse::Mixed),
            ("vendor".to_owned(), Purse::Mixed),
        ]);
        (ledger, std::array::from_fn(AccountId::from_index))
    }

    fn line_of(ledger: &Ledger, wanted: Line) -> Usd {
        let lines = ledger.month().into_iter();
        lines
            .filter(|(line, _)| *line == wanted)
            .map(|(_, usd)| usd)
            .sum()
    }

    #[test]
    fn money_only_moves() {
        let (mut ledger, [enterprise, cloud, lab, vendor]) = books();
        ledger.transfer(Flow::ModelUsage, enterprise, lab, Usd::from_f64(10.0));
        ledger.transfer(Flow::ServingCompute, lab, cloud, Usd::from_f64(13.0));
        ledger.transfer(Flow::Silicon, cloud, vendor, Usd::from_f64(4.0));
        assert_eq!(ledger.total(), Usd::ZERO);
        assert_eq!(ledger.balance(lab), Usd::from_f64(-3.0));
    }

    #[test]
    fn a_payment_carries_the_origins_of_the_cash_in_hand() {
        let (mut ledger, [enterprise, cloud, lab, vendor]) = books();
        ledger.transfer(Flow::Equity, cloud, lab, Usd::from_f64(30.0));
        ledger.transfer(Flow::ModelUsage, enterprise, lab, Usd::from_f64(10.0));
        ledger.transfer(Flow::ServingCompute, lab, vendor, Usd::from_f64(8.0));
        let line = |origin| line_of(&ledger, (lab, vendor, Flow::ServingCompute, origin));
        assert_eq!(line(Origin::Equity(cloud)), Usd::from_f64(6.0));
        assert_eq!(line(Origin::Customers), Usd::from_f64(2.0));
    }

    #[test]
    fn the_mixing_rule_decides_which_cash_is_spent_first() {
        for (mixing, equity, customers) in [
            (Mixing::Proportional, 15.0, 5.0),
            (Mixing::EquityFirst, 20.0, 0.0),
            (Mixing::CustomersFirst, 10.0, 10.0),
        ] {
            let (ledger, [enterprise, cloud, lab, vendor]) = books();
            let mut ledger = ledger.with_mixing(mixing);
            ledger.transfer(Flow::Equity, cloud, lab, Usd::from_f64(30.0));
            ledger.transfer(Flow::ModelUsage, enterprise, lab, Usd::from_f64(10.0));
            ledger.transfer(Flow::ServingCompute, lab, vendor, Usd::from_f64(20.0));
            let line = |origin| line_of(&ledger, (lab, vendor, Flow::ServingCompute, origin));
            assert_eq!(line(Origin::Equity(cloud)), Usd::from_f64(equity));
            assert_eq!(line(Origin::Customers), Usd::from_f64(customers));
            ledger.transfer(Flow::ServingCompute, lab, vendor, Usd::from_f64(30.0));
            assert_eq!(ledger.balance(lab), Usd::from_f64(-10.0));
            assert_eq!(ledger.unbalanced(), None);
        }
    }

    #[test]
    fn a_closed_loop_without_customers_is_all_circular_and_no_investment_is_none() {
        let (mut ledger, [enterprise, cloud, lab, _]) = books();
        ledger.transfer(Flow::Equity, cloud, lab, Usd::from_f64(30.0));
        ledger.transfer(Flow::TrainingCompute, lab, cloud, Usd::from_f64(30.0));
        let circular = (lab, cloud, Flow::TrainingCompute, Origin::Equity(cloud));
        assert_eq!(line_of(&ledger, circular), Usd::from_f64(30.0));
        ledger.close_month();
        ledger.transfer(Flow::ModelUsage, enterprise, lab, Usd::from_f64(5.0));
        ledger.transfer(Flow::TrainingCompute, lab, cloud, Usd::from_f64(5.0));
        assert_eq!(line_of(&ledger, circular), Usd::ZERO);
    }

    #[test]
    fn lines_are_summed_and_in_order() {
        let (mut ledger, [enterprise, cloud, lab, vendor]) = books();
        for (flow, from, to) in [
            (Flow::Silicon, lab, vendor),
            (Flow::Equity, cloud, lab),
            (Flow::ModelUsage, enterprise, lab),
            (Flow::Equity, cloud, lab),
            (Flow::Energy, lab, vendor),
        ] {
            ledger.transfer(flow, from, to, Usd::from_f64(3.0));
        }
        let lines = ledger.month();
        assert!(lines.is_sorted_by(|one, next| one.0 < next.0));
        let twice = (cloud, lab, Flow::Equity, Origin::Equity(cloud));
        assert_eq!(line_of(&ledger, twice), Usd::from_f64(6.0));
    }
}
