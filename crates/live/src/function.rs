//! The function: an event in, an answer out.

use crate::event::{Event, EventError};
use crate::kinesis::Objects;
use crate::scorer::Scorer;
use crate::settings::Settings;
use crate::{direct, firehose, kinesis};

/// What is answered, and how it went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// JSON.
    pub body: Vec<u8>,
    pub tally: Tally,
}

/// How an event fared, for the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tally {
    Firehose(firehose::Tally),
    Kinesis(kinesis::Tally),
    Texts(usize),
}

/// Settings, a scorer, and where objects go, if anywhere.
pub struct Function<S, O> {
    pub settings: Settings,
    pub scorer: S,
    pub objects: Option<O>,
}

impl<S: Scorer, O: Objects> Function<S, O> {
    /// Answers one event.
    ///
    /// # Errors
    /// Where the event as a whole cannot be answered. What is wrong with one record is in the answer.
    pub fn handle(&mut self, event: &[u8]) -> Result<Answer, EventError> {
        match Event::read(event)? {
            Event::Firehose(records) => {
                let (body, tally) = firehose::transform(&records, &self.settings, &mut self.scorer)?;
                Ok(Answer { body, tally: Tally::Firehose(tally) })
            }
            Event::Kinesis(records) => {
                let objects = self.objects.as_mut().ok_or(EventError::NoBucket)?;
                let (body, tally) = kinesis::consume(&records, &self.settings, &mut self.scorer, objects);
                Ok(Answer { body, tally: Tally::Kinesis(tally) })
            }
            Event::Texts(texts) => {
                let body = direct::answer(&texts, &mut self.scorer)?;
                Ok(Answer { body, tally: Tally::Texts(texts.len()) })
            }
        }
    }
}
