//! Finished results shown again: as charts, in the terminal, and as findings that agree with the tables.

use std::path::Path;
use std::process::Output;

use crate::common::project;
use crate::program::{SMALL, said, tollway};

/// Returns the rows of a CSV file, by column.
fn rows(path: &Path) -> Vec<std::collections::BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    reader.deserialize().map(Result::unwrap).collect()
}

/// Returns the number at the start of a text, scaled by its letter.
fn number(text: &str) -> f64 {
    let mut words = text.split([' ', ';', ')', '(']);
    let digits: f64 = words
        .next()
        .unwrap()
        .trim_end_matches(['.', ','])
        .parse()
        .unwrap();
    digits
        * match words.next().map(|word| word.trim_end_matches(['.', ','])) {
            Some("bn") => 1e9,
            Some("m") => 1e6,
            Some("k") => 1e3,
            _ => 1.0,
        }
}

#[test]
fn findings_of_experiments_say_what_their_tables_say() {
    let folder = temp_dir::TempDir::new().unwrap();
    let fee = project("scenarios/take-rate-8.toml").display().to_string();
    let steering = project("scenarios/steering.toml").display().to_string();
    let metric = "sum(clouds.aws.gross_profit_usd[1..4])";
    let result = |out: &'static str, command: &[&str]| {
        let mut arguments = command.to_vec();
        arguments.extend(["--metric", metric, "--format", "csv", "--out", out]);
        arguments.extend(SMALL);
        let output = tollway(folder.path(), &arguments);
        assert!(output.status.success(), "{}", said(&output));
        let mut inside = std::fs::read_dir(folder.path().join(out)).unwrap();
        let path = inside.next().unwrap().unwrap().path();
        let text = std::fs::read_to_string(path.join("findings.json")).unwrap();
        let found: serde_json::Value = serde_json::from_str(&text).unwrap();
        let text = |key: &str| found[0][key].as_str().unwrap().to_owned();
        (path.clone(), text("head"), text("text"))
    };
    let close = |said: f64, table: &str| {
        let table: f64 = table.parse().unwrap();
        assert!(
            (said - table).abs() <= 0.006 * table.abs(),
            "{said} for {table}"
        );
    };
    let after = |text: &str, mark: &str| -> f64 {
        let (_, rest) = text
            .split_once(mark)
            .unwrap_or_else(|| panic!("{text}: no {mark}"));
        number(rest)
    };
    let mean = |row: &std::collections::BTreeMap<String, String>, name: &str| -> f64 {
        row[name].parse().unwrap()
    };

    let (path, head, text) = result("compare", &["compare", "baseline", &fee]);
    let row = &rows(&path.join("metrics.csv"))[0];
    close(after(&text, "its mean changes by "), &row["mean"]);
    close(after(&text, "from "), &row["first_mean"]);
    close(after(&text, "is between "), &row["p05"]);
    let (change, half) = (mean(row, "mean"), mean(row, "half_width"));
    let word = if change > half {
        "rises"
    } else if change < -half {
        "falls"
    } else {
        "may rise or fall"
    };
    assert!(
        head.contains(word) && head.starts_with("Sum of gross profit of AWS"),
        "{head}"
    );

    let vary = "router.aws-router.take_rate=0,0.04,0.08";
    let (path, head, text) = result("sweep", &["sweep", "--vary", vary]);
    let all = rows(&path.join("points.csv"));
    let by = |a: &&_, b: &&_| mean(a, "mean").total_cmp(&mean(b, "mean"));
    let (most, least) = (
        all.iter().max_by(by).unwrap(),
        all.iter().min_by(by).unwrap(),
    );
    let at =
        |row: &std::collections::BTreeMap<String, String>| mean(row, "router.aws-router.take_rate");
    close(after(&head, "take_rate "), &at(most).to_string());
    close(after(&text, "Its mean is "), &most["mean"]);
    close(after(&text, "there, and "), &least["mean"]);

    let small = [
        "--input", "demand", "--screen", "2", "--keep", "2", "--points", "16",
    ];
    let mut command = vec!["sensitivity"];
    command.extend(small);
    let (path, head, text) = result("sensitivity", &command);
    let all = rows(&path.join("indices.csv"));
    let inputs = all
        .iter()
        .filter(|row| !row["input"].starts_with("all ") || row["input"] == "all other numbers");
    let first = inputs
        .max_by(|a, b| mean(a, "total").total_cmp(&mean(b, "total")))
        .unwrap();
    assert!(
        head.ends_with(&format!("depends most on {}", first["input"])),
        "{head}"
    );
    let total = mean(first, "total");
    assert!(
        (after(&text, "it explains ") / 100.0 - total).abs() < 0.006,
        "{text}"
    );

    let (path, head, text) = result("moat", &["moat", &steering]);
    let all = rows(&path.join("levers.csv"));
    let first = all
        .iter()
        .max_by(|a, b| mean(a, "away").total_cmp(&mean(b, "away")))
        .unwrap();
    assert!(
        head.to_lowercase()
            .starts_with(&first["lever"].to_lowercase()),
        "{head}"
    );
    close(after(&text, "lever costs "), &first["away"]);
}

/// Returns the folders of a small run and of a small comparison.
fn run_and_comparison(folder: &Path) -> (String, String) {
    let fee = project("scenarios/take-rate-8.toml").display().to_string();
    for mut command in [
        vec!["run", "--out", "one"],
        vec!["compare", "baseline", &fee, "--out", "two"],
    ] {
        command.extend(SMALL);
        let output = tollway(folder, &command);
        assert!(output.status.success(), "{}", said(&output));
    }
    let only = |out: &str| {
        let mut inside = std::fs::read_dir(folder.join(out)).unwrap();
        inside.next().unwrap().unwrap().path().display().to_string()
    };
    (only("one"), only("two"))
}

/// Draws a chart of a result.
fn plot(folder: &Path, result: &str, chart: &str, more: &[&str], out: &str) -> Output {
    let mut command = vec!["plot", result, "--chart", chart, "--out", out];
    command.extend(more);
    tollway(folder, &command)
}

const FAN: [&str; 4] = ["--measure", "rent_spot_usd_per_h", "--by", "cloud"];

#[test]
fn any_measure_of_a_run_and_its_change_in_a_comparison_can_be_drawn() {
    let folder = temp_dir::TempDir::new().unwrap();
    let (run, comparison) = run_and_comparison(folder.path());
    for (result, chart, more, out, holds) in [
        (&run, "fan", &FAN[..], "fan.svg", "Spot rent by cloud"),
        (&run, "stack", &FAN[..], "stack.svg", "Spot rent by cloud"),
        (
            &run,
            "dollar",
            &["--year", "1"][..],
            "d.svg",
            "Google Cloud",
        ),
        (&run, "lab_shares", &[][..], "shares.svg", "Anthropic"),
        (
            &comparison,
            "fan",
            &FAN[..],
            "change.svg",
            "take-rate-8 less baseline: spot rent by cloud",
        ),
    ] {
        let output = plot(folder.path(), result, chart, more, out);
        assert!(output.status.success(), "{}", said(&output));
        let picture = std::fs::read_to_string(folder.path().join(out)).unwrap();
        assert!(picture.contains(holds), "{out} does not say {holds}");
    }
    let shown = said(&tollway(folder.path(), &["show", &comparison]));
    assert!(
        shown.starts_with("1. ") && shown.contains("pairs"),
        "{shown}"
    );
    assert!(shown.lines().all(|line| line.chars().count() <= 80));
    let listed = said(&tollway(folder.path(), &["plot", &run]));
    assert!(
        listed.contains("toll_by_stream") && listed.contains("fan, stack, share"),
        "{listed}"
    );
}

#[test]
fn a_chart_that_cannot_be_drawn_is_refused_with_a_remedy() {
    let folder = temp_dir::TempDir::new().unwrap();
    let (run, comparison) = run_and_comparison(folder.path());
    for (result, chart, more, out, says) in [
        (&run, "fan", &[][..], "x.svg", "needs a measure"),
        (&run, "dolar", &[][..], "x.svg", "did you mean `dollar`?"),
        (
            &run,
            "dollar",
            &["--year", "9"][..],
            "x.svg",
            "it has years 1 to 1",
        ),
        (&run, "fan", &FAN[..], "x.pdf", "neither .svg nor .png"),
        (&run, "fan", &FAN[..2], "x.svg", "add --by cloud"),
        (
            &run,
            "fan",
            &["--measure", "wait", "--by", "clod"][..],
            "x.svg",
            "did you mean `cloud`?",
        ),
        (
            &run,
            "fan",
            &["--measure", "wait", "--by", "cloud", "--only", "awz"][..],
            "x.svg",
            "did you mean `aws`?",
        ),
        (
            &comparison,
            "stack",
            &FAN[..],
            "x.svg",
            "differences do not add up",
        ),
        (
            &comparison,
            "fan",
            &["--measure", "wait", "--by", "cloud", "--arm", "x"][..],
            "x.svg",
            "it has take-rate-8",
        ),
        (
            &"nowhere".to_owned(),
            "fan",
            &FAN[..],
            "x.svg",
            "name a folder",
        ),
    ] {
        let output = plot(folder.path(), result, chart, more, out);
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert!(said(&output).contains(says), "{says}: {}", said(&output));
        assert!(!folder.path().join(out).exists());
    }
}

#[test]
fn a_finished_run_is_shown_again_in_eighty_columns() {
    let folder = temp_dir::TempDir::new().unwrap();
    let classroom = project("scenarios/classroom.toml").display().to_string();
    let mut arguments = vec!["run", classroom.as_str(), "--out", "out"];
    arguments.extend(SMALL);
    let run = tollway(folder.path(), &arguments);
    assert!(run.status.success(), "{}", said(&run));
    let results = std::fs::read_dir(folder.path().join("out")).unwrap().next();
    let results = results.unwrap().unwrap().path();
    let shown = tollway(folder.path(), &["show", &results.display().to_string()]);
    assert!(shown.status.success(), "{}", said(&shown));
    let text = String::from_utf8(shown.stdout).unwrap();
    assert!(
        String::from_utf8_lossy(&run.stdout).contains(&text),
        "{text}"
    );
    let longest = text.lines().map(|line| line.chars().count()).max();
    assert!(longest <= Some(80) && text.lines().count() > 20, "{text}");
    assert!(!text.contains('\u{1b}'), "no colours in a pipe");
    let page = std::fs::read_to_string(results.join("report.html")).unwrap();
    assert!(page.len() < 3 << 20 && page.contains("</html>"));
    assert!(
        !page.contains("src=\"http") && !page.contains("href=\"http"),
        "it needs no network"
    );
    let nowhere = tollway(folder.path(), &["show", "out"]);
    assert_eq!(nowhere.status.code(), Some(2), "{}", said(&nowhere));
}
