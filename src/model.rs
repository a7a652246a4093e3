//! The words of the domain: post, packet, window, score. Plain data; no clock, no I/O.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use sentistack_sentiment::{Label, Score};
// What goes between the tool and its Lambda has one definition for both.
pub use sentistack_wire::{
    Packet, PacketName, PacketTweet, ReferenceKind, ScoreOrder, StagedPost, Window, WindowNameError,
};

/// A post as a source hands it to the gate: nothing dropped, nothing hidden yet.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Post {
    /// The source's own identifier: digits on X, an at-URI on Bluesky.
    pub id: String,
    pub created_at: Timestamp,
    /// The full text: that of the repeated post for a retweet, `note_tweet` for a long one.
    pub text: String,
    /// As the source states it; `None` when it states none.
    pub lang: Option<String>,
    pub author: Author,
    pub reference: Option<Reference>,
    pub post_url: Option<String>,
    /// Identifiers of the earlier versions of this post (X's `edit_history_tweet_ids` without its own).
    pub earlier_versions: Vec<String>,
}

impl Post {
    /// The identifiers of this post's versions that it takes the place of.
    pub fn superseded(&self) -> Vec<String> {
        self.earlier_versions.iter().filter(|earlier| is_earlier(earlier, &self.id)).cloned().collect()
    }
}

/// Whether version `a` came before version `b`: by number where both are numbers.
fn is_earlier(a: &str, b: &str) -> bool {
    match (a.parse::<u64>(), b.parse::<u64>()) {
        (Ok(a), Ok(b)) => a < b,
        _ => a != b,
    }
}

/// Who wrote a post, as far as the source says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Author {
    pub id: Option<String>,
    pub username: Option<String>,
    pub name: Option<String>,
    pub location: Option<String>,
    pub verified: Option<bool>,
}

/// The post that another one repeats, quotes or answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    pub kind: ReferenceKind,
    pub id: String,
}

/// Something in the input that could not be read as a post. Carries no content of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reject {
    /// The file, or `-` for standard input.
    pub file: String,
    /// 1-based line, where lines make sense.
    pub line: Option<u64>,
    /// 0-based offset of the line in the uncompressed input, in bytes.
    pub byte: Option<u64>,
    /// What was wrong, without quoting the content.
    pub reason: String,
    /// An excerpt of the content, only under `privacy: keep`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excerpt: Option<String>,
}

/// How much of a window was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WindowStatus {
    /// All that the source had.
    Complete,
    /// Cut by `max_per_window`.
    Capped,
    /// Reading stopped before its end.
    Partial,
    /// Planned, and nothing in it.
    Empty,
}

impl WindowStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Capped => "capped",
            Self::Partial => "partial",
            Self::Empty => "empty",
        }
    }
}

/// What ingest knows about a window and the posts in it do not tell: a line of `windows.jsonl`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowFacts {
    pub window: Window,
    pub status: WindowStatus,
    /// Posts staged.
    pub posts: u64,
    /// Retweets left out because they repeat one that was kept.
    pub collapsed: u64,
    /// Posts that the source says there are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count_available: Option<u64>,
    /// When it was read from a remote source; nothing for files and samples.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fetched_at: Option<Timestamp>,
}

impl WindowFacts {
    /// Adds what the source says of the window.
    pub fn mark(&mut self, mark: &WindowMark) {
        self.count_available = mark.count_available;
        self.fetched_at = Some(mark.fetched_at);
        if mark.capped && self.status == WindowStatus::Complete {
            self.status = WindowStatus::Capped;
        }
    }
}

/// A line of a sentiment packet: a post's score, or nothing for a post that was not scored.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoredPost {
    pub tweet_id: String,
    pub score: Option<Score>,
}

/// How far a source that keeps pages has come in one stretch: written at the head of the page, and handed back to
/// the source by the next attempt.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// Names the stretch: the window's name for a source that is read window by window, a word of the source's own
    /// otherwise. Letters, digits and dashes.
    pub stretch: String,
    /// The page of the stretch, from 1.
    pub page: u32,
    /// Where the next page starts, in the source's own words (a token, a cursor); `None`: the stretch is whole.
    pub next: Option<String>,
    /// For a stretch that is a window: what is to be said of it when it is whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<WindowMark>,
}

/// What a source knows of a window that it reads as a stretch of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowMark {
    pub window: Window,
    /// More posts are there than were asked for.
    pub capped: bool,
    /// Posts that the source says there are.
    pub count_available: Option<u64>,
    pub fetched_at: Timestamp,
}

/// What a stream that is paid for has given, and what of it may have been missed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    /// Posts that came, those that nobody asked for and those that came again included: each is paid for.
    pub posts: u64,
    /// Posts and authors that came beside them; whether they are billed is not settled.
    pub beside: u64,
    pub users: u64,
    /// Posts that had come when a limit was reached, and were not taken any more.
    pub beyond: u64,
    /// US dollars of all that, at least and at most.
    pub usd_low: f64,
    pub usd_high: f64,
    /// Times that the stream broke off and was gone on with later, and seconds between: what was written meanwhile
    /// may be missing.
    pub gaps: u64,
    pub gap_seconds: f64,
}

/// Posts that were taken back: every copy of them goes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deleted {
    /// The post of this identifier.
    Post(String),
    /// All posts whose identifier starts so: those of an account that is gone.
    Prefix(String),
}

impl Deleted {
    /// Whether a post of this identifier is among them.
    pub fn names(&self, tweet_id: &str) -> bool {
        match self {
            Self::Post(id) => id == tweet_id,
            Self::Prefix(prefix) => tweet_id.starts_with(prefix),
        }
    }
}

/// How far a shard of the stream is done: everything up to this record is scored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    pub shard: String,
    pub sequence: String,
}
