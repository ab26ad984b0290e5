//! Opening prices against the costs at which they would be optimal: means over replications.

use crate::base::ids::Id;
use crate::market::labs::price_game::PriceStatics;
use crate::scenario::Loaded;
use crate::simulation::Simulation;

/// Replications over which prices are compared with costs.
pub const REPLICATIONS: u32 = 40;

/// Returns the opening prices of closed models with their implied costs, means over [`REPLICATIONS`] replications. Models
/// without sales in the first replication are left out.
#[must_use]
pub fn opening_statics(base: &Loaded) -> Vec<PriceStatics> {
    let simulation = Simulation::of(base);
    let mut mean: Vec<PriceStatics> = Vec::new();
    for replication in 0..REPLICATIONS {
        let found = simulation
            .opening(replication)
            .price_statics(crate::base::time::SimTime::START);
        if replication == 0 {
            mean = found;
            continue;
        }
        for sum in &mut mean {
            if let Some(of) = found
                .iter()
                .find(|of| of.model.index() == sum.model.index())
            {
                sum.price += of.price;
                sum.kept += of.kept;
                sum.cost += of.cost;
                sum.implied += of.implied;
                sum.elasticity += of.elasticity;
            }
        }
    }
    let count = f64::from(REPLICATIONS);
    for sum in &mut mean {
        for value in [
            &mut sum.price,
            &mut sum.kept,
            &mut sum.cost,
            &mut sum.implied,
            &mut sum.elasticity,
        ] {
            *value /= count;
        }
    }
    mean
}
