//! Tweets counted by quarter of an hour, language and label, as `tweet_lang`: what is asked of all languages need not
//! look at each tweet. A load counts what it brought when it is done; what is taken away is counted by a trigger, since a
//! later load takes tweets over one by one.

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

/// Counts the load ?1, of which nothing is counted yet.
pub(super) fn count() -> String {
    counted("WHERE load = ?1 AND series IN (SELECT id FROM series)")
}

/// What a load that is done again has counted.
pub(super) const FORGET: &str =
    "DELETE FROM tweet_lang_data WHERE load = ?1 AND series IN (SELECT id FROM series)";

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
