//! The lines of `journal.jsonl`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::{Checkpoint, PacketName};
use crate::pipeline::event::Stage;

/// Version of the journal's lines. A reader refuses a newer one.
pub const JOURNAL_VERSION: u32 = 1;

/// One line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    pub v: u32,
    pub at: Timestamp,
    #[serde(flatten)]
    pub entry: Entry,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Entry {
    /// A process took the run up: the first line, and one more for each resume.
    Opened {
        tool_version: String,
        resumed: bool,
    },
    /// Everything from this stage on is to be done again.
    Redo {
        stage: Stage,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        model: Option<String>,
    },
    StageStarted {
        stage: Stage,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        model: Option<String>,
    },
    /// A staging packet is durable.
    Staged {
        #[serde(flatten)]
        name: PacketName,
        posts: u64,
        bytes: u64,
    },
    /// The input was read: to its end, or up to where it could not be read further.
    Ingested {
        counts: IngestCounts,
        complete: bool,
    },
    /// A sentiment packet is durable.
    Scored {
        model: String,
        #[serde(flatten)]
        name: PacketName,
        scored: u64,
        unscored: u64,
        /// Of those scored, the ones that another model had to do.
        #[serde(default, skip_serializing_if = "is_none")]
        fallback: u64,
        bytes: u64,
    },
    /// Everything up to this record of the stream is scored.
    Checkpoint {
        #[serde(flatten)]
        checkpoint: Checkpoint,
    },
    /// Work was handed to a service that goes on with it by itself, and is to be taken up there.
    Submitted {
        stage: Stage,
        model: String,
        /// What the service calls it.
        id: String,
    },
    StageFinished {
        stage: Stage,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        model: Option<String>,
        seconds: f64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        result: Option<StageResult>,
    },
    Failed {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stage: Option<Stage>,
        message: String,
    },
    Interrupted {
        signal: String,
    },
    Finished,
}

fn is_none(n: &u64) -> bool {
    *n == 0
}

/// What ingest counted. `read = kept + collapsed + sum(dropped_by)`; rejected lines are beside it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IngestCounts {
    /// Posts that the source gave.
    pub read: u64,
    /// Posts staged.
    pub kept: u64,
    /// Retweets that repeat one that was kept.
    pub collapsed: u64,
    /// Posts left out, by reason: duplicate, edited, outside, capped, withheld, …
    pub dropped_by: BTreeMap<String, u64>,
    /// Lines or posts that could not be read.
    pub rejected: u64,
    /// Texts in which U+0000 was replaced.
    pub nul_replaced: u64,
    pub windows: u64,
    /// Bytes of input read, as stored (compressed).
    #[serde(default)]
    pub input_bytes: u64,
}

impl IngestCounts {
    /// What was counted since `before`, an earlier state of these counts.
    #[must_use]
    pub fn since(&self, before: &Self) -> Self {
        let earlier = |reason: &str| before.dropped_by.get(reason).copied().unwrap_or(0);
        let dropped = self.dropped_by.iter().map(|(reason, n)| (reason.clone(), n - earlier(reason)));
        Self {
            read: self.read - before.read,
            kept: self.kept - before.kept,
            collapsed: self.collapsed - before.collapsed,
            dropped_by: dropped.filter(|(_, n)| *n > 0).collect(),
            rejected: self.rejected - before.rejected,
            nul_replaced: self.nul_replaced - before.nul_replaced,
            windows: self.windows - before.windows,
            input_bytes: self.input_bytes - before.input_bytes,
        }
    }

    /// Counts what `more` counted, too.
    pub fn add(&mut self, more: &Self) {
        self.read += more.read;
        self.kept += more.kept;
        self.collapsed += more.collapsed;
        for (reason, n) in &more.dropped_by {
            *self.dropped_by.entry(reason.clone()).or_default() += n;
        }
        self.rejected += more.rejected;
        self.nul_replaced += more.nul_replaced;
        self.windows += more.windows;
        self.input_bytes += more.input_bytes;
    }

    /// Posts left out, all reasons.
    pub fn dropped(&self) -> u64 {
        self.dropped_by.values().sum()
    }
}

/// What a stage made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum StageResult {
    Transform(TransformCounts),
    Load { tweets: u64, windows: u64 },
    Report { html: String, files: Vec<String> },
}

/// What transform wrote.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TransformCounts {
    pub tweets: u64,
    pub windows: u64,
    pub scored: u64,
    pub unscored: u64,
    /// Scored posts by label: positive, negative, neutral, mixed.
    pub labels: [u64; 4],
    /// Values cut to the width of their column.
    pub truncated: u64,
    /// Files written, keys under the root.
    pub files: Vec<String>,
    /// What a service says that it bills for the work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub billed: Option<Billed>,
}

/// What EMR Serverless bills, over all attempts that one process followed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Billed {
    /// Where its prices are looked up.
    pub region: String,
    pub vcpu_hours: f64,
    pub memory_gb_hours: f64,
    pub storage_gb_hours: f64,
}
