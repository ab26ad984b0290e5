//! Enterprises: adoption, reviews and renewals of their workloads.

use crate::economics::switching::Move;
use crate::ids::{CloudId, Id, OfferId};
use crate::market::customers::scene::Scene;
use crate::market::customers::switching_stakes::Customer;
use crate::market::customers::weights::Weights;
use crate::market::state::{
    AgentEvent, AgentEventKind, Cell, Change, Dims, Enterprise, Partition, STEPS, Step, Workload,
    WorkloadState,
};
use crate::rng::{Purpose, Stream};
use crate::time::{SimTime, Span};
use crate::units::DAYS_PER_MONTH;

/// Events whose workloads are fetched at one time.
const FETCHED_TOGETHER: usize = 32;

/// Events that are put into the agenda at one time.
const PUT_TOGETHER: usize = 64;

impl Partition {
    /// Schedules what is to come for every workload that runs or will be adopted.
    pub fn schedule_all(&mut self, scene: Scene<'_>) {
        let tasks = scene.parameters.dims.tasks;
        for index in 0..self.workloads.len() {
            let workload = self.workloads[index];
            if workload.since == SimTime::NEVER {
                continue;
            }
            if workload.state == WorkloadState::Dormant {
                self.plan(index, workload.since, AgentEventKind::Adopt);
            } else {
                let mut stream =
                    scene
                        .streams
                        .stream(Purpose::Adoption, self.id_of(index, tasks), 2);
                let next = next_review(SimTime::START, scene, &mut stream);
                self.plan(index, next, AgentEventKind::Review);
            }
            let renewal = self.owner_of(index, scene).renewal;
            self.plan(index, renewal, AgentEventKind::Renewal);
        }
        self.put_later();
    }

    /// Works through the agent events of one window. Enterprises need no mutual order inside it, but the events of one
    /// workload happen in the order of time, those that others bring about on the same day among them.
    pub fn step(&mut self, window: usize, scene: Scene<'_>) {
        let mut weights = Weights::default();
        self.window = window;
        let start = self.agenda.start_of(window);
        let mut due = self.agenda.take(window);
        due.sort_unstable();
        let (mut next, mut fetched) = (0, 0);
        while let Some(event) = due.get(next).copied() {
            if next >= fetched {
                fetched = next + FETCHED_TOGETHER;
                self.fetch(&due[next..due.len().min(fetched)], scene.parameters.dims);
            }
            next += 1;
            self.activity.events += 1;
            let (index, time) = (event.workload(), start + event.into_window());
            match event.kind() {
                AgentEventKind::Adopt => self.on_adopt(index, time, scene, &mut weights),
                AgentEventKind::Review => self.on_review(index, time, false, scene, &mut weights),
                AgentEventKind::Renewal => self.on_renewal(index, time, scene, &mut weights),
                AgentEventKind::MigrationEnd => self.on_migration_end(index, time, false, scene),
                AgentEventKind::MigrationFailure => self.on_migration_end(index, time, true, scene),
            }
            for fresh in self.soon.drain(..) {
                let place = due[next..].partition_point(|other| *other <= fresh);
                due.insert(next + place, fresh);
            }
        }
        self.put_later();
    }

    /// Looks at what the next events concern: it lies far apart, and waiting for all of it at once takes hardly longer than
    /// waiting for one.
    fn fetch(&self, events: &[AgentEvent], dims: Dims) {
        let owner = |event: &AgentEvent| dims.owner_and_task(event.workload()).0;
        // One thing after the other: the shorter the steps, the more of them wait at one time.
        look(events, |event| self.workloads[event.workload()].ordinal);
        look(events, |event| self.enterprises[owner(event)].home.into());
        look(events, |event| {
            self.taste[owner(event) * dims.labs].to_bits()
        });
    }

    /// Plans an event of a workload.
    pub(in crate::market) fn plan(&mut self, index: usize, time: SimTime, kind: AgentEventKind) {
        let (window, into) = self.agenda.place(time);
        let event = AgentEvent::new(index, into, kind);
        if self.window == window {
            self.soon.push(event);
        } else {
            self.later.push((window, event));
            if self.later.len() >= PUT_TOGETHER {
                self.put_later();
            }
        }
    }

    /// Puts what was planned for other windows into the agenda, one after the other: each has to wait for memory, and
    /// so they wait together.
    fn put_later(&mut self) {
        for (window, event) in self.later.drain(..) {
            self.agenda.put(window, event);
        }
    }

    /// The number of a workload in the whole population: the key of its streams.
    #[must_use]
    pub const fn id_of(&self, index: usize, tasks: usize) -> u64 {
        (self.first * tasks + index) as u64
    }

    /// A new workload chooses afresh: nothing to leave behind.
    fn on_adopt(&mut self, index: usize, time: SimTime, scene: Scene<'_>, weights: &mut Weights) {
        let tasks = scene.parameters.dims.tasks;
        let mut stream = scene
            .streams
            .stream(Purpose::Adoption, self.id_of(index, tasks), 1);
        if self.waits_for_agents(index, time, scene) {
            return;
        }
        self.fresh_weights(index, scene, weights);
        self.activity.reviewed += 1;
        self.activity.decisions += 1;
        if let Some(choice) = weights.choose(scene, &mut stream) {
            let enterprise = self.owner_of(index, scene);
            let (segment, weight) = (usize::from(enterprise.segment), enterprise.weight);
            self.activity.steps[segment * STEPS + Step::Adopt as usize] += weight;
            let workload = &mut self.workloads[index];
            workload.state = WorkloadState::Running;
            workload.since = time;
            self.use_offer(index, choice, scene);
            self.count_self_hosting(index, choice, 1, scene);
            let volume = self.workloads[index].volume();
            self.post(index, choice, volume, time, scene);
        }
        let next = next_review(time, scene, &mut stream);
        self.plan(index, next, AgentEventKind::Review);
    }

    /// Until agents are as good as human experts, only a part of those who would adopt them do; the others wait.
    fn waits_for_agents(&mut self, index: usize, time: SimTime, scene: Scene<'_>) -> bool {
        let tasks = scene.parameters.dims.tasks;
        let Some(rules) = scene.parameters.stateful else {
            return false;
        };
        let (_, task) = scene.parameters.dims.owner_and_task(index);
        if !scene.view.is_gated || !scene.parameters.tasks[task].is_stateful {
            return false;
        }
        let ordinal = self.workloads[index].ordinal;
        self.workloads[index].ordinal += 1;
        let mut stream = scene
            .streams
            .stream(Purpose::Review, self.id_of(index, tasks), ordinal);
        if stream.is_hit(1.0 / rules.boost.max(1.0)) {
            return false;
        }
        let wait = stream.exponential() * rules.wait * DAYS_PER_MONTH;
        let next = time + Span::from_days(wait);
        self.plan(index, next, AgentEventKind::Adopt);
        true
    }

    /// The enterprise that a workload belongs to.
    pub(in crate::market) fn owner_of(&self, workload: usize, scene: Scene<'_>) -> &Enterprise {
        &self.enterprises[scene.parameters.dims.owner_and_task(workload).0]
    }

    /// Counts a workload that begins or ends to run open weights itself.
    pub(in crate::market) fn count_self_hosting(
        &mut self,
        index: usize,
        offer: usize,
        sign: i64,
        scene: Scene<'_>,
    ) {
        if scene.catalog.self_host == Some(OfferId::from_index(offer)) {
            let enterprise = self.owner_of(index, scene);
            let segment = usize::from(enterprise.segment);
            self.activity.self_hosters[segment] += sign * enterprise.millionths();
        }
    }

    /// Points the workload at an offer and takes up what its lab has released.
    pub fn use_offer(&mut self, index: usize, offer: usize, scene: Scene<'_>) {
        let workload = &mut self.workloads[index];
        workload.offer = u16::try_from(offer).expect("fewer than 65,536 offers");
        let lab = scene.catalog.offers[OfferId::from_index(offer)].lab;
        workload.releases_seen = lab.map_or(0, |lab| scene.view.releases[lab.index()]);
    }

    fn on_renewal(&mut self, index: usize, time: SimTime, scene: Scene<'_>, weights: &mut Weights) {
        let home = usize::from(self.owner_of(index, scene).home);
        let next = time + scene.parameters.commit_term[home];
        self.plan(index, next, AgentEventKind::Renewal);
        if self.workloads[index].state == WorkloadState::Running {
            self.on_review(index, time, true, scene, weights);
        }
    }

    /// A review: it may not happen, may not look far, and mostly ends where it began.
    fn on_review(
        &mut self,
        index: usize,
        time: SimTime,
        is_renewal: bool,
        scene: Scene<'_>,
        weights: &mut Weights,
    ) {
        let tasks = scene.parameters.dims.tasks;
        let workload = self.workloads[index];
        let mut stream =
            scene
                .streams
                .stream(Purpose::Review, self.id_of(index, tasks), workload.ordinal);
        self.workloads[index].ordinal += 1;
        let mut next = SimTime::NEVER;
        if !is_renewal {
            next = next_review(time, scene, &mut stream);
        }
        if let Some(end) = self.review(index, time, is_renewal, scene, weights, &mut stream) {
            // Reviews that would come while the workload moves decide nothing, nor does any beyond the horizon.
            let end = end.min(scene.catalog.calendar.end());
            while next <= end {
                let ordinal = self.workloads[index].ordinal;
                self.workloads[index].ordinal += 1;
                let id = self.id_of(index, tasks);
                let mut stream = scene.streams.stream(Purpose::Review, id, ordinal);
                next = next_review(next, scene, &mut stream);
            }
        }
        if !is_renewal {
            self.plan(index, next, AgentEventKind::Review);
        }
    }

    /// Runs one review. Returns when the migration it begins will end, if it begins one.
    fn review(
        &mut self,
        index: usize,
        time: SimTime,
        is_renewal: bool,
        scene: Scene<'_>,
        weights: &mut Weights,
        stream: &mut Stream,
    ) -> Option<SimTime> {
        let workload = self.workloads[index];
        // Candidate reviews come at the highest rate and are thinned to the rate in force: an exact
        // non-homogeneous Poisson process.
        let notice = scene.parameters.choice.notice.max(1.0);
        // Who uses what is no longer sold must move, and looks everywhere.
        let offer = &scene.catalog.offers[OfferId::from_index(usize::from(workload.offer))];
        let leaves = offer
            .cloud
            .filter(|cloud| scene.view.exodus[cloud.index()].0 >= time)
            .filter(|cloud| stream.is_hit(scene.view.exodus[cloud.index()].1));
        let must_move = !scene.view.on_sale[usize::from(workload.offer)] || leaves.is_some();
        let happens = stream.uniform() * notice < 1.0
            || is_renewal
            || must_move
            || Self::is_noticed(&workload, time, scene);
        if workload.state != WorkloadState::Running || !happens {
            return None;
        }
        let (owner, task) = scene.parameters.dims.owner_and_task(index);
        let enterprise = &self.enterprises[owner];
        let (weight, segment) = (enterprise.weight, usize::from(enterprise.segment));
        self.activity.reviews[segment] += weight;
        self.activity.reviewed += 1;
        let mut considered = considered_moves(scene, task, is_renewal, stream);
        let screen = scene.view.rules[usize::from(enterprise.jurisdiction)].choice_screen;
        if screen > 0.0 {
            considered[1] |= stream.is_hit(screen);
        }
        // An incident at its lab makes a customer look at others.
        considered[0] |= offer
            .lab
            .is_some_and(|lab| scene.view.lab_alarm[lab.index()] >= time);
        if must_move {
            considered = [true; 4];
        }
        if considered.contains(&true) {
            let end = self.decide(index, time, (considered, leaves), scene, weights, stream);
            if end.is_some() {
                return end;
            }
        }
        let lab = scene.catalog.offers[OfferId::from_index(usize::from(workload.offer))].lab;
        if let Some(lab) = lab {
            let released = scene.view.releases[lab.index()];
            if released != workload.releases_seen {
                self.workloads[index].releases_seen = released;
                self.activity.steps[segment * STEPS + Step::Upgrade as usize] += weight;
            }
        }
        None
    }

    /// Chooses among the offers that a review looks at. Returns when the migration it begins will end, if it begins one.
    #[inline(never)]
    fn decide(
        &mut self,
        index: usize,
        time: SimTime,
        (considered, leaves): ([bool; Move::ALL.len()], Option<CloudId>),
        scene: Scene<'_>,
        weights: &mut Weights,
        stream: &mut Stream,
    ) -> Option<SimTime> {
        self.activity.decisions += 1;
        let workload = self.workloads[index];
        let (owner, task) = scene.parameters.dims.owner_and_task(index);
        let customer = Customer::new(&self.enterprises[owner], time, scene);
        let (monthly, stakes) = customer.spend_and_stakes(&workload, task);
        self.review_weights(index, time, considered, &stakes, scene, weights);
        if let Some(cloud) = leaves {
            weights.leave(cloud, scene);
        }
        let choice = weights.choose(scene, stream)?;
        let moves = choice != usize::from(workload.offer);
        moves.then(|| self.begin_migration(index, choice, time, (monthly, &stakes), scene))
    }

    fn is_noticed(workload: &Workload, time: SimTime, scene: Scene<'_>) -> bool {
        let offer = &scene.catalog.offers[OfferId::from_index(usize::from(workload.offer))];
        offer
            .lab
            .is_some_and(|lab| scene.view.lab_notice[lab.index()] >= time)
            || offer
                .cloud
                .is_some_and(|cloud| scene.view.cloud_notice[cloud.index()] >= time)
    }

    /// Posts a change of what is demanded of an offer.
    pub(in crate::market) fn post(
        &mut self,
        index: usize,
        offer: usize,
        volume: i64,
        time: SimTime,
        scene: Scene<'_>,
    ) {
        let (owner, task) = scene.parameters.dims.owner_and_task(index);
        let cell = Cell::new(&self.enterprises[owner], task, offer);
        self.activity.changes.push(Change { cell, volume, time });
    }
}

/// Looks at something that each event concerns.
#[inline]
fn look(events: &[AgentEvent], at: impl Fn(&AgentEvent) -> u32) {
    std::hint::black_box(events.iter().fold(0, |seen, event| seen ^ at(event)));
}

/// When the next review may take place.
fn next_review(time: SimTime, scene: Scene<'_>, stream: &mut Stream) -> SimTime {
    time + Span::from_days(stream.exponential() * scene.parameters.review_gap)
}

/// Which kinds of move a review looks at. All draws are taken, whatever they decide.
fn considered_moves(
    scene: Scene<'_>,
    task: usize,
    is_renewal: bool,
    stream: &mut Stream,
) -> [bool; 4] {
    let p = scene.parameters;
    let parity = match &p.openness {
        Some(open) if scene.view.has_parity[task] => open.attention,
        _ => 1.0,
    };
    let lift = if is_renewal {
        p.choice.notice.max(1.0)
    } else {
        1.0
    };
    [
        stream.is_hit(p.choice.attention_model * lift),
        stream.is_hit(p.choice.attention_router * lift),
        stream.is_hit(p.choice.attention_cloud * lift),
        stream.is_hit(p.choice.attention_cloud * lift * parity),
    ]
}
