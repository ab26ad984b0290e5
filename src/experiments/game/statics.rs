//! Opening prices against the costs at which they would be optimal, with the elasticities of the simulated market for a
//! cut and for a rise.

use rayon::prelude::*;

use crate::base::ids::{Id, LabId};
use crate::base::time::SimTime;
use crate::economics::valuation::Valuation;
use crate::market::labs::price_game::PriceStatics;
use crate::market::rows::{self, LabRow, Observed};
use crate::scenario::records::PricePolicy;
use crate::scenario::{Loaded, apply_set, load_tree};
use crate::simulation::Simulation;
use crate::stats::Summary;

/// Most replications over which prices are compared with costs.
const REPLICATIONS: u32 = 40;

/// Change of all prices of a lab by which its elasticities are measured, as a share.
const STEP: f64 = 0.1;

/// Opening prices of closed models, with the costs at which they would be optimal.
#[derive(Clone, Debug)]
pub struct OpeningStatics {
    /// Elasticities by lab.
    pub labs: Vec<LabElasticities>,
    /// Prices and costs by model, means over replications.
    pub models: Vec<PriceStatics>,
    /// Number of replications.
    pub replications: u32,
}

/// Elasticities of a lab's tokens to all its list prices.
#[derive(Clone, Debug)]
pub struct LabElasticities {
    /// The lab.
    pub lab: LabId,
    /// True if the lab sets the prices of the static game.
    pub is_best_response: bool,
    /// As the lab sees its demand, for a cut.
    pub seen: f64,
    /// In the simulated market, for prices that are `STEP` lower throughout.
    pub cut: Summary,
    /// In the simulated market, for prices that are `STEP` higher throughout.
    pub rise: Summary,
}

impl LabElasticities {
    /// Returns the elasticity that a rise adds to that of a cut, zero or above.
    #[must_use]
    pub fn kink(&self) -> f64 {
        (self.cut.mean - self.rise.mean).max(0.0)
    }
}

impl OpeningStatics {
    /// Returns the statics of a scenario: means over up to `most` replications. Tokens are added up over time as `rule`
    /// adds up profit. Models without sales in the first replication are left out.
    #[must_use]
    pub fn of(base: &Loaded, rule: Valuation, most: u32) -> Self {
        let replications = most.clamp(1, REPLICATIONS);
        let smooth = vec![0.0; base.scenario.lab.len()];
        let at_cut = means(base, replications, &smooth);
        let mut labs: Vec<LabId> = at_cut
            .iter()
            .map(|of| base.scenario.model[of.model.index()].lab.id())
            .collect();
        labs.dedup();
        let labs = elasticities(base, &labs, &at_cut, (rule, replications));
        let mut kink = smooth;
        for lab in &labs {
            kink[lab.lab.index()] = lab.kink();
        }
        Self {
            labs,
            models: means(base, replications, &kink),
            replications,
        }
    }
}

/// Returns prices and implied costs by model, means over replications.
fn means(base: &Loaded, replications: u32, kink: &[f64]) -> Vec<PriceStatics> {
    let simulation = Simulation::of(base);
    let mut mean: Vec<PriceStatics> = Vec::new();
    for replication in 0..replications {
        let opening = simulation.opening(replication);
        let found = opening.price_statics(SimTime::START, kink);
        if replication == 0 {
            mean = found;
            continue;
        }
        for sum in &mut mean {
            if let Some(of) = found.iter().find(|of| of.model == sum.model) {
                sum.price += of.price;
                sum.kept += of.kept;
                sum.cost += of.cost;
                sum.implied_cut += of.implied_cut;
                sum.implied_rise += of.implied_rise;
                sum.elasticity += of.elasticity;
            }
        }
    }
    let count = f64::from(replications);
    for sum in &mut mean {
        for value in [
            &mut sum.price,
            &mut sum.kept,
            &mut sum.cost,
            &mut sum.implied_cut,
            &mut sum.implied_rise,
            &mut sum.elasticity,
        ] {
            *value /= count;
        }
    }
    mean
}

/// Measures elasticities in the simulated market: the prices of one lab are lower or higher throughout, while all of
/// `labs` hold their prices.
fn elasticities(
    base: &Loaded,
    labs: &[LabId],
    at_cut: &[PriceStatics],
    (rule, replications): (Valuation, u32),
) -> Vec<LabElasticities> {
    let still = tokens(&held(base, labs, None), rule, replications);
    let measure = |lab: LabId, by: f64| {
        let moved = tokens(&held(base, labs, Some((lab, by))), rule, replications);
        let mut each: Vec<f64> = (moved.iter().zip(&still))
            .map(|(moved, still)| (moved[lab.index()], still[lab.index()]))
            .filter(|(moved, still)| *moved > 0.0 && *still > 0.0)
            .map(|(moved, still)| libm::log(moved / still) / libm::log(by))
            .collect();
        if each.is_empty() {
            each.push(0.0);
        }
        Summary::of(&mut each)
    };
    let of_lab = |lab: &LabId| {
        let spec = &base.scenario.lab[lab.index()];
        let mut models = at_cut.iter();
        let first = models.find(|of| base.scenario.model[of.model.index()].lab.is(*lab));
        LabElasticities {
            lab: *lab,
            is_best_response: spec.pricing == PricePolicy::BestResponse,
            seen: first.map_or(0.0, |of| of.elasticity),
            cut: measure(*lab, 1.0 - STEP),
            rise: measure(*lab, 1.0 + STEP),
        }
    };
    labs.iter().map(of_lab).collect()
}

/// Returns the scenario in which `labs` hold their opening prices, those of one lab multiplied by a factor.
fn held(base: &Loaded, labs: &[LabId], moved: Option<(LabId, f64)>) -> Loaded {
    let (mut tree, mut faults) = (base.tree.clone(), Vec::new());
    for lab in labs {
        let spec = &base.scenario.lab[lab.index()];
        let by = moved.map_or(1.0, |(of, by)| if of == *lab { by } else { 1.0 });
        let (name, factor) = (&spec.name.text, spec.price_factor.median() * by);
        for set in [
            format!("lab.{name}.pricing=fixed"),
            format!("lab.{name}.price_factor={factor:?}"),
        ] {
            apply_set(&mut tree, &set, &mut faults);
        }
    }
    load_tree(tree, base).expect("every lab has a policy and a positive factor, which may change")
}

/// Returns the tokens of each lab by replication, added up over time. Replications that break an identity are left out
/// of all of them by a zero.
fn tokens(loaded: &Loaded, rule: Valuation, replications: u32) -> Vec<Vec<f64>> {
    let months = usize::try_from(loaded.scenario.months.0).expect("at most 120 months");
    let shape = rows::panel(&loaded.scenario, months);
    let table = (shape.tables.iter())
        .position(|table| table.name == LabRow::mtok.table)
        .expect("every panel has a table of labs");
    let labs = 0..loaded.scenario.lab.len();
    let place = |month, lab| shape.tables[table].offset(month, lab, LabRow::mtok.index);
    let wanted = (0..rule.months).flat_map(|month| labs.clone().map(move |lab| (month, lab)));
    let cells = wanted.map(|(month, lab)| (table, place(month, lab)));
    let simulation = Simulation::of(loaded).observing(Observed::values(&shape, cells));
    let of_run = |replication: u32| -> Vec<f64> {
        let Ok(panel) = simulation.run(replication) else {
            return vec![0.0; labs.len()];
        };
        let of_lab = |lab| {
            let monthly =
                (0..rule.months).map(|month| panel.tables[table].values[place(month, lab)]);
            rule.worth(&monthly.collect::<Vec<f64>>()).at(rule.multiple)
        };
        labs.clone().map(of_lab).collect()
    };
    (0..replications).into_par_iter().map(of_run).collect()
}
