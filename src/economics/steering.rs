//! Steering: the gain of a router from favouring a model, and the cost to its users.

use crate::base::elementary::{quick_exp, quick_log};

/// Sums over the alternatives of a logit whose utilities carry a bias from which the user gains nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tilt {
    /// Sum of weights without the bias.
    pub plain: f64,
    /// Sum of weights with the bias.
    pub steered: f64,
    /// Sum of weights with the bias, each times the bias.
    pub borne: f64,
}

impl Tilt {
    /// Adds an alternative of weight `plain = exp(v)` and returns its weight under the bias, where `lift = exp(bias)`.
    pub fn add(&mut self, plain: f64, bias: f64, lift: f64) -> f64 {
        let weight = plain * lift;
        self.plain += plain;
        self.steered += weight;
        self.borne += weight * bias;
        weight
    }

    /// Returns the value of the biased choice to its user, in logit units: `ln sum exp(v + b) - sum s b`.
    #[must_use]
    pub fn worth(&self) -> f64 {
        quick_log(self.steered) - self.borne / self.steered
    }

    /// Returns the user's loss against an unbiased choice, in logit units; exactly zero without bias.
    #[must_use]
    pub fn loss(&self) -> f64 {
        if self.borne == 0.0 {
            0.0
        } else {
            quick_log(self.plain) - self.worth()
        }
    }
}

/// Shares and loss of users if a part of the traffic goes through a biased router.
#[derive(Clone, Debug, PartialEq)]
pub struct Steered {
    /// Shares of a neutral router.
    pub neutral: Vec<f64>,
    /// Shares of the biased router.
    pub routed: Vec<f64>,
    /// Shares of all traffic.
    pub all: Vec<f64>,
    /// Mean loss of users over all traffic, in logit units; never negative.
    pub loss: f64,
}

/// Returns shares and loss of traffic of which the share `routed` goes through a router that adds `bias` to utilities,
/// from which users gain nothing.
///
/// Equation 8 of `docs/model.md`.
#[must_use]
pub fn steered(utilities: &[f64], bias: &[f64], routed: f64) -> Steered {
    let mut tilt = Tilt::default();
    let plain: Vec<f64> = utilities.iter().map(|v| libm::exp(*v)).collect();
    let lifted: Vec<f64> = plain
        .iter()
        .zip(bias)
        .map(|(w, b)| tilt.add(*w, *b, quick_exp(*b)))
        .collect();
    let neutral: Vec<f64> = plain.iter().map(|weight| weight / tilt.plain).collect();
    let biased: Vec<f64> = lifted.iter().map(|weight| weight / tilt.steered).collect();
    let all = neutral
        .iter()
        .zip(&biased)
        .map(|(n, b)| (1.0 - routed) * n + routed * b)
        .collect();
    Steered {
        loss: routed * tilt.loss(),
        neutral,
        routed: biased,
        all,
    }
}

/// Returns the operator's gain per million tokens steered from another firm's model to its own: its own margin, less
/// the commission on the other model's price and the look-through share of the other firm's margin, which it gives up.
/// The margin of hosting is earned in both cases and cancels.
///
/// Equation 9 of `docs/model.md`.
#[must_use]
pub fn steering_gain(
    own_margin: f64,
    commission: f64,
    other_price: f64,
    stake: f64,
    other_cost: f64,
) -> f64 {
    own_margin
        - (commission * other_price + stake * ((1.0 - commission) * other_price - other_cost))
}

/// Returns the steering that pays: `most` times the gain less the expected penalty, as a share of `price` kept between
/// zero and one. Gain and penalty are per million tokens, which sell at `price`.
///
/// Equation 10 of `docs/model.md`.
#[must_use]
pub fn chosen_steering(most: f64, gain: f64, penalty: f64, price: f64) -> f64 {
    if price <= 0.0 {
        return 0.0;
    }
    most * ((gain - penalty) / price).clamp(0.0, 1.0)
}

/// Returns the fine that a designated operator expects per million tokens of its own models, which sell at `price`: the
/// share `risk` of all its AI revenue, spread over the spend that its router steers. Infinite if nothing is routed.
///
/// Equation 41 of `docs/model.md`.
#[must_use]
pub fn expected_fine(risk: f64, revenue: f64, routed: f64, price: f64) -> f64 {
    let fine = risk * revenue;
    if fine <= 0.0 {
        0.0
    } else if routed <= 0.0 {
        f64::INFINITY
    } else {
        fine / routed * price
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commission_and_stake_both_weaken_the_incentive() {
        let alone = steering_gain(0.9, 0.0, 5.0, 0.0, 2.0);
        assert!(steering_gain(0.9, 0.08, 5.0, 0.0, 2.0) < alone);
        assert!(steering_gain(0.9, 0.0, 5.0, 0.15, 2.0) < alone);
    }

    #[test]
    fn steering_costs_the_user_and_no_steering_costs_nothing() {
        let utilities = [1.0, 0.4, 0.1];
        assert_eq!(steered(&utilities, &[0.0; 3], 1.0).loss, 0.0);
        assert!(steered(&utilities, &[0.0, 0.0, 2.0], 1.0).loss > 0.1);
    }

    #[test]
    fn a_penalty_above_the_gain_ends_steering() {
        assert!(chosen_steering(2.0, 0.5, 0.6, 5.0).abs() < 1e-15);
        assert!((chosen_steering(2.0, 1.5, 0.5, 5.0) - 0.4).abs() < 1e-15);
    }

    #[test]
    fn a_fine_on_all_revenue_weighs_on_the_tokens_that_are_steered() {
        assert_eq!(expected_fine(0.0, 100.0, 0.0, 5.0), 0.0);
        assert!((expected_fine(0.01, 100.0, 10.0, 5.0) - 0.5).abs() < 1e-15);
        assert_eq!(
            chosen_steering(2.0, 1.5, expected_fine(0.01, 100.0, 0.0, 5.0), 5.0),
            0.0
        );
    }
}
