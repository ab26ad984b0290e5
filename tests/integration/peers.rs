//! Samples and estimates for the comparison with peers in `tests/peers`, to be run by hand.
#![allow(clippy::print_stdout, reason = "its output is the input of a script")]

use tollway::base::rng::{Purpose, Streams};
use tollway::stats::boxes::{fit, peel};
use tollway::stats::sensitivity::{design, variance_shares};

fn ishigami(x: &[f64]) -> f64 {
    let at = |u: f64| std::f64::consts::PI * (2.0 * u - 1.0);
    let (a, b, c) = (at(x[0]), at(x[1]), at(x[2]));
    libm::sin(a) + 7.0 * libm::sin(b) * libm::sin(b) + 0.1 * c * c * c * c * libm::sin(a)
}

#[test]
#[ignore = "for the script in tests/peers"]
fn samples_and_estimates() {
    let sobol = design(1 << 12, 3, 1, ishigami);
    let shares = variance_shares(&sobol);
    let mut stream = Streams::new(7, 0).stream(Purpose::User, 0, 0);
    let (points, hits): (Vec<Vec<f64>>, Vec<bool>) = (0..1_000)
        .map(|_| {
            let point: Vec<f64> = (0..4).map(|_| stream.uniform()).collect();
            let hit = point[0] > 0.7 && point[1] < 0.5 && stream.uniform() < 0.9;
            (point, hit)
        })
        .unzip();
    let trajectory: Vec<[f64; 3]> = peel(&points, &hits, 0.05, 0.05)
        .iter()
        .map(|(_, fit)| [fit.coverage, fit.density, fit.mass])
        .collect();
    let corner = tollway::stats::boxes::Limits {
        low: vec![0.7, 0.0, 0.0, 0.0],
        high: vec![1.0, 0.5, 1.0, 1.0],
    };
    let corner_fit = fit(&points, &hits, &corner);
    println!(
        "{}",
        serde_json::json!({
            "sobol": { "a": sobol.a, "b": sobol.b, "mixed": sobol.mixed,
                "first": shares.shares.iter().map(|s| s.first).collect::<Vec<_>>(), "total": shares.shares.iter().map(|s| s.total).collect::<Vec<_>>() },
            "prim": { "points": points, "hits": hits, "trajectory": trajectory,
                "corner": [corner_fit.coverage, corner_fit.density, corner_fit.mass] },
        })
    );
}
