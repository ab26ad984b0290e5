//! The report of a certificate of stability.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use super::super::{Experiment, ExperimentReport};
use super::stance_words;
use crate::experiments::game::certificate::{Actor, CertificatePlan};
use crate::experiments::game::judge::{Gain, Judged};
use crate::experiments::game::samples::Stance;
use crate::experiments::game::statics::OpeningStatics;
use crate::report::charts::{BAD, Bar, Body, Chart, FIRST, GREY, Numbers};
use crate::report::page::Finding;
use crate::report::tables::frames::Frame;
use crate::report::text::number_format::{capital, figure, percent, titled, whole_percent};

/// Limits of a certificate, as printed with it.
pub(super) const LIMITS: &str = "Gains are against the deviations that the file names, each by one actor alone, while all others keep their policies. A deviation lasts from the first month to the last. Intervals are those of single comparisons, at 95 %.";

/// A finished certificate.
#[derive(Clone, Debug)]
pub struct CertificateReport<'a> {
    /// Experiment.
    pub experiment: Experiment<'a>,
    /// The certificate.
    pub certificate: Certificate<'a>,
}

/// A certificate with its results.
#[derive(Clone, Copy, Debug)]
pub struct Certificate<'a> {
    /// The plan.
    pub plan: &'a CertificatePlan,
    /// Results by actor.
    pub judged: &'a [Judged],
    /// Opening prices against the costs at which they would be optimal.
    pub statics: &'a OpeningStatics,
    /// Command that makes the certificate.
    pub command: &'a str,
    /// File of the deviations.
    pub file: &'a str,
}

/// A gain with the interval of its share of revenue.
pub(super) fn share_words(gain: Gain) -> String {
    let (low, high) = gain.range;
    format!(
        "{} ({} to {})",
        percent(gain.share),
        percent(low),
        percent(high)
    )
}

impl<'a> Certificate<'a> {
    /// Actors with their results, the largest share of revenue first.
    pub(super) fn rows(self) -> Vec<(&'a Actor, &'a Judged)> {
        let mut rows: Vec<(&Actor, &Judged)> = self.plan.actors.iter().zip(self.judged).collect();
        rows.sort_by(|a, b| b.1.upper().total_cmp(&a.1.upper()));
        rows
    }

    /// The title of an actor.
    pub(super) fn title(self, actor: &Actor) -> String {
        titled(&self.plan.base.scenario, &actor.name)
    }

    /// The first line: whether an actor gains more than the bound at the upper end of an interval, and which.
    #[must_use]
    pub fn verdict(self) -> String {
        let bound = percent(self.plan.bound);
        let name = &self.plan.base.scenario.name.text;
        let beyond: Vec<String> = (self.rows().into_iter())
            .filter(|(_, judged)| judged.stance != Stance::Below)
            .map(|(actor, judged)| {
                let is_open = judged.stance == Stance::Open;
                let open = if is_open { " (not decided)" } else { "" };
                format!("{}{open}", self.title(actor))
            })
            .collect();
        let is_decided = |judged: &Judged| judged.stance == Stance::Above;
        let word = if self.judged.iter().any(is_decided) {
            "Not stable"
        } else {
            "Not decided"
        };
        if beyond.is_empty() {
            format!("Stable: no actor of {name} gains more than {bound} of its revenue alone")
        } else {
            format!(
                "{word}: {} of {} actors of {name} may gain more than {bound} of their revenue alone: {}",
                beyond.len(),
                self.judged.len(),
                beyond.join(", ")
            )
        }
    }

    /// The valuation in a sentence.
    pub(super) fn valuation(self) -> String {
        let rule = self.plan.accounts.rule;
        format!(
            "Value: {} months of profit and {} years of the last month's profit (assumed), at {} a year; revenue is valued in the same way",
            rule.months,
            rule.multiple,
            percent(rule.discount)
        )
    }

    /// Returns how the results change if revenue is that of the months observed alone, in a sentence.
    pub(super) fn of_observed(self) -> String {
        let rows = self.rows().into_iter();
        let shares = rows.map(|(actor, judged)| {
            format!(
                "{} {}",
                self.title(actor),
                whole_or_percent(judged.of_observed)
            )
        });
        format!(
            "Of the revenue of the {} months alone, without the time after them, gains reach up to: {}",
            self.plan.accounts.rule.months,
            shares.collect::<Vec<_>>().join(", ")
        )
    }

    /// Returns the terminal multiples other than that of the valuation.
    pub(super) fn other_multiples(self) -> impl Iterator<Item = f64> {
        let own = self.plan.accounts.rule.multiple;
        let multiples = self.plan.multiples.iter().skip(1).copied();
        multiples.filter(move |multiple| *multiple != own)
    }

    /// All deviations with their gains, in the order of the file.
    pub(super) fn deviations(self) -> Vec<(&'a Actor, &'a Judged, usize)> {
        let actors = self.plan.actors.iter().zip(self.judged);
        actors
            .flat_map(|(actor, judged)| (0..judged.gains.len()).map(move |at| (actor, judged, at)))
            .collect()
    }
}

impl ExperimentReport for CertificateReport<'_> {
    fn experiment(&self) -> &Experiment<'_> {
        &self.experiment
    }

    fn text(&self) -> String {
        let certificate = self.certificate;
        let mut out = format!("{}\n{}\n\n", certificate.verdict(), certificate.valuation());
        let _ = writeln!(
            out,
            "{:<18} {:<28} {:>12} {:>12} {:>8} {:>18}  {:<10} {:>6}",
            "actor", "best deviation", "gain, USD", "+-", "share", "95 %", "", "runs"
        );
        for (actor, judged) in certificate.rows() {
            let gain = judged.gain();
            let _ = writeln!(
                out,
                "{:<18} {:<28} {:>12} {:>12} {:>8} {:>18}  {:<10} {:>6}",
                certificate.title(actor),
                actor.deviations[judged.best].name,
                figure(gain.mean),
                figure(gain.half),
                percent(gain.share),
                format!("{} to {}", percent(gain.range.0), percent(gain.range.1)),
                stance_words(judged.stance),
                judged.replications
            );
        }
        for multiple in certificate.other_multiples() {
            let _ = writeln!(out, "\n{}", at_multiple(certificate, multiple));
        }
        let _ = writeln!(out, "\n{}", certificate.of_observed());
        for left_out in &certificate.plan.left_out {
            let _ = writeln!(out, "\nLeft out: {left_out}");
        }
        let _ = writeln!(out, "\n{LIMITS}");
        out
    }

    fn json(&self, folder: &Path) -> String {
        let certificate = self.certificate;
        let gain = |gain: &Gain| json!({ "gain_usd": gain.mean, "half_width_usd": gain.half, "share": gain.share, "share_interval": [gain.range.0, gain.range.1] });
        let of_actor = |(actor, judged): (&Actor, &Judged)| {
            let named = actor.deviations.iter().zip(&judged.gains);
            let deviations: Vec<Value> = named
                .map(|(deviation, gains)| json!({ "name": deviation.name, "gains": gains.iter().map(gain).collect::<Vec<_>>() }))
                .collect();
            json!({ "actor": actor.name, "verdict": stance_words(judged.stance), "best": actor.deviations[judged.best].name,
                "value_usd": judged.value.mean, "revenue_usd": judged.revenue.mean, "share_of_observed_upper": judged.of_observed, "replications": judged.replications, "deviations": deviations })
        };
        let actors: Vec<Value> = certificate.rows().into_iter().map(of_actor).collect();
        format!(
            "{}\n",
            json!({ "folder": folder.display().to_string(), "verdict": certificate.verdict(), "bound": certificate.plan.bound,
                "multiples": certificate.plan.multiples, "actors": actors, "left_out": certificate.plan.left_out, "limits": LIMITS })
        )
    }

    fn tables(&self) -> Vec<Frame> {
        vec![self.certificate.actors(), self.certificate.gains()]
    }

    fn charts(&self) -> Vec<Chart> {
        let certificate = self.certificate;
        let bound = certificate.plan.bound;
        let bar = |label: String, gain: Gain| Bar {
            label,
            value: gain.share,
            interval: gain.range,
            colour: match gain.range {
                (low, _) if low > bound => BAD,
                (_, high) if high > bound => GREY,
                _ => FIRST,
            },
        };
        let subtitle = format!(
            "Gain as a share of revenue, with 95 % intervals; orange: above {}, grey: not decided",
            percent(bound)
        );
        let body = |bars: Vec<Bar>| Body::Bars {
            numbers: Numbers::Percent,
            bars,
        };
        let best = certificate.rows().into_iter().map(|(actor, judged)| {
            let deviation = &actor.deviations[judged.best].name;
            bar(
                format!("{}: {deviation}", certificate.title(actor)),
                judged.gain(),
            )
        });
        let mut charts = vec![Chart {
            name: "best_deviations".to_owned(),
            title: "What each actor could gain alone".to_owned(),
            subtitle: subtitle.clone(),
            body: body(best.collect()),
        }];
        let mut groups: Vec<&str> = certificate
            .plan
            .actors
            .iter()
            .map(|a| a.group.as_str())
            .collect();
        groups.dedup();
        for (number, group) in (1..).zip(groups) {
            let own = certificate
                .deviations()
                .into_iter()
                .filter(|(actor, ..)| actor.group == group);
            let bars = own.map(|(actor, judged, at)| {
                let deviation = &actor.deviations[at].name;
                bar(
                    format!("{}: {deviation}", certificate.title(actor)),
                    judged.gains[at][0],
                )
            });
            charts.push(Chart {
                name: format!("deviations_{number}"),
                title: format!("Every deviation: {group}"),
                subtitle: subtitle.clone(),
                body: body(bars.collect()),
            });
        }
        charts
    }

    fn source_line(&self) -> String {
        let scenario = &self.certificate.plan.base.scenario;
        format!(
            "tollway certify {} | seed {}, up to {} replications of {} enterprises | tollway {}",
            scenario.name.text,
            scenario.run.seed.0,
            self.experiment.replications,
            scenario.run.enterprises.0,
            env!("CARGO_PKG_VERSION")
        )
    }

    fn page(&self) -> Option<(&'static str, String)> {
        Some(("certificate.md", self.certificate.page()))
    }

    fn findings(&self) -> Vec<Finding> {
        let certificate = self.certificate;
        let mut all = vec![Finding {
            head: certificate.verdict(),
            text: format!("{}. {LIMITS}", certificate.valuation()),
        }];
        for (actor, judged) in certificate.rows() {
            let gain = judged.gain();
            let deviation = &actor.deviations[judged.best].name;
            let verb = if gain.mean > 0.0 { "gains" } else { "loses" };
            all.push(Finding {
                head: format!(
                    "{} {verb} {} by \"{deviation}\"",
                    capital(&certificate.title(actor)),
                    figure(gain.mean.abs())
                ),
                text: format!(
                    "The best of {} deviations is worth {} of its revenue of {} USD, in {} replications.",
                    judged.gains.len(),
                    share_words(gain),
                    figure(judged.revenue.mean),
                    judged.replications
                ),
            });
        }
        all
    }
}

/// Returns the actors beyond the bound at another terminal multiple, in a sentence.
pub(super) fn at_multiple(certificate: Certificate<'_>, multiple: f64) -> String {
    let plan = certificate.plan;
    let at = plan
        .multiples
        .iter()
        .skip(1)
        .position(|other| *other == multiple);
    let at = at.map_or(0, |at| at + 1);
    let beyond: Vec<String> = (certificate.rows().into_iter())
        .filter_map(|(actor, judged)| {
            let upper = |deviation: &usize| judged.gains[*deviation][at].range.1;
            let worst = (0..judged.gains.len()).max_by(|a, b| upper(a).total_cmp(&upper(b)))?;
            (upper(&worst) > plan.bound).then(|| {
                let name = &actor.deviations[worst].name;
                let upper = whole_or_percent(upper(&worst));
                format!("{} (\"{name}\" up to {upper})", certificate.title(actor))
            })
        })
        .collect();
    let who = if beyond.is_empty() {
        "nobody".to_owned()
    } else {
        beyond.join(", ")
    };
    format!("At a terminal multiple of {multiple}, beyond the bound: {who}")
}

fn whole_or_percent(share: f64) -> String {
    if share.abs() >= 0.1 {
        whole_percent(share)
    } else {
        percent(share)
    }
}
