//! The embedded transform: a streaming merge of posts and scores, window by window, into the tables.
//! It holds one packet and one row group; how long a run is makes no difference. It does not judge what is missing
//! in a run, beyond saying so.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use flate2::read::MultiGzDecoder;

use super::files::Files;
use super::rows::Cell;
use super::schema::{SENTIMENT, TWEET};
use super::table_files::{Sizes, TableWriter};
use crate::error::{Error, Result};
use crate::id;
use crate::journal::format::TransformCounts;
use crate::layout::{RunLayout, packet_of_key};
use crate::limits::width;
use crate::model::{PacketName, Score, Window, WindowFacts};
use crate::pipeline::event::{Event, Events, Stage};
use crate::pipeline::merge::{MergeError, StagedLine, WindowSums, cut, merge_packet};
use crate::pipeline::port::{Submissions, Transform, TransformRequest};

/// Transform in this process, over a root folder.
#[derive(Clone, Debug)]
pub struct EmbeddedTransform {
    files: Files,
    sizes: Sizes,
}

impl EmbeddedTransform {
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { files: Files::new(root), sizes: Sizes::default() }
    }

    #[cfg(test)]
    pub(super) fn with_sizes(mut self, sizes: Sizes) -> Self {
        self.sizes = sizes;
        self
    }
}

#[async_trait]
impl Transform for EmbeddedTransform {
    async fn transform(
        &self,
        request: &TransformRequest,
        _: &dyn Submissions,
        events: &dyn Events,
    ) -> Result<TransformCounts> {
        let mut job = Job::start(&self.files, request, self.sizes)?;
        let total = request.windows.len() as u64;
        for (done, facts) in (1..).zip(&request.windows) {
            job.window(facts)?;
            events.emit(Event::Progress { stage: Stage::Transform, done, total: Some(total) });
            // Whoever wants to stop this gets a turn. What is half-written goes when the job is dropped.
            tokio::task::yield_now().await;
        }
        job.finish()
    }
}

/// One transform under way.
struct Job<'a> {
    files: &'a Files,
    request: &'a TransformRequest,
    layout: RunLayout,
    /// Windows that have a staging folder and were not reached yet.
    staged: BTreeSet<Window>,
    last: Option<Window>,
    tweets: TableWriter,
    sentiment: TableWriter,
    counts: TransformCounts,
    staging: Vec<u8>,
    sentiments: Vec<u8>,
}

impl<'a> Job<'a> {
    fn start(files: &'a Files, request: &'a TransformRequest, sizes: Sizes) -> Result<Self> {
        for (what, value) in [
            ("topic", &request.topic),
            ("source", &request.source),
            ("model", &request.model),
            ("run_id", &request.run_id),
        ] {
            // These are keys of the tables: cutting one could make two runs one.
            if value.len() > id::MAX_BYTES {
                return Err(Error::config(format!("{what} {value:?} has more than {} bytes", id::MAX_BYTES))
                    .hint("choose a shorter name"));
            }
        }
        let layout = RunLayout::new(&request.run_id);
        let staged = staged_windows(&files.path(&layout.staging())?)?;
        let named: BTreeSet<Window> = request.windows.iter().map(|facts| facts.window).collect();
        if let Some(stray) = staged.difference(&named).next() {
            return Err(Error::failed(format!(
                "staging has posts of window {stray}, which the run does not list"
            ))
            .hint("run it again with --from-stage ingest")
            .resource(format!("{}/{stray}", layout.staging())));
        }
        let writer = |table: &'static super::schema::Table| {
            let folder = layout.table(&request.model, table.name);
            TableWriter::start(files, table, folder, request.format, sizes)
        };
        Ok(Self {
            files,
            request,
            staged,
            last: None,
            tweets: writer(&TWEET)?,
            sentiment: writer(&SENTIMENT)?,
            counts: TransformCounts::default(),
            staging: Vec::new(),
            sentiments: Vec::new(),
            layout,
        })
    }

    fn window(&mut self, facts: &WindowFacts) -> Result<()> {
        let window = facts.window;
        if self.last.is_some_and(|last| last >= window) {
            return Err(Error::failed(format!("the run lists window {window} twice or out of order"))
                .hint("run it again with --from-stage ingest"));
        }
        self.last = Some(window);
        let day = window.day();
        self.tweets.day(&day)?;
        self.sentiment.day(&day)?;
        let mut sums = WindowSums::default();
        if self.staged.remove(&window) {
            let folder = self.files.path(&format!("{}/{window}", self.layout.staging()))?;
            for packet in packets(&folder)? {
                self.packet(&packet, &mut sums)?;
            }
        }
        self.counts.windows += 1;
        self.counts.tweets += sums.posts;
        self.counts.scored += sums.scored();
        self.counts.unscored += sums.unscored;
        for (total, count) in self.counts.labels.iter_mut().zip(sums.counts) {
            *total += count;
        }
        self.push_window(facts, &sums)
    }

    fn packet(&mut self, name: &PacketName, sums: &mut WindowSums) -> Result<()> {
        let staging_key = self.layout.staging_packet(name);
        let sentiment_key = self.layout.sentiment_packet(&self.request.model, name);
        if !read_packet(&self.files.path(&staging_key)?, &mut self.staging)? {
            return Err(Error::failed(format!("staging packet {name} went away")).resource(staging_key));
        }
        if !read_packet(&self.files.path(&sentiment_key)?, &mut self.sentiments)? {
            return Err(no_sentiment(format!("packet {name} has no sentiment"), sentiment_key));
        }
        let (start, length) = (name.window.micros(), i64::from(self.request.window_seconds) * 1_000_000);
        let (tweets, request, truncated) = (&mut self.tweets, self.request, &mut self.counts.truncated);
        merge_packet(&self.staging, &self.sentiments, |post, score| {
            if !(0..length).contains(&(post.created_at - start)) {
                return Err(Problem::Astray(post.tweet_id.to_string()));
            }
            sums.add(score);
            *truncated += push_post(tweets, request, post, score);
            tweets.end_row().map_err(Problem::Table)
        })
        .map_err(|problem| match problem {
            Problem::Table(error) => error,
            Problem::Astray(id) => Error::failed(format!("post {id} in packet {name} is of another window"))
                .hint("run it again with --from-stage ingest")
                .resource(staging_key),
            Problem::Merge(error @ MergeError::NoSentiment { .. }) => {
                no_sentiment(format!("packet {name} is not scored whole"), sentiment_key).because(error)
            }
            Problem::Merge(error) => Error::failed(format!("cannot merge packet {name}"))
                .because(error)
                .hint("the packet is damaged: run it again with --from-stage score, or --from-stage ingest if it is the staging packet")
                .resource(staging_key),
        })
    }

    fn push_window(&mut self, facts: &WindowFacts, sums: &WindowSums) -> Result<()> {
        let request = self.request;
        let long = |value: u64| Cell::Long(value.try_into().unwrap_or(i64::MAX));
        let mut row = self.sentiment.row();
        for text in [&request.topic, &request.source, &request.model, &request.run_id] {
            row.text(text);
        }
        row.push(Cell::Timestamp(facts.window.micros()));
        row.push(Cell::Int(request.window_seconds.try_into().unwrap_or(i32::MAX)));
        row.text(facts.status.as_str());
        row.push(long(sums.posts));
        row.push(long(sums.unscored));
        row.push(long(facts.collapsed));
        row.push(facts.count_available.map_or(Cell::Null, long));
        sums.counts.into_iter().for_each(|count| row.push(long(count)));
        sums.sums.into_iter().for_each(|sum| row.push(Cell::Double(sum)));
        for four in [sums.averages(), sums.shares()] {
            (0..4).for_each(|i| row.double(four.map(|values| values[i])));
        }
        row.push(facts.fetched_at.map_or(Cell::Null, |at| Cell::Timestamp(at.as_microsecond())));
        self.sentiment.end_row()
    }

    fn finish(self) -> Result<TransformCounts> {
        let mut counts = self.counts;
        counts.files = self.tweets.finish()?;
        counts.files.extend(self.sentiment.finish()?);
        Ok(counts)
    }
}

/// What can go wrong while a packet is merged.
enum Problem {
    Merge(MergeError),
    /// The post with this identifier is not of the packet's window.
    Astray(String),
    Table(Error),
}

impl From<MergeError> for Problem {
    fn from(error: MergeError) -> Self {
        Self::Merge(error)
    }
}

fn no_sentiment(message: String, key: String) -> Error {
    Error::failed(message).hint("resume the run; or score it anew with --from-stage score").resource(key)
}

/// Appends a row to the tweet table; gives the number of values that had to be cut.
fn push_post(
    tweets: &mut TableWriter,
    request: &TransformRequest,
    post: &StagedLine<'_>,
    score: Option<&Score>,
) -> u64 {
    let mut truncated = 0;
    let mut fit = |text: &mut &str, width: usize| {
        let short = cut(text, width);
        let was_cut = short.len() < text.len();
        truncated += u64::from(was_cut);
        *text = short;
        was_cut
    };
    let mut row = tweets.row();
    for text in [&request.topic, &request.source, &request.model, &request.run_id] {
        row.text(text);
    }
    let mut tweet_id = &*post.tweet_id;
    fit(&mut tweet_id, width::TWEET_ID);
    row.text(tweet_id);
    row.push(Cell::Timestamp(post.created_at));
    let mut optional = |row: &mut super::rows::RowWriter<'_>, text: Option<&str>, width: usize| match text {
        Some(mut text) => {
            fit(&mut text, width);
            row.text(text);
        }
        None => row.push(Cell::Null),
    };
    optional(&mut row, post.author_id.as_deref(), width::AUTHOR_ID);
    optional(&mut row, post.username.as_deref(), width::NAME);
    optional(&mut row, post.name.as_deref(), width::NAME);
    optional(&mut row, post.location.as_deref(), width::NAME);
    row.push(post.verified.map_or(Cell::Null, Cell::Bool));
    optional(&mut row, post.lang.as_deref(), width::LANG);
    optional(&mut row, post.referenced_tweet_id.as_deref(), width::TWEET_ID);
    row.push(post.referenced_type.map_or(Cell::Null, |kind| Cell::Text(kind.as_str())));
    optional(&mut row, post.post_url.as_deref(), width::POST_URL);
    let mut text = &*post.text;
    let text_truncated = fit(&mut text, width::TEXT);
    row.text(text);
    row.push(Cell::Bool(text_truncated));
    row.push(score.map_or(Cell::Null, |score| Cell::Text(score.label.as_str())));
    row.double(score.map(|s| s.positive));
    row.double(score.map(|s| s.negative));
    row.double(score.map(|s| s.neutral));
    row.double(score.map(|s| s.mixed));
    truncated
}

/// The windows that have a folder in staging.
fn staged_windows(staging: &Path) -> Result<BTreeSet<Window>> {
    Ok(names(staging)?.iter().filter_map(|name| name.parse().ok()).collect())
}

/// The packets in a window's folder, in order.
fn packets(folder: &Path) -> Result<BTreeSet<PacketName>> {
    let window = folder.file_name().unwrap_or_default().to_string_lossy();
    let names = names(folder)?;
    let kept = names.iter().filter(|name| !name.starts_with('.'));
    Ok(kept.filter_map(|name| packet_of_key(&format!("{window}/{name}"))).collect())
}

fn names(folder: &Path) -> Result<Vec<String>> {
    let failed = |e: &io::Error| Error::io("read", folder.display(), e);
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(failed(&e)),
    };
    let mut names = Vec::new();
    for entry in entries {
        names.extend(entry.map_err(|e| failed(&e))?.file_name().into_string().ok());
    }
    Ok(names)
}

/// Reads `path`, or `path.gz` if that is there instead. False when neither is.
fn read_packet(path: &Path, into: &mut Vec<u8>) -> Result<bool> {
    into.clear();
    let failed = |path: &Path, e: &io::Error| Error::io("read", path.display(), e);
    match File::open(path) {
        Ok(mut file) => {
            file.read_to_end(into).map_err(|e| failed(path, &e))?;
            return Ok(true);
        }
        Err(e) if e.kind() == io::ErrorKind::NotFound => {}
        Err(e) => return Err(failed(path, &e)),
    }
    let packed = PathBuf::from(format!("{}.gz", path.display()));
    match File::open(&packed) {
        Ok(file) => {
            MultiGzDecoder::new(file).read_to_end(into).map_err(|e| {
                Error::input(format!("{} is not whole gzip", packed.display()))
                    .because(e)
                    .resource(packed.display())
            })?;
            Ok(true)
        }
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(e) => Err(failed(&packed, &e)),
    }
}
