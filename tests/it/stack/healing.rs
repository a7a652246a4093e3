//! What goes wrong, and what the tool makes of it.

use serde_json::json;

use super::bed::bed;

#[test]
fn a_failed_creation_is_explained_in_one_line_and_healed_by_the_next_up() {
    let Some(bed) = bed() else { return };
    bed.faults(&json!([{ "resource": "AWS::Redshift::Cluster", "on": "create", "times": 1,
        "reason": "Resource handler returned message: \"The number of nodes exceeds the quota of 1 (Service: Redshift, \
                   Status Code: 400, Request ID: 1)\" (RequestToken: 2, HandlerErrorCode: ServiceLimitExceeded)" }]));
    let failed = bed.json(1, &["stack", "up", "--yes"]);
    let message = failed["error"]["message"].as_str().unwrap();
    assert!(message.contains("could not be created: The number of nodes exceeds the quota of 1"), "{failed}");
    assert!(failed["error"]["hint"].as_str().unwrap().contains("Service Quotas"), "{failed}");
    let explained = bed.json(0, &["stack", "explain"]);
    assert_eq!(explained["causes"].as_array().unwrap().len(), 1, "{explained}");
    assert_eq!(explained["causes"][0]["type"], "AWS::Redshift::Cluster");

    let healed = bed.run(&["stack", "up", "--yes"]).expect(0);
    healed.says(&["healed", "ROLLBACK_COMPLETE"]);
    bed.run(&["stack", "down", "--purge", "--confirm", "sentistack", "--yes"]).expect(0);
    assert_eq!(bed.left("sentistack"), json!({}));
}

#[test]
fn a_shell_that_a_killed_change_set_left_is_deleted_and_made_again() {
    let Some(bed) = bed() else { return };
    // Killed between the change set and its execution.
    bed.faults(&json!([{ "service": "cloudformation", "action": "ExecuteChangeSet", "error": "AccessDenied", "times": 1 }]));
    bed.run(&["stack", "up", "--only", "storage", "--yes"]).expect(1).says(&["doctor --policy"]);
    let status = bed.json(0, &["stack", "status"]);
    assert_eq!(status["stacks"][0]["status"], "REVIEW_IN_PROGRESS", "{status}");
    bed.run(&["stack", "up", "--only", "storage", "--yes"]).expect(0).says(&["REVIEW_IN_PROGRESS"]);
    bed.run(&["stack", "down", "--purge", "--confirm", "sentistack", "--yes"]).expect(0);
    assert_eq!(bed.left("sentistack"), json!({}));
}

#[test]
fn emr_ties_its_groups_together_and_down_loosens_them() {
    let Some(bed) = bed() else { return };
    bed.settings("stack:\n  redshift: none\n  grafana: false\n  stream_mode: none\n");
    bed.run(&["stack", "up", "--yes"]).expect(0);
    bed.run(&["stack", "down", "--yes"]).expect(0).says(&["nothing left that bills"]);
}

#[test]
fn a_deletion_that_fails_is_tried_again() {
    let Some(bed) = bed() else { return };
    bed.run(&["stack", "up", "--yes"]).expect(0);
    bed.faults(&json!([{ "resource": "AWS::EC2::SecurityGroup", "on": "delete", "times": 1,
        "reason": "resource sg-1 has a dependent object (Service: Ec2, Status Code: 400)" }]));
    bed.run(&["stack", "down", "--yes"]).expect(0).says(&["trying again", "nothing left that bills"]);
}

#[test]
fn a_full_bucket_is_shown_and_emptied_by_purge_alone() {
    let Some(bed) = bed() else { return };
    bed.run(&["stack", "up", "--only", "storage", "--yes"]).expect(0);
    let key = "runs/r1/staging/20261122T000000Z/p.jsonl";
    let bucket = "sentistack-123456789012-us-east-1";
    bed.aws("s3", "put_object", &json!({ "Bucket": bucket, "Key": key, "Body": "{}" }));
    bed.run(&["stack", "down", "--yes"]).expect(0);
    let down = bed.run(&["stack", "down", "--purge", "--confirm", "sentistack", "--yes"]).expect(0);
    down.says(&["1 objects", "1 runs"]);
    assert_eq!(bed.left("sentistack"), json!({}));
}

#[test]
fn a_cluster_that_ended_by_itself_is_replaced_and_said() {
    let Some(bed) = bed() else { return };
    bed.run(&["stack", "up", "--yes"]).expect(0);
    let status = bed.json(0, &["stack", "status"]);
    let cluster = status["outputs"]["EmrClusterId"].as_str().unwrap().to_owned();
    bed.aws("emr", "terminate_job_flows", &json!({ "JobFlowIds": [cluster] }));
    let plan = bed.json(3, &["stack", "plan", "--exit-code"]);
    let batch = &plan["stacks"][1];
    assert!(batch["notes"][0].as_str().unwrap().contains("a new one takes its place"), "{plan}");
    let changes = batch["changes"].as_array().unwrap();
    let cluster_change = changes.iter().find(|change| change["type"] == "AWS::EMR::Cluster").unwrap();
    assert_eq!(cluster_change["replacement"], "yes", "{plan}");
    bed.run(&["stack", "up", "--yes"]).expect(0);
    let status = bed.json(0, &["stack", "status"]);
    assert_ne!(status["outputs"]["EmrClusterId"].as_str().unwrap(), cluster);
    assert_eq!(bed.json(0, &["stack", "up", "--yes"])["status"], "unchanged");
}

#[test]
fn throttling_at_every_call_is_waited_out() {
    let Some(bed) = bed() else { return };
    bed.faults(&json!([{ "error": "Throttling", "times": 1, "per": "action" }]));
    bed.run(&["stack", "up", "--yes"]).expect(0);
    bed.run(&["stack", "down", "--purge", "--confirm", "sentistack", "--yes"]).expect(0);
    assert_eq!(bed.left("sentistack"), json!({}));
}

#[test]
fn a_token_that_expires_half_way_is_waited_for() {
    let Some(bed) = bed() else { return };
    bed.faults(&json!([{ "service": "cloudformation", "action": "*", "error": "ExpiredToken", "after": 6, "times": 4 }]));
    bed.run(&["stack", "up", "--yes"]).expect(0).says(&["credentials have expired"]);
    assert_eq!(bed.json(0, &["stack", "up", "--yes"])["status"], "unchanged");
}
