//! Tables of a game.

use super::{GameReport, stance_words};
use crate::experiments::game::equilibria::Equilibrium;
use crate::experiments::game::samples::Regret;
use crate::experiments::game::search::Reply;
use crate::report::tables::frames::{Cells, Frame};

/// All tables.
pub(super) fn all(report: &GameReport<'_>) -> Vec<Frame> {
    let mut tables = vec![equilibria(report), profiles(report), resamples(report)];
    if !report.played.basins.is_empty() {
        let rests = report.played.basins.iter();
        let columns = vec![
            (
                "rest",
                Cells::Text(rests.map(|(rest, _)| report.rest(*rest)).collect()),
            ),
            (
                "share",
                Cells::Number(
                    report
                        .played
                        .basins
                        .iter()
                        .map(|(_, share)| *share)
                        .collect(),
                ),
            ),
        ];
        tables.push(Frame::new("basins", columns));
    }
    if !report.played.replies.is_empty() {
        tables.push(replies(report));
        tables.push(tried(report));
    }
    if !report.played.ways.is_empty() {
        tables.push(ways(report));
    }
    tables.push(strategies(report));
    tables
}

/// One row an equilibrium and player; the status quo comes last.
fn equilibria(report: &GameReport<'_>) -> Frame {
    let mut rows: Vec<(String, &str, &str, f64, usize, &Regret)> = Vec::new();
    for equilibrium in &report.played.equilibria {
        let Equilibrium {
            kind,
            stance,
            share,
            ..
        } = equilibrium;
        for (player, regret) in equilibrium.regrets.iter().enumerate() {
            let label = report.label(equilibrium);
            rows.push((
                label,
                kind.word(),
                stance_words(*stance),
                *share,
                player,
                regret,
            ));
        }
    }
    if let Some(regrets) = &report.played.status_quo {
        let label = report.plan.label(report.plan.status_quo());
        for (player, regret) in regrets.iter().enumerate() {
            rows.push((label.clone(), "status quo", "", f64::NAN, player, regret));
        }
    }
    let player = |place: usize| &report.plan.players[place];
    let number =
        |of: &dyn Fn(&Regret) -> f64| Cells::Number(rows.iter().map(|row| of(row.5)).collect());
    let columns = vec![
        (
            "profile",
            Cells::Text(rows.iter().map(|row| row.0.clone()).collect()),
        ),
        (
            "kind",
            Cells::Text(rows.iter().map(|row| row.1.to_owned()).collect()),
        ),
        (
            "against_epsilon",
            Cells::Text(rows.iter().map(|row| row.2.to_owned()).collect()),
        ),
        (
            "share_of_resamples",
            Cells::Number(rows.iter().map(|row| row.3).collect()),
        ),
        (
            "player",
            Cells::Text(rows.iter().map(|row| player(row.4).name.clone()).collect()),
        ),
        (
            "best_reply",
            Cells::Text(
                rows.iter()
                    .map(|row| player(row.4).strategies[row.5.reply].name.clone())
                    .collect(),
            ),
        ),
        ("gain", number(&|r| r.gain)),
        ("gain_low", number(&|r| r.interval.0)),
        ("gain_high", number(&|r| r.interval.1)),
        ("regret", number(&Regret::regret)),
        ("leaves", number(&|r| r.leaves)),
    ];
    Frame::new("equilibria", columns)
}

/// One row a profile and player.
fn profiles(report: &GameReport<'_>) -> Frame {
    let samples = &report.played.samples;
    let judged = samples.judged();
    let players = report.plan.players.len();
    let rows: Vec<(usize, usize)> = samples
        .profiles()
        .flat_map(|profile| (0..players).map(move |player| (profile, player)))
        .collect();
    let regrets: Vec<Option<Regret>> = (rows.iter())
        .map(|(profile, player)| {
            let is_judged = judged.binary_search(profile).is_ok();
            is_judged.then(|| samples.regret(*profile, *player))
        })
        .collect();
    let payoffs: Vec<_> = (rows.iter())
        .map(|(profile, player)| samples.payoff(*profile, *player))
        .collect();
    let known = |of: &dyn Fn(&Regret) -> f64| {
        Cells::Number(
            regrets
                .iter()
                .map(|r| r.as_ref().map_or(f64::NAN, of))
                .collect(),
        )
    };
    let plan = report.plan;
    let columns = vec![
        (
            "profile",
            Cells::Text(
                rows.iter()
                    .map(|(profile, _)| plan.label(*profile))
                    .collect(),
            ),
        ),
        (
            "player",
            Cells::Text(
                rows.iter()
                    .map(|(_, p)| plan.players[*p].name.clone())
                    .collect(),
            ),
        ),
        (
            "strategy",
            Cells::Text(
                rows.iter()
                    .map(|(profile, p)| plan.strategies(*profile)[*p].to_owned())
                    .collect(),
            ),
        ),
        (
            "payoff",
            Cells::Number(payoffs.iter().map(|payoff| payoff.mean).collect()),
        ),
        (
            "payoff_half_width",
            Cells::Number(
                payoffs
                    .iter()
                    .map(|payoff| payoff.half_width(0.95))
                    .collect(),
            ),
        ),
        ("regret", known(&Regret::regret)),
        ("regret_low", known(&|r| r.range().0)),
        ("regret_high", known(&|r| r.range().1)),
        ("leaves", known(&|r| r.leaves)),
    ];
    Frame::new("profiles", columns)
}

/// One row a profile that is an equilibrium in some resample, and one for resamples without any.
fn resamples(report: &GameReport<'_>) -> Frame {
    let resampled = &report.played.resampled;
    let mut names: Vec<String> = resampled
        .shares
        .iter()
        .map(|(p, _)| report.plan.label(*p))
        .collect();
    names.push("none in pure strategies".to_owned());
    let mut shares: Vec<f64> = resampled.shares.iter().map(|(_, share)| *share).collect();
    shares.push(resampled.none);
    let columns = vec![
        ("profile", Cells::Text(names)),
        ("share", Cells::Number(shares)),
    ];
    Frame::new("resamples", columns)
}

fn replies(report: &GameReport<'_>) -> Frame {
    let all = &report.played.replies;
    let number = |of: &dyn Fn(&Reply) -> f64| Cells::Number(all.iter().map(of).collect());
    let player = |reply: &Reply| report.plan.players[reply.player].name.clone();
    let columns = vec![
        ("player", Cells::Text(all.iter().map(player).collect())),
        (
            "path",
            Cells::Text(all.iter().map(|reply| reply.path.clone()).collect()),
        ),
        ("value", number(&|r| r.value)),
        ("gain", number(&|r| r.gain.gain)),
        ("gain_low", number(&|r| r.gain.interval.0)),
        ("gain_high", number(&|r| r.gain.interval.1)),
        ("leaves", number(&|r| r.gain.leaves)),
    ];
    Frame::new("replies", columns)
}

fn tried(report: &GameReport<'_>) -> Frame {
    let rows: Vec<(&Reply, f64, f64)> = (report.played.replies.iter())
        .flat_map(|reply| {
            reply
                .tried
                .iter()
                .map(move |(value, gain)| (reply, *value, *gain))
        })
        .collect();
    let player = |reply: &Reply| report.plan.players[reply.player].name.clone();
    let columns = vec![
        (
            "player",
            Cells::Text(rows.iter().map(|(reply, ..)| player(reply)).collect()),
        ),
        (
            "path",
            Cells::Text(rows.iter().map(|(reply, ..)| reply.path.clone()).collect()),
        ),
        (
            "value",
            Cells::Number(rows.iter().map(|row| row.1).collect()),
        ),
        (
            "gain",
            Cells::Number(rows.iter().map(|row| row.2).collect()),
        ),
    ];
    Frame::new("tried", columns)
}

fn ways(report: &GameReport<'_>) -> Frame {
    let rows: Vec<(i64, i64, usize)> = (1..)
        .zip(&report.played.ways)
        .flat_map(|(way, steps)| {
            (0..)
                .zip(steps)
                .map(move |(step, profile)| (way, step, *profile))
        })
        .collect();
    let columns = vec![
        ("way", Cells::Whole(rows.iter().map(|row| row.0).collect())),
        ("step", Cells::Whole(rows.iter().map(|row| row.1).collect())),
        (
            "profile",
            Cells::Text(rows.iter().map(|row| report.plan.label(row.2)).collect()),
        ),
    ];
    Frame::new("ways", columns)
}

/// Strategies and states of nature with their edits.
fn strategies(report: &GameReport<'_>) -> Frame {
    let mut rows: Vec<[String; 4]> = Vec::new();
    for player in &report.plan.players {
        for strategy in &player.strategies {
            rows.push([
                player.name.clone(),
                strategy.name.clone(),
                strategy.words(),
                player.payoff.clone(),
            ]);
        }
    }
    for state in &report.plan.states {
        if let Some(choice) = &state.choice {
            let payoff = format!("probability {}", state.probability);
            rows.push([
                "nature".to_owned(),
                choice.name.clone(),
                choice.words(),
                payoff,
            ]);
        }
    }
    let column = |at: usize| Cells::Text(rows.iter().map(|row| row[at].clone()).collect());
    let columns = vec![
        ("player", column(0)),
        ("strategy", column(1)),
        ("edits", column(2)),
        ("payoff", column(3)),
    ];
    Frame::new("strategies", columns)
}
