//! One request to X until it is answered: in its turn, with the token, again where nothing came back. It knows the
//! endpoints and the rate limit of each, and nothing of windows.

use std::sync::Mutex;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use reqwest::StatusCode;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};

use super::api::{self, Head, Parameter, Problem};
use super::fault::{self, Asked, Fault, Next};
use super::rate::{Limits, Pace};
use super::stop::{Raise, Stop};
use crate::config::secret::Secret;
use crate::error::{Error, ErrorKind, Result};
use crate::limits;
use crate::pipeline::event::{Event, Events};
use crate::pipeline::port::Clock;
use crate::source::http;

/// How requests that brought no answer are tried again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Backoff {
    /// Before the second try; twice as long each time.
    pub first: Duration,
    pub longest: Duration,
    /// Tries at most, the first included.
    pub tries: u32,
    /// For a whole answer.
    pub answer: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            first: Duration::from_millis(limits::X_WAIT_FIRST_MILLIS),
            longest: Duration::from_millis(limits::X_WAIT_LONGEST_MILLIS),
            tries: limits::X_TRIES,
            answer: Duration::from_secs(limits::HTTP_ANSWER_SECONDS),
        }
    }
}

impl Backoff {
    /// The wait after try number `tries`, by a random number: between half of it and all.
    fn wait(&self, tries: u32, random: u32) -> Duration {
        let whole = self.first.saturating_mul(1 << tries.saturating_sub(1).min(16)).min(self.longest);
        whole / 2 + whole.mul_f64(f64::from(random) / f64::from(u32::MAX) / 2.0)
    }
}

/// An answer, whole.
pub struct Answer {
    pub text: String,
    pub head: Head,
    pub at: Timestamp,
}

/// X's API.
pub struct Client {
    http: reqwest::Client,
    base_url: String,
    query: String,
    token: Secret,
    authorization: HeaderValue,
    search: Pace,
    counts: Pace,
    rules: Pace,
    next: Next,
    backoff: Backoff,
    clock: Arc<dyn Clock>,
    events: Arc<dyn Events>,
    /// When trouble was last told.
    told: Mutex<Option<Timestamp>>,
}

/// What is sent: to be read, or with a body to be done.
struct Request<'a> {
    url: String,
    parameters: &'a [Parameter],
    body: Option<&'a serde_json::Value>,
}

/// What became of one try.
enum Tried {
    Answered(Answer),
    /// X said when to come back.
    Later(Timestamp),
    /// Nothing came back, for this reason.
    Nothing(String),
    Refused(Fault),
}

/// What one try said of the rate limit.
enum Ended {
    Told(Option<Limits>),
    /// Nothing came back that says anything.
    Lost,
}

impl Client {
    pub fn new(
        base_url: &str,
        query: &str,
        token: Secret,
        next: Next,
        backoff: Backoff,
        (clock, events): (Arc<dyn Clock>, Arc<dyn Events>),
    ) -> Result<Self> {
        let bad = || {
            Error::new(
                ErrorKind::Outside,
                "the token for X is none: it has white space or signs that no token has",
            )
            .hint("check what the setting x.token points at: the app's bearer token alone, on one line")
        };
        let plain = token.expose().bytes().all(|b| b.is_ascii_graphic()) && !token.expose().is_empty();
        let header = HeaderValue::from_str(&format!("Bearer {}", token.expose()));
        let mut authorization = header.ok().filter(|_| plain).ok_or_else(bad)?;
        authorization.set_sensitive(true);
        let pace = || Pace::new(Arc::clone(&clock), Arc::clone(&events));
        Ok(Self {
            http: http::client(base_url)?,
            base_url: base_url.to_owned(),
            query: query.to_owned(),
            token,
            authorization,
            search: pace(),
            counts: pace(),
            rules: pace(),
            next,
            backoff,
            clock,
            events,
            told: Mutex::default(),
        })
    }

    pub fn query(&self) -> &str {
        &self.query
    }

    /// Asks until an answer comes; `None` where reading is stopped before one did. An answer that has come is always
    /// given, also after a stop: it is paid for. A refusal that concerns all requests raises the stop before another
    /// request has its turn.
    ///
    /// # Errors
    /// Where X refuses, or does not answer for as many tries as there may be.
    pub async fn ask(
        &self,
        endpoint: &'static str,
        parameters: &[Parameter],
        (raise, stop): (&Raise, &mut Stop),
    ) -> std::result::Result<Option<Answer>, Fault> {
        let pace = if endpoint == api::COUNTS { &self.counts } else { &self.search };
        let url = self.url(endpoint);
        self.until_answered(&Request { url, parameters, body: None }, pace, (raise, stop)).await
    }

    /// Asks for the rules of the app's stream, or changes them.
    ///
    /// # Errors
    /// As [`Client::ask`].
    pub async fn rules(
        &self,
        change: Option<&serde_json::Value>,
        (raise, stop): (&Raise, &mut Stop),
    ) -> std::result::Result<Option<Answer>, Fault> {
        let request = Request { url: self.url(api::RULES), parameters: &[], body: change };
        self.until_answered(&request, &self.rules, (raise, stop)).await
    }

    /// A request for the stream, which is for the caller to send and to read.
    pub fn stream(&self, http: &reqwest::Client, parameters: &[Parameter]) -> reqwest::RequestBuilder {
        let request = http.get(self.url(api::STREAM)).query(parameters);
        request.header(AUTHORIZATION, self.authorization.clone())
    }

    /// What a refusal of the stream or of a rule means.
    pub fn refused(&self, endpoint: &str, status: u16, text: &str) -> Fault {
        self.fault(&self.url(endpoint), status, text, false)
    }

    fn fault(&self, url: &str, status: u16, text: &str, has_token: bool) -> Fault {
        let asked = Asked { url, query: &self.query, has_token, secret: &self.token, next: self.next };
        fault::refused(status, text, asked)
    }

    fn unanswered(&self, tries: u32, last: &str, url: &str) -> Fault {
        fault::unanswered(tries, last, url, self.next)
    }

    /// What X said, without the token in it.
    pub fn hide(&self, words: &str) -> String {
        self.token.hide_in(words)
    }

    fn url(&self, endpoint: &str) -> String {
        format!("{}{endpoint}", self.base_url)
    }

    async fn until_answered(
        &self,
        request: &Request<'_>,
        pace: &Pace,
        (raise, stop): (&Raise, &mut Stop),
    ) -> std::result::Result<Option<Answer>, Fault> {
        let (mut tries, mut waits) = (0, 0);
        loop {
            let Some(ticket) = pace.turn(stop).await else { return Ok(None) };
            let (tried, limits) = self.once(request, pace).await;
            if let Tried::Refused(Fault::Failed(_)) = tried {
                raise.raise();
            }
            match limits {
                Ended::Told(limits) => pace.end(ticket, limits),
                Ended::Lost => pace.lost(),
            }
            match tried {
                Tried::Answered(answer) => return Ok(Some(answer)),
                Tried::Refused(fault) => return Err(fault),
                Tried::Later(at) => {
                    waits += 1;
                    pace.shut(at);
                    if waits >= limits::X_RATE_WAITS {
                        let last = "the rate limit is used up each time";
                        return Err(self.unanswered(waits, last, &request.url));
                    }
                }
                Tried::Nothing(why) => {
                    tries += 1;
                    if tries >= self.backoff.tries {
                        return Err(self.unanswered(tries, &why, &request.url));
                    }
                    let wait = self.backoff.wait(tries, getrandom::u32().unwrap_or(u32::MAX / 2));
                    self.tell_trouble(&why, wait);
                    tokio::select! {
                        () = tokio::time::sleep(wait) => {}
                        () = stop.raised() => return Ok(None),
                    }
                }
            }
        }
    }

    async fn once(&self, request: &Request<'_>, pace: &Pace) -> (Tried, Ended) {
        let url = request.url.as_str();
        let sent = match request.body {
            None => self.http.get(url).query(request.parameters),
            Some(body) => self.http.post(url).json(body),
        };
        let sent = sent.header(AUTHORIZATION, self.authorization.clone()).timeout(self.backoff.answer);
        let answer = match sent.send().await {
            Ok(answer) => answer,
            Err(error) => return (Tried::Nothing(http::told(&error)), Ended::Lost),
        };
        let (status, headers) = (answer.status(), answer.headers().clone());
        if let Some(there) = api::date(&headers) {
            pace.set(there);
        }
        let ended = match api::limits(&headers) {
            // Nothing is known from a failure that says nothing.
            None if !status.is_success() => Ended::Lost,
            limits => Ended::Told(limits),
        };
        let body = http::body(answer, limits::LINE_BYTES).await;
        let body = body.map(|bytes| bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()));
        let whole = matches!(status, StatusCode::OK | StatusCode::CREATED);
        let tried = match (whole, body) {
            (true, Ok(Some(text))) => match Head::of(&text) {
                Some(head) => Tried::Answered(Answer { text, head, at: self.clock.now() }),
                None => Tried::Nothing("the answer was cut: it is no whole JSON".to_owned()),
            },
            // Another try would be paid for as well, and come to the same.
            (true, Ok(None)) => Tried::Refused(fault::too_large(url)),
            (true, Err(why)) => Tried::Nothing(why),
            (false, body) => {
                let text = body.ok().flatten().unwrap_or_default();
                self.failure(status, &headers, &text, request, pace)
            }
        };
        (tried, ended)
    }

    fn failure(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        text: &str,
        request: &Request<'_>,
        pace: &Pace,
    ) -> Tried {
        if status == StatusCode::TOO_MANY_REQUESTS && !Problem::of(text).is_cap() {
            return match api::come_back(headers, pace.now()) {
                Some(at) => Tried::Later(at),
                None => Tried::Nothing("X says 429 (too many requests) and not when to come back".to_owned()),
            };
        }
        if status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT {
            return Tried::Nothing(format!("X says {status}"));
        }
        let has_token = request.parameters.iter().any(|(name, _)| *name == "next_token");
        Tried::Refused(self.fault(&request.url, status.as_u16(), text, has_token))
    }

    /// Once for some time of trouble, and not for a hiccup.
    fn tell_trouble(&self, why: &str, wait: Duration) {
        const HICCUP: Duration = Duration::from_secs(2);
        const QUIET: SignedDuration = SignedDuration::from_secs(30);
        let now = self.clock.now();
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if wait < HICCUP || told.is_some_and(|at| now.duration_since(at) < QUIET) {
            return;
        }
        *told = Some(now);
        let why = self.token.hide_in(why);
        self.events.emit(Event::Warning { message: format!("X does not answer ({why}); trying again") });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest_and_differ_by_half_at_most() {
        let backoff = Backoff::default();
        let seconds =
            |tries| (backoff.wait(tries, 0).as_secs_f64(), backoff.wait(tries, u32::MAX).as_secs_f64());
        assert_eq!((seconds(1), seconds(2), seconds(3)), ((0.5, 1.0), (1.0, 2.0), (2.0, 4.0)));
        assert_eq!((seconds(7), seconds(60)), ((30.0, 60.0), (30.0, 60.0)));
    }
}
