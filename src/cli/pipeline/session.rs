//! A run as the edge holds it: its manifest, its journal, a hold on it, and the words for what it did.

use std::sync::Arc;

use crate::cli::pipeline::place::{Held, Place};
use crate::error::{Error, Result};
use crate::journal::resume::Progress;
use crate::layout::RunLayout;
use crate::manifest::Manifest;
use crate::pipeline::port::{Journal, Store};

/// An open run. While it lives, no other process can take the run up.
pub struct Session {
    pub manifest: Manifest,
    pub layout: RunLayout,
    pub store: Arc<dyn Store>,
    pub journal: Arc<dyn Journal>,
    pub progress: Progress,
    _held: Held,
    pub place: Arc<Place>,
}

impl Session {
    /// Takes up a run that exists.
    pub fn open(place: &Arc<Place>, run_id: &str) -> Result<Self> {
        let manifest = place.manifest(run_id)?;
        Self::with(place, manifest)
    }

    /// Opens the run that `manifest` describes; its folder must be there.
    pub fn with(place: &Arc<Place>, manifest: Manifest) -> Result<Self> {
        let layout = RunLayout::new(&manifest.run_id);
        let held = place.hold(&manifest.run_id)?;
        let journal = place.journal(&manifest.run_id)?;
        let progress = Progress::of(&journal.read()?);
        Ok(Self {
            manifest,
            layout,
            store: Arc::clone(&place.store),
            journal,
            progress,
            _held: held,
            place: Arc::clone(place),
        })
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
