//! Tweets counted by quarter of an hour, language and label, as `tweet_lang`: what is asked of all languages need not
//! look at each tweet. A load counts what it brings. A trigger follows those who delete tweets by hand; a load does
//! without, since SQLite would keep a journal for each of its rows.

use std::collections::HashMap;

use rusqlite::Connection;

use super::Cell;
use crate::local::schema::TWEET;
use crate::pipeline::merge::push_micros;

const QUARTER_MICROS: i64 = 900_000_000;

/// Counts tweets as they are loaded: ten times as fast as asking for them afterwards.
pub(super) struct Tally {
    /// Where created_at, lang and label are in a row.
    columns: [usize; 3],
    /// Languages and labels; the first is the empty text, which null is in the key.
    names: Vec<String>,
    /// The row that goes by: its quarter of an hour, in microseconds, and the places of its language and label.
    row: (i64, [usize; 2]),
    counts: HashMap<(i64, [usize; 2]), u64>,
}

impl Tally {
    pub fn new() -> Self {
        let columns = ["created_at", "lang", "label"]
            .map(|name| TWEET.columns.iter().position(|column| column.name == name).unwrap_or(usize::MAX));
        Self { columns, names: vec![String::new()], row: (0, [0; 2]), counts: HashMap::new() }
    }

    /// The cell in column `at` of the row that goes by.
    pub fn see(&mut self, at: usize, cell: &Cell<'_>) {
        match (self.columns.iter().position(|column| *column == at), cell) {
            (Some(0), Cell::Timestamp(micros)) => {
                self.row = (micros.div_euclid(QUARTER_MICROS) * QUARTER_MICROS, [0; 2]);
            }
            (Some(place @ (1 | 2)), Cell::Text(text)) => self.row.1[place - 1] = self.name(text),
            _ => {}
        }
    }

    pub fn end_row(&mut self) {
        *self.counts.entry(self.row).or_default() += 1;
    }

    fn name(&mut self, text: &str) -> usize {
        self.names.iter().position(|name| name == text).unwrap_or_else(|| {
            self.names.push(text.to_owned());
            self.names.len() - 1
        })
    }

    pub fn write(&self, connection: &Connection, series: i64, load: i64) -> rusqlite::Result<()> {
        let mut insert = connection.prepare("INSERT INTO tweet_lang_data VALUES (?, ?, ?, ?, ?, ?)")?;
        let mut counts: Vec<_> = self.counts.iter().collect();
        counts.sort_unstable();
        for ((quarter, [lang, label]), tweets) in counts {
            let mut at = String::new();
            push_micros(*quarter, &mut at);
            insert.execute((
                series,
                load,
                at,
                &self.names[*lang],
                &self.names[*label],
                tweets.cast_signed(),
            ))?;
        }
        Ok(())
    }
}

/// The table, the view that SQL sees, and the trigger; nothing of what is there already. In the key, null is the empty
/// text: columns of text are never empty.
pub(super) fn create() -> String {
    format!(
        "CREATE TABLE IF NOT EXISTS tweet_lang_data (series INTEGER NOT NULL, load INTEGER NOT NULL,
             quarter_hour TEXT NOT NULL, lang TEXT NOT NULL, label TEXT NOT NULL, tweets INTEGER NOT NULL,
             PRIMARY KEY (series, load, quarter_hour, lang, label)) WITHOUT ROWID;
         CREATE VIEW IF NOT EXISTS tweet_lang AS SELECT s.topic, s.source, s.model, l.run_id, c.quarter_hour,
             nullif(c.lang, '') AS lang, nullif(c.label, '') AS label, c.tweets
             FROM series s CROSS JOIN load l CROSS JOIN tweet_lang_data c WHERE c.series = s.id AND c.load = l.id;
         CREATE TRIGGER IF NOT EXISTS tweet_taken AFTER DELETE ON tweet_data BEGIN
             UPDATE tweet_lang_data SET tweets = tweets - 1 WHERE {key};
             DELETE FROM tweet_lang_data WHERE {key} AND tweets = 0;
         END",
        key = format_args!(
            "series = OLD.series AND load = OLD.load AND quarter_hour = {} AND lang = coalesce(OLD.lang, '')
                 AND label = coalesce(OLD.label, '')",
            quarter_hour("OLD.created_at")
        )
    )
}

/// What a load that is done again has counted.
pub(super) const FORGET: &str =
    "DELETE FROM tweet_lang_data WHERE load = ?1 AND series IN (SELECT id FROM series)";

/// Loads of the series ?1 with other tweets than were counted: one that tweets were taken over from, and one that brought a
/// tweet twice, has fewer.
const OTHERS: &str = "SELECT coalesce(there.load, counted.load) FROM
         (SELECT load, count(*) AS tweets FROM tweet_data WHERE series = ?1 GROUP BY load) there
         FULL JOIN (SELECT load, sum(tweets) AS tweets FROM tweet_lang_data WHERE series = ?1 GROUP BY load) counted
         ON there.load = counted.load WHERE there.tweets IS NOT counted.tweets";

/// Counts the loads of a series whose tweets have changed.
pub(super) fn renew(connection: &Connection, series: i64) -> rusqlite::Result<()> {
    let loads: Vec<i64> = connection
        .prepare(OTHERS)?
        .query_map([series], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let mut count = connection.prepare(&counted("WHERE series = ?1 AND load = ?2"))?;
    for load in loads {
        connection.execute("DELETE FROM tweet_lang_data WHERE series = ?1 AND load = ?2", [series, load])?;
        count.execute([series, load])?;
    }
    Ok(())
}

/// Counts what a version of this tool that did not count has left.
pub(super) fn fill() -> String {
    counted("WHERE NOT EXISTS (SELECT 1 FROM tweet_lang_data)")
}

fn counted(which: &str) -> String {
    format!(
        "INSERT INTO tweet_lang_data
             SELECT series, load, {}, coalesce(lang, ''), coalesce(label, ''), count(*) FROM tweet_data {which}
             GROUP BY 1, 2, 3, 4, 5",
        quarter_hour("created_at")
    )
}

/// The same counts made of `tweet`, for a warehouse that has none yet and is only read.
pub(super) fn stand_in() -> String {
    format!(
        "CREATE TEMP VIEW tweet_lang AS
             SELECT topic, source, model, run_id, {} AS quarter_hour, lang, label, count(*) AS tweets
             FROM tweet GROUP BY 1, 2, 3, 4, 5, 6, 7",
        quarter_hour("created_at")
    )
}

/// The start of the quarter of an hour that a time lies in. Times are text of fixed width.
fn quarter_hour(time: &str) -> String {
    let minute = format!("substr({time}, 15, 2)");
    format!(
        "substr({time}, 1, 14) || CASE WHEN {minute} < '15' THEN '00' WHEN {minute} < '30' THEN '15'
             WHEN {minute} < '45' THEN '30' ELSE '45' END || ':00.000000Z'"
    )
}
