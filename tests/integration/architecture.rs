//! Architecture: dependencies between modules point one way.

use std::fs;
use std::path::Path;

use crate::common::{project, sources_below};

/// Modules from the bottom up, in groups. A module may use its own group and the groups before it.
const ORDER: &[&[&str]] = &[
    &["units", "ids", "time", "elementary", "csv_text", "runner"],
    &["rng", "economics"],
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
