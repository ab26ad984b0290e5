//! Routers: take rates, steering, and credibility, which steering wears down.

use crate::base::ids::{CloudId, Id, LabId, RouterId};
use crate::base::rng::{Purpose, key_of};
use crate::base::time::{SimTime, Span};
use crate::economics::steering::{chosen_steering, expected_fine, steering_gain};
use crate::market::state::actors::Router;
use crate::market::{Context, Event, World};
use crate::scenario::quantity::Draws;
use crate::scenario::records::{RouterSpec, SteeringPolicy};
use crate::scenario::reference::Ref;

/// Creates a router as it is at the start.
#[must_use]
pub fn router(spec: &RouterSpec, labs: usize, draws: &Draws) -> Router {
    Router {
        cloud: spec.cloud.as_ref().map(Ref::id),
        // Shares are inverted under observed fees and steering; `open_routers` then sets those of the scenario.
        take_rate: spec.observed_take_rate.draw(draws),
        observed_take_rate: spec.observed_take_rate.draw(draws),
        steering: spec.observed_steering.draw(draws),
        equity_steering: spec.equity_steering.draw(draws),
        is_own_exempt: spec.own_models_exempt,
        bias: vec![0.0; labs],
        operating_cost: spec.operating_cost.draw(draws),
        steering_max: spec.steering_max.draw(draws),
        routed: 0.0,
    }
}

impl World<'_> {
    /// Sets the scenario's fees and steering in force. Users of a cloud whose fee rises take notice.
    pub fn open_routers(&mut self, draws: &Draws) {
        for (index, spec) in self.scenario.router.iter().enumerate() {
            self.set_take_rate(
                RouterId::from_index(index),
                spec.take_rate.draw(draws),
                SimTime::START,
            );
            self.state.routers[RouterId::from_index(index)].steering = spec.steering.draw(draws);
        }
        self.update_bias();
    }

    /// Sets a router's fee. Users of a cloud whose fee rises take notice.
    pub fn set_take_rate(&mut self, id: RouterId, take_rate: f64, time: SimTime) {
        let router = &mut self.state.routers[id];
        let is_raised = take_rate > router.take_rate;
        router.take_rate = take_rate;
        if let (Some(cloud), true) = (router.cloud, is_raised) {
            self.view.cloud_notice[cloud.index()] =
                time + Span::from_days(self.parameters.choice.notice_span);
        }
    }

    /// Updates each router's bias towards labs: steering to first-party models, plus equity steering by stake.
    pub fn update_bias(&mut self) {
        for index in 0..self.state.routers.len() {
            let id = RouterId::from_index(index);
            let cloud = self.state.routers[id].cloud;
            for lab in 0..self.state.labs.len() {
                let own = if self.is_own(cloud, LabId::from_index(lab)) {
                    self.state.routers[id].steering
                } else {
                    0.0
                };
                let stake = cloud.map_or(0.0, |cloud| self.stake(cloud, lab));
                let router = &mut self.state.routers[id];
                router.bias[lab] = own + router.equity_steering * stake;
            }
        }
    }

    /// Chooses the steering of operators with an incentive policy: own margin against commission and equity, less the
    /// expected penalty and the fine that a cloud under investigation or designated expects. A likelier case also lowers the most that they steer.
    fn choose_steering(&mut self) {
        let hazard = self.state.regulation.steering_hazard();
        let (penalty, caution) = self
            .parameters
            .regulation
            .map_or((0.0, 0.0), |rules| (rules.penalty, rules.anticipation));
        for (index, spec) in self.scenario.router.iter().enumerate() {
            let id = RouterId::from_index(index);
            if spec.steering_policy != Some(SteeringPolicy::Incentive) {
                continue;
            }
            let Some(cloud) = self.state.routers[id].cloud else {
                continue;
            };
            let offer = self.catalog.router_offer[id];
            let (mut own, mut other) = ([0.0; 3], [0.0; 4]);
            for lane_id in &self.catalog.offers[offer].lanes {
                let lane = &self.catalog.lanes[*lane_id];
                if !self.view.on_sale[lane.channel.index()] {
                    continue;
                }
                let price = self.lane_price(*lane_id);
                let weight = libm::exp(self.state.mean.lab[lane.lab.index()]);
                let hosting = self.view.lane_hours[lane_id.index()];
                let rent = self.state.clouds[cloud].rent_contract * hosting;
                if self.is_own(Some(cloud), lane.lab) {
                    own[0] += weight;
                    own[1] += weight * (price - rent);
                    own[2] += weight * price;
                } else {
                    let stake = self.stake(cloud, lane.lab.index());
                    other[0] += weight;
                    other[1] += weight * price;
                    other[2] += weight * stake;
                    other[3] += weight * rent;
                }
            }
            let chosen = if own[0] > 0.0 && other[0] > 0.0 {
                let price = other[1] / other[0];
                let gain = steering_gain(
                    own[1] / own[0],
                    self.state.routers[id].take_rate,
                    price,
                    other[2] / other[0],
                    other[3] / other[0],
                );
                let price_of_own = own[2] / own[0];
                let fine = penalty * hazard * price_of_own + self.fine_of(id, cloud, price_of_own);
                let most = self.state.routers[id].steering_max / (1.0 + caution * hazard);
                chosen_steering(most, gain, fine, price)
            } else {
                0.0
            };
            self.state.routers[id].steering = chosen;
        }
        self.update_bias();
    }

    /// Returns the fine that a router's operator expects as a designated cloud, or as one under investigation, per million
    /// tokens of its own models, which sell at `price`.
    fn fine_of(&self, id: RouterId, cloud: CloudId, price: f64) -> f64 {
        let risk = self.state.regulation.steering_risk(cloud);
        let revenue = self.state.clouds[cloud].revenue;
        expected_fine(risk, revenue, self.state.routers[id].routed, price)
    }

    /// Updates clouds' spend on neutrality and the credibility that it earns. A cloud spends more the further a rival
    /// leads, and as an answer to an exclusive right of a rival; credibility rises slowly.
    fn earn_credibility(&mut self) {
        let trust = self.parameters.trust;
        let best: Vec<f64> = self
            .state
            .clouds
            .iter()
            .map(|cloud| cloud.credibility)
            .collect();
        for index in 0..self.state.clouds.len() {
            let lead = best
                .iter()
                .enumerate()
                .filter(|(other, _)| *other != index)
                .map(|(_, credibility)| credibility - best[index])
                .fold(0.0, f64::max);
            let id = CloudId::from_index(index);
            let answer = self.answer_to_right(id);
            let cloud = &mut self.state.clouds[id];
            cloud.neutrality_spend =
                cloud.neutrality_at_start * (1.0 + trust.rivalry * lead) * answer;
            let effort = cloud.neutrality_spend / trust.earn_spend.max(1.0);
            // Earned credibility is permanent: it lifts the level to which credibility recovers.
            cloud.credibility_at_start +=
                trust.earn * effort / (1.0 + effort) * (1.0 - cloud.credibility_at_start);
        }
    }

    /// Handles the monthly review of routers: observed steering wears down the cloud's credibility, which otherwise
    /// recovers.
    pub fn on_router_review(&mut self, cx: Context, ordinal: u32) {
        let time = cx.time;
        let trust = self.parameters.trust;
        self.choose_steering();
        self.earn_credibility();
        self.state.risk.fade(time, trust.risk_half_life);
        self.review_parity(cx);
        self.review_gate(cx);
        for index in 0..self.state.routers.len() {
            let router = &self.state.routers[RouterId::from_index(index)];
            let Some(cloud) = router.cloud else { continue };
            let name = &self.scenario.router[index].name.text;
            let mut stream = self
                .streams
                .stream(Purpose::Steering, key_of(name), ordinal);
            let noise = stream.normal() * trust.observation_noise;
            // Noise alone must not wear down the credibility of a router that does not steer.
            let strength = router.bias.iter().copied().fold(0.0, f64::max);
            let seen = if strength > 0.0 {
                (strength + noise).max(0.0)
            } else {
                0.0
            };
            let credibility = self.state.clouds[cloud].credibility;
            let start = self.state.clouds[cloud].credibility_at_start;
            let next = credibility + trust.recovery * (start - credibility) - trust.wear * seen;
            self.state.clouds[cloud].credibility = next.clamp(0.0, 1.0);
        }
        self.review_integrators(cx);
        self.update_segment_weights();
        self.mark_changed();
        let next = time + Span::from_days(crate::base::units::DAYS_PER_MONTH);
        self.schedule(cx, next, Event::RouterReview(ordinal + 1));
    }
}
