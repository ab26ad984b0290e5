//! The data of the page of a run, as JSON for its script.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::base::ids::{AccountId, Id};
use crate::ensemble::Ensemble;
use crate::evidence::past::Past;
use crate::ledger::{Flow, Origin};
use crate::market::rows::{CloudRow, HolderRow, LabRow, MarketRow, SwitchingRow};
use crate::panel::{Column, Table};
use crate::report::Report;
use crate::report::charts::{Layer, Numbers, Panel, months_before};
use crate::report::tables::summary::Line;
use crate::stats::Summary;

/// Tables whose measures the page can show by month.
const TABLES: [&str; 11] = [
    "clouds",
    "labs",
    "market",
    "routers",
    "segments",
    "switching",
    "regulators",
    "vendors",
    "holders",
    "stakes",
    "backlog",
];

/// Measures whose replications the page contains, for the probability to exceed any threshold.
const SAMPLED: [Column; 10] = [
    CloudRow::ai_revenue_usd,
    CloudRow::gross_profit_usd,
    CloudRow::rent_contract_usd_per_h,
    LabRow::usage_share,
    LabRow::run_rate_usd,
    MarketRow::spend_usd,
    MarketRow::routed_share,
    MarketRow::circular_share,
    MarketRow::hhi_lab,
    SwitchingRow::months_of_spend,
];

/// Largest number of values of a sample; a larger sample is thinned to values at even ranks.
const SAMPLE: usize = 200;

/// A number rounded to four significant digits.
pub(super) fn number(value: f64) -> Value {
    if !value.is_finite() {
        return Value::Null;
    }
    if value == 0.0 {
        return json!(0);
    }
    let text = format!("{value:.3e}");
    let rounded: f64 = text.parse().unwrap_or(value);
    if rounded.fract() == 0.0 && rounded.abs() < 1e15 {
        #[expect(clippy::cast_possible_truncation, reason = "a whole number below 1e15")]
        return json!(rounded as i64);
    }
    json!(rounded)
}

/// By table, entity and measure: five quantiles and the mean, month by month.
pub(super) fn tables(ensemble: &Ensemble, summary: &[Line]) -> Value {
    let mut series: BTreeMap<(&str, &str, &str), Vec<&Line>> = BTreeMap::new();
    for line in summary {
        series
            .entry((line.table, &line.entity, &line.measure))
            .or_default()
            .push(line);
    }
    let mut all = Map::new();
    for name in TABLES {
        let shape =
            (ensemble.tables.first()).and_then(|tables| tables.iter().find(|t| t.name == name));
        let Some(shape) = shape else { continue };
        let mut data = Map::new();
        for entity in &shape.entities {
            let mut of_entity = Map::new();
            for measure in &shape.measures {
                let Some(lines) = series.get(&(name, entity.as_str(), measure.name.as_str()))
                else {
                    continue;
                };
                if lines
                    .iter()
                    .all(|line| line.summary.quantiles[4] == 0.0 && line.summary.mean == 0.0)
                {
                    continue;
                }
                let by = |pick: &dyn Fn(&Line) -> f64| -> Value {
                    lines.iter().map(|line| number(pick(line))).collect()
                };
                let mut rows: Vec<Value> = (0..5)
                    .map(|at| by(&|line: &Line| line.summary.quantiles[at]))
                    .collect();
                rows.push(by(&|line: &Line| line.summary.mean));
                of_entity.insert(measure.name.clone(), Value::Array(rows));
            }
            data.insert(entity.clone(), Value::Object(of_entity));
        }
        let measures: Vec<Value> = (shape.measures.iter())
            .filter(|measure| measure.unit != "code")
            .map(|m| json!({ "name": m.name, "unit": m.unit, "short": m.short, "doc": m.doc }))
            .collect();
        all.insert(
            name.to_owned(),
            json!({ "entity": shape.entity, "entities": shape.entities, "measures": measures, "data": data }),
        );
    }
    Value::Object(all)
}

/// Names of the months before the run from which observations are shown, and by table, entity and measure the observed
/// points.
pub(super) fn seen(report: &Report<'_>, past: &Past) -> (Vec<String>, Value) {
    let mut panels = Vec::new();
    let mut all = Map::new();
    for table in report.ensemble.tables.first().into_iter().flatten() {
        for entity in &table.entities {
            for measure in &table.measures {
                let points = past.of(table.name, entity, &measure.name);
                if points.is_empty() {
                    continue;
                }
                let list: Value = (points.iter())
                    .map(|(at, value)| json!([number(*at), number(*value)]))
                    .collect();
                all.insert(format!("{}/{entity}/{}", table.name, measure.name), list);
                let fan = Layer::fan("", &[], 0, 1.0).after(points, 1.0);
                panels.push(Panel::new(String::new(), Numbers::Short, vec![fan]));
            }
        }
    }
    let first = report.calendar.month_name(0);
    (months_before(&first, &panels), Value::Object(all))
}

/// Sorted replications of chosen measures at the end of each half year.
pub(super) fn samples(ensemble: &Ensemble, months: usize) -> Value {
    let at: Vec<usize> = (0..months)
        .filter(|month| (month + 1) % 6 == 0 || month + 1 == months)
        .collect();
    let mut all = Vec::new();
    let Some(shapes) = ensemble.tables.first() else {
        return Value::Null;
    };
    for column in SAMPLED {
        let index = shapes.iter().position(|table| table.name == column.table);
        let index = index.expect("every panel has the table");
        let shape = &shapes[index];
        for entity in &shape.entities {
            let by_month: Vec<Value> = at
                .iter()
                .map(|month| {
                    let mut values: Vec<f64> = (ensemble.tables.iter())
                        .map(|tables| tables[index].at(*month, entity, column))
                        .collect();
                    values.sort_unstable_by(f64::total_cmp);
                    thinned(&values).into_iter().map(number).collect()
                })
                .collect();
            all.push(
                json!({ "table": column.table, "entity": entity, "measure": column.measure, "values": by_month }),
            );
        }
    }
    json!({ "months": at, "all": all })
}

/// At most [`SAMPLE`] of sorted values, at even ranks from the first to the last.
fn thinned(sorted: &[f64]) -> Vec<f64> {
    if sorted.len() <= SAMPLE {
        return sorted.to_vec();
    }
    (0..SAMPLE)
        .map(|rank| sorted[rank * (sorted.len() - 1) / (SAMPLE - 1)])
        .collect()
}

/// By year: profits of holders, own and after holdings, as 5, 50 and 95 % quantiles of the yearly sum over replications.
pub(super) fn owners(ensemble: &Ensemble, months: usize) -> Value {
    let shape = ensemble.tables.first();
    let Some(index) = shape.and_then(|tables| tables.iter().position(|t| t.name == "holders"))
    else {
        return Value::Null;
    };
    let year = |from: usize| -> Value {
        let band = |holder: &str, column: Column| -> Value {
            let sum = |tables: &Vec<Table>| -> f64 {
                let months = from..(from + 12).min(months);
                months
                    .map(|month| tables[index].at(month, holder, column))
                    .sum()
            };
            let mut sums: Vec<f64> = ensemble.tables.iter().map(sum).collect();
            let [low, _, middle, _, high] = Summary::of(&mut sums).quantiles;
            [low, middle, high].into_iter().map(number).collect()
        };
        let holders = &ensemble.tables[0][index].entities;
        let row = |holder: &String| {
            let after = band(holder, HolderRow::lookthrough_profit_usd);
            json!([holder, band(holder, HolderRow::own_profit_usd), after])
        };
        holders.iter().map(row).collect()
    };
    (0..months).step_by(12).map(year).collect()
}

/// By year: mean flows of money between groups of actors.
pub(super) fn money(report: &Report<'_>) -> Value {
    let scenario = report.scenario;
    let accounts = &report.ensemble.accounts;
    let of = |id: AccountId| accounts[id.index()].as_str();
    let titled = |name: &str| -> Option<(String, &'static str)> {
        let cloud = scenario.cloud.iter().find(|c| c.name.text == name);
        let lab = scenario.lab.iter().find(|l| l.name.text == name);
        let vendor = scenario.vendor.iter().find(|v| v.name.text == name);
        (cloud.map(|c| (c.title.text.clone(), "cloud")))
            .or_else(|| lab.map(|l| (l.title.text.clone(), "lab")))
            .or_else(|| vendor.map(|v| (v.title.text.clone(), "vendor")))
    };
    let group = |id: AccountId| -> (String, &'static str) {
        let name = of(id);
        if name.starts_with("enterprises:") {
            return ("Enterprises".to_owned(), "source");
        }
        if let Some(known) = titled(name) {
            return known;
        }
        if let Some(holder) = name.strip_prefix("equity:") {
            let who = titled(holder).map_or_else(
                || "Investors".to_owned(),
                |(title, _)| format!("Equity of {title}"),
            );
            return (who, "equity");
        }
        if let Some(cloud) = name.strip_prefix("credits:") {
            let who = titled(cloud).map_or_else(|| cloud.to_owned(), |(title, _)| title);
            return (format!("Credits of {who}"), "source");
        }
        match name {
            "consumers" => ("Consumers".to_owned(), "source"),
            "seat-holders" => ("Holders of seats".to_owned(), "source"),
            "lenders" => ("Lenders".to_owned(), "source"),
            "outside" => ("Staff, power, sites".to_owned(), "end"),
            _ if scenario.integrator.iter().any(|i| i.name.text == name) => {
                ("Integrators".to_owned(), "service")
            }
            _ => ("Independent routers".to_owned(), "service"),
        }
    };
    let years = report.calendar.months().div_ceil(12);
    let mut flows: Vec<BTreeMap<(String, String, bool), f64>> = vec![BTreeMap::new(); years];
    let mut kinds: BTreeMap<String, &'static str> = BTreeMap::new();
    let mean = report.ensemble.mean.iter().flat_map(|mean| &mean.flows);
    for (line, usd) in mean {
        let year = &mut flows[usize::from(line.month) / 12];
        let ((from, from_kind), (to, to_kind)) = (group(line.payer), group(line.payee));
        kinds.insert(from.clone(), from_kind);
        kinds.insert(to.clone(), to_kind);
        let mut add = |from: &str, to: &str, is_circular: bool, usd: f64| {
            if from != to {
                let link = (from.to_owned(), to.to_owned(), is_circular);
                *year.entry(link).or_default() += usd;
            }
        };
        let is_own = matches!(line.origin, Origin::Equity(holder)
            if of(holder).strip_prefix("equity:") == Some(of(line.payee)));
        match (from_kind, to_kind) {
            // Enterprises pay the channel share of labs through the cloud.
            ("cloud", "lab") if line.kind == Flow::ChannelShare => {
                add("Enterprises", &to, false, *usd);
                add("Enterprises", &from, false, -usd);
            }
            ("equity", "lab") => add(&from, &to, from.starts_with("Equity of"), *usd),
            (_, "source") => add(&to, &from, false, -usd),
            _ => add(&from, &to, is_own && from_kind == "lab", *usd),
        }
    }
    let years: Vec<Value> = flows
        .into_iter()
        .map(|year| {
            year.into_iter()
                .filter(|(_, usd)| *usd > 5e5)
                .map(|((from, to, is_circular), usd)| {
                    json!([from, to, number(usd), u8::from(is_circular)])
                })
                .collect()
        })
        .collect();
    json!({ "kinds": kinds, "years": years })
}

/// Months of spend by segment, home cloud, move and cause, in the first month and at the end of each year.
pub(super) fn causes(report: &Report<'_>) -> Value {
    let Some(mean) = &report.ensemble.mean else {
        return Value::Null;
    };
    let table = &mean.switching;
    let months = report.calendar.months();
    let at: Vec<usize> = std::iter::once(0)
        .chain((0..months).filter(|month| (month + 1) % 12 == 0 || month + 1 == months))
        .collect();
    let cells: Map<String, Value> = (table.entities.iter())
        .map(|cell| {
            let values: Value = at
                .iter()
                .map(|month| number(table.at(*month, cell, SwitchingRow::months_of_spend)))
                .collect();
            (cell.clone(), values)
        })
        .collect();
    json!({ "months": at, "cells": cells })
}

/// By kind and month: mean number of market events of a replication.
pub(super) fn events(report: &Report<'_>) -> Value {
    let months = report.calendar.months();
    let mut counts: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    #[expect(clippy::cast_precision_loss, reason = "small counts")]
    let part = 1.0 / report.ensemble.replications().max(1) as f64;
    for event in report.ensemble.events.iter().flatten() {
        let month = (0..months)
            .find(|month| event.time <= report.calendar.month_start(month + 1))
            .unwrap_or(months - 1);
        counts
            .entry(event.kind)
            .or_insert_with(|| vec![0.0; months])[month] += part;
    }
    let kinds: Map<String, Value> = counts
        .into_iter()
        .map(|(kind, counts)| (kind.to_owned(), counts.into_iter().map(number).collect()))
        .collect();
    Value::Object(kinds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_four_digits() {
        assert_eq!(number(123_456_789.0), json!(123_500_000));
        assert_eq!(number(0.012_345_678), json!(0.01235));
        assert_eq!(number(-0.0), json!(0));
        assert_eq!(number(f64::NAN), Value::Null);
    }

    #[test]
    fn samples_keep_their_ends() {
        let sorted: Vec<f64> = (0..1_000).map(f64::from).collect();
        let kept = thinned(&sorted);
        assert_eq!(
            (kept.len(), kept[0], kept[SAMPLE - 1]),
            (SAMPLE, 0.0, 999.0)
        );
        assert_eq!(thinned(&sorted[..7]).len(), 7);
    }
}
