//! Bluesky's stream, read from servers that misbehave: nothing is lost, nothing comes twice.

mod laws;
pub mod server;
mod single;
mod whole;

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use sentistack::error::{Error, Result};
use sentistack::pipeline::port::{Clock, Source, SourceBatch};
use sentistack::source::bluesky::{Bluesky, BlueskyOptions, Pace};

/// 2026-01-01T00:00:00Z: the first moment of every script, microseconds since 1970.
pub const START: i64 = 1_767_225_600_000_000;

/// A clock that stands still.
pub struct Still(pub Timestamp);

impl Clock for Still {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// `seconds` after the start.
pub fn moment(seconds: i64) -> Timestamp {
    Timestamp::from_microsecond(START).unwrap() + SignedDuration::from_secs(seconds)
}

/// Waits of milliseconds where it matters not how long they are, of seconds where a busy machine would matter.
pub fn pace() -> Pace {
    Pace {
        flush: Duration::from_millis(20),
        mark: Duration::from_secs(5),
        connect: Duration::from_secs(10),
        silent: Duration::from_secs(10),
        quiet: Duration::from_secs(3),
        grace: SignedDuration::from_secs(5),
        wait: Duration::from_millis(1),
        longest_wait: Duration::from_millis(4),
        tries: 10,
        batch: 500,
    }
}

/// From the start for an hour, at a moment within that hour.
pub fn options(urls: &[&str]) -> BlueskyOptions {
    BlueskyOptions {
        urls: urls.iter().map(|url| (*url).to_owned()).collect(),
        query: None,
        lang: Vec::new(),
        start: Some(moment(0)),
        end: Some(moment(3_600)),
        limit: None,
        pace: pace(),
        clock: Arc::new(Still(moment(1_800))),
    }
}

/// A post that says when it was written.
pub fn create(did: &str, rkey: &str, at: i64, text: &str) -> String {
    let written = Timestamp::from_microsecond(at - 3_000_000).unwrap();
    format!(
        r#"{{"did":"did:plc:{did}","time_us":0,"kind":"commit","commit":{{"rev":"{at}","operation":"create","collection":"app.bsky.feed.post","rkey":"{rkey}","record":{{"$type":"app.bsky.feed.post","createdAt":"{written}","langs":["en"],"text":"{text}"}}}}}}"#
    )
}

pub fn update(did: &str, rkey: &str, at: i64, text: &str) -> String {
    create(did, rkey, at, text).replace("\"create\"", "\"update\"")
}

pub fn delete(did: &str, rkey: &str, at: i64) -> String {
    format!(
        r#"{{"did":"did:plc:{did}","time_us":0,"kind":"commit","commit":{{"rev":"{at}","operation":"delete","collection":"app.bsky.feed.post","rkey":"{rkey}"}}}}"#
    )
}

pub fn gone(did: &str, seq: i64) -> String {
    format!(
        r#"{{"did":"did:plc:{did}","time_us":0,"kind":"account","account":{{"active":false,"did":"did:plc:{did}","seq":{seq},"status":"deleted"}}}}"#
    )
}

/// So many posts, a second apart, and one after the end.
pub fn posts(n: i64) -> Vec<(i64, String)> {
    let at = |i: i64| START + i * 1_000_000;
    let one = |i| (at(i), create("abc", &format!("p{i:04}"), at(i), &format!("post {i}")));
    let mut events: Vec<_> = (1..=n).map(one).collect();
    events.push((at(4_000), create("abc", "after", at(4_000), "after the end")));
    events
}

/// Every batch, and how it ended.
pub async fn read(source: &mut Bluesky) -> (Vec<SourceBatch>, Result<(), Error>) {
    let mut batches = Vec::new();
    loop {
        match source.next().await {
            Ok(Some(batch)) => batches.push(batch),
            Ok(None) => return (batches, Ok(())),
            Err(error) => return (batches, Err(error)),
        }
    }
}

/// The record keys of the posts, in order.
pub fn keys(batches: &[SourceBatch]) -> Vec<String> {
    let posts = batches.iter().flat_map(|batch| &batch.posts);
    posts.map(|post| post.id.rsplit('/').next().unwrap().to_owned()).collect()
}
