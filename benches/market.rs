//! One replication of the baseline, and price equilibria, without the command line around them. `cargo bench --no-default-features --bench market`
#![allow(clippy::print_stdout, reason = "a report")]

mod common;

use common::median_cpu_seconds;
use tollway::base::rng::Streams;
use tollway::base::time::{SimTime, Span};
use tollway::market::World;
use tollway::scenario::quantity::Draws;
use tollway::scenario::{Request, load};
use tollway::simulation::Simulation;

/// Replications in one timing: they differ by a fifth.
const REPLICATIONS: u32 = 10;

/// CPU time of a replication of 36 months on one thread, by enterprises.
fn replications() {
    let one = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .expect("a thread");
    println!("| replication: enterprises | CPU ms |\n| --- | --- |");
    for (enterprises, repeats) in [(100, 5), (500, 5), (2_000, 5), (10_000, 3)] {
        let loaded = load(&Request {
            sets: vec![format!("run.enterprises={enterprises}")],
            ..Request::default()
        })
        .expect("the baseline is sound");
        let simulation = Simulation::of(&loaded);
        let seconds = median_cpu_seconds(repeats, || {
            for replication in 0..REPLICATIONS {
                one.install(|| simulation.run(replication))
                    .expect("identities hold");
            }
        });
        let each = seconds * 1e3 / f64::from(REPLICATIONS);
        println!("| {enterprises} | {each:.1} |");
    }
}

/// Price equilibria at the size of the baseline, from prices 2 % and 50 % away from the root.
fn equilibria() {
    // Linux updates CPU time every few milliseconds, and one equilibrium takes a fraction of one.
    const REPEATS: u32 = 50;
    let loaded = load(&Request::default()).expect("the baseline is sound");
    let simulation = Simulation::of(&loaded);
    println!("\n| price equilibrium: start | CPU ms | largest residual |\n| --- | --- | --- |");
    for factor in [1.02, 1.5] {
        let (mut seconds, mut residual) = (0.0, 0.0_f64);
        for replication in 0..REPLICATIONS {
            let streams = Streams::new(1, replication);
            let draws = Draws::new(streams, &simulation.correlations);
            let world = World::new(
                &loaded.scenario,
                &simulation.catalog,
                300,
                Span::DAY,
                &draws,
                streams,
            );
            let (demand, sellers) = world.price_game(SimTime::START);
            let start: Vec<f64> = world
                .state
                .models
                .iter()
                .zip(&sellers.is_free)
                .map(|(model, is_free)| model.list_price * if *is_free { factor } else { 1.0 })
                .collect();
            seconds += median_cpu_seconds(5, || {
                for _ in 0..REPEATS {
                    residual = residual.max(sellers.equilibrium(&demand, &start).residual);
                }
            });
        }
        println!(
            "| {:+.0} % | {:.2} | {residual:.0e} |",
            100.0 * (factor - 1.0),
            seconds * 1e3 / f64::from(REPLICATIONS * REPEATS)
        );
    }
}

fn main() {
    replications();
    equilibria();
}
