//! Checks of price policies: each needs an actor with such a price, and reacting policies need `[pricing]`.

use super::Checker;
use crate::base::ids::{CloudId, Id, LabId};
use crate::scenario::fault::Fault;
use crate::scenario::record::Name;
use crate::scenario::records::{
    AnswerPolicy, CloudSpec, IntegratorPolicy, LabSpec, PricePolicy, RouterKind, RouterSpec, Tier,
};

impl Checker<'_> {
    pub(super) fn policies(&mut self) {
        let s = self.scenario;
        let mut reacting: Vec<&Name> = Vec::new();
        for (id, lab) in LabId::first(s.lab.len()).zip(&s.lab) {
            if self.reacts(id, lab) {
                reacting.push(&lab.name);
            }
        }
        for router in &s.router {
            if let Some(policy) = router.pricing {
                self.router_policy(router, policy);
                if policy != PricePolicy::Fixed {
                    reacting.push(&router.name);
                }
            }
        }
        self.integrator_policies();
        for (id, cloud) in CloudId::first(s.cloud.len()).zip(&s.cloud) {
            if let Some(policy) = cloud.pricing {
                self.cloud_policy(id, cloud, policy);
                if policy != PricePolicy::Fixed {
                    reacting.push(&cloud.name);
                }
            }
        }
        self.answers();
        if s.pricing.is_none() {
            for name in reacting {
                let message = format!(
                    "`{}` reacts with its price, and there is no [pricing]",
                    name.text
                );
                self.faults.push(
                    Fault::new(message, name.place.clone())
                        .help("add [pricing], or write pricing = \"fixed\""),
                );
            }
        }
    }

    /// An integrator that reviews its fee needs customers who respond to it.
    fn integrator_policies(&mut self) {
        for integrator in &self.scenario.integrator {
            let responds = (integrator.fee_sensitivity.as_ref())
                .is_some_and(|number| number.shape.quantile(1e-6) > 0.0);
            if integrator.policy == Some(IntegratorPolicy::Reviewing) && !responds {
                let name = &integrator.name;
                let message = format!(
                    "`{}` reviews its fee, and no customer responds to it",
                    name.text
                );
                self.faults.push(
                    Fault::new(message, name.place.clone())
                        .help("give it a `fee_sensitivity` above 0, or write policy = \"fixed\""),
                );
            }
        }
    }

    /// True if a lab's prices react to rivals; a fault if such a lab has no model.
    fn reacts(&mut self, id: LabId, lab: &LabSpec) -> bool {
        let reacts = matches!(
            lab.pricing,
            PricePolicy::Frontier | PricePolicy::BestResponse | PricePolicy::Harvest
        );
        if reacts && !self.scenario.model.iter().any(|model| model.lab.is(id)) {
            self.no_price(
                &lab.name,
                "it sells no model",
                "add a [[model]] of this lab, or write pricing = \"fixed\"",
            );
        }
        reacts
    }

    fn router_policy(&mut self, router: &RouterSpec, policy: PricePolicy) {
        if router.kind == RouterKind::Enterprise {
            self.no_price(
                &router.name,
                "an enterprise-run router takes no fee",
                "remove its `pricing`",
            );
        }
        if policy == PricePolicy::Scheduled {
            self.no_price(
                &router.name,
                "a take rate has no drift to schedule",
                "write another policy, such as `best-response`",
            );
        }
    }

    fn cloud_policy(&mut self, id: CloudId, cloud: &CloudSpec, policy: PricePolicy) {
        let s = self.scenario;
        let mut channels = s.channel.iter();
        let hosts_open = channels.any(|channel| {
            let mut models = s.model.iter();
            channel.cloud.as_ref().is_some_and(|cloud| cloud.is(id))
                && models.any(|model| model.lab.matches(&channel.lab) && model.tier == Tier::Open)
        });
        if !hosts_open {
            self.no_price(
                &cloud.name,
                "it hosts no open weights",
                "remove its `pricing`, or add a [[channel]]",
            );
        }
        if policy == PricePolicy::Scheduled {
            self.no_price(
                &cloud.name,
                "a hosting margin has no drift to schedule",
                "write another policy, such as `best-response`",
            );
        }
    }

    /// Answers of clouds that cannot give them.
    fn answers(&mut self) {
        let s = self.scenario;
        for (id, cloud) in CloudId::first(s.cloud.len()).zip(&s.cloud) {
            let given = cloud.answer.as_ref();
            let Some(answer) = given.filter(|answer| answer.size.median() > 0.0) else {
                continue;
            };
            let (why, help) = match answer.policy {
                AnswerPolicy::MatchInvestment if !self.has_ally(id) => (
                    "holds no stake in a lab that no cloud owns",
                    "add an [[equity]] of the cloud in such a lab, or remove its `answer`",
                ),
                AnswerPolicy::Neutrality if !self.is_barred(id) => (
                    "has no channel that a rival's exclusive right bars",
                    "add such a [[channel]] or [[exclusivity]], or remove its `answer`",
                ),
                _ => continue,
            };
            let name = &cloud.name;
            let message = format!(
                "an answer `{}` for `{}`, which {why}",
                answer.policy.word(),
                name.text
            );
            self.faults
                .push(Fault::new(message, name.place.clone()).help(help));
        }
    }

    /// True if a cloud holds a stake in a lab that no cloud owns.
    fn has_ally(&self, cloud: CloudId) -> bool {
        let s = self.scenario;
        let clouds = s.cloud.len();
        s.equity.iter().any(|stake| {
            let firm = stake.firm.found().map(Id::index);
            let lab = firm.and_then(|firm| s.lab.get(firm.checked_sub(clouds)?));
            stake
                .holder
                .found()
                .is_some_and(|holder| holder.index() == cloud.index())
                && stake.cash_flow.median() > 0.0
                && lab.is_some_and(|lab| lab.owner.is_none())
        })
    }

    /// True if an exclusive right of another cloud bars a channel of a cloud.
    fn is_barred(&self, cloud: CloudId) -> bool {
        let s = self.scenario;
        s.channel.iter().any(|channel| {
            channel.cloud.as_ref().is_some_and(|own| own.is(cloud))
                && s.exclusivity.iter().any(|right| {
                    right.lab.matches(&channel.lab)
                        && right.runtime == channel.runtime
                        && right.tiers.is_none()
                        && !right.cloud.is(cloud)
                })
        })
    }

    fn no_price(&mut self, name: &Name, why: &str, help: &str) {
        let message = format!(
            "a price policy for `{}`, which has no such price: {why}",
            name.text
        );
        self.faults
            .push(Fault::new(message, name.place.clone()).help(help));
    }
}
