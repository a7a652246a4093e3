//! Models and those who consume on AWS, disturbed: every packet is scored once, and the tables are those of a calm run.

use std::sync::atomic::Ordering;

use serde_json::{Value, json};

use super::faults::{RUN, numbers};
use super::rows::{self, difference};
use super::{ROOT, has_spark, scored_badly, up};
use crate::endpoint::{TOKEN, service};
use crate::stack::bed::{Bed, bed};
use crate::stack::killed::{Moments, kill_after, number};
use crate::support::{Ran, finish};

/// Runs the tool with `url` as its model.
fn with_endpoint(bed: &Bed, url: &str, args: &[&str]) -> Ran {
    let token = bed.path().join("token");
    std::fs::write(&token, TOKEN).unwrap();
    let mut tool = bed.tool();
    tool.env("SENTISTACK_ENDPOINT_URL", url)
        .env("SENTISTACK_ENDPOINT_TOKEN", format!("file:{}", token.display()))
        .env("SENTISTACK_ENDPOINT_TIMEOUT", "1s")
        .args(args)
        .args(["--model", "endpoint", "-o", "json"]);
    finish(&mut tool)
}

#[test]
fn an_endpoint_that_hangs_and_a_spark_step_that_fails_once_lose_nothing() {
    if !has_spark() {
        return;
    }
    let Some(bed) = bed() else { return };
    up(&bed);
    let run = ["pipeline", "run", "--limit", "100"];
    let (url, _) = service(0);
    let here = with_endpoint(&bed, &url, &[&run[..], &["--root", "here"]].concat()).expect(0).json();

    bed.faults(
        &json!([{"step": "*", "times": 1, "reason": "Unknown Error.", "message": "a node went away"}]),
    );
    let (url, texts) = service(4);
    let there = with_endpoint(&bed, &url, &[&run[..], &["--on", "aws"]].concat()).expect(0);
    assert!(
        there.stderr.contains("a node went away") && there.stderr.contains("once more"),
        "{}",
        there.stderr
    );
    let there = there.json();
    assert_eq!(scored_badly(&bed, there["run_id"].as_str().unwrap()), Vec::<String>::new());
    assert_eq!((&there["labels"], &there["scored"]), (&here["labels"], &here["scored"]));
    assert_eq!(Some(texts.load(Ordering::Relaxed)), there["scored"].as_u64(), "each text was answered once");
    let clusters = bed.aws("emr", "list_clusters", &json!({}));
    let cluster = json!({"ClusterId": clusters["Clusters"][0]["Id"]});
    assert_eq!(bed.aws("emr", "list_steps", &cluster)["Steps"].as_array().unwrap().len(), 2);
    for query in [rows::TWEETS, rows::WINDOWS] {
        let embedded = bed.json(0, &["sql", &rows::ordered(query), "--root", "here"]);
        let redshift = bed.json(0, &["sql", &rows::of_redshift(query), "--on", "aws"]);
        assert_eq!(difference(&embedded, &redshift), None, "{query}");
    }
}

#[test]
fn documents_that_comprehend_fails_on_are_asked_again_and_then_scored_by_our_own_model() {
    let Some(bed) = bed() else { return };
    up(&bed);
    let run = [&RUN[..], &["--model", "comprehend"]].concat();
    let calm = bed.json(0, &run);
    assert_eq!(calm["fallback"], 0);
    let expected = numbers(&bed, calm["run_id"].as_str().unwrap());

    // A text is asked for three times.
    bed.faults(&json!([{"document": "", "share": 0.1, "seed": 7, "times": 2}]));
    let cured = bed.json(0, &run);
    let run_id = cured["run_id"].as_str().unwrap();
    assert_eq!((&cured["fallback"], numbers(&bed, run_id)), (&json!(0), expected.clone()));
    assert_eq!(scored_badly(&bed, run_id), Vec::<String>::new());
    bed.calm();

    bed.faults(&json!([{"document": "", "share": 0.1, "seed": 7}]));
    let fallen = bed.json(0, &run);
    let run_id = fallen["run_id"].as_str().unwrap();
    let back = fallen["fallback"].as_u64().unwrap();
    assert!((20..=120).contains(&back), "a tenth of 600 texts: {back}");
    assert_eq!(fallen["scored"], calm["scored"]);
    assert_eq!(scored_badly(&bed, run_id), Vec::<String>::new());
}

/// `SENTISTACK_CONSUMER_KILLS` says how often; `cargo xtask campaign` asks for thirty.
#[test]
fn a_consumer_that_is_killed_again_and_again_scores_every_packet_once() {
    let Some(bed) = bed() else { return };
    up(&bed);
    let calm = bed.json(0, &RUN);
    let expected = numbers(&bed, calm["run_id"].as_str().unwrap());
    bed.json(0, &[&RUN[..], &["--run-id", "consumed", "--to-stage", "ingest"]].concat());
    let begin = ["pipeline", "run", "--on", "aws", "--transform", "embedded", "--run-id", "consumed"];
    let begin = [&begin[..], &["--from-stage", "score"]].concat();
    let go_on = ["pipeline", "resume", "consumed", "--on", "aws"];
    // What takes long is cut in two more often.
    bed.faults(&json!([{"service": "s3", "action": "PutObject", "latency_ms": 200}]));
    let kills = number("SENTISTACK_CONSUMER_KILLS", 4);
    let mut moments = Moments(number("SENTISTACK_SEED", 7));
    let mut hit = 0;
    for round in 0..kills {
        let moment = std::time::Duration::from_millis(500) + moments.next(2_000);
        hit += u64::from(kill_after(&bed, if round == 0 { &begin } else { &go_on }, moment));
    }
    bed.calm();
    println!("{hit} of {kills} consumers were killed before their end");
    assert!(hit > 0, "no moment struck a consumer");
    bed.json(0, &go_on);
    let tables: Value = numbers(&bed, "consumed");
    assert_eq!(tables, expected);
    assert_eq!(scored_badly(&bed, "consumed"), Vec::<String>::new());
    assert_eq!(
        bed.json(0, &["sql", "select count(*) from tweet", "--root", ROOT])["rows"][0][0],
        calm["tweets"]
    );
}
