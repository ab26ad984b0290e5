//! Hosts of labs: the clouds that serve and train their models, and the slow move of compute between them.

use crate::base::ids::{CloudId, Id, LabId, OfferId};
use crate::base::time::SimTime;
use crate::economics::capacity::{HostTerms, host_weight};
use crate::market::World;
use crate::market::parameters::FinanceNumbers;
use crate::market::state::{Offer, Route};

impl World<'_> {
    /// Moves part of a lab's compute one monthly step towards the hosts that it wants. Compute leaves a cloud's own
    /// silicon more slowly.
    pub(in crate::market) fn move_hosts(&mut self, lab: LabId) {
        let Some(rules) = self.parameters.finance else {
            return;
        };
        if rules.host_sensitivity <= 0.0 || self.catalog.owner[lab].is_some() {
            return;
        }
        let hosts = self.state.labs[lab].hosts.clone();
        let Some(wanted) = self.wanted_hosts(lab, &rules) else {
            return;
        };
        let mut next = hosts.clone();
        let mut freed = 0.0;
        for (index, part) in hosts.iter().enumerate() {
            let goal = wanted[index];
            if goal < *part {
                let own = self.state.clouds[CloudId::from_index(index)].own_silicon_share;
                let months = own * rules.silicon_relocation + (1.0 - own) * rules.relocation;
                let step = (part - goal) * (1.0 - libm::exp2(-1.0 / months.max(0.1)));
                next[index] -= step;
                freed += step;
            }
        }
        let gaps: Vec<f64> = wanted
            .iter()
            .zip(&hosts)
            .map(|(goal, part)| (goal - part).max(0.0))
            .collect();
        let gap: f64 = gaps.iter().sum();
        if gap <= 0.0 || freed <= 0.0 {
            return;
        }
        for (part, gap_here) in next.iter_mut().zip(&gaps) {
            *part += freed * gap_here / gap;
        }
        self.state.labs[lab].hosts = next;
        self.mark_changed();
    }

    /// Returns the shares of its compute that a lab wants at each cloud; `None` if it uses none. The share at the start
    /// is scaled by rent, unused commitments, the cloud's stake gained since the start, and undelivered training.
    fn wanted_hosts(&self, lab: LabId, rules: &FinanceNumbers) -> Option<Vec<f64>> {
        let hosts = &self.state.labs[lab].hosts;
        let used: f64 = hosts.iter().sum();
        if used <= 0.0 {
            return None;
        }
        let rents = self.state.clouds.iter().zip(hosts);
        let mean = rents
            .map(|(cloud, part)| cloud.rent_contract * part)
            .sum::<f64>()
            / used;
        let response = HostTerms {
            terms: rules.host_sensitivity,
            stake: rules.host_ownership,
            missed: rules.host_shortage,
        };
        let mut wanted: Vec<f64> = (self.state.clouds.ids())
            .map(|cloud| {
                let base = self.host_base(lab, cloud, rules.new_host);
                let rent = self.state.clouds[cloud].rent_contract / mean.max(1e-9) - 1.0;
                let offered = HostTerms {
                    terms: self.unused_commitment(lab, cloud) - rent,
                    stake: self.stake_gained(cloud, lab),
                    missed: self.state.clouds[cloud].watch.training_missed(),
                };
                host_weight(base, offered, response)
            })
            .collect();
        let total: f64 = wanted.iter().sum();
        for part in &mut wanted {
            *part /= total;
        }
        (total > 0.0).then_some(wanted)
    }

    /// Returns the share at a cloud with which a lab reckons: its share at the start, or that of a new host, if the cloud
    /// sells its models or has a commitment from it.
    fn host_base(&self, lab: LabId, cloud: CloudId, new_host: f64) -> f64 {
        let at_start = self.state.labs[lab].hosts_at_start[cloud.index()];
        if at_start > 0.0 || new_host <= 0.0 {
            return at_start;
        }
        let sells = |(id, offer): (OfferId, &Offer)| {
            offer.lab == Some(lab) && offer.cloud == Some(cloud) && self.view.on_sale[id.index()]
        };
        let is_open = self.catalog.offers.enumerate().any(sells)
            || self.commitment_due(lab, cloud, self.view.time) > 0.0;
        if is_open { new_host } else { 0.0 }
    }

    /// Returns the look-through stake in a lab that a cloud has gained since the start, as a share; negative if it lost.
    fn stake_gained(&self, cloud: CloudId, lab: LabId) -> f64 {
        let place = (cloud.index(), self.state.clouds.len() + lab.index());
        self.state.finance.looked[place] - self.state.finance.looked_at_start[place]
    }

    /// Updates where labs' own sales run: at the cloud whose exclusive right says so, else at the lab's hosts. It takes
    /// effect with a month, so that the books of a month know one place.
    pub fn place_own_sales(&mut self, time: SimTime) {
        let calendar = &self.catalog.calendar;
        for (id, offer) in self.catalog.offers.enumerate() {
            let rights = self.scenario.exclusivity.iter().zip(&self.state.broken_at);
            let place = rights
                .filter(|(right, broken)| {
                    offer.route == Route::Direct
                        && offer.cloud.is_none()
                        && offer.lab.is_some_and(|lab| right.lab.is(lab))
                        && offer.runtime == right.runtime
                        && time < **broken
                        && (right.serves_from.as_ref())
                            .is_some_and(|from| calendar.time_of(from.date) <= time)
                        && (right.until.as_ref())
                            .is_none_or(|until| time < calendar.time_of(until.date))
                })
                .map(|(right, _)| right.cloud.id())
                .next();
            self.state.runs_at[id.index()] = offer.cloud.or(place);
        }
    }

    /// Returns the cloud at which a direct offer runs; `None` if it runs at the hosts of its lab.
    #[must_use]
    pub fn place_of(&self, offer: OfferId) -> Option<CloudId> {
        self.state.runs_at[offer.index()]
    }
}
