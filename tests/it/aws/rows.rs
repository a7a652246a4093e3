//! Both tables of a run, as SQL gives them, and whether two of them say the same.

use serde_json::Value;

/// Largest difference of two numbers that are the same.
const CLOSE: f64 = 1e-9;

/// Everything but what two runs of the same input may differ in: their names, and when they read.
pub const TWEETS: &str = "select topic, source, model, tweet_id, AT(created_at) as created_at, author_id, username, \
    name, location, verified, lang, referenced_tweet_id, referenced_type, post_url, text, text_truncated, label, \
    positive, negative, neutral, mixed from tweet order by tweet_id";
pub const WINDOWS: &str = "select topic, source, model, AT(window_time) as window_time, window_seconds, status, \
    count_tweets, unscored, collapsed, count_available, count_positive, count_negative, count_neutral, count_mixed, \
    sum_positive, sum_negative, sum_neutral, sum_mixed, avg_positive, avg_negative, avg_neutral, avg_mixed, \
    perc_tweet_positive, perc_tweet_negative, perc_tweet_neutral, perc_tweet_mixed from sentiment order by window_time";

/// The query as SQLite takes it: times are texts there.
pub fn of_sqlite(query: &str) -> String {
    query.replace("AT(created_at)", "created_at").replace("AT(window_time)", "window_time")
}

/// The query as Redshift takes it.
pub fn of_redshift(query: &str) -> String {
    let text = |column: &str| format!("to_char({column}, 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')");
    query
        .replace("AT(created_at)", &text("created_at"))
        .replace("AT(window_time)", &text("window_time"))
        // PostgreSQL orders texts as people of some country do, SQLite by their bytes.
        .replace("order by tweet_id", "order by length(tweet_id), tweet_id")
}

/// The query with an order that does not hang on the machine.
pub fn ordered(query: &str) -> String {
    of_sqlite(query).replace("order by tweet_id", "order by length(tweet_id), tweet_id")
}

/// The first cell in which the documents differ.
pub fn difference(one: &Value, other: &Value) -> Option<String> {
    let rows = |document: &Value| document["rows"].as_array().cloned().unwrap_or_default();
    let (first, second) = (rows(one), rows(other));
    if first.len() != second.len() {
        return Some(format!("{} rows and {}", first.len(), second.len()));
    }
    for (number, (a, b)) in first.iter().zip(&second).enumerate() {
        let (a, b) = (a.as_array()?, b.as_array()?);
        for (column, (x, y)) in a.iter().zip(b).enumerate() {
            if !same(x, y) {
                return Some(format!("row {number}, {}: {x} and {y}", one["columns"][column]));
            }
        }
    }
    None
}

pub fn same(x: &Value, y: &Value) -> bool {
    match (number(x), number(y)) {
        (Some(x), Some(y)) => (x - y).abs() <= CLOSE * x.abs().max(1.0),
        (None, None) => x == y,
        _ => false,
    }
}

/// Numbers, and truth as SQLite has it.
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Bool(truth) => Some(f64::from(u8::from(*truth))),
        other => other.as_f64(),
    }
}
