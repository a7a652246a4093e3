//! X's filtered stream: posts as they are written, by a rule that is set for the time of reading. Every post is paid
//! for, so it ends before the next one could pass what may be spent. It flows by: nothing of it can be read again, and
//! what X does not give while a connection is away is counted as a gap. It must not know where posts go.
//!
//! `reader` holds the connection, `rules` the rule; `split`, `line`, `pace` and `budget` are pure.

mod budget;
mod line;
mod pace;
mod reader;
mod rules;
mod split;

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use self::budget::{Account, Budget};
use self::reader::{Arrived, Reader};
use self::rules::{TAG, Wanted};
use super::Rates;
use super::client::{Backoff, Client};
use super::fault::Next;
use super::stop::{self, Raise};
use crate::config::secret::Secret;
use crate::config::x::{self, XSettings};
use crate::error::{Error, ErrorKind, Result};
use crate::limits;
use crate::model::{Reject, Tally};
use crate::pipeline::event::Events;
use crate::pipeline::port::{Clock, Mark, Source, SourceBatch, SourceInfo};
use crate::source::http;
use crate::source::replay::Harvest;

pub use self::pace::StreamPace;

/// The one stretch that a stream is.
const STRETCH: &str = "x-stream";

/// Posts that came because of a rule of somebody else's.
const FOREIGN: &str = "other_rule";

/// What is read, and how.
pub struct XStreamOptions {
    pub query: String,
    /// Languages that are scored: one alone becomes a part of the rule.
    pub lang: Vec<String>,
    /// By which the rule is known again.
    pub topic: String,
    /// `None`: until it is stopped, or nothing may be spent any more.
    pub end: Option<Timestamp>,
    /// Posts at most.
    pub limit: Option<u64>,
    /// US dollars at most; `None`: whatever it costs.
    pub max_cost: Option<f64>,
    pub settings: XSettings,
    pub token: Secret,
    pub rates: Rates,
    /// For the requests about rules.
    pub backoff: Backoff,
    pub pace: StreamPace,
    pub clock: Arc<dyn Clock>,
    /// Where it is told what takes long.
    pub events: Arc<dyn Events>,
}

/// The source `x-stream`.
pub struct XStream {
    state: State,
    pace: StreamPace,
    account: Account,
    raise: Raise,
    batch: SourceBatch,
    begun: Option<Instant>,
    page: u32,
    bytes: u64,
}

enum State {
    New(Box<Reader>, mpsc::Receiver<Arrived>),
    Reading {
        arriving: mpsc::Receiver<Arrived>,
        _task: Task,
    },
    /// What came is to be handed over, then this.
    Ending(Result<()>),
    Over,
}

/// A task that ends with whoever started it.
struct Task(JoinHandle<()>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl XStream {
    /// Nothing is asked yet.
    ///
    /// # Errors
    /// Kind `CostLimit` where no post may be read, `Outside` where the token cannot be one.
    pub fn new(options: XStreamOptions) -> Result<Self> {
        let expand = options.settings.expand;
        let budget = Budget { rates: options.rates, expand, most: options.max_cost };
        let account = Account::new(budget);
        if !account.has_room() {
            let (most, dearest) = (options.max_cost.unwrap_or_default(), budget.post().1);
            return Err(Error::new(
                ErrorKind::CostLimit,
                format!("one post of X's stream may cost ${dearest:.3}, and max_cost is ${most:.2}"),
            )
            .hint("allow more with --max-cost, or ask for less beside the posts: x.expand: none"));
        }
        let wanted =
            Wanted { value: x::rule(&options.query, &options.lang), tag: format!("{TAG}{}", options.topic) };
        let base_url = &options.settings.base_url;
        let told = (Arc::clone(&options.clock), Arc::clone(&options.events));
        let client = Client::new(base_url, &wanted.value, options.token, Next::Again, options.backoff, told)?;
        let left = options.end.map(|end| end.duration_since(options.clock.now()));
        let deadline = left.map(|left| Instant::now() + left.try_into().unwrap_or_default());
        let (raise, stop) = stop::stop();
        let (to, arriving) = mpsc::channel(limits::X_STREAM_QUEUE);
        let reader = Reader {
            client,
            http: http::streaming(base_url)?,
            wanted,
            expand,
            limit: options.limit,
            deadline,
            pace: options.pace,
            account: account.clone(),
            clock: options.clock,
            events: options.events,
            raise: raise.clone(),
            stop,
            to,
        };
        Ok(Self {
            state: State::New(Box::new(reader), arriving),
            pace: options.pace,
            account,
            raise,
            batch: SourceBatch::default(),
            begun: None,
            page: 0,
            bytes: 0,
        })
    }

    fn take(&mut self, arrived: Option<Arrived>) {
        match arrived {
            Some(Arrived::Line { harvest, foreign, bytes }) => self.line(harvest, foreign, bytes),
            Some(Arrived::End) => self.state = State::Ending(Ok(())),
            Some(Arrived::Failed(error)) => self.state = State::Ending(Err(error)),
            None => {
                let error = Error::failed("the reader of X's stream broke down");
                self.state = State::Ending(Err(error));
            }
        }
    }

    fn line(&mut self, harvest: Harvest, foreign: u64, bytes: u64) {
        self.begun.get_or_insert_with(Instant::now);
        self.bytes += bytes;
        let reject = |reason: std::borrow::Cow<'static, str>| Reject {
            file: STRETCH.to_owned(),
            line: None,
            byte: None,
            reason: reason.into_owned(),
            excerpt: None,
        };
        self.batch.posts.extend(harvest.posts);
        self.batch.rejects.extend(harvest.rejects.into_iter().map(reject));
        let theirs = Some((FOREIGN, foreign)).filter(|(_, posts)| *posts > 0);
        for (reason, posts) in harvest.dropped.into_iter().chain(theirs) {
            match self.batch.dropped.iter_mut().find(|(known, _)| *known == reason) {
                Some((_, count)) => *count += posts,
                None => self.batch.dropped.push((reason, posts)),
            }
        }
    }

    fn flush(&mut self) -> SourceBatch {
        self.begun = None;
        self.page += 1;
        let mark = Mark {
            stretch: STRETCH.to_owned(),
            page: self.page,
            // There is no way back to it.
            next: Some(String::new()),
            window: None,
        };
        let mut batch = std::mem::take(&mut self.batch);
        (batch.mark, batch.bytes_read) = (Some(mark), self.bytes);
        batch
    }
}

#[async_trait]
impl Source for XStream {
    fn info(&self) -> SourceInfo {
        SourceInfo { keeps_pages: true, ..SourceInfo::default() }
    }

    async fn next(&mut self) -> Result<Option<SourceBatch>> {
        loop {
            match &mut self.state {
                State::Over => return Ok(None),
                State::New(..) => {
                    if let State::New(reader, arriving) = std::mem::replace(&mut self.state, State::Over) {
                        let task = Task(tokio::spawn(reader.run()));
                        self.state = State::Reading { arriving, _task: task };
                    }
                }
                State::Ending(_) if self.begun.is_some() => return Ok(Some(self.flush())),
                State::Ending(_) => {
                    if let State::Ending(end) = std::mem::replace(&mut self.state, State::Over) {
                        return end.map(|()| None);
                    }
                }
                State::Reading { arriving, .. } => {
                    if self.batch.posts.len() + self.batch.rejects.len() >= self.pace.batch {
                        return Ok(Some(self.flush()));
                    }
                    // Nothing is held across this await but what `self` has: it may be dropped.
                    let arrived = match self.begun {
                        None => Ok(arriving.recv().await),
                        Some(begun) => {
                            tokio::time::timeout_at(begun + self.pace.flush, arriving.recv()).await
                        }
                    };
                    match arrived {
                        Ok(arrived) => self.take(arrived),
                        Err(_) => return Ok(Some(self.flush())),
                    }
                }
            }
        }
    }

    fn tally(&self) -> Option<Tally> {
        Some(self.account.tally())
    }

    fn stop(&mut self) {
        if matches!(self.state, State::New(..)) {
            self.state = State::Over;
        }
        self.raise.raise();
    }
}

#[cfg(test)]
mod tests;
