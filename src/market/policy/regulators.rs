//! Regulators: attention, cases with their stages, and remedies that become law in a jurisdiction.

use crate::base::ids::{Id, RegulatorId, SegmentId};
use crate::base::rng::{Purpose, key_of, key_of_aspect};
use crate::base::time::{SimTime, Span};
use crate::base::units::DAYS_PER_MONTH;
use crate::economics::hazard::{
    cumulative_incidence, first_cause, monthly_rate, survival, window_factor,
};
use crate::economics::ownership::hhi;
use crate::market::state::cases::{CAUSES, Case, Stage};
use crate::market::{Context, Event, World};
use crate::scenario::records::{Cause, Instrument};

/// Stream aspect of the length of stages of a regulator's cases.
const STAGE_LENGTH: u64 = 1;
/// Stream aspect of the noise in regulators' observation of a router's steering.
const STEERING_SEEN: u64 = 2;
/// Stream aspect of the outcome of a regulator's cases.
const OUTCOME: u64 = 3;

impl World<'_> {
    /// Schedules dated remedies, investigations into clouds, and the first review.
    pub fn schedule_regulation(&mut self) {
        let calendar = self.catalog.calendar.clone();
        for (index, spec) in self.scenario.remedy.iter().enumerate() {
            if let Some(from) = &spec.from {
                let time = calendar.time_of(from.date).max(SimTime::START);
                self.schedule(Context::START, time, Event::Remedy(index));
            }
        }
        let Some(rules) = self.parameters.regulation else {
            return;
        };
        if rules.strength <= 0.0 {
            return;
        }
        self.schedule_designations();
        self.schedule(
            Context::START,
            // The day after the first month's books are closed, so that there are signals to observe.
            calendar.month_start(1) + Span::DAY,
            Event::RegulatorReview(0),
        );
    }

    /// Draws the length of a stage of a case, days.
    fn stage_days(&self, case: Case, stage: usize) -> f64 {
        let Some(rules) = self.parameters.regulation else {
            return 0.0;
        };
        let regulator = &self.state.regulation.regulators[case.regulator];
        let name = &self.scenario.regulator[case.regulator].name.text;
        #[expect(clippy::cast_possible_truncation, reason = "three stages")]
        let ordinal = case.number * 4 + stage as u32;
        let mut stream = self.streams.stream(
            Purpose::Regulation,
            key_of_aspect(name, STAGE_LENGTH),
            ordinal,
        );
        // Existing law has no precedent for steering or for capital that buys influence, until another regulator has
        // set one.
        let others = self.state.regulation.regulators.iter().enumerate();
        let is_known = others
            .filter(|(index, _)| *index != case.regulator)
            .any(|(_, other)| other.has_acted && other.remedies > 0);
        let is_new = regulator.is_existing
            && !is_known
            && matches!(case.cause, Cause::Steering | Cause::Capital);
        let factor = if is_new { rules.novelty } else { 1.0 };
        stream.lognormal(
            regulator.stages[stage].max(1e-3) * DAYS_PER_MONTH,
            rules.duration_sigma,
        ) * factor
    }

    /// Returns the observable signal of each cause, in the order of `CAUSES`.
    fn signals(&self, ordinal: u32) -> [f64; 5] {
        let revenue: Vec<f64> = self
            .state
            .clouds
            .iter()
            .map(|cloud| cloud.revenue.max(0.0))
            .collect();
        let noise = self.parameters.trust.observation_noise;
        let mut steering = 0.0_f64;
        for (index, router) in self.state.routers.iter().enumerate() {
            let strength = router.bias.iter().copied().fold(0.0, f64::max);
            if strength > 0.0 {
                let name = &self.scenario.router[index].name.text;
                let mut stream = self.streams.stream(
                    Purpose::Regulation,
                    key_of_aspect(name, STEERING_SEEN),
                    ordinal,
                );
                steering = steering.max((strength + stream.normal() * noise).max(0.0));
            }
        }
        let months = self.state.finance.invested_by_month.len();
        let year = &self.state.finance.invested_by_month[months.saturating_sub(12)..];
        let invested: f64 = year.iter().sum();
        let clouds = self.state.clouds.len();
        let control: f64 = (0..clouds)
            .flat_map(|cloud| (0..self.state.labs.len()).map(move |lab| (cloud, clouds + lab)))
            .map(|slot| self.state.finance.holdings[slot] + self.state.finance.control[slot])
            .sum();
        let spend = self.state.spend_last_month.max(1.0);
        let risk: f64 = self
            .state
            .risk
            .lab
            .iter()
            .chain(&self.state.risk.cloud)
            .sum();
        [
            hhi(&revenue).max(100.0),
            1.0 + steering,
            1.0 + control + invested / (12.0 * spend),
            1.0 + risk,
            spend,
        ]
    }

    /// Handles the monthly review: each regulator compares the signals with their start and may take up a case.
    pub fn on_regulator_review(&mut self, cx: Context, ordinal: u32) {
        let time = cx.time;
        let Some(rules) = self.parameters.regulation else {
            return;
        };
        let signals = self.signals(ordinal);
        let start = *self
            .state
            .regulation
            .signals_at_start
            .get_or_insert(signals);
        let month = time.months();
        for index in 0..self.state.regulation.regulators.len() {
            let acted = self
                .state
                .regulation
                .regulators
                .iter()
                .enumerate()
                .any(|(other, regulator)| other != index && regulator.has_acted);
            let learning = if acted { rules.learning } else { 1.0 };
            let is_covered = self.state.regulation.is_covered(index);
            let regulator = &mut self.state.regulation.regulators[index];
            let factor = rules.strength * learning * window_factor(&regulator.windows, month);
            let rates: Vec<f64> = (0..CAUSES.len())
                .map(|cause| {
                    let is_case = is_covered && CAUSES[cause] == Cause::Concentration;
                    if regulator.is_busy[cause] || is_case {
                        return 0.0;
                    }
                    let signal = libm::pow(signals[cause] / start[cause], rules.elasticity);
                    monthly_rate(regulator.chance[cause]) * signal * factor
                })
                .collect();
            // Attention is the chance of a case within a year, including known decision windows.
            let now = window_factor(&regulator.windows, month).max(1e-9);
            let ahead = |rate: f64| {
                let months = (0..12).map(|later| {
                    let factor = window_factor(&regulator.windows, month + f64::from(later));
                    cumulative_incidence(&[rate * factor / now], 1.0)[0]
                });
                1.0 - survival(months)
            };
            let (any, steering) = (ahead(rates.iter().sum()), ahead(rates[1]));
            regulator.attention = any;
            regulator.steering_attention = steering;
            let name = &self.scenario.regulator[index].name.text;
            let mut stream = self
                .streams
                .stream(Purpose::Regulation, key_of(name), ordinal);
            if let Some(cause) = first_cause(&rates, 1.0, stream.uniform()) {
                self.state.regulation.cases += 1;
                self.state.regulation.regulators[index].cases += 1;
                self.state.regulation.regulators[index].is_busy[cause] = true;
                let case = Case {
                    regulator: index,
                    cause: CAUSES[cause],
                    number: self.state.regulation.cases,
                };
                let wait = self.stage_days(case, 0);
                self.note(cx, "case-taken-up", name, cause_code(case.cause));
                self.schedule(
                    cx,
                    time + Span::from_days(wait),
                    Event::CaseStep(case, Stage::Opened),
                );
            }
        }
        let next = time + Span::from_days(DAYS_PER_MONTH);
        self.schedule(cx, next, Event::RegulatorReview(ordinal + 1));
    }

    /// Handles a step of a case: its formal opening, or its decision.
    pub fn on_case_step(&mut self, cx: Context, case: Case, stage: Stage) {
        let time = cx.time;
        let name = &self.scenario.regulator[case.regulator].name.text;
        if stage == Stage::Opened {
            self.state.regulation.regulators[case.regulator].has_acted = true;
            let wait = self.stage_days(case, 1);
            self.note(cx, "case-opened", name, cause_code(case.cause));
            self.schedule(
                cx,
                time + Span::from_days(wait),
                Event::CaseStep(case, Stage::Decided),
            );
            return;
        }
        let regulator = &mut self.state.regulation.regulators[case.regulator];
        regulator.cases -= 1;
        regulator.is_busy[case.cause as usize] = false;
        let mut stream = self.streams.stream(
            Purpose::Regulation,
            key_of_aspect(name, OUTCOME),
            case.number,
        );
        let possible: Vec<usize> = self
            .scenario
            .remedy
            .iter()
            .enumerate()
            .filter(|(index, remedy)| {
                remedy.from.is_none()
                    && remedy.regulator.is(RegulatorId::from_index(case.regulator))
                    && remedy.cause.is_none_or(|cause| cause == case.cause)
                    && !self.state.regulation.in_force[*index]
            })
            .map(|(index, _)| index)
            .collect();
        let is_remedied =
            stream.is_hit(self.state.regulation.regulators[case.regulator].remedy_chance);
        let total: f64 = possible
            .iter()
            .map(|i| self.state.regulation.weights[*i])
            .sum();
        let mut left = stream.uniform() * total;
        if !is_remedied || total <= 0.0 {
            self.note(cx, "commitments", name, cause_code(case.cause));
            return;
        }
        let mut chosen = possible[possible.len() - 1];
        for index in &possible {
            left -= self.state.regulation.weights[*index];
            if left < 0.0 {
                chosen = *index;
                break;
            }
        }
        self.note(cx, "case-decided", name, cause_code(case.cause));
        let wait = self.stage_days(case, 2);
        self.schedule(cx, time + Span::from_days(wait), Event::Remedy(chosen));
    }

    /// Handles a remedy that becomes law in its regulator's jurisdiction.
    pub fn on_remedy(&mut self, cx: Context, index: usize) {
        let spec = &self.scenario.remedy[index];
        if self.state.regulation.in_force[index] {
            return;
        }
        self.state.regulation.in_force[index] = true;
        let level = self.state.regulation.levels[index];
        let place = spec.regulator.id().index();
        self.state.regulation.regulators[place].remedies += 1;
        let jurisdiction = self.state.regulation.regulators[place].jurisdiction;
        let rules = &mut self.state.regulation.rules[jurisdiction];
        match spec.instrument {
            Instrument::NeutralRouting => rules.is_neutral = true,
            Instrument::FeeParity => rules.is_parity = true,
            Instrument::FeeCap => rules.fee_cap = rules.fee_cap.min(level),
            Instrument::ChoiceScreen => rules.choice_screen = rules.choice_screen.max(level),
            Instrument::SwitchingChargeBan => rules.is_free_to_leave = true,
            Instrument::StatePortability => rules.portability = rules.portability.max(level),
            Instrument::Firewall => rules.is_firewalled = true,
            Instrument::Divestiture => self.divest(level),
            Instrument::OpenProcurement => {
                for (index, part) in rules.open_procurement.iter_mut().enumerate() {
                    let segment = SegmentId::from_index(index);
                    let is_meant = spec.segment.as_ref().is_none_or(|only| only.is(segment));
                    if is_meant {
                        *part = part.max(level);
                    }
                }
            }
        }
        self.note(cx, spec.instrument.word(), &spec.name.text, level);
        let sways = self.state.routers.iter().any(|r| r.equity_steering != 0.0);
        self.events.is_stale |= spec.instrument == Instrument::Divestiture && sways;
        self.announce_law();
    }
}

/// Returns the number of a cause in the events table.
fn cause_code(cause: Cause) -> f64 {
    f64::from(cause as u8)
}
