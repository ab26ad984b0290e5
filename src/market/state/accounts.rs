//! Accounts of all actors in the ledger.

use crate::base::ids::{AccountId, CloudId, Id, IdVec, LabId, PartyId};
use crate::ledger::{Ledger, Mixing, Origin, Purse};
use crate::scenario::Scenario;
use crate::scenario::records::{MixingRule, RouterKind};

/// Accounts of all actors in the ledger. They are opened at the start and do not change during a run.
#[derive(Clone, Debug)]
pub struct Accounts {
    /// Account of each segment's enterprises, by segment; a source of customers' money.
    pub segments: Vec<AccountId>,
    /// Account of each cloud, by cloud.
    pub clouds: Vec<AccountId>,
    /// Account of each lab, by lab.
    pub labs: Vec<AccountId>,
    /// Account of each silicon vendor, by vendor.
    pub vendors: Vec<AccountId>,
    /// Account of each integrator, by integrator.
    pub integrators: Vec<AccountId>,
    /// Account of each router, by router: the cloud's account for a cloud-native router, none for an enterprise-run
    /// one.
    pub routers: Vec<Option<AccountId>>,
    /// Account of consumers; a source of money.
    pub consumers: AccountId,
    /// Account of everybody outside the market: staff, builders, utilities.
    pub outside: AccountId,
    /// Account of investors that the scenario does not name.
    pub market: AccountId,
    /// Account of the lenders to labs that cannot pay.
    pub lenders: AccountId,
    /// Account of the credits that each cloud grants, by cloud.
    pub credits: Vec<AccountId>,
    /// Account from which each party invests, by party; none for labs.
    pub holders: IdVec<PartyId, Option<AccountId>>,
    /// Account of customers who pay for seats of clouds' own AI products; `None` if there are none.
    pub seat_holders: Option<AccountId>,
    /// Share of each integrator in the integration market, by integrator, in millionths; parameter, the median of the
    /// scenario's quantity.
    pub integrator_shares: Vec<i64>,
}

impl Accounts {
    /// Opens an account for every actor of a scenario. Returns the ledger and the accounts.
    #[expect(clippy::too_many_lines, reason = "one line a part, nothing else")]
    #[must_use]
    pub fn open(scenario: &Scenario) -> (Ledger, Self) {
        let mut names: Vec<(String, Purse)> = Vec::new();
        let mut open = |name: &str, purse: Purse| {
            names.push((name.to_owned(), purse));
            AccountId::from_index(names.len() - 1)
        };
        let segments = scenario
            .segment
            .iter()
            .map(|s| {
                open(
                    &format!("enterprises:{}", s.name.text),
                    Purse::Source(Origin::Customers),
                )
            })
            .collect();
        let clouds: Vec<AccountId> = scenario
            .cloud
            .iter()
            .map(|c| open(&c.name.text, Purse::Mixed))
            .collect();
        let labs = scenario
            .lab
            .iter()
            .map(|l| open(&l.name.text, Purse::Mixed))
            .collect();
        let vendors: Vec<AccountId> = scenario
            .vendor
            .iter()
            .map(|v| open(&v.name.text, Purse::Mixed))
            .collect();
        let integrators = scenario
            .integrator
            .iter()
            .map(|i| open(&i.name.text, Purse::Mixed))
            .collect();
        let routers = scenario
            .router
            .iter()
            .map(|router| match router.kind {
                RouterKind::Cloud => {
                    let cloud = router
                        .cloud
                        .as_ref()
                        .expect("checked: a cloud-native router names its cloud");
                    Some(clouds[cloud.id().index()])
                }
                RouterKind::Independent => Some(open(&router.name.text, Purse::Mixed)),
                RouterKind::Enterprise => None,
            })
            .collect();
        let consumers = open("consumers", Purse::Source(Origin::Consumers));
        let outside = open("outside", Purse::Mixed);
        // A holder pays equity from its balance sheet, not from the account of its cloud business.
        let lab_parties = scenario.cloud.len()..scenario.cloud.len() + scenario.lab.len();
        let holders = scenario
            .parties()
            .map(|(party, name)| {
                if lab_parties.contains(&party.index()) {
                    return None;
                }
                let own = AccountId::from_index(names.len());
                names.push((
                    format!("equity:{}", name.text),
                    Purse::Source(Origin::Equity(own)),
                ));
                Some(own)
            })
            .collect();
        let market = AccountId::from_index(names.len());
        names.push((
            "equity:market".to_owned(),
            Purse::Source(Origin::Equity(market)),
        ));
        let lenders = AccountId::from_index(names.len());
        names.push(("lenders".to_owned(), Purse::Source(Origin::Debt)));
        let credits = scenario
            .cloud
            .iter()
            .map(|cloud| {
                let own = AccountId::from_index(names.len());
                names.push((
                    format!("credits:{}", cloud.name.text),
                    Purse::Source(Origin::VendorCredit(own)),
                ));
                own
            })
            .collect();
        let seat_holders = (!scenario.seats.is_empty()).then(|| {
            let own = AccountId::from_index(names.len());
            names.push(("seat-holders".to_owned(), Purse::Source(Origin::Customers)));
            own
        });
        let integrator_shares = scenario
            .integrator
            .iter()
            .map(|i| millionths(i.share.median()))
            .collect();
        let accounts = Self {
            segments,
            clouds,
            labs,
            vendors,
            integrators,
            routers,
            consumers,
            outside,
            market,
            lenders,
            credits,
            holders,
            seat_holders,
            integrator_shares,
        };
        (Ledger::new(names).with_mixing(mixing(scenario)), accounts)
    }

    /// Returns the names of a scenario's accounts, by account.
    #[must_use]
    pub fn names(scenario: &Scenario) -> Vec<String> {
        let (ledger, _) = Self::open(scenario);
        let accounts = ledger.accounts();
        accounts
            .map(|account| ledger.name(account).to_owned())
            .collect()
    }

    /// Returns the lab of an account; `None` if the account is of another actor.
    #[must_use]
    pub fn lab_of(&self, account: AccountId) -> Option<LabId> {
        // Labs' accounts are opened one after the other.
        let first = self.labs.first()?.index();
        let lab = account.index().checked_sub(first)?;
        (lab < self.labs.len()).then(|| LabId::from_index(lab))
    }

    /// Returns the account from which a cloud's owner invests.
    #[must_use]
    pub fn equity_of(&self, cloud: CloudId) -> AccountId {
        self.holders[PartyId::from_index(cloud.index())].expect("every cloud can invest")
    }
}

/// Returns the rule by which mixed cash is spent: the scenario's; in proportion in a market without rules of finance.
fn mixing(scenario: &Scenario) -> Mixing {
    let rule = scenario.finance.as_ref().map(|finance| finance.mixing);
    match rule {
        None | Some(MixingRule::Proportional) => Mixing::Proportional,
        Some(MixingRule::EquityFirst) => Mixing::EquityFirst,
        Some(MixingRule::CustomersFirst) => Mixing::CustomersFirst,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "shares in millionths")]
fn millionths(share: f64) -> i64 {
    libm::round(share * 1e6) as i64
}
