//! A table as files by day: `dt=YYYY-MM-DD/part-NNNN.parquet` (or `.csv`). It decides when a row group is full and when
//! a file is; what the rows mean is not known here.

use std::path::PathBuf;

use super::csv_tables::{CsvFile, CsvInput};
use super::files::{Files, NewFile};
use super::parquet_read::ParquetInput;
use super::parquet_write::ParquetFile;
use super::rows::{RowWriter, Rows};
use super::schema::Table;
use crate::config::settings::TableFormat;
use crate::error::Result;

/// When a row group and a file are full.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    pub group_rows: usize,
    pub group_bytes: usize,
    pub file_bytes: usize,
}

impl Default for Sizes {
    fn default() -> Self {
        Self {
            group_rows: crate::limits::ROW_GROUP_ROWS,
            group_bytes: crate::limits::ROW_GROUP_BYTES,
            file_bytes: crate::limits::TABLE_FILE_BYTES,
        }
    }
}

/// Writes one table of one run, day after day.
pub(super) struct TableWriter {
    files: Files,
    table: &'static Table,
    format: TableFormat,
    folder: String,
    sizes: Sizes,
    rows: Rows,
    day: String,
    part: u32,
    open: Option<(String, Output)>,
    written: Vec<String>,
}

enum Output {
    Parquet(Box<ParquetFile>),
    Csv(CsvFile),
}

impl TableWriter {
    /// Starts the table anew: what is in its `folder` (a key) is removed.
    pub fn start(
        files: &Files,
        table: &'static Table,
        folder: String,
        format: TableFormat,
        sizes: Sizes,
    ) -> Result<Self> {
        files.remove(&folder)?;
        Ok(Self {
            files: files.clone(),
            table,
            format,
            folder,
            sizes,
            rows: Rows::new(table),
            day: String::new(),
            part: 0,
            open: None,
            written: Vec::new(),
        })
    }

    /// The rows that follow are of `day`.
    pub fn day(&mut self, day: &str) -> Result<()> {
        if self.day != day {
            self.end_day()?;
            day.clone_into(&mut self.day);
        }
        Ok(())
    }

    pub fn row(&mut self) -> RowWriter<'_> {
        self.rows.row()
    }

    /// Says that the row is whole.
    pub fn end_row(&mut self) -> Result<()> {
        if self.rows.len() >= self.sizes.group_rows || self.rows.bytes() >= self.sizes.group_bytes {
            self.flush()?;
        }
        Ok(())
    }

    /// Ends the table; gives the keys of its files.
    pub fn finish(mut self) -> Result<Vec<String>> {
        self.end_day()?;
        Ok(self.written)
    }

    fn end_day(&mut self) -> Result<()> {
        self.flush()?;
        self.part = 0;
        self.close()
    }

    fn flush(&mut self) -> Result<()> {
        if self.rows.is_empty() {
            return Ok(());
        }
        // What a row group takes in the file is known only afterwards; it is never much more than in memory.
        let full = match &self.open {
            Some((_, Output::Parquet(file))) => file.bytes() + self.rows.bytes() > self.sizes.file_bytes,
            Some((_, Output::Csv(file))) => file.bytes() + self.rows.bytes() > self.sizes.file_bytes,
            None => false,
        };
        if full {
            self.close()?;
        }
        let (_, output) = match &mut self.open {
            Some(open) => open,
            closed => {
                let key = part_key(&self.folder, &self.day, self.part, self.format);
                let file = NewFile::create(&self.files.path(&key)?)?;
                self.part += 1;
                closed.insert((key, Output::create(file, self.table, self.format)?))
            }
        };
        match output {
            Output::Parquet(file) => file.write(&mut self.rows)?,
            Output::Csv(file) => file.write(&self.rows)?,
        }
        self.rows.clear();
        Ok(())
    }

    fn close(&mut self) -> Result<()> {
        if let Some((key, output)) = self.open.take() {
            match output {
                Output::Parquet(file) => file.close()?,
                Output::Csv(file) => file.close()?,
            }
            self.written.push(key);
        }
        Ok(())
    }
}

impl Output {
    fn create(file: NewFile, table: &Table, format: TableFormat) -> Result<Self> {
        Ok(match format {
            TableFormat::Parquet => Self::Parquet(Box::new(ParquetFile::create(file, table)?)),
            TableFormat::Csv => Self::Csv(CsvFile::create(file, table)?),
        })
    }
}

fn part_key(folder: &str, day: &str, part: u32, format: TableFormat) -> String {
    let extension = match format {
        TableFormat::Parquet => "parquet",
        TableFormat::Csv => "csv",
    };
    format!("{folder}/dt={day}/part-{part:04}.{extension}")
}

/// A file of a table, opened for reading.
pub(super) enum Input {
    Parquet(ParquetInput),
    Csv(CsvInput),
}

impl Input {
    pub fn open(path: &std::path::Path, table: &'static Table) -> Result<Self> {
        Ok(if path.extension().is_some_and(|e| e == "csv") {
            Self::Csv(CsvInput::open(path, table)?)
        } else {
            Self::Parquet(ParquetInput::open(path, table)?)
        })
    }
}

/// The files of the table in `folder` (a key), in order of time. Files of other kinds are not ours to read.
pub(super) fn table_inputs(files: &Files, folder: &str) -> Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in files.entries(folder)? {
        let name = entry.key.rsplit('/').next().unwrap_or_default();
        if !name.starts_with(['.', '_']) && (name.ends_with(".parquet") || name.ends_with(".csv")) {
            paths.push(files.path(&entry.key)?);
        }
    }
    Ok(paths)
}

/// Reads a table, some rows at a time.
pub(super) struct TableReader {
    table: &'static Table,
    shared: usize,
    left: std::vec::IntoIter<PathBuf>,
    open: Option<(Input, usize)>,
}

impl TableReader {
    pub fn open(files: &Files, table: &'static Table, folder: &str) -> Result<Self> {
        Ok(Self { table, shared: 0, left: table_inputs(files, folder)?.into_iter(), open: None })
    }

    /// Takes the first `shared` columns to be the same in all rows of the table: their first value is read,
    /// and that it is the first row's is all one can count on.
    pub fn sharing(mut self, shared: usize) -> Self {
        self.shared = shared;
        self
    }

    /// Reads the next rows; false at the end.
    pub fn next(&mut self, rows: &mut Rows) -> Result<bool> {
        loop {
            if let Some((input, group)) = &mut self.open {
                match input {
                    Input::Parquet(file) if *group < file.groups() => {
                        file.read_group(*group, self.shared, rows)?;
                        *group += 1;
                        if rows.is_empty() { continue } else { return Ok(true) }
                    }
                    Input::Csv(file) => {
                        file.read(crate::limits::ROW_GROUP_ROWS, rows)?;
                        if !rows.is_empty() {
                            return Ok(true);
                        }
                    }
                    Input::Parquet(_) => {}
                }
            }
            match self.left.next() {
                Some(path) => self.open = Some((Input::open(&path, self.table)?, 0)),
                None => return Ok(false),
            }
        }
    }
}
