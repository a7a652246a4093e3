//! Runs on AWS without Spark: models, stages, roots, and what is refused.

use super::{ROOT, up};
use crate::stack::bed::{Bed, bed};

#[test]
fn a_run_in_the_bucket_is_listed_scored_again_compared_and_pulled() {
    let Some(bed) = bed() else { return };
    up(&bed);
    let run = ["pipeline", "run", "--on", "aws", "--transform", "embedded", "--limit", "300"];
    let done = bed.json(0, &run);
    let run_id = done["run_id"].as_str().unwrap();
    let scored = bed.json(0, &["pipeline", "score", run_id, "--on", "aws", "--model", "comprehend"]);
    assert_eq!(scored["model"], "comprehend");
    assert_eq!((scored["scored"].as_u64(), &scored["tweets"]), (done["scored"].as_u64(), &done["tweets"]));
    let compared = bed.json(0, &["pipeline", "compare", run_id, "--on", "aws"]);
    assert_eq!(compared["posts"], done["scored"]);
    let listed = bed.json(0, &["pipeline", "list", "--root", ROOT]);
    assert_eq!(listed["runs"][0]["models"], serde_json::json!(["comprehend", "embedded"]));
    let pulled = bed.json(0, &["pipeline", "pull", run_id, "--to", "pulled"]);
    assert_eq!(pulled["labels"], done["labels"]);
    assert!(bed.path().join("pulled/runs").join(run_id).join("report/report.html").is_file());
    let rows =
        bed.json(0, &["sql", "select count(*) from tweet where model = 'embedded'", "--root", "pulled"]);
    assert_eq!(rows["rows"][0][0], done["tweets"]);
    assert_eq!(bed.json(0, &["pipeline", "resume", run_id, "--on", "aws"])["status"], "unchanged");
    let key = std::fs::metadata(bed.path().join("pulled/keys").join(format!("{run_id}.key"))).unwrap();
    assert_eq!(
        std::os::unix::fs::PermissionsExt::mode(&key.permissions()) & 0o777,
        0o600,
        "the owner's alone"
    );

    // What is gone from the bucket goes from what was brought of it, too.
    let count = ["sql", "select count(*) from tweet", "--root", ROOT];
    assert_ne!(bed.json(0, &count)["rows"][0][0], 0);
    let manifest = format!("runs/{run_id}/manifest.json");
    let object = serde_json::json!({"Bucket": ROOT.trim_start_matches("s3://"), "Key": manifest});
    bed.aws("s3", "delete_object", &object);
    bed.run(&count).expect(2).says(&["there are no tables under s3://"]);
}

#[test]
fn what_cannot_run_is_one_clear_line() {
    let Some(bed) = bed() else { return };
    bed.settings(super::SETTINGS);
    let on_aws = ["pipeline", "run", "--on", "aws", "--limit", "10"];
    bed.run(&on_aws).expect(2).says(&["there is no stack sentistack-batch", "sentistack stack up"]);
    bed.run(&["pipeline", "list", "--on", "aws"]).expect(2).says(&["cannot list s3://", "stack up"]);
    up(&bed);
    bed.run(&["pipeline", "run", "--on", "aws", "--transform", "emr-serverless", "--limit", "10"])
        .expect(2)
        .says(&["has no EMR Serverless"]);
    bed.run(&["pipeline", "run", "--root", "here", "--transform", "emr"])
        .expect(2)
        .says(&["is a folder, and EMR and Redshift read from a bucket"]);
    bed.faults(&serde_json::json!([{"service": "s3", "action": "PutObject", "error": "AccessDenied"}]));
    bed.run(&on_aws).expect(1).says(&["cannot write s3://", "doctor --policy"]);
}

/// Redshift clusters that are there, by Redshift itself.
fn clusters(bed: &Bed) -> usize {
    bed.aws("redshift", "describe_clusters", &serde_json::json!({}))["Clusters"].as_array().unwrap().len()
}

#[test]
fn an_ephemeral_run_leaves_its_results_and_no_stack() {
    let Some(bed) = bed() else { return };
    bed.settings(super::SETTINGS);
    let run = [
        "pipeline",
        "run",
        "--on",
        "aws",
        "--transform",
        "embedded",
        "--limit",
        "200",
        "--ephemeral",
        "--yes",
    ];
    let done = bed.json(0, &run);
    assert_eq!(done["stack"]["leftovers"], serde_json::json!([]));
    assert_eq!(clusters(&bed), 0);
    let rows = bed.json(0, &["sql", "select count(*) from tweet", "--root", ROOT]);
    assert_eq!(rows["rows"][0][0], done["tweets"]);

    // A run that fails takes it down as well, unless it is to be looked at.
    bed.faults(&serde_json::json!([{"service": "redshift-data", "error": "AccessDenied"}]));
    let failed = bed.json(1, &run);
    assert_eq!(failed["status"], "failed");
    assert_eq!(clusters(&bed), 0, "{failed}");
    let mut kept = run.to_vec();
    kept.push("--keep-on-failure");
    bed.json(1, &kept);
    assert_eq!(clusters(&bed), 1);
    bed.calm();
    bed.run(&run).expect(2).says(&["is up already"]);
    bed.json(0, &["stack", "down", "--yes"]);
}
