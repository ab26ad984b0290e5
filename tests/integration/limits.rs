//! Limiting cases: each is checked against a formula or a value known beforehand.

use tollway::base::rng::{Purpose, Streams};
use tollway::base::time::{SimTime, Span};
use tollway::economics::diffusion::{bass_share, bass_time};
use tollway::economics::queueing::erlang_c;
use tollway::kernel::{PendingEvents, Phase};
use tollway::scenario::text::write;
use tollway::scenario::tree::{Node, Value, is_quantity};
use tollway::scenario::{Request, load};

use crate::common::{mean, paired, scenario, simulate, values, with_overlay};

const SMALL: [&str; 3] = ["run.enterprises=400", "run.replications=8", "months=12"];

fn small<'a>(more: &[&'a str]) -> Vec<&'a str> {
    SMALL.iter().copied().chain(more.iter().copied()).collect()
}

#[test]
fn without_switching_cost_and_with_overwhelming_price_sensitivity_everyone_ends_at_the_cheapest_lab()
 {
    // Anthropic's list prices fall by 95 % on the second day. Moves cost nothing, and choices have hardly any noise.
    let overlay = r#"
        event = [{ name = "cut", date = 2026-04-02, kind = "price-step", subject = "anthropic", value = { value = 0.05, unit = "ratio", class = "assumed" } }]
        price_class = [
            { name = "low", sensitivity = { value = 40.0, unit = "logit", class = "assumed" } },
            { name = "medium", sensitivity = { value = 40.0, unit = "logit", class = "assumed" } },
            { name = "high", sensitivity = { value = 40.0, unit = "logit", class = "assumed" } },
        ]
        [choice]
        lab_taste_sd = { value = 0.0, unit = "logit", class = "assumed" }
    "#;
    let mut sets = small(&[
        "choice.attention_model=1",
        "choice.attention_router=1",
        "choice.attention_cloud=1",
        "choice.review_interval=0.3",
        "switching.labour=0",
        "switching.state_value=0",
        "switching.policy_value=0",
        "switching.shortfall=0",
        "switching.data=0",
        "switching.first_time_success=1",
        "cloud.aws.capacity=1e9",
        "cloud.google.capacity=1e9",
        "cloud.azure.capacity=1e9",
    ]);
    let free: Vec<String> = ["model", "router", "cloud", "self_host"]
        .iter()
        .flat_map(|kind| {
            ["inertia", "overlap", "duration"]
                .map(|part| format!("switching.moves.{kind}.{part}=0"))
        })
        .collect();
    sets.extend(free.iter().map(String::as_str));
    let ensemble = simulate(&with_overlay("classroom", overlay, &sets));
    assert!(
        mean(&ensemble, "labs", "anthropic", "usage_share", 0) > 0.2,
        "the lab starts from its stated share"
    );
    // Spend understates the winner's share: its tokens are twenty times cheaper.
    let by_volume = |month| {
        let (a, o) = (
            mean(&ensemble, "labs", "anthropic", "usage_usd", month),
            mean(&ensemble, "labs", "openai", "usage_usd", month),
        );
        20.0 * a / (20.0 * a + o)
    };
    assert!(by_volume(11) > 0.98, "{}", by_volume(11));
}

#[test]
fn infinite_switching_cost_keeps_everyone_in_place() {
    let sets: Vec<String> = ["model", "router", "cloud", "self_host"]
        .map(|kind| format!("switching.moves.{kind}.inertia=1e9"))
        .to_vec();
    let sets = small(&sets.iter().map(String::as_str).collect::<Vec<_>>());
    let ensemble = simulate(&scenario("baseline", &sets));
    for segment in ["ai-native", "finance", "small-business"] {
        for kind in [
            "moves_model",
            "moves_router",
            "moves_cloud",
            "moves_self_host",
        ] {
            for month in 0..12 {
                assert_eq!(
                    values(&ensemble, "segments", segment, kind, month),
                    [0.0; 8],
                    "{segment} {kind}"
                );
            }
        }
    }
}

#[test]
fn infinite_capacity_neither_delays_nor_rations() {
    let sets: Vec<String> = ["aws", "azure", "google", "oracle", "neocloud", "small"]
        .map(|cloud| format!("cloud.{cloud}.capacity=1e9"))
        .to_vec();
    let mut sets = small(&sets.iter().map(String::as_str).collect::<Vec<_>>());
    // Ample capacity does not serve demand at a provider that is down.
    sets.push("incident.strength=0");
    let ensemble = simulate(&scenario("baseline", &sets));
    for month in 0..12 {
        assert_eq!(
            values(&ensemble, "market", "market", "unserved_share", month),
            [0.0; 8]
        );
    }
}

#[test]
fn adoption_follows_bass() {
    let innovation = 0.05;
    let imitation = 0.9;
    let sets: Vec<String> = [
        "chat",
        "coding",
        "planning",
        "reasoning",
        "automation",
        "agents",
    ]
    .iter()
    .flat_map(|task| {
        [
            format!("task.{task}.innovation={innovation}"),
            format!("task.{task}.imitation={imitation}"),
        ]
    })
    .collect();
    let mut sets: Vec<&str> = sets.iter().map(String::as_str).collect();
    // New work of customers starts workloads too.
    sets.extend([
        "run.enterprises=3000",
        "run.replications=6",
        "months=24",
        "demand.new_work=0",
    ]);
    let ensemble = simulate(&scenario("baseline", &sets));
    for (segment, adopted) in [("finance", 0.5), ("public", 0.3), ("industry", 0.4)] {
        let age = bass_time(innovation, imitation, adopted);
        for month in [5, 11, 23] {
            let theory = bass_share(innovation, imitation, age + (month + 1) as f64 / 12.0)
                / bass_share(innovation, imitation, age + 1.0 / 12.0);
            let got: Vec<f64> = values(&ensemble, "segments", segment, "workloads", month)
                .iter()
                .zip(values(&ensemble, "segments", segment, "workloads", 0))
                .map(|(now, then)| now / then)
                .collect();
            let (gap, error) = paired(&got, &vec![theory; got.len()]);
            // The tolerance is four standard errors over six replications, plus 2 % for the uneven weights of a small
            // sample.
            assert!(
                gap.abs() < 4.0 * error + 0.02 * theory,
                "{segment} month {month}: {gap} against {theory}, error {error}"
            );
        }
    }
}

#[test]
fn one_pool_with_poisson_work_waits_as_erlang_c_says() {
    #[derive(Clone, Copy)]
    enum Event {
        Arrival,
        Departure,
    }
    let (servers, utilisation) = (8_u32, 0.8);
    let streams = Streams::new(4, 0);
    let (mut gaps, mut services) = (
        streams.stream(Purpose::User, 0, 0),
        streams.stream(Purpose::User, 1, 0),
    );
    let mut events = PendingEvents::new();
    events.schedule(SimTime::START, Phase::Trade, Event::Arrival);
    let (mut busy, mut queue) = (0, 0_u32);
    // The interval comes from 40 batch means.
    let mut batches = Vec::new();
    for _ in 0..40 {
        let (mut arrivals, mut waiting) = (0_u32, 0_u32);
        while arrivals < 10_000 {
            let next = events.pop().expect("an arrival is pending");
            let start_service = match next.event {
                Event::Arrival => {
                    arrivals += 1;
                    let gap = gaps.exponential() / (f64::from(servers) * utilisation);
                    events.schedule(
                        next.time + Span::from_days(gap),
                        Phase::Trade,
                        Event::Arrival,
                    );
                    if busy < servers {
                        busy += 1;
                        true
                    } else {
                        waiting += 1;
                        queue += 1;
                        false
                    }
                }
                Event::Departure if queue > 0 => {
                    queue -= 1;
                    true
                }
                Event::Departure => {
                    busy -= 1;
                    false
                }
            };
            if start_service {
                let service = Span::from_days(services.exponential());
                events.schedule(next.time + service, Phase::Trade, Event::Departure);
            }
        }
        batches.push(f64::from(waiting) / f64::from(arrivals));
    }
    let theory = erlang_c(servers, utilisation);
    let (gap, error) = paired(&batches, &vec![theory; batches.len()]);
    assert!(
        gap.abs() < 3.5 * error,
        "{gap} against {theory}, error {error}"
    );
}

#[test]
fn without_take_rate_and_steering_routers_earn_nothing_and_cost_nothing() {
    let sets = small(&[
        "router.independent.take_rate=0",
        "router.independent.observed_take_rate=0",
    ]);
    let ensemble = simulate(&scenario("baseline", &sets));
    for router in [
        "aws-router",
        "azure-router",
        "google-router",
        "independent",
        "enterprise-run",
    ] {
        for month in [0, 11] {
            assert_eq!(
                values(&ensemble, "routers", router, "fee_usd", month),
                [0.0; 8]
            );
            assert_eq!(
                values(&ensemble, "routers", router, "steering_cost_usd", month),
                [0.0; 8]
            );
            assert_eq!(
                values(&ensemble, "routers", router, "first_party_share", month),
                values(
                    &ensemble,
                    "routers",
                    router,
                    "neutral_first_party_share",
                    month
                ),
                "without steering the mix has plain logit shares"
            );
        }
    }
}

#[test]
fn without_equity_nothing_is_circular_and_look_through_is_revenue() {
    let overlay = r#"
        finance = { remove = true }
        tranche = [{ name = "aws-openai-contingent", remove = true }]
        [[lab]]
        name = "openai"
        cash_origin = { aws = { remove = true }, azure = { remove = true }, nvidia = { remove = true }, softbank = { remove = true }, outside-funds = { remove = true } }
        [[lab]]
        name = "anthropic"
        cash_origin = { aws = { remove = true }, google = { remove = true }, azure = { remove = true }, nvidia = { remove = true }, outside-funds = { remove = true } }
    "#;
    let ensemble = simulate(&with_overlay("baseline", overlay, &SMALL));
    for cloud in ["aws", "azure", "google"] {
        for month in [0, 11] {
            assert_eq!(
                values(&ensemble, "clouds", cloud, "circular_usd", month),
                [0.0; 8]
            );
            assert_eq!(
                values(&ensemble, "clouds", cloud, "strategic_circular_usd", month),
                [0.0; 8]
            );
            assert_eq!(
                values(&ensemble, "clouds", cloud, "vendor_circular_usd", month),
                [0.0; 8]
            );
            assert_eq!(
                values(&ensemble, "clouds", cloud, "lookthrough_revenue_usd", month),
                values(&ensemble, "clouds", cloud, "ai_revenue_usd", month)
            );
        }
    }
}

#[test]
fn a_population_twice_as_large_at_half_the_weight_is_the_same_market() {
    let run = |enterprises: &str| {
        simulate(&scenario(
            "baseline",
            &[enterprises, "run.replications=16", "months=12"],
        ))
    };
    let (single, double) = (run("run.enterprises=1000"), run("run.enterprises=2000"));
    for (table, entity, measure) in [
        ("market", "market", "spend_usd"),
        ("market", "market", "routed_share"),
        ("labs", "anthropic", "usage_share"),
        ("clouds", "aws", "ai_revenue_usd"),
        ("switching", "cloud", "months_of_spend"),
    ] {
        let (left, right) = (
            values(&single, table, entity, measure, 11),
            values(&double, table, entity, measure, 11),
        );
        let (gap, error) = paired(&left, &right);
        assert!(
            gap.abs() < 4.0 * error,
            "{table} {measure}: {gap}, error {error}"
        );
    }
}

#[test]
fn halving_the_window_leaves_results_within_sampling_error() {
    let run = |windows: &str| {
        simulate(&scenario(
            "baseline",
            &[
                "run.enterprises=800",
                "run.replications=16",
                "months=12",
                windows,
            ],
        ))
    };
    let (day, half) = (run("run.windows_per_day=1"), run("run.windows_per_day=2"));
    for (table, entity, measure) in [
        ("market", "market", "spend_usd"),
        ("market", "market", "routed_share"),
        ("clouds", "azure", "ai_revenue_usd"),
        ("clouds", "google", "utilisation_share"),
    ] {
        let (left, right) = (
            values(&day, table, entity, measure, 11),
            values(&half, table, entity, measure, 11),
        );
        let (gap, error) = paired(&left, &right);
        let scale = right.iter().sum::<f64>() / right.len() as f64;
        // Paired errors are tiny. The tolerance of half a per cent is far below the spread of replications.
        assert!(
            gap.abs() < 4.0 * error + 0.005 * scale.abs(),
            "{table} {measure}: {gap} of {scale}, error {error}"
        );
    }
}

/// Multiplies every number stated in dollars by `factor`.
fn scale_money(node: &mut Node, factor: f64) {
    match &mut node.value {
        Value::Table(table) if is_quantity(table) => {
            let is_money = table
                .get("unit")
                .and_then(Node::as_text)
                .is_some_and(|unit| unit.starts_with("usd"));
            if is_money {
                for key in ["value", "low", "mode", "high", "mean", "sd", "median"] {
                    if let Some(number) = table.get_mut(key) {
                        number.value = Value::Float(number.as_number().expect("a number") * factor);
                    }
                }
            }
        }
        Value::Table(table) => table
            .entries
            .iter_mut()
            .for_each(|entry| scale_money(&mut entry.node, factor)),
        Value::List(items) => items.iter_mut().for_each(|item| scale_money(item, factor)),
        _ => {}
    }
}

#[test]
fn results_scale_with_the_unit_of_money() {
    let plain = scenario("baseline", &SMALL);
    let mut tree = plain.tree.clone();
    scale_money(&mut tree, 4.0);
    let folder = temp_dir::TempDir::new().unwrap();
    let file = folder.path().join("scaled.toml");
    std::fs::write(&file, write(&tree)).unwrap();
    let scaled = load(&Request {
        file: Some(file),
        ..Request::default()
    })
    .unwrap_or_else(|faults| panic!("{faults}"));
    let (plain, scaled) = (simulate(&plain), simulate(&scaled));
    for (left, right) in plain
        .tables
        .iter()
        .flatten()
        .zip(scaled.tables.iter().flatten())
    {
        let width = left.measures.len();
        for (index, (a, b)) in left.values.iter().zip(&right.values).enumerate() {
            let measure = &left.measures[index % width];
            let factor = if measure.unit.starts_with("usd") {
                4.0
            } else {
                1.0
            };
            // The tolerance allows for rounding: flows to a hundredth of a cent, volumes to whole tokens.
            let slack = 1e-6 * a.abs().max(1.0) * factor + 1e-6;
            assert!(
                (a * factor - b).abs() <= slack,
                "{} {}: {a} times {factor} is not {b}",
                left.name,
                measure.name
            );
        }
    }
}

#[test]
fn an_inert_edit_changes_nothing() {
    let plain = simulate(&scenario("baseline", &SMALL));
    let overlay = "title = \"another title\"\n[[event]]\nname = \"a-fact\"\ndate = 2026-06-01\nkind = \"fact\"\n";
    let edited = simulate(&with_overlay("baseline", overlay, &SMALL));
    assert_eq!(plain.tables, edited.tables);
}

#[test]
fn budgets_held_to_the_plan_do_not_respond() {
    let tables = |sets: &[&str]| simulate(&scenario("baseline", &small(sets))).tables;
    let held = ["supply.budget_min=1", "supply.budget_max=1"];
    let response = |value| [held[0], held[1], value];
    assert_eq!(
        tables(&response("supply.capex_response=0")),
        tables(&response("supply.capex_response=5"))
    );
    assert_ne!(
        tables(&["supply.capex_response=0"]),
        tables(&["supply.capex_response=5"])
    );
}

#[test]
fn outages_of_no_length_refund_nothing() {
    let refunds = |sets: &[&str]| -> f64 {
        let ensemble = simulate(&scenario("baseline", &small(sets)));
        (["aws", "azure", "google"].iter())
            .flat_map(|cloud| (0..12).map(move |month| (cloud, month)))
            .map(|(cloud, month)| mean(&ensemble, "clouds", cloud, "sla_credit_usd", month))
            .sum()
    };
    assert!(refunds(&[]) > 0.0);
    assert!(refunds(&["incident.outage_hours_max=0"]) == 0.0);
}

#[test]
fn new_workloads_leave_cheaply_and_labs_that_sell_direct_are_routed_less() {
    let first = |measure, sets: &[&str]| {
        let ensemble = simulate(&scenario("baseline", &small(sets)));
        values(&ensemble, "market", "market", measure, 0)
    };
    for (measure, edit) in [
        ("months_to_leave_cloud", "demand.tenure_max=0"),
        ("routed_share", "demand.direct_min=1"),
    ] {
        let (plain, edited) = (first(measure, &[]), first(measure, &[edit]));
        let pairs = || edited.iter().zip(&plain);
        assert!(
            pairs().all(|(edited, plain)| edited < plain),
            "{measure}: {edited:?} {plain:?}"
        );
    }
}

#[test]
fn moves_that_end_on_the_day_of_a_review_charge_nothing_below_zero() {
    // Reviews and moves take hours: a review can fall before the end of a move that precedes it in the order of its
    // window.
    let mut sets = vec![
        "choice.review_interval=0.01".to_owned(),
        "choice.attention_model=1".to_owned(),
        "choice.attention_cloud=1".to_owned(),
        "choice.attention_router=1".to_owned(),
        "run.enterprises=200".to_owned(),
        "run.replications=2".to_owned(),
        "months=2".to_owned(),
    ];
    for kind in ["model", "router", "cloud", "self_host"] {
        sets.push(format!("switching.moves.{kind}.duration=0.02"));
        sets.push(format!("switching.moves.{kind}.inertia=0"));
    }
    let sets: Vec<&str> = sets.iter().map(String::as_str).collect();
    let ensemble = simulate(&scenario("baseline", &sets));
    assert!(mean(&ensemble, "clouds", "aws", "egress_usd", 1) >= 0.0);
}

#[test]
fn a_migration_without_end_ends_with_the_horizon() {
    // An endless move with overlap would also cost without end, so overlap is zero.
    let endless: Vec<String> = ["model", "router", "cloud", "self_host"]
        .iter()
        .flat_map(|kind| {
            ["duration=1e15", "overlap=0"].map(|edit| format!("switching.moves.{kind}.{edit}"))
        })
        .collect();
    let mut sets = small(&["choice.attention_model=1", "choice.review_interval=0.3"]);
    sets.extend(endless.iter().map(String::as_str));
    let ensemble = simulate(&scenario("baseline", &sets));
    assert!(mean(&ensemble, "market", "market", "spend_usd", 11) > 0.0);
}
