//! Checks of the engine against theory: queues run on the kernel, choices and adoptions drawn as the market draws them,
//! compared with closed forms; and coverage of confidence intervals.

use std::collections::VecDeque;

use crate::base::rng::{Purpose, Stream, Streams};
use crate::base::time::{SimTime, Span};
use crate::economics::choice::{Nests, logit_shares};
use crate::economics::diffusion::{bass_share, bass_time};
use crate::economics::queueing::Pool;
use crate::kernel::{PendingEvents, Phase};
use crate::stats::Summary;
use crate::stats::intervals::{correlation, half_width, pairing};
use crate::stats::series::{autocorrelated_mean, batch_means, lag_one, mean_over, welch};

/// Run of a queue until it is empty. Waits are in days; the kernel keeps time in microseconds.
#[derive(Clone, Debug)]
pub struct QueueRun {
    /// Wait of each customer in days, in the order of arrival.
    pub waits: Vec<f64>,
    /// Number of customers in the system, integrated over time, in microseconds: exact.
    pub presence: i128,
    /// Time in the system, summed over customers, in microseconds: exact.
    pub sojourns: i128,
}

#[derive(Clone, Copy, Debug)]
enum QueueEvent {
    Arrival,
    Departure,
}

/// Runs a first-come-first-served queue of equal servers on the kernel, from empty to empty.
pub fn run_queue(
    servers: usize,
    rate: f64,
    customers: usize,
    stream: &mut Stream,
    service: impl Fn(&mut Stream) -> f64,
) -> QueueRun {
    let mut events = PendingEvents::new();
    let (mut waiting, mut busy, mut arrived) = (VecDeque::new(), 0, 0);
    let mut run = QueueRun {
        waits: Vec::with_capacity(customers),
        presence: 0,
        sojourns: 0,
    };
    let (mut last, mut present) = (SimTime::START, 0_i128);
    if customers > 0 {
        events.schedule(SimTime::START, Phase::Trade, QueueEvent::Arrival);
    }
    while let Some(next) = events.pop() {
        let now = next.time;
        run.presence += present * i128::from((now - last).micros());
        last = now;
        match next.event {
            QueueEvent::Arrival => {
                arrived += 1;
                present += 1;
                // The service is drawn on arrival, so that paired runs serve a customer for the same time.
                waiting.push_back((now, Span::from_days(service(stream))));
                if arrived < customers {
                    let gap = Span::from_days(stream.exponential() / rate);
                    events.schedule(now + gap, Phase::Trade, QueueEvent::Arrival);
                }
            }
            QueueEvent::Departure => {
                busy -= 1;
                present -= 1;
            }
        }
        while busy < servers
            && let Some((since, length)) = waiting.pop_front()
        {
            busy += 1;
            run.waits.push((now - since).days());
            run.sojourns += i128::from((now + length - since).micros());
            events.schedule(now + length, Phase::Trade, QueueEvent::Departure);
        }
    }
    run
}

/// Returns the wait of the second customer of an M/M/1 queue that begins empty, in days, one for each run.
#[must_use]
pub fn two_customers(rate: f64, mu: f64, runs: usize) -> Vec<f64> {
    let streams = Streams::new(1, 0);
    (0..runs)
        .map(|run| {
            let mut stream = streams.stream(Purpose::User, run as u64, 0);
            run_queue(1, rate, 2, &mut stream, |stream| stream.exponential() / mu).waits[1]
        })
        .collect()
}

/// Comparison of the engine with theory.
#[derive(Clone, Debug)]
pub struct Check {
    /// Name of the quantity that is compared.
    pub what: &'static str,
    /// Value according to theory.
    pub expected: f64,
    /// Value from the engine.
    pub got: f64,
    /// Largest deviation allowed.
    pub margin: f64,
    /// Rule that sets the margin, in words.
    pub rule: &'static str,
}

impl Check {
    /// Returns true if the deviation lies within the margin.
    #[must_use]
    pub fn holds(&self) -> bool {
        (self.got - self.expected).abs() <= self.margin
    }
}

/// Returns all comparisons.
#[must_use]
pub fn checks() -> Vec<Check> {
    let mut all = steady_states();
    all.extend(long_run());
    all.push(littles_law());
    all.extend(beginning());
    all.push(adoption());
    all.extend(choices());
    all.extend(common_numbers());
    all.push(coverage());
    all
}

const REPLICATED: &str = "99 % interval of 40 replications";

/// Compares mean waits in steady state: M/M/1, M/M/3, and M/G/1 with constant and with widely spread services.
fn steady_states() -> Vec<Check> {
    // Services are lognormal, of mean 1 and squared coefficient of variation 4.
    let sigma = libm::sqrt(libm::log(5.0));
    let spread =
        move |stream: &mut Stream| stream.lognormal(libm::exp(-0.5 * sigma * sigma), sigma);
    let exponential = |stream: &mut Stream| stream.exponential();
    let constant = |_: &mut Stream| 1.0;
    vec![
        steady_state("M/M/1 mean wait, load 0.8", 1, 0.8, 1.0, &exponential),
        steady_state("M/M/3 mean wait, load 0.8", 3, 2.4, 1.0, &exponential),
        steady_state(
            "M/G/1 mean wait, constant service, load 0.8",
            1,
            0.8,
            0.0,
            &constant,
        ),
        steady_state(
            "M/G/1 mean wait, spread service, load 0.6",
            1,
            0.6,
            4.0,
            &spread,
        ),
    ]
}

fn steady_state(
    what: &'static str,
    servers: u32,
    rate: f64,
    variability: f64,
    service: &dyn Fn(&mut Stream) -> f64,
) -> Check {
    let streams = Streams::new(1, 1);
    let runs: Vec<Vec<f64>> = (0..40)
        .map(|run| {
            let mut stream = streams.stream(Purpose::User, run, u32::from(servers > 1));
            run_queue(servers as usize, rate, 12_000, &mut stream, service).waits
        })
        .collect();
    let warm = warm_up(&mean_over(&runs));
    #[expect(clippy::cast_precision_loss, reason = "few customers")]
    let mut means: Vec<f64> = runs
        .iter()
        .map(|waits| waits[warm..].iter().sum::<f64>() / (waits.len() - warm) as f64)
        .collect();
    let found = Summary::of(&mut means);
    let load = rate / f64::from(servers);
    Check {
        what,
        expected: Pool::new(servers, load, (1.0, variability)).mean_wait(),
        got: found.mean,
        margin: found.half_width(0.99),
        rule: REPLICATED,
    }
}

/// Returns the end of the warm-up by Welch's method: the first point at which the smoothed mean reaches the level of
/// the second half, at least a tenth and at most half of the series.
fn warm_up(means: &[f64]) -> usize {
    let smoothed = welch(means, 500);
    let half = &smoothed[smoothed.len() / 2..];
    #[expect(clippy::cast_precision_loss, reason = "few customers")]
    let level = half.iter().sum::<f64>() / half.len() as f64;
    let reached = smoothed.iter().position(|mean| *mean >= level).unwrap_or(0);
    reached.clamp(means.len() / 10, means.len() / 2)
}

/// Compares batch means of one long run with theory, and the variance of the mean of an autocorrelated series.
fn long_run() -> Vec<Check> {
    let mut stream = Streams::new(1, 2).stream(Purpose::User, 0, 0);
    let waits = run_queue(1, 0.6, 400_000, &mut stream, Stream::exponential).waits;
    let waits = &waits[10_000..];
    let batches = batch_means(waits, 30);
    // The engine draws AR(1) series: the variance of their mean is known.
    let streams = Streams::new(1, 3);
    let length = 400;
    let mut lags = Vec::new();
    let mut means: Vec<f64> = (0..2_000)
        .map(|run| {
            let mut stream = streams.stream(Purpose::User, run, 0);
            let mut value = stream.normal() / libm::sqrt(1.0 - 0.81);
            let series: Vec<f64> = (0..length)
                .map(|_| {
                    value = 0.9 * value + stream.normal();
                    value
                })
                .collect();
            lags.push(lag_one(&series));
            series.iter().sum::<f64>() / f64::from(length)
        })
        .collect();
    let of_mean = Summary::of(&mut means);
    let theory = autocorrelated_mean(0.9, 1.0, 400);
    vec![
        Check {
            what: "M/M/1 mean wait by batch means of one run, load 0.6",
            expected: Pool::new(1, 0.6, (1.0, 1.0)).mean_wait(),
            got: batches.mean,
            // Batch means give an interval of 95 %; the factor makes it one of 99 %.
            margin: batches.half_width * 1.35,
            rule: "99 % interval of 30 batches",
        },
        Check {
            what: "variance of the mean of 400 autocorrelated values",
            expected: theory.of_mean,
            got: of_mean.sd * of_mean.sd,
            // The standard error of a variance of n normal values is the variance times the root of 2/n.
            margin: theory.of_mean * 2.6 * libm::sqrt(2.0 / 2_000.0),
            rule: "2.6 standard errors of 2,000 series",
        },
    ]
}

/// Checks Little's law: the time in the system summed over customers equals the number of customers integrated over
/// time.
fn littles_law() -> Check {
    let mut stream = Streams::new(1, 4).stream(Purpose::User, 0, 0);
    let run = run_queue(2, 1.7, 50_000, &mut stream, Stream::exponential);
    #[expect(
        clippy::cast_precision_loss,
        reason = "compared as whole numbers: zero is zero"
    )]
    let difference = (run.presence - run.sojourns) as f64;
    Check {
        what: "Little's law: presence less sojourns, microseconds",
        expected: 0.0,
        got: difference,
        margin: 0.0,
        rule: "exact",
    }
}

/// Compares the wait of the second customer of an empty M/M/1 queue with theory.
fn beginning() -> Vec<Check> {
    let mut waits = two_customers(0.9, 1.0, 100_000);
    let mut waited: Vec<f64> = waits
        .iter()
        .map(|wait| f64::from(u8::from(*wait > 0.0)))
        .collect();
    let check = |what, expected, found: Summary| Check {
        what,
        expected,
        got: found.mean,
        margin: half_width(found.sd, found.n, 0.99),
        rule: "99 % interval of 100,000 runs",
    };
    vec![
        check(
            "transient M/M/1: mean wait of the second customer",
            0.9 / 1.9,
            Summary::of(&mut waits),
        ),
        check(
            "transient M/M/1: chance that it waits",
            0.9 / 1.9,
            Summary::of(&mut waited),
        ),
    ]
}

/// Compares adoption times, drawn as for enterprises, with Bass's curve where it is steepest.
fn adoption() -> Check {
    let (p, q) = (0.03, 0.38);
    let mut stream = Streams::new(1, 5).stream(Purpose::User, 0, 0);
    let mut by_year: Vec<f64> = (0..100_000)
        .map(|_| f64::from(u8::from(bass_time(p, q, stream.uniform()) <= 6.0)))
        .collect();
    let found = Summary::of(&mut by_year);
    Check {
        what: "Bass: share adopted after six years",
        expected: bass_share(p, q, 6.0),
        got: found.mean,
        margin: found.half_width(0.99),
        rule: "99 % interval of 100,000 draws",
    }
}

/// Compares the shares of drawn choices with theory: nested logit, and logit over latent classes.
fn choices() -> Vec<Check> {
    let nests = Nests::new(vec![0, 0, 1, 1, 2], 0.4);
    let utilities = [0.0, 0.5, -0.2, 0.3, 0.4];
    let weights: Vec<f64> = utilities
        .iter()
        .map(|v| libm::exp(nests.log_weight(*v)))
        .collect();
    let mut expected = Vec::new();
    nests.probabilities(&weights, &mut expected);
    let streams = Streams::new(1, 6);
    let draws = 200_000_u32;
    let (mut nested, mut latent) = (0.0, 0.0);
    let plain = Nests::new(vec![0, 1, 2], 0.0);
    let (values, prices) = ([2.0, 1.0, 0.5], [1.0, 0.6, 0.3]);
    let of_class = |alpha: f64| -> Vec<f64> {
        values
            .iter()
            .zip(prices)
            .map(|(value, price)| value - alpha * price)
            .collect()
    };
    for buyer in 0..draws {
        let mut stream = streams.stream(Purpose::Review, u64::from(buyer), 0);
        if nests.choose(&weights, &mut stream) == Some(3) {
            nested += 1.0;
        }
        let alpha = if stream.is_hit(0.4) { 0.5 } else { 2.5 };
        let weights: Vec<f64> = of_class(alpha).into_iter().map(libm::exp).collect();
        if plain.choose(&weights, &mut stream) == Some(0) {
            latent += 1.0;
        }
    }
    // The published case has an outside good, which is left out here: shares are among the three products.
    let share = |alpha: f64| logit_shares(&of_class(alpha))[0];
    let mixed = 0.4 * share(0.5) + 0.6 * share(2.5);
    let check = |what, expected: f64, count: f64| Check {
        what,
        expected,
        got: count / f64::from(draws),
        margin: 2.6 * libm::sqrt(expected * (1.0 - expected) / f64::from(draws)),
        rule: "99 % interval of 200,000 choices",
    };
    vec![
        check("nested logit: share of a product", expected[3], nested),
        check("latent classes: share of a product", mixed, latent),
    ]
}

/// Compares a faster server with a slower one on common random numbers: pairing reduces the variance by as much as the
/// correlation of the two implies.
fn common_numbers() -> Vec<Check> {
    let streams = Streams::new(1, 7);
    let mean_wait = |replication: u64, mu: f64| {
        let mut stream = streams.stream(Purpose::User, replication, 0);
        let waits = run_queue(1, 0.8, 500, &mut stream, |stream| stream.exponential() / mu).waits;
        waits.iter().sum::<f64>() / 500.0
    };
    let runs = 400;
    let slow: Vec<f64> = (0..runs).map(|run| mean_wait(run, 1.0)).collect();
    let fast: Vec<f64> = (0..runs).map(|run| mean_wait(run, 1.05)).collect();
    let mut differences: Vec<f64> = slow.iter().zip(&fast).map(|(a, b)| a - b).collect();
    let rho = correlation(&slow, &fast);
    let (a, b) = (
        Summary::of(&mut slow.clone()),
        Summary::of(&mut fast.clone()),
    );
    let found = Summary::of(&mut differences);
    let gain = pairing((a.sd, b.sd), rho, 400.0);
    let apart = (a.sd * a.sd + b.sd * b.sd) / (found.sd * found.sd);
    vec![
        Check {
            what: "common random numbers: variance unpaired over paired",
            expected: gain.variance_ratio,
            got: apart,
            margin: 1e-9 * apart,
            rule: "identity, to rounding",
        },
        Check {
            what: "common random numbers: pairing lowers the variance",
            expected: 1.0,
            got: f64::from(u8::from(apart > 1.0)),
            margin: 0.0,
            rule: "true",
        },
    ]
}

/// Checks that intervals of 95 % cover the truth in 93.5 to 96.5 % of 1,000 macro-replications.
fn coverage() -> Check {
    let streams = Streams::new(1, 8);
    let (rate, mu) = (0.9, 1.0);
    let truth = rate / (mu * (rate + mu));
    let mut covered = 0.0;
    for macro_run in 0..1_000_u64 {
        // Each of thirty replications is the mean of forty second customers: skewed, as results are.
        let mut means: Vec<f64> = (0..30_u32)
            .map(|run| {
                let mut stream = streams.stream(Purpose::User, macro_run, run);
                let sum: f64 = (0..40)
                    .map(|_| {
                        run_queue(1, rate, 2, &mut stream, |stream| stream.exponential() / mu).waits
                            [1]
                    })
                    .sum();
                sum / 40.0
            })
            .collect();
        let found = Summary::of(&mut means);
        if (found.mean - truth).abs() <= found.half_width(0.95) {
            covered += 1.0;
        }
    }
    Check {
        what: "coverage of 95 % intervals over 1,000 macro-replications",
        expected: 0.95,
        got: covered / 1_000.0,
        margin: 0.015,
        rule: "93.5 to 96.5 %",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_of_constants_is_worked_by_hand() {
        // All services take one day. Arrivals are random, but the first customer does not wait.
        let mut stream = Streams::new(9, 0).stream(Purpose::User, 0, 0);
        let run = run_queue(1, 5.0, 3, &mut stream, |_| 1.0);
        assert_eq!(run.waits.len(), 3);
        assert!(run.waits[0].abs() < 1e-12 && run.waits[1] < 1.0 && run.waits[2] < 2.0);
        assert_eq!(run.presence, run.sojourns);
    }
}
