//! Capacity: the size of a cloud's order, the constraint that binds it, rationing, experience curves and rents.

/// Constraint that sets the size of a cloud's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Constraint {
    /// Forecast demand: the whole need is ordered, and no limit binds.
    Demand = 0,
    /// Allocation by the silicon vendors.
    Chips = 1,
    /// Power that can be connected.
    Power = 2,
    /// Capital budget.
    Capex = 3,
}

impl Constraint {
    /// All constraints, in the order in which ties are settled.
    pub const ALL: [Self; 4] = [Self::Demand, Self::Chips, Self::Power, Self::Capex];

    /// Returns the name in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Demand => "demand",
            Self::Chips => "chips",
            Self::Power => "power",
            Self::Capex => "capex",
        }
    }
}

/// Returns the order of a month, H100e, and the constraint that set it.
///
/// `wanted` is the gap between forecast need and the capacity that stands or is on order; the other arguments are
/// limits, all in H100e. Ties go to the constraint listed first in [`Constraint::ALL`].
///
/// Equation 17 of `docs/model.md`.
#[must_use]
pub fn order_size(wanted: f64, chips: f64, power: f64, capex: f64) -> (f64, Constraint) {
    let limits = [
        (Constraint::Demand, wanted),
        (Constraint::Chips, chips),
        (Constraint::Power, power),
        (Constraint::Capex, capex),
    ];
    let mut binding = (wanted, Constraint::Demand);
    for (constraint, limit) in limits {
        if limit < binding.0 {
            binding = (limit, constraint);
        }
    }
    (binding.0.max(0.0), binding.1)
}

/// Rule by which a seller rations a capacity below demand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rationing {
    /// Each buyer receives an equal fraction of its demand.
    Proportional,
    /// Small orders are filled first; large orders share the rest equally (max-min fairness, water filling).
    MaxMin,
}

/// Returns the amount that each buyer receives of `capacity`: its whole demand if total demand fits.
#[must_use]
pub fn ration(demand: &[f64], capacity: f64, rule: Rationing) -> Vec<f64> {
    let total: f64 = demand.iter().sum();
    if total <= capacity || total <= 0.0 {
        return demand.to_vec();
    }
    match rule {
        Rationing::Proportional => demand.iter().map(|d| d * (capacity / total)).collect(),
        Rationing::MaxMin => {
            let mut order: Vec<usize> = (0..demand.len()).collect();
            order.sort_by(|a, b| demand[*a].total_cmp(&demand[*b]).then(a.cmp(b)));
            let mut given = vec![0.0; demand.len()];
            let (mut left, mut askers) = (capacity, demand.len());
            for asker in order {
                #[expect(clippy::cast_precision_loss, reason = "few askers")]
                let level = left / askers as f64;
                given[asker] = demand[asker].min(level);
                left -= given[asker];
                askers -= 1;
            }
            given
        }
    }
}

/// Returns the amount that each buyer receives of `capacity` where a seller prefers some buyers: proportional to demand
/// times weight, and never more than the demand. With equal weights this is [`Rationing::Proportional`].
#[must_use]
pub fn ration_by_weight(demand: &[f64], weights: &[f64], capacity: f64) -> Vec<f64> {
    let mut given = vec![0.0; demand.len()];
    let mut left = capacity;
    let mut is_open: Vec<bool> = demand.iter().map(|d| *d > 0.0).collect();
    loop {
        let claims = |at: usize| {
            if is_open[at] {
                demand[at] * weights[at]
            } else {
                0.0
            }
        };
        let all: f64 = (0..demand.len()).map(claims).sum();
        if all <= 0.0 || left <= 0.0 {
            return given;
        }
        // Buyers whose part covers their demand are served in full; what they leave goes to the others.
        let full: Vec<usize> = (0..demand.len())
            .filter(|at| is_open[*at] && weights[*at] * left >= all)
            .collect();
        if full.is_empty() {
            for (at, given) in given.iter_mut().enumerate() {
                *given += left * claims(at) / all;
            }
            return given;
        }
        for at in full {
            given[at] = demand[at];
            left -= demand[at];
            is_open[at] = false;
        }
    }
}

/// Returns a vendor's price over the normal one when `asked` meets the output `made`: their ratio to the power
/// `response`, between 1 and `most`.
#[must_use]
pub fn scarcity_premium(asked: f64, made: f64, response: f64, most: f64) -> f64 {
    if asked <= made || response <= 0.0 {
        return 1.0;
    }
    libm::pow(asked / made.max(1e-9 * asked), response)
        .min(most)
        .max(1.0)
}

/// Returns the unit cost after cumulative output has grown from `first` to `now`, where each doubling lowers cost by
/// the share `learning`.
///
/// Equation 18 of `docs/model.md`.
#[must_use]
pub fn experience_cost(cost: f64, first: f64, now: f64, learning: f64) -> f64 {
    cost * libm::pow(now / first, libm::log2(1.0 - learning))
}

/// Returns the value after one exact step of an Ornstein-Uhlenbeck process: mean reversion at `speed` per month towards
/// `mean`, volatility `sigma` per root month, over `months`, with the standard normal draw `shock`.
///
/// Equation 19 of `docs/model.md`.
#[must_use]
pub fn ornstein_uhlenbeck(
    value: f64,
    mean: f64,
    speed: f64,
    sigma: f64,
    months: f64,
    shock: f64,
) -> f64 {
    let keep = libm::exp(-speed * months);
    let variance = if speed > 0.0 {
        sigma * sigma * (1.0 - keep * keep) / (2.0 * speed)
    } else {
        sigma * sigma * months
    };
    mean + (value - mean) * keep + libm::sqrt(variance) * shock
}

/// Terms of a cloud as a host of a lab's compute; also the lab's responses to each of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HostTerms {
    /// Unused share of the lab's commitment there, less the rent there over the lab's mean rent, plus one.
    pub terms: f64,
    /// Look-through stake in the lab gained since the start, as a share.
    pub stake: f64,
    /// Share of planned training that the cloud did not deliver last month.
    pub missed: f64,
}

/// Returns the weight of a cloud in the hosts that a lab wants; shares are weights over their sum. `base` is the share at
/// the start.
///
/// Equation 38 of `docs/model.md`.
#[must_use]
pub fn host_weight(base: f64, cloud: HostTerms, response: HostTerms) -> f64 {
    let pull = response.terms * cloud.terms + response.stake * cloud.stake
        - response.missed * cloud.missed;
    base * libm::exp(pull)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preferred_buyer_is_served_first_and_equal_weights_are_proportional() {
        let demand = [6.0, 6.0, 0.0];
        let equal = ration_by_weight(&demand, &[1.0; 3], 6.0);
        assert_eq!(equal, ration(&demand, 6.0, Rationing::Proportional));
        assert_eq!(
            ration_by_weight(&demand, &[1.0, 0.5, 1.0], 6.0),
            [4.0, 2.0, 0.0]
        );
        assert_eq!(
            ration_by_weight(&demand, &[1.0, 0.1, 1.0], 8.0),
            [6.0, 2.0, 0.0]
        );
        assert_eq!(ration_by_weight(&demand, &[1.0, 0.1, 1.0], 20.0), demand);
    }

    #[test]
    fn a_premium_rises_with_the_shortage_only() {
        assert_eq!(scarcity_premium(1.0, 1.0, 0.5, 1.5), 1.0);
        assert_eq!(scarcity_premium(2.0, 1.0, 0.0, 1.5), 1.0);
        assert!((scarcity_premium(1.21, 1.0, 0.5, 1.5) - 1.1).abs() < 1e-12);
        assert_eq!(scarcity_premium(9.0, 1.0, 0.5, 1.5), 1.5);
    }

    #[test]
    fn the_smallest_limit_binds() {
        assert_eq!(order_size(9.0, 5.0, 3.0, 7.0), (3.0, Constraint::Power));
        assert_eq!(order_size(2.0, 5.0, 3.0, 7.0), (2.0, Constraint::Demand));
        assert_eq!(order_size(-4.0, 5.0, 3.0, 7.0), (0.0, Constraint::Demand));
    }

    #[test]
    fn steps_of_the_process_compose() {
        let once = ornstein_uhlenbeck(2.0, 1.0, 0.4, 0.0, 3.0, 0.0);
        let twice = ornstein_uhlenbeck(
            ornstein_uhlenbeck(2.0, 1.0, 0.4, 0.0, 1.0, 0.0),
            1.0,
            0.4,
            0.0,
            2.0,
            0.0,
        );
        assert!((once - twice).abs() < 1e-14);
    }

    #[test]
    fn a_host_gains_by_its_terms_and_stake_and_loses_by_what_it_misses() {
        let none = HostTerms {
            terms: 0.0,
            stake: 0.0,
            missed: 0.0,
        };
        let all = HostTerms {
            terms: 1.0,
            stake: 1.0,
            missed: 1.0,
        };
        let weight = |terms, stake, missed| {
            let cloud = HostTerms {
                terms,
                stake,
                missed,
            };
            host_weight(0.5, cloud, all)
        };
        assert!(weight(0.1, 0.0, 0.0) > 0.5 && weight(0.0, 0.1, 0.0) > 0.5);
        assert!(weight(0.0, 0.0, 0.1) < 0.5);
        assert_eq!(host_weight(0.5, all, none).to_bits(), 0.5_f64.to_bits());
    }
}
