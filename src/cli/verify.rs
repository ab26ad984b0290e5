//! `tollway verify`.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;

use super::{Failure, print, read_file, write_file};
use crate::verify::{CASES, Outcome, Verdict, case, page, verify};

/// Options of `tollway verify`.
#[derive(Debug, Args)]
pub(super) struct VerifyArgs {
    /// JSON file of cases [default: the built-in cases].
    cases: Option<PathBuf>,
    /// Run only cases whose topic contains this, e.g. queueing.
    #[arg(long, value_name = "TEXT")]
    topic: Option<String>,
    /// Print an array of {id, topic, verdict, got, expected, error} instead of a table.
    #[arg(long)]
    json: bool,
    /// Also check the engine against queueing theory, and the model against finer windows and larger populations, and write
    /// a Markdown page of all results (about two minutes).
    #[arg(long, value_name = "FILE")]
    page: Option<PathBuf>,
}

/// Runs cases with known answers through the simulator's own functions.
pub(super) fn run(args: &VerifyArgs) -> Result<(), Failure> {
    let (name, text) = match &args.cases {
        None => ("built-in cases".to_owned(), CASES.to_owned()),
        Some(file) => (file.display().to_string(), read_file(file)?),
    };
    let cases = case::parse(&name, &text)?;
    let outcomes = verify(&cases, args.topic.as_deref())?;
    if args.json {
        let list: Vec<serde_json::Value> = outcomes.iter().map(Outcome::json).collect();
        let text = serde_json::to_string_pretty(&list).expect("JSON of JSON");
        print(&format!("{text}\n"))?;
    } else {
        print(&table(&outcomes))?;
    }
    let mut failed = outcomes
        .iter()
        .filter(|o| o.verdict == Verdict::Fail)
        .count();
    if let Some(file) = &args.page {
        let page = page::page(&outcomes).map_err(Failure::Invariant)?;
        write_file(file, &page.text)?;
        failed += page.failed;
    }
    if failed > 0 {
        return Err(Failure::Failed(format!("{failed} of the checks failed")));
    }
    Ok(())
}

/// A line of at most 100 columns for each case: its first number, and how far off it is.
fn table(outcomes: &[Outcome]) -> String {
    let mut out = format!(
        "{:<12} {:<44} {:>14} {:>14} {:>9}  {}\n",
        "case", "topic", "got", "expected", "error", "verdict"
    );
    for outcome in outcomes {
        let (got, expected) = headline(outcome);
        let error = outcome
            .error
            .map_or_else(|| "-".to_owned(), |error| format!("{error:.1e}"));
        let topic: String = if outcome.topic.chars().count() > 44 {
            outcome.topic.chars().take(43).chain(['…']).collect()
        } else {
            outcome.topic.clone()
        };
        let _ = writeln!(
            out,
            "{:<12} {topic:<44} {got:>14} {expected:>14} {error:>9}  {}",
            outcome.id,
            outcome.verdict.name()
        );
    }
    let count = |verdict: Verdict| outcomes.iter().filter(|o| o.verdict == verdict).count();
    let _ = writeln!(
        out,
        "\n{} cases: {} pass, {} fail, {} not used (nothing in the program uses the formula)",
        outcomes.len(),
        count(Verdict::Pass),
        count(Verdict::Fail),
        count(Verdict::NotUsed)
    );
    for outcome in outcomes.iter().filter(|o| o.verdict == Verdict::Fail) {
        let _ = writeln!(
            out,
            "{}: got {}, expected {}",
            outcome.id, outcome.got, outcome.expected
        );
    }
    out
}

/// The first number of a case, computed and expected; `-` where nothing was computed.
fn headline(outcome: &Outcome) -> (String, String) {
    let Some((key, expected)) = outcome
        .expected
        .as_object()
        .and_then(|map| map.iter().next())
    else {
        return ("-".to_owned(), "-".to_owned());
    };
    (first(&outcome.got[key]), first(expected))
}

fn first(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Array(list) => list.first().map_or_else(|| "[]".to_owned(), first),
        serde_json::Value::Object(map) => map.values().next().map_or_else(|| "-".to_owned(), first),
        serde_json::Value::Number(number) => number
            .as_f64()
            .map_or_else(|| number.to_string(), |number| format!("{number:.8}")),
        serde_json::Value::Bool(truth) => truth.to_string(),
        _ => "-".to_owned(),
    }
}
