//! Texts that somebody asks about: the scores, in the shape of `docs/endpoint.md`.

use sentistack_wire::answer;

use crate::event::{EventError, Text};
use crate::limits;
use crate::scorer::Scorer;

/// Answers the event.
///
/// # Errors
/// Where there are more texts than are taken at a time, or one could not be scored: an answer has all or none.
pub fn answer<S: Scorer>(texts: &[Text<'_>], scorer: &mut S) -> Result<Vec<u8>, EventError> {
    if texts.len() > limits::DIRECT_TEXTS {
        return Err(EventError::TooManyTexts { texts: texts.len() });
    }
    let texts: Vec<&str> = texts.iter().map(|text| &*text.0).collect();
    let scored = if texts.is_empty() { Vec::new() } else { scorer.score(&texts) };
    let scored: Vec<_> = scored.into_iter().collect::<Option<_>>().ok_or(EventError::NotScored)?;
    // One judge for all: an endpoint that failed at some of them makes the answer the fallback's.
    let judge = scored.iter().map(|scored| scored.judge).find(|judge| *judge != scorer.judge());
    let scores: Vec<_> = scored.iter().map(|scored| scored.score).collect();
    Ok(answer::write(judge.unwrap_or(scorer.judge()).as_str(), &scores))
}
