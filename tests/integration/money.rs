//! Money under random scenarios and random payments: books balance, origins add up to balances, and circular flows are
//! found.
//!
//! `TOLLWAY_CASES=10000 cargo test money` runs the full suite; the default runs fewer cases.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "random sizes are small"
)]

use std::collections::BTreeMap;

use tollway::base::ids::{AccountId, Id};
use tollway::base::rng::{Purpose, Stream, Streams};
use tollway::base::units::Usd;
use tollway::ledger::{Flow, Ledger, Origin, Purse};
use tollway::scenario::{Loaded, check};
use tollway::simulation::Simulation;

use crate::common::{scenario, with_overlay};

fn cases(default: u32) -> u32 {
    std::env::var("TOLLWAY_CASES").map_or(default, |text| text.parse().expect("a number of cases"))
}

fn stream(case: u32, entity: u64) -> Stream {
    Streams::new(77, case).stream(Purpose::User, entity, 0)
}

fn pick(stream: &mut Stream, below: usize) -> usize {
    ((stream.uniform() * below as f64) as usize).min(below - 1)
}

#[test]
fn random_payments_keep_books_and_origins_in_balance() {
    for case in 0..cases(2_000) {
        let mut draw = stream(case, 0);
        let mixed = 2 + pick(&mut draw, 5);
        let id = AccountId::from_index;
        let mut accounts = vec![
            ("customers".to_owned(), Purse::Source(Origin::Customers)),
            ("holder".to_owned(), Purse::Source(Origin::Equity(id(1)))),
            ("lenders".to_owned(), Purse::Source(Origin::Debt)),
            (
                "credits".to_owned(),
                Purse::Source(Origin::VendorCredit(id(3))),
            ),
        ];
        accounts.extend((0..mixed).map(|i| (format!("firm {i}"), Purse::Mixed)));
        let count = accounts.len();
        let mut ledger = Ledger::new(accounts);
        for _ in 0..40 {
            let (from, to) = (pick(&mut draw, count), pick(&mut draw, count));
            let flow = Flow::ALL[pick(&mut draw, Flow::ALL.len())];
            let amount = Usd::from_f64(draw.exponential() * 1e3);
            if from != to {
                ledger.transfer(flow, id(from), id(to), amount);
            }
        }
        assert_eq!(ledger.total(), Usd::ZERO, "case {case}");
        assert_eq!(ledger.unbalanced(), None, "case {case}");
        let lines = ledger.month();
        for account in ledger.accounts() {
            let lines = lines.iter();
            let received: Usd = lines
                .clone()
                .filter(|((_, to, ..), _)| *to == account)
                .map(|(_, usd)| *usd)
                .sum();
            let paid: Usd = lines
                .filter(|((from, ..), _)| *from == account)
                .map(|(_, usd)| *usd)
                .sum();
            assert_eq!(received, ledger.received(account, &Flow::ALL));
            assert_eq!(paid, ledger.paid(account, &Flow::ALL));
            assert_eq!(received - paid, ledger.balance(account), "case {case}");
        }
    }
}

#[test]
fn a_closed_loop_is_all_circular_and_without_investment_nothing_is() {
    for case in 0..cases(500) {
        let mut draw = stream(case, 1);
        let [holder, cloud, lab, customers] = std::array::from_fn(AccountId::from_index);
        let open = || {
            Ledger::new(vec![
                ("holder".to_owned(), Purse::Source(Origin::Equity(holder))),
                ("cloud".to_owned(), Purse::Mixed),
                ("lab".to_owned(), Purse::Mixed),
                ("customers".to_owned(), Purse::Source(Origin::Customers)),
            ])
        };
        let circular = |ledger: &Ledger| -> (Usd, Usd) {
            let to_cloud = |own: bool| -> Usd {
                ledger
                    .receipts(cloud)
                    .filter(|(_, origin, _)| !own || *origin == Origin::Equity(holder))
                    .map(|(_, _, usd)| usd)
                    .sum()
            };
            (to_cloud(true), to_cloud(false))
        };
        let (mut closed, mut funded) = (open(), open());
        for _ in 0..10 {
            let amount = Usd::from_f64(1.0 + draw.exponential() * 1e6);
            closed.transfer(Flow::Equity, holder, lab, amount);
            closed.transfer(Flow::TrainingCompute, lab, cloud, closed.balance(lab));
            funded.transfer(Flow::ModelUsage, customers, lab, amount);
            funded.transfer(Flow::TrainingCompute, lab, cloud, funded.balance(lab));
        }
        let (own, all) = circular(&closed);
        assert!(
            own == all && all > Usd::ZERO,
            "case {case}: {own:?} of {all:?}"
        );
        assert_eq!(circular(&funded).0, Usd::ZERO, "case {case}");
    }
}

/// Returns the classroom scenario, or every tenth time the baseline, with random numbers.
fn random_scenario(case: u32) -> Loaded {
    let mut draw = stream(case, 2);
    let mut between = |low: f64, high: f64| low + (high - low) * draw.uniform();
    let mut sets = vec![
        "run.enterprises=12".to_owned(),
        "run.replications=1".to_owned(),
        format!("run.seed={case}"),
        format!("months={}", 2 + case % 3),
    ];
    for (key, low, high) in [
        ("router.aws-router.take_rate", 0.0, 0.3),
        ("router.aws-router.steering", 0.0, 4.0),
        ("finance.runway", 0.0, 200.0),
        ("finance.insiders", 0.0, 1.0),
        ("finance.ceiling", 0.0, 1.0),
        ("finance.cost_of_capital", 0.05, 0.5),
        ("finance.round_failure", 0.0, 1.0),
        ("finance.uptake", 0.0, 1.0),
        ("finance.distress", 0.0, 30.0),
        ("finance.patience", 0.0, 2.0),
        ("finance.merger", 0.0, 1.0),
        ("pricing.adjustment", 0.0, 1.0),
        ("pricing.review", 0.5, 3.0),
        ("incident.strength", 0.0, 20.0),
        ("incident.sla_credit", 0.0, 800.0),
        ("regulation.strength", 0.0, 20.0),
        ("stateful.premium", 0.0, 1.0),
        ("openness.worth", 0.0, 10.0),
        ("credit.aws-startup-credits.share", 0.0, 1.0),
        ("lab.openai.cash", 0.0, 3e10),
        ("lab.anthropic.cash", 0.0, 3e10),
        ("lab.openai.overhead", 0.0, 1.0),
        ("cloud.aws.capacity", 1e5, 5e6),
        ("demand.enterprise_spend", 1e9, 2e11),
        ("switching.outsourced", 0.0, 1.0),
    ] {
        let value = between(low, high);
        if high > low {
            sets.push(format!("{key}={value}"));
        }
    }
    let sets: Vec<&str> = sets.iter().map(String::as_str).collect();
    let base = if case.is_multiple_of(10) {
        "baseline"
    } else {
        "classroom"
    };
    scenario(base, &sets)
}

#[test]
fn every_month_of_a_random_scenario_balances() {
    for case in 0..cases(40) {
        let loaded = random_scenario(case);
        let factors = check::correlation_factors(&loaded.scenario, &loaded.tree, &mut Vec::new());
        let simulation = Simulation::new(&loaded.scenario, factors);
        // The run stops with an error if an identity of a month fails, among them that origins sum to balances.
        let panel = simulation
            .run(case)
            .unwrap_or_else(|broken| panic!("case {case}: {broken}"));
        let mut by_month: BTreeMap<u16, BTreeMap<AccountId, Usd>> = BTreeMap::new();
        for line in &panel.flows {
            assert!(!line.usd.is_negative(), "case {case}");
            let month = by_month.entry(line.month).or_default();
            *month.entry(line.payer).or_default() -= line.usd;
            *month.entry(line.payee).or_default() += line.usd;
        }
        assert_eq!(by_month.len(), simulation.catalog.calendar.months());
        for (month, sums) in by_month {
            let total: Usd = sums.into_values().sum();
            assert_eq!(total, Usd::ZERO, "case {case}, month {month}");
        }
        let clouds = panel.table("clouds");
        for month in 0..simulation.catalog.calendar.months() {
            for cloud in &clouds.entities {
                let value = |measure| clouds.value(month, cloud, measure);
                let (circular, revenue) = (value("circular_usd"), value("ai_revenue_usd"));
                assert!(
                    (0.0..=revenue + 1e-3).contains(&circular),
                    "case {case}: {circular} of {revenue}"
                );
            }
        }
    }
}

#[test]
fn profits_looked_through_sum_to_the_profits_that_firms_made() {
    let loaded = with_overlay(
        "baseline",
        "",
        &["run.enterprises=100", "run.replications=1", "months=12"],
    );
    let factors = check::correlation_factors(&loaded.scenario, &loaded.tree, &mut Vec::new());
    let simulation = Simulation::new(&loaded.scenario, factors);
    for replication in 0..4 {
        let panel = simulation.run(replication).unwrap();
        let holders = panel.table("holders");
        for month in 0..12 {
            let sum = |measure: &str| -> f64 {
                let names = holders.entities.iter();
                names.map(|name| holders.value(month, name, measure)).sum()
            };
            let (own, seen) = (sum("own_profit_usd"), sum("lookthrough_profit_usd"));
            assert!((own - seen).abs() < 1e-6 * own.abs() + 1.0, "{own} {seen}");
        }
    }
}
