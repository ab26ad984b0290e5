//! Contracts that cannot hold, finance without dates or ends, and prices of those who have none.

use nalgebra::DMatrix;

use super::Checker;
use crate::economics::ownership::chain;
use crate::ids::{CloudId, Id, LabId};
use crate::scenario::fault::Fault;
use crate::scenario::record::{Name, When};
use crate::scenario::records::{Books, PricePolicy, RouterKind, Tier, Trigger};

impl Checker<'_> {
    /// Contracts that cannot both hold: two exclusives, an exclusive against a rival's channel, two books.
    pub(super) fn contracts(&mut self) {
        let s = self.scenario;
        for (index, right) in s.exclusivity.iter().enumerate() {
            for other in &s.exclusivity[..index] {
                let tiers_meet = match (&right.tiers, &other.tiers) {
                    (Some(a), Some(b)) => a.iter().any(|tier| b.contains(tier)),
                    _ => true,
                };
                let same =
                    right.lab.matches(&other.lab) && right.runtime == other.runtime && tiers_meet;
                if same
                    && right.cloud.found() != other.cloud.found()
                    && overlap(
                        right.from.as_ref(),
                        right.until.as_ref(),
                        other.from.as_ref(),
                        other.until.as_ref(),
                    )
                {
                    self.faults.push(
                        Fault::new(
                            format!(
                                "`{}` and `{}` are exclusive to two clouds at once",
                                other.name.text, right.name.text
                            ),
                            right.name.place.clone(),
                        )
                        .also("the other exclusive right", other.name.place.clone())
                        .help("end one before the other begins, or change its runtime or tiers"),
                    );
                }
            }
        }
        for (index, share) in s.channel_share.iter().enumerate() {
            let is_all = |share: &crate::scenario::records::ChannelShareSpec| {
                share.all_revenue.unwrap_or(false)
            };
            if is_all(share) && share.books == Books::Cloud {
                self.faults.push(
                    Fault::new(
                        "a share of all revenue is paid by the lab",
                        share.name.place.clone(),
                    )
                    .help("write books = \"lab\""),
                );
            }
            for other in &s.channel_share[..index] {
                if share.lab.matches(&other.lab)
                    && share.cloud.matches(&other.cloud)
                    && is_all(share) == is_all(other)
                {
                    self.faults.push(
                        Fault::new("two terms for one lab and cloud", share.name.place.clone())
                            .also("the other terms", other.name.place.clone())
                            .help("keep one"),
                    );
                }
            }
        }
    }

    /// Tranches without a date, commitments without a term, holdings without an end.
    pub(super) fn finance(&mut self) {
        let s = self.scenario;
        for tranche in &s.tranche {
            match &tranche.from {
                None => self.faults.push(
                    Fault::new(
                        format!("tranche `{}` has no trigger date", tranche.name.text),
                        tranche.name.place.clone(),
                    )
                    .help("add `from`: when it is paid, or from when its condition can be met"),
                ),
                Some(from)
                    if from.date >= tranche.until.date && tranche.trigger != Trigger::Firm =>
                {
                    self.faults.push(
                        Fault::new("it ends before it begins", tranche.until.place.clone())
                            .also("begins here", from.place.clone())
                            .help("let `until` follow `from`"),
                    );
                }
                Some(_) => {}
            }
            if tranche.trigger != Trigger::Firm && tranche.probability.is_none() {
                self.faults.push(
                    Fault::new(
                        format!(
                            "tranche `{}` lacks the chance of its condition",
                            tranche.name.text
                        ),
                        tranche.name.place.clone(),
                    )
                    .help("add `probability` (a share), or make it firm"),
                );
            }
        }
        let parties = s.parties().count();
        let mut direct = DMatrix::zeros(parties, parties);
        for stake in &s.equity {
            if let (Some(holder), Some(firm)) = (stake.holder.found(), stake.firm.found()) {
                direct[(holder.index(), firm.index())] +=
                    stake.cash_flow.shape.quantile(1.0 - 1e-9).min(1.0);
            }
        }
        if let (None, Some(last)) = (chain(&direct), s.equity.last()) {
            self.faults.push(
                Fault::new(
                    "holdings form a circle without an end: I - C is singular",
                    last.name.place.clone(),
                )
                .help("leave a part of at least one firm in the circle to owners outside it"),
            );
        }
    }

    /// Price policies of actors that have no such price, and policies that need rules.
    pub(super) fn policies(&mut self) {
        let s = self.scenario;
        let mut needs_rules: Vec<&Name> = Vec::new();
        for (id, lab) in LabId::first(s.lab.len()).zip(&s.lab) {
            let reacts = matches!(
                lab.pricing,
                PricePolicy::Frontier | PricePolicy::BestResponse | PricePolicy::Harvest
            );
            if reacts {
                needs_rules.push(&lab.name);
                if !s.model.iter().any(|model| model.lab.is(id)) {
                    self.no_price(
                        &lab.name,
                        "it sells no model",
                        "add a [[model]] of this lab, or write pricing = \"fixed\"",
                    );
                }
            }
        }
        for router in &s.router {
            let Some(policy) = router.pricing else {
                continue;
            };
            if policy != PricePolicy::Fixed {
                needs_rules.push(&router.name);
            }
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
        for (id, cloud) in CloudId::first(s.cloud.len()).zip(&s.cloud) {
            let Some(policy) = cloud.pricing else {
                continue;
            };
            if policy != PricePolicy::Fixed {
                needs_rules.push(&cloud.name);
            }
            let hosts_open = s.channel.iter().any(|channel| {
                channel.cloud.as_ref().is_some_and(|cloud| cloud.is(id))
                    && s.model
                        .iter()
                        .any(|model| model.lab.matches(&channel.lab) && model.tier == Tier::Open)
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
        if s.pricing.is_none() {
            for name in needs_rules {
                self.faults.push(
                    Fault::new(
                        format!(
                            "`{}` reacts with its price, and there is no [pricing]",
                            name.text
                        ),
                        name.place.clone(),
                    )
                    .help("add [pricing], or write pricing = \"fixed\""),
                );
            }
        }
    }

    fn no_price(&mut self, name: &Name, why: &str, help: &str) {
        self.faults.push(
            Fault::new(
                format!(
                    "a price policy for `{}`, which has no such price: {why}",
                    name.text
                ),
                name.place.clone(),
            )
            .help(help),
        );
    }
}

fn overlap(
    from_a: Option<&When>,
    until_a: Option<&When>,
    from_b: Option<&When>,
    until_b: Option<&When>,
) -> bool {
    let before = |until: Option<&When>, from: Option<&When>| match (until, from) {
        (Some(until), Some(from)) => until.date <= from.date,
        _ => false,
    };
    !before(until_a, from_b) && !before(until_b, from_a)
}
