//! Enterprise spend by lab at the start, from the labs' run rates or from shares of all spend.

use super::normalised;
use crate::base::ids::{Id, LabId};
use crate::scenario::Scenario;
use crate::scenario::quantity::Draws;
use crate::scenario::records::{Books, ChannelSpec, LabSpec, ShareBase};

/// Returns enterprise spend on each lab's models at the start, USD a year.
///
/// The spend on a lab that states its run rate follows from that number alone. Other labs have shares of
/// `demand.enterprise_spend`; if no lab states a run rate, the shares are rescaled to sum to one.
pub(super) fn lab_spend(scenario: &Scenario, draws: &Draws) -> Vec<f64> {
    let all = scenario.demand.enterprise_spend.draw(draws);
    let shares: Vec<f64> = (scenario.lab.iter())
        .map(|lab| {
            lab.spend_share
                .as_ref()
                .map_or(0.0, |share| share.draw(draws))
        })
        .collect();
    if scenario.lab.iter().all(|lab| lab.run_rate.is_none()) {
        return normalised(shares).iter().map(|share| share * all).collect();
    }
    let labs = scenario.lab.iter().zip(LabId::first(scenario.lab.len()));
    labs.zip(shares)
        .map(|((spec, id), share)| match &spec.run_rate {
            Some(run_rate) => {
                let booked = run_rate.draw(draws) * business_share(spec, draws);
                booked / booked_share(scenario, id, draws)
            }
            None => share * all,
        })
        .collect()
}

/// Returns the part of a lab's run rate that enterprises pay.
fn business_share(spec: &LabSpec, draws: &Draws) -> f64 {
    let share = spec.business_share.as_ref();
    share.map_or(1.0, |share| share.draw(draws))
}

/// Returns a lab's consumer and other revenue at the start, USD a year, and its growth, a month.
pub(in crate::market) fn other_revenue(spec: &LabSpec, draws: &Draws) -> (f64, f64) {
    let of = |stated: Option<f64>| stated.unwrap_or(0.0);
    let growth = spec.growth.as_ref().map(|growth| growth.draw(draws));
    let stated = spec.other_growth.as_ref().map(|growth| growth.draw(draws));
    let revenue = match &spec.run_rate {
        Some(run_rate) => run_rate.draw(draws) * (1.0 - business_share(spec, draws)),
        None => of(spec.other_revenue.as_ref().map(|usd| usd.draw(draws))),
    };
    (revenue, of(stated.or(growth)))
}

/// Returns the part of enterprise spend on a lab's models that the lab books as revenue at the start: its own sales, and
/// its share of what clouds book.
fn booked_share(scenario: &Scenario, lab: LabId, draws: &Draws) -> f64 {
    let is_sold = |channel: &&ChannelSpec| {
        let from = channel.from.as_ref();
        channel.lab.is(lab) && from.is_none_or(|from| from.date <= scenario.start.date)
    };
    let (mut booked, mut all) = (0.0, 0.0);
    for channel in scenario.channel.iter().filter(is_sold) {
        let part = channel.share.draw(draws);
        let terms = scenario.channel_share.iter().find(|terms| {
            let is_theirs = channel
                .cloud
                .as_ref()
                .is_some_and(|cloud| terms.cloud.matches(cloud));
            is_theirs
                && terms.lab.is(lab)
                && terms.books == Books::Cloud
                && !terms.all_revenue.unwrap_or(false)
        });
        let kept = terms.map_or(1.0, |terms| {
            let compute = scenario.lab[lab.index()].other_compute_share.draw(draws);
            let base = match terms.base {
                ShareBase::Revenue => 1.0,
                ShareBase::GrossProfit => 1.0 - compute,
            };
            terms.share.draw(draws) * base
        });
        all += part;
        booked += part * kept;
    }
    if booked > 0.0 { booked / all } else { 1.0 }
}
