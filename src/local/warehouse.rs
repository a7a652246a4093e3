//! SQLite as the warehouse: the tables `tweet` and `sentiment` over all runs, in one file under the root, and what is counted
//! of them.
//! It reads a run's tables and answers queries; how the tables came to be is none of its business.

mod counts;
mod errors;
mod query;
mod schema;

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};

use self::errors::sqlite_error;
use super::files::Files;
use super::rows::{Cell, Rows};
use super::schema::{SENTIMENT, TWEET, Table};
use super::table_files::TableReader;
use crate::error::{Error, Result};
use crate::layout::RunLayout;
use crate::pipeline::event::{Event, Events, Stage};
use crate::pipeline::merge::push_micros;
use crate::pipeline::port::{QueryRows, Warehouse};
use crate::pipeline::stages::StageRow;

/// How long to wait for another process that writes, in milliseconds.
const BUSY_MS: u64 = if cfg!(test) { 200 } else { 5_000 };

/// Memory for SQLite's pages, in KiB.
const CACHE_KIB: i64 = 32 * 1024;

/// The embedded warehouse.
#[derive(Clone, Debug)]
pub struct SqliteWarehouse {
    path: PathBuf,
    files: Files,
    /// Queries see only this run's rows.
    run: Option<String>,
}

impl SqliteWarehouse {
    /// The warehouse in the file `path`, for the runs in the same folder. The first load makes the file.
    pub fn open(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let root = path.parent().unwrap_or(Path::new(".")).to_owned();
        Self { path, files: Files::new(root), run: None }
    }

    /// The same warehouse for the runs under another root.
    #[must_use]
    pub fn with_root(mut self, root: impl Into<PathBuf>) -> Self {
        self.files = Files::new(root);
        self
    }

    /// The same warehouse, of which queries see only the rows of `run_id`.
    #[must_use]
    pub fn of_run(mut self, run_id: impl Into<String>) -> Self {
        self.run = Some(run_id.into());
        self
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    fn connect(&self) -> Result<Connection> {
        if let Some(folder) = self.path.parent() {
            std::fs::create_dir_all(folder).map_err(|e| Error::io("create", folder.display(), &e))?;
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let failed = |e| sqlite_error(&self.path, e);
        let connection = Connection::open_with_flags(&self.path, flags).map_err(failed)?;
        connection.busy_timeout(std::time::Duration::from_millis(BUSY_MS)).map_err(failed)?;
        schema::prepare(&connection, &self.path)?;
        // See `counts`: a load counts by itself.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false).map_err(failed)?;
        Ok(connection)
    }
}

#[async_trait]
impl Warehouse for SqliteWarehouse {
    async fn load(
        &self,
        run_id: &str,
        model: &str,
        keep_tweets: bool,
        events: &dyn Events,
    ) -> Result<(u64, u64)> {
        let connection = self.connect()?;
        let failed = |e| sqlite_error(&self.path, e);
        // Until COMMIT nobody sees any of it. Dropping the connection rolls it back.
        connection.execute_batch("BEGIN IMMEDIATE").map_err(failed)?;
        let layout = RunLayout::new(run_id);
        let read =
            |table: &'static Table| TableReader::open(&self.files, table, &layout.table(model, table.name));
        let mut load = clear(&connection, run_id, model).map_err(failed)?;
        let (mut tweets, mut windows) = (0, 0);
        let mut rows = Rows::new(&SENTIMENT);
        let mut reader = read(&SENTIMENT)?;
        while reader.next(&mut rows)? {
            windows +=
                insert(&connection, &schema::insert_sentiment(), &[], 0, &rows, None).map_err(failed)?;
        }
        if keep_tweets {
            let mut rows = Rows::new(&TWEET);
            let mut reader = read(&TWEET)?.sharing(schema::OWN_COLUMNS);
            while reader.next(&mut rows)? {
                let series = load.series(&connection, &rows).map_err(failed)?;
                let own = [series, load.id];
                let (sql, skip) = (schema::insert_tweet(), schema::OWN_COLUMNS);
                tweets +=
                    insert(&connection, &sql, &own, skip, &rows, Some(&mut load.tally)).map_err(failed)?;
                events.emit(Event::Progress { stage: Stage::Load, done: tweets, total: None });
                // Whoever wants to stop this gets a turn.
                tokio::task::yield_now().await;
            }
        }
        load.finish(&connection).map_err(failed)?;
        connection.execute_batch("COMMIT").map_err(failed)?;
        // Brings the log into the file and empties it; a reader that is in the way does no harm.
        let _ = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        Ok((tweets, windows))
    }

    async fn record(&self, run_id: &str, model: &str, stages: &[StageRow]) -> Result<()> {
        let failed = |e| sqlite_error(&self.path, e);
        let mut connection = self.connect()?;
        let transaction = connection.transaction().map_err(failed)?;
        let forget = "DELETE FROM run_stage WHERE run_id = ?1 AND model = ?2";
        transaction.execute(forget, params![run_id, model]).map_err(failed)?;
        for row in stages {
            let mut at = String::new();
            push_micros(row.finished_at.as_microsecond(), &mut at);
            let values = params![run_id, model, row.stage.as_str(), at, row.seconds, row.cost_usd];
            transaction.execute(schema::INSERT_STAGE, values).map_err(failed)?;
        }
        transaction.commit().map_err(failed)
    }

    async fn query(&self, sql: &str) -> Result<QueryRows> {
        query::run(&self.path, self.run.as_deref(), sql).await
    }

    async fn query_surest(&self, sql: &str, rows: usize) -> Result<QueryRows> {
        query::surest(&self.path, self.run.as_deref(), sql, rows).await
    }
}

/// One load of one run and model: which rows are its own.
struct Load {
    id: i64,
    first_row: i64,
    series: Option<i64>,
    tally: counts::Tally,
}

/// Removes what an earlier load of this run and model brought, and says where the new rows begin.
fn clear(connection: &Connection, run_id: &str, model: &str) -> rusqlite::Result<Load> {
    connection.execute("DELETE FROM sentiment WHERE run_id = ?1 AND model = ?2", params![run_id, model])?;
    let known = connection
        .query_row(
            "SELECT id, first_row, last_row FROM load WHERE run_id = ?1 AND model = ?2",
            params![run_id, model],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .optional()?;
    let id: i64 = match known {
        Some((id, first, last)) => {
            connection.execute(counts::FORGET, [id])?;
            let span: [i64; 3] = [first, last, id];
            connection.execute("DELETE FROM tweet_data WHERE row BETWEEN ?1 AND ?2 AND load = ?3", span)?;
            id
        }
        None => {
            connection.execute("INSERT INTO load (run_id, model) VALUES (?1, ?2)", params![run_id, model])?;
            connection.last_insert_rowid()
        }
    };
    let last: Option<i64> = connection.query_row("SELECT max(row) FROM tweet_data", [], |row| row.get(0))?;
    Ok(Load { id, first_row: last.unwrap_or(0) + 1, series: None, tally: counts::Tally::new() })
}

impl Load {
    /// The number of the rows' topic, source and model, which all rows of a run share.
    fn series(&mut self, connection: &Connection, rows: &Rows) -> rusqlite::Result<i64> {
        if let Some(series) = self.series {
            return Ok(series);
        }
        let mut key = [""; 3];
        rows.cursor().advance(|at, cell| {
            if let (Some(slot), Cell::Text(text)) = (key.get_mut(at), cell) {
                *slot = text;
            }
            Ok::<_, rusqlite::Error>(())
        })?;
        connection.execute("INSERT OR IGNORE INTO series (topic, source, model) VALUES (?1, ?2, ?3)", key)?;
        let find = "SELECT id FROM series WHERE topic = ?1 AND source = ?2 AND model = ?3";
        let series = connection.query_row(find, key, |row| row.get(0))?;
        self.series = Some(series);
        Ok(series)
    }

    fn finish(self, connection: &Connection) -> rusqlite::Result<()> {
        let last: Option<i64> =
            connection.query_row("SELECT max(row) FROM tweet_data", [], |row| row.get(0))?;
        let (first, last) = (self.first_row, last.unwrap_or(0));
        let span: [i64; 3] = [first, last, self.id];
        connection.execute("UPDATE load SET first_row = ?1, last_row = ?2 WHERE id = ?3", span)?;
        if let Some(series) = self.series {
            self.tally.write(connection, series, self.id)?;
            counts::renew(connection, series)?;
        }
        Ok(())
    }
}

/// Inserts all `rows`: first the `own` numbers, then the columns from `skip` on. `tally` counts them.
fn insert(
    connection: &Connection,
    sql: &str,
    own: &[i64],
    skip: usize,
    rows: &Rows,
    mut tally: Option<&mut counts::Tally>,
) -> rusqlite::Result<u64> {
    let mut statement = connection.prepare_cached(sql)?;
    for (at, number) in own.iter().enumerate() {
        statement.raw_bind_parameter(at + 1, number)?;
    }
    let (mut cursor, mut time, mut inserted) = (rows.cursor_from(skip), String::new(), 0);
    loop {
        let more = cursor.advance(|at, cell| {
            let place = at - skip + own.len() + 1;
            if let Some(tally) = &mut tally {
                tally.see(at, &cell);
            }
            match cell {
                Cell::Null => statement.raw_bind_parameter(place, rusqlite::types::Null),
                Cell::Text(text) => statement.raw_bind_parameter(place, text),
                Cell::Long(value) => statement.raw_bind_parameter(place, value),
                Cell::Int(value) => statement.raw_bind_parameter(place, value),
                Cell::Double(value) => statement.raw_bind_parameter(place, value),
                Cell::Bool(value) => statement.raw_bind_parameter(place, value),
                Cell::Timestamp(micros) => {
                    time.clear();
                    push_micros(micros, &mut time);
                    statement.raw_bind_parameter(place, &*time)
                }
            }
        })?;
        if !more {
            return Ok(inserted);
        }
        statement.raw_execute()?;
        if let Some(tally) = &mut tally {
            tally.end_row();
        }
        inserted += 1;
    }
}

#[cfg(test)]
#[path = "warehouse/tests.rs"]
mod tests;
