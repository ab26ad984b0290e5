//! Concentration of a cloud's customers, and money that comes back to investors.

use crate::base::ids::{AccountId, CloudId, Id, LabId, PartyId};
use crate::base::units::Usd;
use crate::ledger::{Flow, Origin};
use crate::market::World;

/// Payments of labs to a cloud in a month.
pub(super) struct Customers {
    /// All payments by lab, USD.
    pub(super) by_lab: Vec<f64>,
    /// Payments for serving and training compute by lab, USD.
    pub(super) compute: Vec<f64>,
    /// Take-or-pay by lab, USD.
    pub(super) unused: Vec<f64>,
    /// Payments of the largest lab that does not belong to the cloud, USD.
    pub(super) largest: f64,
    /// Payments with equity from any cloud's owner or silicon vendor, USD.
    pub(super) strategic: f64,
}

/// Silicon vendors' own equity that came back to them in a month as purchases, USD.
pub(super) struct VendorLoops {
    /// By vendor.
    pub(super) by_vendor: Vec<f64>,
    /// By cloud that bought.
    pub(super) by_cloud: Vec<f64>,
}

fn in_usd(amounts: Vec<Usd>) -> Vec<f64> {
    amounts.into_iter().map(Usd::to_f64).collect()
}

impl World<'_> {
    /// Returns labs' payments to a cloud this month.
    pub(super) fn customers_of(&self, cloud: CloudId) -> Customers {
        let accounts = &self.books.accounts;
        let investors = self.strategic_accounts();
        let none = vec![Usd::ZERO; self.state.labs.len()];
        let [mut by_lab, mut compute, mut unused] = [none.clone(), none.clone(), none];
        let mut strategic = Usd::ZERO;
        let lines = self.books.ledger.lines_to(accounts.clouds[cloud.index()]);
        for ((payer, _, flow, origin), usd) in lines {
            let Some(lab) = accounts.lab_of(payer) else {
                continue;
            };
            by_lab[lab.index()] += usd;
            match flow {
                Flow::ServingCompute | Flow::TrainingCompute => compute[lab.index()] += usd,
                Flow::TakeOrPay => unused[lab.index()] += usd,
                _ => {}
            }
            if matches!(origin, Origin::Equity(holder) if investors.contains(&holder)) {
                strategic += usd;
            }
        }
        let others = by_lab.iter().enumerate();
        let others =
            others.filter(|(lab, _)| self.catalog.owner[LabId::from_index(*lab)] != Some(cloud));
        Customers {
            largest: others.map(|(_, usd)| usd.to_f64()).fold(0.0, f64::max),
            by_lab: in_usd(by_lab),
            compute: in_usd(compute),
            unused: in_usd(unused),
            strategic: strategic.to_f64(),
        }
    }

    /// Returns the accounts from which clouds' owners and silicon vendors invest.
    fn strategic_accounts(&self) -> Vec<AccountId> {
        let (clouds, labs) = (self.state.clouds.len(), self.state.labs.len());
        let vendors = clouds + labs..clouds + labs + self.state.vendors.len();
        (0..clouds)
            .chain(vendors)
            .filter_map(|party| self.books.accounts.holders[PartyId::from_index(party)])
            .collect()
    }

    /// Returns purchases of silicon with the vendor's own equity: it paid a lab, the lab a cloud, and the cloud the
    /// vendor.
    pub(super) fn vendor_loops(&self) -> VendorLoops {
        let accounts = &self.books.accounts;
        let first_vendor = self.state.clouds.len() + self.state.labs.len();
        let mut loops = VendorLoops {
            by_vendor: vec![0.0; self.state.vendors.len()],
            by_cloud: vec![0.0; self.state.clouds.len()],
        };
        for (vendor, account) in accounts.vendors.iter().enumerate() {
            let Some(own) = accounts.holders[PartyId::from_index(first_vendor + vendor)] else {
                continue;
            };
            for (payer, origin, usd) in self.books.ledger.receipts(*account) {
                let cloud = accounts.clouds.iter().position(|cloud| *cloud == payer);
                if let (Some(cloud), true) = (cloud, origin == Origin::Equity(own)) {
                    loops.by_vendor[vendor] += usd.to_f64();
                    loops.by_cloud[cloud] += usd.to_f64();
                }
            }
        }
        loops
    }

    /// Returns the sales of all silicon vendors this month, USD.
    pub(super) fn silicon_sales(&self) -> f64 {
        let vendors = self.books.accounts.vendors.iter();
        vendors
            .map(|account| self.received(*account, &[Flow::Silicon]).to_f64())
            .sum()
    }
}
