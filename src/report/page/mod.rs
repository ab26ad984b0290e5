//! `report.html` of a run: findings and charts on a page that needs no network.

mod charts;
mod commitments;
mod data;
pub mod experiment;
mod findings;

pub use findings::{Finding, findings};

use serde_json::{Value, json};

use super::Report;
use crate::evidence::past::Past;
use crate::report::charts::Chart;
use crate::report::coverage::Coverage;
use crate::report::manifest::COMMIT;
use crate::report::tables::commitments::Group;
use crate::report::tables::dollar::Part;
use crate::report::tables::summary::Line;
use crate::scenario::stated::Stated;
use crate::stats::FEWEST_FOR_BAND;

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
    /// The groups of the section on commitments and concentration.
    pub commitments: &'a [Group],
    /// The hash of the scenario.
    pub hash: &'a str,
    /// Observations before the run.
    pub past: &'a Past,
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
    let (before, seen) = data::seen(report, contents.past);
    let data = json!({
        "meta": {
            "name": scenario.name.text,
            "title": scenario.title.text,
            "parent": report.parent,
            "changes": report.changes.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "start": scenario.start.date.to_string(),
            "vintage": scenario.vintage.as_ref().map(|when| when.date.to_string()),
            "months": (0..months).map(|month| report.calendar.month_name(month)).collect::<Vec<_>>(),
            "before": before,
            "bands": report.ensemble.replications() >= FEWEST_FOR_BAND,
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
        "seen": seen,
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
        note: &band_note(replications),
        figures: &format!(
            "<noscript><p>A script on this page draws the charts; the folder `charts` has them as pictures.</p></noscript>{}",
            commitments::figure(contents.commitments, (&first, &last))
        ),
        origin: "",
        scripts: &scripts(&data.to_string(), SCRIPT),
    }
    .page()
}

/// Sentence of the reports of a run about their bands: how often such bands held, or that there are none.
#[must_use]
pub fn band_note(replications: usize) -> String {
    if replications < FEWEST_FOR_BAND {
        return format!(
            "{replications} replications are too few for bands, which need {FEWEST_FOR_BAND}."
        );
    }
    Coverage::built_in().sentence()
}

/// The scripts of a page, and the data that they read, as markup.
fn scripts(data: &str, script: &str) -> String {
    // Data in a script element must not contain the end of the element.
    let data = data.replace("</", "<\\/");
    format!(
        "<script type=\"application/json\" id=\"data\">{data}</script>\n<script>\n{CHARTS}\n</script>\n<script>\n{FIGURE}\n{DRAWING}\n{script}\n</script>"
    )
}

/// Number of findings that are shown at once; the others open on demand.
const MINUTE: usize = 6;

/// Rows of the table of every value of a scenario.
fn rows_of(stated: &[Stated]) -> Vec<Value> {
    let row = |s: &Stated| json!([s.path, s.value, s.unit, s.class, s.source, s.place]);
    stated.iter().map(row).collect()
}

/// The parts of every page.
struct Frame<'a> {
    heading: &'a str,
    subtitle: &'a str,
    findings: &'a [Finding],
    /// Sentence about bands, above the findings.
    note: &'a str,
    /// Figures, as markup.
    figures: &'a str,
    /// Origin of the results, as markup.
    origin: &'a str,
    /// Scripts, as markup.
    scripts: &'a str,
}

impl Frame<'_> {
    /// The page: the template with its marks replaced.
    fn page(&self) -> String {
        let (heading, findings) = (escape(self.heading), listed(self.findings));
        let findings = if self.note.is_empty() {
            findings
        } else {
            format!("<p class=\"note lead\">{}</p>{findings}", escape(self.note))
        };
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
                .expect("the template has each mark, in order");
            page.push_str(before);
            page.push_str(text);
            rest = after;
        }
        page + rest
    }
}

/// A text with the characters of markup escaped.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

fn listed(findings: &[Finding]) -> String {
    if findings.is_empty() {
        return "<p class=\"note\">There are no findings; see the tables below.</p>".to_owned();
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
