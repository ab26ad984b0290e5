//! Dated events: changes that the scenario makes on a given day.

use crate::base::ids::{CloudId, Id, LabId};
use crate::base::time::{SimTime, Span};
use crate::base::units::DAYS_PER_MONTH;
use crate::market::{Context, World};
use crate::scenario::quantity::Quantity;
use crate::scenario::records::{DatedChange, Tier};

impl World<'_> {
    /// Handles a dated event of the scenario.
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

    /// Starts an exodus: at its next review, each customer of a cloud leaves it with probability `share`.
    fn begin_exodus(&mut self, cloud: CloudId, share: f64, time: SimTime) {
        // The window is one mean review interval, in which a customer is reviewed once on average.
        let until = time + Span::from_days(self.parameters.choice.review_interval * DAYS_PER_MONTH);
        self.view.exodus[cloud.index()] = (until, share.min(1.0));
        self.view.cloud_notice[cloud.index()] = until;
    }

    /// Multiplies a lab's list prices, in one tier or in all (`None`). Customers take notice of a rise.
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
