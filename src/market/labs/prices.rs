//! Price reviews: labs, clouds and routers review their prices by the policy that the scenario names.
//!
//! The market opens at observed prices. From there, reviews move prices towards the targets of the policies.

use crate::base::ids::{Id, ModelId, RouterId};
use crate::base::time::{SimTime, Span};
use crate::base::units::DAYS_PER_MONTH;
use crate::economics::pricing::{
    RESIDUAL, cost_plus_price, elastic_monopoly_price, frontier_price,
};
use crate::market::parameters::PricingNumbers;
use crate::market::state::anchors::PriceAnchors;
use crate::market::state::holdings::Status;
use crate::market::{Context, Event, World};
use crate::scenario::records::PricePolicy;

/// Highest gross margin of a host of open weights.
const MARGIN_MAX: f64 = 0.95;

impl World<'_> {
    /// Anchors followers' prices to the gaps of the start, and schedules the first price review.
    pub fn anchor_prices(&mut self) {
        let Some(rules) = self.parameters.pricing else {
            return;
        };
        self.state.anchors = PriceAnchors {
            gap: self.capability_gaps(),
            frontier: self.frontier_prices(),
            residual: 0.0,
        };
        if rules.review > 0.0 && rules.adjustment > 0.0 {
            self.schedule_price_review(Context::START, 0);
        }
    }

    /// Multiplies list prices by the labs' price factors, once the market has opened at observed prices.
    pub fn apply_price_factors(&mut self) {
        for (id, lab) in self.catalog.lab_of.enumerate() {
            self.state.models[id].list_price *= self.state.labs[*lab].price_factor;
        }
    }

    /// Returns the list price of a model before its lab's price factor, USD per Mtok.
    pub(in crate::market) fn policy_price(&self, model: ModelId) -> f64 {
        let lab = self.catalog.lab_of[model];
        self.state.models[model].list_price / self.state.labs[lab].price_factor
    }

    fn has_policy(&self, policy: PricePolicy) -> bool {
        self.state.labs.iter().any(|lab| lab.pricing == policy)
    }

    fn schedule_price_review(&mut self, cx: Context, ordinal: u32) {
        let Some(rules) = self.parameters.pricing else {
            return;
        };
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
        let mut best = (self.policy_price(model), f64::NEG_INFINITY);
        for (other, numbers) in self.state.models.enumerate() {
            let lab = self.catalog.lab_of[other];
            let leads = self.state.labs[lab].pricing != PricePolicy::Frontier
                && lab != own
                && self.is_trading(lab)
                && self.catalog.tier_of[other] == tier;
            if leads && numbers.capability > best.1 {
                best = (self.policy_price(other), numbers.capability);
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
            let models = self.state.models.ids();
            let prices: Vec<f64> = models.map(|model| self.policy_price(model)).collect();
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
                targets[index] = Some(self.compute_cost(model, time) / realised);
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
            let model = ModelId::from_index(index);
            let price = self.policy_price(model);
            let next = (price + rules.adjustment * (target - price)).max(1e-6);
            let factor = self.state.labs[self.catalog.lab_of[model]].price_factor;
            self.state.models[model].list_price = next * factor;
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
                    let delta = libm::log(share / (1.0 - share)) + sensitivity * libm::log(price);
                    let most = cost_plus_price(1.0, MARGIN_MAX);
                    1.0 - 1.0 / elastic_monopoly_price(delta, sensitivity, 1.0, most)
                }
                Some(PricePolicy::Harvest) => {
                    (cloud.hosting_margin_at_start * harvest_factor(&rules, months)).min(MARGIN_MAX)
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
        // Relative to the price of a model, the cost of a routed token is 1 plus the running cost, and its price 1 plus
        // the fee.
        let sensitivity = self.mean_sensitivity();
        for (index, spec) in self.scenario.router.iter().enumerate() {
            let id = RouterId::from_index(index);
            let share = (sent[index] / spend.max(1.0)).clamp(1e-4, 0.95);
            let router = &self.state.routers[id];
            let paid = libm::log1p(router.take_rate);
            let delta = libm::log(share / (1.0 - share)) + sensitivity * paid;
            let cost = 1.0 + router.operating_cost;
            let most = 1.0 + rules.fee_max;
            let best = elastic_monopoly_price(delta, sensitivity, cost, most) - 1.0;
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
