use super::*;
use crate::base::distributions::normal_quantile;
use crate::observations::parse;
use crate::stats::intervals::t_quantile;
use crate::stats::scores::crps;

const MAPPING: &str = "label,group,entity,metric,unit,table,of,measure,how,at,scale,bridge,note
cash,amounts,E,cash,USD bn,labs,openai,cash_usd,level,end,1e-9,none,
share,shares,E,share,%,labs,openai,usage_share,level,end,100,none,
rent,rents,E,rent,USD,clouds,aws,rent_spot_usd_per_h,level,end,1,ratio,
sales,amounts,E,sales,USD bn,clouds,aws,total_revenue_usd,flow,end,1e-9,none,
";

fn mapping() -> Mapping {
    Mapping::read("m.csv", MAPPING).expect("a mapping")
}

fn date(text: &str) -> Date {
    Date::parse(text).expect("a date")
}

/// A run from the end of March 2026 whose measures have these values in every month, in units of the model.
fn run(values: Vec<f64>) -> RunSamples<'static> {
    RunSamples::new(date("2026-03-31"), 12, move |_, _, _, _| {
        Some(values.clone())
    })
}

fn scores_of(run: &RunSamples<'_>, rows: &str) -> Scores {
    scores_under("entity,metric,period_end,value,unit,quality", run, rows)
}

fn scores_under(header: &str, run: &RunSamples<'_>, rows: &str) -> Scores {
    let text = format!("{header}\n{rows}");
    let observed = parse("o.csv", &text).expect("rows");
    let mapping = mapping();
    let evidence = Evidence {
        observed: &observed,
        past: &observed,
        mapping: &mapping,
    };
    score(run, &evidence, date("2026-03-31"))
}

#[test]
fn a_perfect_forecast_has_only_the_error_of_the_report() {
    let found = scores_of(&run(vec![5e9; 40]), "E,cash,2026-06-30,5,USD bn,A\n");
    let score = &found.scores[0];
    // The score is that of a Student error with a scale of a hundredth at its middle.
    let errors: Vec<f64> = (0..15)
        .map(|rank| 0.01 * t_quantile((f64::from(rank) + 0.5) / 15.0, 4.0))
        .collect();
    assert!((score.crps - crps(&errors, 0.0)).abs() < 1e-9, "{score:?}");
    assert!(
        (score.pit - 0.5).abs() < 0.04 && score.covered == [true; 3],
        "{score:?}"
    );
    assert!((score.observed - 5.0).abs() < 1e-12 && (score.quantiles[2] - 5.0).abs() < 1e-9);
    assert_eq!((score.horizon, score.scale), (3, Scale::Log));
}

#[test]
fn a_constant_forecast_has_its_distance_as_score() {
    let found = scores_of(&run(vec![5e9; 40]), "E,cash,2026-06-30,10,USD bn,A\n");
    let score = &found.scores[0];
    // Without the error of the report ln 2; the error takes off half its own mean difference.
    let errors = errors(0.01, 0.0);
    let expected = crps(&errors, std::f64::consts::LN_2);
    assert!((score.crps - expected).abs() < 1e-9);
    assert!((score.crps - std::f64::consts::LN_2).abs() < 0.01);
    assert!(score.pit > 0.999 && score.covered == [false; 3]);
    assert!((score.ape - 0.5).abs() < 1e-9);
}

#[test]
fn a_lognormal_forecast_has_the_closed_form_on_its_scale() {
    // ln X is normal with deviation 1, the observation one deviation above its median: 0.60244.
    let values: Vec<f64> = (0..2000)
        .map(|rank| 1e9 * libm::exp(normal_quantile((f64::from(rank) + 0.5) / 2000.0)))
        .collect();
    let line = &mapping().lines[0];
    let forecast = scaled(line, &values, 1e9 * std::f64::consts::E);
    assert!((crps(&forecast.sample, forecast.observed) - 0.602_441).abs() < 1e-3);
}

#[test]
fn shares_are_scored_by_their_odds_and_amounts_that_are_not_positive_by_size() {
    let share = scores_of(&run(vec![0.5; 9]), "E,share,2026-06-30,50,%,B\n");
    assert_eq!(share.scores[0].scale, Scale::Odds);
    assert!((share.scores[0].quantiles[2] - 50.0).abs() < 1e-9);
    let debt = scores_of(&run(vec![-2e9; 9]), "E,cash,2026-06-30,-4,USD bn,A\n");
    let score = &debt.scores[0];
    assert_eq!(score.scale, Scale::Size);
    assert!(
        (score.quantiles[2] + 2.0).abs() < 1e-9 && (score.crps - 0.5).abs() < 0.01,
        "{score:?}"
    );
}

#[test]
fn amounts_over_a_period_need_its_start_and_parts_of_months_are_said() {
    let header = "entity,metric,period_start,period_end,value,unit,quality";
    let scores = |rows: &str| scores_under(header, &run(vec![5e9; 9]), rows);
    let open = scores("E,sales,,2026-06-30,15,USD bn,A\n");
    assert_eq!(
        open.unscored[0].why,
        "an amount over a period needs `period_start`"
    );
    let whole = scores("E,sales,2026-04-01,2026-06-30,15,USD bn,A\n");
    assert!(!whole.scores[0].is_prorated && (whole.scores[0].quantiles[2] - 15.0).abs() < 1e-9);
    let part = scores("E,sales,2026-04-16,2026-06-30,15,USD bn,A\n");
    assert!(part.scores[0].is_prorated && (part.scores[0].quantiles[2] - 12.5).abs() < 1e-9);
}

#[test]
fn a_zero_that_needs_a_logarithm_is_not_scored_and_the_rest_is() {
    let rows = "E,cash,2026-06-30,0,USD bn,A\nE,cash,2026-09-30,5,USD bn,A\n";
    let found = scores_of(&run(vec![5e9; 9]), rows);
    assert_eq!(found.unscored[0].why, "zero, which has no logarithm");
    assert_eq!(found.scores.len(), 1);
    assert!(found.scores[0].crps.is_finite() && found.scores[0].ape.is_finite());
}

#[test]
fn rows_of_one_label_and_date_are_one_target() {
    let rows = "E,cash,2026-06-30,5,USD bn,C\nE,cash,2026-06-30,9,USD bn,B\nE,cash,2026-06-30,7,USD bn,B\nE,cash,2026-06-30,1,USD bn,D\n";
    let found = scores_of(&run(vec![5e9; 9]), rows);
    assert_eq!(found.scores.len(), 1);
    assert!((found.scores[0].observed - 8.0).abs() < 1e-12);
    let reasons: Vec<&str> = found.unscored.iter().map(|row| row.why).collect();
    assert_eq!(
        reasons,
        [
            "low grade (D)",
            "another row of a better grade reports the same"
        ]
    );
}

#[test]
fn a_bridge_puts_the_run_on_the_level_of_its_label() {
    let rows = "E,rent,2026-06-30,4,USD,B\n";
    let found = scores_of(&run(vec![1.0; 9]), rows);
    assert!(found.scores.is_empty() && found.unscored[0].why.contains("no row of this label"));
    // The label has stood at 4 where the run starts at 1: its flat path forecasts 4.
    let past: String = ["2025-09-30", "2025-12-31", "2026-03-31"]
        .map(|day| format!("E,rent,{day},4,USD,A\n"))
        .concat();
    let found = scores_of(&run(vec![1.0; 9]), &format!("{past}{rows}"));
    let score = &found.scores[0];
    assert!((score.quantiles[2] - 4.0).abs() < 0.05, "{score:?}");
    assert!(score.quantiles[4] > 1.03 * score.quantiles[2], "{score:?}");
    assert!(score.simple.is_some());
}

#[test]
fn a_reason_shows_few_examples_those_with_a_remedy_first() {
    let rows = "E,aaa,2026-06-30,5,x,A\nE,bbb,2026-06-30,5,x,A\nE,ccc,2026-06-30,5,x,A\n\
        E,cahs,2026-06-30,5,x,A\nE,cash,2026-06-30,5,USD mn,A\n\
        EE,cash,2026-06-30,5,USD bn,A\n";
    let found = scores_of(&run(vec![5e9; 9]), rows);
    let mut shown = String::new();
    lines::unscored(&mut shown, &found.unscored, "all are there");
    assert_eq!(
        shown,
        "\nnot scored, with examples (all are there):\n      \
         1 row  the unit differs from that of the mapping: E cash (write it in `USD bn`, not `USD mn`)\n      \
         1 row  unknown entity for this metric: EE cash (did you mean `E`?)\n      \
         4 rows unknown metric: E cahs (did you mean `cash`?); E aaa; E bbb\n"
    );
}

#[test]
fn every_label_weighs_the_same() {
    let rows = "E,cash,2026-06-30,5,USD bn,A\nE,cash,2026-07-31,5,USD bn,A\nE,cash,2026-08-31,5,USD bn,A\nE,share,2026-06-30,50,%,A\n";
    let at = |_: &str, _: &str, measure: &str, _: usize| {
        Some(vec![if measure == "cash_usd" { 5e9 } else { 0.2 }; 9])
    };
    let found = scores_of(&RunSamples::new(date("2026-03-31"), 12, at), rows);
    let whole = overall(&found.scores).expect("targets");
    assert_eq!((whole.labels, whole.count, whole.compared), (2, 4, 0));
    assert!((whole.coverage[1].value - 0.5).abs() < 1e-12, "{whole:?}");
    let shares = bins(&found.scores);
    assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12 && (shares[9] - 0.5).abs() < 1e-12);
    let [groups, horizons] = by(&found.scores);
    assert_eq!((groups.len(), horizons.len()), (2, 2));
}

#[test]
fn the_weight_of_a_pool_is_fitted_on_what_earlier_origins_had_seen() {
    let moments = |error: [f64; 2]| PoolMoments {
        error,
        spread: [0.0; 3],
        pit: [0.5; 2],
    };
    let base = scores_of(&run(vec![5e9; 9]), "E,cash,2026-06-30,5,USD bn,A\n");
    let score = |origin: &str, known: &str, error: [f64; 2]| Score {
        origin: date(origin),
        known: Some(date(known)),
        pool: Some(moments(error)),
        ..base.scores[0].clone()
    };
    let all = [
        score("2025-01-31", "2025-03-31", [0.1, 0.3]),
        score("2025-01-31", "2025-12-31", [0.9, 0.0]),
        score("2025-06-30", "2025-12-31", [0.2, 0.4]),
    ];
    let pool = pooled(&all).expect("a pool");
    let weights: Vec<(f64, usize)> = pool.weights.iter().map(|(_, w, n)| (*w, *n)).collect();
    // At the second origin only the first target was known, and the run was better there.
    assert_eq!(weights, [(0.5, 0), (1.0, 1)]);
    let expected = (0.5 * 0.4 + 0.5 * 0.9 + 0.2) / 3.0;
    assert!((pool.crps.value - expected).abs() < 1e-12, "{pool:?}");
}
