//! Checks of contracts and finance: contracts that contradict each other, tranches without a date, circles of holdings.

use nalgebra::DMatrix;

use super::Checker;
use crate::base::ids::Id;
use crate::base::units::Share;
use crate::economics::ownership::chain;
use crate::scenario::fault::Fault;
use crate::scenario::quantity::Quantity;
use crate::scenario::record::When;
use crate::scenario::records::{Books, CommitmentSpec, Trigger};

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

    /// Commitments whose amount does not fall due once: neither growth nor schedule, both, or a schedule that misses years
    /// or does not add up.
    pub(super) fn schedules(&mut self) {
        for spec in &self.scenario.commitment {
            let fault = match (&spec.growth, &spec.schedule) {
                (Some(_), None) => continue,
                (None, None) => Some((
                    format!("commitment `{}` does not say when its amount falls due", spec.name.text),
                    "add `growth` (of the yearly amount), or `schedule` (a share of the amount for each year)".to_owned(),
                )),
                (Some(_), Some(_)) => Some((
                    format!("commitment `{}` has both `growth` and `schedule`", spec.name.text),
                    "keep one: growth = { remove = true } removes a growth that another file states".to_owned(),
                )),
                (None, Some(shares)) => uneven(spec, shares),
            };
            if let Some((message, help)) = fault {
                self.faults
                    .push(Fault::new(message, spec.name.place.clone()).help(help));
            }
        }
    }

    /// Stakes above the limit of their holder.
    pub(super) fn limits(&mut self) {
        for stake in &self.scenario.equity {
            let Some(limit) = &stake.limit else { continue };
            if limit.median() < stake.cash_flow.median() {
                let message = format!("`{}` holds more than its limit", stake.name.text);
                self.faults.push(
                    Fault::new(message, limit.place.clone())
                        .also("the stake", stake.cash_flow.place.clone())
                        .help("let `limit` be at least `cash_flow`"),
                );
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

/// Returns what is wrong with the schedule of a commitment, and the remedy; `None` if nothing is.
fn uneven(spec: &CommitmentSpec, shares: &[Quantity<Share>]) -> Option<(String, String)> {
    // Contracts of whole years end a day or two before or after their date of start.
    let days = spec.until.date.days_since_epoch() - spec.from.date.days_since_epoch();
    let years = usize::try_from((days - 7).max(0) / 365 + 1).unwrap_or(1);
    let name = &spec.name.text;
    if shares.len() != years {
        return Some((
            format!(
                "the schedule of `{name}` has {} years, its term {years}",
                shares.len()
            ),
            format!("write {years} shares, one for each year from `from`"),
        ));
    }
    let sum: f64 = shares.iter().map(Quantity::median).sum();
    ((sum - 1.0).abs() > 0.005).then(|| {
        (
            format!("the schedule of `{name}` adds up to {sum:.3} of its amount"),
            "let the shares add up to 1".to_owned(),
        )
    })
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
