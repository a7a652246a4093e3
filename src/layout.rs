//! Where things are under a root: the data contract's keys, in one place. Keys use `/` on disk and in S3.

use sentistack_wire::keys;

use crate::model::{PacketName, Window};

pub use sentistack_wire::keys::RUNS;

/// Where Firehose delivers, and where it leaves what the function could not score.
pub const DELIVERED: &str = "live";
pub const FAILED: &str = "processing-failed";

/// The embedded warehouse, under the root.
pub const WAREHOUSE: &str = "warehouse.sqlite";
/// Keys that pseudonyms are made with: beside the runs, so that a run's folder can be given away without.
pub const KEYS: &str = "keys";

/// The keys of one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunLayout {
    prefix: String,
}

impl RunLayout {
    pub fn new(run_id: &str) -> Self {
        Self { prefix: keys::run_folder(run_id) }
    }

    /// The run's own folder.
    pub fn dir(&self) -> &str {
        &self.prefix
    }

    pub fn manifest(&self) -> String {
        format!("{}/manifest.json", self.prefix)
    }

    pub fn journal(&self) -> String {
        format!("{}/journal.jsonl", self.prefix)
    }

    /// Where the journal's pieces are in a bucket, where nothing can be appended to.
    pub fn journal_parts(&self) -> String {
        format!("{}/journal", self.prefix)
    }

    /// What the machine of a remote run printed.
    pub fn remote_log(&self) -> String {
        format!("{}/remote.log", self.prefix)
    }

    /// What the producer of a live run says that it sent.
    pub fn live_note(&self) -> String {
        format!("{}/live.json", self.prefix)
    }

    /// The pictures of what was delivered of a live run.
    pub fn live_pictures(&self) -> String {
        format!("{}/live", self.prefix)
    }

    pub fn rejected(&self) -> String {
        format!("{}/rejected.jsonl", self.prefix)
    }

    /// One line of [`crate::model::WindowFacts`] for each window, written when ingest is done.
    pub fn windows(&self) -> String {
        format!("{}/windows.jsonl", self.prefix)
    }

    pub fn staging(&self) -> String {
        format!("{}/staging", self.prefix)
    }

    pub fn staging_packet(&self, name: &PacketName) -> String {
        format!("{}/staging/{name}.jsonl", self.prefix)
    }

    /// The `chunk`th lot of posts of a window that did not fit in memory while ingest ran; gone when it is done.
    pub fn spool(&self, window: Window, chunk: u32) -> String {
        format!("{}/{window}-{chunk:06}.jsonl", self.spilled())
    }

    /// Where ingest spills posts to.
    pub fn spilled(&self) -> String {
        format!("{}/spool/windows", self.prefix)
    }

    /// Where the pages of a source that keeps them are until ingest is done.
    pub fn pages(&self) -> String {
        format!("{}/spool/pages", self.prefix)
    }

    /// The `page`th page of a stretch.
    pub fn page(&self, stretch: &str, page: u32) -> String {
        format!("{}/{stretch}-{page:06}.jsonl", self.pages())
    }

    pub fn spool_dir(&self) -> String {
        format!("{}/spool", self.prefix)
    }

    pub fn sentiments(&self, model: &str) -> String {
        format!("{}/sentiments/{model}", self.prefix)
    }

    pub fn sentiment_packet(&self, model: &str, name: &PacketName) -> String {
        sentistack_wire::keys::sentiment_packet(&self.prefix, model, name)
    }

    pub fn tables(&self, model: &str) -> String {
        format!("{}/tables/{model}", self.prefix)
    }

    pub fn table(&self, model: &str, table: &str) -> String {
        format!("{}/tables/{model}/{table}", self.prefix)
    }

    /// The report of the run's own model, or of another one that scored it later.
    pub fn report(&self, other_model: Option<&str>) -> String {
        match other_model {
            None => format!("{}/report", self.prefix),
            Some(model) => format!("{}/report/{model}", self.prefix),
        }
    }
}

/// Reads a packet's name back from a staging or sentiment key.
pub fn packet_of_key(key: &str) -> Option<PacketName> {
    let mut parts = key.rsplit('/');
    let file = parts.next()?;
    let window: Window = parts.next()?.parse().ok()?;
    let packet = file.strip_suffix(".gz").unwrap_or(file).strip_suffix(".jsonl")?;
    Some(PacketName { window, packet: packet.to_owned() })
}
