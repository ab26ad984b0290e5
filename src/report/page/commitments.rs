//! The section on commitments and concentration of a run's page, as markup.

use std::fmt::Write as _;

use super::escape;
use crate::report::tables::commitments::{Group, HEADING};
use crate::report::text::number_format::to_its_error;
use crate::stats::Summary;

/// The section as a figure with a table: median and 5 to 95 % band, in the first and the last month.
pub(super) fn figure(groups: &[Group], (first, last): (&str, &str)) -> String {
    if groups.is_empty() {
        return String::new();
    }
    let mut out = format!(
        "<figure class=\"table\" id=\"commitments\"><figcaption><h3>{HEADING}</h3><p>Median of the replications, and the range of the middle 90 %.\n\
         A backlog is what a lab still owes a cloud, not discounted. Same cloud: equity of the cloud's owner that comes back to it.\n\
         Any investor: equity of any cloud's owner or silicon vendor. Vendor loop: a vendor's equity that a lab and a cloud pay back to it.</p></figcaption>\
         <div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{HEADING}\"><table><thead><tr><th scope=\"col\"></th>\
         <th scope=\"col\" class=\"n\">{first}</th><th scope=\"col\" class=\"n\">{last}</th></tr></thead><tbody>"
    );
    for group in groups {
        let title = escape(group.title);
        let _ = write!(
            out,
            "<tr><th scope=\"rowgroup\" colspan=\"3\">{title}</th></tr>"
        );
        for (name, months) in &group.lines {
            let cell = |month: Option<&Summary>| {
                month.map_or_else(String::new, |month| cell(month, group.scale))
            };
            let _ = write!(
                out,
                "<tr><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
                escape(name),
                cell(months.first()),
                cell(months.last())
            );
        }
    }
    out.push_str("</tbody></table></div></figure>");
    out
}

fn cell(month: &Summary, scale: f64) -> String {
    let errors = month.standard_errors();
    let [low, middle, high] = [(0, 0), (2, 1), (4, 2)].map(|(at, error)| {
        let (value, error) = (scale * month.quantiles[at], scale * errors[error]);
        let digits = usize::from(error < 1.0);
        format!("{:.digits$}", to_its_error(value, error))
    });
    format!("{middle} ({low} to {high})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_shows_the_first_and_the_last_month() {
        let months = [1.0, 2.0, 3.0].map(|value: f64| Summary::of(&mut [value * 1e9]));
        let group = Group {
            title: "Backlog, USD billion",
            scale: 1e-9,
            lines: vec![("A & B".to_owned(), months.to_vec())],
        };
        let shown = figure(&[group], ("2026-04", "2026-06"));
        assert!(shown.contains(
            "<td>A &amp; B</td><td class=\"n\">1.0 (1.0 to 1.0)</td><td class=\"n\">3.0 (3.0 to 3.0)</td>"
        ));
        // Where the standard error is one or more, no decimals are shown.
        let mut wide: Vec<f64> = (0..40).map(|at| 100.0 + 10.0 * f64::from(at)).collect();
        assert_eq!(cell(&Summary::of(&mut wide), 1.0), "300 (120 to 470)");
        assert_eq!(figure(&[], ("", "")), "");
    }
}
