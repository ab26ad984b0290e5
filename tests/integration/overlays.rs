//! Question scenarios move the measures that they should, on paired draws and within a stated tolerance.

use tollway::ensemble::Ensemble;

use crate::common::{paired, scenario, simulate, values};

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
