//! Compute of a month: the hours that each cloud has, what labs use of them, and what stands idle. No cloud sells more
//! hours than it has.

use crate::base::ids::{CloudId, Id, LabId};
use crate::base::time::{SimTime, Span};
use crate::market::World;

/// Compute that labs take from clouds in a month, by (lab, cloud), H100e-hours.
#[derive(Clone, Debug)]
pub(in crate::market) struct LabCompute {
    /// Number of clouds.
    clouds: usize,
    /// Served compute of consumers and other revenue.
    pub serving: Vec<f64>,
    /// Training that was planned.
    pub planned: Vec<f64>,
    /// Training that clouds delivered, without `extra`.
    pub training: Vec<f64>,
    /// Training beyond the plan, with which a lab uses up commitments.
    pub extra: Vec<f64>,
    /// Committed compute that was ready, and that the lab pays for without using it.
    pub unused: Vec<f64>,
}

impl LabCompute {
    fn new(labs: usize, clouds: usize) -> Self {
        let none = vec![0.0; labs * clouds];
        Self {
            clouds,
            serving: none.clone(),
            planned: none.clone(),
            training: none.clone(),
            extra: none.clone(),
            unused: none,
        }
    }

    /// Returns the place of a lab's compute at a cloud.
    pub(in crate::market) fn slot(&self, lab: usize, cloud: usize) -> usize {
        lab * self.clouds + cloud
    }

    /// Cuts the hours of all labs at each cloud to what is left there, in equal parts, and takes them from it.
    fn fit(hours: &mut [f64], left: &mut [f64]) {
        let clouds = left.len();
        for (cloud, left) in left.iter_mut().enumerate() {
            let wanted: f64 = hours.iter().skip(cloud).step_by(clouds).sum();
            if wanted <= 0.0 {
                continue;
            }
            let part = (left.max(0.0) / wanted).min(1.0);
            for hours in hours.iter_mut().skip(cloud).step_by(clouds) {
                *hours *= part;
            }
            *left -= wanted * part;
        }
    }
}

impl World<'_> {
    /// Returns the hours of a month.
    fn hours_of(&self, month: usize) -> f64 {
        self.days_of(month) * 24.0
    }

    /// Returns the compute that a cloud has in a month, H100e-hours: `[all, working]`.
    #[must_use]
    pub fn fleet_hours(&self, cloud: CloudId, month: usize) -> [f64; 2] {
        let cloud = &self.state.clouds[cloud];
        let watch = &cloud.watch;
        [watch.capacity, watch.working]
            .map(|sum| watch.mean(sum, cloud.capacity))
            .map(|mean| mean * self.hours_of(month))
    }

    /// Returns the compute that customers outside the model used at a cloud in a month, H100e-hours. It is at most what
    /// enterprises leave: served shares hold for whole clearing windows, and this residual takes their error.
    fn background(&self, cloud: CloudId, month: usize) -> f64 {
        let watch = &self.state.clouds[cloud].watch;
        let served = watch.mean(watch.background, 0.0) * self.hours_of(month);
        let left = self.fleet_hours(cloud, month)[1] - self.enterprise_hours(cloud, month);
        served.min(left.max(0.0))
    }

    /// Tallies the compute that each cloud sold in the month and that customers outside the model used.
    pub(in crate::market) fn tally_compute(&mut self, month: usize) {
        for cloud in self.state.clouds.ids() {
            let sold =
                self.enterprise_hours(cloud, month) + self.books.tally.lab_hours[cloud.index()];
            let background = self.background(cloud, month);
            self.books.tally.sold_hours[cloud.index()] = sold;
            self.books.tally.background_hours[cloud.index()] = background;
        }
    }

    /// Returns the idle compute of a cloud in a month that its sales bear, H100e-hours: in proportion to the hours sold,
    /// since customers outside the model bear the rest.
    #[must_use]
    pub fn idle_hours(&self, cloud: CloudId, month: usize) -> f64 {
        let tally = &self.books.tally;
        let sold = tally.sold_hours[cloud.index()];
        let used = sold + tally.background_hours[cloud.index()];
        let idle = (self.fleet_hours(cloud, month)[0] - used).max(0.0);
        if used > 0.0 { idle * sold / used } else { 0.0 }
    }

    /// Returns the part of a lab's own sales this month that a cloud served: its share as a host times the served share
    /// there, over all hosts.
    #[must_use]
    pub fn host_part(&self, lab: LabId, cloud: CloudId) -> f64 {
        let hosts = &self.state.labs[lab].hosts;
        let served = |id: CloudId| hosts[id.index()] * self.state.clouds[id].watch.served_share();
        let all: f64 = self.state.clouds.ids().map(served).sum();
        if all > 0.0 {
            served(cloud) / all
        } else {
            hosts[cloud.index()]
        }
    }

    /// Returns the compute of enterprises' tokens at a cloud this month, without what other clouds took over, H100e-hours.
    fn token_hours(&self, cloud: CloudId) -> f64 {
        let tally = &self.books.tally;
        let mut hours = 0.0;
        for (id, lane) in self.catalog.lanes.enumerate() {
            let here = tally.lane_hours[id.index()] - tally.placed_hours[id.index()];
            hours += match self.place_of(lane.channel) {
                Some(other) if other == cloud => here,
                Some(_) => 0.0,
                None => here * self.host_part(lane.lab, cloud),
            };
        }
        hours
    }

    /// Returns the compute that enterprises rent at a cloud for open weights in a month, H100e-hours: `[there,
    /// elsewhere]`. What the cloud has no room for is rented at other clouds.
    fn rented_hours_of(&self, cloud: CloudId, month: usize) -> [f64; 2] {
        let is_here = (self.state.self_host).is_some_and(|own| own.cloud == cloud);
        let rented = self.books.tally.rented_hours;
        if !is_here || rented <= 0.0 {
            return [0.0; 2];
        }
        let room = self.fleet_hours(cloud, month)[1] - self.token_hours(cloud);
        let here = rented.min(room.max(0.0));
        [here, rented - here]
    }

    /// Returns the compute of enterprises' tokens and of self-hosting at a cloud in a month, H100e-hours. What other
    /// clouds took over counts there, in proportion to idle capacity.
    fn enterprise_hours(&self, cloud: CloudId, month: usize) -> f64 {
        let [rented, _] = self.rented_hours_of(cloud, month);
        let hours = self.token_hours(cloud) + rented;
        let placed: f64 = self.books.tally.placed_hours.iter().sum();
        let elsewhere = self
            .state
            .clouds
            .ids()
            .map(|id| self.rented_hours_of(id, month)[1]);
        let moved = placed + elsewhere.sum::<f64>();
        if moved <= 0.0 {
            return hours;
        }
        let idle = |id: CloudId| {
            let watch = &self.state.clouds[id].watch;
            watch.mean(watch.idle, 0.0) * self.hours_of(month)
        };
        let all: f64 = self.state.clouds.ids().map(idle).sum();
        // Served shares hold for whole windows, so that a little more may be served than there was room for.
        hours
            + idle(cloud)
                * if all > 0.0 {
                    (moved / all).min(1.0)
                } else {
                    0.0
                }
    }

    /// Returns what labs take from clouds in the month that ends at `time`. Consumers come first, then planned
    /// training, then training that uses up commitments; what is paid for without use must be ready too.
    pub(in crate::market) fn lab_compute(&self, month: usize, time: SimTime) -> LabCompute {
        let clouds = self.state.clouds.len();
        let mut found = LabCompute::new(self.state.labs.len(), clouds);
        let hours = self.hours_of(month);
        let middle =
            self.catalog.calendar.month_start(month) + Span::from_days(self.days_of(month) / 2.0);
        for (lab, numbers) in self.state.labs.iter().enumerate() {
            let serving = self.consumer_hours_a_day(lab, middle) * self.days_of(month);
            let training = self.training_need(lab, middle) * hours;
            for (host, part) in numbers.hosts.iter().enumerate() {
                let watch = &self.state.clouds[CloudId::from_index(host)].watch;
                let slot = found.slot(lab, host);
                found.serving[slot] = serving * part * watch.served_share();
                found.planned[slot] = training * part;
                found.training[slot] = training * part * watch.mean(watch.training, 1.0);
            }
        }
        let mut left: Vec<f64> = (self.state.clouds.ids())
            .map(|cloud| {
                self.fleet_hours(cloud, month)[1]
                    - self.background(cloud, month)
                    - self.enterprise_hours(cloud, month)
            })
            .collect();
        LabCompute::fit(&mut found.serving, &mut left);
        LabCompute::fit(&mut found.training, &mut left);
        self.use_commitments(&mut found, time, &mut left);
        found
    }

    /// Fills the compute that labs take or pay for under commitments beyond their plans, as far as clouds have it.
    fn use_commitments(&self, found: &mut LabCompute, time: SimTime, left: &mut [f64]) {
        for lab in 0..self.state.labs.len() {
            let account = self.books.accounts.labs[lab];
            for cloud in self.state.clouds.ids() {
                let id = LabId::from_index(lab);
                let due = self.commitment_due(id, cloud, time);
                if due <= 0.0 {
                    continue;
                }
                let slot = found.slot(lab, cloud.index());
                let rent = self.state.clouds[cloud].rent_contract.max(1e-9);
                let paid =
                    self.paid_for_compute(account, self.books.accounts.clouds[cloud.index()]);
                let planned = paid + (found.serving[slot] + found.planned[slot]) * rent;
                let extra = self.commitment_training(id, due, planned);
                found.extra[slot] = extra / rent;
                found.unused[slot] = (due - planned - extra).max(0.0) / rent;
            }
        }
        LabCompute::fit(&mut found.extra, left);
        LabCompute::fit(&mut found.unused, left);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labs_share_a_cloud_that_has_too_little_and_leave_nothing_there() {
        // Two labs at two clouds, by (lab, cloud).
        let mut hours = vec![30.0, 5.0, 10.0, 0.0];
        let mut left = vec![20.0, 8.0];
        LabCompute::fit(&mut hours, &mut left);
        assert_eq!(hours, [15.0, 5.0, 5.0, 0.0]);
        assert_eq!(left, [0.0, 3.0]);
        LabCompute::fit(&mut hours, &mut [-1.0, 8.0]);
        assert_eq!(hours, [0.0, 5.0, 0.0, 0.0]);
    }
}
