//! Tests of the local linear trend.

use super::*;

const MODEL: Model = Model {
    noise: Noise {
        level: 0.05,
        slope: 0.01,
    },
    half_life: 12.0,
    slope_mean: 0.04,
    slope_sd: 0.1,
    freedom: f64::INFINITY,
};

fn level(until: f64, log: f64, error: f64) -> Reading {
    Reading {
        from: until,
        until,
        log,
        error,
        is_flow: false,
    }
}

fn flow(from: f64, until: f64, log: f64) -> Reading {
    Reading {
        from,
        until,
        log,
        error: 0.01,
        is_flow: true,
    }
}

/// A plain Kalman filter of levels read at whole months from zero: state and covariance in the last month, and log
/// likelihood.
fn kalman(
    readings: &[Option<(f64, f64)>],
    model: &Model,
    center: f64,
) -> ([f64; 2], [[f64; 2]; 2], f64) {
    let (q_level, q_slope) = model.noise.variances();
    let phi = model.phi();
    let mut state = [center, model.slope_mean];
    let mut p = [[100.0, 0.0], [0.0, model.slope_sd * model.slope_sd]];
    let mut likelihood = 0.0;
    for (month, reading) in readings.iter().enumerate() {
        if month > 0 {
            state = [state[0] + state[1], phi * state[1]];
            let [[a, b], [_, d]] = p;
            let cross = phi * (b + d);
            p = [
                [a + 2.0 * b + d + q_level, cross],
                [cross, phi * phi * d + q_slope],
            ];
        }
        if let Some((log, error)) = reading {
            let variance = p[0][0] + error * error;
            let miss = log - state[0];
            let gain = [p[0][0] / variance, p[1][0] / variance];
            likelihood -= 0.5 * (libm::log(2.0 * PI * variance) + miss * miss / variance);
            state = [state[0] + gain[0] * miss, state[1] + gain[1] * miss];
            let row = p[0];
            for i in 0..2 {
                for j in 0..2 {
                    p[i][j] -= gain[i] * row[j];
                }
            }
        }
    }
    (state, p, likelihood)
}

#[test]
fn the_fit_of_levels_is_the_kalman_filter() {
    let seen = [
        Some((1.0, 0.05)),
        None,
        Some((1.2, 0.02)),
        Some((1.21, 0.1)),
        None,
        None,
        Some((1.6, 0.05)),
        None,
    ];
    let readings: Vec<Reading> = seen
        .iter()
        .zip(0_u32..)
        .filter_map(|(reading, month)| {
            reading.map(|(log, error)| level(f64::from(month), log, error))
        })
        .collect();
    for half_life in [12.0, f64::INFINITY] {
        let model = Model { half_life, ..MODEL };
        let (state, covariance, likelihood) = kalman(&seen, &model, (1.0 + 1.2 + 1.21 + 1.6) / 4.0);
        let fit = fit(&readings, &model, 7.0, 19.0).expect("a fit");
        let trend = fit.trend(7.0);
        assert!((trend.level - state[0]).abs() < 1e-6 && (trend.slope - state[1]).abs() < 1e-6);
        for (row, expected) in trend.covariance.iter().zip(covariance) {
            for (value, expected) in row.iter().zip(expected) {
                assert!((value - expected).abs() < 1e-6, "{value} {expected}");
            }
        }
        assert!(
            (fit.log_likelihood - likelihood).abs() < 1e-6,
            "{} {likelihood}",
            fit.log_likelihood
        );
        let (far, ahead) = (fit.reading(19.0, 19.0, false), trend.forecast(12.0));
        assert!((far.0 - ahead.0).abs() < 1e-6 && (far.1 - ahead.1).abs() < 1e-6);
        let (far, ahead) = (fit.reading(10.0, 13.0, true), trend.forecast_flow(3.0, 6.0));
        assert!(
            (far.0 - ahead.0).abs() < 1e-3 && (far.1 / ahead.1 - 1.0).abs() < 0.02,
            "{far:?} {ahead:?}"
        );
    }
}

#[test]
fn a_flow_of_a_month_is_the_level_in_its_middle() {
    let flows: Vec<Reading> = (0..6)
        .map(|k| flow(f64::from(k), f64::from(k) + 1.0, 0.05 * f64::from(k)))
        .collect();
    let levels: Vec<Reading> = (0..6)
        .map(|k| level(f64::from(k) + 0.5, 0.05 * f64::from(k), 0.01))
        .collect();
    let of = |readings: &[Reading]| fit(readings, &MODEL, 6.0, 6.0).expect("a fit").trend(6.0);
    let (a, b) = (of(&flows), of(&levels));
    assert!((a.level - b.level).abs() < 5e-3, "{a:?} {b:?}");
    assert!((a.slope - b.slope).abs() < 2e-3, "{a:?} {b:?}");
}

#[test]
fn a_flow_is_the_mean_of_a_growing_level() {
    // exp(x) grows by 10 % a month; the year's mean lies above the level in the middle.
    let model = Model {
        half_life: f64::INFINITY,
        noise: Noise {
            level: 1e-4,
            slope: 1e-4,
        },
        ..MODEL
    };
    let growth = 0.1;
    let mean = libm::log((libm::exp(growth * 12.0) - 1.0) / (growth * 12.0));
    let readings = [level(0.0, 0.0, 1e-3), level(12.0, growth * 12.0, 1e-3)];
    let fit = fit(&readings, &model, 12.0, 12.0).expect("a fit");
    assert!((fit.reading(0.0, 12.0, true).0 - mean).abs() < 1e-4);
}

#[test]
fn student_errors_ignore_an_outlier() {
    let mut readings: Vec<Reading> = (0..12)
        .map(|k| level(f64::from(k), 0.05 * f64::from(k), 0.03))
        .collect();
    let quiet = Model {
        noise: Noise {
            level: 0.01,
            slope: 0.002,
        },
        half_life: f64::INFINITY,
        ..MODEL
    };
    let of = |readings: &[Reading], freedom| {
        fit(readings, &Model { freedom, ..quiet }, 11.0, 11.0)
            .expect("a fit")
            .trend(11.0)
            .level
    };
    let clean = of(&readings, 4.0);
    readings[10].log += 1.0;
    assert!((of(&readings, 4.0) - clean).abs() < 0.02);
    assert!((of(&readings, f64::INFINITY) - clean).abs() > 0.1);
}

#[test]
fn more_data_narrows_and_one_reading_keeps_the_prior_slope() {
    let one = [level(3.0, 2.0, 0.05)];
    let trend = fit(&one, &MODEL, 3.0, 3.0).expect("a fit").trend(3.0);
    assert!((trend.slope - 0.04).abs() < 1e-6 && (trend.level - 2.0).abs() < 1e-3);
    assert!((trend.covariance[1][1] - 0.01).abs() < 1e-6);
    let more: Vec<Reading> = (0..7)
        .map(|k| level(0.5 * f64::from(k), 2.0, 0.05))
        .collect();
    let narrow = fit(&more, &MODEL, 3.0, 3.0).expect("a fit").trend(3.0);
    assert!(narrow.covariance[0][0] < trend.covariance[0][0]);
    assert!(narrow.covariance[1][1] < trend.covariance[1][1]);
    assert!(fit(&[], &MODEL, 3.0, 3.0).is_none());
}

#[test]
fn pooled_noises_are_found_again() {
    use crate::base::rng::{Purpose, Streams};
    let streams = Streams::new(7, 0);
    let truth = Noise {
        level: 0.05,
        slope: 0.01,
    };
    let series: Vec<Vec<Reading>> = (0..12)
        .map(|entity| {
            let mut stream = streams.stream(Purpose::User, entity, 0);
            let (mut x, mut b) = (0.0, 0.05);
            (0..40)
                .map(|month| {
                    x += b + truth.level * stream.normal();
                    b = MODEL.phi() * b + truth.slope * stream.normal();
                    level(f64::from(month), x + 0.02 * stream.normal(), 0.02)
                })
                .collect()
        })
        .collect();
    let found = fit_noise(&series, &MODEL, &Grid::WIDE).expect("a noise");
    assert!((found.level / truth.level - 1.0).abs() < 0.2, "{found:?}");
    assert!((found.slope / truth.slope - 1.0).abs() < 0.35, "{found:?}");
}

#[test]
fn growth_alone_gives_the_slope_and_with_one_flow_the_level() {
    let quiet = Model {
        noise: Noise {
            level: 1e-4,
            slope: 1e-4,
        },
        half_life: f64::INFINITY,
        ..MODEL
    };
    let growths: Vec<Growth> = (0..4)
        .map(|quarter| Growth {
            from: 12.0 + 3.0 * f64::from(quarter),
            until: 15.0 + 3.0 * f64::from(quarter),
            months: 12.0,
            log: 0.36,
            error: 0.01,
        })
        .collect();
    let slope = fit_with_growth(&[], &growths, &quiet, (24.0, 24.0))
        .expect("a fit")
        .trend(24.0);
    assert!(
        (slope.slope - 0.03).abs() < 1e-3 && slope.covariance[0][0] > 50.0,
        "{slope:?}"
    );
    let year = [flow(0.0, 12.0, 0.0)];
    let both = fit_with_growth(&year, &growths, &quiet, (24.0, 24.0)).expect("a fit");
    let mean = libm::log((libm::exp(0.36) - 1.0) / 0.36);
    assert!(
        (both.trend(24.0).level - (24.0 * 0.03 - mean)).abs() < 0.02,
        "{:?}",
        both.trend(24.0)
    );
    assert!((both.reading(12.0, 24.0, true).0 - 0.36).abs() < 0.02);
}
