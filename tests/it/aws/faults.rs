//! A run on AWS under faults ends with every packet scored once, and with the tables of an undisturbed run.

use serde_json::{Value, json};

use super::{scored_badly, up};
use crate::stack::bed::{Bed, bed};
use crate::stack::killed::{Moments, kill_after, number};

pub const RUN: [&str; 10] =
    ["pipeline", "run", "--on", "aws", "--transform", "embedded", "--limit", "600", "--seed", "7"];

#[track_caller]
pub fn numbers(bed: &Bed, run_id: &str) -> Value {
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
        json!([{"service": "redshift-data", "error": "LostAnswer", "every": 3, "times": 4}]),
        json!([{"statement": "copy", "latency_ms": 1_500}]),
        json!([{"service": "*", "error": "ExpiredTokenException", "after": 60, "times": 12}]),
    ] {
        bed.faults(&faults);
        let run = bed.json(0, &RUN);
        let run_id = run["run_id"].as_str().unwrap();
        assert_eq!(numbers(&bed, run_id), expected, "{faults}");
        assert_eq!(scored_badly(&bed, run_id), Vec::<String>::new(), "{faults}");
        let known = bed.get("/faults");
        let struck = known[0]["struck"].as_u64();
        assert!(struck.is_some_and(|times| times > 0), "it never struck: {known}");
        bed.calm();
    }
}

#[test]
fn failed_records_lost_streams_and_reshards_lose_nothing() {
    let Some(bed) = bed() else { return };
    up(&bed);
    let calm = bed.json(0, &RUN);
    let expected = numbers(&bed, calm["run_id"].as_str().unwrap());
    let check = |run: &Value, what: &str| {
        let run_id = run["run_id"].as_str().unwrap();
        assert_eq!(numbers(&bed, run_id), expected, "{what}");
        assert_eq!(scored_badly(&bed, run_id), Vec::<String>::new(), "{what}");
    };

    bed.faults(&json!([{"service": "kinesis", "records": 0.1, "seed": 7}]));
    check(&bed.json(0, &RUN), "a tenth of the records fails");
    bed.calm();

    let stream = json!({"StreamName": "sentistack"});
    for what in ["a reshard", "a stream made anew"] {
        let mut child =
            bed.tool().args(RUN).args(["-o", "json"]).stdout(std::process::Stdio::piped()).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(1_200));
        if what == "a reshard" {
            let more =
                json!({"StreamName": "sentistack", "TargetShardCount": 2, "ScalingType": "UNIFORM_SCALING"});
            bed.aws("kinesis", "update_shard_count", &more);
        } else {
            bed.aws("kinesis", "delete_stream", &stream);
            std::thread::sleep(std::time::Duration::from_millis(300));
            bed.aws("kinesis", "create_stream", &json!({"StreamName": "sentistack", "ShardCount": 1}));
        }
        let mut document = String::new();
        std::io::Read::read_to_string(&mut child.stdout.take().unwrap(), &mut document).unwrap();
        assert!(child.wait().unwrap().success(), "{what}: {document}");
        check(&serde_json::from_str(&document).unwrap(), what);
    }
}

/// `SENTISTACK_RUN_KILLS` says how often; `cargo xtask campaign` asks for thirty.
#[test]
fn a_run_that_is_killed_is_taken_up_and_ends_like_an_undisturbed_one() {
    let Some(bed) = bed() else { return };
    up(&bed);
    let calm = bed.json(0, &RUN);
    let expected = numbers(&bed, calm["run_id"].as_str().unwrap());
    let kills = number("SENTISTACK_RUN_KILLS", 3);
    let mut moments = Moments(number("SENTISTACK_SEED", 7));
    let mut hit = 0;
    for round in 0..kills {
        let run_id = format!("killed-{round}");
        let mut run = RUN.to_vec();
        run.extend(["--run-id", &run_id]);
        hit += u64::from(kill_after(&bed, &run, moments.next(6_000)));
        let listed = bed.json(0, &["pipeline", "list", "--on", "aws"])["runs"].clone();
        let begun = listed.as_array().unwrap().iter().any(|known| known["run_id"] == run_id.as_str());
        let resume = ["pipeline", "resume", &run_id, "--on", "aws"];
        // Killed before it had a manifest: nothing is there to resume, and nothing was lost.
        bed.json(0, if begun { &resume } else { &run });
        assert_eq!(numbers(&bed, &run_id), expected, "round {round}");
    }
    println!("{hit} of {kills} runs were killed before their end");
    assert!(hit > 0, "no moment struck a run");
}
