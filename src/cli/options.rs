//! Options that commands share: the size of runs, where results go, and how a long command is watched.

use std::fs::{File, OpenOptions};
use std::io::{IsTerminal as _, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};

use super::{Failure, print};
use crate::experiments::arms::Run;
use crate::report::folder::Folder;
use crate::report::manifest::COMMIT;
use crate::report::{Format, WriteError};
use crate::runner::{Checkpoint, Runner, Stopped};
use crate::scenario::Loaded;

/// The size of runs.
#[derive(Clone, Debug, Args)]
pub(super) struct SizeArgs {
    /// Replications [default: the scenario's].
    #[arg(long, value_name = "N")]
    pub(super) replications: Option<u32>,
    /// Seed of all random streams [default: the scenario's].
    #[arg(long, value_name = "N")]
    pub(super) seed: Option<u64>,
    /// Months simulated [default: the scenario's].
    #[arg(long, value_name = "N")]
    pub(super) months: Option<u32>,
    /// Enterprises simulated [default: the scenario's].
    #[arg(long, value_name = "N")]
    pub(super) enterprises: Option<u32>,
}

impl SizeArgs {
    /// The options as edits of a scenario.
    pub(super) fn edits(&self) -> Vec<String> {
        let edit = |path: &str, value: Option<String>| value.map(|value| format!("{path}={value}"));
        [
            edit("run.replications", self.replications.map(|n| n.to_string())),
            edit("run.seed", self.seed.map(|n| n.to_string())),
            edit("months", self.months.map(|n| n.to_string())),
            edit("run.enterprises", self.enterprises.map(|n| n.to_string())),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// Where results go and in which form.
#[derive(Clone, Debug, Args)]
pub(super) struct ResultArgs {
    /// Folder for results.
    #[arg(long, value_name = "DIR", default_value = "output")]
    pub(super) out: PathBuf,
    /// Replace an older result of the same name.
    #[arg(long)]
    pub(super) force: bool,
    /// Format of tables.
    #[arg(long, value_enum, default_value_t = TableFormat::Parquet)]
    pub(super) format: TableFormat,
    /// Write a workbook too: findings, tables, and what they rest on.
    #[arg(long)]
    pub(super) xlsx: bool,
    /// Print results as JSON instead of tables.
    #[arg(long)]
    pub(super) json: bool,
}

impl ResultArgs {
    /// The folder of that name, where none stands in the way.
    pub(super) fn target(&self, name: &str) -> Result<PathBuf, Failure> {
        let target = self.out.join(name);
        if target.exists() && !self.force {
            return Err(Failure::Io(format!(
                "{} is there already, and the same scenario and seed give the same bytes; pass --force to run it again, or another --seed or --out",
                target.display()
            )));
        }
        Ok(target)
    }

    /// Writes the folder of a finished experiment, forgets what was kept for going on, and says what was found.
    pub(super) fn finish(
        &self,
        folder: Result<Folder, WriteError>,
        kept: Kept,
        json: impl FnOnce(&Path) -> String,
        text: impl FnOnce() -> String,
    ) -> Result<PathBuf, Failure> {
        let written = folder.and_then(|folder| folder.write(&self.out));
        let written = written.map_err(|error| Failure::Io(error.to_string()))?;
        kept.forget();
        if self.json {
            print(&json(&written))?;
        } else {
            print(&format!("{}\nWritten to {}\n", text(), written.display()))?;
        }
        Ok(written)
    }

    /// The format of tables.
    pub(super) const fn format(&self) -> Format {
        match self.format {
            TableFormat::Csv => Format::Csv,
            TableFormat::Parquet => Format::Parquet,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum TableFormat {
    Parquet,
    Csv,
}

/// How a long command runs and shows how far it is.
#[derive(Clone, Debug, Args)]
pub(super) struct WorkArgs {
    /// Threads [default: one per core]. The results do not depend on it.
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Progress bar: on a terminal, always or never.
    #[arg(long, value_enum, default_value_t = Progress::Auto)]
    progress: Progress,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Progress {
    Auto,
    Always,
    Never,
}

/// Threads, progress bar and the flag that an interrupt sets.
pub(super) struct Work {
    pub(super) pool: rayon::ThreadPool,
    pub(super) interrupt: Arc<AtomicBool>,
    bar: ProgressBar,
}

impl WorkArgs {
    /// Gets ready for so many steps of a kind.
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
        // A second handler cannot be set, which only happens where a caller has one of its own.
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

/// A progress bar for so many steps of a kind.
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
    /// The same threads and the same flag for a second stretch of steps.
    pub(super) fn then(self, steps: u64, what: &str) -> Self {
        let bar = bar(!self.bar.is_hidden(), steps, what);
        Self { bar, ..self }
    }

    /// Runs something on the threads, which tells how many steps are done.
    pub(super) fn run<T: Send>(&self, run: impl FnOnce(Runner<'_>) -> T + Send) -> T {
        let progress = |done: u64| self.bar.set_position(done);
        let runner = Runner::new(&self.interrupt, &progress);
        let result = self.pool.install(|| run(runner));
        self.bar.finish_and_clear();
        result
    }
}

/// Metrics that were asked for, or those that are shown where none are.
pub(super) fn metrics_or(asked: &[String], defaults: impl FnOnce() -> Vec<String>) -> Vec<String> {
    if asked.is_empty() {
        defaults()
    } else {
        asked.to_vec()
    }
}

/// Metrics with the option that they come from.
pub(super) fn with_option(texts: &[String]) -> Vec<(&str, &str)> {
    texts
        .iter()
        .map(|text| ("--metric", text.as_str()))
        .collect()
}

/// The replications that a scenario asks for.
pub(super) fn replications(loaded: &Loaded) -> u32 {
    u32::try_from(loaded.scenario.run.replications.0).unwrap_or(u32::MAX)
}

/// What units of a study gave, in a file beside its results, until the study has ended: one record a unit.
pub(super) struct Kept {
    path: PathBuf,
    file: File,
    /// Where each unit's record begins, and how many values it has.
    index: std::collections::BTreeMap<Run, (u64, usize)>,
    end: u64,
}

impl Kept {
    /// Opens what an earlier attempt has kept under the same key, or begins anew.
    pub(super) fn open(out: &Path, name: &str, key: &str) -> Result<Self, Failure> {
        let path = out.join(format!(".{name}.checkpoint"));
        let failed = |error: &std::io::Error| {
            Failure::Io(format!("cannot write {}: {error}", path.display()))
        };
        std::fs::create_dir_all(out).map_err(|error| failed(&error))?;
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|error| failed(&error))?;
        // Another build may give other values.
        let header = format!("{key} {COMMIT}\n");
        let mut found = vec![0; header.len()];
        let is_same = file.read_exact(&mut found).is_ok() && found == header.as_bytes();
        let mut kept = Self {
            path: path.clone(),
            file,
            index: std::collections::BTreeMap::new(),
            end: header.len() as u64,
        };
        let begun = if is_same {
            kept.read_index()
        } else {
            kept.begin(&header)
        };
        begun.map_err(|error| failed(&error))?;
        Ok(kept)
    }

    fn begin(&mut self, header: &str) -> std::io::Result<()> {
        self.file.set_len(0)?;
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(header.as_bytes())
    }

    /// Reads where records are; what was cut off at the end is left out, and written over.
    fn read_index(&mut self) -> std::io::Result<()> {
        let size = self.file.metadata()?.len();
        let mut head = [0; 16];
        loop {
            self.file.seek(SeekFrom::Start(self.end))?;
            if self.file.read_exact(&mut head).is_err() {
                return Ok(());
            }
            let word = |at: usize| {
                u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]])
            };
            let (arm, replication, count) = (word(0), word(4), word(8));
            let next = self.end + 16 + 8 * u64::from(count);
            if word(12) != count ^ MARK || next > size {
                return Ok(());
            }
            let at = (self.end + 16, count as usize);
            self.index.insert((arm as usize, replication), at);
            self.end = next;
        }
    }

    /// How many units were kept.
    pub(super) fn len(&self) -> usize {
        self.index.len()
    }

    /// A study that has ended needs nothing kept; a file that stays harms nobody.
    pub(super) fn forget(self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Tells a whole record from rubbish.
const MARK: u32 = 0x746f_6c6c;

impl Checkpoint<Run, Vec<f64>> for Kept {
    fn get(&mut self, run: Run) -> Option<Vec<f64>> {
        let (start, count) = *self.index.get(&run)?;
        let mut bytes = vec![0; count * 8];
        self.file.seek(SeekFrom::Start(start)).ok()?;
        self.file.read_exact(&mut bytes).ok()?;
        let value = |chunk: &[u8]| f64::from_le_bytes(chunk.try_into().expect("eight bytes"));
        Some(bytes.chunks_exact(8).map(value).collect())
    }

    fn put(&mut self, (arm, replication): Run, values: &Vec<f64>) -> Result<(), String> {
        let count = u32::try_from(values.len()).map_err(|error| error.to_string())?;
        let arm = u32::try_from(arm).map_err(|error| error.to_string())?;
        let mut bytes = Vec::with_capacity(16 + values.len() * 8);
        for word in [arm, replication, count, count ^ MARK] {
            bytes.extend_from_slice(&word.to_le_bytes());
        }
        for value in values {
            bytes.extend_from_slice(&value.to_le_bytes());
        }
        let mut write = || {
            self.file.seek(SeekFrom::Start(self.end))?;
            self.file.write_all(&bytes)
        };
        write().map_err(|error: std::io::Error| {
            format!("cannot write {}: {error}", self.path.display())
        })?;
        let run = (arm as usize, replication);
        self.index.insert(run, (self.end + 16, values.len()));
        self.end += bytes.len() as u64;
        Ok(())
    }
}

/// Why a study ended early, as a failure of the command; what is done is kept beside the results.
pub(super) fn stopped(stopped: Stopped, kept: usize) -> Failure {
    let again = format!("{kept} runs are kept; the same command goes on from them");
    match stopped {
        Stopped::Interrupted => Failure::Interrupted(format!("interrupted; {again}")),
        Stopped::Broken(reason) => Failure::Invariant(format!("{reason}; {again}")),
        Stopped::Io(reason) => Failure::Io(reason),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_is_found_again_and_a_torn_record_is_not() {
        let folder = temp_dir::TempDir::new().unwrap();
        let open = |key: &str| {
            Kept::open(folder.path(), "x", key)
                .map_err(|_| "io")
                .unwrap()
        };
        let mut kept = open("a");
        kept.put((1, 7), &vec![1.5, -0.0, f64::INFINITY]).unwrap();
        kept.put((0, 2), &vec![]).unwrap();
        kept.put((2, 2), &vec![9.0]).unwrap();
        // What this attempt has kept counts too.
        assert_eq!(kept.len(), 3);
        let path = kept.path.clone();
        drop(kept);
        let whole = std::fs::metadata(&path).unwrap().len();
        OpenOptions::new()
            .write(true)
            .open(&path)
            .unwrap()
            .set_len(whole - 3)
            .unwrap();
        let mut again = open("a");
        assert_eq!(again.len(), 2);
        let values = again.get((1, 7)).unwrap();
        assert_eq!(values[1].to_bits(), (-0.0_f64).to_bits());
        assert!(again.get((2, 2)).is_none() && values[2].is_infinite());
        again.put((2, 2), &vec![9.5]).unwrap();
        drop(again);
        assert_eq!(open("a").get((2, 2)), Some(vec![9.5]));
        assert_eq!(open("b").len(), 0);
    }
}
