//! The keys that pseudonyms are made with: one a run, beside the runs' folders, readable by the owner alone.
//! Deleting a key makes the run's pseudonyms final. A key is never printed, logged or copied.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::error::{Error, Result};
use crate::layout;
use crate::pipeline::privacy::KEY_BYTES;

/// The key of `run_id`: the one that is there, or a new one.
pub fn of_run(root: &Path, run_id: &str) -> Result<[u8; KEY_BYTES]> {
    let folder = root.join(layout::KEYS);
    let path = folder.join(format!("{run_id}.key"));
    match fs::read(&path) {
        Ok(bytes) => bytes.try_into().map_err(|_| {
            Error::input("the run's pseudonym key is damaged")
                .hint("start a new run, or delete the key and redo this one with --from-stage ingest")
                .resource(path.display())
        }),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            let key = random()?;
            keep(root, run_id, &key)?;
            Ok(key)
        }
        Err(e) => Err(Error::io("read", path.display(), &e)),
    }
}

/// A new key.
pub fn random() -> Result<[u8; KEY_BYTES]> {
    let mut key = [0; KEY_BYTES];
    getrandom::fill(&mut key).map_err(|e| Error::failed("the system gives no random bytes").because(e))?;
    Ok(key)
}

/// Keeps a key, which only the owner may read. Written under another name first: a kill must not leave half a key.
pub fn keep(root: &Path, run_id: &str, key: &[u8]) -> Result<()> {
    let folder = root.join(layout::KEYS);
    let path = folder.join(format!("{run_id}.key"));
    fs::create_dir_all(&folder).map_err(|e| Error::io("create", folder.display(), &e))?;
    let draft = path.with_extension("new");
    let written = File::options()
        .create(true)
        .truncate(true)
        .write(true)
        .mode(0o600)
        .open(&draft)
        .and_then(|mut file| file.write_all(key).and_then(|()| file.sync_all()));
    written.and_then(|()| fs::rename(&draft, &path)).map_err(|e| Error::io("write", path.display(), &e))
}
