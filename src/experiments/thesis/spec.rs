//! Files of theses: claims as data.

use std::path::{Path, PathBuf};
use std::sync::Arc as Shared;

use crate::market::rows;
use crate::panel::Panel;
use crate::scenario::fault::{Fault, Faults};
use crate::scenario::merge::duplicate;
use crate::scenario::record::{Field, Name, Reader, Whole, record, words};
use crate::scenario::source::{Place, Source};
use crate::scenario::text::parse;
use crate::scenario::{Loaded, Request, load};

use super::check::{Test, test};
use super::deciding::{InputSpec, ScanSpec};
use super::smallest::SmallestSpec;
use crate::experiments::arms::{Arm, check_pairs};

words! {
    /// The origin of a threshold.
    Whose {
        /// Stated by the source of the claim.
        Source = "source",
        /// Chosen by the authors of the file: the source states none.
        Ours = "ours",
    }
}

record! {
    /// A file of theses: arms, and claims that are tested on them.
    ThesesSpec {
        /// Short name.
        name: Name,
        /// Title.
        title: Name,
        /// Replications of each arm; one of the files read together states it.
        replications: Option<Whole<20, 1_000_000>>,
        /// Enterprises of each arm; one of the files read together states it.
        enterprises: Option<Whole<1, 10_000_000>>,
        /// Scan of the inputs that claims name; one of the files read together states it.
        scan: Option<ScanSpec>,
        /// Arms.
        arm: Vec<ArmSpec>,
        /// Theses.
        thesis: Vec<ThesisSpec>,
    }
}

record! {
    /// An arm: the baseline with overlays and edits.
    ArmSpec {
        /// Name.
        name: Name,
        /// Overlay files, relative to this file, in order.
        overlays: Vec<Name>,
        /// Edits `path=value`, applied after the overlays.
        sets: Vec<Name>,
    }
}

record! {
    /// A claim and its test.
    ThesisSpec {
        /// Name.
        name: Name,
        /// Source of the claim.
        source: Name,
        /// The claim, in words of the file's authors.
        claim: Name,
        /// Arms that it is tested on, in order.
        arms: Vec<Name>,
        /// Metric that is true if the claim is true: of one replication, or over all of them.
        test: Option<Name>,
        /// Metric of the size of the effect; the difference of the two sides of the test if left out.
        effect: Option<Name>,
        /// Probability that the claim states; 0.5 if it states none.
        probability: Option<f64>,
        /// Threshold and horizon, in words.
        threshold: Option<Name>,
        /// Origin of the threshold.
        whose: Option<Whose>,
        /// Smallest effect that matters.
        smallest: Option<SmallestSpec>,
        /// Input that decides the claim.
        input: Option<InputSpec>,
        /// Parts of the claim that the test leaves out, or that the model lacks.
        missing: Option<Name>,
    }
}

/// Files of theses, checked together: a thesis can use arms of any file.
#[derive(Debug)]
pub struct Theses {
    /// The theses, in order.
    pub theses: Vec<ThesisSpec>,
    /// By file: its title, and the place of its first thesis.
    pub titles: Vec<(String, usize)>,
    /// All arms.
    pub arms: Vec<Arm>,
    /// By thesis: its test; `None` if the model cannot express it.
    pub tests: Vec<Option<Test>>,
    /// Scan of the inputs that claims name.
    pub scan: Option<ScanSpec>,
}

/// Reads and checks files of theses. `sets` are edits of every arm: size and seed of the runs.
///
/// # Errors
/// Every fault of the files, with its place.
pub fn read(files: &[(PathBuf, String)], sets: &[String]) -> Result<Theses, Faults> {
    let specs = parsed(files)?;
    let arms = arms(&specs, &[&sizes(&specs)?[..], sets].concat())?;
    check_pairs(&arms)?;
    let shapes: Vec<(Panel, usize)> = arms.iter().map(|arm| shape(&arm.loaded)).collect();
    let mut found = Theses {
        theses: Vec::new(),
        titles: Vec::new(),
        arms: Vec::new(),
        tests: Vec::new(),
        scan: specs.iter().find_map(|(_, spec)| spec.scan.clone()),
    };
    let mut faults = Vec::new();
    for (_, spec) in specs {
        found.titles.push((spec.title.text, found.theses.len()));
        for thesis in spec.thesis {
            let name = &thesis.name;
            let is_same = |other: &&ThesisSpec| other.name.text == name.text;
            if let Some(first) = found.theses.iter().find(is_same) {
                faults.push(duplicate(&name.text, &first.name.place, name.place.clone()));
            }
            match test(&thesis, &arms, &shapes) {
                Ok(checked) => found.tests.push(checked),
                Err(found) => faults.extend(found.0),
            }
            if let (Some(input), None) = (&thesis.input, &found.scan) {
                let message = "no file states how inputs are scanned";
                faults.push(Fault::new(message, input.reason.place.clone()).help(
                    "add `scan = { points = 5, halvings = 3, replications = 20 }` at the top of one file",
                ));
            }
            found.theses.push(thesis);
        }
    }
    found.arms = arms;
    if faults.is_empty() {
        Ok(found)
    } else {
        Err(Faults(faults))
    }
}

type Parsed<'a> = Vec<(&'a PathBuf, ThesesSpec)>;

/// Parses the files.
fn parsed(files: &[(PathBuf, String)]) -> Result<Parsed<'_>, Faults> {
    let mut reader = Reader::default();
    let mut specs = Vec::new();
    for (file, text) in files {
        let source = Shared::new(Source {
            name: file.display().to_string(),
            text: text.clone(),
        });
        let before = reader.faults.len();
        let tree = parse(&source, &mut reader.faults);
        if reader.faults.len() == before
            && let Some(spec) = ThesesSpec::read(&tree, &mut reader)
        {
            specs.push((file, spec));
        }
    }
    if reader.faults.is_empty() {
        Ok(specs)
    } else {
        Err(Faults(reader.faults))
    }
}

/// The numbers of replications and enterprises as edits, from the first file that states each.
fn sizes(specs: &Parsed<'_>) -> Result<[String; 2], Faults> {
    let specs = || specs.iter().map(|(_, spec)| spec);
    let replications = specs().find_map(|spec| spec.replications.as_ref());
    let enterprises = specs().find_map(|spec| spec.enterprises.as_ref());
    let (Some(replications), Some(enterprises)) = (replications, enterprises) else {
        return Err(Faults(vec![
            Fault::nowhere("no file states the numbers of replications and enterprises")
                .help("add `replications = 100` and `enterprises = 1000` at the top of one file"),
        ]));
    };
    Ok([
        format!("run.replications={}", replications.0),
        format!("run.enterprises={}", enterprises.0),
    ])
}

/// Loads the arms of all files.
fn arms(specs: &Parsed<'_>, sets: &[String]) -> Result<Vec<Arm>, Faults> {
    let mut found: Vec<Arm> = Vec::new();
    let mut places: Vec<Place> = Vec::new();
    for (file, spec) in specs {
        let folder = file.parent().unwrap_or(Path::new(""));
        for arm in &spec.arm {
            if let Some(first) = found.iter().position(|other| other.name == arm.name.text) {
                let place = arm.name.place.clone();
                return Err(Faults(vec![duplicate(
                    &arm.name.text,
                    &places[first],
                    place,
                )]));
            }
            let overlays = arm.overlays.iter().map(|path| folder.join(&path.text));
            let own = arm.sets.iter().map(|set| set.text.clone());
            let loaded = load(&Request {
                overlays: overlays.collect(),
                sets: sets.iter().cloned().chain(own).collect(),
                ..Request::default()
            })
            .map_err(|mut faults| {
                let name = &arm.name;
                let named = Fault::new(
                    format!("arm `{}` is not a valid scenario", name.text),
                    name.place.clone(),
                );
                faults.0.push(named.help("see the faults above"));
                faults
            })?;
            places.push(arm.name.place.clone());
            found.push(Arm {
                name: arm.name.text.clone(),
                loaded,
            });
        }
    }
    Ok(found)
}

fn shape(loaded: &Loaded) -> (Panel, usize) {
    let months = usize::try_from(loaded.scenario.months.0).expect("at most 120 months");
    (rows::panel(&loaded.scenario, months), months)
}
