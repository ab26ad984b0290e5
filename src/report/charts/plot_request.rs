//! Charts of any measure of a run, as `tollway plot` is asked for them.

use crate::panel::{Measure, Panel as Tables, Table};
use crate::report::charts::run::Run;
use crate::report::charts::{Chart, Layer, Numbers, Panel};
use crate::report::text::number_format::{capital, headed};
use crate::scenario::Fault;
use crate::scenario::fault::suggestion;
use crate::stats::Summary;

/// Panels that fit side by side.
const PANELS: usize = 12;

/// How a measure is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Its distribution by month, a panel for each entity.
    Fan,
    /// Means of entities, one on the other.
    Stack,
    /// The same as shares of their sum.
    Share,
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// How it is drawn.
    pub kind: Kind,
    /// The measure.
    pub measure: &'a str,
    /// Whose: `cloud`, `lab` or another kind of entity; the market's if left out.
    pub by: Option<&'a str>,
    /// Only these entities; all if empty.
    pub only: &'a [String],
    /// Whether each panel has a scale of its own.
    pub is_free: bool,
    /// The arms whose difference the numbers are, the first one last; none where they are of one run.
    pub change: Option<(&'a str, &'a str)>,
}

/// Draws up the chart; `tables` gives the shape of the run's tables.
///
/// # Errors
/// A measure, kind of entity or entity that the run does not have.
pub fn asked(run: &Run<'_>, tables: &Tables, ask: &Asked<'_>) -> Result<Chart, Fault> {
    let (table, measure) = find(tables, ask)?;
    if ask.change.is_some() && ask.kind != Kind::Fan {
        return Err(Fault::nowhere("changes do not add up to a whole")
            .help("draw them as a fan, or stack the tables of one run"));
    }
    let mut series = series(run, table, ask)?;
    let top = series.iter().flat_map(|(_, values)| values);
    let top = top.map(|s| s.quantiles[4].abs()).fold(0.0, f64::max);
    let (scale, unit, numbers) = scale(measure.unit, top);
    let words = capital(&measure.short);
    let words = ask.change.map_or(words, |(arm, first)| {
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
    let name = format!("{:?}_{}", ask.kind, ask.measure).to_lowercase();
    if ask.kind == Kind::Fan {
        let rest = series.len().saturating_sub(PANELS);
        series.truncate(PANELS);
        let panel = |(at, (title, values)): (usize, &(String, Vec<Summary>))| {
            let fan = Layer::fan(title, values, at, scale);
            Panel::new(title.clone(), numbers, vec![fan])
        };
        let mut panels: Vec<Panel> = series.iter().enumerate().map(panel).collect();
        if !ask.is_free {
            Panel::share_scale(&mut panels);
        }
        let scales = match (panels.len(), ask.is_free) {
            (1, _) => "",
            (_, true) => "; scales differ",
            (_, false) => "; one scale",
        };
        let more = if rest > 0 {
            format!("; {rest} more are not shown")
        } else {
            String::new()
        };
        let subtitle = format!("{doc}{unit}{scales}{more}");
        return Ok(run.by_month(&name, &format!("{words}{of}"), &subtitle, panels));
    }
    let months = run.months.len();
    let total = |month: usize| -> f64 { series.iter().map(|(_, v)| v[month].mean).sum() };
    let totals: Vec<f64> = (0..months).map(total).collect();
    let is_share = ask.kind == Kind::Share;
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

/// The distributions of each entity asked for, by what it is called; those that are zero throughout are left out.
fn series(
    run: &Run<'_>,
    table: &Table,
    ask: &Asked<'_>,
) -> Result<Vec<(String, Vec<Summary>)>, Fault> {
    for name in ask.only {
        if !table.entities.contains(name) {
            let names = table.entities.iter().map(String::as_str);
            return Err(
                Fault::nowhere(format!("there is no {} `{name}`", table.entity))
                    .help(suggestion(name, names)),
            );
        }
    }
    let is_asked = |entity: &&String| ask.only.is_empty() || ask.only.contains(entity);
    let series = table.entities.iter().filter(is_asked).map(|entity| {
        let values = (run.look)(table.name, entity, ask.measure);
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
            Fault::nowhere(format!("`{}` is zero throughout the run", ask.measure))
                .help("ask for another measure, or other entities"),
        );
    }
    Ok(series)
}

/// The table that has the measure for that kind of entity.
fn find<'t>(tables: &'t Tables, ask: &Asked<'_>) -> Result<(&'t Table, &'t Measure), Fault> {
    let by = ask.by.unwrap_or("market");
    let of_kind = |table: &&Table| table.entity == by || table.name == by;
    let kinds = tables.tables.iter().map(|table| table.entity);
    let mut candidates = tables.tables.iter().filter(of_kind).peekable();
    if candidates.peek().is_none() {
        return Err(
            Fault::nowhere(format!("nothing is observed by `{by}`")).help(suggestion(by, kinds))
        );
    }
    let found = candidates.clone().find_map(|table| {
        let measure = table.measures.iter().find(|m| m.name == ask.measure)?;
        Some((table, measure))
    });
    if let Some(found) = found {
        return Ok(found);
    }
    let elsewhere = tables.tables.iter().find(|table| {
        let mut measures = table.measures.iter();
        measures.any(|m| m.name == ask.measure)
    });
    let remedy = match elsewhere {
        Some(table) => format!("it is one of each {0}: add --by {0}", table.entity),
        None => suggestion(
            ask.measure,
            candidates.flat_map(|table| table.measures.iter().map(|m| m.name.as_str())),
        ),
    };
    Err(Fault::nowhere(format!("`{by}` has no measure `{}`", ask.measure)).help(remedy))
}

/// What values are multiplied by, what they are then, and how they are written.
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
