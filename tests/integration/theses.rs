//! Theses: planted claims, the files of the audit, and faulty files.

use std::path::PathBuf;

use tollway::experiments::thesis::{Finding, Search, Theses, Verdict, audit, read};
use tollway::runner::{NoCheckpoint, Runner};

use crate::common::project;

pub(crate) const HEAD: &str = "name = \"t\"\ntitle = \"T\"\nreplications = 40\nenterprises = 60\n\
    [[arm]]\nname = \"free\"\noverlays = []\nsets = [\"months=6\"]\n\
    [[arm]]\nname = \"fee\"\noverlays = []\nsets = [\"months=6\", \"router.aws-router.take_rate=0.08\"]\n\
    [[arm]]\nname = \"same\"\noverlays = []\nsets = [\"months=6\"]\n";

pub(crate) fn thesis(name: &str, rest: &str) -> String {
    format!("[[thesis]]\nname = \"{name}\"\nsource = \"test\"\nclaim = \"a claim\"\n{rest}\n")
}

pub(crate) fn text(body: &str) -> Result<Theses, String> {
    let file = project("scenarios/theses/planted.toml");
    read(&[(file, format!("{HEAD}{body}"))], &[]).map_err(|faults| faults.to_string())
}

pub(crate) fn judged(theses: &Theses, flips: u32) -> Vec<Finding> {
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
            &format!("arms = [\"free\", \"fee\"]\ntest = \"{fee} >= 0\""),
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
        .find(|one| one.path.starts_with("lab.") && one.path.ends_with(".run_rate"))
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
