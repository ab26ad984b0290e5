//! Threads, progress and interrupts of a long command.

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};

use super::Failure;
use crate::runner::Runner;

/// Options of threads and progress.
#[derive(Clone, Debug, Args)]
pub(super) struct WorkArgs {
    /// Number of threads [default: one per core]; results do not depend on it.
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// When to show a progress bar; auto shows it on a terminal.
    #[arg(long, value_enum, default_value_t = Progress::Auto)]
    progress: Progress,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Progress {
    Auto,
    Always,
    Never,
}

/// Threads, a progress bar, and the flag that an interrupt sets.
pub(super) struct Work {
    pub(super) pool: rayon::ThreadPool,
    pub(super) interrupt: Arc<AtomicBool>,
    bar: ProgressBar,
}

impl WorkArgs {
    /// Starts threads and shows a progress bar of `steps`, which are named `what`.
    pub(super) fn start(&self, steps: u64, what: &str) -> Result<Work, Failure> {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(self.threads.unwrap_or(0))
            .build()
            .map_err(|error| Failure::Io(format!("cannot start threads: {error}")))?;
        let is_shown = match self.progress {
            Progress::Auto => std::io::stderr().is_terminal(),
            Progress::Always => true,
            Progress::Never => false,
        };
        let bar = bar(is_shown, steps, what);
        let interrupt = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&interrupt);
        // Setting a handler fails only if the caller of this library has set one.
        let _ = ctrlc::set_handler(move || {
            if flag.swap(true, Ordering::Relaxed) {
                std::process::exit(130);
            }
        });
        Ok(Work {
            pool,
            interrupt,
            bar,
        })
    }
}

/// A progress bar of `steps`, which are named `what`.
fn bar(is_shown: bool, steps: u64, what: &str) -> ProgressBar {
    if !is_shown {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(steps);
    let template = format!("{{bar:40}} {{pos}}/{{len}} {what}, {{eta}} left");
    if let Ok(style) = ProgressStyle::with_template(&template) {
        bar.set_style(style);
    }
    bar
}

impl Work {
    /// Calls `run` on the threads, with a runner that moves the progress bar.
    pub(super) fn run<T: Send>(&self, run: impl FnOnce(Runner<'_>) -> T + Send) -> T {
        let progress = |done: u64| self.bar.set_position(done);
        let runner = Runner::new(&self.interrupt, &progress);
        let result = self.pool.install(|| run(runner));
        self.bar.finish_and_clear();
        result
    }
}
