//! Adoption, reviews and renewals of workloads.

use crate::base::ids::{CloudId, Id, OfferId};
use crate::base::rng::{Purpose, Stream};
use crate::base::time::{SimTime, Span};
use crate::base::units::DAYS_PER_MONTH;
use crate::economics::switching::Move;
use crate::market::customers::switching_stakes::Customer;
use crate::market::customers::weights::Weights;
use crate::market::scene::Scene;
use crate::market::state::{
    AgentEvent, AgentEventKind, Cell, Change, Dims, Enterprise, Partition, STEPS, Step, Workload,
    WorkloadState,
};

/// Number of events whose workloads are read into the cache together.
const FETCHED_TOGETHER: usize = 32;

/// Number of events that are put into the agenda together.
const PUT_TOGETHER: usize = 64;

impl Partition {
    /// Schedules the first events of every workload that runs or will be adopted.
    pub fn schedule_all(&mut self, scene: Scene<'_>) {
        let slots = scene.parameters.dims.slots();
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
                        .stream(Purpose::Adoption, self.id_of(index, slots), 2);
                let next = next_review(SimTime::START, scene, &mut stream);
                self.plan(index, next, AgentEventKind::Review);
            }
            let renewal = self.owner_of(index, scene).renewal;
            self.plan(index, renewal, AgentEventKind::Renewal);
        }
        self.put_later();
    }

    /// Processes the agent events of one window. Enterprises need no mutual order inside a window. Events of one
    /// workload happen in order of time, including those that they cause in the same window.
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

    /// Reads the memory that the next events need into the cache. It is scattered, and waiting for all of it together
    /// takes hardly longer than waiting for one item.
    fn fetch(&self, events: &[AgentEvent], dims: Dims) {
        let owner = |event: &AgentEvent| dims.owner_and_task(event.workload()).0;
        // One pass for each kind of memory: the shorter a step, the more of them wait at one time.
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

    /// Puts the events planned for other windows into the agenda. Each of them waits for memory, so that it is faster
    /// to wait for many together.
    fn put_later(&mut self) {
        for (window, event) in self.later.drain(..) {
            self.agenda.put(window, event);
        }
    }

    /// Returns the number of a workload in the whole population, which keys its random streams.
    #[must_use]
    pub const fn id_of(&self, index: usize, slots: usize) -> u64 {
        (self.first * slots + index) as u64
    }

    /// Adopts a workload: chooses an offer without switching costs.
    fn on_adopt(&mut self, index: usize, time: SimTime, scene: Scene<'_>, weights: &mut Weights) {
        let slots = scene.parameters.dims.slots();
        let mut stream = scene
            .streams
            .stream(Purpose::Adoption, self.id_of(index, slots), 1);
        if self.waits_for_agents(index, time, scene) {
            return;
        }
        self.fresh_weights(index, scene, weights);
        weights.pull(&scene.view.pull);
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

    /// Returns true if an adoption has to wait, and then plans it anew. Until agents are as good as human experts,
    /// only a part of the enterprises that would adopt them do.
    fn waits_for_agents(&mut self, index: usize, time: SimTime, scene: Scene<'_>) -> bool {
        let slots = scene.parameters.dims.slots();
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
            .stream(Purpose::Review, self.id_of(index, slots), ordinal);
        if stream.is_hit(1.0 / rules.boost.max(1.0)) {
            return false;
        }
        let wait = stream.exponential() * rules.wait * DAYS_PER_MONTH;
        let next = time + Span::from_days(wait);
        self.plan(index, next, AgentEventKind::Adopt);
        true
    }

    /// Returns the enterprise to which a workload belongs.
    pub(in crate::market) fn owner_of(&self, workload: usize, scene: Scene<'_>) -> &Enterprise {
        &self.enterprises[scene.parameters.dims.owner_and_task(workload).0]
    }

    /// Counts a workload that starts (`sign` 1) or stops (`sign` -1) self-hosting.
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

    /// Lets a workload use an offer, with the releases of its lab so far.
    pub fn use_offer(&mut self, index: usize, offer: usize, scene: Scene<'_>) {
        let workload = &mut self.workloads[index];
        workload.offer = u16::try_from(offer).expect("fewer than 65,536 offers");
        let lab = scene.catalog.offers[OfferId::from_index(offer)].lab;
        workload.releases_seen = lab.map_or(0, |lab| scene.view.releases[lab.index()]);
    }

    /// Renews a commitment: plans the next renewal and reviews the workload.
    fn on_renewal(&mut self, index: usize, time: SimTime, scene: Scene<'_>, weights: &mut Weights) {
        let home = usize::from(self.owner_of(index, scene).home);
        let next = time + scene.parameters.commit_term[home];
        self.plan(index, next, AgentEventKind::Renewal);
        if self.workloads[index].state == WorkloadState::Running {
            self.on_review(index, time, true, scene, weights);
        }
    }

    /// Handles a candidate review or a renewal: runs the review, and plans the next candidate unless it is a renewal.
    /// Most reviews change nothing.
    fn on_review(
        &mut self,
        index: usize,
        time: SimTime,
        is_renewal: bool,
        scene: Scene<'_>,
        weights: &mut Weights,
    ) {
        let slots = scene.parameters.dims.slots();
        let workload = self.workloads[index];
        let mut stream =
            scene
                .streams
                .stream(Purpose::Review, self.id_of(index, slots), workload.ordinal);
        self.workloads[index].ordinal += 1;
        let mut next = SimTime::NEVER;
        if !is_renewal {
            next = next_review(time, scene, &mut stream);
        }
        if let Some(end) = self.review(index, time, is_renewal, scene, weights, &mut stream) {
            // Candidate reviews during the migration decide nothing, nor do any beyond the horizon: skip them.
            let end = end.min(scene.catalog.calendar.end());
            while next <= end {
                let ordinal = self.workloads[index].ordinal;
                self.workloads[index].ordinal += 1;
                let id = self.id_of(index, slots);
                let mut stream = scene.streams.stream(Purpose::Review, id, ordinal);
                next = next_review(next, scene, &mut stream);
            }
        }
        if !is_renewal {
            self.plan(index, next, AgentEventKind::Review);
        }
    }

    /// Runs one review. Returns the time at which the migration that it starts ends, if it starts one.
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
        // A workload whose offer is no longer sold, or that joins an exodus, must move and considers all kinds of move.
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
        let mut considered = considered_moves(
            scene,
            task,
            (usize::from(workload.offer), is_renewal),
            stream,
        );
        let screen = scene.view.rules[usize::from(enterprise.jurisdiction)].choice_screen;
        if screen > 0.0 {
            considered[1] |= stream.is_hit(screen);
        }
        // After an incident at its lab, a customer looks at other models.
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

    /// Chooses among the offers that a review considers. Returns the time at which the migration that it starts ends,
    /// if it starts one.
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

    /// Returns true if there is news about the lab or the cloud of a workload.
    fn is_noticed(workload: &Workload, time: SimTime, scene: Scene<'_>) -> bool {
        let offer = &scene.catalog.offers[OfferId::from_index(usize::from(workload.offer))];
        offer
            .lab
            .is_some_and(|lab| scene.view.lab_notice[lab.index()] >= time)
            || offer
                .cloud
                .is_some_and(|cloud| scene.view.cloud_notice[cloud.index()] >= time)
    }

    /// Records a change of the demand for an offer.
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

/// Reads one item for each event, so that it is in the cache.
#[inline]
fn look(events: &[AgentEvent], at: impl Fn(&AgentEvent) -> u32) {
    std::hint::black_box(events.iter().fold(0, |seen, event| seen ^ at(event)));
}

/// Returns the time of the next candidate review.
fn next_review(time: SimTime, scene: Scene<'_>, stream: &mut Stream) -> SimTime {
    time + Span::from_days(stream.exponential() * scene.parameters.review_gap)
}

/// Draws the kinds of move that a review considers. It takes every draw in any case, so that later draws of the
/// stream do not depend on the outcomes.
fn considered_moves(
    scene: Scene<'_>,
    task: usize,
    (offer, is_renewal): (usize, bool),
    stream: &mut Stream,
) -> [bool; 4] {
    let p = scene.parameters;
    let parity = match &p.openness {
        Some(open) if scene.view.has_parity[task] => open.attention,
        _ => 1.0,
    };
    let mut lift = scene.view.attention[offer];
    if is_renewal {
        lift *= p.choice.notice.max(1.0);
    }
    [
        stream.is_hit(p.choice.attention_model * lift),
        stream.is_hit(p.choice.attention_router * lift),
        stream.is_hit(p.choice.attention_cloud * lift),
        stream.is_hit(p.choice.attention_cloud * lift * parity),
    ]
}
