//! Dated events: what the scenario changes on a day.

use crate::ids::{CloudId, Id, LabId};
use crate::market::{Context, World};
use crate::scenario::quantity::Quantity;
use crate::scenario::records::{DatedChange, Tier};
use crate::time::{SimTime, Span};
use crate::units::DAYS_PER_MONTH;

impl World<'_> {
    /// A dated event of the scenario takes effect.
    pub fn on_dated(&mut self, cx: Context, index: usize) {
        let time = cx.time;
        let spec = &self.scenario.event[index];
        let value = spec.value.as_ref().map_or(0.0, Quantity::median);
        match spec.change().expect("checked: only facts change nothing") {
            DatedChange::TakeRate(router) => self.set_take_rate(router, value, time),
            DatedChange::Steering(router) => self.state.routers[router].steering = value,
            DatedChange::FundingStop(lab) => {
                self.state.finance.labs[lab.index()].is_cut_off = value > 0.0;
            }
            DatedChange::Exodus(cloud) => self.begin_exodus(cloud, value, time),
            DatedChange::PriceStep(lab) => self.step_prices(lab, spec.tier, value, time),
        }
        self.update_bias();
        self.mark_changed();
        let subject = spec
            .subject
            .as_ref()
            .map_or("", |subject| &subject.name.text);
        self.note(cx, spec.kind.word(), subject, value);
    }

    /// Customers of a cloud leave it at their next review, each with probability `share`.
    fn begin_exodus(&mut self, cloud: CloudId, share: f64, time: SimTime) {
        // Every review within the mean interval is reached once.
        let until = time + Span::from_days(self.parameters.choice.review_interval * DAYS_PER_MONTH);
        self.view.exodus[cloud.index()] = (until, share.min(1.0));
        self.view.cloud_notice[cloud.index()] = until;
    }

    /// Multiplies a lab's list prices, in one tier or in all; customers take notice of a rise.
    fn step_prices(&mut self, lab: LabId, tier: Option<Tier>, factor: f64, time: SimTime) {
        for model in self.catalog.models_of[lab].clone() {
            let own = self.scenario.model[model.index()].tier;
            if tier.is_none_or(|tier| tier == own) {
                self.state.models[model].list_price *= factor;
            }
        }
        if factor > 1.0 {
            self.view.lab_notice[lab.index()] =
                time + Span::from_days(self.parameters.choice.notice_span);
        }
    }
}
