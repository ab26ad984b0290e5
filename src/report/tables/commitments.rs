//! Commitments and concentration: backlog of labs by payer and cloud, the largest customer of each cloud, and circular
//! money, in the first and the last month of a run.

use crate::base::ids::{CloudId, Id, LabId};
use crate::market::rows::{BacklogRow, CloudRow, HostRow, MarketRow};
use crate::market::state::backlog::backlog_pairs;
use crate::panel::Column;
use crate::report::text::summary::{Look, look_at};
use crate::scenario::Scenario;
use crate::stats::Summary;

/// Heading of the section in the terminal and on the page.
pub const HEADING: &str = "Commitments and concentration";

/// Circular counts, from the narrowest to the widest that a cloud or a vendor can be part of.
pub(crate) const CIRCULAR: [(Column, &str); 3] = [
    (MarketRow::circular_share, "same cloud"),
    (MarketRow::strategic_circular_share, "any investor"),
    (MarketRow::vendor_circular_share, "vendor loop"),
];

/// Group of lines that share a unit.
#[derive(Clone, Debug)]
pub struct Group {
    /// Title, with the unit.
    pub title: &'static str,
    /// Factor from a measure's unit to the unit of the title.
    pub scale: f64,
    /// Lines: a name, and distributions by month.
    pub lines: Vec<(String, Vec<Summary>)>,
}

/// Returns the groups of the section. Pairs, clouds and counts that are zero in all months are left out.
#[must_use]
pub fn groups(scenario: &Scenario, look: Look<'_>) -> Vec<Group> {
    let groups = [
        Group {
            title: "Backlog of labs, USD billion",
            scale: 1e-9,
            lines: backlog(scenario, look),
        },
        Group {
            title: "Largest customer, % of a cloud's AI revenue",
            scale: 100.0,
            lines: customers(scenario, look),
        },
        Group {
            title: "Circular, % of AI revenue (loop: of silicon)",
            scale: 100.0,
            lines: (CIRCULAR.iter())
                .map(|(column, name)| ((*name).to_owned(), look_at(look, *column, "market")))
                .collect(),
        },
    ];
    let used = groups.into_iter().map(|mut group| {
        group.lines.retain(|(_, months)| is_used(months));
        group
    });
    used.filter(|group| !group.lines.is_empty()).collect()
}

fn is_used(months: &[Summary]) -> bool {
    months.iter().any(|month| month.quantiles[4] > 0.0)
}

fn titles(scenario: &Scenario, (lab, cloud): (LabId, CloudId)) -> (&str, &str) {
    let (lab, cloud) = (&scenario.lab[lab.index()], &scenario.cloud[cloud.index()]);
    (&lab.title.text, &cloud.title.text)
}

fn entity(scenario: &Scenario, (lab, cloud): (LabId, CloudId)) -> String {
    let (lab, cloud) = (&scenario.lab[lab.index()], &scenario.cloud[cloud.index()]);
    format!("{}|{}", lab.name.text, cloud.name.text)
}

fn backlog(scenario: &Scenario, look: Look<'_>) -> Vec<(String, Vec<Summary>)> {
    let pairs = backlog_pairs(scenario).into_iter();
    let lines = pairs.map(|pair| {
        let (lab, cloud) = titles(scenario, pair);
        let months = look_at(look, BacklogRow::backlog_usd, &entity(scenario, pair));
        (format!("{lab} to {cloud}"), months)
    });
    let all = look_at(look, MarketRow::backlog_usd, "market");
    lines.chain([("all labs".to_owned(), all)]).collect()
}

/// Returns the largest customer's share by cloud. The name is that of the lab which is largest in the last month.
fn customers(scenario: &Scenario, look: Look<'_>) -> Vec<(String, Vec<Summary>)> {
    let clouds = CloudId::first(scenario.cloud.len()).zip(&scenario.cloud);
    let line = |(id, spec): (CloudId, &crate::scenario::records::CloudSpec)| {
        let bought = LabId::first(scenario.lab.len()).zip(&scenario.lab);
        let bought = bought.filter(|(_, lab)| {
            let is_own = lab.owner.as_ref().is_some_and(|owner| owner.is(id));
            lab.hosts.get(id).is_some() && !is_own
        });
        let share = |pair: (LabId, CloudId)| {
            let months = look_at(look, HostRow::revenue_share, &entity(scenario, pair));
            months.last().map_or(0.0, |last| last.quantiles[2])
        };
        let largest = bought
            .map(|(lab, _)| (share((lab, id)), titles(scenario, (lab, id)).0))
            .max_by(|a, b| a.0.total_cmp(&b.0));
        let cloud = spec.title.text.as_str();
        let name = match largest {
            Some((share, lab)) if share > 0.0 => format!("{cloud}: {lab}"),
            _ => cloud.to_owned(),
        };
        let months = look_at(look, CloudRow::largest_customer_share, &spec.name.text);
        (name, months)
    };
    clouds.map(line).collect()
}
