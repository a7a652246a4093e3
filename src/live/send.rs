//! The producer: from a source through the gate into records, and on their way in full batches. Of a batch only what
//! was not taken is put again; nothing more is read meanwhile, so that a slow receiver slows the source.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind, Result};
use crate::layout::RunLayout;
use crate::limits;
use crate::live::note::SentNote;
use crate::live::port::Delivery;
use crate::live::put;
use crate::model::{Deleted, Reject, StagedPost};
use crate::pipeline::context::Stop;
use crate::pipeline::event::{Event, Events, Stage};
use crate::pipeline::gate::Gate;
use crate::pipeline::port::{Clock, Durability, Source, SourceBatch, Store};
use crate::wire::{self, LiveRecord};

/// How it sends.
pub struct SendOptions {
    pub run_id: String,
    pub topic: String,
    pub source: String,
    /// Records a second at most; `None`: as fast as they are taken.
    pub rate: Option<u32>,
    /// For so long at most.
    pub duration: Option<Duration>,
}

/// What it works with.
pub struct Producer<'a> {
    pub options: SendOptions,
    pub gate: Gate,
    pub delivery: &'a dyn Delivery,
    pub store: Arc<dyn Store>,
    pub clock: Arc<dyn Clock>,
    pub events: Arc<dyn Events>,
    pub stop: Stop,
    /// What could not be read; begins empty.
    pub rejects: Vec<Reject>,
}

/// Records on their way.
#[derive(Default)]
struct Batch {
    lines: Vec<Vec<u8>>,
    bytes: usize,
    since: Option<Instant>,
}

/// How reading came to its end.
enum End {
    /// The source has nothing more, or the time is over.
    Done,
    /// A signal, or what broke.
    Broken(Error),
}

impl Producer<'_> {
    /// Sends until the source ends, the time is over, or a stop is asked for. Whatever ends it, what was read is put
    /// first, and the note says how far it came.
    ///
    /// # Errors
    /// Those of the source and of the delivery; `Outside` where records are not taken for minutes.
    pub async fn run(mut self, mut source: Box<dyn Source>) -> Result<SentNote> {
        let mut note = SentNote::new(self.delivery.name(), self.clock.now());
        self.write(&mut note).await?;
        let mut batch = Batch::default();
        let ended = self.read(source.as_mut(), &mut batch, &mut note).await;
        let ended = self.drain(source.as_mut(), ended, &mut batch, &mut note).await;
        note.tally = source.tally();
        let put = self.put(&mut batch, &mut note).await;
        let closed = self.delivery.close().await;
        let outcome = match ended {
            End::Done => Ok(()),
            End::Broken(error) => Err(error),
        };
        note.ended = put.is_ok() && closed.is_ok() && outcome.as_ref().err().is_none_or(is_stop);
        self.write(&mut note).await?;
        if !self.rejects.is_empty() {
            let lines = wire::json_lines(&self.rejects)?;
            let key = RunLayout::new(&self.options.run_id).rejected();
            self.store.put(&key, lines, Durability::Power).await?;
        }
        outcome.and(put).and(closed).map(|()| note)
    }

    async fn read(&mut self, source: &mut dyn Source, batch: &mut Batch, note: &mut SentNote) -> End {
        let began = Instant::now();
        let mut stop = self.stop.clone();
        let mut noted = Instant::now();
        loop {
            let left = match self.options.duration.map(|whole| whole.checked_sub(began.elapsed())) {
                Some(None) => return End::Done,
                Some(Some(left)) => left,
                None => Duration::from_secs(limits::LIVE_NOTE_SECONDS),
            };
            let linger = batch.since.map(|since| held_for().saturating_sub(since.elapsed()));
            let wait = linger.map_or(left, |linger| linger.min(left));
            let read = tokio::select! {
                biased;
                asked = stop.asked() => return End::Broken(asked),
                read = source.next() => Some(read),
                () = tokio::time::sleep(wait) => None,
            };
            let worked = match read {
                Some(Ok(None)) => return End::Done,
                Some(Err(error)) => return End::Broken(error),
                Some(Ok(Some(page))) => self.take(source, page, batch, note).await,
                None => Ok(()),
            };
            let due = batch.since.is_some_and(|since| since.elapsed() >= held_for());
            let worked = match worked {
                Ok(()) if due => self.put(batch, note).await,
                worked => worked,
            };
            let worked = match worked {
                Ok(()) if noted.elapsed().as_secs() >= limits::LIVE_NOTE_SECONDS => {
                    noted = Instant::now();
                    note.tally = source.tally();
                    self.write(note).await
                }
                worked => worked,
            };
            if let Err(error) = worked {
                return End::Broken(error);
            }
        }
    }

    /// Reading is over. What a source that cannot be read again has on its way is still taken, and it is given the
    /// time to put its own things in order; unless records are no longer taken, when only the latter is left.
    async fn drain(
        &mut self,
        source: &mut dyn Source,
        ended: End,
        batch: &mut Batch,
        note: &mut SentNote,
    ) -> End {
        if !source.info().keeps_pages {
            return ended;
        }
        source.stop();
        let was_cut = matches!(&ended, End::Broken(error) if !is_stop(error));
        let mut failure = None;
        let until = tokio::time::Instant::now() + Duration::from_secs(limits::LIVE_DRAIN_SECONDS);
        // Only the source is hurried: a record that is being put is put to its end.
        loop {
            match tokio::time::timeout_at(until, source.next()).await {
                Ok(Ok(Some(_))) if was_cut || failure.is_some() => {}
                Ok(Ok(Some(page))) => failure = self.take(source, page, batch, note).await.err(),
                Ok(Ok(None)) => break,
                Ok(Err(error)) => {
                    failure = failure.or(Some(error));
                    break;
                }
                Err(_) => {
                    let message = "what the source had on its way did not come in time, and is left out";
                    self.events.emit(Event::Warning { message: message.to_owned() });
                    break;
                }
            }
        }
        match failure {
            Some(error) if !was_cut => End::Broken(error),
            _ => ended,
        }
    }

    /// Takes a page of the source: through the gate, into records.
    async fn take(
        &mut self,
        source: &mut dyn Source,
        page: SourceBatch,
        batch: &mut Batch,
        note: &mut SentNote,
    ) -> Result<()> {
        for (reason, posts) in &page.dropped {
            self.gate.drop_at_source(reason, *posts);
        }
        self.gate.reject(page.rejects.len() as u64);
        self.rejects.extend(page.rejects);
        for gone in page.deleted {
            self.forget(gone, note);
        }
        for post in page.posts {
            // What is on its way is not held: the gate remembers its identifiers alone.
            let Some(staged) = self.gate.admit(post).cloned() else { continue };
            self.push(&staged, batch, note).await?;
        }
        for window in self.gate.open_windows() {
            self.gate.close(window, Vec::new(), true);
        }
        if let Some(mark) = &page.mark {
            // The page counts as kept when its records were taken.
            self.put(batch, note).await?;
            source.kept(mark);
        }
        Ok(())
    }

    /// A post that was sent cannot be called back; the note has it, and `live load` leaves it out.
    fn forget(&mut self, gone: Deleted, note: &mut SentNote) {
        self.gate.forget(&gone);
        note.taken_back.push(gone);
    }

    async fn push(&mut self, post: &StagedPost, batch: &mut Batch, note: &mut SentNote) -> Result<()> {
        let sequence = note.sent + batch.lines.len() as u64 + 1;
        let options = &self.options;
        let record = LiveRecord::of(post, &options.topic, &options.source, &options.run_id, sequence);
        let mut line = Vec::with_capacity(post.text.len() + 256);
        record.write(&mut line).map_err(|e| Error::failed("a post cannot be written as JSON").because(e))?;
        if batch.bytes + line.len() > limits::FIREHOSE_BYTES {
            self.put(batch, note).await?;
        }
        batch.since.get_or_insert_with(Instant::now);
        batch.bytes += line.len();
        batch.lines.push(line);
        // Under a rate, in small steps.
        let full = self.options.rate.map_or(limits::FIREHOSE_RECORDS, |rate| {
            usize::try_from(rate / 4).unwrap_or(1).clamp(1, limits::FIREHOSE_RECORDS)
        });
        match batch.lines.len() >= full {
            true => self.put(batch, note).await,
            false => Ok(()),
        }
    }

    /// Puts the batch, and again what of it was not taken, until all is.
    async fn put(&mut self, batch: &mut Batch, note: &mut SentNote) -> Result<()> {
        let Batch { lines, bytes, .. } = std::mem::take(batch);
        if lines.is_empty() {
            return Ok(());
        }
        let records = lines.len() as u64;
        let began = Instant::now();
        note.again += put::put(self.delivery, lines, &self.stop).await?;
        note.sent += records;
        note.bytes += bytes as u64;
        self.events.emit(Event::Progress { stage: Stage::Ingest, done: note.sent, total: None });
        if let Some(rate) = self.options.rate {
            let pause = Duration::from_secs_f64(records as f64 / f64::from(rate.max(1)));
            tokio::time::sleep(pause.saturating_sub(began.elapsed())).await;
        }
        Ok(())
    }

    async fn write(&self, note: &mut SentNote) -> Result<()> {
        note.updated = self.clock.now();
        note.counts = self.gate.counts().clone();
        let body = serde_json::to_vec_pretty(note)
            .map_err(|e| Error::failed("the note of what was sent cannot be written").because(e))?;
        let key = RunLayout::new(&self.options.run_id).live_note();
        self.store.put(&key, body, Durability::Power).await
    }
}

/// Whether somebody asked for it.
fn is_stop(error: &Error) -> bool {
    matches!(error.kind, ErrorKind::Interrupted | ErrorKind::Terminated)
}

/// How long the first record of a batch waits for others.
fn held_for() -> Duration {
    Duration::from_millis(limits::LIVE_LINGER_MILLIS)
}
