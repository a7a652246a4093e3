//! Folders that outlive a checkout, named by a key of what they were made from. The newest few are kept.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// Entries that are kept of each kind: the one in use and the one before it.
pub const KEPT: usize = 2;
/// Written last: a folder without it was not finished.
const COMPLETE: &str = ".complete";
const LOCK: &str = ".lock";

/// A key: the first 16 hexadecimal digits of the hash of all parts.
pub fn key<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().iter().take(8).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The folder `parent/key`, made by `make` unless it is complete already. Older folders are removed.
///
/// Two processes at once are kept apart by a lock on the parent.
pub fn entry(parent: &Path, key: &str, make: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
    std::fs::create_dir_all(parent).map_err(|e| Error::io("create", parent, &e))?;
    let path = parent.join(LOCK);
    let lock = std::fs::File::create(&path).map_err(|e| Error::io("create", &path, &e))?;
    lock.lock().map_err(|e| Error::io("lock", &path, &e))?;
    let dir = parent.join(key);
    let stamp = dir.join(COMPLETE);
    if !stamp.exists() {
        crate::workspace::fresh(&dir)?;
        make(&dir)?;
    }
    // Its time says when it was last used.
    std::fs::write(&stamp, "").map_err(|e| Error::io("write", &stamp, &e))?;
    prune(parent, &dir, KEPT)?;
    Ok(dir)
}

/// The folder `parent/key` if it is complete.
pub fn existing(parent: &Path, key: &str) -> Option<PathBuf> {
    Some(parent.join(key)).filter(|dir| dir.join(COMPLETE).exists())
}

/// Removes all folders in `parent` but `current` and the most lately used, so that `keep` remain at most.
pub fn prune(parent: &Path, current: &Path, keep: usize) -> Result<Vec<PathBuf>> {
    let mut others = Vec::new();
    for entry in std::fs::read_dir(parent).map_err(|e| Error::io("read", parent, &e))? {
        let path = entry.map_err(|e| Error::io("read", parent, &e))?.path();
        if path.is_dir() && path != current {
            others.push((used(&path), path));
        }
    }
    others.sort();
    others.reverse();
    let gone: Vec<PathBuf> = others.into_iter().skip(keep.saturating_sub(1)).map(|(_, path)| path).collect();
    for path in &gone {
        std::fs::remove_dir_all(path).map_err(|e| Error::io("remove", path, &e))?;
    }
    Ok(gone)
}

/// When a folder was last used; one that was never finished counts as the oldest.
fn used(dir: &Path) -> SystemTime {
    let stamp = std::fs::metadata(dir.join(COMPLETE)).and_then(|stamp| stamp.modified());
    stamp.unwrap_or(SystemTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn names(parent: &Path) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(parent)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != LOCK)
            .collect();
        names.sort();
        names
    }

    fn age(dir: &Path, seconds: u64) {
        let stamp = std::fs::File::options().write(true).open(dir.join(COMPLETE)).unwrap();
        stamp.set_modified(SystemTime::now() - Duration::from_secs(seconds)).unwrap();
    }

    #[test]
    fn keys_tell_parts_apart() {
        assert_eq!(key([b"a".as_slice(), b"b"]).len(), 16);
        assert_ne!(key([b"ab".as_slice(), b""]), key([b"a".as_slice(), b"b"]));
        assert_eq!(key([b"a".as_slice()]), key([b"a".as_slice()]));
    }

    #[test]
    fn the_newest_two_remain() {
        let parent = tempfile::tempdir().unwrap();
        for (name, seconds) in [("one", 300), ("two", 100), ("three", 200)] {
            let dir = entry(parent.path(), name, |_| Ok(())).unwrap();
            age(&dir, seconds);
        }
        // "one" was the oldest when "three" came.
        assert_eq!(names(parent.path()), ["three", "two"]);
        entry(parent.path(), "four", |_| Ok(())).unwrap();
        assert_eq!(names(parent.path()), ["four", "two"]);
    }

    #[test]
    fn what_is_complete_is_not_made_again() {
        let parent = tempfile::tempdir().unwrap();
        entry(parent.path(), "one", |_| Ok(())).unwrap();
        entry(parent.path(), "one", |_| panic!("made twice")).unwrap();
    }

    #[test]
    fn what_was_not_finished_is_made_anew() {
        let parent = tempfile::tempdir().unwrap();
        let failed = entry(parent.path(), "one", |dir| {
            std::fs::write(dir.join("half"), "").unwrap();
            Err(Error::new("stopped"))
        });
        assert!(failed.is_err());
        let dir = entry(parent.path(), "one", |dir| {
            assert!(!dir.join("half").exists());
            Ok(())
        });
        assert!(dir.is_ok());
    }
}
