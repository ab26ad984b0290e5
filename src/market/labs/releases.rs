//! Releases of labs, list prices that follow cost, and labs' revenue and compute outside the enterprise market.

use crate::base::ids::{CloudId, Id, LabId, TaskId};
use crate::base::rng::{Purpose, key_of, key_of_aspect};
use crate::base::time::{SimTime, Span};
use crate::economics::diffusion::fading_growth;
use crate::economics::pricing::{blended_price, cost_plus_price};
use crate::market::state::actors::{Lab, Model};
use crate::market::{Context, Event, World};
use crate::scenario::quantity::Draws;
use crate::scenario::records::{LabSpec, ModelSpec, PricePolicy, ShockKind};

use crate::market::parameters::{Parameters, normalised, other_revenue};

/// Stream aspect of the random change in list prices at a lab's release. The time of the next release has aspect 0.
const PRICE_STEP: u64 = 1;

/// Creates a lab as it is at the start.
#[must_use]
pub fn lab(spec: &LabSpec, clouds: usize, draws: &Draws) -> Lab {
    let hosts = normalised(spec.hosts.draw(CloudId::first(clouds), draws));
    let (other_revenue, other_growth) = other_revenue(spec, draws);
    Lab {
        pricing: spec.pricing,
        price_factor: spec.price_factor.draw(draws),
        price_response: spec.price_response.draw(draws),
        hosts: hosts.clone(),
        hosts_at_start: hosts,
        progress: spec.progress.draw(draws),
        outage_rate: spec.outage_rate.draw(draws),
        security_rate: spec.security_rate.draw(draws),
        failure_rate: spec.failure_rate.draw(draws),
        other_revenue,
        other_growth,
        other_half_life: spec.other_half_life.draw(draws),
        other_compute_share: spec.other_compute_share.draw(draws),
        overhead: spec.overhead.draw(draws),
        training: spec.training.draw(draws),
        training_growth: spec.training_growth.draw(draws),
        release_interval: spec.release_interval.draw(draws),
        release_regularity: spec.release_regularity.draw(draws),
        last_release: SimTime::START,
        releases: 0,
    }
}

/// Creates a model as it is at the start.
#[must_use]
pub fn model(spec: &ModelSpec, p: &Parameters, draws: &Draws) -> Model {
    let price = blended_price(
        spec.price_in.draw(draws),
        spec.price_out.draw(draws),
        p.demand.input_share,
    );
    Model {
        list_price: price.max(1e-6),
        list_price_at_start: price.max(1e-6),
        work_per_token: 1.0,
        capability: spec.capability.draw(draws),
        edge: spec.edge.as_ref().map_or_else(
            || vec![0.0; p.dims.tasks],
            |edge| edge.draw(TaskId::first(p.dims.tasks), draws),
        ),
    }
}

impl World<'_> {
    /// Schedules the next release of a lab. The share `release_regularity` of the mean interval is fixed, the rest
    /// exponential.
    pub fn schedule_release(&mut self, cx: Context, lab: LabId) {
        let interval = self.state.labs[lab].release_interval;
        if interval <= 0.0 {
            return;
        }
        let ordinal = u32::from(self.state.labs[lab].releases);
        let regularity = self.state.labs[lab].release_regularity;
        let mut stream = self
            .streams
            .stream(Purpose::Release, key_of(self.lab_name(lab)), ordinal);
        let wait = interval * (regularity + (1.0 - regularity) * stream.exponential());
        self.schedule(cx, cx.time + Span::from_days(wait), Event::Release(lab));
    }

    /// Handles a release: capability catches up with progress, scheduled prices step, and customers take notice.
    pub fn on_release(&mut self, cx: Context, lab: LabId) {
        let time = cx.time;
        if !self.is_trading(lab) {
            return;
        }
        let years = (time - self.state.labs[lab].last_release).days() / 365.25;
        let pace = self.state.labs[lab].progress * self.export_factor(lab);
        let is_scheduled = self.state.labs[lab].pricing == PricePolicy::Scheduled;
        let ordinal = u32::from(self.state.labs[lab].releases);
        let key = key_of_aspect(self.lab_name(lab), PRICE_STEP);
        let mut stream = self.streams.stream(Purpose::Release, key, ordinal);
        for model in self.catalog.models_of[lab].clone() {
            let tier = self.parameters.tiers[self.catalog.tier_of[model]].clone();
            let model = &mut self.state.models[model];
            model.capability += tier.progress * years * pace;
            let is_new = stream.is_hit(tier.price_new);
            let is_kept = stream.is_hit(tier.price_kept);
            let step = tier.price_spread * stream.heavy();
            if is_scheduled && is_new {
                let step = if is_kept { 0.0 } else { step };
                let work = tier.price_work * step;
                model.work_per_token *= libm::exp(work);
                model.list_price *= libm::exp(tier.price_drift * years + step - work);
            }
        }
        self.state.labs[lab].last_release = time;
        self.state.labs[lab].releases += 1;
        self.view.lab_notice[lab.index()] =
            time + Span::from_days(self.parameters.choice.notice_span);
        self.mark_changed();
        let releases = f64::from(self.state.labs[lab].releases);
        self.note(cx, "release", self.lab_name(lab), releases);
        self.schedule_release(cx, lab);
    }

    /// Updates the list prices of labs that price at cost plus margin: compute at contract rent, and the hosts' margin.
    pub fn update_cost_plus_prices(&mut self, time: SimTime) {
        for lab in self.state.labs.ids() {
            if self.state.labs[lab].pricing != PricePolicy::CostPlus {
                continue;
            }
            for model in self.catalog.models_of[lab].clone() {
                let hours = self.model_hours(model, time);
                let (mut cost, mut margin, mut share) = (0.0, 0.0, 0.0);
                for (cloud, part) in self.state.clouds.iter().zip(&self.state.labs[lab].hosts) {
                    cost += part * hours * cloud.rent_contract;
                    margin += part * cloud.hosting_margin;
                    share += part;
                }
                if share > 0.0 {
                    let realised = self.parameters.tiers[self.catalog.tier_of[model]]
                        .realised
                        .max(0.01);
                    let price = cost_plus_price(cost / share, margin / share) / realised;
                    let factor = self.state.labs[lab].price_factor;
                    let model = &mut self.state.models[model];
                    if time == SimTime::START {
                        model.list_price_at_start = price.max(1e-6);
                        model.list_price = model.list_price_at_start;
                    } else {
                        model.list_price = price.max(1e-6) * factor;
                    }
                }
            }
        }
    }

    /// Returns consumer and other revenue of a lab in a month, USD.
    #[must_use]
    pub fn other_revenue(&self, lab: usize, month: usize) -> f64 {
        let id = LabId::from_index(lab);
        if !self.is_trading(id) {
            return 0.0;
        }
        let numbers = &self.state.labs[id];
        let days = self.days_of(month);
        let start = self.catalog.calendar.month_start(month);
        let middle = start + Span::from_days(0.5 * days);
        let growth = &self.state.growth;
        let (rate, half_life) = (numbers.other_growth, numbers.other_half_life);
        let path = fading_growth(rate, half_life, growth.months(middle));
        numbers.other_revenue * days / 365.25 * libm::exp(path) * growth.other_factor(lab, middle)
    }

    /// Returns the compute that serves a lab's consumers, H100e-hours a day; derived from revenue at the rents of the
    /// start.
    #[must_use]
    pub fn consumer_hours_a_day(&self, lab: usize, time: SimTime) -> f64 {
        let id = LabId::from_index(lab);
        if !self.is_trading(id) {
            return 0.0;
        }
        let numbers = &self.state.labs[id];
        let growth = libm::exp(fading_growth(
            numbers.other_growth,
            numbers.other_half_life,
            self.state.growth.months(time),
        ));
        numbers.other_revenue * numbers.other_compute_share
            / self.parameters.rent.contract.max(1e-9)
            / 365.25
            * growth
            * self.state.growth.other_factor(lab, time)
    }

    /// Returns the share of a lab's progress that is left under export controls in force.
    fn export_factor(&self, lab: LabId) -> f64 {
        self.scenario
            .shock
            .iter()
            .zip(&self.state.shocks)
            .filter(|(spec, shock)| {
                shock.is_on
                    && spec.kind == ShockKind::ExportControl
                    && spec.lab.as_ref().is_some_and(|shocked| shocked.is(lab))
            })
            .map(|(_, shock)| (1.0 - shock.size).max(0.0))
            .product()
    }
}
