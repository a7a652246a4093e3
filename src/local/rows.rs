//! Some rows of a table, column by column, as the file formats want them. Whose rows they are is not known here.

use super::schema::{Kind, Table};

/// Rows of one table. Columns have the order of the table's.
#[derive(Debug)]
pub(super) struct Rows {
    pub table: &'static Table,
    pub columns: Vec<Cells>,
    len: usize,
    bytes: usize,
}

/// The values of one column: those that are not null, and for a nullable column which ones are.
#[derive(Debug)]
pub(super) struct Cells {
    pub values: Values,
    /// For each row 1, or 0 where the value is null. Empty for a column that is never null.
    pub levels: Vec<i16>,
}

#[derive(Debug)]
pub(super) enum Values {
    Text(Texts),
    /// Timestamps too: microseconds.
    Long(Vec<i64>),
    Int(Vec<i32>),
    Double(Vec<f64>),
    Bool(Vec<bool>),
}

/// Many strings in one.
#[derive(Debug, Default)]
pub(super) struct Texts {
    pub text: String,
    /// Where each string ends.
    pub ends: Vec<usize>,
}

/// One value, borrowed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Cell<'a> {
    Null,
    Text(&'a str),
    Long(i64),
    Timestamp(i64),
    Int(i32),
    Double(f64),
    Bool(bool),
}

impl Texts {
    pub fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.ends.push(self.text.len());
    }

    #[inline]
    pub fn get(&self, index: usize) -> Option<&str> {
        let start = if index == 0 { 0 } else { *self.ends.get(index - 1)? };
        self.text.get(start..*self.ends.get(index)?)
    }
}

impl Values {
    fn of(kind: Kind) -> Self {
        match kind {
            Kind::Text { .. } => Self::Text(Texts::default()),
            Kind::Timestamp | Kind::Long => Self::Long(Vec::new()),
            Kind::Int => Self::Int(Vec::new()),
            Kind::Double => Self::Double(Vec::new()),
            Kind::Bool => Self::Bool(Vec::new()),
        }
    }

    fn clear(&mut self) {
        match self {
            Self::Text(texts) => {
                texts.text.clear();
                texts.ends.clear();
            }
            Self::Long(values) => values.clear(),
            Self::Int(values) => values.clear(),
            Self::Double(values) => values.clear(),
            Self::Bool(values) => values.clear(),
        }
    }

    #[inline]
    fn get(&self, index: usize, kind: Kind) -> Option<Cell<'_>> {
        Some(match (self, kind) {
            (Self::Text(texts), _) => Cell::Text(texts.get(index)?),
            (Self::Long(values), Kind::Timestamp) => Cell::Timestamp(*values.get(index)?),
            (Self::Long(values), _) => Cell::Long(*values.get(index)?),
            (Self::Int(values), _) => Cell::Int(*values.get(index)?),
            (Self::Double(values), _) => Cell::Double(*values.get(index)?),
            (Self::Bool(values), _) => Cell::Bool(*values.get(index)?),
        })
    }
}

impl Rows {
    pub fn new(table: &'static Table) -> Self {
        let columns =
            table.columns.iter().map(|c| Cells { values: Values::of(c.kind), levels: Vec::new() }).collect();
        Self { table, columns, len: 0, bytes: 0 }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// About how many bytes the rows take.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    pub fn clear(&mut self) {
        for column in &mut self.columns {
            column.values.clear();
            column.levels.clear();
        }
        self.len = 0;
        self.bytes = 0;
    }

    /// Starts a row. Its values are pushed in the order of the table's columns.
    pub fn row(&mut self) -> RowWriter<'_> {
        self.len += 1;
        RowWriter {
            columns: self.columns.iter_mut(),
            kinds: self.table.columns.iter(),
            bytes: &mut self.bytes,
        }
    }

    /// Says that columns were filled from elsewhere with `rows` rows.
    pub fn set_len(&mut self, rows: usize) {
        self.len = rows;
    }

    /// Reads the rows one after the other.
    pub fn cursor(&self) -> Cursor<'_> {
        self.cursor_from(0)
    }

    /// Reads the rows without their first `skip` columns.
    pub fn cursor_from(&self, skip: usize) -> Cursor<'_> {
        Cursor { rows: self, row: 0, skip, next: vec![0; self.columns.len()] }
    }
}

/// Fills one row, value by value. A value of another kind than its column's is a bug in the caller;
/// the writers of files check that all columns are equally long, so it cannot go unseen.
pub(super) struct RowWriter<'a> {
    columns: std::slice::IterMut<'a, Cells>,
    kinds: std::slice::Iter<'a, super::schema::Column>,
    bytes: &'a mut usize,
}

impl RowWriter<'_> {
    pub fn push(&mut self, cell: Cell<'_>) {
        let (Some(column), Some(spec)) = (self.columns.next(), self.kinds.next()) else {
            debug_assert!(false, "more values than columns");
            return;
        };
        let written = match (&mut column.values, cell) {
            (_, Cell::Null) => {
                debug_assert!(spec.nullable, "{} is never null", spec.name);
                column.levels.push(0);
                *self.bytes += 1;
                return;
            }
            (Values::Text(texts), Cell::Text(text)) => {
                texts.push(text);
                text.len() + 4
            }
            (Values::Long(values), Cell::Long(value) | Cell::Timestamp(value)) => {
                values.push(value);
                8
            }
            (Values::Int(values), Cell::Int(value)) => {
                values.push(value);
                4
            }
            (Values::Double(values), Cell::Double(value)) => {
                values.push(value);
                8
            }
            (Values::Bool(values), Cell::Bool(value)) => {
                values.push(value);
                1
            }
            (values, cell) => {
                debug_assert!(false, "{}: {cell:?} among {values:?}", spec.name);
                0
            }
        };
        *self.bytes += written;
        if spec.nullable {
            column.levels.push(1);
        }
    }

    pub fn text(&mut self, text: &str) {
        self.push(Cell::Text(text));
    }

    pub fn double(&mut self, value: Option<f64>) {
        self.push(value.map_or(Cell::Null, Cell::Double));
    }
}

/// Walks over rows; `next` gives the values of one.
pub(super) struct Cursor<'a> {
    rows: &'a Rows,
    row: usize,
    skip: usize,
    next: Vec<usize>,
}

impl<'a> Cursor<'a> {
    /// Hands the values of the next row to `each`, by column. False when there is none.
    pub fn advance<E>(&mut self, mut each: impl FnMut(usize, Cell<'a>) -> Result<(), E>) -> Result<bool, E> {
        if self.row >= self.rows.len {
            return Ok(false);
        }
        let columns = self.rows.columns.iter().zip(self.rows.table.columns);
        for (at, ((column, spec), next)) in columns.zip(&mut self.next).enumerate().skip(self.skip) {
            let present = !spec.nullable || column.levels.get(self.row).is_some_and(|level| *level > 0);
            let cell = if present {
                let cell = column.values.get(*next, spec.kind).unwrap_or(Cell::Null);
                *next += 1;
                cell
            } else {
                Cell::Null
            };
            each(at, cell)?;
        }
        self.row += 1;
        Ok(true)
    }
}
