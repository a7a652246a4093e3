//! Folders of this machine that are the tool's own.

use std::path::PathBuf;

use crate::error::{Error, Result};

/// For what can be made or read again; `None` where the environment names no home.
pub fn cache() -> Option<PathBuf> {
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    let base = std::env::var_os("XDG_CACHE_HOME").filter(|dir| !dir.is_empty()).map(PathBuf::from);
    Some(base.or_else(home)?.join("sentistack"))
}

/// For what was brought of a root in a bucket: `bucket/prefix`, or a bucket alone.
pub fn of_root(root: &str) -> Option<PathBuf> {
    Some(cache()?.join("roots").join(root.replace('/', "+")))
}

/// Removes what was brought of all roots in a bucket that is no more.
pub fn forget_bucket(bucket: &str) -> Result<()> {
    let Some(roots) = cache().map(|cache| cache.join("roots")) else { return Ok(()) };
    let Ok(entries) = std::fs::read_dir(&roots) else { return Ok(()) };
    for entry in entries.flatten() {
        let name = entry.file_name().into_string().unwrap_or_default();
        if name.split('+').next() == Some(bucket) {
            std::fs::remove_dir_all(entry.path())
                .map_err(|e| Error::io("remove", entry.path().display(), &e))?;
        }
    }
    Ok(())
}
