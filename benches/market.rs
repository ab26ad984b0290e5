//! Price equilibria, and the whole market at four sizes of population. `cargo bench --bench market`
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::cast_precision_loss,
    reason = "a report"
)]

mod common;

use common::{median_seconds, peak_memory, sorted_seconds};
use tollway::market::World;
use tollway::rng::Streams;
use tollway::scenario::quantity::Draws;
use tollway::scenario::{Request, load};
use tollway::simulation::Simulation;
use tollway::time::{SimTime, Span};

/// Edits under which workloads are reviewed monthly, news or none, and look as far as in the baseline: mostly nowhere.
const MONTHLY: [&str; 2] = ["choice.notice=1", "choice.review_interval=1"];

/// Edits under which every review looks at everything, and so takes a full decision. Nearly half begin a migration.
const ALL_DECIDE: [&str; 3] = [
    "choice.attention_model=1",
    "choice.attention_router=1",
    "choice.attention_cloud=1",
];

/// Edits under which, were all reviews to look at everything, a tenth a year would move to another lab's model and one in a
/// hundred to another cloud: about what is observed, and what the baseline is fitted to by inattention instead.
const FEW_MOVE: [&str; 4] = [
    "switching.moves.model.inertia=120",
    "switching.moves.router.inertia=120",
    "switching.moves.cloud.inertia=380",
    "switching.moves.self_host.inertia=380",
];

/// Sizes of population, enterprises, and how often the same replications are run: the median is reported, and the decisions of
/// the fastest pass, which others on the machine disturbed least. The smallest come first, so that they do not run in what
/// large ones left of the heap.
const SIZES: [(u32, usize); 4] = [(1_000, 9), (10_000, 9), (100_000, 1), (1_000_000, 1)];

/// Replications that the whole market is timed over.
const REPLICATIONS: u32 = 5;

/// One row of a table.
fn row(enterprises: u32, passes: usize, edits: &[&str]) -> String {
    let one = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .expect("a thread");
    let mut sets = vec![format!("run.enterprises={enterprises}")];
    sets.extend(edits.iter().map(ToString::to_string));
    let loaded = load(&Request {
        sets,
        ..Request::default()
    })
    .expect("the baseline is sound");
    let simulation = Simulation::of(&loaded);
    let before = peak_memory();
    // Replications differ by a fifth in their decisions.
    let (mut reviewed, mut decisions, mut events) = (0, 0, 0);
    let passes = sorted_seconds(passes, || {
        (reviewed, decisions, events) = (0, 0, 0);
        for replication in 0..REPLICATIONS {
            let panel = one.install(|| simulation.run(replication));
            let panel = panel.expect("identities hold");
            reviewed += panel.reviewed;
            decisions += panel.decisions;
            events += panel.handled;
        }
    });
    let (seconds, least) = (passes[passes.len() / 2], passes[0]);
    let workloads = f64::from(enterprises) * loaded.scenario.task.len() as f64;
    // Peak memory only grows: a load below what was held before shows nothing.
    let bytes = (peak_memory() - before) / workloads;
    format!(
        "| {enterprises} | {workloads} | {:.3} | {:.2} M | {:.2} M | {:.2} M | {:.2} M | {bytes:.0} |",
        seconds / f64::from(REPLICATIONS),
        reviewed as f64 / seconds * 1e-6,
        decisions as f64 / seconds * 1e-6,
        decisions as f64 / least * 1e-6,
        events as f64 / seconds * 1e-6
    )
}

/// The whole market under several loads, a table each.
fn market(loads: &[(&str, Vec<&str>)]) {
    let mut tables = vec![Vec::new(); loads.len()];
    for (enterprises, passes) in SIZES {
        for ((title, edits), table) in loads.iter().zip(&mut tables) {
            let row = row(enterprises, passes, edits);
            eprintln!("{title}: {row}");
            table.push(row);
        }
    }
    for ((title, _), table) in loads.iter().zip(tables) {
        println!(
            "\n| {title}: enterprises | workloads | s a replication | reviews/s | decisions/s | in the fastest pass | events/s | bytes a workload |"
        );
        println!("| --- | --- | --- | --- | --- | --- | --- | --- |");
        println!("{}", table.join("\n"));
    }
}

/// Price equilibria at the size of the baseline, from prices 2 % and 50 % away from the root.
fn equilibria() {
    let loaded = load(&Request::default()).expect("the baseline is sound");
    let simulation = Simulation::of(&loaded);
    println!("| price equilibrium: products | classes | start | median ms | worst ms | residual |");
    println!("| --- | --- | --- | --- | --- | --- |");
    for factor in [1.02, 1.5] {
        let (mut times, mut residual) = (Vec::new(), 0.0_f64);
        let (mut products, mut classes) = (0, 0);
        for replication in 0..20 {
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
            times.push(median_seconds(5, || {
                residual = residual.max(sellers.equilibrium(&demand, &start).residual);
            }));
            (products, classes) = (start.len(), demand.classes.len());
        }
        times.sort_by(f64::total_cmp);
        println!(
            "| {products} | {classes} | {:+.0} % | {:.3} | {:.3} | {residual:.0e} |",
            100.0 * (factor - 1.0),
            times[times.len() / 2] * 1e3,
            times[times.len() - 1] * 1e3
        );
    }
}

fn main() {
    equilibria();
    market(&[
        ("baseline", Vec::new()),
        ("monthly reviews", MONTHLY.to_vec()),
        (
            "every review decides, few move",
            [&MONTHLY[..], &ALL_DECIDE, &FEW_MOVE].concat(),
        ),
        (
            "every review decides, half move",
            [&MONTHLY[..], &ALL_DECIDE].concat(),
        ),
    ]);
}
