//! Properties that hold for any numbers: shares, inclusive values, markups under common ownership, churn, scores.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "random sizes are small"
)]

use nalgebra::DMatrix;
use tollway::base::rng::{Purpose, Stream, Streams};
use tollway::economics::choice::{Nests, logit_shares, logsum};
use tollway::economics::pricing::{RESIDUAL, Sellers};
use tollway::economics::revealed::{ever_leaving, stationary_shares, transitions};
use tollway::stats::scores::{crps, probability_integral};
use tollway::verify::demand::{BuyerClass, ProductDemand};

use crate::common::{mean, scenario, simulate};

fn cases(count: u64, mut check: impl FnMut(&mut Stream)) {
    let streams = Streams::new(17, 0);
    for case in 0..count {
        check(&mut streams.stream(Purpose::User, case, 0));
    }
}

fn utilities(stream: &mut Stream) -> Vec<f64> {
    let count = 1 + (stream.uniform() * 9.0) as usize;
    (0..count).map(|_| 40.0 * stream.normal()).collect()
}

#[test]
fn shares_sum_to_one_and_inclusive_values_are_at_least_the_best() {
    cases(2_000, |stream| {
        let utilities = utilities(stream);
        let best = utilities.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        assert!((logit_shares(&utilities).iter().sum::<f64>() - 1.0).abs() < 1e-12);
        assert!(logsum(&utilities) >= best);
        let nest = utilities
            .iter()
            .map(|_| (stream.uniform() * 3.0) as u8)
            .collect();
        let nests = Nests::new(nest, 0.9 * stream.uniform());
        // The scale keeps weights from overflowing.
        let small: Vec<f64> = utilities.iter().map(|v| v * 0.1).collect();
        let weights: Vec<f64> = small
            .iter()
            .map(|v| libm::exp(nests.log_weight(*v)))
            .collect();
        let mut shares = Vec::new();
        let value = nests.probabilities(&weights, &mut shares);
        assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        assert!(value >= 0.1 * best - 1e-9);
    });
}

#[test]
fn an_owner_of_all_products_sets_equal_markups() {
    cases(40, |stream| {
        let count = 2 + (stream.uniform() * 4.0) as usize;
        let demand = ProductDemand {
            classes: vec![BuyerClass {
                weight: 1.0,
                sensitivity: 0.5 + stream.uniform(),
                value: (0..count).map(|_| 4.0 * stream.uniform()).collect(),
            }],
            nest: (0..count).collect(),
            rho: 0.0,
            has_outside: true,
        };
        let sellers = Sellers {
            firm: (0..count).collect(),
            kappa: DMatrix::from_element(count, count, 1.0),
            fee: vec![0.0; count],
            cost: (0..count).map(|_| 2.0 * stream.uniform()).collect(),
            is_free: vec![true; count],
            floor: vec![f64::NEG_INFINITY; count],
        };
        let found = sellers.equilibrium(&demand, &sellers.cost);
        assert!(found.residual < RESIDUAL);
        let first = found.prices[0] - sellers.cost[0];
        for (price, cost) in found.prices.iter().zip(&sellers.cost) {
            assert!(
                (price - cost - first).abs() < 1e-7,
                "{price} {cost} {first}"
            );
        }
    });
}

#[test]
fn churn_falls_with_loyalty() {
    cases(500, |stream| {
        let values: Vec<f64> = utilities(stream).into_iter().map(|v| 0.02 * v).collect();
        if values.len() < 2 {
            return;
        }
        let churn = |loyalty: f64| {
            let stays: Vec<f64> = transitions(&values, loyalty)
                .diagonal()
                .iter()
                .copied()
                .collect();
            ever_leaving(&stays, &stationary_shares(&values, loyalty), 1.0)
        };
        let less = 3.0 * stream.uniform();
        assert!(churn(less + 0.1 + stream.uniform()) < churn(less));
    });
}

#[test]
fn moves_in_the_market_fall_with_the_cost_of_moving() {
    let moves = |inertia: &str| {
        let edit = format!("switching.moves.model.inertia={inertia}");
        let loaded = scenario(
            "classroom",
            &[
                "run.enterprises=400",
                "run.replications=6",
                "months=8",
                &edit,
            ],
        );
        let ensemble = simulate(&loaded);
        (0..8)
            .map(|month| mean(&ensemble, "market", "market", "model_switch_rate", month))
            .sum::<f64>()
    };
    let (free, dear) = (moves("0"), moves("24"));
    assert!(dear < free, "{dear} {free}");
}

#[test]
fn crps_punishes_a_forecast_that_is_far_off() {
    cases(200, |stream| {
        let mut sample: Vec<f64> = (0..50).map(|_| stream.normal()).collect();
        sample.sort_unstable_by(f64::total_cmp);
        let observed = stream.normal();
        let score = crps(&sample, observed);
        assert!(score >= 0.0);
        // A whole forecast moved far away scores worse; forecast and outcome moved together score as before.
        let far: Vec<f64> = sample.iter().map(|x| x + 10.0).collect();
        assert!(crps(&far, observed) > score);
        assert!((crps(&far, observed + 10.0) - score).abs() < 1e-9);
        assert!((0.0..=1.0).contains(&probability_integral(&sample, observed)));
    });
}
