//! The report of an attribution: the contribution of each edit to the difference between two arms.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::experiments::attribution::{Attribution, Player};
use crate::metric::Metric;
use crate::report::charts::{Bar, Body, Chart, Numbers, signed};
use crate::report::experiments::Experiment;
use crate::report::tables::frames::{Cells, Frame};
use crate::report::text::number_format::{figure, in_unit};

/// Edits, and the contribution of each to each metric.
#[derive(Clone, Copy, Debug)]
pub struct Attributed<'a> {
    /// Edits.
    pub players: &'a [Player],
    /// By metric: contributions of the edits.
    pub found: &'a [Attribution],
}

impl Attributed<'_> {
    /// The attribution as text.
    #[must_use]
    pub fn text(&self, experiment: &Experiment<'_>, metrics: &[Metric]) -> String {
        let Self { players, found } = *self;
        let mut out = format!(
            "\nAttribution of the change from {} to {} (Shapley values; they add up to the change)\n",
            experiment.arms[0].name, experiment.arms[1].name
        );
        for (metric, attribution) in metrics.iter().zip(found) {
            let _ = writeln!(
                out,
                "  {}: {}\n    {:<56} {:>10} {:>10} {:>10} {:>10}",
                metric.text,
                figure(attribution.total),
                "edit",
                "adds",
                "+- 95 %",
                "alone",
                "last"
            );
            for (at, player) in players.iter().enumerate() {
                let _ = writeln!(
                    out,
                    "    {:<56} {:>10} {:>10} {:>10} {:>10}",
                    player.name,
                    figure(attribution.values[at]),
                    figure(1.96 * attribution.errors[at]),
                    figure(attribution.alone[at]),
                    figure(attribution.last[at])
                );
            }
            let mut pairs = attribution.interactions.clone();
            pairs.sort_by(|a, b| b.2.abs().total_cmp(&a.2.abs()));
            for (a, b, size) in pairs.iter().take(3).filter(|pair| pair.2 != 0.0) {
                let _ = writeln!(
                    out,
                    "    interaction beyond the sum of both: {} and {} {}",
                    players[*a].name,
                    players[*b].name,
                    figure(*size)
                );
            }
        }
        out
    }

    /// The attribution as JSON.
    #[must_use]
    pub fn json(&self, metrics: &[Metric]) -> Vec<Value> {
        let Self { players, found } = *self;
        let names: Vec<&str> = players.iter().map(|player| player.name.as_str()).collect();
        let of = |(metric, a): (&Metric, &Attribution)| {
            json!({ "metric": metric.text, "total": a.total, "edits": names, "values": a.values, "errors": a.errors, "alone": a.alone, "last": a.last,
                "interactions": a.interactions.iter().map(|(x, y, size)| json!([names[*x], names[*y], size])).collect::<Vec<_>>() })
        };
        metrics.iter().zip(found).map(of).collect::<Vec<_>>()
    }

    /// The attribution as a table.
    #[must_use]
    pub fn frame(&self, metrics: &[Metric]) -> Frame {
        let Self { players, found } = *self;
        let rows = || {
            let of = |(metric, a)| (0..players.len()).map(move |at| (metric, a, at));
            metrics.iter().zip(found).flat_map(of)
        };
        let number = |of: &dyn Fn(&Attribution, usize) -> f64| {
            Cells::Number(rows().map(|(_, a, at)| of(a, at)).collect())
        };
        let columns = vec![
            (
                "metric",
                Cells::Text(rows().map(|(metric, ..)| metric.text.clone()).collect()),
            ),
            (
                "edit",
                Cells::Text(rows().map(|(_, _, at)| players[at].name.clone()).collect()),
            ),
            ("adds", number(&|a, at| a.values[at])),
            ("standard_error", number(&|a, at| a.errors[at])),
            ("alone", number(&|a, at| a.alone[at])),
            ("last", number(&|a, at| a.last[at])),
        ];
        Frame::new("attribution", columns)
    }

    /// By metric: a chart of the edits that contribute most.
    #[must_use]
    pub fn charts(&self, experiment: &Experiment<'_>, metrics: &[Metric]) -> Vec<Chart> {
        let Self { players, found } = *self;
        let mut charts = Vec::new();
        for (number, (metric, attribution)) in (1..).zip(metrics.iter().zip(found)) {
            let bar = |(player, (value, error)): (&Player, (&f64, &f64))| Bar {
                label: player.name.clone(),
                value: *value,
                interval: (value - 1.96 * error, value + 1.96 * error),
                colour: signed(*value),
            };
            let worth = attribution.values.iter().zip(&attribution.errors);
            let mut bars: Vec<Bar> = players.iter().zip(worth).map(bar).collect();
            bars.sort_by(|a, b| b.value.abs().total_cmp(&a.value.abs()));
            bars.truncate(20);
            charts.push(Chart {
                name: format!("attribution_{number}"),
                title: format!(
                    "Contribution of each edit: {} less {}",
                    experiment.arms[1].name, experiment.arms[0].name
                ),
                subtitle: format!(
                    "Shapley values with 95 % intervals{}; {}, total {}",
                    in_unit(&metric.unit),
                    experiment.words(metric),
                    figure(attribution.total)
                ),
                body: Body::Bars {
                    numbers: Numbers::Figure,
                    bars,
                },
            });
        }
        charts
    }
}
