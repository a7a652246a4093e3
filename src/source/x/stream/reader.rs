//! The connection: sets the rule, reads line after line, connects anew when it breaks, and takes the rule away at the
//! end. It counts what every line costs where it comes in, and reads none that may not be paid for.

use std::sync::Arc;
use std::time::Duration;

use reqwest::{Response, StatusCode};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::budget::Account;
use super::line::{self, Said};
use super::pace::{Lost, StreamPace, Waits};
use super::rules::{self, Rule, Wanted};
use super::split::{Line, Lines};
use crate::config::x::Expand;
use crate::error::{Error, ErrorKind, Result};
use crate::limits;
use crate::pipeline::event::{Event, Events};
use crate::pipeline::port::Clock;
use crate::source::http;
use crate::source::replay::Harvest;
use crate::source::x::api::{self, Problem};
use crate::source::x::client::Client;
use crate::source::x::fault::Fault;
use crate::source::x::stop::{Raise, Stop};

/// What the reader hands on.
pub enum Arrived {
    /// What one line gave; `foreign` posts are of rules that are not ours.
    Line {
        harvest: Harvest,
        foreign: u64,
        bytes: u64,
    },
    /// Nothing more comes, and the rule is gone.
    End,
    Failed(Error),
}

/// What to read.
pub struct Reader {
    pub client: Client,
    /// For answers that never end.
    pub http: reqwest::Client,
    pub wanted: Wanted,
    pub expand: Expand,
    /// Posts of ours at most.
    pub limit: Option<u64>,
    /// When it is over.
    pub deadline: Option<Instant>,
    pub pace: StreamPace,
    pub account: Account,
    pub clock: Arc<dyn Clock>,
    pub events: Arc<dyn Events>,
    pub raise: Raise,
    pub stop: Stop,
    pub to: mpsc::Sender<Arrived>,
}

/// What reading has come to.
struct State {
    rule: Rule,
    taken: u64,
    waits: Waits,
    /// A connection has stood before.
    began: bool,
    /// Since when there is no connection.
    away: Option<Instant>,
    /// Since when none has stood, or brought a post.
    in_vain: Option<Instant>,
}

/// What became of an attempt to connect.
enum Attempt {
    Open(Response),
    /// Nothing that tells more than a time to wait; and the one that X named.
    Lost(Lost, Option<Duration>, String),
    /// X says that there is no rule.
    NoRule(String),
    /// The app has another connection, or had one until now.
    Crowded(String, Fault),
    Refused(Fault),
}

/// Why a connection is no longer read.
enum Ended {
    /// All that is wanted is read, the money is spent, or somebody stopped it.
    Done,
    Broke(String),
    /// X keeps the place of a connection for another one.
    Crowded(String),
    Refused(Fault),
}

impl Reader {
    /// Reads until it is over, for whatever reason.
    pub async fn run(mut self) {
        let last = match self.begin().await {
            Ok(None) => Arrived::End,
            Ok(Some(mut state)) => {
                let read = self.read(&mut state).await;
                if let Some(away) = state.away.filter(|_| state.began) {
                    self.account.was_away(away.elapsed().as_secs_f64());
                }
                rules::remove(&self.client, &state.rule, self.pace.farewell, &*self.events).await;
                read.map_or_else(Arrived::Failed, |()| Arrived::End)
            }
            Err(error) => Arrived::Failed(error),
        };
        let _ = self.to.send(last).await;
    }

    /// Sets the rule; `None`: stopped before.
    async fn begin(&mut self) -> Result<Option<State>> {
        self.say_price();
        let rule =
            rules::set(&self.client, &self.wanted, &*self.events, (&self.raise, &mut self.stop)).await?;
        let began = Some(Instant::now());
        let state = |rule| State {
            rule,
            taken: 0,
            waits: Waits::default(),
            began: false,
            away: began,
            in_vain: None,
        };
        Ok(rule.map(state))
    }

    fn say_price(&self) {
        let budget = self.account.budget();
        let (low, high) = budget.post();
        let each = match high > low {
            true => format!("${low:.3} to ${high:.3}, with what comes beside it"),
            false => format!("${low:.3}"),
        };
        let until = match (budget.most, self.limit) {
            (Some(most), Some(limit)) => {
                format!("; reading ends after {limit} posts, or before ${most:.2} are passed (max_cost)")
            }
            (Some(most), None) => format!("; reading ends before ${most:.2} are passed (max_cost)"),
            (None, _) => String::new(),
        };
        self.events.emit(Event::Note { message: format!("each post of X's stream costs {each}{until}") });
    }

    async fn read(&mut self, state: &mut State) -> Result<()> {
        loop {
            if !self.account.has_room() {
                return Ok(());
            }
            let lost = match self.connect().await {
                None => return Ok(()),
                Some(Attempt::Open(answer)) => {
                    self.is_back(state);
                    let since = Instant::now();
                    let ended = self.listen(answer, state).await;
                    let stood = since.elapsed() >= self.pace.stood;
                    if stood {
                        state.in_vain = None;
                    }
                    match ended {
                        Ended::Done => {
                            state.away = None;
                            return Ok(());
                        }
                        Ended::Refused(fault) => return Err(failed(fault)),
                        Ended::Crowded(why) => (Lost::Rate, None, why),
                        Ended::Broke(why) if stood => (Lost::Stood, None, why),
                        Ended::Broke(why) => (Lost::Network, None, why),
                    }
                }
                Some(Attempt::Lost(lost, named, why)) => (lost, named, why),
                Some(Attempt::NoRule(why)) => {
                    let set = (&self.raise, &mut self.stop);
                    match rules::set(&self.client, &self.wanted, &*self.events, set).await? {
                        Some(rule) => state.rule = rule,
                        None => return Ok(()),
                    }
                    (Lost::Error, None, why)
                }
                // X still counts the connection that broke off.
                Some(Attempt::Crowded(why, _)) if state.began => (Lost::Rate, None, why),
                Some(Attempt::Crowded(_, fault) | Attempt::Refused(fault)) => return Err(failed(fault)),
            };
            if !self.wait(state, lost).await? {
                return Ok(());
            }
        }
    }

    /// Waits for the next connection; `false`: it is over meanwhile.
    async fn wait(
        &mut self,
        state: &mut State,
        (lost, named, why): (Lost, Option<Duration>, String),
    ) -> Result<bool> {
        state.away.get_or_insert_with(Instant::now);
        let in_vain = state.in_vain.get_or_insert_with(Instant::now).elapsed();
        let wait = named.unwrap_or_else(|| state.waits.after(lost, &self.pace));
        if in_vain.saturating_add(wait) > self.pace.patience {
            return Err(given_up(in_vain, &self.client.hide(&why)));
        }
        // A hiccup is told when it is over.
        if wait >= self.pace.error {
            let why = self.client.hide(&why);
            let message = format!("X's stream is away ({why}); trying again in {} s", wait.as_secs());
            self.events.emit(Event::Warning { message });
        }
        tokio::select! {
            () = tokio::time::sleep(wait) => Ok(true),
            () = over(&mut self.stop, self.deadline, &self.to) => Ok(false),
        }
    }

    /// A connection stands, perhaps after a time without one.
    fn is_back(&self, state: &mut State) {
        let began = std::mem::replace(&mut state.began, true);
        if let Some(away) = state.away.take().filter(|_| began) {
            let seconds = away.elapsed().as_secs_f64();
            self.account.was_away(seconds);
            let message = format!(
                "X's stream broke off and is back: what was written in {seconds:.1} s may be missing"
            );
            self.events.emit(Event::Warning { message });
        }
    }

    /// `None`: it is over.
    async fn connect(&mut self) -> Option<Attempt> {
        let request = self.client.stream(&self.http, &api::fields(self.expand));
        let sent = tokio::select! {
            sent = tokio::time::timeout(self.pace.silent, request.send()) => sent,
            () = over(&mut self.stop, self.deadline, &self.to) => return None,
        };
        let answer = match sent {
            Ok(Ok(answer)) if answer.status() == StatusCode::OK => return Some(Attempt::Open(answer)),
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => return Some(Attempt::Lost(Lost::Network, None, http::told(&error))),
            Err(_) => {
                return Some(Attempt::Lost(Lost::Network, None, "X did not answer in time".to_owned()));
            }
        };
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = http::body(answer, limits::LINE_BYTES);
        let body = tokio::time::timeout(self.pace.silent, body).await;
        let body = body.ok().and_then(std::result::Result::ok).flatten().unwrap_or_default();
        let text = String::from_utf8_lossy(&body);
        let problem = Problem::of(&text);
        let why = problem.words().into_iter().next().unwrap_or_else(|| format!("X says {status}"));
        Some(match status.as_u16() {
            429 if problem.is_crowd() => Attempt::Crowded(why, self.client.refused(api::STREAM, 429, &text)),
            429 if problem.is_cap() => Attempt::Refused(self.client.refused(api::STREAM, 429, &text)),
            420 | 429 => {
                let now = api::date(&headers).unwrap_or_else(|| self.clock.now());
                let wait = api::come_back(&headers, now).map(|at| at.duration_since(now));
                Attempt::Lost(Lost::Rate, wait.and_then(|wait| wait.try_into().ok()), why)
            }
            409 => Attempt::NoRule(why),
            408 | 500..=599 => Attempt::Lost(Lost::Error, None, why),
            status => Attempt::Refused(self.client.refused(api::STREAM, status, &text)),
        })
    }

    /// Reads an open connection to its end.
    async fn listen(&mut self, mut answer: Response, state: &mut State) -> Ended {
        let mut lines = Lines::default();
        loop {
            let piece = tokio::select! {
                piece = tokio::time::timeout(self.pace.silent, answer.chunk()) => piece,
                () = over(&mut self.stop, self.deadline, &self.to) => return Ended::Done,
            };
            let broke = match piece {
                Ok(Ok(Some(piece))) => {
                    lines.push(&piece);
                    None
                }
                Ok(Ok(None)) => Some("X closed it".to_owned()),
                Ok(Err(error)) => Some(http::told(&error)),
                Err(_) => Some(format!("no sign of life in {} s", self.pace.silent.as_secs())),
            };
            while let Some(line) = lines.next() {
                if let Some(ended) = self.take(line, state).await {
                    self.leave(&mut lines, &state.rule);
                    return ended;
                }
            }
            if let Some(why) = broke {
                state.away = Some(Instant::now());
                if lines.has_rest() {
                    // A post that was cut: it came, and cannot be read.
                    self.account.came(1, 0, 0);
                    let mut harvest = Harvest::default();
                    harvest.reject("the connection broke off inside the line");
                    let _ = self.to.send(Arrived::Line { harvest, foreign: 0, bytes: 0 }).await;
                }
                return Ended::Broke(why);
            }
        }
    }

    /// One line; and why reading is over, if it is.
    async fn take(&mut self, line: Line, state: &mut State) -> Option<Ended> {
        let (mut harvest, mut foreign, mut bytes) = (Harvest::default(), 0, 0);
        match line {
            Line::KeepAlive => return None,
            Line::TooLong => {
                self.account.came(1, 0, 0);
                harvest.reject("the line is too long");
            }
            Line::Text(text) => {
                bytes = text.len() as u64;
                match line::read(&text, &state.rule.id) {
                    Said::Post(came) => {
                        self.account.came(1, came.beside, came.users);
                        state.in_vain = None;
                        foreign = u64::from(!came.ours);
                        harvest = came.harvest;
                    }
                    Said::Leaving(why) => {
                        state.away = Some(Instant::now());
                        return Some(Ended::Broke(why));
                    }
                    Said::Crowded(why) => {
                        state.away = Some(Instant::now());
                        return Some(Ended::Crowded(why));
                    }
                    Said::UsedUp => {
                        return Some(Ended::Refused(self.client.refused(api::STREAM, 429, &text)));
                    }
                    Said::Unreadable(unread) => {
                        // It may have been a post.
                        self.account.came(1, 0, 0);
                        harvest = unread;
                    }
                }
            }
        }
        state.taken += harvest.posts.len() as u64;
        // Where nobody takes it, nothing more is read: X's own buffer fills, and ours does not.
        if self.to.send(Arrived::Line { harvest, foreign, bytes }).await.is_err() {
            return Some(Ended::Done);
        }
        if self.limit.is_some_and(|limit| state.taken >= limit) {
            return Some(Ended::Done);
        }
        if !self.account.has_room() {
            let most = self.account.budget().most.unwrap_or_default();
            let message =
                format!("the next post could pass max_cost (${most:.2}): the stream is not read any further");
            self.events.emit(Event::Note { message });
            return Some(Ended::Done);
        }
        None
    }

    /// What had come behind the last line that was taken is paid for.
    fn leave(&self, lines: &mut Lines, rule: &Rule) {
        while let Some(line) = lines.next() {
            if let Line::Text(text) = line
                && matches!(line::read(&text, &rule.id), Said::Post(_))
            {
                self.account.came_too_late();
            }
        }
    }
}

/// Comes back when reading is over: somebody stopped it, its time has passed, or nobody listens.
async fn over(stop: &mut Stop, deadline: Option<Instant>, to: &mpsc::Sender<Arrived>) {
    let passed = async {
        match deadline {
            Some(deadline) => tokio::time::sleep_until(deadline).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = stop.raised() => {}
        () = passed => {}
        () = to.closed() => {}
    }
}

fn failed(fault: Fault) -> Error {
    match fault {
        Fault::Failed(error) => *error,
        Fault::Token(why) => Error::failed(why),
    }
}

fn given_up(away: Duration, why: &str) -> Error {
    Error::new(ErrorKind::Outside, format!("X's stream cannot be read, tried for {} s", away.as_secs()))
        .because(why)
        .hint("look whether X can be reached, then begin again with `sentistack live run`: what was read before is sent")
}
