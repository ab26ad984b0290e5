//! CPU time as Linux counts it, which other work on the machine disturbs less than wall time.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::disallowed_methods,
    reason = "each benchmark uses a part of this, and reads the system's records"
)]

use std::fs;

/// Median of the CPU seconds that `repeats` calls take.
pub fn median_cpu_seconds(repeats: usize, mut work: impl FnMut()) -> f64 {
    let mut seconds: Vec<f64> = (0..repeats)
        .map(|_| {
            let before = cpu_seconds();
            work();
            cpu_seconds() - before
        })
        .collect();
    seconds.sort_unstable_by(f64::total_cmp);
    seconds[repeats / 2]
}

/// CPU seconds of all threads of this process so far.
fn cpu_seconds() -> f64 {
    let threads = fs::read_dir("/proc/self/task").expect("Linux lists threads");
    threads
        .map(|thread| {
            let path = thread.expect("a thread of ours").path().join("schedstat");
            let text = fs::read_to_string(path).expect("the thread runs");
            let nanoseconds = text.split_whitespace().next().expect("three numbers");
            nanoseconds.parse::<f64>().expect("a number") * 1e-9
        })
        .sum()
}
