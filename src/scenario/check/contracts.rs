//! Checks of contracts and finance: contracts that contradict each other, tranches without a date, circles of holdings.

use nalgebra::DMatrix;

use super::Checker;
use crate::base::ids::Id;
use crate::economics::ownership::chain;
use crate::scenario::fault::Fault;
use crate::scenario::record::When;
use crate::scenario::records::{Books, Trigger};

impl Checker<'_> {
    /// Pairs of contracts that contradict each other: two exclusive rights, or two sets of terms for one channel.
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

    /// Tranches without a date or a chance, and holdings that form a circle without an end.
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
                            "tranche `{}` does not state the chance of its condition",
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
