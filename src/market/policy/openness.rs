//! Open weights and small models that catch up, parity, and the capability at which agents pass human experts.

use crate::ids::{Id, ModelId};
use crate::market::{Context, World};
use crate::scenario::records::Tier;
use crate::time::SimTime;

/// By task: gaps at the start, their closing, the pace of small models.
#[derive(Clone, Debug)]
pub struct OpennessNumbers {
    /// Gap at the start.
    pub gap: Vec<f64>,
    /// Rate of closing, per year.
    pub closing: Vec<f64>,
    /// Utility of closing a gap of one.
    pub value: f64,
    /// Share of capability that counts as parity.
    pub parity: f64,
    /// Relative price that counts as a commodity.
    pub commodity: f64,
    /// Factor on the chance of looking at self-hosting after parity.
    pub attention: f64,
    /// Utility that small models gain a year.
    pub small: Vec<f64>,
}

impl World<'_> {
    /// The gap between the best open and the best closed model at a task, as a share of capability.
    #[must_use]
    pub fn open_gap(&self, task: usize, time: SimTime) -> f64 {
        let Some(open) = &self.p.openness else {
            return 0.0;
        };
        let years = time.days() / 365.25;
        (open.gap[task] * libm::exp(-open.closing[task] * years)).min(1.0)
    }

    /// What openness and small models add to the utility of a model at a task since the start.
    #[must_use]
    pub fn catch_up(&self, model: ModelId, task: usize, time: SimTime) -> f64 {
        let Some(open) = &self.p.openness else {
            return 0.0;
        };
        match self.scenario.model[model.index()].tier {
            Tier::Open => open.value * (open.gap[task] - self.open_gap(task, time)),
            Tier::Small => open.small[task] * time.days() / 365.25,
            Tier::Flagship | Tier::Mid => 0.0,
        }
    }

    /// Notes the tasks at which open weights have reached parity at the price of a commodity: their users consider
    /// running models themselves more often.
    pub fn review_parity(&mut self, cx: Context) {
        let time = cx.time;
        let Some(open) = self.p.openness.clone() else {
            return;
        };
        let price = |is_open: bool| {
            self.models
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
        for task in 0..self.p.dims.tasks {
            let gap = self.open_gap(task, time);
            if is_commodity && 1.0 - gap >= open.parity && !self.published.has_parity[task] {
                self.published.has_parity[task] = true;
                let name = &self.scenario.task[task].name.text;
                self.note(cx, "open-parity", name, 1.0 - gap);
            }
        }
    }

    /// The best model's score at computer use.
    #[must_use]
    pub fn agent_score(&self, time: SimTime) -> f64 {
        let Some(rules) = &self.p.stateful else {
            return 0.0;
        };
        let pace = self
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
        let Some(rules) = self.p.stateful else { return };
        if self.published.is_gated && self.agent_score(time) > rules.human {
            self.published.is_gated = false;
            let score = self.agent_score(time);
            self.note(cx, "human-level", "agents", score);
        }
    }
}
