//! Bluesky's public stream, over Jetstream: posts as they are written, or of the last day and a half. It flows by, so
//! every batch has a mark, and a later attempt goes on from the last one. It knows nothing of runs and of how posts
//! are kept; duplicates of its own making (a rewound stream) it drops itself.

mod cursor;
mod event;
mod intake;
mod pace;
pub mod query;
mod reader;
mod recent;
mod words;

use std::sync::Arc;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::Instant;

pub use pace::Pace;

use crate::error::{Error, Result};
use crate::limits;
use crate::pipeline::port::{Clock, Mark, Source, SourceBatch, SourceInfo};
use cursor::Cursor;
use intake::{Intake, STRETCH, Wanted};
use query::Query;
use reader::{Arrived, Reader};

/// What to read.
pub struct BlueskyOptions {
    /// Instances, as `wss://host`; the next one is used when one is down.
    pub urls: Vec<String>,
    /// See [`query`]; `None`: every post.
    pub query: Option<String>,
    /// Languages of which a post must state one; a post that states none is taken. Empty: all.
    pub lang: Vec<String>,
    /// `None`: from now on.
    pub start: Option<Timestamp>,
    /// `None`: without end.
    pub end: Option<Timestamp>,
    /// Posts at most.
    pub limit: Option<u64>,
    pub pace: Pace,
    pub clock: Arc<dyn Clock>,
}

/// See the module's text.
pub struct Bluesky {
    options: BlueskyOptions,
    start: Timestamp,
    intake: Intake,
    state: State,
    /// When the last batch was handed over, and when the one that is being filled was begun.
    handed: Instant,
    begun: Option<Instant>,
    /// How far the stream had come in the last batch.
    marked: i64,
}

enum State {
    /// Not connected yet; with how far an earlier attempt came.
    New(Option<i64>),
    Reading {
        arriving: mpsc::Receiver<Arrived>,
        _task: Task,
    },
    /// What came is to be handed over, then this.
    Ending(End),
    Over,
}

enum End {
    /// The stretch is whole.
    Whole,
    /// It can be gone on with.
    Stopped,
    Failed(Error),
}

/// A task that ends with whoever started it.
struct Task(JoinHandle<()>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Bluesky {
    /// Checks what is asked for. Nothing is read yet.
    ///
    /// # Errors
    /// Of kind `Config` when the query cannot be read.
    pub fn new(options: BlueskyOptions) -> Result<Self> {
        let query = match &options.query {
            None => Query::default(),
            Some(text) => Query::parse(text)
                .map_err(|e| Error::config(format!("the query {text:?} cannot be read: {e}")).hint(e.hint))?,
        };
        if options.urls.is_empty() {
            return Err(
                Error::config("bluesky.url names no instance").hint("leave it out for the public ones")
            );
        }
        // The process has one default for TLS; if there is one already, it is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let wanted = Wanted { query, lang: options.lang.clone(), limit: options.limit };
        let start = options.start.unwrap_or_else(|| options.clock.now());
        Ok(Self {
            options,
            start,
            intake: Intake::new(wanted),
            state: State::New(None),
            handed: Instant::now(),
            begun: None,
            marked: 0,
        })
    }

    /// Connects, unless what is asked for is gone already.
    fn connect(&mut self, at: Option<i64>) -> Result<()> {
        let from = at.and_then(|at| Timestamp::from_microsecond(at).ok()).unwrap_or(self.start);
        let earliest = earliest(self.options.clock.now());
        if from < earliest {
            return Err(Error::failed(format!("Bluesky's stream no longer has what came after {from}"))
                .because(format!("the earliest that it has is of {earliest}, about"))
                .hint("what was read before is kept; start a new run for what comes now"));
        }
        let (to, arriving) = mpsc::channel(limits::JETSTREAM_QUEUE);
        let reader = Reader {
            urls: self.options.urls.clone(),
            pace: self.options.pace,
            clock: Arc::clone(&self.options.clock),
            start: self.start,
            end: self.options.end,
            at,
            to,
        };
        self.handed = Instant::now();
        self.state = State::Reading { arriving, _task: Task(tokio::spawn(reader.run())) };
        Ok(())
    }

    fn flush(&mut self, last: bool) -> SourceBatch {
        self.handed = Instant::now();
        self.begun = None;
        self.marked = self.intake.at();
        self.intake.flush(last)
    }

    fn take(&mut self, arrived: Option<Arrived>) {
        match arrived {
            Some(Arrived::Message { read, bytes, host }) => {
                self.intake.take(read, bytes, &host);
                if self.begun.is_none() && !self.intake.is_empty() {
                    self.begun = Some(Instant::now());
                }
                if self.intake.is_sated() {
                    self.state = State::Ending(End::Whole);
                }
            }
            Some(Arrived::End) => self.state = State::Ending(End::Whole),
            Some(Arrived::Failed(error)) => self.state = State::Ending(End::Failed(error)),
            None => {
                let error = Error::failed("the reader of Bluesky's stream broke down").hint("resume the run");
                self.state = State::Ending(End::Failed(error));
            }
        }
    }

    /// The last batch, then how it ends.
    fn end(&mut self, end: End) -> Result<Option<SourceBatch>> {
        match end {
            End::Whole => {
                self.state = State::Over;
                Ok(Some(self.flush(true)))
            }
            End::Stopped | End::Failed(_) if !self.intake.is_empty() || self.intake.at() > self.marked => {
                let batch = self.flush(false);
                self.state = State::Ending(end);
                Ok(Some(batch))
            }
            End::Stopped => {
                self.state = State::Over;
                Ok(None)
            }
            End::Failed(error) => {
                self.state = State::Over;
                Err(error)
            }
        }
    }
}

/// The earliest moment that the stream still has at `now`, about.
fn earliest(now: Timestamp) -> Timestamp {
    now.checked_sub(SignedDuration::from_hours(limits::JETSTREAM_LOOKBACK_HOURS)).unwrap_or(Timestamp::MIN)
}

#[async_trait]
impl Source for Bluesky {
    fn info(&self) -> SourceInfo {
        SourceInfo {
            // A post that was changed comes again, under its own identifier.
            unique_ids: false,
            time_ordered: false,
            synthetic: false,
            planned: self.options.end.map(|end| (self.start, end)),
            total: None,
            total_bytes: None,
            keeps_pages: true,
        }
    }

    fn resume(&mut self, kept: &[Mark]) -> Result<()> {
        let Some(mark) = kept.iter().rev().find(|mark| mark.stretch == STRETCH) else { return Ok(()) };
        let Some(next) = &mark.next else {
            self.state = State::Over;
            return Ok(());
        };
        let cursor: Cursor = next.parse().map_err(|()| {
            Error::failed(format!("page {} does not say where the stream goes on", mark.page))
                .hint("start a new run: this one was made by another version of the tool")
        })?;
        // An attempt that saw no event has nothing to go on from but the start.
        self.state = State::New((cursor.at > 0).then_some(cursor.at));
        if let Ok(seen) = Timestamp::from_microsecond(cursor.at)
            && cursor.at > 0
        {
            // Without a start in the settings, this attempt's now is not the run's.
            self.start = self.start.min(seen);
        }
        self.marked = cursor.at;
        self.intake.resume(mark.page, cursor);
        if self.intake.is_sated() {
            self.state = State::Ending(End::Whole);
        }
        Ok(())
    }

    async fn next(&mut self) -> Result<Option<SourceBatch>> {
        loop {
            match &mut self.state {
                State::Over => return Ok(None),
                State::New(at) => {
                    let at = *at;
                    if let Err(error) = self.connect(at) {
                        self.state = State::Over;
                        return Err(error);
                    }
                }
                State::Ending(_) => {
                    if let State::Ending(end) = std::mem::replace(&mut self.state, State::Over) {
                        return self.end(end);
                    }
                }
                State::Reading { arriving, .. } => {
                    if self.intake.size() >= self.options.pace.batch {
                        return Ok(Some(self.flush(false)));
                    }
                    // Nothing is held across this await but what `self` has: it may be dropped.
                    let due = match self.begun {
                        Some(begun) => begun + self.options.pace.flush,
                        None => self.handed + self.options.pace.mark,
                    };
                    match tokio::time::timeout_at(due, arriving.recv()).await {
                        Ok(arrived) => self.take(arrived),
                        Err(_) if !self.intake.is_empty() || self.intake.at() > self.marked => {
                            return Ok(Some(self.flush(false)));
                        }
                        Err(_) => self.handed = Instant::now(),
                    }
                }
            }
        }
    }

    fn stop(&mut self) {
        match self.state {
            State::New(_) | State::Reading { .. } => self.state = State::Ending(End::Stopped),
            State::Ending(_) | State::Over => {}
        }
    }
}
