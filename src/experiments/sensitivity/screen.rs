//! Screening: elementary effects of each input.

use std::collections::BTreeMap;

use super::{SECOND, Screened, Setup};
use crate::experiments::arms::{Run, RunCheckpoint};
use crate::runner::{Runner, Stopped};
use crate::scenario::quantity::Setting;
use crate::simulation::Simulation;
use crate::stats::Summary;

/// Elementary effects at random base points: the draw of each input is replaced by another, one input at a time (the radial design
/// of Campolongo et al. 2011, with draws for steps). The strongest input comes first.
pub(super) fn screen(
    setup: Setup<'_>,
    simulation: &Simulation<'_>,
    checkpoint: RunCheckpoint<'_>,
    runner: Runner<'_>,
) -> Result<Vec<Screened>, Stopped> {
    let count = setup.groups.len();
    let one = |(moved, point): Run| {
        let draws = simulation.draws(point);
        let others = simulation.draws(SECOND + point);
        let mut settings = BTreeMap::new();
        if let Some(group) = moved.checked_sub(1) {
            for input in &setup.groups[group].inputs {
                let probability = others.probability(input.key, input.class);
                settings.insert(input.key, Setting::At(probability));
            }
        }
        let panel = simulation
            .run_mixed(point, &draws.with(settings))
            .map_err(|identity| format!("screening point {point}: {identity}"))?;
        Ok(setup.metrics.values(&panel))
    };
    let runs: Vec<Run> = (0..setup.screen)
        .flat_map(|point| (0..=count).map(move |moved| (moved, point)))
        .collect();
    let mut values: Vec<Vec<Vec<f64>>> = vec![Vec::new(); count + 1];
    runner.run(&runs, &one, checkpoint, &mut |(moved, _), row| {
        values[moved].push(row);
    })?;
    let sd = |metric: usize| {
        let mut base: Vec<f64> = values[0].iter().map(|row| row[metric]).collect();
        Summary::of(&mut base).sd
    };
    let scales: Vec<f64> = (0..setup.metrics.metrics.len()).map(sd).collect();
    let of_group = |group: usize| effects(group, &values[0], &values[group + 1], &scales);
    let mut found: Vec<Screened> = (0..count).map(of_group).collect();
    let strength = |one: &Screened| one.size.iter().copied().fold(0.0, f64::max);
    found.sort_by(|a, b| strength(b).total_cmp(&strength(a)));
    Ok(found)
}

/// The effects of an input, from values at the base points and at the moved points.
fn effects(group: usize, base: &[Vec<f64>], moved: &[Vec<f64>], scales: &[f64]) -> Screened {
    let mut screened = Screened {
        group,
        size: Vec::new(),
        spread: Vec::new(),
    };
    for (metric, scale) in scales.iter().enumerate() {
        let pairs = base.iter().zip(moved);
        let mut effects: Vec<f64> = pairs
            .map(|(base, moved)| moved[metric] - base[metric])
            .collect();
        let over = |value: f64| if *scale > 0.0 { value / scale } else { 0.0 };
        #[expect(clippy::cast_precision_loss, reason = "few base points")]
        let size = effects.iter().map(|effect| effect.abs()).sum::<f64>() / effects.len() as f64;
        screened.size.push(over(size));
        screened.spread.push(over(Summary::of(&mut effects).sd));
    }
    screened
}
