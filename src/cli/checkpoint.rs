//! Checkpoints of experiments: an interrupted command resumes from the runs that were finished.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use super::Failure;
use crate::experiments::arms::Run;
use crate::report::manifest::COMMIT;
use crate::runner::Checkpoint;

/// The values of the finished runs of an experiment, in a file beside its results until the experiment has ended.
pub(super) struct CheckpointFile {
    path: PathBuf,
    file: File,
    /// By run: the offset of its values in the file, and their number.
    index: BTreeMap<Run, (u64, usize)>,
    end: u64,
}

impl CheckpointFile {
    /// Opens the checkpoint of an earlier attempt with this key, or starts a new one.
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
        let mut checkpoint = Self {
            path: path.clone(),
            file,
            index: BTreeMap::new(),
            end: header.len() as u64,
        };
        let begun = if is_same {
            checkpoint.read_index()
        } else {
            checkpoint.begin(&header)
        };
        begun.map_err(|error| failed(&error))?;
        Ok(checkpoint)
    }

    fn begin(&mut self, header: &str) -> std::io::Result<()> {
        self.file.set_len(0)?;
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(header.as_bytes())
    }

    /// Reads the offsets of all records. A record cut off at the end is ignored, and overwritten by the next.
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

    /// The number of finished runs.
    pub(super) fn len(&self) -> usize {
        self.index.len()
    }

    /// Removes the file once the experiment has ended; a file that cannot be removed harms nobody.
    pub(super) fn remove(self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Tells a whole record from a damaged one.
const MARK: u32 = 0x746f_6c6c;

impl Checkpoint<Run, Vec<f64>> for CheckpointFile {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_read_back_and_a_torn_record_is_not() {
        let folder = temp_dir::TempDir::new().unwrap();
        let open = |key: &str| {
            CheckpointFile::open(folder.path(), "x", key)
                .map_err(|_| "io")
                .unwrap()
        };
        let mut first = open("a");
        first.put((1, 7), &vec![1.5, -0.0, f64::INFINITY]).unwrap();
        first.put((0, 2), &vec![]).unwrap();
        first.put((2, 2), &vec![9.0]).unwrap();
        // Runs of this attempt count too.
        assert_eq!(first.len(), 3);
        let path = first.path.clone();
        drop(first);
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
