//! What the engine needs of the world, in the words of the domain. `local` and `aws` implement these.

use async_trait::async_trait;
use jiff::Timestamp;
use serde::Serialize;
use smol_str::SmolStr;

use crate::error::Result;
use crate::journal::format::{Record, TransformCounts};
pub use crate::model::{Checkpoint, Deleted, Mark, Tally, WindowMark};
use crate::model::{Packet, PacketName, Post, Reject, Score, Window, WindowFacts};
use crate::pipeline::event::Events;

/// Objects under a root: a folder, or a bucket with a prefix.
#[async_trait]
pub trait Store: Send + Sync {
    /// Path or URI of `key`, for people and for JSON.
    fn uri(&self, key: &str) -> String;
    /// Writes an object whole: a reader sees the old one or the new one, never a part.
    async fn put(&self, key: &str, body: Vec<u8>, durability: Durability) -> Result<()>;
    /// The object, or `None`.
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>>;
    /// The objects whose keys start with `prefix/`, in order of key. An absent prefix is empty.
    async fn list(&self, prefix: &str) -> Result<Vec<ObjectEntry>>;
    /// The names of the folders right under `prefix/`, in order.
    async fn folders(&self, prefix: &str) -> Result<Vec<String>>;
    /// Removes everything under `prefix/`. Nothing there is no error.
    async fn delete_prefix(&self, prefix: &str) -> Result<()>;
    /// Objects worth reading or writing at the same time.
    fn parallel(&self) -> usize {
        1
    }
}

/// What survives when `put` has answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// A kill of the process.
    Process,
    /// A power cut: for what cost money to read, and for what a run is resumed from.
    Power,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectEntry {
    pub key: String,
    pub bytes: u64,
}

/// The append-only journal of one run.
pub trait Journal: Send + Sync {
    fn append(&self, record: &Record) -> Result<()>;
    /// All whole records. A last line that was cut short by a crash is not one.
    fn read(&self) -> Result<Vec<Record>>;
    /// Makes what was appended survive a power cut.
    fn sync(&self) -> Result<()>;
}

/// Where posts come from.
///
/// A source that cannot be read again for nothing (it is paid for, or flows by) sets [`SourceInfo::keeps_pages`]:
/// each batch then carries a [`Mark`], ingest makes it durable at once, and a later attempt starts from the marks.
#[async_trait]
pub trait Source: Send {
    fn info(&self) -> SourceInfo;
    /// What reading it would cost, asked of the source itself before anything is read; `None` where reading is free.
    async fn quote(&mut self) -> Result<Option<Quote>> {
        Ok(None)
    }
    /// Goes on after the pages that an earlier attempt kept: called before the first `next`, marks in the order in
    /// which they were kept. Nothing behind a mark is asked for again.
    fn resume(&mut self, kept: &[Mark]) -> Result<()> {
        let _ = kept;
        Ok(())
    }
    /// The next posts, 1,000 or so; `None` at the end. An error ends the reading: what came before it is kept.
    /// The future may be dropped at any await: what was asked for meanwhile comes with a later call.
    async fn next(&mut self) -> Result<Option<SourceBatch>>;
    /// The page of `mark` is durable: the one after it may be asked for.
    fn kept(&mut self, mark: &Mark) {
        let _ = mark;
    }
    /// What it has given so far and what that costs, of a stream that is paid for as it flows.
    fn tally(&self) -> Option<Tally> {
        None
    }
    /// Asks for nothing more: `next` gives what is on its way, then `None`.
    fn stop(&mut self) {}
}

/// What reading a paid source would cost, low to high.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Quote {
    /// Posts that match, as far as the source says.
    pub available: Option<u64>,
    /// Posts that would be read, with the cap.
    pub posts: u64,
    pub items: Vec<QuoteItem>,
    /// What asking has cost already, US dollars.
    pub asked_usd: f64,
}

/// One thing that is paid for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct QuoteItem {
    /// "posts", "users", "posts in includes".
    pub what: &'static str,
    pub low: u64,
    pub high: u64,
    /// US dollars each.
    pub usd: f64,
}

impl Quote {
    /// US dollars, at least and at most.
    pub fn usd(&self) -> (f64, f64) {
        let sum = |of: fn(&QuoteItem) -> u64| self.items.iter().map(|i| of(i) as f64 * i.usd).sum::<f64>();
        (sum(|item| item.low), sum(|item| item.high))
    }
}

/// What a source promises.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SourceInfo {
    /// No identifier comes twice, so ingest need not remember them.
    pub unique_ids: bool,
    /// Posts come in order of time, so a window is whole when a later one begins.
    pub time_ordered: bool,
    /// Written by a program, not by people: said wherever results show.
    pub synthetic: bool,
    /// The span it covers, start included, end not, when it is known before reading.
    pub planned: Option<(Timestamp, Timestamp)>,
    /// Posts to come, if known.
    pub total: Option<u64>,
    /// Bytes of input to come, if known.
    pub total_bytes: Option<u64>,
    /// It cannot be read again for nothing: every batch has a mark, and is made durable before reading goes on.
    pub keeps_pages: bool,
}

/// Some posts, and what could not be read between them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SourceBatch {
    pub posts: Vec<Post>,
    pub rejects: Vec<Reject>,
    /// Posts that the source itself left out, by reason (`withheld`, …).
    pub dropped: Vec<(&'static str, u64)>,
    /// Posts of a stream of everything that were not asked for: neither read nor dropped, but a sign of life.
    pub passed_over: u64,
    /// Bytes of input read so far, as stored (compressed).
    pub bytes_read: u64,
    /// How far this batch brings its stretch; only of sources that keep pages.
    pub mark: Option<Mark>,
    /// Posts that were taken back, of this batch or of earlier ones.
    pub deleted: Vec<Deleted>,
    /// No post of before this moment will come any more: windows that end before it are whole.
    pub settled_before: Option<Timestamp>,
}

/// The stream between ingest and score. Any number of consumers.
#[async_trait]
pub trait Stream: Send + Sync {
    /// Waits while the stream is full.
    async fn publish(&self, packet: Packet) -> Result<()>;
    /// The next packet; `None` when the stream was closed and is empty.
    async fn consume(&self) -> Result<Option<Packet>>;
    /// No more packets will come.
    async fn close(&self);
    /// The packet is scored, and that is written down. Gives how far a shard is done, now and then: where a later
    /// attempt may go on.
    fn scored(&self, name: &PacketName) -> Option<Checkpoint> {
        let _ = name;
        None
    }
}

/// A text to be scored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    pub text: String,
    /// As the post states it.
    pub lang: Option<SmolStr>,
}

/// What a model says of some texts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scores {
    /// One for each text, in order.
    pub scores: Vec<Score>,
    /// Texts that the model cannot do, and the embedded one scored in its place.
    pub fallback: u64,
}

impl From<Vec<Score>> for Scores {
    fn from(scores: Vec<Score>) -> Self {
        Self { scores, fallback: 0 }
    }
}

/// A sentiment model.
#[async_trait]
pub trait Model: Send + Sync {
    /// Names the model's folder and rows.
    fn name(&self) -> &str;
    /// One score for each text, in order.
    async fn score(&self, texts: Vec<Text>) -> Result<Scores>;
    /// How shares over many posts follow from this model's sums and counts.
    fn shares(&self) -> &sentistack_sentiment::ShareEstimator;
}

/// What transform works on.
#[derive(Clone, Debug, PartialEq)]
pub struct TransformRequest {
    pub run_id: String,
    pub topic: String,
    pub source: String,
    pub model: String,
    pub window_seconds: u32,
    /// One for each window of the run (the planned ones, else those seen), in order of time.
    pub windows: Vec<WindowFacts>,
    pub format: crate::config::settings::TableFormat,
}

/// Remembers what was handed to a service that goes on with it by itself, so that a process that takes the run up
/// later follows it there and does not hand it over again.
pub trait Submissions: Send + Sync {
    /// The token of what was handed over and has not ended, as far as the journal knows.
    fn open(&self) -> Option<String>;
    /// Writes a new token down, durably, before anything is handed over under it.
    fn begin(&self, token: &str) -> Result<()>;
}

/// For work that ends with the process that does it.
pub struct Unsubmitted;

impl Submissions for Unsubmitted {
    fn open(&self) -> Option<String> {
        None
    }

    fn begin(&self, _: &str) -> Result<()> {
        Ok(())
    }
}

/// Merges posts with their scores and aggregates by window, into the tables of the data contract.
#[async_trait]
pub trait Transform: Send + Sync {
    async fn transform(
        &self,
        request: &TransformRequest,
        submissions: &dyn Submissions,
        events: &dyn Events,
    ) -> Result<TransformCounts>;
}

/// A row of the `sentiment` table, for the report.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowRow {
    pub window: Window,
    pub status: crate::model::WindowStatus,
    pub tweets: u64,
    pub unscored: u64,
    pub collapsed: u64,
    /// Positive, negative, neutral, mixed: in the order of `Label::ALL`.
    pub counts: [u64; 4],
    pub sums: [f64; 4],
    pub avg: Option<[f64; 4]>,
}

impl WindowRow {
    /// Sums and counts over all windows: the only way to go from windows to the run.
    pub fn totals(rows: &[Self]) -> sentistack_sentiment::Totals {
        let mut totals = sentistack_sentiment::Totals::default();
        for row in rows {
            totals.merge(&sentistack_sentiment::Totals {
                n: row.counts.iter().sum(),
                counts: row.counts,
                sums: row.sums,
            });
        }
        totals
    }
}

/// A run's tables, read back. The report is made from these, so that it can be made again from S3.
#[async_trait]
pub trait Tables: Send + Sync {
    /// The `sentiment` table, in order of time.
    async fn windows(&self, run_id: &str, model: &str) -> Result<Vec<WindowRow>>;
    /// Label and text of at most `limit` scored posts, evenly spread over the run, and how many there are.
    async fn texts(
        &self,
        run_id: &str,
        model: &str,
        limit: u64,
    ) -> Result<(Vec<(crate::model::Label, String)>, u64)>;
}

/// Rows that a query gave.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QueryRows {
    pub columns: Vec<String>,
    pub rows: Vec<Vec<serde_json::Value>>,
}

/// The warehouse: the tables `tweet` and `sentiment` over all runs, and `run_stage` with what the runs took.
#[async_trait]
pub trait Warehouse: Send + Sync {
    /// Brings one run's tables in, replacing rows of the same key only. Gives (tweets, windows).
    /// `keep_tweets` false leaves the tweet table out (`privacy: aggregate`).
    async fn load(
        &self,
        run_id: &str,
        model: &str,
        keep_tweets: bool,
        events: &dyn Events,
    ) -> Result<(u64, u64)>;
    /// Writes down what the stages of a run took, in the place of what was written of it before.
    async fn record(
        &self,
        run_id: &str,
        model: &str,
        stages: &[crate::pipeline::stages::StageRow],
    ) -> Result<()>;
    /// Runs one read-only statement.
    async fn query(&self, sql: &str) -> Result<QueryRows>;
    /// The same for one that gives the `rows` scored tweets whose label has the highest probability: a warehouse may know
    /// where these are.
    async fn query_surest(&self, sql: &str, _rows: usize) -> Result<QueryRows> {
        self.query(sql).await
    }
}

/// The time of day.
pub trait Clock: Send + Sync {
    fn now(&self) -> Timestamp;
}
