//! Lines of packets, borrowed. What this tool writes is read by a short scanner; every other valid JSON by serde.
//! Both give the same; a test compares them.

use std::borrow::Cow;

use memchr::{memchr, memchr2};
use serde::Deserialize;
use serde::de::{self, Deserializer};

use super::MergeError;
use super::time::parse_micros;
use crate::model::{ReferenceKind, Score};
use crate::wire::{LineError, SentimentLine, text};

/// A staged post, borrowed from its packet.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct StagedLine<'a> {
    #[serde(borrow)]
    pub tweet_id: Cow<'a, str>,
    /// Microseconds since the Unix epoch.
    #[serde(deserialize_with = "micros")]
    pub created_at: i64,
    #[serde(borrow, default, deserialize_with = "text")]
    pub author_id: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "text")]
    pub username: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "text")]
    pub name: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "text")]
    pub location: Option<Cow<'a, str>>,
    #[serde(default)]
    pub verified: Option<bool>,
    #[serde(borrow, default, deserialize_with = "text")]
    pub lang: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "text")]
    pub referenced_tweet_id: Option<Cow<'a, str>>,
    #[serde(default)]
    pub referenced_type: Option<ReferenceKind>,
    #[serde(borrow, default, deserialize_with = "text")]
    pub post_url: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub text: Cow<'a, str>,
}

/// A post's identifier and score.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoreLine<'a> {
    pub tweet_id: Cow<'a, str>,
    pub score: Option<Score>,
}

/// Reads a staging packet: each line with its number, from 1.
pub fn staged_lines(packet: &str) -> impl Iterator<Item = Result<(usize, StagedLine<'_>), MergeError>> {
    numbered(packet).map(|(number, line)| {
        let post = match scan_staged(line) {
            Some(post) => post,
            None => serde_json::from_str(line)
                .map_err(|source| MergeError::Staging(LineError { line: number, source }))?,
        };
        Ok((number, post))
    })
}

/// Reads a sentiment packet.
pub fn score_lines(packet: &str) -> impl Iterator<Item = Result<ScoreLine<'_>, MergeError>> {
    numbered(packet).map(|(number, line)| match scan_score(line) {
        Some(line) => Ok(line),
        None => parse_score(number, line),
    })
}

fn parse_score(number: usize, line: &str) -> Result<ScoreLine<'_>, MergeError> {
    let parsed: SentimentLine<'_> = serde_json::from_str(line)
        .map_err(|source| MergeError::Sentiment(LineError { line: number, source }))?;
    let score = parsed.score();
    if parsed.label.is_some() && score.is_none() {
        return Err(MergeError::HalfAScore { line: number });
    }
    Ok(ScoreLine { tweet_id: parsed.tweet_id, score })
}

/// The lines that are not empty, with their numbers.
fn numbered(packet: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut rest = packet;
    let mut number = 0;
    std::iter::from_fn(move || {
        while !rest.is_empty() {
            let end = memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len());
            let line = rest.get(..end)?;
            rest = rest.get(end + 1..).unwrap_or_default();
            number += 1;
            if !line.trim_ascii().is_empty() {
                return Some((number, line));
            }
        }
        None
    })
}

/// A value of a flat object.
enum Value<'a> {
    Null,
    Bool(bool),
    Text(Cow<'a, str>),
}

/// Reads a staging line without white space between its parts, as this tool writes it; `None` for any other.
fn scan_staged(line: &str) -> Option<StagedLine<'_>> {
    let mut post = StagedLine::default();
    let (mut id, mut at, mut body) = (false, false, false);
    let mut rest = line.strip_prefix('{')?;
    loop {
        rest = rest.strip_prefix('"')?;
        let end = memchr(b'"', rest.as_bytes())?;
        let (key, after) = (rest.get(..end)?, rest.get(end + 1..)?.strip_prefix(':')?);
        let (value, after) = scan_value(after)?;
        match (key, value) {
            ("tweet_id", Value::Text(text)) => (post.tweet_id, id) = (text, true),
            ("created_at", Value::Text(text)) => (post.created_at, at) = (parse_micros(&text)?, true),
            ("text", Value::Text(text)) => (post.text, body) = (text, true),
            ("verified", Value::Bool(value)) => post.verified = Some(value),
            ("referenced_type", Value::Text(text)) => post.referenced_type = Some(text.parse().ok()?),
            ("author_id", Value::Text(text)) => post.author_id = Some(text),
            ("username", Value::Text(text)) => post.username = Some(text),
            ("name", Value::Text(text)) => post.name = Some(text),
            ("location", Value::Text(text)) => post.location = Some(text),
            ("lang", Value::Text(text)) => post.lang = Some(text),
            ("referenced_tweet_id", Value::Text(text)) => post.referenced_tweet_id = Some(text),
            ("post_url", Value::Text(text)) => post.post_url = Some(text),
            // A null says what absence says; a required one, an unknown key or another type is for serde.
            (key, Value::Null) if is_optional(key) => {}
            (_, Value::Null | Value::Bool(_) | Value::Text(_)) => return None,
        }
        rest = match after.as_bytes() {
            [b',', ..] => after.get(1..)?,
            b"}" => break,
            _ => return None,
        };
    }
    (id && at && body).then_some(post)
}

fn is_optional(key: &str) -> bool {
    matches!(
        key,
        "author_id"
            | "username"
            | "name"
            | "location"
            | "verified"
            | "lang"
            | "referenced_tweet_id"
            | "referenced_type"
            | "post_url"
    )
}

fn scan_value(rest: &str) -> Option<(Value<'_>, &str)> {
    if rest.starts_with('"') {
        let (text, rest) = scan_string(rest)?;
        return Some((Value::Text(text), rest));
    }
    for (word, value) in [("null", Value::Null), ("true", Value::Bool(true)), ("false", Value::Bool(false))] {
        if let Some(rest) = rest.strip_prefix(word) {
            return Some((value, rest));
        }
    }
    None
}

/// Reads a string that starts with its quote; gives what follows it.
fn scan_string(quoted: &str) -> Option<(Cow<'_, str>, &str)> {
    let bytes = quoted.as_bytes();
    let mut at = 1;
    let mut escaped = false;
    loop {
        let found = at + memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes.get(found) == Some(&b'"') {
            let rest = quoted.get(found + 1..)?;
            let text = if escaped {
                Cow::Owned(serde_json::from_str(quoted.get(..=found)?).ok()?)
            } else {
                Cow::Borrowed(quoted.get(1..found)?)
            };
            return Some((text, rest));
        }
        escaped = true;
        at = found + 2;
    }
}

/// Reads a sentiment line as `wire::write_sentiment_line` writes it; `None` for any other.
fn scan_score(line: &str) -> Option<ScoreLine<'_>> {
    let (tweet_id, rest) = scan_string(line.strip_prefix("{\"tweet_id\":")?)?;
    let rest = rest.strip_prefix(",\"label\":")?;
    if rest == "null,\"positive\":null,\"negative\":null,\"neutral\":null,\"mixed\":null}" {
        return Some(ScoreLine { tweet_id, score: None });
    }
    let (label, rest) = scan_string(rest)?;
    let label = super::LABELS.into_iter().find(|l| l.as_str() == label)?;
    let (positive, rest) = scan_fixed7(rest.strip_prefix(",\"positive\":")?)?;
    let (negative, rest) = scan_fixed7(rest.strip_prefix(",\"negative\":")?)?;
    let (neutral, rest) = scan_fixed7(rest.strip_prefix(",\"neutral\":")?)?;
    let (mixed, rest) = scan_fixed7(rest.strip_prefix(",\"mixed\":")?)?;
    let score = Score { label, positive, negative, neutral, mixed };
    (rest == "}").then_some(ScoreLine { tweet_id, score: Some(score) })
}

/// Reads `0.1234567`. Both the digits and the power of ten are exact, so the quotient is the nearest double,
/// the same that any correct parser gives.
fn scan_fixed7(rest: &str) -> Option<(f64, &str)> {
    let (number, after) = rest.split_at_checked(9)?;
    if !after.starts_with([',', '}']) {
        return None;
    }
    let mut units = 0_u32;
    for (at, byte) in number.bytes().enumerate() {
        match (at, byte) {
            (1, b'.') => {}
            (1, _) => return None,
            (_, b'0'..=b'9') => units = units * 10 + u32::from(byte - b'0'),
            (_, _) => return None,
        }
    }
    Some((f64::from(units) / 1e7, after))
}

fn micros<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let time = text(deserializer)?.ok_or_else(|| de::Error::custom("created_at is null"))?;
    parse_micros(&time).ok_or_else(|| de::Error::custom(format_args!("{time:?} is not an RFC 3339 time")))
}

#[cfg(test)]
#[path = "lines_tests.rs"]
mod tests;
