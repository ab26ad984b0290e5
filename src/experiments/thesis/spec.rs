//! Files of theses: claims as data.

use std::path::{Path, PathBuf};
use std::sync::Arc as Shared;

use crate::market::rows;
use crate::panel::Panel;
use crate::scenario::edit::edits;
use crate::scenario::fault::{Fault, Faults, suggestion};
use crate::scenario::merge::duplicate;
use crate::scenario::record::{Field, Name, Reader, Whole, record, words};
use crate::scenario::source::{Place, Source};
use crate::scenario::text::parse;
use crate::scenario::{Loaded, Request, load};

use crate::experiments::arms::{Arm, check_pairs};
use crate::metric::{ArmShape, Metric, Wanted};

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
        /// Parts of the claim that the test leaves out, or that the model lacks.
        missing: Option<Name>,
    }
}

/// The test of a thesis.
#[derive(Clone, Debug)]
pub struct Test {
    /// Places of its arms among all arms.
    pub arms: Vec<usize>,
    /// Metric that is true if the claim is true.
    pub metric: Metric,
    /// Metric of the size of the effect.
    pub effect: Option<Metric>,
    /// Values that the metrics read of each replication; arms are numbered as in `arms`.
    pub wanted: Wanted,
    /// Probability that the claim states.
    pub probability: f64,
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
}

/// Reads and checks files of theses. `sets` are edits of every arm: size and seed of the runs.
///
/// # Errors
/// Every fault of the files, with its place.
pub fn read(files: &[(PathBuf, String)], sets: &[String]) -> Result<Theses, Faults> {
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
    if !reader.faults.is_empty() {
        return Err(Faults(reader.faults));
    }
    let replications = specs
        .iter()
        .find_map(|(_, spec)| spec.replications.as_ref());
    let enterprises = specs.iter().find_map(|(_, spec)| spec.enterprises.as_ref());
    let (Some(replications), Some(enterprises)) = (replications, enterprises) else {
        return Err(Faults(vec![
            Fault::nowhere("no file states the numbers of replications and enterprises")
                .help("add `replications = 100` and `enterprises = 1000` at the top of one file"),
        ]));
    };
    let mut all = vec![
        format!("run.replications={}", replications.0),
        format!("run.enterprises={}", enterprises.0),
    ];
    all.extend_from_slice(sets);
    let arms = arms(&specs, &all)?;
    check_pairs(&arms)?;
    let shapes: Vec<(Panel, usize)> = arms.iter().map(|arm| shape(&arm.loaded)).collect();
    let mut found = Theses {
        theses: Vec::new(),
        titles: Vec::new(),
        arms: Vec::new(),
        tests: Vec::new(),
    };
    let mut faults = Vec::new();
    for (_, spec) in specs {
        found.titles.push((spec.title.text, found.theses.len()));
        for thesis in spec.thesis {
            if let Some(first) = found
                .theses
                .iter()
                .find(|other| other.name.text == thesis.name.text)
            {
                faults.push(duplicate(
                    &thesis.name.text,
                    &first.name.place,
                    thesis.name.place.clone(),
                ));
            }
            match test(&thesis, &arms, &shapes) {
                Ok(checked) => found.tests.push(checked),
                Err(fault) => faults.push(fault),
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

/// Loads the arms of all files.
fn arms(specs: &[(&PathBuf, ThesesSpec)], sets: &[String]) -> Result<Vec<Arm>, Faults> {
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

fn test(
    thesis: &ThesisSpec,
    arms: &[Arm],
    shapes: &[(Panel, usize)],
) -> Result<Option<Test>, Fault> {
    let Some(text) = &thesis.test else {
        return match &thesis.missing {
            Some(_) => Ok(None),
            None => Err(Fault::new(
                format!("`{}` has no test", thesis.name.text),
                thesis.name.place.clone(),
            )
            .help("add `test = \"...\"`, or state in `missing` what the model lacks")),
        };
    };
    let mut places = Vec::new();
    for name in &thesis.arms {
        let known = arms.iter().map(|arm| arm.name.as_str());
        let Some(place) = arms.iter().position(|arm| arm.name == name.text) else {
            return Err(Fault::new(
                format!("there is no arm `{}`", name.text),
                name.place.clone(),
            )
            .help(suggestion(&name.text, known)));
        };
        for other in &places {
            let other: &Arm = &arms[*other];
            if edits(&other.loaded.tree, &arms[place].loaded.tree).is_empty() {
                return Err(Fault::new(
                    format!("arms `{}` and `{}` do not differ", other.name, name.text),
                    name.place.clone(),
                )
                .help("give one of them an overlay or an edit that changes something"));
            }
        }
        places.push(place);
    }
    if places.is_empty() {
        return Err(Fault::new(
            format!("`{}` names no arm", thesis.name.text),
            thesis.name.place.clone(),
        )
        .help("add `arms = [\"...\"]`"));
    }
    let named: Vec<ArmShape<'_>> = places
        .iter()
        .map(|place| ArmShape {
            name: &arms[*place].name,
            panel: &shapes[*place].0,
            months: shapes[*place].1,
        })
        .collect();
    let mut wanted = Wanted::default();
    let metric = Metric::new(&text.text, &text.place, &named, &mut wanted)?;
    if !metric.is_truth {
        return Err(Fault::new(
            format!("the test is a number ({}), not true or false", metric.unit),
            text.place.clone(),
        )
        .help("compare it with something: `... > 0`"));
    }
    let effect = thesis
        .effect
        .as_ref()
        .map(|effect| {
            let found = Metric::new(&effect.text, &effect.place, &named, &mut wanted)?;
            if found.is_truth || found.is_over != metric.is_over {
                return Err(Fault::new(
                    "the effect is not a number of the same level as the test",
                    effect.place.clone(),
                )
                .help("give a number of one replication, or a number over all replications if the test is over all"));
            }
            Ok(found)
        })
        .transpose()?;
    let probability = thesis.probability.unwrap_or(0.5);
    if !(0.0..1.0).contains(&probability) || probability <= 0.0 {
        return Err(Fault::new(
            format!("a claim cannot state the probability {probability}"),
            thesis.name.place.clone(),
        )
        .help("give a probability between 0 and 1"));
    }
    Ok(Some(Test {
        arms: places,
        metric,
        effect,
        wanted,
        probability,
    }))
}
