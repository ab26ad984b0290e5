//! The ledger: double entry, where every dollar knows why it moved and where it came from.

use crate::ids::{AccountId, Id, IdVec};
use crate::units::Usd;

/// Why money moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Flow {
    /// Enterprise spend on a model, booked by its lab.
    ModelUsage,
    /// Enterprise spend on a lab's model, booked by the cloud that sells it.
    Resale,
    /// Enterprise spend on a cloud's own models.
    FirstParty,
    /// Enterprise spend on open weights that a cloud hosts.
    OpenHosting,
    /// A router's fee.
    RoutingFee,
    /// What the seller of a model pays the other side of the channel.
    ChannelShare,
    /// Compute that serves tokens, paid by the lab that books the sale.
    ServingCompute,
    /// Compute for training.
    TrainingCompute,
    /// Accelerators rented to run open weights.
    SelfHostRental,
    /// Data moved out of a cloud.
    Egress,
    /// Committed spend forfeited by leaving.
    Forfeited,
    /// Labour of integrators.
    Integration,
    /// Labour of own staff.
    Labour,
    /// Consumer and other revenue of labs.
    OtherRevenue,
    /// Accelerators bought.
    Silicon,
    /// Sites and networks bought.
    Construction,
    /// Power and space.
    Energy,
    /// Staff and other costs of labs and routers.
    Overhead,
    /// Equity paid in.
    Equity,
    /// Money lent to a lab that cannot pay.
    Loan,
    /// Committed compute that a lab pays for without using it.
    TakeOrPay,
    /// Refunds for outages.
    SlaCredit,
    /// An integrator's fee for models with operations.
    BundleFee,
    /// What a cloud spends to be credible as a neutral platform.
    Neutrality,
}

impl Flow {
    /// All kinds, in order.
    pub const ALL: [Self; 24] = [
        Self::ModelUsage,
        Self::Resale,
        Self::FirstParty,
        Self::OpenHosting,
        Self::RoutingFee,
        Self::ChannelShare,
        Self::ServingCompute,
        Self::TrainingCompute,
        Self::SelfHostRental,
        Self::Egress,
        Self::Forfeited,
        Self::Integration,
        Self::Labour,
        Self::OtherRevenue,
        Self::Silicon,
        Self::Construction,
        Self::Energy,
        Self::Overhead,
        Self::Equity,
        Self::Loan,
        Self::TakeOrPay,
        Self::SlaCredit,
        Self::BundleFee,
        Self::Neutrality,
    ];

    /// The name in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ModelUsage => "model_usage",
            Self::Resale => "resale",
            Self::FirstParty => "first_party",
            Self::OpenHosting => "open_hosting",
            Self::RoutingFee => "routing_fee",
            Self::ChannelShare => "channel_share",
            Self::ServingCompute => "serving_compute",
            Self::TrainingCompute => "training_compute",
            Self::SelfHostRental => "selfhost_rental",
            Self::Egress => "egress",
            Self::Forfeited => "forfeited",
            Self::Integration => "integration",
            Self::Labour => "labour",
            Self::OtherRevenue => "other_revenue",
            Self::Silicon => "silicon",
            Self::Construction => "construction",
            Self::Energy => "energy",
            Self::Overhead => "overhead",
            Self::Equity => "equity",
            Self::Loan => "loan",
            Self::TakeOrPay => "take_or_pay",
            Self::SlaCredit => "sla_credit",
            Self::BundleFee => "bundle_fee",
            Self::Neutrality => "neutrality",
        }
    }
}

/// Where a dollar came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// An enterprise bought something.
    Customers,
    /// A consumer bought something.
    Consumers,
    /// A holder paid in equity.
    Equity(AccountId),
    /// Somebody lent it.
    Debt,
    /// A cloud granted it as credits.
    VendorCredit(AccountId),
    /// The payer's own balance sheet, from before or beside this market.
    BalanceSheet,
}

/// How an account's money gets its origin when it pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purse {
    /// Money enters the market here, with one origin: enterprises, consumers, investors.
    Source(Origin),
    /// Money is mixed: each payment carries the origins of the cash in hand, in proportion.
    Mixed,
}

/// One line of the books: what moved in a month between two accounts, by kind and origin.
pub type Line = (AccountId, AccountId, Flow, Origin);

/// A line as one number in the same order: payer, payee, kind, origin; sixteen bits an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key(u64);

impl Key {
    fn new(from: AccountId, to: AccountId, flow: Flow, origin: Origin) -> Self {
        let of = |account: AccountId| account.index() as u64;
        let (kind, whose) = match origin {
            Origin::Customers => (0, 0),
            Origin::Consumers => (1, 0),
            Origin::Equity(holder) => (2, of(holder)),
            Origin::Debt => (3, 0),
            Origin::VendorCredit(cloud) => (4, of(cloud)),
            Origin::BalanceSheet => (5, 0),
        };
        Self(of(from) << 40 | of(to) << 24 | (flow as u64) << 19 | kind << 16 | whose)
    }

    #[expect(clippy::cast_possible_truncation, reason = "sixteen bits an account")]
    const fn bits(self, shift: u32) -> u16 {
        (self.0 >> shift) as u16
    }

    fn account(self, shift: u32) -> AccountId {
        AccountId::from_index(usize::from(self.bits(shift)))
    }

    fn payer(self) -> AccountId {
        self.account(40)
    }

    fn payee(self) -> AccountId {
        self.account(24)
    }

    fn flow(self) -> Flow {
        Flow::ALL[usize::from(self.bits(19) & 0x1f)]
    }

    fn origin(self) -> Origin {
        match self.bits(16) & 0x7 {
            0 => Origin::Customers,
            1 => Origin::Consumers,
            2 => Origin::Equity(self.account(0)),
            3 => Origin::Debt,
            4 => Origin::VendorCredit(self.account(0)),
            _ => Origin::BalanceSheet,
        }
    }

    fn line(self) -> Line {
        (self.payer(), self.payee(), self.flow(), self.origin())
    }
}

#[derive(Clone, Debug)]
struct Account {
    name: String,
    purse: Purse,
    balance: Usd,
    /// Cash by origin, in order, of accounts whose money is mixed.
    cash: Vec<(Origin, Usd)>,
    /// What was paid beyond the cash in hand so far: the balance is cash less this.
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
    /// The lines of the month by payee, as they were written: the same line may stand several times.
    written: Vec<Vec<(Key, Usd)>>,
    /// Received and paid this month by (account, kind): sums of the lines, kept as they are written.
    sums: Vec<[[Usd; 2]; Flow::ALL.len()]>,
    /// Room for a payment: its parts by origin, the cash they come from, and the amounts.
    parts: Vec<(Origin, Usd)>,
    held: Vec<i64>,
    amounts: Vec<Usd>,
}

impl Ledger {
    /// Opens accounts, each with a name and a purse.
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
            written: vec![Vec::new(); sums.len()],
            parts: Vec::new(),
            held: Vec::new(),
            amounts: Vec::new(),
            sums,
        }
    }

    /// The name of an account.
    #[must_use]
    pub fn name(&self, account: AccountId) -> &str {
        &self.accounts[account].name
    }

    /// What an account holds; sources go below zero by what they have paid in.
    #[must_use]
    pub fn balance(&self, account: AccountId) -> Usd {
        self.accounts[account].balance
    }

    /// Moves money. Nothing else changes a balance. A negative amount is a broken invariant.
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

    /// Takes a payment out of an account and finds its parts by origin: in proportion to the cash in hand, and the
    /// balance sheet's where it goes beyond.
    fn pay_out(&mut self, from: AccountId, amount: Usd) {
        self.parts.clear();
        let payer = &mut self.accounts[from];
        payer.balance -= amount;
        if let Purse::Source(origin) = payer.purse {
            self.parts.push((origin, amount));
            return;
        }
        self.held.clear();
        let held = payer.cash.iter().map(|(_, cash)| cash.units().max(0));
        self.held.extend(held);
        let available = Usd::from_units(self.held.iter().sum());
        let covered = amount.min(available);
        covered.split_into(&self.held, &mut self.amounts);
        for ((origin, cash), part) in payer.cash.iter_mut().zip(&self.amounts) {
            *cash -= *part;
            self.parts.push((*origin, *part));
        }
        payer.overdrawn += amount - covered;
        self.parts.push((Origin::BalanceSheet, amount - covered));
    }

    /// The first account whose cash by origin, less what it overdrew, is not its balance, with both sides. None in
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
        // By payer first: what is left to sort is short.
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

    /// What an account received this month: payer, origin and amount, as it was written.
    pub fn receipts(&self, to: AccountId) -> impl Iterator<Item = (AccountId, Origin, Usd)> {
        let lines = self.written[to.index()].iter();
        lines.map(|(key, usd)| (key.payer(), key.origin(), *usd))
    }

    /// What one account paid another this month in flows of the given kinds.
    #[must_use]
    pub fn paid_to(&self, from: AccountId, to: AccountId, kinds: &[Flow]) -> Usd {
        let lines = self.written[to.index()].iter();
        lines
            .filter(|(key, _)| key.payer() == from && kinds.contains(&key.flow()))
            .map(|(_, usd)| *usd)
            .sum()
    }

    /// What an account received this month in flows of the given kinds.
    #[must_use]
    pub fn received(&self, to: AccountId, kinds: &[Flow]) -> Usd {
        let sums = &self.sums[to.index()];
        kinds.iter().map(|kind| sums[*kind as usize][0]).sum()
    }

    /// What an account paid this month in flows of the given kinds.
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
