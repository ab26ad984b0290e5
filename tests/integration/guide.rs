//! The guide is true: its commands run, its pictures exist, and its equations refer to functions of the code.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::common::{files_below, project, sources_below};

/// Pages whose commands are run, each page in a folder of its own.
const PAGES: [&str; 9] = [
    "README.md",
    "docs/experiments.md",
    "docs/guide/install.md",
    "docs/guide/first-run.md",
    "docs/guide/scenario.md",
    "docs/guide/outputs.md",
    "docs/guide/questions.md",
    "docs/guide/cookbook.md",
    "docs/scoring.md",
];

/// Options that decide how long a command takes, with the small values that the tests use.
const SIZES: [(&str, &str); 7] = [
    ("--replications", "2"),
    ("--enterprises", "60"),
    ("--points", "16"),
    ("--screen", "1"),
    ("--keep", "3"),
    ("--flips", "0"),
    ("--resamples", "20"),
];

/// Returns the fenced blocks of a language, each with the text before it.
fn blocks<'t>(page: &'t str, language: &str) -> Vec<(&'t str, &'t str)> {
    let fence = format!("\n```{language}\n");
    let mut found = Vec::new();
    let mut rest = page;
    while let Some((before, after)) = rest.split_once(&fence) {
        let (block, next) = after.split_once("\n```").expect("a block ends");
        found.push((before.trim_end().lines().last().unwrap_or_default(), block));
        rest = next;
    }
    found
}

/// Returns the help of a command, which lists its options.
fn options(tollway: &Path, command: &str) -> String {
    let help = Command::new(tollway).args([command, "--help"]).output();
    String::from_utf8_lossy(&help.expect("the program runs").stdout).into_owned()
}

/// Returns the command with all sizes reduced; the question it asks stays.
fn smaller(line: &str, tollway: &Path) -> String {
    let (line, _) = line.split_once("  #").unwrap_or((line, ""));
    let line = line.trim().replace("cargo run -- ", "tollway ");
    let command = line.split_whitespace().nth(1).unwrap_or_default();
    let known = options(tollway, command);
    let mut words: Vec<String> = Vec::new();
    let mut rest = line.split(' ').filter(|word| !word.is_empty());
    while let Some(word) = rest.next() {
        if SIZES.iter().any(|(name, _)| *name == word) {
            rest.next();
        } else {
            words.push(word.to_owned());
        }
    }
    if command == "calibrate" {
        words.extend(["--set", "run.enterprises=60"].map(str::to_owned));
    }
    for (name, value) in SIZES {
        // A thesis needs at least twenty replications for a verdict, and a sweep needs enough cases that some are of
        // interest.
        let value = match (name, command) {
            ("--replications", "thesis") => "20",
            ("--replications", "sweep") => "8",
            _ => value,
        };
        if known.contains(name) {
            words.extend([name.to_owned(), value.to_owned()]);
        }
    }
    // A calibration reads its size from the file of targets.
    let words = words.join(" ");
    words.replace("scenarios/calibration/targets.toml", "targets.toml")
}

/// Returns a folder that holds the files named in the page's commands.
fn folder() -> temp_dir::TempDir {
    let folder = temp_dir::TempDir::new().expect("a temporary folder");
    for name in ["scenarios", "data"] {
        std::os::unix::fs::symlink(project(name), folder.path().join(name)).expect("a link");
    }
    let targets = std::fs::read_to_string(project("scenarios/calibration/targets.toml"));
    let targets = targets.expect("the targets are there");
    let small = targets.replace("replications = 120", "replications = 2");
    assert_ne!(targets, small);
    std::fs::write(folder.path().join("targets.toml"), small).expect("a temporary file");
    folder
}

fn run_page(name: &str) {
    let page = std::fs::read_to_string(project(name)).expect("the page is there");
    let here = folder();
    let tollway = PathBuf::from(env!("CARGO_BIN_EXE_tollway"));
    for (said, block) in blocks(&page, "toml") {
        if let Some(file) = said
            .strip_prefix("Save as `")
            .and_then(|s| s.split('`').next())
        {
            std::fs::write(here.path().join(file), block).expect("a temporary file");
        }
    }
    let path = format!(
        "{}:{}",
        tollway.parent().expect("it lies somewhere").display(),
        std::env::var("PATH").unwrap_or_default()
    );
    let mut done: BTreeMap<String, usize> = BTreeMap::new();
    for (_, block) in blocks(&page, "sh") {
        for line in block.lines() {
            let line = line.trim();
            let is_ours = line.starts_with("tollway ") || line.starts_with("cargo run -- ");
            // Observations later than the vintage are not shipped with the project. A record is made at full size and
            // would write into the project.
            if !is_ours || line.contains("later.csv") || line.contains("--record") {
                continue;
            }
            // A repeated command would find its folder in the way and test nothing new.
            let small = smaller(line, &tollway);
            *done.entry(small.clone()).or_default() += 1;
            if done[&small] > 1 {
                continue;
            }
            let ran = Command::new("sh")
                .args(["-c", &small])
                .current_dir(here.path())
                .env("PATH", &path)
                .output()
                .expect("a shell");
            assert!(
                ran.status.success(),
                "{name}: `{line}`, run as `{small}`, ends with {}\n{}{}",
                ran.status,
                String::from_utf8_lossy(&ran.stderr),
                String::from_utf8_lossy(&ran.stdout)
            );
        }
    }
    assert!(!done.is_empty(), "{name} has no commands");
}

macro_rules! pages {
    ($($test:ident = $at:literal,)*) => {
        $(#[test]
        #[ignore = "minutes; `.ci/run` runs it"]
        fn $test() {
            run_page(PAGES[$at]);
        })*
    };
}

pages! {
    commands_of_the_readme_run = 0,
    commands_of_experiments_run = 1,
    commands_of_install_run = 2,
    commands_of_the_first_run_run = 3,
    commands_of_writing_a_scenario_run = 4,
    commands_of_reading_outputs_run = 5,
    commands_of_questions_run = 6,
    commands_of_the_cookbook_run = 7,
    commands_of_scoring_run = 8,
}

#[test]
fn pages_show_pictures_that_exist_and_link_to_what_is_there() {
    let mut pages = vec![
        project("README.md"),
        project("notebooks/README.md"),
        project("CONTRIBUTING.md"),
    ];
    pages.extend(
        (files_below(&project("docs")).into_iter())
            .filter(|path| path.extension().is_some_and(|extension| extension == "md")),
    );
    for page in pages {
        let text = std::fs::read_to_string(&page).expect("a page");
        for piece in text.split("](").skip(1) {
            let target = piece.split(')').next().unwrap_or_default();
            let target = target.split('#').next().unwrap_or_default();
            if target.is_empty() || target.contains("://") || target.contains(' ') {
                continue;
            }
            let path = page.parent().expect("a folder").join(target);
            assert!(
                path.exists(),
                "{} links to {target}, which is not there",
                page.display()
            );
        }
    }
}

/// Returns the documentation and attributes in front of a function.
fn docs_of(file: &str, function: &str) -> String {
    let text = std::fs::read_to_string(project(file)).unwrap_or_else(|_| panic!("no {file}"));
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let head = format!("pub fn {function}");
    let is_it = |line: &&str| -> bool {
        line.strip_prefix(head.as_str())
            .is_some_and(|rest| rest.starts_with(['(', '<']))
    };
    let at = lines
        .iter()
        .position(|line| is_it(&&**line))
        .unwrap_or_else(|| panic!("{file} has no {function}"));
    let before = lines[..at].iter().rev();
    let docs: Vec<&str> = before
        .take_while(|line| line.starts_with("///") || line.starts_with("#["))
        .copied()
        .collect();
    docs.join("\n")
}

#[test]
fn equations_link_to_functions_and_back() {
    let page = std::fs::read_to_string(project("docs/model.md")).expect("the page is there");
    let start = page
        .find("\n## 8. Equations")
        .expect("a section of equations");
    let section = &page[start..page.find("\n## 9.").expect("a section after it")];
    let rows: Vec<Vec<&str>> = (section.lines())
        .filter(|line| {
            line.starts_with("| ") && !line.starts_with("| no.") && !line.starts_with("| ---")
        })
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    assert!(rows.len() > 30);
    for (number, row) in (1..).zip(&rows) {
        assert_eq!(row[0], number.to_string(), "equations are counted");
        let (name, file) = row[3].split_once("](../").expect("a link to a file");
        let name = name.trim_start_matches("[`").trim_end_matches('`');
        let (_, function) = name.split_once("::").expect("a module and a function");
        let docs = docs_of(file.trim_end_matches(')'), function);
        let said = format!("Equation {number} of `docs/model.md`.");
        assert!(docs.contains(&said), "{name} does not say: {said}");
    }
    // No function names an equation that the page lacks.
    // A formula that only checks others is with the cases.
    let sources = [
        "src/economics",
        "src/verify",
        "src/stats",
        "src/evidence",
        "src/market/customers",
    ];
    let text: String = (sources.into_iter().flat_map(sources_below))
        .map(|file| std::fs::read_to_string(file).expect("a source"))
        .collect();
    assert_eq!(text.matches("of `docs/model.md`.").count(), rows.len());
}
