//! Theses: planted claims, the files of the audit, and faulty files.

use std::path::PathBuf;

use tollway::experiments::thesis::{Finding, Search, Theses, Verdict, audit, read};
use tollway::runner::{NoCheckpoint, Runner};

use crate::common::project;

const HEAD: &str = "name = \"t\"\ntitle = \"T\"\nreplications = 40\nenterprises = 60\n\
    [[arm]]\nname = \"free\"\noverlays = []\nsets = [\"months=6\"]\n\
    [[arm]]\nname = \"fee\"\noverlays = []\nsets = [\"months=6\", \"router.aws-router.take_rate=0.08\"]\n\
    [[arm]]\nname = \"same\"\noverlays = []\nsets = [\"months=6\"]\n";

fn thesis(name: &str, rest: &str) -> String {
    format!("[[thesis]]\nname = \"{name}\"\nsource = \"test\"\nclaim = \"a claim\"\n{rest}\n")
}

fn text(body: &str) -> Result<Theses, String> {
    let file = project("scenarios/theses/planted.toml");
    read(&[(file, format!("{HEAD}{body}"))], &[]).map_err(|faults| faults.to_string())
}

fn judged(theses: &Theses, flips: u32) -> Vec<Finding> {
    let search = Search {
        replications: flips,
    };
    audit(theses, search, &mut NoCheckpoint, Runner::quiet()).expect("it ends")
}

#[test]
fn a_planted_truth_holds_and_a_planted_falsehood_fails() {
    let fee = "change(routers.aws-router.fee_usd[6])";
    let body = [
        thesis(
            "true",
            &format!("arms = [\"free\", \"fee\"]\ntest = \"{fee} > 0\""),
        ),
        thesis(
            "false",
            &format!("arms = [\"free\", \"fee\"]\ntest = \"{fee} < 0\""),
        ),
        thesis(
            "over",
            "arms = [\"fee\"]\ntest = \"expected(routers.aws-router.take_rate[6]) > 0\"",
        ),
        thesis(
            "luck",
            "arms = [\"free\"]\ntest = \"market.market.spend_usd[6] > 3.9e9 usd\"",
        ),
        thesis("lacking", "arms = []\nmissing = \"a word for it\""),
    ]
    .concat();
    let theses = text(&body).unwrap_or_else(|faults| panic!("{faults}"));
    let found = judged(&theses, 0);
    let words: Vec<&str> = found.iter().map(|f| f.verdict.word()).collect();
    assert_eq!(
        [words[0], words[1], words[2], words[4]],
        ["holds", "fails", "holds", "not expressible"]
    );
    assert!(found[0].effect > 0.0 && (found[0].probability - 1.0).abs() < 1e-15);
    // The exact interval of 40 successes in 40 has the lower bound 0.025^(1/40).
    assert!((found[0].interval.0 - 0.025_f64.powf(1.0 / 40.0)).abs() < 1e-9);
    // A second audit of these theses gives equal findings, and no thesis runs twice for one arm.
    let again = judged(&theses, 0);
    assert_eq!(
        found[3].probability.to_bits(),
        again[3].probability.to_bits()
    );
}

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
    assert!(scan.at.is_none() && !scan.is_explained, "{scan:?}");
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
fn a_verdict_that_depends_on_one_input_flips_with_it() {
    let body = thesis(
        "spend",
        "arms = [\"free\"]\ntest = \"market.market.spend_usd[1] < 4.1e9 usd\"",
    );
    let theses = text(&body).unwrap();
    let found = judged(&theses, 30);
    assert_eq!(found[0].verdict, Verdict::Holds, "{found:?}");
    let flip = found[0]
        .flip
        .as_ref()
        .expect("spend of the first month is an input");
    let spend = (flip.moves.iter())
        .find(|one| one.path == "demand.enterprise_spend")
        .expect("the input that it hangs on");
    assert!(
        spend.by > 0.0 && flip.distance < 3.0 && flip.probability < 0.5,
        "{flip:?}"
    );
    assert!(spend.medians.1 > spend.medians.0);
    if let Some(region) = &found[0].region {
        assert!(
            region
                .sides
                .iter()
                .any(|side| side.path == "demand.enterprise_spend")
        );
    }
}

#[test]
fn every_claim_and_contradiction_has_an_entry() {
    let folder = project("scenarios/theses");
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let files: Vec<(PathBuf, String)> = files
        .into_iter()
        .map(|file| {
            let text = std::fs::read_to_string(&file).unwrap();
            (file, text)
        })
        .collect();
    let theses = read(&files, &[]).unwrap_or_else(|faults| panic!("{faults}"));
    let named = |name: &str| theses.theses.iter().any(|thesis| thesis.name.text == name);
    for number in 1..=106 {
        assert!(named(&format!("C{number}")), "C{number}");
    }
    for number in 1..=9 {
        assert!(named(&format!("X{number}")), "X{number}");
    }
    for (thesis, test) in theses.theses.iter().zip(&theses.tests) {
        let is_whole = thesis.threshold.is_some() && thesis.whose.is_some();
        assert!(
            test.is_none() || is_whole,
            "{} says no threshold",
            thesis.name.text
        );
        assert!(
            test.is_some() || thesis.missing.is_some(),
            "{}",
            thesis.name.text
        );
    }
    // A test of a sign alone says which effect is too small to matter.
    for thesis in &theses.theses {
        let Some(test) = &thesis.test else { continue };
        let is_sign = test.text.contains("change(") && test.text.ends_with(" 0");
        assert!(
            !is_sign || thesis.smallest.is_some(),
            "{} says no smallest effect",
            thesis.name.text
        );
    }
    // The page is written from these claims.
    let page = std::fs::read_to_string(project("docs/theses.md")).unwrap();
    for thesis in &theses.theses {
        let line = format!("| {} | {} |", thesis.name.text, thesis.claim.text);
        assert!(
            page.contains(&line),
            "docs/theses.md lacks {line}: run `tollway thesis --page docs/theses.md`"
        );
    }
}

#[test]
fn wrong_theses_are_located() {
    for (body, message, help) in [
        (
            thesis(
                "a",
                "arms = [\"free\", \"same\"]\ntest = \"change(market.market.mtok[1]) > 0\"",
            ),
            "arms `free` and `same` do not differ",
            "changes something",
        ),
        (
            thesis(
                "a",
                "arms = [\"free\"]\ntest = \"market.market.mtok[7] > 0\"",
            ),
            "month 7 is beyond the horizon of 6 months",
            "up to 6",
        ),
        (
            thesis(
                "a",
                "arms = [\"free\"]\ntest = \"market.market.mtok[1] + market.market.spend_usd[1] > 0\"",
            ),
            "`mtok` and `usd` have no common unit",
            "same unit",
        ),
        (
            thesis(
                "a",
                "arms = [\"fre\"]\ntest = \"market.market.mtok[1] > 0\"",
            ),
            "no arm `fre`",
            "did you mean `free`?",
        ),
        (
            thesis("a", "arms = [\"free\"]\ntest = \"market.market.mtok[1]\""),
            "the test is a number (mtok)",
            "compare it",
        ),
        (
            thesis("a", "arms = [\"free\"]"),
            "`a` has no test",
            "missing",
        ),
        (
            thesis(
                "a",
                "arms = [\"free\"]\ntest = \"market.market.mtok[1] > 0\"\nprobability = 1.5",
            ),
            "cannot state the probability 1.5",
            "between 0 and 1",
        ),
        (
            thesis("a", "arms = []\nmissing = \"x\"") + &thesis("a", "arms = []\nmissing = \"x\""),
            "`a` is defined twice",
            "",
        ),
    ] {
        let shown = text(&body).expect_err(message);
        assert!(
            shown.contains(message) && shown.contains(help),
            "{message}\n{shown}"
        );
        assert!(shown.contains("planted.toml:"), "{shown}");
    }
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
