//! The report of a scenario discovery.

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

/// Reads the numeric columns of a Parquet or CSV file.
///
/// # Errors
/// The message of a file that is not a table.
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

/// The sides of a box, as words.
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

/// The discovery as text.
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
    out.push_str("\nBounds of the chosen box (>): probability that each arises by chance, and share of resamples that have it too\n");
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

/// The trajectory as a table, one row for each step.
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

/// Adds the trajectory, as a table and a chart, and the page to a folder.
///
/// # Errors
/// A table that could not be encoded, or a chart that could not be drawn.
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
                "Limits".to_owned(),
                "A box says where cases lie, not what causes them. Bounds that may arise by chance, or that few resamples have, may not be real.".to_owned(),
            ),
        ],
    });
    folder.put("report.html", page.into_bytes(), None);
    Ok(())
}

/// The chosen box, and the reliability of its bounds.
fn findings(discovery: &Discovery, cases: &str) -> Vec<Finding> {
    let (count, of_interest) = discovery.cases;
    let (limits, fit) = &discovery.trajectory[discovery.chosen];
    let sides = sides(discovery, limits);
    let mut all = vec![Finding {
        head: if sides.is_empty() {
            "No box is better than the whole table".to_owned()
        } else {
            capital(&sides.join(", "))
        },
        text: format!(
            "{} of the cases in the box meet {cases}, against {} of all {count}; the box contains {} of the cases that do.",
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
                "Reliability of the bound on {}",
                discovery.inputs[bound.dimension]
            ),
            text: format!(
                "It would arise by chance with a probability of {chance}; {} of resamples have it too.",
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

/// A chart of the trajectory: densities of some boxes, with their coverage in the labels.
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
        title: "Boxes with the cases of interest".to_owned(),
        subtitle: format!("Density of the peeled boxes, the chosen one in orange; {cases}"),
        body: Body::Bars {
            numbers: Numbers::Percent,
            bars,
        },
    }
}

/// The discovery as JSON.
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
