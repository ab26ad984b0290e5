//! The certificate of stability as a page of Markdown.

use std::fmt::Write as _;

use super::certificate::{Certificate, LIMITS, at_multiple, share_words};
use super::stance_words;
use crate::base::ids::Id;
use crate::experiments::game::statics::LabElasticities;
use crate::market::labs::price_game::PriceStatics;
use crate::report::text::number_format::{figure, percent, titled};

impl<'a> Certificate<'a> {
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
             **{}.** {}\n\n\
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
            self.static_words(),
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

    /// Which opening prices are no static optimum, in sentences.
    fn static_words(self) -> String {
        let names = |wanted: &dyn Fn(&PriceStatics) -> bool| {
            let found = self.statics.models.iter().filter(|of| wanted(of));
            let names: Vec<&str> = found.map(|of| self.model(of)).collect();
            names.join(", ")
        };
        let never = names(&|of| of.implied_rise < 0.0);
        let models = &self.statics.models;
        let between = models.iter().filter(|of| is_between(of)).count();
        let claim = if never.is_empty() {
            "Every opening price is a static optimum at some cost that is not negative".to_owned()
        } else {
            format!(
                "No static optimum is claimed for the opening prices of {never}: only a negative cost would explain them"
            )
        };
        format!(
            "{claim}. For {between} of {} models, what the lab pays for compute lies between the two implied costs (see [below](#elasticities-and-implied-costs)).",
            models.len()
        )
    }

    fn model(self, of: &PriceStatics) -> &'a str {
        &self.plan.base.scenario.model[of.model.index()].name.text
    }

    /// Elasticities and implied costs at opening prices.
    fn statics(self, out: &mut String) {
        self.elasticities(out);
        out.push_str(
            "\nA price is a static optimum for every cost between two ends, in USD per million tokens, three input tokens to one output: \
             below the first a cut would pay, above the second a rise. *Kept* is the share of the list price that is left to the lab after discounts and the cloud's share. *Compute* is what the lab pays for compute. The ends take all \
             models of a lab together, and its demand for each model as it sees it; for the second, a rise of one price adds its \
             part of the difference between the two elasticities above. Neither end reckons with what an owner earns elsewhere: \
             a cloud's hosting of other labs, its fees, or other sales to the customers that its models bring. Such sales would be a \
             reason for a lower price than the table explains.\n\n\
             | model | list price | kept | implied cost, cut | implied cost, rise | compute | compute lies |\n| --- | --- | --- | --- | --- | --- | --- |\n",
        );
        for of in &self.statics.models {
            let _ = writeln!(
                out,
                "| {} | {:.2} | {} | {:.2} | {:.2} | {:.2} | {} |",
                self.model(of),
                of.price,
                percent(of.kept),
                of.implied_cut,
                of.implied_rise,
                of.cost,
                place_words(of)
            );
        }
    }

    /// Elasticities by lab.
    fn elasticities(self, out: &mut String) {
        let _ = write!(
            out,
            "\n## Elasticities and implied costs\n\n\
             At opening prices: the elasticity of each lab's tokens to all of its list prices. *Seen* is the elasticity that the lab \
             sees, with the usage that prices cost it and the part of its customers that respond (`lab.NAME.price_response`). *Cut* \
             and *rise* are those of the simulated market, with 95 % intervals: the lab's prices are 10 % lower or higher \
             throughout, while all labs of the table hold theirs, and tokens are added up over time as profit is. They differ because \
             customers look around more often when prices rise above those of the start (`choice.price_attention`); a lab that opens \
             more than 10 % below the start shows no such kink. Means over {} \
             replications. A price can be a static optimum only where the elasticity to a rise is above one in absolute value. Labs \
             that do not price by best response claim none.\n\n\
             | lab | prices by best response | seen | cut | rise |\n| --- | --- | --- | --- | --- |\n",
            self.statics.replications
        );
        for of in &self.statics.labs {
            let interval =
                |of: &crate::stats::Summary| format!("{:.2} ± {:.2}", of.mean, of.half_width(0.95));
            let LabElasticities {
                seen, cut, rise, ..
            } = of;
            let name = &self.plan.base.scenario.lab[of.lab.index()].name.text;
            let _ = writeln!(
                out,
                "| {} | {} | {seen:.2} | {} | {} |",
                titled(&self.plan.base.scenario, name),
                if of.is_best_response { "yes" } else { "no" },
                interval(cut),
                interval(rise)
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

/// Where the compute cost of a model lies against the costs at which its price is optimal.
fn place_words(of: &PriceStatics) -> &'static str {
    if of.implied_rise < 0.0 {
        "above: no cost explains the price"
    } else if of.cost > of.implied_rise {
        "above: a rise would pay"
    } else if of.cost < of.implied_cut {
        "below: a cut would pay"
    } else {
        "between"
    }
}

/// True if the price of a model is optimal at what its lab pays for compute.
fn is_between(of: &PriceStatics) -> bool {
    (of.implied_cut..=of.implied_rise).contains(&of.cost)
}
