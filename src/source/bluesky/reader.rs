//! The connection: reads the stream from an instance, and goes over to the next one when it breaks, rewound by a few
//! seconds. It knows nothing of queries and batches; whoever takes the events drops what comes twice.

use std::sync::Arc;

use futures_util::{SinkExt, StreamExt};
use jiff::{SignedDuration, Timestamp};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::{Duration, Instant, timeout};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

use super::event::{self, Broken, COLLECTION, Event};
use super::pace::Pace;
use crate::error::{Error, ErrorKind};
use crate::limits;
use crate::pipeline::port::Clock;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// What the reader hands on.
pub enum Arrived {
    Message {
        read: Result<Event, Broken>,
        bytes: u64,
        host: Arc<str>,
    },
    /// The stream has passed the end.
    End,
    /// No instance can be read.
    Failed(Error),
}

/// What to read, from where, up to when.
pub struct Reader {
    pub urls: Vec<String>,
    pub pace: Pace,
    pub clock: Arc<dyn Clock>,
    pub start: Timestamp,
    pub end: Option<Timestamp>,
    /// How far the stream was read by an earlier attempt, microseconds since 1970.
    pub at: Option<i64>,
    pub to: mpsc::Sender<Arrived>,
}

/// Why a connection ended.
enum Ended {
    /// All is read, or nobody listens any more.
    Done,
    /// It is alive and has nothing more: another instance may.
    Idle,
    /// It broke.
    Broke(String),
    /// The instance does not want us: HTTP 4xx.
    Refused(String),
}

impl Reader {
    /// Reads to the end, or until too many connections in a row brought nothing new.
    pub async fn run(mut self) {
        self.wait_for_start().await;
        let (mut failures, mut refusals, mut idle) = (0u32, 0usize, 0u32);
        for instance in 0.. {
            let url = self.urls[instance % self.urls.len()].clone();
            let before = self.at;
            let ended = self.read(&url).await;
            if self.at > before {
                (failures, refusals, idle) = (0, 0, 0);
            }
            let cause = match ended {
                Ended::Done => return,
                Ended::Idle => {
                    idle += 1;
                    // One connection may be stuck; two that are silent after the end have nothing more.
                    if idle >= 2 && self.is_past_end() {
                        let _ = self.to.send(Arrived::End).await;
                        return;
                    }
                    continue;
                }
                Ended::Broke(cause) => {
                    refusals = 0;
                    cause
                }
                Ended::Refused(cause) => {
                    refusals += 1;
                    cause
                }
            };
            failures += 1;
            if failures >= self.pace.tries || refusals >= self.urls.len() {
                let error = self.given_up(&url, &cause, failures);
                let _ = self.to.send(Arrived::Failed(error)).await;
                return;
            }
            tokio::time::sleep(self.pace.back_off(failures)).await;
        }
    }

    fn given_up(&self, url: &str, cause: &str, failures: u32) -> Error {
        let times = if failures == 1 { "once".to_owned() } else { format!("{failures} times in a row") };
        let error = Error::new(ErrorKind::Outside, format!("Bluesky's stream cannot be read: tried {times}"));
        let keeps = limits::JETSTREAM_LOOKBACK_HOURS;
        error
            .because(format!("{}: {cause}", host(url)))
            .hint(format!(
                "check the network (and bluesky.url, if you set it), then resume within {keeps} hours: what was read is kept"
            ))
            .resource(url)
    }

    async fn wait_for_start(&self) {
        // Looked at again and again: a machine that slept has another clock than its timers.
        while let Ok(left) = Duration::try_from(self.start.duration_since(self.clock.now())) {
            if left.is_zero() || self.to.is_closed() {
                return;
            }
            tokio::time::sleep(left.min(Duration::from_secs(1))).await;
        }
    }

    fn is_past_end(&self) -> bool {
        self.end.is_some_and(|end| self.clock.now().duration_since(end) >= self.pace.grace)
    }

    /// Microseconds since 1970 from which the stream is asked for.
    fn cursor(&self) -> i64 {
        let start = self.start.as_microsecond();
        let rewind = limits::JETSTREAM_REWIND_SECONDS * 1_000_000;
        self.at.map_or(start, |at| (at - rewind).max(start))
    }

    /// One connection, until it ends.
    async fn read(&mut self, url: &str) -> Ended {
        let asked = format!(
            "{}/subscribe?wantedCollections={COLLECTION}&maxMessageSizeBytes={}&cursor={}",
            url.trim_end_matches('/').trim_end_matches("/subscribe"),
            limits::JETSTREAM_MESSAGE_BYTES,
            self.cursor()
        );
        let config = WebSocketConfig::default()
            .max_message_size(Some(limits::JETSTREAM_MESSAGE_BYTES))
            .max_frame_size(Some(limits::JETSTREAM_MESSAGE_BYTES));
        let connecting = connect_async_with_config(asked, Some(config), false);
        let mut socket = match timeout(self.pace.connect, connecting).await {
            Err(_) => return Ended::Broke("no answer when connecting".to_owned()),
            Ok(Err(error)) => return refused(&error),
            Ok(Ok((socket, _))) => socket,
        };
        let host: Arc<str> = host(url).into();
        let mut last_event = Instant::now();
        let mut last_frame = last_event;
        let tick = self.pace.quiet.min(self.pace.silent) / 3;
        loop {
            if self.to.is_closed() {
                return Ended::Done;
            }
            let message = match timeout(tick, socket.next()).await {
                Ok(None) => return Ended::Broke("the connection was closed".to_owned()),
                Ok(Some(Err(error))) => return Ended::Broke(error.to_string()),
                Ok(Some(Ok(message))) => message,
                Err(_) => match self.silence(&mut socket, last_event.elapsed(), last_frame.elapsed()).await {
                    Some(ended) => return ended,
                    None => continue,
                },
            };
            last_frame = Instant::now();
            let (read, bytes) = match &message {
                Message::Text(text) => (event::parse(text.as_str()), text.len()),
                Message::Binary(bytes) => (Err(binary(bytes)), bytes.len()),
                Message::Close(frame) => {
                    let why = frame.as_ref().map(|f| format!(" with code {}", u16::from(f.code)));
                    return Ended::Broke(format!("the instance closed it{}", why.unwrap_or_default()));
                }
                Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => continue,
            };
            last_event = last_frame;
            if let Some(ended) = self.pass_on(read, bytes, &host).await {
                return ended;
            }
        }
    }

    async fn pass_on(&mut self, read: Result<Event, Broken>, bytes: usize, host: &Arc<str>) -> Option<Ended> {
        let read = self.believed(read);
        if let Ok(event) = &read {
            if self.end.is_some_and(|end| is_after(event.at, end, self.pace.grace)) {
                let _ = self.to.send(Arrived::End).await;
                return Some(Ended::Done);
            }
            self.at = self.at.max(Some(event.at));
        }
        let message = Arrived::Message { read, bytes: bytes as u64, host: Arc::clone(host) };
        self.to.send(message).await.is_err().then_some(Ended::Done)
    }

    /// One event far ahead of the clock would be taken for the end of the run, and all before it be skipped.
    fn believed(&self, read: Result<Event, Broken>) -> Result<Event, Broken> {
        let ahead = SignedDuration::from_secs(limits::JETSTREAM_AHEAD_SECONDS);
        match read {
            Ok(event) if is_after(event.at, self.clock.now(), ahead) => {
                Err(Broken { at: None, key: event.key, reason: "time_us is in the future" })
            }
            Err(broken) if broken.at.is_some_and(|at| is_after(at, self.clock.now(), ahead)) => {
                Err(Broken { at: None, ..broken })
            }
            read => read,
        }
    }

    /// Nothing came for a while: is anybody there, and is there anything to wait for?
    async fn silence(&self, socket: &mut Socket, events: Duration, frames: Duration) -> Option<Ended> {
        if frames >= self.pace.silent {
            return Some(Ended::Broke("the connection went silent".to_owned()));
        }
        let alive = frames < self.pace.quiet;
        if alive && (events >= self.pace.silent || events >= self.pace.quiet && self.is_past_end()) {
            return Some(Ended::Idle);
        }
        match timeout(self.pace.connect, socket.send(Message::Ping(Vec::new().into()))).await {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(Ended::Broke(error.to_string())),
            Err(_) => Some(Ended::Broke("the connection is stuck".to_owned())),
        }
    }
}

fn is_after(at: i64, moment: Timestamp, by: SignedDuration) -> bool {
    let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
    at >= moment.as_microsecond().saturating_add(micros)
}

fn binary(bytes: &[u8]) -> Broken {
    Broken { at: None, key: event::hash(&[&String::from_utf8_lossy(bytes)]), reason: "a binary message" }
}

fn refused(error: &tungstenite::Error) -> Ended {
    match error {
        tungstenite::Error::Http(response) => {
            let status = response.status();
            let passes = matches!(status.as_u16(), 408 | 425 | 429);
            let cause = format!("the instance answered HTTP {status}");
            if status.is_client_error() && !passes { Ended::Refused(cause) } else { Ended::Broke(cause) }
        }
        other => Ended::Broke(other.to_string()),
    }
}

/// The host of a URL, for people.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}
