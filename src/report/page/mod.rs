//! `report.html`: a run as one page that opens from disk, without network.

mod data;
pub mod experiment;
mod findings;

pub use findings::{Finding, findings};

use serde_json::{Value, json};

use super::Report;
use super::manifest::COMMIT;
use super::summary::Line;

const FRAME: &str = include_str!("../../../web/report.html");
const STYLE: &str = include_str!("../../../web/report.css");
const SCRIPT: &str = include_str!("../../../web/report.js");
/// The parts of Apache `ECharts` that the page uses: see `web/README.md`.
const CHARTS: &str = include_str!("../../../web/charts.min.js");

/// The page of a run.
#[must_use]
pub fn page(report: &Report<'_>, summary: &[Line], findings: &[Finding], hash: &str) -> String {
    let scenario = report.scenario;
    let months = report.calendar.months();
    let titles: serde_json::Map<String, Value> =
        (scenario.cloud.iter().map(|x| (&x.name, &x.title)))
            .chain(scenario.lab.iter().map(|x| (&x.name, &x.title)))
            .chain(scenario.vendor.iter().map(|x| (&x.name, &x.title)))
            .map(|(name, title)| (name.text.clone(), json!(title.text)))
            .collect();
    let parameters: Vec<Value> = (report.stated.iter())
        .map(|s| json!([s.path, s.value, s.unit, s.class, s.source, s.place]))
        .collect();
    let names =
        |list: Vec<&String>| -> Value { list.into_iter().map(|name| json!(name)).collect() };
    let data = json!({
        "meta": {
            "name": scenario.name.text,
            "title": scenario.title.text,
            "parent": report.parent,
            "changes": report.changes.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "start": scenario.start.date.to_string(),
            "vintage": scenario.vintage.as_ref().map(|when| when.date.to_string()),
            "months": (0..months).map(|month| report.calendar.month_name(month)).collect::<Vec<_>>(),
            "replications": report.ensemble.replications(),
            "enterprises": scenario.run.enterprises.0,
            "seed": scenario.run.seed.0,
            "hash": hash,
            "version": env!("CARGO_PKG_VERSION"),
            "commit": COMMIT,
        },
        "titles": titles,
        "segments": names(scenario.segment.iter().map(|s| &s.name.text).collect()),
        "findings": findings,
        "tables": data::tables(report.ensemble, summary),
        "samples": data::samples(report.ensemble, months),
        "money": data::money(report),
        "causes": data::causes(report),
        "events": data::events(report),
        "parameters": parameters,
    });
    assemble(&format!("{} - Tollway", scenario.title.text), &data)
}

/// Puts style, data, chart library and script into the frame.
fn assemble(title: &str, data: &Value) -> String {
    // Inside a script element nothing may look like its end.
    let data = data.to_string().replace("</", "<\\/");
    let title = title.replace('&', "&amp;").replace('<', "&lt;");
    fill(
        FRAME,
        &[
            ("{{title}}", &title),
            ("{{style}}", STYLE),
            ("{{data}}", &data),
            ("{{charts}}", CHARTS),
            ("{{script}}", SCRIPT),
        ],
    )
}

/// A frame with its marks, which stand in this order, replaced by texts.
fn fill(frame: &str, parts: &[(&str, &str)]) -> String {
    let size: usize = parts.iter().map(|(_, text)| text.len()).sum();
    let mut page = String::with_capacity(frame.len() + size);
    let mut rest = frame;
    for (mark, text) in parts {
        let (before, after) = (rest.split_once(mark)).expect("the frame has each mark, in order");
        page.push_str(before);
        page.push_str(text);
        rest = after;
    }
    page + rest
}
