//! The endpoint design: a service scores, as `docs/endpoint.md` says, and where it fails, by setting, the function's own
//! model does. What comes back is checked as the tool checks it.

use std::time::{Duration, Instant};

use sentistack_sentiment::Score;
use sentistack_wire::answer;

use super::http::{Client, Fault, Times};
use super::log;
use super::origin::Origin;
use crate::limits;
use crate::scorer::{Embedded, Judge, Scored, Scorer};

/// See the module's text.
pub struct Endpoint {
    client: Client,
    fallback: Option<Embedded>,
    /// The last request failed for good: the next one finds out, once, whether the service is back.
    down: bool,
    /// When waiting has to end.
    pub until: Instant,
}

/// Why a batch has no scores.
enum Trouble {
    /// It may pass.
    Passing(String),
    /// Asking again would bring the same.
    Lasting(String),
}

impl Endpoint {
    /// The service at `url`, with or without the function's own model behind it. Nothing is sent yet.
    ///
    /// # Errors
    /// Where `url` is no address.
    pub fn new(url: &str, fallback: bool) -> Result<Self, String> {
        let times = Times {
            connect: Duration::from_millis(limits::ENDPOINT_CONNECT_MILLIS),
            answer: Some(Duration::from_millis(limits::ENDPOINT_ANSWER_MILLIS)),
        };
        Ok(Self {
            client: Client::new(Origin::parse(url)?, times),
            fallback: fallback.then(Embedded::default),
            down: false,
            until: Instant::now(),
        })
    }

    /// One batch, tried some times while there is time.
    fn batch(&mut self, texts: &[&str]) -> Option<Vec<Score>> {
        let tries = if self.down { 1 } else { limits::ENDPOINT_TRIES };
        let mut wait = Duration::from_millis(limits::ENDPOINT_WAIT_MILLIS);
        for attempt in 1..=tries {
            let why = match self.ask(texts) {
                Ok(scores) => {
                    self.down = false;
                    return Some(scores);
                }
                Err(Trouble::Lasting(why)) => {
                    log::endpoint(&why, attempt);
                    return None;
                }
                Err(Trouble::Passing(why)) => why,
            };
            let no_time = Instant::now() + wait >= self.until;
            if attempt == tries || no_time {
                log::endpoint(&why, attempt);
                break;
            }
            std::thread::sleep(wait);
            wait *= 2;
        }
        self.down = true;
        None
    }

    fn ask(&mut self, texts: &[&str]) -> Result<Vec<Score>, Trouble> {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Trouble::Passing("no time was left".to_owned()));
        }
        self.client.times.connect = left.min(Duration::from_millis(limits::ENDPOINT_CONNECT_MILLIS));
        self.client.times.answer = Some(left.min(Duration::from_millis(limits::ENDPOINT_ANSWER_MILLIS)));
        let limit = limits::ENDPOINT_ANSWER_BYTES * (texts.len() + 16);
        let headers = [("content-type", "application/json")];
        let body = answer::request(texts);
        let answer = self.client.send("POST", "/predict", &headers, &body, limit);
        let answer = match answer {
            Ok(answer) => answer,
            Err(Fault::TooLong) => return Err(Trouble::Lasting("the answer is too long".to_owned())),
            Err(fault) => return Err(Trouble::Passing(fault.to_string())),
        };
        let status = answer.status;
        if matches!(status, 408 | 425 | 429 | 500..) {
            return Err(Trouble::Passing(format!("HTTP {status}")));
        }
        if !(200..300).contains(&status) {
            return Err(Trouble::Lasting(format!("HTTP {status}")));
        }
        // What is wrong with an answer may quote it, and it may quote a post.
        answer::read(&answer.body, texts.len())
            .map_err(|_| Trouble::Lasting("the answer is not as documented".to_owned()))
    }
}

impl Scorer for Endpoint {
    fn judge(&self) -> Judge {
        Judge::Endpoint
    }

    fn score(&mut self, texts: &[&str]) -> Vec<Option<Scored>> {
        let mut scored = Vec::with_capacity(texts.len());
        let mut rest = texts;
        // Once it failed for good, the rest of this event is not waited for.
        let mut gave_up = false;
        while !rest.is_empty() {
            let (batch, behind) = rest.split_at(batch_length(rest));
            rest = behind;
            let scores = if gave_up { None } else { self.batch(batch) };
            match scores {
                Some(scores) => {
                    scored.extend(
                        scores.into_iter().map(|score| Some(Scored { judge: Judge::Endpoint, score })),
                    );
                }
                None => {
                    gave_up |= self.down;
                    let own = self.fallback.as_mut();
                    match own {
                        Some(own) => scored.extend(batch.iter().map(|text| Some(own.one(text)))),
                        None => scored.extend(batch.iter().map(|_| None)),
                    }
                }
            }
        }
        scored
    }
}

/// Texts of the next request: one at least.
fn batch_length(texts: &[&str]) -> usize {
    let mut bytes = 0;
    let fitting = texts.iter().take(limits::ENDPOINT_TEXTS).take_while(|text| {
        bytes += text.len();
        bytes <= limits::ENDPOINT_BYTES
    });
    fitting.count().max(1)
}
