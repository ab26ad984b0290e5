//! One scenario and seed give identical bytes for any number of threads, any repetition and any instruction set.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::common::{files_below, project};

fn tollway(args: &[&str], out: &Path, variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tollway"));
    command
        .args(args)
        .arg("--out")
        .arg(out)
        .args(["--progress", "never"]);
    for (name, value) in variables {
        command.env(name, value);
    }
    command.output().expect("the program runs")
}

/// Returns every file below the run's folder except `run.json`.
fn files(out: &Path) -> BTreeMap<String, Vec<u8>> {
    let named = |path: PathBuf| {
        let name = path.strip_prefix(out).unwrap().display().to_string();
        (name, std::fs::read(&path).unwrap())
    };
    (files_below(out).into_iter())
        .filter(|path| path.file_name().is_some_and(|name| name != "run.json"))
        .map(named)
        .collect()
}

fn run(more: &[&str], variables: &[(&str, &str)]) -> BTreeMap<String, Vec<u8>> {
    let out = temp_dir::TempDir::new().unwrap();
    let scenario = project("scenarios/baseline.toml");
    let mut args = vec![
        "run",
        scenario.to_str().unwrap(),
        "--replications",
        "6",
        "--months",
        "14",
    ];
    args.extend(more);
    let output = tollway(&args, out.path(), variables);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    files(out.path())
}

#[test]
fn threads_do_not_change_results() {
    // 9,000 enterprises make three partitions, so that threads also share one replication.
    for population in ["500", "9000"] {
        let size = ["--enterprises", population, "--full"];
        let one = run(&[&size[..], &["--threads", "1"]].concat(), &[]);
        assert!(one.len() > 18, "{:?}", one.keys());
        for threads in ["2", "7"] {
            let many = run(&[&size[..], &["--threads", threads]].concat(), &[]);
            assert!(
                one == many,
                "{threads} threads and {population} enterprises"
            );
        }
    }
}

#[test]
fn a_repeated_run_gives_equal_bytes_and_another_seed_other_numbers() {
    let first = run(&["--enterprises", "500", "--format", "csv"], &[]);
    assert!(first == run(&["--enterprises", "500", "--format", "csv"], &[]));
    let other = run(
        &["--enterprises", "500", "--format", "csv", "--seed", "2"],
        &[],
    );
    let summary = |files: &BTreeMap<String, Vec<u8>>| {
        files
            .iter()
            .find(|(name, _)| name.ends_with("summary.csv"))
            .unwrap()
            .1
            .clone()
    };
    assert!(summary(&first) != summary(&other));
}

#[test]
fn another_instruction_set_gives_the_same_tables() {
    let plain = run(&["--enterprises", "500"], &[]);
    let reduced = run(
        &["--enterprises", "500"],
        &[("GLIBC_TUNABLES", "glibc.cpu.hwcaps=-FMA,-AVX2")],
    );
    let tables = |files: BTreeMap<String, Vec<u8>>| {
        files
            .into_iter()
            .filter(|(name, _)| name.ends_with(".parquet") || name.ends_with(".csv"))
            .collect::<Vec<_>>()
    };
    assert!(tables(plain) == tables(reduced));
}

#[test]
fn bad_input_exits_with_2_and_writes_nothing() {
    let out = temp_dir::TempDir::new().unwrap();
    let target = out.path().join("results");
    for args in [
        vec!["run", "--set", "months=500"],
        vec!["run", "--set", "router.aws-router.take_rate=2"],
        vec!["run", "no-such-file.toml"],
        vec!["run", "--no-such-option"],
    ] {
        let output = tollway(&args, &target, &[]);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(!output.stderr.is_empty());
        assert!(!target.exists(), "{args:?} wrote something");
    }
}

#[test]
fn output_that_cannot_be_written_exits_with_3() {
    let out = temp_dir::TempDir::new().unwrap();
    let blocked = out.path().join("file");
    std::fs::write(&blocked, "in the way").unwrap();
    let args = [
        "run",
        "--replications",
        "1",
        "--enterprises",
        "50",
        "--months",
        "1",
    ];
    let output = tollway(&args, &blocked, &[]);
    assert_eq!(
        output.status.code(),
        Some(3),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let again = out.path().join("again");
    assert!(tollway(&args, &again, &[]).status.success());
    let second = tollway(&args, &again, &[]);
    assert_eq!(second.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&second.stderr).contains("--force"));
    assert!(
        tollway(&[&args[..], &["--force"]].concat(), &again, &[])
            .status
            .success()
    );
}
