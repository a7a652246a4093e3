//! A run as the edge holds it: its manifest, its journal, a lock on it, and the words for what it did.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::journal::resume::Progress;
use crate::layout::{self, RunLayout};
use crate::local::files::Files;
use crate::local::journal::FileJournal;
use crate::local::lock::RunLock;
use crate::manifest::Manifest;
use crate::pipeline::port::{Journal, Store};

/// An open run. While it lives, no other process can take the run up.
pub struct Session {
    pub root: PathBuf,
    pub manifest: Manifest,
    pub layout: RunLayout,
    pub store: Arc<dyn Store>,
    pub journal: Arc<dyn Journal>,
    pub progress: Progress,
    _lock: RunLock,
}

impl Session {
    /// Takes up a run that exists.
    pub fn open(root: &Path, run_id: &str) -> Result<Self> {
        let manifest = read_manifest(root, run_id)?;
        Self::with(root, manifest)
    }

    /// Opens the run that `manifest` describes; its folder must be there.
    pub fn with(root: &Path, manifest: Manifest) -> Result<Self> {
        let layout = RunLayout::new(&manifest.run_id);
        let lock = RunLock::take(&root.join(layout.dir()))?;
        let files = Files::new(root);
        files.clean_temporaries(layout.dir())?;
        let journal: Arc<dyn Journal> = Arc::new(FileJournal::open(root.join(layout.journal()))?);
        let progress = Progress::of(&journal.read()?);
        Ok(Self {
            root: root.to_owned(),
            manifest,
            layout,
            store: Arc::new(files),
            journal,
            progress,
            _lock: lock,
        })
    }
}

/// The manifest of a run under `root`.
pub fn read_manifest(root: &Path, run_id: &str) -> Result<Manifest> {
    let path = root.join(RunLayout::new(run_id).manifest());
    match std::fs::read(&path) {
        Ok(bytes) => Manifest::parse(&bytes, &path.display().to_string()),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            Err(Error::usage(format!("there is no run {run_id} under {}", root.display()))
                .hint("see `sentistack pipeline list`, or name another --root"))
        }
        Err(e) => Err(Error::io("read", path.display(), &e)),
    }
}

/// The runs under a root.
#[derive(Debug, Default)]
pub struct Runs {
    /// Newest first.
    pub readable: Vec<Manifest>,
    /// Run ids whose manifest cannot be read, and why.
    pub damaged: Vec<(String, Error)>,
}

/// All runs under `root`.
pub fn runs(root: &Path) -> Result<Runs> {
    let folder = root.join(layout::RUNS);
    let entries = match std::fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Runs::default()),
        Err(e) => return Err(Error::io("read", folder.display(), &e)),
    };
    let mut runs = Runs::default();
    for entry in entries {
        let entry = entry.map_err(|e| Error::io("read", folder.display(), &e))?;
        let Some(run_id) = entry.file_name().to_str().map(str::to_owned) else { continue };
        if !entry.path().is_dir() {
            continue;
        }
        match read_manifest(root, &run_id) {
            Ok(manifest) => runs.readable.push(manifest),
            Err(error) => runs.damaged.push((run_id, error)),
        }
    }
    runs.readable.sort_by(|a, b| (b.started, &b.run_id).cmp(&(a.started, &a.run_id)));
    runs.damaged.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(runs)
}

/// The run that is meant: the one named, or the newest.
pub fn choose(root: &Path, named: Option<&str>) -> Result<String> {
    if let Some(run_id) = named {
        if !crate::id::is_valid_run_id(run_id) {
            return Err(Error::usage(format!("{run_id:?} is not a run id"))
                .hint("letters, digits, dots, dashes and underscores; see `sentistack pipeline list`"));
        }
        return Ok(run_id.to_owned());
    }
    runs(root)?.readable.into_iter().next().map(|manifest| manifest.run_id).ok_or_else(|| {
        Error::usage(format!("there is no run under {} yet", root.display()))
            .hint("start one with `sentistack pipeline run`, or name another --root")
    })
}
