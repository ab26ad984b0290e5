//! `report.html` of an experiment: findings, charts and tables on a page that needs no network.

use std::fmt::Write as _;

use serde_json::json;

use super::{Finding, Frame as Page, escape, rows_of, scripts};
use crate::report::charts::Chart;
use crate::report::tables::frames::{Cells, Frame};
use crate::scenario::stated::Stated;

const SCRIPT: &str = include_str!("../../../web/experiment.js");

/// Largest number of rows of a table on the page.
const ROWS: usize = 400;

/// The contents of the page of an experiment.
#[derive(Debug)]
pub struct Parts<'a> {
    /// Heading.
    pub heading: String,
    /// Line below the heading.
    pub subtitle: String,
    /// Findings.
    pub findings: &'a [Finding],
    /// Charts.
    pub charts: &'a [Chart],
    /// Tables.
    pub tables: &'a [Frame],
    /// Every value of the scenario of the first arm.
    pub stated: &'a [Stated],
    /// Origin of the results, as terms with texts.
    pub origin: Vec<(String, String)>,
}

/// The page of an experiment.
#[must_use]
pub fn page(parts: &Parts<'_>) -> String {
    let data = json!({ "charts": parts.charts, "stated": rows_of(parts.stated) }).to_string();
    Page {
        heading: &parts.heading,
        subtitle: &parts.subtitle,
        note: "",
        findings: parts.findings,
        figures: &figures(parts),
        origin: &origin(&parts.origin),
        scripts: &scripts(&data, SCRIPT),
    }
    .page()
}

fn figures(parts: &Parts<'_>) -> String {
    let mut out = String::from(
        "<noscript><p>A script on this page draws the charts; the folder `charts` has them as pictures.</p></noscript>",
    );
    for frame in parts.tables {
        out.push_str(&table(frame));
    }
    out
}

fn table(frame: &Frame) -> String {
    let name = escape(&frame.name);
    let shown = frame.rows().min(ROWS);
    let rest = if frame.rows() > shown {
        format!(
            " The first {shown} of {} rows; the file of that name in this folder has all.",
            frame.rows()
        )
    } else {
        String::new()
    };
    let mut out = format!(
        "<figure class=\"table\" id=\"table-{name}\"><figcaption><h3>Table {name}</h3><p>Click a heading to sort.{rest}</p></figcaption>\
         <div class=\"controls\"><label>Search<input type=\"search\"></label></div><p class=\"note count\" aria-live=\"polite\"></p>\
         <div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table {name}\"><table><thead><tr>"
    );
    for (column, cells) in &frame.columns {
        let class = if matches!(cells, Cells::Text(_) | Cells::Words(..)) {
            ""
        } else {
            " class=\"n\""
        };
        let _ = write!(
            out,
            "<th scope=\"col\"{class}><button type=\"button\">{}</button></th>",
            escape(column)
        );
    }
    out.push_str("</tr></thead><tbody>");
    for row in 0..shown {
        out.push_str("<tr>");
        for (_, cells) in &frame.columns {
            let _ = match cells {
                Cells::Text(all) if all[row].len() > 40 => {
                    write!(out, "<td class=\"long\">{}</td>", escape(&all[row]))
                }
                Cells::Text(_) | Cells::Words(..) => {
                    let text = cells.text(row).unwrap_or_default();
                    write!(out, "<td>{}</td>", escape(text))
                }
                Cells::Whole(all) => {
                    write!(out, "<td class=\"n\" data-value=\"{0}\">{0}</td>", all[row])
                }
                Cells::Number(all) if all[row].is_nan() => {
                    write!(out, "<td class=\"n\" data-value=\"-1e308\"></td>")
                }
                Cells::Number(all) => write!(
                    out,
                    "<td class=\"n\" data-value=\"{}\">{}</td>",
                    all[row],
                    crate::report::text::number_format::figure(all[row])
                ),
            };
        }
        out.push_str("</tr>");
    }
    out + "</tbody></table></div><div class=\"tools\"></div></figure>"
}

fn origin(all: &[(String, String)]) -> String {
    let mut out = String::from("<dl>");
    for (term, text) in all {
        let _ = write!(out, "<dt>{}</dt><dd>{}</dd>", escape(term), escape(text));
    }
    out + "</dl>"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_users_cannot_become_markup() {
        let frame = Frame {
            name: "t".to_owned(),
            columns: vec![
                (
                    "a".to_owned(),
                    Cells::Text(vec!["<script>".to_owned(), "x".to_owned()]),
                ),
                ("b".to_owned(), Cells::Number(vec![1.5, 2e9])),
            ],
        };
        let parts = Parts {
            heading: "A & B".to_owned(),
            subtitle: String::new(),
            findings: &[Finding {
                head: "<b>".to_owned(),
                text: "{{script}}".to_owned(),
            }],
            charts: &[],
            stated: &[],
            tables: &[frame],
            origin: vec![("Seed".to_owned(), "1".to_owned())],
        };
        let page = page(&parts);
        assert!(
            page.contains("A &amp; B")
                && page.contains("&lt;script&gt;")
                && page.contains("&lt;b&gt;")
        );
        assert!(page.contains("2.00 bn") && page.contains("data-value=\"2000000000\""));
        assert_eq!(page.matches("<figure class").count(), 1);
        assert!(page.contains("{{script}}") && page.trim_end().ends_with("</html>"));
    }
}
