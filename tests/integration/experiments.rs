//! Calibration, backtest and score commands: the files they write, the input they refuse, and resumption from a
//! checkpoint.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tollway::evidence::backtest::{VINTAGES, backtest, numbers, shipped};
use tollway::scenario::{Request, load};

use crate::common::project;

fn tollway(arguments: &[&str], folder: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tollway"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap()
}

const TARGETS: &str = "replications = 2\npoints = 3\nstarts = 1\n
[[parameter]]\npath = \"choice.attention_model\"\nlow = 0.02\nhigh = 0.5\n
[[target]]\nname = \"moves\"\nmetric = \"market/market/model_switch_rate\"\nmoment = \"mean\"\nfrom = 1\nuntil = 3\nvalue = 0.2\nerror = 0.05\nsource = \"a test\"\n";

#[test]
fn a_calibration_writes_an_overlay_that_runs_and_resumes_from_its_checkpoint() {
    let folder = temp_dir::TempDir::new().unwrap();
    std::fs::write(folder.path().join("targets.toml"), TARGETS).unwrap();
    let classroom = project("scenarios/classroom.toml");
    let run = || {
        let arguments = [
            "calibrate",
            classroom.to_str().unwrap(),
            "--set",
            "run.enterprises=300",
            "--targets",
            "targets.toml",
            "--out",
            "fit.toml",
            "--json",
        ];
        let output = tollway(&arguments, folder.path());
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    let first = run();
    let overlay = std::fs::read_to_string(folder.path().join("fit.toml")).unwrap();
    assert!(
        overlay.contains("class = \"estimated\"") && overlay.contains("seed"),
        "{overlay}"
    );
    assert!(!folder.path().join("fit.toml.evaluations").exists());
    let request = Request {
        file: Some(folder.path().join("fit.toml")),
        ..Request::default()
    };
    let loaded = load(&request).unwrap_or_else(|faults| panic!("{faults}\n{overlay}"));
    assert_eq!(loaded.changes.len(), 1, "{:?}", loaded.changes);
    // Common random numbers throughout give identical bytes.
    assert_eq!(run(), first);
}

#[test]
fn vintages_use_no_later_data_and_list_what_they_carry_back() {
    for (name, _) in VINTAGES {
        let loaded = shipped(
            name,
            &[
                "run.replications=3".to_owned(),
                "run.enterprises=300".to_owned(),
            ],
        )
        .unwrap_or_else(|faults| panic!("{faults}"));
        let counted = numbers(&loaded);
        assert!(counted.on_rows > 50 && counted.carried > 0, "{counted:?}");
        let found = backtest(&loaded).expect("a vintage runs");
        assert!(found.scores.scores.len() > 20, "{name}");
        for score in &found.scores.scores {
            let is_later =
                score.date > found.vintage && score.known.is_none_or(|known| known > found.vintage);
            assert!(score.crps.is_finite() && is_later, "{score:?}");
        }
    }
}

#[test]
fn a_later_row_is_an_error_that_names_it() {
    let text = "name = \"late\"\ntitle = \"late\"\nextends = \"baseline\"\nstart = 2024-12-31\nmonths = 3\nvintage = 2024-12-31\n
[[lab]]\nname = \"openai\"
cash = { value = 1.0e9, unit = \"usd\", class = \"estimated\", source = \"a run rate\", rows = [\"lab_revenue.csv:40\"] }
overhead = { value = 0.3, unit = \"share\", class = \"estimated\", source = \"no row\" }
training = { value = 1.0, unit = \"h100e\", class = \"estimated\", source = \"a slip\", rows = [\"lab_revenue.cvs:40\"] }\n";
    let shown = load(&Request {
        text: Some(("late.toml".to_owned(), text.to_owned())),
        ..Request::default()
    })
    .expect_err("faults")
    .to_string();
    for what in [
        "lab_revenue.csv:40 (OpenAI run_rate, of 2026-04-30), which nobody knew on 2024-12-31",
        "late.toml:10:",
        "must name the rows that it rests on",
        "did you mean `lab_revenue.csv:40`?",
    ] {
        assert!(shown.contains(what), "{what}\n{shown}");
    }
}

#[test]
fn a_finished_run_is_scored_against_a_file_of_the_users() {
    let folder = temp_dir::TempDir::new().unwrap();
    let run = [
        "run",
        "--enterprises",
        "300",
        "--replications",
        "4",
        "--months",
        "4",
        "--json",
    ];
    let output = tollway(&run, folder.path());
    assert!(output.status.success());
    let made: Value = serde_json::from_slice(&output.stdout).unwrap();
    let run = made["folder"].as_str().unwrap();
    let later = "entity,metric,period_start,period_end,value,unit,kind\nOpenAI,run_rate,2026-05-01,2026-05-31,28,USD bn/yr,actual\n\
        AWS,revenue,2026-04-01,2026-06-30,40,USD bn,actual\nAWS,applause,2026-04-01,2026-06-30,40,decibel,actual\n\
        OpenAI,run_rate,2027-05-01,2027-05-31,90,USD bn/yr,actual\n";
    std::fs::write(folder.path().join("later.csv"), later).unwrap();
    let output = tollway(
        &[
            "score",
            run,
            "--observed",
            "later.csv",
            "--json",
            "--out",
            "scores.csv",
        ],
        folder.path(),
    );
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let scores: Value = serde_json::from_slice(&output.stdout).unwrap();
    let list = scores["scores"].as_array().unwrap();
    assert_eq!(list.len(), 2, "{scores}");
    // Simple forecasters know the rows that come with the program.
    for score in list {
        assert!(score["crps"].as_f64().unwrap() >= 0.0);
        assert!(score["crps_last_value"].as_f64().unwrap() > 0.0, "{score}");
    }
    let why: Vec<&str> = scores["unscored"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["why"].as_str().unwrap())
        .collect();
    assert_eq!(why, ["unknown metric", "outside the months of the run"]);
    assert_eq!(
        std::fs::read_to_string(folder.path().join("scores.csv"))
            .unwrap()
            .lines()
            .count(),
        3
    );
    // Wrong files are bad input: exit code 2 and nothing on standard output.
    for arguments in [
        ["score", "nowhere", "--observed", "later.csv"],
        ["score", run, "--observed", "nowhere.csv"],
    ] {
        let output = tollway(&arguments, folder.path());
        assert_eq!(output.status.code(), Some(2));
        assert!(
            output.stdout.is_empty() && String::from_utf8_lossy(&output.stderr).contains("help:")
        );
    }
}

#[test]
fn bounds_outside_the_allowed_range_are_bad_input() {
    let folder = temp_dir::TempDir::new().unwrap();
    let targets = TARGETS.replace("high = 0.5", "high = 3.0");
    std::fs::write(folder.path().join("targets.toml"), targets).unwrap();
    let output = tollway(
        &[
            "calibrate",
            "--targets",
            "targets.toml",
            "--out",
            "fit.toml",
        ],
        folder.path(),
    );
    let shown = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{shown}");
    assert!(
        shown.contains("choice.attention_model") && shown.contains("help:"),
        "{shown}"
    );
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        1,
        "nothing is written"
    );
    // Nothing was observed after the baseline starts.
    let baseline = project("scenarios/baseline.toml");
    let output = tollway(&["backtest", baseline.to_str().unwrap()], folder.path());
    assert_eq!(output.status.code(), Some(2));
    let shown = String::from_utf8_lossy(&output.stderr).into_owned();
    for part in [
        "`baseline` starts on 2026-03-31",
        "nothing can be scored",
        "scenarios/vintages/2024-12-31.toml",
    ] {
        assert!(shown.contains(part), "{part}\n{shown}");
    }
}
