//! Holdings between firms, and labs' finances.

use crate::economics::ownership::look_through;
use crate::ids::{CloudId, Id, LabId};
use crate::scenario::Scenario;
use crate::scenario::quantity::Draws;
use crate::time::SimTime;
use crate::units::Usd;
use nalgebra::DMatrix;

/// Where a lab stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Status {
    /// It trades.
    Going = 0,
    /// It has not entered yet.
    Waiting = 1,
    /// It cannot raise, and sells at cost.
    Distressed = 2,
    /// It was bought.
    Merged = 3,
    /// It closed.
    Closed = 4,
}

/// A lab's finances.
#[derive(Clone, Debug)]
pub struct LabFinance {
    /// Where it stands.
    pub status: Status,
    /// Since when it is in distress.
    pub distressed_since: SimTime,
    /// Value at which investors buy in, over yearly revenue, at the start.
    pub multiple: f64,
    /// Cash that it used last month, equity and loans apart, smoothed, USD.
    pub burn: f64,
    /// Yearly revenue at the last month end, USD.
    pub run_rate: f64,
    /// Whether a round is under way.
    pub is_raising: bool,
    /// Whether investors stay away.
    pub is_cut_off: bool,
    /// Loans received, USD.
    pub debt: Usd,
    /// What each cloud takes on top of its first terms, as a share.
    pub extra_take: Vec<f64>,
    /// The cloud that bought it.
    pub buyer: Option<CloudId>,
}

/// Holdings and labs' finances.
#[derive(Clone, Debug)]
pub struct Finance {
    /// Direct cash-flow holdings, `[(holder, firm)]`.
    pub holdings: DMatrix<f64>,
    /// Control rights, `[(holder, firm)]`.
    pub control: DMatrix<f64>,
    /// Looked-through holdings.
    pub looked: DMatrix<f64>,
    /// By lab.
    pub labs: Vec<LabFinance>,
    /// Holders that failed when a lab closed.
    pub failed: Vec<bool>,
    /// Clouds' equity paid into labs, by cloud, this month.
    pub invested: Vec<f64>,
    /// The same over all months so far, newest last.
    pub invested_by_month: Vec<f64>,
    /// Whether customers' money has come to pay for half, by cloud.
    pub is_paid_by_customers: Vec<bool>,
}

impl Finance {
    /// Holdings and finances at the start.
    #[must_use]
    pub fn new(scenario: &Scenario, draws: &Draws) -> Self {
        let size = scenario.parties().count();
        let mut holdings = DMatrix::zeros(size, size);
        let mut control = DMatrix::zeros(size, size);
        for stake in &scenario.equity {
            let (holder, firm) = (stake.holder.id().index(), stake.firm.id().index());
            holdings[(holder, firm)] += stake.cash_flow.draw(draws);
            control[(holder, firm)] += stake.control.draw(draws);
        }
        let labs = LabId::first(scenario.lab.len())
            .zip(&scenario.lab)
            .map(|(id, spec)| LabFinance {
                status: if scenario.entry.iter().any(|entry| entry.lab.is(id)) {
                    Status::Waiting
                } else {
                    Status::Going
                },
                distressed_since: SimTime::NEVER,
                multiple: spec.multiple.draw(draws),
                burn: 0.0,
                run_rate: 0.0,
                is_raising: false,
                is_cut_off: false,
                debt: Usd::ZERO,
                extra_take: vec![0.0; scenario.cloud.len()],
                buyer: None,
            })
            .collect();
        let mut finance = Self {
            looked: DMatrix::zeros(size, size),
            failed: vec![false; size],
            invested: vec![0.0; scenario.cloud.len()],
            invested_by_month: Vec::new(),
            is_paid_by_customers: vec![false; scenario.cloud.len()],
            holdings,
            control,
            labs,
        };
        finance.look();
        finance
    }

    /// Follows holdings to their ends again, after they changed.
    pub(in crate::market) fn look(&mut self) {
        self.looked =
            look_through(&self.holdings).expect("checked: the chain of holdings has an end");
    }

    /// The number of holders and firms: clouds, labs, vendors, investors.
    #[must_use]
    pub fn parties(&self) -> usize {
        self.holdings.nrows()
    }

    /// Sells the share `bought` of a firm to holders by weight; everyone else is diluted.
    pub(in crate::market) fn issue(&mut self, firm: usize, bought: f64, buyers: &[(usize, f64)]) {
        let left = 1.0 - bought;
        for holder in 0..self.parties() {
            self.holdings[(holder, firm)] *= left;
        }
        for (holder, weight) in buyers {
            self.holdings[(*holder, firm)] += bought * weight;
        }
        self.look();
    }

    /// The cloud with the largest looked-through stake in a lab, if any has one.
    #[must_use]
    pub fn patron(&self, clouds: usize, lab: usize) -> Option<usize> {
        let column = clouds + lab;
        (0..clouds)
            .filter(|cloud| self.looked[(*cloud, column)] > 0.0)
            .max_by(|a, b| {
                self.looked[(*a, column)]
                    .total_cmp(&self.looked[(*b, column)])
                    .then(b.cmp(a))
            })
    }
}

/// What labs paid a cloud in a month, USD.
#[derive(Clone, Copy, Debug)]
pub struct LabMoney {
    /// All of it.
    pub all: f64,
    /// What customers and consumers had paid the labs.
    pub customers: f64,
    /// What the cloud's own owner had put in as equity.
    pub circular: f64,
    /// The same, times the looked-through stake in the payer.
    pub looked_through: f64,
}
