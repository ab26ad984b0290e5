use super::*;
use crate::scenario::{Request, load};

struct Arms {
    panels: Vec<Panel>,
}

impl Arms {
    fn new() -> Self {
        let loaded = load(&Request::default()).unwrap();
        let panel = crate::market::rows::panel(&loaded.scenario, 36);
        Self {
            panels: vec![panel.clone(), panel],
        }
    }

    fn shapes(&self) -> Vec<ArmShape<'_>> {
        ["without", "with"]
            .into_iter()
            .zip(&self.panels)
            .map(|(name, panel)| ArmShape {
                name,
                panel,
                months: 36,
            })
            .collect()
    }
}

fn metric(text: &str) -> Result<(Metric, Wanted), String> {
    let arms = Arms::new();
    let mut wanted = Wanted::default();
    Metric::of_option("--metric", text, &arms.shapes(), &mut wanted)
        .map(|metric| (metric, wanted))
        .map_err(|fault| fault.render())
}

/// The value of a metric whose first cell is 1, the second 2, and so on.
fn value(text: &str) -> f64 {
    let (metric, wanted) = metric(text).unwrap_or_else(|fault| panic!("{fault}"));
    let kept: Vec<f64> = (1..=wanted.cells().len())
        .map(|n| f64::from(u32::try_from(n).unwrap()))
        .collect();
    metric.value(&kept)
}

/// The quantities of a metric whose first cell is 1, the second 2, and so on.
fn tested(text: &str) -> Vec<f64> {
    let (metric, wanted) = metric(text).unwrap_or_else(|fault| panic!("{fault}"));
    let kept: Vec<f64> = (1..=wanted.cells().len())
        .map(|n| f64::from(u32::try_from(n).unwrap()))
        .collect();
    metric.tested(&kept)
}

#[test]
fn a_test_compares_the_differences_of_its_sides() {
    for (text, expected) in [
        ("change(labs.openai.usage_share[24]) > 5%", vec![0.95_f64]),
        (
            "labs.openai.usage_share[1]@with > 0 and not labs.openai.usage_share[2]@with < 5",
            vec![1.0, -3.0],
        ),
        // The months in which the tables cross say less than the tables.
        (
            "first_month(labs.openai.usage_share[1..3]@with > 1) <= 2 months",
            vec![0.0, 1.0, 2.0, 2.0],
        ),
        // Two of them are compared by what they count: three cells of one arm, then three of the other.
        (
            "change(first_month(labs.openai.usage_share[1..3] > 1)) > 0 months",
            vec![-3.0, -3.0, -3.0, 0.0],
        ),
    ] {
        let found = tested(text);
        assert_eq!(found.len(), expected.len(), "{text}: {found:?}");
        for (a, b) in found.iter().zip(&expected) {
            assert!((a.abs() - b.abs()).abs() < 1e-12, "{text}: {found:?}");
        }
    }
}

#[test]
fn the_sides_of_a_comparison_have_a_unit() {
    let unit = |text: &str| {
        metric(text)
            .unwrap()
            .0
            .compared
            .map(|unit| unit.to_string())
    };
    assert_eq!(
        unit("0 < clouds.aws.ai_revenue_usd[1]@with").as_deref(),
        Some("usd")
    );
    assert_eq!(
        unit("clouds.aws.ai_revenue_usd[1]@with < 0").as_deref(),
        Some("usd")
    );
    assert_eq!(unit("1 > 0 and 2 > 1"), None);
}

#[test]
fn expressions_are_read_as_they_look() {
    assert!((value("1 + 2 * 3 - 4 / 2") - 5.0).abs() < 1e-15);
    assert!((value("-(1 + 2) * 3") + 9.0).abs() < 1e-15);
    assert!((value("sum(clouds.aws.ai_revenue_usd[1..4]@with) / 1 usd") - 10.0).abs() < 1e-15);
    assert!((value("change(labs.openai.usage_share[24])") - 1.0).abs() < 1e-15);
    // Cells of other clouds are larger than the first cell.
    let clouds = Arms::new().panels[0].table("clouds").entities.len();
    let rank = value("rank(clouds.aws.ai_revenue_usd[3]@with, clouds.*.ai_revenue_usd[3]@with)");
    assert!((rank - f64::from(u32::try_from(clouds).unwrap())).abs() < 1e-15);
    for (text, expected) in [
        ("1 < 2 and not 2 < 1", 1.0),
        ("5% == 0.05 or 1 > 2", 1.0),
        ("all(clouds.aws.ai_revenue_usd[1..4]@with > 0)", 1.0),
        ("any(steps(clouds.aws.ai_revenue_usd[1..4]@with) < 0)", 0.0),
        (
            "first_month(clouds.aws.ai_revenue_usd[1..4]@with >= 3 usd) == 3 months",
            1.0,
        ),
        (
            "last(quarters(clouds.aws.ai_revenue_usd[1..6]@with)) == 15 usd",
            1.0,
        ),
        ("clouds.aws.binding_constraint[1]@with == \"power\"", 0.0),
    ] {
        assert!((value(text) - expected).abs() < 1e-15, "{text}");
    }
}

#[test]
fn the_same_cell_is_kept_once() {
    let (_, wanted) =
        metric("market.market.mtok[1]@with + market.market.mtok[1]@with > 0").unwrap();
    assert_eq!(wanted.cells().len(), 1);
}

#[test]
fn metrics_over_replications_work_on_columns() {
    let (metric, _) = metric(
        "regression(labs.openai.usage_share[1]@with, market.market.mtok[1]@with, market.market.spend_usd[1]@with)",
    )
    .unwrap();
    assert!(metric.is_over);
    let rows: Vec<Vec<f64>> = (0..20)
        .map(|n| {
            let (x, z) = (f64::from(n), f64::from(n * n % 7));
            vec![2.0 * x - 3.0 * z + 1.0, x, z]
        })
        .collect();
    let columns = metric.columns(&rows);
    let picks: Vec<usize> = (0..20).collect();
    assert!((metric.over(&columns, &picks) - 2.0).abs() < 1e-9);
    assert_eq!(metric.unit.to_string(), "1/mtok");
}

fn assert_fault(text: &str, message: &str, at: usize, help: &str) {
    let shown = metric(text).expect_err(text);
    assert!(
        shown.contains(message) && shown.contains(help),
        "{text}\n{shown}"
    );
    assert!(
        shown.contains(&format!("--metric:1:{at}\n")),
        "{text} {at}\n{shown}"
    );
}

#[test]
fn faults_are_located_with_a_remedy() {
    for (text, message, at, help) in [
        (
            "clouds.aws.ai_revenue_usd[1]@with + market.market.mtok[1]@with",
            "`usd` and `mtok` have no common unit",
            1,
            "same unit",
        ),
        (
            "1 + clouds.aws.revenue_usd[1]@with",
            "no measure `revenue_usd`",
            5,
            "did you mean",
        ),
        (
            "clouds.aws.ai_revenue_usd[40]@with",
            "month 40 is beyond the horizon of 36 months",
            1,
            "up to 36",
        ),
        (
            "clouds.awss.ai_revenue_usd[1]@with",
            "has no `awss`",
            1,
            "did you mean `aws`?",
        ),
        (
            "clouds.aws.ai_revenue_usd[1]",
            "names no arm",
            1,
            "@without",
        ),
        (
            "clouds.aws.ai_revenue_usd[1]@wth",
            "no arm `wth`",
            1,
            "did you mean `with`?",
        ),
        ("sum(1, 2)", "takes 1 arguments", 1, "sum"),
        ("summ(1)", "no function `summ`", 1, "did you mean `sum`?"),
        ("1 +", "is incomplete", 4, "a number"),
        ("(1 + 2", "is incomplete", 7, "`)`"),
        ("1 2", "unexpected `2`", 3, "operator"),
        (
            "clouds.aws.ai_revenue_usd@with",
            "this measure has no month",
            1,
            "month in brackets",
        ),
        (
            "clouds.aws.ai_revenue_usd[1..3]@with",
            "list of values",
            1,
            "sum",
        ),
        (
            "market.market.mtok[1..3]@with > market.market.mtok[1..2]@with",
            "3 values do not match 2 values",
            1,
            "same months",
        ),
        ("not 1", "not true or false", 5, "compare"),
        (
            "expected(market.market.mtok[1]@with) > market.market.mtok[1]@with",
            "one side is a value of one replication",
            1,
            "wrap",
        ),
        (
            "clouds.aws.binding_constraint[1]@with == \"powr\"",
            "not a value of any measure",
            42,
            "power",
        ),
    ] {
        assert_fault(text, message, at, help);
    }
}

#[test]
fn faults_of_pairs_are_located_with_a_remedy() {
    for (text, message, at, help) in [
        (
            "backlog.openai.asure.backlog_usd[1]@with",
            "`backlog` has no `asure`",
            1,
            "did you mean `azure`",
        ),
        (
            "backlog.anthropic.oracle.backlog_usd[1]@with",
            "`backlog` has no `anthropic|oracle`",
            1,
            "`anthropic` goes with aws, azure, google",
        ),
        (
            "clouds.aws.azure.ai_revenue_usd[1]@with",
            "the entities of `clouds` have one name, not two",
            1,
            "write clouds.aws",
        ),
        (
            "flows.openai.asure.usd[1]@with",
            "`flows` has no `asure`",
            1,
            "did you mean `azure`",
        ),
        (
            "flows.openai.azure.equitty_usd[1]@with",
            "`flows` has no measure `equitty_usd`",
            1,
            "did you mean `equity_usd`",
        ),
        (
            "flows.openai.usd[1]@with",
            "flows need a payer and a payee",
            1,
            "write flows.openai.azure",
        ),
    ] {
        assert_fault(text, message, at, help);
    }
}

#[test]
fn every_measure_has_a_unit_that_metrics_know() {
    let arms = Arms::new();
    for table in &arms.panels[0].tables {
        for measure in &table.measures {
            assert!(Unit::parse(measure.unit).is_some(), "{}", measure.unit);
        }
    }
}

/// Checks a monthly metric of three months.
fn monthly(text: &str) -> Result<(Metric, Wanted), String> {
    let arms = Arms::new();
    let source = std::sync::Arc::new(Source {
        name: "payoff".to_owned(),
        text: text.to_owned(),
    });
    let place = Place {
        source,
        range: 0..text.len(),
    };
    let mut wanted = Wanted::default();
    let found = Metric::monthly(text, &place, arms.shapes()[0], &mut wanted, 3);
    found
        .map(|metric| (metric, wanted))
        .map_err(|fault| fault.render())
}

#[test]
fn a_monthly_metric_has_a_value_in_each_month() {
    let (metric, wanted) =
        monthly("clouds.aws.gross_profit_usd - 2 * clouds.aws.neutrality_usd").unwrap();
    assert_eq!(metric.unit, Unit::parse("usd").unwrap());
    assert_eq!(wanted.cells().len(), 6);
    assert_eq!(
        metric.by_month(&[10.0, 20.0, 30.0, 1.0, 2.0, 3.0]),
        [8.0, 16.0, 24.0]
    );
    for (text, message, help) in [
        (
            "clouds.aws.ai_revenue_usd[1]",
            "has no month of its own",
            "leave out the brackets",
        ),
        (
            "clouds.*.ai_revenue_usd",
            "not one for each of 3 months",
            "one entity",
        ),
        (
            "sum(clouds.aws.ai_revenue_usd)",
            "this has 1 values",
            "with `+`",
        ),
        (
            "clouds.aws.ai_revenue_usd > 0",
            "not an amount of each month",
            "sum of measures",
        ),
        (
            "clouds.aws.ai_revenue_usd + market.market.mtok",
            "have no common unit",
            "same unit",
        ),
    ] {
        let shown = monthly(text).expect_err(text);
        assert!(shown.contains(message) && shown.contains(help), "{shown}");
    }
}

#[test]
fn pairs_are_read_by_both_names_or_as_one() {
    for (text, cells) in [
        ("sum(backlog.openai.azure.backlog_usd[1..3]@with)", 3),
        ("sum(backlog.\"openai|azure\".backlog_usd[1..3]@with)", 3),
        ("sum(backlog.openai.*.backlog_usd[1]@with)", 4),
        ("sum(backlog.{openai, anthropic}.azure.due_usd[1]@with)", 2),
        ("stakes.azure.openai.share[36]@with", 1),
        ("hosts.openai.aws.share[36]@with", 1),
        ("flows.openai.azure.usd[36]@with", 1),
        ("flows.\"openai|azure\".serving_compute_usd[36]@with", 1),
    ] {
        let (_, wanted) = metric(text).unwrap_or_else(|fault| panic!("{fault}"));
        assert_eq!(wanted.cells().len(), cells, "{text}");
    }
}

#[test]
fn flows_are_sums_of_lines_of_the_ledger() {
    use crate::base::ids::{AccountId, Id};
    use crate::ledger::Flow;
    use crate::market::rows::Observed;
    use crate::simulation::Simulation;

    let loaded = load(&Request {
        sets: ["run.enterprises=60", "months=3"]
            .map(str::to_owned)
            .to_vec(),
        ..Request::default()
    })
    .unwrap();
    let shape = crate::market::rows::panel(&loaded.scenario, 3);
    let arms = [ArmShape {
        name: "baseline",
        panel: &shape,
        months: 3,
    }];
    let texts = [
        "sum(flows.openai.azure.usd[1..2])",
        "sum(flows.openai.azure.serving_compute_usd[1..2])",
        "sum(flows.*.openai.usd[2])",
    ];
    let mut wanted = Wanted::default();
    let metrics =
        texts.map(|text| Metric::of_option("--metric", text, &arms, &mut wanted).unwrap());
    let cells = wanted.cells().iter().map(|cell| (cell.table, cell.offset));
    let observed = Observed::values(&shape, cells);
    let panel = Simulation::of(&loaded).observing(observed).run(1).unwrap();
    let kept: Vec<f64> = wanted.read(0, &panel).map(|(_, value)| value).collect();
    let whole = Simulation::of(&loaded).run(1).unwrap();
    let account = |name: &str| {
        let mut accounts = whole.accounts.iter();
        AccountId::from_index(accounts.position(|other| other == name).unwrap())
    };
    let (openai, azure) = (account("openai"), account("azure"));
    let sum = |is_meant: &dyn Fn(&crate::panel::FlowLine) -> bool| -> f64 {
        let lines = whole.flows.iter().filter(|line| is_meant(line));
        lines.map(|line| line.usd.to_f64()).sum()
    };
    let expected = [
        sum(&|line| line.month < 2 && line.payer == openai && line.payee == azure),
        sum(&|line| {
            let is_pair = line.payer == openai && line.payee == azure;
            line.month < 2 && is_pair && line.kind == Flow::ServingCompute
        }),
        sum(&|line| line.month == 1 && line.payee == openai),
    ];
    for ((metric, expected), text) in metrics.iter().zip(expected).zip(texts) {
        let value = metric.value(&kept);
        assert!(expected > 0.0, "{text}");
        assert!(
            (value / expected - 1.0).abs() < 1e-9,
            "{text}: {value}, not {expected}"
        );
    }
}
