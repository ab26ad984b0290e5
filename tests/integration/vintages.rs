//! Vintages: they set the state of the market and its catalogue, and no mechanism; their state is that of `tollway nowcast`.

use std::sync::Arc;

use tollway::evidence::backtest::VINTAGES;
use tollway::scenario::source::Source;
use tollway::scenario::text::parse;
use tollway::scenario::tree::{is_quantity, leaves};

use crate::common::scenario;

/// Keys that a vintage may set: what it is called and when it starts, the state of the market at that date, and what was
/// on offer then. A star stands for any name.
const STATE: [&str; 43] = [
    "name",
    "title",
    "question",
    "extends",
    "start",
    "months",
    "vintage",
    "demand.enterprise_spend",
    "demand.size_max",
    "rent.contract",
    "rent.spot",
    "rent.contract_volatility",
    "rent.spot_volatility",
    "trend.lab_level",
    "trend.lab_slope",
    "trend.cloud_level",
    "trend.cloud_slope",
    "trend.capex_level",
    "trend.capex_slope",
    "tier.*.compute",
    "tier.*.release_no_change",
    "tier.*.release_price_spread",
    "segment.*.adopted",
    "cloud.*.home_share",
    "cloud.*.capacity",
    "cloud.*.additions",
    "cloud.*.capex",
    "cloud.*.revenue",
    "cloud.*.revenue_growth",
    "cloud.*.capex_run_rate",
    "cloud.*.capex_run_rate_growth",
    "lab.*.run_rate",
    "lab.*.growth",
    "lab.*.business_share",
    "lab.*.spend_share",
    "lab.*.cash",
    "lab.*.training",
    "lab.*.multiple",
    "model.*.price_in",
    "model.*.price_out",
    "model.*.released",
    "channel.*.share",
    "seats.*.seats",
];

/// Lists from which a vintage may remove what came later.
const LATER: [&str; 9] = [
    "channel",
    "channel_share",
    "commitment",
    "designation",
    "equity",
    "event",
    "exclusivity",
    "model",
    "tranche",
];

/// Returns true if a vintage may set a key.
fn is_state(path: &str) -> bool {
    let parts: Vec<&str> = path.split('.').collect();
    let is_like = |pattern: &&str| {
        let wanted: Vec<&str> = pattern.split('.').collect();
        let mut pairs = wanted.iter().zip(&parts);
        wanted.len() == parts.len() && pairs.all(|(want, part)| *want == "*" || want == part)
    };
    match parts[..] {
        [_, _, "name"] => true,
        [list, _, "remove"] => LATER.contains(&list),
        ["correlation", name, "inputs" | "matrix"] => name.starts_with("nowcast-"),
        _ => STATE.iter().any(is_like),
    }
}

#[test]
fn vintages_set_the_state_and_no_mechanism() {
    let baseline = scenario("baseline", &[]);
    let of_baseline: Vec<String> = (leaves(&baseline.tree).into_iter())
        .map(|(path, _)| path)
        .collect();
    for (name, text) in VINTAGES {
        let source = Arc::new(Source {
            name: name.to_owned(),
            text: text.to_owned(),
        });
        let mut faults = Vec::new();
        let tree = parse(&source, &mut faults);
        assert!(faults.is_empty(), "{name}");
        let set = leaves(&tree);
        assert!(set.len() > 200, "{name}: {}", set.len());
        for (path, node) in set {
            assert!(is_state(&path), "{name} sets `{path}`");
            // A number of the state is one that the baseline states too, or the other way to state a lab's level.
            if node.as_table().is_some_and(is_quantity) {
                let is_level = path.starts_with("lab.") || path.starts_with("model.");
                assert!(
                    is_level || of_baseline.contains(&path),
                    "{name} sets `{path}`, which the baseline lacks"
                );
            }
        }
    }
    for path in [
        "demand.pieces",
        "lab.openai.pricing",
        "regulation.remove",
        "router.aws-router.remove",
    ] {
        assert!(!is_state(path), "{path}");
    }
}

#[test]
#[cfg(feature = "cli")]
fn the_state_that_ships_is_that_of_the_nowcast() {
    let folder = temp_dir::TempDir::new().unwrap();
    let vintages = VINTAGES.map(|(date, _)| (format!("vintages/{date}"), date, date));
    // The results of the quarter that the baseline starts after were published later.
    let baseline = ("baseline".to_owned(), "2026-03-31", "2026-11-30");
    for (name, vintage, published) in vintages.into_iter().chain([baseline]) {
        let shipped =
            std::fs::read_to_string(crate::common::project(&format!("scenarios/{name}.toml")));
        let shipped = shipped.expect("a shipped scenario");
        let copy = folder.path().join("copy.toml");
        std::fs::write(&copy, &shipped).unwrap();
        let arguments = [
            "nowcast",
            "--vintage",
            vintage,
            "--published",
            published,
            "--into",
            "copy.toml",
        ];
        let output = crate::program::tollway(folder.path(), &arguments);
        let said = crate::program::said(&output);
        assert!(output.status.success(), "{name}: {said}");
        assert!(!said.contains("Changed:"), "{name}: {said}");
        assert!(said.contains("As before:"), "{name}: {said}");
        assert_eq!(std::fs::read_to_string(&copy).unwrap(), shipped, "{name}");
    }
}
