//! Lock-in as an outside observer infers it from prices, shares and moves.

use crate::base::ids::{Id, ModelId};
use crate::base::time::SimTime;
use crate::economics::pricing::{Demand, Response, Sellers, upward_pressure};
use crate::economics::revealed::{
    foregone_savings, incumbency, periods_of_spend, revealed_loyalty, undercut_proof_costs,
};
use crate::market::World;

use super::ratio;

/// Lock-in of one lab, inferred from prices and shares.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LabLockIn {
    /// Price paid: enterprise spend over tokens, USD per Mtok.
    pub(super) price_paid: f64,
    /// Tokens served to enterprises, Mtok.
    pub(super) mtok: f64,
    /// Elasticity of the lab's tokens to all of its own list prices.
    pub(super) elasticity: f64,
    /// Upward pricing pressure from stakes in rivals, over price.
    pub(super) pressure: f64,
    /// Shy's switching cost, USD per Mtok.
    pub(super) undercut_proof: f64,
}

/// Lock-in in the market for models, inferred from shares and moves.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LockIn {
    /// Revealed loyalty: the value of staying, logit units.
    pub(super) loyalty: f64,
    /// Revealed loyalty, months of spend.
    pub(super) months: f64,
    /// Value of an existing customer, months of spend.
    pub(super) incumbency: f64,
    /// Share of spend above the cheapest model of the tier.
    pub(super) foregone: f64,
}

impl World<'_> {
    /// Infers the lock-in of each lab from enterprise spend by lab.
    pub(super) fn lab_lock_in(&self, usage: &[f64], time: SimTime) -> Vec<LabLockIn> {
        let mut labs = vec![LabLockIn::default(); usage.len()];
        let mut tokens = vec![0.0; usage.len()];
        for (id, lane) in self.catalog.lanes.enumerate() {
            tokens[lane.lab.index()] += self.books.tally.lane_mtok[id.index()];
        }
        // Labs without sales are left out: a firm without customers has none to lose.
        let sellers: Vec<usize> = (0..usage.len()).filter(|lab| tokens[*lab] > 0.0).collect();
        let of_sellers = |by: &[f64]| sellers.iter().map(|lab| by[*lab]).collect::<Vec<f64>>();
        let paid: Vec<f64> = usage
            .iter()
            .zip(&tokens)
            .map(|(usd, mtok)| ratio(*usd, *mtok))
            .collect();
        let costs = undercut_proof_costs(&of_sellers(&paid), &of_sellers(&tokens));
        for (lab, cost) in sellers.iter().zip(costs) {
            labs[*lab].price_paid = paid[*lab];
            labs[*lab].mtok = tokens[*lab];
            labs[*lab].undercut_proof = cost;
        }
        let demand = self.product_demand(vec![1.0; usage.len()]);
        let prices = self.list_prices();
        let response = demand.response(&prices);
        let game = self.silent_game(time);
        self.add_elasticities(&response, &mut labs);
        self.add_pressure(&response, &game, (&prices, time), &mut labs);
        labs
    }

    /// Adds each lab's own elasticity: the elasticities of its models to each other's prices, summed.
    fn add_elasticities(&self, response: &Response, labs: &mut [LabLockIn]) {
        let shares = &response.shares;
        let elasticities = response.elasticities();
        for (lab, models) in self.catalog.models_of.enumerate() {
            let own: f64 = models.iter().map(|model| shares[model.index()]).sum();
            labs[lab.index()].elasticity = models
                .iter()
                .flat_map(|share| {
                    models
                        .iter()
                        .map(move |price| (share.index(), price.index()))
                })
                .map(|(share, price)| ratio(shares[share], own) * elasticities[(share, price)])
                .sum();
        }
    }

    fn add_pressure(
        &self,
        response: &Response,
        game: &Sellers,
        (prices, time): (&[f64], SimTime),
        labs: &mut [LabLockIn],
    ) {
        let shares = &response.shares;
        let diversion = response.diversion();
        for (lab, models) in self.catalog.models_of.enumerate() {
            let own: f64 = models.iter().map(|model| shares[model.index()]).sum();
            for model in models.iter().map(|model| model.index()) {
                for rival in (0..prices.len()).filter(|rival| game.firm[*rival] != game.firm[model])
                {
                    let kappa = game.kappa[(game.firm[model], game.firm[rival])];
                    if kappa == 0.0 {
                        continue;
                    }
                    let compute = self.marginal_cost(ModelId::from_index(rival), time);
                    let margin = 1.0 - game.fee[rival] - ratio(compute, prices[rival]);
                    let (_, pressure) = upward_pressure(
                        kappa,
                        diversion[(model, rival)],
                        prices[model],
                        prices[rival],
                        margin,
                    );
                    labs[lab.index()].pressure += ratio(shares[model], own) * pressure;
                }
            }
        }
    }

    /// Infers the lock-in of the market from the month's moves between labs, annualised as the share `yearly`.
    pub(super) fn lock_in(&self, usage: &[f64], labs: &[LabLockIn], yearly: f64) -> LockIn {
        let total: f64 = usage.iter().sum();
        let largest = (0..usage.len()).max_by(|a, b| usage[*a].total_cmp(&usage[*b]));
        let mut found = LockIn {
            foregone: self.foregone(),
            ..LockIn::default()
        };
        let Some(largest) = largest.filter(|_| total > 0.0 && yearly > 0.0) else {
            return found;
        };
        let interval = self.parameters.choice.review_interval.max(1e-6);
        let shares: Vec<f64> = (usage.iter())
            .filter(|usd| **usd > 0.0)
            .map(|usd| usd / total)
            .collect();
        // Converts the rate of moves a year to the chance of at least one move.
        let leave = -libm::expm1(-yearly);
        found.loyalty = revealed_loyalty(&shares, leave, 12.0 / interval);
        let share = usage[largest] / total;
        let elasticity = labs[largest].elasticity.abs();
        if elasticity > 1e-9 && share < 1.0 {
            found.months = periods_of_spend(found.loyalty, share, elasticity) * interval;
            // With cost in periods of spend the price is 1, so elasticity equals sensitivity times the share of others.
            let sensitivity = elasticity / (1.0 - share);
            let discount = libm::pow(1.0 + self.parameters.switching.discount, -interval);
            found.incumbency =
                incumbency(found.loyalty, sensitivity, 0.0, discount).value * interval;
        }
        found
    }

    /// Returns the share of model spend above the cheapest model of the same tier, at prices paid.
    fn foregone(&self) -> f64 {
        let (mut usd, mut mtok) = (
            vec![0.0; self.state.models.len()],
            vec![0.0; self.state.models.len()],
        );
        for (id, lane) in self.catalog.lanes.enumerate() {
            usd[lane.model.index()] += self.lane_spend(id.index());
            mtok[lane.model.index()] += self.books.tally.lane_mtok[id.index()];
        }
        let (mut above, mut spend) = (0.0, 0.0);
        for tier in 0..self.parameters.tiers.len() {
            let sold: Vec<usize> = (self.catalog.tier_of.enumerate())
                .filter(|(id, of)| **of == tier && mtok[id.index()] > 0.0)
                .map(|(id, _)| id.index())
                .collect();
            let prices: Vec<f64> = sold
                .iter()
                .map(|model| usd[*model] / mtok[*model])
                .collect();
            let tokens: Vec<f64> = sold.iter().map(|model| mtok[*model]).collect();
            let providers: Vec<usize> = (0..sold.len()).collect();
            let foregone = foregone_savings(&prices, &tokens, &providers, &vec![true; sold.len()]);
            above += foregone.by_buyer.iter().sum::<f64>();
            spend += sold.iter().map(|model| usd[*model]).sum::<f64>();
        }
        ratio(above, spend)
    }
}
