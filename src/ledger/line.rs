//! Lines of the books, and the origin of the money that they move.

use super::flow::Flow;
use crate::base::ids::{AccountId, Id};

/// The origin of money.
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
    /// The payer's own balance sheet, outside this market.
    BalanceSheet,
}

/// The rule by which an account's payments get their origins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purse {
    /// Money enters the market here, with one origin: enterprises, consumers, investors.
    Source(Origin),
    /// Money is mixed: each payment carries origins of the cash in hand, by the rule of the ledger.
    Mixed,
}

/// The rule by which a payment out of mixed cash gets its origins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mixing {
    /// All origins of the cash in hand, in proportion.
    #[default]
    Proportional,
    /// Equity, debt and vendors' credits first; money of customers and consumers after them.
    EquityFirst,
    /// Money of customers and consumers first; equity, debt and vendors' credits after it.
    CustomersFirst,
}

impl Mixing {
    /// Returns true if cash of an origin is spent before cash of other origins.
    pub(super) const fn is_first(self, origin: Origin) -> bool {
        let is_sale = matches!(origin, Origin::Customers | Origin::Consumers);
        match self {
            Self::Proportional => true,
            Self::EquityFirst => !is_sale,
            Self::CustomersFirst => is_sale,
        }
    }
}

/// A line of the books: payer, payee, kind and origin.
pub type Line = (AccountId, AccountId, Flow, Origin);

/// A line as a number that sorts like the line: payer, payee, kind, origin, with sixteen bits for an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key(u64);

impl Key {
    pub(super) fn new(from: AccountId, to: AccountId, flow: Flow, origin: Origin) -> Self {
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

    pub(super) fn payer(self) -> AccountId {
        self.account(40)
    }

    fn payee(self) -> AccountId {
        self.account(24)
    }

    pub(super) fn flow(self) -> Flow {
        Flow::ALL[usize::from(self.bits(19) & 0x1f)]
    }

    pub(super) fn origin(self) -> Origin {
        match self.bits(16) & 0x7 {
            0 => Origin::Customers,
            1 => Origin::Consumers,
            2 => Origin::Equity(self.account(0)),
            3 => Origin::Debt,
            4 => Origin::VendorCredit(self.account(0)),
            _ => Origin::BalanceSheet,
        }
    }

    pub(super) fn line(self) -> Line {
        (self.payer(), self.payee(), self.flow(), self.origin())
    }
}
