//! The report of an audit of theses.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use super::thesis_words::{break_even, interval, region, turned, turns_on};
use super::{Experiment, ExperimentReport};
use crate::experiments::thesis::{Finding, RATE, Theses, ThesisSpec, Verdict};
use crate::report::charts::{BAD, Bar, Body, Chart, GOOD, Numbers, PALE};
use crate::report::page::Finding as Sentence;
use crate::report::tables::frames::{Cells, Frame};
use crate::report::text::number_format::{figure, whole_percent as percent};

/// Theses, and the findings of their audit.
#[derive(Clone, Copy, Debug)]
pub struct Audit<'a> {
    /// Theses.
    pub theses: &'a Theses,
    /// Findings, in the order of the theses.
    pub findings: &'a [Finding],
}

/// The report of a finished audit.
#[derive(Clone, Debug)]
pub struct ThesisReport<'a> {
    /// Experiment.
    pub experiment: Experiment<'a>,
    /// Theses and findings.
    pub audit: Audit<'a>,
}

impl<'a> Audit<'a> {
    pub(super) fn rows(self) -> impl Iterator<Item = (usize, &'a ThesisSpec, &'a Finding)> {
        self.theses
            .theses
            .iter()
            .zip(self.findings)
            .enumerate()
            .map(|(at, (thesis, finding))| (at, thesis, finding))
    }

    pub(super) fn count(self, verdict: Verdict) -> usize {
        self.findings
            .iter()
            .filter(|finding| finding.verdict == verdict)
            .count()
    }

    /// The numbers of verdicts of each kind.
    pub(super) fn counts(self) -> String {
        format!(
            "{} hold, {} fail, {} are assumed, {} are too small to matter, {} are open, {} cannot be expressed",
            self.count(Verdict::Holds),
            self.count(Verdict::Fails),
            self.count(Verdict::Assumed),
            self.count(Verdict::TooSmall),
            self.count(Verdict::Open),
            self.count(Verdict::NotExpressible),
        )
    }

    /// The end of the theses of a file.
    pub(super) fn end(self, number: usize) -> usize {
        self.theses
            .titles
            .get(number + 1)
            .map_or(self.theses.theses.len(), |(_, next)| *next)
    }

    /// The unit of the effect of a thesis.
    pub(super) fn unit(self, at: usize) -> String {
        let test = self.theses.tests[at].as_ref();
        let unit = test.and_then(|test| match &test.effect {
            Some(effect) => Some(&effect.unit),
            None => test.metric.compared.as_ref(),
        });
        unit.map_or_else(String::new, ToString::to_string)
    }
}

impl ExperimentReport for ThesisReport<'_> {
    fn experiment(&self) -> &Experiment<'_> {
        &self.experiment
    }

    fn text(&self) -> String {
        let mut out = format!(
            "{:<6} {:<20} {:>6} {:>14} {:>10}  claim\n",
            "", "verdict", "P", "95 %", "effect"
        );
        for (_, thesis, finding) in self.audit.rows() {
            if finding.verdict == Verdict::NotExpressible {
                let _ = writeln!(
                    out,
                    "{:<6} {:<20} {:>6} {:>14} {:>10}  {}",
                    thesis.name.text,
                    finding.verdict.word(),
                    "",
                    "",
                    "",
                    thesis.claim.text
                );
                continue;
            }
            let effect = if finding.effect.is_finite() {
                figure(finding.effect)
            } else {
                String::new()
            };
            let _ = writeln!(
                out,
                "{:<6} {:<20} {:>6} {:>14} {effect:>10}  {}",
                thesis.name.text,
                finding.verdict.word(),
                percent(finding.probability),
                interval(finding, " - "),
                thesis.claim.text
            );
            for (what, text) in [
                ("turns on", turns_on(finding)),
                ("break-even", break_even(finding)),
                ("fails where", region(finding)),
                ("reversed by", turned(finding)),
            ] {
                if !text.is_empty() {
                    let _ = writeln!(out, "{:<22}{what}: {text}", "");
                }
            }
        }
        let _ = writeln!(
            out,
            "\n{}; at most {} of the verdicts are expected to arise by chance",
            self.audit.counts(),
            percent(RATE)
        );
        out
    }

    fn json(&self, _: &Path) -> String {
        let list: Vec<Value> = self
            .audit
            .rows()
            .map(|(at, thesis, f)| {
                json!({
                    "thesis": thesis.name.text, "source": thesis.source.text, "claim": thesis.claim.text, "verdict": f.verdict.word(),
                    "probability": f.probability, "interval": [f.interval.0, f.interval.1], "effect": f.effect, "effect_half_width": f.effect_half_width,
                    "effect_p05": f.effect_range.0, "effect_p95": f.effect_range.1, "unit": self.audit.unit(at), "false_discovery_rate": f.rate,
                    "turns_on": turns_on(f), "break_even": break_even(f), "scan": scan(f), "smallest_effect": f.smallest,
                    "fails_where": region(f), "turned_by": turned(f), "missing": thesis.missing.as_ref().map(|m| &m.text),
                })
            })
            .collect();
        format!("{}\n", json!({ "theses": list }))
    }

    fn tables(&self) -> Vec<Frame> {
        let text = |of: &dyn Fn(&ThesisSpec, &Finding) -> String| {
            Cells::Text(self.audit.rows().map(|(_, t, f)| of(t, f)).collect())
        };
        let number = |of: &dyn Fn(&Finding) -> f64| {
            Cells::Number(self.audit.rows().map(|(_, _, f)| of(f)).collect())
        };
        let columns = vec![
            ("thesis", text(&|t, _| t.name.text.clone())),
            ("source", text(&|t, _| t.source.text.clone())),
            ("claim", text(&|t, _| t.claim.text.clone())),
            ("verdict", text(&|_, f| f.verdict.word().to_owned())),
            ("probability", number(&|f| f.probability)),
            ("low", number(&|f| f.interval.0)),
            ("high", number(&|f| f.interval.1)),
            ("effect", number(&|f| f.effect)),
            ("effect_half_width", number(&|f| f.effect_half_width)),
            ("effect_p05", number(&|f| f.effect_range.0)),
            ("effect_p95", number(&|f| f.effect_range.1)),
            ("false_discovery_rate", number(&|f| f.rate)),
            ("smallest_effect", number(&|f| f.smallest)),
            ("turns_on", text(&|_, f| turns_on(f))),
            ("break_even", text(&|_, f| break_even(f))),
            ("fails_where", text(&|_, f| region(f))),
            ("turned_by", text(&|_, f| turned(f))),
        ];
        vec![Frame::new("theses", columns)]
    }

    /// By file: a chart of the probabilities of all tested claims.
    fn charts(&self) -> Vec<Chart> {
        let mut charts = Vec::new();
        for (number, (title, start)) in self.audit.theses.titles.iter().enumerate() {
            let end = self.audit.end(number);
            let tested = self.audit.rows().filter(|(at, _, finding)| {
                (*start..end).contains(at) && finding.verdict != Verdict::NotExpressible
            });
            let bar = |(_, thesis, finding): (usize, &ThesisSpec, &Finding)| Bar {
                label: format!("{} {}", thesis.name.text, thesis.claim.text),
                value: finding.probability,
                interval: if finding.interval.0.is_finite() {
                    finding.interval
                } else {
                    (finding.probability, finding.probability)
                },
                colour: match finding.verdict {
                    Verdict::Holds => GOOD,
                    Verdict::Fails => BAD,
                    _ => PALE,
                },
            };
            let bars: Vec<Bar> = tested.map(bar).collect();
            if !bars.is_empty() {
                charts.push(Chart {
                    name: format!("claims_{}", charts.len() + 1),
                    title: title.clone(),
                    subtitle: "How often the test of a claim is true in the model, with 95 % intervals: green holds, orange fails, grey is assumed, too small or open".to_owned(),
                    body: Body::Bars {
                        numbers: Numbers::Percent,
                        bars,
                    },
                });
            }
        }
        charts
    }

    fn source_line(&self) -> String {
        format!(
            "tollway thesis | {} replications | tollway {}",
            self.experiment.replications,
            env!("CARGO_PKG_VERSION")
        )
    }

    fn page(&self) -> Option<(&'static str, String)> {
        Some(("theses.md", self.audit.page()))
    }

    fn findings(&self) -> Vec<Sentence> {
        let told = |verdict: Verdict| {
            let mut of: Vec<_> = self
                .audit
                .rows()
                .filter(|(_, _, f)| f.verdict == verdict)
                .collect();
            of.sort_by(|a, b| a.2.probability.total_cmp(&b.2.probability));
            let words = of.iter().take(4).map(|(_, thesis, found)| {
                let claim = thesis.claim.text.trim_end_matches('.');
                format!(
                    "{}, {claim} ({})",
                    thesis.name.text,
                    percent(found.probability)
                )
            });
            words.collect::<Vec<String>>().join("; ")
        };
        let (holds, fails) = (
            self.audit.count(Verdict::Holds),
            self.audit.count(Verdict::Fails),
        );
        let mut all = vec![Sentence {
            head: format!("{holds} claims hold, {fails} fail"),
            text: format!(
                "{} are assumed: an input sets the outcome. {} are too small to matter, {} are open at this number of replications, {} cannot be expressed in the model. At most {} of the verdicts are expected to arise by chance.",
                self.audit.count(Verdict::Assumed),
                self.audit.count(Verdict::TooSmall),
                self.audit.count(Verdict::Open),
                self.audit.count(Verdict::NotExpressible),
                percent(RATE)
            ),
        }];
        for (verdict, head) in [
            (Verdict::Fails, "Claims that fail most clearly"),
            (Verdict::Open, "Claims that stay open"),
        ] {
            if self.audit.count(verdict) > 0 {
                all.push(Sentence {
                    head: head.to_owned(),
                    text: format!(
                        "With the share of replications in which each is true: {}.",
                        told(verdict)
                    ),
                });
            }
        }
        all
    }
}

/// The values of the scan of the input that a claim names, each with the probability of the test.
fn scan(finding: &Finding) -> Value {
    finding.break_even.as_ref().map_or(
        Value::Null,
        |scan| json!({ "paths": scan.paths, "now": scan.present, "explained": scan.explained, "points": scan.points }),
    )
}
