//! The certificate of stability as a page of Markdown.

use std::fmt::Write as _;

use super::certificate::{Certificate, LIMITS, at_multiple, share_words};
use super::stance_words;
use crate::base::ids::Id;
use crate::experiments::game::statics::{REPLICATIONS, opening_statics};
use crate::report::text::number_format::{figure, percent};

impl Certificate<'_> {
    /// The page of the certificate.
    #[must_use]
    pub fn page(self) -> String {
        let (command, file) = (self.command, self.file);
        let plan = self.plan;
        let scenario = &plan.base.scenario;
        let mut out = format!(
            "# Certificate of stability: {}\n\n\
             Made by `{command}`. The deviations are those of `{file}`; edit that file, not this page. \
             {} enterprises, seed {}, batches of {} replications up to {}.\n\n\
             **{}.**\n\n\
             A scenario states what each lab and cloud does. It is *stable* if none of them would earn more by another policy while \
             all others keep theirs. Each deviation below is run on common random numbers with the scenario, and the gain is \
             compared with the actor's revenue. The words mean:\n\n\
             - **stable**: the interval of no deviation reaches {} of revenue;\n\
             - **not stable**: the interval of some deviation is above it;\n\
             - **open**: the replications do not decide.\n\n\
             {}. {LIMITS}\n\n",
            scenario.title.text,
            scenario.run.enterprises.0,
            scenario.run.seed.0,
            plan.first,
            plan.most,
            self.verdict(),
            percent(plan.bound),
            self.valuation(),
        );
        out.push_str(
            "## Best deviation of each actor\n\n\
             | actor | best deviation | gain, USD | of revenue | verdict | replications |\n| --- | --- | --- | --- | --- | --- |\n",
        );
        for (actor, judged) in self.rows() {
            let gain = judged.gain();
            let _ = writeln!(
                out,
                "| {} | {} | {} ± {} | {} | **{}** | {} |",
                self.title(actor),
                actor.deviations[judged.best].name,
                figure(gain.mean),
                figure(gain.half),
                share_words(gain),
                stance_words(judged.stance),
                judged.replications
            );
        }
        out.push_str("\n## Terminal multiple\n\nThe multiple is assumed. At other multiples:\n\n");
        for multiple in self.other_multiples() {
            let _ = writeln!(out, "- {}.", at_multiple(self, multiple));
        }
        let _ = writeln!(out, "\n{}.", self.of_observed());
        self.statics(&mut out);
        self.all_deviations(&mut out);
        self.measures(&mut out);
        if !plan.left_out.is_empty() {
            out.push_str("\n## Left out\n\n");
            for left_out in &plan.left_out {
                let _ = writeln!(out, "- {left_out}");
            }
        }
        out
    }

    /// Elasticities and implied costs at opening prices.
    fn statics(self, out: &mut String) {
        let _ = write!(
            out,
            "\n## Elasticities and implied costs\n\n\
             At the opening, as each lab sees its demand: the elasticity of its tokens to all of its list prices, with the usage that \
             prices cost it and the part of its customers that respond (`lab.NAME.price_response`). A price is a static optimum only \
             where that elasticity is above one in absolute value. The implied cost is the cost at which the lab's prices would be \
             optimal; compute is what the lab pays for compute. Means over {REPLICATIONS} replications, USD per million tokens, three input tokens to one \
             output.\n\n\
             | model | list price | kept | compute | implied cost | elasticity of its lab |\n| --- | --- | --- | --- | --- | --- |\n"
        );
        for of in opening_statics(&self.plan.base) {
            let model = &self.plan.base.scenario.model[of.model.index()].name.text;
            let _ = writeln!(
                out,
                "| {model} | {:.2} | {} | {:.2} | {:.2} | {:.2} |",
                of.price,
                percent(of.kept),
                of.cost,
                of.implied,
                of.elasticity
            );
        }
    }

    fn all_deviations(self, out: &mut String) {
        out.push_str(
            "\n## Every deviation\n\n| actor | deviation | edits | gain, USD | of revenue |\n| --- | --- | --- | --- | --- |\n",
        );
        for (actor, judged) in self.rows() {
            for (deviation, gains) in actor.deviations.iter().zip(&judged.gains) {
                let _ = writeln!(
                    out,
                    "| {} | {} | `{}` | {} ± {} | {} |",
                    self.title(actor),
                    deviation.name,
                    deviation.words().replace('|', "\\|"),
                    figure(gains[0].mean),
                    figure(gains[0].half),
                    share_words(gains[0])
                );
            }
        }
    }

    /// Definition of each actor's profit, with the reason.
    fn measures(self, out: &mut String) {
        out.push_str(
            "\n## Profit\n\n\
             A lab earns its revenue less compute for serving and training, channel shares and take-or-pay: a price decides all of \
             these. Overhead is left out, because staff do not grow with a price.\n\n\
             A cloud earns its gross profit, which bears the cost of idle capacity, less what it spends on neutrality. The cash \
             flow of the lab that it owns is added, so that a payment between the two is neither gain nor loss. Capital \
             expenditure is not subtracted again: the cost of an owned hour contains it.\n\n\
             | actor | profit each month |\n| --- | --- |\n",
        );
        for actor in &self.plan.actors {
            let _ = writeln!(out, "| {} | `{}` |", self.title(actor), actor.payoff);
        }
    }
}
