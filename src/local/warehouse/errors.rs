//! SQLite's errors in the words of this tool. What to do about them depends on their code only.

use std::io;
use std::path::Path;

use rusqlite::ErrorCode;

use crate::error::{Error, ErrorKind};

/// An error of the database itself: file, disk, lock.
pub(super) fn sqlite_error(path: &Path, error: rusqlite::Error) -> Error {
    let name = &path.display();
    let io = |kind: io::ErrorKind| Error::io("write", name, &io::Error::from(kind)).because(&error);
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            Error::new(ErrorKind::Outside, format!("{name} is locked by another process"))
                .because(&error)
                .hint("wait until the other run has loaded, then resume")
                .resource(name)
        }
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
            Error::failed(format!("{name} is damaged, or not a warehouse of this tool"))
                .because(&error)
                .hint(format!(
                    "nothing is lost: remove it, then rebuild it from the runs with `sentistack pipeline run --run-id RUN --from-stage load` ({name})"
                ))
                .resource(name)
        }
        Some(ErrorCode::DiskFull) => io(io::ErrorKind::StorageFull),
        Some(ErrorCode::ReadOnly) => io(io::ErrorKind::ReadOnlyFilesystem),
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => io(io::ErrorKind::PermissionDenied),
        Some(ErrorCode::SystemIoFailure) => io(io::ErrorKind::Other),
        // The other codes say that this tool asked for something wrong: trying again will not cure it.
        Some(_) | None => Error::failed(format!("the warehouse {name} refused")).because(&error).resource(name),
    }
}
