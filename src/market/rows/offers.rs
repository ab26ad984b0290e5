//! Rows of the tables of models, offers and labs' hosts.

use super::{CloudSums, ratio};
use crate::base::ids::Id;
use crate::market::World;
use crate::panel::Panel;
use crate::row;

row! {
    /// One model in one month.
    ModelRow in "models" by "model" {
        list_price_usd_per_mtok ["usd_per_mtok"] "list price" "List price at the end of the month, three input tokens to one output.",
        spend_usd ["usd"] "spend" "Enterprise spend on the model.",
        mtok ["mtok"] "tokens" "Tokens that the model served to enterprises.",
    }
}

row! {
    /// One offer in one month: a channel, a router, or self-hosting.
    OfferRow in "offers" by "offer" {
        spend_usd ["usd"] "spend" "Enterprise spend on models through the offer, without fees.",
        mtok ["mtok"] "tokens" "Tokens served through the offer.",
    }
}

row! {
    /// One lab at one cloud in one month.
    HostRow in "hosts" by "lab_cloud" {
        share ["share"] "host share" "Share of the lab's own serving and training compute at the cloud.",
        revenue_share ["share"] "share of the cloud's AI revenue" "Lab's payments to the cloud over the cloud's AI revenue.",
    }
}

impl World<'_> {
    pub(super) fn observe_models(&self, panel: &mut Panel, month: usize) {
        let (mut usd, mut mtok) = (
            vec![0.0; self.state.models.len()],
            vec![0.0; self.state.models.len()],
        );
        for (id, lane) in self.catalog.lanes.enumerate() {
            usd[lane.model.index()] += self.lane_spend(id.index());
            mtok[lane.model.index()] += self.books.tally.lane_mtok[id.index()];
        }
        for (id, model) in self.state.models.enumerate() {
            let row = ModelRow {
                list_price_usd_per_mtok: model.list_price * model.work_per_token,
                spend_usd: usd[id.index()],
                mtok: mtok[id.index()],
            };
            panel.set(month, id.index(), &row);
        }
    }

    pub(super) fn observe_offers(&self, panel: &mut Panel, month: usize) {
        for offer in 0..self.parameters.dims.offers {
            let row = OfferRow {
                spend_usd: self.books.tally.offer_usd[offer],
                mtok: self.books.tally.offer_mtok[offer],
            };
            panel.set(month, offer, &row);
        }
    }

    pub(super) fn observe_hosts(&self, panel: &mut Panel, month: usize, clouds: &CloudSums) {
        for (lab, actor) in self.state.labs.enumerate() {
            let total: f64 = actor.hosts.iter().sum();
            for (cloud, part) in actor.hosts.iter().enumerate() {
                let row = HostRow {
                    share: ratio(*part, total),
                    revenue_share: ratio(clouds.by_lab[cloud][lab.index()], clouds.revenue[cloud]),
                };
                panel.set(month, lab.index() * self.state.clouds.len() + cloud, &row);
            }
        }
    }
}
