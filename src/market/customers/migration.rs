//! Migrations of workloads from one offer to another: their cost, their duration and their end.

use crate::base::ids::{Id, OfferId};
use crate::base::rng::Purpose;
use crate::base::time::{SimTime, Span};
use crate::base::units::Usd;
use crate::economics::switching::{Cause, Stakes, switching_cost};
use crate::market::scene::Scene;
use crate::market::state::{AgentEventKind, Partition, STEPS, WorkloadState};
use crate::scenario::records::Runtime;

impl Partition {
    /// Begins to move a workload to the offer `choice`, given its monthly spend and its stakes. Returns the time at
    /// which the migration ends.
    pub(in crate::market) fn begin_migration(
        &mut self,
        index: usize,
        choice: usize,
        time: SimTime,
        (monthly, stakes): (f64, &Stakes),
        scene: Scene<'_>,
    ) -> SimTime {
        let p = scene.parameters;
        let dims = &p.dims;
        let workload = self.workloads[index];
        let enterprise = self.owner_of(index, scene);
        let (segment, weight) = (usize::from(enterprise.segment), enterprise.weight);
        let from = usize::from(workload.offer);
        let kind = self.kind_of_move(index, from, choice, scene);
        let mut stream = scene.streams.stream(
            Purpose::Migration,
            self.id_of(index, dims.slots()),
            workload.ordinal,
        );
        let goes_well = stream.is_hit(p.switching.first_time_success);
        let is_abandoned = stream.is_hit(p.switching.abandoned) && !goes_well;
        let overrun = if goes_well { 1.0 } else { p.switching.overrun };
        let days = stream.lognormal(p.move_days[kind], p.switching.duration_sigma) * overrun;

        let cost = switching_cost(stakes, &p.moves[kind]);
        let labour = (cost[Cause::Integration as usize] + cost[Cause::Revalidation as usize])
            * monthly
            * overrun;
        self.activity.integration[segment] += Usd::from_f64(labour * p.switching.outsourced);
        self.activity.labour[segment] += Usd::from_f64(labour * (1.0 - p.switching.outsourced));
        if !is_abandoned {
            if let Some(cloud) = scene.catalog.offers[OfferId::from_index(from)].cloud {
                let slot = segment * dims.clouds + cloud.index();
                self.activity.egress[slot] += Usd::from_f64(cost[Cause::Egress as usize] * monthly);
                self.activity.forfeited[slot] +=
                    Usd::from_f64(cost[Cause::Commitment as usize] * monthly);
            }
            self.activity.steps[segment * STEPS + kind] += weight;
        }
        let running = &mut self.workloads[index];
        running.state = WorkloadState::Migrating;
        running.target = u16::try_from(choice).expect("fewer than 65,536 offers");
        let overlap = self.overlap(index, kind, scene);
        self.post(index, choice, overlap, time, scene);
        let end = time + Span::from_days(days);
        let kind = if is_abandoned {
            AgentEventKind::MigrationFailure
        } else {
            AgentEventKind::MigrationEnd
        };
        self.plan(index, end, kind);
        end
    }

    /// Ends a migration: the workload uses the new offer, or stays with the old one if the migration is abandoned.
    pub(in crate::market) fn on_migration_end(
        &mut self,
        index: usize,
        time: SimTime,
        is_abandoned: bool,
        scene: Scene<'_>,
    ) {
        let workload = self.workloads[index];
        let (from, to) = (usize::from(workload.offer), usize::from(workload.target));
        let kind = self.kind_of_move(index, from, to, scene);
        let mut change = -self.overlap(index, kind, scene);
        if !is_abandoned {
            change += workload.volume();
            self.count_self_hosting(index, from, -1, scene);
            self.count_self_hosting(index, to, 1, scene);
            let offers = &scene.catalog.offers;
            let is_stateful =
                |offer: usize| offers[OfferId::from_index(offer)].runtime == Runtime::Stateful;
            if is_stateful(from) && !is_stateful(to) {
                self.activity.stateful_exits += self.owner_of(index, scene).weight;
            }
            self.post(index, from, -workload.volume(), time, scene);
            self.use_offer(index, to, scene);
            self.workloads[index].since = time;
        }
        self.post(index, to, change, time, scene);
        self.workloads[index].state = WorkloadState::Running;
    }

    /// Returns the kind of move from one offer to another for a workload's enterprise.
    fn kind_of_move(&self, index: usize, from: usize, to: usize, scene: Scene<'_>) -> usize {
        let home = usize::from(self.owner_of(index, scene).home);
        let nesting = &scene.catalog.nesting;
        usize::from(nesting.moves(home, Some(from))[usize::from(nesting.place_of[to])])
    }

    /// Returns the tokens a day that run twice while a workload moves. Old and new offer run side by side, and the
    /// doubled volume is bought from the new one.
    fn overlap(&self, index: usize, kind: usize, scene: Scene<'_>) -> i64 {
        let share = scene.parameters.move_overlap[kind];
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            reason = "a share of a volume that fits"
        )]
        let overlap = (self.workloads[index].volume() as f64 * share) as i64;
        overlap
    }
}
