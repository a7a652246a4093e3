//! A run on AWS under faults ends with every packet scored once, and with the tables of an undisturbed run.

use serde_json::{Value, json};

use super::{scored_badly, up};
use crate::stack::bed::{Bed, bed};

const RUN: [&str; 10] =
    ["pipeline", "run", "--on", "aws", "--transform", "embedded", "--limit", "600", "--seed", "7"];

#[track_caller]
fn numbers(bed: &Bed, run_id: &str) -> Value {
    let query =
        "select label, count(*), sum(positive), sum(negative) from tweet group by label order by label";
    bed.json(0, &["sql", query, "--root", super::ROOT, "--run", run_id])["rows"].clone()
}

#[test]
fn throttling_slow_downs_and_cut_answers_lose_nothing() {
    let Some(bed) = bed() else { return };
    up(&bed);
    let calm = bed.json(0, &RUN);
    let expected = numbers(&bed, calm["run_id"].as_str().unwrap());
    for faults in [
        json!([{"service": "kinesis", "error": "Throttling", "every": 5, "times": 20}]),
        json!([{"service": "s3", "error": "SlowDown", "status": 503, "every": 9, "times": 60}]),
        json!([{"service": "s3", "action": "PutObject", "error": "LostAnswer", "every": 25, "times": 20}]),
        json!([{"service": "redshift-data", "error": "Throttling", "every": 3, "times": 6}]),
        json!([{"service": "kinesis", "action": "GetRecords", "error": "ExpiredIteratorException", "every": 7, "times": 5}]),
    ] {
        bed.faults(&faults);
        let run = bed.json(0, &RUN);
        let run_id = run["run_id"].as_str().unwrap();
        assert_eq!(numbers(&bed, run_id), expected, "{faults}");
        assert_eq!(scored_badly(&bed, run_id), Vec::<String>::new(), "{faults}");
        bed.calm();
    }
}
