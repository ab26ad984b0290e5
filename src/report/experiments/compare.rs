//! The report of a comparison.

use std::fmt::Write as _;
use std::path::Path;

use rayon::prelude::*;
use serde_json::{Value, json};

use super::{Experiment, ExperimentReport};
use crate::base::time::Calendar;
use crate::experiments::arms::Arm;
use crate::experiments::compare::{Comparison, Line, Pair};
use crate::market::rows::CloudRow;
use crate::metric::Metric;
use crate::report::charts::{Body, Chart, Layer, Numbers, Panel};
use crate::report::experiments::attribution::Attributed;
use crate::report::page::Finding;
use crate::report::tables::frames::{Cells, Frame};
use crate::report::text::number_format::{amount, capital, figure};
use crate::scenario::records::CloudSpec;
use crate::stats::Summary;

/// A finished comparison.
#[derive(Clone, Debug)]
pub struct CompareReport<'a> {
    /// Experiment.
    pub experiment: Experiment<'a>,
    /// Comparisons of each other arm with the first.
    pub comparisons: &'a [Comparison],
    /// Metrics.
    pub metrics: &'a [Metric],
    /// True if the arms use common random numbers.
    pub is_paired: bool,
    /// Contributions of the edits between the first two arms.
    pub attribution: Option<Attributed<'a>>,
}

const QUANTILES: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];

impl ExperimentReport for CompareReport<'_> {
    fn experiment(&self) -> &Experiment<'_> {
        &self.experiment
    }

    fn text(&self) -> String {
        let first = &self.experiment.arms[0].name;
        let pairs = if self.is_paired {
            "pairs"
        } else {
            "UNPAIRED replications of each arm"
        };
        let mut out = format!(
            "{} {pairs}; changes are against {first}, with 95 % intervals of their means\n",
            self.experiment.replications
        );
        for comparison in self.comparisons {
            let name = &self.arm(comparison).name;
            let _ = writeln!(
                out,
                "\n{name}\n  {:<46} {:>10} {:>10} {:>21} {:>21} {:>6} {:>8}",
                "metric",
                first,
                "change",
                "95 % of the mean",
                "5 to 95 % of pairs",
                "rises",
                "pairing"
            );
            for (metric, pair) in self.metrics.iter().zip(&comparison.headlines) {
                out.push_str(&self.metric_line(metric, pair));
            }
            if !comparison.apart.is_empty() {
                let names: Vec<String> = comparison
                    .apart
                    .iter()
                    .map(|(t, e)| format!("{t} {e}"))
                    .collect();
                let _ = writeln!(out, "  in one arm only, not compared: {}", names.join(", "));
            }
        }
        if self.is_paired {
            out.push_str("\npairing: variance of the mean change without common random numbers, over the variance with them\n");
        }
        let attribution = self.attribution;
        out + &attribution.map_or_else(String::new, |found| {
            found.text(&self.experiment, self.metrics)
        })
    }

    fn json(&self, folder: &Path) -> String {
        let calendar = self.calendar();
        let record = |arm: &str,
                      table: &str,
                      entity: &str,
                      month: Value,
                      measure: &str,
                      unit: &str,
                      pair: &Pair| {
            let q = pair.difference.quantiles(&[0.05, 0.5, 0.95]);
            let (above, below) = pair.difference.signs();
            json!({
                "arm": arm, "table": table, "entity": entity, "month": month, "measure": measure, "unit": unit,
                "mean": pair.difference.mean(), "sd": pair.difference.sd(), "p05": q[0], "p50": q[1], "p95": q[2],
                "n": pair.n(), "half_width": pair.half_width(self.is_paired), "positive": above, "negative": below,
                "first": pair.first.mean, "second": pair.second.mean,
            })
        };
        let mut metrics = Vec::new();
        let mut differences = Vec::new();
        for comparison in self.comparisons {
            let arm = &self.arm(comparison).name;
            for (metric, pair) in self.metrics.iter().zip(&comparison.headlines) {
                metrics.push(record(
                    arm,
                    "metric",
                    "",
                    Value::Null,
                    &metric.text,
                    &metric.unit.to_string(),
                    pair,
                ));
            }
            for line in &comparison.lines {
                let month = Value::String(calendar.month_name(line.month));
                differences.push(record(
                    arm,
                    line.table,
                    &line.entity,
                    month,
                    &line.measure,
                    line.unit,
                    &line.pair,
                ));
            }
        }
        let attribution = self.attribution.map(|found| found.json(self.metrics));
        let all = json!({ "folder": folder.display().to_string(), "paired": self.is_paired, "metrics": metrics, "attribution": attribution, "differences": differences });
        format!("{all}\n")
    }

    fn tables(&self) -> Vec<Frame> {
        let calendar = self.calendar();
        let mut differences = Rows::default();
        let mut metrics = Rows::default();
        for comparison in self.comparisons {
            let arm = &self.arm(comparison).name;
            let rates = comparison.discovery_rates();
            // Quantiles and intervals of tens of thousands of lines take longer than writing them.
            let rows: Vec<_> = (comparison.lines.par_iter().zip(rates))
                .map(|(line, rate)| numbers(&line.pair, self.is_paired, rate))
                .collect();
            for (line, row) in comparison.lines.iter().zip(rows) {
                let Line {
                    table,
                    entity,
                    month,
                    measure,
                    unit,
                    pair,
                    ..
                } = line;
                differences.push(
                    [
                        arm,
                        table,
                        entity,
                        &calendar.month_name(*month),
                        measure,
                        unit,
                    ],
                    row,
                    pair.n(),
                );
            }
            for (metric, pair) in self.metrics.iter().zip(&comparison.headlines) {
                metrics.push(
                    [
                        arm,
                        "metric",
                        "",
                        "",
                        &metric.text,
                        &metric.unit.to_string(),
                    ],
                    numbers(pair, self.is_paired, pair.p_value()),
                    pair.n(),
                );
            }
        }
        // The metrics of the command come first.
        let mut tables = vec![metrics.frame("metrics")];
        tables.extend(self.attribution.map(|found| found.frame(self.metrics)));
        tables.push(differences.frame("differences"));
        tables
    }

    /// A finding for each metric and arm, the largest significant change first.
    fn findings(&self) -> Vec<Finding> {
        let first = &self.experiment.arms[0].name;
        let mut all = Vec::new();
        for comparison in self.comparisons {
            let arm = &self.arm(comparison).name;
            for (metric, pair) in self.metrics.iter().zip(&comparison.headlines) {
                let mean = pair.difference.mean();
                let half = pair.half_width(self.is_paired);
                // Significant changes come first, in order of their size relative to the first arm.
                let is_significant = mean.abs() > half;
                let size = mean.abs() / pair.first.mean.abs().max(f64::MIN_POSITIVE);
                let weight = if is_significant {
                    1.0 + size
                } else {
                    size.min(1.0)
                };
                let q = pair.difference.quantiles(&[0.05, 0.95]);
                let (rises, falls) = pair.difference.signs();
                let word = if rises == 0.0 && falls == 0.0 {
                    "does not change".to_owned()
                } else if mean - half > 0.0 {
                    "rises".to_owned()
                } else if mean + half < 0.0 {
                    "falls".to_owned()
                } else {
                    "may rise or fall".to_owned()
                };
                let finding = Finding {
                    head: format!(
                        "{} {word} in {arm}",
                        capital(&self.experiment.words(metric))
                    ),
                    text: format!(
                        "Against {first} its mean changes by {} (95 % interval: {} to {}), from {}. In nine of ten pairs the change \
                         is between {} and {}; it rises in {:.0} % and falls in {:.0} % of {} pairs.",
                        amount(mean, &metric.unit),
                        figure(mean - half),
                        figure(mean + half),
                        figure(pair.first.mean),
                        figure(q[0]),
                        figure(q[1]),
                        100.0 * rises,
                        100.0 * falls,
                        self.experiment.replications,
                    ),
                };
                all.push((weight, finding));
            }
        }
        all.sort_by(|a, b| b.0.total_cmp(&a.0));
        all.into_iter().map(|(_, finding)| finding).collect()
    }

    /// For each arm, the difference in gross profit by cloud; then the contributions of the edits.
    fn charts(&self) -> Vec<Chart> {
        let first = &self.experiment.arms[0];
        let clouds = &first.loaded.scenario.cloud;
        let profit = |comparison: &Comparison| {
            let name = &self.arm(comparison).name;
            let panel = |(at, cloud): (usize, &CloudSpec)| {
                let lines = comparison.series(CloudRow::gross_profit_usd, &cloud.name.text);
                let fan: Vec<Summary> = lines.iter().map(|line| summary(&line.pair)).collect();
                let title = &cloud.title.text;
                let fan = Layer::fan(title, &fan, at, 1.0);
                Panel::new(title.clone(), Numbers::Figure, vec![fan])
            };
            let mut panels: Vec<Panel> = clouds.iter().enumerate().map(panel).collect();
            Panel::share_scale(&mut panels);
            Chart {
                name: format!("gross_profit_{name}"),
                title: format!("Gross profit by cloud: {name} less {}", first.name),
                subtitle: "USD a month, differences of paired replications; same scale".to_owned(),
                body: Body::Months {
                    before: Vec::new(),
                    months: self.calendar().month_names(),
                    panels,
                },
            }
        };
        let mut charts: Vec<Chart> = self.comparisons.iter().map(profit).collect();
        if let Some(found) = self.attribution {
            charts.extend(found.charts(&self.experiment, self.metrics));
        }
        charts
    }
}

impl CompareReport<'_> {
    fn metric_line(&self, metric: &Metric, pair: &Pair) -> String {
        let mean = pair.difference.mean();
        let half = pair.half_width(self.is_paired);
        let q = pair.difference.quantiles(&[0.05, 0.95]);
        let gain = match pair.variance_ratio() {
            ratio if !self.is_paired || pair.difference.sd() == 0.0 && ratio == 1.0 => {
                "-".to_owned()
            }
            ratio if ratio.is_infinite() => "exact".to_owned(),
            ratio => format!("{ratio:.1} x"),
        };
        format!(
            "  {:<46} {:>10} {:>10} {:>21} {:>21} {:>4.0} % {gain:>8}\n",
            metric.text,
            figure(pair.first.mean),
            figure(mean),
            format!("{} to {}", figure(mean - half), figure(mean + half)),
            format!("{} to {}", figure(q[0]), figure(q[1])),
            100.0 * pair.difference.signs().0,
        )
    }

    fn calendar(&self) -> Calendar {
        let scenario = &self.experiment.arms[0].loaded.scenario;
        let months = self
            .experiment
            .arms
            .iter()
            .map(|arm| arm.loaded.scenario.months.0)
            .min();
        Calendar::new(
            scenario.start.date,
            usize::try_from(months.unwrap_or(1)).expect("at most 120 months"),
        )
    }

    fn arm(&self, comparison: &Comparison) -> &Arm {
        &self.experiment.arms[comparison.arm]
    }
}

fn summary(pair: &Pair) -> Summary {
    let q = pair.difference.quantiles(&QUANTILES);
    Summary {
        mean: pair.difference.mean(),
        sd: pair.difference.sd(),
        quantiles: [q[0], q[1], q[2], q[3], q[4]],
        n: pair.n(),
    }
}

/// Rows of differences, column by column.
#[derive(Default)]
struct Rows {
    texts: [Vec<String>; 6],
    numbers: [Vec<f64>; NUMBERS.len()],
    n: Vec<i64>,
}

const TEXTS: [&str; 6] = ["arm", "table", "entity", "month", "measure", "unit"];
const NUMBERS: [&str; 14] = [
    "first_mean",
    "second_mean",
    "mean",
    "sd",
    "half_width",
    "unpaired_half_width",
    "p05",
    "p25",
    "p50",
    "p75",
    "p95",
    "positive",
    "negative",
    "false_discovery_rate",
];

/// The numbers of a row.
fn numbers(pair: &Pair, is_paired: bool, rate: f64) -> [f64; NUMBERS.len()] {
    let s = summary(pair);
    let [p05, p25, p50, p75, p95] = s.quantiles;
    let (above, below) = pair.difference.signs();
    [
        pair.first.mean,
        pair.second.mean,
        s.mean,
        s.sd,
        pair.half_width(is_paired),
        pair.unpaired_half_width(),
        p05,
        p25,
        p50,
        p75,
        p95,
        above,
        below,
        rate,
    ]
}

impl Rows {
    fn push(&mut self, texts: [&str; 6], numbers: [f64; NUMBERS.len()], n: usize) {
        for (column, text) in self.texts.iter_mut().zip(texts) {
            column.push(text.to_owned());
        }
        for (column, number) in self.numbers.iter_mut().zip(numbers) {
            column.push(number);
        }
        self.n.push(i64::try_from(n).unwrap_or(i64::MAX));
    }

    fn frame(self, name: &str) -> Frame {
        let texts = TEXTS
            .iter()
            .zip(self.texts)
            .map(|(name, cells)| ((*name).to_owned(), Cells::Text(cells)));
        let numbers = NUMBERS
            .iter()
            .zip(self.numbers)
            .map(|(name, cells)| ((*name).to_owned(), Cells::Number(cells)));
        let n = ("n".to_owned(), Cells::Whole(self.n));
        Frame {
            name: name.to_owned(),
            columns: texts.chain(numbers).chain([n]).collect(),
        }
    }
}
