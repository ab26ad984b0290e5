//! Charts of any measure of a run or a comparison, for `tollway plot`.

use crate::panel::{Measure, Panel as Tables, Table};
use crate::report::charts::run::Run;
use crate::report::charts::{Chart, Layer, Numbers, Panel};
use crate::report::text::number_format::{capital, headed};
use crate::scenario::Fault;
use crate::scenario::fault::suggestion;
use crate::stats::Summary;

/// Largest number of panels.
const PANELS: usize = 12;

/// The kind of a requested chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlotKind {
    /// Distribution by month, a panel for each entity.
    Fan,
    /// Stacked means of the entities.
    Stack,
    /// Stacked shares of the entities in the sum of means.
    Share,
}

/// A request for a chart.
#[derive(Clone, Copy, Debug)]
pub struct PlotRequest<'a> {
    /// Kind of the chart.
    pub kind: PlotKind,
    /// Name of the measure.
    pub measure: &'a str,
    /// Kind of entity, such as `cloud` or `lab`; the market if left out.
    pub by: Option<&'a str>,
    /// Entities to show; all if empty.
    pub only: &'a [String],
    /// True if each panel has its own scale.
    pub is_free: bool,
    /// Names of the other and the first arm of a comparison; `None` for a run.
    pub change: Option<(&'a str, &'a str)>,
}

/// The requested chart; `tables` has the shape of the run's tables.
///
/// # Errors
/// A measure, kind of entity or entity that the run lacks.
pub fn requested(
    run: &Run<'_>,
    tables: &Tables,
    request: &PlotRequest<'_>,
) -> Result<Chart, Fault> {
    let (table, measure) = find(tables, request)?;
    if request.change.is_some() && request.kind != PlotKind::Fan {
        return Err(Fault::nowhere("differences do not add up to a whole")
            .help("draw differences as a fan, or stack a measure of one run"));
    }
    let mut series = series(run, table, request)?;
    let top = series.iter().flat_map(|(_, values)| values);
    let top = top.map(|s| s.quantiles[4].abs()).fold(0.0, f64::max);
    let (scale, unit, numbers) = scale(measure.unit, top);
    let words = capital(&measure.short);
    let words = request.change.map_or(words, |(arm, first)| {
        format!("{arm} less {first}: {}", measure.short)
    });
    let of = if table.entities.len() > 1 {
        format!(" by {}", table.entity.replace('_', " "))
    } else {
        String::new()
    };
    let doc = measure.doc.trim_end_matches('.');
    let unit = if unit.is_empty() {
        String::new()
    } else {
        format!(", {unit}")
    };
    let name = format!("{:?}_{}", request.kind, request.measure).to_lowercase();
    if request.kind == PlotKind::Fan {
        let rest = series.len().saturating_sub(PANELS);
        series.truncate(PANELS);
        let panel = |(at, (title, values)): (usize, &(String, Vec<Summary>))| {
            let fan = Layer::fan(title, values, at, scale);
            Panel::new(title.clone(), numbers, vec![fan])
        };
        let mut panels: Vec<Panel> = series.iter().enumerate().map(panel).collect();
        if !request.is_free {
            Panel::share_scale(&mut panels);
        }
        let scales = match (panels.len(), request.is_free) {
            (1, _) => "",
            (_, true) => "; scales differ",
            (_, false) => "; one scale",
        };
        let more = if rest > 0 {
            format!("; {rest} more not shown")
        } else {
            String::new()
        };
        let subtitle = format!("{doc}{unit}{scales}{more}");
        return Ok(run.by_month(&name, &format!("{words}{of}"), &subtitle, panels));
    }
    let months = run.months.len();
    let total = |month: usize| -> f64 { series.iter().map(|(_, v)| v[month].mean).sum() };
    let totals: Vec<f64> = (0..months).map(total).collect();
    let is_share = request.kind == PlotKind::Share;
    let parts = series.iter().enumerate().map(|(at, (title, values))| {
        let value = |(month, s): (usize, &Summary)| match (is_share, totals[month]) {
            (false, _) => s.mean * scale,
            (true, 0.0) => 0.0,
            (true, total) => s.mean / total,
        };
        let values = values.iter().enumerate().map(value).collect();
        (title.clone(), at, values)
    });
    let (numbers, told) = if is_share {
        (Numbers::Percent, "share of the sum of means".to_owned())
    } else {
        (numbers, format!("mean of replications{unit}"))
    };
    let title = if is_share {
        format!("Shares of {}{of}", measure.short)
    } else {
        format!("{words}{of}")
    };
    let mut panel = Panel::stack(String::new(), numbers, parts.collect());
    if is_share {
        panel.range = (0.0, 1.0 / 1.06);
    }
    Ok(run.by_month(&name, &title, &format!("{doc}, {told}"), vec![panel]))
}

/// By entity of the request: its title and its distributions. Entities that are zero in all months are left out.
fn series(
    run: &Run<'_>,
    table: &Table,
    request: &PlotRequest<'_>,
) -> Result<Vec<(String, Vec<Summary>)>, Fault> {
    for name in request.only {
        if !table.entities.contains(name) {
            let names = table.entities.iter().map(String::as_str);
            return Err(
                Fault::nowhere(format!("there is no {} `{name}`", table.entity))
                    .help(suggestion(name, names)),
            );
        }
    }
    let is_asked = |entity: &&String| request.only.is_empty() || request.only.contains(entity);
    let series = table.entities.iter().filter(is_asked).map(|entity| {
        let values = (run.look)(table.name, entity, request.measure);
        (headed(run.scenario, entity), values)
    });
    let is_used = |(_, values): &(String, Vec<Summary>)| {
        values
            .iter()
            .any(|s| s.quantiles != [0.0; 5] || s.mean != 0.0)
    };
    let series: Vec<(String, Vec<Summary>)> = series.filter(is_used).collect();
    if series.is_empty() {
        return Err(
            Fault::nowhere(format!("`{}` is zero in all months", request.measure))
                .help("choose another measure, or other entities"),
        );
    }
    Ok(series)
}

/// The table with the requested measure of the requested kind of entity.
fn find<'t>(
    tables: &'t Tables,
    request: &PlotRequest<'_>,
) -> Result<(&'t Table, &'t Measure), Fault> {
    let by = request.by.unwrap_or("market");
    let of_kind = |table: &&Table| table.entity == by || table.name == by;
    let kinds = tables.tables.iter().map(|table| table.entity);
    let mut candidates = tables.tables.iter().filter(of_kind).peekable();
    if candidates.peek().is_none() {
        return Err(
            Fault::nowhere(format!("there are no measures by `{by}`")).help(suggestion(by, kinds))
        );
    }
    let found = candidates.clone().find_map(|table| {
        let measure = table.measures.iter().find(|m| m.name == request.measure)?;
        Some((table, measure))
    });
    if let Some(found) = found {
        return Ok(found);
    }
    let elsewhere = tables.tables.iter().find(|table| {
        let mut measures = table.measures.iter();
        measures.any(|m| m.name == request.measure)
    });
    let remedy = match elsewhere {
        Some(table) => format!("it is a measure of each {0}: add --by {0}", table.entity),
        None => suggestion(
            request.measure,
            candidates.flat_map(|table| table.measures.iter().map(|m| m.name.as_str())),
        ),
    };
    Err(Fault::nowhere(format!("`{by}` has no measure `{}`", request.measure)).help(remedy))
}

/// By unit: the factor of values, the unit of the result, and the format of numbers.
fn scale(unit: &str, top: f64) -> (f64, String, Numbers) {
    match unit {
        "usd" | "usd_per_year" => {
            let (scale, size) = if top >= 1e9 {
                (1e-9, "billion")
            } else {
                (1e-6, "million")
            };
            let time = if unit == "usd" { "month" } else { "year" };
            (scale, format!("USD {size} a {time}"), Numbers::Short)
        }
        "share" => (1.0, String::new(), Numbers::Percent),
        "count" | "ratio" => (1.0, String::new(), Numbers::Figure),
        other => (
            1.0,
            other.replace("usd", "USD").replace('_', " "),
            Numbers::Figure,
        ),
    }
}
