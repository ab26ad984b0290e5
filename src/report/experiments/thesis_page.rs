//! The audit of theses as a page of Markdown.

use std::fmt::Write as _;

use super::thesis::{Audit, interval, region, turned};
use crate::experiments::thesis::{FARTHEST, Finding, RATE, ThesisSpec, Verdict};
use crate::report::text::number_format::{figure, whole_percent as percent};

impl Audit<'_> {
    /// The page of the audit, for the docs.
    #[must_use]
    pub fn page(self) -> String {
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

    fn line(self, at: usize, thesis: &ThesisSpec, finding: &Finding) -> String {
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
