//! No emulator enforces IAM: what the tool and the schedules really call is held against the policies.

use std::collections::BTreeSet;

use sentistack::stack::caller;
use sentistack::stack::names::Names;
use sentistack::stack::permissions::TTL_CALLS;
use serde_json::json;

use super::bed::{ACCOUNT, Bed, bed};

pub fn calls(bed: &Bed, caller: &str) -> BTreeSet<String> {
    let log = bed.get("/calls");
    log.as_array()
        .unwrap()
        .iter()
        .filter(|call| call["caller"] == caller)
        .map(|call| right(call["action"].as_str().unwrap()).to_owned())
        .collect()
}

/// The right that a call needs, where it is called otherwise.
fn right(call: &str) -> &str {
    match call {
        "s3:HeadBucket" => "s3:ListBucket",
        "s3:CreateMultipartUpload" | "s3:UploadPart" | "s3:CompleteMultipartUpload" => "s3:PutObject",
        "s3:ListMultipartUploads" => "s3:ListBucketMultipartUploads",
        "s3:ListObjectVersions" => "s3:ListBucketVersions",
        "s3:DeleteObjects" => "s3:DeleteObject",
        "s3:HeadObject" => "s3:GetObject",
        "s3:ListObjectsV2" => "s3:ListBucket",
        other => other,
    }
}

#[test]
fn every_call_of_the_tool_is_in_the_policy_that_doctor_prints() {
    let (Some(bed), Some(function)) = (bed(), crate::support::function()) else { return };
    let printed = bed.json(0, &["doctor", "--policy", "--stack", "s"]);
    assert_eq!(printed["policy"], caller::policy(&Names::new("s", "us-east-1"), "ACCOUNT"));
    bed.settings("name: s\nmax_cost: 50\nlive:\n  enabled: true\n");
    bed.run(&["stack", "up", "--yes", "--function", &function]).expect(0);
    bed.run(&["live", "run", "--limit", "20"]).expect(0);
    bed.settings("name: s\nmax_cost: 50\nstack:\n  stream_shards: 2\n  redshift: serverless\n");
    bed.run(&["stack", "plan"]).expect(0);
    bed.run(&["stack", "up", "--yes"]).expect(0);
    for command in
        [&["stack", "status"][..], &["stack", "list"], &["stack", "cost"], &["stack", "events"], &["doctor"]]
    {
        bed.run(command);
    }
    bed.run(&["stack", "extend", "1h", "--yes"]).expect(0);
    for more in
        [&["--warehouse", "redshift-serverless"][..], &["--model", "comprehend", "--warehouse", "none"]]
    {
        let run = ["pipeline", "run", "--on", "aws", "--transform", "embedded", "--limit", "50"];
        bed.run(&[&run[..], more].concat()).expect(0);
    }
    bed.run(&["sql", "select 1", "--on", "aws"]).expect(0);
    for kind in ["instance", "snapshot", "log_group", "schedule", "volume", "address"] {
        bed.post("/plant", &json!({ "kind": kind, "name": "s", "tagged": true }));
    }
    bed.run(&["stack", "sweep", "--yes"]).expect(0);
    bed.run(&["stack", "down", "--purge", "--confirm", "s", "--yes"]).expect(0);
    let policy = caller::policy(&Names::new("s", "us-east-1"), ACCOUNT);
    let called = calls(&bed, "tool");
    assert!(called.len() > 40, "{called:?}");
    let missing: Vec<_> = called.iter().filter(|action| !caller::allows(&policy, action)).collect();
    assert!(missing.is_empty(), "called, and not in the policy: {missing:?}");
}

#[test]
fn every_call_of_the_schedules_is_in_the_table_that_the_role_is_held_against() {
    let Some(bed) = bed() else { return };
    bed.run(&["stack", "up", "--ttl", "1h", "--yes"]).expect(0);
    bed.advance(2 * 3_600);
    let called = calls(&bed, "scheduler");
    assert!(called.contains("cloudformation:DeleteStack"), "{called:?}");
    for action in &called {
        assert!(TTL_CALLS.iter().any(|(known, _)| known == action), "{action} is not in TTL_CALLS");
    }
}
