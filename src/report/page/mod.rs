//! `report.html`: a run as one page that opens from disk, without network.

mod charts;
mod data;
pub mod experiment;
mod findings;

pub use findings::{Finding, findings};

use serde_json::{Value, json};

use super::Report;
use crate::report::charts::Chart;
use crate::report::manifest::COMMIT;
use crate::report::tables::dollar::Part;
use crate::report::tables::summary::Line;
use crate::scenario::stated::Stated;

const FRAME: &str = include_str!("../../../web/page.html");
const STYLE: &str = include_str!("../../../web/report.css");
/// Scripts of every page: figures with controls, and drawing of described charts.
const FIGURE: &str = include_str!("../../../web/figure.js");
const DRAWING: &str = include_str!("../../../web/drawing.js");
const SCRIPT: &str = include_str!("../../../web/report.js");
/// The parts of Apache `ECharts` that the page uses: see `web/README.md`.
const CHARTS: &str = include_str!("../../../web/charts.min.js");

/// The contents of a run's page.
#[derive(Clone, Copy, Debug)]
pub struct Contents<'a> {
    /// Every measure by month as a distribution.
    pub summary: &'a [Line],
    /// The findings.
    pub findings: &'a [Finding],
    /// The charts that the run writes as pictures too.
    pub charts: &'a [Chart],
    /// The parts of the dollar, by year.
    pub dollar: &'a [Part],
    /// The hash of the scenario.
    pub hash: &'a str,
}

/// The page of a run.
#[must_use]
pub fn page(report: &Report<'_>, contents: Contents<'_>) -> String {
    let scenario = report.scenario;
    let months = report.calendar.months();
    let titles: serde_json::Map<String, Value> =
        (scenario.cloud.iter().map(|x| (&x.name, &x.title)))
            .chain(scenario.lab.iter().map(|x| (&x.name, &x.title)))
            .chain(scenario.vendor.iter().map(|x| (&x.name, &x.title)))
            .map(|(name, title)| (name.text.clone(), json!(title.text)))
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
            "hash": contents.hash,
            "version": env!("CARGO_PKG_VERSION"),
            "commit": COMMIT,
        },
        "titles": titles,
        "segments": names(scenario.segment.iter().map(|s| &s.name.text).collect()),
        "tables": data::tables(report.ensemble, contents.summary),
        "samples": data::samples(report.ensemble, months),
        "charts": charts::without_dollar(contents.charts),
        "dollars": charts::dollars(contents.dollar),
        "owners": data::owners(report.ensemble, months),
        "money": data::money(report),
        "causes": data::causes(report),
        "events": data::events(report),
        "parameters": rows_of(&report.stated),
    });
    let replications = report.ensemble.replications();
    let (first, last) = (
        report.calendar.month_name(0),
        report.calendar.month_name(months - 1),
    );
    Frame {
        heading: &scenario.title.text,
        subtitle: &format!(
            "{first} to {last}, {replications} replications of {} enterprises, scenario {}",
            scenario.run.enterprises.0, scenario.name.text
        ),
        findings: contents.findings,
        figures: "<noscript><p>The charts are drawn by the script that this page contains.</p></noscript>",
        origin: "",
        scripts: &scripts(&data.to_string(), SCRIPT),
    }
    .page()
}

/// The scripts of a page, and the data that they read, as markup.
fn scripts(data: &str, script: &str) -> String {
    // Inside a script element nothing may look like its end.
    let data = data.replace("</", "<\\/");
    format!(
        "<script type=\"application/json\" id=\"data\">{data}</script>\n<script>\n{CHARTS}\n</script>\n<script>\n{FIGURE}\n{DRAWING}\n{script}\n</script>"
    )
}

/// Findings that a minute has room for; the others open on demand.
const MINUTE: usize = 6;

/// What a scenario states, for the table of every number.
fn rows_of(stated: &[Stated]) -> Vec<Value> {
    let row = |s: &Stated| json!([s.path, s.value, s.unit, s.class, s.source, s.place]);
    stated.iter().map(row).collect()
}

/// What every page has.
struct Frame<'a> {
    heading: &'a str,
    subtitle: &'a str,
    findings: &'a [Finding],
    /// Figures, as markup.
    figures: &'a str,
    /// Where it comes from, as markup.
    origin: &'a str,
    /// Scripts, as markup.
    scripts: &'a str,
}

impl Frame<'_> {
    /// The page: the frame with its marks replaced.
    fn page(&self) -> String {
        let (heading, findings) = (escape(self.heading), listed(self.findings));
        let parts = [
            ("{{heading}}", heading.as_str()),
            ("{{style}}", STYLE),
            ("{{heading}}", heading.as_str()),
            ("{{subtitle}}", &escape(self.subtitle)),
            ("{{findings}}", &findings),
            ("{{figures}}", self.figures),
            ("{{origin}}", self.origin),
            ("{{scripts}}", self.scripts),
        ];
        let size: usize = parts.iter().map(|(_, text)| text.len()).sum();
        let mut page = String::with_capacity(FRAME.len() + size);
        let mut rest = FRAME;
        for (mark, text) in parts {
            let (before, after) = rest
                .split_once(mark)
                .expect("the frame has each mark, in order");
            page.push_str(before);
            page.push_str(text);
            rest = after;
        }
        page + rest
    }
}

/// Text that cannot become markup.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

fn listed(findings: &[Finding]) -> String {
    if findings.is_empty() {
        return "<p class=\"note\">Nothing to say in one sentence: see the tables below.</p>"
            .to_owned();
    }
    let item = |finding: &Finding| {
        let (head, text) = (escape(&finding.head), escape(&finding.text));
        format!("<li><h3>{head}</h3><p>{text}</p></li>")
    };
    let (first, rest) = findings.split_at(findings.len().min(MINUTE));
    let first: String = first.iter().map(item).collect();
    let list = format!("<ol class=\"findings\">{first}</ol>");
    if rest.is_empty() {
        return list;
    }
    let count = rest.len();
    let rest: String = rest.iter().map(item).collect();
    let start = MINUTE + 1;
    format!(
        "{list}<details><summary>{count} more</summary><ol class=\"findings\" start=\"{start}\" style=\"counter-reset: finding {MINUTE}\">{rest}</ol></details>"
    )
}
