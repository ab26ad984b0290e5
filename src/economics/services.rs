//! Services: what an integrator of models plus operations charges, and how many customers it then reaches.

/// Returns the share of customers that an integrator reaches once its fee has risen by `rise` above the fee at which it
/// reaches the share `base`. The log odds of the reach fall by `sensitivity` for each unit of the fee.
///
/// Equation 39 of `docs/model.md`.
#[must_use]
pub fn reach(base: f64, sensitivity: f64, rise: f64) -> f64 {
    if base <= 0.0 || sensitivity * rise == 0.0 {
        return base;
    }
    let odds = base * libm::exp(-sensitivity * rise);
    odds / (1.0 - base + odds)
}

/// Returns the fee, as a share of spend, that earns most at the unit cost `cost` (a share of spend too), where each
/// segment's spend and reach are given; at most 1. The mean reach of customers, weighted by the spend that the
/// integrator manages, decides: the more of its market an integrator has, the less a higher fee costs it.
///
/// Equation 40 of `docs/model.md`.
#[must_use]
pub fn best_fee(cost: f64, sensitivity: f64, segments: impl Iterator<Item = (f64, f64)>) -> f64 {
    let (mut managed, mut left) = (0.0, 0.0);
    for (spend, reach) in segments {
        managed += spend * reach;
        left += spend * reach * (1.0 - reach);
    }
    if left <= 0.0 || sensitivity <= 0.0 {
        return 1.0;
    }
    (cost + managed / (sensitivity * left)).min(1.0)
}

/// Returns the place of the option to which an integrator attaches itself: the largest one, where it exceeds the
/// attached one by more than `loyalty` as a share of the sum; the attached one otherwise.
#[must_use]
pub fn attached_to(sizes: &[f64], attached: Option<usize>, loyalty: f64) -> Option<usize> {
    let all: f64 = sizes.iter().sum();
    let (mut leader, mut most) = (attached, attached.map_or(0.0, |own| sizes[own]));
    let least = most + loyalty * all;
    for (place, size) in sizes.iter().enumerate() {
        if *size > most && *size > least {
            (leader, most) = (Some(place), *size);
        }
    }
    leader
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_rise_leaves_the_reach_and_a_rise_moves_its_log_odds() {
        let same = reach(0.3, 5.0, 0.0);
        assert_eq!(same.to_bits(), 0.3_f64.to_bits());
        assert!((reach(0.0, 5.0, 0.2)).abs() < 1e-15);
        let moved = reach(0.3, 5.0, 0.1);
        let log_odds = |share: f64| libm::log(share / (1.0 - share));
        assert!((log_odds(0.3) - log_odds(moved) - 0.5).abs() < 1e-12);
    }

    #[test]
    fn no_other_fee_earns_more_than_the_best_one() {
        // Two segments with their spend and their reach at a fee of 0.15.
        let segments = [(3.0, 0.1), (1.0, 0.4)];
        let at = |fee: f64| segments.map(|(spend, base)| (spend, reach(base, 8.0, fee - 0.15)));
        let profit = |fee: f64| -> f64 {
            let sales = at(fee).map(|(spend, reach)| (fee - 0.1) * spend * reach);
            sales.iter().sum()
        };
        // The rule is a fixed point: the fee that reviews approach.
        let mut fee = 0.15;
        for _ in 0..200 {
            fee += 0.3 * (best_fee(0.1, 8.0, at(fee).into_iter()) - fee);
        }
        assert!(fee > 0.2 && fee < 0.3, "{fee}");
        for step in [-0.05, -0.01, 0.01, 0.05] {
            assert!(profit(fee) > profit(fee + step));
        }
    }

    #[test]
    fn a_better_position_carries_a_higher_fee() {
        let fee = |reach: f64| best_fee(0.1, 8.0, [(1.0, reach)].into_iter());
        assert!(fee(0.5) > fee(0.1));
        assert!((fee(0.0) - 1.0).abs() < 1e-15);
        assert!((fee(0.999) - 1.0).abs() < 1e-15);
    }

    #[test]
    fn loyalty_holds_back_a_small_lead_only() {
        assert_eq!(attached_to(&[5.0, 4.0, 1.0], Some(1), 0.2), Some(1));
        assert_eq!(attached_to(&[7.0, 4.0, 1.0], Some(1), 0.2), Some(0));
        assert_eq!(attached_to(&[5.0, 4.0, 1.0], None, 0.2), Some(0));
        assert_eq!(attached_to(&[0.0, 0.0], Some(1), 0.0), Some(1));
        assert_eq!(attached_to(&[0.0, 0.0], None, 0.0), None);
    }
}
