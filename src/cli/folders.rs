//! Folders of this machine that are the tool's own.

use std::path::PathBuf;

/// For what can be made or read again; `None` where the environment names no home.
pub fn cache() -> Option<PathBuf> {
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    let base = std::env::var_os("XDG_CACHE_HOME").filter(|dir| !dir.is_empty()).map(PathBuf::from);
    Some(base.or_else(home)?.join("sentistack"))
}
