//! Rows of the stakes table.

use super::ratio;
use crate::base::ids::{Id, LabId, PartyId};
use crate::base::units::Usd;
use crate::ledger::Flow;
use crate::market::World;
use crate::panel::Panel;
use crate::row;
use crate::scenario::Scenario;

row! {
    /// One holder's stake in one lab in one month.
    StakeRow in "stakes" by "holder_lab" {
        share ["share"] "direct share" "Share of the lab's cash flows that the holder holds directly, at the end of the month.",
        lookthrough_share ["share"] "look-through share" "Share of the lab's cash flows that the holder holds directly and through other firms.",
        value_usd ["usd"] "value" "Look-through share times the lab's valuation.",
        kept_share ["ratio"] "share kept since the start" "Direct share over the direct share at the start: below 1 if the holder was diluted; 0 for a holder that started without one.",
        invested_usd ["usd"] "equity paid in" "Equity that the holder paid into the lab during the month.",
    }
}

/// Returns the pairs of holder and lab that a scenario states, lab by lab: stakes and tranches, and stakes through
/// other firms.
pub(super) fn stake_pairs(scenario: &Scenario) -> Vec<(PartyId, LabId)> {
    let parties = scenario.parties().count();
    let (clouds, labs) = (scenario.cloud.len(), scenario.lab.len());
    // By holder, then firm: true if the holder holds, or comes to hold, part of the firm.
    let mut holds = vec![vec![false; parties]; parties];
    for stake in &scenario.equity {
        holds[stake.holder.id().index()][stake.firm.id().index()] = true;
    }
    for tranche in &scenario.tranche {
        holds[tranche.holder.id().index()][clouds + tranche.lab.id().index()] = true;
    }
    // Chains of holdings, firm by firm (Warshall 1962).
    for between in 0..parties {
        let onward = holds[between].clone();
        for of in holds.iter_mut().filter(|of| of[between]) {
            of.iter_mut()
                .zip(&onward)
                .for_each(|(held, next)| *held |= next);
        }
    }
    let held = |(holder, lab): &(usize, usize)| holds[*holder][clouds + lab];
    (0..labs)
        .flat_map(|lab| (0..parties).map(move |holder| (holder, lab)))
        .filter(held)
        .map(|(holder, lab)| (PartyId::from_index(holder), LabId::from_index(lab)))
        .collect()
}

impl World<'_> {
    /// Writes the stakes' rows.
    pub(super) fn observe_stakes(&self, panel: &mut Panel, month: usize) {
        let values: Vec<f64> = (0..self.state.labs.len())
            .map(|lab| self.valuation(lab))
            .collect();
        for (slot, (holder, lab)) in stake_pairs(self.scenario).into_iter().enumerate() {
            let row = self.stake_row(holder, lab, values[lab.index()]);
            panel.set(month, slot, &row);
        }
    }

    fn stake_row(&self, holder: PartyId, lab: LabId, value: f64) -> StakeRow {
        let finance = &self.state.finance;
        let cell = (holder.index(), self.state.clouds.len() + lab.index());
        let (now, looked) = (finance.holdings[cell], finance.looked[cell]);
        let to = self.books.accounts.labs[lab.index()];
        let ledger = &self.books.ledger;
        let equity = [Flow::Equity];
        // Most months have no round, and a search through all payments to the lab takes time.
        let from = self.books.accounts.holders[holder];
        let from = from.filter(|_| ledger.received(to, &equity) > Usd::ZERO);
        let invested = from.map_or(Usd::ZERO, |from| ledger.paid_to(from, to, &equity));
        StakeRow {
            share: now,
            lookthrough_share: looked,
            value_usd: looked * value,
            kept_share: ratio(now, finance.holdings_at_start[cell]),
            invested_usd: invested.to_f64(),
        }
    }
}
