//! Reports of games and of certificates of stability.

pub mod certificate;
mod certificate_page;
mod certificate_tables;
mod charts;
mod game_page;
mod tables;

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use super::{Experiment, ExperimentReport};
use crate::experiments::game::equilibria::{Equilibrium, Kind, Rest};
use crate::experiments::game::plan::{GamePlan, Player};
use crate::experiments::game::play::Played;
use crate::experiments::game::samples::{Regret, Stance};
use crate::experiments::game::spec::Method;
use crate::report::charts::Chart;
use crate::report::page::Finding;
use crate::report::tables::frames::Frame;
use crate::report::text::number_format::{
    amount, capital, figure, percent, titled, unit_words, whole_percent,
};

/// Limits of regrets, as printed with them.
const LIMITS: &str = "Regret is against the strategies that the file names. Plans are open-loop: a player chooses once, before the first month, and does not react to what it sees. Intervals are those of single comparisons, at 95 %.";

/// A finished game.
#[derive(Clone, Debug)]
pub struct GameReport<'a> {
    /// Experiment.
    pub experiment: Experiment<'a>,
    /// The game.
    pub plan: &'a GamePlan,
    /// The results.
    pub played: &'a Played,
}

/// A stance in words.
pub(super) const fn stance_words(stance: Stance) -> &'static str {
    match stance {
        Stance::Below => "stable",
        Stance::Above => "not stable",
        Stance::Open => "open",
    }
}

impl GameReport<'_> {
    /// The strategies of an equilibrium as text.
    fn label(&self, equilibrium: &Equilibrium) -> String {
        if let Some(profile) = equilibrium.kind.profile() {
            return self.plan.label(profile);
        }
        let of_player = |(player, mix): (&Player, &Vec<f64>)| {
            let parts = player.strategies.iter().zip(mix);
            let played = parts.filter(|(_, share)| **share > 0.0005);
            let named: Vec<String> = played
                .map(|(strategy, share)| format!("{} {}", strategy.name, whole_percent(*share)))
                .collect();
            format!("{} {}", player.name, named.join(" or "))
        };
        let parts: Vec<String> = (self.plan.players.iter().zip(&equilibrium.mixes))
            .map(of_player)
            .collect();
        parts.join("; ")
    }

    /// The end of the replicator dynamics as text.
    fn rest(&self, rest: Rest) -> String {
        match rest {
            Rest::Profile(profile) => self.plan.label(profile),
            Rest::Mixed(at) => {
                let mut mixed = self
                    .played
                    .equilibria
                    .iter()
                    .filter(|e| e.kind == Kind::Mixed);
                let found = mixed.find(|e| e.number == at);
                found.map_or_else(|| "a mixed equilibrium".to_owned(), |e| self.label(e))
            }
            Rest::Other => "another state".to_owned(),
            Rest::Never => "no rest (a cycle)".to_owned(),
        }
    }

    /// The best reply of a player and its gain, as words.
    fn reply(&self, player: usize, regret: &Regret) -> String {
        let player = &self.plan.players[player];
        let reply = &player.strategies[regret.reply].name;
        let gain = amount(regret.gain, &self.plan.unit);
        let (low, high) = regret.interval;
        format!(
            "{}: {reply} {gain} ({} to {})",
            player.name,
            figure(low),
            figure(high)
        )
    }

    /// One line for each player: its best reply, the interval of its gain, and how often it would leave.
    fn regrets(&self, regrets: &[Regret]) -> String {
        let mut out = String::new();
        for (player, regret) in regrets.iter().enumerate() {
            let _ = writeln!(
                out,
                "    best reply of {}; pays more in {} of worlds",
                self.reply(player, regret),
                whole_percent(regret.leaves)
            );
        }
        out
    }

    /// Returns the equilibria found, in a line.
    fn headline(&self) -> String {
        let exact = |e: &&Equilibrium| !matches!(e.kind, Kind::Epsilon(_));
        let count = self.played.equilibria.iter().filter(exact).count();
        let Some(first) = self.played.equilibria.first() else {
            return "no profile is stable: in each, some player gains by another strategy"
                .to_owned();
        };
        let share = match first.kind {
            Kind::Mixed => String::new(),
            _ => format!(", in {} of resamples", whole_percent(first.share)),
        };
        let kind = match count {
            0 => "stable only within epsilon".to_owned(),
            1 => "the only equilibrium".to_owned(),
            _ => format!("one of {count} equilibria"),
        };
        format!("{kind}: {}{share}", self.label(first))
    }

    fn status_quo(&self) -> Option<String> {
        let regrets = self.played.status_quo.as_ref()?;
        let best =
            (0..regrets.len()).max_by(|a, b| regrets[*a].gain.total_cmp(&regrets[*b].gain))?;
        Some(if regrets[best].gain > 0.0 {
            format!(
                "the status quo is no equilibrium; largest gain, {}",
                self.reply(best, &regrets[best])
            )
        } else {
            "the status quo is an equilibrium".to_owned()
        })
    }

    fn effort(&self) -> String {
        let settings = self.plan.settings;
        let end = if self.played.is_decided {
            "every profile is decided against epsilon"
        } else {
            "some profiles are still open against epsilon at the most replications"
        };
        format!(
            "{} of {} profiles, {} replications each; {end} ({})",
            self.played.samples.profiles().count(),
            self.plan.shape.profiles(),
            self.played.replications,
            amount(settings.epsilon, &self.plan.unit)
        )
    }

    fn valuation(&self) -> String {
        let rule = self.plan.accounts.rule;
        format!(
            "Payoffs in {}: {} months at {} a year, and {} years of the last month",
            unit_words(&self.plan.unit),
            rule.months,
            percent(rule.discount),
            rule.multiple
        )
    }
}

impl ExperimentReport for GameReport<'_> {
    fn experiment(&self) -> &Experiment<'_> {
        &self.experiment
    }

    fn text(&self) -> String {
        let mut out = format!(
            "{}\n{}\n{}\n",
            capital(&self.headline()),
            self.effort(),
            self.valuation()
        );
        for equilibrium in &self.played.equilibria {
            let share = match equilibrium.kind {
                Kind::Mixed => String::new(),
                _ => format!(", {} of resamples", whole_percent(equilibrium.share)),
            };
            let _ = writeln!(
                out,
                "\n  {} ({}{share}; {} against epsilon)",
                self.label(equilibrium),
                equilibrium.kind.word(),
                stance_words(equilibrium.stance)
            );
            out.push_str(&self.regrets(&equilibrium.regrets));
        }
        if let Some(regrets) = &self.played.status_quo {
            let _ = write!(
                out,
                "\n  Status quo: {}\n{}",
                self.plan.label(self.plan.status_quo()),
                self.regrets(regrets)
            );
        }
        if !self.played.basins.is_empty() {
            out.push_str("\n  Replicator dynamics end at\n");
            for (rest, share) in &self.played.basins {
                let _ = writeln!(
                    out,
                    "    {:>6}  {}",
                    whole_percent(*share),
                    self.rest(*rest)
                );
            }
        }
        for reply in &self.played.replies {
            let (low, high) = reply.gain.interval;
            let _ = writeln!(
                out,
                "\n  Outside the table: {} gains {} ({} to {}) by {} = {}",
                self.plan.players[reply.player].name,
                amount(reply.gain.gain, &self.plan.unit),
                figure(low),
                figure(high),
                reply.path,
                figure(reply.value)
            );
        }
        if self.plan.settings.method == Method::FullTable && !self.played.has_mixed {
            out.push_str(
                "\n  Mixed strategies were not looked for: the game has too many supports.\n",
            );
        }
        let _ = writeln!(out, "\n{LIMITS}");
        out
    }

    fn json(&self, folder: &Path) -> String {
        let regret = |regret: &Regret| json!({ "reply": regret.reply, "gain": regret.gain, "interval": [regret.interval.0, regret.interval.1], "leaves": regret.leaves });
        let equilibria: Vec<Value> = (self.played.equilibria.iter())
            .map(|e| {
                json!({ "label": self.label(e), "kind": e.kind.word(), "mixes": e.mixes, "stance": stance_words(e.stance), "share": e.share,
                    "regrets": e.regrets.iter().map(regret).collect::<Vec<_>>() })
            })
            .collect();
        let shares = self.played.resampled.shares.iter();
        let resamples: Vec<Value> = shares
            .map(|(profile, share)| json!({ "profile": self.plan.label(*profile), "share": share }))
            .collect();
        let basins: Vec<Value> = (self.played.basins.iter())
            .map(|(rest, share)| json!({ "rest": self.rest(*rest), "share": share }))
            .collect();
        let replies: Vec<Value> = (self.played.replies.iter())
            .map(|reply| {
                json!({ "player": self.plan.players[reply.player].name, "path": reply.path, "value": reply.value, "gain": regret(&reply.gain), "tried": reply.tried })
            })
            .collect();
        let status_quo = self.played.status_quo.as_ref();
        let status_quo = status_quo.map(|regrets| regrets.iter().map(regret).collect::<Vec<_>>());
        format!(
            "{}\n",
            json!({ "folder": folder.display().to_string(), "replications": self.played.replications, "is_decided": self.played.is_decided,
                "unit": self.plan.unit.to_string(), "equilibria": equilibria, "status_quo": status_quo, "resamples": resamples,
                "no_equilibrium": self.played.resampled.none, "basins": basins, "replies": replies, "limits": LIMITS })
        )
    }

    fn tables(&self) -> Vec<Frame> {
        tables::all(self)
    }

    fn charts(&self) -> Vec<Chart> {
        charts::all(self)
    }

    fn source_line(&self) -> String {
        let run = &self.plan.base.scenario.run;
        format!(
            "tollway game {} | seed {}, {} replications of {} enterprises a profile | tollway {}",
            self.plan.name,
            run.seed.0,
            self.played.replications,
            run.enterprises.0,
            env!("CARGO_PKG_VERSION")
        )
    }

    fn findings(&self) -> Vec<Finding> {
        let mut all = vec![Finding {
            head: capital(&self.headline()),
            text: match self.played.equilibria.first() {
                Some(first) => {
                    let replies = first.regrets.iter().enumerate();
                    let replies: Vec<String> =
                        replies.map(|(p, regret)| self.reply(p, regret)).collect();
                    format!(
                        "Gains of the best replies, with 95 % intervals: {}.",
                        replies.join("; ")
                    )
                }
                None => "See the table of profiles.".to_owned(),
            },
        }];
        if let (Some(head), Some(regrets)) = (self.status_quo(), &self.played.status_quo) {
            let leave = self.plan.players.iter().zip(regrets);
            let leave: Vec<String> = leave
                .map(|(player, regret)| format!("{} {}", player.name, whole_percent(regret.leaves)))
                .collect();
            all.push(Finding {
                head: capital(&head),
                text: format!(
                    "Share of worlds in which each would leave it: {}.",
                    leave.join(", ")
                ),
            });
        }
        if let Some((rest, share)) = self.played.basins.first() {
            all.push(Finding {
                head: format!("{} of random starts end at {}", whole_percent(*share), self.rest(*rest)),
                text: "Replicator dynamics from random shares of strategies: a strategy grows with its payoff over the mean of its player.".to_owned(),
            });
        }
        for reply in &self.played.replies {
            let name = &self.plan.players[reply.player].name;
            let is_better = reply.gain.interval.0 > 0.0;
            let verb = if is_better {
                "gains"
            } else {
                "does not surely gain"
            };
            all.push(Finding {
                head: format!("{} {verb} by {} = {}", titled(&self.plan.base.scenario, name), reply.path, figure(reply.value)),
                text: format!(
                    "The best of {} values outside the table: {} (95 % interval: {} to {}), in replications that did not choose it.",
                    reply.tried.len(),
                    amount(reply.gain.gain, &self.plan.unit),
                    figure(reply.gain.interval.0),
                    figure(reply.gain.interval.1)
                ),
            });
        }
        all.push(Finding {
            head: capital(&self.effort()),
            text: format!("{}. {LIMITS}", self.valuation()),
        });
        all
    }
}
