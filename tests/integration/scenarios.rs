//! Shipped scenarios are sound, and the edits of a file do what they say.

use tollway::scenario::text::write;
use tollway::scenario::tree::{is_quantity, leaves};
use tollway::scenario::{BASELINE, Request, load};

use crate::common::{project, scenario, shipped};

#[test]
fn every_shipped_scenario_is_sound_and_named_after_its_file() {
    let names = shipped();
    assert!(names.len() >= 40, "{names:?}");
    for name in names {
        assert_eq!(scenario(&name, &[]).scenario.name.text, name);
    }
}

#[test]
fn every_number_of_the_baseline_has_a_source_or_is_assumed() {
    let loaded = scenario("baseline", &[]);
    let (mut numbers, mut sourced) = (0, 0);
    for (path, node) in leaves(&loaded.tree) {
        let is_run =
            path.starts_with("run.") || path == "months" || path.starts_with("correlation.");
        // Counts of parts into which the model cuts work, as `run.enterprises` is of customers.
        let is_run = is_run || ["demand.pieces", "demand.new_pieces"].contains(&path.as_str());
        assert!(
            is_run || node.as_number().is_none(),
            "`{path}` is a bare number"
        );
        if let Some(table) = node.as_table().filter(|table| is_quantity(table)) {
            numbers += 1;
            let text = |key: &str| {
                table
                    .get(key)
                    .and_then(|node| node.as_text())
                    .unwrap_or_default()
            };
            let is_assumed = text("class") == "assumed";
            assert!(
                is_assumed || !text("source").is_empty(),
                "`{path}` has no source"
            );
            sourced += usize::from(!is_assumed);
        }
    }
    assert!(
        numbers > 500 && sourced > 150,
        "{numbers} numbers, {sourced} with a source"
    );
}

#[test]
fn a_resolved_scenario_reads_back_to_itself() {
    for name in shipped() {
        let first = scenario(&name, &[]);
        let folder = temp_dir::TempDir::new().unwrap();
        let file = folder.path().join("resolved.toml");
        let text = write(&first.tree);
        std::fs::write(&file, &text).unwrap();
        let second = load(&Request {
            file: Some(file),
            ..Request::default()
        })
        .unwrap_or_else(|faults| panic!("{faults}"));
        assert_eq!(write(&second.tree), text, "{name}");
    }
}

#[test]
fn a_question_file_gives_one_scenario_as_file_and_as_overlay() {
    for name in shipped()
        .into_iter()
        .filter(|name| name != "baseline" && name != "classroom")
    {
        let as_file = scenario(&name, &[]);
        let overlay = project(&format!("scenarios/{name}.toml"));
        let as_overlay = load(&Request {
            overlays: vec![overlay],
            ..Request::default()
        })
        .unwrap_or_else(|faults| panic!("{faults}"));
        let lines = |text: String| {
            text.lines()
                .filter(|line| !line.starts_with("extends"))
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            lines(write(&as_file.tree)),
            lines(write(&as_overlay.tree)),
            "{name}"
        );
        assert!(!as_file.changes.is_empty());
        assert_eq!(as_file.changes, as_overlay.changes);
    }
}

#[test]
fn overlays_go_by_all_their_names() {
    let overlay = |name: &str| project(&format!("scenarios/{name}.toml"));
    let overlays = vec![overlay("take-rate-5"), overlay("gpu-shock")];
    let both = load(&Request {
        overlays,
        ..Request::default()
    })
    .unwrap_or_else(|faults| panic!("{faults}"));
    assert_eq!(both.scenario.name.text, "take-rate-5_gpu-shock");
}

#[test]
fn the_embedded_baseline_is_the_shipped_one() {
    assert_eq!(
        BASELINE,
        std::fs::read_to_string(project("scenarios/baseline.toml")).unwrap()
    );
}

#[test]
fn later_edits_win_and_the_difference_says_what_changed() {
    let loaded = scenario(
        "take-rate-5",
        &[
            "router.aws-router.take_rate=0.01",
            "router.aws-router.take_rate=0.02",
        ],
    );
    let change = loaded
        .changes
        .iter()
        .find(|change| change.path == "router.aws-router.take_rate")
        .unwrap();
    assert!(
        change.after.as_ref().unwrap().starts_with("0.02 share"),
        "{change}"
    );
    assert!(
        change.before.as_ref().unwrap().starts_with("0.0 share"),
        "{change}"
    );
    assert_eq!(loaded.changes.len(), 3);
}

#[test]
fn distributions_are_drawn_and_correlated() {
    let loaded = scenario("baseline", &[]);
    let groups = tollway::scenario::check::correlation_factors(
        &loaded.scenario,
        &loaded.tree,
        &mut Vec::new(),
    );
    let flagship = &loaded.scenario.tier[0].compute;
    let mid = &loaded.scenario.tier[1].compute;
    let draws: Vec<(f64, f64)> = (0..2_000)
        .map(|replication| {
            let streams = tollway::base::rng::Streams::new(9, replication);
            let draws = tollway::scenario::quantity::Draws::new(streams, &groups);
            (flagship.draw(&draws), mid.draw(&draws))
        })
        .collect();
    let rank = |values: Vec<f64>| {
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
        let mut ranks = vec![0.0; values.len()];
        for (rank, index) in order.into_iter().enumerate() {
            ranks[index] = rank as f64;
        }
        ranks
    };
    let (x, y) = (
        rank(draws.iter().map(|d| d.0).collect()),
        rank(draws.iter().map(|d| d.1).collect()),
    );
    let middle = (x.len() - 1) as f64 / 2.0;
    let product: f64 = x
        .iter()
        .zip(&y)
        .map(|(a, b)| (a - middle) * (b - middle))
        .sum();
    let square: f64 = x.iter().map(|a| (a - middle).powi(2)).sum();
    // The file states a rank correlation of 0.7; the standard error at 2,000 draws is about 0.012.
    assert!(
        (product / square - 0.7).abs() < 0.05,
        "{}",
        product / square
    );
    assert!(draws.iter().all(|(f, _)| (0.45..=3.9).contains(f)));
}

#[test]
fn every_distribution_has_the_mean_of_its_textbook() {
    for (shape, mean) in [
        ("dist = \"normal\", mean = 0.3, sd = 0.05", 0.3),
        (
            "dist = \"lognormal\", median = 0.2, sigma = 0.5",
            0.2 * 0.125_f64.exp(),
        ),
        ("dist = \"uniform\", low = 0.1, high = 0.4", 0.25),
        (
            "dist = \"triangular\", low = 0.0, mode = 0.3, high = 0.6",
            0.3,
        ),
        (
            "dist = \"beta\", a = 2.0, b = 6.0, low = 0.0, high = 0.8",
            0.2,
        ),
        ("dist = \"pert\", low = 0.0, mode = 0.1, high = 0.8", 0.2),
        (
            "dist = \"discrete\", values = [0.1, 0.5], weights = [3.0, 1.0]",
            0.2,
        ),
        (
            "dist = \"quantiles\", probabilities = [0.0, 0.5, 1.0], values = [0.0, 0.2, 0.8]",
            0.3,
        ),
    ] {
        let edit = format!(
            "router.aws-router.take_rate={{ {shape}, unit = \"share\", class = \"assumed\" }}"
        );
        let loaded = scenario("baseline", &[&edit]);
        let quantity = &loaded.scenario.router[0].take_rate;
        let values: Vec<f64> = (0..4_000)
            .map(|replication| {
                let streams = tollway::base::rng::Streams::new(5, replication);
                quantity.draw(&tollway::scenario::quantity::Draws::new(streams, &[]))
            })
            .collect();
        let n = values.len() as f64;
        let got = values.iter().sum::<f64>() / n;
        let error = (values.iter().map(|v| (v - got).powi(2)).sum::<f64>() / n / n).sqrt();
        assert!(
            (got - mean).abs() < 4.0 * error,
            "{shape}: {got} against {mean}, error {error}"
        );
    }
}
