//! The lines of the live path: what the producer sends, and the row that the Lambda makes of it.

use std::borrow::Cow;

use jiff::Timestamp;
use sentistack_sentiment::{Label, Score};
use serde::{Deserialize, Serialize};

use crate::limits::{self, width};
use crate::lines::{NO_SCORE, write_json_string, write_score};
use crate::model::{ReferenceKind, StagedPost};
use crate::text::{cut, text};

/// One record on its way to the Lambda: a staged post, whose it is, and its place in what was sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LiveRecord<'a> {
    #[serde(borrow)]
    pub topic: Cow<'a, str>,
    #[serde(borrow)]
    pub source: Cow<'a, str>,
    #[serde(borrow)]
    pub run_id: Cow<'a, str>,
    /// Number of the record among those that the run sent: what is missing or came twice is told by it.
    pub sequence: u64,
    #[serde(borrow)]
    pub tweet_id: Cow<'a, str>,
    pub created_at: Timestamp,
    #[serde(borrow, default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub author_id: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub username: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub name: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub location: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified: Option<bool>,
    #[serde(borrow, default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub lang: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub referenced_tweet_id: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referenced_type: Option<ReferenceKind>,
    #[serde(borrow, default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub post_url: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub text: Cow<'a, str>,
    /// The text was cut before it was sent.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub text_truncated: bool,
}

/// Why a record is none, in words that quote nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum RecordError {
    #[error("empty")]
    Empty,
    #[error("not UTF-8")]
    NotUtf8,
    #[error("not JSON")]
    NotJson,
    #[error("not a post: a field is missing, or of another type")]
    NotAPost,
    #[error("an identifier that is empty or too long")]
    Identifier,
    #[error("a text that is too long")]
    TooLong,
}

/// What is in a record.
#[derive(Clone, Debug, PartialEq)]
pub enum Content<'a> {
    Post(Box<LiveRecord<'a>>),
    /// Blanks, as a stream's keep-alive has them, or `{}`: there is nothing to lose.
    Nothing,
}

impl<'a> LiveRecord<'a> {
    /// A staged post as a record.
    pub fn of(post: &'a StagedPost, topic: &'a str, source: &'a str, run_id: &'a str, sequence: u64) -> Self {
        let text = |text: &'a Option<String>| text.as_deref().map(Cow::Borrowed);
        Self {
            topic: topic.into(),
            source: source.into(),
            run_id: run_id.into(),
            sequence,
            tweet_id: (&*post.tweet_id).into(),
            created_at: post.created_at,
            author_id: text(&post.author_id),
            username: text(&post.username),
            name: text(&post.name),
            location: text(&post.location),
            verified: post.verified,
            lang: text(&post.lang),
            referenced_tweet_id: text(&post.referenced_tweet_id),
            referenced_type: post.referenced_type,
            post_url: text(&post.post_url),
            text: (&*post.text).into(),
            text_truncated: false,
        }
    }

    /// Appends the record as its line, newline included.
    ///
    /// # Errors
    /// None in practice: its time is the one thing that may not be writable.
    pub fn write(&self, out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
        serde_json::to_writer(&mut *out, self)?;
        out.push(b'\n');
        Ok(())
    }

    /// Reads the data of one record, which is one line.
    ///
    /// # Errors
    /// Says why it is no post.
    pub fn read(data: &'a [u8]) -> Result<Content<'a>, RecordError> {
        if data.is_empty() {
            return Err(RecordError::Empty);
        }
        let line = std::str::from_utf8(data).map_err(|_| RecordError::NotUtf8)?.trim_ascii();
        if line.is_empty() || line.strip_prefix('{').is_some_and(|rest| rest.trim_ascii_start() == "}") {
            return Ok(Content::Nothing);
        }
        let record: Self = serde_json::from_str(line).map_err(|e| match e.classify() {
            serde_json::error::Category::Data => RecordError::NotAPost,
            _ => RecordError::NotJson,
        })?;
        record.check()?;
        Ok(Content::Post(Box::new(record)))
    }

    /// The keys of the tables are never cut, and the gate lets no longer text through.
    fn check(&self) -> Result<(), RecordError> {
        let fits = |key: &str, width: usize| !key.is_empty() && key.len() <= width;
        let keys = [&self.topic, &self.source, &self.run_id];
        if !keys.iter().all(|key| fits(key, width::TOPIC)) || !fits(&self.tweet_id, width::TWEET_ID) {
            return Err(RecordError::Identifier);
        }
        if self.text.len() > limits::TEXT_BYTES {
            return Err(RecordError::TooLong);
        }
        Ok(())
    }

    /// The record's row: every column in the order of the table `tweet`, texts cut to their widths, then `sequence`.
    pub fn write_row(&self, model: &str, score: Option<&Score>, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"topic\":");
        write_json_string(&self.topic, out);
        for (name, value) in [
            (&b",\"source\":"[..], &*self.source),
            (b",\"model\":", model),
            (b",\"run_id\":", &self.run_id),
            (b",\"tweet_id\":", &self.tweet_id),
        ] {
            out.extend_from_slice(name);
            write_json_string(value, out);
        }
        out.extend_from_slice(b",\"created_at\":");
        // A timestamp into a Vec: there is nothing to fail.
        let _ = serde_json::to_writer(&mut *out, &self.created_at);
        for (name, value, width) in [
            (&b",\"author_id\":"[..], &self.author_id, width::AUTHOR_ID),
            (b",\"username\":", &self.username, width::NAME),
            (b",\"name\":", &self.name, width::NAME),
            (b",\"location\":", &self.location, width::NAME),
        ] {
            write_text(name, value.as_deref(), width, out);
        }
        out.extend_from_slice(match self.verified {
            None => b",\"verified\":null",
            Some(true) => b",\"verified\":true",
            Some(false) => b",\"verified\":false".as_slice(),
        });
        write_text(b",\"lang\":", self.lang.as_deref(), width::LANG, out);
        let referenced = self.referenced_tweet_id.as_deref();
        write_text(b",\"referenced_tweet_id\":", referenced, width::TWEET_ID, out);
        let kind = self.referenced_type.map(ReferenceKind::as_str);
        write_text(b",\"referenced_type\":", kind, width::LANG, out);
        write_text(b",\"post_url\":", self.post_url.as_deref(), width::POST_URL, out);
        write_text(b",\"text\":", Some(&self.text), width::TEXT, out);
        let truncated = self.text_truncated || self.text.len() > width::TEXT;
        out.extend_from_slice(if truncated {
            b",\"text_truncated\":true,".as_slice()
        } else {
            b",\"text_truncated\":false,"
        });
        match score {
            Some(score) => write_score(score, out),
            None => out.extend_from_slice(NO_SCORE),
        }
        out.extend_from_slice(format!(",\"sequence\":{}}}\n", self.sequence).as_bytes());
    }

    /// The text, its label and its scores alone, as a line.
    pub fn write_text_only(&self, score: Option<&Score>, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"text\":");
        write_json_string(cut(&self.text, width::TEXT), out);
        out.push(b',');
        match score {
            Some(score) => write_score(score, out),
            None => out.extend_from_slice(NO_SCORE),
        }
        out.extend_from_slice(b"}\n");
    }
}

fn write_text(name: &[u8], value: Option<&str>, width: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(name);
    match value {
        Some(text) => write_json_string(cut(text, width), out),
        None => out.extend_from_slice(b"null"),
    }
}

/// A delivered row, read back: the columns of the table `tweet` and `sequence`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct LiveRow {
    pub topic: String,
    pub source: String,
    /// Who scored it: `embedded`, or `endpoint`.
    pub model: String,
    pub run_id: String,
    pub tweet_id: String,
    pub created_at: Timestamp,
    pub author_id: Option<String>,
    pub username: Option<String>,
    pub name: Option<String>,
    pub location: Option<String>,
    pub verified: Option<bool>,
    pub lang: Option<String>,
    pub referenced_tweet_id: Option<String>,
    pub referenced_type: Option<ReferenceKind>,
    pub post_url: Option<String>,
    pub text: String,
    pub text_truncated: bool,
    pub label: Option<Label>,
    pub positive: Option<f64>,
    pub negative: Option<f64>,
    pub neutral: Option<f64>,
    pub mixed: Option<f64>,
    pub sequence: u64,
}

impl LiveRow {
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

#[cfg(test)]
#[path = "live_tests.rs"]
mod tests;
