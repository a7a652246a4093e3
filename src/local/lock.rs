//! One process a run: a lock on a file in the run's folder, which the system lets go when the process ends.

use std::fs::{File, TryLockError};
use std::path::Path;

use crate::error::{Error, ErrorKind, Result};

/// Held as long as it lives.
#[derive(Debug)]
pub struct RunLock(#[expect(dead_code, reason = "the lock lives as long as the file is open")] File);

/// Name of the locked file.
const NAME: &str = ".lock";

impl RunLock {
    /// Takes the run in `folder`, or says who has it.
    pub fn take(folder: &Path) -> Result<Self> {
        let path = folder.join(NAME);
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(|e| Error::io("open", path.display(), &e))?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => {
                Err(Error::new(ErrorKind::Outside, "another process works on this run")
                    .hint("wait for it to end, or stop it; `sentistack pipeline status` shows how far it is")
                    .resource(folder.display()))
            }
            Err(TryLockError::Error(e)) => Err(Error::io("lock", path.display(), &e)),
        }
    }

    /// Whether some process works on the run in `folder`.
    pub fn is_taken(folder: &Path) -> bool {
        File::open(folder.join(NAME))
            .is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }
}
