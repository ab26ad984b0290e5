//! `docs/mechanisms.md` has a row for every mechanism and actor, and everything that a row names exists.

use tollway::scenario::tree::leaves;

use crate::common::{project, scenario, shipped, sources_below};

fn read(path: &str) -> String {
    std::fs::read_to_string(project(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Returns the cells of a row of the table.
fn cells(line: &str) -> Vec<String> {
    line.trim_matches('|')
        .split(" | ")
        .map(|cell| cell.trim().trim_matches('`').to_owned())
        .collect()
}

fn tests_and_modules() -> String {
    (["tests", "src"].into_iter().flat_map(sources_below))
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect()
}

#[test]
fn every_mechanism_and_actor_has_a_row_that_points_at_what_exists() {
    let page = read("docs/mechanisms.md");
    let source = tests_and_modules();
    let paths: Vec<String> = leaves(&scenario("baseline", &[]).tree)
        .into_iter()
        .map(|(path, _)| path)
        .collect();
    let ids = (1..=59)
        .map(|n| format!("M{n}"))
        .chain((1..=38).map(|n| format!("A{n}")));
    for id in ids {
        let line = page
            .lines()
            .find(|line| line.starts_with(&format!("| {id} |")))
            .unwrap_or_else(|| panic!("no row for {id}"));
        let row = cells(line);
        assert_eq!(row.len(), 10, "{line}");
        let kinds: &[&str] = if id.starts_with('M') {
            &["acts", "formula", "input"]
        } else {
            &["actor"]
        };
        assert!(kinds.contains(&row[2].as_str()), "{id}: {}", row[2]);
        let [place, parameter, overlay, test] = [&row[3], &row[4], &row[5], &row[6]];
        assert!(project(place).exists(), "{id}: {place}");
        assert!(
            paths.iter().any(|path| path == parameter),
            "{id}: no number `{parameter}` in the baseline"
        );
        for name in overlay.split("` against ") {
            let file = format!("scenarios/{}.toml", name.trim_matches('`'));
            assert!(project(&file).exists(), "{id}: {file}");
        }
        assert!(
            source.contains(&format!("fn {test}()")),
            "{id}: no test `{test}`"
        );
        for effect in &row[7..] {
            assert!(
                effect.contains('±') || effect.contains("exactly"),
                "{id}: {effect}"
            );
        }
    }
}

#[test]
fn the_page_is_made_from_the_rows_on_file() {
    let page = read("docs/mechanisms.md");
    for line in read("notebooks/mechanisms.csv").lines().skip(1) {
        let id = line.split(',').next().unwrap();
        let found = page
            .lines()
            .filter(|row| row.starts_with(&format!("| {id} |")))
            .count();
        assert_eq!(found, 1, "{id}: run notebooks/mechanisms_table.py");
    }
}

#[test]
fn every_actor_acts_or_follows_a_formula_or_an_input() {
    let page = read("docs/actors.md");
    let source = tests_and_modules();
    let mut acts = 0;
    for id in (1..=38).map(|n| format!("A{n}")) {
        let mut lines = page.lines();
        let line = lines.find(|line| line.starts_with(&format!("| {id} |")));
        let row = cells(line.unwrap_or_else(|| panic!("no row for {id}")));
        let [kind, state, place, test] = [&row[2], &row[3], &row[4], &row[5]];
        let kinds = ["acts", "formula", "input"];
        assert!(kinds.contains(&kind.as_str()), "{id}: {kind}");
        assert!(project(place).exists(), "{id}: {place}");
        assert!(source.contains(&format!("fn {test}()")), "{id}: no {test}");
        acts += usize::from(kind == "acts" && !state.starts_with("only in"));
    }
    let said = format!("{acts} act in the baseline");
    assert!(page.contains(&said), "{said}");
}

#[test]
fn every_question_scenario_says_in_three_lines_what_it_asks() {
    for name in shipped() {
        let path = project(&format!("scenarios/{name}.toml"));
        let text = std::fs::read_to_string(&path).unwrap();
        if text.contains("# Compare") {
            let head: Vec<&str> = text
                .lines()
                .take_while(|line| line.starts_with('#'))
                .collect();
            assert!(
                head.len() == 3 && head[1].starts_with("# Asks: "),
                "{name}: {head:?}"
            );
        }
    }
}
