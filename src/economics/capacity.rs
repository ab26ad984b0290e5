//! Capacity: how much to order, which constraint binds, and how rents move.

/// What keeps a cloud from ordering more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Constraint {
    /// Forecast demand is met: nothing else binds.
    Demand = 0,
    /// The silicon vendors' allocation.
    Chips = 1,
    /// Power that can be connected.
    Power = 2,
    /// The capital budget.
    Capex = 3,
}

impl Constraint {
    /// All constraints, in order.
    pub const ALL: [Self; 4] = [Self::Demand, Self::Chips, Self::Power, Self::Capex];

    /// The name in tables.
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

/// The order of a month in H100e and the constraint that set it.
///
/// `wanted` closes the gap between forecast need and what stands or is on order; the limits cap it.
/// Ties go to the constraint named first.
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

/// A rule by which a seller shares out what is short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rationing {
    /// Everyone gets the same part of what it asks for.
    Proportional,
    /// Small orders are filled first, large ones share the rest alike (water filling).
    MaxMin,
}

/// What each asker gets of `capacity`; all of it where there is enough.
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

/// The unit cost after cumulative output has grown from `first` to `now`, where each doubling takes off `learning`.
///
/// Equation 18 of `docs/model.md`.
#[must_use]
pub fn experience_cost(cost: f64, first: f64, now: f64, learning: f64) -> f64 {
    cost * libm::pow(now / first, libm::log2(1.0 - learning))
}

/// One exact step of an Ornstein-Uhlenbeck process: mean reversion at `speed` per month towards `mean`,
/// volatility `sigma` per root month, over `months`, with standard normal `shock`.
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
