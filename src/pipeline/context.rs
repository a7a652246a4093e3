//! What every stage of a run shares: the manifest, the store, the journal, and the wish to stop.
//! It knows no stage and no backend.

use std::sync::Arc;

use tokio::sync::watch;

use crate::error::{Error, ErrorKind, Result};
use crate::journal::format::{Entry, JOURNAL_VERSION, Record, StageResult, TransformCounts};
use crate::journal::resume::Progress;
use crate::layout::RunLayout;
use crate::manifest::Manifest;
use crate::pipeline::event::{Event, Events, Stage};
use crate::pipeline::port::{Clock, Journal, Store};

/// A request to stop, as a value that every stage looks at.
#[derive(Clone, Debug)]
pub struct Stop(watch::Receiver<Option<ErrorKind>>);

impl Stop {
    /// A stop and the sender that raises it with [`ErrorKind::Interrupted`] or [`ErrorKind::Terminated`].
    pub fn new() -> (watch::Sender<Option<ErrorKind>>, Self) {
        let (sender, receiver) = watch::channel(None);
        (sender, Self(receiver))
    }

    /// An error of the signal's kind when a stop was asked for.
    pub fn check(&self) -> Result<()> {
        let asked = *self.0.borrow();
        asked.map_or(Ok(()), |kind| Err(Self::error(kind)))
    }

    /// Ends when a stop is asked for; never, if nobody can ask any more.
    pub async fn asked(&mut self) -> Error {
        loop {
            if let Some(kind) = *self.0.borrow_and_update() {
                return Self::error(kind);
            }
            if self.0.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    fn error(kind: ErrorKind) -> Error {
        let by = if kind == ErrorKind::Terminated { "SIGTERM" } else { "Ctrl-C" };
        Error::new(kind, format!("stopped by {by}"))
    }
}

/// What every stage of a run shares.
pub struct Context {
    pub manifest: Manifest,
    pub layout: RunLayout,
    pub store: Arc<dyn Store>,
    pub journal: Arc<dyn Journal>,
    pub clock: Arc<dyn Clock>,
    pub events: Arc<dyn Events>,
    pub stop: Stop,
}

impl Context {
    /// Appends to the journal.
    pub fn log(&self, entry: Entry) -> Result<()> {
        self.journal.append(&Record { v: JOURNAL_VERSION, at: self.clock.now(), entry })
    }

    /// Tells whoever watches.
    pub fn emit(&self, event: Event) {
        self.events.emit(event);
    }
}

/// What transform made for `model`, if it ended.
pub fn transform_counts<'a>(progress: &'a Progress, model: &str) -> Option<&'a TransformCounts> {
    match progress.models.get(model)?.result(Stage::Transform)? {
        StageResult::Transform(counts) => Some(counts),
        StageResult::Load { .. } | StageResult::Report { .. } => None,
    }
}
