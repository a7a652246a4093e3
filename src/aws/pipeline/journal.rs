//! The journal in S3, where nothing can be appended to: each flush writes what is new as an object of its own, and
//! the journal is all of them in order. What was appended is written within half a second, and at `sync` before it
//! returns. Packets count as done only with the object itself, so a line that a crash took with it costs a look.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::BucketStore;
use crate::error::{Error, ErrorKind, Result};
use crate::journal::format::Record;
use crate::journal::lines;
use crate::pipeline::port::{Journal, Store};

/// Between two flushes, while there is something to write.
const FLUSH_EVERY: Duration = Duration::from_millis(500);

/// The objects of one run's journal.
pub struct BucketJournal {
    shared: Arc<Shared>,
}

struct Shared {
    store: BucketStore,
    /// `runs/<run_id>/journal`.
    folder: String,
    state: Mutex<State>,
    flushed: Condvar,
    wake: tokio::sync::Notify,
}

#[derive(Default)]
struct State {
    records: Vec<Record>,
    /// Lines that are not written yet.
    pending: Vec<u8>,
    /// Number of the next object.
    next: u32,
    /// A flush is under way.
    writing: bool,
    /// The last flush failed so.
    failed: Option<Error>,
    closed: bool,
}

impl BucketJournal {
    /// Reads what is there, and begins to flush what will be appended. Must be called inside a runtime.
    pub async fn open(store: BucketStore, folder: String) -> Result<Self> {
        let (records, next) = read(&store, &folder).await?;
        let state = Mutex::new(State { records, next, ..State::default() });
        let shared = Arc::new(Shared {
            store,
            folder,
            state,
            flushed: Condvar::new(),
            wake: tokio::sync::Notify::new(),
        });
        let flusher = Arc::clone(&shared);
        tokio::spawn(async move { flusher.run().await });
        Ok(Self { shared })
    }

    /// The records of a journal that somebody else may be writing.
    pub async fn read_only(store: &BucketStore, folder: &str) -> Result<Vec<Record>> {
        Ok(read(store, folder).await?.0)
    }
}

/// All records, and the number of the next object.
async fn read(store: &BucketStore, folder: &str) -> Result<(Vec<Record>, u32)> {
    let mut records = Vec::new();
    let mut next = 1;
    for entry in store.list(folder).await? {
        let number = entry.key.rsplit('/').next().and_then(|name| name.strip_suffix(".jsonl"));
        let Some(number) = number.and_then(|number| number.parse::<u32>().ok()) else { continue };
        next = next.max(number + 1);
        let bytes = store.get(&entry.key).await?.unwrap_or_default();
        records.extend(lines::parse(&store.uri(&entry.key), &bytes)?);
    }
    Ok((records, next))
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn run(&self) {
        loop {
            self.wake.notified().await;
            tokio::time::sleep(FLUSH_EVERY).await;
            self.flush().await;
            if self.state().closed {
                return;
            }
        }
    }

    /// Writes what is pending, unless somebody does so already.
    async fn flush(&self) {
        let (key, body) = {
            let mut state = self.state();
            if state.writing || state.pending.is_empty() {
                return;
            }
            state.writing = true;
            (format!("{}/{:06}.jsonl", self.folder, state.next), state.pending.clone())
        };
        let length = body.len();
        let written = match self.store.put_new(&key, body).await {
            Ok(true) => Ok(()),
            // Its lease ended while this one slept: two writers of one journal would lose each other's lines.
            Ok(false) => Err(Error::new(ErrorKind::Outside, "another process has taken this run over")
                .hint("let it end; `sentistack pipeline status` shows how far it is")
                .resource(self.store.uri(&key))),
            Err(error) => Err(error),
        };
        let mut state = self.state();
        state.writing = false;
        match written {
            Ok(()) => {
                state.pending.drain(..length);
                state.next += 1;
                state.failed = None;
            }
            Err(error) => state.failed = Some(error),
        }
        drop(state);
        self.flushed.notify_all();
    }
}

impl Journal for BucketJournal {
    fn append(&self, record: &Record) -> Result<()> {
        let mut line = serde_json::to_vec(record)
            .map_err(|e| Error::failed("cannot write a journal record as JSON").because(e))?;
        line.push(b'\n');
        let mut state = self.shared.state();
        if let Some(error) = &state.failed {
            return Err(error.clone());
        }
        state.pending.extend_from_slice(&line);
        state.records.push(record.clone());
        drop(state);
        self.shared.wake.notify_one();
        Ok(())
    }

    fn read(&self) -> Result<Vec<Record>> {
        Ok(self.shared.state().records.clone())
    }

    fn sync(&self) -> Result<()> {
        let runtime = tokio::runtime::Handle::try_current()
            .map_err(|e| Error::failed("the journal needs a runtime").because(e))?;
        tokio::task::block_in_place(|| {
            loop {
                runtime.block_on(self.shared.flush());
                let mut state = self.shared.state();
                if let Some(error) = state.failed.take() {
                    return Err(error);
                }
                if state.pending.is_empty() {
                    return Ok(());
                }
                // Another flush is under way: what it does not take, the next round does.
                while state.writing {
                    state = self.shared.flushed.wait(state).unwrap_or_else(PoisonError::into_inner);
                }
            }
        })
    }
}

impl Drop for BucketJournal {
    fn drop(&mut self) {
        self.shared.state().closed = true;
        self.shared.wake.notify_one();
    }
}
