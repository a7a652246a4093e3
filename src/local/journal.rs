//! The journal as a file that only grows: one line a record, one write a line.
//! What the records mean is for `journal::resume` to say.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use crate::error::{Error, Result};
use crate::journal::format::Record;
use crate::journal::lines;
use crate::pipeline::port::Journal;

/// `journal.jsonl` of one run.
pub struct FileJournal {
    path: PathBuf,
    file: Mutex<File>,
}

impl FileJournal {
    /// Opens the journal, making it if it is not there. A last line that a crash cut short is removed,
    /// so that the next record starts on a line of its own.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self> {
        let path = path.into();
        let failed = |e: &io::Error| Error::io("open", path.display(), e);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|e| Error::io("create", folder.display(), &e))?;
        }
        let mut file =
            OpenOptions::new().read(true).append(true).create(true).open(&path).map_err(|e| failed(&e))?;
        let mut content = Vec::new();
        file.read_to_end(&mut content).map_err(|e| failed(&e))?;
        let whole = lines::whole(&content);
        if whole < content.len() {
            file.set_len(whole as u64).map_err(|e| failed(&e))?;
        }
        Ok(Self { path, file: Mutex::new(file) })
    }

    /// Reads a journal that somebody else may be writing, without touching it. No file is an empty journal.
    pub fn read_only(path: &Path) -> Result<Vec<Record>> {
        match std::fs::read(path) {
            Ok(content) => lines::parse(&path.display().to_string(), &content),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(e) => Err(Error::io("read", path.display(), &e)),
        }
    }

    fn with<T>(&self, what: &str, work: impl FnOnce(&mut File) -> io::Result<T>) -> Result<T> {
        // A poisoned lock means that a writer panicked; the file itself is whole, line by line.
        let mut file = self.file.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        work(&mut file).map_err(|e| Error::io(what, self.path.display(), &e))
    }
}

impl Journal for FileJournal {
    fn append(&self, record: &Record) -> Result<()> {
        let mut line = serde_json::to_vec(record)
            .map_err(|e| Error::failed("cannot write a journal record as JSON").because(e))?;
        line.push(b'\n');
        self.with("write", |file| {
            let before = file.metadata()?.len();
            // A full disk may have taken a part of the line: without it the next record stays readable.
            file.write_all(&line).inspect_err(|_| drop(file.set_len(before)))
        })
    }

    fn read(&self) -> Result<Vec<Record>> {
        let content = self.with("read", |file| {
            let mut content = Vec::new();
            file.seek(SeekFrom::Start(0))?;
            file.read_to_end(&mut content)?;
            Ok(content)
        })?;
        lines::parse(&self.path.display().to_string(), &content)
    }

    fn sync(&self) -> Result<()> {
        self.with("write", |file| file.sync_all())?;
        let folder = self.path.parent().unwrap_or(Path::new("."));
        super::files::sync_folder(folder).map_err(|e| Error::io("write", folder.display(), &e))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::format::{Entry, JOURNAL_VERSION};

    fn record(n: i64) -> Record {
        let at = jiff::Timestamp::from_second(n).unwrap();
        Record { v: JOURNAL_VERSION, at, entry: Entry::Interrupted { signal: format!("SIG{n}") } }
    }

    #[test]
    fn records_come_back_in_order() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("runs/r/journal.jsonl");
        let journal = FileJournal::open(&path).unwrap();
        for n in 0..3 {
            journal.append(&record(n)).unwrap();
        }
        journal.sync().unwrap();
        journal.append(&record(3)).unwrap();
        let expected: Vec<_> = (0..4).map(record).collect();
        assert_eq!(journal.read().unwrap(), expected);
        assert_eq!(FileJournal::read_only(&path).unwrap(), expected);
        assert!(FileJournal::read_only(&dir.path().join("none")).unwrap().is_empty());
    }

    #[test]
    fn a_line_cut_at_any_byte_is_dropped_and_the_next_one_is_whole() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal.jsonl");
        let mut line = serde_json::to_vec(&record(1)).unwrap();
        line.push(b'\n');
        let mut both = line.clone();
        both.extend_from_slice(&line);
        for cut in line.len()..both.len() {
            std::fs::write(&path, &both[..cut]).unwrap();
            assert_eq!(FileJournal::read_only(&path).unwrap(), [record(1)]);
            let journal = FileJournal::open(&path).unwrap();
            journal.append(&record(2)).unwrap();
            assert_eq!(journal.read().unwrap(), [record(1), record(2)], "cut at {cut}");
        }
    }

    #[test]
    fn a_newer_version_is_refused_whatever_its_shape() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal.jsonl");
        std::fs::write(&path, "{\"v\":2,\"when\":\"now\"}\n").unwrap();
        let error = FileJournal::open(&path).unwrap().read().unwrap_err();
        assert!(error.message.contains("newer version"), "{error}");
    }

    #[test]
    fn a_damaged_line_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal.jsonl");
        let journal = FileJournal::open(&path).unwrap();
        journal.append(&record(1)).unwrap();
        let mut content = std::fs::read(&path).unwrap();
        content.extend_from_slice(b"\0\0\0\n");
        std::fs::write(&path, content).unwrap();
        journal.append(&record(2)).unwrap();
        let error = journal.read().unwrap_err();
        assert!(error.message.starts_with("line 2 of "), "{error}");
    }
}
