//! Rows of the routers table.

use super::ratio;
use crate::base::ids::{Id, RouterId};
use crate::economics::switching::Move;
use crate::market::World;
use crate::market::customers::switching_stakes::{StakeSums, mean_cost};
use crate::panel::Panel;
use crate::row;

row! {
    /// One router in one month.
    RouterRow in "routers" by "router" {
        routed_usd ["usd"] "routed spend" "Spend on models through the router, without fees.",
        routed_mtok ["mtok"] "routed tokens" "Tokens through the router.",
        fee_usd ["usd"] "fees" "Fees that the router charged.",
        take_rate ["share"] "take rate" "Fee over routed spend in force at the end of the month.",
        first_party_share ["share"] "first-party share" "Share of tokens on the operator's own models.",
        neutral_first_party_share ["share"] "first-party share without steering" "Share of tokens on the operator's own models if the router did not steer.",
        steering_cost_usd ["usd"] "cost of steering to users" "Cost of steering to users at list prices, against a neutral router with an equal fee.",
        steering ["logit"] "steering" "Steering towards the operator's own models.",
        quality_loss ["logit"] "quality loss" "Quality lost to steering per token, audited against a neutral router on equal traffic.",
        own_gain_usd ["usd"] "gain of own models from steering" "Revenue that steering adds to the operator's own models, by audit.",
        rival_loss_usd ["usd"] "loss of rivals' models from steering" "Revenue that steering takes from other models, by audit.",
        months_to_leave ["months"] "months of spend to leave" "Structural cost for the router's users to move to another cloud, in months of their spend.",
    }
}

impl World<'_> {
    /// Writes the routers' rows, from the switching stakes of each router's users by segment.
    pub(super) fn observe_routers(&self, panel: &mut Panel, month: usize, users: &[StakeSums]) {
        let (routers, segments) = (self.state.routers.len(), self.parameters.dims.segments);
        for (id, router) in self.state.routers.enumerate() {
            let at = id.index();
            let sum = |by: &[f64]| {
                (0..segments)
                    .map(|segment| by[segment * routers + at])
                    .sum::<f64>()
            };
            let (own, neutral) = self.own_shares(id);
            let row = RouterRow {
                routed_usd: sum(&self.books.tally.routed_usd),
                routed_mtok: self.books.tally.routed_mtok[at],
                fee_usd: sum(&self.books.tally.fee_usd),
                take_rate: router.take_rate,
                first_party_share: own,
                neutral_first_party_share: neutral,
                steering_cost_usd: self.books.tally.steering_usd[at],
                steering: router.steering,
                quality_loss: ratio(
                    self.books.tally.quality_loss[at],
                    self.books.tally.routed_mtok[at],
                ),
                own_gain_usd: self.books.tally.own_gain_usd[at],
                rival_loss_usd: self.books.tally.rival_loss_usd[at],
                months_to_leave: self.months_to_leave(&users[at * segments..(at + 1) * segments]),
            };
            panel.set(month, at, &row);
        }
    }

    /// Returns the first-party shares of a router's tokens: as routed, and without steering.
    pub(super) fn own_shares(&self, router: RouterId) -> (f64, f64) {
        let all = self.books.tally.routed_mtok[router.index()];
        (
            ratio(self.books.tally.first_party_mtok[router.index()], all),
            ratio(self.books.tally.neutral_mtok[router.index()], all),
        )
    }

    /// Returns the structural cost for a router's users of moving to another cloud, months of spend, from their
    /// switching stakes by segment.
    fn months_to_leave(&self, by_segment: &[StakeSums]) -> f64 {
        let cost: f64 = by_segment
            .iter()
            .zip(&self.parameters.segments)
            .map(|(sum, segment)| {
                let months = mean_cost(
                    &sum.by_spend,
                    sum.spend,
                    segment.requalification,
                    &self.parameters,
                    Move::Cloud,
                );
                months.iter().sum::<f64>() * sum.spend
            })
            .sum();
        ratio(cost, by_segment.iter().map(|sum| sum.spend).sum())
    }
}
