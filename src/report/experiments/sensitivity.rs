//! The report of a sensitivity study.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use super::{Experiment, ExperimentReport};
use crate::experiments::sensitivity::{Group, Index, MetricShares, Sensitivity};
use crate::metric::Metric;
use crate::report::charts::{Bar, Body, Chart, FIRST, GREY, Numbers, Swing};
use crate::report::page::Finding;
use crate::report::tables::frames::{Cells, Frame};
use crate::report::text::number_format::{capital, figure, in_unit, percent};

/// A finished study.
#[derive(Clone, Debug)]
pub struct SensitivityReport<'a> {
    /// Experiment.
    pub experiment: Experiment<'a>,
    /// Inputs.
    pub groups: &'a [Group],
    /// Metrics.
    pub metrics: &'a [Metric],
    /// The results of the study.
    pub found: &'a Sensitivity,
}

/// Shares of variance, the largest total share first.
fn ordered(found: &MetricShares) -> Vec<&Index> {
    let mut all: Vec<&Index> = found.indices.iter().collect();
    all.sort_by(|a, b| b.share.total.total_cmp(&a.share.total));
    all
}

impl ExperimentReport for SensitivityReport<'_> {
    fn experiment(&self) -> &Experiment<'_> {
        &self.experiment
    }

    fn text(&self) -> String {
        let mut out = self.screening_text();
        for (metric, found) in self.metrics.iter().zip(&self.found.found) {
            let _ = writeln!(
                out,
                "\n{} ({}): mean {}, standard deviation {}\n  {:<64} {:>8} {:>16} {:>8} {:>16} {:>10} {:>21}",
                metric.text,
                metric.unit,
                figure(found.mean),
                figure(libm::sqrt(found.variance)),
                "share of variance",
                "first",
                "95 %",
                "total",
                "95 %",
                "EVPI",
                "lowest to top fifth"
            );
            for index in ordered(found).into_iter().chain(&found.classes) {
                let swing = index.swing.map_or_else(String::new, |(low, high)| {
                    format!("{} to {}", figure(low), figure(high))
                });
                let known = index.perfect_information.map_or_else(String::new, figure);
                let _ = writeln!(
                    out,
                    "  {:<64} {:>8} {:>16} {:>8} {:>16} {known:>10} {swing:>21}",
                    index.name,
                    percent(index.share.first),
                    format!("{} - {}", percent(index.first.0), percent(index.first.1)),
                    percent(index.share.total),
                    format!("{} - {}", percent(index.total.0), percent(index.total.1)),
                );
            }
        }
        out
    }

    fn json(&self, folder: &Path) -> String {
        let index = |index: &Index| {
            json!({ "name": index.name, "first": index.share.first, "first_interval": [index.first.0, index.first.1], "total": index.share.total,
                "total_interval": [index.total.0, index.total.1], "perfect_information": index.perfect_information, "swing": index.swing })
        };
        let of = |(metric, found): (&Metric, &MetricShares)| {
            json!({ "metric": metric.text, "unit": metric.unit.to_string(), "mean": found.mean, "variance": found.variance,
                "inputs": ordered(found).into_iter().map(index).collect::<Vec<_>>(), "classes": found.classes.iter().map(index).collect::<Vec<_>>() })
        };
        let screened: Vec<Value> = self.found.screened.iter().map(|one| json!({ "name": self.groups[one.group].name, "size": one.size, "spread": one.spread })).collect();
        let metrics: Vec<Value> = self.metrics.iter().zip(&self.found.found).map(of).collect();
        format!(
            "{}\n",
            json!({ "folder": folder.display().to_string(), "screening": screened, "metrics": metrics })
        )
    }

    fn tables(&self) -> Vec<Frame> {
        let mut tables = vec![self.indices()];
        if !self.found.screened.is_empty() {
            tables.push(self.screening());
        }
        tables
    }

    fn charts(&self) -> Vec<Chart> {
        let pairs = (1..).zip(self.metrics.iter().zip(&self.found.found));
        let charts =
            pairs.flat_map(|(number, (metric, found))| self.of_metric(number, metric, found));
        charts.collect()
    }

    /// By metric: the strongest inputs.
    fn findings(&self) -> Vec<Finding> {
        let described = |(metric, found): (&Metric, &MetricShares)| {
            let all = ordered(found);
            let first = all.first()?;
            let next: Vec<String> = (all.iter().skip(1).take(2))
                .map(|index| format!("{} {}", index.name, percent(index.share.total)))
                .collect();
            let next = if next.is_empty() {
                String::new()
            } else {
                format!(" Next: {}.", next.join(", "))
            };
            Some(Finding {
                head: format!(
                    "{} depends most on {}",
                    capital(&self.experiment.words(metric)),
                    first.name
                ),
                text: format!(
                    "With interactions it explains {} of the variance (95 % interval: {} to {}), alone {} ({} to {}).{next}",
                    percent(first.share.total),
                    percent(first.total.0),
                    percent(first.total.1),
                    percent(first.share.first),
                    percent(first.first.0),
                    percent(first.first.1),
                ),
            })
        };
        let pairs = self.metrics.iter().zip(&self.found.found);
        pairs.filter_map(described).collect()
    }
}

impl SensitivityReport<'_> {
    /// A line for each input that the screening kept, at least for the ten strongest.
    fn screening_text(&self) -> String {
        let mut out = String::new();
        if self.found.screened.is_empty() {
            return out;
        }
        let _ = writeln!(
            out,
            "Screening of {} inputs: size of the effect in standard deviations of the metric (largest over metrics)",
            self.groups.len()
        );
        let shown = self.found.kept.len().max(10);
        for one in self.found.screened.iter().take(shown) {
            let largest = one.size.iter().copied().fold(0.0, f64::max);
            let name = &self.groups[one.group].name;
            let is_kept = if self.found.kept.contains(&one.group) {
                ""
            } else {
                "  (not kept)"
            };
            let _ = writeln!(out, "  {name:<64} {largest:.3}{is_kept}");
        }
        out
    }

    fn indices(&self) -> Frame {
        let rows: Vec<(&Metric, &Index)> = self
            .metrics
            .iter()
            .zip(&self.found.found)
            .flat_map(|(metric, found)| {
                found
                    .indices
                    .iter()
                    .chain(&found.classes)
                    .map(move |index| (metric, index))
            })
            .collect();
        let number = |of: &dyn Fn(&Index) -> f64| {
            Cells::Number(rows.iter().map(|(_, index)| of(index)).collect())
        };
        let columns = vec![
            (
                "metric",
                Cells::Text(rows.iter().map(|(metric, _)| metric.text.clone()).collect()),
            ),
            (
                "input",
                Cells::Text(rows.iter().map(|(_, index)| index.name.clone()).collect()),
            ),
            ("first", number(&|i| i.share.first)),
            ("first_low", number(&|i| i.first.0)),
            ("first_high", number(&|i| i.first.1)),
            ("total", number(&|i| i.share.total)),
            ("total_low", number(&|i| i.total.0)),
            ("total_high", number(&|i| i.total.1)),
            (
                "perfect_information",
                number(&|i| i.perfect_information.unwrap_or(f64::NAN)),
            ),
            (
                "lowest_fifth",
                number(&|i| i.swing.map_or(f64::NAN, |swing| swing.0)),
            ),
            (
                "highest_fifth",
                number(&|i| i.swing.map_or(f64::NAN, |swing| swing.1)),
            ),
        ];
        Frame::new("indices", columns)
    }

    fn screening(&self) -> Frame {
        let rows = || {
            self.found
                .screened
                .iter()
                .flat_map(|one| (0..self.metrics.len()).map(move |metric| (one, metric)))
        };
        let columns = vec![
            (
                "input",
                Cells::Text(
                    rows()
                        .map(|(one, _)| self.groups[one.group].name.clone())
                        .collect(),
                ),
            ),
            (
                "metric",
                Cells::Text(
                    rows()
                        .map(|(_, metric)| self.metrics[metric].text.clone())
                        .collect(),
                ),
            ),
            (
                "size",
                Cells::Number(rows().map(|(one, metric)| one.size[metric]).collect()),
            ),
            (
                "spread",
                Cells::Number(rows().map(|(one, metric)| one.spread[metric]).collect()),
            ),
        ];
        Frame::new("screening", columns)
    }

    /// The shares of variance, and the mean at both ends of each input.
    fn of_metric(&self, number: usize, metric: &Metric, found: &MetricShares) -> [Chart; 2] {
        let subtitle = self.experiment.words(metric);
        let bar = |index: &Index, colour| Bar {
            label: index.name.clone(),
            value: index.share.total,
            interval: index.total,
            colour,
        };
        let inputs = ordered(found).into_iter().take(14);
        let classes = found.classes.iter().map(|index| bar(index, GREY));
        let indices = Chart {
            name: format!("indices_{number}"),
            title: "Drivers of the spread".to_owned(),
            subtitle: format!(
                "Total shares of variance with 95 % intervals, grey: all numbers of a class; {subtitle}"
            ),
            body: Body::Bars {
                numbers: Numbers::Percent,
                bars: inputs
                    .map(|index| bar(index, FIRST))
                    .chain(classes)
                    .collect(),
            },
        };
        let mut swings: Vec<Swing> = (found.indices.iter())
            .filter_map(|index| {
                let (low, high) = index.swing?;
                Some(Swing {
                    label: index.name.clone(),
                    low,
                    high,
                })
            })
            .collect();
        swings.sort_by(|a, b| (b.high - b.low).abs().total_cmp(&(a.high - a.low).abs()));
        swings.truncate(18);
        let unit = in_unit(&metric.unit);
        let tornado = Chart {
            name: format!("tornado_{number}"),
            title: "Mean at the lowest and the highest fifth of each input".to_owned(),
            subtitle: format!("Mean of {subtitle}{unit}"),
            body: Body::Tornado {
                numbers: Numbers::Figure,
                middle: found.mean,
                swings,
            },
        };
        [indices, tornado]
    }
}
