//! The report of a sweep.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::json;

use super::{Experiment, ExperimentReport};
use crate::experiments::sweep::Varied;
use crate::metric::Metric;
use crate::report::charts::{Bar, Body, Chart, Numbers, signed};
use crate::report::page::Finding;
use crate::report::tables::frames::{Cells, Frame};
use crate::report::text::number_format::{capital, figure, in_unit, mean_in_words};
use crate::stats::Summary;
use crate::stats::intervals::correlation;

/// A finished sweep.
#[derive(Clone, Debug)]
pub struct SweepReport<'a> {
    /// Experiment.
    pub experiment: Experiment<'a>,
    /// Varied values.
    pub varied: &'a [Varied],
    /// By point: the varied values, in order.
    pub points: &'a [Vec<String>],
    /// Metrics.
    pub metrics: &'a [Metric],
    /// Values by point, replication and metric.
    pub values: &'a [Vec<Vec<f64>>],
}

impl ExperimentReport for SweepReport<'_> {
    fn experiment(&self) -> &Experiment<'_> {
        &self.experiment
    }

    fn text(&self) -> String {
        let mut out = format!(
            "{} points of {} replications each, on common random numbers; means with 95 % intervals\n",
            self.points.len(),
            self.experiment.replications
        );
        for (number, metric) in self.metrics.iter().enumerate() {
            let _ = writeln!(out, "\n{} ({})", metric.text, metric.unit);
            for (point, values) in self.points.iter().enumerate().take(40) {
                let names: Vec<String> = self
                    .varied
                    .iter()
                    .zip(values)
                    .map(|(varied, value)| format!("{}={value}", varied.path))
                    .collect();
                let summary = self.summary(point, number);
                let _ = writeln!(
                    out,
                    "  {:<60} {:>10} +- {}",
                    names.join(" "),
                    figure(summary.mean),
                    figure(summary.half_width(0.95))
                );
            }
            if self.points.len() > 40 {
                let _ = writeln!(
                    out,
                    "  ... and {} more in the tables",
                    self.points.len() - 40
                );
            }
        }
        out
    }

    fn json(&self, folder: &Path) -> String {
        let mut lines = Vec::new();
        for (point, values) in self.points.iter().enumerate() {
            for (number, metric) in self.metrics.iter().enumerate() {
                let s = self.summary(point, number);
                let at: serde_json::Map<String, serde_json::Value> = self
                    .varied
                    .iter()
                    .zip(values)
                    .map(|(varied, value)| (varied.path.clone(), json!(value)))
                    .collect();
                lines.push(json!({ "point": point, "at": at, "metric": metric.text, "unit": metric.unit.to_string(), "mean": s.mean, "sd": s.sd,
                    "half_width": s.half_width(0.95), "p05": s.quantiles[0], "p50": s.quantiles[2], "p95": s.quantiles[4], "n": s.n }));
            }
        }
        format!(
            "{}\n",
            json!({ "folder": folder.display().to_string(), "points": lines })
        )
    }

    /// One row for each point and replication.
    fn runs(&self) -> Option<Frame> {
        let n = self.experiment.replications as usize;
        let count = |of: &dyn Fn(usize, usize) -> i64| -> Cells {
            let rows = (0..self.points.len())
                .flat_map(|point| (0..n).map(move |replication| (point, replication)));
            Cells::Whole(
                rows.map(|(point, replication)| of(point, replication))
                    .collect(),
            )
        };
        let whole = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        let mut columns = vec![
            ("point".to_owned(), count(&|point, _| whole(point))),
            (
                "replication".to_owned(),
                count(&|_, replication| whole(replication)),
            ),
        ];
        for (number, varied) in self.varied.iter().enumerate() {
            columns.push((varied.path.clone(), self.column(number, n)));
        }
        for (number, metric) in self.metrics.iter().enumerate() {
            let values = self
                .values
                .iter()
                .flatten()
                .map(|row| row[number])
                .collect();
            columns.push((metric.text.clone(), Cells::Number(values)));
        }
        Some(Frame::new("sweep", columns))
    }

    /// One row for each point and metric.
    fn tables(&self) -> Vec<Frame> {
        let m = self.metrics.len();
        let all: Vec<(usize, usize, Summary)> = (0..self.points.len())
            .flat_map(|point| (0..m).map(move |metric| (point, metric)))
            .map(|(point, metric)| (point, metric, self.summary(point, metric)))
            .collect();
        let number =
            |of: &dyn Fn(&Summary) -> f64| Cells::Number(all.iter().map(|(.., s)| of(s)).collect());
        let mut columns = vec![(
            "point".to_owned(),
            Cells::Whole(
                all.iter()
                    .map(|(p, ..)| i64::try_from(*p).unwrap_or(i64::MAX))
                    .collect(),
            ),
        )];
        for (at, varied) in self.varied.iter().enumerate() {
            columns.push((varied.path.clone(), self.column(at, m)));
        }
        columns.push((
            "metric".to_owned(),
            Cells::Text(
                all.iter()
                    .map(|(_, metric, _)| self.metrics[*metric].text.clone())
                    .collect(),
            ),
        ));
        columns.push(("mean".to_owned(), number(&|s| s.mean)));
        columns.push(("sd".to_owned(), number(&|s| s.sd)));
        columns.push(("half_width".to_owned(), number(&|s| s.half_width(0.95))));
        for (name, at) in [("p05", 0), ("p50", 2), ("p95", 4)] {
            columns.push((name.to_owned(), number(&|s| s.quantiles[at])));
        }
        vec![Frame::new("points", columns)]
    }

    fn charts(&self) -> Vec<Chart> {
        let metrics = self.metrics.iter().enumerate();
        let charts = metrics.flat_map(|(number, metric)| {
            let heat = self.heat(number, metric);
            heat.into_iter().chain(self.drivers(number, metric))
        });
        charts.collect()
    }

    /// By metric: the points with the largest and the smallest mean.
    fn findings(&self) -> Vec<Finding> {
        let found = |(number, metric): (usize, &Metric)| {
            let means = (0..self.points.len()).map(|point| (point, self.summary(point, number)));
            let mut order: Vec<(usize, Summary)> = means.collect();
            order.sort_by(|a, b| a.1.mean.total_cmp(&b.1.mean));
            let ((low, least), (high, most)) = (order.first()?, order.last()?);
            let at = |point: usize| -> String {
                let values = self.varied.iter().zip(&self.points[point]);
                let values = values.map(|(varied, value)| format!("{} {value}", varied.path));
                values.collect::<Vec<String>>().join(", ")
            };
            let said = |s: &Summary| mean_in_words(s, &metric.unit);
            Some(Finding {
                head: format!(
                    "{} is largest at {}",
                    capital(&self.experiment.words(metric)),
                    at(*high)
                ),
                text: format!(
                    "Its mean is {} there, and {} at {}, where it is smallest.",
                    said(most),
                    said(least),
                    at(*low)
                ),
            })
        };
        self.metrics.iter().enumerate().filter_map(found).collect()
    }
}

impl SweepReport<'_> {
    fn summary(&self, point: usize, metric: usize) -> Summary {
        let mut sample: Vec<f64> = self.values[point].iter().map(|row| row[metric]).collect();
        Summary::of(&mut sample)
    }

    /// The column of a varied value: numbers if all its values are numbers.
    fn column(&self, varied: usize, repeat: usize) -> Cells {
        let texts = self
            .points
            .iter()
            .flat_map(|point| std::iter::repeat_n(&point[varied], repeat));
        let numbers: Option<Vec<f64>> = texts.clone().map(|text| text.parse().ok()).collect();
        numbers.map_or_else(|| Cells::Text(texts.cloned().collect()), Cells::Number)
    }

    /// A heat map: the mean of a metric on the grid of the first two varied values, averaged over all others.
    fn heat(&self, number: usize, metric: &Metric) -> Option<Chart> {
        let values = |at: usize| -> Vec<String> {
            let mut found: Vec<String> = self.points.iter().map(|p| p[at].clone()).collect();
            let order = |text: &String| text.parse::<f64>().unwrap_or(f64::INFINITY);
            found.sort_by(|a, b| order(a).total_cmp(&order(b)).then(a.cmp(b)));
            found.dedup();
            found
        };
        let x = (self.varied.first()?.path.clone(), values(0));
        let y = (self.varied.get(1)).map_or((String::new(), vec![String::new()]), |varied| {
            (varied.path.clone(), values(1))
        });
        // A grid that the points do not fill, or that is too large to read, is not drawn.
        let size = x.1.len() * y.1.len();
        if x.1.len() < 2 || x.1.len() > 16 || y.1.len() > 20 || self.points.len() < size {
            return None;
        }
        let cell = |across: &String, down: &String| {
            let is_here = |point: &[String]| {
                point[0] == *across && point.get(1).is_none_or(|value| value == down)
            };
            let points = (0..self.points.len()).filter(|point| is_here(&self.points[*point]));
            let here: Vec<usize> = points.collect();
            let first = here.first()?;
            // Points use common random numbers: the mean over points is taken in each replication.
            #[expect(clippy::cast_precision_loss, reason = "few points")]
            let mean = |replication: usize| -> f64 {
                let values = here.iter().map(|at| self.values[*at][replication][number]);
                values.sum::<f64>() / here.len() as f64
            };
            let mut sample: Vec<f64> = (0..self.values[*first].len()).map(mean).collect();
            let summary = Summary::of(&mut sample);
            Some((summary.mean, summary.half_width(0.95)))
        };
        let rows =
            y.1.iter()
                .map(|down| x.1.iter().map(|across| cell(across, down)).collect());
        let rows = rows.collect();
        Some(Chart {
            name: format!("map_{}", number + 1),
            title: capital(&self.experiment.words(metric)),
            subtitle: format!(
                "Mean of replications at each point, with half the width of its 95 % interval{}{}",
                in_unit(&metric.unit),
                if self.varied.len() > 2 {
                    "; averaged over all other varied values"
                } else {
                    ""
                }
            ),
            body: Body::Heat {
                numbers: Numbers::Figure,
                x,
                y,
                rows,
            },
        })
    }

    /// Correlations of a metric's mean with the varied values, over points.
    fn drivers(&self, number: usize, metric: &Metric) -> Option<Chart> {
        let means: Vec<f64> = (0..self.points.len())
            .map(|point| self.summary(point, number).mean)
            .collect();
        #[expect(clippy::cast_precision_loss, reason = "few points")]
        let error = 1.0 / libm::sqrt((means.len() as f64 - 3.0).max(1.0));
        let mut bars = Vec::new();
        for (at, varied) in self.varied.iter().enumerate() {
            let Cells::Number(values) = self.column(at, 1) else {
                continue;
            };
            let r = correlation(&values, &means).clamp(-0.999_999, 0.999_999);
            // Fisher's interval.
            let z = 0.5 * (libm::log1p(r) - libm::log1p(-r));
            let back = |z: f64| libm::tanh(z);
            bars.push(Bar {
                label: varied.path.clone(),
                value: r,
                interval: (back(z - 1.96 * error), back(z + 1.96 * error)),
                colour: signed(r),
            });
        }
        if bars.is_empty() || means.len() < 4 {
            return None;
        }
        bars.sort_by(|a, b| b.value.abs().total_cmp(&a.value.abs()));
        Some(Chart {
            name: format!("drivers_{}", number + 1),
            title: "Correlations over the sweep".to_owned(),
            subtitle: format!(
                "Correlation with {} over {} points, with 95 % intervals",
                self.experiment.words(metric),
                self.points.len()
            ),
            body: Body::Bars {
                numbers: Numbers::Signed,
                bars,
            },
        })
    }
}
