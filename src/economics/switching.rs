//! Switching costs: kinds of move, causes of cost, and the annuity that compares a cost with a monthly gain.

/// Kind of move of a running workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Move {
    /// Move to another lab's model on the same cloud.
    Model = 0,
    /// Move into, out of or between routers on the same cloud.
    Router = 1,
    /// Move to another cloud.
    Cloud = 2,
    /// Move to open weights that the enterprise runs itself.
    SelfHost = 3,
}

impl Move {
    /// All kinds of move, in order.
    pub const ALL: [Self; 4] = [Self::Model, Self::Router, Self::Cloud, Self::SelfHost];

    /// Returns the name in tables and scenario files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Router => "router",
            Self::Cloud => "cloud",
            Self::SelfHost => "self_host",
        }
    }
}

/// Cause of switching cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Cause {
    /// Labour to integrate the new offer, less the portable part.
    Integration = 0,
    /// Data moved out at the origin's egress tariff.
    Egress = 1,
    /// Agent state that cannot be exported.
    State = 2,
    /// Learned routing policy that stays behind.
    Policy = 3,
    /// Committed spend that is forfeited.
    Commitment = 4,
    /// Re-validation and security requalification.
    Revalidation = 5,
    /// Old and new offer running side by side.
    ParallelRunning = 6,
    /// Residual inertia: the only calibrated cause.
    Inertia = 7,
}

impl Cause {
    /// All causes, in order.
    pub const ALL: [Self; 8] = [
        Self::Integration,
        Self::Egress,
        Self::State,
        Self::Policy,
        Self::Commitment,
        Self::Revalidation,
        Self::ParallelRunning,
        Self::Inertia,
    ];

    /// Returns the name in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Integration => "integration",
            Self::Egress => "egress",
            Self::State => "state",
            Self::Policy => "policy",
            Self::Commitment => "commitment",
            Self::Revalidation => "revalidation",
            Self::ParallelRunning => "parallel_running",
            Self::Inertia => "inertia",
        }
    }
}

/// Stakes of a running workload in its present offer, in months of its spend unless said otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Stakes {
    /// Cost of one unit of labour (the scenario's reference integration), in months of spend.
    pub labour_months: f64,
    /// Cost of moving the data held at the origin, at its egress tariff, in months of spend.
    pub egress_months: f64,
    /// Value of agent state built up so far, in months of spend.
    pub state_months: f64,
    /// Value of the learned routing policy built up so far, in months of spend.
    pub policy_months: f64,
    /// Committed spend that would be forfeited by leaving the cloud, in months of spend.
    pub commitment_months: f64,
    /// `labour_months` times the share of the workload's tokens on models that exist on this cloud only.
    pub captive_labour_months: f64,
    /// Requalification effort of the segment, as a multiple of one unit of labour.
    pub requalification: f64,
}

/// Terms of a kind of move: the weights that it puts on each cause of cost.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MoveTerms {
    /// Units of labour to integrate.
    pub labour: f64,
    /// Share of integration that is portable, 0 to 1, if no token runs on captive models.
    pub portability: f64,
    /// Share of tokens that must be re-validated even if no model is captive, 0 to 1.
    pub revalidated_share: f64,
    /// True if data leaves the origin, so that egress and commitment are charged.
    pub is_exit: bool,
    /// Months of parallel running, times the share that runs twice.
    pub parallel_months: f64,
    /// Residual inertia, in months of spend.
    pub inertia_months: f64,
}

/// Returns the cost of a move by cause, in months of spend. The cost is affine in the stakes, so that the mean cost of
/// many workloads is the cost at their mean stakes.
///
/// Captive tokens (on models that exist nowhere else) are neither portable nor valid elsewhere. A router that steers
/// towards first-party models therefore raises the cost of leaving without a change of any list price. Inside one cloud
/// no token is captive. Agent state and learned policy stay behind in every move.
///
/// Equation 6 of `docs/model.md`.
#[must_use]
pub fn switching_cost(stakes: &Stakes, terms: &MoveTerms) -> [f64; Cause::ALL.len()] {
    let on_exit = |months: f64| if terms.is_exit { months } else { 0.0 };
    let captive = on_exit(stakes.captive_labour_months);
    let integrated = stakes.labour_months * (1.0 - terms.portability) + captive * terms.portability;
    let revalidated =
        stakes.labour_months * terms.revalidated_share + captive * (1.0 - terms.revalidated_share);
    let mut cost = [0.0; Cause::ALL.len()];
    cost[Cause::Integration as usize] = terms.labour * integrated;
    cost[Cause::Egress as usize] = on_exit(stakes.egress_months);
    cost[Cause::State as usize] = stakes.state_months;
    cost[Cause::Policy as usize] = stakes.policy_months;
    cost[Cause::Commitment as usize] = on_exit(stakes.commitment_months);
    cost[Cause::Revalidation as usize] = stakes.requalification * revalidated;
    cost[Cause::ParallelRunning as usize] = terms.parallel_months;
    cost[Cause::Inertia as usize] = terms.inertia_months;
    cost
}

/// Coefficients that give the total of [`switching_cost`] over causes, by kind of move, in fewer steps.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TotalCosts {
    /// Coefficient of labour.
    labour: [f64; Move::ALL.len()],
    /// Coefficient of captive labour.
    captive: [f64; Move::ALL.len()],
    /// Coefficient of labour times requalification.
    revalidated: [f64; Move::ALL.len()],
    /// Coefficient of captive labour times requalification.
    captive_revalidated: [f64; Move::ALL.len()],
    /// Coefficient of egress and commitment: one if data leaves the origin.
    charged: [f64; Move::ALL.len()],
    /// Constant cost, in months of spend.
    fixed: [f64; Move::ALL.len()],
}

impl TotalCosts {
    /// Returns the coefficients for the terms of each kind of move.
    #[must_use]
    pub fn new(terms: &[MoveTerms; Move::ALL.len()]) -> Self {
        let on_exit = |terms: &MoveTerms, value: f64| if terms.is_exit { value } else { 0.0 };
        Self {
            labour: terms.map(|t| t.labour * (1.0 - t.portability)),
            captive: terms.map(|t| on_exit(&t, t.labour * t.portability)),
            revalidated: terms.map(|t| t.revalidated_share),
            captive_revalidated: terms.map(|t| on_exit(&t, 1.0 - t.revalidated_share)),
            charged: terms.map(|t| on_exit(&t, 1.0)),
            fixed: terms.map(|t| t.parallel_months + t.inertia_months),
        }
    }

    /// Returns the total cost of a move of each kind, in months of spend.
    #[must_use]
    #[inline]
    pub fn of(&self, stakes: &Stakes) -> [f64; Move::ALL.len()] {
        let (labour, captive) = (stakes.labour_months, stakes.captive_labour_months);
        let (again, captive_again) = (
            labour * stakes.requalification,
            captive * stakes.requalification,
        );
        // An infinite charge times the coefficient zero would not be a number; the largest finite one gives zero.
        let charges = (stakes.egress_months + stakes.commitment_months).min(f64::MAX);
        let left = stakes.state_months + stakes.policy_months;
        std::array::from_fn(|kind| {
            self.labour[kind] * labour
                + self.captive[kind] * captive
                + self.revalidated[kind] * again
                + self.captive_revalidated[kind] * captive_again
                + self.charged[kind] * charges
                + (self.fixed[kind] + left)
        })
    }
}

/// Returns the annuity factor: the monthly payment over `months` that equals one unit today at the rate `monthly_rate`.
///
/// Equation 7 of `docs/model.md`.
#[must_use]
pub fn annuity(months: f64, monthly_rate: f64) -> f64 {
    if monthly_rate <= 0.0 {
        return 1.0 / months;
    }
    monthly_rate / (1.0 - libm::pow(1.0 + monthly_rate, -months))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stakes() -> Stakes {
        Stakes {
            labour_months: 2.0,
            egress_months: 0.3,
            requalification: 0.5,
            ..Stakes::default()
        }
    }

    fn exit() -> MoveTerms {
        MoveTerms {
            labour: 3.0,
            portability: 0.5,
            revalidated_share: 0.2,
            is_exit: true,
            ..MoveTerms::default()
        }
    }

    #[test]
    fn a_cost_is_the_sum_worked_by_hand() {
        let cost = switching_cost(&stakes(), &exit());
        assert!(
            (cost.iter().sum::<f64>() - (2.0 * 3.0 * 0.5 + 0.3 + 2.0 * 0.5 * 0.2)).abs() < 1e-12
        );
    }

    #[test]
    fn the_total_is_the_sum_over_causes() {
        let stakes = Stakes {
            captive_labour_months: 0.7,
            state_months: 0.4,
            policy_months: 0.2,
            commitment_months: 1.1,
            ..stakes()
        };
        let inside = MoveTerms {
            is_exit: false,
            parallel_months: 0.3,
            inertia_months: 2.0,
            ..exit()
        };
        let terms = [exit(), inside, MoveTerms::default(), exit()];
        for (total, terms) in TotalCosts::new(&terms).of(&stakes).iter().zip(&terms) {
            let sum: f64 = switching_cost(&stakes, terms).iter().sum();
            assert!((total - sum).abs() < 1e-12);
        }
    }

    #[test]
    fn captive_tokens_raise_the_cost_of_leaving_and_of_nothing_else() {
        let captive = Stakes {
            captive_labour_months: 1.2,
            ..stakes()
        };
        let sum =
            |stakes: &Stakes, terms: &MoveTerms| switching_cost(stakes, terms).iter().sum::<f64>();
        assert!(sum(&captive, &exit()) > sum(&stakes(), &exit()));
        let inside = MoveTerms {
            is_exit: false,
            ..exit()
        };
        assert!((sum(&captive, &inside) - sum(&stakes(), &inside)).abs() < 1e-12);
    }

    #[test]
    fn an_annuity_repays_its_principal() {
        let payment = annuity(24.0, 0.01);
        let value: f64 = (1..=24)
            .map(|month| payment / libm::pow(1.01, f64::from(month)))
            .sum();
        assert!((value - 1.0).abs() < 1e-12);
        assert!((annuity(10.0, 0.0) - 0.1).abs() < 1e-15);
    }
}
