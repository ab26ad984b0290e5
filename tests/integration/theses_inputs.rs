//! Inputs that claims name, outcomes that an input sets, and smallest effects of interest.

use tollway::experiments::thesis::{Theses, read};

use crate::common::project;
use crate::theses::{HEAD, judged, text, thesis};

const SCAN: &str = "scan = { points = 3, halvings = 2, replications = 10 }\n";

fn input(path: &str, arm: &str, low: f64, high: f64) -> String {
    format!(
        "input = {{ paths = [\"{path}\"], arms = [\"{arm}\"], low = {low}, high = {high}, reason = \"a test\" }}"
    )
}

fn smallest(rest: &str) -> String {
    format!("smallest = {{ value = 1e9, {rest}, reason = \"a test\", whose = \"ours\" }}")
}

fn text_with_scan(body: &str) -> Result<Theses, String> {
    let file = project("scenarios/theses/planted.toml");
    read(&[(file, format!("{SCAN}{HEAD}{body}"))], &[]).map_err(|faults| faults.to_string())
}

#[test]
fn a_test_that_reads_an_input_back_is_assumed() {
    let rate = "routers.aws-router.take_rate[6]";
    let take_rate = "router.aws-router.take_rate";
    let body = [
        // The arm fixes the fee.
        thesis(
            "fixed",
            &format!("arms = [\"fee\"]\ntest = \"{rate} > 7%\""),
        ),
        // A rank that stands still says nothing about what is ranked.
        thesis(
            "ranked",
            "arms = [\"free\"]\ntest = \"rank(clouds.small.ai_revenue_usd[6], clouds.*.ai_revenue_usd[6]) <= 6\"",
        ),
        // The fee earned varies with the market, over any range of the rate that is not wide.
        thesis(
            "earned",
            &format!(
                "arms = [\"fee\"]\ntest = \"routers.aws-router.fee_usd[6] > 1 usd\"\n{}",
                input(take_rate, "fee", 0.07, 0.09)
            ),
        ),
    ]
    .concat();
    let theses = text_with_scan(&body).unwrap_or_else(|faults| panic!("{faults}"));
    let found = judged(&theses, 0);
    let words: Vec<&str> = found.iter().map(|f| f.verdict.word()).collect();
    assert_eq!(words, ["assumed", "holds", "holds"]);
    let assumed = found[0].assumed.as_ref().unwrap();
    assert!(assumed.paths.is_empty(), "{assumed:?}");
    let scan = found[2].break_even.as_ref().unwrap();
    assert!(scan.at.is_none() && scan.explained < 0.98, "{scan:?}");
}

#[test]
fn a_break_even_value_lies_where_the_verdict_turns_for_any_number_of_threads() {
    let body = thesis(
        "rate",
        &format!(
            "arms = [\"fee\"]\ntest = \"routers.aws-router.take_rate[6] >= 5% and routers.aws-router.fee_usd[6] > 0\"\n{}",
            input("router.aws-router.take_rate", "fee", 0.0, 0.16)
        ),
    );
    let theses = text_with_scan(&body).unwrap_or_else(|faults| panic!("{faults}"));
    let found = judged(&theses, 0);
    let scan = found[0].break_even.clone().unwrap();
    // Of the values 0, 8 and 16 %, two halvings of the first step leave 4 to 6 %.
    let (low, high) = scan.at.unwrap();
    assert!(
        (low - 0.04).abs() < 1e-12 && (high - 0.06).abs() < 1e-12,
        "{scan:?}"
    );
    assert_eq!((scan.turns, scan.points.len()), (1, 5));
    assert!((scan.present - 0.08).abs() < 1e-12);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .unwrap();
    let alone = pool.install(|| judged(&theses, 0));
    assert_eq!(alone[0].break_even.as_ref(), Some(&scan));
}

#[test]
fn an_effect_below_the_smallest_of_interest_does_not_hold() {
    let fee = |rest: &str| {
        format!(
            "arms = [\"free\", \"fee\"]\ntest = \"change(routers.aws-router.fee_usd[6]) > 0\"\n{rest}"
        )
    };
    let of = "smallest = { value = 1e-3, of = \"routers.aws-router.fee_usd[6]@fee\", reason = \"a test\", whose = \"ours\" }";
    let body = [
        thesis("without", &fee("")),
        thesis("small", &fee(&smallest("unit = \"usd\""))),
        thesis("large", &fee(of)),
    ]
    .concat();
    let theses = text(&body).unwrap_or_else(|faults| panic!("{faults}"));
    let found = judged(&theses, 0);
    let words: Vec<&str> = found.iter().map(|f| f.verdict.word()).collect();
    assert_eq!(words, ["holds", "too small to matter", "holds"]);
    // The part is one of the mean over replications.
    assert!((found[2].smallest - 1e-3 * found[2].effect).abs() < 1e-9 * found[2].effect);
}

#[test]
fn wrong_inputs_and_smallest_effects_are_located() {
    let test = "arms = [\"fee\"]\ntest = \"routers.aws-router.fee_usd[6] > 0\"";
    let with = |rest: &str| thesis("a", &format!("{test}\n{rest}"));
    let rate = "router.aws-router.take_rate";
    for (body, message, help) in [
        (
            with(&input("router.aws-router.take_rat", "fee", 0.0, 0.1)),
            "the scenario has no number `router.aws-router.take_rat`",
            "did you mean `router.aws-router.take_rate`?",
        ),
        (
            with(&input(rate, "fee", 0.1, 0.1)),
            "the range from 0.1 to 0.1 is empty",
            "lower number as `low`",
        ),
        (
            with(&input(rate, "fee", 0.0, 7.0)),
            "arm `fee` is not valid if `router.aws-router.take_rate` is 7",
            "narrow the range",
        ),
        (
            with(&input(rate, "free", 0.0, 0.1)),
            "the claim has no arm `free`",
            "`fee`",
        ),
        (
            with(&smallest("unit = \"months\"")),
            "the smallest effect is in `months`, and the effect is in `usd`",
            "give it in `usd`",
        ),
        (
            with(&smallest("unit = \"dollars\"")),
            "there is no unit `dollars`",
            "write a unit",
        ),
        (
            with(&smallest("of = \"market.market.mtok[1]\"")),
            "the smallest effect is in `mtok`, and the effect is in `usd`",
            "give it in `usd`",
        ),
        (
            with("smallest = { value = 1.0, reason = \"r\", whose = \"ours\" }"),
            "the smallest effect has no unit, or two",
            "either `unit`, or `of`",
        ),
        (
            with("smallest = { value = -1.0, unit = \"usd\", reason = \"r\", whose = \"ours\" }"),
            "the smallest effect is -1, not above zero",
            "without a sign",
        ),
    ] {
        let shown = text_with_scan(&body).expect_err(message);
        assert!(
            shown.contains(message) && shown.contains(help),
            "{message}\n{shown}"
        );
        assert!(shown.contains("planted.toml:"), "{shown}");
    }
    let shown = text(&with(&input(rate, "fee", 0.0, 0.1))).expect_err("no scan");
    assert!(
        shown.contains("no file states how inputs are scanned") && shown.contains("add `scan ="),
        "{shown}"
    );
}
