//! `tollway certify`.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::experiment::{ExperimentArgs, Output, Plan, check_replications, experiment};
use super::game::size;
use super::{Failure, ScenarioArgs, print, read_file, write_file};
use crate::experiments::game::certificate::{plan, read};
use crate::experiments::game::judge::certify;
use crate::experiments::game::statics::OpeningStatics;
use crate::report::experiments::Experiment;
use crate::report::experiments::game::certificate::{Certificate, CertificateReport};
use crate::scenario::text::write;

/// Options of `tollway certify`.
#[derive(Debug, Args)]
pub(super) struct CertifyArgs {
    #[command(flatten)]
    scenario: ScenarioArgs,
    /// TOML file of deviations and of the valuation [default: the built-in ones].
    #[arg(long, value_name = "FILE")]
    deviations: Option<PathBuf>,
    /// Also write the certificate as a Markdown page.
    #[arg(long, value_name = "FILE")]
    page: Option<PathBuf>,
    #[command(flatten)]
    common: ExperimentArgs,
}

/// File of the built-in deviations.
const BUILT_IN: &str = "scenarios/certificate/deviations.toml";

/// Certifies a scenario.
pub(super) fn run(args: &CertifyArgs) -> Result<(), Failure> {
    let text = args
        .deviations
        .as_ref()
        .map(|file| read_file(file))
        .transpose()?;
    let parsed = read(args.deviations.as_deref().zip(text.as_deref()))?;
    let request = args.scenario.request();
    let certificate = plan(&parsed, &request, &size(&args.common))?;
    let (command, deviations) = origin(args, request.file.as_deref());
    let runs = certificate.runs();
    if args.common.dry_run {
        let deviations: usize = certificate.actors.iter().map(|a| a.deviations.len()).sum();
        return print(&format!(
            "{runs} runs of {deviations} deviations of {} actors, and up to {} if the first do not decide\n",
            certificate.actors.len(),
            (deviations as u64 + 1) * u64::from(certificate.most)
        ));
    }
    check_replications(certificate.first)?;
    let arms = certificate.arms();
    let options =
        json!({ "file": write(&parsed.tree), "replications": args.common.size.replications });
    let plan = Plan {
        command: "certify",
        label: None,
        arms: &arms,
        replications: certificate.first,
        runs,
        options,
    };
    let finished = experiment(
        &args.common,
        plan,
        |checkpoint, runner| {
            let judged = certify(&certificate, checkpoint, runner)?;
            let rule = certificate.accounts.rule;
            let statics = OpeningStatics::of(&certificate.base, rule, certificate.first);
            Ok((judged, statics))
        },
        |experiment, (judged, statics)| {
            let most = judged
                .iter()
                .map(|judged| judged.replications)
                .max()
                .unwrap_or(0);
            let report = CertificateReport {
                experiment: Experiment {
                    replications: u32::try_from(most).unwrap_or(u32::MAX),
                    ..experiment
                },
                certificate: Certificate {
                    plan: &certificate,
                    judged,
                    statics,
                    command: &command,
                    file: &deviations,
                },
            };
            Output::of(&report, &args.common.result)
        },
    )?;
    if let Some(file) = &args.page {
        let certificate = Certificate {
            plan: &certificate,
            judged: &finished.found.0,
            statics: &finished.found.1,
            command: &command,
            file: &deviations,
        };
        write_file(file, certificate.page())?;
    }
    Ok(())
}

/// Returns the command as it was written, and the file of the deviations.
fn origin(args: &CertifyArgs, scenario: Option<&Path>) -> (String, String) {
    let part = |option: &str, path: Option<&Path>| {
        path.map_or_else(String::new, |path| format!(" {option}{}", path.display()))
    };
    let command = [
        "tollway certify".to_owned(),
        part("", scenario),
        part("--deviations ", args.deviations.as_deref()),
        part("--page ", args.page.as_deref()),
    ];
    let deviations = args.deviations.as_ref();
    let file = deviations.map_or_else(|| BUILT_IN.to_owned(), |path| path.display().to_string());
    (command.concat(), file)
}
