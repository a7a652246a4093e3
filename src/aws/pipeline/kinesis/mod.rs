//! A Kinesis data stream between ingest and score: one record a packet. Staging is the truth, so nothing here is
//! waited for without end: what the stream does not bring back is scored from there.

mod batch;
mod consumer;
mod pace;
mod producer;
mod shards;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::sync::{Notify, mpsc};

use crate::aws::Account;
use crate::error::{Error, Result};
use crate::limits;
use crate::model::{Checkpoint, Packet, PacketName, ScoreOrder};
use crate::pipeline::port::Stream;

/// What a stream is opened with.
pub struct KinesisOptions {
    /// Name of the stream.
    pub stream: String,
    pub run_id: String,
    /// Records from before the run began are none of its own.
    pub since: Timestamp,
    /// By shard: the last record up to which everything is scored.
    pub checkpoints: BTreeMap<String, String>,
    /// Who scores, where it is not this process: packets say so, and none are read back here.
    pub order: Option<ScoreOrder>,
    /// What waits are multiplied by; tests have little time.
    pub pace: f64,
}

/// The stream of one run: a producer, and a reader for each shard, all in the background.
pub struct KinesisStream {
    shared: Arc<Shared>,
    outgoing: Mutex<Option<mpsc::Sender<Packet>>>,
    incoming: tokio::sync::Mutex<mpsc::Receiver<Packet>>,
    /// Kept where nobody reads, so that what comes in is not taken to have ended.
    _unread: Option<mpsc::Sender<Packet>>,
    tasks: Mutex<Vec<tokio::task::JoinHandle<()>>>,
}

/// What producer, readers and workers know together.
struct Shared {
    account: Arc<Account>,
    options: KinesisOptions,
    state: Mutex<State>,
    /// Woken when the state may have come to an end.
    changed: Notify,
}

#[derive(Default)]
struct State {
    published: BTreeSet<PacketName>,
    delivered: BTreeSet<PacketName>,
    /// The producer has put everything there.
    all_put: bool,
    /// When anything was put or came last.
    progress: Option<Instant>,
    /// By shard: whether its reader has come to the end of it.
    idle: BTreeMap<String, bool>,
    shards: BTreeMap<String, Shard>,
    failed: Option<Error>,
}

/// Records of a shard that were handed to workers, oldest first.
#[derive(Default)]
struct Shard {
    under_way: VecDeque<(String, PacketName)>,
    scored: BTreeSet<PacketName>,
    done: Option<String>,
    told: Option<Instant>,
}

impl KinesisStream {
    /// Begins to read. Must be called inside a runtime.
    pub fn open(account: Arc<Account>, options: KinesisOptions) -> Self {
        let state = Mutex::new(State { progress: Some(Instant::now()), ..State::default() });
        let shared = Arc::new(Shared { account, options, state, changed: Notify::new() });
        let (outgoing, to_put) = mpsc::channel(limits::PUT_RECORDS);
        let (came, incoming) = mpsc::channel(limits::STREAM_PACKETS);
        let producing = tokio::spawn(producer::run(Arc::clone(&shared), to_put));
        let mut tasks = vec![producing];
        let unread = if shared.options.order.is_none() {
            tasks.push(tokio::spawn(consumer::run(Arc::clone(&shared), came)));
            None
        } else {
            Some(came)
        };
        Self {
            shared,
            _unread: unread,
            outgoing: Mutex::new(Some(outgoing)),
            incoming: tokio::sync::Mutex::new(incoming),
            tasks: Mutex::new(tasks),
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fail(&self, error: Error) {
        self.state().failed.get_or_insert(error);
        self.changed.notify_waiters();
    }

    fn wait(&self, time: Duration) -> tokio::time::Sleep {
        tokio::time::sleep(time.mul_f64(self.options.pace))
    }

    /// Whether nothing more will come: all is there, or what is missing is lost.
    fn is_over(&self) -> Result<bool> {
        let state = self.state();
        if let Some(error) = &state.failed {
            return Err(error.clone());
        }
        if !state.all_put {
            return Ok(false);
        }
        // What is read by another is none of ours to wait for.
        if self.options.order.is_some() || state.published.is_subset(&state.delivered) {
            return Ok(true);
        }
        let quiet = state.progress.map(|at| at.elapsed()).unwrap_or_default();
        let idle = !state.idle.is_empty() && state.idle.values().all(|idle| *idle);
        let patience = if idle { limits::STREAM_IDLE_SECONDS } else { limits::STREAM_STALL_SECONDS };
        let patience = Duration::from_secs(patience).mul_f64(self.options.pace);
        // However little time a test has: every shard is read once more.
        Ok(quiet >= patience.max(Duration::from_millis(2 * limits::GET_AT_END_MILLIS)))
    }
}

#[async_trait]
impl Stream for KinesisStream {
    async fn publish(&self, packet: Packet) -> Result<()> {
        if let Some(error) = &self.shared.state().failed {
            return Err(error.clone());
        }
        let outgoing = self.outgoing.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let closed = || Error::failed("the stream was closed while packets were still coming");
        let outgoing = outgoing.ok_or_else(closed)?;
        self.shared.state().published.insert(packet.name.clone());
        let packet = Packet { score: self.shared.options.order.clone(), ..packet };
        outgoing.send(packet).await.map_err(|_| closed())
    }

    async fn consume(&self) -> Result<Option<Packet>> {
        let mut incoming = self.incoming.lock().await;
        loop {
            let changed = self.shared.changed.notified();
            if let Ok(packet) = incoming.try_recv() {
                return Ok(Some(packet));
            }
            if self.shared.is_over()? {
                return Ok(None);
            }
            tokio::select! {
                biased;
                packet = incoming.recv() => match packet {
                    Some(packet) => return Ok(Some(packet)),
                    // The readers are gone, and have said why.
                    None => return self.shared.is_over().map(|_| None),
                },
                () = changed => {}
                () = self.shared.wait(Duration::from_millis(500)) => {}
            }
        }
    }

    async fn close(&self) {
        self.outgoing.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.shared.changed.notify_waiters();
    }

    fn scored(&self, name: &PacketName) -> Option<Checkpoint> {
        let mut state = self.shared.state();
        let (id, shard) = state
            .shards
            .iter_mut()
            .find(|(_, shard)| shard.under_way.iter().any(|(_, under_way)| under_way == name))?;
        shard.scored.insert(name.clone());
        while let Some((sequence, first)) = shard.under_way.front()
            && shard.scored.contains(first)
        {
            shard.done = Some(sequence.clone());
            let (_, first) = shard.under_way.pop_front()?;
            shard.scored.remove(&first);
        }
        let due = shard.told.is_none_or(|at| at.elapsed() >= Duration::from_secs(limits::CHECKPOINT_SECONDS));
        if !due {
            return None;
        }
        let sequence = shard.done.take()?;
        shard.told = Some(Instant::now());
        Some(Checkpoint { shard: id.clone(), sequence })
    }
}

impl Drop for KinesisStream {
    fn drop(&mut self) {
        for task in self.tasks.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            task.abort();
        }
    }
}
