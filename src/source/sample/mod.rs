//! The sample: synthetic posts written by this program, the same for a seed on every machine. It reads no file,
//! no clock and no network, and it must not know what a model thinks of its posts.
//!
//! Posts are made slot by slot, so that a hundred million of them need no more memory than a thousand.

mod compose;
mod grammar;
mod languages;
mod people;
mod phrases;
mod schedule;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::error::{Error, Result};
use crate::limits;
use crate::pipeline::port::{Source, SourceBatch, SourceInfo};
use compose::Composer;
use schedule::{STORY_MS, Schedule, Slot};

/// Posts of a sample, unless another number is asked for.
pub const DEFAULT_POSTS: u64 = 33_000;
/// When a sample starts, unless told: the fifth of January 2026, a Monday, 00:00 UTC.
pub const DEFAULT_START_MS: i64 = 1_767_571_200_000;
/// A sample grows longer when its windows would hold more posts than this on average.
pub const POSTS_PER_WINDOW: u64 = 10_000;

/// Which sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampleOptions {
    /// How many posts, exactly.
    pub posts: u64,
    pub seed: u64,
    /// The first moment; by default 2026-01-05T00:00:00Z, or as long before `end` as the span is.
    pub start: Option<Timestamp>,
    /// The first moment after; by default the start plus the larger of four days and `posts` / 10,000 windows.
    pub end: Option<Timestamp>,
    /// Only for the default span: posts do not depend on it otherwise.
    pub window_seconds: u32,
}

impl Default for SampleOptions {
    fn default() -> Self {
        Self { posts: DEFAULT_POSTS, seed: 42, start: None, end: None, window_seconds: 900 }
    }
}

/// The source `sample`.
pub struct Sample {
    start_ms: i64,
    end_ms: i64,
    posts: u64,
    schedule: Schedule,
    slot: Option<(Slot, u64)>,
    composer: Composer,
}

impl Sample {
    /// A sample of `options`.
    ///
    /// # Errors
    /// Kind `Config` where the end is not after the start, or where they are outside the years that posts may
    /// have ([`limits::FIRST_POST`] to [`limits::LAST_POST`]).
    pub fn new(options: SampleOptions) -> Result<Self> {
        let (start_ms, end_ms) = span(&options)?;
        Ok(Self {
            start_ms,
            end_ms,
            posts: options.posts,
            schedule: Schedule::new(options.seed, options.posts, start_ms, end_ms),
            slot: None,
            composer: Composer::new(options.seed),
        })
    }

    fn batch(&mut self) -> Option<SourceBatch> {
        let mut batch =
            SourceBatch { posts: Vec::with_capacity(limits::SOURCE_BATCH), ..SourceBatch::default() };
        while batch.posts.len() < limits::SOURCE_BATCH {
            match self.slot {
                Some((slot, done)) if done < slot.posts => {
                    let at = self.composer.moment(&slot, done);
                    batch.posts.push(self.composer.post(&slot, at));
                    self.slot = Some((slot, done + 1));
                }
                Some(_) | None => match self.schedule.next() {
                    Some(slot) => self.slot = Some((slot, 0)),
                    None => break,
                },
            }
        }
        (!batch.posts.is_empty()).then_some(batch)
    }
}

#[async_trait]
impl Source for Sample {
    fn info(&self) -> SourceInfo {
        let at = |ms| Timestamp::from_millisecond(ms).unwrap_or_default();
        SourceInfo {
            unique_ids: true,
            time_ordered: true,
            synthetic: true,
            planned: Some((at(self.start_ms), at(self.end_ms))),
            total: Some(self.posts),
            total_bytes: None,
            keeps_pages: false,
        }
    }

    async fn next(&mut self) -> Result<Option<SourceBatch>> {
        Ok(self.batch())
    }
}

/// The span in milliseconds, end not included.
fn span(options: &SampleOptions) -> Result<(i64, i64)> {
    let (first, last) = super::post_years();
    let seconds = u64::from(options.window_seconds.max(1));
    let grown = options.posts.div_ceil(POSTS_PER_WINDOW).saturating_mul(seconds).saturating_mul(1_000);
    let length = i64::try_from(grown).unwrap_or(i64::MAX).max(STORY_MS);
    let (start, end) = match (options.start, options.end) {
        (Some(start), Some(end)) => (start.as_millisecond(), end.as_millisecond()),
        // The years of posts end: windows hold more posts each, then.
        (Some(start), None) => grow(start.as_millisecond(), length, last),
        (None, None) => grow(DEFAULT_START_MS, length, last),
        (None, Some(end)) => (end.as_millisecond().saturating_sub(length).max(first), end.as_millisecond()),
    };
    if end <= start {
        return Err(Error::config("the sample's end is not after its start")
            .hint("give --start and --end so that the end comes later, or leave one of them out"));
    }
    if start < first || end > last {
        return Err(Error::config(format!(
            "the sample's span is outside {} to {}",
            limits::FIRST_POST,
            limits::LAST_POST
        ))
        .hint("choose --start and --end between these two"));
    }
    Ok((start, end))
}

fn grow(start: i64, length: i64, last: i64) -> (i64, i64) {
    (start, start.saturating_add(length).min(last.max(start)))
}

#[cfg(test)]
mod tests;
