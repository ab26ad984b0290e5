//! Games and certificates of stability: small ones from the file to the results, and files with faults.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tollway::experiments::arms::{Arm, Run, metric_values};
use tollway::experiments::game::certificate;
use tollway::experiments::game::check::{Size, plan};
use tollway::experiments::game::equilibria::Kind;
use tollway::experiments::game::judge;
use tollway::experiments::game::plan::GamePlan;
use tollway::experiments::game::play::{Played, play};
use tollway::experiments::game::samples::Stance;
use tollway::experiments::game::spec::{GameSpec, Parsed};
use tollway::runner::{Checkpoint, NoCheckpoint, Runner, Stopped};
use tollway::scenario::Request;

const HEAD: &str = r#"
name = "small"
title = "A small game"
scenario = "baseline"
sets = ["months=4"]
enterprises = 60
method = "full-table"
replications = { first = 4, most = 8 }
epsilon = 1e6
resamples = 100
replicator_starts = 20
valuation = { months = 4, discount = 0.1, multiple = 2.0 }
"#;

const AWS: &str = r#"
[[player]]
name = "aws"
payoff = "clouds.aws.gross_profit_usd"
strategy = [
    { name = "free", status_quo = true },
    { name = "fee", sets = ["router.aws-router.take_rate=0.05"] },
]
"#;

const AZURE: &str = r#"
[[player]]
name = "azure"
payoff = "clouds.azure.gross_profit_usd"
strategy = [
    { name = "free", status_quo = true },
    { name = "fee", sets = ["router.azure-router.take_rate=0.05"] },
    { name = "steer", sets = ["router.azure-router.steering=2"] },
]
"#;

fn planned(text: &str) -> Result<GamePlan, String> {
    let parsed = Parsed::<GameSpec>::read(Path::new("game.toml"), text);
    let planned = parsed.and_then(|parsed| plan(&parsed, &Size::default()));
    planned.map_err(|faults| faults.to_string())
}

fn small(head: &str) -> GamePlan {
    planned(&format!("{head}{AWS}{AZURE}")).unwrap_or_else(|faults| panic!("{faults}"))
}

fn played(plan: &GamePlan) -> Played {
    play(plan, &mut NoCheckpoint, Runner::quiet()).expect("the game runs")
}

/// A checkpoint in memory.
#[derive(Default)]
struct Shelf(BTreeMap<Run, Vec<f64>>);

impl Checkpoint<Run, Vec<f64>> for Shelf {
    fn get(&mut self, run: Run) -> Option<Vec<f64>> {
        self.0.get(&run).cloned()
    }

    fn put(&mut self, run: Run, values: &Vec<f64>) -> Result<(), String> {
        self.0.insert(run, values.clone());
        Ok(())
    }
}

#[test]
fn payoffs_are_the_values_of_the_scenarios() {
    let plan = small(HEAD);
    let found = played(&plan);
    assert_eq!(found.samples.profiles().count(), 6);
    let profile = plan.shape.profile(&[1, 2]);
    assert_eq!(plan.label(profile), "aws fee, azure steer");
    // The same scenario as an arm of its own, valued by hand.
    let sets = [
        "months=4",
        "run.enterprises=60",
        "router.aws-router.take_rate=0.05",
        "router.azure-router.steering=2",
    ];
    let arms = vec![Arm {
        name: "both".to_owned(),
        loaded: crate::common::scenario("baseline", &sets),
    }];
    let month = |month: usize| format!("clouds.aws.gross_profit_usd[{month}]");
    let metrics: Vec<String> = (1..=4).map(month).collect();
    let n = found.replications;
    let values = metric_values(&arms, &metrics, n, &mut NoCheckpoint, Runner::quiet()).unwrap();
    let value = |months: &Vec<f64>| {
        let factor = |month: i32| 1.1_f64.powf(-f64::from(month) / 12.0);
        let flow: f64 = months
            .iter()
            .zip(1..)
            .map(|(x, month)| x * factor(month))
            .sum();
        flow + 2.0 * 12.0 * months[3] * factor(4)
    };
    let mean = values[0].iter().map(value).sum::<f64>() / f64::from(n);
    let payoff = found.samples.payoff(profile, 0);
    assert!(
        (payoff.mean / mean - 1.0).abs() < 1e-9,
        "{} {mean}",
        payoff.mean
    );
    let rests: f64 = found.basins.iter().map(|(_, share)| share).sum();
    assert!((rests - 1.0).abs() < 1e-9);
}

#[test]
fn batches_are_added_until_epsilon_is_decided() {
    let wide = played(&small(&HEAD.replace("epsilon = 1e6", "epsilon = 1e15")));
    assert_eq!((wide.replications, wide.is_decided), (4, true));
    assert!(
        wide.equilibria.len() == 6,
        "no profile is worth leaving for so much"
    );
    // Nothing is known to a cent: the search ends at the most replications.
    let status_quo = |plan: &GamePlan| plan.status_quo();
    let plan = small(&HEAD.replace("epsilon = 1e6", "epsilon = 0.01"));
    let narrow = played(&plan);
    let is_open = (0..6).any(|p| narrow.samples.stance(p, 0.01) == Stance::Open);
    assert_eq!(narrow.is_decided, !is_open);
    assert!(narrow.replications == 8 || narrow.is_decided);
    assert_eq!(
        narrow.samples.replications(status_quo(&plan)),
        narrow.replications as usize
    );
}

#[test]
fn a_search_for_best_replies_ends_where_the_full_table_has_an_equilibrium() {
    let table = played(&small(HEAD));
    let head = HEAD
        .replace("full-table", "best-reply")
        .replace("replicator_starts = 20", "starts = 2");
    let search = played(&small(&head));
    assert_eq!(search.ways.len(), 2);
    let exact = |played: &Played| {
        let profiles = played.equilibria.iter().filter_map(|e| match e.kind {
            Kind::Exact(profile) => Some(profile),
            _ => None,
        });
        profiles.collect::<Vec<usize>>()
    };
    let ends: Vec<usize> = search
        .ways
        .iter()
        .filter_map(|way| way.last().copied())
        .collect();
    for end in ends {
        if exact(&search).contains(&end) && search.replications == table.replications {
            assert!(exact(&table).contains(&end), "{end}");
        }
    }
    assert!(search.basins.is_empty() && !search.has_mixed);
}

#[test]
fn an_interrupted_game_resumes_with_the_same_results_on_any_number_of_threads() {
    let search = "search = [{ path = \"router.aws-router.take_rate\", low = 0.0, high = 0.1, points = 3 }]\n";
    let text = format!("{HEAD}{AWS}{search}{AZURE}");
    let plan = planned(&text).unwrap_or_else(|faults| panic!("{faults}"));
    let whole = format!("{:?}", played(&plan));
    let (interrupt, count) = (AtomicBool::new(false), AtomicU64::new(0));
    let progress = |_: u64| {
        if count.fetch_add(1, Ordering::Relaxed) == 10 {
            interrupt.store(true, Ordering::Relaxed);
        }
    };
    let mut shelf = Shelf::default();
    let ended = play(&plan, &mut shelf, Runner::new(&interrupt, &progress));
    assert_eq!(ended.map(|_| ()), Err(Stopped::Interrupted));
    assert!(!shelf.0.is_empty());
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .unwrap();
    let again = pool.install(|| play(&plan, &mut shelf, Runner::quiet()).expect("it resumes"));
    assert_eq!(whole, format!("{again:?}"));
}

#[test]
fn states_of_nature_are_weighted_and_none_of_them_is_known() {
    let nature = r#"
[[nature]]
name = "as expected"
probability = 0.75
[[nature]]
name = "small market"
probability = 0.25
sets = ["demand.enterprise_spend=1e9", "lab.openai.business_share=0.01", "lab.anthropic.business_share=0.01"]
"#;
    let mixed = planned(&format!("{HEAD}{AWS}{AZURE}{nature}")).unwrap_or_else(|f| panic!("{f}"));
    let (alone, mixed) = (played(&small(HEAD)), played(&mixed));
    // A smaller market is worth less to the cloud.
    let worth = |played: &Played| played.samples.payoff(0, 0).mean;
    assert!(worth(&mixed) < worth(&alone));
}

#[test]
fn wrong_games_are_located() {
    let both = format!("{HEAD}{AWS}{AZURE}");
    for (text, message, line, help) in [
        (
            both.replace("router.azure-router.take_rate=0.05", "router.azure-router.take_rate=0"),
            "strategy `fee` changes nothing",
            "name = \"fee\", sets = [\"router.azure",
            "status_quo = true",
        ),
        (
            both.replace("\"fee\", sets = [\"router.aws", "\"fee\", status_quo = true, sets = [\"router.aws"),
            "a player has one status quo",
            "name = \"fee\", status_quo",
            "give it edits",
        ),
        (
            both.replace("{ name = \"free\", status_quo = true },\n    { name = \"fee\", sets = [\"router.aws", "{ name = \"fee\", status_quo = true, sets = [\"router.aws"),
            "`aws` has fewer than two strategies",
            "name = \"aws\"",
            "[[player.strategy]]",
        ),
        (
            both.replace("clouds.azure.gross_profit_usd", "clouds.azure.capacity_h100e"),
            "this amount is in h100e, the first in usd",
            "payoff = \"clouds.azure",
            "the same unit",
        ),
        (
            both.replace("clouds.azure.gross_profit_usd", "clouds.azure.gross_profit_usd + clouds.azure.capacity_h100e"),
            "have no common unit",
            "payoff = \"clouds.azure",
            "same unit",
        ),
        (
            both.replace("name = \"azure\"", "name = \"azur\""),
            "`azur` is not an actor of the scenario",
            "name = \"azur\"",
            "did you mean `azure`?",
        ),
        (
            format!("{both}[[nature]]\nname = \"calm\"\nprobability = 0.5\n[[nature]]\nname = \"storm\"\nprobability = 0.4\nsets = [\"demand.enterprise_spend=1e9\"]\n"),
            "add up to 0.9",
            "name = \"calm\"",
            "add up to 1",
        ),
        (
            both.replace("router.azure-router.steering=2", "router.aws-router.take_rate=0.03"),
            "`fee` and `steer` both edit `router.aws-router.take_rate`",
            "name = \"steer\"",
            "one player",
        ),
        (
            both.replace("router.azure-router.steering=2", "run.seed=2"),
            "`steer` edits `run.seed`",
            "name = \"steer\"",
            "command line",
        ),
        (
            both.replace("router.azure-router.steering=2", "router.azure-router.take_rate=7"),
            "`steer` is not a valid scenario",
            "name = \"steer\"",
            "see the faults above",
        ),
        (
            both.replace("replicator_starts = 20\n", ""),
            "needs `replicator_starts`",
            "method = ",
            "replicator_starts = 200",
        ),
        (
            both.replace("epsilon = 1e6", "epsilon = 0"),
            "`epsilon` must be above zero",
            "epsilon = ",
            "50e6",
        ),
        (
            both.replace("discount = 0.1", "discount = 10"),
            "discount of 10 a year",
            "valuation = ",
            "a share a year",
        ),
    ] {
        let shown = planned(&text).expect_err(message);
        assert!(shown.contains(message) && shown.contains(help), "{message}\n{shown}");
        let number = text.lines().position(|l| l.contains(line)).expect("the line") + 1;
        assert!(shown.contains(&format!("game.toml:{number}:")), "{message} {number}\n{shown}");
    }
}

#[test]
fn a_certificate_finds_the_actor_that_gains() {
    let text = r#"
name = "small"
title = "Fees"
enterprises = 60
replications = { first = 4, most = 8 }
bound = 0.02
multiples = [2.0, 10.0]
valuation = { months = 4, discount = 0.1, multiple = 5.0 }
[[group]]
name = "clouds"
actors = [{ name = "aws" }, { name = "nobody" }]
payoff = "clouds.{actor}.gross_profit_usd"
revenue = "clouds.{actor}.ai_revenue_usd"
deviation = [
    { name = "fee", sets = ["router.{actor}-router.take_rate=0.05"] },
    { name = "free", sets = ["router.{actor}-router.take_rate=0"] },
    { name = "elsewhere", sets = ["router.moon-router.take_rate=0"] },
]
"#;
    let parsed = certificate::read(Some((Path::new("certificate.toml"), text))).unwrap();
    let request = Request {
        sets: vec!["months=4".to_owned()],
        ..Request::default()
    };
    let certify = || {
        let plan = certificate::plan(&parsed, &request, &Size::default());
        let plan = plan.unwrap_or_else(|faults| panic!("{faults}"));
        let found = judge::certify(&plan, &mut NoCheckpoint, Runner::quiet()).unwrap();
        (plan, found)
    };
    let (plan, found) = certify();
    assert_eq!((plan.actors.len(), found.len()), (1, 1));
    assert_eq!(plan.left_out.len(), 3, "{:?}", plan.left_out);
    assert!(
        plan.left_out
            .iter()
            .any(|note| note.contains("no router.moon-router"))
    );
    assert_eq!(plan.actors[0].deviations.len(), 1);
    let gain = found[0].gain();
    assert!(gain.range.0 <= gain.share && gain.share <= gain.range.1);
    // More weight on the end moves the gain away from its discounted flow in proportion.
    let at = |multiple: usize| found[0].gains[0][multiple].mean;
    let (five, two, ten) = (at(0), at(1), at(2));
    assert!(((ten - five) / (five - two) - 5.0 / 3.0).abs() < 1e-6);
    assert_eq!(format!("{found:?}"), format!("{:?}", certify().1));
}

#[test]
fn the_shipped_games_are_sound() {
    for name in ["clouds", "prices"] {
        let file = crate::common::project(&format!("scenarios/games/{name}.toml"));
        let text = std::fs::read_to_string(&file).unwrap();
        let parsed = Parsed::<GameSpec>::read(&file, &text).unwrap_or_else(|f| panic!("{f}"));
        let plan = plan(&parsed, &Size::default()).unwrap_or_else(|faults| panic!("{faults}"));
        assert_eq!(plan.name, name);
        assert!(plan.players.len() == 3);
    }
}
