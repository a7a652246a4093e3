//! Where things are: the checkout, cargo's target folder, our cache, the data folder beside the checkout.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::error::{Error, Result};
use crate::process;

#[derive(Clone, Debug)]
pub struct Workspace {
    /// The checkout.
    pub root: PathBuf,
    /// Cargo's target folder.
    pub target: PathBuf,
    /// Our folder for what outlives a checkout.
    pub cache: PathBuf,
    /// `../shared`, where it is: data sets and reference scripts that the project does not ship.
    pub shared: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Metadata {
    workspace_root: PathBuf,
    target_directory: PathBuf,
}

impl Workspace {
    /// The workspace that the current folder is in.
    pub fn find() -> Result<Self> {
        let here = std::env::current_dir().map_err(|e| Error::new(format!("no current folder: {e}")))?;
        let json = process::read(process::cargo(&here).args([
            "metadata",
            "--no-deps",
            "--format-version=1",
            "--quiet",
        ]))?;
        let Metadata { workspace_root: root, target_directory: target } = serde_json::from_str(&json)
            .map_err(|e| Error::new(format!("cargo metadata is not as expected: {e}")))?;
        let shared = root.join("../shared").canonicalize().ok().filter(|path| path.is_dir());
        Ok(Self { cache: cache()?, root, target, shared })
    }

    /// A data file under `../shared`, where there is one.
    pub fn shared_file(&self, path: &str) -> Option<PathBuf> {
        self.shared.as_ref().map(|shared| shared.join(path)).filter(|path| path.is_file())
    }

    /// A binary that cargo built.
    pub fn binary(&self, profile: &str, name: &str) -> PathBuf {
        self.target.join(profile).join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
    }

    /// An empty folder for one command's files, under the target folder.
    pub fn scratch(&self, name: &str) -> Result<PathBuf> {
        let path = self.target.join("xtask").join(format!("{name}-{}", std::process::id()));
        fresh(&path)?;
        Ok(path)
    }
}

/// Makes `path` an empty folder.
pub fn fresh(path: &Path) -> Result<()> {
    if path.exists() {
        std::fs::remove_dir_all(path).map_err(|e| Error::io("empty", path, &e))?;
    }
    std::fs::create_dir_all(path).map_err(|e| Error::io("create", path, &e))
}

fn cache() -> Result<PathBuf> {
    let base = match std::env::var_os("XDG_CACHE_HOME").filter(|dir| !dir.is_empty()) {
        Some(dir) => PathBuf::from(dir),
        None => std::env::home_dir()
            .map(|home| home.join(".cache"))
            .ok_or_else(|| Error::new("there is no home folder").hint("set XDG_CACHE_HOME"))?,
    };
    Ok(base.join("sentistack"))
}
