use super::*;
use crate::base::time::Date;
use crate::evidence::mapping::{Line, Mapping};
use crate::evidence::samples::days;

fn line(how: &str, at: &str) -> Line {
    let text = format!(
        "label,group,entity,metric,unit,table,of,measure,how,at,scale,bridge,note\n\
         x,g,E,m,u,labs,openai,cash_usd,{how},{at},1,none,\n"
    );
    Mapping::read("m.csv", &text).expect("a mapping").lines[0].clone()
}

/// A run of fifteen months from the end of 2024 with two replications: 100 a day, growing a hundredth a month, and its
/// double.
fn run() -> RunSamples<'static> {
    let start = Date::parse("2024-12-31").expect("a date");
    let lengths = RunSamples::new(start, 15, |_, _, _, _| None);
    RunSamples::new(start, 15, move |_, _, _, month| {
        let value = 100.0 * libm::exp(0.01 * lengths.middle(month) / DAYS_PER_MONTH)
            / libm::exp(0.01 * days(start) / DAYS_PER_MONTH)
            * lengths.length(month);
        Some(vec![value, 2.0 * value])
    })
}

fn period(from: &str, until: &str) -> Period {
    let day = |text: &str| days(Date::parse(text).expect("a date"));
    Period {
        from: day(from),
        until: day(until) + 1.0,
    }
}

fn near(found: &[f64], expected: f64, tolerance: f64) {
    assert_eq!(found.len(), 2);
    assert!(
        (found[0] / expected - 1.0).abs() < tolerance,
        "{found:?}, not {expected}"
    );
    assert!((found[1] / found[0] - 2.0).abs() < 1e-9, "{found:?}");
}

fn of(how: &str, at: &str, period: Period, before: &Before) -> Result<Vec<f64>, Why> {
    forecast(&run(), &line(how, at), period, before, 1.0)
}

/// Values of 1, 2, 4, 8 and so on by month.
fn doubling() -> RunSamples<'static> {
    RunSamples::new(
        Date::parse("2025-12-31").expect("a date"),
        6,
        |_, _, _, month| {
            let value = libm::exp2(f64::from(u32::try_from(month).expect("few")));
            Some(vec![value, 2.0 * value])
        },
    )
}

#[test]
fn a_level_lies_between_the_months_around_its_date() {
    let run = doubling();
    let at = |how: &str, when: &str, date: &str| {
        forecast(
            &run,
            &line(how, when),
            period(date, date),
            &Before::default(),
            1.0,
        )
        .expect("inside")
    };
    // A mean stands at the middle of its month, a state at its end.
    near(&at("level", "end", "2026-01-31"), 1.0, 1e-12);
    near(&at("level", "end", "2026-03-31"), 4.0, 1e-12);
    near(&at("level", "mean", "2026-04-15"), 8.0, 1e-12);
    // Halfway between 16 March 12:00 and 16 April 00:00 lies 31 March 18:00.
    near(
        &at("level", "mean", "2026-03-31"),
        4.0 * libm::exp2(15.5 / 30.5),
        1e-12,
    );
    near(&at("annual", "end", "2026-02-28"), 24.0, 1e-12);
    // Before the first point and after the last one it goes on with the growth of the next two months.
    near(
        &at("level", "mean", "2026-01-01"),
        libm::exp2(-14.5 / 29.5),
        1e-12,
    );
    near(
        &at("level", "mean", "2026-06-30"),
        32.0 * libm::exp2(15.0 / 30.5),
        1e-12,
    );
    near(
        &at("level", "end", "2026-01-15"),
        libm::exp2(-16.0 / 28.0),
        1e-12,
    );
}

#[test]
fn a_flow_sums_months_and_parts_of_months() {
    let run = doubling();
    let sum = |from: &str, until: &str| {
        forecast(
            &run,
            &line("flow", "mean"),
            period(from, until),
            &Before::default(),
            1.0,
        )
    };
    near(
        &sum("2026-01-01", "2026-03-31").expect("inside"),
        7.0,
        1e-12,
    );
    near(
        &sum("2026-02-15", "2026-04-15").expect("inside"),
        1.0 + 4.0 + 4.0,
        1e-12,
    );
    assert_eq!(sum("2026-05-01", "2026-07-31"), Err(OUTSIDE));
    assert_eq!(sum("2025-07-01", "2025-12-31"), Err(OUTSIDE));
}

#[test]
fn a_period_that_begins_before_the_run_is_continued_backwards() {
    let day = |text: &str| days(Date::parse(text).expect("a date"));
    let rate = |at: f64| 100.0 * libm::exp(0.01 * (at - day("2024-12-31")) / DAYS_PER_MONTH);
    // A quarter from February's fiscal year: one of its three months lies before the run.
    let quarter = period("2024-12-01", "2025-02-28");
    let exact = 90.0 * rate(day("2025-01-15"));
    let unknown = of("flow", "mean", quarter, &Before::default()).expect("two months inside");
    near(&unknown, exact, 1e-3);
    // What was known of the missing month counts, whatever the run says.
    let before = Before {
        flows: vec![(period("2024-12-01", "2024-12-31"), 500.0)],
        growth: Vec::new(),
    };
    let known = of("flow", "mean", quarter, &before).expect("two months inside");
    let inside = of(
        "flow",
        "mean",
        period("2025-01-01", "2025-02-28"),
        &Before::default(),
    );
    let inside = inside.expect("inside");
    assert!(
        (known[0] - inside[0] - 500.0).abs() < 1e-9 && (known[1] - inside[1] - 500.0).abs() < 1e-9
    );
    // Of the quarter before follows the path between the two.
    let before = Before {
        flows: vec![(
            period("2024-09-01", "2024-11-30"),
            91.0 * rate(day("2024-10-16")),
        )],
        growth: Vec::new(),
    };
    let path = of("flow", "mean", quarter, &before).expect("two months inside");
    assert!((path[0] / exact - 1.0).abs() < 1e-3, "{path:?}");
    assert_eq!(
        of("flow", "mean", period("2024-09-01", "2025-01-31"), &before),
        Err(EARLY)
    );
}

#[test]
fn growth_takes_a_base_before_the_run_from_what_was_known() {
    let quarter = period("2025-04-01", "2025-06-30");
    assert_eq!(
        of("growth", "mean", quarter, &Before::default()),
        Err(NO_BASE)
    );
    let flows = vec![(period("2024-04-01", "2024-06-30"), 8000.0)];
    let before = Before {
        flows,
        growth: Vec::new(),
    };
    let now = of("flow", "mean", quarter, &before).expect("inside");
    let found = of("growth", "mean", quarter, &before).expect("a base");
    for (found, now) in found.iter().zip(now) {
        assert!((found - (now / 8000.0 - 1.0)).abs() < 1e-12);
    }
    // Of the growth of the quarter before follows the base as well.
    let day = |text: &str| days(Date::parse(text).expect("a date"));
    let yearly = libm::expm1(0.12);
    let before = Before {
        flows: Vec::new(),
        growth: vec![(day("2024-12-31"), yearly)],
    };
    let found = of("growth", "mean", quarter, &before).expect("a base");
    assert!(
        found.iter().all(|growth| (growth - yearly).abs() < 2e-3),
        "{found:?}"
    );
    // A base inside the run needs nothing known.
    let late = of(
        "growth",
        "mean",
        period("2026-01-01", "2026-03-31"),
        &Before::default(),
    );
    let late = late.expect("inside");
    assert!(
        late.iter().all(|growth| (growth - yearly).abs() < 2e-3),
        "{late:?}"
    );
}

#[test]
fn known_periods_tile_a_longer_one() {
    let before = Before {
        flows: vec![
            (period("2025-01-01", "2025-03-31"), 1.0),
            (period("2025-04-01", "2025-06-30"), 2.0),
            (period("2025-01-01", "2025-06-30"), 3.5),
            (period("2025-07-01", "2025-09-30"), 4.0),
        ],
        growth: Vec::new(),
    };
    assert_eq!(before.sum(period("2025-01-01", "2025-09-30")), Some(7.5));
    assert_eq!(before.sum(period("2025-04-01", "2025-09-30")), Some(6.0));
    assert_eq!(before.sum(period("2025-01-01", "2025-12-31")), None);
    assert_eq!(before.sum(period("2025-02-01", "2025-09-30")), None);
}

#[test]
fn a_year_is_the_mean_of_its_months_in_the_run() {
    let year = of(
        "year",
        "mean",
        period("2025-12-31", "2025-12-31"),
        &Before::default(),
    );
    let sum = of(
        "flow",
        "mean",
        period("2025-01-01", "2025-12-31"),
        &Before::default(),
    );
    let (year, sum) = (year.expect("a year"), sum.expect("a year"));
    assert!(
        (12.0 * year[0] / sum[0] - 1.0).abs() < 2e-3,
        "{year:?} {sum:?}"
    );
    assert!(
        of(
            "year",
            "mean",
            period("2025-04-30", "2025-04-30"),
            &Before::default()
        )
        .is_err()
    );
}
