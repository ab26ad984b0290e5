//! Architecture: dependencies between modules point one way.

use std::fs;
use std::path::Path;

use crate::common::{project, sources_below};

/// Modules from the bottom up, in groups. A module may use its own group and the groups before it.
const ORDER: &[&[&str]] = &[
    &["base"],
    &["csv_text", "runner"],
    &["economics"],
    &["kernel", "ledger"],
    &["stats", "panel", "scenario", "observations"],
    &["market"],
    &["simulation"],
    &["ensemble"],
    &["metric"],
    &["verify", "experiments"],
    &["evidence"],
    &["report"],
    &["cli"],
];

fn layer(module: &str) -> usize {
    ORDER
        .iter()
        .position(|group| group.contains(&module))
        .unwrap_or_else(|| panic!("module `{module}` has no place in the order: add it"))
}

fn each_source(check: impl Fn(&str, &Path, &str)) {
    let root = project("src");
    let files = sources_below("src");
    assert!(files.len() > 30, "the sources were found");
    for file in files {
        let relative = file.strip_prefix(&root).expect("below src");
        let module = relative
            .components()
            .next()
            .expect("a name")
            .as_os_str()
            .to_string_lossy();
        let module = module.trim_end_matches(".rs").to_owned();
        if module != "lib" && module != "main" {
            check(
                &module,
                relative,
                &fs::read_to_string(&file).expect("readable"),
            );
        }
    }
}

/// Returns the part of a file before its tests: tests may use any module.
fn product(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap_or(text)
}

#[test]
fn dependencies_point_down() {
    each_source(|module, file, text| {
        for line in product(text).lines() {
            let code = line.trim_start();
            if code.starts_with("//") {
                continue;
            }
            for used in code.split("crate::").skip(1) {
                let used: String = used
                    .chars()
                    .take_while(|c| c.is_alphanumeric() || *c == '_')
                    .collect();
                if ORDER.iter().any(|group| group.contains(&used.as_str())) {
                    let allowed = layer(&used) <= layer(module);
                    assert!(
                        allowed,
                        "{}: `{module}` must not use `{used}`: {line}",
                        file.display()
                    );
                }
            }
        }
    });
}

#[test]
fn only_reports_draw_and_only_the_command_line_parses() {
    each_source(|module, file, text| {
        for (library, home) in [
            ("polars", "report"),
            ("plotters", "report"),
            ("resvg", "report"),
            ("sha2", "report"),
            ("clap", "cli"),
            ("indicatif", "cli"),
            ("ctrlc", "cli"),
        ] {
            let is_used = product(text).contains(&format!("{library}::"));
            assert!(
                !is_used || module == home,
                "{}: {library} belongs to {home}",
                file.display()
            );
        }
    });
}

#[test]
fn the_kernel_knows_nothing_of_markets() {
    each_source(|module, file, text| {
        if module == "kernel" {
            for word in ["market", "scenario", "ledger", "economics"] {
                let path = format!("crate::{word}");
                assert!(
                    !product(text).contains(&path),
                    "{} uses {word}",
                    file.display()
                );
            }
        }
    });
}

/// Rooms of the market from the bottom up; a room may use those before it, and its own group.
const MARKET: &[&[&str]] = &[
    &["law"],
    &["state"],
    &["parameters", "catalog", "event"],
    &["scene"],
    &["world"],
    &[
        "customers",
        "offers",
        "clouds",
        "labs",
        "routers",
        "integrators",
        "policy",
    ],
    &["books"],
    &["opening", "rows"],
];

fn market_layer(room: &str) -> usize {
    MARKET
        .iter()
        .position(|group| group.contains(&room))
        .unwrap_or_else(|| panic!("room `{room}` of the market has no place in the order: add it"))
}

/// The room that a name used as `crate::market::NAME` belongs to.
fn room_of(name: &str) -> &str {
    match name {
        "World" => "world",
        "Event" | "Context" | "Caused" => "event",
        other => other,
    }
}

#[test]
fn rooms_of_the_market_use_rooms_below_them() {
    let root = project("src/market");
    let mut lines_of = std::collections::BTreeMap::<String, usize>::new();
    for file in sources_below("src/market") {
        let relative = file.strip_prefix(&root).expect("below the market");
        let first = relative.components().next().expect("a name").as_os_str();
        let room = first.to_string_lossy().trim_end_matches(".rs").to_owned();
        if room == "mod" {
            continue;
        }
        let text = fs::read_to_string(&file).expect("readable");
        *lines_of.entry(room.clone()).or_default() += text.lines().count();
        let code: Vec<&str> = product(&text)
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .collect();
        for used in code.join("\n").split("crate::market::").skip(1) {
            let (list, is_group) = used
                .strip_prefix('{')
                .map_or((used, false), |rest| (rest, true));
            let end = if is_group { list.find('}') } else { None };
            let names = &list[..end.unwrap_or(list.len())];
            for name in names.split(',').take(if is_group { usize::MAX } else { 1 }) {
                let name: String = name
                    .trim_start()
                    .chars()
                    .take_while(|c| c.is_alphanumeric() || *c == '_')
                    .collect();
                if name.is_empty() {
                    continue;
                }
                assert!(
                    market_layer(room_of(&name)) <= market_layer(&room),
                    "{}: `{room}` must not use `{name}`",
                    file.display()
                );
            }
        }
    }
    for (room, lines) in lines_of {
        assert!(lines <= 2_500, "room `{room}` has {lines} lines: split it");
    }
}

#[test]
fn every_path_of_the_architecture_page_exists_and_every_room_is_on_it() {
    let page = fs::read_to_string(project("docs/architecture.md")).expect("the page");
    let mut paths = 0;
    let page_text = page.replace("```text", "").replace("```", "");
    for quoted in page_text.split('`').skip(1).step_by(2) {
        let is_path = ["src/", "tests/", "web/", "data/", "scenarios/"]
            .iter()
            .any(|folder| quoted.starts_with(folder))
            || quoted == "clippy.toml";
        if is_path {
            paths += 1;
            assert!(project(quoted).exists(), "{quoted} is on the page only");
        }
    }
    assert!(paths > 50, "the page was read: {paths} paths");
    for room in MARKET.iter().copied().flatten() {
        let is_there = page.contains(&format!("`src/market/{room}`"))
            || page.contains(&format!("`src/market/{room}.rs`"));
        assert!(is_there, "room `{room}` is not on the page");
    }
    for module in ORDER.iter().copied().flatten() {
        let is_there = page.contains(&format!("`src/{module}`"))
            || page.contains(&format!("`src/{module}.rs`"));
        assert!(is_there, "module `{module}` is not on the page");
    }
}
