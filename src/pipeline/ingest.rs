//! Ingest: reads the source to its end, passes every post through the gate, and stages what it lets
//! through as packets. It knows no source and no store by name.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use tokio::task::JoinSet;

use crate::error::{Error, ErrorKind, Result};
use crate::journal::format::{Entry, IngestCounts};
use crate::journal::resume::Progress;
use crate::limits;
use crate::model::{
    Mark, Packet, PacketName, PacketTweet, Reject, StagedPost, Window, WindowFacts, WindowMark,
};
use crate::pipeline::context::Context;
use crate::pipeline::event::{Event, Stage};
use crate::pipeline::forget;
use crate::pipeline::gate::{ClosedWindow, Gate, GateOptions};
use crate::pipeline::packet::{PacketBuilder, packets};
use crate::pipeline::pages::{self, Page};
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
    stream: &Arc<dyn Stream>,
) -> Result<u64> {
    context.store.delete_prefix(&context.layout.spilled()).await?;
    let mut ingest = Ingest::open(context, gate, scoring, stream.as_ref(), source.info().keeps_pages).await?;
    if ingest.keeps_pages {
        ingest.take_up(source).await?;
    }
    let mut failure = ingest.read(source).await;
    // What is on its way is kept, whatever ended the reading.
    let settled = ingest.settle(source, 0).await;
    if failure.is_ok() {
        failure = settled;
    }
    if let Err(error) = &failure {
        // A stop is no fault of the input: a resume goes on, or reads it again from its beginning.
        if matches!(error.kind, ErrorKind::Interrupted | ErrorKind::Terminated) {
            failure?;
            return Ok(0);
        }
    }
    let whole = failure.is_ok();
    ingest.close_all(source, whole).await?;
    let kept = ingest.finish(whole).await?;
    failure.map(|()| kept)
}

/// Something that was written beside the reading.
enum Written {
    Page(Mark),
    Packet { name: PacketName, posts: u64, bytes: u64, tweets: Vec<PacketTweet> },
}

struct Ingest<'a> {
    context: &'a Context,
    gate: Gate,
    scoring: Option<&'a Scoring>,
    stream: &'a dyn Stream,
    keeps_pages: bool,
    /// Packets in the store before this attempt, with their size.
    present: HashMap<String, u64>,
    journaled: BTreeMap<PacketName, u64>,
    spilled: BTreeMap<Window, u32>,
    windows: BTreeMap<Window, WindowFacts>,
    /// What the source said of the windows that it reads one by one.
    marked: BTreeMap<Window, WindowMark>,
    /// Windows before this one are whole, and closed.
    settled: Option<Window>,
    rejects: Vec<Reject>,
    input_bytes: u64,
    /// Posts that the source itself passed over: they show that it works.
    passed_over: u64,
    writes: JoinSet<Result<Written>>,
    /// Posts were taken back of windows that were closed by then.
    late_deletions: bool,
}

impl<'a> Ingest<'a> {
    async fn open(
        context: &'a Context,
        gate: GateOptions,
        scoring: Option<&'a Scoring>,
        stream: &'a dyn Stream,
        keeps_pages: bool,
    ) -> Result<Self> {
        let present = context.store.list(&context.layout.staging()).await?;
        Ok(Self {
            context,
            gate: Gate::new(gate),
            scoring,
            stream,
            keeps_pages,
            present: present.into_iter().map(|entry| (entry.key, entry.bytes)).collect(),
            journaled: Progress::of(&context.journal.read()?).staged,
            spilled: BTreeMap::new(),
            windows: BTreeMap::new(),
            marked: BTreeMap::new(),
            settled: None,
            rejects: Vec::new(),
            input_bytes: 0,
            passed_over: 0,
            writes: JoinSet::new(),
            late_deletions: false,
        })
    }

    /// Takes in again what earlier attempts kept, and lets the source go on after it.
    async fn take_up(&mut self, source: &mut dyn Source) -> Result<()> {
        let kept = pages::read_all(self.context).await?;
        let mut marks = Vec::with_capacity(kept.len());
        for page in kept {
            let head = page.readmit(&mut self.gate);
            self.keep_rejects(head.rejects);
            marks.push(head.mark);
            while self.gate.held_bytes() > limits::GATE_BYTES {
                self.spill().await?;
            }
        }
        source.resume(&marks)?;
        if !marks.is_empty() {
            let read = self.gate.counts().read;
            let message =
                format!("{read} posts were read by an earlier attempt, and are not asked for again");
            self.context.emit(Event::Note { message });
        }
        for mark in marks {
            self.whole(source, &mark).await?;
        }
        Ok(())
    }

    async fn read(&mut self, source: &mut dyn Source) -> Result<()> {
        let info = source.info();
        let mut stop = self.context.stop.clone();
        let mut stopped = None;
        loop {
            if !self.keeps_pages {
                self.context.stop.check()?;
            }
            let batch = tokio::select! {
                biased;
                error = stop.asked(), if self.keeps_pages && stopped.is_none() => {
                    // What is on its way may be paid for: it is waited for, and nothing more is asked.
                    source.stop();
                    stopped = Some(error);
                    continue;
                }
                Some(written) = self.writes.join_next(), if !self.writes.is_empty() => {
                    self.written(source, written).await?;
                    continue;
                }
                batch = source.next() => batch?,
            };
            let Some(batch) = batch else { return stopped.map_or(Ok(()), Err) };
            self.take(source, batch, info.time_ordered).await?;
            while self.gate.held_bytes() > limits::GATE_BYTES {
                self.spill().await?;
            }
            self.context.emit(Event::Progress {
                stage: Stage::Ingest,
                done: self.gate.counts().read + self.passed_over,
                total: info.total,
            });
            // Lets the scorers and the signal handler have their turn.
            tokio::task::yield_now().await;
        }
    }

    async fn take(&mut self, source: &mut dyn Source, batch: SourceBatch, time_ordered: bool) -> Result<()> {
        self.input_bytes = batch.bytes_read;
        self.passed_over += batch.passed_over;
        let latest = batch.posts.last().map(|post| self.gate.window_of(post.created_at));
        let settled = batch.settled_before.map(|moment| self.gate.window_of(moment));
        if batch.mark.is_some() {
            self.keep(source, batch).await?;
        } else {
            self.gate.reject(batch.rejects.len() as u64);
            self.keep_rejects(batch.rejects);
            for (reason, posts) in batch.dropped {
                self.gate.drop_at_source(reason, posts);
            }
            for post in batch.posts {
                self.gate.admit(post);
            }
        }
        let before = if time_ordered { latest } else { settled };
        match before {
            Some(before) => self.close_before(source, before).await,
            None => Ok(()),
        }
    }

    fn keep_rejects(&mut self, rejects: Vec<Reject>) {
        let room = limits::REJECTED_LINES.saturating_sub(self.rejects.len() as u64);
        self.rejects.extend(rejects.into_iter().take(usize::try_from(room).unwrap_or(usize::MAX)));
    }

    /// Makes a page durable. The source may ask for the one after it when it is.
    async fn keep(&mut self, source: &mut dyn Source, batch: SourceBatch) -> Result<()> {
        self.late_deletions |= !batch.deleted.is_empty() && !self.windows.is_empty();
        let late = self.settled;
        let Some(page) = Page::admit(&mut self.gate, late, batch) else { return Ok(()) };
        self.keep_rejects(page.head.rejects.clone());
        let key = self.context.layout.page(&page.head.mark.stretch, page.head.mark.page);
        let body = page.to_bytes()?;
        self.write(source, key, body, Durability::Power, Written::Page(page.head.mark)).await
    }

    /// Writes an object, beside others where the store gains by it.
    async fn write(
        &mut self,
        source: &mut dyn Source,
        key: String,
        body: Vec<u8>,
        durability: Durability,
        what: Written,
    ) -> Result<()> {
        let parallel = self.context.store.parallel();
        if parallel <= 1 {
            self.context.store.put(&key, body, durability).await?;
            return Box::pin(self.written(source, Ok(Ok(what)))).await;
        }
        Box::pin(self.settle(source, parallel - 1)).await?;
        let store = Arc::clone(&self.context.store);
        self.writes.spawn(async move { store.put(&key, body, durability).await.map(|()| what) });
        Ok(())
    }

    /// Waits until at most `left` writes are on their way.
    async fn settle(&mut self, source: &mut dyn Source, left: usize) -> Result<()> {
        while self.writes.len() > left {
            let Some(written) = self.writes.join_next().await else { return Ok(()) };
            self.written(source, written).await?;
        }
        Ok(())
    }

    async fn written(
        &mut self,
        source: &mut dyn Source,
        ended: Result<Result<Written>, tokio::task::JoinError>,
    ) -> Result<()> {
        match ended.unwrap_or_else(|e| Err(Error::failed("a writing task broke down").because(e)))? {
            Written::Page(mark) => {
                source.kept(&mark);
                self.whole(source, &mark).await
            }
            Written::Packet { name, posts, bytes, tweets } => self.staged(name, posts, bytes, tweets).await,
        }
    }

    /// Closes the window that a mark makes whole.
    async fn whole(&mut self, source: &mut dyn Source, mark: &Mark) -> Result<()> {
        match mark.window {
            Some(of) if mark.next.is_none() => {
                self.marked.insert(of.window, of);
                self.close(source, of.window, true).await
            }
            Some(_) | None => Ok(()),
        }
    }

    async fn close_before(&mut self, source: &mut dyn Source, before: Window) -> Result<()> {
        if self.settled.is_none_or(|settled| settled < before) && self.keeps_pages {
            self.settled = Some(before);
        }
        for window in self.open_windows().into_iter().take_while(|window| *window < before) {
            self.close(source, window, true).await?;
        }
        Ok(())
    }

    async fn close_all(&mut self, source: &mut dyn Source, whole: bool) -> Result<()> {
        for window in self.open_windows() {
            self.context.stop.check()?;
            self.close(source, window, whole).await?;
        }
        self.settle(source, 0).await
    }

    /// Windows that have posts and are not closed, those that were spilled whole included.
    fn open_windows(&self) -> Vec<Window> {
        let mut open: Vec<Window> = self.spilled.keys().copied().chain(self.gate.open_windows()).collect();
        open.sort_unstable();
        open.dedup();
        open
    }

    async fn close(&mut self, source: &mut dyn Source, window: Window, whole: bool) -> Result<()> {
        let spilled = self.unspill(window).await?;
        let ClosedWindow { mut facts, posts } = self.gate.close(window, spilled, whole);
        if let Some(of) = self.marked.get(&window) {
            facts.mark(of);
        }
        for packet in packets(window, posts) {
            let (name, packet) = packet?;
            self.stage(source, name, packet).await?;
        }
        self.windows.insert(window, facts);
        Ok(())
    }

    async fn stage(
        &mut self,
        source: &mut dyn Source,
        name: PacketName,
        packet: PacketBuilder,
    ) -> Result<()> {
        let key = self.context.layout.staging_packet(&name);
        let PacketBuilder { lines, tweets } = packet;
        let (bytes, posts) = (lines.len() as u64, tweets.len() as u64);
        if self.present.get(&key) == Some(&bytes) {
            return self.staged(name, posts, bytes, tweets).await;
        }
        let what = Written::Packet { name, posts, bytes, tweets };
        self.write(source, key, lines, Durability::Process, what).await
    }

    /// A packet is in the store: says so, and puts it on the stream.
    async fn staged(
        &mut self,
        name: PacketName,
        posts: u64,
        bytes: u64,
        tweets: Vec<PacketTweet>,
    ) -> Result<()> {
        if self.journaled.get(&name) != Some(&bytes) {
            self.context.log(Entry::Staged { name: name.clone(), posts, bytes })?;
        }
        if let Some(scoring) = self.scoring
            && scoring.claims(&name)
        {
            let run_id = self.context.manifest.run_id.clone();
            self.stream.publish(Packet { run_id, name, score: None, tweets }).await?;
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
            wire::write_staging_line(post, &mut lines)
                .map_err(|e| Error::failed("a post cannot be written as JSON").because(e))?;
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
        if self.late_deletions {
            forget::forget(self.context, &mut self.gate, &mut self.windows).await?;
        }
        let layout = &self.context.layout;
        let windows = wire::json_lines(self.windows.values())?;
        self.context.store.put(&layout.windows(), windows, Durability::Power).await?;
        if self.gate.counts().rejected > 0 {
            let rejects = wire::json_lines(&self.rejects)?;
            self.context.store.put(&layout.rejected(), rejects, Durability::Power).await?;
        }
        // Pages stay until everything is read: another attempt needs them.
        let done_with = if whole { layout.spool_dir() } else { layout.spilled() };
        let counts = IngestCounts { input_bytes: self.input_bytes, ..self.gate.counts().clone() };
        let kept = counts.kept;
        self.context.log(Entry::Ingested { counts, complete: whole })?;
        self.context.journal.sync()?;
        self.context.store.delete_prefix(&done_with).await?;
        Ok(kept)
    }
}
