//! The live path on the test bed: the real function, run as Lambda runs it, between Firehose and the bucket.

use serde_json::{Value, json};

use super::ROOT;
use crate::stack::bed::{Bed, bed};
use crate::support;

const SETTINGS: &str = "name: sentistack\nmax_cost: 50\nstack: {alarms: false}\nlive: {buffer_seconds: 1}\n";
const POSTS: &str = "10000";

/// What is sent: recorded posts where they are, else the sample.
fn posts() -> Vec<String> {
    let flags: Vec<String> = match support::recorded("tweets/airline-2015-02.jsonl.gz") {
        Some(path) => vec!["--input".into(), path.display().to_string()],
        None => vec!["--source".into(), "sample".into()],
    };
    [flags, vec!["--limit".into(), POSTS.into()]].concat()
}

#[track_caller]
fn live(bed: &Bed, code: i32, command: &[&str], more: &[String]) -> Value {
    let more: Vec<&str> = more.iter().map(String::as_str).collect();
    bed.json(code, &[&["live"], command, &more[..]].concat())
}

#[test]
fn every_post_that_is_sent_comes_through_firehose_with_the_label_that_the_tool_gives_it() {
    let (Some(bed), Some(function)) = (bed(), support::function()) else { return };
    bed.settings(SETTINGS);
    bed.run(&["live", "run", "--limit", "10"]).expect(2).says(&["stack up --only live"]);
    let up = bed.json(0, &["stack", "up", "--only", "live", "--yes", "--function", &function]);
    assert_eq!(up["status"], "ok");
    let again = bed.json(0, &["stack", "up", "--only", "live", "--yes"]);
    assert_eq!(again["status"], "unchanged", "what is deployed stays where no function is named");

    // A tenth of the records is not taken at first.
    bed.faults(&json!([{"service": "firehose", "records": 0.1, "seed": 7, "times": 40}]));
    let sent = live(&bed, 0, &["run"], &posts());
    bed.calm();
    assert_eq!(sent["sent"].to_string(), POSTS);
    let run_id = sent["run_id"].as_str().unwrap();
    let there = live(&bed, 0, &["verify", run_id, "--root", ROOT, "--wait", "60s"], &[]);
    for (field, expected) in [("delivered", POSTS), ("missing", "0"), ("failed", "0"), ("beyond", "0")] {
        assert_eq!(there[field].to_string(), expected, "{field}: {there}");
    }
    let here = live(&bed, 0, &["run", "--local"], &posts());
    let here = live(&bed, 0, &["verify", here["run_id"].as_str().unwrap()], &[]);
    assert_eq!((&there["labels"], &there["unscored"]), (&here["labels"], &here["unscored"]));
    // Objects are packed from now on, and other languages are scored: the run of before is still read.
    bed.settings(
        &format!("{SETTINGS}lang: [en, de]\n")
            .replace("buffer_seconds: 1", "buffer_seconds: 1, compression: gzip"),
    );
    bed.run(&["live", "run", "--limit", "10"]).expect(2).says(&[
        "scores lang en,",
        "asks for en,de",
        "--only live",
    ]);
    let changed = bed.json(0, &["stack", "up", "--only", "live", "--yes"]);
    assert_eq!(changed["status"], "ok", "{changed}");
    let packed = live(&bed, 0, &["run", "--limit", "500"], &[]);
    let packed = packed["run_id"].as_str().unwrap();
    for (run, posts) in [(packed, "500"), (run_id, POSTS)] {
        let found = live(&bed, 0, &["verify", run, "--root", ROOT, "--wait", "60s"], &[]);
        assert_eq!((found["delivered"].to_string(), &found["missing"]), (posts.into(), &json!(0)), "{found}");
    }
    let listed = json!({"Bucket": ROOT.trim_start_matches("s3://"), "Prefix": "live/"});
    let listed = bed.aws("s3", "list_objects_v2", &listed);
    let keys = listed["Contents"].as_array().unwrap().iter().map(|entry| entry["Key"].as_str().unwrap());
    let (gzip, plain): (Vec<_>, Vec<_>) = keys.partition(|key| key.ends_with(".gz"));
    assert!(!gzip.is_empty() && !plain.is_empty(), "{gzip:?} {plain:?}");
    bed.run(&["live", "run", "--limit", "10", "--lang", "en"]).expect(2).says(&["scores lang en,de"]);
    assert!(there["outputs"]["share-by-label.png"].as_str().unwrap().starts_with(ROOT), "{there}");
    bed.json(0, &["stack", "down", "--purge", "--confirm", "sentistack", "--yes"]);
    assert_eq!(bed.left("sentistack"), json!({}));
}
