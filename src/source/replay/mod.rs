//! Replay: posts from files, in our own line shape, as X answers, or as CSV. It must not know where the posts go,
//! and it neither removes duplicates nor hides anybody: that is the gate's.
//!
//! Reading is done by a thread of its own, a few batches ahead, so that a slow pipe never holds up the runtime.

mod buffer;
#[doc(hidden)]
pub mod checks;
mod decode;
mod document;
mod form;
mod inputs;
pub mod line;
// X's answers come in files and from X itself.
pub(crate) mod page;
mod raw;
mod reading;
mod shape;
mod table;
pub mod text;
mod when;

use std::io::Read;

use async_trait::async_trait;
use tokio::sync::mpsc;

use crate::error::{Error, Result};
use crate::pipeline::port::{Source, SourceBatch, SourceInfo};
use inputs::{Input, Inputs};
use reading::Reading;
pub use shape::Harvest;

/// Batches that are read ahead.
const AHEAD: usize = 2;

/// How to read.
#[derive(Default)]
pub struct ReplayOptions {
    /// The first thing that cannot be read ends the reading with an error.
    pub strict: bool,
    /// Rejects carry an excerpt of what was read: only under `privacy: keep`.
    pub keep_excerpts: bool,
    /// What `-` stands for; the process's standard input where this is `None`.
    pub stdin: Option<Box<dyn Read + Send>>,
}

/// The source `replay`.
pub struct Replay {
    inputs: Inputs,
    state: State,
}

enum State {
    Ready(Box<Reading>),
    Running(mpsc::Receiver<Result<SourceBatch>>),
    Ended,
}

impl Replay {
    /// Finds what `inputs` name; reading begins with the first `next`.
    ///
    /// # Errors
    /// Kind `Input` where a file is not there, a pattern matches nothing, or a folder has nothing to read;
    /// kind `Usage` where nothing is named.
    pub fn open(inputs: &[String], options: ReplayOptions) -> Result<Self> {
        let inputs = inputs::find(inputs)?;
        let reading = Reading::new(inputs.files.clone(), options);
        Ok(Self { inputs, state: State::Ready(Box::new(reading)) })
    }

    /// Changes when an input does: 16 hex digits over the paths, sizes and times of writing of all files. A run
    /// that is resumed compares it with the one that it started with.
    pub fn fingerprint(&self) -> String {
        inputs::fingerprint(&self.inputs.files)
    }

    /// What was passed over while looking for files, for people to read.
    pub fn notes(&self) -> &[String] {
        &self.inputs.notes
    }

    /// The files that are read, in order, as rejects name them.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.inputs.files.iter().map(|file| file.shown.as_str())
    }
}

#[async_trait]
impl Source for Replay {
    fn info(&self) -> SourceInfo {
        SourceInfo {
            total_bytes: self.inputs.files.iter().map(|file| file.bytes).sum(),
            ..SourceInfo::default()
        }
    }

    async fn next(&mut self) -> Result<Option<SourceBatch>> {
        if let State::Ready(_) = &self.state
            && let State::Ready(reading) = std::mem::replace(&mut self.state, State::Ended)
        {
            self.state = State::Running(start(reading)?);
        }
        let State::Running(batches) = &mut self.state else { return Ok(None) };
        let next = batches.recv().await.transpose();
        if !matches!(next, Ok(Some(_))) {
            self.state = State::Ended;
        }
        next
    }
}

/// Reads one input that is in memory to its end, on this thread: for fuzzing and for measuring. `on_batch` sees
/// what came before the error, if one ended it.
///
/// # Errors
/// As [`Replay`]'s `next`.
pub fn read_bytes(bytes: &[u8], strict: bool, mut on_batch: impl FnMut(SourceBatch)) -> Result<()> {
    let input = Input { shown: inputs::STDIN.to_owned(), path: None, bytes: None, modified: None };
    let stdin: Box<dyn Read + Send> = Box::new(std::io::Cursor::new(bytes.to_vec()));
    let mut reading =
        Reading::new(vec![input], ReplayOptions { strict, stdin: Some(stdin), ..ReplayOptions::default() });
    while let Some(batch) = reading.next_batch()? {
        on_batch(batch);
    }
    Ok(())
}

/// Starts the reading thread. It ends when all is read, when reading fails, or when nobody listens any more.
fn start(mut reading: Box<Reading>) -> Result<mpsc::Receiver<Result<SourceBatch>>> {
    let (to, from) = mpsc::channel(AHEAD);
    std::thread::Builder::new()
        .name("replay".to_owned())
        .spawn(move || {
            while let Some(batch) = reading.next_batch().transpose() {
                let failed = batch.is_err();
                if to.blocking_send(batch).is_err() || failed {
                    break;
                }
            }
        })
        .map_err(|error| {
            Error::new(crate::error::ErrorKind::Outside, "cannot start a thread to read with").because(error)
        })?;
    Ok(from)
}

#[cfg(test)]
mod tests;
