//! The runner: jobs on all threads, with their results taken in order, guarded against panics, interruptible and resumable.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rayon::prelude::*;

/// The settings of a runner.
#[derive(Clone, Copy)]
pub struct Runner<'a> {
    /// Set from outside to stop once the jobs in progress are finished.
    pub interrupt: &'a AtomicBool,
    /// Called with the number of finished jobs.
    pub progress: &'a (dyn Fn(u64) + Sync),
    /// Jobs finished before these, which progress counts too.
    pub already: u64,
    /// Jobs for each thread in a batch. At most two batches of results are held in memory.
    pub batch: usize,
}

impl std::fmt::Debug for Runner<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runner")
            .field("already", &self.already)
            .field("batch", &self.batch)
            .finish_non_exhaustive()
    }
}

/// Results of finished jobs, so that an interrupted command resumes from them.
pub trait Checkpoint<J, T> {
    /// The result of a job, if it is there.
    fn get(&mut self, job: J) -> Option<T>;
    /// Stores the result of a job.
    ///
    /// # Errors
    /// The message of the system.
    fn put(&mut self, job: J, result: &T) -> Result<(), String>;
}

/// A checkpoint that stores nothing.
#[derive(Clone, Copy, Debug)]
pub struct NoCheckpoint;

impl<J, T> Checkpoint<J, T> for NoCheckpoint {
    fn get(&mut self, _: J) -> Option<T> {
        None
    }

    fn put(&mut self, _: J, _: &T) -> Result<(), String> {
        Ok(())
    }
}

/// The reason why jobs ended early. Results up to then are in the checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// An interrupt.
    Interrupted,
    /// A failed job: its message.
    Broken(String),
    /// A checkpoint that could not be written: the message of the system.
    Io(String),
}

/// The state of a job of a batch.
enum JobState<T> {
    /// Read from the checkpoint.
    Known(T),
    /// Run.
    New(T),
    Failed(String),
    /// Interrupted before it started.
    NotStarted,
}

impl<'a> Runner<'a> {
    /// A runner of small results.
    #[must_use]
    pub const fn new(interrupt: &'a AtomicBool, progress: &'a (dyn Fn(u64) + Sync)) -> Self {
        Self {
            interrupt,
            progress,
            already: 0,
            // The end of a batch waits for its slowest job: many jobs keep threads busy.
            batch: 16,
        }
    }

    /// A runner that nobody watches or interrupts.
    #[must_use]
    pub const fn quiet() -> Runner<'static> {
        static NEVER: AtomicBool = AtomicBool::new(false);
        Runner::new(&NEVER, &|_| {})
    }

    /// A runner of the jobs that follow `jobs` more.
    #[must_use]
    pub const fn after(self, jobs: u64) -> Self {
        Self {
            already: self.already + jobs,
            ..self
        }
    }

    /// Runs jobs on the current rayon pool. `take` gets the results in the order of the jobs, for any number of threads, up to
    /// the first job that failed or did not start.
    ///
    /// # Errors
    /// The reason why the jobs ended early. Results of jobs behind the one that failed go to the checkpoint, not to `take`.
    pub fn run<J: Copy + Send + Sync, T: Send>(
        self,
        jobs: &[J],
        one: &(dyn Fn(J) -> Result<T, String> + Sync),
        checkpoint: &mut dyn Checkpoint<J, T>,
        take: &mut dyn FnMut(J, T),
    ) -> Result<(), Stopped> {
        let done = AtomicU64::new(self.already);
        let mut ended = Ok(());
        let mut last: (&[J], Vec<JobState<T>>) = (&[], Vec::new());
        // One batch runs while the results of the one before it are taken.
        for batch in jobs.chunks(rayon::current_num_threads() * self.batch) {
            let known = batch.iter().map(|job| checkpoint.get(*job)).collect();
            let (before, states) = std::mem::take(&mut last);
            let mut next = Vec::new();
            rayon::in_place_scope(|scope| {
                scope.spawn(|_| next = self.run_batch(batch, known, one, &done));
                pass_on(before, states, checkpoint, take, &mut ended);
            });
            last = (batch, next);
            if ended.is_err() {
                break;
            }
        }
        pass_on(last.0, last.1, checkpoint, take, &mut ended);
        ended
    }

    fn run_batch<J: Copy + Send + Sync, T: Send>(
        &self,
        batch: &[J],
        known: Vec<Option<T>>,
        one: &(dyn Fn(J) -> Result<T, String> + Sync),
        done: &AtomicU64,
    ) -> Vec<JobState<T>> {
        let jobs = batch.par_iter().zip(known).with_max_len(1);
        jobs.map(|(job, known)| {
            let state = match known {
                Some(result) => JobState::Known(result),
                None if self.interrupt.load(Ordering::Relaxed) => return JobState::NotStarted,
                None => guarded(|| one(*job)).map_or_else(JobState::Failed, JobState::New),
            };
            (self.progress)(done.fetch_add(1, Ordering::Relaxed) + 1);
            state
        })
        .collect()
    }
}

/// Stores the new results of a batch, and passes results on until one is missing.
fn pass_on<J: Copy, T>(
    batch: &[J],
    states: Vec<JobState<T>>,
    checkpoint: &mut dyn Checkpoint<J, T>,
    take: &mut dyn FnMut(J, T),
    ended: &mut Result<(), Stopped>,
) {
    for (job, state) in batch.iter().zip(states) {
        let why = match state {
            JobState::NotStarted => Stopped::Interrupted,
            JobState::Failed(reason) => Stopped::Broken(reason),
            JobState::New(result) => {
                if let Err(reason) = checkpoint.put(*job, &result) {
                    *ended = Err(Stopped::Io(reason));
                    return;
                }
                if ended.is_ok() {
                    take(*job, result);
                }
                continue;
            }
            JobState::Known(result) => {
                if ended.is_ok() {
                    take(*job, result);
                }
                continue;
            }
        };
        if ended.is_ok() {
            *ended = Err(why);
        }
    }
}

/// Runs a job and turns a panic in it into an error: a fault in one job leaves the others intact.
fn guarded<T>(run: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)) {
        Ok(result) => result,
        Err(cause) => Err(cause
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| cause.downcast_ref::<&str>().map(ToString::to_string))
            .unwrap_or_else(|| "unknown".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    /// A checkpoint in memory, which counts what is stored.
    #[derive(Default)]
    struct Shelf {
        results: BTreeMap<u32, i64>,
        stored: usize,
    }

    impl Checkpoint<u32, i64> for Shelf {
        fn get(&mut self, job: u32) -> Option<i64> {
            self.results.get(&job).copied()
        }

        fn put(&mut self, job: u32, result: &i64) -> Result<(), String> {
            self.stored += 1;
            self.results.insert(job, *result);
            Ok(())
        }
    }

    #[test]
    fn results_come_in_order_and_jobs_run_once() {
        let jobs: Vec<u32> = (0..300).collect();
        let double = |job: u32| Ok(2 * i64::from(job));
        let mut shelf = Shelf::default();
        shelf.results.insert(7, -1);
        let mut taken = Vec::new();
        let counted = AtomicU64::new(0);
        let progress = |done: u64| {
            counted.fetch_max(done, Ordering::Relaxed);
        };
        let never = AtomicBool::new(false);
        let runner = Runner::new(&never, &progress).after(5);
        runner
            .run(&jobs, &double, &mut shelf, &mut |job, result| {
                taken.push((job, result));
            })
            .unwrap();
        assert!(taken.iter().map(|(job, _)| *job).eq(jobs));
        assert_eq!((taken[7].1, taken[8].1), (-1, 16));
        assert_eq!((shelf.stored, counted.into_inner()), (299, 305));
    }

    #[test]
    fn a_panic_stops_the_jobs_and_other_results_are_stored() {
        let jobs: Vec<u32> = (0..40).collect();
        let fails = |job: u32| {
            assert!(job != 30, "job 30 is broken");
            Ok(1)
        };
        let mut shelf = Shelf::default();
        let mut taken = 0;
        let ended = Runner::quiet().run(&jobs, &fails, &mut shelf, &mut |_, _| taken += 1);
        assert_eq!(ended, Err(Stopped::Broken("job 30 is broken".to_owned())));
        assert_eq!(taken, 30);
        // Jobs of a batch that was running are stored too.
        assert!((30..40).contains(&shelf.results.len()) && !shelf.results.contains_key(&30));
    }

    #[test]
    fn an_interrupt_lets_no_job_start_and_results_of_the_checkpoint_still_count() {
        let jobs: Vec<u32> = (0..40).collect();
        let now = AtomicBool::new(true);
        let mut shelf = Shelf::default();
        shelf.results.extend([(0, 5), (1, 6)]);
        let mut taken = Vec::new();
        let ended = Runner::new(&now, &|_| {}).run(
            &jobs,
            &|_| panic!("no job may start"),
            &mut shelf,
            &mut |_, result| taken.push(result),
        );
        assert_eq!(ended, Err(Stopped::Interrupted));
        assert_eq!(taken, [5, 6]);
    }
}
