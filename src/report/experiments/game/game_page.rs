//! A game as a page of Markdown.

use std::fmt::Write as _;

use super::{GameReport, LIMITS, stance_words};
use crate::experiments::game::equilibria::Kind;
use crate::experiments::game::samples::Regret;
use crate::experiments::game::spec::Method;
use crate::report::text::number_format::{amount, capital, figure, percent, whole_percent};

/// A gain with its interval, and the share of worlds in which a reply pays more, as cells of a table.
fn gain_cells(regret: &Regret) -> String {
    let (low, high) = regret.interval;
    format!(
        "{} ({} to {}) | {}",
        figure(regret.gain),
        figure(low),
        figure(high),
        whole_percent(regret.leaves)
    )
}

impl GameReport<'_> {
    /// The page of the game. `command` made it, and `file` states the game.
    #[must_use]
    pub fn markdown(&self, command: &str, file: &str) -> String {
        let plan = self.plan;
        let run = &plan.base.scenario.run;
        let status_quo = self
            .status_quo()
            .map_or_else(String::new, |words| format!(" {}.", capital(&words)));
        let mut out = format!(
            "# Game: {}\n\n\
             Made by `{command}`. Players, strategies and payoffs are those of `{file}`; edit that file, not this page. \
             {} enterprises, seed {}. {}.\n\n\
             **{}.**{status_quo}\n\n\
             Each player chooses a strategy, and each profile of strategies is a scenario; all are run on common random numbers. {}. \
             A *gain* is the payoff of a player's best other strategy less that of the profile, with its 95 % interval: below \
             zero, every other strategy loses. {LIMITS}\n\n",
            plan.title,
            run.enterprises.0,
            run.seed.0,
            capital(&self.effort()),
            capital(&self.headline()),
            self.valuation(),
        );
        self.profiles(&mut out);
        self.resamples(&mut out);
        self.outside(&mut out);
        self.strategies(&mut out);
        out
    }

    /// Equilibria and the status quo, with the best reply of each player.
    fn profiles(&self, out: &mut String) {
        out.push_str(
            "## Equilibria and the status quo\n\n\
             | profile | kind | against epsilon | player | best reply | gain, USD | worlds in which another strategy pays more |\n\
             | --- | --- | --- | --- | --- | --- | --- |\n",
        );
        let mut rows = |label: &str, kind: &str, stance: &str, regrets: &[Regret]| {
            for (player, regret) in self.plan.players.iter().zip(regrets) {
                let reply = &player.strategies[regret.reply].name;
                let _ = writeln!(
                    out,
                    "| {label} | {kind} | {stance} | {} | {reply} | {} |",
                    player.name,
                    gain_cells(regret)
                );
            }
        };
        for of in &self.played.equilibria {
            rows(
                &self.label(of),
                of.kind.word(),
                stance_words(of.stance),
                &of.regrets,
            );
        }
        if let Some(regrets) = &self.played.status_quo {
            let label = self.plan.label(self.plan.status_quo());
            rows(&label, "status quo", "", regrets);
        }
        let _ = writeln!(
            out,
            "\nEpsilon is {}. The table of every profile that was run is `profiles` in the folder of the result.",
            amount(self.plan.settings.epsilon, &self.plan.unit)
        );
        if self.plan.settings.method == Method::BestReply {
            out.push_str(
                "Only profiles near the way of best replies were run, so that other equilibria may exist.\n",
            );
        }
    }

    /// Shares of resamples in which each profile is an equilibrium, and the rests of the replicator dynamics.
    fn resamples(&self, out: &mut String) {
        out.push_str("\n## How sure it is\n\n| equilibrium in pure strategies | share of resamples |\n| --- | --- |\n");
        let resampled = &self.played.resampled;
        for (profile, share) in &resampled.shares {
            let label = self.plan.label(*profile);
            let _ = writeln!(out, "| {label} | {} |", percent(*share));
        }
        let _ = writeln!(out, "| none | {} |", percent(resampled.none));
        if !self.played.basins.is_empty() {
            out.push_str(
                "\nReplicator dynamics from random starts end at:\n\n| rest | share of starts |\n| --- | --- |\n",
            );
            for (rest, share) in &self.played.basins {
                let _ = writeln!(out, "| {} | {} |", self.rest(*rest), percent(*share));
            }
        }
        let is_mixed = |kind: Kind| kind == Kind::Mixed;
        if self.played.equilibria.iter().any(|of| is_mixed(of.kind)) {
            out.push_str("\nMixed equilibria are left out of the resamples.\n");
        }
    }

    /// Better replies outside the table.
    fn outside(&self, out: &mut String) {
        if self.played.replies.is_empty() {
            return;
        }
        out.push_str(
            "\n## Replies outside the table\n\n\
             The best value of a number that a player could set alone at the first equilibrium. The gain is measured \
             on replications that were not used to pick the value.\n\n\
             | player | number | values tried | best | gain, USD | worlds in which it pays more |\n| --- | --- | --- | --- | --- | --- |\n",
        );
        for reply in &self.played.replies {
            let tried: Vec<String> = reply.tried.iter().map(|(at, _)| figure(*at)).collect();
            let _ = writeln!(
                out,
                "| {} | `{}` | {} | {} | {} |",
                self.plan.players[reply.player].name,
                reply.path,
                tried.join(", "),
                figure(reply.value),
                gain_cells(&reply.gain)
            );
        }
    }

    /// Strategies with their edits, and payoffs.
    fn strategies(&self, out: &mut String) {
        out.push_str("\n## Strategies\n\n| player | strategy | edits |\n| --- | --- | --- |\n");
        for player in &self.plan.players {
            for strategy in &player.strategies {
                let words = strategy.words().replace('|', "\\|");
                let _ = writeln!(out, "| {} | {} | `{words}` |", player.name, strategy.name);
            }
        }
        out.push_str("\n| player | payoff each month |\n| --- | --- |\n");
        for player in &self.plan.players {
            let _ = writeln!(out, "| {} | `{}` |", player.name, player.payoff);
        }
    }
}
