//! Rows out of a Parquet file, ours or another engine's: columns are found by name, what is not asked for is not read.

use std::fs::File;
use std::path::Path;

use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, DataType};
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};

use super::parquet_write::parquet_error;
use super::rows::{Cells, Rows, Texts, Values};
use super::schema::{Kind, Table};
use crate::error::{Error, Result};

/// Strings taken from the decoder at a time.
const STRINGS: usize = 4096;

/// An open Parquet file of one table.
pub(super) struct ParquetInput {
    path: String,
    reader: SerializedFileReader<File>,
    table: &'static Table,
    /// Where each of the table's columns is in the file.
    places: Vec<Place>,
}

#[derive(Clone, Copy)]
struct Place {
    index: usize,
    optional: bool,
}

impl ParquetInput {
    pub fn open(path: &Path, table: &'static Table) -> Result<Self> {
        let name = path.display().to_string();
        let file = File::open(path).map_err(|e| Error::io("read", &name, &e))?;
        let reader = SerializedFileReader::new(file).map_err(|e| damaged(&name, e))?;
        let schema = reader.metadata().file_metadata().schema_descr();
        let mut places = Vec::new();
        for column in table.columns {
            let found = (0..schema.num_columns()).find(|i| schema.column(*i).name() == column.name);
            let index = found.ok_or_else(|| {
                Error::input(format!("{name} has no column {}", column.name))
                    .hint("the file is not a table of this tool's data contract")
            })?;
            places.push(Place { index, optional: schema.column(index).max_def_level() > 0 });
        }
        Ok(Self { path: name, reader, table, places })
    }

    pub fn groups(&self) -> usize {
        self.reader.num_row_groups()
    }

    /// Reads one row group into `rows`: of the first `shared` columns one value, of the others all.
    pub fn read_group(&self, group: usize, shared: usize, rows: &mut Rows) -> Result<()> {
        rows.clear();
        let count = self.group_rows(group);
        for (at, cells) in rows.columns.iter_mut().enumerate() {
            let wanted = if at < shared { count.min(1) } else { count };
            self.read_column(group, at, wanted, cells)?;
        }
        rows.set_len(count);
        Ok(())
    }

    /// Rows of one row group.
    pub fn group_rows(&self, group: usize) -> usize {
        self.reader.metadata().row_group(group).num_rows().try_into().unwrap_or(0)
    }

    /// Reads one column of one row group, all of its rows.
    pub fn read_column(&self, group: usize, column: usize, rows: usize, cells: &mut Cells) -> Result<()> {
        let (reader, place) = self.column(group, column)?;
        let mut levels = std::mem::take(&mut cells.levels);
        let read = read_values(reader, place.optional, rows, &mut levels, &mut cells.values);
        cells.levels = levels;
        read.map_err(|e| damaged(&self.path, e))?;
        self.check_nulls(column, place, rows, cells)
    }

    /// Reads the strings of one column at `wanted` rows (ascending) of a row group, skipping the others.
    pub fn read_strings_at(&self, group: usize, column: usize, wanted: &[usize]) -> Result<Texts> {
        let (reader, place) = self.column(group, column)?;
        let ColumnReader::ByteArrayColumnReader(mut reader) = reader else {
            return Err(self.wrong_type(column));
        };
        let (mut texts, mut at, mut values) = (Texts::default(), 0, Vec::<ByteArray>::new());
        let mut levels = Vec::new();
        for run in wanted.chunk_by(|a, b| a + 1 == *b) {
            let Some(first) = run.first() else { continue };
            reader.skip_records(first - at).map_err(|e| damaged(&self.path, e))?;
            let def = place.optional.then_some(&mut levels);
            values.clear();
            reader.read_records(run.len(), def, None, &mut values).map_err(|e| damaged(&self.path, e))?;
            push_strings(&values, &mut texts).map_err(|e| damaged(&self.path, e))?;
            at = first + run.len();
        }
        Ok(texts)
    }

    fn column(&self, group: usize, column: usize) -> Result<(ColumnReader, Place)> {
        let place = self.places.get(column).copied().ok_or_else(|| self.wrong_type(column))?;
        let group = self.reader.get_row_group(group).map_err(|e| damaged(&self.path, e))?;
        let reader = group.get_column_reader(place.index).map_err(|e| damaged(&self.path, e))?;
        Ok((reader, place))
    }

    /// Makes the null levels those of the contract: present for its nullable columns only.
    fn check_nulls(&self, column: usize, place: Place, rows: usize, cells: &mut Cells) -> Result<()> {
        let Some(spec) = self.table.columns.get(column) else { return Ok(()) };
        if spec.nullable && !place.optional {
            cells.levels.clear();
            cells.levels.resize(rows, 1);
        }
        if !spec.nullable {
            if cells.levels.contains(&0) {
                return Err(Error::input(format!("{} has a null in column {}", self.path, spec.name)));
            }
            cells.levels.clear();
        }
        let fits = match (&cells.values, spec.kind) {
            (Values::Text(_), Kind::Text { .. })
            | (Values::Long(_), Kind::Long | Kind::Timestamp)
            | (Values::Int(_), Kind::Int)
            | (Values::Double(_), Kind::Double)
            | (Values::Bool(_), Kind::Bool) => true,
            (_, Kind::Text { .. } | Kind::Timestamp | Kind::Long | Kind::Int | Kind::Double | Kind::Bool) => {
                false
            }
        };
        if fits { Ok(()) } else { Err(self.wrong_type(column)) }
    }

    fn wrong_type(&self, column: usize) -> Error {
        let name = self.table.columns.get(column).map_or("?", |c| c.name);
        Error::input(format!("{}: column {name} has another type than the data contract says", self.path))
    }
}

/// Reads all rows of a column chunk into the values, which become the kind that the file has.
fn read_values(
    reader: ColumnReader,
    optional: bool,
    rows: usize,
    levels: &mut Vec<i16>,
    out: &mut Values,
) -> Result<(), ParquetError> {
    match (reader, out) {
        (ColumnReader::BoolColumnReader(r), Values::Bool(values)) => fill(r, optional, rows, levels, values),
        (ColumnReader::Int32ColumnReader(r), Values::Int(values)) => fill(r, optional, rows, levels, values),
        (ColumnReader::Int64ColumnReader(r), Values::Long(values)) => fill(r, optional, rows, levels, values),
        (ColumnReader::DoubleColumnReader(r), Values::Double(values)) => {
            fill(r, optional, rows, levels, values)
        }
        (ColumnReader::ByteArrayColumnReader(mut r), Values::Text(texts)) => {
            let mut left = rows;
            let mut strings = Vec::with_capacity(STRINGS.min(rows));
            while left > 0 {
                strings.clear();
                let def = optional.then_some(&mut *levels);
                let (read, _, _) = r.read_records(left.min(STRINGS), def, None, &mut strings)?;
                if read == 0 {
                    return Err(ParquetError::General(format!("{left} of {rows} rows are missing")));
                }
                push_strings(&strings, texts)?;
                left -= read;
            }
            Ok(())
        }
        (_, _) => {
            Err(ParquetError::General("a column of another type than the data contract says".to_owned()))
        }
    }
}

fn fill<T: DataType>(
    mut reader: ColumnReaderImpl<T>,
    optional: bool,
    rows: usize,
    levels: &mut Vec<i16>,
    values: &mut Vec<T::T>,
) -> Result<(), ParquetError> {
    let mut left = rows;
    while left > 0 {
        let (read, _, _) = reader.read_records(left, optional.then_some(&mut *levels), None, values)?;
        if read == 0 {
            return Err(ParquetError::General(format!("{left} of {rows} rows are missing")));
        }
        left -= read;
    }
    Ok(())
}

fn push_strings(strings: &[ByteArray], texts: &mut Texts) -> Result<(), ParquetError> {
    for string in strings {
        texts.push(string.as_utf8()?);
    }
    Ok(())
}

fn damaged(path: &str, error: ParquetError) -> Error {
    let mut error = parquet_error("read", path, error);
    if error.kind == crate::error::ErrorKind::Failed {
        error.kind = crate::error::ErrorKind::Input;
        error = error.hint("the table is damaged or not Parquet; make it again with `pipeline run --run-id RUN --from-stage transform`");
    }
    error
}
