//! `tollway freeze`.

use std::path::{Path, PathBuf};

use clap::Args;

use super::score::{mapping, open_run};
use super::{Failure, print, read_file, write_file};
use crate::base::time::Date;
use crate::evidence::frozen::{Frozen, quantiles};
use crate::scenario::fault::{Fault, Faults};

/// File that says what a forecast was made of.
pub(super) const FACTS: &str = "forecast.toml";
/// File of the quantiles of a forecast.
const QUANTILES: &str = "quantiles.csv";

/// Options of `tollway freeze`.
#[derive(Debug, Args)]
pub(super) struct FreezeArgs {
    /// Folder of a finished run.
    run: PathBuf,
    /// Folder to make, named after the vintage, such as forecasts/2026-03-31; a second one of a vintage ends in -b.
    #[arg(long, value_name = "DIR")]
    into: PathBuf,
    /// Day on which the forecast is made, YYYY-MM-DD.
    #[arg(long, value_name = "DATE")]
    made: String,
    /// CSV file that maps observations to measures, with the columns of data/measures.csv [default: the built-in mapping].
    #[arg(long, value_name = "FILE")]
    measures: Option<PathBuf>,
}

/// Writes the quantiles of a finished run, and what they were made of, into a new folder.
pub(super) fn run(args: &FreezeArgs) -> Result<(), Failure> {
    let mapping = mapping(args.measures.as_deref())?;
    let folder = open_run(&args.run)?;
    let made = made(&args.made, folder.start)?;
    check_name(&args.into, folder.start)?;
    if !folder.is_complete {
        let what = format!("the run in {} was not finished", args.run.display());
        return Err(refused(what, "run the scenario to its end").into());
    }
    let csv = quantiles(&folder.samples(), &mapping);
    if let Some(parent) = args.into.parent() {
        std::fs::create_dir_all(parent).map_err(|error| cannot_create(parent, &error))?;
    }
    // Only this call makes the folder, so that a forecast that exists is never touched.
    std::fs::create_dir(&args.into).map_err(|error| {
        if error.kind() == std::io::ErrorKind::AlreadyExists {
            let what = format!("{} exists already", args.into.display());
            let help = "a frozen forecast is never overwritten; name a new folder, such as one that ends in -b";
            return refused(what, help).into();
        }
        cannot_create(&args.into, &error)
    })?;
    write_file(&args.into.join(QUANTILES), &csv)?;
    write_file(
        &args.into.join(FACTS),
        folder.facts.toml(folder.start, made),
    )?;
    print(&format!(
        "{} quantiles of {} months written to {}\n",
        csv.lines().count() - 1,
        folder.months.len(),
        args.into.display()
    ))
}

fn refused(what: String, help: &str) -> Faults {
    Faults(vec![Fault::nowhere(what).help(help)])
}

fn cannot_create(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Io(format!("cannot create {}: {error}", path.display()))
}

/// The day on which a forecast is made, which is not before its vintage.
fn made(text: &str, vintage: Date) -> Result<Date, Faults> {
    let date = Date::parse(text)
        .ok_or_else(|| refused(format!("--made is `{text}`"), "write the day as YYYY-MM-DD"))?;
    if date < vintage {
        let what = format!("the forecast was made on {date}, before its data of {vintage}");
        return Err(refused(what, "give the day on which the run was made"));
    }
    Ok(date)
}

/// The folder is named after the vintage: `2026-03-31`, then `2026-03-31-b` and so on.
fn check_name(into: &Path, vintage: Date) -> Result<(), Faults> {
    let name = into
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    let name = name.unwrap_or_default();
    let vintage = vintage.to_string();
    let rest = name.strip_prefix(&vintage);
    let is_lettered = |rest: &str| {
        rest.strip_prefix('-').is_some_and(|letter| {
            letter.len() == 1 && letter.chars().all(|c| c.is_ascii_lowercase() && c != 'a')
        })
    };
    if rest.is_some_and(|rest| rest.is_empty() || is_lettered(rest)) {
        return Ok(());
    }
    let what = format!("the folder `{name}` is not named after the vintage of the run");
    let help = format!("name it {vintage}, or {vintage}-b if there is one already");
    Err(refused(what, &help))
}

/// Opens the folder of a frozen forecast.
pub(super) fn open_frozen(folder: &Path) -> Result<Frozen, Failure> {
    let [facts, csv] = [FACTS, QUANTILES].map(|name| folder.join(name));
    let (facts_text, csv_text) = (read_file(&facts)?, read_file(&csv)?);
    Ok(Frozen::read(
        (&facts.display().to_string(), &facts_text),
        (&csv.display().to_string(), &csv_text),
    )?)
}
