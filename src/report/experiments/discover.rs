//! What scenario discovery prints and writes.

use std::fmt::Write as _;
use std::path::Path;

use polars::prelude::{CsvReader, DataFrame, DataType, ParquetReader, SerReader};
use serde_json::{Value, json};

use crate::experiments::discover::{Column, Discovery};
use crate::report::charts::{BAD, Bar, Body, Chart, FIRST, Numbers};
use crate::report::folder::Folder;
use crate::report::page::Finding;
use crate::report::page::experiment::{Parts, page};
use crate::report::tables::frames::{Cells, Frame};
use crate::report::text::number_format::{capital, figure, whole_percent as percent};
use crate::report::{Format, WriteError};
use crate::stats::boxes::Limits;

/// The columns of numbers of a table in a Parquet or CSV file.
///
/// # Errors
/// A file that cannot be read as a table, in words.
pub fn read_table(path: &Path) -> Result<Vec<Column>, String> {
    let file = std::fs::File::open(path)
        .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    let is_csv = path.extension() == Some("csv".as_ref());
    let frame: DataFrame = if is_csv {
        CsvReader::new(file).finish()
    } else {
        ParquetReader::new(file).finish()
    }
    .map_err(|error| format!("{}: {error}", path.display()))?;
    let mut found = Vec::new();
    for column in frame.columns() {
        if matches!(column.dtype(), DataType::String) {
            continue;
        }
        let Ok(numbers) = column.cast(&DataType::Float64) else {
            continue;
        };
        let Ok(numbers) = numbers.f64() else { continue };
        let values: Option<Vec<f64>> = numbers.iter().collect();
        if let Some(values) = values {
            found.push(Column {
                name: column.name().to_string(),
                values,
            });
        }
    }
    Ok(found)
}

/// The sides of a box, in words.
fn sides(discovery: &Discovery, limits: &Limits) -> Vec<String> {
    let whole = &discovery.trajectory[0].0;
    limits
        .restricted(whole)
        .into_iter()
        .map(|d| {
            let name = &discovery.inputs[d];
            match (limits.low[d] > whole.low[d], limits.high[d] < whole.high[d]) {
                (true, true) => format!(
                    "{name} from {} to {}",
                    figure(limits.low[d]),
                    figure(limits.high[d])
                ),
                (true, false) => format!("{name} at least {}", figure(limits.low[d])),
                _ => format!("{name} at most {}", figure(limits.high[d])),
            }
        })
        .collect()
}

/// What is printed.
#[must_use]
pub fn text(discovery: &Discovery) -> String {
    let (cases, of_interest) = discovery.cases;
    let mut out = format!(
        "{of_interest} of {cases} cases are of interest\n\nPeeling (PRIM)\n  {:>4} {:>9} {:>9} {:>7} {:>7}  box\n",
        "step", "coverage", "density", "mass", "bounds"
    );
    for (step, (limits, fit)) in discovery.trajectory.iter().enumerate() {
        let is_chosen = step == discovery.chosen;
        if !is_chosen && step % 5 != 0 && step + 1 != discovery.trajectory.len() {
            continue;
        }
        let sides = sides(discovery, limits);
        let _ = writeln!(
            out,
            "{} {step:>4} {:>7.0} % {:>7.0} % {:>5.0} % {:>7}  {}",
            if is_chosen { ">" } else { " " },
            100.0 * fit.coverage,
            100.0 * fit.density,
            100.0 * fit.mass,
            sides.len(),
            sides.join(", ")
        );
    }
    out.push_str("\nBounds of the chosen box (>): chance that luck explains each, and share of resamples that bound it too\n");
    for bound in &discovery.bounds {
        let _ = writeln!(
            out,
            "  {:<56} {:>9.1e} {:>5.0} %",
            discovery.inputs[bound.dimension],
            bound.chance,
            100.0 * bound.stability
        );
    }
    out
}

/// The trajectory as a table, one row a step.
#[must_use]
pub fn frame(discovery: &Discovery) -> Frame {
    let steps = &discovery.trajectory;
    let whole = |of: &dyn Fn(usize) -> usize| {
        Cells::Whole(
            (0..steps.len())
                .map(|step| i64::try_from(of(step)).unwrap_or(i64::MAX))
                .collect(),
        )
    };
    let number = |of: &dyn Fn(usize) -> f64| Cells::Number((0..steps.len()).map(of).collect());
    let mut columns = vec![
        ("step".to_owned(), whole(&|step| step)),
        (
            "coverage".to_owned(),
            number(&|step| steps[step].1.coverage),
        ),
        ("density".to_owned(), number(&|step| steps[step].1.density)),
        ("mass".to_owned(), number(&|step| steps[step].1.mass)),
        (
            "bounds".to_owned(),
            whole(&|step| steps[step].0.restricted(&steps[0].0).len()),
        ),
        (
            "is_chosen".to_owned(),
            whole(&|step| usize::from(step == discovery.chosen)),
        ),
    ];
    for (d, name) in discovery.inputs.iter().enumerate() {
        columns.push((format!("{name} low"), number(&|step| steps[step].0.low[d])));
        columns.push((
            format!("{name} high"),
            number(&|step| steps[step].0.high[d]),
        ));
    }
    Frame {
        name: "trajectory".to_owned(),
        columns,
    }
}

/// Puts the trajectory as table and chart, and the page, into a folder.
///
/// # Errors
/// What could not be encoded or drawn.
pub fn fill(
    folder: &mut Folder,
    discovery: &Discovery,
    cases: &str,
    table: &Path,
) -> Result<(), WriteError> {
    let version = env!("CARGO_PKG_VERSION");
    let count = discovery.cases.0;
    let source = format!("tollway discover | {count} cases | tollway {version}");
    folder.put_shown_table(frame(discovery), Format::Csv)?;
    folder.put_charts(vec![chart(discovery, cases)], &source)?;
    let found = findings(discovery, cases);
    folder.put_findings(&found);
    let page = page(&Parts {
        heading: format!("Where {cases}"),
        subtitle: source,
        findings: &found,
        charts: folder.charts(),
        tables: folder.shown_tables(),
        stated: &[],
        origin: vec![
            ("Cases".to_owned(), cases.to_owned()),
            ("Table".to_owned(), table.display().to_string()),
            ("Program".to_owned(), format!("tollway {version}")),
            (
                "Read with care".to_owned(),
                "A box says where cases lie, not what causes them; bounds with a high chance of luck or few resamples behind them may be none.".to_owned(),
            ),
        ],
    });
    folder.put("report.html", page.into_bytes(), None);
    Ok(())
}

/// The chosen box, and how sure its bounds are.
fn findings(discovery: &Discovery, cases: &str) -> Vec<Finding> {
    let (count, of_interest) = discovery.cases;
    let (limits, fit) = &discovery.trajectory[discovery.chosen];
    let sides = sides(discovery, limits);
    let mut all = vec![Finding {
        head: if sides.is_empty() {
            "No box is better than the whole".to_owned()
        } else {
            capital(&sides.join(", "))
        },
        text: format!(
            "There {} of the cases meet {cases}, against {} of all {count}; the box holds {} of those that do.",
            percent(fit.density),
            percent(ratio(of_interest, count)),
            percent(fit.coverage)
        ),
    }];
    for bound in &discovery.bounds {
        let chance = if bound.chance < 1e-9 {
            "less than one in a billion".to_owned()
        } else {
            figure(bound.chance)
        };
        all.push(Finding {
            head: format!(
                "How sure the bound on {} is",
                discovery.inputs[bound.dimension]
            ),
            text: format!(
                "Luck alone would give it with a chance of {chance}; {} of resamples bound it too.",
                percent(bound.stability)
            ),
        });
    }
    all
}

#[expect(clippy::cast_precision_loss, reason = "counts of cases")]
fn ratio(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

/// A chart of the trajectory: density of every few boxes, with coverage in their labels.
fn chart(discovery: &Discovery, cases: &str) -> Chart {
    let every = discovery.trajectory.len().div_ceil(14).max(1);
    let bars: Vec<Bar> = (0..discovery.trajectory.len())
        .filter(|step| step % every == 0 || *step == discovery.chosen)
        .map(|step| {
            let (limits, fit) = &discovery.trajectory[step];
            let sides = sides(discovery, limits);
            let sides = if sides.is_empty() {
                "everything".to_owned()
            } else {
                sides.join(", ")
            };
            Bar {
                label: format!("covers {:.0} %: {sides}", 100.0 * fit.coverage),
                value: fit.density,
                interval: (fit.density, fit.density),
                colour: if step == discovery.chosen { BAD } else { FIRST },
            }
        })
        .collect();
    Chart {
        name: "trajectory".to_owned(),
        title: "Where the cases of interest lie".to_owned(),
        subtitle: format!(
            "Density of the boxes that were peeled, the chosen one in orange; {cases}"
        ),
        body: Body::Bars {
            numbers: Numbers::Percent,
            bars,
        },
    }
}

/// What was found, as JSON.
#[must_use]
pub fn json(discovery: &Discovery) -> String {
    let step = |at: usize| {
        let (limits, fit) = &discovery.trajectory[at];
        let bounded: Vec<Value> = limits
            .restricted(&discovery.trajectory[0].0)
            .into_iter()
            .map(|d| json!({ "input": discovery.inputs[d], "low": limits.low[d], "high": limits.high[d] }))
            .collect();
        json!({ "coverage": fit.coverage, "density": fit.density, "mass": fit.mass, "box": bounded })
    };
    let bounds: Vec<Value> = discovery
        .bounds
        .iter()
        .map(|bound| json!({ "input": discovery.inputs[bound.dimension], "chance": bound.chance, "stability": bound.stability }))
        .collect();
    let all = json!({
        "cases": discovery.cases.0, "of_interest": discovery.cases.1, "chosen": step(discovery.chosen), "bounds": bounds,
        "trajectory": (0..discovery.trajectory.len()).map(step).collect::<Vec<_>>(),
    });
    format!("{all}\n")
}
