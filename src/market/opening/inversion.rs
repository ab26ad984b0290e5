//! Inversion: finds the mean utilities at which first choices match the shares that the scenario states.

use crate::base::elementary::{quick_exp, quick_exp_all};
use crate::base::ids::Id;
use crate::base::root::Mixing;
use crate::base::time::SimTime;
use crate::economics::choice::WIDE;
use crate::market::World;
use crate::market::customers::weights::Weights;
use crate::market::state::Route;
use crate::scenario::quantity::Draws;

/// Size of the sample of workloads on which shares are inverted; a larger one would not change the shares visibly.
const INVERSION_SAMPLE: usize = 1_500;
/// Largest number of steps in the inversion of labs' shares.
const LAB_STEPS: usize = 200;
/// Relative error at which the inversion of labs' shares stops.
const LAB_TOLERANCE: f64 = 1e-12;
/// Largest number of mixed steps in the inversion of offers' shares.
const MIXED_STEPS: usize = 16;
/// Largest number of plain steps in the inversion of offers' shares.
const PLAIN_STEPS: usize = 30;
/// Number of earlier steps that Anderson mixing combines with the last.
const INVERSION_DEPTH: usize = 5;
/// Relative error at which the inversion of offers' shares stops.
const INVERSION_TOLERANCE: f64 = 2e-4;

/// Number of steps in the inversion of labs' parts of new work.
const PULL_STEPS: usize = 8;

/// A batch of sampled workloads.
struct Sampled {
    /// Volume of each workload, Mtok a month.
    volume: [f64; WIDE],
    /// Group (task, class) of each workload.
    group: [usize; WIDE],
    /// Choice weights of each workload, by offer.
    weights: Vec<[f64; WIDE]>,
}

/// Returns the fixed point of a contraction of means, found by Anderson mixing; `None` if mixing does not converge.
/// Then hardly any means give the target shares, because too few workloads can take some offer.
fn mixed(step: &impl Fn(&[f64]) -> (Vec<f64>, f64), start: &[f64]) -> Option<Vec<f64>> {
    let mut mean = start.to_vec();
    let mut mixing = Mixing::new(INVERSION_DEPTH);
    let mut before = [f64::INFINITY; INVERSION_DEPTH];
    for count in 0..MIXED_STEPS {
        let (image, worst) = step(&mean);
        if worst < INVERSION_TOLERANCE {
            return Some(image);
        }
        // Mixing that converges gains a digit or two in every `INVERSION_DEPTH` steps.
        if worst.is_nan() || worst > 0.7 * before[count % INVERSION_DEPTH] {
            return None;
        }
        before[count % INVERSION_DEPTH] = worst;
        mean = mixing.next(&mean, image);
    }
    None
}

/// Returns means near the fixed point, as close as plain steps get.
fn plain(step: &impl Fn(&[f64]) -> (Vec<f64>, f64), start: &[f64]) -> Vec<f64> {
    let mut mean = start.to_vec();
    for _ in 0..PLAIN_STEPS {
        let worst;
        (mean, worst) = step(&mean);
        if worst < INVERSION_TOLERANCE {
            break;
        }
    }
    mean
}

impl World<'_> {
    /// Inverts labs' shares: sets mean utilities at which a logit over labs, with their models' values, gives the
    /// shares of the scenario.
    pub(in crate::market) fn invert_lab_shares(&mut self) {
        let dims = self.parameters.dims;
        let target = &self.parameters.lab_spend;
        let total: f64 = target.iter().sum();
        let mut inclusive = vec![0.0; dims.groups() * dims.labs];
        for (task_index, task) in self.parameters.tasks.iter().enumerate() {
            for class in 0..dims.classes {
                for (lab, models) in self.catalog.models_of.enumerate() {
                    let sum: f64 = models
                        .iter()
                        .map(|id| {
                            let model = &self.state.models[*id];
                            let value = task.tier[self.catalog.tier_of[*id]]
                                + task.capability * (model.capability + model.edge[task_index]);
                            libm::exp(value)
                        })
                        .sum();
                    inclusive[dims.group(task_index, class) * dims.labs + lab.index()] = sum;
                }
            }
        }
        // The very low mean makes a lab without a share as good as absent.
        for (mean, target) in self.state.mean.lab.iter_mut().zip(target) {
            *mean = if *target > 0.0 { 0.0 } else { -20.0 };
        }
        // Plain steps, without mixing: they keep the level of the means, which shares do not identify.
        for _ in 0..LAB_STEPS {
            let factor: Vec<f64> = self
                .state
                .mean
                .lab
                .iter()
                .map(|mean| quick_exp(*mean))
                .collect();
            let mut shares = vec![0.0; dims.labs];
            for group in inclusive.chunks(dims.labs) {
                let weights = group.iter().zip(&factor).map(|(sum, factor)| sum * factor);
                let all: f64 = weights.clone().sum();
                for (share, weight) in shares.iter_mut().zip(weights) {
                    *share += weight / all;
                }
            }
            let shares = crate::market::parameters::normalised(shares);
            let ratio = |lab: usize| {
                if shares[lab] > 0.0 && target[lab] > 0.0 {
                    target[lab] / total / shares[lab]
                } else {
                    1.0
                }
            };
            let worst = (0..dims.labs).map(|lab| (ratio(lab) - 1.0).abs());
            let worst = worst.fold(0.0, f64::max);
            for (lab, mean) in self.state.mean.lab.iter_mut().enumerate() {
                *mean += libm::log(ratio(lab));
            }
            if worst < LAB_TOLERANCE {
                break;
            }
        }
    }

    /// Sets the mean utility of labs that have not entered to the average over labs that sell.
    pub(in crate::market) fn value_entrants(&mut self) {
        let entering: Vec<usize> = self.state.entrants.iter().map(|e| e.lab.index()).collect();
        let known: Vec<f64> = (0..self.state.labs.len())
            .filter(|lab| !entering.contains(lab) && self.state.mean.lab[*lab] > -19.0)
            .map(|lab| self.state.mean.lab[lab])
            .collect();
        #[expect(clippy::cast_precision_loss, reason = "few labs")]
        let mean = known.iter().sum::<f64>() / known.len().max(1) as f64;
        for lab in entering {
            self.state.mean.lab[lab] = mean;
        }
    }

    /// Returns shares of spend by (router, lab) in routers' mixes, over a sample of workloads.
    fn routed_lab_shares(&self, sample: &[Sampled]) -> Vec<Vec<f64>> {
        let dims = self.parameters.dims;
        self.catalog
            .router_offer
            .iter()
            .map(|offer| {
                let mut shares = vec![0.0; dims.labs];
                let sampled = sample.iter();
                for (volume, group) in sampled.flat_map(|four| four.volume.iter().zip(four.group)) {
                    let lanes = self.catalog.offers[*offer].lanes.iter();
                    let parts = self.view.mixes.shares_of(group, *offer, self.catalog);
                    for (lane, share) in lanes.zip(parts) {
                        shares[self.catalog.lanes[*lane].lab.index()] +=
                            volume * share * self.lane_price(*lane);
                    }
                }
                crate::market::parameters::normalised(shares)
            })
            .collect()
    }

    /// Returns target shares of enterprise spend by offer at the start. Direct offers get the part of a lab's share
    /// that its routed and self-hosted use leaves, so that labs' totals are those of the scenario.
    fn target_shares(&self, mixes: &[Vec<f64>], draws: &Draws) -> Vec<f64> {
        let scenario = self.scenario;
        let whole = crate::market::parameters::normalised(self.parameters.lab_spend.clone());
        let mut left = whole.clone();
        let mut shares = vec![0.0; self.parameters.dims.offers];
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
                (offer.route, offer.lab, self.view.on_sale[id.index()])
            {
                let on_sale: f64 = self
                    .catalog
                    .offers
                    .enumerate()
                    .filter(|(other, offer)| {
                        offer.lab == Some(lab)
                            && offer.route == Route::Direct
                            && self.view.on_sale[other.index()]
                    })
                    .map(|(other, _)| scenario.channel[other.index()].share.draw(draws))
                    .sum();
                let part = scenario.channel[id.index()].share.draw(draws);
                let least = self.parameters.demand.direct_min * whole[lab.index()];
                let direct = left[lab.index()].max(least);
                shares[id.index()] = if on_sale > 0.0 {
                    direct * part / on_sale
                } else {
                    0.0
                };
            }
        }
        crate::market::parameters::normalised(shares)
    }

    /// Inverts offers' shares of spend by the contraction of Berry, Levinsohn and Pakes (1995), over a fixed sample of
    /// workloads that run at the start. Sets mean utilities of offers, and returns prices paid by (group, offer).
    pub(in crate::market) fn invert_offer_shares(&mut self, draws: &Draws) -> Vec<f64> {
        let dims = self.parameters.dims;
        let prices: Vec<f64> = self.view.mixes.of[..dims.groups() * dims.offers]
            .iter()
            .map(|mix| mix.price + mix.fee)
            .collect();
        let running: Vec<(usize, usize)> = self
            .state
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
        // The sample's weights are computed once; each step only rescales them by offer.
        let sampled: Vec<&(usize, usize)> = running.iter().step_by(stride).collect();
        let sample: Vec<Sampled> = sampled
            .chunks(WIDE)
            .map(|four| self.sampled(four))
            .collect();
        let routed = self.routed_lab_shares(&sample);
        let target = self.target_shares(&routed, draws);
        // An offer that no workload of the sample can take keeps its mean.
        let none = vec![0.0; dims.offers];
        let shares = self.spend_shares(&sample, &none, &prices);
        let wanted: Vec<usize> = (0..dims.offers)
            .filter(|offer| target[*offer] > 0.0 && shares[*offer] > 0.0)
            .collect();
        let step = |mean: &[f64]| {
            // The first step reuses the shares that are already known.
            let shares = if mean == none {
                shares.clone()
            } else {
                self.spend_shares(&sample, mean, &prices)
            };
            let (mut next, mut worst) = (mean.to_vec(), 0.0_f64);
            for offer in &wanted {
                let ratio = target[*offer] / shares[*offer];
                worst = worst.max((ratio - 1.0).abs());
                next[*offer] += self.view.nests.utility(libm::log(ratio));
            }
            (next, worst)
        };
        let mean = mixed(&step, &none).unwrap_or_else(|| plain(&step, &none));
        self.invert_pull(&sample, &mean, &prices);
        for (total, mean) in self.state.mean.offer.iter_mut().zip(&mean) {
            *total += mean;
        }
        self.give_unsold_offers_a_mean();
        self.publish(SimTime::START);
        prices
    }

    /// Sets the pull of each lab on new work so that, over a sample of workloads, its part of new work is the stated multiple
    /// of its part of old work. Only what labs and clouds sell counts: routers choose labs themselves.
    fn invert_pull(&mut self, sample: &[Sampled], mean: &[f64], prices: &[f64]) {
        let wanted = self.state.pull.clone();
        if wanted.iter().all(|pull| *pull == 0.0) {
            return;
        }
        let old = self.direct_shares(&self.spend_shares(sample, mean, prices));
        for _ in 0..PULL_STEPS {
            let pulled: Vec<f64> = (self.catalog.offers.iter().zip(mean))
                .map(|(offer, mean)| match (offer.route, offer.lab) {
                    (Route::Direct, Some(lab)) => {
                        mean + self.view.nests.utility(self.state.pull[lab.index()])
                    }
                    _ => *mean,
                })
                .collect();
            let new = self.direct_shares(&self.spend_shares(sample, &pulled, prices));
            for (lab, pull) in self.state.pull.iter_mut().enumerate() {
                if old[lab] > 0.0 && new[lab] > 0.0 {
                    *pull += wanted[lab] - libm::log(new[lab] / old[lab]);
                }
            }
        }
    }

    /// Returns shares of direct sales by lab, from shares of spend by offer.
    fn direct_shares(&self, shares: &[f64]) -> Vec<f64> {
        let mut direct = vec![0.0; self.parameters.dims.labs];
        for (offer, share) in self.catalog.offers.iter().zip(shares) {
            if let (Route::Direct, Some(lab)) = (offer.route, offer.lab) {
                direct[lab.index()] += share;
            }
        }
        crate::market::parameters::normalised(direct)
    }

    /// Returns a batch of sampled workloads, given by partition and index. Unused slots have no volume.
    fn sampled(&self, some: &[&(usize, usize)]) -> Sampled {
        let dims = self.parameters.dims;
        let mut sampled = Sampled {
            volume: [0.0; WIDE],
            group: [0; WIDE],
            weights: vec![[0.0; WIDE]; dims.offers],
        };
        let mut weights = Weights::default();
        for (at, (part, index)) in some.iter().enumerate() {
            let partition = &self.state.population[*part];
            partition.fresh_weights(*index, self.scene(), &mut weights);
            let (owner, task) = dims.owner_and_task(*index);
            let enterprise = &partition.enterprises[owner];
            sampled.volume[at] = f64::from(partition.workloads[*index].spend) * enterprise.weight
                / self.parameters.tasks[task].reference_price;
            sampled.group[at] = dims.group(task, usize::from(enterprise.class));
            for (offer, row) in sampled.weights.iter_mut().enumerate() {
                row[at] = weights.weight(offer, self.scene());
            }
        }
        sampled
    }

    /// Returns shares of spend by offer over a sample of workloads, with `mean` added to the utility of each offer.
    fn spend_shares(&self, sample: &[Sampled], mean: &[f64], prices: &[f64]) -> Vec<f64> {
        let offers = self.parameters.dims.offers;
        let nests = &self.view.nests;
        let mut factor: Vec<f64> = mean.iter().map(|mean| nests.log_weight(*mean)).collect();
        quick_exp_all(&mut factor);
        let mut shares = vec![0.0; offers];
        for four in sample {
            let rows = four.group.map(|group| &prices[group * offers..][..offers]);
            nests.add_probabilities(&four.volume, &four.weights, &factor, rows, &mut shares);
        }
        crate::market::parameters::normalised(shares)
    }

    /// Sets the mean utility of each offer that is not sold yet to that of the lab's best offer on sale.
    fn give_unsold_offers_a_mean(&mut self) {
        for id in self.catalog.offers.ids() {
            let offer = &self.catalog.offers[id];
            if offer.is_sold_at_start && self.view.on_sale[id.index()] {
                continue;
            }
            let is_sold = |other: &crate::market::state::Offer, at: usize| {
                other.route == offer.route && other.is_sold_at_start && self.view.on_sale[at]
            };
            let known = self
                .catalog
                .offers
                .enumerate()
                .filter(|(at, other)| other.lab == offer.lab && is_sold(other, at.index()));
            let best = known
                .map(|(other, _)| self.state.mean.offer[other.index()])
                .fold(f64::NEG_INFINITY, f64::max);
            // Fallback for a lab that sells nothing yet: the average over similar offers of other labs.
            let alike: Vec<f64> = self
                .catalog
                .offers
                .enumerate()
                .filter(|(at, other)| {
                    other.cloud.is_some() == offer.cloud.is_some()
                        && other.runtime == offer.runtime
                        && is_sold(other, at.index())
                })
                .map(|(other, _)| self.state.mean.offer[other.index()])
                .collect();
            #[expect(clippy::cast_precision_loss, reason = "few offers")]
            let mean = alike.iter().sum::<f64>() / alike.len().max(1) as f64;
            self.state.mean.offer[id.index()] = if best.is_finite() { best } else { mean };
        }
    }
}
