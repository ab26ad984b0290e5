//! `tollway calibrate`.
#![expect(
    clippy::disallowed_methods,
    reason = "targets, overlays and checkpoints are files; the overlay states the date of the fit"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Args;
use indicatif::ProgressBar;

use super::{Failure, ScenarioArgs, print, read_file, write_file};
use crate::base::time::{Calendar, Date, SimTime};
use crate::evidence::calibrate::{Calibration, Fit, Moments, fit, overlay, read};
use crate::report::manifest::{scenario_hash, sha256};
use crate::scenario::load;
use crate::scenario::text::write;

/// Options of `tollway calibrate`.
#[derive(Debug, Args)]
pub(super) struct CalibrateArgs {
    #[command(flatten)]
    scenario: ScenarioArgs,
    /// TOML file of parameters to fit and targets to fit them to.
    #[arg(long, value_name = "FILE")]
    targets: PathBuf,
    /// Overlay to write, with the fitted values.
    #[arg(long, value_name = "FILE", default_value = "calibrated.toml")]
    out: PathBuf,
    /// Print the fit as JSON instead of tables.
    #[arg(long)]
    json: bool,
}

/// Fits parameters of a scenario to targets.
pub(super) fn run(args: &CalibrateArgs) -> Result<(), Failure> {
    let request = args.scenario.request();
    let loaded = load(&request)?;
    let text = read_file(&args.targets)?;
    let spec = read(&args.targets.display().to_string(), &text, &loaded)?;
    let calibration = Calibration {
        loaded: &loaded,
        request,
        spec,
    };
    calibration.check_bounds()?;
    let targets_hash = sha256(text.as_bytes());
    let seed = loaded.scenario.run.seed.0;
    let scenario = scenario_hash(&write(&loaded.tree));
    let key = format!("{scenario} {targets_hash} seed {seed}");
    let mut evaluations = Evaluations::open(&args.out, &key)?;
    let found = fit_from(&calibration, &mut evaluations)?;
    let why = format!(
        "fitted on {} by simulated moments, seed {seed}, {} replications, {} evaluations, chi-squared {:.2} over {} targets, targets {}",
        today(),
        calibration.spec.replications.0,
        found.evaluations,
        found.chi_squared,
        calibration.spec.target.len(),
        &targets_hash[..8]
    );
    let stem = args.out.file_stem();
    let name = stem.map_or("calibrated".into(), |stem| stem.to_string_lossy());
    let extends = extends(args.scenario.scenario.as_deref(), &args.out);
    let text = overlay(&loaded, &extends, &name, &found, &why);
    write_file(&args.out, text)?;
    evaluations.remove();
    if args.json {
        print(&json(&calibration, &found))
    } else {
        let tables = tables(&calibration, &found);
        let out = args.out.display();
        print(&format!("{tables}\n{why}\nWritten to {out}\n"))
    }
}

/// Fits from the evaluations of an interrupted calibration.
fn fit_from(calibration: &Calibration<'_>, evaluations: &mut Evaluations) -> Result<Fit, Failure> {
    let bar = if std::io::stderr().is_terminal() {
        ProgressBar::new_spinner()
    } else {
        ProgressBar::hidden()
    };
    let mut count = 0;
    let found = fit(calibration, |z| {
        count += 1;
        let known = evaluations.found;
        bar.set_message(format!("evaluation {count}, {known} from the checkpoint"));
        bar.tick();
        if let Some(moments) = evaluations.get(z) {
            return Ok(moments);
        }
        let moments = calibration.evaluate(z)?;
        evaluations.put(z, &moments)?;
        Ok(moments)
    });
    bar.finish_and_clear();
    found.map_err(Failure::Invariant)
}

/// The `extends` key of the overlay: the path of the scenario relative to the folder of the overlay.
fn extends(scenario: Option<&Path>, out: &Path) -> String {
    let Some(scenario) = scenario else {
        return "baseline".to_owned();
    };
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let (to, from) = (absolute(scenario), absolute(out));
    let from = from.parent().map(Path::to_path_buf).unwrap_or_default();
    let shared = to
        .components()
        .zip(from.components())
        .take_while(|(a, b)| a == b)
        .count();
    let up = from.components().count() - shared;
    let mut path: Vec<String> = vec!["..".to_owned(); up];
    path.extend(
        to.components()
            .skip(shared)
            .map(|part| part.as_os_str().to_string_lossy().into_owned()),
    );
    path.join("/")
}

fn today() -> Date {
    let days = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |time| time.as_secs() / 86_400);
    let epoch = Date::parse("1970-01-01").expect("a date");
    Calendar::new(epoch, 1).date_of(SimTime::from_days(i64::try_from(days).unwrap_or(0)))
}

/// The evaluations of an interrupted calibration, in a file beside its overlay.
struct Evaluations {
    file: PathBuf,
    known: BTreeMap<String, Moments>,
    found: usize,
}

impl Evaluations {
    fn open(out: &Path, key: &str) -> Result<Self, Failure> {
        let mut file = out.as_os_str().to_owned();
        file.push(".evaluations");
        let file = PathBuf::from(file);
        let mut known = BTreeMap::new();
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        let mut lines = text.lines();
        if lines.next() == Some(key) {
            for line in lines {
                let parts: Option<Vec<(Vec<f64>, String)>> = line
                    .split('|')
                    .map(|part| {
                        Some((
                            part.split(' ')
                                .map(|n| n.parse().ok())
                                .collect::<Option<Vec<f64>>>()?,
                            part.to_owned(),
                        ))
                    })
                    .collect();
                if let Some([(_, z), (mean, _), (error, _)]) = parts.as_deref() {
                    known.insert(
                        z.clone(),
                        Moments {
                            mean: mean.clone(),
                            error: error.clone(),
                        },
                    );
                }
            }
        } else {
            std::fs::write(&file, format!("{key}\n")).map_err(|error| {
                Failure::Io(format!("cannot write {}: {error}", file.display()))
            })?;
        }
        Ok(Self {
            file,
            known,
            found: 0,
        })
    }

    fn get(&mut self, z: &[f64]) -> Option<Moments> {
        let moments = self.known.get(&line(z)).cloned();
        self.found += usize::from(moments.is_some());
        moments
    }

    fn put(&mut self, z: &[f64], moments: &Moments) -> Result<(), String> {
        self.known.insert(line(z), moments.clone());
        let text = format!(
            "{}|{}|{}\n",
            line(z),
            line(&moments.mean),
            line(&moments.error)
        );
        let append = || {
            std::fs::OpenOptions::new()
                .append(true)
                .open(&self.file)?
                .write_all(text.as_bytes())
        };
        append().map_err(|error| format!("cannot write {}: {error}", self.file.display()))
    }

    /// Removes the file once the calibration has ended; a file that cannot be removed harms nobody.
    fn remove(&self) {
        let _ = std::fs::remove_file(&self.file);
    }
}

/// Numbers as text that reads back bit for bit.
fn line(numbers: &[f64]) -> String {
    numbers
        .iter()
        .map(|number| format!("{number:?}"))
        .collect::<Vec<_>>()
        .join(" ")
}

fn tables(calibration: &Calibration<'_>, fit: &Fit) -> String {
    let mut out = format!(
        "{:<34} {:>12} {:>24}\n",
        "parameter", "fitted", "95 % interval"
    );
    for fitted in &fit.parameters {
        let interval = fitted.interval().map_or_else(
            || "not identified".to_owned(),
            |(low, high)| format!("{low:.4} to {high:.4}"),
        );
        let bound = if fitted.is_at_bound {
            "  at its bound"
        } else {
            ""
        };
        let _ = writeln!(
            out,
            "{:<34} {:>12.5} {interval:>24}{bound}",
            fitted.path, fitted.value
        );
    }
    let _ = writeln!(
        out,
        "\n{:<42} {:>10} {:>18} {:>10} {:>7}",
        "target", "observed", "simulated", "error", "off by"
    );
    let residuals = calibration.residuals(&fit.moments);
    for (index, target) in calibration.spec.target.iter().enumerate() {
        let _ = writeln!(
            out,
            "{:<42} {:>10.4} {:>18} {:>10.4} {:>7.2}",
            target.name.text,
            target.value,
            format!(
                "{:.4} ± {:.4}",
                fit.moments.mean[index],
                1.96 * fit.moments.error[index]
            ),
            target.error,
            residuals[index]
        );
    }
    out.push_str("\nIdentification: change of each target for a tenth of a parameter's range at the fit, and elementary effects over the range (Morris: mean size, spread)\n");
    for (target, row) in calibration.spec.target.iter().zip(&fit.influence) {
        let _ = writeln!(out, "  {}", target.name.text);
        for (fitted, influence) in fit.parameters.iter().zip(row) {
            let _ = writeln!(
                out,
                "    {:<32} {:>+11.2e} {:>11.2e} {:>11.2e}",
                fitted.path, influence.local, influence.size, influence.spread
            );
        }
    }
    let ends: Vec<String> = fit.ends.iter().map(|sum| format!("{sum:.3}")).collect();
    let _ = writeln!(
        out,
        "\nSums of squares after each local search: {}",
        ends.join(", ")
    );
    out
}

fn json(calibration: &Calibration<'_>, fit: &Fit) -> String {
    let parameters: Vec<serde_json::Value> = fit
        .parameters
        .iter()
        .map(|p| serde_json::json!({ "path": p.path, "value": p.value, "half_width": p.half_width, "at_bound": p.is_at_bound }))
        .collect();
    let targets: Vec<serde_json::Value> = calibration
        .spec
        .target
        .iter()
        .enumerate()
        .map(|(index, target)| {
            let influence: Vec<serde_json::Value> = fit.influence[index]
                .iter()
                .map(|i| serde_json::json!({ "local": i.local, "size": i.size, "spread": i.spread }))
                .collect();
            serde_json::json!({
                "name": target.name.text, "metric": target.metric.text, "observed": target.value, "error": target.error,
                "simulated": fit.moments.mean[index], "simulation_error": fit.moments.error[index], "influence": influence,
            })
        })
        .collect();
    let text = serde_json::to_string_pretty(&serde_json::json!({
        "chi_squared": fit.chi_squared, "evaluations": fit.evaluations, "ends": fit.ends, "parameters": parameters,
        "targets": targets,
    }))
    .expect("JSON of JSON");
    format!("{text}\n")
}
