//! Openness: the catch-up of open weights and small models, open parity, and the capability at which agents pass human
//! experts.

use crate::base::ids::{Id, ModelId};
use crate::base::time::SimTime;
use crate::market::{Context, World};
use crate::scenario::records::Tier;

impl World<'_> {
    /// Returns the gap between the best open and the best closed model at a task, as a share of capability.
    #[must_use]
    pub fn open_gap(&self, task: usize, time: SimTime) -> f64 {
        let Some(open) = &self.parameters.openness else {
            return 0.0;
        };
        let years = time.days() / 365.25;
        (open.gap[task] * libm::exp(-open.closing[task] * years)).min(1.0)
    }

    /// Returns the utility that an open or small model has gained at a task since the start by catching up.
    #[must_use]
    pub fn catch_up(&self, model: ModelId, task: usize, time: SimTime) -> f64 {
        let Some(open) = &self.parameters.openness else {
            return 0.0;
        };
        match self.scenario.model[model.index()].tier {
            Tier::Open => open.value * (open.gap[task] - self.open_gap(task, time)),
            Tier::Small => open.small[task] * time.days() / 365.25,
            Tier::Flagship | Tier::Mid => 0.0,
        }
    }

    /// Marks the tasks at which open weights have reached parity at a commodity price. Users of these tasks consider
    /// self-hosting more often.
    pub fn review_parity(&mut self, cx: Context) {
        let time = cx.time;
        let Some(open) = self.parameters.openness.clone() else {
            return;
        };
        let price = |is_open: bool| {
            self.state
                .models
                .enumerate()
                .filter(|(model, _)| {
                    let tier = self.scenario.model[model.index()].tier;
                    let is_sold = self.is_trading(self.catalog.lab_of[*model]);
                    is_sold
                        && if is_open {
                            tier == Tier::Open
                        } else {
                            tier == Tier::Flagship
                        }
                })
                .map(|(_, model)| model.list_price)
                .fold(f64::INFINITY, f64::min)
        };
        let is_commodity = price(true) <= open.commodity * price(false);
        for task in 0..self.parameters.dims.tasks {
            let gap = self.open_gap(task, time);
            if is_commodity && 1.0 - gap >= open.parity && !self.view.has_parity[task] {
                self.view.has_parity[task] = true;
                let name = &self.scenario.task[task].name.text;
                self.note(cx, "open-parity", name, 1.0 - gap);
            }
        }
    }

    /// Returns the best model's score at computer use, 0 to 1.
    #[must_use]
    pub fn agent_score(&self, time: SimTime) -> f64 {
        let Some(rules) = &self.parameters.stateful else {
            return 0.0;
        };
        let pace = self
            .state
            .labs
            .enumerate()
            .filter(|(id, _)| self.is_trading(*id))
            .map(|(_, lab)| lab.progress)
            .fold(0.0, f64::max);
        let score = rules.score.clamp(1e-6, 1.0 - 1e-6);
        let odds =
            libm::log(score / (1.0 - score)) + rules.score_progress * pace * time.days() / 365.25;
        1.0 / (1.0 + libm::exp(-odds))
    }

    /// Opens the gate of adoption once the best model's score has passed that of human experts.
    pub fn review_gate(&mut self, cx: Context) {
        let time = cx.time;
        let Some(rules) = self.parameters.stateful else {
            return;
        };
        if self.view.is_gated && self.agent_score(time) > rules.human {
            self.view.is_gated = false;
            let score = self.agent_score(time);
            self.note(cx, "human-level", "agents", score);
        }
    }
}
