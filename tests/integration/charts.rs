//! Charts are readable: no text overlaps other text or leaves the picture, in any shipped scenario and for names of any
//! length.

use tollway::evidence::past::Past;
use tollway::report::charts::draw::{overlaps, svg};
use tollway::report::charts::plot_request::{PlotKind, PlotRequest, requested};
use tollway::report::charts::run::{Run, source};
use tollway::report::charts::{Bar, Body, Chart, Layer, Numbers, Panel, Step, Swing};
use tollway::report::tables::dollar;
use tollway::report::tables::summary::{series, summarise};
use tollway::simulation::Simulation;

use crate::common::{scenario, shipped, simulate};

const LONG: &str = "tier.flagship.compute + tier.mid.compute + tier.small.compute + tier.open-weights.compute (correlated), of everything that could be named here";

fn assert_readable(chart: &Chart, source: &str) {
    let drawn = svg(chart, source).expect("the library draws it");
    let faults = overlaps(&drawn).expect("it can be read back");
    assert!(faults.is_empty(), "{}: {faults:?}", chart.name);
}

#[test]
fn charts_of_every_shipped_scenario_read_well() {
    for name in shipped() {
        let loaded = scenario(
            &name,
            &["run.replications=2", "run.enterprises=60", "months=13"],
        );
        let ensemble = simulate(&loaded);
        let calendar = Simulation::of(&loaded).catalog.calendar;
        let summary = summarise(&ensemble, &calendar);
        let look = |table: &str, entity: &str, measure: &str| {
            let found = series(&summary, table, entity, measure).into_iter();
            found.copied().collect()
        };
        let parts = dollar::parts(&loaded.scenario, &ensemble, &calendar);
        let year: f64 = (parts.iter())
            .filter(|part| part.months == parts[0].months)
            .map(|part| part.mean)
            .sum();
        assert!((year - 1.0).abs() < 1e-12, "{name}: a dollar is {year}");
        let run = Run {
            scenario: &loaded.scenario,
            months: &calendar.month_names(),
            look: &look,
            dollar: &parts,
            past: &Past::before(loaded.scenario.start.date),
        };
        let source = source(&loaded.scenario, 2);
        for chart in run.all() {
            assert_readable(&chart, &source);
        }
        let tables = tollway::market::rows::panel(&loaded.scenario, 13);
        for (kind, measure, by) in [
            (PlotKind::Fan, "run_rate_usd", Some("lab")),
            (PlotKind::Stack, "ai_revenue_usd", Some("cloud")),
            (PlotKind::Share, "spend_usd", Some("segment")),
            (PlotKind::Fan, "spend_usd", None),
        ] {
            let ask = PlotRequest {
                kind,
                measure,
                by,
                only: &[],
                is_free: false,
                change: None,
            };
            let chart = requested(&run, &tables, &ask).unwrap_or_else(|fault| panic!("{fault:?}"));
            assert_readable(&chart, &source);
        }
    }
}

#[test]
fn names_of_any_length_fit() {
    let names = || (0..24).map(|number| format!("{number} {LONG}"));
    let chart = |body: Body| Chart {
        name: format!("{body:?}").chars().take(12).collect(),
        title: format!("{LONG} {LONG}"),
        subtitle: format!("{LONG} {LONG}"),
        body,
    };
    let bars = names().zip(-12..).map(|(label, at)| Bar {
        label,
        value: f64::from(at),
        interval: (f64::from(at) - 1.5, f64::from(at) + 1.5),
        colour: 0,
    });
    let swings = names().zip(-12..).map(|(label, at)| Swing {
        label,
        low: f64::from(at) * 1e9,
        high: f64::from(at + 4) * 1e9,
    });
    let steps = names().map(|label| Step {
        label,
        value: 1.0 / 23.0,
        interval: Some((0.01, 0.09)),
        colour: 1,
    });
    let months: Vec<String> = (0..36)
        .map(|month| format!("20{}-{:02}", 26 + month / 12, month % 12 + 1))
        .collect();
    let panels = names().take(12).map(|title| {
        let parts = (0..8)
            .map(|at| (format!("{at} {LONG}"), at, vec![-1e9; 36]))
            .collect();
        Panel::stack(title, Numbers::Figure, parts)
    });
    let fans = names().take(5).map(|title| {
        let fan = |name: String| Layer::Fan {
            name,
            colour: 3,
            quantiles: std::array::from_fn(|_| vec![5e8; 36]),
            seen: vec![(-3.5, 4e8)],
        };
        Panel::new(title, Numbers::Figure, names().take(3).map(fan).collect())
    });
    let bodies = [
        Body::Bars {
            numbers: Numbers::Figure,
            bars: bars.collect(),
        },
        Body::Tornado {
            numbers: Numbers::Figure,
            middle: 1e9,
            swings: swings.collect(),
        },
        Body::Waterfall {
            numbers: Numbers::Cents,
            whole: (LONG.to_owned(), 1.0),
            steps: steps.collect(),
        },
        Body::Heat {
            numbers: Numbers::Figure,
            x: (LONG.to_owned(), names().take(16).collect()),
            y: (LONG.to_owned(), names().take(20).collect()),
            rows: vec![vec![Some((-123.4e6, 1.2e6)); 16]; 20],
        },
        Body::Months {
            before: Vec::new(),
            months: months.clone(),
            panels: panels.collect(),
        },
        Body::Months {
            before: (9..=12).map(|month| format!("2025-{month:02}")).collect(),
            months,
            panels: fans.collect(),
        },
    ];
    for body in bodies {
        assert_readable(&chart(body), LONG);
    }
}
