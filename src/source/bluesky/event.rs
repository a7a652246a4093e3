//! One message of Jetstream: what of it concerns posts. Pure; no socket, no clock.
//!
//! The shapes are those of `com.atproto.sync.subscribeRepos` as Jetstream writes them in JSON, and of the lexicon
//! `app.bsky.feed.post`. `time_us` is the moment at which the instance passed the event on.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::model::{Author, Post, Reference, ReferenceKind};

/// The collection that is read.
pub const COLLECTION: &str = "app.bsky.feed.post";

/// An event, with when the instance passed it on (microseconds since 1970).
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub at: i64,
    /// Stands for the event on every instance: the same for a repetition of it, another for any other.
    pub key: u64,
    pub what: What,
}

#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// A post, new or changed.
    Post(Box<Written>),
    /// The post of this at-URI was deleted by its author.
    Deleted { uri: String },
    /// The account is gone: deleted, deactivated, suspended or taken down. All of its posts go.
    Gone { did: String },
    /// Nothing that concerns posts.
    Other,
}

/// A post as it was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    pub post: Post,
    pub changed: bool,
    /// Every language that it states.
    pub langs: Vec<String>,
    /// Hashtags beside the text.
    pub tags: Vec<String>,
}

/// A message that is no event that we know how to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// When it was passed on, if that much can be read.
    pub at: Option<i64>,
    pub key: u64,
    /// What is wrong, without its content.
    pub reason: &'static str,
}

#[derive(Deserialize)]
struct Raw {
    did: String,
    time_us: i64,
    kind: String,
    #[serde(default)]
    commit: Option<RawCommit>,
    #[serde(default)]
    account: Option<RawAccount>,
}

#[derive(Deserialize)]
struct RawCommit {
    #[serde(default)]
    rev: String,
    operation: String,
    collection: String,
    rkey: String,
    #[serde(default)]
    record: Value,
}

#[derive(Deserialize)]
struct RawAccount {
    active: bool,
    #[serde(default)]
    seq: i64,
}

/// Reads one message.
pub fn parse(text: &str) -> Result<Event, Broken> {
    let broken = |at, reason| Broken { at, key: hash(&[text]), reason };
    let raw: Raw = serde_json::from_str(text)
        .map_err(|e| broken(None, if e.is_data() { "not an event of Jetstream" } else { "not JSON" }))?;
    let at = raw.time_us;
    if at <= 0 {
        return Err(broken(None, "time_us is no moment"));
    }
    if !is_did(&raw.did) {
        return Err(broken(Some(at), "did is no DID"));
    }
    let other = Event { at, key: hash(&[text]), what: What::Other };
    match (raw.kind.as_str(), raw.commit, raw.account) {
        ("commit", Some(commit), _) if commit.collection == COLLECTION => {
            of_commit(at, &raw.did, commit).map_err(|reason| broken(Some(at), reason))
        }
        ("account", _, Some(account)) if !account.active => Ok(Event {
            at,
            key: hash(&[&raw.did, "account", &account.seq.to_string()]),
            what: What::Gone { did: raw.did },
        }),
        ("commit", None, _) => Err(broken(Some(at), "a commit without its content")),
        ("account", _, None) => Err(broken(Some(at), "an account event without its content")),
        _ => Ok(other),
    }
}

fn of_commit(at: i64, did: &str, commit: RawCommit) -> Result<Event, &'static str> {
    if !is_rkey(&commit.rkey) {
        return Err("rkey is no record key");
    }
    let uri = format!("at://{did}/{COLLECTION}/{}", commit.rkey);
    let key = |rev: &str| hash(&[&uri, &commit.operation, rev]);
    match commit.operation.as_str() {
        // A record key is given to one record only; what is created under it again is the same event again.
        "create" => {
            let key = key("");
            let what = What::Post(Box::new(written(at, did, &commit, uri, false)?));
            Ok(Event { at, key, what })
        }
        "update" => {
            let key = key(&commit.rev);
            let what = What::Post(Box::new(written(at, did, &commit, uri, true)?));
            Ok(Event { at, key, what })
        }
        "delete" => Ok(Event { at, key: key(""), what: What::Deleted { uri } }),
        _ => Err("an operation that is not create, update or delete"),
    }
}

fn written(
    at: i64,
    did: &str,
    commit: &RawCommit,
    uri: String,
    changed: bool,
) -> Result<Written, &'static str> {
    let record = &commit.record;
    let text = record["text"].as_str().ok_or("a post without text")?.to_owned();
    let passed_on = Timestamp::from_microsecond(at).map_err(|_| "time_us is no moment")?;
    let stated = record["createdAt"].as_str().and_then(|text| text.parse::<Timestamp>().ok());
    let strings = |value: &Value| -> Vec<String> {
        let items = value.as_array().into_iter().flatten();
        items.filter_map(Value::as_str).filter(|s| !s.is_empty()).map(str::to_owned).collect()
    };
    let langs = strings(&record["langs"]);
    let post = Post {
        id: uri,
        // Bluesky's own `sortAt`: what an author says of the future is not believed. What cannot be read neither.
        created_at: stated.map_or(passed_on, |stated| stated.min(passed_on)),
        text,
        lang: langs.first().cloned(),
        author: Author { id: Some(did.to_owned()), ..Author::default() },
        reference: reference(record),
        post_url: Some(format!("https://bsky.app/profile/{did}/post/{}", commit.rkey)),
        earlier_versions: Vec::new(),
    };
    Ok(Written { post, changed, langs, tags: strings(&record["tags"]) })
}

/// The post that this one answers, else the one that it quotes.
fn reference(record: &Value) -> Option<Reference> {
    if let Some(parent) = record["reply"]["parent"]["uri"].as_str() {
        return Some(Reference { kind: ReferenceKind::RepliedTo, id: parent.to_owned() });
    }
    let embed = &record["embed"];
    // With pictures beside the quote, the record is one level deeper.
    let quoted = embed["record"]["uri"].as_str().or_else(|| embed["record"]["record"]["uri"].as_str())?;
    // Lists and feeds are embedded in the same way.
    quoted
        .contains("/app.bsky.feed.post/")
        .then(|| Reference { kind: ReferenceKind::Quoted, id: quoted.to_owned() })
}

/// What stands for these words together: 64 bits that nobody can aim at.
pub fn hash(words: &[&str]) -> u64 {
    let mut sha = Sha256::new();
    for word in words {
        sha.update((word.len() as u64).to_le_bytes());
        sha.update(word.as_bytes());
    }
    let digest = sha.finalize();
    digest.iter().take(8).fold(0, |all, byte| all << 8 | u64::from(*byte))
}

fn is_did(did: &str) -> bool {
    did.strip_prefix("did:").is_some_and(|rest| {
        rest.contains(':')
            && rest
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b':' | b'.' | b'_' | b'-' | b'%'))
    })
}

fn is_rkey(rkey: &str) -> bool {
    !rkey.is_empty()
        && rkey.len() <= 512
        && rkey.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'~' | b':' | b'-'))
}

#[cfg(test)]
#[path = "event_tests.rs"]
mod tests;
