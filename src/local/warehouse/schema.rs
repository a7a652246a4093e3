//! What the warehouse looks like inside. SQL sees the contract's tables; what repeats in every row of
//! a run (topic, source, model, run_id) is stored once, and `tweet` is a view that puts it back.

use std::path::Path;

use rusqlite::Connection;

use super::errors::sqlite_error;
use super::{CACHE_KIB, counts};
use crate::error::{Error, ErrorKind, Result};
use crate::local::schema::{Column, Kind, SENTIMENT, TWEET, Table};

/// Version of what follows, in SQLite's `user_version`. A reader refuses a newer one.
pub(super) const VERSION: i64 = 1;

/// The first columns of `tweet`, which are stored with the load: topic, source, model, run_id.
pub(super) const OWN_COLUMNS: usize = 4;

/// Bytes of a database page. Posts take a few hundred bytes, so larger pages than SQLite's 4 KiB waste less.
const PAGE_BYTES: u32 = 16 * 1024;

/// How sure the model is of a tweet's label, as the panel `telling` writes it.
macro_rules! probability {
    () => {
        "CASE label WHEN 'positive' THEN positive WHEN 'negative' THEN negative WHEN 'neutral' THEN neutral
         WHEN 'mixed' THEN mixed END"
    };
}

macro_rules! sure {
    () => {
        concat!(probability!(), " >= 0.95")
    };
}

/// Tweets whose label the model is sure of: one in twelve with our own. As SQLite takes it, an index of them is used where
/// this very condition stands.
pub(super) const SURE: &str = sure!();

macro_rules! index {
    ($name:literal) => {
        concat!(
            "CREATE INDEX ",
            $name,
            " ON tweet_data (series, load, created_at, label, lang, ",
            probability!(),
            ", tweet_id)"
        )
    };
}

/// Tweets of a load by time, with all that panels ask of each of them: without it every one of their queries reads all
/// the texts. Rows come in this order, so keeping it costs a load next to nothing.
const TWEET_TIME: &str = index!("tweet_time");

/// The sure ones of them alone. See [`super::query::surest`].
const TWEET_SURE: &str = concat!(index!("tweet_sure"), " WHERE ", sure!());

/// What each stage of a run took and cost.
const RUN_STAGE: &str = "CREATE TABLE IF NOT EXISTS run_stage (run_id TEXT NOT NULL, model TEXT NOT NULL,
     stage TEXT NOT NULL, finished_at TEXT NOT NULL, seconds REAL NOT NULL, cost_usd REAL NOT NULL,
     PRIMARY KEY (run_id, model, stage)) WITHOUT ROWID";

/// Where the view takes its rows from. There are few series and loads and many tweets: asked for a run or a model, the
/// tweets of the others are not looked at, which CROSS JOIN, SQLite's word for this order, makes sure of.
const TWEET_ROWS: &str =
    "FROM series s CROSS JOIN load l CROSS JOIN tweet_data t WHERE t.series = s.id AND t.load = l.id";

/// Sets the connection up and makes what is not there.
pub(super) fn prepare(connection: &Connection, path: &Path) -> Result<()> {
    let failed = |e| sqlite_error(path, e);
    if version(connection, path)? == 0 {
        // The size of a page can only be chosen before the first one is written.
        connection
            .execute_batch(&format!("PRAGMA page_size = {PAGE_BYTES}; BEGIN IMMEDIATE"))
            .map_err(failed)?;
        // Looked at again under the lock: another process may have made it in between.
        if version(connection, path)? == 0 {
            refuse_foreign(connection, path)?;
            let create = format!("{} PRAGMA user_version = {VERSION};", create());
            connection.execute_batch(&create).map_err(failed)?;
        }
        connection.execute_batch("COMMIT").map_err(failed)?;
    }
    connection
        .execute_batch(&format!(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -{CACHE_KIB};"
        ))
        .map_err(failed)?;
    renew(connection).map_err(failed)
}

/// Gives a warehouse that is new, or of an older version of this tool, what this one adds to its tables. To SQL they stay
/// what they were, and the older version works on with them.
fn renew(connection: &Connection) -> rusqlite::Result<()> {
    let has = "SELECT count(*) = 5 FROM sqlite_schema
         WHERE name IN ('tweet_time', 'tweet_sure', 'tweet_lang', 'run_stage') OR (name = 'tweet' AND instr(sql, ?1))";
    if connection.query_row(has, [TWEET_ROWS], |row| row.get(0))? {
        return Ok(());
    }
    connection.execute_batch(&format!(
        "BEGIN IMMEDIATE; DROP VIEW tweet; {}; DROP INDEX IF EXISTS tweet_time; {TWEET_TIME};
         DROP INDEX IF EXISTS tweet_sure; {TWEET_SURE}; {}; {}; {RUN_STAGE}; COMMIT",
        view(),
        counts::create(),
        counts::fill(),
    ))
}

/// Which of the tables that SQL sees are there: those of an older version lack the last two.
pub(super) fn shown(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let all =
        "SELECT name FROM sqlite_schema WHERE name IN ('tweet', 'sentiment', 'tweet_lang', 'run_stage')";
    connection.prepare(all)?.query_map([], |row| row.get(0))?.collect()
}

/// Whether sure tweets can be looked at alone: a warehouse of an older version has no index of them.
pub(super) fn knows_sure(connection: &Connection) -> rusqlite::Result<bool> {
    let has = "SELECT count(*) FROM sqlite_schema WHERE name = 'tweet_sure'";
    connection.query_row(has, [], |row| row.get(0))
}

/// Stands in for what an older version did not make, in a warehouse that is only read.
pub(super) fn stand_in(connection: &Connection) -> rusqlite::Result<()> {
    if shown(connection)?.iter().any(|table| table == "run_stage") {
        return Ok(());
    }
    let none = "SELECT '' AS run_id, '' AS model, '' AS stage, '' AS finished_at, 0.0 AS seconds, 0.0 AS cost_usd WHERE 0";
    connection.execute_batch(&format!("{}; CREATE TEMP VIEW run_stage AS {none}", counts::stand_in()))
}

/// The contract's table, put together again.
fn view() -> String {
    let shown = TWEET
        .columns
        .iter()
        .skip(OWN_COLUMNS)
        .map(|c| format!("t.{}", c.name))
        .collect::<Vec<_>>()
        .join(", ");
    format!("CREATE VIEW tweet AS SELECT s.topic, s.source, s.model, l.run_id, {shown} {TWEET_ROWS}")
}

/// A database without our version that has tables is somebody else's.
fn refuse_foreign(connection: &Connection, path: &Path) -> Result<()> {
    let tables: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(|e| sqlite_error(path, e))?;
    if tables == 0 {
        return Ok(());
    }
    Err(Error::input(format!("{} is a database of another program", path.display()))
        .hint("move it away, or use another --root")
        .resource(path.display()))
}

/// The version of the schema; 0 for a database that has none yet. A newer one is refused.
pub(super) fn version(connection: &Connection, path: &Path) -> Result<i64> {
    let version: i64 = connection
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .map_err(|e| sqlite_error(path, e))?;
    if version > VERSION {
        return Err(Error::new(
            ErrorKind::Input,
            format!(
                "{} was made by a newer version of this tool (schema {version}, this one knows {VERSION})",
                path.display()
            ),
        )
        .hint("use the newer version, or another --root")
        .resource(path.display()));
    }
    Ok(version)
}

fn create() -> String {
    let tweet: Vec<_> = TWEET.columns.iter().skip(OWN_COLUMNS).collect();
    let stored = tweet.iter().map(|c| definition(c)).collect::<Vec<_>>().join(", ");
    let sentiment = SENTIMENT.columns.iter().map(definition).collect::<Vec<_>>().join(", ");
    format!(
        "CREATE TABLE IF NOT EXISTS series (id INTEGER PRIMARY KEY, topic TEXT NOT NULL, source TEXT NOT NULL,
             model TEXT NOT NULL, UNIQUE (topic, source, model));
         CREATE TABLE IF NOT EXISTS load (id INTEGER PRIMARY KEY, run_id TEXT NOT NULL, model TEXT NOT NULL,
             first_row INTEGER NOT NULL DEFAULT 0, last_row INTEGER NOT NULL DEFAULT 0, UNIQUE (run_id, model));
         CREATE TABLE IF NOT EXISTS tweet_data (row INTEGER PRIMARY KEY, series INTEGER NOT NULL,
             load INTEGER NOT NULL, {stored}, UNIQUE (series, tweet_id));
         {};
         CREATE TABLE IF NOT EXISTS sentiment ({sentiment},
             PRIMARY KEY (topic, source, model, window_seconds, window_time)) WITHOUT ROWID;",
        view()
    )
}

fn definition(column: &Column) -> String {
    let kind = match column.kind {
        Kind::Text { .. } | Kind::Timestamp => "TEXT",
        Kind::Double => "REAL",
        Kind::Long | Kind::Int | Kind::Bool => "INTEGER",
    };
    let null = if column.nullable { "" } else { " NOT NULL" };
    format!("{} {kind}{null}", column.name)
}

pub(super) fn insert_tweet() -> String {
    insert("tweet_data", "series, load, ", 2, TWEET.columns.iter().skip(OWN_COLUMNS))
}

pub(super) fn insert_sentiment() -> String {
    insert(SENTIMENT.name, "", 0, SENTIMENT.columns.iter())
}

pub(super) const INSERT_STAGE: &str =
    "INSERT INTO run_stage (run_id, model, stage, finished_at, seconds, cost_usd)
     VALUES (?, ?, ?, ?, ?, ?)";

fn insert<'a>(table: &str, own: &str, count: usize, columns: impl Iterator<Item = &'a Column>) -> String {
    let names: Vec<_> = columns.map(|column| column.name).collect();
    let places = vec!["?"; names.len() + count].join(", ");
    format!("INSERT OR REPLACE INTO {table} ({own}{}) VALUES ({places})", names.join(", "))
}

/// Both tables with their columns, for a hint.
pub(super) fn summary() -> String {
    let of = |table: &Table| {
        let names: Vec<_> = table.columns.iter().map(|column| column.name).collect();
        format!("{} ({})", table.name, names.join(", "))
    };
    format!(
        "tables: {}; {}; tweet_lang (topic, source, model, run_id, quarter_hour, lang, label, tweets); \
         run_stage (run_id, model, stage, finished_at, seconds, cost_usd)",
        of(&TWEET),
        of(&SENTIMENT)
    )
}
