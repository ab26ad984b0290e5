//! Cases of statistics over replications and of sensitivity.

use super::case::Case;
use super::{Got, Topic};
use crate::scenario::fault::Fault;
use crate::stats::boxes::{Limits, fit};
use crate::stats::intervals::{
    adjusted_precision, half_width, lower_tail_mean, pairing, quantile_interval, replications_for,
};
use crate::stats::sensitivity::{
    design, elementary_effects, morris_levels, morris_step, variance_shares,
};
use crate::stats::series::{autocorrelated_mean, batch_means, mean_over, welch};
use crate::stats::{Summary, quantile};

/// Number of points of a design for shares of variance. Its estimates may deviate by `ESTIMATE`.
const POINTS: u32 = 1 << 13;
const ESTIMATE: f64 = 0.02;

pub(super) fn topic(name: &str) -> Option<Topic> {
    Some(match name {
        "sim-stats/common random numbers" => common_numbers,
        "sim-stats/autocorrelated output" => autocorrelated,
        "sim-stats/batch means" => batches,
        "sim-stats/Welch warm-up" => warm_up,
        "sim-stats/number of replications" => replications,
        "sim-stats/distribution-free quantile CI" => quantile_bounds,
        "sim-stats/sample quantile and tail mean" => quantiles,
        "sim-stats/replication CI" => mean_interval,
        "sensitivity/Sobol indices, Ishigami" => ishigami,
        "sensitivity/Sobol g-function" => g_function,
        "sensitivity/Morris elementary effects" => morris,
        "scenario discovery/PRIM box metrics" => box_metrics,
        _ => return None,
    })
}

fn common_numbers(case: &Case) -> Result<Got, Fault> {
    let sds = (case.positive("sd1")?, case.positive("sd2")?);
    let found = pairing(sds, case.number("rho")?, case.positive("n")?);
    Ok(Got::default()
        .set("se", found.error)
        .set("variance_ratio", found.variance_ratio))
}

fn autocorrelated(case: &Case) -> Result<Got, Fault> {
    let phi = case.number("phi")?;
    case.check(phi.abs() < 1.0, "phi", "must lie between -1 and 1")?;
    let found = autocorrelated_mean(phi, case.positive("sigma_eps")?, case.count("n")?);
    Ok(Got::default()
        .set("var_Y", found.variance)
        .set("var_mean_exact", found.of_mean)
        .set("var_mean_asymptotic", found.of_mean_asymptotic)
        .set("n_eff", found.effective))
}

fn batches(case: &Case) -> Result<Got, Fault> {
    let series = case.list("x")?;
    let count = case.count("batches")?;
    case.check(
        (2..=series.len()).contains(&count),
        "batches",
        "must be two or more, and at most the number of values",
    )?;
    let found = batch_means(&series, count);
    Ok(Got::default()
        .set("batch_means", found.means)
        .set("mean", found.mean)
        .set("half_width_95", found.half_width))
}

fn warm_up(case: &Case) -> Result<Got, Fault> {
    let means = mean_over(&case.rows("Y")?);
    let window = case.count("window")?;
    case.check(
        window < means.len(),
        "window",
        "must be shorter than the series",
    )?;
    Ok(Got::default()
        .set("smoothed", welch(&means, window))
        .set("mean_over_reps", means))
}

fn replications(case: &Case) -> Result<Got, Fault> {
    let (variance, start) = (case.positive("S2")?, case.count("n0")?);
    let alpha = case.number("alpha")?;
    case.check(
        alpha > 0.0 && alpha < 1.0,
        "alpha",
        "must lie between zero and one",
    )?;
    case.check(start >= 2, "n0", "must be two or more")?;
    let confidence = 1.0 - alpha;
    let relative = adjusted_precision(case.positive("rel_error")?) * case.number("xbar")?.abs();
    Ok(Got::default()
        .set(
            "n_abs",
            replications_for(variance, start, case.positive("abs_error")?, confidence),
        )
        .set(
            "n_rel",
            replications_for(variance, start, relative, confidence),
        )
        .set(
            "half_width_n0",
            half_width(libm::sqrt(variance), start, confidence),
        ))
}

fn quantile_bounds(case: &Case) -> Result<Got, Fault> {
    let (p, confidence) = (case.number("p")?, case.number("confidence")?);
    case.check(p > 0.0 && p < 1.0, "p", "must lie between zero and one")?;
    case.check(
        confidence > 0.0 && confidence < 1.0,
        "confidence",
        "must lie between zero and one",
    )?;
    let found = quantile_interval(case.count("n")?, p, confidence);
    Ok(Got::default()
        .set("l", found.lower)
        .set("u", found.upper)
        .set("coverage", found.coverage))
}

fn quantiles(case: &Case) -> Result<Got, Fault> {
    let mut values = case.list("x")?;
    values.sort_unstable_by(f64::total_cmp);
    let places = case.list("p")?;
    case.check(
        places.iter().all(|p| (0.0..=1.0).contains(p)),
        "p",
        "must lie between zero and one",
    )?;
    let found: Vec<f64> = places.into_iter().map(|p| quantile(&values, p)).collect();
    Ok(Got::default()
        .set("quantile_type7", found)
        .set("lower_tail_mean_10pct", lower_tail_mean(&values, 0.1)))
}

fn mean_interval(case: &Case) -> Result<Got, Fault> {
    let summary = Summary::of(&mut case.list("x")?);
    Ok(Got::default()
        .set("mean", summary.mean)
        .set("sd", summary.sd)
        .set("half_width_95", summary.half_width(0.95)))
}

/// Estimates the shares of variance of a function of inputs uniform on [0, 1), by the estimators that experiments use.
fn estimated(inputs: usize, output: impl Fn(&[f64]) -> f64) -> Got {
    let found = variance_shares(&design(POINTS, inputs, 1, output));
    let firsts: Vec<f64> = found.shares.iter().map(|share| share.first).collect();
    let totals: Vec<f64> = found.shares.iter().map(|share| share.total).collect();
    Got::default()
        .about(
            "mean",
            found.mean,
            ESTIMATE * found.mean.abs().max(libm::sqrt(found.variance)),
        )
        .about("variance", found.variance, ESTIMATE * found.variance)
        .about("S", firsts, ESTIMATE)
        .about("ST", totals, ESTIMATE)
}

fn ishigami(case: &Case) -> Result<Got, Fault> {
    let (a, b) = (case.number("a")?, case.number("b")?);
    Ok(estimated(3, |u| {
        let x: Vec<f64> = u
            .iter()
            .map(|u| std::f64::consts::PI * (2.0 * u - 1.0))
            .collect();
        let square = libm::sin(x[1]) * libm::sin(x[1]);
        libm::sin(x[0]) * (1.0 + b * libm::pow(x[2], 4.0)) + a * square
    }))
}

fn g_function(case: &Case) -> Result<Got, Fault> {
    let a = case.list("a")?;
    Ok(estimated(a.len(), |u| {
        u.iter()
            .zip(&a)
            .map(|(u, a)| ((4.0 * u - 2.0).abs() + a) / (1.0 + a))
            .product()
    }))
}

fn box_metrics(case: &Case) -> Result<Got, Fault> {
    let points = case.rows("X")?;
    let dimensions = points.first().map_or(0, Vec::len);
    let hits: Vec<bool> = case
        .list_of("y", points.len())?
        .into_iter()
        .map(|hit| hit != 0.0)
        .collect();
    let limits = Limits {
        low: case.list_of("box_lo", dimensions)?,
        high: case.list_of("box_hi", dimensions)?,
    };
    let found = fit(&points, &hits, &limits);
    Ok(Got::default()
        .set("coverage", found.coverage)
        .set("density", found.density)
        .set("mass", found.mass))
}

fn morris(case: &Case) -> Result<Got, Fault> {
    let slopes = case.list("b")?;
    let bend = case.number("q")?;
    let levels = case.count("levels")?;
    case.check(
        (2..=1_000).contains(&levels) && levels % 2 == 0,
        "levels",
        "must be even, from 2 to 1,000",
    )?;
    let levels = u32::try_from(levels).expect("at most a thousand");
    let step = morris_step(levels);
    let bases: Vec<Vec<f64>> = morris_levels(levels)
        .into_iter()
        .map(|level| {
            let mut base = vec![0.0; slopes.len()];
            base[0] = level;
            base
        })
        .collect();
    let effects = elementary_effects(&bases, step, |x| {
        let linear: f64 = slopes.iter().zip(x).map(|(b, x)| b * x).sum();
        linear + bend * x[0] * x[0]
    });
    Ok(Got::default()
        .set("delta", step)
        .set("EE_x1", effects[0].effects.clone())
        .set(
            "mu_star",
            effects
                .iter()
                .map(|effect| effect.size)
                .collect::<Vec<f64>>(),
        )
        .set(
            "sigma",
            effects
                .iter()
                .map(|effect| effect.spread)
                .collect::<Vec<f64>>(),
        ))
}
