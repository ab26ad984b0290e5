//! `tollway score`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;

use super::freeze::{FACTS, open_frozen};
use super::{Failure, print, read_file, write_file};
use crate::evidence::mapping::Mapping;
use crate::evidence::samples::RunSamples;
use crate::evidence::score::lines::{HEADS, cells, histogram};
use crate::evidence::score::{
    Evidence, Score, Scores, Summed, Unscored, bins, by, csv, json, overall, score,
};
use crate::observations::{Observation, pack, parse};
use crate::report::read::RunFolder;
use crate::scenario::fault::{Fault, Faults};

/// Ratio of an observation to the median of its forecast beyond which the unit may be wrong.
const FAR: f64 = 100.0;

/// Options of `tollway score`.
#[derive(Debug, Args)]
pub(super) struct ScoreArgs {
    /// Folder of a finished run, or of a frozen forecast.
    run: PathBuf,
    /// CSV file of observations, with the columns of data/observations.csv (docs/scoring.md).
    #[arg(long, value_name = "FILE")]
    observed: PathBuf,
    /// CSV file that maps observations to measures, with the columns of data/measures.csv [default: the built-in mapping].
    #[arg(long, value_name = "FILE")]
    measures: Option<PathBuf>,
    /// Print the scores as JSON instead of tables.
    #[arg(long)]
    json: bool,
    /// Also write the score of each target to this CSV file.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Scores a finished run, or a frozen forecast, against observations.
pub(super) fn run(args: &ScoreArgs) -> Result<(), Failure> {
    let mapping = mapping(args.measures.as_deref())?;
    let observed = observations(&args.observed)?;
    if args.run.join(FACTS).is_file() {
        let frozen = open_frozen(&args.run)?;
        let scenario = &frozen.made.scenario.text;
        return output(args, &frozen.samples(), scenario, (&observed, &mapping));
    }
    let folder = open_run(&args.run)?;
    output(
        args,
        &folder.samples(),
        &folder.facts.scenario,
        (&observed, &mapping),
    )
}

/// Opens the folder of a finished run.
pub(super) fn open_run(path: &Path) -> Result<RunFolder, Failure> {
    RunFolder::open(path).map_err(|why| {
        Failure::from(Faults(vec![Fault::nowhere(why).help(
            "name the folder that `tollway run` wrote, such as output/baseline-...-s1",
        )]))
    })
}

/// Scores samples and writes the scores where the options say.
fn output(
    args: &ScoreArgs,
    samples: &RunSamples<'_>,
    scenario: &str,
    (observed, mapping): (&[Observation], &Mapping),
) -> Result<(), Failure> {
    let scores = scored(samples, observed, mapping);
    if let Some(file) = &args.out {
        write_file(file, csv(&scores.scores))?;
    }
    if args.json {
        return print(&as_json(&scores));
    }
    let head = format!(
        "{scenario}, {} to {}: {} targets of {} rows\n\n",
        samples.months.first().map_or("", String::as_str),
        samples.months.last().map_or("", String::as_str),
        scores.scores.len(),
        observed.len()
    );
    print(&(head + &tables(&scores)))
}

/// Scores samples against observations. Simple forecasters see those known at the start of the run, of the file and of the
/// built-in data.
pub(super) fn scored(
    samples: &RunSamples<'_>,
    observed: &[Observation],
    mapping: &Mapping,
) -> Scores {
    let past: Vec<Observation> = pack().iter().chain(observed).cloned().collect();
    let evidence = Evidence {
        observed,
        past: &past,
        mapping,
    };
    score(samples, &evidence, samples.start)
}

/// The mapping of a file, or the built-in one.
pub(super) fn mapping(file: Option<&Path>) -> Result<Mapping, Failure> {
    match file {
        None => Ok(Mapping::built_in().clone()),
        Some(file) => {
            let text = read_file(file)?;
            Ok(Mapping::read(&file.display().to_string(), &text)?)
        }
    }
}

/// The observations of a file.
pub(super) fn observations(file: &Path) -> Result<Vec<Observation>, Failure> {
    let text = read_file(file)?;
    Ok(parse(&file.display().to_string(), &text)?)
}

/// Scores, their means, and observations that were not scored, as JSON.
fn as_json(scores: &Scores) -> String {
    let list: Vec<serde_json::Value> = scores.scores.iter().map(json).collect();
    let unscored: Vec<serde_json::Value> = scores
        .unscored
        .iter()
        .map(|row| serde_json::json!({ "row": row.row, "what": row.what, "why": row.why }))
        .collect();
    let [groups, horizons] = by(&scores.scores);
    let text = serde_json::to_string_pretty(&serde_json::json!({
        "all": overall(&scores.scores).as_ref().map(summed),
        "groups": groups.iter().map(summed).collect::<Vec<_>>(),
        "horizons": horizons.iter().map(summed).collect::<Vec<_>>(),
        "pit": bins(&scores.scores),
        "scores": list, "unscored": unscored,
    }))
    .expect("JSON of JSON");
    format!("{text}\n")
}

/// Mean scores of a group as JSON; intervals are of 95 %.
pub(super) fn summed(line: &Summed) -> serde_json::Value {
    let [half, most, nearly] = line.coverage;
    let rivals = line.rivals.iter().map(|rival| {
        serde_json::json!({
            "forecaster": rival.forecaster.name(), "crps": rival.crps, "difference": interval(rival.difference),
        })
    });
    serde_json::json!({
        "name": line.name, "labels": line.labels, "targets": line.count, "compared": line.compared,
        "coverage": { "50": interval(half), "80": interval(most), "90": interval(nearly) },
        "crps": interval(line.crps), "crps_compared": line.compared_crps(), "ape": line.ape, "pit": line.pit,
        "forecasters": rivals.collect::<Vec<_>>(),
    })
}

/// A mean with its interval as JSON.
pub(super) fn interval(estimate: crate::stats::bootstrap::Estimate) -> serde_json::Value {
    serde_json::json!({ "mean": estimate.value, "low": estimate.low, "high": estimate.high })
}

/// Scores as text: each target, means by group and horizon, and observations that were not scored.
pub(super) fn tables(scores: &Scores) -> String {
    let mut out = String::new();
    if scores.scores.is_empty() {
        out.push_str(
            "Nothing to score: no observation falls in the months of the run and matches a measure.\n",
        );
    } else {
        targets(&mut out, &scores.scores);
        remarks(&mut out, &scores.scores);
        let [groups, horizons] = by(&scores.scores);
        let all = overall(&scores.scores);
        means(&mut out, groups.iter().chain(&horizons).chain(&all));
        let _ = writeln!(
            out,
            "\nShare of targets by tenth of the forecast, from lowest to highest, %: {}",
            histogram(&bins(&scores.scores))
        );
    }
    unscored(&mut out, &scores.unscored);
    out
}

/// A line for each target.
fn targets(out: &mut String, scores: &[Score]) {
    let _ = writeln!(
        out,
        "{:<34} {:<10} {:>9} {:>9} {:>20} {:>5} {:>6} {:>6}",
        "label", "date", "observed", "median", "10 to 90 %", "pit", "error", "crps"
    );
    for s in scores {
        let [_, p10, p50, p90, _] = s.quantiles;
        let _ = writeln!(
            out,
            "{:<34} {:<10} {:>9.4} {:>9.4} {:>20} {:>5.2} {:>5.0}% {:>6.3}{}",
            short(&s.label, 34),
            s.date,
            s.observed,
            p50,
            format!("{p10:.3} to {p90:.3}"),
            s.pit,
            100.0 * s.ape,
            s.crps,
            if s.covered[1] { "" } else { "  outside" }
        );
    }
}

/// Targets whose period covers parts of months, and those so far from the forecast that a unit may be wrong.
fn remarks(out: &mut String, scores: &[Score]) {
    let name = |score: &Score| format!("{} {}", score.label, score.date);
    let list = |wanted: &dyn Fn(&Score) -> bool| {
        let found: Vec<String> = scores
            .iter()
            .filter(|score| wanted(score))
            .map(name)
            .collect();
        (!found.is_empty()).then(|| found.join("; "))
    };
    if let Some(found) = list(&|score| score.is_prorated) {
        let _ = writeln!(out, "\nParts of months count by days: {found}");
    }
    let is_far = |score: &Score| {
        let ratio = score.observed / score.quantiles[2];
        ratio > 0.0 && libm::log(ratio).abs() > libm::log(FAR)
    };
    if let Some(found) = list(&is_far) {
        let _ = writeln!(
            out,
            "\nMore than {FAR:.0} times above or below the median, so check the unit and the value: {found}"
        );
    }
}

/// A line of means for each group.
pub(super) fn means<'a>(out: &mut String, lines: impl Iterator<Item = &'a Summed>) {
    let rows: Vec<[String; HEADS.len()]> = lines.map(cells).collect();
    let heads = HEADS.map(str::to_owned);
    let widths: Vec<usize> = (0..HEADS.len())
        .map(|at| {
            let all = rows.iter().chain([&heads]);
            all.map(|row| row[at].chars().count()).max().unwrap_or(0)
        })
        .collect();
    out.push('\n');
    for row in [&heads].into_iter().chain(&rows) {
        let line: Vec<String> = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        let _ = writeln!(out, "{}", line.join("  ").trim_end());
    }
    out.push_str(
        "\nEvery label weighs the same. CRPS is in logarithms, lower is better; difference: CRPS minus that of the best simple\n\
forecaster on the same targets, negative where the model is better. In brackets: 95 % intervals by bootstrap.\n",
    );
}

/// A line for each reason, with the rows that were not scored for it.
pub(super) fn unscored(out: &mut String, unscored: &[Unscored]) {
    let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for row in unscored {
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
}

fn short(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width - 1).chain(['…']).collect()
}
