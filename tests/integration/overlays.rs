//! Question scenarios move the measures that they should, on paired draws and within a stated tolerance.

use tollway::ensemble::Ensemble;
use tollway::scenario::overridden::overridden;

use crate::common::{paired, scenario, simulate, values, with_overlay};

const RUN: [&str; 3] = ["run.enterprises=1000", "run.replications=48", "months=36"];

fn of(name: &str) -> Ensemble {
    simulate(&scenario(name, &RUN))
}

/// Asserts that the paired difference is above zero by more than three standard errors.
fn assert_rises(high: &[f64], low: &[f64], what: &str) {
    let (gap, error) = paired(high, low);
    assert!(
        gap > 3.0 * error && gap > 0.0,
        "{what}: {gap}, error {error}"
    );
}

#[test]
fn a_higher_fee_earns_more_and_routes_less() {
    let (five, eight) = (of("take-rate-5"), of("take-rate-8"));
    for month in [11, 35] {
        for router in ["aws-router", "azure-router", "google-router"] {
            let fee = |run: &Ensemble| values(run, "routers", router, "fee_usd", month);
            assert_rises(&fee(&eight), &fee(&five), "routing income");
        }
        let routed = |run: &Ensemble| values(run, "market", "market", "routed_share", month);
        assert_rises(&routed(&five), &routed(&eight), "routed share");
    }
}

#[test]
fn a_gpu_shock_raises_rents_and_unserved_demand_and_heals() {
    // Spot rents are drawn and lognormal, so that their mean needs more replications than other measures.
    let run = ["run.enterprises=1000", "run.replications=120", "months=36"];
    let of = |name: &str| simulate(&scenario(name, &run));
    let (calm, shock) = (of("baseline"), of("gpu-shock"));
    // The shock lasts from October 2026 (month 6) to September 2027 (month 17).
    for cloud in ["aws", "azure", "google"] {
        for rent in ["rent_contract_usd_per_h", "rent_spot_usd_per_h"] {
            let rents = |run: &Ensemble, month| values(run, "clouds", cloud, rent, month);
            assert_rises(&rents(&shock, 17), &rents(&calm, 17), rent);
            let gap = |month| {
                let (s, c) = (rents(&shock, month), rents(&calm, month));
                s.iter().sum::<f64>() / c.iter().sum::<f64>() - 1.0
            };
            assert!(
                gap(35).abs() < 0.25 * gap(17),
                "{cloud} {rent} heals: {} against {}",
                gap(35),
                gap(17)
            );
        }
    }
    let unserved = |run: &Ensemble, month| values(run, "market", "market", "unserved_share", month);
    assert_rises(
        &unserved(&shock, 17),
        &unserved(&calm, 17),
        "unserved share",
    );
    let peak = paired(&unserved(&shock, 17), &unserved(&calm, 17)).0;
    let left = paired(&unserved(&shock, 35), &unserved(&calm, 35)).0;
    assert!(
        left.abs() < 0.05 * peak,
        "unserved demand heals: {left} against {peak}"
    );
    // Both runs are equal before the shock.
    assert_eq!(unserved(&shock, 4), unserved(&calm, 4));
}

#[test]
fn no_cloud_sells_more_hours_than_it_has_in_a_shortage() {
    let run = ["run.enterprises=1000", "run.replications=8", "months=14"];
    let shock = simulate(&scenario("gpu-shock", &run));
    let mut fullest = 0.0_f64;
    for month in 0..14 {
        for cloud in ["aws", "azure", "google", "oracle", "neocloud", "small"] {
            let used = values(&shock, "clouds", cloud, "utilisation_share", month);
            fullest = used.into_iter().fold(fullest, f64::max);
        }
    }
    assert!(fullest > 0.99 && fullest < 1.001, "{fullest}");
}

#[test]
fn steering_raises_first_party_use_and_the_cost_of_leaving_where_list_prices_hold() {
    // If labs react, small models end up one or two per cent dearer (docs/mechanisms.md). Here list prices are fixed,
    // so that they explain none of the effect.
    let steer = ["aws-router", "azure-router", "google-router"]
        .map(|router| format!("router.{router}.steering=2"));
    // Few customers of a router leave it in a month: the effect on them needs more replications than others.
    // A lab in distress would price at cost, so there is no distress.
    let run = [
        "run.enterprises=1000",
        "run.replications=120",
        "months=36",
        "finance.distress=0",
        "finance.credit_line=1000",
    ];
    let sets: Vec<&str> = (run.iter().copied())
        .chain(steer.iter().map(String::as_str))
        .collect();
    let neutral = simulate(&scenario("list-prices-hold", &run));
    let steered = simulate(&scenario("list-prices-hold", &sets));
    for month in [0, 11, 35] {
        let own = |run: &Ensemble| values(run, "market", "market", "first_party_share", month);
        assert_rises(&own(&steered), &own(&neutral), "first-party share");
        // The effect by router grows with the quality of the cloud's own models. Where there are few (AWS, Azure), it
        // is lost in the noise of who still uses the router. Over the three routers together it stands out every month.
        let leaving = |run: &Ensemble| -> Vec<f64> {
            let routers = ["aws-router", "azure-router", "google-router"];
            let by_router =
                routers.map(|router| values(run, "routers", router, "months_to_leave", month));
            (0..by_router[0].len())
                .map(|run| by_router.iter().map(|v| v[run]).sum::<f64>() / 3.0)
                .collect()
        };
        assert_rises(
            &leaving(&steered),
            &leaving(&neutral),
            "cost of leaving for users of routers",
        );
        for tier in ["flagship", "mid", "small"] {
            let index = format!("price_index_coding_{tier}");
            let price = |run: &Ensemble| values(run, "market", "market", &index, month);
            assert_eq!(
                price(&steered),
                price(&neutral),
                "list prices of {tier} models"
            );
        }
    }
    // The cost of leaving over the whole market rises at first. Later, users who mistrust the steering have left for
    // direct contracts, which are cheaper to leave: see docs/baseline.md.
    let market = |run: &Ensemble| values(run, "switching", "cloud", "months_of_spend", 5);
    assert_rises(
        &market(&steered),
        &market(&neutral),
        "cost of leaving over the market",
    );
}

/// Asserts that an overlay on the baseline has one edit without effect, and the reason; and that with further edits,
/// which give it something to change, it has none.
fn assert_idle(overlay: &str, sets: &[&str], edit: &str, reason: &str) {
    let notes = overridden(&with_overlay("baseline", overlay, &[]));
    assert_eq!(notes, [format!("{edit} has no effect because {reason}")]);
    if !sets.is_empty() {
        let notes = overridden(&with_overlay("baseline", overlay, sets));
        assert_eq!(notes, [""; 0], "{sets:?}");
    }
}

#[test]
fn the_baseline_has_no_edit_without_effect() {
    assert_eq!(overridden(&scenario("baseline", &[])), [""; 0]);
    let sets = ["run.replications=2", "router.aws-router.take_rate=0.05"];
    assert_eq!(overridden(&scenario("baseline", &sets)), [""; 0]);
}

#[test]
fn a_channel_under_anothers_exclusive_right_is_reported_with_the_right() {
    let overlay = r#"
        [[channel]]
        name = "google-openai"
        lab = "openai"
        cloud = "google"
        runtime = "stateful"
        share = { value = 0.0, unit = "share", class = "assumed" }
    "#;
    let right = "the exclusive right `aws-openai-stateful` of aws bars the channel during the whole horizon, as long as the right is not broken";
    let broken = "exclusivity.aws-openai-stateful.break_rate=0";
    let sets: [&str; 0] = [];
    assert_idle(overlay, &sets, "channel.google-openai", right);
    let notes = overridden(&with_overlay("baseline", overlay, &[broken]));
    assert!(notes[0].ends_with("during the whole horizon"), "{notes:?}");
    let notes = overridden(&with_overlay("stateful-open", overlay, &[]));
    assert_eq!(notes, [""; 0]);
}

#[test]
fn a_mandate_against_what_nobody_does_is_reported() {
    let law = |instrument: &str, level: &str| {
        format!(
            "[[remedy]]\nname = \"law\"\nregulator = \"eu-commission\"\ninstrument = \"{instrument}\"\nfrom = 2026-06-01\n{level}"
        )
    };
    let steers = ["router.aws-router.steering=1"];
    let neutral = law("neutral-routing", "");
    assert_idle(&neutral, &steers, "remedy.law", "no router steers");
    let case = neutral.replace("from = 2026-06-01\n", "");
    let reason = "no router steers, except that cases end in other remedies less often";
    assert_idle(&case, &steers, "remedy.law", reason);
    let exempt = ["router.aws-router.own_models_exempt=true"];
    let reason = "no router exempts its own models from its fee";
    assert_idle(&law("fee-parity", ""), &exempt, "remedy.law", reason);
    let level = "level = { value = 0.1, unit = \"share\", class = \"assumed\" }";
    let dear = ["router.aws-router.take_rate=0.2"];
    let reason = "no router charges more than 0.0525";
    assert_idle(&law("fee-cap", level), &dear, "remedy.law", reason);
}

#[test]
fn a_divestiture_without_stakes_is_reported() {
    let sale = "[[remedy]]\nname = \"law\"\nregulator = \"eu-commission\"\ninstrument = \"divestiture\"\nfrom = 2026-06-01\nlevel = { value = 0.0, unit = \"share\", class = \"assumed\" }";
    let notes = overridden(&with_overlay("baseline", sale, &[]));
    assert_eq!(notes, [""; 0], "clouds hold stakes in labs");
    let base = scenario("baseline", &[]).scenario;
    let mut without = String::from(sale);
    for (list, name) in (base.equity.iter().map(|of| ("equity", &of.name.text)))
        .chain(base.tranche.iter().map(|of| ("tranche", &of.name.text)))
    {
        for line in [format!("[[{list}]]"), format!("name = \"{name}\"")] {
            without.push('\n');
            without.push_str(&line);
        }
        without.push_str("\nremove = true");
    }
    let reason = "no cloud holds a stake in a lab";
    assert_idle(&without, &[], "remedy.law", reason);
}

#[test]
fn a_dated_change_to_the_present_value_is_reported() {
    let event = |kind: &str, value: f64, unit: &str| {
        format!(
            "[[event]]\nname = \"again\"\ndate = 2026-06-01\nkind = \"{kind}\"\nsubject = \"independent\"\nvalue = {{ value = {value}, unit = \"{unit}\", class = \"assumed\" }}"
        )
    };
    let fee = event("take-rate", 0.0525, "ratio");
    let reason = "the fee of independent is 0.0525 already";
    let other = ["router.independent.take_rate=0.05"];
    assert_idle(&fee, &other, "event.again", reason);
    let steering = event("steering", 0.0, "ratio");
    let reason = "the steering of independent is 0 already";
    let other = ["router.independent.steering=1"];
    assert_idle(&steering, &other, "event.again", reason);
}
