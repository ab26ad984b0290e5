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
    let series = series(run, table, request)?;
    let top = series.iter().flat_map(|(.., values)| values);
    let top = top.map(|s| s.quantiles[4].abs()).fold(0.0, f64::max);
    let scale = Scale::of(measure.unit, top);
    let of = if table.entities.len() > 1 {
        format!(" by {}", table.entity.replace('_', " "))
    } else {
        String::new()
    };
    let doc = measure.doc.trim_end_matches('.');
    let (title, subtitle, panels) = match request.kind {
        PlotKind::Fan => {
            let short = &measure.short;
            let title = request.change.map_or_else(
                || capital(short),
                |(arm, first)| format!("{arm} less {first}: {short}"),
            );
            let seen = |entity: &str| match request.change {
                None => run.past.of(table.name, entity, request.measure),
                Some(_) => &[],
            };
            let (panels, notes) = fans(&series, &scale, request.is_free, &seen);
            (title, format!("{doc}{}{notes}", scale.unit), panels)
        }
        PlotKind::Stack => {
            let subtitle = format!("{doc}, mean of replications{}", scale.unit);
            let value = |s: &Summary, _| s.mean * scale.factor;
            let panel = stack(&series, scale.numbers, value);
            (capital(&measure.short), subtitle, vec![panel])
        }
        PlotKind::Share => {
            let value = |s: &Summary, total: f64| if total == 0.0 { 0.0 } else { s.mean / total };
            let mut panel = stack(&series, Numbers::Percent, value);
            // The axis ends at 106 % of its range, here exactly at the top of the shares.
            panel.range = (0.0, 1.0 / 1.06);
            let subtitle = format!("{doc}, share of the sum of means");
            (
                format!("Shares of {}", measure.short),
                subtitle,
                vec![panel],
            )
        }
    };
    let name = format!("{:?}_{}", request.kind, request.measure).to_lowercase();
    Ok(run.by_month(&name, &format!("{title}{of}"), &subtitle, panels))
}

/// Titles of entities, with their names and distributions by month.
type Series<'a> = Vec<(String, &'a str, Vec<Summary>)>;

/// Looks up observed points of an entity.
type Seen<'a> = &'a dyn Fn(&str) -> &'a [(f64, f64)];

/// A panel with a fan for each entity, and notes for the subtitle.
fn fans(series: &Series<'_>, scale: &Scale, is_free: bool, seen: Seen<'_>) -> (Vec<Panel>, String) {
    let panel = |(at, (title, entity, values)): (usize, &(String, &str, Vec<Summary>))| {
        let fan = Layer::fan(title, values, at, scale.factor).after(seen(entity), scale.factor);
        Panel::new(title.clone(), scale.numbers, vec![fan])
    };
    let mut panels: Vec<Panel> = series.iter().take(PANELS).enumerate().map(panel).collect();
    if !is_free {
        Panel::share_scale(&mut panels);
    }
    let scales = match (panels.len(), is_free) {
        (1, _) => "",
        (_, true) => "; scales differ",
        (_, false) => "; same scale",
    };
    let more = match series.len().saturating_sub(PANELS) {
        0 => String::new(),
        rest => format!("; {rest} more not shown"),
    };
    (panels, format!("{scales}{more}"))
}

/// A panel that stacks the values of entities, from the distribution of each and the sum of the means of all.
fn stack(series: &Series<'_>, numbers: Numbers, value: impl Fn(&Summary, f64) -> f64) -> Panel {
    let total = |month: usize| -> f64 { series.iter().map(|(.., v)| v[month].mean).sum() };
    let part = |(at, (title, _, values)): (usize, &(String, &str, Vec<Summary>))| {
        let months = values.iter().enumerate();
        let values = months.map(|(month, s)| value(s, total(month))).collect();
        (title.clone(), at, values)
    };
    let parts = series.iter().enumerate().map(part).collect();
    Panel::stack(String::new(), numbers, parts)
}

/// By entity of the request: its title and its distributions. Entities that are zero in all months are left out.
fn series<'t>(
    run: &Run<'_>,
    table: &'t Table,
    request: &PlotRequest<'_>,
) -> Result<Series<'t>, Fault> {
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
        (headed(run.scenario, entity), entity.as_str(), values)
    });
    let is_used = |(_, _, values): &(String, &str, Vec<Summary>)| {
        values
            .iter()
            .any(|s| s.quantiles != [0.0; 5] || s.mean != 0.0)
    };
    let series: Series<'_> = series.filter(is_used).collect();
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

/// The scale of values in a chart.
struct Scale {
    /// Factor of the values.
    factor: f64,
    /// Unit of the scaled values, as the end of a subtitle.
    unit: String,
    numbers: Numbers,
}

impl Scale {
    /// The scale of values in a unit of the tables, of which the largest is `top`.
    fn of(unit: &str, top: f64) -> Self {
        let (factor, unit, numbers) = match unit {
            "usd" | "usd_per_year" => {
                let (factor, size) = if top >= 1e9 {
                    (1e-9, "billion")
                } else {
                    (1e-6, "million")
                };
                let time = if unit == "usd" { "month" } else { "year" };
                (factor, format!(", USD {size} a {time}"), Numbers::Short)
            }
            "share" => (1.0, String::new(), Numbers::Percent),
            "count" | "ratio" => (1.0, String::new(), Numbers::Figure),
            other => {
                let name = other.replace("usd", "USD").replace('_', " ");
                (1.0, format!(", {name}"), Numbers::Figure)
            }
        };
        Self {
            factor,
            unit,
            numbers,
        }
    }
}
