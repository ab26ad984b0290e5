//! What benchmarks share: medians of repeated timings.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "each benchmark uses a part of this"
)]

use std::time::Instant;

/// The median seconds of `repeats` calls.
pub fn median_seconds(repeats: usize, work: impl FnMut()) -> f64 {
    sorted_seconds(repeats, work)[repeats / 2]
}

/// The seconds of `repeats` calls, the shortest first.
#[allow(clippy::disallowed_methods, reason = "benchmarks need a clock")]
pub fn sorted_seconds(repeats: usize, mut work: impl FnMut()) -> Vec<f64> {
    let mut seconds: Vec<f64> = (0..repeats)
        .map(|_| {
            let clock = Instant::now();
            work();
            clock.elapsed().as_secs_f64()
        })
        .collect();
    seconds.sort_unstable_by(f64::total_cmp);
    seconds
}

/// The most memory that this process has held, bytes.
#[allow(clippy::disallowed_methods, reason = "the system's own record")]
pub fn peak_memory() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kib = line
        .and_then(|line| line.split_whitespace().nth(1))
        .and_then(|n| n.parse::<f64>().ok());
    kib.unwrap_or(0.0) * 1024.0
}
