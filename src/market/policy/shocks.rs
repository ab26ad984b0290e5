//! Shocks: their start and end, and the effects of those in force.

use crate::base::ids::CloudId;
use crate::base::time::Span;
use crate::market::{Context, Event, World};
use crate::scenario::records::ShockKind;

impl World<'_> {
    /// Returns the product of the effects of all shocks of a kind in force: those on `cloud`, and those on no cloud in
    /// particular.
    pub(in crate::market) fn shock_factor(
        &self,
        kind: ShockKind,
        cloud: Option<CloudId>,
        effect: impl Fn(f64) -> f64,
    ) -> f64 {
        self.scenario
            .shock
            .iter()
            .zip(&self.state.shocks)
            .filter(|(spec, shock)| {
                let shocked = spec.cloud.as_ref();
                shock.is_on
                    && spec.kind == kind
                    && shocked.is_none_or(|shocked| cloud.is_some_and(|cloud| shocked.is(cloud)))
            })
            .map(|(_, shock)| effect(shock.size))
            .product()
    }

    /// Handles the start of a shock.
    pub fn on_shock_start(&mut self, cx: Context, index: usize) {
        let time = cx.time;
        self.state.shocks[index].is_on = true;
        self.apply_outages();
        let shock = self.state.shocks[index];
        let spec = &self.scenario.shock[index];
        self.note(cx, spec.kind.word(), &spec.name.text, shock.size);
        self.schedule(
            cx,
            time + Span::from_days(shock.days),
            Event::ShockEnd(index),
        );
    }

    /// Handles the end of a shock.
    pub fn on_shock_end(&mut self, cx: Context, index: usize) {
        self.state.shocks[index].is_on = false;
        self.apply_outages();
        self.note(cx, "shock-end", &self.scenario.shock[index].name.text, 0.0);
    }

    fn apply_outages(&mut self) {
        for cloud in self.state.clouds.ids() {
            self.state.clouds[cloud].working =
                self.shock_factor(ShockKind::Outage, Some(cloud), |size| (1.0 - size).max(0.0));
        }
    }
}
