//! A folder as the store: whole-file writes through a temporary name, so that a reader never sees half a file.
//! It knows keys and bytes; what they mean is none of its business.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;

use crate::error::{Error, Result};
use crate::pipeline::port::{Durability, ObjectEntry, Store};

/// What the name of a file that is still being written ends with. It starts with a dot.
const TEMPORARY: &str = ".tmp";

/// Objects as files below a root folder.
#[derive(Clone, Debug)]
pub struct Files {
    root: PathBuf,
}

impl Files {
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The root folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where `key` is. A key that could leave the root is refused.
    pub fn path(&self, key: &str) -> Result<PathBuf> {
        let inside = Path::new(key).components().all(|part| matches!(part, Component::Normal(_)));
        if key.is_empty() || !inside || key.contains(['\\', '\0']) {
            return Err(Error::input(format!("{key:?} cannot be a key under {}", self.root.display()))
                .hint("a key is a relative path without `.` or `..`"));
        }
        Ok(self.root.join(key))
    }

    /// The files below `prefix/`, in order of key; files that are still being written are left out.
    pub fn entries(&self, prefix: &str) -> Result<Vec<ObjectEntry>> {
        let mut found = Vec::new();
        let folder = if prefix.is_empty() { self.root.clone() } else { self.path(prefix)? };
        self.walk(&folder, prefix, &mut |key, _, entry| {
            if !is_temporary(&key) {
                let bytes =
                    entry.metadata().map_err(|e| Error::io("read", entry.path().display(), &e))?.len();
                found.push(ObjectEntry { key, bytes });
            }
            Ok(())
        })?;
        found.sort_unstable();
        Ok(found)
    }

    /// Removes what a crash left half-written below `prefix/`; says how many files that were.
    /// Only for a folder that no other process writes to.
    pub fn clean_temporaries(&self, prefix: &str) -> Result<u64> {
        let mut removed = 0;
        let folder = if prefix.is_empty() { self.root.clone() } else { self.path(prefix)? };
        self.walk(&folder, prefix, &mut |key, path, _| {
            if is_temporary(&key) {
                ignore_absent(fs::remove_file(path)).map_err(|e| Error::io("remove", path.display(), &e))?;
                removed += 1;
            }
            Ok(())
        })?;
        Ok(removed)
    }

    /// Writes an object whole.
    pub fn write(&self, key: &str, body: &[u8], durability: Durability) -> Result<()> {
        let mut file = NewFile::create(&self.path(key)?)?;
        file.write(body)?;
        file.publish(durability)
    }

    /// Removes `prefix/` and everything in it.
    pub fn remove(&self, prefix: &str) -> Result<()> {
        let path = self.path(prefix)?;
        ignore_absent(fs::remove_dir_all(&path)).map_err(|e| Error::io("remove", path.display(), &e))
    }

    fn walk(
        &self,
        folder: &Path,
        key: &str,
        each: &mut dyn FnMut(String, &Path, &fs::DirEntry) -> Result<()>,
    ) -> Result<()> {
        let unreadable = |e: &io::Error| Error::io("read", folder.display(), e);
        let listing = match fs::read_dir(folder) {
            Ok(listing) => listing,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(e) => return Err(unreadable(&e)),
        };
        for entry in listing {
            let entry = entry.map_err(|e| unreadable(&e))?;
            // A name that is not UTF-8 is none of ours.
            let Some(name) = entry.file_name().to_str().map(str::to_owned) else { continue };
            let key = if key.is_empty() { name } else { format!("{key}/{name}") };
            let kind = entry.file_type().map_err(|e| unreadable(&e))?;
            if kind.is_dir() {
                self.walk(&entry.path(), &key, each)?;
            } else {
                each(key, &entry.path(), &entry)?;
            }
        }
        Ok(())
    }
}

#[async_trait]
impl Store for Files {
    fn uri(&self, key: &str) -> String {
        let path = self.root.join(key);
        std::path::absolute(&path).unwrap_or(path).display().to_string()
    }

    async fn put(&self, key: &str, body: Vec<u8>, durability: Durability) -> Result<()> {
        self.write(key, &body, durability)
    }

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>> {
        let path = self.path(key)?;
        match fs::read(&path) {
            Ok(body) => Ok(Some(body)),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(Error::io("read", path.display(), &e)),
        }
    }

    async fn list(&self, prefix: &str) -> Result<Vec<ObjectEntry>> {
        self.entries(prefix.trim_end_matches('/'))
    }

    async fn folders(&self, prefix: &str) -> Result<Vec<String>> {
        let folder = self.path(prefix)?;
        let failed = |e: io::Error| Error::io("read", folder.display(), &e);
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(failed(e)),
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.map_err(failed)?;
            if entry.path().is_dir()
                && let Ok(name) = entry.file_name().into_string()
            {
                names.push(name);
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    async fn delete_prefix(&self, prefix: &str) -> Result<()> {
        self.remove(prefix.trim_end_matches('/'))
    }
}

/// A file that appears under its name only when it is whole. Dropped before that, it leaves nothing.
pub(super) struct NewFile {
    file: File,
    temporary: PathBuf,
    target: PathBuf,
    published: bool,
}

impl NewFile {
    /// Starts the file that will be `target`, making its folder if need be.
    pub fn create(target: &Path) -> Result<Self> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let folder = target.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(|e| Error::io("create", folder.display(), &e))?;
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        // The number keeps two writers of one key apart; the process id two processes.
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let temporary = folder.join(format!(".{name}.{}-{number}{TEMPORARY}", std::process::id()));
        let file = File::create(&temporary).map_err(|e| Error::io("write", target.display(), &e))?;
        Ok(Self { file, temporary, target: target.to_owned(), published: false })
    }

    /// Another handle on the same file, for a writer that wants to own one.
    pub fn handle(&self) -> Result<File> {
        self.file.try_clone().map_err(|e| Error::io("write", self.target.display(), &e))
    }

    pub fn target(&self) -> &Path {
        &self.target
    }

    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).map_err(|e| Error::io("write", self.target.display(), &e))
    }

    /// Gives the file its name.
    pub fn publish(mut self, durability: Durability) -> Result<()> {
        let failed = |e: &io::Error| Error::io("write", self.target.display(), e);
        if durability == Durability::Power {
            self.file.sync_all().map_err(|e| failed(&e))?;
        }
        fs::rename(&self.temporary, &self.target).map_err(|e| failed(&e))?;
        if durability == Durability::Power {
            let folder = self.target.parent().unwrap_or(Path::new("."));
            sync_folder(folder).map_err(|e| failed(&e))?;
        }
        self.published = true;
        Ok(())
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if !self.published {
            // Nothing can be done about a failure here; the next start cleans up.
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

/// Makes a new name in `folder` survive a power cut.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    Ok(())
}

fn is_temporary(key: &str) -> bool {
    let name = key.rsplit('/').next().unwrap_or(key);
    name.starts_with('.') && name.ends_with(TEMPORARY)
}

fn ignore_absent(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    fn store() -> (tempfile::TempDir, Files) {
        let dir = tempfile::tempdir().unwrap();
        let files = Files::new(dir.path());
        (dir, files)
    }

    #[tokio::test]
    async fn what_was_put_is_read_listed_and_deleted() {
        let (_dir, files) = store();
        for (key, durability) in [("a/b/2", Durability::Power), ("a/b/1", Durability::Process)] {
            files.put(key, key.as_bytes().to_vec(), durability).await.unwrap();
        }
        files.put("a/bc", b"x".to_vec(), Durability::Process).await.unwrap();
        files.put("a/b/1", b"again".to_vec(), Durability::Process).await.unwrap();
        assert_eq!(files.get("a/b/1").await.unwrap().unwrap(), b"again");
        assert_eq!(files.get("a/b/3").await.unwrap(), None);
        let keys: Vec<_> = files.list("a/b").await.unwrap().into_iter().map(|e| (e.key, e.bytes)).collect();
        assert_eq!(keys, [("a/b/1".to_owned(), 5), ("a/b/2".to_owned(), 5)]);
        files.delete_prefix("a/b/").await.unwrap();
        files.delete_prefix("a/b/").await.unwrap();
        assert_eq!(files.list("a").await.unwrap().len(), 1);
        assert!(files.list("nowhere").await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn half_written_files_are_not_seen_and_are_cleaned() {
        let (dir, files) = store();
        files.put("run/x", b"x".to_vec(), Durability::Process).await.unwrap();
        fs::write(dir.path().join("run/.y.7-1.tmp"), "half").unwrap();
        drop(NewFile::create(&dir.path().join("run/z")).unwrap());
        assert_eq!(files.list("run").await.unwrap().len(), 1);
        assert_eq!(files.clean_temporaries("run").unwrap(), 1);
        assert_eq!(files.clean_temporaries("run").unwrap(), 0);
    }

    #[tokio::test]
    async fn keys_cannot_leave_the_root() {
        let (_dir, files) = store();
        for key in ["../x", "a/../../x", "/etc/passwd", "", "a/./b/..", "a\0b"] {
            let error = files.put(key, Vec::new(), Durability::Process).await.unwrap_err();
            assert_eq!(error.kind, ErrorKind::Input, "{key:?}");
        }
    }

    #[tokio::test]
    async fn a_file_where_a_folder_should_be_is_named() {
        let (_dir, files) = store();
        files.put("a", b"x".to_vec(), Durability::Process).await.unwrap();
        let error = files.put("a/b", b"x".to_vec(), Durability::Process).await.unwrap_err();
        assert!(error.message.contains("/a"), "{error}");
    }
}
