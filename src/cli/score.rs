//! `tollway score`.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;

use super::{Failure, print, read_file, write_file};
use crate::evidence::score::{MetricScore, Scores, by_metric, csv, horizon_group, score};
use crate::observations::{Observation, pack, parse};
use crate::report::read::RunFolder;
use crate::scenario::fault::{Fault, Faults};

/// Options of `tollway score`.
#[derive(Debug, Args)]
pub(super) struct ScoreArgs {
    /// Folder of a finished run.
    run: PathBuf,
    /// CSV file of observations, with the columns of data/observations.csv (docs/scoring.md).
    #[arg(long, value_name = "FILE")]
    observed: PathBuf,
    /// Print the scores as JSON instead of tables.
    #[arg(long)]
    json: bool,
    /// Also write the score of each target to this CSV file.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Scores a finished run against observations.
pub(super) fn run(args: &ScoreArgs) -> Result<(), Failure> {
    let folder = RunFolder::open(&args.run).map_err(|why| {
        Failure::from(Faults(vec![Fault::nowhere(why).help(
            "name the folder that `tollway run` wrote, such as output/baseline-...-s1",
        )]))
    })?;
    let text = read_file(&args.observed)?;
    let observations = parse(&args.observed.display().to_string(), &text)?;
    // Naive forecasters see the observations known at the start of the run, of the file and of the built-in data.
    let past: Vec<Observation> = pack().iter().chain(&observations).cloned().collect();
    let scores = score(&folder.outcomes(), &observations, &past, folder.start);
    if let Some(file) = &args.out {
        write_file(file, csv(&scores.scores))?;
    }
    if args.json {
        print(&json(&scores))
    } else {
        let head = format!(
            "{}, {} to {}: {} targets of {} rows\n\n",
            folder.scenario,
            folder.months.first().map_or("", String::as_str),
            folder.months.last().map_or("", String::as_str),
            scores.scores.len(),
            observations.len()
        );
        print(&(head + &tables(&scores)))
    }
}

/// Scores, and observations that were not scored, as JSON.
fn json(scores: &Scores) -> String {
    let list: Vec<serde_json::Value> = scores
        .scores
        .iter()
        .map(crate::evidence::score::Score::json)
        .collect();
    let unscored: Vec<serde_json::Value> = scores
        .unscored
        .iter()
        .map(|row| serde_json::json!({ "row": row.row, "what": row.what, "why": row.why }))
        .collect();
    let text =
        serde_json::to_string_pretty(&serde_json::json!({ "scores": list, "unscored": unscored }))
            .expect("JSON of JSON");
    format!("{text}\n")
}

/// Scores as text: each target, means by metric, and observations that were not scored.
pub(super) fn tables(scores: &Scores) -> String {
    let mut out = String::new();
    if scores.scores.is_empty() {
        out.push_str(
            "Nothing to score: no observation falls in the months of the run and matches a measure.\n",
        );
    } else {
        let _ = writeln!(
            out,
            "{:<22} {:<24} {:<7} {:>9} {:>9} {:>20} {:>5} {:>6}",
            "entity", "metric", "month", "observed", "median", "10 to 90 %", "pit", "error"
        );
        for s in &scores.scores {
            let [_, p10, p50, p90, _] = s.quantiles;
            let _ = writeln!(
                out,
                "{:<22} {:<24} {:<7} {:>9.4} {:>9.4} {:>20} {:>5.2} {:>5.0}%{}",
                short(&s.entity, 22),
                short(&s.metric, 24),
                s.month,
                s.observed,
                p50,
                format!("{p10:.3} to {p90:.3}"),
                s.pit,
                100.0 * s.ape,
                if s.covered[1] { "" } else { "  outside" }
            );
        }
        let _ = writeln!(
            out,
            "\n{:<52} {:>3} {:>6} {:>6} {:>6} {:>8} {:>11} {:>8} {:>8}",
            "group", "n", "in 50", "in 80", "in 90", "crps", "last value", "trend", "drift"
        );
        let mut lines = by_metric(&scores.scores, |s| s.label.clone());
        lines.extend(by_metric(&scores.scores, horizon_group));
        lines.extend(by_metric(&scores.scores, |_| "all".to_owned()));
        for line in &lines {
            out.push_str(&metric_line(line));
        }
        out.push_str("\ncrps is divided by the size of the observation; `*` marks naive forecasters that are better on the same targets\n");
    }
    let mut reasons: std::collections::BTreeMap<&str, Vec<&str>> =
        std::collections::BTreeMap::new();
    for row in &scores.unscored {
        reasons.entry(row.why).or_default().push(&row.what);
    }
    if !reasons.is_empty() {
        out.push_str("\nnot scored:\n");
    }
    for (why, rows) in reasons {
        let mut what = rows.clone();
        what.sort_unstable();
        what.dedup();
        let names = what.iter().take(12).copied().collect::<Vec<_>>().join("; ");
        let more = if what.len() > 12 {
            format!("; and {} more", what.len() - 12)
        } else {
            String::new()
        };
        let _ = writeln!(out, "  {:>5} rows: {why} ({names}{more})", rows.len());
    }
    out
}

fn metric_line(line: &MetricScore) -> String {
    let naive = line.naive.map(|pair| {
        pair.map_or_else(
            || "-".to_owned(),
            |(theirs, ours)| format!("{theirs:.3}{}", if theirs < ours { "*" } else { "" }),
        )
    });
    format!(
        "{:<52} {:>3} {:>5.0}% {:>5.0}% {:>5.0}% {:>8.3} {:>11} {:>8} {:>8}\n",
        short(&line.metric, 52),
        line.count,
        100.0 * line.coverage[0],
        100.0 * line.coverage[1],
        100.0 * line.coverage[2],
        line.crps,
        naive[0],
        naive[1],
        naive[2]
    )
}

fn short(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width - 1).chain(['…']).collect()
}
