//! Silicon: whose accelerators a cloud orders, what they cost, and how much of new capacity is optical.

use crate::economics::capacity::experience_cost;
use crate::ids::{CloudId, Id};
use crate::market::World;
use crate::market::state::actors::Vendor;
use crate::scenario::quantity::Draws;
use crate::scenario::records::VendorSpec;
use crate::scenario::reference::Ref;
use crate::time::SimTime;

/// A silicon vendor at the start.
#[must_use]
pub fn vendor(spec: &VendorSpec, clouds: usize, draws: &Draws) -> Vendor {
    Vendor {
        share: spec.share.draw(CloudId::first(clouds), draws),
        owner: spec.owner.as_ref().map(Ref::id),
        growth: spec.growth.draw(draws),
        price_ratio: spec.price_ratio.draw(draws),
        learning: spec.learning.draw(draws),
        gross_margin: spec.gross_margin.draw(draws),
        output_at_start: 0.0,
        output: 0.0,
    }
}

impl World<'_> {
    /// Shares of silicon vendors in what a cloud orders: its own silicon grows at its pace, challengers win from the
    /// rest.
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

    /// Cost of a cloud's new capacity against an all-NVIDIA one: what more own silicon and challengers save.
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

    fn own_base(&self, id: CloudId) -> f64 {
        self.state
            .vendors
            .iter()
            .filter(|vendor| vendor.owner == Some(id))
            .map(|vendor| vendor.share[id.index()])
            .sum()
    }

    /// Share of new capacity that is built with optical interconnect.
    #[must_use]
    pub fn optical_share(&self, cloud: CloudId, time: SimTime) -> f64 {
        let Some(optics) = &self.parameters.photonics else {
            return 0.0;
        };
        let years = (time.months() - optics.start) / 12.0;
        (optics.adoption[cloud.index()] * years).clamp(0.0, 1.0)
    }
}
