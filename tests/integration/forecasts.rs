//! Frozen forecasts: what `freeze` writes and refuses, scores from the quantiles alone, and the ledger.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::common::project;

fn tollway(arguments: &[&str], folder: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tollway"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap()
}

fn succeed(arguments: &[&str], folder: &Path) -> String {
    let output = tollway(arguments, folder);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

fn refused(arguments: &[&str], folder: &Path, what: &str) {
    let output = tollway(arguments, folder);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {errors}");
    assert!(
        errors.contains(what) && errors.contains("help:"),
        "{errors}"
    );
    assert!(output.stdout.is_empty());
}

const LATER: &str = "entity,metric,period_start,period_end,value,unit,first_public,quality\n\
    OpenAI,run_rate,2026-05-01,2026-05-31,28,USD bn/yr,2026-06-03,B\n\
    AWS,revenue,2026-04-01,2026-06-30,40,USD bn,2026-07-30,A\n";

/// The number of an entry of the scores of targets.
fn entries(json: &str, key: &str) -> Vec<f64> {
    let scores: Value = serde_json::from_str(json).unwrap();
    let list = scores["scores"].as_array().unwrap().iter();
    list.map(|score| score[key].as_f64().unwrap()).collect()
}

#[test]
fn a_frozen_forecast_is_scored_from_its_quantiles_and_never_changed() {
    let temporary = temp_dir::TempDir::new().unwrap();
    let folder = temporary.path();
    let size = [
        "--enterprises",
        "200",
        "--replications",
        "12",
        "--months",
        "4",
        "--json",
    ];
    let made: Value =
        serde_json::from_str(&succeed(&[&["run"][..], &size].concat(), folder)).unwrap();
    let run = made["folder"].as_str().unwrap();
    std::fs::write(folder.join("later.csv"), LATER).unwrap();
    let freeze =
        |into: &'static str, made: &'static str| ["freeze", run, "--into", into, "--made", made];
    let wrong = [
        (
            freeze("forecasts/june", "2026-06-10"),
            "not named after the vintage",
        ),
        (
            freeze("forecasts/2026-03-31", "2026-13-10"),
            "--made is `2026-13-10`",
        ),
        (
            freeze("forecasts/2026-03-31", "2025-06-10"),
            "before its data",
        ),
    ];
    for (arguments, what) in wrong {
        refused(&arguments, folder, what);
        assert!(!folder.join("forecasts").exists());
    }
    succeed(&freeze("forecasts/2026-03-31", "2026-06-10"), folder);
    let read = |name: &str| {
        std::fs::read_to_string(folder.join("forecasts/2026-03-31").join(name)).unwrap()
    };
    let before = (read("forecast.toml"), read("quantiles.csv"));
    assert!(before.0.contains("made = 2026-06-10") && before.0.contains("replications = 12"));
    refused(
        &freeze("forecasts/2026-03-31", "2026-06-11"),
        folder,
        "exists already",
    );
    assert_eq!(before, (read("forecast.toml"), read("quantiles.csv")));
    succeed(&freeze("forecasts/2026-03-31-b", "2026-06-11"), folder);
    // The run itself is no longer needed.
    let score = |of: &str| succeed(&["score", of, "--observed", "later.csv", "--json"], folder);
    let (own, frozen) = (score(run), score("forecasts/2026-03-31"));
    for (own, frozen) in entries(&own, "p50").iter().zip(entries(&frozen, "p50")) {
        assert!((own / frozen - 1.0).abs() < 0.03, "{own} {frozen}");
    }
    // The run rate was public when the forecast was made, so it is no test.
    assert_eq!(entries(&own, "crps").len(), 2);
    assert_eq!(entries(&frozen, "crps").len(), 1);
    let frozen: Value = serde_json::from_str(&frozen).unwrap();
    assert_eq!(frozen["known_when_made"][0]["label"], "OpenAI run rate");
    assert_eq!(frozen["all"]["targets"], 1);
    let list = succeed(&["forecasts", "--observed", "later.csv"], folder);
    assert!(
        list.contains("2026-03-31-b") && list.contains("made on"),
        "{list}"
    );
    succeed(
        &["forecasts", "--observed", "later.csv", "--page", "page.md"],
        folder,
    );
    let page = std::fs::read_to_string(folder.join("page.md")).unwrap();
    // Of two targets one was public when the first forecast was made.
    assert!(
        page.contains("| 2026-03-31 | baseline | 2026-06-10 | 4 | 12 | 2 | 1 |"),
        "{page}"
    );
    refused(&["forecasts", "nowhere"], folder, "cannot read");
    let head = LATER.lines().next().unwrap();
    let wrong = format!("{head}\nOpenAI,run_rat,,2026-05-31,28,USD bn/yr,2026-06-03,B\n");
    std::fs::write(folder.join("wrong.csv"), wrong).unwrap();
    let arguments = ["score", run, "--observed", "wrong.csv", "--out", "out.csv"];
    refused(&arguments, folder, "unknown metric (1)");
    refused(&arguments, folder, "did you mean `run_rate`?");
    refused(&arguments, folder, "1 fault; nothing was written");
    assert!(!folder.join("out.csv").exists());
}

#[test]
fn a_mapping_of_the_users_is_used_or_refused_with_its_place() {
    let temporary = temp_dir::TempDir::new().unwrap();
    let folder = temporary.path();
    let size = [
        "--enterprises",
        "200",
        "--replications",
        "3",
        "--months",
        "3",
        "--json",
    ];
    let made: Value =
        serde_json::from_str(&succeed(&[&["run"][..], &size].concat(), folder)).unwrap();
    let run = made["folder"].as_str().unwrap();
    std::fs::write(folder.join("later.csv"), LATER).unwrap();
    let header = "label,group,entity,metric,unit,table,of,measure,how,at,scale,bridge,note\n";
    let line =
        "my label,mine,Open*,run_rate,USD bn/yr,labs,openai,run_rate_usd,level,mean,1e-9,none,\n";
    std::fs::write(folder.join("good.csv"), format!("{header}{line}")).unwrap();
    let score = |measures: &'static str| {
        [
            "score",
            run,
            "--observed",
            "later.csv",
            "--json",
            "--measures",
            measures,
        ]
    };
    let found: Value = serde_json::from_str(&succeed(&score("good.csv"), folder)).unwrap();
    assert_eq!(found["scores"].as_array().unwrap().len(), 1, "{found}");
    assert_eq!(found["scores"][0]["label"], "my label");
    assert_eq!(found["groups"][0]["name"], "mine");
    let wrong = line.replace("run_rate_usd", "run_rat_usd");
    std::fs::write(folder.join("wrong.csv"), format!("{header}{line}{wrong}")).unwrap();
    refused(&score("wrong.csv"), folder, "wrong.csv:3:1");
    let wrong = line.replace("labs,openai", "labs,opnai");
    std::fs::write(folder.join("wrong.csv"), format!("{header}{wrong}")).unwrap();
    refused(&score("wrong.csv"), folder, "did you mean `openai`?");
    std::fs::write(folder.join("later.csv"), LATER.replace(",28,", ",many,")).unwrap();
    refused(&score("good.csv"), folder, "later.csv:2:39");
}

#[test]
fn the_page_of_forecasts_lists_every_folder() {
    let page = std::fs::read_to_string(project("docs/forecasts.md")).expect("the page");
    let folders = std::fs::read_dir(project("forecasts")).expect("forecasts");
    let mut count = 0;
    for folder in folders {
        let name = folder.expect("a folder").file_name();
        let row = format!("| {} | ", name.to_string_lossy());
        assert!(
            page.contains(&row),
            "{row}: run `tollway forecasts --page docs/forecasts.md`"
        );
        count += 1;
    }
    assert_eq!(page.matches("\n| 20").count(), count);
    let here = temp_dir::TempDir::new().expect("a temporary folder");
    let made = here.path().join("forecasts.md");
    let made = made.to_str().expect("a path");
    succeed(&["forecasts", "--page", made], &project("."));
    let again = std::fs::read_to_string(made).expect("a page");
    assert_eq!(again.replace(made, "docs/forecasts.md"), page);
}
