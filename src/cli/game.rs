//! `tollway game`.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::experiment::{ExperimentArgs, Output, Plan, check_replications, experiment};
use super::{Failure, print, read_file, write_file};
use crate::experiments::game::check::{Size, plan};
use crate::experiments::game::plan::GamePlan;
use crate::experiments::game::play::play;
use crate::experiments::game::spec::{GameSpec, Method, Parsed};
use crate::report::experiments::Experiment;
use crate::report::experiments::game::GameReport;
use crate::scenario::text::write;

/// Options of `tollway game`.
#[derive(Debug, Args)]
pub(super) struct GameArgs {
    /// TOML file of a game: players, strategies, payoffs.
    #[arg(value_name = "FILE")]
    game: PathBuf,
    /// Also write the game as a Markdown page.
    #[arg(long, value_name = "FILE")]
    page: Option<PathBuf>,
    #[command(flatten)]
    common: ExperimentArgs,
}

/// The size of runs in the options, for a file that states its own.
pub(super) fn size(args: &ExperimentArgs) -> Size {
    let mut edits = args.size.edits();
    edits.retain(|edit| !edit.starts_with("run.replications="));
    Size {
        replications: args.size.replications,
        edits,
    }
}

/// The number of runs of a game before further batches, in words.
fn effort(plan: &GamePlan) -> (u64, String) {
    let settings = plan.settings;
    let states = plan.states.len() as u64;
    let profiles = match settings.method {
        Method::FullTable => plan.shape.profiles(),
        Method::BestReply => plan.shape.neighbours(plan.status_quo()).len() + 1,
    };
    let arms = profiles as u64 * states;
    let runs = arms * u64::from(settings.first);
    let text = match settings.method {
        Method::FullTable => format!(
            "{runs} runs of {profiles} profiles, and up to {} if the first do not decide\n",
            arms * u64::from(settings.most)
        ),
        Method::BestReply => format!(
            "{runs} runs of {profiles} profiles for each step of the search, of {} profiles in all\n",
            plan.shape.profiles()
        ),
    };
    (runs, text)
}

/// Studies a game.
pub(super) fn run(args: &GameArgs) -> Result<(), Failure> {
    let parsed = Parsed::<GameSpec>::read(&args.game, &read_file(&args.game)?)?;
    let game = plan(&parsed, &size(&args.common))?;
    let (runs, text) = effort(&game);
    if args.common.dry_run {
        return print(&text);
    }
    check_replications(game.settings.first)?;
    let arms = game.arms();
    // The arms hold the scenario and every strategy; the file holds everything else.
    let options =
        json!({ "file": write(&parsed.tree), "replications": args.common.size.replications });
    let plan = Plan {
        command: "game",
        label: Some(game.name.clone()),
        arms: &arms,
        replications: game.settings.first,
        runs,
        options,
    };
    let (command, file) = origin(args);
    let mut page = String::new();
    experiment(
        &args.common,
        plan,
        |checkpoint, runner| play(&game, checkpoint, runner),
        |experiment, played| {
            let report = GameReport {
                experiment: Experiment {
                    replications: played.replications,
                    ..experiment
                },
                plan: &game,
                played,
            };
            page = report.markdown(&command, &file);
            Output::of(&report, &args.common.result)
        },
    )?;
    if let Some(file) = &args.page {
        write_file(file, page)?;
    }
    Ok(())
}

/// Returns the command as it was written, and the file of the game.
fn origin(args: &GameArgs) -> (String, String) {
    let file = args.game.display().to_string();
    let mut command = format!("tollway game {file}");
    let size = &args.common.size;
    let options = [
        ("replications", size.replications.map(u64::from)),
        ("seed", size.seed),
        ("months", size.months.map(u64::from)),
        ("enterprises", size.enterprises.map(u64::from)),
    ];
    for (option, value) in options {
        if let Some(value) = value {
            let _ = write!(command, " --{option} {value}");
        }
    }
    if let Some(page) = &args.page {
        let _ = write!(command, " --page {}", page.display());
    }
    (command, file)
}
