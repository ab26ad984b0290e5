//! Silicon: vendors' shares in a cloud's orders, the cost of new capacity, and its share with optical interconnect.

use crate::base::ids::{CloudId, Id};
use crate::base::time::SimTime;
use crate::economics::capacity::experience_cost;
use crate::market::World;
use crate::market::state::actors::Vendor;
use crate::scenario::quantity::Draws;
use crate::scenario::records::VendorSpec;
use crate::scenario::reference::Ref;

/// Creates a silicon vendor as it is at the start.
#[must_use]
pub fn vendor(spec: &VendorSpec, clouds: usize, draws: &Draws) -> Vendor {
    Vendor {
        share: spec.share.draw(CloudId::first(clouds), draws),
        owner: spec.owner.as_ref().map(Ref::id),
        growth: spec.growth.draw(draws),
        price_ratio: spec.price_ratio.draw(draws),
        learning: spec.learning.draw(draws),
        gross_margin: spec.gross_margin.draw(draws),
        premium_response: spec.premium_response.draw(draws),
        premium_max: spec.premium_max.draw(draws),
        favour: spec.favour.draw(draws),
        premium: 1.0,
        output_at_start: 0.0,
        output: 0.0,
    }
}

impl World<'_> {
    /// Returns the shares of silicon vendors in a cloud's orders. The share of its own silicon grows linearly, and
    /// challengers win share from the other vendors.
    #[must_use]
    pub fn silicon_shares(&self, cloud: CloudId, time: SimTime) -> Vec<f64> {
        let years = time.days() / 365.25;
        let index = cloud.index();
        let is_own = |vendor: &Vendor| vendor.owner == Some(cloud);
        let own_base: f64 = self
            .state
            .vendors
            .iter()
            .filter(|vendor| is_own(vendor))
            .map(|vendor| vendor.share[index])
            .sum();
        let own_vendors = self.state.vendors.iter().filter(|v| is_own(v)).count();
        let own = if own_vendors == 0 {
            0.0
        } else {
            (own_base + self.state.clouds[cloud].own_silicon_growth * years).clamp(0.0, 0.95)
        };
        let other_base: f64 = self
            .state
            .vendors
            .iter()
            .filter(|vendor| !is_own(vendor))
            .map(|vendor| vendor.share[index])
            .sum();
        let gain = |vendor: &Vendor| {
            if vendor.owner.is_none() {
                (vendor.growth * years).clamp(0.0, 0.5)
            } else {
                0.0
            }
        };
        let won: f64 = self.state.vendors.iter().map(gain).sum::<f64>().min(0.9);
        self.state
            .vendors
            .iter()
            .map(|vendor| {
                if is_own(vendor) {
                    if own_base > 0.0 {
                        own * vendor.share[index] / own_base
                    } else {
                        #[expect(clippy::cast_precision_loss, reason = "few vendors")]
                        let part = own / own_vendors as f64;
                        part
                    }
                } else if other_base > 0.0 {
                    (1.0 - own) * (vendor.share[index] / other_base * (1.0 - won) + gain(vendor))
                } else {
                    0.0
                }
            })
            .collect()
    }

    /// Returns the cost of a cloud's new capacity over the cost of an all-NVIDIA fleet. Own silicon and challengers'
    /// silicon beyond their shares at the start lower it.
    pub(in crate::market) fn cost_ratio(&self, id: CloudId, shares: &[f64]) -> f64 {
        let cloud = &self.state.clouds[id];
        let mut ratio = cloud.cost_ratio;
        let mut own = 0.0;
        for (vendor, share) in self.state.vendors.iter().zip(shares) {
            if vendor.owner == Some(id) {
                own += share;
            } else if vendor.owner.is_none() && vendor.growth > 0.0 {
                let price = if vendor.output_at_start > 0.0 {
                    experience_cost(
                        vendor.price_ratio,
                        vendor.output_at_start,
                        vendor.output,
                        vendor.learning,
                    )
                } else {
                    vendor.price_ratio
                };
                ratio -= (share - vendor.share[id.index()]) * (1.0 - price);
            }
        }
        let more = own - self.own_base(id);
        ratio -= more * (1.0 - cloud.own_silicon_ratio);
        ratio.max(0.1)
    }

    /// Returns the factor that vendors' premiums put on the price of capacity with the given shares of vendors.
    pub(in crate::market) fn premium(&self, shares: &[f64]) -> f64 {
        let vendors = self.state.vendors.iter().zip(shares);
        let more: f64 = vendors
            .map(|(vendor, share)| share * (vendor.premium - 1.0))
            .sum();
        1.0 + self.parameters.supply.silicon_share * more
    }

    fn own_base(&self, id: CloudId) -> f64 {
        self.state
            .vendors
            .iter()
            .filter(|vendor| vendor.owner == Some(id))
            .map(|vendor| vendor.share[id.index()])
            .sum()
    }

    /// Returns the share of a cloud's new capacity that is built with optical interconnect.
    #[must_use]
    pub fn optical_share(&self, cloud: CloudId, time: SimTime) -> f64 {
        let Some(optics) = &self.parameters.photonics else {
            return 0.0;
        };
        let years = (time.months() - optics.start) / 12.0;
        (optics.adoption[cloud.index()] * years).clamp(0.0, 1.0)
    }
}
