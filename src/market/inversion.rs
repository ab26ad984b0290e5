//! Inversion: mean utilities at which first choices match the shares that the scenario states.

use super::World;
use super::catalog::Route;
use crate::ids::Id;
use crate::scenario::quantity::Draws;
use crate::time::SimTime;

/// Workloads that stand for all in the inversion of shares; more would not change the shares visibly.
const INVERSION_SAMPLE: usize = 1_500;
const INVERSION_STEPS: usize = 30;
const INVERSION_TOLERANCE: f64 = 2e-4;

impl World<'_> {
    /// Mean utilities of labs: a logit over labs alone, with their models' values, gives the scenario's shares.
    pub(super) fn invert_lab_shares(&mut self, draws: &Draws) {
        let dims = self.p.dims;
        let target: Vec<f64> = self
            .scenario
            .lab
            .iter()
            .map(|lab| lab.spend_share.draw(draws))
            .collect();
        let total: f64 = target.iter().sum();
        let mut inclusive = vec![0.0; dims.groups() * dims.labs];
        for (task_index, task) in self.p.tasks.iter().enumerate() {
            for (class, sensitivity) in self.p.sensitivity.iter().enumerate() {
                for (lab, models) in self.catalog.models_of.enumerate() {
                    let sum: f64 = models
                        .iter()
                        .map(|id| {
                            let model = &self.models[*id];
                            let value = task.tier[self.catalog.tier_of[*id]]
                                + task.capability * (model.capability + model.edge[task_index]);
                            libm::exp(value - sensitivity * model.list_price / task.reference_price)
                        })
                        .sum();
                    inclusive[dims.group(task_index, class) * dims.labs + lab.index()] = sum;
                }
            }
        }
        for _ in 0..INVERSION_STEPS {
            let mut shares = vec![0.0; dims.labs];
            for group in inclusive.chunks(dims.labs) {
                let weights: Vec<f64> = group
                    .iter()
                    .zip(&self.mean.lab)
                    .map(|(sum, mean)| sum * libm::exp(*mean))
                    .collect();
                let all: f64 = weights.iter().sum();
                for (share, weight) in shares.iter_mut().zip(weights) {
                    #[expect(clippy::cast_precision_loss, reason = "few groups")]
                    let part = weight / all / dims.groups() as f64;
                    *share += part;
                }
            }
            for ((mean, share), target) in self.mean.lab.iter_mut().zip(&shares).zip(&target) {
                if *share > 0.0 && *target > 0.0 {
                    *mean += libm::log(target / total / share);
                } else if *share > 0.0 {
                    *mean = -20.0;
                }
            }
        }
    }

    /// A lab that has not entered yet is as liked as the mean of those that sell.
    pub(super) fn value_entrants(&mut self) {
        let entering: Vec<usize> = self.entrants.iter().map(|e| e.lab.index()).collect();
        let known: Vec<f64> = (0..self.labs.len())
            .filter(|lab| !entering.contains(lab) && self.mean.lab[*lab] > -19.0)
            .map(|lab| self.mean.lab[lab])
            .collect();
        #[expect(clippy::cast_precision_loss, reason = "few labs")]
        let mean = known.iter().sum::<f64>() / known.len().max(1) as f64;
        for lab in entering {
            self.mean.lab[lab] = mean;
        }
    }

    /// Shares of spend by (router, lab) in the routers' mixes, over a sample of workloads.
    fn routed_lab_shares(&self, sample: &[(f64, usize, Vec<f64>)]) -> Vec<Vec<f64>> {
        let dims = self.p.dims;
        self.catalog
            .router_offer
            .iter()
            .map(|offer| {
                let mut shares = vec![0.0; dims.labs];
                for (volume, group, _) in sample {
                    for (lane, share) in
                        &self.published.mixes[group * dims.offers + offer.index()].lanes
                    {
                        shares[self.catalog.lanes[*lane].lab.index()] +=
                            volume * share * self.lane_price(*lane);
                    }
                }
                super::parameters::normalised(shares)
            })
            .collect()
    }

    /// Shares of enterprise spend by offer at the start. A lab's direct offers make up what its routed and
    /// self-hosted use leaves of its share, so that labs' totals are those that the scenario states.
    fn target_shares(&self, mixes: &[Vec<f64>], draws: &Draws) -> Vec<f64> {
        let scenario = self.scenario;
        let mut left: Vec<f64> = super::parameters::normalised(
            scenario
                .lab
                .iter()
                .map(|lab| lab.spend_share.draw(draws))
                .collect(),
        );
        let mut shares = vec![0.0; self.p.dims.offers];
        for (id, offer) in self.catalog.offers.enumerate() {
            match (offer.route, offer.lab) {
                (Route::Routed(router), _) => {
                    let share = scenario.router[router.index()].spend_share.draw(draws);
                    shares[id.index()] = share;
                    for (rest, part) in left.iter_mut().zip(&mixes[router.index()]) {
                        *rest -= share * part;
                    }
                }
                (Route::SelfHost, Some(lab)) => {
                    let share = scenario
                        .self_host
                        .as_ref()
                        .map_or(0.0, |own| own.spend_share.draw(draws));
                    shares[id.index()] = share;
                    left[lab.index()] -= share;
                }
                _ => {}
            }
        }
        for (id, offer) in self.catalog.offers.enumerate() {
            if let (Route::Direct, Some(lab), true) =
                (offer.route, offer.lab, self.published.on_sale[id.index()])
            {
                let on_sale: f64 = self
                    .catalog
                    .offers
                    .enumerate()
                    .filter(|(other, offer)| {
                        offer.lab == Some(lab)
                            && offer.route == Route::Direct
                            && self.published.on_sale[other.index()]
                    })
                    .map(|(other, _)| scenario.channel[other.index()].share.draw(draws))
                    .sum();
                let part = scenario.channel[id.index()].share.draw(draws);
                // A lab that routers alone would give more than its share keeps a small direct rest.
                let direct =
                    left[lab.index()].max(0.05 * scenario.lab[lab.index()].spend_share.draw(draws));
                shares[id.index()] = if on_sale > 0.0 {
                    direct * part / on_sale
                } else {
                    0.0
                };
            }
        }
        super::parameters::normalised(shares)
    }

    /// Mean utilities of offers by the contraction of Berry, Levinsohn and Pakes (1995) on shares of spend,
    /// over a fixed sample of workloads that run at the start. Returns prices paid by (group, offer).
    pub(super) fn invert_offer_shares(&mut self, draws: &Draws) -> Vec<f64> {
        let dims = self.p.dims;
        let prices: Vec<f64> = self.published.mixes[..dims.groups() * dims.offers]
            .iter()
            .map(|mix| mix.price + mix.fee)
            .collect();
        let running: Vec<(usize, usize)> = self
            .population
            .iter()
            .enumerate()
            .flat_map(|(part, partition)| {
                partition
                    .workloads
                    .iter()
                    .enumerate()
                    .filter(|(_, workload)| workload.since <= SimTime::START)
                    .map(move |(index, _)| (part, index))
            })
            .collect();
        let stride = running.len().div_ceil(INVERSION_SAMPLE).max(1);
        let lambda = self.published.nests.lambda();
        // Weights of the sample once; each step only rescales them by offer.
        let sample: Vec<(f64, usize, Vec<f64>)> = running
            .iter()
            .step_by(stride)
            .map(|(part, index)| {
                let partition = &self.population[*part];
                let mut weights = Vec::new();
                partition.fresh_weights(*index, self.scene(), &mut weights);
                let enterprise = &partition.enterprises[index / dims.tasks];
                let task = index % dims.tasks;
                let volume = f64::from(partition.workloads[*index].spend) * enterprise.weight
                    / self.p.tasks[task].reference_price;
                (
                    volume,
                    dims.group(task, usize::from(enterprise.class)),
                    weights,
                )
            })
            .collect();
        let routed = self.routed_lab_shares(&sample);
        let target = self.target_shares(&routed, draws);
        let mut factor = vec![1.0; dims.offers];
        let mut scaled = vec![0.0; dims.offers];
        let mut probabilities = Vec::new();
        for _ in 0..INVERSION_STEPS {
            let mut shares = vec![0.0; dims.offers];
            for (volume, group, weights) in &sample {
                for ((scaled, weight), factor) in scaled.iter_mut().zip(weights).zip(&factor) {
                    *scaled = weight * factor;
                }
                self.published
                    .nests
                    .probabilities(&scaled, &mut probabilities);
                let row = &prices[group * dims.offers..(group + 1) * dims.offers];
                for ((share, probability), price) in shares.iter_mut().zip(&probabilities).zip(row)
                {
                    *share += volume * probability * price;
                }
            }
            let total: f64 = shares.iter().sum();
            let mut worst: f64 = 0.0;
            for ((factor, share), target) in factor.iter_mut().zip(&shares).zip(&target) {
                if *share > 0.0 && *target > 0.0 {
                    let ratio = target / (share / total);
                    worst = worst.max((ratio - 1.0).abs());
                    *factor *= ratio;
                }
            }
            if worst < INVERSION_TOLERANCE {
                break;
            }
        }
        for (mean, factor) in self.mean.offer.iter_mut().zip(&factor) {
            *mean += lambda * libm::log(*factor);
        }
        self.give_unsold_offers_a_mean();
        self.publish(SimTime::START);
        prices
    }

    /// An offer that is not sold yet is as liked as the lab's best offer that is.
    fn give_unsold_offers_a_mean(&mut self) {
        for id in self.catalog.offers.ids() {
            let offer = &self.catalog.offers[id];
            if offer.is_sold_at_start && self.published.on_sale[id.index()] {
                continue;
            }
            let is_sold = |other: &super::catalog::Offer, at: usize| {
                other.route == offer.route && other.is_sold_at_start && self.published.on_sale[at]
            };
            let known = self
                .catalog
                .offers
                .enumerate()
                .filter(|(at, other)| other.lab == offer.lab && is_sold(other, at.index()));
            let best = known
                .map(|(other, _)| self.mean.offer[other.index()])
                .fold(f64::NEG_INFINITY, f64::max);
            // A lab that sells nothing yet: the mean of what others sell in the same way.
            let alike: Vec<f64> = self
                .catalog
                .offers
                .enumerate()
                .filter(|(at, other)| {
                    other.cloud.is_some() == offer.cloud.is_some()
                        && other.runtime == offer.runtime
                        && is_sold(other, at.index())
                })
                .map(|(other, _)| self.mean.offer[other.index()])
                .collect();
            #[expect(clippy::cast_precision_loss, reason = "few offers")]
            let mean = alike.iter().sum::<f64>() / alike.len().max(1) as f64;
            self.mean.offer[id.index()] = if best.is_finite() { best } else { mean };
        }
    }
}
