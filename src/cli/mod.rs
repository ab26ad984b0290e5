//! The command line: one file a command.

mod backtest;
mod calibrate;
mod certify;
mod checkpoint;
mod compare;
mod completions;
mod discover;
mod experiment;
mod explain;
mod forecasts;
mod freeze;
mod game;
mod moat;
mod nowcast;
mod options;
mod plot;
mod run;
mod schema;
mod score;
mod sensitivity;
mod show;
mod sweep;
mod thesis;
mod trust;
mod validate;
mod verify;
mod work;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::evidence::backtest::Failed;
use crate::experiments::arms::Arm;
use crate::report::WriteError;
use crate::scenario::overridden::overridden;
use crate::scenario::{Fault, Faults, Loaded, Request};

/// Simulate the market for AI inference, and see who collects the toll on each dollar.
#[derive(Debug, Parser)]
#[command(name = "tollway", version, about, arg_required_else_help = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a scenario and write its tables and charts.
    Run(run::RunArgs),
    /// Print the results of a finished run or experiment.
    Show(show::ShowArgs),
    /// Draw a chart of a finished run or experiment.
    Plot(plot::PlotArgs),
    /// Compare scenarios on common random numbers and attribute the difference to each edit.
    Compare(compare::CompareArgs),
    /// Run a scenario at many combinations of values.
    Sweep(sweep::SweepArgs),
    /// Find which uncertain numbers drive the spread of a metric.
    Sensitivity(sensitivity::SensitivityArgs),
    /// Find the region of a sweep in which a condition holds.
    Discover(discover::DiscoverArgs),
    /// Rank the levers of lock-in by the value of a customer with and without each.
    Moat(moat::MoatArgs),
    /// Test claims: how probable they are, where they fail, and what would reverse the verdict.
    Thesis(thesis::ThesisArgs),
    /// Find the equilibria of a game between actors, and who would leave them.
    Game(game::GameArgs),
    /// Certify that no actor of a scenario would gain by another policy alone.
    Certify(certify::CertifyArgs),
    /// Check scenario files and report every fault.
    Validate(validate::ValidateArgs),
    /// Show each value of a scenario with its source, class, file and line.
    Explain(explain::ExplainArgs),
    /// Fit parameters of a scenario to targets by the method of simulated moments.
    Calibrate(calibrate::CalibrateArgs),
    /// Estimate the state of the market at a date from the rows that were public by then.
    Nowcast(nowcast::NowcastArgs),
    /// Run scenarios dated in the past and score them against what happened.
    Backtest(backtest::BacktestArgs),
    /// Score a finished run against observations.
    Score(score::ScoreArgs),
    /// Keep the quantiles of a finished run as a forecast that is scored later.
    Freeze(freeze::FreezeArgs),
    /// List frozen forecasts with their scores.
    Forecasts(forecasts::ForecastsArgs),
    /// Check the program against cases with known answers.
    Verify(verify::VerifyArgs),
    /// Write the page that says how far to trust the model.
    Trust(trust::TrustArgs),
    /// Print the JSON Schema of scenario files, games or certificates, for editors.
    Schema(schema::SchemaArgs),
    /// Print a completion script for a shell.
    Completions(completions::CompletionsArgs),
}

impl Command {
    /// Returns false if the command only reads what others ran, or data.
    const fn is_run(&self) -> bool {
        !matches!(
            self,
            Self::Show(_)
                | Self::Plot(_)
                | Self::Discover(_)
                | Self::Nowcast(_)
                | Self::Score(_)
                | Self::Freeze(_)
                | Self::Forecasts(_)
        )
    }
}

/// The scenario of a command, and edits of it.
#[derive(Debug, Args)]
pub struct ScenarioArgs {
    /// Scenario file [default: the built-in baseline].
    scenario: Option<PathBuf>,
    /// Apply the edits of another file; repeatable, in order.
    #[arg(long, value_name = "FILE")]
    overlay: Vec<PathBuf>,
    /// Set one value, e.g. --set router.aws-router.take_rate=0.05; repeatable.
    #[arg(long, value_name = "PATH=VALUE")]
    set: Vec<String>,
}

impl ScenarioArgs {
    fn request(&self) -> Request {
        Request {
            file: self.scenario.clone(),
            overlays: self.overlay.clone(),
            sets: self.set.clone(),
            text: None,
        }
    }

    /// The scenario as the only arm of an experiment, named after its file.
    fn arm(&self, loaded: Loaded) -> Arm {
        let stem = self.scenario.as_ref().and_then(|file| file.file_stem());
        Arm {
            name: stem.map_or_else(
                || "baseline".to_owned(),
                |stem| stem.to_string_lossy().into_owned(),
            ),
            loaded,
        }
    }
}

/// The failure of a command, with its exit code.
#[derive(Debug)]
pub enum Failure {
    /// A check failed: 1.
    Failed(String),
    /// The command line or a scenario is wrong: 2.
    Scenario(Faults),
    /// A file could not be read or written: 3.
    Io(String),
    /// An invariant of the simulation broke: 70.
    Invariant(String),
    /// Interrupted: 130.
    Interrupted(String),
}

impl Failure {
    /// Prints the failure of a command that runs simulations or only reads.
    fn report(&self, is_run: bool) -> ExitCode {
        let (text, code) = match self {
            Self::Failed(text) => (format!("error: {text}"), 1),
            Self::Scenario(faults) if is_run => (faults.to_string(), 2),
            Self::Scenario(faults) => (faults.told("nothing was written"), 2),
            Self::Io(text) => (format!("error: {text}"), 3),
            Self::Invariant(text) => (
                format!("error: a broken invariant stopped the run: {text}"),
                70,
            ),
            Self::Interrupted(text) => (text.clone(), 130),
        };
        #[expect(clippy::print_stderr, reason = "errors leave the program here")]
        {
            eprintln!("{text}");
        }
        ExitCode::from(code)
    }
}

impl From<Failed> for Failure {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Scenario(faults) => Self::Scenario(faults),
            Failed::Invariant(text) => Self::Invariant(text),
        }
    }
}

impl From<WriteError> for Failure {
    fn from(error: WriteError) -> Self {
        Self::Io(error.to_string())
    }
}

impl From<Faults> for Failure {
    fn from(faults: Faults) -> Self {
        Self::Scenario(faults)
    }
}

/// Reads the command line and runs the command.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let is_run = cli.command.is_run();
    let result = match cli.command {
        Command::Run(args) => run::run(&args),
        Command::Show(args) => show::run(&args),
        Command::Plot(args) => plot::run(&args),
        Command::Compare(args) => compare::run(&args),
        Command::Sweep(args) => sweep::run(&args),
        Command::Sensitivity(args) => sensitivity::run(&args),
        Command::Discover(args) => discover::run(&args),
        Command::Moat(args) => moat::run(&args),
        Command::Thesis(args) => thesis::run(&args),
        Command::Game(args) => game::run(&args),
        Command::Certify(args) => certify::run(&args),
        Command::Validate(args) => validate::validate(&args),
        Command::Explain(args) => explain::explain(&args),
        Command::Calibrate(args) => calibrate::run(&args),
        Command::Nowcast(args) => nowcast::run(&args),
        Command::Backtest(args) => backtest::run(&args),
        Command::Score(args) => score::run(&args),
        Command::Freeze(args) => freeze::run(&args),
        Command::Forecasts(args) => forecasts::run(&args),
        Command::Verify(args) => verify::run(&args),
        Command::Trust(args) => trust::run(&args),
        Command::Schema(args) => schema::schema(&args),
        Command::Completions(args) => completions::completions(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(is_run),
    }
}

/// Reads a file that the user named; a file that cannot be read is bad input.
#[expect(clippy::disallowed_methods, reason = "commands read files")]
fn read_file(file: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(file).map_err(|error| unreadable(file, &error))
}

/// The failure of reading a file or folder that the user named.
fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    let fault = Fault::nowhere(format!("cannot read {}: {error}", path.display()));
    Faults(vec![
        fault.help("check the path; it is relative to the current folder"),
    ])
    .into()
}

/// Writes a file that the user named.
#[expect(clippy::disallowed_methods, reason = "commands write files")]
fn write_file(file: &Path, contents: impl AsRef<[u8]>) -> Result<(), Failure> {
    std::fs::write(file, contents)
        .map_err(|error| Failure::Io(format!("cannot write {}: {error}", file.display())))
}

/// Prints a note on standard error for each edit that another rule overrides.
fn print_notes(loaded: &Loaded) {
    for note in overridden(loaded) {
        print_note(&note);
    }
}

/// Prints a note on standard error.
#[expect(clippy::print_stderr, reason = "notes do not belong to the results")]
fn print_note(note: &str) {
    eprintln!("note: {note}");
}

/// Prints to standard output; a closed pipe ends the program quietly.
fn print(text: &str) -> Result<(), Failure> {
    use std::io::Write as _;
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Failure::Io(format!(
            "cannot write to standard output: {error}"
        ))),
        _ => Ok(()),
    }
}
