//! What an audit of theses prints and writes.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::experiments::thesis::{FARTHEST, Finding, RATE, Theses, ThesisSpec, Verdict};
use crate::report::charts::{BAD, Bar, Body, Chart, GOOD, Numbers, PALE};
use crate::report::page::Finding as Sentence;
use crate::report::tables::frames::{Cells, Frame};
use crate::report::text::number_format::{figure, whole_percent as percent};

/// An audit that has ended.
#[derive(Clone, Copy, Debug)]
pub struct ThesisReport<'a> {
    /// What was tested.
    pub theses: &'a Theses,
    /// What was found, in the same order.
    pub findings: &'a [Finding],
}

fn region(finding: &Finding) -> String {
    let Some(region) = &finding.region else {
        return String::new();
    };
    let sides: Vec<String> = region
        .sides
        .iter()
        .map(|side| match (side.above, side.below) {
            (Some(above), Some(below)) => {
                format!("{} from {} to {}", side.path, figure(above), figure(below))
            }
            (Some(above), None) => format!("{} above {}", side.path, figure(above)),
            (_, below) => format!("{} below {}", side.path, figure(below.unwrap_or(f64::NAN))),
        })
        .collect();
    format!(
        "{} ({} of failures, {} of it fails)",
        sides.join(", "),
        percent(region.coverage),
        percent(region.density)
    )
}

/// The interval of a probability; shares of resamples have none.
fn interval(finding: &Finding, to: &str) -> String {
    let (low, high) = finding.interval;
    if low.is_finite() {
        format!("{}{to}{}", percent(low), percent(high))
    } else {
        "resamples".to_owned()
    }
}

fn turned(finding: &Finding) -> String {
    let Some(flip) = &finding.flip else {
        return String::new();
    };
    let moves: Vec<String> = flip
        .moves
        .iter()
        .map(|one| {
            format!(
                "{} {:+.1} sd (median {} to {})",
                one.path,
                one.by,
                figure(one.medians.0),
                figure(one.medians.1)
            )
        })
        .collect();
    format!("{}: {}", moves.join(" with "), percent(flip.probability))
}

impl ThesisReport<'_> {
    fn rows(&self) -> impl Iterator<Item = (usize, &ThesisSpec, &Finding)> {
        self.theses
            .theses
            .iter()
            .zip(self.findings)
            .enumerate()
            .map(|(at, (thesis, finding))| (at, thesis, finding))
    }

    fn count(&self, verdict: Verdict) -> usize {
        self.findings
            .iter()
            .filter(|finding| finding.verdict == verdict)
            .count()
    }

    /// What is printed.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = format!(
            "{:<6} {:<15} {:>6} {:>14} {:>10}  claim\n",
            "", "verdict", "P", "95 %", "effect"
        );
        for (_, thesis, finding) in self.rows() {
            if finding.verdict == Verdict::NotExpressible {
                let _ = writeln!(
                    out,
                    "{:<6} {:<15} {:>6} {:>14} {:>10}  {}",
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
                "{:<6} {:<15} {:>6} {:>14} {effect:>10}  {}",
                thesis.name.text,
                finding.verdict.word(),
                percent(finding.probability),
                interval(finding, " - "),
                thesis.claim.text
            );
            for (what, text) in [
                ("fails where", region(finding)),
                ("turned by", turned(finding)),
            ] {
                if !text.is_empty() {
                    let _ = writeln!(out, "{:<22}{what}: {text}", "");
                }
            }
        }
        let _ = writeln!(
            out,
            "\n{} hold, {} fail, {} are open, {} cannot be expressed; at most {} of the verdicts are expected to be luck",
            self.count(Verdict::Holds),
            self.count(Verdict::Fails),
            self.count(Verdict::Open),
            self.count(Verdict::NotExpressible),
            percent(RATE)
        );
        out
    }

    /// How many claims hold, which fail most surely, and what the replications leave open.
    #[must_use]
    pub fn sentences(&self) -> Vec<Sentence> {
        let told = |verdict: Verdict| {
            let mut of: Vec<_> = self
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
        let (holds, fails) = (self.count(Verdict::Holds), self.count(Verdict::Fails));
        let mut all = vec![Sentence {
            head: format!("{holds} claims hold, {fails} fail"),
            text: format!(
                "{} are open at this number of replications, {} cannot be expressed in the model. At most {} of the verdicts are expected to be luck.",
                self.count(Verdict::Open),
                self.count(Verdict::NotExpressible),
                percent(RATE)
            ),
        }];
        for (verdict, head) in [
            (Verdict::Fails, "What fails most surely"),
            (Verdict::Open, "What stays open"),
        ] {
            if self.count(verdict) > 0 {
                all.push(Sentence {
                    head: head.to_owned(),
                    text: format!(
                        "In brackets the share of replications in which it is true: {}.",
                        told(verdict)
                    ),
                });
            }
        }
        all
    }

    /// The findings as a table.
    #[must_use]
    pub fn frame(&self) -> Frame {
        let text = |of: &dyn Fn(&ThesisSpec, &Finding) -> String| {
            Cells::Text(self.rows().map(|(_, t, f)| of(t, f)).collect())
        };
        let number = |of: &dyn Fn(&Finding) -> f64| {
            Cells::Number(self.rows().map(|(_, _, f)| of(f)).collect())
        };
        let name = |cells: &str| cells.to_owned();
        Frame {
            name: "theses".to_owned(),
            columns: vec![
                (name("thesis"), text(&|t, _| t.name.text.clone())),
                (name("source"), text(&|t, _| t.source.text.clone())),
                (name("claim"), text(&|t, _| t.claim.text.clone())),
                (name("verdict"), text(&|_, f| f.verdict.word().to_owned())),
                (name("probability"), number(&|f| f.probability)),
                (name("low"), number(&|f| f.interval.0)),
                (name("high"), number(&|f| f.interval.1)),
                (name("effect"), number(&|f| f.effect)),
                (name("effect_half_width"), number(&|f| f.effect_half_width)),
                (name("effect_p05"), number(&|f| f.effect_range.0)),
                (name("effect_p95"), number(&|f| f.effect_range.1)),
                (name("false_discovery_rate"), number(&|f| f.rate)),
                (name("fails_where"), text(&|_, f| region(f))),
                (name("turned_by"), text(&|_, f| turned(f))),
            ],
        }
    }

    /// A chart for each file: the probability of every claim that could be tested.
    #[must_use]
    pub fn charts(&self) -> Vec<Chart> {
        let mut charts = Vec::new();
        for (number, (title, start)) in self.theses.titles.iter().enumerate() {
            let end = self.end(number);
            let tested = self.rows().filter(|(at, _, finding)| {
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
                    subtitle: "How often the test of a claim is true in the model, with 95 % intervals: green holds, orange fails, grey is open".to_owned(),
                    body: Body::Bars {
                        numbers: Numbers::Percent,
                        bars,
                    },
                });
            }
        }
        charts
    }

    /// Where the theses of a file end.
    fn end(&self, number: usize) -> usize {
        self.theses
            .titles
            .get(number + 1)
            .map_or(self.theses.theses.len(), |(_, next)| *next)
    }

    /// The findings as JSON.
    #[must_use]
    pub fn json(&self) -> String {
        let list: Vec<Value> = self
            .rows()
            .map(|(at, thesis, f)| {
                json!({
                    "thesis": thesis.name.text, "source": thesis.source.text, "claim": thesis.claim.text, "verdict": f.verdict.word(),
                    "probability": f.probability, "interval": [f.interval.0, f.interval.1], "effect": f.effect, "effect_half_width": f.effect_half_width,
                    "effect_p05": f.effect_range.0, "effect_p95": f.effect_range.1, "unit": self.unit(at), "false_discovery_rate": f.rate,
                    "fails_where": region(f), "turned_by": turned(f), "missing": thesis.missing.as_ref().map(|m| &m.text),
                })
            })
            .collect();
        format!("{}\n", json!({ "theses": list }))
    }

    /// The unit of a thesis's effect.
    fn unit(&self, at: usize) -> String {
        let test = self.theses.tests[at].as_ref();
        let effect = test.and_then(|test| test.effect.as_ref());
        effect.map_or_else(String::new, |effect| effect.unit.to_string())
    }

    /// The page of the audit, for the docs.
    #[must_use]
    pub fn page(&self) -> String {
        let run = self.theses.arms.first().map(|arm| &arm.loaded.scenario.run);
        let (replications, enterprises, seed) = run.map_or((0, 0, 0), |run| {
            (run.replications.0, run.enterprises.0, run.seed.0)
        });
        let mut out = format!(
            "# Theses: the audit of the articles\n\n\
             Made by `tollway thesis --page docs/theses.md` from the files in `scenarios/theses/`; change those, not this page. {replications} paired \
             replications of {} arms, {enterprises} enterprises, seed {seed}. Claims are those of five articles, in our words; the data \
             stand at 2026-03-31.\n\n\
             A verdict says what the *model* says, given its assumptions; it is no statement of fact about any company. The words mean:\n\n\
             - **holds**: the test is true at least as often as the claim says (more often than not, where it names no probability), beyond luck;\n\
             - **fails**: it is true less often, beyond luck;\n\
             - **open**: the replications do not decide;\n\
             - **not expressible**: the model lacks what the claim is about, and the table says what.\n\n\
             Beyond luck is: at a false-discovery rate of {} over all claims together (Benjamini and Hochberg), so that at most that share of *holds* and \
             *fails* is expected to be an accident of simulation. P is the share of replications in which the test is true, with its exact 95 % interval \
             (of a test over all replications: the share of resamples). The effect is the mean of what the test compares, with its 95 % interval. \
             *Fails where* is a box of uncertain inputs that holds most failures (PRIM; bounds that luck would explain among all inputs are dropped). \
             *Turned by* is the smallest move of uncertain inputs found, up to {FARTHEST} standard deviations in all, that turned the verdict on fresh luck; its last number is P then. Tried are single inputs that go with the margin, and the three strongest together.\n\n\
             {} hold, {} fail, {} are open, {} cannot be expressed.\n",
            self.theses.arms.len(),
            percent(RATE),
            self.count(Verdict::Holds),
            self.count(Verdict::Fails),
            self.count(Verdict::Open),
            self.count(Verdict::NotExpressible),
        );
        for (number, (title, start)) in self.theses.titles.iter().enumerate() {
            let end = self.end(number);
            if *start == end {
                continue;
            }
            let _ = write!(
                out,
                "\n## {title}\n\n| | claim | test and threshold | verdict | P | effect | fails where; turned by |\n| --- | --- | --- | --- | --- | --- | --- |\n"
            );
            for (at, thesis, finding) in self.rows().filter(|(at, ..)| (*start..end).contains(at)) {
                out.push_str(&self.line(at, thesis, finding));
            }
        }
        out
    }

    fn line(&self, at: usize, thesis: &ThesisSpec, finding: &Finding) -> String {
        let cell = |text: &str| text.replace('|', "\\|").replace('\n', " ");
        let missing = thesis
            .missing
            .as_ref()
            .map(|m| cell(&m.text))
            .unwrap_or_default();
        if finding.verdict == Verdict::NotExpressible {
            return format!(
                "| {} | {} | | not expressible | | | {missing} |\n",
                thesis.name.text,
                cell(&thesis.claim.text)
            );
        }
        let threshold = thesis
            .threshold
            .as_ref()
            .map(|t| cell(&t.text))
            .unwrap_or_default();
        let whose = thesis.whose.map_or("", |whose| {
            if whose.word() == "ours" {
                " [ours]"
            } else {
                ""
            }
        });
        let left_out = if missing.is_empty() {
            String::new()
        } else {
            format!(" *Left out: {missing}*")
        };
        let effect = if finding.effect.is_finite() {
            let unit = self.unit(at);
            let unit = if unit.is_empty() || unit == "no unit" {
                String::new()
            } else {
                format!(" {unit}")
            };
            format!(
                "{} ± {}{unit}",
                figure(finding.effect),
                figure(finding.effect_half_width)
            )
        } else {
            String::new()
        };
        let notes: Vec<String> = [region(finding), turned(finding)]
            .into_iter()
            .filter(|text| !text.is_empty())
            .map(|text| cell(&text))
            .collect();
        format!(
            "| {} | {} | {threshold}{whose}{left_out} | **{}** | {} ({}) | {effect} | {} |\n",
            thesis.name.text,
            cell(&thesis.claim.text),
            finding.verdict.word(),
            percent(finding.probability),
            interval(finding, " to "),
            notes.join("; ")
        )
    }
}
