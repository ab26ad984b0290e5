//! Holdings between firms, and labs' finances.

use crate::base::ids::{CloudId, Id, LabId};
use crate::base::time::SimTime;
use crate::base::units::Usd;
use crate::economics::ownership::look_through;
use crate::scenario::Scenario;
use crate::scenario::quantity::Draws;
use nalgebra::DMatrix;

/// Status of a lab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Status {
    /// The lab trades.
    Going = 0,
    /// The lab has not entered yet.
    Waiting = 1,
    /// The lab cannot raise funds and sells at cost.
    Distressed = 2,
    /// The lab was bought.
    Merged = 3,
    /// The lab closed.
    Closed = 4,
}

/// Finances of a lab; state unless said otherwise.
#[derive(Clone, Debug)]
pub struct LabFinance {
    /// Status of the lab.
    pub status: Status,
    /// Start of the present distress; [`SimTime::NEVER`] before the first.
    pub distressed_since: SimTime,
    /// Value at which investors buy in, as a multiple of yearly revenue, at the start; parameter.
    pub multiple: f64,
    /// Cash used in a month, smoothed, without equity and loans received, USD.
    pub burn: f64,
    /// Revenue of the last month, times twelve, USD a year.
    pub run_rate: f64,
    /// Growth of revenue, smoothed, as a logarithm a month.
    pub growth: f64,
    /// Discounted cash flow per dollar of revenue at the start, to which `multiple` belongs; zero until it is known.
    pub worth_at_start: f64,
    /// Number of months of the lab's finances that have been reviewed.
    pub months: u32,
    /// Value after the last round, at first the observed valuation; zero before the first month's books, USD.
    pub last_value: f64,
    /// True if a funding round is under way.
    pub is_raising: bool,
    /// True if investors have stopped funding the lab.
    pub is_cut_off: bool,
    /// Loans received so far, USD.
    pub debt: Usd,
    /// Increase of each cloud's share of the lab's sales above its first terms, by cloud.
    pub extra_take: Vec<f64>,
    /// Cloud that bought the lab, if any.
    pub buyer: Option<CloudId>,
}

impl LabFinance {
    /// Returns cash flow over revenue, between -3 and 1; zero without revenue.
    #[must_use]
    pub fn margin(&self) -> f64 {
        if self.run_rate > 0.0 {
            (-12.0 * self.burn / self.run_rate).clamp(-3.0, 1.0)
        } else {
            0.0
        }
    }
}

/// Holdings between firms, and labs' finances; state.
#[derive(Clone, Debug)]
pub struct Finance {
    /// Direct cash-flow holdings, as shares, `[(holder, firm)]`.
    pub holdings: DMatrix<f64>,
    /// Direct cash-flow holdings at the start, as shares, `[(holder, firm)]`.
    pub holdings_at_start: DMatrix<f64>,
    /// Control rights, as shares, `[(holder, firm)]`.
    pub control: DMatrix<f64>,
    /// The most that a holder may hold, as shares, `[(holder, firm)]`; infinite without a limit.
    pub limits: DMatrix<f64>,
    /// Look-through stakes, as shares, `[(holder, firm)]`: direct and indirect holdings.
    pub looked: DMatrix<f64>,
    /// Look-through stakes at the start, as shares, `[(holder, firm)]`.
    pub looked_at_start: DMatrix<f64>,
    /// Finances of each lab, by lab.
    pub labs: Vec<LabFinance>,
    /// True if a holder failed when a lab closed, by party.
    pub failed: Vec<bool>,
    /// Money that the open market can still invest in labs, USD.
    pub market_left: f64,
    /// Equity paid into labs in the present month, by cloud, USD.
    pub invested: Vec<f64>,
    /// Equity that all clouds paid into labs in each month so far, newest last, USD.
    pub invested_by_month: Vec<f64>,
    /// True once customers' money has paid for half of what labs bought from a cloud in a month, by cloud.
    pub is_paid_by_customers: Vec<bool>,
}

impl Finance {
    /// Returns the holdings and finances at the start.
    #[must_use]
    pub fn new(scenario: &Scenario, draws: &Draws) -> Self {
        let size = scenario.parties().count();
        let mut holdings = DMatrix::zeros(size, size);
        let mut control = DMatrix::zeros(size, size);
        let mut limits = DMatrix::from_element(size, size, f64::INFINITY);
        for stake in &scenario.equity {
            let (holder, firm) = (stake.holder.id().index(), stake.firm.id().index());
            holdings[(holder, firm)] += stake.cash_flow.draw(draws);
            control[(holder, firm)] += stake.control.draw(draws);
            if let Some(limit) = &stake.limit {
                limits[(holder, firm)] = limit.draw(draws);
            }
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
                growth: 0.0,
                worth_at_start: 0.0,
                months: 0,
                last_value: 0.0,
                is_raising: false,
                is_cut_off: false,
                debt: Usd::ZERO,
                extra_take: vec![0.0; scenario.cloud.len()],
                buyer: None,
            })
            .collect();
        let mut finance = Self {
            looked: DMatrix::zeros(size, size),
            looked_at_start: DMatrix::zeros(size, size),
            limits,
            failed: vec![false; size],
            market_left: 0.0,
            invested: vec![0.0; scenario.cloud.len()],
            invested_by_month: Vec::new(),
            is_paid_by_customers: vec![false; scenario.cloud.len()],
            holdings_at_start: holdings.clone(),
            holdings,
            control,
            labs,
        };
        finance.look();
        finance.looked_at_start.clone_from(&finance.looked);
        finance
    }

    /// Computes the look-through stakes again, after holdings have changed.
    pub(in crate::market) fn look(&mut self) {
        self.looked =
            look_through(&self.holdings).expect("checked: the chain of holdings has an end");
    }

    /// Returns the number of holders and firms: clouds, labs, vendors, investors.
    #[must_use]
    pub fn parties(&self) -> usize {
        self.holdings.nrows()
    }

    /// Sells the share `bought` of a firm to `buyers` by weight, and dilutes everyone else.
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

    /// Returns the cloud with the largest look-through stake in a lab, if any cloud has one.
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

/// Payments of labs to a cloud in a month, by origin of the money, USD.
#[derive(Clone, Copy, Debug)]
pub struct LabMoney {
    /// All payments.
    pub all: f64,
    /// Payments with money that customers and consumers had paid to the labs.
    pub customers: f64,
    /// Payments with money that the cloud's own owner had put in as equity.
    pub circular: f64,
    /// Payments with the owner's own equity, times its look-through stake in the paying lab.
    pub looked_through: f64,
}
