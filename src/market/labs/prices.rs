//! Price reviews: labs, clouds and routers review their prices by the policy that the scenario names.
//!
//! The market opens at observed prices. The cost at which an observed price is an equilibrium, less the cost of
//! compute, is the seller's shadow cost (negative if the seller invests in customers). It stays fixed, while costs,
//! capability, fees, capacity and stakes move the equilibrium.

use crate::base::ids::{Id, ModelId, RouterId};
use crate::base::time::{SimTime, Span};
use crate::base::units::DAYS_PER_MONTH;
use crate::economics::pricing::{
    ProductDemand, RESIDUAL, cost_plus_price, frontier_price, monopoly_price,
};
use crate::market::parameters::PricingNumbers;
use crate::market::state::anchors::PriceAnchors;
use crate::market::state::holdings::Status;
use crate::market::{Context, Event, World};
use crate::scenario::records::PricePolicy;

impl World<'_> {
    /// Anchors the price game to observed prices, and schedules the first price review.
    pub fn anchor_prices(&mut self) {
        let Some(rules) = self.parameters.pricing else {
            return;
        };
        let models = self.parameters.dims.models;
        self.state.anchors = PriceAnchors {
            shadow: vec![0.0; models],
            cover: vec![1.0; models],
            outside: vec![0.0; self.parameters.dims.groups()],
            gap: self.capability_gaps(),
            frontier: self.frontier_prices(),
            residual: 0.0,
        };
        if !self.has_policy(PricePolicy::BestResponse) {
            self.schedule_price_review(Context::START, 0);
            return;
        }
        self.state.anchors.cover = (self.state.models.enumerate())
            .map(|(id, model)| {
                let compute = self.compute_cost(id, SimTime::START, false);
                let net = model.list_price * self.kept_share(id, SimTime::START);
                (net / compute.max(1e-12)).min(1.0)
            })
            .collect();
        let outside = self.state.anchors.outside.clone();
        let demand = self.product_demand(SimTime::START, Some(&outside));
        let prices: Vec<f64> = self
            .state
            .models
            .iter()
            .map(|model| model.list_price)
            .collect();
        let mut shift = Vec::with_capacity(demand.classes.len());
        for class in &demand.classes {
            let alone = ProductDemand {
                classes: vec![class.clone()],
                ..demand.clone()
            };
            let inside: f64 = alone.shares(&prices).iter().sum();
            // The outside option has utility zero, so the odds of buying equal the inclusive value of buying.
            let odds = inside / (1.0 - inside).max(1e-12);
            let outside = rules.outside.clamp(1e-3, 0.999);
            shift.push(libm::log((1.0 - outside) / outside) - libm::log(odds.max(1e-300)));
        }
        self.state.anchors.outside = shift;
        let (demand, sellers) = self.price_game(SimTime::START);
        if let Some(costs) = sellers.implied_costs(&demand, &prices) {
            self.state.anchors.shadow = costs
                .iter()
                .zip(&sellers.cost)
                .zip(&sellers.is_free)
                .map(|((implied, compute), is_free)| if *is_free { implied - compute } else { 0.0 })
                .collect();
        }
        self.schedule_price_review(Context::START, 0);
    }

    fn has_policy(&self, policy: PricePolicy) -> bool {
        self.state.labs.iter().any(|lab| lab.pricing == policy)
    }

    fn schedule_price_review(&mut self, cx: Context, ordinal: u32) {
        let Some(rules) = self.parameters.pricing else {
            return;
        };
        if rules.review <= 0.0 || rules.adjustment <= 0.0 {
            return;
        }
        let next = cx.time + Span::from_days(rules.review * DAYS_PER_MONTH);
        self.schedule(cx, next, Event::PriceReview(ordinal));
    }

    fn capability_gaps(&self) -> Vec<f64> {
        self.state
            .models
            .enumerate()
            .map(|(id, model)| model.capability - self.best_of_tier(id).1)
            .collect()
    }

    fn frontier_prices(&self) -> Vec<f64> {
        self.state
            .models
            .enumerate()
            .map(|(id, _)| self.best_of_tier(id).0)
            .collect()
    }

    /// Returns price and capability of the most capable rival in a model's tier that sets its own price; the model's
    /// own if there is none.
    fn best_of_tier(&self, model: ModelId) -> (f64, f64) {
        let tier = self.catalog.tier_of[model];
        let own = self.catalog.lab_of[model];
        let mut best = (self.state.models[model].list_price, f64::NEG_INFINITY);
        for (other, numbers) in self.state.models.enumerate() {
            let lab = self.catalog.lab_of[other];
            let leads = self.state.labs[lab].pricing != PricePolicy::Frontier
                && lab != own
                && self.is_trading(lab)
                && self.catalog.tier_of[other] == tier;
            if leads && numbers.capability > best.1 {
                best = (numbers.list_price, numbers.capability);
            }
        }
        if best.1 == f64::NEG_INFINITY {
            best.1 = self.state.models[model].capability;
        }
        best
    }

    /// Handles a price review: each actor moves part of the way to the price that its policy targets.
    pub fn on_price_review(&mut self, cx: Context, ordinal: u32) {
        let time = cx.time;
        let Some(rules) = self.parameters.pricing else {
            return;
        };
        let mut targets: Vec<Option<f64>> = vec![None; self.state.models.len()];
        if self.has_policy(PricePolicy::BestResponse) {
            let (demand, sellers) = self.price_game(time);
            let prices: Vec<f64> = self
                .state
                .models
                .iter()
                .map(|model| model.list_price)
                .collect();
            let found = sellers.equilibrium(&demand, &prices);
            self.state.anchors.residual = self.state.anchors.residual.max(found.residual);
            if found.residual >= RESIDUAL {
                self.note(cx, "prices-unsolved", "", found.residual);
            } else {
                if ordinal == 0 && sellers.has_other_root(&demand, &found) {
                    self.note(cx, "several-equilibria", "", 0.0);
                }
                for (index, price) in found.prices.iter().enumerate() {
                    if sellers.is_free[index] {
                        targets[index] = Some(*price);
                    }
                }
            }
        }
        let (gaps, frontiers) = (self.capability_gaps(), self.frontier_prices());
        let months = time.months();
        for (model, _) in self.state.models.enumerate() {
            let index = model.index();
            let lab = self.catalog.lab_of[model];
            let start = self.state.models[model].list_price_at_start;
            if self.state.finance.labs[lab.index()].status == Status::Distressed {
                let realised = self.parameters.tiers[self.catalog.tier_of[model]]
                    .realised
                    .max(0.01);
                targets[index] = Some(self.compute_cost(model, time, false) / realised);
                continue;
            }
            match self.state.labs[lab].pricing {
                PricePolicy::Frontier => {
                    let moved = frontiers[index] / self.state.anchors.frontier[index].max(1e-9);
                    let gap = gaps[index] - self.state.anchors.gap[index];
                    targets[index] = Some(frontier_price(start * moved, gap, rules.slope));
                }
                PricePolicy::Harvest => {
                    targets[index] = Some(start * harvest_factor(&rules, months));
                }
                PricePolicy::Fixed
                | PricePolicy::Scheduled
                | PricePolicy::CostPlus
                | PricePolicy::BestResponse => {}
            }
        }
        for (index, target) in targets.into_iter().enumerate() {
            let Some(target) = target else { continue };
            let model = &mut self.state.models[ModelId::from_index(index)];
            let next = model.list_price + rules.adjustment * (target - model.list_price);
            model.list_price = next.max(1e-6);
        }
        self.review_margins(rules.adjustment, months);
        self.review_fees(time, months);
        self.mark_changed();
        self.schedule_price_review(cx, ordinal + 1);
    }

    /// Reviews clouds' margins on hosting open weights. A best-responding cloud targets the margin that earns most
    /// against the other hosts.
    fn review_margins(&mut self, adjustment: f64, months: f64) {
        let Some(rules) = self.parameters.pricing else {
            return;
        };
        let hosting: Vec<f64> = self
            .state
            .clouds
            .iter()
            .map(|cloud| cloud.open_hosting)
            .collect();
        let margins: Vec<f64> = self.state.clouds.iter().map(|c| c.hosting_margin).collect();
        let total: f64 = hosting.iter().sum();
        let sensitivity = self.mean_sensitivity();
        for (index, spec) in self.scenario.cloud.iter().enumerate() {
            let cloud = &mut self.state.clouds[crate::base::ids::CloudId::from_index(index)];
            let target = match spec.pricing {
                Some(PricePolicy::BestResponse) if total > 0.0 && hosting[index] > 0.0 => {
                    // Prices are relative to cost: cost is 1 and the present price 1 / (1 - margin).
                    let price = cost_plus_price(1.0, cloud.hosting_margin);
                    let share = (hosting[index] / total).clamp(0.01, 0.95);
                    let delta = libm::log(share / (1.0 - share)) + sensitivity;
                    let alpha = sensitivity / price;
                    1.0 - 1.0 / monopoly_price(delta, alpha, 1.0).0.max(1.0)
                }
                Some(PricePolicy::Harvest) => {
                    (cloud.hosting_margin_at_start * harvest_factor(&rules, months)).min(0.95)
                }
                // Target: the lowest margin of the other hosts, at most its own at the start.
                Some(PricePolicy::Frontier) => margins
                    .iter()
                    .zip(&hosting)
                    .enumerate()
                    .filter(|(other, (_, sold))| *other != index && **sold > 0.0)
                    .map(|(_, (margin, _))| *margin)
                    .fold(cloud.hosting_margin_at_start, f64::min),
                // The margin is already a margin over cost, and a host without sales has nothing to respond to.
                Some(
                    PricePolicy::CostPlus
                    | PricePolicy::Fixed
                    | PricePolicy::Scheduled
                    | PricePolicy::BestResponse,
                )
                | None => continue,
            };
            cloud.hosting_margin += adjustment * (target - cloud.hosting_margin);
        }
    }

    fn mean_sensitivity(&self) -> f64 {
        let mut sum = 0.0;
        for segment in &self.parameters.segments {
            for (share, sensitivity) in segment.class_share.iter().zip(&self.parameters.sensitivity)
            {
                sum += segment.spend_share * share * sensitivity;
            }
        }
        let all: f64 = self.parameters.segments.iter().map(|s| s.spend_share).sum();
        sum / all.max(1e-9)
    }

    /// Reviews routers' fees. A best-responding router targets the fee that earns most, given the users that would
    /// leave. One that lands first and harvests later leaves its fee alone until the harvest.
    fn review_fees(&mut self, time: SimTime, months: f64) {
        let Some(rules) = self.parameters.pricing else {
            return;
        };
        let sent: Vec<f64> = self
            .state
            .routers
            .iter()
            .map(|router| router.routed)
            .collect();
        let fees: Vec<f64> = self
            .state
            .routers
            .iter()
            .map(|router| router.take_rate)
            .collect();
        let spend = self.state.spend_last_month;
        // A fee of 1 doubles the price, so utility falls by the mean sensitivity.
        let alpha = self.mean_sensitivity();
        for (index, spec) in self.scenario.router.iter().enumerate() {
            let id = RouterId::from_index(index);
            let share = (sent[index] / spend.max(1.0)).clamp(1e-4, 0.95);
            let router = &self.state.routers[id];
            let delta = libm::log(share / (1.0 - share)) + alpha * router.take_rate;
            let best = monopoly_price(delta, alpha, router.operating_cost)
                .0
                .min(rules.fee_max);
            let target = match spec.pricing {
                Some(PricePolicy::BestResponse) => best,
                Some(PricePolicy::Harvest) if months >= rules.harvest_after => {
                    (best * rules.harvest).min(rules.fee_max)
                }
                Some(PricePolicy::CostPlus) => router.operating_cost,
                // Target: the lowest fee among the other routers that are run as a business.
                Some(PricePolicy::Frontier) => fees
                    .iter()
                    .enumerate()
                    .filter(|(other, _)| {
                        *other != index && self.books.accounts.routers[*other].is_some()
                    })
                    .map(|(_, fee)| *fee)
                    .fold(rules.fee_max, f64::min),
                Some(PricePolicy::Harvest | PricePolicy::Fixed | PricePolicy::Scheduled) | None => {
                    continue;
                }
            };
            let next = router.take_rate + rules.adjustment * (target - router.take_rate);
            self.set_take_rate(id, next.max(0.0), time);
        }
    }
}

/// Returns the price, over the price at the start, of an actor that lands first and harvests later.
fn harvest_factor(rules: &PricingNumbers, months: f64) -> f64 {
    if months < rules.harvest_after {
        rules.land
    } else {
        rules.harvest
    }
}
