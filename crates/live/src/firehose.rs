//! Firehose's transformation: every record comes back with a verdict, in order.
//!
//! - `Ok`: the row of the table `tweet` and `sequence` (or text, label and scores alone), a line that ends in a newline.
//! - `Dropped`: blanks or `{}`, as keep-alives are. There was nothing in it.
//! - `ProcessingFailed`: what is no post, what could not be scored, and what would make the answer longer than 6 MB. Its
//!   data comes back as it came, unless that would be too long as well; Firehose keeps what it sent.

use std::collections::BTreeMap;
use std::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sentistack_wire::is_wanted;
use sentistack_wire::live::{Content, LiveRecord, RecordError};

use crate::event::{EventError, FirehoseRecord};
use crate::limits;
use crate::scorer::{Judge, Scored, Scorer};
use crate::settings::{Include, Settings};

/// How records fared, for the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub records: usize,
    pub ok: usize,
    pub dropped: usize,
    pub failed: usize,
    /// Posts in a language that is not asked for.
    pub unscored: usize,
    /// Posts that the function's own model scored in the endpoint's place.
    pub fallback: usize,
    /// What failed, by reason.
    pub reasons: BTreeMap<&'static str, usize>,
}

/// What becomes of a record.
enum Verdict<'a> {
    Post { record: Box<LiveRecord<'a>>, wanted: bool },
    Nothing,
    Failed(&'static str),
}

const NOT_BASE64: &str = "not base64";
const NOT_SCORED: &str = "not scored by the endpoint";
const NO_ROOM: &str = "no room in the answer";

const OPEN: &[u8] = b"{\"records\":[";
const CLOSE: &[u8] = b"]}";
/// Bytes of a verdict beside its identifier and data: the longest of the three, and a comma.
const VERDICT_BYTES: usize = "{\"recordId\":,\"result\":\"ProcessingFailed\",\"data\":\"\"},".len();

/// Answers the event.
///
/// # Errors
/// Where not even the verdicts alone fit into an answer, which no event of Firehose's comes near.
pub fn transform<S: Scorer>(
    records: &[FirehoseRecord<'_>],
    settings: &Settings,
    scorer: &mut S,
) -> Result<(Vec<u8>, Tally), EventError> {
    let mut arena = Vec::with_capacity(records.iter().map(|record| record.data.len() / 4 * 3 + 3).sum());
    let places: Vec<Option<Range<usize>>> =
        records.iter().map(|record| decode(record.data.as_bytes(), &mut arena)).collect();
    let verdicts: Vec<Verdict<'_>> = places
        .into_iter()
        .map(|place| match place.and_then(|place| arena.get(place)) {
            Some(data) => read(data, settings),
            None => Verdict::Failed(NOT_BASE64),
        })
        .collect();
    let texts: Vec<&str> = verdicts
        .iter()
        .filter_map(|verdict| match verdict {
            Verdict::Post { record, wanted: true } => Some(&*record.text),
            _ => None,
        })
        .collect();
    let scores = if texts.is_empty() { Vec::new() } else { scorer.score(&texts) };
    let mut scores = scores.into_iter();
    let mut page = Page::new(records, &arena)?;
    for (record, verdict) in records.iter().zip(&verdicts) {
        match verdict {
            Verdict::Nothing => page.dropped(record),
            Verdict::Failed(why) => page.failed(record, why),
            Verdict::Post { record: post, wanted } => {
                match (wanted, scores.by_ref().take(usize::from(*wanted)).next().flatten()) {
                    (true, None) => page.failed(record, NOT_SCORED),
                    (_, scored) => page.post(record, post, scored, settings.include, scorer.judge()),
                }
            }
        }
    }
    Ok(page.close())
}

/// Appends the data of base64 to the arena; where it is. `None`: it is not base64.
fn decode(data: &[u8], arena: &mut Vec<u8>) -> Option<Range<usize>> {
    let start = arena.len();
    // Room for what is decoded, which is cut to its true length after.
    arena.resize(start + base64::decoded_len_estimate(data.len()), 0);
    let done = arena.get_mut(start..).and_then(|room| STANDARD.decode_slice(data, room).ok());
    arena.truncate(start + done.unwrap_or(0));
    done.map(|length| start..start + length)
}

fn read<'a>(data: &'a [u8], settings: &Settings) -> Verdict<'a> {
    match LiveRecord::read(data) {
        Ok(Content::Post(record)) => {
            let wanted = is_wanted(record.lang.as_deref(), &settings.lang);
            Verdict::Post { record, wanted }
        }
        Ok(Content::Nothing) => Verdict::Nothing,
        Err(why) => Verdict::Failed(reason(why)),
    }
}

const fn reason(why: RecordError) -> &'static str {
    match why {
        RecordError::Empty => "empty",
        RecordError::NotUtf8 => "not UTF-8",
        RecordError::NotJson => "not JSON",
        RecordError::NotAPost => "not a post",
        RecordError::Identifier => "identifier empty or too long",
        RecordError::TooLong => "text too long",
    }
}

/// The answer while it grows. Room for the bare verdicts of all records still to come is kept free, so that none is
/// left without.
struct Page {
    out: Vec<u8>,
    /// Bytes that the bare verdicts of the records to come take.
    reserved: usize,
    line: Vec<u8>,
    tally: Tally,
}

/// Bytes of a record's verdict without data.
fn bare(record: &FirehoseRecord<'_>) -> usize {
    // Every byte of an identifier may take six of JSON, though Firehose's are digits.
    let plain = record.id.bytes().all(|b| (0x20..0x7f).contains(&b) && b != b'"' && b != b'\\');
    VERDICT_BYTES + 2 + record.id.len() * if plain { 1 } else { 6 }
}

impl Page {
    fn new(records: &[FirehoseRecord<'_>], arena: &[u8]) -> Result<Self, EventError> {
        let reserved: usize = records.iter().map(bare).sum();
        if OPEN.len() + CLOSE.len() + reserved > limits::ANSWER_BYTES {
            return Err(EventError::TooMany { records: records.len() });
        }
        // A row has some more than its record, and base64 is a third longer.
        let expected = (arena.len() + records.len() * 320) / 3 * 4 + reserved;
        let mut out = Vec::with_capacity(expected.min(limits::ANSWER_BYTES));
        out.extend_from_slice(OPEN);
        Ok(Self {
            out,
            reserved,
            line: Vec::new(),
            tally: Tally { records: records.len(), ..Tally::default() },
        })
    }

    /// Whether `data` more bytes fit for this record.
    fn fits(&self, data: usize) -> bool {
        self.out.len() + self.reserved + data + CLOSE.len() <= limits::ANSWER_BYTES
    }

    fn write(&mut self, record: &FirehoseRecord<'_>, result: &str, data: Option<&str>) {
        self.reserved -= bare(record);
        if self.out.len() > OPEN.len() {
            self.out.push(b',');
        }
        self.out.extend_from_slice(b"{\"recordId\":");
        // A str into a Vec: there is nothing to fail.
        let _ = serde_json::to_writer(&mut self.out, &record.id);
        self.out.extend_from_slice(b",\"result\":\"");
        self.out.extend_from_slice(result.as_bytes());
        self.out.push(b'"');
        if let Some(data) = data {
            self.out.extend_from_slice(b",\"data\":");
            let _ = serde_json::to_writer(&mut self.out, data);
        }
        self.out.push(b'}');
    }

    fn dropped(&mut self, record: &FirehoseRecord<'_>) {
        self.write(record, "Dropped", None);
        self.tally.dropped += 1;
    }

    fn failed(&mut self, record: &FirehoseRecord<'_>, why: &'static str) {
        // What is not base64 may be anything, and grow when it is written as JSON.
        let plain = record.data.bytes().all(|b| (0x20..0x7f).contains(&b) && b != b'"' && b != b'\\');
        let data = self.fits(record.data.len() * if plain { 1 } else { 6 }).then_some(&*record.data);
        self.write(record, "ProcessingFailed", data);
        self.tally.failed += 1;
        *self.tally.reasons.entry(why).or_default() += 1;
    }

    fn post(
        &mut self,
        record: &FirehoseRecord<'_>,
        post: &LiveRecord<'_>,
        scored: Option<Scored>,
        include: Include,
        usual: Judge,
    ) {
        self.line.clear();
        let judge = scored.map_or(usual, |scored| scored.judge);
        let score = scored.map(|scored| scored.score);
        match include {
            Include::Row => post.write_row(judge.as_str(), score.as_ref(), &mut self.line),
            Include::TextOnly => post.write_text_only(score.as_ref(), &mut self.line),
        }
        let encoded = self.line.len().div_ceil(3) * 4;
        if !self.fits(encoded) {
            return self.failed(record, NO_ROOM);
        }
        self.write(record, "Ok", None);
        // The closing brace goes behind the data.
        self.out.pop();
        self.out.extend_from_slice(b",\"data\":\"");
        let start = self.out.len();
        self.out.resize(start + encoded, 0);
        let written = self.out.get_mut(start..).and_then(|room| STANDARD.encode_slice(&self.line, room).ok());
        self.out.truncate(start + written.unwrap_or(0));
        self.out.extend_from_slice(b"\"}");
        self.tally.ok += 1;
        self.tally.unscored += usize::from(scored.is_none());
        self.tally.fallback += usize::from(judge != usual);
    }

    fn close(mut self) -> (Vec<u8>, Tally) {
        self.out.extend_from_slice(CLOSE);
        (self.out, self.tally)
    }
}
