//! Designations: investigations into clouds, duties of designated clouds, and fines for breach of them.

use crate::base::ids::Id;
use crate::base::rng::{Purpose, key_of, key_of_aspect};
use crate::base::time::{SimTime, Span};
use crate::base::units::{DAYS_PER_MONTH, Usd};
use crate::economics::hazard::monthly_rate;
use crate::ledger::Flow;
use crate::market::state::designation::{DesignationStep, Standing};
use crate::market::{Context, Event, World};

/// Stream aspect of the waits for cases of breach.
const BREACH: u64 = 1;

impl World<'_> {
    /// Schedules all investigations. Those that opened before the start are open.
    pub(in crate::market) fn schedule_designations(&mut self) {
        for index in 0..self.state.regulation.designations.len() {
            let case = &self.state.regulation.designations[index];
            let (opened, decided) = (case.opened, case.opened + case.decision);
            if opened > SimTime::START {
                let step = Event::Designation(index, DesignationStep::Opened);
                self.schedule(Context::START, opened, step);
                continue;
            }
            self.open_investigation(index);
            let time = decided.max(SimTime::START + Span::DAY);
            let step = Event::Designation(index, DesignationStep::Decided);
            self.schedule(Context::START, time, step);
        }
    }

    fn open_investigation(&mut self, index: usize) {
        let case = &mut self.state.regulation.designations[index];
        case.standing = Standing::Open;
        let regulator = &mut self.state.regulation.regulators[case.regulator];
        regulator.cases += 1;
        regulator.has_acted = true;
    }

    /// Handles a step of an investigation into a cloud.
    pub fn on_designation(&mut self, cx: Context, index: usize, step: DesignationStep) {
        match step {
            DesignationStep::Opened => {
                self.open_investigation(index);
                let name = &self.scenario.designation[index].name.text;
                self.note(cx, "designation-opened", name, 0.0);
                let wait = self.state.regulation.designations[index].decision;
                let next = Event::Designation(index, DesignationStep::Decided);
                self.schedule(cx, cx.time + wait, next);
            }
            DesignationStep::Decided => self.decide_designation(cx, index),
            DesignationStep::InForce => self.impose_duties(cx, index),
            DesignationStep::Breached(ordinal) => {
                self.fine_cloud(cx, index);
                self.schedule_breach(cx, index, ordinal + 1);
            }
        }
    }

    /// Ends an investigation: with a designation, or without one.
    fn decide_designation(&mut self, cx: Context, index: usize) {
        let name = &self.scenario.designation[index].name.text;
        let mut stream = self.streams.stream(Purpose::Designation, key_of(name), 0);
        let case = &mut self.state.regulation.designations[index];
        self.state.regulation.regulators[case.regulator].cases -= 1;
        let (chance, wait) = (case.probability, case.compliance);
        if stream.is_hit(chance) {
            case.standing = Standing::Designated;
            self.note(cx, "designated", name, chance);
            let next = Event::Designation(index, DesignationStep::InForce);
            self.schedule(cx, cx.time + wait, next);
        } else {
            case.standing = Standing::Closed;
            self.note(cx, "not-designated", name, chance);
        }
    }

    /// Brings the duties of a designated cloud into force in the jurisdiction of its regulator.
    fn impose_duties(&mut self, cx: Context, index: usize) {
        let case = &mut self.state.regulation.designations[index];
        case.standing = Standing::Bound;
        let duties = case.duties;
        let cloud = case.cloud.index();
        let regulator = &mut self.state.regulation.regulators[case.regulator];
        regulator.remedies += 1;
        let own = &mut self.state.regulation.rules[regulator.jurisdiction].duties[cloud];
        *own = own.with(duties);
        let name = &self.scenario.designation[index].name.text;
        self.note(cx, "duties-in-force", name, duties.portability);
        self.announce_law();
        self.schedule_breach(cx, index, 0);
    }

    /// Schedules the next finding of a breach: the wait for a case, and the time that the case takes.
    fn schedule_breach(&mut self, cx: Context, index: usize, ordinal: u32) {
        let case = &self.state.regulation.designations[index];
        let rate = monthly_rate(case.breach);
        if rate <= 0.0 {
            return;
        }
        let key = key_of_aspect(&self.scenario.designation[index].name.text, BREACH);
        let mut stream = self.streams.stream(Purpose::Designation, key, ordinal);
        let wait = stream.exponential() / rate;
        let time = cx.time + Span::from_days(wait * DAYS_PER_MONTH) + case.non_compliance;
        let next = Event::Designation(index, DesignationStep::Breached(ordinal));
        self.schedule(cx, time, next);
    }

    /// Fines a cloud a share of its AI revenue of the last twelve months.
    fn fine_cloud(&mut self, cx: Context, index: usize) {
        let case = &self.state.regulation.designations[index];
        let cloud = case.cloud;
        let fine = Usd::from_f64(case.fine * self.state.clouds[cloud].revenue_of_year());
        let accounts = &self.books.accounts;
        let (from, to) = (accounts.clouds[cloud.index()], accounts.outside);
        self.books.ledger.transfer(Flow::Fine, from, to, fine);
        let name = &self.scenario.designation[index].name.text;
        self.note(cx, "fined", name, fine.to_f64());
    }
}
