//! Whole commands of the built tool: wall time, CPU time and peak memory. `cargo bench --bench commands`
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a report, with clocks and the system's records"
)]

use std::fs;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// A command, and the replications that it simulates.
struct Load {
    name: &'static str,
    runs: u32,
    arguments: &'static [&'static str],
}

const LOADS: [Load; 4] = [
    Load {
        name: "run",
        runs: 20,
        arguments: &["run", "--replications", "20"],
    },
    Load {
        name: "compare",
        runs: 20,
        arguments: &[
            "compare",
            "baseline",
            "scenarios/take-rate-5.toml",
            "--replications",
            "10",
        ],
    },
    Load {
        name: "sensitivity",
        runs: 16 * 9,
        arguments: &[
            "sensitivity",
            "--points",
            "16",
            "--screen",
            "0",
            "--keep",
            "2",
        ],
    },
    Load {
        name: "thesis",
        runs: 20 * 4,
        arguments: &[
            "thesis",
            "scenarios/theses/arms.toml",
            "scenarios/theses/s2-interview.toml",
            "--flips",
            "0",
            "--replications",
            "20",
        ],
    },
];

const ENTERPRISES: [u32; 3] = [500, 2_000, 10_000];

/// Cost of one process.
struct Cost {
    wall_s: f64,
    cpu_s: f64,
    peak_mib: f64,
}

/// Waits for a command to end, and reads its cost from `/proc`.
fn cost(command: &mut Command) -> Cost {
    let clock = Instant::now();
    let mut child = command.spawn().expect("the tool is built");
    let folder = format!("/proc/{}", child.id());
    let mut peak_kib = 0.0;
    // An ended process keeps its CPU time until it is waited for, but not its peak memory.
    let ticks = loop {
        let status = fs::read_to_string(format!("{folder}/status")).unwrap_or_default();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        if let Some(kib) = peak.and_then(|peak| peak.split_whitespace().next()) {
            peak_kib = kib.parse().expect("a number of KiB");
        }
        let stat = fs::read_to_string(format!("{folder}/stat")).expect("not waited for yet");
        // The name of the program stands in brackets, and may hold anything.
        let (_, fields) = stat.rsplit_once(')').expect("a name in brackets");
        let fields: Vec<&str> = fields.split_whitespace().collect();
        if fields[0] == "Z" {
            let time = |field: &str| field.parse::<f64>().expect("a number of ticks");
            break time(fields[11]) + time(fields[12]);
        }
        sleep(Duration::from_millis(2));
    };
    let wall_s = clock.elapsed().as_secs_f64();
    assert!(child.wait().expect("a child").success(), "{command:?}");
    Cost {
        wall_s,
        cpu_s: ticks / 100.0,
        peak_mib: peak_kib / 1024.0,
    }
}

fn main() {
    println!(
        "| command | enterprises | runs | wall s | CPU s | peak MiB | CPU ms a run | µs a run and enterprise | over `run` |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for enterprises in ENTERPRISES {
        let mut of_run = None;
        for Load {
            name,
            runs,
            arguments,
        } in LOADS
        {
            let cost = cost(
                Command::new(env!("CARGO_BIN_EXE_tollway"))
                    .args(arguments)
                    .args(["--enterprises", &enterprises.to_string()])
                    .args(["--progress", "never", "--force", "--out"])
                    .arg(env!("CARGO_TARGET_TMPDIR"))
                    .stdout(Stdio::null())
                    .stderr(Stdio::null()),
            );
            let run_ms = cost.cpu_s * 1e3 / f64::from(runs);
            println!(
                "| `{name}` | {enterprises} | {runs} | {:.2} | {:.2} | {:.0} | {run_ms:.1} | {:.1} | {:.2} |",
                cost.wall_s,
                cost.cpu_s,
                cost.peak_mib,
                run_ms * 1e3 / f64::from(enterprises),
                run_ms / *of_run.get_or_insert(run_ms)
            );
        }
    }
}
