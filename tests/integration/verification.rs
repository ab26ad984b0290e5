//! `tollway verify`: cases with known answers, cases of other sizes, wrong answers and faulty files.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::unreadable_literal,
    reason = "random sizes are small, and numbers are as they were published"
)]

use std::process::{Command, Output};

use nalgebra::DMatrix;
use serde_json::{Value, json};
use tollway::base::rng::{Purpose, Streams};
use tollway::economics::pricing::{Demand, RESIDUAL, Sellers};
use tollway::verify::demand::{BuyerClass, ProductDemand};
use tollway::verify::engine::checks;
use tollway::verify::{CASES, Verdict, case, verify};

fn verdicts(text: &str) -> Vec<(String, Verdict)> {
    let cases = case::parse("cases", text).unwrap_or_else(|faults| panic!("{faults}"));
    let outcomes = verify(&cases, None).unwrap_or_else(|faults| panic!("{faults}"));
    outcomes.into_iter().map(|o| (o.id, o.verdict)).collect()
}

#[test]
fn every_used_case_passes_and_at_least_85_are_used() {
    let found = verdicts(CASES);
    let of = |verdict: Verdict| {
        found
            .iter()
            .filter(|(_, v)| *v == verdict)
            .map(|(id, _)| id.as_str())
            .collect::<Vec<_>>()
    };
    assert_eq!(of(Verdict::Fail), [""; 0]);
    assert!(of(Verdict::Pass).len() >= 85, "{}", of(Verdict::Pass).len());
    assert_eq!(found.len(), 107);
    // The page reports these counts.
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/verification.md");
    let page = std::fs::read_to_string(page).unwrap();
    let counts = [Verdict::Pass, Verdict::Fail, Verdict::NotUsed].map(|verdict| of(verdict).len());
    let said = format!(
        "{} pass, {} fail, {} are of formulas",
        counts[0], counts[1], counts[2]
    );
    assert!(
        page.contains(&said),
        "docs/verification.md does not say: {said}"
    );
    for id in of(Verdict::NotUsed) {
        assert!(page.contains(id), "docs/verification.md does not name {id}");
    }
}

#[test]
fn the_engine_agrees_with_theory() {
    for check in checks() {
        assert!(check.holds(), "{check:?}");
    }
}

/// Moves every expected number of every used case by one per cent, which must fail the case: tolerances do not hide
/// errors. Cases by simulation are left out, because their tolerances may be wider.
#[test]
fn a_wrong_number_fails() {
    let mut all: Vec<Value> = serde_json::from_str(CASES).unwrap();
    let used: Vec<String> = verdicts(CASES)
        .into_iter()
        .filter(|(_, verdict)| *verdict == Verdict::Pass)
        .map(|(id, _)| id)
        .collect();
    let by_simulation = ["TRANS-01", "CP-01", "SOB-01", "SOB-03"];
    all.retain(|case| {
        let id = case["id"].as_str().unwrap();
        used.iter().any(|other| other == id) && !by_simulation.contains(&id)
    });
    let mut moved = 0;
    for case in &all {
        for key in case["expected"].as_object().unwrap().keys() {
            let mut wrong = case.clone();
            if !nudge(&mut wrong["expected"][key]) {
                continue;
            }
            let text = json!([wrong]).to_string();
            assert_eq!(verdicts(&text)[0].1, Verdict::Fail, "{} {key}", case["id"]);
            moved += 1;
        }
    }
    assert!(moved > 200, "{moved} numbers were moved");
}

/// Moves the first number that is not zero: whole numbers by one, truth values to their opposite.
fn nudge(value: &mut Value) -> bool {
    match value {
        Value::Array(list) => list.iter_mut().any(nudge),
        Value::Object(map) => map.values_mut().any(nudge),
        Value::Bool(truth) => {
            *truth = !*truth;
            true
        }
        Value::Number(number) => {
            let old = number.as_f64().unwrap();
            *value = if number.is_u64() && old != 0.0 {
                json!(old as u64 + 1)
            } else {
                json!(old * 1.01)
            };
            old != 0.0
        }
        _ => false,
    }
}

#[test]
fn cases_of_other_sizes_pass() {
    let text = json!([
        {"id": "A", "topic": "discrete-choice/MNL", "inputs": {"V": [0.0, 0.0, 0.0, 0.0, 0.0], "outside_good_utility_zero": false},
         "expected": {"shares": [0.2, 0.2, 0.2, 0.2, 0.2]}, "tolerance": {"abs": 1e-12}},
        {"id": "B", "topic": "queueing/M/M/c", "inputs": {"lam": 0.5, "mu": 1.0, "c": 1, "t": 0.0},
         "expected": {"Wq": 1.0, "L": 1.0, "P_Wq_gt_t": 0.5}, "tolerance": {"rel": 1e-12}},
        {"id": "C", "topic": "pricing/Bertrand-Nash logit",
         "inputs": {"delta": [3.0], "alpha": 1.2, "cost": [0.7], "firm": ["only"], "kappa": [[1.0]], "tau": [0.0]},
         "expected": {"price": [2.434648729151058]}, "tolerance": {"abs": 1e-8}},
        {"id": "D", "topic": "regulation/EU Data Act switching charges",
         "inputs": {"rows": [["2024-06-01", "parallel", 9.0, 2.0], ["2025-09-12", "parallel", 9.0, 2.0]]},
         "expected": {"max_charge": [9.0, 2.0]}, "tolerance": {"abs": 1e-12}},
        // The formula also holds near full load: only the market rations there.
        {"id": "G", "topic": "queueing/M/G/1 Pollaczek-Khinchine", "inputs": {"lam": 0.9998, "mean_service": 1.0, "cv2": 1.0},
         "expected": {"Wq": 4999.0}, "tolerance": {"rel": 1e-9}},
        // A firm between the two that sells nothing still has a row of kappa. One owner of both: 1 / (1 + W(2 e)).
        {"id": "F", "topic": "pricing/Bertrand-Nash logit",
         "inputs": {"delta": [3.0, 3.0], "alpha": 1.0, "cost": [1.0, 1.0], "firm": [0, 2], "kappa": [[1, 0, 1], [0, 1, 0], [1, 0, 1]], "tau": [0.0, 0.0]},
         "expected": {"outside_share": 0.4210840970777077}, "tolerance": {"abs": 1e-9}},
        {"id": "E", "topic": "platform/of a formula that nobody uses", "inputs": {}, "expected": {"x": 1.0}, "tolerance": {"rel": 1e-9}},
    ])
    .to_string();
    let found: Vec<Verdict> = verdicts(&text)
        .into_iter()
        .map(|(_, verdict)| verdict)
        .collect();
    assert_eq!(
        found,
        [
            Verdict::Pass,
            Verdict::Pass,
            Verdict::Pass,
            Verdict::Pass,
            Verdict::Pass,
            Verdict::Pass,
            Verdict::NotUsed
        ]
    );
}

fn tollway(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tollway"))
        .arg("verify")
        .args(arguments)
        .output()
        .unwrap()
}

fn on_file(text: &str, arguments: &[&str]) -> Output {
    let folder = temp_dir::TempDir::new().unwrap();
    let file = folder.path().join("cases.json");
    std::fs::write(&file, text).unwrap();
    let mut all = vec![file.to_str().unwrap()];
    all.extend(arguments);
    tollway(&all)
}

#[test]
fn the_command_prints_json_and_fails_where_a_case_does() {
    let output = tollway(&["--json", "--topic", "queueing"]);
    assert!(output.status.success());
    let list: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(list.len(), 13);
    for case in &list {
        let mut keys: Vec<&str> = case
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        keys.sort_unstable();
        assert_eq!(keys, ["error", "expected", "got", "id", "topic", "verdict"]);
        assert!(["pass", "not used"].contains(&case["verdict"].as_str().unwrap()));
    }
    let wrong = r#"[{"id": "W", "topic": "sim-stats/replication CI", "inputs": {"x": [1.0, 3.0]}, "expected": {"mean": 2.5},
        "tolerance": {"rel": 1e-9}}]"#;
    let output = on_file(wrong, &["--json"]);
    assert_eq!(output.status.code(), Some(1));
    let list: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (list[0]["verdict"].as_str(), list[0]["got"]["mean"].as_f64()),
        (Some("fail"), Some(2.0))
    );
}

#[test]
fn wrong_files_are_located() {
    let case = |inputs: &str, expected: &str| {
        format!(
            "[\n {{\"id\": \"W\", \"topic\": \"sim-stats/common random numbers\",\n  \"inputs\": {inputs},\n  \"expected\": {expected}, \"tolerance\": {{\"rel\": 1e-9}}}}\n]"
        )
    };
    let inputs = r#"{"sd1": 2.0, "sd2": 2.2, "rho": 0.9, "n": 50}"#;
    for (text, place, what) in [
        ("[{\"id\": }]".to_owned(), ":1:9", "not JSON"),
        ("{}".to_owned(), ":1:1", "not a list of cases"),
        (
            case(
                r#"{"sd1": 2.0, "sd": 2.2, "rho": 0.9, "n": 50}"#,
                r#"{"se": 1.0}"#,
            ),
            ":3:3",
            "needs the input `sd2`",
        ),
        (
            case(
                r#"{"sd1": 2.0, "sd2": "x", "rho": 0.9, "n": 50}"#,
                r#"{"se": 1.0}"#,
            ),
            ":3:26",
            "must be a number",
        ),
        (
            case(
                r#"{"sd1": 2.0, "sd2": 2.2, "rho": 0.9, "n": 50, "m": 1}"#,
                r#"{"se": 1.0}"#,
            ),
            ":3:59",
            "no input `m`",
        ),
        (
            case(inputs, r#"{"sse": 1.0}"#),
            ":4:16",
            "does not compute `sse`",
        ),
        (case(inputs, r#"{"se": [1.0]}"#), ":4:16", "differs in type"),
        ("[{\"id\": \"W\"}]".to_owned(), ":1:2", "lacks `topic`"),
    ] {
        let output = on_file(&text, &[]);
        let shown = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{text}\n{shown}");
        assert!(
            shown.contains(&format!("cases.json{place}")) && shown.contains(what),
            "{text}\n{shown}"
        );
        assert!(
            shown.contains("help:") && output.stdout.is_empty(),
            "{shown}"
        );
    }
    let output = tollway(&["--topic", "queuing"]);
    assert_eq!(output.status.code(), Some(2));
    let output = tollway(&["no-such-file.json"]);
    assert_eq!(output.status.code(), Some(2));
}

/// Checks random price games: no firm gains by moving a price, all first-order conditions hold, and full common
/// ownership gives equal markups.
#[test]
fn deviations_never_pay() {
    const FACTORS: [f64; 8] = [0.3, 0.7, 0.9, 0.99, 1.01, 1.1, 1.5, 3.0];
    let streams = Streams::new(3, 0);
    for game in 0..60 {
        let mut stream = streams.stream(Purpose::User, game, 0);
        let products = 2 + (stream.uniform() * 5.0) as usize;
        let firm: Vec<usize> = (0..products)
            .map(|_| (stream.uniform() * 3.0) as usize)
            .collect();
        let demand = ProductDemand {
            classes: (0..2)
                .map(|_| BuyerClass {
                    weight: stream.uniform(),
                    sensitivity: 0.5 + 2.0 * stream.uniform(),
                    value: (0..products).map(|_| 4.0 * stream.uniform()).collect(),
                })
                .collect(),
            nest: (0..products).map(|j| j % 2).collect(),
            rho: 0.5 * stream.uniform(),
            has_outside: true,
        };
        let mut kappa = DMatrix::identity(3, 3);
        kappa[(0, 1)] = 0.5 * stream.uniform();
        let sellers = Sellers {
            firm,
            kappa,
            fee: vec![0.05; products],
            cost: (0..products).map(|_| 0.5 + stream.uniform()).collect(),
            is_free: vec![true; products],
            floor: vec![f64::NEG_INFINITY; products],
        };
        let found = sellers.equilibrium(&demand, &sellers.cost);
        assert!(found.residual < RESIDUAL, "game {game}: {}", found.residual);
        let gain = sellers.best_deviation(&demand, &found.prices, &FACTORS);
        assert!(gain <= 1e-9, "game {game}: a deviation gains {gain}");
        let shares = demand.shares(&found.prices);
        assert!(shares.iter().all(|share| *share > 0.0) && shares.iter().sum::<f64>() < 1.0);
    }
}
