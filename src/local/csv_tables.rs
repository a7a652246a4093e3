//! The tables as CSV: a header, RFC 3339 times, `true` and `false`, nothing for null.
//! Which file and which rows is decided elsewhere.

use std::fmt::Write as _;
use std::fs::File;
use std::path::Path;

use super::files::NewFile;
use super::rows::{Cell, Rows};
use super::schema::{Kind, Table};
use crate::error::{Error, Result};
use crate::pipeline::merge::{parse_micros, push_micros};
use crate::pipeline::port::Durability;

/// A CSV file that is being written. It appears when it is closed.
pub(super) struct CsvFile {
    file: NewFile,
    bytes: usize,
}

impl CsvFile {
    pub fn create(mut file: NewFile, table: &Table) -> Result<Self> {
        let header: Vec<_> = table.columns.iter().map(|column| column.name).collect();
        let header = format!("{}\n", header.join(","));
        file.write(header.as_bytes())?;
        Ok(Self { file, bytes: header.len() })
    }

    /// Bytes in the file so far.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    pub fn write(&mut self, rows: &Rows) -> Result<()> {
        let lines = csv_lines(rows).map_err(|e| {
            Error::failed(format!("cannot write {} as CSV", self.file.target().display())).because(e)
        })?;
        self.file.write(&lines)?;
        self.bytes += lines.len();
        Ok(())
    }

    /// Gives the file its name.
    pub fn close(self) -> Result<()> {
        self.file.publish(Durability::Power)
    }
}

fn csv_lines(rows: &Rows) -> Result<Vec<u8>, csv::Error> {
    let mut writer =
        csv::WriterBuilder::new().has_headers(false).from_writer(Vec::with_capacity(rows.bytes()));
    let (mut cursor, mut field) = (rows.cursor(), String::new());
    while cursor.advance(|_, cell| {
        field.clear();
        // Writing to a String cannot fail.
        let _ = match cell {
            Cell::Text(text) => return writer.write_field(text),
            Cell::Null => Ok(()),
            Cell::Timestamp(micros) => {
                push_micros(micros, &mut field);
                Ok(())
            }
            Cell::Long(value) => write!(field, "{value}"),
            Cell::Int(value) => write!(field, "{value}"),
            // The shortest form that reads back as the same number.
            Cell::Double(value) => write!(field, "{value}"),
            Cell::Bool(value) => write!(field, "{value}"),
        };
        writer.write_field(&field)
    })? {
        writer.write_record(None::<&[u8]>)?;
    }
    writer.into_inner().map_err(|e| csv::Error::from(e.into_error()))
}

/// An open CSV file of one table.
pub(super) struct CsvInput {
    path: String,
    reader: csv::Reader<File>,
    record: csv::StringRecord,
    table: &'static Table,
    /// Where each of the table's columns is in the file.
    places: Vec<usize>,
}

impl CsvInput {
    pub fn open(path: &Path, table: &'static Table) -> Result<Self> {
        let name = path.display().to_string();
        let mut reader = csv::Reader::from_path(path).map_err(|e| csv_error(&name, e))?;
        let header = reader.headers().map_err(|e| csv_error(&name, e))?;
        let mut places = Vec::new();
        for column in table.columns {
            let found = header.iter().position(|name| name == column.name);
            places.push(found.ok_or_else(|| {
                Error::input(format!("{name} has no column {}", column.name))
                    .hint("the file is not a table of this tool's data contract")
            })?);
        }
        Ok(Self { path: name, reader, record: csv::StringRecord::new(), table, places })
    }

    /// Reads some rows, `most` at most. None are left when it gives no rows.
    pub fn read(&mut self, most: usize, rows: &mut Rows) -> Result<()> {
        rows.clear();
        while rows.len() < most
            && self.reader.read_record(&mut self.record).map_err(|e| csv_error(&self.path, e))?
        {
            let mut row = rows.row();
            for (column, place) in self.table.columns.iter().zip(&self.places) {
                let field = self.record.get(*place).unwrap_or_default();
                let cell = parse_cell(field, column.kind, column.nullable).ok_or_else(|| {
                    let line = self.record.position().map_or(0, csv::Position::line);
                    Error::input(format!("{} line {line}: column {} is unreadable", self.path, column.name))
                        .hint("make the tables again with --from-stage transform")
                })?;
                row.push(cell);
            }
        }
        Ok(())
    }
}

fn parse_cell(field: &str, kind: Kind, nullable: bool) -> Option<Cell<'_>> {
    if field.is_empty() && nullable {
        return Some(Cell::Null);
    }
    match kind {
        Kind::Text { .. } => Some(Cell::Text(field)),
        Kind::Timestamp => parse_micros(field).map(Cell::Timestamp),
        Kind::Double => field.parse().ok().map(Cell::Double),
        Kind::Long => field.parse().ok().map(Cell::Long),
        Kind::Int => field.parse().ok().map(Cell::Int),
        Kind::Bool => field.parse().ok().map(Cell::Bool),
    }
}

fn csv_error(path: &str, error: csv::Error) -> Error {
    match error.into_kind() {
        csv::ErrorKind::Io(io) => Error::io("read", path, &io),
        kind => Error::input(format!("{path} is not the CSV that this tool writes"))
            .because(format_args!("{kind:?}"))
            .hint("make the tables again with --from-stage transform")
            .resource(path),
    }
}
