//! Reads CSV with named columns: commas, semicolons or tabs; quotes that hold line breaks; many names for the same
//! column. Records are found and taken apart here; memory is bounded by one record.

use std::borrow::Cow;
use std::io;

use super::buffer::Buffer;
use super::raw::{Id, Moment, RawPost, RawReference, RawUser, Text};
use super::shape::{self, Harvest, Shape};

/// What a column means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Id,
    CreatedAt,
    Text,
    Lang,
    AuthorId,
    Username,
    Name,
    Location,
    Verified,
    ReferencedId,
    ReferencedType,
}

/// The names that columns go by, the surest first: a file may have a row number called `id` beside `tweet_id`.
const NAMES: [(Column, &[&str]); 11] = [
    (Column::Id, &["tweet_id", "tweetid", "status_id", "post_id", "id_str", "id"]),
    (
        Column::CreatedAt,
        &[
            "created_at",
            "tweet_created",
            "tweet_created_at",
            "created",
            "posted_at",
            "timestamp",
            "datetime",
            "date_time",
            "date",
            "time",
        ],
    ),
    (Column::Text, &["text", "full_text", "tweet_text", "tweet", "content", "body", "message", "post"]),
    (Column::Lang, &["lang", "language", "tweet_lang"]),
    (Column::AuthorId, &["author_id", "user_id", "userid", "user_id_str"]),
    (Column::Username, &["username", "screen_name", "user_screen_name", "handle", "user", "author"]),
    (Column::Name, &["name", "display_name", "user_name", "author_name"]),
    (Column::Location, &["location", "user_location", "tweet_location"]),
    (Column::Verified, &["verified", "user_verified"]),
    (Column::ReferencedId, &["referenced_tweet_id", "retweeted_status_id", "retweet_id"]),
    (Column::ReferencedType, &["referenced_type"]),
];
const NEEDED: [(Column, &str); 3] =
    [(Column::Id, "id"), (Column::CreatedAt, "created_at"), (Column::Text, "text")];
const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];

/// A file's columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    delimiter: u8,
    count: usize,
    at: [Option<usize>; NAMES.len()],
}

impl Header {
    /// Reads the first record of an input; `None` where it names no text and at most one other thing of a post.
    pub fn read(head: &[u8]) -> Option<Self> {
        let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
        DELIMITERS.into_iter().filter_map(|delimiter| Self::with(head, delimiter)).max_by_key(Self::needed)
    }

    fn with(head: &[u8], delimiter: u8) -> Option<Self> {
        let mut record = Record::new(delimiter);
        if let (_, false) = record.scan(head) {
            record.finish();
        }
        let names: Vec<String> = (0..record.len())
            .map(|i| {
                String::from_utf8_lossy(record.field(i))
                    .trim()
                    .to_ascii_lowercase()
                    .replace([' ', '-', '.'], "_")
            })
            .collect();
        let at = NAMES.map(|(_, known)| known.iter().find_map(|name| names.iter().position(|n| n == name)));
        let header = Self { delimiter, count: names.len(), at };
        let recognised = header.at.iter().flatten().count();
        (header.position(Column::Text).is_some() && recognised >= 2).then_some(header)
    }

    fn needed(&self) -> usize {
        NEEDED.iter().filter(|(column, _)| self.position(*column).is_some()).count()
    }

    fn position(&self, column: Column) -> Option<usize> {
        self.at[column as usize]
    }

    fn missing(&self) -> Option<&'static str> {
        NEEDED.iter().find(|(column, _)| self.position(*column).is_none()).map(|(_, name)| *name)
    }
}

/// The records of one input.
#[derive(Debug)]
pub struct Table {
    header: Header,
    record: Record,
}

/// Where a record began, and whether it fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    pub line: u64,
    pub byte: u64,
    pub too_long: bool,
}

impl Table {
    pub fn new(header: Header) -> Self {
        Self { record: Record::new(header.delimiter), header }
    }

    /// Moves to the next record of at most `limit` bytes.
    ///
    /// # Errors
    /// What reading said; a record that it cut is not given.
    pub fn next(&mut self, input: &mut Buffer, limit: usize) -> io::Result<Option<Row>> {
        let mut row = Row { line: input.line(), byte: input.byte(), too_long: false };
        self.record.clear();
        loop {
            let held = input.fill()?;
            if held.is_empty() {
                self.record.finish();
                return Ok((input.byte() > row.byte).then_some(row));
            }
            let (used, whole) = self.record.scan(held);
            input.consume(used);
            if self.record.bytes.len().saturating_add(8 * self.record.len()) > limit {
                row.too_long = true;
                // What was held is forgotten, the state of quotes is not.
                self.record.forget();
            }
            if whole {
                return Ok(Some(row));
            }
        }
    }

    /// Whether the current record is an empty line.
    pub fn is_blank(&self) -> bool {
        self.record.len() <= 1 && self.record.bytes.trim_ascii().is_empty()
    }

    /// Takes the current record as a post.
    pub fn take(&self, harvest: &mut Harvest) {
        if let Some(name) = self.header.missing() {
            return harvest.reject(format!("no {name}: the header of the CSV names no column for it"));
        }
        if self.record.len() != self.header.count {
            return harvest.reject(format!(
                "a CSV record of {} fields under a header of {}",
                self.record.len(),
                self.header.count
            ));
        }
        if std::str::from_utf8(&self.record.bytes).is_err() {
            return harvest.reject("broken UTF-8 in a CSV record");
        }
        let id = self.get(Column::Id).map(str::trim).filter(|id| !id.is_empty());
        if id.is_some_and(is_rounded) {
            return harvest.reject(
                "the id was rounded to a few digits (a spreadsheet does that): export the file again",
            );
        }
        harvest.keep(shape::take(self.raw(id), Shape::Own));
    }

    fn raw<'t>(&'t self, id: Option<&'t str>) -> RawPost<'t> {
        let words = |column| self.get(column).map(str::trim).filter(|s| !s.is_empty());
        let text = |column| words(column).map(|s| Text(Cow::Borrowed(s)));
        let reference = words(Column::ReferencedId).map(|id| RawReference {
            kind: Some(text(Column::ReferencedType).unwrap_or(Text(Cow::Borrowed("retweeted")))),
            id: Some(Id(Cow::Borrowed(id))),
            text: None,
            note_tweet: None,
        });
        RawPost {
            id: id.map(|id| Id(Cow::Borrowed(id))),
            created_at: words(Column::CreatedAt).map(|s| Moment::Text(Cow::Borrowed(s))),
            text: self.get(Column::Text).map(|s| Text(Cow::Borrowed(s))),
            lang: text(Column::Lang),
            author_id: words(Column::AuthorId).map(|id| Id(Cow::Borrowed(id))),
            author: Some(RawUser {
                id: None,
                username: text(Column::Username),
                name: text(Column::Name),
                location: text(Column::Location),
                verified: words(Column::Verified).and_then(truth),
            }),
            referenced_tweets: reference.map(|reference| vec![reference]),
            ..RawPost::default()
        }
    }

    fn get(&self, column: Column) -> Option<&str> {
        let at = self.header.position(column)?;
        std::str::from_utf8(self.record.field(at)).ok()
    }

    /// The current record, as far as an excerpt needs it.
    pub fn bytes(&self) -> &[u8] {
        &self.record.bytes
    }
}

fn truth(word: &str) -> Option<bool> {
    match word.to_ascii_lowercase().as_str() {
        "true" | "t" | "1" | "yes" => Some(true),
        "false" | "f" | "0" | "no" => Some(false),
        _ => None,
    }
}

/// `5.70306E+17`: digits are lost, so different posts would become one.
fn is_rounded(id: &str) -> bool {
    id.bytes().any(|b| matches!(b, b'e' | b'E')) && id.parse::<f64>().is_ok()
}

/// One record, taken apart as its bytes come.
#[derive(Debug)]
struct Record {
    delimiter: u8,
    /// The fields' bytes after each other, without quotes and delimiters.
    bytes: Vec<u8>,
    ends: Vec<usize>,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    FieldStart,
    Bare,
    Quoted,
    /// After a quote inside quotes: another one is a quote, anything else ends them.
    QuoteInQuoted,
}

impl Record {
    fn new(delimiter: u8) -> Self {
        Self { delimiter, bytes: Vec::new(), ends: Vec::new(), state: State::FieldStart }
    }

    fn clear(&mut self) {
        self.forget();
        self.state = State::FieldStart;
    }

    fn forget(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    fn len(&self) -> usize {
        self.ends.len()
    }

    fn field(&self, number: usize) -> &[u8] {
        let from = if number == 0 { 0 } else { self.ends.get(number - 1).copied().unwrap_or_default() };
        self.ends.get(number).and_then(|to| self.bytes.get(from..*to)).unwrap_or_default()
    }

    /// Ends the last field.
    fn finish(&mut self) {
        if self.bytes.last() == Some(&b'\r') && self.state == State::Bare {
            self.bytes.pop();
        }
        self.ends.push(self.bytes.len());
        self.state = State::FieldStart;
    }

    /// How many bytes of `held` belong to the record, and whether it ends with them.
    fn scan(&mut self, held: &[u8]) -> (usize, bool) {
        let mut at = 0;
        while at < held.len() {
            if self.state == State::Quoted {
                let ahead = memchr::memchr(b'"', &held[at..]).unwrap_or(held.len() - at);
                self.bytes.extend_from_slice(&held[at..at + ahead]);
                at += ahead;
                if at == held.len() {
                    break;
                }
                self.state = State::QuoteInQuoted;
                at += 1;
                continue;
            }
            let byte = held[at];
            at += 1;
            match (self.state, byte) {
                (_, b'\n') => {
                    self.finish();
                    return (at, true);
                }
                (State::FieldStart, b'"') => self.state = State::Quoted,
                (State::QuoteInQuoted, b'"') => {
                    self.bytes.push(b'"');
                    self.state = State::Quoted;
                }
                (_, byte) if byte == self.delimiter => {
                    self.ends.push(self.bytes.len());
                    self.state = State::FieldStart;
                }
                // The carriage return of a line's end after a closing quote.
                (State::QuoteInQuoted, b'\r') => {}
                (State::FieldStart | State::Bare | State::QuoteInQuoted, byte) => {
                    self.bytes.push(byte);
                    self.state = State::Bare;
                }
                (State::Quoted, _) => {}
            }
        }
        (at, false)
    }
}
