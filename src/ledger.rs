//! The ledger: double entry, where every dollar knows why it moved and where it came from.

use std::collections::BTreeMap;

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

#[derive(Clone, Debug)]
struct Account {
    name: String,
    purse: Purse,
    balance: Usd,
    /// Cash by origin, of accounts whose money is mixed.
    cash: BTreeMap<Origin, Usd>,
    /// What was paid beyond the cash in hand so far: the balance is cash less this.
    overdrawn: Usd,
}

/// The books of one replication.
#[derive(Clone, Debug)]
pub struct Ledger {
    accounts: IdVec<AccountId, Account>,
    month: BTreeMap<Line, Usd>,
    /// Received and paid this month by (account, kind): sums of the lines, kept as they are written.
    sums: Vec<[[Usd; 2]; Flow::ALL.len()]>,
}

impl Ledger {
    /// Opens accounts, each with a name and a purse.
    #[must_use]
    pub fn new(accounts: Vec<(String, Purse)>) -> Self {
        let open = |(name, purse)| Account {
            name,
            purse,
            balance: Usd::ZERO,
            cash: BTreeMap::new(),
            overdrawn: Usd::ZERO,
        };
        let sums = vec![[[Usd::ZERO; 2]; Flow::ALL.len()]; accounts.len()];
        Self {
            accounts: accounts.into_iter().map(open).collect(),
            month: BTreeMap::new(),
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
        let (covered, beyond) = self.origins(from, amount);
        let debtor = &mut self.accounts[from];
        debtor.balance -= amount;
        if debtor.purse == Purse::Mixed {
            for (origin, part) in &covered {
                *debtor.cash.entry(*origin).or_default() -= *part;
            }
            debtor.overdrawn += beyond;
        }
        let rest = (Origin::BalanceSheet, beyond);
        for (origin, part) in covered.into_iter().chain([rest]) {
            if part == Usd::ZERO {
                continue;
            }
            let creditor = &mut self.accounts[to];
            creditor.balance += part;
            if creditor.purse == Purse::Mixed {
                *creditor.cash.entry(origin).or_default() += part;
            }
            *self.month.entry((from, to, flow, origin)).or_default() += part;
        }
    }

    /// The origins of a payment: in proportion to the cash in hand, and what goes beyond it, which is the balance
    /// sheet's.
    fn origins(&self, from: AccountId, amount: Usd) -> (Vec<(Origin, Usd)>, Usd) {
        let payer = &self.accounts[from];
        if let Purse::Source(origin) = payer.purse {
            return (vec![(origin, amount)], Usd::ZERO);
        }
        let held: Vec<(Origin, i64)> = payer
            .cash
            .iter()
            .filter(|(_, cash)| cash.units() > 0)
            .map(|(origin, cash)| (*origin, cash.units()))
            .collect();
        let available: Usd = held.iter().map(|(_, units)| Usd::from_units(*units)).sum();
        let covered = amount.min(available);
        let weights: Vec<i64> = held.iter().map(|(_, units)| *units).collect();
        let parts = held
            .iter()
            .map(|(origin, _)| *origin)
            .zip(covered.split(&weights))
            .collect();
        (parts, amount - covered)
    }

    /// The first account whose cash by origin, less what it overdrew, is not its balance, with both sides. None in
    /// sound books.
    #[must_use]
    pub fn unbalanced(&self) -> Option<(&str, Usd, Usd)> {
        self.accounts.iter().find_map(|account| {
            let cash: Usd = account.cash.values().copied().sum();
            let is_sound = account.purse != Purse::Mixed
                || (cash - account.overdrawn == account.balance
                    && account.cash.values().all(|part| !part.is_negative()));
            (!is_sound).then_some((
                account.name.as_str(),
                cash - account.overdrawn,
                account.balance,
            ))
        })
    }

    /// The lines of the current month, in order of payer, payee, kind and origin.
    #[must_use]
    pub const fn month(&self) -> &BTreeMap<Line, Usd> {
        &self.month
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

    /// Starts a new month and returns the lines of the old one.
    pub fn close_month(&mut self) -> Vec<(Line, Usd)> {
        self.sums.fill([[Usd::ZERO; 2]; Flow::ALL.len()]);
        std::mem::take(&mut self.month).into_iter().collect()
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
        let line = |origin| ledger.month()[&(lab, vendor, Flow::ServingCompute, origin)];
        assert_eq!(line(Origin::Equity(cloud)), Usd::from_f64(6.0));
        assert_eq!(line(Origin::Customers), Usd::from_f64(2.0));
    }

    #[test]
    fn a_closed_loop_without_customers_is_all_circular_and_no_investment_is_none() {
        let (mut ledger, [enterprise, cloud, lab, _]) = books();
        ledger.transfer(Flow::Equity, cloud, lab, Usd::from_f64(30.0));
        ledger.transfer(Flow::TrainingCompute, lab, cloud, Usd::from_f64(30.0));
        assert_eq!(
            ledger.month()[&(lab, cloud, Flow::TrainingCompute, Origin::Equity(cloud))],
            Usd::from_f64(30.0)
        );
        ledger.close_month();
        ledger.transfer(Flow::ModelUsage, enterprise, lab, Usd::from_f64(5.0));
        ledger.transfer(Flow::TrainingCompute, lab, cloud, Usd::from_f64(5.0));
        assert!(!ledger.month().contains_key(&(
            lab,
            cloud,
            Flow::TrainingCompute,
            Origin::Equity(cloud)
        )));
    }
}
