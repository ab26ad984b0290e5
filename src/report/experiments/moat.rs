//! The report of a ranking of levers.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use super::{Experiment, ExperimentReport};
use crate::experiments::moat::{Moat, Worth};
use crate::metric::Metric;
use crate::report::charts::{Bar, Body, Chart, Numbers, signed};
use crate::report::page::Finding;
use crate::report::tables::frames::{Cells, Frame};
use crate::report::text::number_format::{capital, figure, in_unit, mean_in_words};

/// A finished ranking.
#[derive(Clone, Debug)]
pub struct MoatReport<'a> {
    /// Experiment.
    pub experiment: Experiment<'a>,
    /// Names of the levers.
    pub levers: &'a [String],
    /// Metrics.
    pub metrics: &'a [Metric],
    /// The ranking.
    pub found: &'a Moat,
}

impl ExperimentReport for MoatReport<'_> {
    fn experiment(&self) -> &Experiment<'_> {
        &self.experiment
    }

    fn text(&self) -> String {
        let mut out = format!(
            "{} paired replications; values are means with 95 % intervals\n",
            self.experiment.replications
        );
        for (at, metric) in self.metrics.iter().enumerate() {
            let (all, none) = self.found.ends[at];
            let _ = writeln!(
                out,
                "\n{} ({}): {} with all levers, {} with none\n  {:<22} {:>22} {:>22} {:>22} {:>6}",
                metric.text,
                metric.unit,
                figure(all),
                figure(none),
                "lever",
                "with all others",
                "alone",
                "most valuable",
                "rank"
            );
            for (name, worth) in self.ordered(at) {
                let _ = writeln!(
                    out,
                    "  {name:<22} {:>22} {:>22} {:>22} {:>6.1}",
                    format!(
                        "{} +- {}",
                        figure(worth.away.mean),
                        figure(worth.away.half_width(0.95))
                    ),
                    format!(
                        "{} +- {}",
                        figure(worth.alone.mean),
                        figure(worth.alone.half_width(0.95))
                    ),
                    format!(
                        "{:.0} % ({:.0} - {:.0})",
                        100.0 * worth.first.0,
                        100.0 * worth.first.1.0,
                        100.0 * worth.first.1.1
                    ),
                    worth.rank
                );
            }
        }
        out
    }

    fn json(&self, folder: &Path) -> String {
        let metrics: Vec<Value> = self
            .metrics
            .iter()
            .enumerate()
            .map(|(at, metric)| {
                let lever = |(name, worth): (&str, &Worth)| {
                    json!({ "lever": name, "mean": worth.away.mean, "sd": worth.away.sd, "half_width": worth.away.half_width(0.95), "p05": worth.away.quantiles[0],
                        "p50": worth.away.quantiles[2], "p95": worth.away.quantiles[4], "n": worth.away.n, "alone": worth.alone.mean,
                        "alone_half_width": worth.alone.half_width(0.95), "first": worth.first.0, "rank": worth.rank })
                };
                json!({ "metric": metric.text, "unit": metric.unit.to_string(), "all": self.found.ends[at].0, "none": self.found.ends[at].1,
                    "levers": self.ordered(at).into_iter().map(lever).collect::<Vec<_>>() })
            })
            .collect();
        format!(
            "{}\n",
            json!({ "folder": folder.display().to_string(), "metrics": metrics })
        )
    }

    fn tables(&self) -> Vec<Frame> {
        let rows: Vec<(&str, &str, &Worth)> = (self.metrics.iter().enumerate())
            .flat_map(|(at, metric)| {
                let row = |(name, worth)| (metric.text.as_str(), name, worth);
                self.ordered(at).into_iter().map(row)
            })
            .collect();
        let text = |of: &dyn Fn(&(&str, &str, &Worth)) -> String| {
            Cells::Text(rows.iter().map(of).collect())
        };
        let number = |of: &dyn Fn(&Worth) -> f64| {
            Cells::Number(rows.iter().map(|(.., worth)| of(worth)).collect())
        };
        let columns = vec![
            ("metric", text(&|row| row.0.to_owned())),
            ("lever", text(&|row| row.1.to_owned())),
            ("away", number(&|w| w.away.mean)),
            ("away_half_width", number(&|w| w.away.half_width(0.95))),
            ("away_p05", number(&|w| w.away.quantiles[0])),
            ("away_p95", number(&|w| w.away.quantiles[4])),
            ("alone", number(&|w| w.alone.mean)),
            ("alone_half_width", number(&|w| w.alone.half_width(0.95))),
            ("first", number(&|w| w.first.0)),
            ("first_low", number(&|w| w.first.1.0)),
            ("first_high", number(&|w| w.first.1.1)),
            ("rank", number(&|w| w.rank)),
        ];
        vec![Frame::new("levers", columns)]
    }

    fn charts(&self) -> Vec<Chart> {
        let bar = |(name, worth): (&str, &Worth)| {
            let (value, half) = (worth.away.mean, worth.away.half_width(0.95));
            Bar {
                label: name.to_owned(),
                value,
                interval: (value - half, value + half),
                colour: signed(value),
            }
        };
        let chart = |(at, metric): (usize, &Metric)| Chart {
            name: format!("levers_{}", at + 1),
            title: "Value of each lever of lock-in".to_owned(),
            subtitle: format!(
                "Cost of removing only this lever, with 95 % intervals{}; {}",
                in_unit(&metric.unit),
                self.experiment.words(metric)
            ),
            body: Body::Bars {
                numbers: Numbers::Figure,
                bars: self.ordered(at).into_iter().map(bar).collect(),
            },
        };
        self.metrics.iter().enumerate().map(chart).collect()
    }

    /// For each metric, the dearest lever and the one that is worth least.
    fn findings(&self) -> Vec<Finding> {
        let described = |(at, metric): (usize, &Metric)| {
            let all = self.ordered(at);
            let (first, worth) = all.first()?;
            let (weakest, least) = all.last()?;
            let said = |worth: &Worth| mean_in_words(&worth.away, &metric.unit);
            Some(Finding {
                head: format!(
                    "{} is the most valuable lever for {}",
                    capital(first),
                    self.experiment.words(metric)
                ),
                text: format!(
                    "Removing only this lever costs {}; it is the most valuable in {:.0} % of replications ({:.0} to {:.0} %). The least valuable is {weakest}, at {}.",
                    said(worth),
                    100.0 * worth.first.0,
                    100.0 * worth.first.1.0,
                    100.0 * worth.first.1.1,
                    said(least),
                ),
            })
        };
        let metrics = self.metrics.iter().enumerate();
        metrics.filter_map(described).collect()
    }
}

impl MoatReport<'_> {
    /// The levers by the cost of their removal for a metric, the most valuable first.
    fn ordered(&self, metric: usize) -> Vec<(&str, &Worth)> {
        let mut all: Vec<(&str, &Worth)> = self
            .levers
            .iter()
            .map(String::as_str)
            .zip(&self.found.worth[metric])
            .collect();
        all.sort_by(|a, b| b.1.away.mean.total_cmp(&a.1.away.mean));
        all
    }
}
