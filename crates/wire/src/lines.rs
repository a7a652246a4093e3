//! The lines of staging and sentiment packets, as bytes. What store they go to is none of its business.
//!
//! A sentiment line always looks the same, whoever writes it (this tool or its Lambda):
//! `{"tweet_id":"…","label":"positive","positive":0.1234567,…}`, with `null` for a post that was not scored.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use sentistack_sentiment::{Label, Score};

use crate::model::StagedPost;

/// Why a line of a packet cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("line {line} is not what the data contract says: {source}")]
pub struct LineError {
    /// 1-based.
    pub line: usize,
    #[source]
    pub source: serde_json::Error,
}

/// Appends one staging line, newline included.
pub fn write_staging_line(post: &StagedPost, out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
    serde_json::to_writer(&mut *out, post)?;
    out.push(b'\n');
    Ok(())
}

/// The columns that scoring needs of a staging line.
#[derive(Debug, Deserialize)]
pub struct StagingText<'a> {
    #[serde(borrow)]
    pub tweet_id: Cow<'a, str>,
    #[serde(borrow, default)]
    pub lang: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub text: Cow<'a, str>,
}

/// A sentiment line, borrowed from its packet.
#[derive(Debug, Serialize, Deserialize)]
pub struct SentimentLine<'a> {
    #[serde(borrow)]
    pub tweet_id: Cow<'a, str>,
    pub label: Option<Label>,
    pub positive: Option<f64>,
    pub negative: Option<f64>,
    pub neutral: Option<f64>,
    pub mixed: Option<f64>,
}

impl SentimentLine<'_> {
    /// The score, or `None` for a post that was not scored.
    pub fn score(&self) -> Option<Score> {
        Some(Score {
            label: self.label?,
            positive: self.positive?,
            negative: self.negative?,
            neutral: self.neutral?,
            mixed: self.mixed?,
        })
    }
}

/// Appends one sentiment line, newline included. Scores have seven decimals, which is all they carry.
pub fn write_sentiment_line(tweet_id: &str, score: Option<&Score>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"tweet_id\":");
    write_json_string(tweet_id, out);
    out.push(b',');
    match score {
        Some(score) => write_score(score, out),
        None => out.extend_from_slice(NO_SCORE),
    }
    out.extend_from_slice(b"}\n");
}

/// The fields of a post that was not scored.
pub(crate) const NO_SCORE: &[u8] =
    b"\"label\":null,\"positive\":null,\"negative\":null,\"neutral\":null,\"mixed\":null";

/// The fields of a score, without a comma before or after.
pub(crate) fn write_score(score: &Score, out: &mut Vec<u8>) {
    out.extend_from_slice(b"\"label\":\"");
    out.extend_from_slice(score.label.as_str().as_bytes());
    out.push(b'"');
    for (name, value) in [
        (&b",\"positive\":"[..], score.positive),
        (b",\"negative\":", score.negative),
        (b",\"neutral\":", score.neutral),
        (b",\"mixed\":", score.mixed),
    ] {
        out.extend_from_slice(name);
        write_fixed7(value, out);
    }
}

/// There are not as many scores as posts that are to have one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it gave {scores} scores for {posts} posts")]
pub struct ScoreCountError {
    pub scores: usize,
    pub posts: usize,
}

/// The sentiment packet of `posts` (identifier, and whether it is scored) in their order. `scores` are those of the
/// posts that are scored.
///
/// # Errors
/// Where there are fewer or more scores than posts that are scored.
pub fn sentiment_packet<I: AsRef<str>>(
    posts: &[(I, bool)],
    scores: &[Score],
) -> Result<Vec<u8>, ScoreCountError> {
    let wanted = posts.iter().filter(|(_, scored)| *scored).count();
    if wanted != scores.len() {
        return Err(ScoreCountError { scores: scores.len(), posts: wanted });
    }
    let mut out = Vec::with_capacity(posts.len() * 128);
    let mut given = scores.iter();
    for (tweet_id, scored) in posts {
        let score = if *scored { given.next() } else { None };
        write_sentiment_line(tweet_id.as_ref(), score, &mut out);
    }
    Ok(out)
}

/// Reads each line of a packet in turn. Empty lines are none.
pub fn lines<'a, T: Deserialize<'a>>(packet: &'a [u8]) -> impl Iterator<Item = Result<T, LineError>> {
    packet
        .split(|b| *b == b'\n')
        .enumerate()
        .filter(|(_, line)| !line.is_empty())
        .map(|(i, line)| serde_json::from_slice(line).map_err(|source| LineError { line: i + 1, source }))
}

/// A probability as `0.1234567`, or `1.0000000`.
pub(crate) fn write_fixed7(value: f64, out: &mut Vec<u8>) {
    // A score is a multiple of 1e-7 between 0 and 1, so this cast loses nothing.
    let units = (value.clamp(0.0, 1.0) * 1e7).round() as u32;
    let mut digits = *b"0.0000000";
    let mut rest = units;
    for slot in digits[2..].iter_mut().rev() {
        *slot = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    digits[0] = b'0' + (rest % 10) as u8;
    out.extend_from_slice(&digits);
}

pub(crate) fn write_json_string(text: &str, out: &mut Vec<u8>) {
    if is_plain(text.as_bytes()) {
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
    } else {
        // Serialising a str into a Vec cannot fail.
        let _ = serde_json::to_writer(&mut *out, text);
    }
}

/// Whether JSON has nothing to escape in it. Without an end in between, so that many bytes are looked at at once.
fn is_plain(text: &[u8]) -> bool {
    let escaped = |b: u8| (b < 0x20) | (b == b'"') | (b == b'\\');
    let (chunks, rest) = text.as_chunks::<32>();
    !chunks.iter().any(|chunk| chunk.iter().fold(false, |found, b| found | escaped(*b)))
        && !rest.iter().fold(false, |found, b| found | escaped(*b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(positive: f64, negative: f64, neutral: f64, mixed: f64) -> Score {
        Score { label: Label::Positive, positive, negative, neutral, mixed }
    }

    #[test]
    fn a_sentiment_line_is_read_back_as_written() {
        let mut out = Vec::new();
        let given = score(0.7, 0.1, 0.1234567, 0.0765433);
        write_sentiment_line("12\"é", Some(&given), &mut out);
        let read: Vec<SentimentLine> = lines(&out).collect::<Result<_, _>>().unwrap();
        assert_eq!(read[0].tweet_id, "12\"é");
        assert_eq!(read[0].score(), Some(given));
    }

    #[test]
    fn an_unscored_line_has_nulls() {
        let mut out = Vec::new();
        write_sentiment_line("7", None, &mut out);
        assert_eq!(
            String::from_utf8(out.clone()).unwrap(),
            "{\"tweet_id\":\"7\",\"label\":null,\"positive\":null,\"negative\":null,\"neutral\":null,\"mixed\":null}\n"
        );
        let read: SentimentLine = lines(&out).next().unwrap().unwrap();
        assert_eq!(read.score(), None);
    }

    #[test]
    fn fixed_point_has_seven_digits_at_both_ends() {
        let mut out = Vec::new();
        write_fixed7(1.0, &mut out);
        out.push(b' ');
        write_fixed7(0.0, &mut out);
        out.push(b' ');
        write_fixed7(0.0000001, &mut out);
        assert_eq!(out, b"1.0000000 0.0000000 0.0000001");
    }
}
