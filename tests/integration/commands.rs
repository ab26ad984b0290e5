//! Commands of experiments as a user runs them: they write identical bytes on any number of threads and refuse bad
//! input before they write anything.

use std::path::{Path, PathBuf};

use crate::common::{files_below, project};
use crate::program::{SMALL, said, tollway};

/// Returns all files below a folder with their bytes, in order of their names.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let named = |path: PathBuf| {
        let name = path.strip_prefix(folder).unwrap().display().to_string();
        (name, std::fs::read(&path).unwrap())
    };
    files_below(folder).into_iter().map(named).collect()
}

#[test]
fn experiments_write_the_same_bytes_on_any_number_of_threads() {
    let steering = project("scenarios/steering.toml").display().to_string();
    let fee = "sum(clouds.aws.gross_profit_usd[1..4])";
    let clouds = project("scenarios/games/clouds.toml").display().to_string();
    let commands: [Vec<&str>; 6] = [
        vec![
            "compare",
            "baseline",
            &steering,
            "--attribute",
            "--metric",
            fee,
        ],
        vec![
            "sweep",
            "--vary",
            "router.aws-router.take_rate=0,0.05",
            "--vary",
            "switching.state_value=1..3",
            "--points",
            "2",
            "--metric",
            fee,
        ],
        vec![
            "sensitivity",
            "--input",
            "demand",
            "--screen",
            "2",
            "--keep",
            "2",
            "--points",
            "16",
            "--metric",
            fee,
        ],
        vec!["moat", &steering, "--metric", fee],
        vec!["game", &clouds],
        vec!["certify", &steering],
    ];
    for command in commands {
        let folders = [
            temp_dir::TempDir::new().unwrap(),
            temp_dir::TempDir::new().unwrap(),
        ];
        let mut written = Vec::new();
        for (folder, threads) in folders.iter().zip(["1", "3"]) {
            let mut arguments = command.clone();
            arguments.extend(SMALL);
            arguments.extend(["--xlsx", "--threads", threads]);
            let output = tollway(folder.path(), &arguments);
            assert!(output.status.success(), "{command:?}\n{}", said(&output));
            written.push(files(&folder.path().join("output")));
        }
        let names: Vec<&String> = written[0].iter().map(|(name, _)| name).collect();
        assert!(
            names.iter().any(|name| name.ends_with(".parquet")),
            "{names:?}"
        );
        assert!(
            names.iter().any(|name| name.ends_with("manifest.json")),
            "{names:?}"
        );
        for ending in [".png", "charts.json", "report.html", "workbook.xlsx"] {
            assert!(names.iter().any(|name| name.ends_with(ending)), "{names:?}");
        }
        assert!(
            names.iter().all(|name| !name.ends_with(".checkpoint")),
            "{names:?}"
        );
        assert!(
            written[0] == written[1],
            "{command:?}: files differ between 1 and 3 threads"
        );
    }
}

#[test]
fn contributions_of_three_edits_add_up_and_differences_are_in_the_json() {
    let folder = temp_dir::TempDir::new().unwrap();
    let steering = project("scenarios/steering.toml").display().to_string();
    let mut arguments = vec!["compare", "baseline", &steering, "--attribute", "--json"];
    arguments.extend(SMALL);
    let output = tollway(folder.path(), &arguments);
    assert!(output.status.success(), "{}", said(&output));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    for metric in json["attribution"].as_array().unwrap() {
        let parts = metric["values"].as_array().unwrap();
        assert_eq!(parts.len(), 3, "three routers steer");
        let sum: f64 = parts.iter().map(|part| part.as_f64().unwrap()).sum();
        let total = metric["total"].as_f64().unwrap();
        assert!(
            (sum - total).abs() <= 1e-9 * total.abs().max(1e-9),
            "{metric}"
        );
    }
    let difference = &json["differences"].as_array().unwrap()[0];
    for key in [
        "table", "entity", "month", "measure", "mean", "sd", "p05", "p50", "p95", "n",
    ] {
        assert!(!difference[key].is_null(), "{key}: {difference}");
    }
}

#[test]
fn discover_finds_conditions_in_a_sweep() {
    let folder = temp_dir::TempDir::new().unwrap();
    let metric = "sum(clouds.aws.routing_fee_usd[1..4])";
    let mut arguments = vec![
        "sweep",
        "--vary",
        "router.aws-router.take_rate=0..0.08",
        "--layout",
        "lhs",
        "--points",
        "20",
        "--metric",
        metric,
    ];
    arguments.extend(SMALL);
    let output = tollway(folder.path(), &arguments);
    assert!(output.status.success(), "{}", said(&output));
    let written = std::fs::read_dir(folder.path().join("output"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let table = written.display().to_string();
    let output = tollway(
        folder.path(),
        &[
            "discover",
            &table,
            "--cases",
            &format!("{metric} > 5000000"),
        ],
    );
    let text = said(&output);
    assert!(
        output.status.success() && text.contains("router.aws-router.take_rate at least"),
        "{text}"
    );
    let nothing = tollway(
        folder.path(),
        &["discover", &table, "--cases", &format!("{metric} > 1e18")],
    );
    assert_eq!(nothing.status.code(), Some(2), "{}", said(&nothing));
}

#[test]
fn bad_input_ends_with_2_and_writes_nothing() {
    let steering = project("scenarios/steering.toml").display().to_string();
    let vintage = project("scenarios/vintages/2025-06-30.toml")
        .display()
        .to_string();
    for (arguments, message) in [
        (
            vec![
                "compare",
                "baseline",
                &steering,
                "--metric",
                "clouds.aws.ai_revenue_usd[40]",
            ],
            "month 40 is beyond the horizon of 36 months",
        ),
        (
            vec![
                "compare",
                "baseline",
                &steering,
                "--metric",
                "clouds.aws.ai_revenue_usd[1] + market.market.mtok[1]",
            ],
            "have no common unit",
        ),
        (
            vec!["compare", "baseline", &steering, "--replications", "1"],
            "needs at least two replications",
        ),
        (
            vec!["compare", "baseline", "baseline", "--attribute"],
            "do not differ",
        ),
        (
            vec!["compare", "baseline", &vintage],
            "no common random numbers",
        ),
        (
            vec![
                "compare",
                "baseline",
                &steering,
                "--attribute",
                "--group",
                "x=cloud",
            ],
            "contains no edit",
        ),
        (
            vec!["sweep", "--vary", "router.aws-router.take_rat=0,1"],
            "did you mean `router.aws-router.take_rate`?",
        ),
        (
            vec!["sweep", "--vary", "router.aws-router.take_rate="],
            "has no values",
        ),
        (
            vec!["sweep", "--vary", "router.aws-router.take_rate=0,7"],
            "outside the range",
        ),
        (
            vec!["sensitivity", "--input", "demnd"],
            "no uncertain number begins with `demnd`",
        ),
        (vec!["sensitivity", "--points", "2"], "too few points"),
        (vec!["moat", "--cloud", "awss"], "did you mean `aws`?"),
        (vec!["thesis", "nowhere.toml"], "nowhere.toml"),
        (vec!["game", "nowhere.toml"], "nowhere.toml"),
        (vec!["game", &steering], "unknown key `question`"),
        (vec!["certify", "nowhere.toml"], "nowhere.toml"),
        (
            vec!["certify", "--deviations", &steering],
            "is missing the key `bound`",
        ),
        (
            vec!["certify", "--replications", "1"],
            "needs at least two replications",
        ),
        (
            vec!["discover", "nowhere.parquet", "--cases", "a < 1"],
            "nowhere.parquet",
        ),
        (
            vec!["discover", "nowhere.parquet", "--cases", "a"],
            "is not a comparison",
        ),
    ] {
        let folder = temp_dir::TempDir::new().unwrap();
        let output = tollway(folder.path(), &arguments);
        let text = said(&output);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}\n{text}");
        assert!(text.contains(message), "{arguments:?}\n{text}");
        assert!(
            std::fs::read_dir(folder.path()).unwrap().next().is_none(),
            "{arguments:?} wrote something"
        );
    }
}

#[test]
fn a_faulty_input_of_a_claim_ends_with_exit_code_2() {
    let folder = temp_dir::TempDir::new().unwrap();
    let file = folder.child("claims.toml");
    let text = "name = \"t\"\ntitle = \"T\"\nreplications = 20\nenterprises = 50\n\
        scan = { points = 3, halvings = 1, replications = 10 }\n\
        [[arm]]\nname = \"base\"\noverlays = []\nsets = []\n\
        [[thesis]]\nname = \"a\"\nsource = \"s\"\nclaim = \"c\"\narms = [\"base\"]\n\
        test = \"market.market.mtok[1] > 0\"\n\
        input = { paths = [\"choice.nestin\"], low = 0.1, high = 0.5, reason = \"r\" }\n";
    std::fs::write(&file, text).unwrap();
    let empty = temp_dir::TempDir::new().unwrap();
    let output = tollway(empty.path(), &["thesis", &file.display().to_string()]);
    let shown = said(&output);
    assert_eq!(output.status.code(), Some(2), "{shown}");
    for part in [
        "the scenario has no number `choice.nestin`",
        "claims.toml:16:",
        "did you mean `choice.nesting`?",
        "nothing was run",
    ] {
        assert!(shown.contains(part), "{part}\n{shown}");
    }
    assert!(std::fs::read_dir(empty.path()).unwrap().next().is_none());
}

#[test]
fn a_dry_run_says_what_it_would_take_and_writes_nothing() {
    let steering = project("scenarios/steering.toml").display().to_string();
    let theses = project("scenarios/theses").display().to_string();
    let clouds = project("scenarios/games/clouds.toml").display().to_string();
    for arguments in [
        vec![
            "compare",
            "baseline",
            &steering,
            "--dry-run",
            "--months",
            "2",
            "--enterprises",
            "50",
        ],
        vec![
            "sweep",
            "--vary",
            "router.aws-router.take_rate=0,0.05",
            "--dry-run",
        ],
        vec!["sensitivity", "--dry-run"],
        vec!["moat", "--dry-run"],
        vec!["thesis", &theses, "--dry-run"],
        vec!["game", &clouds, "--dry-run"],
        vec!["certify", "--dry-run"],
    ] {
        let folder = temp_dir::TempDir::new().unwrap();
        let output = tollway(folder.path(), &arguments);
        assert!(
            output.status.success() && said(&output).contains("runs"),
            "{}",
            said(&output)
        );
        assert!(std::fs::read_dir(folder.path()).unwrap().next().is_none());
    }
}
