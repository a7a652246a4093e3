//! What a producer says of itself, in the run's folder: what it sent is held against what was delivered.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::journal::format::IngestCounts;
use crate::model::{Deleted, Tally};

/// Version of the note. A reader refuses a newer one.
pub const NOTE_VERSION: u32 = 1;

/// `runs/<run_id>/live.json`, written anew while it sends, and when it ends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SentNote {
    pub schema_version: u32,
    /// The delivery stream, or where else the records went.
    pub to: String,
    pub started: Timestamp,
    pub updated: Timestamp,
    /// Whether the producer came to its end; one that was killed did not.
    pub ended: bool,
    /// Records that were taken: those numbered from 1 to this. One that was killed may have sent a few more.
    pub sent: u64,
    /// Bytes of these records.
    pub bytes: u64,
    /// Records that had to be put again, once for each time.
    pub again: u64,
    /// What the gate counted.
    pub counts: IngestCounts,
    /// Posts that were taken back at their source while it sent.
    #[serde(default)]
    pub taken_back: Vec<Deleted>,
    /// What a source that is paid for gave, and what it costs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tally: Option<Tally>,
}

impl SentNote {
    pub fn new(to: String, now: Timestamp) -> Self {
        Self {
            schema_version: NOTE_VERSION,
            to,
            started: now,
            updated: now,
            ended: false,
            sent: 0,
            bytes: 0,
            again: 0,
            counts: IngestCounts::default(),
            taken_back: Vec::new(),
            tally: None,
        }
    }
}
