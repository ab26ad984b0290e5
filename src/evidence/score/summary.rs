//! Means of scores over targets, in which every label weighs the same, with intervals by a bootstrap over origins and
//! labels.

use std::collections::BTreeMap;

use super::{SIMPLE, Score};
use crate::base::time::Date;
use crate::stats::bootstrap::{Cell, Estimate, estimates};
use crate::stats::forecasters::Forecaster;

/// A forecaster that sees only the past, against the run on the same targets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rival {
    /// The forecaster.
    pub forecaster: Forecaster,
    /// Its mean score.
    pub crps: f64,
    /// Mean score of the run minus its own: negative where the run is better.
    pub difference: Estimate,
}

/// Mean scores of a group of targets.
#[derive(Clone, Debug, PartialEq)]
pub struct Summed {
    /// Name of the group.
    pub name: String,
    /// Number of labels.
    pub labels: usize,
    /// Number of targets.
    pub count: usize,
    /// Shares of targets inside the central 50, 80 and 90 % of the forecasts.
    pub coverage: [Estimate; 3],
    /// Mean score.
    pub crps: Estimate,
    /// Mean absolute error of the median as a share of the observation.
    pub ape: f64,
    /// Mean probability integral transform; 0.5 without bias.
    pub pit: f64,
    /// Number of targets whose label had a history at the vintage: those of the comparison.
    pub compared: usize,
    /// Forecasters that see only the past, in the order of [`Forecaster::ALL`]; empty if no target is compared.
    pub rivals: Vec<Rival>,
}

impl Summed {
    /// The simple forecaster with the lowest mean score.
    #[must_use]
    pub fn best(&self) -> Option<&Rival> {
        let rivals = self.rivals.iter();
        rivals.min_by(|a, b| a.crps.total_cmp(&b.crps))
    }

    /// The mean score of the run on the targets of the comparison.
    #[must_use]
    pub fn compared_crps(&self) -> Option<f64> {
        let first = self.rivals.first()?;
        Some(first.crps + first.difference.value)
    }
}

/// The number of an item in the order in which items are first met.
fn number<K: Ord>(known: &mut BTreeMap<K, usize>, key: K) -> usize {
    let next = known.len();
    *known.entry(key).or_insert(next)
}

/// The cells of a bootstrap, with the values that `values` gives of each score; scores without values are left out.
fn cells(scores: &[&Score], values: impl Fn(&Score) -> Option<Vec<f64>>) -> Vec<Cell> {
    let mut labels: BTreeMap<&str, usize> = BTreeMap::new();
    let mut origins: BTreeMap<Date, usize> = BTreeMap::new();
    scores
        .iter()
        .filter_map(|score| {
            Some(Cell {
                values: values(score)?,
                origin: number(&mut origins, score.origin),
                label: number(&mut labels, score.label.as_str()),
            })
        })
        .collect()
}

fn share(is_true: bool) -> f64 {
    f64::from(u8::from(is_true))
}

/// Mean scores of a group of targets.
fn summed(name: String, scores: &[&Score]) -> Summed {
    let own = cells(scores, |score| {
        let [half, most, nearly] = score.covered.map(share);
        Some(vec![half, most, nearly, score.crps, score.ape, score.pit])
    });
    let means = estimates(&own);
    let against = cells(scores, |score| {
        let simple = score.simple?;
        let differences = simple.iter().map(|theirs| score.crps - theirs);
        Some(simple.iter().copied().chain(differences).collect())
    });
    let compared = estimates(&against);
    let rivals = Forecaster::ALL.iter().enumerate().map(|(at, forecaster)| {
        Some(Rival {
            forecaster: *forecaster,
            crps: compared.get(at)?.value,
            difference: *compared.get(SIMPLE + at)?,
        })
    });
    Summed {
        name,
        labels: own.iter().map(|cell| cell.label + 1).max().unwrap_or(0),
        count: own.len(),
        coverage: [means[0], means[1], means[2]],
        crps: means[3],
        ape: means[4].value,
        pit: means[5].value,
        compared: against.len(),
        rivals: rivals.flatten().collect(),
    }
}

/// Mean scores of targets by group, then by horizon.
#[must_use]
pub fn by(scores: &[Score]) -> [Vec<Summed>; 2] {
    const HORIZONS: [(&str, usize); 4] = [
        ("1 to 3 months ahead", 3),
        ("4 to 6 months ahead", 6),
        ("7 to 12 months ahead", 12),
        ("over 12 months ahead", usize::MAX),
    ];
    let mut groups: BTreeMap<&str, Vec<&Score>> = BTreeMap::new();
    let mut horizons: Vec<Vec<&Score>> = vec![Vec::new(); HORIZONS.len()];
    for score in scores {
        groups.entry(&score.group).or_default().push(score);
        let at = HORIZONS.iter().position(|(_, last)| score.horizon <= *last);
        horizons[at.unwrap_or(0)].push(score);
    }
    let groups = groups.into_iter();
    let named = HORIZONS.iter().zip(horizons);
    [
        groups
            .map(|(name, scores)| summed(name.to_owned(), &scores))
            .collect(),
        named
            .filter(|(_, scores)| !scores.is_empty())
            .map(|((name, _), scores)| summed((*name).to_owned(), &scores))
            .collect(),
    ]
}

/// Mean scores of all targets; `None` without targets.
#[must_use]
pub fn overall(scores: &[Score]) -> Option<Summed> {
    let all: Vec<&Score> = scores.iter().collect();
    (!all.is_empty()).then(|| summed("all".to_owned(), &all))
}

/// Number of bins of the histogram of probability integral transforms.
pub const BINS: usize = 10;

/// The histogram of probability integral transforms: the share of targets in each tenth, in which every label weighs
/// the same. It is flat if forecasts are as wide as they should be.
#[must_use]
pub fn bins(scores: &[Score]) -> [f64; BINS] {
    let mut counts: BTreeMap<&str, f64> = BTreeMap::new();
    for score in scores {
        *counts.entry(&score.label).or_default() += 1.0;
    }
    #[expect(clippy::cast_precision_loss, reason = "few labels")]
    let labels = counts.len().max(1) as f64;
    let mut found = [0.0; BINS];
    for score in scores {
        let edges = (1..BINS).filter(|edge| {
            #[expect(clippy::cast_precision_loss, reason = "ten bins")]
            let edge = *edge as f64 / BINS as f64;
            score.pit >= edge
        });
        found[edges.count()] += 1.0 / (labels * counts[score.label.as_str()]);
    }
    found
}
