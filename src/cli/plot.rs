//! `tollway plot`.
#![expect(clippy::disallowed_methods, reason = "results and pictures are files")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;

use super::options::fault;
use super::{Failure, print, write_file};
use crate::evidence::past::Past;
use crate::market::rows::panel;
use crate::report::charts::Chart;
use crate::report::charts::draw::draw;
use crate::report::charts::plot_request::{PlotKind, PlotRequest, requested};
use crate::report::charts::run::{Run, source};
use crate::report::folder::Sheet;
use crate::report::read::{Changes, Shown};
use crate::report::tables::dollar;
use crate::scenario::Faults;
use crate::scenario::fault::suggestion;

/// Options of `tollway plot`.
#[derive(Debug, Args)]
pub(super) struct PlotArgs {
    /// Folder of a finished run or experiment.
    result: PathBuf,
    /// `fan`, `stack` or `share` of a measure by month, `dollar`, or the name of a chart of the result [default: list the charts].
    #[arg(long, value_name = "NAME", requires = "out")]
    chart: Option<String>,
    /// The measure of a fan, stack or share, e.g. `ai_revenue_usd`.
    #[arg(long, value_name = "NAME")]
    measure: Option<String>,
    /// Kind of entity to plot one by one: cloud, lab, router, segment, move ... [default: the whole market].
    #[arg(long, value_name = "KIND")]
    by: Option<String>,
    /// Plot only this entity; repeatable.
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// The arm of a comparison whose change is drawn [default: the second].
    #[arg(long, value_name = "NAME")]
    arm: Option<String>,
    /// Scale each panel by itself.
    #[arg(long)]
    free_scales: bool,
    /// Year of the run that `dollar` shows, from 1 [default: the last].
    #[arg(long, value_name = "N")]
    year: Option<usize>,
    /// Picture to write, .svg or .png.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Draws a chart.
pub(super) fn run(args: &PlotArgs) -> Result<(), Failure> {
    let sheet = sheet(&args.result)?;
    let (Some(name), Some(out)) = (&args.chart, &args.out) else {
        return print(&listed(&sheet, &args.result));
    };
    let format = match out.extension().and_then(|end| end.to_str()) {
        Some("svg") => 0,
        Some("png") => 1,
        _ => {
            let what = format!("{} is neither .svg nor .png", out.display());
            return Err(fault(
                what,
                "end the name in .svg or .png, e.g. --out chart.svg",
            ));
        }
    };
    let (chart, source) = if let Some(kind) = kind(name) {
        let Some(measure) = &args.measure else {
            let what = format!("`--chart {name}` needs a measure");
            let help = "add for example --measure ai_revenue_usd --by cloud; docs/outputs.md lists all measures";
            return Err(fault(what, help));
        };
        let request = PlotRequest {
            kind,
            measure,
            by: args.by.as_deref(),
            only: &args.only,
            is_free: args.free_scales,
            change: None,
        };
        match Changes::open(&args.result, args.arm.as_deref())? {
            Some(changes) => of_changes(&changes, &request)?,
            None => of_run(&args.result, &|run| chart(run, &request))?,
        }
    } else if name == "dollar" && args.year.is_some() {
        let year = args.year.unwrap_or(1);
        of_run(&args.result, &|run| {
            let years = dollar::years(run.dollar);
            let Some(months) = years.get(year.wrapping_sub(1)) else {
                let what = format!("the run has no year {year}");
                return Err(fault(what, &format!("it has years 1 to {}", years.len())));
            };
            Ok(dollar::chart(run.dollar, months))
        })?
    } else {
        let Some(chart) = sheet.charts.iter().find(|chart| chart.name == *name) else {
            let names = sheet.charts.iter().map(|chart| chart.name.as_str());
            let names = names.chain(["fan", "stack", "share"]);
            let what = format!("there is no chart `{name}`");
            return Err(fault(what, &suggestion(name, names)));
        };
        (chart.clone(), sheet.source)
    };
    let pictures = draw(&chart, &source).map_err(Failure::Io)?;
    write_file(out, &pictures[format])?;
    print(&format!("Written to {}\n", out.display()))
}

fn kind(name: &str) -> Option<PlotKind> {
    match name {
        "fan" => Some(PlotKind::Fan),
        "stack" => Some(PlotKind::Stack),
        "share" => Some(PlotKind::Share),
        _ => None,
    }
}

/// A chart of the tables of a run, and the line at its foot.
fn of_run(
    folder: &Path,
    chart: &dyn Fn(&Run<'_>) -> Result<Chart, Failure>,
) -> Result<(Chart, String), Failure> {
    let shown = Shown::open(folder)?;
    let look = |table: &str, entity: &str, measure: &str| shown.look(table, entity, measure);
    let run = Run {
        scenario: &shown.loaded.scenario,
        months: &shown.calendar().month_names(),
        look: &look,
        dollar: &shown.dollar,
        past: &Past::before(shown.loaded.scenario.start.date),
    };
    let source = source(&shown.loaded.scenario, shown.replications);
    Ok((chart(&run)?, source))
}

/// A chart of the differences between two arms, and the line at its foot.
fn of_changes(changes: &Changes, request: &PlotRequest<'_>) -> Result<(Chart, String), Failure> {
    let (first, other) = &changes.arms;
    let request = PlotRequest {
        change: Some((other, first)),
        ..*request
    };
    let look = |table: &str, entity: &str, measure: &str| changes.look(table, entity, measure);
    let scenario = &changes.loaded.scenario;
    let run = Run {
        scenario,
        months: &changes.months,
        look: &look,
        dollar: &[],
        past: &Past::default(),
    };
    let source = format!(
        "tollway compare {first} {other} | seed {}, {} pairs of {} enterprises | tollway {}",
        scenario.run.seed.0,
        changes.pairs,
        scenario.run.enterprises.0,
        env!("CARGO_PKG_VERSION")
    );
    Ok((chart(&run, &request)?, source))
}

fn chart(run: &Run<'_>, request: &PlotRequest<'_>) -> Result<Chart, Failure> {
    let tables = panel(run.scenario, run.months.len());
    requested(run, &tables, request).map_err(|why| Failure::from(Faults(vec![why])))
}

/// The charts of a result.
fn sheet(folder: &Path) -> Result<Sheet, Failure> {
    let path = folder.join("charts").join("charts.json");
    let text = std::fs::read_to_string(&path).map_err(|error| {
        let what = format!("cannot read {}: {error}", path.display());
        fault(
            what,
            "name a folder that `tollway` wrote, such as output/baseline-...-s1",
        )
    })?;
    serde_json::from_str(&text).map_err(|error| {
        let what = format!("{}: {error}", path.display());
        fault(
            what,
            "the file was changed after tollway wrote it; run the command again",
        )
    })
}

fn listed(sheet: &Sheet, folder: &Path) -> String {
    let mut out = String::new();
    for chart in &sheet.charts {
        let _ = writeln!(out, "{:<28} {}", chart.name, chart.title);
    }
    if folder.join("summary.csv").exists() {
        out.push_str(
            "fan, stack, share            a measure by month: --measure ai_revenue_usd --by cloud\n",
        );
    } else if folder.join("differences.parquet").exists() || folder.join("differences.csv").exists()
    {
        out.push_str(
            "fan                          a difference by month: --measure ai_revenue_usd --by cloud\n",
        );
    }
    let _ = writeln!(
        out,
        "\ntollway plot {} --chart NAME --out chart.svg",
        folder.display()
    );
    out
}
