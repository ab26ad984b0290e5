//! Cases of queues, shocks and supply.

use super::case::Case;
use super::engine::two_customers;
use super::{Got, Topic};
use crate::base::distributions::normal_quantile;
use crate::base::rng::{Purpose, Streams};
use crate::economics::capacity::{Rationing, experience_cost, ornstein_uhlenbeck, ration};
use crate::economics::queueing::{Pool, erlang_b, erlang_c};
use crate::scenario::fault::Fault;
use crate::stats::Summary;

/// Number of replications of a case that is simulated instead of computed.
const RUNS: usize = 100_000;

pub(super) fn topic(name: &str) -> Option<Topic> {
    Some(match name {
        "queueing/Erlang B and C" => erlang,
        "queueing/M/M/c" => many_servers,
        "queueing/M/G/1 Pollaczek-Khinchine" => one_server,
        "queueing/G/G/c approximation" => general,
        "queueing/M/M/1 transient" => transient,
        "shocks/OU log price (Schwartz one-factor)" => reverting,
        "shocks/compound Poisson outages" => outages,
        "supply/experience curve" => experience,
        "supply/rationing rules" => rationing,
        _ => return None,
    })
}

/// Returns a pool of servers with its utilisation; an overloaded pool is a fault.
fn pool(
    case: &Case,
    servers: usize,
    service: f64,
    variability: (f64, f64),
) -> Result<(Pool, f64), Fault> {
    case.check(servers > 0, "c", "must be one server or more")?;
    #[expect(clippy::cast_precision_loss, reason = "at most a million")]
    let utilisation = case.positive("lam")? * service / servers as f64;
    case.check(
        utilisation < 1.0,
        "lam",
        "overloads the servers: no steady state",
    )?;
    let servers = u32::try_from(servers).expect("at most a million");
    Ok((Pool::new(servers, utilisation, variability), utilisation))
}

fn erlang(case: &Case) -> Result<Got, Fault> {
    let servers = case.count("c")?;
    case.check(servers > 0, "c", "must be one server or more")?;
    let load = case.positive("a")?;
    let servers = u32::try_from(servers).expect("at most a million");
    Ok(Got::default()
        .set("erlang_B", erlang_b(servers, load))
        .set("erlang_C", erlang_c(servers, load / f64::from(servers))))
}

fn many_servers(case: &Case) -> Result<Got, Fault> {
    let (rate, mu) = (case.positive("lam")?, case.positive("mu")?);
    let (pool, utilisation) = pool(case, case.count("c")?, 1.0 / mu, (1.0, 1.0))?;
    let wait = pool.mean_wait() / mu;
    Ok(Got::default()
        .set("rho", utilisation)
        .set("ErlangC", pool.waits())
        .set("Wq", wait)
        .set("W", wait + 1.0 / mu)
        .set("Lq", rate * wait)
        .set("L", rate * (wait + 1.0 / mu))
        .set("P_Wq_gt_t", pool.waits_longer(case.number("t")? * mu))
        .set("Wq_p95", pool.wait_quantile(0.95) / mu))
}

fn one_server(case: &Case) -> Result<Got, Fault> {
    let (rate, service) = (case.positive("lam")?, case.positive("mean_service")?);
    let (pool, utilisation) = pool(case, 1, service, (1.0, case.number("cv2")?))?;
    let wait = pool.mean_wait() * service;
    Ok(Got::default()
        .set("rho", utilisation)
        .set("Wq", wait)
        .set("W", wait + service)
        .set("Lq", rate * wait)
        .set("L", rate * (wait + service)))
}

fn general(case: &Case) -> Result<Got, Fault> {
    let service = case.positive("mean_service")?;
    let variability = (case.number("ca2")?, case.number("cs2")?);
    let (pool, _) = pool(case, case.count("c")?, service, variability)?;
    Ok(Got::default().set("Wq_approx", pool.mean_wait() * service))
}

/// Simulates the wait of the second customer of an empty queue on the kernel.
fn transient(case: &Case) -> Result<Got, Fault> {
    let (rate, mu) = (case.positive("lam")?, case.positive("mu")?);
    let mut waits = two_customers(rate, mu, RUNS);
    let mut waited: Vec<f64> = waits
        .iter()
        .map(|wait| f64::from(u8::from(*wait > 0.0)))
        .collect();
    let (wait, waited) = (Summary::of(&mut waits), Summary::of(&mut waited));
    let got = Got::default()
        .about("E_D2", wait.mean, errors(&wait))
        .about("P_D2_positive", waited.mean, errors(&waited));
    Ok(if rate < mu {
        got.set(
            "steady_state_Wq",
            Pool::new(1, rate / mu, (1.0, 1.0)).mean_wait() / mu,
        )
    } else {
        got
    })
}

/// Returns four standard errors of a mean.
#[expect(clippy::cast_precision_loss, reason = "samples are small")]
fn errors(summary: &Summary) -> f64 {
    4.0 * summary.sd / libm::sqrt(summary.n as f64)
}

fn reverting(case: &Case) -> Result<Got, Fault> {
    let speed = case.positive("k")?;
    let (x0, theta, sigma, t) = (
        case.number("x0")?,
        case.number("theta")?,
        case.number("sigma")?,
        case.number("t")?,
    );
    let at = |shock| ornstein_uhlenbeck(x0, theta, speed, sigma, t, shock);
    let (mean, sd) = (at(0.0), at(1.0) - at(0.0));
    Ok(Got::default()
        .set("mean_X", mean)
        .set("var_X", sd * sd)
        .set("mean_S", libm::exp(mean + 0.5 * sd * sd))
        .set("p05_S", libm::exp(at(normal_quantile(0.05))))
        .set("p95_S", libm::exp(at(normal_quantile(0.95))))
        .set("half_life", std::f64::consts::LN_2 / speed))
}

/// Simulates outages as the market draws them: exponential times between outages, lognormal durations.
fn outages(case: &Case) -> Result<Got, Fault> {
    let (rate, span) = (case.positive("lam")?, case.positive("t")?);
    let (median, sigma) = (libm::exp(case.number("mu")?), case.number("sd")?);
    let streams = Streams::new(1, 0);
    let (mut sums, mut none) = (Vec::with_capacity(RUNS), Vec::with_capacity(RUNS));
    for run in 0..RUNS {
        let mut stream = streams.stream(Purpose::User, run as u64, 1);
        let (mut time, mut sum, mut count) = (stream.exponential() / rate, 0.0, 0_u32);
        while time < span {
            sum += stream.lognormal(median, sigma);
            count += 1;
            time += stream.exponential() / rate;
        }
        sums.push(sum);
        none.push(f64::from(u8::from(count == 0)));
    }
    let (mut deviations, none) = (sums.clone(), Summary::of(&mut none));
    let sum = Summary::of(&mut sums);
    for value in &mut deviations {
        *value = (*value - sum.mean) * (*value - sum.mean);
    }
    let square = Summary::of(&mut deviations);
    Ok(Got::default()
        .about("mean", sum.mean, errors(&sum))
        .about("var", sum.sd * sum.sd, errors(&square))
        .about("P_none", none.mean, errors(&none)))
}

fn experience(case: &Case) -> Result<Got, Fault> {
    let (cost, first) = (case.positive("C0")?, case.positive("x0")?);
    let learning = case.number("learning_rate")?;
    case.check(
        (0.0..1.0).contains(&learning),
        "learning_rate",
        "must lie in [0, 1)",
    )?;
    let costs: Vec<f64> = case
        .list("x")?
        .into_iter()
        .map(|now| experience_cost(cost, first, now, learning))
        .collect();
    Ok(Got::default()
        .set("b", -libm::log2(experience_cost(1.0, 1.0, 2.0, learning)))
        .set("C", costs))
}

fn rationing(case: &Case) -> Result<Got, Fault> {
    let (demand, capacity) = (case.list("demand")?, case.number("capacity")?);
    Ok(Got::default()
        .set(
            "proportional",
            ration(&demand, capacity, Rationing::Proportional),
        )
        .set("max_min", ration(&demand, capacity, Rationing::MaxMin)))
}
