//! Puts posts and their scores together, packet by packet, and sums a window up.
//! Pure: bytes in, rows out. Files, tables and clocks are none of its business.

pub mod lines;
mod time;

use rustc_hash::FxHashMap;

use crate::model::{Label, Score};
pub use lines::{ScoreLine, StagedLine};
pub use time::{parse_micros, push_micros};

/// Labels in the order of every array of four in this crate: positive, negative, neutral, mixed.
pub const LABELS: [Label; 4] = [Label::Positive, Label::Negative, Label::Neutral, Label::Mixed];

/// Why two packets cannot be put together.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    #[error("staging packet: {0}")]
    Staging(#[source] crate::wire::LineError),
    #[error("sentiment packet: {0}")]
    Sentiment(#[source] crate::wire::LineError),
    #[error("sentiment packet: line {line} has a label but not all four scores")]
    HalfAScore { line: usize },
    #[error("the packet is not UTF-8")]
    Encoding(#[from] std::str::Utf8Error),
    #[error("no sentiment for post {tweet_id} (staging line {line})")]
    NoSentiment { line: usize, tweet_id: String },
}

/// Calls `each` with every staged post of a packet and its score (none for a post that was not scored).
///
/// Both packets have the posts in the same order as a rule; where they do not, posts are found by
/// `tweet_id`. A sentiment without a post is left out.
pub fn merge_packet<E: From<MergeError>>(
    staging: &[u8],
    sentiments: &[u8],
    mut each: impl FnMut(&StagedLine<'_>, Option<&Score>) -> Result<(), E>,
) -> Result<(), E> {
    let utf8 = |packet| std::str::from_utf8(packet).map_err(|e| E::from(MergeError::Encoding(e)));
    let (staging, sentiments) = (utf8(staging)?, utf8(sentiments)?);
    let mut scores = lines::score_lines(sentiments);
    let mut by_id: Option<FxHashMap<_, Option<Score>>> = None;
    for staged in lines::staged_lines(staging) {
        let (line, post) = staged?;
        if by_id.is_none() {
            match scores.next().transpose()? {
                Some(next) if next.tweet_id == post.tweet_id => {
                    each(&post, next.score.as_ref())?;
                    continue;
                }
                Some(_) | None => by_id = Some(index(sentiments)?),
            }
        }
        match by_id.as_ref().and_then(|scores| scores.get(&post.tweet_id)) {
            Some(score) => each(&post, score.as_ref())?,
            None => return Err(MergeError::NoSentiment { line, tweet_id: post.tweet_id.into_owned() }.into()),
        }
    }
    Ok(())
}

fn index(sentiments: &str) -> Result<FxHashMap<std::borrow::Cow<'_, str>, Option<Score>>, MergeError> {
    let mut by_id = FxHashMap::default();
    for line in lines::score_lines(sentiments) {
        let line = line?;
        by_id.entry(line.tweet_id).or_insert(line.score);
    }
    Ok(by_id)
}

/// The figures of one window.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct WindowSums {
    /// Posts, scored or not.
    pub posts: u64,
    pub unscored: u64,
    /// Scored posts by label, in the order of [`LABELS`].
    pub counts: [u64; 4],
    pub sums: [f64; 4],
}

impl WindowSums {
    pub fn add(&mut self, score: Option<&Score>) {
        self.posts += 1;
        let Some(score) = score else {
            self.unscored += 1;
            return;
        };
        self.counts[label_index(score.label)] += 1;
        let values = [score.positive, score.negative, score.neutral, score.mixed];
        for (sum, value) in self.sums.iter_mut().zip(values) {
            *sum += value;
        }
    }

    pub fn scored(&self) -> u64 {
        self.posts - self.unscored
    }

    /// Average scores over the scored posts; nothing where there are none.
    pub fn averages(&self) -> Option<[f64; 4]> {
        let scored = self.scored();
        (scored > 0).then(|| self.sums.map(|sum| sum / scored as f64))
    }

    /// Share of each label among the scored posts, as a fraction of 1.
    pub fn shares(&self) -> Option<[f64; 4]> {
        let scored = self.scored();
        (scored > 0).then(|| self.counts.map(|count| count as f64 / scored as f64))
    }
}

/// Where `label` is in [`LABELS`].
pub fn label_index(label: Label) -> usize {
    match label {
        Label::Positive => 0,
        Label::Negative => 1,
        Label::Neutral => 2,
        Label::Mixed => 3,
    }
}

pub use sentistack_wire::cut;

#[cfg(test)]
#[path = "merge/tests.rs"]
mod tests;
