//! The model `endpoint`: any HTTP service that answers as `docs/endpoint.md` says. Texts go out in batches, some at
//! the same time; what passes by itself is waited for, what does not is an error.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use futures_util::StreamExt;
use futures_util::stream;
use reqwest::header::RETRY_AFTER;
use reqwest::{Client, Response, StatusCode};
use sentistack_sentiment::ShareEstimator;
use sentistack_wire::answer;
use serde::Serialize;
use tokio::sync::Semaphore;

use super::circuit::{self, Circuit, Leave};
use crate::config::secret::Secret;
use crate::config::settings::EndpointSettings;
use crate::config::url;
use crate::error::{Error, ErrorKind, Result};
use crate::limits;
use crate::model::Score;
use crate::pipeline::port::{Model, Scores, Text};

/// How an endpoint that fails is waited for: as `limits` says, shorter in tests.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Patience {
    pub tries: u32,
    pub wait: Duration,
    pub longest_wait: Duration,
    pub circuit: circuit::Limits,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            tries: limits::ENDPOINT_TRIES,
            wait: Duration::from_millis(limits::ENDPOINT_WAIT_MILLIS),
            longest_wait: Duration::from_secs(limits::ENDPOINT_WAIT_LONGEST_SECONDS),
            circuit: circuit::Limits {
                failures: limits::ENDPOINT_FAILURES,
                rest: Duration::from_secs(limits::ENDPOINT_REST_SECONDS),
                give_up: Duration::from_secs(limits::ENDPOINT_GIVE_UP_SECONDS),
            },
        }
    }
}

/// See the module's text.
pub struct Endpoint {
    settings: EndpointSettings,
    token: Option<Secret>,
    client: Client,
    /// Requests that may go out at the same time, over all packets.
    permits: Semaphore,
    circuit: Circuit,
    patience: Patience,
    shares: ShareEstimator,
}

#[derive(Serialize)]
struct Request<'a> {
    texts: &'a [String],
}

/// What came of one request.
enum Outcome {
    Scored(Vec<Score>),
    /// It may pass: after so long, where the service said.
    Passing(String, Option<Duration>),
    Fatal(Error),
}

impl Endpoint {
    /// The service of `settings`, as a model. Nothing is sent yet.
    ///
    /// # Errors
    /// Of kind `Failed`, where no HTTP client can be made.
    pub fn new(settings: &EndpointSettings, token: Option<Secret>) -> Result<Self> {
        Self::with(settings, token, Patience::default())
    }

    /// The same, with a patience of its own.
    ///
    /// # Errors
    /// As [`Endpoint::new`].
    pub fn with(settings: &EndpointSettings, token: Option<Secret>, patience: Patience) -> Result<Self> {
        // The process has one default for TLS; if there is one already, it is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut client = Client::builder()
            .user_agent(concat!("sentistack/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(limits::ENDPOINT_CONNECT_SECONDS))
            .timeout(Duration::from_secs(settings.timeout_seconds))
            // Neither posts nor the token go where nobody said that they should.
            .redirect(reqwest::redirect::Policy::none());
        if url::is_local(&settings.url) {
            client = client.no_proxy();
        }
        let client =
            client.build().map_err(|e| Error::failed("cannot make an HTTP client").because(cause(&e)))?;
        Ok(Self {
            settings: settings.clone(),
            token,
            client,
            permits: Semaphore::new(settings.concurrency.max(1) as usize),
            circuit: Circuit::new(patience.circuit),
            patience,
            shares: ShareEstimator::unmeasured(),
        })
    }

    /// One batch, tried until it is scored or cannot be.
    async fn batch(&self, texts: &[String]) -> Result<Vec<Score>> {
        let mut failures = 0;
        let mut last = String::from("no request was answered");
        loop {
            match self.circuit.ask(Instant::now()) {
                Leave::Go => {}
                Leave::Wait(rest) => {
                    tokio::time::sleep(rest).await;
                    continue;
                }
                Leave::Over => return Err(self.unreachable(&last)),
            }
            let permit = self.permits.acquire().await;
            let outcome = self.send(texts).await;
            drop(permit);
            let (cause, asked) = match outcome {
                Outcome::Scored(scores) => {
                    self.circuit.succeeded();
                    return Ok(scores);
                }
                Outcome::Fatal(error) => return Err(error),
                Outcome::Passing(cause, asked) => (cause, asked),
            };
            self.circuit.failed(Instant::now());
            failures += 1;
            last = cause;
            if failures >= self.patience.tries {
                return Err(self.unreachable(&last));
            }
            let wait = asked.unwrap_or_else(|| self.back_off(failures)).min(self.patience.longest_wait);
            tokio::time::sleep(wait).await;
        }
    }

    async fn send(&self, texts: &[String]) -> Outcome {
        let mut request = self.client.post(&self.settings.url).json(&Request { texts });
        if let Some(token) = &self.token {
            request = request.bearer_auth(token.expose());
        }
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) => return Outcome::Passing(cause(&error), None),
        };
        let status = response.status();
        if status.is_server_error() || matches!(status.as_u16(), 408 | 425 | 429) {
            return Outcome::Passing(format!("HTTP {status}"), retry_after(&response));
        }
        if !status.is_success() {
            return Outcome::Fatal(self.refused(status));
        }
        match body(response, limits::ENDPOINT_ANSWER_BYTES * (texts.len() + 16)).await {
            Ok(Some(body)) => match answer::read(&body, texts.len()) {
                Ok(scores) => Outcome::Scored(scores),
                Err(why) => Outcome::Fatal(self.wrong(why)),
            },
            Ok(None) => Outcome::Fatal(self.wrong("it is longer than scores can be".to_owned())),
            Err(error) => Outcome::Passing(cause(&error), None),
        }
    }

    /// Twice as long each time, spread so that what failed together is not tried again together.
    fn back_off(&self, failures: u32) -> Duration {
        let doubled = 2u32.saturating_pow(failures.saturating_sub(1).min(20));
        let whole = self.patience.wait.saturating_mul(doubled).min(self.patience.longest_wait);
        // Without random bytes, all wait the whole time.
        let spread =
            getrandom::u32().map_or(1.0, |random| 0.5 + f64::from(random) / f64::from(u32::MAX) / 2.0);
        whole.mul_f64(spread)
    }

    fn unreachable(&self, cause: &str) -> Error {
        Error::new(ErrorKind::Outside, "the endpoint does not score")
            .because(cause)
            .hint("see to the service at endpoint.url, then resume: what it scored is kept")
            .resource(&self.settings.url)
    }

    fn refused(&self, status: StatusCode) -> Error {
        let (kind, hint) = match status.as_u16() {
            401 | 403 => (ErrorKind::Outside, "check the token that endpoint.token names, then resume"),
            404 | 405 => (ErrorKind::Failed, "check endpoint.url: it takes POST, as docs/endpoint.md says"),
            413 => {
                (ErrorKind::Failed, "lower endpoint.batch in a new run: the service takes no such request")
            }
            300..=399 => {
                (ErrorKind::Failed, "set endpoint.url to where it sends to: redirects are not followed")
            }
            _ => (ErrorKind::Failed, "see what the service logged: docs/endpoint.md says what it is sent"),
        };
        Error::new(kind, format!("the endpoint refused: HTTP {status}"))
            .hint(hint)
            .resource(&self.settings.url)
    }

    fn wrong(&self, why: String) -> Error {
        Error::failed("the endpoint's answer cannot be used")
            .because(why)
            .hint("docs/endpoint.md has the shape of an answer")
            .resource(&self.settings.url)
    }
}

/// How long the service asks to be left alone, in seconds. A date is as good as nothing: clocks differ.
pub(super) fn retry_after(response: &Response) -> Option<Duration> {
    let seconds = response.headers().get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// The body, or `None` where it is longer than `most` bytes.
pub(super) async fn body(mut response: Response, most: usize) -> reqwest::Result<Option<Vec<u8>>> {
    let mut whole = Vec::new();
    while let Some(piece) = response.chunk().await? {
        if whole.len() + piece.len() > most {
            return Ok(None);
        }
        whole.extend_from_slice(&piece);
    }
    Ok(Some(whole))
}

/// What went wrong on the way, with what was below it.
pub(super) fn cause(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    let mut words = Vec::new();
    let mut below = std::error::Error::source(error);
    while let Some(source) = below {
        words.push(source.to_string());
        below = source.source();
    }
    words.dedup();
    if words.is_empty() { "the connection broke".to_owned() } else { words.join(": ") }
}

#[async_trait]
impl Model for Endpoint {
    fn name(&self) -> &str {
        "endpoint"
    }

    async fn score(&self, texts: Vec<Text>) -> Result<Scores> {
        let texts: Vec<String> = texts.into_iter().map(|text| text.text).collect();
        let size = (self.settings.batch as usize).max(1);
        let batches: Vec<_> = texts.chunks(size).map(|texts| self.batch(texts)).collect();
        let mut scored = stream::iter(batches).buffered(self.settings.concurrency.max(1) as usize);
        let mut scores = Vec::with_capacity(texts.len());
        while let Some(batch) = scored.next().await {
            scores.extend(batch?);
        }
        Ok(scores.into())
    }

    fn shares(&self) -> &ShareEstimator {
        &self.shares
    }
}

#[cfg(test)]
#[path = "endpoint_tests.rs"]
mod tests;
