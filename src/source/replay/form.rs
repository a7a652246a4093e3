//! Reads an input piece by piece in the form that it is written in: JSON lines, JSON values over several lines, or
//! CSV. The form is told by the first bytes. What a post is, `line` and `table` decide.

use std::borrow::Cow;
use std::io;

use super::ReplayOptions;
use super::buffer::Buffer;
use super::decode::{Opened, Packing};
use super::document::{self, Value, Values};
use super::inputs::Input;
use super::line;
use super::shape::Harvest;
use super::table::{Header, Table};
use crate::error::{Error, Result};
use crate::limits;
use crate::model::Reject;

/// Bytes of the beginning that are looked at to tell the form.
const HEAD_BYTES: usize = 64 * 1024;
/// Characters of an excerpt at most.
const EXCERPT_CHARS: usize = 200;
const BOM: &[u8] = b"\xef\xbb\xbf";

/// An input that is being read.
pub struct Current {
    shown: String,
    opened: Opened,
    form: Form,
    /// Whether a reject says what was there.
    keep_excerpts: bool,
}

/// How an input is written.
enum Form {
    Lines,
    Values(Values),
    Csv(Box<Table>),
    /// Nothing that posts can be read from, in words.
    Foreign(&'static str),
    Done,
}

/// What one piece was.
struct Piece {
    line: Option<u64>,
    byte: u64,
    excerpt: Option<String>,
}

impl Current {
    /// Opens an input and tells its form.
    ///
    /// # Errors
    /// Where it is not there or cannot be read.
    pub fn open(input: &Input, options: &mut ReplayOptions) -> Result<Self> {
        let mut opened = match &input.path {
            Some(path) => Opened::file(path, &input.shown)?,
            None => {
                let stdin = options.stdin.take().unwrap_or_else(|| Box::new(io::stdin()));
                Opened::stream(stdin, &input.shown)?
            }
        };
        let form = match opened.packing {
            Packing::Foreign(what) => Form::Foreign(what),
            Packing::Plain | Packing::Gzip | Packing::Zstd => form(&mut opened.content),
        };
        let mut current =
            Self { shown: input.shown.clone(), opened, form, keep_excerpts: options.keep_excerpts };
        if let Form::Csv(table) = &mut current.form {
            let header = table.next(&mut current.opened.content, limits::LINE_BYTES);
            header.map_err(|error| current.opened.failure(&current.shown, &error))?;
        }
        Ok(current)
    }

    /// Bytes read so far, as stored.
    pub fn consumed(&self) -> u64 {
        self.opened.consumed()
    }

    /// Reads one piece into `harvest`, and its rejects into `rejects`; false at the end.
    ///
    /// # Errors
    /// Where reading fails or the data is cut or corrupt.
    pub fn step(&mut self, harvest: &mut Harvest, rejects: &mut Vec<Reject>) -> Result<bool> {
        let input = &mut self.opened.content;
        let piece = match &mut self.form {
            Form::Lines => read_line(input, harvest, self.keep_excerpts),
            Form::Values(values) => read_value(values, input, harvest, self.keep_excerpts),
            Form::Csv(table) => read_record(table, input, harvest, self.keep_excerpts),
            Form::Foreign(what) => {
                harvest.reject(*what);
                self.form = Form::Done;
                Ok(Some(Piece { line: None, byte: 0, excerpt: None }))
            }
            Form::Done => Ok(None),
        };
        match piece {
            Ok(Some(piece)) => {
                place(harvest, rejects, &self.shown, &piece);
                Ok(true)
            }
            Ok(None) => Ok(false),
            Err(error) => Err(self.failure(&error)),
        }
    }

    fn failure(&self, error: &io::Error) -> Error {
        self.opened.failure(&self.shown, error)
    }
}

/// Tells the form of an input by its beginning.
fn form(input: &mut Buffer) -> Form {
    // One line and what follows it, or a good piece of one long line.
    let head = input.peek(|held| {
        let line = memchr::memchr(b'\n', held).map(|end| &held[end + 1..]);
        held.len() >= HEAD_BYTES || line.is_some_and(|rest| !rest.trim_ascii().is_empty())
    });
    if document::is_one(head) {
        return Form::Values(Values::default());
    }
    let start = head.strip_prefix(BOM).unwrap_or(head).trim_ascii_start();
    if !start.starts_with(b"{")
        && let Some(header) = Header::read(head)
    {
        return Form::Csv(Box::new(Table::new(header)));
    }
    Form::Lines
}

fn read_line(input: &mut Buffer, harvest: &mut Harvest, excerpts: bool) -> io::Result<Option<Piece>> {
    let Some(read) = input.next_line(limits::LINE_BYTES)? else { return Ok(None) };
    let bytes = match read.bytes {
        Some(bytes) if read.byte == 0 => bytes.strip_prefix(BOM).unwrap_or(bytes),
        Some(bytes) => bytes,
        None => {
            harvest.reject(format!("a line longer than {} MiB", limits::LINE_BYTES >> 20));
            b""
        }
    };
    line::read(bytes, harvest);
    if read.cut {
        // The failure that comes next says what happened to it.
        harvest.rejects.clear();
    }
    let excerpt = excerpt(excerpts, harvest, bytes);
    Ok(Some(Piece { line: Some(read.number), byte: read.byte, excerpt }))
}

fn read_value(
    values: &mut Values,
    input: &mut Buffer,
    harvest: &mut Harvest,
    excerpts: bool,
) -> io::Result<Option<Piece>> {
    if input.byte() == 0 && input.fill()?.starts_with(BOM) {
        input.consume(BOM.len());
    }
    let Some(found) = values.next(input, limits::DOCUMENT_BYTES)? else { return Ok(None) };
    let mut bytes: &[u8] = b"";
    match found.value {
        Value::Whole(whole) => {
            bytes = whole;
            line::read(whole, harvest);
        }
        Value::Unfinished => {
            harvest.reject("not valid JSON: the file ends in the middle of a value (it was cut)")
        }
        Value::TooLarge => harvest.reject(format!(
            "a JSON value larger than {} MiB: write one post or page a line",
            limits::DOCUMENT_BYTES >> 20
        )),
    }
    let excerpt = excerpt(excerpts, harvest, bytes);
    Ok(Some(Piece { line: Some(found.line), byte: found.byte, excerpt }))
}

fn read_record(
    table: &mut Table,
    input: &mut Buffer,
    harvest: &mut Harvest,
    excerpts: bool,
) -> io::Result<Option<Piece>> {
    let Some(row) = table.next(input, limits::LINE_BYTES)? else { return Ok(None) };
    if row.too_long {
        harvest.reject(format!(
            "a CSV record longer than {} MiB: is a quote missing?",
            limits::LINE_BYTES >> 20
        ));
    } else if !table.is_blank() {
        table.take(harvest);
    }
    let excerpt = excerpt(excerpts, harvest, table.bytes());
    Ok(Some(Piece { line: Some(row.line), byte: row.byte, excerpt }))
}

fn excerpt(wanted: bool, harvest: &Harvest, bytes: &[u8]) -> Option<String> {
    if !wanted || harvest.rejects.is_empty() || bytes.is_empty() {
        return None;
    }
    let head = &bytes[..bytes.len().min(4 * EXCERPT_CHARS)];
    Some(String::from_utf8_lossy(head).chars().take(EXCERPT_CHARS).collect())
}

/// Gives the harvest's rejects their place.
fn place(harvest: &mut Harvest, rejects: &mut Vec<Reject>, file: &str, piece: &Piece) {
    rejects.extend(harvest.rejects.drain(..).map(|reason: Cow<'static, str>| Reject {
        file: file.to_owned(),
        line: piece.line,
        byte: Some(piece.byte),
        reason: reason.into_owned(),
        excerpt: piece.excerpt.clone(),
    }));
}
