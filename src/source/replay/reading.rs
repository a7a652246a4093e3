//! Goes through the inputs one after another and makes batches of what is in them, in order: what was read before
//! a failure always comes before the failure. How a file is written is not known here.

use std::collections::VecDeque;

use super::ReplayOptions;
use super::form::Current;
use super::inputs::Input;
use super::shape::Harvest;
use crate::error::{Error, Result};
use crate::limits;
use crate::model::Reject;
use crate::pipeline::port::SourceBatch;

/// Reasons that the error for unusable input names at most.
const REASONS_SHOWN: usize = 3;

/// All inputs, being read.
pub struct Reading {
    waiting: VecDeque<Input>,
    options: ReplayOptions,
    current: Option<Current>,
    harvest: Harvest,
    rejects: Vec<Reject>,
    first_reasons: Vec<String>,
    /// Stored bytes of the inputs that are done with.
    bytes_done: u64,
    any: bool,
    error: Option<Error>,
    ended: bool,
    names: Vec<String>,
}

impl Reading {
    pub fn new(files: Vec<Input>, options: ReplayOptions) -> Self {
        Self {
            names: files.iter().map(|file| file.shown.clone()).collect(),
            waiting: files.into(),
            options,
            current: None,
            harvest: Harvest::default(),
            rejects: Vec::new(),
            first_reasons: Vec::new(),
            bytes_done: 0,
            any: false,
            error: None,
            ended: false,
        }
    }

    /// The next posts; `None` at the end.
    ///
    /// # Errors
    /// After what was read before it: a file that cannot be read, one that is cut or corrupt, the first reject when
    /// reading strictly, or, at the end, that there was no post at all.
    pub fn next_batch(&mut self) -> Result<Option<SourceBatch>> {
        while !self.ended
            && self.error.is_none()
            && self.harvest.posts.len() < limits::SOURCE_BATCH
            && self.rejects.len() < limits::SOURCE_BATCH
        {
            if let Err(error) = self.step() {
                self.error = Some(error);
            }
        }
        let batch = SourceBatch {
            posts: std::mem::take(&mut self.harvest.posts),
            rejects: std::mem::take(&mut self.rejects),
            dropped: std::mem::take(&mut self.harvest.dropped),
            bytes_read: self.bytes_done + self.current.as_ref().map_or(0, |current| current.consumed()),
            ..SourceBatch::default()
        };
        if !batch.posts.is_empty() || !batch.rejects.is_empty() || !batch.dropped.is_empty() {
            self.harvest.posts.reserve(limits::SOURCE_BATCH);
            self.any |= !batch.posts.is_empty() || !batch.dropped.is_empty();
            return Ok(Some(batch));
        }
        match self.error.take() {
            Some(error) => {
                self.ended = true;
                Err(error)
            }
            None if self.any => Ok(None),
            None => {
                self.any = true;
                Err(self.nothing())
            }
        }
    }

    /// Reads one piece: opens the next input, or reads a line, a value or a record.
    fn step(&mut self) -> Result<()> {
        let Some(current) = &mut self.current else {
            match self.waiting.pop_front() {
                Some(input) => self.current = Some(Current::open(&input, &mut self.options)?),
                None => self.ended = true,
            }
            return Ok(());
        };
        let before = self.rejects.len();
        let more = current.step(&mut self.harvest, &mut self.rejects)?;
        if self.options.strict
            && let Some(reject) = self.rejects.first()
        {
            let error = refusal(reject);
            self.rejects.clear();
            return Err(error);
        }
        let room = REASONS_SHOWN - self.first_reasons.len();
        self.first_reasons.extend(self.rejects[before..].iter().take(room).map(place_and_reason));
        if !more {
            self.bytes_done += current.consumed();
            self.current = None;
        }
        Ok(())
    }

    fn nothing(&self) -> Error {
        let names = match self.names.as_slice() {
            [first, second, third, rest @ ..] if !rest.is_empty() => {
                format!("{first}, {second}, {third} and {} more", rest.len())
            }
            names => names.join(", "),
        };
        let mut error = Error::input(format!("no post could be read from {names}"))
            .hint("replay reads JSON lines with id, created_at and text, answers of X's API v2, and CSV with a header");
        error.causes.clone_from(&self.first_reasons);
        if error.causes.is_empty() {
            error.causes.push("there is nothing in it".to_owned());
        }
        error
    }
}

fn place_and_reason(reject: &Reject) -> String {
    let line = reject.line.map_or(String::new(), |line| format!(":{line}"));
    format!("{}{line}: {}", reject.file, reject.reason)
}

/// What reading strictly makes of a reject.
fn refusal(reject: &Reject) -> Error {
    Error::input(place_and_reason(reject))
        .because(format!(
            "reading strictly, and byte {} begins what cannot be read",
            reject.byte.unwrap_or_default()
        ))
        .hint("mend the line, or leave --strict out to pass over such lines and count them")
        .resource(&reject.file)
}
