//! `tollway score`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;

use super::freeze::{FACTS, open_frozen};
use super::{Failure, print, read_file, write_file};
use crate::base::time::Date;
use crate::evidence::mapping::Mapping;
use crate::evidence::samples::RunSamples;
use crate::evidence::score::lines::{HEADS, cells, examples, histogram, reasons, unscored};
use crate::evidence::score::{
    Evidence, Score, Scores, Summed, Unscored, bins, by, csv, json, overall, score,
};
use crate::observations::{Observation, check_values, pack, parse};
use crate::report::read::RunFolder;
use crate::scenario::fault::{Fault, Faults};

/// Ratio of an observation to the median of its forecast beyond which the unit may be wrong.
const FAR: f64 = 100.0;
/// Labels from which a difference to another forecaster tells more than chance.
pub(super) const ENOUGH: usize = 5;

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
    let observed = observations(&args.observed, &mapping)?;
    if args.run.join(FACTS).is_file() {
        let frozen = open_frozen(&args.run)?;
        let forecast = Forecast {
            samples: frozen.samples(),
            scenario: &frozen.made.scenario.text,
            made: Some(frozen.made.made.date),
        };
        return output(args, &forecast, &observed, &mapping);
    }
    let folder = open_run(&args.run)?;
    if let Some(file) = &args.measures {
        let (name, text) = (file.display().to_string(), read_file(file)?);
        mapping.check_entities((&name, &text), |table| folder.entities(table))?;
    }
    let forecast = Forecast {
        samples: folder.samples(),
        scenario: &folder.facts.scenario,
        made: None,
    };
    output(args, &forecast, &observed, &mapping)
}

/// A run, or a frozen forecast, that is scored.
struct Forecast<'a> {
    samples: RunSamples<'a>,
    scenario: &'a str,
    /// Day on which a frozen forecast was made.
    made: Option<Date>,
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
    forecast: &Forecast<'_>,
    observed: &[Observation],
    mapping: &Mapping,
) -> Result<(), Failure> {
    let mut scores = scored(&forecast.samples, observed, mapping);
    let months = &forecast.samples.months;
    let ends = [months.first(), months.last()].map(|month| month.map_or("", String::as_str));
    if scores.scores.is_empty() {
        return Err(Faults(vec![nothing(&args.observed, &scores, ends)]).into());
    }
    if let Some(file) = &args.out {
        write_file(file, csv(&scores.scores))?;
    }
    let count = scores.scores.len();
    let mut early = Vec::new();
    if let Some(made) = forecast.made {
        (early, scores.scores) = known_by(made, scores.scores);
    }
    if args.json {
        return print(&as_json(&scores, &early));
    }
    let mut out = format!(
        "{}, {} to {}: {count} targets of {} rows",
        forecast.scenario,
        ends[0],
        ends[1],
        observed.len()
    );
    if let Some(made) = forecast.made {
        let _ = write!(
            out,
            "; {} of them first public after {made}, when the forecast was made",
            scores.scores.len()
        );
    }
    out.push('\n');
    tables(&mut out, &scores.scores);
    if !early.is_empty() {
        out.push_str(
            "\nPublic when the forecast was made, so they test nothing and count in no mean:\n",
        );
        targets(&mut out, &early);
    }
    unscored(&mut out, &scores.unscored, "--json lists all");
    print(&out)
}

/// Targets that were public on a day, and the others.
pub(super) fn known_by(day: Date, scores: Vec<Score>) -> (Vec<Score>, Vec<Score>) {
    let is_early = |score: &Score| score.known.is_some_and(|known| known <= day);
    scores.into_iter().partition(is_early)
}

/// The fault of a file of which no row was scored, with the reasons.
fn nothing(file: &Path, scores: &Scores, [first, last]: [&str; 2]) -> Fault {
    let found = reasons(&scores.unscored);
    let counts: Vec<String> = found
        .iter()
        .map(|(why, rows)| format!("{why} ({})", rows.len()))
        .collect();
    let counts = match counts.as_slice() {
        [] => "it has no rows".to_owned(),
        counts => counts.join("; "),
    };
    let rows: Vec<&Unscored> = scores.unscored.iter().collect();
    let rows = examples(&rows).join("; ");
    let what = format!("nothing of {} was scored: {counts}", file.display());
    Fault::nowhere(what).help(format!(
        "the run covers {first} to {last}; data/measures.csv has the entities, metrics and units that are known. \
         Rows: {rows}"
    ))
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

/// The observations of a file, in which every value that the mapping reads is a number.
pub(super) fn observations(file: &Path, mapping: &Mapping) -> Result<Vec<Observation>, Failure> {
    let text = read_file(file)?;
    let observed = parse(&file.display().to_string(), &text)?;
    check_values(&observed, |seen| mapping.reads(seen))?;
    Ok(observed)
}

/// Scores, their means, targets that were known when the forecast was made, and observations that were not scored, as
/// JSON.
fn as_json(scores: &Scores, early: &[Score]) -> String {
    let list: Vec<serde_json::Value> = scores.scores.iter().map(json).collect();
    let unscored: Vec<serde_json::Value> = scores
        .unscored
        .iter()
        .map(|row| serde_json::json!({ "row": row.row, "what": row.what, "why": row.why, "remedy": row.remedy }))
        .collect();
    let [groups, horizons] = by(&scores.scores);
    let text = serde_json::to_string_pretty(&serde_json::json!({
        "all": overall(&scores.scores).as_ref().map(summed),
        "groups": groups.iter().map(summed).collect::<Vec<_>>(),
        "horizons": horizons.iter().map(summed).collect::<Vec<_>>(),
        "pit": bins(&scores.scores),
        "scores": list, "unscored": unscored,
        "known_when_made": early.iter().map(json).collect::<Vec<_>>(),
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

/// Scores as text: each target, and means by group and horizon. Without targets nothing.
fn tables(out: &mut String, scores: &[Score]) {
    if scores.is_empty() {
        return;
    }
    out.push('\n');
    targets(out, scores);
    remarks(out, scores);
    let [groups, horizons] = by(scores);
    let all = overall(scores);
    means(out, groups.iter().chain(&horizons).chain(&all));
    let _ = writeln!(
        out,
        "\nShare of targets by tenth of the forecast, from lowest to highest, %: {}",
        histogram(&bins(scores))
    );
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
    let mut has_few = false;
    let rows: Vec<[String; HEADS.len()]> = lines
        .map(|line| {
            let mut row = cells(line);
            if line.labels < ENOUGH {
                has_few = true;
                "-".clone_into(&mut row[HEADS.len() - 1]);
            }
            row
        })
        .collect();
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
    if has_few {
        let _ = writeln!(
            out,
            "A group of fewer than {ENOUGH} labels has no difference (-): it could not be told from chance."
        );
    }
}

fn short(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width - 1).chain(['…']).collect()
}
