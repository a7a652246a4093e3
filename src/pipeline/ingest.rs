//! Ingest: reads the source to its end, passes every post through the gate, and stages what it lets
//! through as packets. It knows no source and no store by name.

use std::collections::{BTreeMap, HashMap};

use crate::error::{Error, Result};
use crate::journal::format::{Entry, IngestCounts};
use crate::journal::resume::Progress;
use crate::limits;
use crate::model::{Packet, PacketName, PacketTweet, Reject, StagedPost, Window, WindowFacts};
use crate::pipeline::context::Context;
use crate::pipeline::event::{Event, Stage};
use crate::pipeline::gate::{ClosedWindow, Gate, GateOptions};
use crate::pipeline::port::{Durability, Source, SourceBatch, Stream};
use crate::pipeline::score::Scoring;
use crate::wire;

/// Reads the whole source. Gives the number of posts staged.
///
/// When the source fails midway, what was read is staged all the same, its windows marked partial,
/// and the source's error comes back.
pub async fn ingest(
    context: &Context,
    source: &mut dyn Source,
    gate: GateOptions,
    scoring: Option<&Scoring>,
    stream: &std::sync::Arc<dyn Stream>,
) -> Result<u64> {
    context.store.delete_prefix(&context.layout.spool_dir()).await?;
    let mut ingest = Ingest::open(context, gate, scoring, stream.as_ref()).await?;
    let failure = ingest.read(source).await;
    if let Err(error) = &failure {
        // A stop is no fault of the input: a resume reads it again from its beginning.
        if matches!(error.kind, crate::error::ErrorKind::Interrupted | crate::error::ErrorKind::Terminated) {
            failure?;
            return Ok(0);
        }
    }
    let whole = failure.is_ok();
    ingest.close_all(whole).await?;
    let kept = ingest.finish(whole).await?;
    failure.map(|()| kept)
}

struct Ingest<'a> {
    context: &'a Context,
    gate: Gate,
    scoring: Option<&'a Scoring>,
    stream: &'a dyn Stream,
    /// Packets in the store before this attempt, with their size.
    present: HashMap<String, u64>,
    journaled: BTreeMap<PacketName, u64>,
    spilled: BTreeMap<Window, u32>,
    windows: Vec<WindowFacts>,
    rejects: Vec<Reject>,
    rejects_counted: u64,
    input_bytes: u64,
}

impl<'a> Ingest<'a> {
    async fn open(
        context: &'a Context,
        gate: GateOptions,
        scoring: Option<&'a Scoring>,
        stream: &'a dyn Stream,
    ) -> Result<Self> {
        let present = context.store.list(&context.layout.staging()).await?;
        Ok(Self {
            context,
            gate: Gate::new(gate),
            scoring,
            stream,
            present: present.into_iter().map(|entry| (entry.key, entry.bytes)).collect(),
            journaled: Progress::of(&context.journal.read()?).staged,
            spilled: BTreeMap::new(),
            windows: Vec::new(),
            rejects: Vec::new(),
            rejects_counted: 0,
            input_bytes: 0,
        })
    }

    async fn read(&mut self, source: &mut dyn Source) -> Result<()> {
        let info = source.info();
        loop {
            self.context.stop.check()?;
            let Some(batch) = source.next().await? else { return Ok(()) };
            let latest = batch.posts.last().map(|post| self.gate.window_of(post.created_at));
            self.take(batch);
            if info.time_ordered
                && let Some(latest) = latest
            {
                self.close_before(latest).await?;
            }
            while self.gate.held_bytes() > limits::GATE_BYTES {
                self.spill().await?;
            }
            self.context.emit(Event::Progress {
                stage: Stage::Ingest,
                done: self.gate.counts().read,
                total: info.total,
            });
            // Lets the scorers and the signal handler have their turn.
            tokio::task::yield_now().await;
        }
    }

    fn take(&mut self, batch: SourceBatch) {
        self.input_bytes = batch.bytes_read;
        self.gate.reject(batch.rejects.len() as u64);
        self.rejects_counted += batch.rejects.len() as u64;
        let room = limits::REJECTED_LINES.saturating_sub(self.rejects.len() as u64);
        self.rejects.extend(batch.rejects.into_iter().take(usize::try_from(room).unwrap_or(usize::MAX)));
        for (reason, posts) in batch.dropped {
            self.gate.drop_at_source(reason, posts);
        }
        for post in batch.posts {
            self.gate.admit(post);
        }
    }

    async fn close_before(&mut self, latest: Window) -> Result<()> {
        for window in self.gate.open_windows().into_iter().take_while(|window| *window < latest) {
            self.close(window, true).await?;
        }
        Ok(())
    }

    async fn close_all(&mut self, whole: bool) -> Result<()> {
        for window in self.gate.open_windows() {
            self.context.stop.check()?;
            self.close(window, whole).await?;
        }
        Ok(())
    }

    async fn close(&mut self, window: Window, whole: bool) -> Result<()> {
        let spilled = self.unspill(window).await?;
        let ClosedWindow { facts, posts } = self.gate.close(window, spilled, whole);
        let mut packet = PacketBuilder::default();
        let mut number = 1;
        for post in posts {
            if packet.is_full() {
                let full = std::mem::take(&mut packet);
                self.stage(PacketName::numbered(window, number), full).await?;
                number += 1;
            }
            packet.push(post)?;
        }
        if !packet.tweets.is_empty() {
            self.stage(PacketName::numbered(window, number), packet).await?;
        }
        self.windows.push(facts);
        Ok(())
    }

    async fn stage(&mut self, name: PacketName, packet: PacketBuilder) -> Result<()> {
        let key = self.context.layout.staging_packet(&name);
        let bytes = packet.lines.len() as u64;
        let posts = packet.tweets.len() as u64;
        if self.present.get(&key) != Some(&bytes) {
            self.context.store.put(&key, packet.lines, Durability::Process).await?;
        }
        if self.journaled.get(&name) != Some(&bytes) {
            self.context.log(Entry::Staged { name: name.clone(), posts, bytes })?;
        }
        if let Some(scoring) = self.scoring
            && scoring.claims(&name)
        {
            let run_id = self.context.manifest.run_id.clone();
            self.stream.publish(Packet { run_id, name, tweets: packet.tweets }).await?;
        }
        Ok(())
    }

    async fn spill(&mut self) -> Result<()> {
        let Some((window, posts)) = self.gate.spill_heaviest() else { return Ok(()) };
        let chunk = self.spilled.entry(window).or_default();
        let key = self.context.layout.spool(window, *chunk);
        *chunk += 1;
        let mut lines = Vec::new();
        for post in &posts {
            write_line(post, &mut lines)?;
        }
        self.context.store.put(&key, lines, Durability::Process).await
    }

    async fn unspill(&mut self, window: Window) -> Result<Vec<StagedPost>> {
        let mut posts = Vec::new();
        for chunk in 0..self.spilled.remove(&window).unwrap_or(0) {
            let key = self.context.layout.spool(window, chunk);
            let lines = self.context.store.get(&key).await?.unwrap_or_default();
            for line in wire::lines::<StagedPost>(&lines) {
                posts.push(line.map_err(|e| {
                    Error::failed("a post held on disk cannot be read back").because(e).resource(&key)
                })?);
            }
        }
        Ok(posts)
    }

    /// Writes what ingest alone knows, then the journal line that says that it is done.
    async fn finish(&mut self, whole: bool) -> Result<u64> {
        let layout = &self.context.layout;
        self.windows.sort_by_key(|facts| facts.window);
        let windows = json_lines(&self.windows)?;
        self.context.store.put(&layout.windows(), windows, Durability::Power).await?;
        if self.rejects_counted > 0 {
            let rejects = json_lines(&self.rejects)?;
            self.context.store.put(&layout.rejected(), rejects, Durability::Power).await?;
        }
        self.context.store.delete_prefix(&layout.spool_dir()).await?;
        let counts = IngestCounts { input_bytes: self.input_bytes, ..self.gate.counts().clone() };
        let kept = counts.kept;
        self.context.log(Entry::Ingested { counts, complete: whole })?;
        self.context.journal.sync()?;
        Ok(kept)
    }
}

/// A packet that is being filled.
#[derive(Default)]
struct PacketBuilder {
    lines: Vec<u8>,
    tweets: Vec<PacketTweet>,
}

impl PacketBuilder {
    fn is_full(&self) -> bool {
        self.tweets.len() >= limits::PACKET_POSTS
            || (!self.tweets.is_empty() && self.lines.len() >= limits::PACKET_BYTES - limits::TEXT_BYTES)
    }

    fn push(&mut self, post: StagedPost) -> Result<()> {
        write_line(&post, &mut self.lines)?;
        self.tweets.push(PacketTweet { tweet_id: post.tweet_id, text: post.text, lang: post.lang });
        Ok(())
    }
}

fn write_line(post: &StagedPost, out: &mut Vec<u8>) -> Result<()> {
    wire::write_staging_line(post, out)
        .map_err(|e| Error::failed("a post cannot be written as JSON").because(e))
}

fn json_lines<T: serde::Serialize>(rows: &[T]) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    for row in rows {
        serde_json::to_writer(&mut out, row)
            .map_err(|e| Error::failed("a line cannot be written as JSON").because(e))?;
        out.push(b'\n');
    }
    Ok(out)
}
