//! The log: a JSON object a line on standard output, with what Lambda's log format expects. Counts and reasons; nothing
//! of a post.

use std::io::Write as _;
use std::time::Duration;

use serde_json::{Value, json};

use crate::function::Tally;

/// An event was answered.
pub fn done(id: &str, tally: &Tally, bytes: usize, took: Duration) {
    let (level, mut line) = match tally {
        Tally::Firehose(t) => (
            if t.failed > 0 || t.fallback > 0 { "WARN" } else { "INFO" },
            json!({
                "message": "firehose", "records": t.records, "ok": t.ok, "dropped": t.dropped, "failed": t.failed,
                "unscored": t.unscored, "fallback": t.fallback, "reasons": t.reasons,
            }),
        ),
        Tally::Kinesis(t) => (
            if t.failed > 0 { "WARN" } else { "INFO" },
            json!({
                "message": "kinesis", "records": t.records, "packets": t.packets, "scored": t.scored,
                "unscored": t.unscored, "passedOver": t.passed_over, "failed": t.failed, "cause": t.cause,
            }),
        ),
        Tally::Texts(texts) => ("INFO", json!({ "message": "texts", "records": texts })),
    };
    if let Some(line) = line.as_object_mut() {
        line.insert("bytes".to_owned(), json!(bytes));
        line.insert("millis".to_owned(), json!((took.as_secs_f64() * 1e5).round() / 1e2));
    }
    write(level, id, line);
}

/// An event, or the program, ended in an error.
pub fn failed(id: &str, kind: &str, message: &str) {
    write("ERROR", id, json!({ "message": message, "errorType": kind }));
}

/// The endpoint did not score.
pub fn endpoint(why: &str, attempts: u32) {
    write(
        "WARN",
        "",
        json!({ "message": "the endpoint does not score", "cause": why, "attempts": attempts }),
    );
}

fn write(level: &str, id: &str, mut line: Value) {
    if let Some(line) = line.as_object_mut() {
        line.insert("timestamp".to_owned(), json!(jiff::Timestamp::now().to_string()));
        line.insert("level".to_owned(), json!(level));
        if !id.is_empty() {
            line.insert("requestId".to_owned(), json!(id));
        }
    }
    // Nobody is there to be told that the log is closed.
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}
