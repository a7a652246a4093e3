//! What came out at the other end: the objects of the delivery, and those of what failed, read line by line.

use std::io::Read;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use crate::error::{Error, Result};
use crate::layout::{DELIVERED, FAILED};
use crate::limits;
use crate::pipeline::port::{ObjectEntry, Store};
use crate::wire::{Content, LiveRecord, LiveRow};

/// A line of a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Line {
    Row(Box<LiveRow>),
    Failed(FailedRecord),
}

/// A record that the function could not score, as it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedRecord {
    pub sequence: u64,
    pub tweet_id: String,
    pub line: Vec<u8>,
}

/// What was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    pub objects: u64,
    /// Lines that are nobody's: they name no run, as those of `include: text-only` do.
    pub nameless: u64,
    /// Lines that cannot be read, as `key:line`.
    pub unreadable: Vec<String>,
}

/// Reads what was delivered since `since`, and hands the lines of `run_id` on.
///
/// # Errors
/// Where an object cannot be read or unpacked. A line that cannot be read is counted and named.
pub async fn read(
    store: &dyn Store,
    run_id: &str,
    since: Timestamp,
    each: &mut (dyn FnMut(Line) + Send),
) -> Result<Seen> {
    let mut seen = Seen::default();
    for prefix in [DELIVERED, FAILED] {
        for ObjectEntry { key, .. } in store.list(prefix).await? {
            if is_before(&key, since) {
                continue;
            }
            // Gone meanwhile: a lifecycle rule or somebody's hand; what is missing will be counted.
            let Some(body) = store.get(&key).await? else { continue };
            let body = unpacked(body).map_err(|e| {
                Error::input(format!("{} cannot be unpacked", store.uri(&key))).because(e).resource(&key)
            })?;
            seen.objects += 1;
            for (number, line) in body.split(|byte| *byte == b'\n').enumerate() {
                if line.trim_ascii().is_empty() {
                    continue;
                }
                let found = if prefix == DELIVERED { row(line, run_id) } else { failed(line, run_id) };
                match found {
                    Found::Ours(line) => each(line),
                    Found::Others => {}
                    Found::Nameless => seen.nameless += 1,
                    Found::Unreadable => seen.unreadable.push(format!("{key}:{}", number + 1)),
                }
            }
        }
    }
    Ok(seen)
}

enum Found {
    Ours(Line),
    /// Of another run: the folders are everybody's.
    Others,
    Nameless,
    Unreadable,
}

/// Whether the folder's day ended before the run began.
fn is_before(key: &str, since: Timestamp) -> bool {
    let Some((_, rest)) = key.split_once("dt=") else { return false };
    let Some(day) = rest.get(..10) else { return false };
    // Clocks differ a little, and a day's folder may be written into for a while.
    let first = (since - SignedDuration::from_hours(24)).strftime("%Y-%m-%d").to_string();
    day < first.as_str()
}

/// Plain, gzip or zstd, by its first bytes: a setting may have changed while the run went on.
fn unpacked(body: Vec<u8>) -> std::io::Result<Vec<u8>> {
    let limit = limits::DELIVERED_BYTES;
    let mut out = Vec::new();
    match body.get(..4) {
        Some([0x1f, 0x8b, ..]) => {
            flate2::read::MultiGzDecoder::new(&body[..]).take(limit).read_to_end(&mut out)?;
        }
        Some([0x28, 0xb5, 0x2f, 0xfd]) => {
            zstd::stream::read::Decoder::new(&body[..])?.take(limit).read_to_end(&mut out)?;
        }
        _ => return Ok(body),
    }
    if out.len() as u64 == limit {
        return Err(std::io::Error::other("it holds more than Firehose ever delivers in one object"));
    }
    Ok(out)
}

fn row(line: &[u8], run_id: &str) -> Found {
    #[derive(Deserialize)]
    struct Whose {
        run_id: Option<String>,
    }
    match serde_json::from_slice::<Whose>(line) {
        Err(_) => Found::Unreadable,
        Ok(Whose { run_id: None }) => Found::Nameless,
        Ok(Whose { run_id: Some(whose) }) if whose != run_id => Found::Others,
        Ok(Whose { run_id: Some(_) }) => match serde_json::from_slice(line) {
            Ok(row) => Found::Ours(Line::Row(Box::new(row))),
            Err(_) => Found::Unreadable,
        },
    }
}

/// A line of Firehose's about a record that failed: the record is in it, in base64.
fn failed(line: &[u8], run_id: &str) -> Found {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Failure {
        raw_data: String,
    }
    let Ok(Failure { raw_data }) = serde_json::from_slice(line) else { return Found::Unreadable };
    let Ok(data) = STANDARD.decode(raw_data) else { return Found::Unreadable };
    match LiveRecord::read(&data) {
        Ok(Content::Post(record)) if record.run_id == run_id => {
            let (sequence, tweet_id) = (record.sequence, record.tweet_id.to_string());
            Found::Ours(Line::Failed(FailedRecord { sequence, tweet_id, line: data }))
        }
        Ok(Content::Post(_)) => Found::Others,
        Ok(Content::Nothing) | Err(_) => Found::Nameless,
    }
}

#[cfg(test)]
#[path = "delivered_tests.rs"]
mod tests;
