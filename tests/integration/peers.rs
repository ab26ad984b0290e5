//! Samples and estimates for the comparison with peers in `tests/peers`, to be run by hand.
#![allow(clippy::print_stdout, reason = "its output is the input of a script")]

use tollway::base::rng::{Purpose, Streams};
use tollway::economics::game::{Game, Shape, mixed_equilibria};
use tollway::stats::boxes::{Cases, Peeling};
use tollway::stats::sensitivity::{design, variance_shares};

fn ishigami(x: &[f64]) -> f64 {
    let at = |u: f64| std::f64::consts::PI * (2.0 * u - 1.0);
    let (a, b, c) = (at(x[0]), at(x[1]), at(x[2]));
    libm::sin(a) + 7.0 * libm::sin(b) * libm::sin(b) + 0.1 * c * c * c * c * libm::sin(a)
}

/// Games with their equilibria in pure and mixed strategies: textbook games, and random ones of two and three players.
fn games() -> Vec<serde_json::Value> {
    let mut stream = Streams::new(11, 0).stream(Purpose::User, 0, 0);
    let textbook: [(&[usize], &[[f64; 2]]); 3] = [
        (&[2, 2], &[[3.0, 3.0], [0.0, 5.0], [5.0, 0.0], [1.0, 1.0]]),
        (&[2, 2], &[[2.0, 1.0], [0.0, 0.0], [0.0, 0.0], [1.0, 2.0]]),
        (
            &[2, 2],
            &[[1.0, -1.0], [-1.0, 1.0], [-1.0, 1.0], [1.0, -1.0]],
        ),
    ];
    let mut tables: Vec<(Vec<usize>, Vec<Vec<f64>>)> = Vec::new();
    for (sizes, rows) in textbook {
        let of_player = |player: usize| rows.iter().map(|row| row[player]).collect();
        tables.push((sizes.to_vec(), (0..2).map(of_player).collect()));
    }
    for sizes in [
        vec![3, 3],
        vec![4, 4],
        vec![2, 2, 2],
        vec![2, 2, 2],
        vec![3, 2, 2],
        vec![3, 3, 3],
    ] {
        let profiles = sizes.iter().product();
        // Whole numbers, which both programs read exactly.
        let payoff = |uniform: f64| (uniform * 1e6).floor();
        let payoffs = (0..sizes.len())
            .map(|_| (0..profiles).map(|_| payoff(stream.uniform())).collect())
            .collect();
        tables.push((sizes, payoffs));
    }
    let solved = |(sizes, payoffs): (Vec<usize>, Vec<Vec<f64>>)| {
        let shape = Shape::new(sizes.clone()).expect("a small game");
        let game = Game { shape, payoffs };
        let pure = game.pure_equilibria(0.0).into_iter();
        let mut found: Vec<_> = pure.map(|profile| game.shape.pure(profile)).collect();
        found.extend(mixed_equilibria(&game, &mut || stream.uniform()).expect("a small game"));
        serde_json::json!({ "sizes": sizes, "payoffs": game.payoffs, "equilibria": found })
    };
    tables.into_iter().map(solved).collect()
}

#[test]
#[ignore = "for the script in tests/peers"]
fn samples_and_estimates() {
    let sobol = design(1 << 12, 3, 1, ishigami);
    let shares = variance_shares(&sobol);
    let mut stream = Streams::new(7, 0).stream(Purpose::User, 0, 0);
    let (points, hits) = (0..1_000)
        .map(|_| {
            let point: Vec<f64> = (0..4).map(|_| stream.uniform()).collect();
            let hit = point[0] > 0.7 && point[1] < 0.5 && stream.uniform() < 0.9;
            (point, hit)
        })
        .unzip();
    let cases = Cases { points, hits };
    let peeling = Peeling {
        alpha: 0.05,
        least: 0.05,
    };
    let trajectory: Vec<[f64; 3]> = cases
        .peel(peeling)
        .iter()
        .map(|(_, fit)| [fit.coverage, fit.density, fit.mass])
        .collect();
    let corner = tollway::stats::boxes::Limits {
        low: vec![0.7, 0.0, 0.0, 0.0],
        high: vec![1.0, 0.5, 1.0, 1.0],
    };
    let corner_fit = cases.fit(&corner);
    println!(
        "{}",
        serde_json::json!({
            "sobol": { "a": sobol.a, "b": sobol.b, "mixed": sobol.mixed,
                "first": shares.shares.iter().map(|s| s.first).collect::<Vec<_>>(), "total": shares.shares.iter().map(|s| s.total).collect::<Vec<_>>() },
            "prim": { "points": cases.points, "hits": cases.hits, "trajectory": trajectory,
                "corner": [corner_fit.coverage, corner_fit.density, corner_fit.mass] },
            "games": games(),
        })
    );
}
