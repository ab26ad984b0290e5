//! Golden numbers: key results of every shipped scenario, and random draws, equal the values on file.
//!
//! `UPDATE_GOLDEN=1 cargo test golden` rewrites the file; explain the change in CHANGELOG.md under **Results**.

use std::fmt::Write as _;

use tollway::base::rng::{Purpose, Streams};

use crate::common::{mean, project, scenario, shipped, simulate};

const MEASURES: [(&str, &str, &str); 10] = [
    ("clouds", "aws", "ai_revenue_usd"),
    ("clouds", "azure", "gross_profit_usd"),
    ("clouds", "google", "rent_contract_usd_per_h"),
    ("labs", "openai", "run_rate_usd"),
    ("labs", "anthropic", "usage_share"),
    ("routers", "aws-router", "fee_usd"),
    ("switching", "cloud", "months_of_spend"),
    ("market", "market", "spend_usd"),
    ("market", "market", "routed_share"),
    ("market", "market", "unserved_share"),
];

fn present() -> String {
    let mut text = String::from("scenario,table,entity,measure,month,mean\n");
    for name in shipped() {
        let ensemble = simulate(&scenario(
            &name,
            &["run.enterprises=300", "run.replications=4", "months=18"],
        ));
        for (table, entity, measure) in MEASURES {
            for month in [0, 17] {
                let value = mean(&ensemble, table, entity, measure, month);
                let _ = writeln!(text, "{name},{table},{entity},{measure},{month},{value:e}");
            }
        }
    }
    text
}

#[test]
fn results_equal_the_golden_numbers() {
    let file = project("tests/golden/summary.csv");
    let present = present();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&file, &present).unwrap();
    }
    let golden = std::fs::read_to_string(&file).expect("the golden file");
    for (now, then) in present.lines().zip(golden.lines()) {
        assert_eq!(now, then, "see the head of this file");
    }
    assert_eq!(present.lines().count(), golden.lines().count());
}

#[test]
fn draws_equal_the_golden_draws_with_and_without_optional_features() {
    let mut stream = Streams::new(2026, 3).stream(Purpose::User, 31, 7);
    let drawn = [
        stream.uniform(),
        stream.exponential(),
        stream.normal(),
        stream.lognormal(2.0, 0.5),
    ];
    let bits = drawn.map(f64::to_bits);
    let golden: [u64; 4] = [
        4_604_447_626_791_792_499,
        4_609_419_241_094_118_347,
        4_604_535_017_139_160_432,
        4_612_597_157_763_631_066,
    ];
    assert_eq!(bits, golden, "{drawn:?} {bits:?}");
}
