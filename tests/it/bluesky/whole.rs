//! The whole tool, reading a stream.

use jiff::{SignedDuration, Timestamp};

use super::create;
use super::server::{Jetstream, Mishap, Script};
use crate::support;

#[test]
fn a_run_over_the_last_hour_ends_with_tables() {
    let folder = support::folder();
    let end = Timestamp::now() - SignedDuration::from_mins(10);
    let at = |i: i64| (end - SignedDuration::from_mins(60)).as_microsecond() + i * 10_000_000;
    let text = |i| format!("{} delta number {i}", ["great", "terrible", "plain"][(i % 3) as usize]);
    let mut events: Vec<(i64, String)> =
        (1..=300).map(|i| (at(i), create("abc", &format!("p{i}"), at(i), &text(i)))).collect();
    events.push((at(301), create("abc", "other", at(301), "nothing of interest")));
    events.push((at(420), create("abc", "after", at(420), "delta after the end")));
    let down = Jetstream::start(Script { mishaps: vec![Mishap::Refuse(503); 9], ..Script::default() });
    let server = Jetstream::start(Script { events, mishaps: vec![Mishap::CutInside(120)], skew: 0 });
    let ran = support::finish(
        support::tool(folder.path())
            .env("SENTISTACK_BLUESKY_URL", format!("{},{}", down.url, server.url))
            .args(["pipeline", "run", "--source", "bluesky", "--query", "delta", "-o", "json"])
            .args(["--end", &end.to_string(), "--duration", "1h"]),
    )
    .expect(0)
    .json();
    assert_eq!((&ran["tweets"], &ran["scored"]), (&300.into(), &300.into()), "{ran}");
    assert_eq!((&ran["rejected"], &ran["dropped"]), (&0.into(), &0.into()), "{ran}");
    assert_eq!(ran["topic"], "delta");
    let rows = support::run(
        folder.path(),
        ["sql", "SELECT count(*), count(DISTINCT tweet_id), min(source) FROM tweet", "-o", "json"],
    )
    .expect(0)
    .json();
    assert_eq!(rows["rows"], serde_json::json!([[300, 300, "bluesky"]]));
}

#[test]
fn what_cannot_be_read_is_said_before_anything_is_done() {
    let folder = support::folder();
    let run = |args: &[&str]| {
        let all = ["pipeline", "run", "--source", "bluesky"].iter().chain(args).copied();
        support::run(folder.path(), all.collect::<Vec<_>>())
    };
    run(&[]).expect(2).says(&["bluesky needs an end", "--duration 30m"]);
    run(&["--start", "-3d", "--duration", "1h"]).expect(2).says(&["reaches back 36 hours only", "start at "]);
    run(&["--query", "a OR", "--duration", "1h"]).expect(2).says(&["OR has no term after it at character 3"]);
    run(&["--query", "is:retweet", "--duration", "1h"]).expect(2).says(&["operator of X"]);
    assert!(!folder.path().join("sentistack-data").exists());
}
