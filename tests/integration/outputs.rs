//! `docs/outputs.md` describes every file and column that a run writes.

use std::fmt::Write as _;

use tollway::ledger::Flow;
use tollway::report::manifest::RunRecord;
use tollway::report::tables::{frames, summary};
use tollway::report::{Format, Report};
use tollway::scenario::stated::stated;
use tollway::scenario::text::write;
use tollway::simulation::Simulation;

use crate::common::{project, scenario, simulate};

#[test]
fn every_column_is_documented() {
    let loaded = scenario(
        "classroom",
        &["run.replications=2", "run.enterprises=60", "months=2"],
    );
    let ensemble = simulate(&loaded);
    let calendar = Simulation::new(&loaded.scenario, Vec::new())
        .catalog
        .calendar;
    let report = Report {
        scenario: &loaded.scenario,
        resolved: write(&loaded.tree),
        changes: &loaded.changes,
        parent: &loaded.parent,
        stated: stated(&loaded.tree),
        ensemble: &ensemble,
        calendar: calendar.clone(),
        format: Format::Csv,
        has_workbook: false,
        run: RunRecord {
            started_unix_s: 0,
            simulated_s: 0.0,
            threads: 1,
            host: String::new(),
            platform: String::new(),
            peak_memory_bytes: None,
            decisions_per_s: 0.0,
            events_per_s: 0.0,
        },
    };
    let page = std::fs::read_to_string(project("docs/outputs.md")).unwrap();
    let section = |table: &str| {
        let start = page
            .find(&format!("\n## {table}\n"))
            .unwrap_or_else(|| panic!("no section for {table}"));
        let rest = &page[start + 4..];
        rest[..rest.find("\n## ").unwrap_or(rest.len())].to_owned()
    };
    let tables = frames::tables(&report);
    assert_eq!(tables.len(), 17);
    for table in &tables {
        let text = section(&table.name);
        for (column, _) in &table.columns {
            let is_index = column.starts_with("price_index_");
            let name = if is_index {
                "price_index_<task>_<tier>"
            } else {
                column
            };
            let known =
                ["replication", "month"].contains(&name) || text.contains(&format!("`{name}`"));
            assert!(
                known,
                "`{column}` of `{}` is not in docs/outputs.md",
                table.name
            );
        }
        assert!(table.rows() > 0, "`{}` is empty", table.name);
    }
    for flow in Flow::ALL {
        assert!(
            section("flows").contains(&format!("`{}`", flow.name())),
            "{}",
            flow.name()
        );
    }
    let head = summary::csv(&summary::summarise(&ensemble, &calendar));
    for column in head.lines().next().unwrap().split(',') {
        assert!(
            section("summary.csv").contains(&format!("`{column}`")),
            "{column}"
        );
    }
    // Both formats encode every table.
    for table in tables {
        for format in [Format::Csv, Format::Parquet] {
            assert!(!frames::encode(&table, format).unwrap().1.is_empty());
        }
    }
}

/// Returns the rows of docs/outputs.md that describe the measures of a table.
fn documented(measures: &[tollway::panel::Declared]) -> String {
    let mut rows = String::new();
    for measure in measures {
        let _ = writeln!(
            rows,
            "| `{}` | {} | {} |",
            measure.name, measure.unit, measure.doc
        );
    }
    rows
}

/// Rewrites the rows if run as `UPDATE_DOCS=1 cargo test every_measure_is_documented`.
#[test]
fn every_measure_is_documented_as_declared() {
    const HEAD: &str = "| column | unit | meaning |\n| --- | --- | --- |\n";
    let file = project("docs/outputs.md");
    let mut page = std::fs::read_to_string(&file).unwrap();
    let is_update = std::env::var_os("UPDATE_DOCS").is_some();
    for (table, _, measures) in tollway::market::rows::declared() {
        let section = page
            .find(&format!("\n## {table}\n"))
            .unwrap_or_else(|| panic!("no section for {table}"));
        let start = section + page[section..].find(HEAD).expect("a table") + HEAD.len();
        let end = start
            + page[start..]
                .find("\n\n")
                .map_or(page.len() - start, |end| end + 1);
        // Columns that are not measures (a price index by task and tier, the parts of a key) come before or after the
        // measures.
        let is_measure = |line: &&str| {
            measures
                .iter()
                .any(|measure| line.starts_with(&format!("| `{}` |", measure.name)))
        };
        let (declared, other): (Vec<&str>, Vec<&str>) =
            page[start..end].lines().partition(is_measure);
        let lines_of = |lines: &[&str]| {
            lines
                .iter()
                .flat_map(|line| [*line, "\n"])
                .collect::<String>()
        };
        let present = lines_of(&declared);
        let wanted = documented(measures);
        if is_update {
            let other = lines_of(&other);
            page.replace_range(start..end, &format!("{wanted}{other}"));
        } else {
            assert_eq!(present, wanted, "section `{table}`");
        }
    }
    if is_update {
        std::fs::write(&file, page).unwrap();
    }
}

#[test]
fn the_table_of_metrics_is_documented() {
    let page = std::fs::read_to_string(project("docs/scoring.md")).unwrap();
    for line in tollway::evidence::mapping::Mapping::built_in().labels() {
        let row = format!(
            "| {} | {} | `{}` | {} | {} |",
            line.label,
            line.how.word(),
            line.measure().replace('|', "\\|"),
            line.bridge.word(),
            line.note
        );
        assert!(page.contains(&row), "docs/scoring.md lacks: {row}");
    }
}
