//! Rows into a Parquet file: Snappy, strings as UTF-8, times as INT64 TIMESTAMP_MICROS.
//! Which file and which rows is decided elsewhere.

use std::fmt::Write as _;
use std::fs::File;
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesPtr};
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::{ColumnPath, TypePtr};

use super::files::NewFile;
use super::rows::{Cells, Rows, Texts, Values};
use super::schema::{Kind, Table};
use crate::error::{Error, Result};
use crate::pipeline::port::Durability;

/// Bytes of a data page. Small ones let a reader that wants a few rows skip the rest.
const PAGE_BYTES: usize = 256 * 1024;

/// Values handed to the encoder at a time.
const WRITE_BATCH: usize = 8 * 1024;

/// A Parquet file that is being written. It appears when it is closed.
pub(super) struct ParquetFile {
    file: NewFile,
    writer: SerializedFileWriter<File>,
    /// Kept from one row group to the next.
    strings: Vec<ByteArray>,
}

/// The table's schema in Parquet's own language.
pub(super) fn message_type(table: &Table) -> String {
    let mut schema = format!("message {} {{\n", table.name);
    for column in table.columns {
        let repetition = if column.nullable { "optional" } else { "required" };
        let name = column.name;
        let field = match column.kind {
            Kind::Text { .. } => format!("binary {name} (STRING)"),
            // Written as the logical type, this sets ConvertedType TIMESTAMP_MICROS too.
            Kind::Timestamp => format!("int64 {name} (TIMESTAMP(MICROS,true))"),
            Kind::Double => format!("double {name}"),
            Kind::Long => format!("int64 {name}"),
            Kind::Int => format!("int32 {name}"),
            Kind::Bool => format!("boolean {name}"),
        };
        // Writing to a String cannot fail.
        let _ = writeln!(schema, "  {repetition} {field};");
    }
    schema.push('}');
    schema
}

fn properties(table: &Table) -> WriterPropertiesPtr {
    let mut properties = WriterProperties::builder()
        .set_created_by(concat!("sentistack version ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(Compression::SNAPPY)
        .set_data_page_size_limit(PAGE_BYTES)
        .set_write_batch_size(1024)
        .set_dictionary_enabled(false)
        .set_statistics_enabled(EnabledStatistics::None)
        .set_offset_index_disabled(true);
    for column in table.columns {
        let path = ColumnPath::from(column.name);
        match column.kind {
            Kind::Text { repeats, .. } => {
                properties = properties.set_column_dictionary_enabled(path, repeats);
            }
            // The bounds of a row group in time cost next to nothing and let engines skip it.
            Kind::Timestamp => {
                properties = properties.set_column_statistics_enabled(path, EnabledStatistics::Chunk);
            }
            Kind::Double | Kind::Long | Kind::Int | Kind::Bool => {}
        }
    }
    Arc::new(properties.build())
}

impl ParquetFile {
    pub fn create(file: NewFile, table: &Table) -> Result<Self> {
        let failed = |e| write_error(&file, e);
        let schema = parse_message_type(&message_type(table)).map_err(failed)?;
        let writer = SerializedFileWriter::new(file.handle()?, TypePtr::from(schema), properties(table))
            .map_err(failed)?;
        Ok(Self { file, writer, strings: Vec::new() })
    }

    /// Bytes in the file so far.
    pub fn bytes(&self) -> usize {
        self.writer.bytes_written()
    }

    /// Writes `rows` as one row group.
    pub fn write(&mut self, rows: &mut Rows) -> Result<()> {
        let Self { file, writer, strings } = self;
        write_group(writer, strings, rows).map_err(|e| write_error(file, e))
    }

    /// Writes the footer and gives the file its name.
    pub fn close(mut self) -> Result<()> {
        self.writer.finish().map_err(|e| write_error(&self.file, e))?;
        self.file.publish(Durability::Power)
    }
}

fn write_group(
    writer: &mut SerializedFileWriter<File>,
    strings: &mut Vec<ByteArray>,
    rows: &mut Rows,
) -> Result<(), ParquetError> {
    let (table, len) = (rows.table, rows.len());
    let mut group = writer.next_row_group()?;
    for (cells, spec) in rows.columns.iter_mut().zip(table.columns) {
        let Cells { values, levels } = cells;
        let Some(mut column) = group.next_column()? else {
            return Err(ParquetError::General(format!("no column {}", spec.name)));
        };
        let levels = spec.nullable.then_some(levels.as_slice());
        let written = match values {
            Values::Text(texts) => {
                to_byte_arrays(texts, strings);
                let written = write_column::<ByteArrayType>(&mut column, strings, levels)?;
                strings.clear();
                written
            }
            Values::Long(values) => write_column::<Int64Type>(&mut column, values, levels)?,
            Values::Int(values) => write_column::<Int32Type>(&mut column, values, levels)?,
            Values::Double(values) => write_column::<DoubleType>(&mut column, values, levels)?,
            Values::Bool(values) => write_column::<BoolType>(&mut column, values, levels)?,
        };
        if written != len {
            return Err(ParquetError::General(format!("{written} of {len} values in {}", spec.name)));
        }
        column.close()?;
    }
    group.close()?;
    Ok(())
}

/// Takes the strings out, as slices of one shared buffer.
fn to_byte_arrays(texts: &mut Texts, out: &mut Vec<ByteArray>) {
    let all = ByteArray::from(std::mem::take(&mut texts.text).into_bytes());
    let mut start = 0;
    out.clear();
    out.extend(texts.ends.drain(..).map(|end| {
        let slice = all.slice(start, end - start);
        start = end;
        slice
    }));
}

/// Writes a whole column chunk; gives the number of rows.
fn write_column<T: DataType>(
    column: &mut SerializedColumnWriter<'_>,
    mut values: &[T::T],
    levels: Option<&[i16]>,
) -> Result<usize, ParquetError> {
    let writer = column.typed::<T>();
    let mut rows = 0;
    match levels {
        None => {
            for chunk in values.chunks(WRITE_BATCH) {
                rows += writer.write_batch(chunk, None, None)?;
            }
        }
        Some(levels) => {
            for chunk in levels.chunks(WRITE_BATCH) {
                let present = chunk.iter().filter(|level| **level > 0).count();
                let (now, later) = values.split_at_checked(present).unwrap_or((values, &[]));
                writer.write_batch(now, Some(chunk), None)?;
                values = later;
                rows += chunk.len();
            }
        }
    }
    Ok(rows)
}

fn write_error(file: &NewFile, error: ParquetError) -> Error {
    parquet_error("write", &file.target().display().to_string(), error)
}

/// An error of the Parquet library; what lies behind it is an I/O error where it is one.
pub(super) fn parquet_error(what: &str, path: &str, error: ParquetError) -> Error {
    match error {
        ParquetError::External(cause) => match cause.downcast::<std::io::Error>() {
            Ok(io) => Error::io(what, path, &io),
            Err(cause) => Error::failed(format!("cannot {what} {path}")).because(cause).resource(path),
        },
        error => Error::failed(format!("cannot {what} {path}")).because(error).resource(path),
    }
}
