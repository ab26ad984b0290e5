//! The state at a vintage: later rows are refused or left out, and scenarios are rewritten where they state it.

use std::fmt::Write as _;

use tollway::base::time::Date;
use tollway::evidence::nowcast::{
    KindOptions, Options, RentOptions, State, block, nowcast, rewrite,
};
use tollway::observations::{Observation, parse};
use tollway::stats::trend::{Noise, NoisePrior};

const HEAD: &str =
    "row,entity,metric,period_start,period_end,value,unit,kind,first_public,quality\n";

fn kind(level: f64, slope: f64) -> KindOptions {
    KindOptions {
        prior: NoisePrior {
            median: Noise { level, slope },
            sigma: 0.3,
        },
        window: 24.0,
        slope_mean: 0.1,
        slope_sd: 0.2,
    }
}

fn options(vintage: &str) -> Options {
    Options {
        vintage: Date::parse(vintage).unwrap(),
        published: Date::parse(vintage).unwrap(),
        half_life: f64::INFINITY,
        freedom: 4.0,
        errors: [0.01, 0.05, 0.1, 0.25],
        repeats: 5,
        lab: kind(0.045, 0.01),
        cloud: kind(0.019, 0.006),
        capex: kind(0.06, 0.01),
        rent: RentOptions {
            one_year: 0.553,
            on_demand: 0.464,
            spread: 0.2,
            noise: 0.11,
            window: 24.0,
        },
    }
}

/// Run rates of OpenAI that grow by 10 % a month in logarithms to 10 bn at the end of 2025, and its revenue by quarter.
fn growing() -> String {
    let mut text = HEAD.to_owned();
    for (at, month) in (1..=12).enumerate() {
        let date = Date::new(2025, month, 28).unwrap();
        let months = (date.days_since_epoch()
            - Date::parse("2025-12-31").unwrap().days_since_epoch()) as f64
            / 30.4375;
        let value = 10.0 * libm::exp(0.1 * months);
        let _ = writeln!(
            text,
            "a.csv:{at},OpenAI,run_rate,{date},{date},{value},USD bn/yr,actual,{date},A"
        );
    }
    for (at, (from, until)) in [("2025-04-01", "2025-06-30"), ("2025-07-01", "2025-09-30")]
        .into_iter()
        .enumerate()
    {
        let day = |date: &str| Date::parse(date).unwrap().days_since_epoch() as f64 / 30.4375;
        let (end, a, b) = (day("2026-01-01"), day(from), day(until) + 1.0 / 30.4375);
        let value = 10.0 / 12.0 * (libm::exp(0.1 * (b - end)) - libm::exp(0.1 * (a - end))) / 0.1;
        let _ = writeln!(
            text,
            "a.csv:{},OpenAI,revenue,{from},{until},{value},USD bn,actual,{until},A",
            20 + at
        );
    }
    text
}

fn rows(text: &str) -> Vec<Observation> {
    parse("mine.csv", text).unwrap()
}

fn state(text: &str, vintage: &str) -> State {
    nowcast(&rows(text), &options(vintage)).unwrap()
}

/// A number of an estimate by its key.
fn number(state: &State, path: &str, key: &str) -> f64 {
    let estimate = state
        .estimates
        .iter()
        .find(|estimate| estimate.path.join(".") == path)
        .unwrap();
    let (_, rest) = estimate.text.split_once(&format!("{key} = ")).unwrap();
    rest.split([',', ' ']).next().unwrap().parse().unwrap()
}

#[test]
fn a_series_that_grows_evenly_is_found_again() {
    let state = state(&growing(), "2025-12-31");
    assert!((number(&state, "lab.openai.run_rate", "median") / 10e9 - 1.0).abs() < 0.02);
    assert!((number(&state, "lab.openai.growth", "mean") - 0.1).abs() < 0.01);
    let rho = state
        .estimates
        .iter()
        .find(|one| one.path.join(".") == "correlation.nowcast-openai.matrix")
        .unwrap();
    assert!(rho.text.starts_with("[[1.0, 0."), "{}", rho.text);
    assert_eq!((state.used, state.later), (14, 0));
    assert!(
        state
            .missing
            .iter()
            .any(|text| text.contains("lab.anthropic.run_rate"))
    );
}

#[test]
fn later_rows_are_left_out_and_counted() {
    let later =
        "a.csv:90,OpenAI,run_rate,2025-11-30,2025-11-30,900,USD bn/yr,actual,2026-01-01,A\n";
    let (without, with) = (
        state(&growing(), "2025-12-31"),
        state(&(growing() + later), "2025-12-31"),
    );
    assert_eq!(without.estimates, with.estimates);
    assert_eq!(with.later, 1);
    // The state at an earlier date rests on earlier rows alone.
    let early = state(&growing(), "2025-06-30");
    assert_eq!(early.later, 7);
    assert!(
        (number(&early, "lab.openai.run_rate", "median")
            / (10e9 * libm::exp(-0.1 * 184.0 / 30.4375))
            - 1.0)
            .abs()
            < 0.03
    );
}

#[test]
fn rows_that_claim_to_be_early_are_refused() {
    for (row, what) in [
        (
            "a.csv:90,OpenAI,run_rate,2026-03-31,2026-03-31,30,USD bn/yr,actual,2025-06-30,A\n",
            "before its period ended",
        ),
        (
            "a.csv:90,OpenAI,run_rate,2025-03-31,2025-03-31,3,USD bn/yr,actual,,A\n",
            "no date of publication",
        ),
    ] {
        let faults = nowcast(&rows(&(growing() + row)), &options("2025-12-31"))
            .expect_err("a fault")
            .to_string();
        assert!(
            faults.contains("a.csv:90")
                && faults.contains(what)
                && faults.contains("mine.csv:16:1"),
            "{faults}"
        );
    }
    let unit = "a.csv:90,OpenAI,run_rate,2025-03-31,2025-03-31,3,USD mn/yr,actual,2025-06-30,A\n";
    let faults = nowcast(&rows(&(growing() + unit)), &options("2025-12-31"));
    let faults = faults.expect_err("a fault").to_string();
    assert!(
        faults.contains("`USD bn/yr`") && faults.contains("mine.csv:16:1"),
        "{faults}"
    );
    // A forecast is no fact: it is not read, whatever its dates.
    let forecast =
        "a.csv:90,OpenAI,run_rate,2027-03-31,2027-03-31,90,USD bn/yr,forecast,2025-06-30,A\n";
    assert_eq!(
        state(&(growing() + forecast), "2025-12-31").estimates,
        state(&growing(), "2025-12-31").estimates
    );
}

#[test]
fn dates_of_which_the_rows_say_nothing_are_refused() {
    for (vintage, published, what) in [
        (
            "2026-01-01",
            "2026-01-01",
            "after the last fact of the observations, of 2025-12-28",
        ),
        (
            "2015-01-01",
            "2015-01-01",
            "no row on which the state at 2015-01-01 could rest",
        ),
        ("2025-12-31", "2025-11-30", "before the vintage 2025-12-31"),
    ] {
        let options = Options {
            published: Date::parse(published).unwrap(),
            ..options(vintage)
        };
        let faults = nowcast(&rows(&growing()), &options).expect_err("a fault");
        let faults = faults.to_string();
        assert!(
            faults.contains(what) && faults.contains("help:"),
            "{faults}"
        );
    }
}

#[test]
fn a_scenario_is_rewritten_where_it_states_the_state() {
    let (rows, state) = (rows(&growing()), state(&growing(), "2025-12-31"));
    let text = "# A comment.\nvintage = 2025-12-31\n\n[[lab]]\nname = \"openai\" # kept\nrun_rate = { value = 1.0, unit = \"usd_per_year\", class = \"assumed\", note = \"kept \\\" too\" }   # kept\nsubject = \"other\"\n";
    let once = rewrite("mine.toml", text, &state, &rows).unwrap();
    assert_eq!(once.changed, ["lab.openai.run_rate"]);
    assert!(once.absent.contains(&"lab.openai.growth".to_owned()) && once.same.is_empty());
    let (head, tail) = text.split_once("{ value").unwrap();
    let tail = tail.split_once('}').unwrap().1;
    assert!(
        once.text.starts_with(head)
            && once.text.ends_with(tail)
            && once.text.contains("note = \"kept \\\" too\"")
    );
    let twice = rewrite("mine.toml", &once.text, &state, &rows).unwrap();
    assert_eq!(twice.text, once.text);
    assert_eq!((twice.changed.len(), twice.same.len()), (0, 1));
    // The whole block is a scenario that states all of it.
    let whole = rewrite("block.toml", &block(&state), &state, &rows).unwrap();
    assert!(
        whole.changed.is_empty() && whole.absent.is_empty(),
        "{whole:?}"
    );
}

#[test]
fn scenarios_of_another_date_or_with_later_rows_are_refused() {
    let (rows, state) = (rows(&growing()), state(&growing(), "2025-06-30"));
    for (text, what) in [
        ("vintage = 2025-12-31\n", "another vintage"),
        (
            "vintage = 2025-06-30\n[rent]\nspeed = { value = 1.0, unit = \"usd_per_h\", class = \"estimated\", source = \"x\", rows = [\"a.csv:11\"] }\n",
            "`rent.speed` rests on `a.csv:11`, which became public on 2025-12-28",
        ),
        ("[lab.openai.run_rate]\nvalue = 1.0\n", "one inline table"),
        ("vintage = \n", "invalid TOML"),
    ] {
        let faults = rewrite("mine.toml", text, &state, &rows)
            .expect_err("a fault")
            .to_string();
        assert!(
            faults.contains(what) && faults.contains("mine.toml:"),
            "{faults}"
        );
    }
}

#[test]
#[cfg(feature = "cli")]
fn the_command_prints_or_writes() {
    let folder = temp_dir::TempDir::new().unwrap();
    let tollway = |arguments: &[&str]| super::program::tollway(folder.path(), arguments);
    let output = tollway(&["nowcast", "--vintage", "2025-12-31"]);
    let said = super::program::said(&output);
    let notes = String::from_utf8_lossy(&output.stderr);
    assert!(
        notes.contains("rows used") && notes.contains("--into"),
        "{notes}"
    );
    assert!(output.stdout.starts_with(b"# State at 2025-12-31"));
    assert!(
        output.status.success()
            && said.contains("name = \"nowcast-anthropic\"")
            && said.contains("[trend]"),
        "{said}"
    );
    std::fs::write(folder.path().join("mine.csv"), growing()).unwrap();
    std::fs::write(
        folder.path().join("mine.toml"),
        "[[lab]]\nname = \"openai\"\ngrowth = { value = 0.1 }\n",
    )
    .unwrap();
    let into = [
        "nowcast",
        "--vintage",
        "2025-12-31",
        "--observations",
        "mine.csv",
        "--into",
        "mine.toml",
    ];
    let said = super::program::said(&tollway(&into));
    assert!(
        said.contains("Changed:\n  lab.openai.growth") && said.contains("Not stated in the file"),
        "{said}"
    );
    assert!(super::program::said(&tollway(&into)).contains("As before:\n  lab.openai.growth"));
    std::fs::write(
        folder.path().join("mine.csv"),
        growing() + "a.csv:90,OpenAI,run_rate,,2026-03-31,30,USD bn/yr,actual,2025-06-30,A\n",
    )
    .unwrap();
    let output = tollway(&into);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        super::program::said(&output).contains("mine.csv:16"),
        "{}",
        super::program::said(&output)
    );
    assert_eq!(
        tollway(&["nowcast", "--vintage", "2025-13-31"])
            .status
            .code(),
        Some(2)
    );
    assert_eq!(
        tollway(&["nowcast", "--vintage", "2025-12-31", "--lab", "1,2"])
            .status
            .code(),
        Some(2)
    );
}
