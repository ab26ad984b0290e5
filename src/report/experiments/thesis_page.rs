//! The audit of theses as a page of Markdown.

use std::fmt::Write as _;

use super::thesis::Audit;
use super::thesis_words::{break_even, interval, region, turned, turns_on};
use crate::experiments::thesis::{EXPLAINED, FARTHEST, Finding, RATE, ThesisSpec, Verdict};
use crate::report::text::number_format::{figure, whole_percent as percent};

impl Audit<'_> {
    /// The page of the audit, `docs/theses.md`.
    #[must_use]
    pub fn page(self) -> String {
        let run = self.theses.arms.first().map(|arm| &arm.loaded.scenario.run);
        let (replications, enterprises, seed) = run.map_or((0, 0, 0), |run| {
            (run.replications.0, run.enterprises.0, run.seed.0)
        });
        let mut out = format!(
            "# Theses: the audit of the articles\n\n\
             Made by `tollway thesis --page docs/theses.md` from the files in `scenarios/theses/`; edit the files, not this page. {replications} paired \
             replications of {} arms, {enterprises} enterprises, seed {seed}. The claims are those of five articles, in our words; the data \
             are of vintage 2026-03-31.\n\n\
             {}\n\n{}.\n",
            self.theses.arms.len(),
            definitions(),
            self.counts(),
        );
        for (number, (title, start)) in self.theses.titles.iter().enumerate() {
            let end = self.end(number);
            if *start == end {
                continue;
            }
            let _ = write!(
                out,
                "\n## {title}\n\n| | claim | test and threshold | verdict | P | effect | turns on | break-even | fails where; reversed by |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n"
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
                "| {} | {} | | not expressible | | | | | {missing} |\n",
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
        let effect = self.effect(at, finding);
        let notes: Vec<String> = [region(finding), turned(finding)]
            .into_iter()
            .filter(|text| !text.is_empty())
            .map(|text| cell(&text))
            .collect();
        format!(
            "| {} | {} | {threshold}{whose}{left_out} | **{}** | {} ({}) | {effect} | {} | {} | {} |\n",
            thesis.name.text,
            cell(&thesis.claim.text),
            finding.verdict.word(),
            percent(finding.probability),
            interval(finding, " to "),
            cell(&turns_on(finding)),
            cell(&break_even(finding)),
            notes.join("; ")
        )
    }
    /// The effect with its interval, and the smallest effect of interest.
    fn effect(self, at: usize, finding: &Finding) -> String {
        if !finding.effect.is_finite() {
            return String::new();
        }
        let unit = self.unit(at);
        let unit = if unit.is_empty() || unit == "no unit" {
            String::new()
        } else {
            format!(" {unit}")
        };
        let smallest = self.theses.theses[at].smallest.as_ref();
        let smallest = smallest.map_or_else(String::new, |spec| {
            let whose = if spec.whose.word() == "ours" {
                " [ours]"
            } else {
                ""
            };
            format!("; matters from {}{whose}", figure(finding.smallest))
        });
        format!(
            "{} ± {}{unit}{smallest}",
            figure(finding.effect),
            figure(finding.effect_half_width)
        )
    }
}

/// The meaning of the words and columns of the page.
fn definitions() -> String {
    format!(
        "A verdict is a statement of the *model*, given its assumptions, not a statement of fact about any company. The words mean:\n\n\
         - **holds**: the test is true significantly more often than the claim says (than half the time, if the claim states no probability);\n\
         - **fails**: the test is true significantly less often;\n\
         - **assumed**: an input sets the outcome, not the simulated market;\n\
         - **too small to matter**: the whole 95 % interval of the effect lies within the smallest effect of interest that the claim states, \
         on either side of zero, so that the claim does not hold whatever the sign;\n\
         - **open**: the replications do not decide;\n\
         - **not expressible**: the model lacks the subject of the claim; the table states what it lacks.\n\n\
         A claim is *assumed* if each quantity that its test compares is equal in all replications; or if the draw of one uncertain input \
         explains at least {} of its variance over replications (a correlation of 0.99); or if the input that the claim names explains as much \
         over its stated range, with everything else drawn as in the audit. The quantities are the differences of the two sides of each \
         comparison; for ranks and months, the numbers that are ranked or counted. If the test is one comparison, it is enough that this is \
         true of the effect. A wide range makes the third case more likely, so that each range has a \
         reason in the file. A test over all replications has no quantity in one of them, and is never assumed.\n\n\
         Significant means at a false-discovery rate of {} over all claims (Benjamini and Hochberg): at most that share of *holds* and \
         *fails* is expected to arise by chance. P is the share of replications in which the test is true, with its exact 95 % interval \
         (for a test over all replications: the share of resamples). The effect is the mean of the quantity that the test compares, with its 95 % interval; \
         *matters from* is the smallest effect of interest. *Turns on* names the inputs that set an assumed outcome, whose break-even value lies in their range, \
         whose shift reversed the verdict, or that bound its failures; *market* means that none was found. *Break-even* is the value of the named input at which P crosses \
         the claimed probability, found by a scan of its range and halvings on common random numbers; *explains* is the share of variance that decides whether the claim is assumed. \
         *Fails where* is a box of uncertain inputs that contains most failures (PRIM; bounds that chance would explain among all inputs are dropped). \
         *Reversed by* is the smallest shift of uncertain inputs found, up to {FARTHEST} standard deviations in all, that reversed the verdict on new random streams; its last number is P after the shift. Single inputs that correlate with the margin were tried, and the three strongest together.",
        percent(EXPLAINED),
        percent(RATE),
    )
}
