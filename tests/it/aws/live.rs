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
    let logged = live(&bed, 0, &["logs", "--all"], &[]);
    assert!(!logged["lines"].as_array().unwrap().is_empty(), "{logged}");
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

/// Where the endpoint of the bed's one host answers, once it does.
#[track_caller]
fn endpoint(bed: &Bed) -> std::net::SocketAddr {
    for _ in 0..600 {
        let machines = bed.get("/machines");
        let address =
            machines[0]["address"].as_str().map(|address| format!("{address}:8080").parse().unwrap());
        if let Some(address) = address
            && std::net::TcpStream::connect(address).is_ok()
        {
            return address;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    panic!("no endpoint answers: {}", bed.get("/machines"));
}

#[test]
fn an_endpoint_that_is_killed_and_gone_for_a_while_costs_no_post() {
    let (Some(bed), Some(function)) = (bed(), support::function()) else { return };
    let endpoint_settings =
        SETTINGS.replace("live: {", "live: {enabled: true, endpoint: ec2, endpoint_type: t3.medium, ");
    bed.settings(&endpoint_settings);
    let program = support::program();
    let up = ["stack", "up", "--only", "live", "--yes", "--function", &function];
    let wrong = bed.path().join("no-program");
    std::fs::write(&wrong, "#!/bin/sh\n").unwrap();
    bed.run(&[&up[..], &["--binary", wrong.to_str().unwrap()]].concat())
        .expect(2)
        .says(&["no ELF file", "--binary"]);
    bed.json(0, &[&up[..], &["--binary", &program]].concat());
    let again = bed.json(0, &[&up[..], &["--binary", &program]].concat());
    assert_eq!(again["status"], "unchanged");
    endpoint(&bed);

    // Killed on the way: it is started again, and the function asks again.
    let there = std::thread::scope(|scope| {
        let sent =
            scope.spawn(|| live(&bed, 0, &["run", "--limit", "3000", "--seed", "7", "--rate", "1500"], &[]));
        std::thread::sleep(std::time::Duration::from_millis(700));
        assert_eq!(bed.post("/machines", &json!({"service": "kill"})).as_array().unwrap().len(), 1);
        sent.join().unwrap()
    });
    let run_id = there["run_id"].as_str().unwrap();
    endpoint(&bed);
    let seen = bed.run(&["live", "verify", run_id, "--root", ROOT, "--wait", "20s", "-o", "json"]).json();
    assert_eq!(seen["missing"], 0, "every record has a verdict: {seen}");
    if seen["failed"] != 0 {
        live(&bed, 0, &["redrive", run_id, "--root", ROOT], &[]);
    }
    let whole = live(&bed, 0, &["verify", run_id, "--root", ROOT, "--wait", "60s"], &[]);
    assert_eq!(
        (&whole["delivered"], &whole["failed"], &whole["twice"]),
        (&json!(3000), &json!(0), &json!(0))
    );
    let here = live(&bed, 0, &["run", "--local", "--limit", "3000", "--seed", "7"], &[]);
    let here = live(&bed, 0, &["verify", here["run_id"].as_str().unwrap()], &[]);
    assert_eq!((&whole["labels"], &whole["unscored"]), (&here["labels"], &here["unscored"]));

    // Gone: what the function cannot have scored is kept, and sent again once the endpoint is back.
    bed.post("/machines", &json!({"service": "stop"}));
    let lost = live(&bed, 0, &["run", "--limit", "200", "--seed", "8"], &[]);
    let run_id = lost["run_id"].as_str().unwrap();
    let seen = live(&bed, 3, &["verify", run_id, "--root", ROOT], &[]);
    let failed = seen["failed"].as_u64().unwrap();
    assert_eq!(seen["missing"], 0, "{seen}");
    // Posts in a language that is not scored need no endpoint.
    assert!(
        failed > 100 && seen["unscored"] == seen["delivered"] && seen["delivered"] == 200 - failed,
        "{seen}"
    );
    bed.post("/machines", &json!({"service": "start"}));
    endpoint(&bed);
    let again = live(&bed, 0, &["redrive", run_id, "--root", ROOT], &[]);
    assert_eq!(again["sent"], failed);
    let whole = live(&bed, 0, &["verify", run_id, "--root", ROOT, "--wait", "60s"], &[]);
    assert_eq!((&whole["delivered"], &whole["failed"]), (&json!(200), &json!(0)));
    bed.json(0, &["stack", "down", "--purge", "--confirm", "sentistack", "--yes"]);
    assert_eq!(bed.left("sentistack"), json!({}));
}

#[test]
fn what_was_delivered_is_loaded_into_the_stacks_warehouse() {
    let (Some(bed), Some(function)) = (bed(), support::function()) else { return };
    bed.settings(
        "name: sentistack\nmax_cost: 50\n\
         stack: {alarms: false, spark: none, redshift: serverless, stream_mode: none, grafana: false, athena: false}\n\
         live: {enabled: true, buffer_seconds: 1}\n",
    );
    bed.json(0, &["stack", "up", "--yes", "--function", &function]);
    let tables = ["--transform", "embedded", "--warehouse", "redshift-serverless"];
    let sent = live(&bed, 0, &[&["run", "--limit", "500", "--seed", "7"][..], &tables].concat(), &[]);
    let run_id = sent["run_id"].as_str().unwrap();
    let there = live(&bed, 0, &["verify", run_id, "--root", ROOT, "--wait", "60s"], &[]);
    let loaded = live(&bed, 0, &["load", run_id, "--root", ROOT], &[]);
    assert_eq!((&loaded["tweets"], &loaded["labels"]), (&json!(500), &there["labels"]));
    let by_label = "select label, count(*) from tweet where label is not null group by label order by label";
    let rows = bed.json(0, &["sql", by_label, "--on", "aws"]);
    let counted: serde_json::Map<String, Value> = rows["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row[0].as_str().unwrap().to_owned(), row[1].clone()))
        .collect();
    let mut labels = there["labels"].as_object().unwrap().clone();
    labels.retain(|_, posts| *posts != 0);
    assert_eq!(counted, labels);
    // Again, with the same rows: nothing is there twice.
    live(&bed, 0, &["load", run_id, "--root", ROOT], &[]);
    let all = bed.json(0, &["sql", "select count(*) from tweet", "--on", "aws"]);
    assert_eq!(all["rows"], json!([[500]]));
}
