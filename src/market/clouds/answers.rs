//! Answers of clouds to the deals and exclusive rights of their rivals, by the policy that the scenario names.

use crate::base::ids::{CloudId, Id, LabId};
use crate::base::time::Span;
use crate::base::units::DAYS_PER_MONTH;
use crate::market::{Context, Event, World};
use crate::scenario::records::AnswerPolicy;

impl World<'_> {
    /// Schedules the answers of other clouds to a cloud's investment of `usd` in a lab. `holder` is the index of the
    /// party that invests; investments of parties other than clouds are not answered.
    pub(in crate::market) fn answer_deal(
        &mut self,
        cx: Context,
        holder: usize,
        lab: LabId,
        usd: f64,
    ) {
        if holder >= self.state.clouds.len() || usd <= 0.0 {
            return;
        }
        for cloud in self
            .state
            .clouds
            .ids()
            .filter(|cloud| cloud.index() != holder)
        {
            let Some(answer) = self.state.clouds[cloud].answer else {
                continue;
            };
            let Some(ally) = self.ally_of(cloud, lab) else {
                continue;
            };
            if answer.policy == AnswerPolicy::MatchInvestment && answer.size > 0.0 {
                let time = cx.time + Span::from_days(answer.delay * DAYS_PER_MONTH);
                self.schedule(cx, time, Event::Answer(cloud, ally, answer.size * usd));
            }
        }
    }

    /// Returns the independent lab, other than `target`, in which a cloud holds its largest stake, if it holds any.
    fn ally_of(&self, cloud: CloudId, target: LabId) -> Option<LabId> {
        let clouds = self.state.clouds.len();
        let held = |lab: LabId| self.state.finance.holdings[(cloud.index(), clouds + lab.index())];
        let labs = self.state.labs.ids();
        labs.filter(|lab| *lab != target && self.catalog.owner[*lab].is_none())
            .filter(|lab| held(*lab) > 0.0 && self.is_trading(*lab))
            .max_by(|a, b| held(*a).total_cmp(&held(*b)).then(b.cmp(a)))
    }

    /// Handles an answer: the cloud invests `usd` in a lab.
    pub fn on_answer(&mut self, cx: Context, cloud: CloudId, lab: LabId, usd: f64) {
        if self.parameters.finance.is_none() || !self.is_trading(lab) {
            return;
        }
        self.invest(lab.index(), &[(cloud.index(), usd)]);
        self.note(cx, "answer", self.cloud_name(cloud), usd);
    }

    /// Returns the factor on a cloud's spending on neutrality by which it answers a rival's exclusive right in force
    /// that keeps a channel of this cloud off sale.
    #[must_use]
    pub fn answer_to_right(&self, cloud: CloudId) -> f64 {
        let Some(answer) = self.state.clouds[cloud].answer else {
            return 1.0;
        };
        let is_barred = self.catalog.offers.iter().any(|offer| {
            offer.cloud == Some(cloud)
                && offer.barred.iter().any(|(from, until, right)| {
                    (*from..(*until).min(self.state.broken_at[*right])).contains(&self.view.time)
                })
        });
        if answer.policy == AnswerPolicy::Neutrality && is_barred {
            1.0 + answer.size
        } else {
            1.0
        }
    }
}
