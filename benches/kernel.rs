//! The kernel against peers in one run: the pending-event set, and a toy market. `cargo bench --bench kernel`
#![allow(
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "a report"
)]

mod common;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hint::black_box;

use common::median_cpu_seconds;
use desque::SimState;
use desque::serial::{Event, Simulation};
use tollway::base::rng::{Purpose, Stream, Streams};
use tollway::base::time::{SimTime, Span};
use tollway::economics::choice::Nests;
use tollway::kernel::{Agenda, PendingEvents, Phase};

const HOLDS: u64 = 4_000_000;

/// Increments drawn beforehand, so that the queue is what is timed.
fn increments() -> Vec<i64> {
    let mut stream = Streams::new(1, 0).stream(Purpose::User, 0, 0);
    (0..1 << 16)
        .map(|_| (stream.exponential() * 1e9) as i64 + 1)
        .collect()
}

fn hold_tollway(size: usize, steps: &[i64]) -> u64 {
    let mut events = PendingEvents::new();
    for index in 0..size {
        events.schedule(
            SimTime::from_micros(steps[index % steps.len()]),
            Phase::Trade,
            index as u32,
        );
    }
    let mut sum = 0;
    for hold in 0..HOLDS {
        let next = events.pop().expect("events are held");
        sum += u64::from(next.event);
        let step = Span::from_micros(steps[hold as usize % steps.len()]);
        events.schedule(next.time + step, Phase::Trade, next.event);
    }
    sum
}

/// The standard library's heap, used bare: entries of 24 bytes by time and order of scheduling.
fn hold_binary_heap(size: usize, steps: &[i64]) -> u64 {
    let mut heap = BinaryHeap::new();
    let mut order = 0_u64;
    for index in 0..size {
        order += 1;
        heap.push(Reverse((steps[index % steps.len()], order, index as u32)));
    }
    let mut sum = 0;
    for hold in 0..HOLDS {
        let Reverse((time, _, event)) = heap.pop().expect("events are held");
        sum += u64::from(event);
        order += 1;
        heap.push(Reverse((
            time + steps[hold as usize % steps.len()],
            order,
            event,
        )));
    }
    sum
}

/// desque, the fastest Rust peer that was found: one boxed event a hold.
fn hold_desque(size: usize, steps: &[i64]) -> u64 {
    struct State {
        steps: Vec<i64>,
        holds: u64,
        sum: u64,
    }
    impl SimState<i64> for State {
        fn is_complete(&self, _: &i64) -> bool {
            self.holds >= HOLDS
        }
    }
    #[derive(Debug)]
    struct Hold(u32);
    impl Event<State, i64> for Hold {
        fn execute(&mut self, simulation: &mut Simulation<State, i64>) -> desque::Result {
            let state = simulation.state_mut();
            state.sum += u64::from(self.0);
            let step = state.steps[state.holds as usize % state.steps.len()];
            state.holds += 1;
            let time = simulation.current_time() + step;
            simulation.schedule(Self(self.0), time)
        }
    }
    let state = State {
        steps: steps.to_vec(),
        holds: 0,
        sum: 0,
    };
    let mut simulation = Simulation::new(state, 0);
    for index in 0..size {
        simulation
            .schedule(Hold(index as u32), steps[index % steps.len()])
            .expect("times lie ahead");
    }
    simulation.run().expect("no event fails");
    simulation.state().sum
}

const BUYERS: usize = 10_000;
const OPTIONS: usize = 12;
const DAYS: i64 = 1_096;
const REVIEW_DAYS: f64 = 30.0;

struct Toy {
    utility: [f64; OPTIONS],
    weights: Vec<f64>,
    switching: f64,
}

fn toy() -> Toy {
    let mut stream = Streams::new(2, 0).stream(Purpose::User, 0, 0);
    let utility: [f64; OPTIONS] = std::array::from_fn(|_| stream.normal() - stream.uniform());
    Toy {
        utility,
        weights: utility.map(libm::exp).to_vec(),
        switching: 3.0,
    }
}

/// Day buckets, weights cached, exponential race: the way of the market model.
fn toy_tollway(toy: &Toy) -> u64 {
    let streams = Streams::new(3, 0);
    let nests = Nests::new(vec![0; OPTIONS], 0.0);
    let stay = libm::exp(toy.switching);
    let mut agenda = Agenda::new(Span::DAY, SimTime::from_days(DAYS));
    let mut own = vec![0_u8; BUYERS];
    let mut ordinal = vec![0_u32; BUYERS];
    let next = |stream: &mut Stream, time: SimTime| {
        time + Span::from_days(stream.exponential() * REVIEW_DAYS)
    };
    for buyer in 0..BUYERS {
        let mut stream = streams.stream(Purpose::Adoption, buyer as u64, 0);
        let time = next(&mut stream, SimTime::START);
        agenda.schedule(time, (time, buyer as u32));
    }
    let mut decisions = 0;
    let mut weights = toy.weights.clone();
    for day in 0..DAYS as usize {
        loop {
            let due = agenda.take(day);
            if due.is_empty() {
                break;
            }
            for (time, buyer) in due {
                let index = buyer as usize;
                let mut stream = streams.stream(Purpose::Review, u64::from(buyer), ordinal[index]);
                ordinal[index] += 1;
                let mine = usize::from(own[index]);
                weights[mine] = toy.weights[mine] * stay;
                let choice = nests
                    .choose(&weights, &mut stream)
                    .expect("weights are positive");
                weights[mine] = toy.weights[mine];
                own[index] = choice as u8;
                decisions += 1;
                let time = next(&mut stream, time);
                agenda.schedule(time, (time, buyer));
            }
        }
    }
    black_box(own);
    decisions
}

/// Naive loop: a heap of float times, and Gumbel noise by two logarithms.
fn toy_naive(toy: &Toy) -> u64 {
    let mut stream = Streams::new(3, 0).stream(Purpose::User, 0, 0);
    let mut heap = BinaryHeap::new();
    let mut own = vec![0_usize; BUYERS];
    for buyer in 0..BUYERS {
        let time = -libm::log(stream.uniform()) * REVIEW_DAYS;
        heap.push(Reverse((time.to_bits(), buyer)));
    }
    let mut decisions = 0;
    while let Some(Reverse((bits, buyer))) = heap.pop() {
        let time = f64::from_bits(bits);
        if time >= DAYS as f64 {
            break;
        }
        let mut best = (f64::NEG_INFINITY, 0);
        for (option, utility) in toy.utility.iter().enumerate() {
            let stay = if option == own[buyer] {
                toy.switching
            } else {
                0.0
            };
            let value = utility + stay - libm::log(-libm::log(stream.uniform()));
            if value > best.0 {
                best = (value, option);
            }
        }
        own[buyer] = best.1;
        decisions += 1;
        let next = time - libm::log(stream.uniform()) * REVIEW_DAYS;
        heap.push(Reverse((next.to_bits(), buyer)));
    }
    black_box(own);
    decisions
}

/// The pending-event set at the sizes of a run's agenda: 36 months schedule some 780 market events.
fn pending_events() {
    let steps = increments();
    println!(
        "| hold model, ns an event | tollway | std BinaryHeap | desque 0.4 | over heap | over desque |"
    );
    println!("| --- | --- | --- | --- | --- | --- |");
    for size in [256, 1_024, 4_096] {
        let nanoseconds = |hold: fn(usize, &[i64]) -> u64| {
            let work = || {
                black_box(hold(size, &steps));
            };
            median_cpu_seconds(5, work) * 1e9 / HOLDS as f64
        };
        let ours = nanoseconds(hold_tollway);
        let heap = nanoseconds(hold_binary_heap);
        let desque = nanoseconds(hold_desque);
        println!(
            "| {size} pending | {ours:.1} | {heap:.1} | {desque:.1} | {:.2} | {:.2} |",
            heap / ours,
            desque / ours
        );
    }
}

/// The toy market in both ways.
fn toy_market() {
    let toy = toy();
    let nanoseconds = |run: fn(&Toy) -> u64| {
        let mut decisions = 0;
        let seconds = median_cpu_seconds(5, || decisions = run(&toy));
        seconds * 1e9 / decisions as f64
    };
    let (ours, naive) = (nanoseconds(toy_tollway), nanoseconds(toy_naive));
    println!("\n| toy market, ns a decision | tollway | naive loop | ratio |");
    println!("| --- | --- | --- | --- |");
    println!(
        "| 10,000 buyers, 12 options, 36 months | {ours:.1} | {naive:.1} | {:.1} |",
        naive / ours
    );
}

fn main() {
    pending_events();
    toy_market();
}
