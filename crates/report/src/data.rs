//! What a report is made from. Plain values: this module knows nothing of pages, pictures or where the numbers came from.

use crate::words::WordCounts;

/// Everything that one report says.
#[derive(Debug, Clone)]
pub struct ReportData {
    /// The topic, as the reader's headline. Hostile input: shown escaped.
    pub title: String,
    pub facts: Facts,
    /// In the order positive, negative, neutral, mixed.
    pub shares: [ShareTile; 4],
    /// In time order. A window without a row is a gap, an empty one is `WindowStatus::Empty`.
    pub windows: Vec<WindowPoint>,
    pub words: WordCounts,
    /// The posts were generated: the page and every picture say so.
    pub synthetic: bool,
}

/// The run's own facts, for the table at the end of the page.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    pub run_id: String,
    pub topic: String,
    pub source: String,
    pub model: String,
    pub tool_version: String,
    pub lang: Vec<String>,
    pub window_seconds: u32,
    /// RFC 3339, UTC.
    pub started: String,
    /// RFC 3339, UTC.
    pub finished: String,
    /// RFC 3339, UTC.
    pub first_post: Option<String>,
    /// RFC 3339, UTC.
    pub last_post: Option<String>,
    pub tweets: u64,
    pub scored: u64,
    pub unscored: u64,
    pub collapsed: u64,
    pub rejected: u64,
    pub dropped: u64,
    /// (reason, posts), as counted at ingest.
    pub dropped_by: Vec<(String, u64)>,
    /// How shares and their intervals are computed, in one sentence.
    pub share_method: String,
    pub notes: Vec<String>,
    /// (posts read, posts there are) when the words come from a sample of the posts.
    pub words_sampled: Option<(u64, u64)>,
}

/// The four labels, in the order in which every array of four here is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Label4 {
    Positive,
    Negative,
    Neutral,
    Mixed,
}

impl Label4 {
    pub const ALL: [Self; 4] = [Self::Positive, Self::Negative, Self::Neutral, Self::Mixed];

    /// Its place in an array of four.
    pub const fn index(self) -> usize {
        match self {
            Self::Positive => 0,
            Self::Negative => 1,
            Self::Neutral => 2,
            Self::Mixed => 3,
        }
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::Positive => "positive",
            Self::Negative => "negative",
            Self::Neutral => "neutral",
            Self::Mixed => "mixed",
        }
    }

    /// The name with a capital, for headings.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Positive => "Positive",
            Self::Negative => "Negative",
            Self::Neutral => "Neutral",
            Self::Mixed => "Mixed",
        }
    }
}

/// One label's share of the scored posts, a fraction of 1, with its 95 % interval.
#[derive(Debug, Clone, PartialEq)]
pub struct ShareTile {
    pub label: Label4,
    /// None when nothing was scored.
    pub share: Option<f64>,
    pub low: Option<f64>,
    pub high: Option<f64>,
    /// Posts that carry the label.
    pub count: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WindowStatus {
    Complete,
    /// There were more posts than the run was allowed to take.
    Capped,
    /// The source ended, or was asked to, inside the window.
    Partial,
    Empty,
}

impl WindowStatus {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Capped => "capped",
            Self::Partial => "partial",
            Self::Empty => "empty",
        }
    }
}

/// One window of the sentiment table. Arrays are in the order of [`Label4::ALL`].
#[derive(Debug, Clone, PartialEq)]
pub struct WindowPoint {
    /// Seconds since 1970-01-01T00:00:00Z.
    pub start_unix: i64,
    pub status: WindowStatus,
    pub tweets: u64,
    pub unscored: u64,
    pub collapsed: u64,
    /// Posts by label.
    pub counts: [u64; 4],
    /// Average scores; None when nothing was scored.
    pub avg: Option<[f64; 4]>,
    /// Sums of the scores, from which averages over several windows are made.
    pub sums: [f64; 4],
}
