//! Growth of demand: levels and growth at the start are those of the scenario, growth without noise has a closed form, and
//! steps of list prices, ceilings and rented accelerators keep within their limits.

use tollway::base::ids::{Id, LabId};
use tollway::base::rng::Streams;
use tollway::base::units::DAYS_PER_MONTH;
use tollway::economics::diffusion::fading_growth;
use tollway::ensemble::Ensemble;
use tollway::market::World;
use tollway::market::catalog::SELF_HOST;
use tollway::scenario::Loaded;
use tollway::simulation::Simulation;

use crate::common::{mean, scenario, simulate, values};
use crate::mechanisms::{assert_same, differ};

/// Labs whose growth the baseline states.
const STATED: [&str; 4] = ["openai", "anthropic", "mistral", "xai"];
const TIERS: [&str; 4] = ["flagship", "mid", "small", "open-weight"];
const CLOUDS: [&str; 6] = ["aws", "azure", "google", "oracle", "neocloud", "small"];

fn each(kind: &str, names: &[&str], edits: &[&str]) -> Vec<String> {
    let of = |name: &&str| {
        let edits = edits.iter().map(|edit| format!("{kind}.{name}.{edit}"));
        edits.collect::<Vec<_>>()
    };
    names.iter().flat_map(of).collect()
}

/// Growth without noise, and list prices that stay.
fn steady() -> Vec<String> {
    let noises = ["market_level", "market_slope", "lab_level", "lab_slope"];
    let noises = noises.map(|noise| format!("trend.{noise}=0"));
    [noises.to_vec(), each("tier", &TIERS, &["release_new=0"])].concat()
}

fn load(name: &str, sets: &[Vec<String>]) -> Loaded {
    let sets: Vec<&str> = sets.iter().flatten().map(String::as_str).collect();
    scenario(name, &sets)
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(ToString::to_string).collect()
}

/// Returns the scenario in which nothing happens but growth: work grows where it runs, and nobody moves, releases, fails or
/// waits.
fn nothing_but_growth(more: &[&str]) -> Loaded {
    let baseline = scenario("baseline", &[]).scenario;
    let labs: Vec<&str> = baseline
        .lab
        .iter()
        .map(|lab| lab.name.text.as_str())
        .collect();
    let tasks: Vec<&str> = (baseline.task.iter())
        .map(|task| task.name.text.as_str())
        .collect();
    let routers: Vec<&str> = (baseline.router.iter())
        .map(|router| router.name.text.as_str())
        .collect();
    let half_lives = ["market_half_life", "lab_half_life"].map(|key| format!("trend.{key}=24"));
    let tasks = each(
        "task",
        &tasks,
        &[
            "innovation=1e-9",
            "imitation=0",
            "growth=0.05",
            "growth_half_life=24",
        ],
    );
    let still = texts(&[
        "run.enterprises=300",
        "run.replications=2",
        "months=13",
        "demand.pieces=1",
        "demand.new_work=0",
        "demand.price_elasticity=0",
        "choice.attention_model=0",
        "choice.attention_router=0",
        "choice.attention_cloud=0",
        "incident.strength=0",
        "regulation.strength=0",
        "finance.runway=0",
        "finance.distress=0",
    ]);
    let sets = [
        steady(),
        still,
        tasks,
        half_lives.to_vec(),
        each("lab", &labs, &["release_interval=0"]),
        each("cloud", &CLOUDS, &["capacity=1e9"]),
        // Growth of a lab against the market counts in direct sales: routers choose labs on their own.
        each("router", &routers, &["spend_share=1e-9"]),
        texts(more),
    ];
    load("no-ceiling", &sets)
}

#[test]
fn growth_without_noise_and_ceiling_has_a_closed_form() {
    let loaded = nothing_but_growth(&["lab.openai.growth=0.09", "lab.anthropic.growth=0.19"]);
    let run = simulate(&loaded);
    let calendar = &Simulation::of(&loaded).catalog.calendar;
    let bounds = |month: usize| [month, month + 1].map(|month| calendar.month_start(month).days());
    for (lab, growth) in [("openai", 0.09), ("anthropic", 0.19)] {
        let grown = |month: usize| {
            let [from, until] = bounds(month);
            let middle = 0.5 * (from + until) / DAYS_PER_MONTH;
            (until - from) * fading_growth(growth, 24.0, middle).exp()
        };
        for month in [1, 3, 12] {
            for (now, first) in values(&run, "labs", lab, "usage_usd", month)
                .iter()
                .zip(values(&run, "labs", lab, "usage_usd", 0))
            {
                let expected = grown(month) / grown(0);
                assert!(
                    (now / first / expected - 1.0).abs() < 0.02,
                    "{lab}, month {month}: {} against {expected}",
                    now / first
                );
            }
        }
    }
    for noise in ["market_level", "market_slope", "lab_level", "lab_slope"] {
        let edit = format!("trend.{noise}=0.01");
        let edits = ["lab.openai.growth=0.09", "lab.anthropic.growth=0.19", &edit];
        assert!(
            differ(&simulate(&nothing_but_growth(&edits)), &run),
            "{noise}"
        );
    }
}

#[test]
fn a_lab_starts_at_the_growth_that_it_states() {
    let growths = [0.09, 0.19, 0.24, 0.19];
    let stated = STATED.iter().zip(growths);
    let stated = stated.map(|(lab, growth)| format!("lab.{lab}.growth={growth}"));
    let common = texts(&["run.enterprises=1000", "run.replications=8", "months=3"]);
    let run = simulate(&load("no-ceiling", &[common, steady(), stated.collect()]));
    for (lab, growth) in STATED.into_iter().zip(growths) {
        let rate = |month| mean(&run, "labs", lab, "run_rate_usd", month);
        let found = (rate(2) / rate(0)).ln() / 2.0;
        assert!(
            (found / growth - 1.0).abs() < 0.15,
            "{lab}: {found} a month, not {growth}"
        );
    }
}

/// Returns enterprise spend by lab at the start, USD a year.
fn spend_at_start(loaded: &Loaded, replication: u32) -> Vec<f64> {
    let simulation = Simulation::of(loaded);
    let world = World::new(
        simulation.scenario,
        &simulation.catalog,
        simulation.enterprises,
        simulation.window(),
        &simulation.draws(replication),
        Streams::new(simulation.seed, replication),
    );
    world.parameters.lab_spend.clone()
}

#[test]
fn a_higher_run_rate_of_one_lab_leaves_the_dollars_of_others() {
    let sets = |usd: &str| {
        let rate = format!("lab.anthropic.run_rate={usd}");
        let common = ["run.enterprises=1000", "run.replications=4", "months=1"];
        load("baseline", &[texts(&common), vec![rate]])
    };
    let (low, high) = (sets("19e9"), sets("28.5e9"));
    for replication in 0..4 {
        let [low, high] = [&low, &high].map(|loaded| spend_at_start(loaded, replication));
        for (lab, (low, high)) in (LabId::first(low.len())).zip(std::iter::zip(&low, &high)) {
            let name = &scenario("baseline", &[]).scenario.lab[lab.index()]
                .name
                .text;
            if name == "anthropic" {
                assert!((high / low - 1.5).abs() < 1e-12, "{low}, {high}");
            } else {
                assert_eq!(low.to_bits(), high.to_bits(), "{name}");
            }
        }
    }
    // The market that opens has these dollars, as near as shares of spend are met.
    let [low, high] = [&low, &high].map(simulate);
    let usage = |run: &Ensemble, lab: &str| mean(run, "labs", lab, "usage_usd", 0);
    for lab in ["openai", "google-deepmind"] {
        let change = usage(&high, lab) / usage(&low, lab) - 1.0;
        assert!(change.abs() < 0.03, "{lab}: {change}");
    }
    let change = usage(&high, "anthropic") / usage(&low, "anthropic");
    assert!((change - 1.5).abs() < 0.05, "{change}");
}

#[test]
fn rented_accelerators_are_never_more_than_clouds_have() {
    let run = |capacity: &str| {
        let common = texts(&[
            "run.enterprises=300",
            "run.replications=3",
            "months=12",
            "self_host.spend_share=0.3",
            "incident.strength=0",
        ]);
        simulate(&load(
            "baseline",
            &[common, each("cloud", &CLOUDS, &[capacity])],
        ))
    };
    let (scarce, ample) = (run("capacity=5e5"), run("capacity=1e9"));
    let mut is_short = false;
    for month in 0..12 {
        let rented = |run: &Ensemble| -> Vec<f64> {
            let mut sums = vec![0.0; 3];
            for cloud in CLOUDS {
                let usd = values(run, "clouds", cloud, "selfhost_rental_usd", month);
                let rent = values(run, "clouds", cloud, "rent_contract_usd_per_h", month);
                for (sum, (usd, rent)) in sums.iter_mut().zip(usd.iter().zip(rent)) {
                    *sum += usd / rent;
                }
            }
            sums
        };
        let mut fleets = vec![0.0; 3];
        for cloud in CLOUDS {
            let capacity = values(&scarce, "clouds", cloud, "capacity_h100e", month);
            for (sum, capacity) in fleets.iter_mut().zip(capacity) {
                *sum += capacity * 24.0 * 31.0;
            }
        }
        for (rented, fleet) in rented(&scarce).iter().zip(fleets) {
            assert!(*rented > 0.0 && *rented <= fleet, "{rented} of {fleet}");
        }
        let tokens = |run: &Ensemble| mean(run, "offers", SELF_HOST, "mtok", month);
        is_short |= tokens(&scarce) < 0.9 * tokens(&ample);
    }
    assert!(is_short, "scarce capacity leaves rentals unserved");
}

#[test]
fn new_work_of_no_size_is_none() {
    let run = |name: &str, edit: &str| {
        let common = texts(&["run.enterprises=300", "run.replications=3", "months=14"]);
        simulate(&load(name, &[common, texts(&[edit])]))
    };
    let (short, long) = (
        "demand.new_work_half_life=6",
        "demand.new_work_half_life=48",
    );
    assert_same(&run("no-new-work", short), &run("no-new-work", long), &[]);
    assert!(differ(&run("baseline", short), &run("baseline", long)));
}

#[test]
fn work_that_rises_with_the_price_leaves_revenue_alone_when_prices_step() {
    let run = |edits: &[&str]| {
        let common = texts(&["run.enterprises=300", "run.replications=3", "months=14"]);
        simulate(&load("baseline", &[common, each("tier", &TIERS, edits)]))
    };
    let still = run(&["release_price_spread=0", "release_work=1"]);
    let stepping = run(&["release_price_spread=0.8", "release_work=1"]);
    assert_same(&stepping, &still, &["list_price_usd_per_mtok"]);
    let price = |run: &Ensemble| {
        values(
            run,
            "models",
            "openai-flagship",
            "list_price_usd_per_mtok",
            13,
        )
    };
    assert_ne!(price(&stepping), price(&still));
    // Otherwise a step of the list price moves revenue.
    assert!(differ(
        &run(&["release_price_spread=0.8", "release_work=0"]),
        &stepping
    ));
}

#[test]
fn a_ceiling_ends_growth_and_a_far_one_is_none() {
    let run = |usd: &str| {
        let ceiling = format!(
            "trend.ceiling={{ value = {usd}, unit = \"usd_per_year\", class = \"assumed\" }}"
        );
        simulate(&nothing_but_growth(&[&ceiling]))
    };
    let spend = |run: &Ensemble, month| mean(run, "market", "market", "spend_usd", month);
    let (near, far, none) = (run("1e9"), run("1e18"), simulate(&nothing_but_growth(&[])));
    // Spend above the ceiling stays as it is at list prices that stay; months 0 and 12 have equally many days.
    let bought = |month| mean(&near, "labs", "openai", "usage_usd", month);
    let change = bought(12) / bought(0);
    assert!((change - 1.0).abs() < 0.02, "{change}");
    let gap = spend(&far, 12) / spend(&none, 12) - 1.0;
    assert!(gap.abs() < 1e-4, "{gap}");
    assert!(spend(&none, 12) > 2.0 * spend(&none, 0));
}
