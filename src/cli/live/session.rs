//! What `live verify`, `live redrive` and `live load` share: a run, and what was sent and delivered of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::cli::Global;
use crate::cli::pipeline::flags::Root;
use crate::cli::pipeline::open;
use crate::cli::pipeline::place::Place;
use crate::error::{Error, Result};
use crate::layout::RunLayout;
use crate::live::account::{Account, Totals};
use crate::live::delivered::{self, Line, Seen};
use crate::live::note::{NOTE_VERSION, SentNote};
use crate::manifest::Manifest;
use crate::ui::Printer;
use crate::wire::LiveRow;

/// A live run, as its producer left it.
pub struct LiveRun {
    pub place: Arc<Place>,
    pub manifest: Manifest,
    pub note: SentNote,
}

/// What came of it.
pub struct Arrived {
    pub totals: Totals,
    pub seen: Seen,
}

impl LiveRun {
    /// The run that is named, or else the newest one that was live.
    pub fn open(root: &Root, named: Option<&str>, global: &Global, printer: Printer) -> Result<Self> {
        let place = open::place(root, global, printer)?;
        let chosen = match named {
            Some(_) => Some(place.choose(named)?),
            None => newest(&place)?,
        };
        let Some(run_id) = chosen else {
            return Err(Error::usage(format!("there is no live run under {}", place.name()))
                .hint("send posts first: sentistack live run"));
        };
        let manifest = place.manifest(&run_id)?;
        let Some(note) = sent(&place, &run_id)? else {
            return Err(Error::usage(format!("run {run_id} is no live run"))
                .hint("live runs are made by `sentistack live run`; `pipeline list` shows all"));
        };
        Ok(Self { place, manifest, note })
    }

    /// Reads all that was delivered. Each record's row is handed on once.
    pub fn arrived(&self, each: &mut (dyn FnMut(LiveRow) + Send)) -> Result<Arrived> {
        let mut account = Account::new(self.note.sent);
        let mut line = |line: Line| match line {
            Line::Row(row) => {
                if account.delivered(row.sequence, row.label) {
                    each(*row);
                }
            }
            Line::Failed(record) => account.failed(record.sequence),
        };
        let seen = self.read(&mut line)?;
        Ok(Arrived { totals: account.close(), seen })
    }

    /// The records that failed and did not come by another way since, as they were sent, by their numbers; without
    /// posts that were taken back at their source.
    pub fn failed(&self) -> Result<BTreeMap<u64, Vec<u8>>> {
        let mut account = Account::new(self.note.sent);
        let mut failed = BTreeMap::new();
        self.read(&mut |line| match line {
            Line::Row(row) => {
                account.delivered(row.sequence, row.label);
            }
            Line::Failed(record) => {
                if !self.note.taken_back.iter().any(|gone| gone.names(&record.tweet_id)) {
                    failed.insert(record.sequence, record.line);
                }
            }
        })?;
        failed.retain(|sequence, _| !account.has(*sequence));
        Ok(failed)
    }

    fn read(&self, each: &mut (dyn FnMut(Line) + Send)) -> Result<Seen> {
        let store = &*self.place.store;
        self.place.wait(delivered::read(store, &self.manifest.run_id, self.note.started, each))
    }
}

fn newest(place: &Place) -> Result<Option<String>> {
    for manifest in place.runs()?.readable {
        if sent(place, &manifest.run_id)?.is_some() {
            return Ok(Some(manifest.run_id));
        }
    }
    Ok(None)
}

/// The note of what was sent, if the run has one.
pub fn sent(place: &Place, run_id: &str) -> Result<Option<SentNote>> {
    let key = RunLayout::new(run_id).live_note();
    let Some(body) = place.wait(place.store.get(&key))? else { return Ok(None) };
    let damaged = || Error::input("the note of what was sent is damaged").resource(place.store.uri(&key));
    let note: SentNote = serde_json::from_slice(&body).map_err(|e| damaged().because(e))?;
    if note.schema_version > NOTE_VERSION {
        return Err(damaged().hint("a newer sentistack wrote it: use that one"));
    }
    Ok(Some(note))
}
