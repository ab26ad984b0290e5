//! Accounts: who pays whom at the end of a month, and the identities that must hold.

use crate::ids::{AccountId, CloudId, Id, IdVec, PartyId};
use crate::ledger::{Ledger, Origin, Purse};
use crate::scenario::Scenario;
use crate::scenario::records::RouterKind;

/// Accounts by actor.
#[derive(Clone, Debug)]
pub struct Accounts {
    /// By segment.
    pub segments: Vec<AccountId>,
    /// By cloud.
    pub clouds: Vec<AccountId>,
    /// By lab.
    pub labs: Vec<AccountId>,
    /// By silicon vendor.
    pub vendors: Vec<AccountId>,
    /// Integrators.
    pub integrators: Vec<AccountId>,
    /// By router; clouds' routers have their cloud's, enterprise-run ones none.
    pub routers: Vec<Option<AccountId>>,
    /// Consumers.
    pub consumers: AccountId,
    /// Everybody outside the market: staff, builders, utilities.
    pub outside: AccountId,
    /// Investors without a name.
    pub market: AccountId,
    /// Who lends to labs that cannot pay.
    pub lenders: AccountId,
    /// Credits granted, by cloud.
    pub credits: Vec<AccountId>,
    /// The account from which each party invests; labs have none.
    pub holders: IdVec<PartyId, Option<AccountId>>,
    /// Fees and shares of integrators in millionths of the integration market.
    pub integrator_shares: Vec<i64>,
}

impl Accounts {
    /// Opens the books of a scenario.
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
        // Equity comes from its holder's balance sheet, not from the till of its cloud business.
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
            integrator_shares,
        };
        (Ledger::new(names), accounts)
    }

    /// The account from which a cloud invests.
    #[must_use]
    pub fn equity_of(&self, cloud: CloudId) -> AccountId {
        self.holders[PartyId::from_index(cloud.index())].expect("every cloud can invest")
    }
}

#[expect(clippy::cast_possible_truncation, reason = "shares in millionths")]
fn millionths(share: f64) -> i64 {
    libm::round(share * 1e6) as i64
}
