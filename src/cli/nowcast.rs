//! `tollway nowcast`.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;

use super::score::observations;
use super::{Failure, print, print_note, read_file, write_file};
use crate::base::time::Date;
use crate::evidence::mapping::Mapping;
use crate::evidence::nowcast::{
    KindOptions, Options, RentOptions, Rewritten, State, block, nowcast, rewrite,
};
use crate::observations::{Observation, pack};
use crate::stats::trend::{Noise, NoisePrior};

/// Options of `tollway nowcast`.
#[derive(Debug, Args)]
pub(super) struct NowcastArgs {
    /// Date of the state, YYYY-MM-DD; rows that became public later are left out.
    #[arg(long, value_name = "DATE", value_parser = date)]
    vintage: Date,
    /// Last day on which rows may have become public [default: the vintage]. A later day lets in what was published
    /// later about periods up to the vintage, such as the results of the quarter that it ends.
    #[arg(long, value_name = "DATE", value_parser = date)]
    published: Option<Date>,
    /// CSV file of observations, with the columns of data/observations.csv [default: the built-in data].
    #[arg(long, value_name = "FILE")]
    observations: Option<PathBuf>,
    /// Write the numbers into this scenario file, where it states them, and print which.
    #[arg(long, value_name = "FILE")]
    into: Option<PathBuf>,
    /// Months in which a slope halves; inf for slopes that last.
    #[arg(long, value_name = "MONTHS", default_value = "inf", value_parser = positive)]
    half_life: f64,
    /// Errors of reports of grades A to D, in logarithms.
    #[arg(long, value_name = "A,B,C,D", default_value = "0.01,0.05,0.10,0.25", value_parser = numbers::<4>)]
    errors: [f64; 4],
    /// Degrees of freedom of these errors.
    #[arg(long, value_name = "NUMBER", default_value = "4", value_parser = positive)]
    freedom: f64,
    /// Repeated reports of one quantity and period from which the size of errors is learnt, by kind of series.
    #[arg(long, value_name = "COUNT", default_value_t = 5)]
    repeats: usize,
    /// Labs' revenue: prior medians of the noises of level and slope a root month, standard deviation of their
    /// logarithms, months before the vintage from which rows count, mean and standard deviation of the first slope a
    /// month.
    #[arg(long, value_name = "LEVEL,SLOPE,SIGMA,WINDOW,MEAN,SD", default_value = "0.045,0.01,0.3,24,0.1,0.1", value_parser = numbers::<6>)]
    lab: [f64; 6],
    /// Clouds' revenue: the same six numbers.
    #[arg(long, value_name = "LEVEL,SLOPE,SIGMA,WINDOW,MEAN,SD", default_value = "0.019,0.006,0.3,36,0.02,0.05", value_parser = numbers::<6>)]
    cloud: [f64; 6],
    /// Capital expenditure: the same six numbers.
    #[arg(long, value_name = "LEVEL,SLOPE,SIGMA,WINDOW,MEAN,SD", default_value = "0.06,0.01,0.3,36,0.02,0.05", value_parser = numbers::<6>)]
    capex: [f64; 6],
    /// Rent of a three-year contract over that of one year and over that on demand, standard deviation of the
    /// logarithms of such ratios, noise of rents a root month where fewer than three changes are known, and
    /// months before the vintage from which rows count.
    #[arg(long, value_name = "YEAR,DEMAND,SD,NOISE,WINDOW", default_value = "0.553,0.464,0.2,0.11,24", value_parser = numbers::<5>)]
    rent: [f64; 5],
}

/// Estimates the state at a vintage.
pub(super) fn run(args: &NowcastArgs) -> Result<(), Failure> {
    let read: Vec<Observation>;
    let observed: &[Observation] = match &args.observations {
        Some(file) => {
            read = observations(file, Mapping::built_in())?;
            &read
        }
        None => pack(),
    };
    let state = nowcast(observed, &options(args))?;
    let Some(file) = &args.into else {
        print_note(&format!(
            "state at {}: {} rows used, {} left out because they became public later; printed, not written. Next: add \
             --into SCENARIO.toml to write it into a scenario",
            state.vintage, state.used, state.later
        ));
        return print(&block(&state));
    };
    let before = read_file(file)?;
    let after = rewrite(&file.display().to_string(), &before, &state, observed)?;
    if after.text != before {
        write_file(file, &after.text)?;
    }
    let outcome = if after.text == before {
        format!("{} stands as before", file.display())
    } else {
        format!("Written to {}", file.display())
    };
    let next = format!("{outcome}. Next: tollway validate {}\n", file.display());
    print(&(summary(&state, &after) + &next))
}

fn options(args: &NowcastArgs) -> Options {
    let kind = |[level, slope, sigma, window, slope_mean, slope_sd]: [f64; 6]| KindOptions {
        prior: NoisePrior {
            median: Noise { level, slope },
            sigma,
        },
        window,
        slope_mean,
        slope_sd,
    };
    let [one_year, on_demand, spread, noise, window] = args.rent;
    Options {
        vintage: args.vintage,
        published: args.published.unwrap_or(args.vintage),
        half_life: args.half_life,
        freedom: args.freedom,
        errors: args.errors,
        repeats: args.repeats,
        lab: kind(args.lab),
        cloud: kind(args.cloud),
        capex: kind(args.capex),
        rent: RentOptions {
            one_year,
            on_demand,
            spread,
            noise,
            window,
        },
    }
}

fn summary(state: &State, after: &Rewritten) -> String {
    let mut out = format!(
        "State at {}: {} rows used, {} left out because they became public later.\n",
        state.vintage, state.used, state.later
    );
    for (title, paths) in [
        ("Changed", &after.changed),
        ("As before", &after.same),
        ("Not stated in the file", &after.absent),
        ("Not estimated", &state.missing),
    ] {
        if !paths.is_empty() {
            let _ = writeln!(out, "{title}:\n  {}", paths.join("\n  "));
        }
    }
    out
}

fn date(text: &str) -> Result<Date, String> {
    Date::parse(text).ok_or_else(|| "write YYYY-MM-DD, such as 2025-12-31".to_owned())
}

fn positive(text: &str) -> Result<f64, String> {
    let number: Option<f64> = text.parse().ok().filter(|number: &f64| *number > 0.0);
    number.ok_or_else(|| "give a positive number".to_owned())
}

fn numbers<const N: usize>(text: &str) -> Result<[f64; N], String> {
    let list: Result<Vec<f64>, String> =
        text.split(',').map(|part| positive(part.trim())).collect();
    list.ok()
        .and_then(|list| <[f64; N]>::try_from(list).ok())
        .ok_or_else(|| format!("give {N} positive numbers, separated by commas"))
}
