//! X's recent search: the planned windows, each asked for by itself, many at once under the rate limit. Every page is
//! paid for, so each is handed over with a mark, and a window's next page is asked for only when the one before it is
//! kept. It must not know where posts go, nor what a run is.
//!
//! `plan` cuts the span into windows, `walk` decides on the pages of one, `client` gets one page, `rate` says when.
//! Requests run in tasks of their own, so that dropping the future of `next` loses nothing that is on its way.

mod api;
mod client;
mod counts;
mod fault;
mod plan;
mod rate;
mod stop;
pub mod stream;
mod walk;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use rustc_hash::FxHashSet;
use tokio::task::JoinSet;

use self::client::{Answer, Client};
use self::fault::{Fault, Next};
use self::plan::Span;
use self::stop::{Raise, Stop};
use self::walk::{Got, Walk};
use crate::config::secret::Secret;
use crate::config::x::{Spread, XSettings};
use crate::error::{Error, Result};
use crate::limits;
use crate::model::{Reject, Window};
use crate::pipeline::event::{Event, Events};
use crate::pipeline::port::{Clock, Mark, Quote, Source, SourceBatch, SourceInfo, WindowMark};
use crate::source::replay::{Harvest, page};

pub use self::client::Backoff;
pub use self::counts::Rates;

/// What is searched for, and how.
pub struct XOptions {
    pub query: String,
    /// The first moment that counts, and the first that no longer does.
    pub start: Timestamp,
    pub end: Timestamp,
    pub window_seconds: u32,
    /// Posts of a window at most, 10 or more.
    pub max_per_window: u64,
    /// Posts of all windows at most: each window has an equal share.
    pub limit: Option<u64>,
    pub settings: XSettings,
    pub token: Secret,
    pub rates: Rates,
    pub backoff: Backoff,
    pub clock: Arc<dyn Clock>,
    /// Where it is told what takes long.
    pub events: Arc<dyn Events>,
}

/// The source `x-search`.
pub struct XSearch {
    client: Arc<Client>,
    settings: XSettings,
    rates: Rates,
    clock: Arc<dyn Clock>,
    events: Arc<dyn Events>,
    span: Span,
    window_seconds: u32,
    /// Windows that are not whole.
    open: BTreeMap<Window, Reading>,
    /// Those of them that may be asked for, in order.
    ready: VecDeque<Window>,
    /// Those that X no longer has.
    lost: Vec<Window>,
    /// Posts by window, as the counts say.
    counts: BTreeMap<Window, u64>,
    /// Posts that would be read, when that was asked.
    quoted: Option<u64>,
    tasks: JoinSet<(Window, Asked)>,
    raise: Raise,
    stop: Stop,
    stopped: bool,
    failure: Option<Error>,
    bytes_read: u64,
}

/// A window that is being read.
struct Reading {
    walk: Walk,
    /// Pages that came.
    pages: u32,
    /// A page came and is not kept yet.
    unkept: bool,
    /// Posts that came in this attempt.
    seen: FxHashSet<String>,
}

/// What became of a request.
enum Asked {
    Page(Box<Page>),
    /// Reading was stopped before an answer came.
    Stopped,
    Fault(Fault),
}

/// An answer, read.
struct Page {
    harvest: Harvest,
    /// Posts on it by X's own count.
    posts: u32,
    next: Option<String>,
    bytes: u64,
    at: Timestamp,
}

impl XSearch {
    /// Plans the windows. Nothing is asked yet.
    ///
    /// # Errors
    /// Kind `Config` where nothing can be planned, `Outside` where the token cannot be one.
    pub fn new(options: XOptions) -> Result<Self> {
        let span = Span::around(options.start, options.end);
        let windows = plan::windows(span, options.window_seconds);
        if windows.is_empty() {
            return Err(Error::config("there is nothing between start and end").hint("exchange them"));
        }
        let cap = plan::posts_per_window(options.max_per_window, options.limit, windows.len());
        let least = *limits::X_PAGE_POSTS.start();
        if cap < u64::from(least) {
            let needed = u64::from(least) * windows.len() as u64;
            return Err(Error::config(format!(
                "X gives {least} posts of a window at least, and {} windows are planned",
                windows.len()
            ))
            .hint(format!("use --limit {needed} or more, longer windows, or a shorter time")));
        }
        let cap = u32::try_from(cap).unwrap_or(u32::MAX);
        let spread = options.settings.sample == Spread::Spread;
        let open =
            windows.iter().map(|(window, cut)| (*window, Reading::new(Walk::new(*cut, cap, spread), 0)));
        let client = Client::new(
            &options.settings.base_url,
            &options.query,
            options.token,
            Next::Resume,
            options.backoff,
            (Arc::clone(&options.clock), Arc::clone(&options.events)),
        )?;
        let (raise, stop) = stop::stop();
        Ok(Self {
            client: Arc::new(client),
            settings: options.settings,
            rates: options.rates,
            clock: options.clock,
            events: options.events,
            span,
            window_seconds: options.window_seconds,
            open: open.collect(),
            ready: windows.iter().map(|(window, _)| *window).collect(),
            lost: Vec::new(),
            counts: BTreeMap::new(),
            quoted: None,
            tasks: JoinSet::new(),
            raise,
            stop,
            stopped: false,
            failure: None,
            bytes_read: 0,
        })
    }

    /// Sends what may be sent.
    fn send(&mut self) {
        while self.tasks.len() < limits::X_IN_FLIGHT && !self.stop.is_raised() {
            let Some(window) = self.ready.pop_front() else { return };
            let Some(mut ask) = self.open.get(&window).and_then(|reading| reading.walk.ask()) else {
                continue;
            };
            let earliest = self.earliest();
            if ask.span.end <= earliest {
                self.lost.push(window);
                continue;
            }
            if ask.token.is_none() {
                ask.span.start = ask.span.start.max(earliest);
            }
            let parameters = api::search(self.client.query(), &ask, self.settings.expand);
            let (client, raise, mut stop) = (Arc::clone(&self.client), self.raise.clone(), self.stop.clone());
            self.tasks.spawn(async move {
                let asked = match client.ask(api::SEARCH, &parameters, (&raise, &mut stop)).await {
                    Ok(Some(answer)) => Asked::Page(Box::new(Page::of(answer))),
                    Ok(None) => Asked::Stopped,
                    Err(fault) => Asked::Fault(fault),
                };
                (window, asked)
            });
        }
    }

    /// The first second that X still has, with a little time for the way.
    fn earliest(&self) -> i64 {
        self.clock.now().as_second() - limits::X_REACH_SECONDS + limits::X_SETTLE_SECONDS
    }

    /// What came of `window`, as a batch.
    fn take(&mut self, window: Window, asked: Asked) -> Option<SourceBatch> {
        match asked {
            Asked::Stopped => None,
            Asked::Page(page) => self.take_page(window, *page),
            Asked::Fault(Fault::Token(why)) => {
                self.warn(format!("the rest of window {window} is not read: {why}"));
                let reading = self.open.get_mut(&window)?;
                reading.walk.refused();
                let at = self.clock.now();
                Some(self.batch(window, Harvest::default(), at))
            }
            Asked::Fault(Fault::Failed(error)) => {
                self.fail(*error);
                None
            }
        }
    }

    /// Nothing more is asked for; what is on its way still comes, then the error.
    fn fail(&mut self, error: Error) {
        if !self.stopped && self.failure.is_none() {
            self.failure = Some(error);
        }
        self.raise.raise();
    }

    fn take_page(&mut self, window: Window, page: Page) -> Option<SourceBatch> {
        self.bytes_read += page.bytes;
        let reading = self.open.get_mut(&window)?;
        let asked_from = reading.walk.ask().and_then(|ask| ask.token);
        let before = reading.seen.len();
        reading.seen.extend(page.harvest.posts.iter().map(|post| post.id.clone()));
        let nothing_new = !page.harvest.posts.is_empty() && reading.seen.len() == before;
        let same_token = page.next.is_some() && page.next == asked_from;
        let repeated = page.next.is_some() && (nothing_new || same_token);
        if reading.walk.came(Got { posts: page.posts, next: page.next, repeated }) {
            let what = if repeated { "a page again" } else { "page after page without a post" };
            self.warn(format!("X gave {what} in window {window}: the rest of it is not read"));
        }
        Some(self.batch(window, page.harvest, page.at))
    }

    /// The posts of a page with the mark that it brings its window to.
    fn batch(&mut self, window: Window, harvest: Harvest, at: Timestamp) -> SourceBatch {
        let mut mark = Mark { stretch: window.to_string(), ..Mark::default() };
        if let Some(reading) = self.open.get_mut(&window) {
            reading.pages += 1;
            reading.unkept = true;
            mark.page = reading.pages;
            if reading.walk.is_over() {
                mark.window = Some(WindowMark {
                    window,
                    capped: reading.walk.capped(),
                    count_available: self.counts.get(&window).copied(),
                    fetched_at: at,
                });
                self.open.remove(&window);
            } else {
                mark.next = Some(reading.walk.written());
            }
        }
        let file = format!("x-search {} page {}", mark.stretch, mark.page);
        let reject = |reason: std::borrow::Cow<'static, str>| Reject {
            file: file.clone(),
            line: None,
            byte: None,
            reason: reason.into_owned(),
            excerpt: None,
        };
        SourceBatch {
            posts: harvest.posts,
            rejects: harvest.rejects.into_iter().map(reject).collect(),
            dropped: harvest.dropped,
            bytes_read: self.bytes_read,
            mark: Some(mark),
            ..SourceBatch::default()
        }
    }

    /// Nothing is on its way: the end, the error that made it, or (`None`) a window that waits for its page to be
    /// kept.
    fn end(&mut self) -> Option<Result<()>> {
        if let Some(error) = self.failure.take() {
            self.stopped = true;
            return Some(Err(error));
        }
        if self.stopped {
            return Some(Ok(()));
        }
        if self.open.values().any(|reading| reading.unkept) {
            return None;
        }
        self.stopped = true;
        let lost = std::mem::take(&mut self.lost);
        Some(match lost.last().and_then(|last| self.open.get(last)) {
            Some(last) => Err(fault::out_of_reach(lost.len(), last.walk.span().times().1)),
            None => Ok(()),
        })
    }

    fn warn(&self, message: String) {
        self.events.emit(Event::Warning { message });
    }
}

impl Reading {
    fn new(walk: Walk, pages: u32) -> Self {
        Self { walk, pages, unkept: false, seen: FxHashSet::default() }
    }
}

impl Page {
    fn of(answer: Answer) -> Self {
        let mut harvest = Harvest::default();
        page::read(&answer.text, &mut harvest);
        let dropped: u64 = harvest.dropped.iter().map(|(_, posts)| posts).sum();
        let read = harvest.posts.len() + harvest.rejects.len();
        let meta = answer.head.meta.unwrap_or_default();
        let counted = u32::try_from(read as u64 + dropped).unwrap_or(u32::MAX);
        Self {
            harvest,
            posts: meta.result_count.unwrap_or(counted),
            next: meta.next_token.filter(|token| !token.is_empty()),
            bytes: answer.text.len() as u64,
            at: answer.at,
        }
    }
}

#[async_trait]
impl Source for XSearch {
    fn info(&self) -> SourceInfo {
        SourceInfo {
            planned: Some(self.span.times()),
            total: self.quoted,
            keeps_pages: true,
            ..SourceInfo::default()
        }
    }

    async fn quote(&mut self) -> Result<Option<Quote>> {
        self.count().await.map(Some)
    }

    fn resume(&mut self, kept: &[Mark]) -> Result<()> {
        for mark in kept {
            let strange = || {
                Error::input(format!("page {} of {} is of no window of this run", mark.page, mark.stretch))
                    .hint("the run's folder is damaged, or was made with other settings; start a new run")
            };
            let window: Window = mark.stretch.parse().map_err(|_| strange())?;
            let Some(next) = &mark.next else {
                self.open.remove(&window);
                continue;
            };
            // A page may have been kept after the one that made its window whole.
            let Some(reading) = self.open.get_mut(&window) else { continue };
            if mark.page > reading.pages {
                *reading = Reading::new(Walk::read(next).ok_or_else(strange)?, mark.page);
            }
        }
        self.ready.retain(|window| self.open.contains_key(window));
        Ok(())
    }

    /// Waits for ever where all windows that are left wait for [`Source::kept`].
    async fn next(&mut self) -> Result<Option<SourceBatch>> {
        loop {
            self.send();
            match self.tasks.join_next().await {
                Some(Ok((window, asked))) => {
                    if let Some(batch) = self.take(window, asked) {
                        return Ok(Some(batch));
                    }
                }
                Some(Err(broken)) => {
                    self.fail(Error::failed("a request to X broke off inside the tool").because(broken));
                }
                None => match self.end() {
                    Some(end) => return end.map(|()| None),
                    None => std::future::pending().await,
                },
            }
        }
    }

    fn kept(&mut self, mark: &Mark) {
        let Ok(window) = mark.stretch.parse::<Window>() else { return };
        if let Some(reading) = self.open.get_mut(&window)
            && reading.unkept
            && reading.pages == mark.page
        {
            reading.unkept = false;
            // Before windows that were not begun, so that what is begun becomes whole.
            self.ready.push_front(window);
        }
    }

    fn stop(&mut self) {
        self.stopped = true;
        self.raise.raise();
    }
}

#[cfg(test)]
mod tests;
