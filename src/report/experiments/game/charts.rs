//! Charts of a game.

use super::GameReport;
use crate::report::charts::{BAD, Bar, Body, Chart, FIRST, GREY, Numbers};
use crate::report::text::number_format::{in_unit, titled};

/// Largest number of rows of a table of payoffs, and of bars.
const ROWS: usize = 24;

/// All charts.
pub(super) fn all(report: &GameReport<'_>) -> Vec<Chart> {
    let mut charts = vec![regrets(report), resamples(report)];
    if !report.played.basins.is_empty() {
        charts.push(basins(report));
    }
    if !report.played.replies.is_empty() {
        charts.push(replies(report));
    }
    charts.extend((0..report.plan.players.len()).map(|player| payoffs(report, player)));
    charts
}

/// The gain of the best reply of each player at each equilibrium and at the status quo.
fn regrets(report: &GameReport<'_>) -> Chart {
    let equilibria = report.played.equilibria.iter();
    let mut groups: Vec<_> = equilibria
        .map(|e| (report.label(e), &e.regrets, FIRST))
        .collect();
    if let Some(regrets) = &report.played.status_quo {
        groups.push((report.plan.label(report.plan.status_quo()), regrets, GREY));
    }
    let mut bars = Vec::new();
    for (label, regrets, colour) in groups {
        for (player, regret) in report.plan.players.iter().zip(regrets) {
            let reply = &player.strategies[regret.reply].name;
            bars.push(Bar {
                label: format!("{}: {reply}, at {label}", player.name),
                value: regret.gain,
                interval: regret.interval,
                colour: if regret.gain > 0.0 { BAD } else { colour },
            });
        }
    }
    bars.truncate(ROWS);
    Chart {
        name: "regrets".to_owned(),
        title: "Gain of the best reply".to_owned(),
        subtitle: format!(
            "At each equilibrium and at the status quo (grey), with 95 % intervals; orange: the player gains{}",
            in_unit(&report.plan.unit)
        ),
        body: Body::Bars {
            numbers: Numbers::Figure,
            bars,
        },
    }
}

/// Bars of shares without intervals.
fn shares(shares: impl Iterator<Item = (String, f64, usize)>) -> Body {
    let bar = |(label, value, colour): (String, f64, usize)| Bar {
        label,
        value,
        interval: (value, value),
        colour,
    };
    Body::Bars {
        numbers: Numbers::Percent,
        bars: shares.map(bar).collect(),
    }
}

fn resamples(report: &GameReport<'_>) -> Chart {
    let resampled = &report.played.resampled;
    let known = resampled.shares.iter().take(ROWS);
    let known = known.map(|(profile, share)| (report.plan.label(*profile), *share, FIRST));
    let none = ("none in pure strategies".to_owned(), resampled.none, GREY);
    Chart {
        name: "resamples".to_owned(),
        title: "How sure the equilibria are".to_owned(),
        subtitle: format!(
            "Share of {} resamples of the replications in which a profile is an equilibrium",
            report.plan.settings.resamples
        ),
        body: shares(known.chain([none])),
    }
}

fn basins(report: &GameReport<'_>) -> Chart {
    let known = report.played.basins.iter().take(ROWS);
    Chart {
        name: "basins".to_owned(),
        title: "Where replicator dynamics end".to_owned(),
        subtitle: format!(
            "Share of {} random starts that come to rest at each state",
            report.plan.settings.replicator_starts
        ),
        body: shares(known.map(|(rest, share)| (report.rest(*rest), *share, FIRST))),
    }
}

fn replies(report: &GameReport<'_>) -> Chart {
    let bars = report.played.replies.iter().map(|reply| Bar {
        label: format!("{} = {:.3}", reply.path, reply.value),
        value: reply.gain.gain,
        interval: reply.gain.interval,
        colour: if reply.gain.interval.0 > 0.0 {
            BAD
        } else {
            FIRST
        },
    });
    Chart {
        name: "replies".to_owned(),
        title: "Best replies outside the table".to_owned(),
        subtitle: format!(
            "Gain over the headline equilibrium on new replications, with 95 % intervals; orange: surely above zero{}",
            in_unit(&report.plan.unit)
        ),
        body: Body::Bars {
            numbers: Numbers::Figure,
            bars: bars.collect(),
        },
    }
}

/// Payoffs of a player by its own strategy and the strategies of the others.
fn payoffs(report: &GameReport<'_>, player: usize) -> Chart {
    let (plan, samples) = (report.plan, &report.played.samples);
    let shape = samples.shape();
    let own = &plan.players[player];
    let is_first = |profile: &usize| shape.strategy(*profile, player) == 0;
    let known = |profile: usize, strategy: usize| {
        let profile = shape.with(profile, player, strategy);
        (samples.replications(profile) > 0).then(|| {
            let payoff = samples.payoff(profile, player);
            (payoff.mean, payoff.half_width(0.95))
        })
    };
    let mut cases: Vec<usize> = (samples.profiles())
        .map(|profile| shape.with(profile, player, 0))
        .filter(is_first)
        .collect();
    cases.sort_unstable();
    cases.dedup();
    // Of many cases, those nearest to the headline equilibrium.
    if cases.len() > ROWS {
        let first = report
            .played
            .equilibria
            .first()
            .and_then(|e| e.kind.profile());
        let centre = shape.strategies(first.unwrap_or_else(|| plan.status_quo()));
        let far = |profile: &usize| {
            let pairs = shape
                .strategies(*profile)
                .into_iter()
                .zip(&centre)
                .enumerate();
            pairs
                .filter(|(other, (a, b))| *other != player && a != *b)
                .count()
        };
        cases.sort_by_key(far);
        cases.truncate(ROWS);
    }
    let label = |profile: &usize| {
        let names = plan
            .players
            .iter()
            .zip(plan.strategies(*profile))
            .enumerate();
        let others = names.filter(|(other, _)| *other != player);
        let parts: Vec<String> = others
            .map(|(_, (player, strategy))| format!("{} {strategy}", player.name))
            .collect();
        parts.join(", ")
    };
    let strategies = own.strategies.iter().map(|strategy| strategy.name.clone());
    let row = |profile: &usize| {
        (0..own.strategies.len())
            .map(|s| known(*profile, s))
            .collect()
    };
    Chart {
        name: format!("payoffs_{}", player + 1),
        title: format!("Payoffs of {}", titled(&plan.base.scenario, &own.name)),
        subtitle: format!(
            "Mean value by its own strategy and those of the others{}",
            in_unit(&plan.unit)
        ),
        body: Body::Heat {
            numbers: Numbers::Figure,
            x: (format!("strategy of {}", own.name), strategies.collect()),
            y: (
                "strategies of the others".to_owned(),
                cases.iter().map(label).collect(),
            ),
            rows: cases.iter().map(row).collect(),
        },
    }
}
